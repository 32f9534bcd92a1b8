//! Automata that read a text byte by byte: one for what each comparison asks of texts.

use std::cmp::Ordering;

use regex_automata::{
    Anchored, MatchKind,
    hybrid::{
        LazyStateID,
        dfa::{Cache, DFA},
    },
    nfa::thompson::{self, WhichCaptures},
    util::{look::LookSet, start},
};

/// How much memory the states of one pattern may take, in bytes.
const PATTERN_BYTES_MAX: usize = 32 << 20;

/// Whether a text is what an automaton looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is not.
    No,
    /// It is.
    Yes,
    /// The automaton cannot tell.
    Either,
}

/// Where an automaton is in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AutomatonState {
    /// Whatever follows, this is what comes out.
    Decided(Verdict),
    /// So many bytes are as in the text that is compared with; or what UTF-8 expects.
    At(usize),
    /// All texts from the first index until the second begin like this.
    Among(usize, usize, usize),
    /// A state of a pattern.
    Pattern(LazyStateID),
}

/// An automaton.
#[derive(Debug)]
pub enum Automaton {
    /// Whether a regular expression matches somewhere.
    Pattern(Box<PatternAutomaton>),
    /// How the text compares with this one, by bytes: that is by code points, too.
    Order(Box<[u8]>, fn(Ordering) -> bool),
    /// Whether the text is one of these, which are sorted.
    Among(Vec<Box<str>>),
    /// Whether the bytes are UTF-8.
    Utf8,
    /// Nothing is known.
    Unknown,
}

/// A regular expression, whose states are made as they are met.
#[derive(Debug)]
pub struct PatternAutomaton {
    automaton: DFA,
    cache: Cache,
}

impl From<bool> for Verdict {
    fn from(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }
}

impl PatternAutomaton {
    /// Reads a regular expression in the syntax and with the meaning that `matches` has.
    ///
    /// None for what no automaton of bounded size decides.
    #[must_use]
    pub fn new(pattern: &str) -> Option<Self> {
        let program = thompson::Config::new()
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(PATTERN_BYTES_MAX));
        let settings = DFA::config()
            .match_kind(MatchKind::All)
            // Texts that are not ASCII are not decided then.
            .unicode_word_boundary(true)
            .cache_capacity(PATTERN_BYTES_MAX)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        let automaton = DFA::builder().configure(settings).thompson(program).build(pattern).ok()?;
        // An empty match inside of a character is none, which automata of bytes do not see.
        let inside: LookSet = automaton.get_nfa().look_set_any();
        if inside.contains_word_ascii() && automaton.get_nfa().has_empty() {
            return None;
        }
        let cache = automaton.create_cache();
        Some(Self { automaton, cache })
    }

    fn state(id: LazyStateID) -> AutomatonState {
        if id.is_match() {
            AutomatonState::Decided(Verdict::Yes)
        } else if id.is_dead() {
            AutomatonState::Decided(Verdict::No)
        } else if id.is_quit() || id.is_unknown() {
            AutomatonState::Decided(Verdict::Either)
        } else {
            AutomatonState::Pattern(id)
        }
    }
}

impl Automaton {
    /// Before the first byte.
    pub fn start(&mut self) -> AutomatonState {
        match self {
            Self::Pattern(pattern) => {
                let config = start::Config::new().anchored(Anchored::No);
                let state = pattern.automaton.start_state(&mut pattern.cache, &config);
                state.map_or(AutomatonState::Decided(Verdict::Either), PatternAutomaton::state)
            }
            Self::Order(..) | Self::Utf8 => AutomatonState::At(0),
            Self::Among(texts) => AutomatonState::Among(0, texts.len(), 0),
            Self::Unknown => AutomatonState::Decided(Verdict::Either),
        }
    }

