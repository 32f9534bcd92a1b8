//! One flag for each kind of evaluation that is measured, and who asks. The test that no evaluation
//! allocates includes this file.

use std::fmt::Write as _;

/// A flag that is asked for, whether the unit is hashed for it, and whether its value is served.
pub struct Kind {
    /// What is measured, for people.
    pub name: &'static str,
    /// The flag key.
    pub key: &'static str,
    /// Whether a position has to be computed.
    pub hashes: bool,
}

/// Every kind that is measured.
pub const KINDS: [Kind; 6] = [
    Kind { name: "a static toggle", key: "static", hashes: false },
    Kind { name: "a toggle with three conditions", key: "conditions", hashes: false },
    Kind { name: "a segment with `in` over 1,000 values", key: "segment", hashes: false },
    Kind { name: "a prerequisite", key: "prerequisite", hashes: false },
    Kind { name: "a ramp", key: "ramp", hashes: true },
    Kind { name: "a split among four", key: "split", hashes: true },
];

/// Who asks: every condition holds, the last of the values is meant.
pub const CONTEXT: &str = r#"{
    "targetingKey": "550e8400-e29b-41d4-a716-446655440000",
    "country": "NL", "plan": "pro", "age": 34, "version": "4.2.1",
    "locale": "nl-NL", "beta": false, "company": "c-0999"
}"#;

/// The definitions, among a thousand others.
pub fn definitions() -> String {
    let companies: Vec<String> = (0..1000).map(|number| format!("c-{number:04}")).collect();
    let mut text = format!(
        "
segments:
  customers:
    - where: {{ company: [{}] }}
flags:
  static: {{ enabled: true }}
  conditions:
    enabled: true
    targeting_rules:
      - where: {{ plan: [pro, enterprise] }}
      - {{ attribute: age, operator: gte, value: 18 }}
      - {{ attribute: version, operator: semver, value: '>=4.1, <6' }}
  segment: {{ enabled: true, targeting_rules: [segment: customers] }}
  prerequisite: {{ enabled: true, requires: [{{ flag: conditions }}] }}
  ramp: {{ enabled: true, rollout_percentage: 50 }}
  split:
    enabled: true
    variants: [a, b, c, d]
    default:
      split:
        - {{ variant: a, percentage: 25 }}
        - {{ variant: b, percentage: 25 }}
        - {{ variant: c, percentage: 25 }}
        - {{ variant: d, percentage: 25 }}
",
        companies.join(", ")
    );
    for number in 0..1000 {
        let _ = writeln!(text, "  other-{number}: {{ enabled: true }}");
    }
    text
}
