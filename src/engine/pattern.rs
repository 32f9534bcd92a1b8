//! A compiled pattern: a regular expression, and whether it is found in a text.
//!
//! It means what the `regex` crate means by it. But it is compiled over classes of characters (see
//! [`Alphabet`]) and all at once, so that its size is known when definitions are loaded. Where that
//! would be too large, see [`LazyStates`].

use std::{fmt, sync::Arc};

use regex_automata::{
    Anchored,
    dfa::{Automaton, StartKind, dense, sparse},
    nfa::thompson::{self, NFA, WhichCaptures},
    util::start,
};
use regex_syntax::hir::{Hir, HirKind};

use crate::engine::{
    alphabet::{self, Alphabet},
    lazy_states::LazyStates,
};

/// How long a pattern may be, in bytes.
pub const PATTERN_LENGTH_BYTES_MAX: usize = 8 << 10;
/// How much memory a compiled pattern may take, in bytes.
pub const PATTERN_SIZE_BYTES_MAX: usize = 256 << 10;
/// Up to which size it is found out how large a pattern is that is too large, in bytes.
const MEASURED_BYTES_MAX: usize = 1 << 20;
/// Up to which size a table is kept although lists would be smaller, in bytes.
const TABLE_BYTES_MAX: usize = 32 << 10;
/// How much memory an automaton may take while it is made, in bytes, and how many times as much as
/// the program that it is made from: what needs more would most likely never come to an end.
const MAKING_BYTES_MAX: usize = 1 << 20;
const MAKING_TIMES_MAX: usize = 12;

/// A compiled pattern.
pub struct Pattern {
    text: Box<str>,
    machine: Machine,
}

/// How a text is gone through.
enum Machine {
    /// One step for each character, by a table of all states and bytes.
    Table(Box<(Alphabet, dense::DFA<Vec<u32>>)>),
    /// One step for each character, by a list of ranges of bytes for each state.
    Lists(Box<(Alphabet, sparse::DFA<Vec<u8>>)>),
    /// By the states that the text comes to, one step for each of them at worst.
    States(Arc<LazyStates>),
}

/// Why a pattern is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// It is no regular expression; why.
    Syntax(String),
    /// It has so many bytes.
    Long(usize),
    /// It would take too much memory.
    Large(Large),
}

/// A pattern that would take too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Large {
    /// How many letters and classes of letters it has, repetitions counted out.
    pub places: u64,
    /// How much memory it would take, in bytes; none if that is more than 1 MiB.
    pub bytes: Option<usize>,
    /// Whether repetitions make it so large.
    pub is_repeated: bool,
}

impl Pattern {
    /// Compiles a regular expression, in the syntax of the `regex` crate.
    ///
    /// # Errors
    ///
    /// It is none, or it is too long or too large.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        if PATTERN_LENGTH_BYTES_MAX < text.len() {
            return Err(PatternError::Long(text.len()));
        }
        let parsed = regex_syntax::parse(text).map_err(|error| {
            // The first line only says that there is an error, the last one which.
            let text = error.to_string();
            let line = text.lines().last().unwrap_or_default();
            PatternError::Syntax(line.trim_start_matches("error: ").to_owned())
        })?;
        let places = places(&parsed, true);
        let large = |bytes| {
            let is_repeated = self::places(&parsed, false) < places / 4;
            PatternError::Large(Large { places, bytes, is_repeated })
        };
        // Each place is a state: there is no need to try.
        if usize::try_from(places).is_ok_and(|count| count <= MEASURED_BYTES_MAX) {
            let machine = Machine::of(&parsed).ok_or_else(|| large(None))?;
            let pattern = Self { text: text.into(), machine };
            let bytes = pattern.size_bytes();
            if bytes <= PATTERN_SIZE_BYTES_MAX { Ok(pattern) } else { Err(large(Some(bytes))) }
        } else {
            Err(large(None))
        }
    }

    /// Whether it is found anywhere in a text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        match &self.machine {
            Machine::Table(table) => is_accepted(&table.1, &table.0, text),
            Machine::Lists(lists) => is_accepted(&lists.1, &lists.0, text),
            Machine::States(states) => states.is_match(text),
        }
    }

    /// The pattern as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many states may have to be looked at for one character; none if it is one, always.
    #[must_use]
    pub fn states(&self) -> Option<usize> {
        match &self.machine {
            Machine::Table(_) | Machine::Lists(_) => None,
            Machine::States(states) => Some(states.count()),
        }
    }

    /// How many ranges of bytes may have to be gone through for one character; none where it is
    /// looked up.
    #[must_use]
    pub fn ranges(&self) -> Option<usize> {
        match &self.machine {
            Machine::Lists(lists) => Some(lists.0.classes()),
            Machine::Table(_) | Machine::States(_) => None,
        }
    }

    /// How much memory it takes, in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let machine = match &self.machine {
            Machine::Table(table) => {
                size_of_val(&**table) + table.0.heap_bytes() + table.1.memory_usage()
            }
            Machine::Lists(lists) => {
                size_of_val(&**lists) + lists.0.heap_bytes() + lists.1.memory_usage()
            }
            Machine::States(states) => states.size_bytes(),
        };
        size_of::<Self>() + self.text.len() + machine
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Pattern").field(&self.text).finish()
    }
}

