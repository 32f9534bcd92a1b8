//! The JSON schema: that it is whole, that it and the program agree, and its violations in words.

use std::sync::LazyLock;

use flagstaff::{
    diagnostics::{place::FileId, quote::NAME_LENGTH_MAX},
    engine::operator::{OPERATORS, Operand},
    schema::{
        definition_file::{self, FORMAT_MAX, SCHEMA},
        key::{self, KEY_CHARACTERS_MAX},
    },
    yaml::{document::parse, findings::PROBLEMS_MAX},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{cases::cases, document::render, generated::Entropy, shaped, table};

static SCHEMA_JSON: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(SCHEMA).unwrap());

/// The same schema, read when the tests run.
static VALIDATOR: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&SCHEMA_JSON).unwrap());

/// Everything that is said about a document.
fn judge(text: &str) -> String {
    match parse(FileId(0), text.as_bytes()) {
        Err(problems) => render(&problems),
        Ok(node) => render(&definition_file::validate(&node)),
    }
}

fn accepts(text: &str) {
    assert_eq!(judge(text), "", "{text}");
}

#[test]
fn what_the_schema_does_not_allow_is_said_exactly() {
    table::check("shape.txt", judge);
}

/// Keywords whose value is a schema, a list of schemas, or a mapping of name to schema; and others.
const OF_SCHEMA: [&str; 7] =
    ["additionalProperties", "propertyNames", "items", "not", "if", "then", "else"];
const OF_SCHEMAS: [&str; 1] = ["allOf"];
const OF_NAMED: [&str; 4] = ["properties", "patternProperties", "dependentSchemas", "$defs"];
const OTHERS: [&str; 21] = [
    "$schema",
    "$ref",
    "title",
    "description",
    "examples",
    // What the YAML language server offers while somebody types.
    "defaultSnippets",
    "type",
    "format",
    "enum",
    "const",
    "required",
    "dependentRequired",
    "minimum",
    "maximum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "minProperties",
    "maxProperties",
];

/// Calls `visit` with every schema in a schema and the way to it.
fn walk(schema: &Value, path: &str, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
    let Some(keywords) = schema.as_object() else { return };
    visit(path, keywords);
    for (keyword, value) in keywords {
        let path = format!("{path}/{keyword}");
        if OF_SCHEMA.contains(&&**keyword) {
            walk(value, &path, visit);
        } else if OF_SCHEMAS.contains(&&**keyword) {
            value.as_array().unwrap().iter().for_each(|schema| walk(schema, &path, visit));
        } else if OF_NAMED.contains(&&**keyword) {
            for (name, schema) in value.as_object().unwrap() {
                walk(schema, &format!("{path}/{name}"), visit);
            }
        } else {
            // A validator passes over what it does not know, so a slip would go unseen.
            assert!(OTHERS.contains(&&**keyword), "{path} is no keyword");
        }
    }
}

#[test]
fn every_keyword_is_known_and_every_mapping_closed() {
    assert!(80 < parts_of_a_whole(&SCHEMA_JSON));
}

/// Counts the parts of a schema, and holds that it is one and lets nothing pass unseen.
pub fn parts_of_a_whole(schema: &Value) -> usize {
    assert!(jsonschema::meta::is_valid(schema));
    let mut count = 0;
    walk(schema, "", &mut |path, schema| {
        count += 1;
        let is_mapping = schema.get("type").is_some_and(|kind| kind.to_string().contains("object"));
        let is_closed = schema.contains_key("additionalProperties");
        assert!(is_closed || !is_mapping, "{path} lets any key pass");
    });
    count
}

#[test]
fn every_field_is_explained_with_an_example_that_is_one() {
    every_field_is_explained(&SCHEMA_JSON);
}

/// Holds that every field of a schema has a title, a description, and an example that it allows.
pub fn every_field_is_explained(whole: &Value) {
    walk(whole, "", &mut |path, schema| {
        let parent = path.rsplit('/').nth(1);
        let is_field = matches!(parent, Some("properties" | "patternProperties" | "$defs"));
        if !is_field || path.contains("/allOf/") || path.contains("/then/") {
            return;
        }
        let target = schema.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|it| whole.pointer(&it[1..])).unwrap_or(&Value::Null);
        for keyword in ["title", "description", "examples"] {
            let value = schema.get(keyword).or_else(|| target.get(keyword));
            assert!(value.is_some_and(|it| !it.is_null()), "{path} has no {keyword}");
        }
        let mut alone = schema.clone();
        alone.insert("$defs".to_owned(), whole["$defs"].clone());
        let validator = jsonschema::draft202012::new(&Value::Object(alone)).unwrap();
        for example in schema.get("examples").and_then(Value::as_array).into_iter().flatten() {
            assert!(validator.is_valid(example), "{path} does not allow its example {example}");
        }
    });
}

