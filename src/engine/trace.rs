//! What a resolution looked at, for people.

use crate::{
    diagnostics::place::Place,
    engine::{
        bucket::Percentage,
        condition::{AttributeTest, Prerequisite, Segment},
        flag::{Flag, Rule, Variant},
        phrase::{SHOWN_CHARACTERS_MAX, shortened},
        value::Value,
    },
};

/// How many steps the traces of one answer have at most. Beyond them they say that they were cut.
pub const STEPS_MAX: usize = 10_000;

/// One thing that was looked at, what came of it, and what was looked at for it.
#[derive(Debug)]
pub struct Trace<'s> {
    /// What was looked at.
    pub what: What<'s>,
    /// What came of it.
    pub outcome: TraceOutcome<'s>,
    /// What was looked at for it, in order. What was never reached is not there.
    pub children: Vec<Trace<'s>>,
    /// Whether more was looked at for it than there was room for.
    pub is_cut: bool,
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

impl TraceOutcome<'_> {
    /// That something holds, or does not.
    #[must_use]
    pub fn of(held: bool) -> Self {
        if held { Self::Yes } else { Self::No }
    }
}

impl<'s> What<'s> {
    /// A comparison with the value that was found.
    #[must_use]
    pub fn attribute(test: &'s AttributeTest, found: Option<&Value<'_>>) -> Self {
        let misfit = found.and_then(|value| test.comparison.misfit(value));
        Self::Attribute(test, found.map(shown), misfit)
    }
}

impl<'s> Trace<'s> {
    /// The trace of a flag for whose steps there is no room.
    #[must_use]
    pub fn without_steps(flag: &'s Flag, outcome: TraceOutcome<'s>) -> Self {
        Self { what: What::Flag(flag), outcome, children: Vec::new(), is_cut: true }
    }
}

/// A value as JSON, cut short: a text ends in `…` inside its quotes, anything else after it.
#[must_use]
pub fn shown(value: &Value<'_>) -> String {
    let mut text = String::new();
    push_shown(&mut text, value);
    text
}

/// Writes a value, and returns whether there was room for all of it.
fn push_shown(out: &mut String, value: &Value<'_>) -> bool {
    if SHOWN_CHARACTERS_MAX <= out.len() {
        out.push('…');
        return false;
    }
    match value {
        Value::String(text) => {
            out.push_str(&Value::String(shortened(text).into()).to_string());
            true
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                if !push_shown(out, item) {
                    return false;
                }
            }
            out.push(']');
            true
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (key, value)) in object.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                out.push_str(&Value::String(shortened(key).into()).to_string());
                out.push_str(": ");
                if !push_shown(out, value) {
                    return false;
                }
            }
            out.push('}');
            true
        }
        other => {
            out.push_str(&other.to_string());
            true
        }
    }
}

/// What came of something that was looked at.
#[derive(Clone, Copy, Debug)]
pub enum TraceOutcome<'s> {
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
    fn close(&mut self, outcome: TraceOutcome<'s>);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl<'s> Observer<'s> for Silent {
    const RECORDS: bool = false;
    #[inline]
    fn open(&mut self, _: What<'s>) {}
    #[inline]
    fn close(&mut self, _: TraceOutcome<'s>) {}
}

/// Keeps everything that there is room for.
#[derive(Debug)]
pub struct Recorder<'s, 'r> {
    open: Vec<Trace<'s>>,
    root: Option<Trace<'s>>,
    /// How many more steps are kept.
    room: &'r mut usize,
    /// How many that are open are not kept.
    dropped: usize,
}

impl<'s, 'r> Recorder<'s, 'r> {
    /// One that keeps so many steps, and counts them off; the first is kept whatever the room.
    pub fn new(room: &'r mut usize) -> Self {
        Self { open: Vec::new(), root: None, room, dropped: 0 }
    }

    /// The whole trace, once the resolution has ended.
    #[must_use]
    pub fn into_trace(self) -> Option<Trace<'s>> {
        self.root
    }
}

impl<'s> Observer<'s> for Recorder<'s, '_> {
    const RECORDS: bool = true;

    fn open(&mut self, what: What<'s>) {
        if let (0, Some(parent)) = (*self.room, self.open.last_mut()) {
            parent.is_cut = true;
            self.dropped += 1;
            return;
        }
        *self.room = self.room.saturating_sub(1);
        let outcome = TraceOutcome::No;
        self.open.push(Trace { what, outcome, children: Vec::new(), is_cut: false });
    }

    fn close(&mut self, outcome: TraceOutcome<'s>) {
        if 0 < self.dropped {
            self.dropped -= 1;
            return;
        }
        let Some(mut trace) = self.open.pop() else { return };
        trace.outcome = outcome;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(trace),
            None => self.root = Some(trace),
        }
    }
}
