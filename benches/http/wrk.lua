-- One request over and over, and the sums as a line of JSON: METHOD BODY-FILE [NAME VALUE]...

function init(arguments)
  wrk.method = arguments[1]
  local file = io.open(arguments[2], "rb")
  wrk.body = file:read("*a")
  file:close()
  for at = 3, #arguments, 2 do
    wrk.headers[arguments[at]] = arguments[at + 1]
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format('{"requests": %d, "bytes": %d, "microseconds": %d, "failed": %d}\n',
    summary.requests, summary.bytes, summary.duration, failed))
end
