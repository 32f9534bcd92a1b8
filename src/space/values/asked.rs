//! What comparisons ask of texts, as automata.

use std::cmp::Ordering;

use semver::Version;

use crate::{
    engine::{
        comparison::{Comparison, Order},
        instant::Instant,
        value::Value,
    },
    space::values::{
        address,
        automaton::{Automaton, PatternAutomaton, Verdict},
        kind::KindName,
        release, time,
    },
};

/// What a comparison asks of texts that no definition names as a whole.
#[derive(Debug)]
pub enum AskedOfTexts {
    /// Nothing: it always comes out like this.
    Constant(bool),
    /// What a text stands for.
    Kind(KindName),
    /// That an automaton says so, or says the contrary; and why it may be unable to, as a clause.
    Automaton(Automaton, bool, String),
}

/// What some automata tell of some comparisons.
#[derive(Debug)]
pub struct AutomataReading {
    /// The comparisons, by index.
    pub tests: Vec<usize>,
    /// How many automata.
    pub count: usize,
    /// Why they may be unable to tell, as a clause.
    pub doubt: String,
    meaning: Meaning,
}

/// What comes of comparisons, by what comes of automata.
#[derive(Debug)]
enum Meaning {
    /// The one comparison always comes out like this.
    Constant(bool),
    /// The one comparison holds where the one automaton says so, or where it says the contrary.
    Plain(bool),
    /// The first automaton tells versions, the others those below a bound; a comparison holds from
    /// one bound on and below the other.
    Ranges(Vec<(usize, Option<usize>)>),
    /// The first automata tell times, leap seconds and times without an offset; three others for
    /// each bound those before it. A comparison holds before a bound, or from it on.
    Times(usize, Vec<(usize, bool)>),
}

impl AskedOfTexts {
    /// What this comparison asks.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Self {
        match comparison {
            Comparison::Equal(_, holds) | Comparison::Member(_, holds) => Self::Constant(!holds),
            Comparison::Exists(holds) => Self::Constant(*holds),
            Comparison::Version(_) => Self::Kind(KindName::Versions),
            Comparison::Before(_) | Comparison::After(_) => Self::Kind(KindName::Times),
            Comparison::InNetwork(networks) if networks.is_empty() => Self::Constant(false),
            Comparison::InNetwork(_) => Self::Kind(KindName::Addresses),
            Comparison::Ordered(order, Value::String(bound)) => {
                let holds: fn(Ordering) -> bool = match order {
                    Order::Greater => Ordering::is_gt,
                    Order::GreaterOrEqual => Ordering::is_ge,
                    Order::Less => Ordering::is_lt,
                    Order::LessOrEqual => Ordering::is_le,
                };
                let automaton = Automaton::Order(bound.as_bytes().into(), holds);
                Self::Automaton(automaton, true, String::new())
            }
            Comparison::Ordered(..) => Self::Constant(false),
            Comparison::Matches(regex) => {
                let pattern = regex.as_str();
                let doubt = format!(
                    "not every text can be decided for the pattern /{pattern}/, which asks for \
                     Unicode word boundaries or is too large"
                );
                Self::Automaton(automaton(pattern), true, doubt)
            }
            Comparison::Contains(_) | Comparison::StartsWith(_) | Comparison::EndsWith(_) => {
                Self::any_of(comparison, comparison, "")
            }
            Comparison::IgnoringCase(own) => Self::any_of(comparison, own.written(), "i"),
        }
    }

    /// Any of the texts that are `written`, under these settings of patterns.
    fn any_of(comparison: &Comparison, written: &Comparison, settings: &str) -> Self {
        let one = |value: &Value<'_>| value.as_str().map(regex::escape);
        let (start, texts, end, positive): (&str, Vec<String>, &str, bool) = match written {
            Comparison::Equal(value, positive) => {
                (r"\A", one(value).into_iter().collect(), r"\z", *positive)
            }
            Comparison::Member(set, positive) => {
                (r"\A", set.values().iter().filter_map(one).collect(), r"\z", *positive)
            }
            Comparison::Contains(values) => ("", values.iter().filter_map(one).collect(), "", true),
            Comparison::StartsWith(parts) => {
                (r"\A", parts.iter().map(|part| regex::escape(part)).collect(), "", true)
            }
            Comparison::EndsWith(parts) => {
                ("", parts.iter().map(|part| regex::escape(part)).collect(), r"\z", true)
            }
            Comparison::Ordered(..)
            | Comparison::Matches(_)
            | Comparison::Exists(_)
            | Comparison::Version(_)
            | Comparison::Before(_)
            | Comparison::After(_)
            | Comparison::InNetwork(_)
            | Comparison::IgnoringCase(_) => return Self::Constant(false),
        };
        if texts.is_empty() {
            return Self::Constant(!positive);
        }
        let pattern = format!("{start}(?{settings}:{}){end}", texts.join("|"));
        let doubt = format!("what it {comparison} has too many letters to decide");
        Self::Automaton(automaton(&pattern), positive, doubt)
    }
}

