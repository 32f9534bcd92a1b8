//! What a change does that its author may not mean, each with the edit that avoids it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnostics::{code::HazardCode, place::Place, prose::Prose},
    engine::{
        bucket::Percentage,
        flag::{Flag, ValueKind},
    },
    movement::moved::{Edits, Group, Listed, Movement, fraction},
    words::share::percent_words,
};

/// Whether a hazard cannot be ruled out for want of what was not computed. With a doubt it is said
/// of more callers than there may be that they get something, and of more rules that they serve
/// somebody.
#[must_use]
pub fn needs(code: HazardCode, movement: Option<&Movement>) -> bool {
    match code {
        HazardCode::Rebucketed => true,
        HazardCode::WidenedToEveryone | HazardCode::Unreachable => {
            movement.is_none_or(|movement| movement.doubt.is_some())
        }
        HazardCode::VariantRemoved => movement.is_none(),
        HazardCode::NotComputed
        | HazardCode::Removed
        | HazardCode::Renamed
        | HazardCode::RenamedWithoutSalt
        | HazardCode::TypeChanged => false,
    }
}

/// One hazard.
#[derive(Clone, Debug)]
pub struct Hazard {
    /// What it is about.
    pub code: HazardCode,
    /// What happens, in one sentence without a full stop.
    pub message: Prose,
    /// Where.
    pub place: Place,
    /// Whether the place is in the files before the change.
    pub in_base: bool,
    /// The edit that avoids it, if there is one.
    pub suggestion: Option<String>,
}

impl Hazard {
    pub(crate) fn new(code: HazardCode, place: Place, message: impl Into<Prose>) -> Self {
        Self { code, message: message.into(), place, in_base: false, suggestion: None }
    }
}

/// Says of hazards after the change at one place that they are at another, if they are to move.
pub fn relocate(hazards: &mut [Hazard], places: Option<(Place, Place)>) {
    let Some((from, to)) = places else { return };
    for hazard in hazards.iter_mut().filter(|hazard| !hazard.in_base && hazard.place == from) {
        hazard.place = to;
    }
}

/// A flag that is gone.
#[must_use]
pub fn removed(flag: &Flag) -> Hazard {
    let message = format!(
        "flag `{}` is gone: callers that still ask for it get the default in their code",
        flag.key
    );
    Hazard { in_base: true, ..Hazard::new(HazardCode::Removed, flag.place, message) }
}

/// More move than the change of shares asks for: one hazard for each edit that avoids it.
#[must_use]
pub fn rebucketed(head: &Flag, movement: &Movement) -> Vec<Hazard> {
    let groups = movement.moving().filter(|group| group.is_exact && group.is_rebucketed());
    let rank = |group: &&Group| (!group.has_known_units, group.moved() - group.least);
    let Some(worst) = groups.max_by_key(rank) else {
        return Vec::new();
    };
    let percent = |parts| percent_words(fraction(parts));
    let whom = worst.whom.who().map_or(String::new(), |who| format!(" of those {who}"));
    let (moves, least) = (percent(worst.moved()), percent(worst.least));
    let message = if worst.has_known_units {
        format!(
            "{moves}{whom} get another variant, more than have to; among them are single values, \
             whose shares are what comes out for each"
        )
    } else if worst.least == 0 {
        format!("{moves}{whom} get another variant, although the shares stay the same")
    } else {
        format!("{moves}{whom} get another variant, where {least} would do for the same shares")
    };
    if movement.edits.is_empty() {
        return vec![Hazard::new(HazardCode::Rebucketed, head.place, message)];
    }
    hazards(&Hazard::new(HazardCode::Rebucketed, head.place, message), &movement.edits)
}

/// A hazard at each place of an edit that avoids it.
fn hazards(hazard: &Hazard, edits: &Edits) -> Vec<Hazard> {
    let several = match edits.len() {
        0 | 1 => String::new(),
        count => format!(" (this edit and the others of the flag belong together: {count} in all)"),
    };
    let at = |(place, edit): &(Place, String)| Hazard {
        suggestion: Some(edit.clone()),
        place: *place,
        message: hazard.message.rewritten(|words| format!("{words}{several}")),
        ..hazard.clone()
    };
    edits.iter().map(at).collect()
}

/// A flag under another key.
#[must_use]
pub fn renamed(base: &Flag, head: &Flag) -> Hazard {
    let message = format!(
        "`{0}` is now called `{1}`: callers that still ask for `{0}` get the default in their code",
        base.key, head.key
    );
    Hazard::new(HazardCode::Renamed, head.place, message)
}

/// What could not be computed of whom a change moves, if anything could not.
#[must_use]
pub fn not_computed(head: &Flag, movement: Option<&Movement>) -> Option<Hazard> {
    let message = match movement {
        None => {
            "whom it moves, and which rules still serve somebody, depends on too many \
                 conditions to be computed"
        }
        Some(movement) if movement.shares.is_none() => {
            "how many get another variant depends on too many conditions to be computed"
        }
        Some(movement) if movement.moving().any(|group| !group.is_exact) => {
            "how many get another variant is only an estimate, and so is whether fewer would do"
        }
        Some(_) => return None,
    };
    let mut hazard = Hazard::new(HazardCode::NotComputed, head.place, message);
    if let Some([(place, edit)]) = movement.map(|movement| &*movement.edits) {
        (hazard.place, hazard.suggestion) = (*place, Some(edit.clone()));
    }
    Some(hazard)
}

