//! A pattern whose table would be too large: a text is gone through by the states that it comes to.
//!
//! A text can be in many states of a pattern at once. Each such set becomes one state of an
//! automaton when a text first comes to it, so that texts after it take one step for each
//! character. Threads keep the sets that they have found, up to a bound. Some patterns have a new
//! set for nearly each character; then all of their states are looked at for each character, which
//! takes a hundred times as long, and for which definitions have a bound.

use std::{
    cell::RefCell,
    sync::{Arc, Weak},
};

use regex_automata::{
    Anchored, Input,
    hybrid::{
        LazyStateID,
        dfa::{Cache, Config, DFA},
    },
    nfa::thompson::{NFA, pikevm},
    util::start,
};

use crate::engine::alphabet::Alphabet;

/// How much memory the sets of one pattern may take, in bytes, as they are counted: what it is in
/// truth is up to twice as much.
const SETS_BYTES_MAX: usize = 384 << 10;
/// The same for all patterns on one thread.
const ALL_SETS_BYTES_MAX: usize = 512 << 10;
/// For how many texts no sets are looked for once those of a pattern have become too many.
const PAUSE_TEXTS: u32 = 16;

/// A pattern that is gone through by its states.
#[derive(Debug)]
pub struct LazyStates {
    /// What each character becomes; none where the pattern is one of UTF-8.
    alphabet: Option<Alphabet>,
    /// For each character a step for each state.
    states: pikevm::PikeVM,
    /// For each character a step for all of them; none if there is no room for a few sets.
    sets: Option<DFA>,
}

/// What a thread keeps.
#[derive(Default)]
struct Kept {
    /// The sets of each pattern, that of the last text at the end.
    sets: Vec<Sets>,
    /// How much memory they take, as it is counted.
    sets_bytes: usize,
    /// For going through states: as much as the largest pattern takes, at most some 40 bytes for
    /// each state.
    states: Option<pikevm::Cache>,
    /// A text in bytes.
    bytes: Vec<u8>,
}

/// The sets of states of one pattern to which texts have come.
struct Sets {
    /// The pattern. As long as this is here, no other one has its place in memory.
    of: Weak<LazyStates>,
    cache: Option<Box<Cache>>,
    /// How much memory they take, as it is counted.
    bytes: usize,
    /// For how many texts they are not looked for.
    pause: u32,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

impl LazyStates {
    /// A pattern of so many states; none if it cannot be gone through.
    #[must_use]
    pub fn new(program: NFA, alphabet: Option<Alphabet>) -> Option<Arc<Self>> {
        let settings = Config::new()
            // In UTF-8 it gives up where a text has other letters than those of ASCII.
            .unicode_word_boundary(true)
            .cache_capacity(SETS_BYTES_MAX)
            // It gives up, too, rather than begin anew.
            .minimum_cache_clear_count(Some(0));
        let sets = DFA::builder().configure(settings).build_from_nfa(program.clone()).ok();
        let states = pikevm::PikeVM::new_from_nfa(program).ok()?;
        Some(Arc::new(Self { alphabet, states, sets }))
    }

    /// How many states it has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.states.get_nfa().states().len()
    }

    /// How much memory it takes, in bytes, without what threads keep.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let alphabet = self.alphabet.as_ref().map_or(0, Alphabet::heap_bytes);
        size_of_val(self) + alphabet + self.states.get_nfa().memory_usage()
    }

    /// Whether it is found anywhere in a text.
    #[must_use]
    pub fn is_match(self: &Arc<Self>, text: &str) -> bool {
        KEPT.with_borrow_mut(|kept| {
            if let Some(sets) = &self.sets
                && let Some(found) = kept.search(self, sets, text)
            {
                return found;
            }
            kept.step(self, text)
        })
    }
}

impl Kept {
    /// Goes through a text by sets of states; none if there are too many of them.
    fn search(&mut self, pattern: &Arc<LazyStates>, sets: &DFA, text: &str) -> Option<bool> {
        let known = self.sets.iter().rposition(|sets| sets.of.as_ptr() == Arc::as_ptr(pattern));
        match known {
            Some(index) if index + 1 == self.sets.len() => {}
            Some(index) => self.sets.get_mut(index..)?.rotate_left(1),
            None => self.sets.push(Sets {
                of: Arc::downgrade(pattern),
                cache: None,
                bytes: 0,
                pause: 0,
            }),
        }
        let own = self.sets.last_mut()?;
        if own.pause != 0 {
            own.pause -= 1;
            return None;
        }
        let cache = own.cache.get_or_insert_with(|| Box::new(sets.create_cache()));
        let found = match &pattern.alphabet {
            Some(alphabet) => {
                is_accepted(sets, cache, text.chars().map(|letter| alphabet.byte(letter)))
            }
            None => {
                let text = Input::new(text).earliest(true);
                sets.try_search_fwd(cache, &text).ok().map(|found| found.is_some())
            }
        };
        let mut bytes = size_of::<Sets>() + size_of::<Cache>() + cache.memory_usage();
        if found.is_none() {
            (own.cache, own.pause, bytes) = (None, PAUSE_TEXTS, size_of::<Sets>());
        }
        self.sets_bytes = self.sets_bytes - own.bytes + bytes;
        own.bytes = bytes;
        if ALL_SETS_BYTES_MAX < self.sets_bytes {
            self.forget();
        }
        found
    }

    /// Forgets the sets of those patterns that were not asked for longest.
    fn forget(&mut self) {
        let mut count = 0;
        for sets in &self.sets {
            if self.sets_bytes <= ALL_SETS_BYTES_MAX {
                break;
            }
            self.sets_bytes -= sets.bytes;
            count += 1;
        }
        self.sets.drain(..count);
    }

    /// Goes through a text state by state.
    fn step(&mut self, pattern: &LazyStates, text: &str) -> bool {
        let states = &pattern.states;
        let cache = match &mut self.states {
            Some(cache) => {
                states.reset_cache(cache);
                cache
            }
            none => none.insert(states.create_cache()),
        };
        let Some(alphabet) = &pattern.alphabet else { return states.is_match(cache, text) };
        self.bytes.clear();
        self.bytes.extend(text.chars().map(|letter| alphabet.byte(letter)));
        states.is_match(cache, Input::new(self.bytes.as_slice()))
    }
}

/// Whether the states come to a match; none if there are too many sets of them.
fn is_accepted(sets: &DFA, cache: &mut Cache, bytes: impl Iterator<Item = u8>) -> Option<bool> {
    let is_over = |state: LazyStateID| state.is_match() || state.is_dead();
    let begin = start::Config::new().anchored(Anchored::No);
    let mut state = sets.start_state(cache, &begin).ok()?;
    for byte in bytes {
        state = sets.next_state(cache, state, byte).ok()?;
        if state.is_tagged() && is_over(state) {
            return Some(state.is_match());
        }
    }
    Some(sets.next_eoi_state(cache, state).ok()?.is_match())
}
