//! The table of a flag's fields: as the schema has them, and as the documentation says.

use std::{fmt::Write as _, fs, path::Path};

use flagstaff::{
    definition::written::field::{FIELDS, Field, FlagForm, Merging},
    diagnostics::{code::Code, severity::Severity},
    schema::definition_file::SCHEMA,
};
use serde_json::Value;

use crate::{accept::is_accepting, compile::gate};

fn schema() -> Value {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    schema["$defs"]["flag"]["properties"].clone()
}

/// The JSON types that a field may have, sorted, without null.
fn types(field: &Value) -> Vec<String> {
    let mut types: Vec<String> = match (&field["type"], &field["enum"]) {
        (Value::String(one), _) => vec![one.clone()],
        (Value::Array(several), _) => {
            several.iter().map(|one| one.as_str().unwrap().to_owned()).collect()
        }
        // All values of an enumeration here are names.
        (_, Value::Array(_)) => vec!["string".to_owned(), "null".to_owned()],
        _ => panic!("a field without a type: {field}"),
    };
    types.sort_unstable();
    assert!(types.iter().any(|one| one == "null"), "null removes it in a later layer: {field}");
    types.retain(|one| one != "null");
    types
}

#[test]
fn the_table_has_what_the_schema_has() {
    let schema = schema();
    let properties = schema.as_object().unwrap();
    let mut names: Vec<&str> = FIELDS.iter().map(|row| row.name).collect();
    names.sort_unstable();
    assert_eq!(names, properties.keys().map(String::as_str).collect::<Vec<_>>());
    for row in &FIELDS {
        assert_eq!(types(&properties[row.name]), row.types, "{}", row.name);
    }
}

#[test]
fn the_table_has_a_row_for_each_field_in_order() {
    for (index, row) in FIELDS.iter().enumerate() {
        assert_eq!(row.field as usize, index, "{}", row.name);
        assert_eq!((row.field.row().name, Field::find(row.name)), (row.name, Some(row.field)));
    }
}

/// A flag with a field and a flag without it, where it says what it would be if it were left out,
/// have the same answers; and a default is one that the schema takes.
#[test]
fn defaults_are_what_is_left_out() {
    // `enabled` is stated by every flag here.
    for row in FIELDS.iter().filter(|row| row.field != Field::Enabled) {
        let Some(default) = row.default else { continue };
        let form = match row.form {
            FlagForm::Variants => ", \"variants\": {\"on\": true}, \"default\": \"on\"",
            FlagForm::Both | FlagForm::Toggle => "",
        };
        let flag = |stated: &str| {
            let text = format!("{{\"flags\": {{\"a\": {{\"enabled\": true{form}\n{stated}\n}}}}}}");
            let definitions = gate(&[("flags/a.json", &text)]).definitions;
            let definitions = definitions.unwrap_or_else(|| panic!("{text}"));
            let flags = format!("{:?}", definitions.flag_set.flags());
            let parts =
                flags.split("Place {").map(|part| part.split_once(" } }").map_or(part, |it| it.1));
            parts.collect::<String>()
        };
        assert_eq!(flag(""), flag(&format!(", \"{}\": {default}", row.name)), "{}", row.name);
    }
}

/// `docs/fields.md` is the schema and the table; `INSTA_UPDATE=always` writes it.
#[test]
fn the_documentation_lists_every_field() {
    let schema = schema();
    let mut text = INTRODUCTION.to_owned();
    for row in &FIELDS {
        let field = &schema[row.name];
        let description = field["description"].as_str().unwrap().replace('|', "\\|");
        let form = match row.form {
            FlagForm::Both => "both",
            FlagForm::Toggle => "toggle",
            FlagForm::Variants => "variants",
        };
        let default = row.default.map_or(String::new(), |default| format!("`{default}`"));
        let layers = match row.layers {
            Merging::Replace => "replaced",
            Merging::Merge => "a map is merged, entry by entry",
        };
        let (name, types) = (row.name, row.types.join(" or "));
        writeln!(text, "| `{name}` | {types} | {form} | {default} | {layers} | {description} |")
            .unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/fields.md");
    if is_accepting() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text);
}

const INTRODUCTION: &str = "# Fields of a flag

A flag is a **toggle**, or it has **variants**: any field of the variants form, or `users` as a
map, makes it one. In a later layer, a field replaces the one below, or is merged with it, and
null removes it. Keys that begin with `x-` carry no meaning and are never served.

| field | type | form | left out | in a later layer | what it is |
|---|---|---|---|---|---|
";

/// What can be allowed: all warnings and notes, in the schema that editors read and by name.
#[test]
fn the_schema_lists_what_can_be_allowed() {
    let schema = schema();
    let listed = schema["allow"]["items"]["enum"].as_array().unwrap();
    let listed: Vec<&str> = listed.iter().map(|id| id.as_str().unwrap()).collect();
    let allowed = Code::ALL.iter().filter(|code| code.severity() < Severity::Error);
    assert_eq!(listed, allowed.map(|code| code.id()).collect::<Vec<_>>());
    for code in Code::ALL {
        assert_eq!(Code::to_allow(code.id()).is_ok(), listed.contains(&code.id()), "{code:?}");
    }
}
