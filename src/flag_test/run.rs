//! Running a flag test: every question it asks, and what of the answers was not expected.

use jiff::Timestamp;

use crate::{
    definition::problems::meaning,
    diagnostics::{
        diagnostic::Diagnostic,
        quote::quote,
        suggest::{nearest, nearest_of_many},
    },
    engine::{
        context::Attribute,
        flag::{Flag, FlagSet},
        resolution::{EvaluationError, Resolution, Step},
        resolve,
        trace::{Trace, What},
        value::Value,
    },
    flag_test::{
        problems as problem,
        test::{Case, DEFAULT, Expectation, OFF, STEPS, USERS},
    },
};

/// The error code where there is no such flag.
pub const FLAG_NOT_FOUND: &str = "FLAG_NOT_FOUND";
/// The error code where a split has no targeting key to go by.
pub const TARGETING_KEY_MISSING: &str = "TARGETING_KEY_MISSING";

/// How many of a flag's rules a message names.
const RULES_SHOWN_MAX: usize = 8;

/// What came of one question.
#[derive(Debug)]
pub struct Run<'s> {
    /// What the engine answered.
    pub result: Result<Resolution<'s>, EvaluationError<'s>>,
    /// How it came to that; none where there is no such flag.
    pub trace: Option<Trace<'s>>,
    /// What was expected and is not so, in the order of [`Expectation`]'s fields.
    pub mismatches: Vec<Mismatch>,
}

/// One thing that was expected and is not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The field of the expectation.
    pub field: &'static str,
    /// What was expected, in words.
    pub expected: String,
    /// What there is, in words.
    pub got: String,
}

/// An answer as its fields, each none where it has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlagAnswer<'s> {
    /// The value, as JSON.
    pub value: Option<&'s str>,
    /// The variant.
    pub variant: Option<&'s str>,
    /// The reason.
    pub reason: Option<&'static str>,
    /// The name of the rule that decided, or of the step that is none.
    pub rule: Option<&'s str>,
    /// The error code.
    pub error: Option<&'static str>,
}

impl<'s> FlagAnswer<'s> {
    /// The fields of what the engine answered.
    #[must_use]
    pub fn of(result: &Result<Resolution<'s>, EvaluationError<'s>>) -> Self {
        let resolution = match result {
            Ok(resolution) => resolution,
            Err(EvaluationError::FlagNotFound) => {
                return Self { error: Some(FLAG_NOT_FOUND), ..Self::default() };
            }
            Err(EvaluationError::TargetingKeyMissing(_)) => {
                return Self { error: Some(TARGETING_KEY_MISSING), ..Self::default() };
            }
        };
        let rule = match resolution.step {
            Step::Off => OFF,
            Step::Users => USERS,
            Step::Rule(rule) => &rule.name,
            Step::Default => DEFAULT,
        };
        Self {
            value: resolution.variant.map(|variant| &*variant.value),
            variant: resolution.variant.map(|variant| &*variant.name),
            reason: Some(resolution.reason.name()),
            rule: Some(rule),
            error: None,
        }
    }
}

/// What in a test names something that is not there. A test that expects there to be no such flag
/// may name it. `found` is how many problems there were before.
#[must_use]
pub fn unknown_names(case: &Case, flags: &FlagSet, found: usize) -> Vec<Diagnostic> {
    let Some(flag) = flags.find(&case.flag) else {
        if case.expected.error.as_deref() == Some(FLAG_NOT_FOUND) {
            return Vec::new();
        }
        let keys = flags.flags().iter().map(|flag| &*flag.key);
        let near = nearest_of_many(found, &case.flag, keys);
        let problem = meaning::unknown_flag(&case.flag, case.flag_place, near);
        return vec![problem.of_flag(quote(&case.flag))];
    };
    let mut problems = Vec::new();
    let variants = || flag.variants.iter().map(|variant| &*variant.name);
    if let Some(stated) = &case.expected.variant
        && let Some(name) =
            stated.value.as_deref().filter(|name| variants().all(|variant| variant != *name))
    {
        let near = nearest_of_many(found, name, variants());
        let place = stated.place;
        problems.push(meaning::unknown_variant(name, &flag.key, place, near, variants()));
    }
    if let Some(stated) = &case.expected.rule
        && !rule_names(flag).any(|name| name == &*stated.value)
    {
        let near = nearest(&stated.value, rule_names(flag));
        let rules = flag.rules.iter().take(RULES_SHOWN_MAX).map(|rule| &*rule.name);
        let names = rules.chain(STEPS).map(|name| format!("`{}`", quote(name)));
        let mut names: Vec<String> = names.collect();
        let hidden = flag.rules.len().saturating_sub(RULES_SHOWN_MAX);
        if 0 < hidden {
            names.push(format!("{hidden} rules more"));
        }
        let (place, names) = (stated.place, names.join(", "));
        problems.push(problem::unknown_rule(&stated.value, &flag.key, place, near, &names));
    }
    problems.into_iter().map(|problem| problem.of_flag(quote(&flag.key))).collect()
}

