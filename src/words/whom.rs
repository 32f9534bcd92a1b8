//! Whom something is about: typed, and put into words only where it is shown.

use crate::engine::context::TARGETING_KEY;

/// Some callers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// The attributes of which they have nothing to be hashed, by name.
    pub lacking: Vec<String>,
    /// Where they lack something, the attributes of which they have something.
    pub having: Vec<String>,
    /// Which of those.
    pub which: Which,
}

/// Which callers, by what conditions tell apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those of whom one of these cases is so.
    Cases(Cases),
    /// Some, too many to be named.
    Unnamed,
}

/// Cases, and how many more there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cases {
    /// Each a list of clauses that are all so; at least one.
    pub named: Vec<Vec<CallerFact>>,
    /// How many more there are.
    pub more: usize,
    /// Whether there are even more.
    pub is_open: bool,
}

/// Something that is so of callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerFact {
    /// They are in a segment, or not; how it is called.
    Segment(String, bool),
    /// One of these sentences is true of them; at least one.
    Is(Vec<String>),
}

/// What is said of cases that are too many to be named.
const UNNAMED: &str = "certain conditions hold, too many to be named";

impl CallerFact {
    /// "in segment `x`", "`plan` is pro".
    fn words(&self) -> String {
        match self {
            Self::Segment(name, true) => format!("in segment {name}"),
            Self::Segment(name, false) => format!("not in segment {name}"),
            Self::Is(alternatives) => alternatives.join(", or "),
        }
    }

    /// The same as a sentence of its own: "segment `x` holds".
    fn sentence(&self) -> String {
        match self {
            Self::Segment(name, true) => format!("segment {name} holds"),
            Self::Segment(name, false) => format!("segment {name} does not hold"),
            Self::Is(_) => self.words(),
        }
    }

    fn has_alternatives(&self) -> bool {
        matches!(self, Self::Is(alternatives) if 1 < alternatives.len())
    }

    fn is_segment(&self) -> bool {
        matches!(self, Self::Segment(..))
    }
}

/// Clauses that are all so, each in parentheses if it has alternatives.
fn all(clauses: &[&CallerFact], words: impl Fn(&CallerFact) -> String) -> String {
    let enclosed = |clause: &&CallerFact| {
        let words = words(clause);
        if clause.has_alternatives() && 1 < clauses.len() { format!("({words})") } else { words }
    };
    clauses.iter().map(enclosed).collect::<Vec<_>>().join(" and ")
}

/// "in segment `x` where `plan` is pro".
fn segments_first(clauses: &[CallerFact]) -> String {
    let (segments, others): (Vec<&CallerFact>, Vec<&CallerFact>) =
        clauses.iter().partition(|clause| clause.is_segment());
    let wheres = (!others.is_empty()).then(|| format!("where {}", all(&others, CallerFact::words)));
    let segments = (!segments.is_empty()).then(|| all(&segments, CallerFact::words));
    segments.into_iter().chain(wheres).collect::<Vec<_>>().join(" ")
}

impl Cases {
    /// The cases one after the other, each in these words.
    fn joined(&self, case: impl Fn(&[CallerFact]) -> String) -> String {
        let mut words: Vec<String> = self.named.iter().map(|clauses| case(clauses)).collect();
        let lead = if self.is_open { "more than " } else { "" };
        match self.more {
            0 if !self.is_open => {}
            1 if !self.is_open => words.push("in one more case".to_owned()),
            more => words.push(format!("in {lead}{more} more cases")),
        }
        words.join("; or ")
    }

    fn name_segments(&self) -> bool {
        self.named.iter().flatten().any(CallerFact::is_segment)
    }

    fn are_several(&self) -> bool {
        1 < self.named.len() || self.is_open || 0 < self.more
    }

    fn has_alternatives(&self) -> bool {
        let is_one = |clauses: &Vec<CallerFact>| match &**clauses {
            [one] => one.has_alternatives(),
            _ => false,
        };
        self.are_several() || self.named.first().is_some_and(is_one)
    }
}

impl Audience {
    /// For whom, as one clause after "where", or after nothing if it begins with a segment; none
    /// for all.
    #[must_use]
    pub fn when(&self) -> Option<String> {
        let Some(lacking) = self.lack() else {
            return match &self.which {
                Which::All => None,
                Which::Unnamed => Some(UNNAMED.to_owned()),
                Which::Cases(cases) => {
                    Some(cases.joined(|clauses| {
                        all(&clauses.iter().collect::<Vec<_>>(), CallerFact::words)
                    }))
                }
            };
        };
        Some(match &self.which {
            Which::All => lacking,
            Which::Unnamed => format!("{lacking} and {UNNAMED}"),
            Which::Cases(cases) => {
                let words = cases.joined(|clauses| {
                    all(&clauses.iter().collect::<Vec<_>>(), CallerFact::sentence)
                });
                let either = if cases.has_alternatives() { ", and either" } else { " and" };
                format!("{lacking}{either} {words}")
            }
        })
    }

    /// Whom, to follow a noun: "in segment `x` where `plan` is pro", "without a targeting key";
    /// none for all.
    #[must_use]
    pub fn who(&self) -> Option<String> {
        let Some(without) = self.without() else {
            return match &self.which {
                Which::Cases(cases) if cases.name_segments() => Some(cases.joined(segments_first)),
                _ => self.when().map(|when| format!("where {when}")),
            };
        };
        Some(match &self.which {
            Which::All => without,
            Which::Unnamed => format!("{without} where {UNNAMED}"),
            Which::Cases(cases) => {
                let either = if cases.are_several() { ", either" } else { "" };
                format!("{without}{either} {}", cases.joined(segments_first))
            }
        })
    }

    /// Who it is among all that have something to be hashed, called so: "users"; callers who have
    /// not are none of these.
    #[must_use]
    pub fn of(&self, units: &str) -> String {
        let noun = if self.lacking.is_empty() { units } else { "callers" };
        self.who().map_or_else(|| format!("of all {noun}"), |who| format!("of {noun} {who}"))
    }

    /// What they have and lack, to follow a noun: "with a `company` and without a targeting key".
    fn without(&self) -> Option<String> {
        let list = |names: &[String]| {
            let names = names.iter().map(|name| match name.as_str() {
                TARGETING_KEY => "a targeting key".to_owned(),
                name => format!("a `{name}`"),
            });
            names.collect::<Vec<_>>()
        };
        if self.lacking.is_empty() {
            return None;
        }
        let without = format!("without {}", list(&self.lacking).join(" or "));
        if self.having.is_empty() {
            return Some(without);
        }
        Some(format!("with {} and {without}", list(&self.having).join(" and ")))
    }

    /// What they lack.
    fn lack(&self) -> Option<String> {
        let list = |names: &[String], none: &str, some: &str| -> Vec<String> {
            let word = |name: &String| match name.as_str() {
                TARGETING_KEY => format!("{none}targeting key"),
                name => format!("{some}`{name}`"),
            };
            names.iter().map(word).collect()
        };
        let lacking = list(&self.lacking, "there is no ", "there is no ").join(" and ");
        if self.lacking.is_empty() {
            return None;
        }
        if self.having.is_empty() {
            return Some(lacking);
        }
        let having = list(&self.having, "a ", "a ").join(" and ");
        Some(format!("{lacking} but {having}"))
    }
}
