//! What many flags have in common, kept once for all of them.

use std::{cell::RefCell, hash::Hash, sync::Arc};

use foldhash::HashSet;

use crate::{definition::patterns::Patterns, engine::flag::Variant};

/// Equal parts of flags: ten thousand toggles have the same two variants, and their rules the same
/// name.
#[derive(Debug, Default)]
pub struct Interner {
    texts: RefCell<HashSet<Arc<str>>>,
    variants: RefCell<HashSet<Arc<[Variant]>>>,
    /// All patterns.
    pub patterns: Patterns,
}

impl Interner {
    /// The one copy of this text.
    #[must_use]
    pub fn text(&self, text: &str) -> Arc<str> {
        the_one(&self.texts, text, || text.into())
    }

    /// The one copy of these variants.
    #[must_use]
    pub fn variants(&self, variants: &[Variant]) -> Arc<[Variant]> {
        the_one(&self.variants, variants, || variants.into())
    }
}

/// The one among those known that equals what is wanted; made if there is none yet.
fn the_one<T: Hash + Eq + ?Sized>(
    known: &RefCell<HashSet<Arc<T>>>,
    wanted: &T,
    make: impl FnOnce() -> Arc<T>,
) -> Arc<T> {
    let mut known = known.borrow_mut();
    if let Some(one) = known.get(wanted) {
        return Arc::clone(one);
    }
    let one = make();
    known.insert(Arc::clone(&one));
    one
}
