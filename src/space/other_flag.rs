//! What another flag resolves to before and after a change, as far as conditions ask.

use std::collections::BTreeMap;

use crate::space::axis::{Class, Truth};

/// Which side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Before it.
    Base,
    /// After it.
    Head,
}

/// For which attributes callers have something to be hashed, and for which they have not.
pub type Presence = BTreeMap<String, bool>;

/// What a flag resolves to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolved {
    /// A variant, and whether its value is `true`.
    Variant(String, bool),
    /// No value: the caller's own default.
    Nothing,
    /// An error: a split has to be decided and there is nothing to be hashed.
    Failed,
}

/// What a flag may resolve to before and after, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcomes {
    /// Who has something to be hashed by it.
    pub presence: Presence,
    /// Before.
    pub base: Resolved,
    /// After.
    pub head: Resolved,
}

/// What a condition wants of another flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedOutcome<'s> {
    /// On which side it is asked.
    pub side: Side,
    /// The variant; without one, the value `true`.
    pub variant: Option<&'s str>,
}

impl Resolved {
    /// In words: a variant in backticks, or "no value".
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Variant(name, _) => format!("`{name}`"),
            Self::Nothing => "no value".to_owned(),
            Self::Failed => "an error".to_owned(),
        }
    }
}

impl Outcomes {
    /// Whether it can come out for callers who have these and lack those.
    #[must_use]
    pub fn agrees(&self, presence: &Presence) -> bool {
        self.presence.iter().all(|(name, own)| presence.get(name).is_none_or(|other| own == other))
    }
}

impl WantedOutcome<'_> {
    /// How the condition comes out.
    #[must_use]
    pub fn truth(&self, outcomes: &Outcomes) -> Truth {
        let resolved = if self.side == Side::Base { &outcomes.base } else { &outcomes.head };
        match (resolved, self.variant) {
            (Resolved::Variant(name, _), Some(wanted)) => (name == wanted).into(),
            (Resolved::Variant(_, is_true), None) => (*is_true).into(),
            (Resolved::Nothing, _) => Truth::No,
            (Resolved::Failed, _) => Truth::Fails,
        }
    }
}

/// The classes of another flag's outcomes, and all ways to get to each.
#[must_use]
pub fn flag_classes(
    wanted: &[WantedOutcome<'_>],
    possible: Vec<Outcomes>,
) -> (Vec<Class>, Vec<Vec<Outcomes>>) {
    let mut by_truth: BTreeMap<Vec<Truth>, Vec<Outcomes>> = BTreeMap::new();
    for outcomes in possible {
        let truth = wanted.iter().map(|wanted| wanted.truth(&outcomes)).collect();
        by_truth.entry(truth).or_default().push(outcomes);
    }
    let class = |truth| Class { truth, samples: [].into(), is_finite: false };
    by_truth.into_iter().map(|(truth, ways)| (class(truth), ways)).unzip()
}