    /// After one more byte.
    pub fn next(&mut self, state: AutomatonState, byte: u8) -> AutomatonState {
        match (self, state) {
            (Self::Pattern(pattern), AutomatonState::Pattern(id)) => {
                let next = pattern.automaton.next_state(&mut pattern.cache, id, byte);
                next.map_or(AutomatonState::Decided(Verdict::Either), PatternAutomaton::state)
            }
            (Self::Order(bound, holds), AutomatonState::At(index)) => match bound.get(index) {
                Some(own) if *own == byte => AutomatonState::At(index + 1),
                Some(own) => AutomatonState::Decided(holds(byte.cmp(own)).into()),
                None => AutomatonState::Decided(holds(Ordering::Greater).into()),
            },
            (Self::Among(texts), AutomatonState::Among(start, end, depth)) => {
                let some = texts.get(start..end).unwrap_or_default();
                let at = |text: &str| text.as_bytes().get(depth).copied();
                let low = some.partition_point(|text| at(text) < Some(byte));
                let high = some.partition_point(|text| at(text) <= Some(byte));
                if low == high {
                    return AutomatonState::Decided(Verdict::No);
                }
                AutomatonState::Among(start + low, start + high, depth + 1)
            }
            (Self::Utf8, AutomatonState::At(index)) => utf8(index, byte),
            (_, state) => state,
        }
    }

    /// What comes out if the text ends here.
    pub fn end(&mut self, state: AutomatonState) -> Verdict {
        match (self, state) {
            (_, AutomatonState::Decided(verdict)) => verdict,
            (Self::Pattern(pattern), AutomatonState::Pattern(id)) => {
                let end = pattern.automaton.next_eoi_state(&mut pattern.cache, id);
                end.map_or(Verdict::Either, |id| id.is_match().into())
            }
            (Self::Order(bound, holds), AutomatonState::At(index)) => {
                holds(index.cmp(&bound.len())).into()
            }
            (Self::Among(texts), AutomatonState::Among(start, _, depth)) => {
                texts.get(start).is_some_and(|text| text.len() == depth).into()
            }
            (Self::Utf8, AutomatonState::At(index)) => (index == 0).into(),
            _ => Verdict::Either,
        }
    }

    /// Marks the first byte of each range of bytes within which it tells nothing apart.
    pub fn mark(&self, is_first: &mut [bool; 256]) {
        let mark = |byte: u8| is_first[usize::from(byte)] = true;
        let mark_own = |byte: u8| [Some(byte), byte.checked_add(1)].into_iter().flatten();
        match self {
            Self::Pattern(pattern) => {
                let classes = pattern.automaton.byte_classes();
                let is_other = |byte: &u8| classes.get(*byte) != classes.get(*byte - 1);
                (1..=u8::MAX).filter(is_other).for_each(mark);
            }
            Self::Order(bound, _) => bound.iter().copied().flat_map(mark_own).for_each(mark),
            Self::Among(texts) => {
                texts.iter().flat_map(|text| text.bytes()).flat_map(mark_own).for_each(mark);
            }
            Self::Utf8 => UTF8_EDGES.into_iter().for_each(mark),
            Self::Unknown => {}
        }
    }
}

/// The first bytes of ranges that UTF-8 tells apart.
const UTF8_EDGES: [u8; 13] =
    [0x80, 0x90, 0xa0, 0xc0, 0xc2, 0xe0, 0xe1, 0xed, 0xee, 0xf0, 0xf1, 0xf4, 0xf5];

/// The states of UTF-8, after the table of well-formed byte sequences in the Unicode standard: 0
/// between characters, 1 to 3 where so many bytes are missing, and one for each first byte after
/// which the second is restricted.
fn utf8(state: usize, byte: u8) -> AutomatonState {
    const E0: usize = 4;
    const ED: usize = 5;
    const F0: usize = 6;
    const F4: usize = 7;
    let next = match (state, byte) {
        (0, 0x00..=0x7f) | (1, 0x80..=0xbf) => 0,
        (0, 0xc2..=0xdf) | (2, 0x80..=0xbf) | (E0, 0xa0..=0xbf) | (ED, 0x80..=0x9f) => 1,
        (0, 0xe1..=0xec | 0xee..=0xef)
        | (3, 0x80..=0xbf)
        | (F0, 0x90..=0xbf)
        | (F4, 0x80..=0x8f) => 2,
        (0, 0xe0) => E0,
        (0, 0xed) => ED,
        (0, 0xf0) => F0,
        (0, 0xf4) => F4,
        (0, 0xf1..=0xf3) => 3,
        _ => return AutomatonState::Decided(Verdict::No),
    };
    AutomatonState::At(next)
}
