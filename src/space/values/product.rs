//! Several automata at once: every way in which texts can come out, with the shortest text for it.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt as _};

use crate::space::values::automaton::{Automaton, AutomatonState, Verdict};

/// How many states of all automata together are looked at.
pub const STATES_MAX: usize = 100_000;
/// Up to how many texts are taken to be all there are of a kind, and are listed.
const LISTED_MAX: usize = 64;
/// Where UTF-8 and the texts that are left out are among the automata.
const OWN: usize = 2;

/// What there is of texts.
#[derive(Debug, Default)]
pub struct ProductTexts {
    /// Every way in which the automata come out on some text, with the shortest such text.
    pub outcomes: BTreeMap<Vec<Verdict>, String>,
    /// All texts on which they come out in a way, where they are few.
    pub listed: BTreeMap<Vec<Verdict>, Vec<String>>,
    /// Ways in which they may come out on texts that were not looked at, since they are too many.
    pub beyond: Vec<Vec<Verdict>>,
}

/// All texts but some, state by state.
struct Search<'a> {
    automata: Vec<Automaton>,
    /// The bytes that nothing tells apart, ranges in the order in which they are tried.
    ranges: Vec<Vec<u8>>,
    states: Vec<Box<[AutomatonState]>>,
    known: HashMap<Box<[AutomatonState]>, usize>,
    /// From which states each one is reached, by which range; the first is the shortest way.
    incoming: Vec<Vec<(usize, usize)>>,
    /// From which states on anything may follow.
    is_settled: Vec<bool>,
    /// Texts that end here and how the automata come out.
    ends: Vec<Option<Vec<Verdict>>>,
    /// Is shown every text on which an automaton cannot tell.
    doubtful: &'a mut dyn FnMut(String),
}

/// Finds what there is of all texts but those left out. Every text that was met and on which an
/// automaton cannot tell is shown to `doubtful`.
pub fn explore(
    automata: Vec<Automaton>,
    mut left_out: Vec<Box<str>>,
    doubtful: &mut dyn FnMut(String),
) -> ProductTexts {
    left_out.sort_unstable();
    left_out.dedup();
    // A text that is left out has a state for each of its bytes, whatever else there is.
    let states_max = left_out.iter().map(|text| text.len()).sum::<usize>() + STATES_MAX;
    let mut all = vec![Automaton::Utf8, Automaton::Among(left_out)];
    all.extend(automata);
    let ranges = ranges(&all);
    let mut search = Search {
        automata: all,
        ranges,
        states: Vec::new(),
        known: HashMap::new(),
        incoming: Vec::new(),
        is_settled: Vec::new(),
        ends: Vec::new(),
        doubtful,
    };
    let start = search.automata.iter_mut().map(Automaton::start).collect();
    search.state(start);
    let mut next = 0;
    while next < search.states.len() && search.states.len() <= states_max {
        search.expand(next);
        next += 1;
    }
    search.result(next)
}

