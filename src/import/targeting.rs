//! A flag while what it serves to whom is read.

use crate::{
    diagnostics::place::Place,
    engine::scheme::Hash,
    import::{
        draft::{Draft, DraftCondition, DraftOutcome, DraftRule},
        logic::Logic,
        tree::ImportTree,
        verdict::ImportRefusal,
    },
    yaml::node::{Entry, Node, NodeValue},
};

/// A flag while its targeting is read.
#[derive(Debug)]
pub struct Targeting<'t> {
    /// What is put together.
    pub draft: Draft,
    /// The conditions.
    pub logic: Logic<'t>,
    /// The default variant; none if there is none.
    pub default: Option<&'t str>,
    /// The scheme.
    pub hash: Hash,
}

/// The variants of a flag, which a field of this name has, in order.
///
/// # Errors
///
/// Where there are none, or they have no value, or values of several types.
pub fn variants(node: &Node, field: &str) -> Result<Vec<(String, ImportTree)>, ImportRefusal> {
    let entries = node.entry(field).and_then(|entry| entry.node.as_map()).unwrap_or_default();
    let Some(first) = entries.first() else {
        return Err(ImportRefusal::new(node.place, "the flag has no variants", "give it variants"));
    };
    for entry in entries {
        if matches!(entry.node.value, NodeValue::Null) {
            let why = format!("the variant `{}` is null", entry.key);
            return Err(ImportRefusal::new(entry.node.place, why, "give it a value"));
        }
        if entry.node.kind() != first.node.kind() {
            let why = "the variants have several types";
            let help = "one flag key has values of one type: split the flag in two";
            return Err(ImportRefusal::new(entry.node.place, why, help));
        }
    }
    Ok(entries.iter().map(|entry| (entry.key.to_string(), ImportTree::of(&entry.node))).collect())
}

/// Metadata as it is written, in order.
///
/// # Errors
///
/// Where a value is no string, number or boolean.
pub fn metadata<'n>(
    entries: impl Iterator<Item = &'n Entry>,
) -> Result<Vec<(String, ImportTree)>, ImportRefusal> {
    entries
        .map(|entry| match &entry.node.value {
            NodeValue::String(_) | NodeValue::Number(_) | NodeValue::Bool(_) => {
                Ok((entry.key.to_string(), ImportTree::of(&entry.node)))
            }
            NodeValue::Null | NodeValue::List(_) | NodeValue::Map(_) => {
                let why = format!("metadata `{}` is no string, number or boolean", entry.key);
                let help = "leave it out, or write it as a string";
                Err(ImportRefusal::new(entry.node.place, why, help))
            }
        })
        .collect()
}

/// The name of a variant that there is.
///
/// # Errors
///
/// Where there is none of that name.
pub fn known(
    variants: &[(String, ImportTree)],
    name: &str,
    place: Place,
) -> Result<String, ImportRefusal> {
    let found = variants.iter().find(|(own, _)| own == name);
    found.map(|(own, _)| own.clone()).ok_or_else(|| {
        let why = format!("there is no variant `{name}`, which is an error there");
        ImportRefusal::new(place, why, "name a variant of the flag")
    })
}

impl Targeting<'_> {
    /// What a value stands for: the variant of that name, or for null the default.
    ///
    /// # Errors
    ///
    /// Where it is no name of a variant.
    pub fn served(&self, node: &Node) -> Result<DraftOutcome, ImportRefusal> {
        let name = match &node.value {
            NodeValue::Null => return Ok(self.default_outcome()),
            NodeValue::String(text) | NodeValue::Number(text) => text.to_string(),
            NodeValue::Bool(value) => value.to_string(),
            NodeValue::List(_) | NodeValue::Map(_) => {
                let why = "a variant that is computed here cannot be said";
                let help = "name a variant, or write `if` around it";
                return Err(ImportRefusal::new(node.place, why, help));
            }
        };
        known(&self.draft.variants, &name, node.place).map(DraftOutcome::Variant)
    }

    /// What null stands for.
    #[must_use]
    pub fn default_outcome(&self) -> DraftOutcome {
        let name = self.default.map(str::to_owned);
        name.map_or(DraftOutcome::Nothing, DraftOutcome::Variant)
    }

    /// Adds a rule, unless its conditions never hold.
    pub fn add(&mut self, conditions: Vec<DraftCondition>, outcome: DraftOutcome) {
        let never = |condition: &DraftCondition| condition.known() == Some(false);
        if conditions.iter().any(never) {
            return;
        }
        let flat = match DraftCondition::all(conditions) {
            DraftCondition::All(conditions) => conditions,
            one => vec![one],
        };
        self.draft.rules.push(DraftRule { name: None, conditions: flat, outcome });
    }
}
