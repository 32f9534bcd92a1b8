//! What the flags of one change share while they are looked at: decided classes, and a bound.
//!
//! The same comparisons are decided once. How much may be spent on all flags together is counted.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use crate::{
    engine::condition::AttributeTest,
    space::axis::{Distinct, Partition},
};

/// Up to how many branches diagrams may have for all flags together. It bounds the time of a run,
/// by what is done and not by a clock, so that the same change always gets the same answer.
pub const BRANCHES_MAX: usize = 10_000_000;

/// What flags share.
#[derive(Debug)]
pub struct SharedClasses {
    /// What came of comparisons, by their identity.
    decided: RefCell<HashMap<String, Option<Rc<Partition>>>>,
    /// How many branches there may still be.
    left: Cell<usize>,
}

impl Default for SharedClasses {
    fn default() -> Self {
        Self::with(BRANCHES_MAX)
    }
}

impl SharedClasses {
    /// With so many branches.
    #[must_use]
    pub fn with(branches: usize) -> Self {
        Self { decided: RefCell::default(), left: Cell::new(branches) }
    }

    /// The classes of one attribute under comparisons; none if there are too many to tell apart.
    #[must_use]
    pub fn partition(&self, tests: &[&AttributeTest]) -> Option<Partition> {
        let distinct = Distinct::of(tests);
        let known = self.decided.borrow().get(&distinct.identity).cloned();
        let decided = known.unwrap_or_else(|| {
            let decided = distinct.decide().map(Rc::new);
            self.decided.borrow_mut().insert(distinct.identity.clone(), decided.clone());
            decided
        });
        Some(distinct.spread(&*decided?))
    }

    /// How many branches there may still be.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.get()
    }

    /// Takes off so many branches.
    pub fn spend(&self, branches: usize) {
        self.left.set(self.left.get().saturating_sub(branches));
    }
}