impl Search<'_> {
    /// The number of a state.
    fn state(&mut self, states: Box<[AutomatonState]>) -> usize {
        let next = self.states.len();
        let index = *self.known.entry(states.clone()).or_insert(next);
        if index == next {
            self.states.push(states);
            self.incoming.push(Vec::new());
            self.is_settled.push(false);
            self.ends.push(None);
        }
        index
    }

    /// Notes what comes out if the text ends here, and goes on with each byte.
    fn expand(&mut self, index: usize) {
        let Some(states) = self.states.get(index).cloned() else { return };
        let ends = self.automata.iter_mut().zip(&states).map(|(one, state)| one.end(*state));
        let ends: Vec<Verdict> = ends.collect();
        if let ([Verdict::Yes, Verdict::No], verdicts) = ends.split_at(OWN.min(ends.len())) {
            if verdicts.contains(&Verdict::Either) {
                let text = self.text(index);
                (self.doubtful)(text);
            }
            if let Some(slot) = self.ends.get_mut(index) {
                *slot = Some(verdicts.to_vec());
            }
            let mut rest = states.iter().skip(1);
            if rest.all(|state| matches!(state, AutomatonState::Decided(_))) {
                self.is_settled[index] = true;
                return;
            }
        }
        for range in 0..self.ranges.len() {
            let Some(byte) = self.ranges.get(range).and_then(|range| range.first()) else { return };
            let next =
                self.automata.iter_mut().zip(&states).map(|(one, state)| one.next(*state, *byte));
            let next: Box<[AutomatonState]> = next.collect();
            if next.first() != Some(&AutomatonState::Decided(Verdict::No)) {
                let next = self.state(next);
                if let Some(incoming) = self.incoming.get_mut(next) {
                    incoming.push((index, range));
                }
            }
        }
    }

    /// The shortest text that leads to a state.
    fn text(&self, mut index: usize) -> String {
        let mut bytes = Vec::new();
        while 0 < index {
            let Some((from, range)) = self.incoming.get(index).and_then(|all| all.first()) else {
                break;
            };
            bytes.extend(self.ranges.get(*range).and_then(|range| range.first()));
            index = *from;
        }
        bytes.reverse();
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// What was found, when the first so many states were looked at.
    fn result(&self, looked_at: usize) -> ProductTexts {
        let mut texts = ProductTexts::default();
        let is_endless = self.endless();
        let mut finite: BTreeMap<&Vec<Verdict>, Option<Vec<usize>>> = BTreeMap::new();
        for (index, end) in self.ends.iter().enumerate() {
            let Some(verdicts) = end else { continue };
            texts.outcomes.entry(verdicts.clone()).or_insert_with(|| self.text(index));
            let all = finite.entry(verdicts).or_insert_with(|| Some(Vec::new()));
            match all {
                Some(all) if is_endless.get(index) == Some(&false) => all.push(index),
                _ => *all = None,
            }
        }
        let beyond = self.states.iter().skip(looked_at).map(|states| {
            let undecided = |state: &AutomatonState| match state {
                AutomatonState::Decided(verdict) => *verdict,
                _ => Verdict::Either,
            };
            states.iter().skip(OWN).map(undecided).collect::<Vec<Verdict>>()
        });
        texts.beyond = beyond.collect();
        texts.beyond.sort_unstable();
        texts.beyond.dedup();
        if texts.beyond.is_empty() {
            for (verdicts, ends) in finite {
                if let Some(all) = ends.and_then(|ends| self.all_texts(&ends)) {
                    texts.listed.insert(verdicts.clone(), all);
                }
            }
        }
        texts
    }

    /// Which states are reached by texts without number: those on a circle, or after one.
    fn endless(&self) -> Vec<bool> {
        let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); self.states.len()];
        let mut missing: Vec<usize> = self.incoming.iter().map(Vec::len).collect();
        for (to, incoming) in self.incoming.iter().enumerate() {
            for (from, _) in incoming {
                if let Some(targets) = outgoing.get_mut(*from) {
                    targets.push(to);
                }
            }
        }
        let mut is_endless = vec![true; self.states.len()];
        let is_free = |(_, missing): &(usize, &usize)| **missing == 0;
        let mut free: Vec<usize> =
            missing.iter().enumerate().filter(is_free).map(|(index, _)| index).collect();
        while let Some(index) = free.pop() {
            is_endless[index] = self.is_settled.get(index) == Some(&true);
            for to in outgoing.get(index).into_iter().flatten() {
                missing[*to] -= 1;
                if missing[*to] == 0 {
                    free.push(*to);
                }
            }
        }
        is_endless
    }

    /// All texts that lead to these states, none of which is endless; none if they are many.
    fn all_texts(&self, ends: &[usize]) -> Option<Vec<String>> {
        let mut found = Vec::new();
        let mut waiting: Vec<(usize, Vec<u8>)> =
            ends.iter().map(|index| (*index, Vec::new())).collect();
        while let Some((index, tail)) = waiting.pop() {
            if LISTED_MAX < found.len() + waiting.len() {
                return None;
            }
            if index == 0 {
                found.push(String::from_utf8(tail.into_iter().rev().collect()).ok()?);
                continue;
            }
            for (from, range) in self.incoming.get(index)? {
                for byte in self.ranges.get(*range)? {
                    waiting.push((*from, [tail.as_slice(), &[*byte]].concat()));
                }
            }
        }
        found.sort_unstable();
        Some(found)
    }
}

/// The ranges of bytes within which nothing is told apart, first those with letters, then digits,
/// then all others: so texts are made that people can read.
fn ranges(automata: &[Automaton]) -> Vec<Vec<u8>> {
    let mut is_first = [false; 256];
    is_first[0] = true;
    for automaton in automata {
        automaton.mark(&mut is_first);
    }
    let mut ranges: Vec<Vec<u8>> = Vec::new();
    for (byte, is_first) in (0..=u8::MAX).zip(is_first) {
        match ranges.last_mut() {
            Some(range) if !is_first => range.push(byte),
            _ => ranges.push(vec![byte]),
        }
    }
    let rank = |byte: &u8| match byte {
        b'a'..=b'z' => 0,
        b'0'..=b'9' => 1,
        b'A'..=b'Z' => 2,
        b'!'..=b'~' => 3,
        b' ' => 4,
        0x80.. => 5,
        _ => 6,
    };
    for range in &mut ranges {
        range.sort_by_key(rank);
    }
    ranges.sort_by_key(|range| range.first().map_or(0, rank));
    ranges
}
