//! What a resolution looked at, for people.

use crate::{
    engine::{
        bucket::Percentage,
        condition::{AttributeTest, Prerequisite, Segment},
        flag::{Flag, Rule, Variant},
        value::Value,
    },
    place::Place,
};

/// One thing that was looked at, what came of it, and what was looked at for it.
#[derive(Debug)]
pub struct Trace<'s> {
    /// What was looked at.
    pub what: What<'s>,
    /// What came of it.
    pub outcome: Outcome<'s>,
    /// What was looked at for it, in order. What was never reached is not there.
    pub children: Vec<Trace<'s>>,
}

/// What a resolution looks at.
#[derive(Debug)]
pub enum What<'s> {
    /// A whole flag: the root, and below each prerequisite.
    Flag(&'s Flag),
    /// The switch.
    Enabled(bool),
    /// One entry of `requires`; the flag that it names.
    Requires(&'s Prerequisite, Option<&'s Flag>),
    /// The list of users; who was looked up, none without a targeting key.
    Users(Option<String>),
    /// A rule.
    Rule(&'s Rule),
    /// A comparison; the value that was found, as JSON; and what it is not, but would have to be
    /// for the comparison to look at it ("not a time").
    Attribute(&'s AttributeTest, Option<String>, Option<&'static str>),
    /// A segment: all of its conditions.
    Segment(&'s Segment, Place),
    /// Another flag's answer; the flag that is named.
    OtherFlag(&'s Prerequisite, Option<&'s Flag>),
    /// All of the conditions below.
    AllOf(Place),
    /// At least one of the conditions below.
    AnyOf(Place),
    /// Not the condition below.
    Not(Place),
    /// A ramp, and where the unit stands; none without a unit.
    Ramp(Percentage, Option<u32>),
    /// A split, and where the unit stands; none without a unit.
    Split(Option<u32>),
    /// The default.
    Default,
    /// The off variant.
    Off,
}

impl<'s> What<'s> {
    /// A comparison with the value that was found.
    #[must_use]
    pub fn attribute(test: &'s AttributeTest, found: Option<&Value<'_>>) -> Self {
        let misfit = found.and_then(|value| test.comparison.misfit(value));
        Self::Attribute(test, found.map(ToString::to_string), misfit)
    }
}

/// What came of something that was looked at.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'s> {
    /// It holds, or includes the unit.
    Yes,
    /// It does not.
    No,
    /// It decided: this variant, or the caller's own default.
    Served(Option<&'s Variant>),
    /// It needs a targeting key (or the attribute that is hashed) and there is none.
    Failed,
}

/// Watches a resolution. [`Silent`] costs nothing; [`Recorder`] makes a [`Trace`].
pub trait Observer<'s> {
    /// Whether what is seen is kept, so that texts are worth making.
    const RECORDS: bool;
    /// Something is about to be looked at.
    fn open(&mut self, what: What<'s>);
    /// What came of the innermost thing that is open.
    fn close(&mut self, outcome: Outcome<'s>);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl<'s> Observer<'s> for Silent {
    const RECORDS: bool = false;
    #[inline]
    fn open(&mut self, _: What<'s>) {}
    #[inline]
    fn close(&mut self, _: Outcome<'s>) {}
}

/// Keeps everything.
#[derive(Debug, Default)]
pub struct Recorder<'s> {
    open: Vec<Trace<'s>>,
    root: Option<Trace<'s>>,
}

impl<'s> Recorder<'s> {
    /// The whole trace, once the resolution has ended.
    #[must_use]
    pub fn into_trace(self) -> Option<Trace<'s>> {
        self.root
    }
}

impl<'s> Observer<'s> for Recorder<'s> {
    const RECORDS: bool = true;

    fn open(&mut self, what: What<'s>) {
        self.open.push(Trace { what, outcome: Outcome::No, children: Vec::new() });
    }

    fn close(&mut self, outcome: Outcome<'s>) {
        let Some(mut trace) = self.open.pop() else { return };
        trace.outcome = outcome;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(trace),
            None => self.root = Some(trace),
        }
    }
}
