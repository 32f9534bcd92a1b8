// What goes over the wire, as the page can see it.

/** Fetches, and remembers what was asked and answered. */
export class Recorder {
  exchanges = [];

  fetch = async (request) => {
    const exchange = {
      url: request.url,
      known: request.headers.get("If-None-Match"),
    };
    this.exchanges.push(exchange);
    const response = await fetch(request);
    exchange.status = response.status;
    exchange.type = response.type;
    exchange.tag = response.headers.get("ETag");
    exchange.version = response.headers.get("Flags-Version");
    return response;
  };

  get last() {
    return this.exchanges.at(-1);
  }
}

/** Keeps the event streams that the page opens from now on, and their messages. */
export function recordStreams() {
  const seen = { sources: [], messages: [] };
  globalThis.EventSource = class extends EventSource {
    constructor(url) {
      super(url);
      seen.sources.push(this);
      this.addEventListener("message", (message) => seen.messages.push(message));
    }
  };
  return seen;
}
