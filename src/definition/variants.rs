//! What a flag can serve: its variants, and the type of their values.

use std::sync::Arc;

use crate::{
    definition::{
        interner::Interner,
        number,
        problems::{advice, meaning},
        written::{clause::Name, field::Field},
    },
    diagnostics::{diagnostic::Diagnostic, suggest::nearest_of_many},
    engine::{
        condition::VariantIndex,
        flag::{ValueKind, Variant},
    },
    yaml::node::{Entry, Node, NodeValue},
};

/// The implicit variants of a boolean flag, and their values.
pub const IMPLICIT_VARIANTS: [(&str, &str); 2] = [("enabled", "true"), ("disabled", "false")];
/// Of the implicit variants, the one that is `true`.
pub const ENABLED: VariantIndex = VariantIndex(0);
/// Of the implicit variants, the one that is `false`.
pub const DISABLED: VariantIndex = VariantIndex(1);

/// What a flag can serve: all that other flags need to know of it.
#[derive(Debug)]
pub struct Variants {
    /// The type of its values; none if its variants are not in order, which was said already.
    pub kind: Option<ValueKind>,
    /// Its variants, in written order.
    pub variants: Arc<[Variant]>,
}

impl Variants {
    /// The index of the variant of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<VariantIndex> {
        let index = self.names().position(|variant| variant == name)?;
        u32::try_from(index).ok().map(VariantIndex)
    }

    /// The names of its variants, in written order.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.variants.iter().map(|variant| &*variant.name)
    }

    /// The index of the variant of that name, which the flag `of` should have; says so if it has
    /// none.
    pub fn resolve(
        &self,
        of: &str,
        Name { text: name, place }: Name<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<VariantIndex> {
        let found = self.find(name);
        if found.is_none() && self.kind.is_some() {
            let near = match name {
                // What the implicit variants are called elsewhere.
                "true" | "on" if self.find("enabled").is_some() => Some("enabled"),
                "false" | "off" if self.find("disabled").is_some() => Some("disabled"),
                name => nearest_of_many(diagnostics.len(), name, self.names()),
            };
            let problem = meaning::unknown_variant(name, of, place, near, self.names());
            diagnostics.push(problem);
        }
        found
    }
}

/// The variants of a flag, for those who refer to it and for its own lowering.
#[must_use]
pub fn read(flag: &Node, interner: &Interner, diagnostics: &mut Vec<Diagnostic>) -> Variants {
    let Some(written) = flag.entry(Field::Variants.name()) else {
        let variant =
            |(name, value): (&str, &str)| Variant { name: name.into(), value: value.into() };
        let variants = interner.variants(&IMPLICIT_VARIANTS.map(variant));
        return Variants { kind: Some(ValueKind::Boolean), variants };
    };
    let entries = written.node.as_map().unwrap_or_default();
    let variants = interner.variants(&entries.iter().map(variant).collect::<Vec<_>>());
    let Some(first) = entries.first() else {
        if written.node.as_map().is_some() {
            diagnostics.push(meaning::no_variants(written.key_place));
        }
        return Variants { kind: None, variants };
    };
    let mut kind = kind_of(&first.node);
    for entry in entries.iter().skip(1) {
        if kind.is_some() && kind_of(&entry.node) != kind {
            diagnostics.push(meaning::mixed_types(
                (&entry.key, entry.node.kind()),
                (&first.key, first.node.kind()),
                entry.node.place,
                first.node.place,
            ));
            kind = None;
        }
    }
    warn_of_mixed_numbers(entries, diagnostics);
    Variants { kind, variants }
}

/// One variant, its value as JSON.
fn variant(entry: &Entry) -> Variant {
    let mut value = String::new();
    entry.node.write_json(&mut value);
    Variant { name: entry.key.clone(), value: value.into() }
}

fn kind_of(node: &Node) -> Option<ValueKind> {
    match node.value {
        NodeValue::Bool(_) => Some(ValueKind::Boolean),
        NodeValue::String(_) => Some(ValueKind::String),
        NodeValue::Number(_) => Some(ValueKind::Number),
        NodeValue::Map(_) => Some(ValueKind::Object),
        NodeValue::List(_) => Some(ValueKind::Array),
        NodeValue::Null => None,
    }
}

fn warn_of_mixed_numbers(variants: &[Entry], diagnostics: &mut Vec<Diagnostic>) {
    let find = |fractional: bool| {
        variants.iter().find_map(|entry| match &entry.node.value {
            NodeValue::Number(text) if number::is_fractional(text) == fractional => {
                Some((entry, text))
            }
            _ => None,
        })
    };
    if let (Some((whole, text)), Some((fractional, _))) = (find(false), find(true)) {
        diagnostics.push(advice::mixed_numbers(
            (&whole.key, &fractional.key),
            format!("{text}.0"),
            whole.node.place,
            fractional.node.place,
        ));
    }
}
