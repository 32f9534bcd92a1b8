//! The difference between two sets of definitions: what changed, and whom it moves.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    definition::written::{field::Field, flag::WrittenFlag},
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place},
    diff::{
        hazard::{self, DeadRule, Hazard},
        listed::{self, Fates},
        pairing::{DiffInput, Pair, Pairing, SegmentDiff},
    },
    engine::{
        context::Attribute,
        flag::{Flag, Rule},
    },
    movement::{
        compare::{self, Encounter},
        compared::{Known, Question},
        gain::Gains,
        moved::{FlagSide, Listed, Movement},
        stage::VariantChanges,
    },
    space::other_flag::Outcomes,
    words::change,
};

/// The rules about rules that no longer match.
const UNREACHABLE: [Code; 3] = [Code::UnreachableRule, Code::ShadowedRamp, Code::Contradiction];

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
    /// Whom it moves; none if there is too much to compute even who goes where at all.
    pub movement: Option<Movement>,
    /// What its author may not mean.
    pub hazards: Vec<Hazard>,
    /// The attribute whose values the shares are of; none for the targeting key.
    pub bucket_by: Option<String>,
    /// What of it is a gain for somebody.
    pub gains: Gains,
    /// Variants that only changed their name: from old to new.
    pub renamed_variants: BTreeMap<String, String>,
    /// Variants that kept their name and have another value.
    pub revalued: BTreeSet<String>,
    /// What becomes of the users who are listed by name.
    pub listed: Listed,
    /// What it is for, as its definition says; of a flag that is gone, as it said.
    pub description: Option<String>,
    /// Who looks after it, likewise.
    pub owner: Option<String>,
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
    /// It has another key.
    Renamed {
        /// The key before.
        from: String,
    },
    /// It, or something that it refers to, is another.
    Changed,
}

impl Change {
    fn of(pair: Pair<'_>) -> Self {
        match (pair.base, pair.head) {
            (None, _) => Self::Added,
            (_, None) => Self::Removed,
            (Some(base), Some(head)) if base.key != head.key => {
                Self::Renamed { from: base.key.to_string() }
            }
            _ => Self::Changed,
        }
    }

    /// In one word.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed { .. } => "renamed",
            Self::Changed => "changed",
        }
    }
}

impl FlagDiff {
    /// The key before the change, if it was there.
    #[must_use]
    pub fn base_key(&self) -> Option<&str> {
        match &self.change {
            Change::Added => None,
            Change::Renamed { from } => Some(from),
            Change::Removed | Change::Changed => Some(&self.key),
        }
    }

    /// The key after the change, if it is still there.
    #[must_use]
    pub fn head_key(&self) -> Option<&str> {
        (self.change != Change::Removed).then_some(&*self.key)
    }

    /// The largest share that moves in some outcome, in parts of [`square::WHOLE`].
    ///
    /// [`square::WHOLE`]: crate::movement::square::WHOLE
    #[must_use]
    pub fn moved_max(&self) -> u128 {
        let groups = self.movement.iter().flat_map(Movement::moving);
        groups.map(crate::movement::moved::Group::moved).max().unwrap_or(0)
    }
}

/// Compares two trees.
#[must_use]
pub fn diff(base: DiffInput<'_>, head: DiffInput<'_>) -> Diff {
    let pairing = Pairing::new(base, head);
    let edited = pairing.segments.values().filter(|one| one.is_edited()).map(|one| &one.name);
    let edited_segments = edited.cloned().collect();
    let comparison = Comparison { pairing, edited_segments, found: RefCell::default() };
    let pairs = comparison.pairing.pairs();
    let mut flags: Vec<FlagDiff> =
        pairs.into_iter().filter_map(|pair| comparison.flag(pair)).collect();
    flags.sort_by(|a, b| a.key.cmp(&b.key));
    let segments = comparison.pairing.segments.into_values().collect();
    Diff { flags, segments }
}

/// A comparison under way.
struct Comparison<'t> {
    pairing: Pairing<'t>,
    /// The segments that are there on both sides and are not the same, by name.
    edited_segments: BTreeSet<String>,
    /// What comes out of flags before and after, once asked for, by key.
    found: RefCell<BTreeMap<String, Rc<Found<'t>>>>,
}

/// What comes out of a flag before and after.
struct Found<'t> {
    /// What does at all, for those whom it does not list; none if that is too much to be computed.
    encounters: Option<Vec<Encounter>>,
    /// What other flags have to reckon with.
    outcomes: Vec<Outcomes>,
    /// For those whom it lists.
    listed: Fates<'t>,
}