impl Machine {
    /// The fastest one that is not too large; none if all are, by far.
    fn of(pattern: &Hir) -> Option<Self> {
        let Some((alphabet, translated)) = alphabet::translate(pattern) else {
            return LazyStates::new(program(pattern, true)?, None).map(Self::States);
        };
        let program = program(&translated, false)?;
        if let Some(table) = table(&program) {
            let table_bytes = table.memory_usage();
            if table_bytes <= TABLE_BYTES_MAX {
                return Some(Self::Table(Box::new((alphabet, table))));
            }
            // A list of texts has many states, each of which leads to few others.
            let lists = table.to_sparse().ok()?;
            let lists_bytes = lists.memory_usage();
            let room = PATTERN_SIZE_BYTES_MAX / 4 * 3;
            if lists_bytes < table_bytes && lists_bytes <= room {
                return Some(Self::Lists(Box::new((alphabet, lists))));
            }
            if table_bytes <= room {
                return Some(Self::Table(Box::new((alphabet, table))));
            }
        }
        LazyStates::new(program, Some(alphabet)).map(Self::States)
    }
}

/// A pattern as states, of which a text can be in several at once.
fn program(pattern: &Hir, is_utf8: bool) -> Option<NFA> {
    let settings = thompson::Config::new()
        .utf8(is_utf8)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(MEASURED_BYTES_MAX));
    thompson::Compiler::new().configure(settings).build_from_hir(pattern).ok()
}

/// The same as states of which a text is in one; none if they are too many.
fn table(program: &NFA) -> Option<dense::DFA<Vec<u32>>> {
    let bytes = program.memory_usage().saturating_mul(MAKING_TIMES_MAX);
    let bytes = Some(bytes.clamp(TABLE_BYTES_MAX, MAKING_BYTES_MAX));
    let settings = dense::Config::new()
        .accelerate(false)
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(bytes)
        .determinize_size_limit(bytes);
    dense::Builder::new().configure(settings).build_from_nfa(program).ok()
}

/// Whether an automaton comes to a match.
fn is_accepted(automaton: &impl Automaton, alphabet: &Alphabet, text: &str) -> bool {
    let begin = start::Config::new().anchored(Anchored::No);
    let Ok(mut state) = automaton.start_state(&begin) else { return false };
    for letter in text.chars() {
        state = automaton.next_state(state, alphabet.byte(letter));
        if automaton.is_special_state(state) {
            if automaton.is_match_state(state) {
                return true;
            }
            if automaton.is_dead_state(state) {
                return false;
            }
        }
    }
    automaton.is_match_state(automaton.next_eoi_state(state))
}

/// How many letters and classes of letters a pattern has, repetitions counted out or not.
fn places(pattern: &Hir, is_counted: bool) -> u64 {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => u64::try_from(literal.0.len()).unwrap_or(u64::MAX),
        HirKind::Class(_) => 1,
        HirKind::Capture(capture) => places(&capture.sub, is_counted),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min.max(1));
            let below = places(&repetition.sub, is_counted);
            if is_counted { below.saturating_mul(times.into()) } else { below }
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(|part| places(part, is_counted)).fold(0, u64::saturating_add)
        }
    }
}
