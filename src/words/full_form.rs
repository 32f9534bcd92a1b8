//! A flag as written, in the full form: so that the short form and the full one can be compared.

use serde_json::{Map, Value, json};

/// The fields that only the full form has.
const FULL_FIELDS: [&str; 4] = ["variants", "rules", "default", "off_variant"];
/// The fields that only the short form has.
const TOGGLE_FIELDS: [&str; 3] = ["targeting_rules", "rollout_percentage", "staff_only"];

/// Both sides of a flag in one form: the short one if both have it, else the full one.
#[must_use]
pub fn alike(base: &Map<String, Value>, head: &Map<String, Value>) -> [Map<String, Value>; 2] {
    let are_toggles = is_toggle(base) && is_toggle(head);
    [base, head].map(|flag| if are_toggles { flag.clone() } else { full(flag) })
}

fn is_toggle(flag: &Map<String, Value>) -> bool {
    !FULL_FIELDS.iter().any(|field| flag.contains_key(*field))
        && !flag.get("users").is_some_and(Value::is_object)
}

/// The full form, with what it is when left out where that is not nothing.
fn full(flag: &Map<String, Value>) -> Map<String, Value> {
    let mut full = flag.clone();
    if is_toggle(flag) {
        let [conditions, ramp, staff_only] = TOGGLE_FIELDS.map(|field| full.remove(field));
        let mut rule = Map::new();
        if staff_only == Some(Value::Bool(true)) {
            full.insert("enabled".to_owned(), true.into());
            rule.insert("if".to_owned(), json!([{ "where": { "is_staff": true } }]));
            full.remove("users");
        } else {
            rule.extend(conditions.map(|conditions| ("if".to_owned(), conditions)));
            rule.extend(ramp.map(|ramp| ("rollout_percentage".to_owned(), ramp)));
        }
        rule.insert("serve".to_owned(), "enabled".into());
        full.insert("rules".to_owned(), json!([rule]));
    }
    if !full.contains_key("variants") {
        for field in ["default", "off_variant"] {
            full.entry(field).or_insert_with(|| "disabled".into());
        }
    }
    full
}
