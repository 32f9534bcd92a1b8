//! Who gets something that they did not get before.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::flag::{Flag, ValueKind};

/// What of a flag is a gain for somebody: `true` for who did not have it; of a flag that is not
/// boolean, any variant or value that is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gains {
    /// For a boolean flag the variants that were `true` before and those that are now, by the names
    /// that they have now; none for another flag.
    true_variants: Option<[BTreeSet<String>; 2]>,
}

impl Gains {
    /// Those of a flag; `renamed` are the variants that only changed their name, from old to new.
    #[must_use]
    pub fn new(
        base: Option<&Flag>,
        head: Option<&Flag>,
        renamed: &BTreeMap<String, String>,
    ) -> Self {
        let is_boolean = head.or(base).is_some_and(|flag| flag.kind == ValueKind::Boolean);
        let names = |flag: Option<&Flag>| -> BTreeSet<String> {
            let variants = flag.into_iter().flat_map(|flag| &*flag.variants);
            let names =
                variants.filter(|variant| variant.is_true()).map(|one| one.name.to_string());
            names.collect()
        };
        let new_name = |name: String| renamed.get(&name).cloned().unwrap_or(name);
        let before = || names(base).into_iter().map(new_name).collect();
        Self { true_variants: is_boolean.then(|| [before(), names(head)]) }
    }

    /// Whether somebody gains who moves from one variant to another, or keeps one that has another
    /// value now; no name is no value.
    #[must_use]
    pub fn is_gain(&self, from: Option<&str>, to: Option<&str>) -> bool {
        match &self.true_variants {
            None => to.is_some(),
            Some([before, after]) => {
                to.is_some_and(|name| after.contains(name))
                    && !from.is_some_and(|name| before.contains(name))
            }
        }
    }
}
