//! What is served: the compiled flags, and what git holds of each.

use crate::{
    definition::{
        digest::{Digests, digests},
        flag_version,
        layer::{Item, Section, Tree},
    },
    diagnostics::place::Place,
    engine::flag::FlagSet,
};

/// Definitions without an error: only the compiler makes one.
#[derive(Debug)]
pub struct Definitions {
    /// The compiled flags.
    pub flag_set: FlagSet,
    /// A digest of what they mean, as 16 hex digits: SHA-256 over the merged tree as written.
    pub version: Box<str>,
    /// How much all comparisons weigh that take the longer the longer the text or list is that is
    /// sent, in conditions: what a request for all flags may cost.
    pub searches_weight: u64,
    /// What git holds of each flag, in the order of the flag set.
    flags: Texts,
    /// What git holds of each segment, in the order of the flag set.
    segments: Texts,
    /// The digest of each flag and each segment by itself, in the same order.
    digests: [Box<[u64]>; 2],
}

/// One flag or segment as it is defined, all layers merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition<'d> {
    /// The flag key, or the segment's name.
    pub key: &'d str,
    /// What git holds, as compact JSON with sorted keys, without `x-` keys.
    pub json: &'d str,
    /// Where it is defined first.
    pub place: Place,
}

/// Texts that follow one another.
#[derive(Debug)]
struct Texts {
    text: Box<str>,
    /// Where each ends.
    ends: Box<[usize]>,
}

impl Definitions {
    /// Keeps what the tree says, of which the flag set was made.
    pub(super) fn new(flag_set: FlagSet, searches_weight: u64, tree: &Tree) -> Self {
        let (flags, segments) = (Texts::of(&tree.flags), Texts::of(&tree.segments));
        let Digests { version, flags: of_flags, segments: of_segments } =
            digests(tree, flags.iter(), segments.iter());
        let digests = [of_flags, of_segments];
        Self { flag_set, version, searches_weight, flags, segments, digests }
    }

    /// A digest of what each flag means, in the order of the flag set: of its definition and of all
    /// that it depends on, but for what is for people only.
    #[must_use]
    pub fn flag_versions(&self) -> Vec<u64> {
        let [flags, segments] = &self.digests;
        flag_version::versions(&self.flag_set, flags, segments)
    }

    /// The merged definition of each flag, sorted by key.
    pub fn flags(&self) -> impl Iterator<Item = Definition<'_>> {
        let flags = self.flag_set.flags().iter().zip(0..);
        flags.map(|(flag, index)| self.flags.definition(index, &flag.key, flag.place))
    }

    /// The merged definition of each segment, sorted by name.
    pub fn segments(&self) -> impl Iterator<Item = Definition<'_>> {
        let segments = self.flag_set.segments().iter().zip(0..);
        segments
            .map(|(segment, index)| self.segments.definition(index, &segment.name, segment.place))
    }

    /// The merged definition of the flag of that key.
    #[must_use]
    pub fn of_flag(&self, key: &str) -> Option<Definition<'_>> {
        let flag = self.flag_set.find(key)?;
        let index = self.flag_set.flags().element_offset(flag)?;
        Some(self.flags.definition(index, &flag.key, flag.place))
    }
}

impl Texts {
    /// The definitions of a section as JSON.
    fn of(section: &Section) -> Self {
        let mut text = String::new();
        let end = |item: &Item| {
            item.node.unpack().write_canonical_json(&mut text);
            text.len()
        };
        let ends = section.values().map(end).collect();
        Self { text: text.into(), ends }
    }

    fn definition<'d>(&'d self, index: usize, key: &'d str, place: Place) -> Definition<'d> {
        Definition { key, json: self.get(index), place }
    }

    fn get(&self, index: usize) -> &str {
        let end = |index: usize| self.ends.get(index).copied().unwrap_or_default();
        let start = index.checked_sub(1).map_or(0, end);
        self.text.get(start..end(index)).unwrap_or_default()
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.get(index))
    }
}
