//! A test of a flag: who asks, and what the answer has to be.

use std::borrow::Cow;

use crate::{
    diagnostics::place::Place,
    engine::{
        context::{EvaluationContext, TARGETING_KEY},
        instant::Instant,
        resolution::FixedPositions,
        value::{Object, Value},
    },
};

/// How many combinations the matrix of one test may have.
pub const COMBINATIONS_MAX: usize = 1_000;

/// One test, as it is written.
#[derive(Clone, Debug)]
pub struct Case {
    /// The key of the flag that is asked for.
    pub flag: Box<str>,
    /// Where that key is written.
    pub flag_place: Place,
    /// What the test is about.
    pub name: Option<Box<str>>,
    /// Where the test begins: its first line.
    pub place: Place,
    /// The attributes of every question, the targeting key among them.
    pub context: Vec<Given<Value<'static>>>,
    /// Attributes with the values to try, one at least: every combination is a question.
    pub matrix: Vec<Given<Vec<Value<'static>>>>,
    /// What stands in for the positions of the flag.
    pub positions: FixedPositions,
    /// What stands in for the clock.
    pub at: Option<Instant>,
    /// What the answer has to be.
    pub expected: Expectation,
}

/// An attribute that a test sends.
#[derive(Clone, Debug)]
pub struct Given<T> {
    /// Its name.
    pub name: Box<str>,
    /// Where the name is written.
    pub place: Place,
    /// What it is.
    pub value: T,
}

/// What an answer has to be: everything that is stated holds.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The value; null is none.
    pub value: Option<Value<'static>>,
    /// The variant; null is none.
    pub variant: Option<Placed<Option<Box<str>>>>,
    /// The name of the reason.
    pub reason: Option<Box<str>>,
    /// The rule that decides, or one of [`STEPS`].
    pub rule: Option<Placed<Box<str>>>,
    /// The error code.
    pub error: Option<Box<str>>,
}

/// Something, and where it is written.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// What is stated.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// What stands in place of a rule's name for the steps that are no rule.
pub const STEPS: [&str; 3] = [USERS, DEFAULT, OFF];
/// The targeting key is listed.
pub const USERS: &str = "users";
/// No rule matched.
pub const DEFAULT: &str = "default";
/// The flag counts as not enabled.
pub const OFF: &str = "off";

impl Case {
    /// The flag and what the test is about, on one line.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => format!("{}: {name}", self.flag),
            None => self.flag.to_string(),
        }
    }

    /// How many questions the test asks; more than can be counted is the largest number.
    #[must_use]
    pub fn combination_count(&self) -> usize {
        let counts = self.matrix.iter().map(|given| given.value.len());
        counts.fold(1, usize::saturating_mul)
    }

    /// What one of the questions takes from the matrix; of the attributes there, the last changes
    /// fastest.
    #[must_use]
    pub fn combination(&self, index: usize) -> Vec<(&str, &Value<'static>)> {
        let mut rest = index;
        let mut chosen = Vec::with_capacity(self.matrix.len());
        for Given { name, value, .. } in self.matrix.iter().rev() {
            let count = value.len().max(1);
            chosen.extend(value.get(rest % count).map(|value| (&**name, value)));
            rest /= count;
        }
        chosen.reverse();
        chosen
    }

    /// All attributes of one of the questions, the targeting key among them.
    pub fn attributes(&self, index: usize) -> impl Iterator<Item = (&str, &Value<'static>)> {
        let written = self.context.iter().map(|given| (&*given.name, &given.value));
        written.chain(self.combination(index))
    }

    /// The evaluation context of one of the questions.
    #[must_use]
    pub fn evaluation_context(&self, index: usize) -> EvaluationContext<'_> {
        let (mut targeting_key, mut entries) = (None, Vec::new());
        for (name, value) in self.attributes(index) {
            if name == TARGETING_KEY {
                // An empty one is absent, as in OFREP.
                targeting_key = value.as_str().filter(|key| !key.is_empty()).map(Cow::Borrowed);
            } else {
                entries.push((Cow::Borrowed(name), value.clone()));
            }
        }
        EvaluationContext { targeting_key, attributes: Object::from_entries(entries) }
    }
}
