//! The example definitions: nothing is to be said about them, and they show everything there is.

use std::{collections::BTreeSet, path::Path};

use flagstaff::engine::operator::OPERATORS;
use serde_json::Value;

use crate::compile::{gate, said};

const BASE: &str = "flags";
const PRODUCTION: &str = "deploy/environments/production";

/// The files below a folder of the project, in path order, as path and text.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut folders, mut files) = (vec![root.join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_wanted(&path) {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.push((name, std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Whether a file holds definitions: flag tests have a schema and a test of their own.
fn is_wanted(path: &Path) -> bool {
    path.file_name().is_some_and(|name| !name.to_string_lossy().contains(".test."))
}

fn check(folders: &[&str]) {
    let files: Vec<_> = folders.iter().flat_map(|folder| files(folder)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let compilation = gate(&files);
    assert_eq!(said(&compilation), "");
    assert!(compilation.definitions.is_some());
}

#[test]
fn nothing_is_said_about_the_examples() {
    check(&[BASE]);
    check(&[BASE, PRODUCTION]);
}

#[test]
fn every_operator_is_shown() {
    let text: String = files(BASE).into_iter().map(|(_, text)| text).collect();
    let words: BTreeSet<&str> = text.split(|letter: char| !is_word(letter)).collect();
    for operator in &OPERATORS {
        // `eq` and `in` are mostly written as `where`; they are shown by name all the same.
        assert!(words.contains(operator.name), "no example shows `{}`", operator.name);
    }
}

#[test]
fn every_field_of_the_schema_is_shown() {
    let schema = include_str!("../../schema/flags.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut fields = BTreeSet::new();
    collect_properties(&schema, &mut fields);
    assert!(30 < fields.len(), "only {fields:?}");
    let text: String = files(BASE).into_iter().map(|(_, text)| text).collect();
    let words: BTreeSet<&str> = text.split(|letter: char| !is_word(letter)).collect();
    let missing: Vec<_> = fields.iter().filter(|field| !words.contains(&***field)).collect();
    assert!(missing.is_empty(), "no example shows {missing:?}");
}

#[test]
fn every_example_tells_editors_its_schema() {
    for (path, text) in files(BASE).into_iter().chain(files(PRODUCTION)) {
        let up = "../".repeat(path.matches('/').count());
        let schema = format!("{up}schema/flags.schema.json");
        let expected = if path.ends_with(".json") {
            format!("\"$schema\": \"{schema}\"")
        } else {
            format!("# yaml-language-server: $schema={schema}\n")
        };
        assert!(text.contains(&expected), "{path} does not say {expected}");
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// The names of all properties that the schema describes, however deep.
fn collect_properties(schema: &Value, fields: &mut BTreeSet<String>) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        fields.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(entries) => {
            for (name, below) in entries {
                if !matches!(&**name, "examples" | "default" | "enum" | "const") {
                    collect_properties(below, fields);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_properties(item, fields)),
        _ => {}
    }
}
