//! Definitions as text, questions as text, answers as text.

use std::borrow::Cow;

use flagstaff::{
    definition::definitions::Definitions,
    engine::{context::EvaluationContext, resolve::resolve, value::Object},
};
use jiff::Timestamp;

use crate::{
    compile::{gate, said},
    exercise::{context, line},
};

/// When nothing else is said.
pub const NOW: &str = "2026-11-22T12:00:00Z";

/// Definitions that have to pass the gate, warnings or not.
#[track_caller]
pub fn definitions(text: &str) -> Definitions {
    let compilation = gate(&[("flags/a.yaml", text)]);
    let said = said(&compilation);
    compilation.definitions.unwrap_or_else(|| panic!("{said}\n{text}"))
}

/// The context of a targeting key and nothing else.
pub fn user(key: &str) -> EvaluationContext<'_> {
    let targeting_key = Some(Cow::Borrowed(key));
    EvaluationContext { targeting_key, attributes: Object::default() }
}

/// One answer as a line: `variant value REASON step`, or the error code.
pub fn answer(definitions: &Definitions, key: &str, context_json: &str, now: &str) -> String {
    let now: Timestamp = now.parse().expect(now);
    line(resolve(&definitions.flag_set, key, &context(context_json), now))
}

/// Asks every line: `KEY CONTEXT [at TIME] → ANSWER`.
#[track_caller]
pub fn check(text: &str, asked: &str) {
    let definitions = definitions(text);
    let mut found = String::new();
    for question in asked.trim().lines().map(str::trim) {
        let (question, _) = question.split_once(" → ").unwrap_or((question, ""));
        let (key, rest) = question.split_once(' ').expect(question);
        let (context, now) = rest.rsplit_once(" at ").unwrap_or((rest, NOW));
        found += &format!("{question} → {}\n", answer(&definitions, key, context, now));
    }
    let expected: String = asked.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(found, expected, "\nfound:\n{found}");
}
