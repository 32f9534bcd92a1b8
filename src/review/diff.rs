//! The difference between two sets of definitions: what changed, and whom it moves.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

use crate::{
    definition::{
        compile::{Definition, Definitions},
        diagnostic::Diagnostic,
    },
    engine::flag::{Flag, FlagSet},
    place::{Paths, Place},
    review::{
        change,
        condition_words::renamed_variants,
        formula::{Outcomes, Resolved},
        hazard::{self, Hazard},
        movement::{self, FlagSide, Movement, Question},
    },
};

/// One side of a difference: definitions that have passed the gate.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'t> {
    /// The definitions.
    pub definitions: &'t Definitions,
    /// What was said about them.
    pub diagnostics: &'t [Diagnostic],
    /// The files that their places point into.
    pub paths: &'t Paths,
}

/// The difference between two trees.
#[derive(Debug)]
pub struct Diff {
    /// All flags that changed, or whose answers may have, sorted by key.
    pub flags: Vec<FlagDiff>,
    /// All segments that changed, sorted by name.
    pub segments: Vec<SegmentDiff>,
}

/// What became of one flag.
#[derive(Debug)]
pub struct FlagDiff {
    /// The key after the change, or before it for a flag that is gone.
    pub key: String,
    /// What happened to it.
    pub change: Change,
    /// What changed, a sentence each.
    pub changes: Vec<String>,
    /// Whom it moves; none if there are too many outcomes of conditions to compute it.
    pub movement: Option<Movement>,
    /// What its author may not mean.
    pub hazards: Vec<Hazard>,
    /// The attribute whose values the shares are of; none for the targeting key.
    pub bucket_by: Option<String>,
    /// Where it is defined, or was.
    pub place: Place,
}

/// What happened to a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has another key and is the same but for `name` and `salt`.
    Renamed {
        /// The key before.
        from: String,
    },
    /// It, or something that it refers to, is another.
    Changed,
}

/// What became of one segment.
#[derive(Debug)]
pub struct SegmentDiff {
    /// The name.
    pub name: String,
    /// What changed, each to follow the name.
    pub changes: Vec<String>,
    /// Where it is defined now, or was.
    pub place: Place,
}

/// Compares two trees.
#[must_use]
pub fn diff(base: Tree<'_>, head: Tree<'_>) -> Diff {
    let comparison = Comparison::new(base, head);
    let mut flags: Vec<FlagDiff> =
        comparison.pairs().into_iter().map(|pair| comparison.flag(&pair)).collect();
    flags.sort_by(|a, b| a.key.cmp(&b.key));
    let segments = comparison
        .segments
        .iter()
        .map(|(name, (changes, place))| SegmentDiff {
            name: (*name).to_owned(),
            changes: changes.clone(),
            place: *place,
        })
        .collect();
    Diff { flags, segments }
}

/// A comparison under way.
struct Comparison<'t> {
    base: Tree<'t>,
    head: Tree<'t>,
    base_flags: BTreeMap<&'t str, &'t Definition>,
    head_flags: BTreeMap<&'t str, &'t Definition>,
    /// The segments that changed, with what and where.
    segments: BTreeMap<&'t str, (Vec<String>, Place)>,
    /// What other flags resolve to before and after, once asked for.
    outcomes: RefCell<BTreeMap<String, Vec<Outcomes>>>,
}

/// A flag before and after.
struct Pair<'t> {
    base: Option<&'t Definition>,
    head: Option<&'t Definition>,
}

impl<'t> Comparison<'t> {
    fn new(base: Tree<'t>, head: Tree<'t>) -> Self {
        let by_key = |list: &'t [Definition]| list.iter().map(|one| (&*one.key, one)).collect();
        let (base_segments, head_segments): (BTreeMap<&str, &Definition>, BTreeMap<&str, _>) =
            (by_key(&base.definitions.segments), by_key(&head.definitions.segments));
        let names: BTreeSet<&str> =
            base_segments.keys().chain(head_segments.keys()).copied().collect();
        let changed = names.into_iter().filter_map(|name| {
            let (old, new) = (base_segments.get(name), head_segments.get(name));
            let changes = match (old, new) {
                (Some(old), Some(new)) if old.json != new.json => {
                    change::segment(&parsed(old), &parsed(new))
                }
                (None, Some(_)) => vec!["is new".to_owned()],
                (Some(_), None) => vec!["is gone".to_owned()],
                _ => return None,
            };
            // Another order of conditions is no change of meaning.
            let place = new.or(old).map_or_else(Place::default, |definition| definition.place);
            (!changes.is_empty()).then_some((name, (changes, place)))
        });
        Self {
            base,
            head,
            base_flags: by_key(&base.definitions.flags),
            head_flags: by_key(&head.definitions.flags),
            segments: changed.collect(),
            outcomes: RefCell::default(),
        }
    }

