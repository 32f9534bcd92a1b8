//! Users who are listed by name: what each of them gets before a change and after it.
//!
//! A listed user stands before all rules, but not before `enabled` and `requires`. Of such a user
//! the targeting key is known, so whatever depends on it is decided: conditions, ramps and splits,
//! of the flag and of all that it depends on. Only other attributes, and the time, are left open.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    diagnostics::place::Place,
    diff::pairing::{Pair, Pairing},
    engine::{
        comparison::Comparison,
        condition::{AttributeTest, Condition, VariantIndex, every},
        context::{Attribute, TARGETING_KEY},
        flag::{Flag, FlagSet},
        value::Value,
    },
    movement::{
        compare::{resolved, served},
        compared::{Compared, Known, Question, Situation},
        moved::{FlagSide, Listed, ListedMove},
        remainder::{Leaves, Met},
        side::{SideForm, depends_on},
        square::Mark,
        stage::VariantChanges,
        walk::Unfolding,
    },
    space::{
        axis::Truth,
        formula::{Axes, Formula},
        other_flag::{Outcomes, Presence, Resolved, Side},
    },
};

/// Of how many users of one flag, whose targeting keys make a difference, each is looked at alone;
/// of others it is taken that their keys may be any.
const ALONE_MAX: usize = 100;
/// How many of those who fare alike are named.
const EXAMPLES_MAX: usize = 3;

/// What may come out for the same user before and after.
pub type Ways = Vec<Outcomes>;

/// What becomes of the users who are listed on either side of a flag.
#[must_use]
pub fn listed(fates: &Fates<'_>, names: VariantChanges<'_>) -> Listed {
    let mut listed = Listed::default();
    let mut moves: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for (ways, users) in fates {
        let marks = ways
            .iter()
            .map(|way| (names.mark(0, served(&way.base)), names.mark(1, served(&way.head))));
        let marks: BTreeSet<(Mark<'_>, Mark<'_>)> = marks.collect();
        let from: BTreeSet<Option<String>> =
            marks.iter().map(|(from, _)| from.name().map(str::to_owned)).collect();
        let to: BTreeSet<Option<String>> =
            marks.iter().map(|(_, to)| to.name().map(str::to_owned)).collect();
        listed.before.extend(from.iter().cloned());
        listed.after.extend(to.iter().cloned());
        let is_move = |(from, to): &(Mark<'_>, Mark<'_>)| from != to;
        if marks.iter().any(is_move) {
            let is_certain = marks.iter().all(is_move);
            moves.entry((from, to, is_certain)).or_default().extend(users);
        } else {
            listed.stays += users.len();
        }
    }
    let moves = moves.into_iter().map(|((from, to, is_certain), users)| ListedMove {
        from: from.into_iter().collect(),
        to: to.into_iter().collect(),
        is_certain,
        count: users.len(),
        examples: users.into_iter().take(EXAMPLES_MAX).map(str::to_owned).collect(),
    });
    listed.moves = moves.collect();
    listed.moves.sort_by_key(|one| (!one.is_certain, std::cmp::Reverse(one.count)));
    listed
}

/// Users who are listed by name, by all that may come out for each of them before and after.
pub type Fates<'t> = BTreeMap<Ways, BTreeSet<&'t str>>;

/// The users who are listed on either side of a flag.
#[must_use]
pub fn users(base: FlagSide<'_>, head: FlagSide<'_>) -> BTreeSet<String> {
    let flags = [base, head].into_iter().filter_map(|side| side.flag);
    flags.flat_map(|flag| flag.users.keys()).map(str::to_owned).collect()
}

/// Everything that can be resolved to before, with everything after.
#[must_use]
pub fn all_outcomes(base: FlagSide<'_>, head: FlagSide<'_>) -> Vec<Outcomes> {
    let after = all_resolved(head);
    let pairs = all_resolved(base).into_iter().flat_map(|base| {
        after.iter().map(move |head| (base.clone(), head.clone())).collect::<Vec<_>>()
    });
    pairs.map(|(base, head)| Outcomes { presence: Presence::new(), base, head }).collect()
}