#[test]
fn limits_and_formats_are_those_of_the_program() {
    assert_eq!(SCHEMA_JSON["properties"]["format"]["maximum"], FORMAT_MAX);
    walk(&SCHEMA_JSON, "", &mut |path, schema| {
        let longest = schema.get("maxLength").and_then(Value::as_u64);
        assert!(longest.is_none_or(|it| it == NAME_LENGTH_MAX as u64), "{path}");
    });
    let longest = "ü".repeat(NAME_LENGTH_MAX);
    accepts(&format!("flags: {{ {longest}: {{ variants: {{ {longest}: 1 }} }} }}"));
    accepts(&format!("segments: {{ {longest}: [] }}\nattributes: {{ {longest}: {{}} }}"));
}

#[test]
fn operators_are_those_of_the_program_and_take_the_same_values() {
    let names: Vec<&str> = OPERATORS.iter().map(|operator| operator.name).collect();
    assert_eq!(SCHEMA_JSON["$defs"]["condition"]["properties"]["operator"]["enum"], json!(names));
    let values = [
        json!("a"),
        json!(1),
        json!(1.5),
        json!(true),
        json!([]),
        json!(["a", "b"]),
        json!([1]),
        json!({ "a": 1 }),
    ];
    for operator in &OPERATORS {
        for value in &values {
            let is_texts = |list: &Vec<Value>| list.iter().all(Value::is_string);
            let fits = match operator.operand {
                Operand::Any => true,
                Operand::List => value.is_array(),
                Operand::Ordered => value.is_number() || value.is_string(),
                Operand::Text | Operand::Time => value.is_string(),
                Operand::Texts => value.is_string() || value.as_array().is_some_and(is_texts),
                Operand::Bool => value.is_boolean(),
            };
            let name = operator.name;
            let condition = json!({ "attribute": "a", "operator": name, "value": value });
            let text = json!({ "segments": { "s": [condition] } }).to_string();
            assert_eq!(judge(&text).is_empty(), fits, "{name} {value}");
        }
        let condition = json!({ "attribute": "a", "operator": operator.name, "value": null });
        let text = json!({ "segments": { "s": [condition] } }).to_string();
        assert_eq!(judge(&text).lines().count(), 1, "{}", judge(&text));
    }
}

#[test]
fn a_later_layer_may_remove_anything_and_state_nothing() {
    for field in SCHEMA_JSON["$defs"]["flag"]["properties"].as_object().unwrap().keys() {
        accepts(&format!("flags: {{ x: {{ {field}: ~ }} }}"));
    }
    for field in SCHEMA_JSON["$defs"]["attribute"]["properties"].as_object().unwrap().keys() {
        accepts(&format!("attributes: {{ x: {{ {field}: ~ }} }}"));
    }
    accepts("flags: { x: ~, y: {} }\nsegments: { s: ~ }\nattributes: { a: ~, b: {} }");
    accepts("flags: { x: { users: { a: ~ }, metadata: { b: ~ }, variants: { c: ~ } } }");
    accepts("flags: { x: { variants: { c: { d: ~, e: [~] } } } }");
    accepts("{}");
}

#[test]
fn extensions_may_be_anything_where_they_may_be() {
    accepts("x-a: ~\nflags: { f: { x-b: [1, { c: ~ }], rules: [ { x-d: {}, serve: e } ] } }");
    accepts("attributes: { a: { x-b: ~ } }\n$schema: ../schema.json\nformat: 1.0");
    for elsewhere in ["segments: { s: [ { segment: a, x-b: c } ] }", "flags: { f: { X-b: c } }"] {
        assert!(judge(elsewhere).contains(" unknown-field"), "{}", judge(elsewhere));
    }
}

#[test]
fn every_form_of_a_condition_is_one() {
    for condition in [
        "{ attribute: a, operator: eq, value: { b: [c, 1] } }",
        "{ where: { a: 1, b.c: [d, 2, true], e: { f: g } } }",
        "{ segment: a }",
        "{ flag: a }",
        "{ flag: a, is: b }",
        "{ all: [] }",
        "{ any: [ segment: a, not: { segment: b } ] }",
        "{ not: { all: [ { flag: a } ] } }",
    ] {
        accepts(&format!("segments: {{ s: [ {condition} ] }}"));
        accepts(&format!("flags: {{ f: {{ targeting_rules: [ {condition} ] }} }}"));
        accepts(&format!("flags: {{ f: {{ rules: [ {{ if: [ {condition} ], serve: a }} ] }} }}"));
    }
}

