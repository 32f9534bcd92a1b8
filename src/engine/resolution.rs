//! What comes of a resolution: an answer with its reason, or an error.

use crate::engine::{
    bucket::Positions,
    flag::{Flag, Rule, Variant},
};

/// The answer for one flag and one context.
#[derive(Clone, Copy, Debug)]
pub struct Resolution<'s> {
    /// The flag.
    pub flag: &'s Flag,
    /// What is served; none is the caller's own default.
    pub variant: Option<&'s Variant>,
    /// Why.
    pub reason: Reason,
    /// Which step decided.
    pub step: Step<'s>,
    /// Whether some rule's conditions held and its ramp did not include the unit.
    pub ramp_excluded: bool,
}

/// OpenFeature's reasons, as far as a resolution has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The flag is off, or something it requires does not hold.
    Disabled,
    /// The answer depends on nothing.
    Static,
    /// A position was looked at on the way.
    Split,
    /// A listed user, or a rule.
    TargetingMatch,
    /// No rule matched.
    Default,
}

/// Which step of a resolution decided.
#[derive(Clone, Copy, Debug)]
pub enum Step<'s> {
    /// The flag counts as not enabled.
    Off,
    /// The targeting key is listed.
    Users,
    /// The first rule that matched.
    Rule(&'s Rule),
    /// No rule matched.
    Default,
}

/// What a rule did.
#[derive(Clone, Copy, Debug)]
pub enum Taken<'s> {
    /// Its conditions do not hold.
    No,
    /// They hold, and the ramp does not include the unit.
    RampExcluded,
    /// It serves this; the flag says whether a split decided.
    Served(Option<&'s Variant>, bool),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug)]
pub enum EvaluationError<'s> {
    /// There is no such flag.
    FlagNotFound,
    /// A split has to be decided and there is no unit: of this flag, which is the one asked for or
    /// one that it depends on.
    TargetingKeyMissing(&'s Flag),
}

/// What stands in for the positions of the flag that is asked for: what tests of flags say, or what
/// has been computed beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixedPositions {
    /// The ramp position.
    pub ramp: Option<u32>,
    /// The split position.
    pub split: Option<u32>,
}

impl From<Positions> for FixedPositions {
    fn from(Positions { ramp, split }: Positions) -> Self {
        Self { ramp: Some(ramp), split: Some(split) }
    }
}

impl Reason {
    /// The name in OpenFeature.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disabled => "DISABLED",
            Self::Static => "STATIC",
            Self::Split => "SPLIT",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Default => "DEFAULT",
        }
    }
}
