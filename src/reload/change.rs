//! What a new set of definitions adds, changes and removes.

use std::{cmp::Ordering, fmt};

use crate::definition::definitions::{Definition, Definitions};

/// How many names are written out of each kind.
pub const NAMES_SHOWN_MAX: usize = 20;

/// The keys of the flags that are not as they were, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedKeys {
    /// Flags that were not there before.
    pub added: Vec<Box<str>>,
    /// Flags that are defined otherwise than before.
    pub changed: Vec<Box<str>>,
    /// Flags that are not there any more.
    pub removed: Vec<Box<str>>,
    /// Segments that were added, changed or removed.
    pub segments: Vec<Box<str>>,
}

impl ChangedKeys {
    /// What lies between two sets of definitions.
    #[must_use]
    pub fn between(old: &Definitions, new: &Definitions) -> Self {
        let mut change = Self::default();
        compare(old.flags(), new.flags(), |key, was, is| {
            let list = match (was, is) {
                (false, _) => &mut change.added,
                (_, false) => &mut change.removed,
                _ => &mut change.changed,
            };
            list.push(key.into());
        });
        compare(old.segments(), new.segments(), |name, _, _| change.segments.push(name.into()));
        change
    }
}

impl fmt::Display for ChangedKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            ("added", &self.added),
            ("changed", &self.changed),
            ("removed", &self.removed),
            ("changed segments:", &self.segments),
        ];
        let mut parts = kinds.iter().filter(|(_, keys)| !keys.is_empty()).peekable();
        if parts.peek().is_none() {
            return formatter.write_str("changed nothing but declarations");
        }
        while let Some((verb, keys)) = parts.next() {
            write!(formatter, "{verb} {}", names(keys))?;
            if parts.peek().is_some() {
                formatter.write_str("; ")?;
            }
        }
        Ok(())
    }
}

/// Names in backticks, as many as may be shown, and how many more there are.
fn names(keys: &[Box<str>]) -> String {
    let shown = keys.iter().take(NAMES_SHOWN_MAX).map(|key| format!("`{key}`"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match keys.len().checked_sub(NAMES_SHOWN_MAX) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Walks two sorted lists side by side, and shows what differs: its key, and in which it is.
fn compare<'d>(
    old: impl Iterator<Item = Definition<'d>>,
    new: impl Iterator<Item = Definition<'d>>,
    mut show: impl FnMut(&str, bool, bool),
) {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    loop {
        let ordering = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(was), Some(is)) => was.key.cmp(is.key),
        };
        let was = if ordering.is_le() { old.next() } else { None };
        let is = if ordering.is_ge() { new.next() } else { None };
        if was.map(|was| was.json) != is.map(|is| is.json)
            && let Some(one) = was.or(is)
        {
            show(one.key, was.is_some(), is.is_some());
        }
    }
}