/// The automaton of a pattern.
fn automaton(pattern: &str) -> Automaton {
    PatternAutomaton::new(pattern)
        .map_or(Automaton::Unknown, |pattern| Automaton::Pattern(Box::new(pattern)))
}

/// The automata that comparisons ask for, and what they tell.
#[must_use]
pub fn readings(comparisons: &[&Comparison]) -> (Vec<AutomataReading>, Vec<Automaton>) {
    let (mut readings, mut automata) = (Vec::new(), Vec::new());
    let (mut ranges, mut times) = (Vec::new(), Vec::new());
    for (index, comparison) in comparisons.iter().enumerate() {
        let (meaning, own, doubt) = match (AskedOfTexts::of(comparison), comparison) {
            (AskedOfTexts::Automaton(own, positive, doubt), _) => {
                (Meaning::Plain(positive), Some(own), doubt)
            }
            (AskedOfTexts::Constant(holds), _) => (Meaning::Constant(holds), None, String::new()),
            (AskedOfTexts::Kind(_), Comparison::InNetwork(networks)) => {
                let doubt = "its networks take too much to decide".to_owned();
                (Meaning::Plain(true), Some(automaton(&address::pattern(networks))), doubt)
            }
            (AskedOfTexts::Kind(_), Comparison::Version(requirement)) => {
                ranges.push((index, requirement.range()));
                continue;
            }
            (AskedOfTexts::Kind(_), Comparison::Before(bound)) => {
                times.push((index, *bound, true));
                continue;
            }
            (AskedOfTexts::Kind(_), Comparison::After(bound)) => {
                times.push((index, *bound, false));
                continue;
            }
            (AskedOfTexts::Kind(_), _) => continue,
        };
        let tests = vec![index];
        readings.push(AutomataReading { tests, count: own.iter().count(), doubt, meaning });
        automata.extend(own);
    }
    if !ranges.is_empty() {
        readings.push(of_versions(&ranges, &mut automata));
    }
    if !times.is_empty() {
        readings.push(of_times(&times, &mut automata));
    }
    (readings, automata)
}

/// What comparisons with versions ask.
fn of_versions(
    ranges: &[(usize, (&Version, Option<&Version>))],
    automata: &mut Vec<Automaton>,
) -> AutomataReading {
    let ends = ranges.iter().flat_map(|(_, (start, end))| [Some(*start), *end]);
    let mut bounds: Vec<&Version> = ends.flatten().collect();
    bounds.sort_unstable();
    bounds.dedup();
    automata.push(automaton(&release::pattern()));
    automata.extend(bounds.iter().map(|bound| automaton(&release::pattern_below(bound))));
    let index = |version: &Version| bounds.binary_search(&version).unwrap_or(0);
    let of =
        |(_, (start, end)): &(usize, (&Version, Option<&Version>))| (index(start), end.map(index));
    AutomataReading {
        tests: ranges.iter().map(|(test, _)| *test).collect(),
        count: 1 + bounds.len(),
        doubt: "its versions take too much to decide".to_owned(),
        meaning: Meaning::Ranges(ranges.iter().map(of).collect()),
    }
}

