//! The flags as a manifest of OpenFeature's command line, from which it generates typed accessors.
//!
//! The list is what its `pull` reads from an endpoint (`/openfeature/v0/manifest`), the map is what
//! it keeps in a file (`schema/v0/flag-manifest.json` of its version 0.4.0).

use crate::{
    definition::definitions::{Definition, Definitions},
    diagnostics::quote::quote,
    engine::{
        flag::{Flag, ValueKind},
        json_text::{push_list, push_quoted},
    },
};

/// The flags that a manifest can have, and those that it cannot.
#[derive(Debug, Default)]
pub struct Manifest<'d> {
    entries: Vec<Entry<'d>>,
    /// Each flag that is left out, and why.
    left_out: Vec<(&'d str, &'static str)>,
}

/// One flag of a manifest.
#[derive(Debug)]
struct Entry<'d> {
    key: &'d str,
    kind: &'static str,
    /// As JSON.
    default_value: &'d str,
    name: Option<String>,
    description: Option<String>,
}

impl<'d> Manifest<'d> {
    /// The flags whose keys are meant, sorted by key.
    #[must_use]
    pub fn of(definitions: &'d Definitions, is_meant: impl Fn(&str) -> bool) -> Self {
        let mut manifest = Self::default();
        let flags = definitions.flag_set.flags().iter().zip(definitions.flags());
        for (flag, definition) in flags.filter(|(flag, _)| is_meant(&flag.key)) {
            match default_value(flag) {
                Ok((kind, default_value)) => {
                    let [name, description] =
                        ["name", "description"].map(|it| text(definition, it));
                    let key = &*flag.key;
                    manifest.entries.push(Entry { key, kind, default_value, name, description });
                }
                Err(reason) => manifest.left_out.push((&flag.key, reason)),
            }
        }
        manifest
    }

    /// Each flag that is left out, and why, in a line.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        let left_out = self.left_out.iter();
        left_out.map(|(key, reason)| format!("note: `{}` is left out: {reason}", quote(key)))
    }

    /// What the endpoint answers: `{"flags": [{"key": …, "type": …, "defaultValue": …}, …]}`.
    #[must_use]
    pub fn list(&self) -> Vec<u8> {
        let mut out = b"{\"flags\":".to_vec();
        push_list(&mut out, self.entries.iter(), |out, entry| {
            out.extend_from_slice(b"{\"key\":");
            push_quoted(out, entry.key);
            if let Some(name) = &entry.name {
                push_field(out, ",", "name", |out| push_quoted(out, name));
            }
            push_field(out, ",", "type", |out| push_quoted(out, entry.kind));
            if let Some(description) = &entry.description {
                push_field(out, ",", "description", |out| push_quoted(out, description));
            }
            push_field(out, ",", "defaultValue", |out| {
                out.extend_from_slice(entry.default_value.as_bytes());
            });
            out.push(b'}');
        });
        out.push(b'}');
        out
    }

    /// What a file holds: `{"flags": {"…": {"flagType": …, "defaultValue": …}}}`, a field a line.
    #[must_use]
    pub fn map(&self) -> String {
        let mut out = b"{\n  \"flags\": {".to_vec();
        for (index, entry) in self.entries.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"\n    " } else { b",\n    " });
            push_quoted(&mut out, entry.key);
            out.extend_from_slice(b": {");
            push_field(&mut out, "\n      ", "flagType", |out| push_quoted(out, entry.kind));
            push_field(&mut out, ",\n      ", "defaultValue", |out| {
                out.extend_from_slice(entry.default_value.as_bytes());
            });
            if let Some(description) = &entry.description {
                let push = |out: &mut Vec<u8>| push_quoted(out, description);
                push_field(&mut out, ",\n      ", "description", push);
            }
            out.extend_from_slice(b"\n    }");
        }
        out.extend_from_slice(if self.entries.is_empty() { b"}\n}\n" } else { b"\n  }\n}\n" });
        String::from_utf8(out).unwrap_or_default()
    }
}

fn push_field(out: &mut Vec<u8>, before: &str, name: &str, push: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(before.as_bytes());
    push_quoted(out, name);
    out.extend_from_slice(if before == "," { b":" } else { b": " });
    push(out);
}

/// The type of a flag in the words of the manifest, and the value of its off variant.
fn default_value(flag: &Flag) -> Result<(&'static str, &str), &'static str> {
    let kind = match flag.kind {
        ValueKind::Boolean => "boolean",
        ValueKind::String => "string",
        ValueKind::Number if flag.variants.iter().all(|it| is_integer(&it.value)) => "integer",
        ValueKind::Number => "float",
        ValueKind::Object => "object",
        ValueKind::Array => return Err("its values are lists, which a manifest does not have"),
    };
    let off_variant = flag.off_variant.and_then(|index| flag.variant(index));
    match off_variant {
        Some(variant) => Ok((kind, &variant.value)),
        None => Err("it has no `off_variant`, whose value a caller could fall back on"),
    }
}

/// Whether a number is one of those that every language's integers have.
fn is_integer(number: &str) -> bool {
    number.parse::<i32>().is_ok()
}

/// A text for people that a definition has, as it can stand in a comment of one line or of several,
/// in any language: that is where the accessors have it.
fn text(definition: Definition<'_>, field: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(definition.json).ok()?;
    let words: Vec<&str> = json.get(field)?.as_str()?.split_whitespace().collect();
    let text = words.join(" ").replace("*/", "* /");
    (!text.is_empty()).then_some(text)
}