    /// All flags that changed or depend on what did.
    fn pairs(&self) -> Vec<Pair<'t>> {
        let gone: Vec<&Definition> = self
            .base_flags
            .values()
            .filter(|d| !self.head_flags.contains_key(&*d.key))
            .copied()
            .collect();
        let mut by_essence: BTreeMap<String, Vec<&Definition>> = BTreeMap::new();
        for definition in gone.iter().rev() {
            by_essence.entry(essence(definition)).or_default().push(definition);
        }
        let (mut pairs, mut renamed) = (Vec::new(), BTreeSet::new());
        for (key, head) in &self.head_flags {
            let base = self.base_flags.get(key).copied().or_else(|| {
                let base = by_essence.get_mut(&essence(head))?.pop()?;
                renamed.insert(&*base.key);
                Some(base)
            });
            let is_changed = base.is_none_or(|base| {
                base.json != head.json || base.key != head.key || self.depends_on_change(key)
            });
            if is_changed {
                pairs.push(Pair { base, head: Some(head) });
            }
        }
        let gone = gone.into_iter().filter(|base| !renamed.contains(&*base.key));
        pairs.extend(gone.map(|base| Pair { base: Some(base), head: None }));
        pairs
    }

    /// Whether a flag that is on both sides refers to a segment or a flag that changed.
    fn depends_on_change(&self, key: &str) -> bool {
        !self.causes(key).is_empty()
    }

    /// The changed segments and flags that a flag refers to, directly or not, in words.
    fn causes(&self, key: &str) -> Vec<String> {
        let mut causes = BTreeSet::new();
        for definitions in [self.base.definitions, self.head.definitions] {
            let flags = &definitions.flag_set;
            let Some(flag) = flags.find(key) else { continue };
            for (name, (changes, place)) in &self.segments {
                if refers_to_segment(flag, flags, name) {
                    let link = self.head.paths.link(*place);
                    let what = changes.join(", ");
                    causes.insert(format!("segment `{name}` {what} ({link})"));
                }
            }
            for index in flag.referred_flags(flags) {
                let Some(other) = flags.flag(index).map(|other| &*other.key) else { continue };
                let (old, new) = (self.base_flags.get(other), self.head_flags.get(other));
                let is_changed = match (old, new) {
                    (Some(old), Some(new)) => {
                        meaning(old) != meaning(new) || self.depends_on_change(other)
                    }
                    _ => true,
                };
                if is_changed {
                    causes.insert(format!("flag `{other}`, which it depends on, changed"));
                }
            }
        }
        causes.into_iter().collect()
    }

    fn flag(&self, pair: &Pair<'t>) -> FlagDiff {
        let (base, head) = (side(self.base, pair.base), side(self.head, pair.head));
        let (old, new) = (pair.base.map(parsed), pair.head.map(parsed));
        let nothing = Value::Null;
        let (old, new) = (old.as_ref().unwrap_or(&nothing), new.as_ref().unwrap_or(&nothing));
        let renamed = renamed_variants(old, new);
        let movement = self.movement(base, head, &renamed);
        let key = pair.head.or(pair.base).map_or(String::new(), |one| one.key.to_string());
        let change = match (pair.base, pair.head) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (Some(base), Some(head)) if base.key != head.key => {
                Change::Renamed { from: base.key.to_string() }
            }
            _ => Change::Changed,
        };
        let mut changes = match change {
            Change::Changed | Change::Renamed { .. } => change::flag(old, new, &renamed),
            Change::Added | Change::Removed => Vec::new(),
        };
        if change == Change::Changed {
            let causes = self.causes(&key);
            changes.extend(causes.into_iter().map(|cause| format!("because {cause}")));
        }
        let hazards = self.hazards(&change, base, head, movement.as_ref(), &renamed);
        let flag = head.flag.or(base.flag);
        let bucket_by = flag
            .filter(|flag| flag.bucket_by != crate::engine::context::Attribute::TargetingKey)
            .map(|flag| flag.bucket_by.name().to_owned());
        let place = flag.map_or_else(Place::default, |flag| flag.place);
        FlagDiff { key, change, changes, movement, hazards, bucket_by, place }
    }

    fn movement(
        &self,
        base: FlagSide<'t>,
        head: FlagSide<'t>,
        renamed: &BTreeMap<String, String>,
    ) -> Option<Movement> {
        let question = Question { base, head, renamed };
        movement::movement(&question, |key| self.outcomes(key))
    }

    /// What a flag may resolve to before and after the change.
    fn outcomes(&self, key: &str) -> Vec<Outcomes> {
        if let Some(known) = self.outcomes.borrow().get(key) {
            return known.clone();
        }
        let base = side(self.base, self.base_flags.get(key).copied());
        let head = side(self.head, self.head_flags.get(key).copied());
        let outcomes = match self.movement(base, head, &BTreeMap::new()) {
            Some(movement) => {
                let groups = movement.groups.iter().chain(&movement.without_unit);
                let moves = groups.flat_map(|group| &group.moves);
                let pairs: BTreeSet<Outcomes> = moves
                    .map(|(from, to, _)| {
                        (resolved(base, from.as_deref()), resolved(head, to.as_deref()))
                    })
                    .chain(listed_outcomes(base, head))
                    .collect();
                pairs.into_iter().collect()
            }
            None => all_outcomes(base, head),
        };
        self.outcomes.borrow_mut().insert(key.to_owned(), outcomes.clone());
        outcomes
    }

    fn hazards(
        &self,
        change: &Change,
        base: FlagSide<'_>,
        head: FlagSide<'_>,
        movement: Option<&Movement>,
        renamed: &BTreeMap<String, String>,
    ) -> Vec<Hazard> {
        let (Some(old), Some(new)) = (base.flag, head.flag) else {
            let removed = base.flag.filter(|_| *change == Change::Removed).map(|flag| {
                let message = format!(
                    "flag `{}` is gone: callers that still ask for it get the default in their code",
                    flag.key
                );
                let hazard = Hazard::new("removed", flag.place, message);
                Hazard { in_base: true, ..hazard }
            });
            return removed.into_iter().collect();
        };
        let mut hazards = Vec::new();
        let by_name = hazard::renamed_without_salt(old, new)
            .filter(|_| matches!(change, Change::Renamed { .. }));
        if by_name.is_none() {
            // Said more plainly by the other.
            hazards.extend(
                movement.and_then(|movement| hazard::rebucketed((old, new), movement, renamed)),
            );
        }
        hazards.extend(by_name);
        hazards.extend(hazard::variants_removed((old, new), movement, renamed));
        hazards.extend(movement.and_then(|found| hazard::widened_to_everyone(head, found)));
        hazards.extend(self.unreachable(&old.key, &new.key));
        hazards
    }

    /// Rules that this change made unreachable.
    fn unreachable(&self, old_key: &str, new_key: &str) -> Vec<Hazard> {
        let said = |tree: Tree<'t>, key: &str| -> Vec<&'t Diagnostic> {
            let of_flag = |found: &&Diagnostic| found.flag.as_deref() == Some(key);
            let rules = ["unreachable-rule", "shadowed-ramp", "contradiction"];
            tree.diagnostics
                .iter()
                .filter(of_flag)
                .filter(|found| rules.contains(&found.rule))
                .collect()
        };
        let before = said(self.base, old_key);
        said(self.head, new_key)
            .into_iter()
            .filter(|found| before.iter().all(|old| old.message != found.message))
            .map(|found| Hazard::new("unreachable", found.place, found.message.clone()))
            .collect()
    }
}

