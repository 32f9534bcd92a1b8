//! Documents that the JSON schema accepts, made of random bytes by walking the schema itself.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::generated::Entropy;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(flagstaff::schema::definition_file::SCHEMA).unwrap());

/// How deep a document gets before lists and mappings stay empty.
const DEPTH_MAX: usize = 12;

/// A definition file of the schema's shape; what it means is anybody's guess.
pub fn document(entropy: &mut Entropy<'_>) -> Value {
    document_of(&SCHEMA, entropy)
}

/// The same for another schema.
pub fn document_of(schema: &Value, entropy: &mut Entropy<'_>) -> Value {
    Maker { root: schema, entropy }.value(schema, DEPTH_MAX)
}

/// Makes values of the parts of one schema.
struct Maker<'s, 'e, 'b> {
    root: &'s Value,
    entropy: &'e mut Entropy<'b>,
}

impl Maker<'_, '_, '_> {
    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            return self.value(self.root.pointer(&reference[1..]).expect(reference), depth);
        }
        if let Some(options) = schema["enum"].as_array() {
            return self.entropy.pick(options);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        let anything = json!(["string", "number", "boolean", "array", "object"]);
        let types = schema.get("type").unwrap_or(&anything);
        let kind = match types {
            Value::Array(types) => self.entropy.pick(types),
            one => one.clone(),
        };
        match kind.as_str().expect("a type") {
            "null" => Value::Null,
            "boolean" => self.entropy.one_in(2).into(),
            "integer" => json!(1),
            "number" => {
                let most = if schema.get("exclusiveMaximum").is_some() { 99.999 } else { 100.0 };
                let numbers = [json!(0), json!(most), json!(12.5), json!(33.333), json!(1e-3)];
                self.entropy.pick(&numbers)
            }
            "string" => {
                let texts = [
                    "a",
                    "b",
                    "f",
                    "NL",
                    "2027-03-31",
                    "2027-01-01T00:00:00Z",
                    ">=1",
                    "10.0.0.0/8",
                ];
                self.entropy.pick(&texts).into()
            }
            "array" => self.array(schema, depth),
            "object" => self.object(schema, depth),
            other => panic!("a type that this does not know: {other}"),
        }
    }

    fn array(&mut self, schema: &Value, depth: usize) -> Value {
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let count = if depth == 0 { least } else { least.max(self.entropy.below(4)) };
        let any = json!({ "type": "string" });
        let items = schema.get("items").unwrap_or(&any);
        (0..count).map(|_| self.value(items, depth.saturating_sub(1))).collect()
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut made = Map::new();
        let below = depth.saturating_sub(1);
        let no_properties = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&no_properties);
        // One of the alternatives, if there are some: which field there must be, with what it needs.
        let mut required: Vec<&str> = strings(&schema["required"]).collect();
        let alternatives = alternatives(schema);
        if !alternatives.is_empty() {
            let index = if depth == 0 { 0 } else { self.entropy.below(alternatives.len()) };
            required.push(alternatives[index]);
        }
        let needs = |name: &str| strings(&schema["dependentRequired"][name]);
        let needed: Vec<&str> = required.iter().flat_map(|name| needs(name)).collect();
        required.extend(needed);
        for (name, property) in properties {
            let is_free = !alternatives.contains(&name.as_str())
                && needs(name).all(|other| required.contains(&other));
            let is_chosen = is_free && 0 < depth && self.entropy.one_in(3);
            if required.contains(&name.as_str()) || is_chosen {
                made.insert(name.clone(), self.value(property, below));
            }
        }
        if let Some(additional) =
            schema.get("additionalProperties").filter(|schema| schema.is_object())
        {
            let least = schema["minProperties"].as_u64().unwrap_or(0) as usize;
            let names = ["a", "b", "f", "NL", "country"];
            for _ in 0..if depth == 0 { least } else { least.max(self.entropy.below(3)) } {
                made.insert(self.entropy.pick(&names).to_owned(), self.value(additional, below));
            }
        }
        self.conditional(schema, &mut made, below);
        made.into()
    }

    /// Makes the fields anew that `if` and `then` say more about.
    fn conditional(&mut self, schema: &Value, made: &mut Map<String, Value>, depth: usize) {
        for branch in schema["allOf"].as_array().into_iter().flatten() {
            let tested = branch["if"]["properties"].as_object().into_iter().flatten();
            let holds = tested.into_iter().all(|(name, test)| {
                let found = made.get(name).unwrap_or(&Value::Null);
                let is_listed = test["enum"].as_array().is_some_and(|list| list.contains(found));
                is_listed || test.get("const") == Some(found)
            });
            if !holds {
                continue;
            }
            for (name, property) in branch["then"]["properties"].as_object().into_iter().flatten() {
                if made.contains_key(name) {
                    made.insert(name.clone(), self.value(property, depth));
                }
            }
        }
    }
}

/// The fields of which there must be exactly one, in the ways in which the schema says so.
fn alternatives(schema: &Value) -> Vec<&str> {
    let exclusive = schema["dependentSchemas"].as_object().into_iter().flatten();
    let exclusive = exclusive.map(|(name, _)| name.as_str());
    let either = strings(&schema["if"]["required"]);
    exclusive.chain(either).chain(strings(&schema["else"]["required"])).collect()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
