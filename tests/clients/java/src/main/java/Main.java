import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.openfeature.contrib.providers.ofrep.OfrepProvider;
import dev.openfeature.contrib.providers.ofrep.OfrepProviderOptions;
import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Structure;
import dev.openfeature.sdk.Value;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates the cases with the OpenFeature SDK for Java; one JSON line for each.
 * Arguments: the daemon's address, the file of cases.
 */
public final class Main {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        OpenFeatureAPI api = OpenFeatureAPI.getInstance();
        OfrepProviderOptions options = OfrepProviderOptions.builder().baseUrl(arguments[0]).build();
        api.setProviderAndWait(OfrepProvider.constructProvider(options));
        Client client = api.getClient();
        for (JsonNode asked : JSON.readTree(new File(arguments[1]))) {
            FlagEvaluationDetails<?> details = evaluate(client, asked);
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("name", asked.get("name").asText());
            answer.put("value", toPlain(details.getValue()));
            answer.put("variant", details.getVariant());
            answer.put("reason", details.getReason());
            answer.put("metadata", details.getFlagMetadata().asUnmodifiableMap());
            answer.put("error", details.getErrorCode());
            answer.put("errorMessage", details.getErrorMessage());
            out.println(JSON.writeValueAsString(answer));
        }
        api.shutdown();
    }

    private static FlagEvaluationDetails<?> evaluate(Client client, JsonNode asked) {
        String flag = asked.get("flag").asText();
        JsonNode fallback = asked.get("default");
        EvaluationContext context = readContext(asked.get("context"));
        switch (asked.get("type").asText()) {
            case "boolean":
                return client.getBooleanDetails(flag, fallback.booleanValue(), context);
            case "string":
                return client.getStringDetails(flag, fallback.textValue(), context);
            case "integer":
                return client.getIntegerDetails(flag, fallback.intValue(), context);
            case "float":
                return client.getDoubleDetails(flag, fallback.doubleValue(), context);
            default:
                return client.getObjectDetails(flag, readValue(fallback), context);
        }
    }

    private static EvaluationContext readContext(JsonNode context) {
        if (context.isNull()) {
            return null;
        }
        Map<String, Value> attributes = new HashMap<>();
        context.fields().forEachRemaining(
                attribute -> attributes.put(attribute.getKey(), readValue(attribute.getValue())));
        Value key = attributes.remove("targetingKey");
        return key == null
                ? new ImmutableContext(attributes)
                : new ImmutableContext(key.asString(), attributes);
    }

    /** A value as a program would write it: times are instants. */
    private static Value readValue(JsonNode node) {
        if (node.isObject() && node.has("$time")) {
            return new Value(Instant.parse(node.get("$time").asText()));
        }
        if (node.isObject()) {
            MutableStructure structure = new MutableStructure();
            node.fields().forEachRemaining(
                    field -> structure.add(field.getKey(), readValue(field.getValue())));
            return new Value((Structure) structure);
        }
        if (node.isArray()) {
            List<Value> list = new ArrayList<>();
            node.forEach(element -> list.add(readValue(element)));
            return new Value(list);
        }
        if (node.isInt()) {
            return new Value(node.intValue());
        }
        if (node.isNumber()) {
            return new Value(node.doubleValue());
        }
        return node.isBoolean() ? new Value(node.booleanValue()) : new Value(node.textValue());
    }

    private static Object toPlain(Object value) {
        if (!(value instanceof Value)) {
            return value;
        }
        Value inner = (Value) value;
        if (inner.isStructure()) {
            Map<String, Object> fields = new LinkedHashMap<>();
            inner.asStructure().asMap().forEach((name, field) -> fields.put(name, toPlain(field)));
            return fields;
        }
        if (inner.isList()) {
            List<Object> elements = new ArrayList<>();
            inner.asList().forEach(element -> elements.add(toPlain(element)));
            return elements;
        }
        return inner.asObject();
    }
}
