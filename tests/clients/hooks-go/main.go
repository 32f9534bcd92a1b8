// Evaluates a flag with OpenFeature's hooks for OpenTelemetry, and prints what they report.
// Arguments: the daemon's address, a flag key.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	hooks "github.com/open-feature/go-sdk-contrib/hooks/open-telemetry/pkg"
	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

type attributes map[string]any

func main() {
	if err := openfeature.SetProviderAndWait(ofrep.NewProvider(os.Args[1])); err != nil {
		log.Fatal(err)
	}
	defer openfeature.Shutdown()
	exporter := tracetest.NewInMemoryExporter()
	tracer := trace.NewTracerProvider(trace.WithSyncer(exporter)).Tracer("test")
	reader := metric.NewManualReader()
	meters := metric.NewMeterProvider(metric.WithReader(reader))
	metrics, err := hooks.NewMetricsHookForProvider(meters, hooks.WithMetricsAttributeSetter(reported))
	if err != nil {
		log.Fatal(err)
	}
	openfeature.AddHooks(hooks.NewTracesHook(hooks.WithTracesAttributeSetter(reported)), metrics)
	client := openfeature.NewDefaultClient()

	ctx, span := tracer.Start(context.Background(), "request")
	asks := openfeature.NewEvaluationContext("user-1", nil)
	if _, err := client.BooleanValue(ctx, os.Args[2], false, asks); err != nil {
		log.Fatal(err)
	}
	span.End()

	report := map[string][]attributes{"events": {}, "metrics": {}}
	for _, span := range exporter.GetSpans() {
		for _, event := range span.Events {
			report["events"] = append(report["events"], read(event.Attributes))
		}
	}
	var measured metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &measured); err != nil {
		log.Fatal(err)
	}
	for _, scope := range measured.ScopeMetrics {
		for _, metric := range scope.Metrics {
			sum, isSum := metric.Data.(metricdata.Sum[int64])
			if !isSum {
				continue
			}
			for _, point := range sum.DataPoints {
				own := read(point.Attributes.ToSlice())
				own["name"] = metric.Name
				report["metrics"] = append(report["metrics"], own)
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		log.Fatal(err)
	}
}

// What the hooks are to report of the answer's metadata.
func reported(metadata openfeature.FlagMetadata) []attribute.KeyValue {
	var pairs []attribute.KeyValue
	if version, err := metadata.GetString("version"); err == nil {
		pairs = append(pairs, attribute.String("feature_flag.version", version))
	}
	if set, err := metadata.GetString("flagSetId"); err == nil {
		pairs = append(pairs, attribute.String("feature_flag.set.id", set))
	}
	return pairs
}

func read(pairs []attribute.KeyValue) attributes {
	own := attributes{}
	for _, pair := range pairs {
		own[string(pair.Key)] = pair.Value.AsInterface()
	}
	return own
}
