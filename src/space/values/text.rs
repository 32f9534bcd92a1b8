//! Texts: every way in which comparisons can come out on them, decided by automata.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    engine::{comparison::Comparison, value::Value},
    space::values::{
        asked::{AskedOfTexts, AutomataReading, readings},
        automaton::Verdict,
        kind::{KindName, TextKind},
        product::{STATES_MAX, explore},
    },
};

/// How many ways in which texts can come out are told apart.
const WAYS_MAX: usize = 4_096;
/// A text that no definition is likely to mention.
const ANYTHING_ELSE: &str = "\u{2047}";

/// How each comparison comes out.
type Way = Vec<bool>;

/// What there is of texts, but for those that definitions name as a whole.
#[derive(Debug, Default)]
pub struct SampledTexts {
    /// Texts for the ways in which comparisons come out; whether this text is all there is of it.
    pub found: Vec<(String, bool)>,
    /// Ways for which no text is known, and of which it is not known that there is none.
    pub unproved: Vec<Way>,
    /// Why not, as a clause.
    pub doubt: Option<String>,
}

/// Finds every way in which comparisons come out on texts other than `named`. None if there are too
/// many ways.
#[must_use]
pub fn texts(comparisons: &[&Comparison], named: &BTreeSet<&str>) -> Option<SampledTexts> {
    simple(comparisons, named).or_else(|| decided(comparisons, named))
}

/// The same without automata, for comparisons of whole texts, and with things of one kind: then
/// there is a text for each way in which these come out, and one that stands for none. None if
/// there are other comparisons.
fn simple(comparisons: &[&Comparison], named: &BTreeSet<&str>) -> Option<SampledTexts> {
    let mut of_kind: Vec<(KindName, &Comparison)> = Vec::new();
    for comparison in comparisons {
        match AskedOfTexts::of(comparison) {
            AskedOfTexts::Constant(_) => {}
            AskedOfTexts::Kind(kind) => of_kind.push((kind, comparison)),
            AskedOfTexts::Automaton(..) => return None,
        }
    }
    let mut found = vec![(unnamed(named), false)];
    if let Some((kind, _)) = of_kind.first() {
        if of_kind.iter().any(|(other, _)| other != kind) {
            return None;
        }
        let own: Vec<&Comparison> = of_kind.iter().map(|(_, comparison)| *comparison).collect();
        let texts = TextKind::new(*kind, &own).texts(named)?;
        found.extend(texts.into_iter().map(|text| (text, false)));
    }
    Some(SampledTexts { found, ..SampledTexts::default() })
}

/// The same by automata.
fn decided(comparisons: &[&Comparison], named: &BTreeSet<&str>) -> Option<SampledTexts> {
    let (readings, automata) = readings(comparisons);
    let mut found = Found { comparisons, texts: BTreeMap::new() };
    let left_out = named.iter().map(|text| Box::from(*text)).collect();
    let explored = explore(automata, left_out, &mut |text| found.add(text, false));
    let mut ways =
        Ways { count: comparisons.len(), readings: &readings, possible: BTreeMap::new() };
    for (verdicts, text) in explored.outcomes {
        match explored.listed.get(&verdicts) {
            Some(all) => all.iter().for_each(|text| found.add(text.clone(), true)),
            None => found.add(text, false),
        }
        ways.add(&verdicts)?;
    }
    let is_known = |way: &Way| found.texts.contains_key(way);
    let was_decided = ways.possible.keys().all(is_known);
    for verdicts in &explored.beyond {
        ways.add(verdicts)?;
    }
    let mut unproved = ways.possible;
    let mut doubt = None;
    for (way, reason) in &unproved {
        match (found.texts.get_mut(way), reason) {
            // There may be more of these texts than those listed.
            (Some(texts), Some(_)) => {
                for (_, is_listed) in texts {
                    *is_listed = false;
                }
            }
            (Some(_), None) => {}
            (None, _) if was_decided => {
                doubt = Some(format!("they take more than {STATES_MAX} states to decide"));
            }
            (None, reason) => {
                let reading = reason.and_then(|index| readings.get(index));
                doubt = doubt.or(reading.map(|reading| reading.doubt.clone()));
                doubt = doubt.or(Some("no text is known that comes out like this".to_owned()));
            }
        }
    }
    unproved.retain(|way, _| !found.texts.contains_key(way));
    let texts = found.texts.into_values().flatten().collect();
    Some(SampledTexts { found: texts, unproved: unproved.into_keys().collect(), doubt })
}

/// Texts for the ways in which comparisons come out, as the engine says.
struct Found<'c> {
    comparisons: &'c [&'c Comparison],
    texts: BTreeMap<Way, Vec<(String, bool)>>,
}

impl Found<'_> {
    /// Adds a text that is listed, or that stands for all on which comparisons come out alike.
    fn add(&mut self, text: String, is_listed: bool) {
        let value = Value::String(Cow::Borrowed(&text));
        let way = self.comparisons.iter().map(|comparison| comparison.holds(Some(&value)));
        let texts = self.texts.entry(way.collect()).or_default();
        if is_listed || texts.iter().all(|(_, is_listed)| *is_listed) {
            texts.push((text, is_listed));
        }
    }
}

/// Ways in which comparisons may come out; for each the first reading that could not tell.
struct Ways<'r> {
    /// How many comparisons there are.
    count: usize,
    readings: &'r [AutomataReading],
    possible: BTreeMap<Way, Option<usize>>,
}

impl Ways<'_> {
    /// Adds those that agree with what the automata say; none if there are too many.
    fn add(&mut self, verdicts: &[Verdict]) -> Option<()> {
        let mut ways = vec![(vec![false; self.count], None)];
        let mut rest = verdicts;
        for (index, reading) in self.readings.iter().enumerate() {
            let (own, others) = rest.split_at_checked(reading.count).unwrap_or((rest, &[]));
            rest = others;
            let alternatives = reading.alternatives(own);
            let doubt = (1 < alternatives.len()).then_some(index);
            let mut more = Vec::new();
            for (way, known) in &ways {
                for alternative in &alternatives {
                    let mut way: Way = way.clone();
                    for (test, holds) in reading.tests.iter().zip(alternative) {
                        if let Some(slot) = way.get_mut(*test) {
                            *slot = *holds;
                        }
                    }
                    more.push((way, known.or(doubt)));
                }
            }
            if WAYS_MAX < more.len() {
                return None;
            }
            ways = more;
        }
        for (way, doubt) in ways {
            self.possible.entry(way).or_insert(doubt);
        }
        (self.possible.len() <= WAYS_MAX).then_some(())
    }
}

/// A text that is none of these.
fn unnamed(named: &BTreeSet<&str>) -> String {
    let more = (1_usize..).map(|count| ANYTHING_ELSE.repeat(count));
    more.into_iter().find(|text| !named.contains(text.as_str())).unwrap_or_default()
}
