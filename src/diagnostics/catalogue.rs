//! Every rule of diagnostics and hazards: one table for each group, together sorted by id.

use crate::diagnostics::{
    codes::{advice, case, document, file, flag, hazard, layer, reference, shape, value},
    explanation::Rule,
};

/// The tables.
const TABLES: [&[Rule]; 10] = [
    advice::RULES,
    case::RULES,
    document::RULES,
    file::RULES,
    flag::RULES,
    hazard::RULES,
    layer::RULES,
    reference::RULES,
    shape::RULES,
    value::RULES,
];

/// All rules, sorted by id.
#[must_use]
pub fn all() -> Vec<&'static Rule> {
    let mut rules: Vec<&Rule> = TABLES.into_iter().flatten().collect();
    rules.sort_unstable_by_key(|rule| rule.id);
    rules
}

/// The rule of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    TABLES.into_iter().flatten().find(|rule| rule.id == id)
}