#[test]
fn many_problems_are_counted_and_not_all_shown() {
    let flags: String = (0..10_000).map(|it| format!("  f{it:04}: {{ enabld: true }}\n")).collect();
    let said = judge(&format!("flags:\n{flags}"));
    assert_eq!(said.lines().count(), PROBLEMS_MAX + 1);
    let left_out = 10_000 - PROBLEMS_MAX;
    let last =
        format!("1:1-1:1 too-many-problems: {left_out} more problems in this file are not shown");
    assert_eq!(said.lines().last(), Some(&*last));

    let users = "1, ".repeat(100_000);
    let said = judge(&format!("flags: {{ f: {{ users: [ {users} ] }}, g: {{ enabled: 1 }} }}"));
    let rules: Vec<_> = said.lines().map(|line| line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(rules, ["unquoted-targeting-key", "wrong-type"]);

    let keys: String = (0..60_000).map(|it| format!("k{it}: {{}}\n")).collect();
    assert_eq!(judge(&keys).lines().count(), PROBLEMS_MAX + 1);
    let (key, wrong) = ("k".repeat(500_000), "1, ".repeat(2_000));
    assert!(judge(&format!("flags: {{ ? {key} : {{ users: [ {wrong} ] }} }}")).len() < 1 << 20);
}

/// Puts something else in some place of a document: another value, another key, or nothing.
pub fn damage(value: &mut Value, entropy: &mut Entropy<'_>) {
    let words = ["serve", "operator", "valeu", "is", "x-y", "attribute", "where", "variants", ""];
    let others = [
        json!(null),
        json!(true),
        json!(150),
        json!(-0.5),
        json!("yes"),
        json!(""),
        json!([]),
        json!({}),
        json!(["a", null]),
        json!({ "segment": "a" }),
    ];
    match value {
        _ if entropy.one_in(6) => *value = entropy.pick(&others),
        Value::Array(items) if !items.is_empty() => {
            let index = entropy.below(items.len());
            damage(&mut items[index], entropy);
        }
        Value::Object(fields) if !fields.is_empty() => {
            let keys: Vec<String> = fields.keys().cloned().collect();
            let key = entropy.pick(&keys);
            match entropy.below(5) {
                0 => _ = fields.remove(&key),
                1 => _ = fields.insert(entropy.pick(&words).to_owned(), entropy.pick(&others)),
                _ => damage(fields.get_mut(&key).unwrap(), entropy),
            }
        }
        _ => *value = entropy.pick(&others),
    }
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn whatever_is_wrong_is_said_in_words(seed in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut entropy = Entropy(&seed);
        let mut document = shaped::document(&mut entropy);
        for _ in 0..entropy.below(4) {
            damage(&mut document, &mut entropy);
        }
        let text = document.to_string();
        let node = parse(FileId(0), text.as_bytes()).expect("JSON is YAML");
        let problems = definition_file::validate(&node);
        prop_assert_eq!(problems.is_empty(), VALIDATOR.is_valid(&document), "{}", text);
        for problem in &problems {
            prop_assert!(problem.code.id() != "schema", "{problem:?} {text}");
            prop_assert!(!problem.message.to_string().contains(char::is_control), "{problem:?}");
            prop_assert!(problem.place.end_column as usize <= text.chars().count() + 1);
        }
    }
}

/// The schema says the same of a key as the program does, which looks at most of them itself.
fn keys_agree(key: &str) {
    let document = json!({ "flags": { key: {} } });
    assert_eq!(VALIDATOR.is_valid(&document), key::problem(key).is_none(), "{key:?}");
}

#[test]
fn every_kind_of_key_is_judged_the_same_here_and_in_editors() {
    for length in [1, KEY_CHARACTERS_MAX, KEY_CHARACTERS_MAX + 1] {
        keys_agree(&"k".repeat(length));
        keys_agree(&"é".repeat(length));
    }
    for letter in ('\0'..'\u{300}').chain(['\u{2028}', '\u{feff}', '\u{1f600}']) {
        let around = |key: String| key.replace('?', &letter.to_string());
        for key in ["?", "?k", "k?", "k?k", "??", "?/k", "k/?"] {
            keys_agree(&around(key.to_owned()));
        }
    }
    for key in ["", ".", "..", "...", "/", "//", "a//b"] {
        keys_agree(key);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_key_is_judged_the_same_here_and_in_editors(key in any::<String>()) {
        keys_agree(&key);
    }
}