/// One side of a flag.
fn side<'t>(tree: Tree<'t>, definition: Option<&Definition>) -> FlagSide<'t> {
    let flags = &tree.definitions.flag_set;
    FlagSide { flags, flag: definition.and_then(|definition| flags.find(&definition.key)) }
}

fn parsed(definition: &Definition) -> Value {
    serde_json::from_str(&definition.json).unwrap_or(Value::Null)
}

/// A definition without what is for people only.
fn meaning(definition: &Definition) -> String {
    without(definition, &["name", "description", "owner", "expires"])
}

/// A definition without what a rename changes.
fn essence(definition: &Definition) -> String {
    without(definition, &["name", "salt"])
}

fn without(definition: &Definition, fields: &[&str]) -> String {
    let mut value = parsed(definition);
    if let Value::Object(object) = &mut value {
        object.retain(|key, _| !fields.contains(&&**key));
    }
    value.to_string()
}

fn refers_to_segment(flag: &Flag, flags: &FlagSet, name: &str) -> bool {
    flag.rules.iter().any(|rule| flags.refers_to_segment(&rule.conditions, name))
}

fn resolved(side: FlagSide<'_>, name: Option<&str>) -> Resolved {
    let variants = side.flag.map(|flag| &flag.variants);
    let variant = variants.into_iter().flatten().find(|variant| Some(&*variant.name) == name)?;
    Some((variant.name.to_string(), variant.is_true()))
}

/// What listed users may get: on one side their own variant, on the other anything.
fn listed_outcomes(base: FlagSide<'_>, head: FlagSide<'_>) -> Vec<Outcomes> {
    let has_users = |side: FlagSide<'_>| side.flag.is_some_and(|flag| !flag.users.is_empty());
    if has_users(base) || has_users(head) { all_outcomes(base, head) } else { Vec::new() }
}

/// Everything that can be resolved to before, with everything after.
fn all_outcomes(base: FlagSide<'_>, head: FlagSide<'_>) -> Vec<Outcomes> {
    let all = |side: FlagSide<'_>| -> Vec<Resolved> {
        let variants = side.flag.map(|flag| &flag.variants).into_iter().flatten();
        let named = variants.map(|variant| resolved(side, Some(&variant.name)));
        named.chain([None]).collect()
    };
    let (before, after) = (all(base), all(head));
    before.iter().flat_map(|old| after.iter().map(|new| (old.clone(), new.clone()))).collect()
}
