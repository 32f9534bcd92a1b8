// Evaluates a flag with OpenFeature's hooks for OpenTelemetry, and prints what they report.
// Arguments: the daemon's address, a flag key.

import { OFREPProvider } from "@openfeature/ofrep-provider";
import { EventHook, MetricsHook, SpanEventHook, SpanHook } from "@openfeature/open-telemetry-hooks";
import { OpenFeature } from "@openfeature/server-sdk";
import { context, metrics, trace } from "@opentelemetry/api";
import { logs } from "@opentelemetry/api-logs";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

const [baseUrl, key] = process.argv.slice(2);

const spans = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
);
const logged = new InMemoryLogRecordExporter();
logs.setGlobalLoggerProvider(
  new LoggerProvider({ processors: [new SimpleLogRecordProcessor(logged)] }),
);
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: measured });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

OpenFeature.addHooks(new EventHook(), new SpanHook(), new SpanEventHook(), new MetricsHook());
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl }));
const client = OpenFeature.getClient();
const tracer = trace.getTracer("test");
await tracer.startActiveSpan("request", async (span) => {
  await client.getBooleanValue(key, false, { targetingKey: "user-1" });
  span.end();
});
await reader.forceFlush();
await OpenFeature.close();

const logRecords = logged.getFinishedLogRecords().map((record) => record.attributes);
const report = { logs: logRecords, spans: [], events: [], metrics: [] };
for (const span of spans.getFinishedSpans()) {
  report.spans.push(span.attributes);
  report.events.push(...span.events.map((event) => event.attributes));
}
for (const { scopeMetrics } of measured.getMetrics()) {
  for (const { descriptor, dataPoints } of scopeMetrics.flatMap((scope) => scope.metrics)) {
    const points = dataPoints.map((point) => ({ name: descriptor.name, ...point.attributes }));
    report.metrics.push(...points);
  }
}
console.log(JSON.stringify(report));
process.exit(0);