/// What a definition says in a field for people, if anything.
fn said(flag: &WrittenFlag<'_>, field: Field) -> Option<String> {
    let text = flag.entry(field)?.node.as_str()?.trim();
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

impl<'t> Comparison<'t> {
    /// What became of a flag; none if nothing has that means anything.
    fn flag(&self, pair: Pair<'t>) -> Option<FlagDiff> {
        let base = self.pairing.base.side(pair.base);
        let head = self.pairing.head.side(pair.head);
        let unpacked = (self.pairing.base.flag(pair.base), self.pairing.head.flag(pair.head));
        let written = unpacked.0.as_ref().zip(unpacked.1.as_ref());
        let written = written.map(|(old, new)| (old.flag(), new.flag()));
        let (renamed_variants, revalued) = written.as_ref().map_or_else(Default::default, |it| {
            (change::renamed_variants(&it.0, &it.1), change::revalued(&it.0, &it.1))
        });
        let key = pair.head.or(pair.base).map_or(String::new(), |one| one.key.to_string());
        let names = VariantChanges { renamed: &renamed_variants, revalued: &revalued };
        let question = self.question(base, head, names);
        let (partners, gains) = (question.rules().partners, question.gains());
        let found = self.found(&key);
        let movement = found
            .encounters
            .as_ref()
            .map(|all| compare::movement(question, all, self.others(base, head)));
        let listed = listed::listed(&found.listed, names);
        let change = Change::of(pair);
        let mut changes = match change {
            Change::Removed => Vec::new(),
            Change::Added if head.flag.is_none_or(|flag| !flag.enabled) => Vec::new(),
            Change::Added => {
                let new = unpacked.1.as_ref();
                new.map_or_else(Vec::new, |new| change::listed_users(&new.flag()))
            }
            Change::Changed | Change::Renamed { .. } => written
                .as_ref()
                .map_or_else(Vec::new, |(old, new)| change::flag(old, new, &renamed_variants)),
        };
        let found = (movement.as_ref(), &listed);
        let mut hazards = self.hazards(&change, base, head, found, &renamed_variants, &partners);
        // In layers, the file of the flag may not be the one that has changed.
        let place = written.as_ref().map(|(old, new)| (new.place, new.place_of_change(old)));
        hazard::relocate(&mut hazards, place);
        let moves = movement.as_ref().is_none_or(|movement| !movement.moves.is_empty())
            || 0 < listed.moved();
        if change == Change::Changed && changes.is_empty() && hazards.is_empty() && !moves {
            return None;
        }
        if let Some((old, new)) = &written {
            if changes.is_empty() {
                // What is looked at first decides who gets an error.
                changes = change::reordered(old, new);
            }
            let causes = self.pairing.causes(&key, changes.is_empty());
            changes.extend(causes.into_iter().map(|cause| format!("because {cause}")));
        }
        let flag = head.flag.or(base.flag)?;
        let told = unpacked.1.as_ref().or(unpacked.0.as_ref()).map(|one| one.flag());
        let said = |field| told.as_ref().and_then(|flag| said(flag, field));
        let is_other = flag.bucket_by != Attribute::TargetingKey;
        Some(FlagDiff {
            key,
            change,
            changes,
            movement,
            hazards,
            bucket_by: is_other.then(|| flag.bucket_by.name().to_owned()),
            gains,
            renamed_variants,
            revalued,
            listed,
            description: said(Field::Description),
            owner: said(Field::Owner),
            place: place.map_or(flag.place, |(_, changed)| changed),
        })
    }

    fn question<'q>(
        &'q self,
        base: FlagSide<'q>,
        head: FlagSide<'q>,
        names: VariantChanges<'q>,
    ) -> Question<'q> {
        let (renamed_flags, edited_segments) = (&self.pairing.renamed, &self.edited_segments);
        let shared = &self.pairing.shared;
        Question { base, head, names, renamed_flags, edited_segments, shared }
    }

    /// What other flags may resolve to, for those who are asked about a flag.
    fn others(&self, base: FlagSide<'_>, head: FlagSide<'_>) -> impl FnMut(&str) -> Known {
        // Whom the flag lists itself is looked at alone.
        let own = listed::users(base, head);
        move |key| {
            let found = self.found(key);
            let is_foreign = |users: &BTreeSet<&str>| users.iter().any(|user| !own.contains(*user));
            let listed = found.listed.iter().filter(|(_, users)| is_foreign(users));
            let all: BTreeSet<Outcomes> = found.outcomes.iter().cloned().collect();
            let what = |one: &Outcomes| (one.base.clone(), one.head.clone());
            let by_rules: BTreeSet<_> = all.iter().map(what).collect();
            let listed: BTreeSet<Outcomes> =
                listed.flat_map(|(ways, _)| ways.iter().cloned()).collect();
            let is_by_name = listed.iter().any(|one| !by_rules.contains(&what(one)));
            let outcomes = all.into_iter().chain(listed).collect::<BTreeSet<_>>();
            Known { outcomes: outcomes.into_iter().collect(), is_by_name }
        }
    }

    /// What comes out of a flag before and after the change, for whomever.
    fn found(&self, key: &str) -> Rc<Found<'t>> {
        if let Some(found) = self.found.borrow().get(key) {
            return Rc::clone(found);
        }
        let pair = self.pairing.pair(key);
        let base = self.pairing.base.side(pair.base);
        let head = self.pairing.head.side(pair.head);
        let (renamed, revalued) = (BTreeMap::new(), BTreeSet::new());
        let question =
            self.question(base, head, VariantChanges { renamed: &renamed, revalued: &revalued });
        let encounters = compare::encounters(question, self.others(base, head));
        let outcomes = match &encounters {
            Some(all) => all.iter().flat_map(Encounter::outcomes).collect(),
            None => listed::all_outcomes(base, head),
        };
        let found = Found { outcomes, encounters, listed: listed::fates(&self.pairing, pair) };
        let found = Rc::new(found);
        self.found.borrow_mut().insert(key.to_owned(), Rc::clone(&found));
        found
    }

    fn hazards(
        &self,
        change: &Change,
        base: FlagSide<'_>,
        head: FlagSide<'_>,
        (movement, listed): (Option<&Movement>, &Listed),
        renamed: &BTreeMap<String, String>,
        partners: &[Option<usize>],
    ) -> Vec<Hazard> {
        let (Some(old), Some(new)) = (base.flag, head.flag) else {
            let gone = base.flag.filter(|_| *change == Change::Removed);
            let removed = gone.map(hazard::removed);
            let added = head.flag.and_then(|flag| hazard::not_computed(flag, movement));
            return removed.into_iter().chain(added).collect();
        };
        let is_renamed = matches!(change, Change::Renamed { .. });
        let mut hazards: Vec<Hazard> =
            is_renamed.then(|| hazard::renamed(old, new)).into_iter().collect();
        let by_name =
            if is_renamed { hazard::renamed_without_salt(old, new, movement) } else { Vec::new() };
        if by_name.is_empty() {
            // Said more plainly by the other.
            let rebucketed = |movement| hazard::rebucketed(new, movement);
            hazards.extend(movement.map(rebucketed).into_iter().flatten());
        }
        hazards.extend(by_name);
        hazards.extend(hazard::not_computed(new, movement));
        hazards.extend(hazard::variants_removed((old, new), movement, listed, renamed));
        hazards.extend(movement.and_then(|found| hazard::widened_to_everyone(new, found, listed)));
        hazards.extend(hazard::type_changed(old, new));
        hazards.extend(self.unreachable((old, new), movement, partners));
        hazards
    }

    /// The rules that this change made unreachable: of which the gate says so, or that serve nobody
    /// as far as that was computed.
    fn unreachable(
        &self,
        (old, new): (&Flag, &Flag),
        movement: Option<&Movement>,
        partners: &[Option<usize>],
    ) -> Vec<Hazard> {
        let mut dead = said_to_be_dead(self.pairing.head, new);
        for own in movement.map(|found| hazard::dead_rules(new, found)).unwrap_or_default() {
            if dead.iter().all(|known| known.index != own.index) {
                dead.push(own);
            }
        }
        dead.sort_by_key(|one| one.index);
        let said = said_to_be_dead(self.pairing.base, old).into_iter().map(|one| one.index);
        let mut were_dead: BTreeSet<usize> = said.collect();
        if let Some(reached) = movement.and_then(|found| found.reached_before.as_ref()) {
            were_dead.extend((0..old.rules.len()).filter(|index| !reached.contains(index)));
        }
        hazard::unreachable(&dead, &were_dead, partners)
    }
}

/// The rules of a flag of which the gate says that they can never match.
fn said_to_be_dead(tree: DiffInput<'_>, flag: &Flag) -> Vec<DeadRule> {
    let is_own = |found: &&Diagnostic| {
        found.flag.as_deref() == Some(&*flag.key) && UNREACHABLE.contains(&found.code)
    };
    let dead = tree.diagnostics.iter().filter(is_own).filter_map(|found| {
        // A diagnostic is at its rule, or inside of it.
        let before = |rule: &&Rule| {
            (rule.place.file, rule.place.line, rule.place.column)
                <= (found.place.file, found.place.line, found.place.column)
        };
        let rules = flag.rules.iter().enumerate();
        let (index, _) =
            rules.filter(|(_, rule)| before(rule)).max_by_key(|(_, rule)| rule.place)?;
        Some(DeadRule { index, message: found.message.clone(), place: found.place })
    });
    dead.collect()
}
