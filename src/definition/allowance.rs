//! The warnings and notes that a flag lists under `allow`: what its author means all the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    definition::{problems::advice, written::flag::WrittenFlag},
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place, severity::Severity},
    yaml::node::Node,
};

/// What flags allow, by key; those that allow nothing are not in it.
#[derive(Clone, Debug, Default)]
pub struct Allowances {
    by_flag: BTreeMap<Box<str>, Vec<(Code, Place)>>,
}

impl Allowances {
    /// Takes what a flag allows. What cannot be allowed, the schema has refused.
    pub fn of_flag(&mut self, flag: &WrittenFlag<'_>) {
        let codes = flag.allow.iter();
        let codes: Vec<_> =
            codes.filter_map(|name| Some((Code::to_allow(name.text).ok()?, name.place))).collect();
        if !codes.is_empty() {
            self.by_flag.insert(flag.key.into(), codes);
        }
    }

    /// Leaves out what is allowed where it was found, and notes what allows nothing. Where there
    /// are errors, not everything has been looked for, so then nothing is noted.
    pub fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        if self.by_flag.is_empty() {
            return;
        }
        let mut used: BTreeSet<Place> = BTreeSet::new();
        let has_errors = diagnostics.iter().any(|found| found.severity() == Severity::Error);
        diagnostics.retain(|found| {
            let flag = found.flag.as_deref().and_then(|key| self.by_flag.get(key));
            let mut allowed = flag.into_iter().flatten().filter(|(code, _)| *code == found.code);
            let (first, mut others) = (allowed.next(), allowed);
            used.extend(first.map(|(_, place)| *place));
            // The same code twice in one list is one too many, and is not worth a word.
            used.extend(others.by_ref().map(|(_, place)| *place));
            first.is_none() || found.severity() == Severity::Error
        });
        if has_errors {
            return;
        }
        // Who allows what is left over has said so, whether or not anything is.
        let judged = self
            .by_flag
            .iter()
            .filter(|(_, codes)| !codes.iter().any(|(code, _)| *code == Code::UnusedAllow));
        for (key, codes) in judged {
            let unused = codes.iter().filter(|(_, place)| !used.contains(place));
            diagnostics.extend(
                unused.map(|(code, place)| advice::unused_allow(*code, *place).of_flag(&**key)),
            );
        }
    }
}

/// Says of findings in a document to which of its flags they belong.
pub fn name_flags(document: &Node, found: &mut [Diagnostic]) {
    if found.is_empty() {
        return;
    }
    let flags = document.entry("flags").and_then(|entry| entry.node.as_map()).unwrap_or_default();
    for found in found.iter_mut().filter(|found| found.flag.is_none()) {
        let at = (found.place.line, found.place.column);
        // In written order: the last one that begins before it, if it has not ended there.
        let before =
            flags.partition_point(|entry| (entry.key_place.line, entry.key_place.column) <= at);
        let flag = before.checked_sub(1).and_then(|index| flags.get(index));
        let has_not_ended = |end: Place| at <= (end.end_line, end.end_column);
        found.flag = flag
            .filter(|entry| has_not_ended(entry.node.place))
            .map(|entry| (*entry.key).to_owned());
    }
}