/// A flag under another key that is hashed with the new key: one hazard for each place of the edit
/// that avoids it.
#[must_use]
pub fn renamed_without_salt(base: &Flag, head: &Flag, movement: Option<&Movement>) -> Vec<Hazard> {
    if base.salt() == head.salt() || !head.is_hashed() {
        return Vec::new();
    }
    let with = match &head.own_salt {
        None => "the new key".to_owned(),
        Some(salt) => format!("the salt `{salt}`"),
    };
    let message = format!(
        "users of `{}` are hashed with {with}, so other users get each variant than when it was \
         called `{}`",
        head.key, base.key
    );
    let hazard = Hazard::new(HazardCode::RenamedWithoutSalt, head.place, message);
    match movement.map(|movement| &movement.edits) {
        Some(edits) if !edits.is_empty() => hazards(&hazard, edits),
        _ => vec![hazard],
    }
}

/// A variant that was served to somebody and is gone.
#[must_use]
pub fn variants_removed(
    (base, head): (&Flag, &Flag),
    movement: Option<&Movement>,
    listed: &Listed,
    renamed: &BTreeMap<String, String>,
) -> Vec<Hazard> {
    let was_served = |name: &str| {
        let name = Some(name.to_owned());
        movement.is_none_or(|movement| movement.before.contains(&name))
            || listed.before.contains(&name)
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
            Hazard::new(HazardCode::VariantRemoved, head.place, message)
        })
        .collect()
}

/// A rule that can serve nobody.
#[derive(Clone, Debug)]
pub struct DeadRule {
    /// Which of the flag's rules it is.
    pub index: usize,
    /// What it can do, in a sentence without a full stop.
    pub message: Prose,
    /// Where to look.
    pub place: Place,
}

/// The rules of a flag that can serve nobody, as far as that was computed.
#[must_use]
pub fn dead_rules(head: &Flag, movement: &Movement) -> Vec<DeadRule> {
    let Some(reached) = &movement.reached_after else { return Vec::new() };
    let rules = head.rules.iter().enumerate();
    let dead =
        rules.filter(|(index, rule)| rule.ramp != Percentage::ZERO && !reached.contains(index));
    dead.map(|(index, rule)| {
        let why = if movement.impossible.contains(&index) {
            "nobody meets its conditions while the flag is on"
        } else {
            "whoever it is for gets something from a rule before it"
        };
        let message = format!("rule `{}` can serve nobody: {why}", rule.name);
        DeadRule { index, message: message.into(), place: rule.place }
    })
    .collect()
}

/// Rules that can serve nobody any more, or that come without being able to: those of `dead` that
/// were not among the dead before. `partners` says for each rule which one it was.
#[must_use]
pub fn unreachable(
    dead: &[DeadRule],
    were_dead: &BTreeSet<usize>,
    partners: &[Option<usize>],
) -> Vec<Hazard> {
    let was_dead = |one: &&DeadRule| {
        let partner = partners.get(one.index).copied().flatten();
        partner.is_some_and(|old| were_dead.contains(&old))
    };
    let new = dead.iter().filter(|one| !was_dead(one));
    new.map(|one| Hazard::new(HazardCode::Unreachable, one.place, one.message.clone())).collect()
}

/// A flag whose values have another type.
#[must_use]
pub fn type_changed(base: &Flag, head: &Flag) -> Option<Hazard> {
    let message = format!(
        "values are of type {} now and were of type {}: callers that ask for a {} get the default \
         in their code, and an error",
        head.kind.name(),
        base.kind.name(),
        base.kind.name(),
    );
    let hazard = Hazard::new(HazardCode::TypeChanged, head.place, message);
    (base.kind != head.kind).then_some(hazard)
}

/// Everybody gets it now, and some did not before.
#[must_use]
pub fn widened_to_everyone(head: &Flag, movement: &Movement, listed: &Listed) -> Option<Hazard> {
    let all = |rules: &BTreeSet<_>, listed: &BTreeSet<_>| rules.union(listed).cloned().collect();
    let before: BTreeSet<Option<String>> = all(&movement.before, &listed.before);
    let after: BTreeSet<Option<String>> = all(&movement.after, &listed.after);
    let is_other = before != after;
    let mut after = after.iter();
    let (Some(Some(name)), None) = (after.next(), after.next()) else { return None };
    let same = Some(name.clone());
    // Who keeps a variant that has another value did not have that before.
    let is_wider = is_other || movement.moves.contains(&(same.clone(), same));
    let variant = head.variants.iter().find(|variant| *variant.name == **name)?;
    let is_meant = head.enabled && (head.kind != ValueKind::Boolean || variant.is_true());
    (is_wider && is_meant).then(|| {
        let message = if is_other {
            format!("everybody gets `{name}` now, and some did not before")
        } else {
            format!("everybody gets `{name}` with its new value now")
        };
        Hazard::new(HazardCode::WidenedToEveryone, head.place, message)
    })
}
