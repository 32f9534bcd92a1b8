//! What a change does that its author may not mean, each with the edit that avoids it.

use std::collections::BTreeMap;

use crate::{
    engine::{
        bucket::{POSITIONS, thousandths},
        flag::{Flag, Serve},
    },
    place::Place,
    review::{
        movement::{FlagSide, Group, Movement, fraction, is_hashed_alike},
        square::relaid,
    },
};

/// The ids of all hazards, for options and documentation.
pub const RULES: [&str; 6] = [
    "rebucketed",
    "renamed-without-salt",
    "removed",
    "variant-removed",
    "widened-to-everyone",
    "unreachable",
];

/// One hazard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// One of [`RULES`].
    pub rule: &'static str,
    /// What happens, in one sentence without a full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// Whether the place is in the files before the change.
    pub in_base: bool,
    /// The edit that avoids it, if there is one.
    pub suggestion: Option<String>,
}

impl Hazard {
    pub(crate) fn new(rule: &'static str, place: Place, message: String) -> Self {
        Self { rule, message, place, in_base: false, suggestion: None }
    }
}

/// Whether positions play a part in what a flag serves.
#[must_use]
pub fn is_hashed(flag: &Flag) -> bool {
    let is_split = |serve: &Serve| matches!(serve, Serve::Split(_));
    flag.rules.iter().any(|rule| rule.ramp.is_partial() || is_split(&rule.serve))
        || flag.default.as_ref().is_some_and(is_split)
}

/// More move than the change of shares asks for.
#[must_use]
pub fn rebucketed(
    (base, head): (&Flag, &Flag),
    movement: &Movement,
    renamed: &BTreeMap<String, String>,
) -> Option<Hazard> {
    let groups = movement.groups.iter().filter(|group| group.is_rebucketed());
    let worst = groups.max_by_key(|group: &&Group| group.moved() - group.least)?;
    let percent = |parts| percent_words(fraction(parts));
    let whom = worst.when.as_ref().map_or(String::new(), |when| format!(" of those where {when}"));
    let (moves, least) = (percent(worst.moved()), percent(worst.least));
    let mut hazard = Hazard::new(
        "rebucketed",
        head.place,
        format!("{moves}{whom} get another variant, where {least} would do for the same shares"),
    );
    if let Some((place, edit)) = edit(base, head, renamed) {
        hazard.place = place;
        hazard.suggestion = Some(edit);
    }
    Some(hazard)
}

/// The edit with the same shares that moves fewer.
fn edit(base: &Flag, head: &Flag, renamed: &BTreeMap<String, String>) -> Option<(Place, String)> {
    if !is_hashed_alike(base, head) {
        let mut lines = Vec::new();
        if base.salt != head.salt {
            lines.push(format!("salt: {}", base.salt));
        }
        if base.hash != head.hash {
            lines.push(format!("hash: {}", base.hash.name()));
        }
        if base.bucket_by != head.bucket_by {
            lines.push(format!("bucket_by: {}", base.bucket_by.name()));
        }
        return Some((head.place, lines.join("\n")));
    }
    let before = |name: &str| base.rules.iter().find(|rule| &*rule.name == name);
    for rule in &head.rules {
        let Some(old) = before(&rule.name) else { continue };
        if let Some(edit) = relaid_split((base, &old.serve), (head, &rule.serve), renamed) {
            return Some((rule.place, edit));
        }
    }
    if let (Some(old), Some(new)) = (&base.default, &head.default)
        && let Some(edit) = relaid_split((base, old), (head, new), renamed)
    {
        return Some((head.place, format!("default: {{ {edit} }}")));
    }
    let order = |flag: &Flag, other: &Flag| -> Vec<String> {
        let kept = flag
            .rules
            .iter()
            .filter(|rule| other.rules.iter().any(|other| other.name == rule.name));
        kept.map(|rule| format!("`{}`", rule.name)).collect()
    };
    let (old, new) = (order(base, head), order(head, base));
    let place = head.rules.first().map_or(head.place, |rule| rule.place);
    (old != new).then(|| (place, format!("keep the rules in the order {}", old.join(", "))))
}