/// Asks one of the questions of a test. `now` is the time if the test does not set the clock.
#[must_use]
pub fn run<'s>(case: &Case, combination: usize, flags: &'s FlagSet, now: Timestamp) -> Run<'s> {
    let context = case.evaluation_context(combination);
    let now = case.at.unwrap_or_else(|| now.into());
    let (result, trace) = match flags.find(&case.flag) {
        Some(flag) => resolve::explain(flags, flag, &context, now, case.positions),
        None => (Err(EvaluationError::FlagNotFound), None),
    };
    let mismatches = mismatches(&case.expected, &FlagAnswer::of(&result));
    Run { result, trace, mismatches }
}

/// Whether the time of the evaluation was looked at.
#[must_use]
pub fn looked_at_clock(trace: &Trace<'_>) -> bool {
    let is_clock = match &trace.what {
        What::Attribute(test, ..) => test.attribute == Attribute::Now,
        _ => false,
    };
    is_clock || trace.children.iter().any(looked_at_clock)
}

/// What can stand as `rule` in a test of a flag.
fn rule_names(flag: &Flag) -> impl Iterator<Item = &str> {
    flag.rules.iter().map(|rule| &*rule.name).chain(STEPS)
}

fn mismatches(expected: &Expectation, answer: &FlagAnswer<'_>) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let mut differ = |field, expected: String, got: Option<String>| {
        let got = match (got, answer.error) {
            (Some(got), _) => got,
            (None, Some(code)) => format!("the error {code}"),
            (None, None) => "none".to_owned(),
        };
        found.push(Mismatch { field, expected, got });
    };
    let quoted = |text: Option<&str>| text.map(|text| format!("`{text}`"));
    if let Some(value) = &expected.value
        && !is_value(value, answer)
    {
        differ("value", value.to_string(), answer.value.map(in_words));
    }
    if let Some(variant) = &expected.variant
        && (variant.value.as_deref() != answer.variant || answer.error.is_some())
    {
        let expected = quoted(variant.value.as_deref()).unwrap_or("none".to_owned());
        differ("variant", expected, quoted(answer.variant));
    }
    if let Some(reason) = &expected.reason
        && Some(&**reason) != answer.reason
    {
        differ("reason", reason.to_string(), answer.reason.map(str::to_owned));
    }
    if let Some(rule) = &expected.rule
        && Some(&*rule.value) != answer.rule
    {
        differ("rule", format!("`{}`", rule.value), quoted(answer.rule));
    }
    if let Some(error) = &expected.error
        && Some(&**error) != answer.error
    {
        let value = answer.value.map(in_words);
        let value = value.map_or("no value".to_owned(), |value| format!("value {value}"));
        let got = answer.error.map_or(value, str::to_owned);
        differ("error", error.to_string(), Some(got));
    }
    found
}

/// A value that an answer has, as what is expected is written.
fn in_words(json: &str) -> String {
    serde_json::from_str::<Value<'_>>(json).map_or(json.to_owned(), |value| value.to_string())
}

/// Whether an answer has this value; null is none.
fn is_value(expected: &Value<'_>, answer: &FlagAnswer<'_>) -> bool {
    match (answer.error, answer.value) {
        (Some(_), _) => false,
        (None, None) => matches!(expected, Value::Null),
        (None, Some(json)) => {
            serde_json::from_str::<Value<'_>>(json).is_ok_and(|value| value.equals(expected))
        }
    }
}