/// What comparisons with times ask.
fn of_times(times: &[(usize, Instant, bool)], automata: &mut Vec<Automaton>) -> AutomataReading {
    let mut bounds: Vec<Instant> = times.iter().map(|(_, bound, _)| *bound).collect();
    bounds.sort_unstable();
    bounds.dedup();
    automata.extend(
        [time::pattern(), time::leap_pattern(), time::utc_pattern()].map(|p| automaton(&p)),
    );
    for bound in &bounds {
        let patterns = time::patterns_before(*bound);
        let unknown = || [Automaton::Unknown, Automaton::Unknown, Automaton::Unknown];
        automata.extend(patterns.map_or_else(unknown, |all| all.map(|one| automaton(&one))));
    }
    let index = |bound: &Instant| bounds.binary_search(bound).unwrap_or(0);
    AutomataReading {
        tests: times.iter().map(|(test, ..)| *test).collect(),
        count: 3 + 3 * bounds.len(),
        doubt: "it is compared with times and as a text as well, and not for every time that is \
                written with an offset it is decided what its text can be"
            .to_owned(),
        meaning: Meaning::Times(
            bounds.len(),
            times.iter().map(|(_, bound, is_before)| (index(bound), *is_before)).collect(),
        ),
    }
}

impl AutomataReading {
    /// How its comparisons may come out together.
    #[must_use]
    pub fn alternatives(&self, verdicts: &[Verdict]) -> Vec<Vec<bool>> {
        match &self.meaning {
            Meaning::Constant(holds) => vec![vec![*holds]],
            Meaning::Plain(positive) => match verdicts.first() {
                Some(Verdict::Yes) => vec![vec![*positive]],
                Some(Verdict::No) => vec![vec![!*positive]],
                _ => vec![vec![true], vec![false]],
            },
            Meaning::Ranges(ranges) => match verdicts.split_first() {
                Some((Verdict::No, _)) => vec![vec![false; ranges.len()]],
                Some((valid, below)) => in_ranges(*valid, below, ranges),
                None => Vec::new(),
            },
            Meaning::Times(bounds, tests) => at_times(verdicts, *bounds, tests),
        }
    }
}

/// How ranges of versions come out: below the bounds from one on, at each place that is possible.
fn in_ranges(
    valid: Verdict,
    below: &[Verdict],
    ranges: &[(usize, Option<usize>)],
) -> Vec<Vec<bool>> {
    let places = (0..=below.len()).filter(|place| is_place(below, *place));
    let mut ways: Vec<Vec<bool>> = places
        .map(|place| {
            let is_below = |bound: usize| place <= bound;
            let holds = |(start, end): &(usize, Option<usize>)| {
                !is_below(*start) && end.is_none_or(is_below)
            };
            ranges.iter().map(holds).collect()
        })
        .collect();
    if valid == Verdict::Either {
        ways.push(vec![false; ranges.len()]);
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}

/// Whether what is asked for may lie from the first so many bounds on, and below all others.
fn is_place(below: &[Verdict], place: usize) -> bool {
    let (from, until) = below.split_at_checked(place).unwrap_or((below, &[]));
    from.iter().all(|verdict| *verdict != Verdict::Yes)
        && until.iter().all(|verdict| *verdict != Verdict::No)
}

/// How comparisons with times come out.
fn at_times(verdicts: &[Verdict], bounds: usize, tests: &[(usize, bool)]) -> Vec<Vec<bool>> {
    let none = || vec![false; tests.len()];
    let Some(([time, leap, utc], rest)) = verdicts.split_first_chunk() else { return vec![none()] };
    if (*time, *leap) == (Verdict::No, Verdict::No) {
        return vec![none()];
    }
    let before = |index: usize| {
        let own = rest.get(3 * index..3 * index + 3);
        let [exact, surely, perhaps] = own.and_then(|own| own.try_into().ok())?;
        Some(match utc {
            Verdict::Yes if *leap == Verdict::No => exact,
            _ if surely == Verdict::Yes => Verdict::Yes,
            _ if perhaps == Verdict::No => Verdict::No,
            _ => Verdict::Either,
        })
    };
    let before: Vec<Verdict> =
        (0..bounds).map(|index| before(index).unwrap_or(Verdict::Either)).collect();
    let places = (0..=bounds).filter(|place| is_place(&before, *place));
    let mut ways: Vec<Vec<bool>> = places
        .map(|place| {
            let holds = |(bound, is_before): &(usize, bool)| (place <= *bound) == *is_before;
            tests.iter().map(holds).collect()
        })
        .collect();
    if *time != Verdict::Yes {
        ways.push(none());
    }
    ways.sort_unstable();
    ways.dedup();
    ways
}