/// Everything that a flag may resolve to.
fn all_resolved(side: FlagSide<'_>) -> BTreeSet<Resolved> {
    let variants = side.flag.into_iter().flat_map(|flag| &*flag.variants);
    let named = variants.map(|one| Resolved::Variant(one.name.to_string(), one.is_true()));
    named.chain([Resolved::Nothing, Resolved::Failed]).collect()
}

fn sides<'t>(pairing: &Pairing<'t>, pair: Pair<'_>) -> [FlagSide<'t>; 2] {
    [pairing.base.side(pair.base), pairing.head.side(pair.head)]
}

/// What may come out of a flag for those who are listed on either side of it.
#[must_use]
pub fn fates<'t>(pairing: &Pairing<'t>, pair: Pair<'_>) -> Fates<'t> {
    let sides = sides(pairing, pair);
    let flags = || sides.iter().filter_map(|side| side.flag);
    let users: BTreeSet<&'t str> = flags().flat_map(|flag| flag.users.keys()).collect();
    let asked: Vec<(&Flag, &FlagSet)> = sides.iter().flat_map(|side| asked(*side)).collect();
    let is_by_key = asked.iter().any(|(flag, flags)| depends_on_key(flag, flags));
    let (mut fates, mut known) = (Fates::new(), BTreeMap::new());
    let mut alone = 0;
    for user in users {
        if let [Some(base), Some(head)] = sides.map(|side| settled(side, user)) {
            let presence = with_key(&Presence::new());
            fates.entry(vec![Outcomes { presence, base, head }]).or_default().insert(user);
            continue;
        }
        let is_alone = is_by_key && alone < ALONE_MAX;
        alone += usize::from(is_alone);
        let lists: Vec<Option<VariantIndex>> =
            asked.iter().map(|(flag, _)| flag.users.get(user)).collect();
        let ways = known.entry((is_alone.then_some(user), lists)).or_insert_with(|| {
            let test = is_alone.then(|| is_user(user));
            let who = Who { user, test: test.as_ref(), known: RefCell::default() };
            who.ways(pairing, pair)
        });
        fates.entry(ways.clone()).or_default().insert(user);
    }
    fates
}

/// A flag, and all flags that it depends on.
fn asked(side: FlagSide<'_>) -> Vec<(&Flag, &FlagSet)> {
    let own = side.flag.into_iter();
    let others = side.flag.map(|flag| depends_on(side, flag)).unwrap_or_default();
    own.chain(others).map(|flag| (flag, side.flags)).collect()
}

/// Whether it matters to the rules of a flag which targeting key somebody has.
fn depends_on_key(flag: &Flag, flags: &FlagSet) -> bool {
    flag.is_hashed() && flag.bucket_by == Attribute::TargetingKey
        || flag.rules.iter().any(|rule| looks_at_key(&rule.conditions, flags))
}

fn looks_at_key(conditions: &[Condition], flags: &FlagSet) -> bool {
    every(conditions).any(|condition| match condition {
        Condition::Attribute(test) => test.attribute == Attribute::TargetingKey,
        Condition::Flag(_) | Condition::All(..) | Condition::Any(..) | Condition::Not(..) => false,
        Condition::Segment(index, _) => {
            flags.segment(*index).is_some_and(|segment| looks_at_key(&segment.conditions, flags))
        }
    })
}

/// What a user gets, where that depends on nothing but the flag itself.
fn settled(side: FlagSide<'_>, user: &str) -> Option<Resolved> {
    let Some(flag) = side.flag else { return Some(Resolved::Nothing) };
    let listed = flag.users.get(user).filter(|_| flag.requires.is_empty());
    let index = if flag.enabled { Some(listed?) } else { flag.off_variant };
    let variant = index.and_then(|index| flag.variant(index));
    Some(variant.map_or(Resolved::Nothing, |variant| {
        Resolved::Variant(variant.name.to_string(), variant.is_true())
    }))
}

/// The comparison that holds for one user.
fn is_user(user: &str) -> AttributeTest {
    AttributeTest {
        attribute: Attribute::TargetingKey,
        comparison: Comparison::Equal(Value::String(Cow::Owned(user.to_owned())), true),
        place: Place::default(),
    }
}