/// The new split laid out over the old one, if that moves fewer than it does as written.
fn relaid_split(
    (base, old): (&Flag, &Serve),
    (head, new): (&Flag, &Serve),
    renamed: &BTreeMap<String, String>,
) -> Option<String> {
    let before: Vec<(u32, &str)> = lengths(base, old)
        .into_iter()
        .map(|(length, name)| (length, renamed.get(name).map_or(name, String::as_str)))
        .collect();
    let after = lengths(head, new);
    let better = relaid(&before, &after);
    if line_moved(&before, &after) <= line_moved(&before, &better) {
        return None;
    }
    let entry = |(length, name): &(u32, &str)| {
        format!("{{ variant: {name}, percentage: {} }}", thousandths(u64::from(*length)))
    };
    let entries: Vec<String> = better.iter().map(entry).collect();
    Some(format!("split: [{}]", entries.join(", ")))
}

/// The entries of what is served, each with its length on the line of splits.
fn lengths<'f>(flag: &'f Flag, serve: &Serve) -> Vec<(u32, &'f str)> {
    let name = |index| flag.variant(index).map_or("", |variant| &*variant.name);
    match serve {
        Serve::Variant(index) => vec![(POSITIONS, name(*index))],
        Serve::Split(entries) => {
            let starts = std::iter::once(0).chain(entries.iter().map(|(end, _)| *end));
            let lengths = entries.iter().zip(starts);
            lengths.map(|((end, index), start)| (end - start, name(*index))).collect()
        }
    }
}

/// How many positions of a line get another variant.
fn line_moved(before: &[(u32, &str)], after: &[(u32, &str)]) -> u32 {
    let at = |entries: &[(u32, &str)], position: u32| -> Option<String> {
        let mut end = 0;
        entries.iter().find_map(|(length, name)| {
            end += length;
            (position < end).then(|| (*name).to_owned())
        })
    };
    let ends = |entries: &[(u32, &str)]| -> Vec<u32> {
        entries
            .iter()
            .scan(0, |end, (length, _)| {
                *end += length;
                Some(*end)
            })
            .collect()
    };
    let mut cuts: Vec<u32> = ends(before).into_iter().chain(ends(after)).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let (mut start, mut moved) = (0, 0);
    for end in cuts {
        if at(before, start) != at(after, start) {
            moved += end - start;
        }
        start = end;
    }
    moved
}

/// A flag under another key that is hashed with the new key.
#[must_use]
pub fn renamed_without_salt(base: &Flag, head: &Flag) -> Option<Hazard> {
    if base.salt == head.salt || !is_hashed(head) {
        return None;
    }
    let message = format!(
        "`{}` is now called `{}` and users are hashed with the new key, so they are drawn anew",
        base.key, head.key
    );
    let mut hazard = Hazard::new("renamed-without-salt", head.place, message);
    hazard.suggestion = Some(format!("salt: {}", base.salt));
    Some(hazard)
}

/// A variant that was served to somebody and is gone.
#[must_use]
pub fn variants_removed(
    (base, head): (&Flag, &Flag),
    movement: Option<&Movement>,
    renamed: &BTreeMap<String, String>,
) -> Vec<Hazard> {
    let is_listed = |name: &str| {
        base.users.values().filter_map(|index| base.variant(*index)).any(|v| &*v.name == name)
    };
    let was_served = |name: &str| {
        movement.is_none_or(|movement| movement.before.contains(&Some(name.to_owned())))
            || is_listed(name)
    };
    base.variants
        .iter()
        .map(|variant| &*variant.name)
        .filter(|name| head.variants.iter().all(|variant| &*variant.name != *name))
        .filter(|name| !renamed.contains_key(*name) && was_served(name))
        .map(|name| {
            let message = format!(
                "variant `{name}` is gone, and some got it: code that expects it will not see it"
            );
            Hazard::new("variant-removed", head.place, message)
        })
        .collect()
}

/// Everybody gets it now, and some did not before.
#[must_use]
pub fn widened_to_everyone(head: FlagSide<'_>, movement: &Movement) -> Option<Hazard> {
    let flag = head.flag.filter(|flag| flag.enabled)?;
    let mut after = movement.after.iter();
    let (Some(Some(name)), None) = (after.next(), after.next()) else { return None };
    let variant = flag.variants.iter().find(|variant| *variant.name == **name)?;
    let is_boolean = flag.kind == crate::engine::flag::ValueKind::Boolean;
    let was_narrower = movement.before != movement.after;
    let counts = was_narrower && (!is_boolean || variant.is_true());
    counts.then(|| {
        let message = format!("everybody gets `{name}` now, and some did not before");
        Hazard::new("widened-to-everyone", flag.place, message)
    })
}

/// A share as a percentage with as few decimals as needed, three at most.
#[must_use]
pub fn percent_words(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" && share > 0.0 { "less than 0.001 %".to_owned() } else { format!("{text} %") }
}
