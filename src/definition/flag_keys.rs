//! Warns of flag keys that invite mistakes.

use std::collections::BTreeMap;

use crate::{
    definition::{layer::Section, problems::advice},
    diagnostics::{diagnostic::Diagnostic, place::Place},
    schema::key::{is_usual, problem},
};

/// Warns of flag keys that invite mistakes.
pub fn check(flags: &Section, diagnostics: &mut Vec<Diagnostic>) {
    let mut by_lower_case: BTreeMap<String, (&str, Place)> = BTreeMap::new();
    for (key, item) in flags {
        // What cannot be a key at all, the schema has refused.
        if problem(key).is_none() && !is_usual(key) {
            diagnostics.push(advice::unusual_key(key, item.place).of_flag(&**key));
        }
        match by_lower_case.get(&key.to_lowercase()) {
            Some((other, place)) => {
                let warning = advice::keys_differ_in_case(key, other, item.place, *place);
                diagnostics.push(warning.of_flag(&**key));
            }
            None => {
                by_lower_case.insert(key.to_lowercase(), (key, item.place));
            }
        }
    }
}