fn with_key(presence: &Presence) -> Presence {
    let mut presence = presence.clone();
    presence.insert(TARGETING_KEY.to_owned(), true);
    presence
}

/// A user, or one of several who are listed alike.
struct Who<'w> {
    user: &'w str,
    /// The comparison that holds for this user alone; none for any of several.
    test: Option<&'w AttributeTest>,
    /// What other flags resolve to for the user, once asked for, by key.
    known: RefCell<BTreeMap<String, Ways>>,
}

impl Who<'_> {
    /// What may come out of a flag.
    fn ways(&self, pairing: &Pairing<'_>, pair: Pair<'_>) -> Ways {
        let [base, head] = sides(pairing, pair);
        let (renamed, revalued, edited_segments) =
            (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let names = VariantChanges { renamed: &renamed, revalued: &revalued };
        let renamed_flags = &pairing.renamed;
        let (edited_segments, shared) = (&edited_segments, &pairing.shared);
        let question = Question { base, head, names, renamed_flags, edited_segments, shared };
        let mut axes = Axes::new(&pairing.renamed, question.entangled());
        let test = self.test.map(|test| axes.attribute(test));
        let before = self.form(&mut axes, Side::Base, base);
        let forms = [before, self.form(&mut axes, Side::Head, head)];
        let compared = Compared::over(question, axes, forms, |key| Known {
            outcomes: self.other(pairing, key),
            is_by_name: false,
        });
        let sides = [&compared.forms[0], &compared.forms[1]];
        let mut ways = BTreeSet::new();
        let situations = compared.situations();
        let have_key = |one: &Situation| one.presence.get(TARGETING_KEY) != Some(&false);
        for mut situation in situations.into_iter().filter(have_key) {
            if let Some(test) = &test {
                only(&compared, &mut situation, test);
            }
            let (mut met, mut leaves) = (Met::default(), Leaves::default());
            let mut walk = Unfolding::new(&compared, sides, &situation, &mut leaves);
            if walk.meet(&mut met).is_none() {
                return all_outcomes(base, head);
            }
            let presence = with_key(&situation.presence);
            ways.extend(met.pairs.iter().map(|(before, after)| Outcomes {
                presence: presence.clone(),
                base: resolved(base, *before),
                head: resolved(head, *after),
            }));
        }
        ways.into_iter().collect()
    }

    /// A side of a flag as it is for the user.
    fn form<'q>(&self, axes: &mut Axes<'q>, side: Side, of: FlagSide<'q>) -> SideForm<'q> {
        match of.flag.and_then(|flag| flag.users.get(self.user)) {
            Some(variant) => SideForm::serving(axes, side, of, variant),
            None => SideForm::new(axes, side, of),
        }
    }

    /// What may come out of another flag.
    fn other(&self, pairing: &Pairing<'_>, key: &str) -> Ways {
        if let Some(known) = self.known.borrow().get(key) {
            return known.clone();
        }
        let ways = self.ways(pairing, pairing.pair(key));
        self.known.borrow_mut().insert(key.to_owned(), ways.clone());
        ways
    }
}

/// Leaves only the class in which a comparison holds.
fn only(compared: &Compared<'_>, situation: &mut Situation, test: &Formula) {
    let &Formula::Truth { axis, test } = test else { return };
    let moved = compared.space.moved.get(&(axis, test)).map(|axis| (*axis, 0));
    let (axis, test) = moved.unwrap_or((axis, test));
    let Some(classes) = compared.space.axes.get(axis).map(|axis| &axis.classes) else { return };
    let holds = |class: &usize| {
        let class = classes.get(*class);
        class.and_then(|class| class.truth.get(test)) == Some(&Truth::Yes)
    };
    let level = compared.levels.get(axis).copied().unwrap_or(usize::MAX);
    if let (Some(possible), Some(region)) =
        (situation.possible.get_mut(axis), situation.regions.get_mut(level))
    {
        possible.retain(holds);
        region.retain(holds);
    }
}
