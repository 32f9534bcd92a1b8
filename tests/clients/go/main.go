// Evaluates the cases with the OpenFeature SDK for Go; one JSON line for each.
// Arguments: the daemon's address, the file of cases.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

type question struct {
	Name    string         `json:"name"`
	Flag    string         `json:"flag"`
	Type    string         `json:"type"`
	Default any            `json:"default"`
	Context map[string]any `json:"context"`
}

type answer struct {
	Name         string         `json:"name"`
	Value        any            `json:"value"`
	Variant      string         `json:"variant"`
	Reason       string         `json:"reason"`
	Metadata     map[string]any `json:"metadata"`
	Error        string         `json:"error"`
	ErrorMessage string         `json:"errorMessage"`
}

func main() {
	if err := openfeature.SetProviderAndWait(ofrep.NewProvider(os.Args[1])); err != nil {
		log.Fatal(err)
	}
	defer openfeature.Shutdown()
	client := openfeature.NewDefaultClient()

	for _, asked := range readCases(os.Args[2]) {
		details, value := evaluate(client, asked)
		err := json.NewEncoder(os.Stdout).Encode(answer{
			Name:         asked.Name,
			Value:        value,
			Variant:      details.Variant,
			Reason:       string(details.Reason),
			Metadata:     details.FlagMetadata,
			Error:        string(details.ErrorCode),
			ErrorMessage: details.ErrorMessage,
		})
		if err != nil {
			log.Fatal(err)
		}
	}
}

func readCases(path string) (cases []question) {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // so that integers stay integers
	if err := decoder.Decode(&cases); err != nil {
		log.Fatal(err)
	}
	return cases
}

// The error that comes beside the details says the same as they do.
func evaluate(client *openfeature.Client, asked question) (openfeature.EvaluationDetails, any) {
	ctx := context.Background()
	evalCtx := readContext(asked.Context)
	fallback := readValue(asked.Default)
	switch asked.Type {
	case "boolean":
		details, _ := client.BooleanValueDetails(ctx, asked.Flag, fallback.(bool), evalCtx)
		return details.EvaluationDetails, details.Value
	case "string":
		details, _ := client.StringValueDetails(ctx, asked.Flag, fallback.(string), evalCtx)
		return details.EvaluationDetails, details.Value
	case "integer":
		details, _ := client.IntValueDetails(ctx, asked.Flag, fallback.(int64), evalCtx)
		return details.EvaluationDetails, details.Value
	case "float":
		details, _ := client.FloatValueDetails(ctx, asked.Flag, fallback.(float64), evalCtx)
		return details.EvaluationDetails, details.Value
	default:
		details, _ := client.ObjectValueDetails(ctx, asked.Flag, fallback, evalCtx)
		return details.EvaluationDetails, details.Value
	}
}

// A context as a program would write it: integers are int64, times are time.Time.
func readContext(attributes map[string]any) openfeature.EvaluationContext {
	read := map[string]any{}
	for name, value := range attributes {
		read[name] = readValue(value)
	}
	key, hasKey := read["targetingKey"].(string)
	delete(read, "targetingKey")
	if !hasKey {
		return openfeature.NewTargetlessEvaluationContext(read)
	}
	return openfeature.NewEvaluationContext(key, read)
}

func readValue(value any) any {
	switch value := value.(type) {
	case json.Number:
		if integer, err := value.Int64(); err == nil {
			return integer
		}
		float, err := value.Float64()
		if err != nil {
			log.Fatal(err)
		}
		return float
	case map[string]any:
		if text, ok := value["$time"].(string); ok {
			instant, err := time.Parse(time.RFC3339, text)
			if err != nil {
				log.Fatal(err)
			}
			return instant
		}
		read := map[string]any{}
		for name, inner := range value {
			read[name] = readValue(inner)
		}
		return read
	case []any:
		read := make([]any, len(value))
		for index, inner := range value {
			read[index] = readValue(inner)
		}
		return read
	default:
		return value
	}
}
