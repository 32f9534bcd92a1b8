//! Whom a change moves: what is computed is what comes out when everything is tried.
//!
//! Each random change is tried on contexts that the movement names itself and on random ones. For
//! each, both sides are evaluated at every place of the square at which the answer could turn; the
//! shares have to be the same, to the last of 10²⁰ parts. Then users are made up, and as many of
//! them have to move as the shares say. `FLAGSTAFF_PAIRS` says how many changes are tried,
//! `FLAGSTAFF_USERS` how many users are made up for each.

use std::collections::{BTreeMap, BTreeSet};

use flagstaff::{
    definition::definitions::Definitions,
    diff::difference::{Diff, FlagDiff, diff},
    engine::{
        context::{Attribute, EvaluationContext},
        flag::{Flag, FlagSet},
        instant::Instant,
        resolve::resolve_flag,
        value::Value,
    },
    movement::moved::Group,
};
use jiff::Timestamp;

use crate::{
    generated::{Entropy, context},
    pairs::{Dice, RandomPair, random_pair},
    tried::{Asked, Moves, tried},
};

/// A number from the environment.
pub fn setting(name: &str, ordinary: u64) -> u64 {
    std::env::var(name).map_or(ordinary, |text| text.parse().unwrap())
}

/// All groups of a movement; none if shares are not computed.
fn groups(found: Option<&FlagDiff>) -> Vec<&Group> {
    let shares = found.and_then(|found| found.movement.as_ref()?.shares.as_ref()).into_iter();
    shares.flat_map(|shares| shares.groups.iter().chain(&shares.without_unit)).collect()
}

/// Who goes where, as a difference says it: without those who keep what they have.
fn moving(moves: &Moves, found: &FlagDiff) -> Moves {
    let mut moving = Moves::new();
    for ((from, to), share) in moves {
        let new = from.as_ref().and_then(|name| found.renamed_variants.get(name));
        let is_revalued = to.as_ref().is_some_and(|name| found.revalued.contains(name));
        let from = new.or(from.as_ref()).cloned();
        if from != *to || is_revalued {
            *moving.entry((from, to.clone())).or_insert(0) += share;
        }
    }
    moving
}

fn of_group(group: &Group) -> Moves {
    let entries = group.moves.iter();
    entries.map(|(from, to, share)| ((from.clone(), to.clone()), *share)).collect()
}

/// What is known of one flag of a pair.
struct Checked<'p> {
    pair: &'p RandomPair,
    key: &'p str,
    base: &'p Definitions,
    head: &'p Definitions,
    old: Option<&'p Flag>,
    new: Option<&'p Flag>,
    /// None if the flag is not in the difference.
    found: Option<&'p FlagDiff>,
}

/// What was tried.
#[derive(Default, Debug)]
struct Tally {
    pairs: usize,
    flags: usize,
    contexts: usize,
    witnesses: usize,
    inexact: usize,
    incomputable: usize,
    about_one_unit: usize,
}

impl Checked<'_> {
    fn asked<'a>(
        &'a self,
        context: &'a EvaluationContext<'a>,
        now: impl Into<Instant>,
    ) -> (Asked<'a>, Asked<'a>) {
        let (base, head) = (&self.base.flag_set, &self.head.flag_set);
        let now = now.into();
        (
            Asked { flags: base, flag: self.old, context, now },
            Asked { flags: head, flag: self.new, context, now },
        )
    }

    fn fail(&self, what: &str, context: &EvaluationContext<'_>, moves: &Moves) -> ! {
        let groups: Vec<String> = groups(self.found)
            .into_iter()
            .map(|group| format!("  {:?}: {:?}", group.whom.when(), group.moves))
            .collect();
        panic!(
            "{what}\nflag {}\n{}\ncontext {:?} {}\ntried {moves:?}\nfound\n{}",
            self.key,
            self.pair.text,
            context.targeting_key,
            Value::Object(context.attributes.clone()),
            groups.join("\n"),
        );
    }

    /// Whether a condition may ask for a unit by its value: then what holds for all who share a
    /// context does not tell what holds for this one.
    fn is_unit_asked_for(&self) -> bool {
        let names: BTreeSet<&str> =
            [self.old, self.new].into_iter().flatten().map(|flag| flag.bucket_by.name()).collect();
        names.iter().any(|name| self.pair.text.contains(&format!("\"{name}\",\"operator\"")))
    }

    /// A random context: what comes out has to be what some group says.
    fn random(&self, context: &EvaluationContext<'_>, now: Timestamp, tally: &mut Tally) {
        let (base, head) = self.asked(context, now);
        let moves = tried(base, head);
        let stays = moves.keys().all(|(from, to)| from == to);
        let Some(found) = self.found else {
            if !stays {
                self.fail("moves although not in the difference", context, &moves);
            }
            return;
        };
        let groups = || groups(Some(found)).into_iter();
        if groups().next().is_none() {
            return;
        }
        let moves = moving(&moves, found);
        tally.contexts += 1;
        let is_unit_absent = |side: Asked<'_>| side.flag.is_some() && side.unit().is_none();
        let lacks_unit = is_unit_absent(base) || is_unit_absent(head);
        if self.is_unit_asked_for() {
            tally.about_one_unit += 1;
            let own = (base.served(None), head.served(None));
            let is_said = |group: &Group| of_group(group).contains_key(&own);
            if own.0 != own.1 && !groups().any(is_said) {
                self.fail(&format!("{own:?} is nowhere"), context, &moves);
            }
            return;
        }
        if !groups().all(|group| group.is_exact) {
            tally.inexact += 1;
            return;
        }
        let is_found = groups().any(|group| of_group(group) == moves);
        if !(is_found || stays && lacks_unit) {
            self.fail("no group has this", context, &moves);
        }
    }

    /// The contexts that groups name themselves.
    fn witnesses(&self, now: Timestamp, tally: &mut Tally) {
        let Some(found) = self.found else { return };
        let whens: Vec<_> = groups(self.found).iter().map(|group| group.whom.when()).collect();
        let distinct: BTreeSet<_> = whens.iter().collect();
        assert_eq!(distinct.len(), whens.len(), "{whens:#?}\n{}", self.pair.text);
        let Some(shares) = found.movement.as_ref().and_then(|found| found.shares.as_ref()) else {
            return;
        };
        for group in shares.groups.iter().filter(|group| group.is_exact) {
            for (witness, time) in &group.witnesses {
                let mut context = witness.clone();
                context.targeting_key.get_or_insert("somebody".into());
                for flag in [self.old, self.new].into_iter().flatten() {
                    let unit = Value::String("some unit".into());
                    context.attributes.insert_if_missing(flag.bucket_by.name(), unit);
                }
                let (base, head) = self.asked(&context, time.unwrap_or_else(|| now.into()));
                let moves = moving(&tried(base, head), found);
                if of_group(group) != moves {
                    self.fail(&format!("{:?} is another", group.whom.when()), &context, &moves);
                }
                tally.witnesses += 1;
            }
        }
    }
}

/// The flag before and after of each key, and what the difference says of it.
fn all_flags<'p>(pair: &'p RandomPair, diff: &'p Diff) -> Vec<Checked<'p>> {
    let base = pair.base.definitions.as_ref().unwrap();
    let head = pair.head.definitions.as_ref().unwrap();
    let keys = base.flag_set.flags().iter().chain(head.flag_set.flags()).map(|flag| &*flag.key);
    let renamed = diff.flags.iter().filter(|flag| flag.change.name() == "renamed");
    let old_keys: BTreeSet<&str> = renamed.filter_map(FlagDiff::base_key).collect();
    let keys: BTreeSet<&str> = keys.filter(|key| !old_keys.contains(key)).collect();
    keys.into_iter()
        .map(|key| {
            let found = diff.flags.iter().find(|flag| flag.key == key);
            let old = base.flag_set.find(found.map_or(Some(key), FlagDiff::base_key).unwrap_or(""));
            let new = head.flag_set.find(key);
            Checked { pair, key, base, head, old, new, found }
        })
        .collect()
}

fn owned(json: &serde_json::Value) -> EvaluationContext<'static> {
    let text = json.to_string();
    let Ok(Value::Object(mut attributes)) =
        serde_json::from_str::<Value<'_>>(&text).map(Value::into_owned)
    else {
        panic!("a context is an object");
    };
    attributes.remove("targetingKey");
    EvaluationContext { targeting_key: None, attributes }
}

#[test]
fn what_is_computed_is_what_comes_out() {
    let wanted = setting("FLAGSTAFF_PAIRS", 40);
    let mut tally = Tally::default();
    for number in 0.. {
        if tally.pairs as u64 == wanted {
            break;
        }
        let Some(pair) = random_pair(number) else { continue };
        tally.pairs += 1;
        let diff = diff(pair.base.tree(), pair.head.tree());
        let mut dice = Dice(number ^ 0xc0ff_ee00);
        for checked in all_flags(&pair, &diff) {
            tally.flags += 1;
            if checked.found.is_some_and(|_| groups(checked.found).is_empty()) {
                tally.incomputable += 1;
            }
            let now: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
            checked.witnesses(now, &mut tally);
            for user in 0..20 {
                let bytes = dice.bytes(256);
                let mut context = owned(&context(&mut Entropy(&bytes)));
                if !dice.one_in(5) {
                    context.targeting_key = Some(format!("user-{user}").into());
                }
                let times =
                    ["2025-07-01T00:00:00Z", "2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"];
                checked.random(&context, dice.pick(&times).parse().unwrap(), &mut tally);
            }
        }
    }
    println!("{tally:?}");
    assert!(tally.contexts > 20 * tally.pairs && tally.witnesses > 5 * tally.pairs, "{tally:?}");
    assert!(tally.incomputable * 20 < tally.flags, "{tally:?}");
}

/// What all other flags resolve to for a user: with that known, the rest is positions.
fn other_answers(
    checked: &Checked<'_>,
    context: &EvaluationContext<'_>,
    now: Timestamp,
) -> Vec<String> {
    let sides = [(&checked.base.flag_set, checked.old), (&checked.head.flag_set, checked.new)];
    let answer = |flags: &FlagSet, other: &Flag| {
        let variant = resolve_flag(flags, other, context, now).map(|answer| answer.variant);
        format!("{:?}", variant.map(|variant| variant.map(|variant| &*variant.name)).ok())
    };
    let answers = sides.into_iter().flat_map(|(flags, own)| {
        let others = own.map(|own| own.referred_flags(flags)).unwrap_or_default();
        others.into_iter().filter_map(|other| flags.flag(other)).map(move |other| (flags, other))
    });
    answers.map(|(flags, other)| answer(flags, other)).collect()
}

/// What other flags resolve to, and what is served before and after.
type Answers = (Vec<String>, Option<String>, Option<String>);

/// Draws users who share all attributes, and compares how many move with how many should.
fn draw(checked: &Checked<'_>, json: &serde_json::Value, users: u64) -> bool {
    let now: Timestamp = "2026-07-01T00:00:00Z".parse().unwrap();
    let mut context = owned(json);
    let mut expected: BTreeMap<Vec<String>, (Moves, u64)> = BTreeMap::new();
    let mut counted: BTreeMap<Answers, u64> = BTreeMap::new();
    for user in 0..users {
        context.targeting_key = Some(format!("user-{user:06}").into());
        let answers = other_answers(checked, &context, now);
        let (base, head) = checked.asked(&context, now);
        let tried = expected.entry(answers.clone()).or_insert_with(|| (tried(base, head), 0));
        tried.1 += 1;
        *counted.entry((answers, base.served(None), head.served(None))).or_insert(0) += 1;
    }
    for (answers, (moves, users)) in &expected {
        for ((from, to), share) in moves {
            let found = counted.remove(&(answers.clone(), from.clone(), to.clone())).unwrap_or(0);
            let (users, share) = (*users as f64, *share as f64 / 1e20);
            let bound = 5.5 * (users * share * (1.0 - share)).sqrt() + 1.0;
            let distance = (found as f64 - users * share).abs();
            let what = format!("{found} of {users} instead of {share}: {from:?} to {to:?}");
            if bound < distance {
                checked.fail(&what, &context, moves);
            }
        }
    }
    assert!(counted.is_empty(), "{counted:?} should not happen");
    true
}

#[test]
fn users_move_as_the_shares_say() {
    let (wanted, users) = (setting("FLAGSTAFF_PAIRS", 40), setting("FLAGSTAFF_USERS", 300));
    let (mut pairs, mut drawn) = (0, 0);
    for number in 0.. {
        if pairs == wanted {
            break;
        }
        let Some(pair) = random_pair(number) else { continue };
        pairs += 1;
        let diff = diff(pair.base.tree(), pair.head.tree());
        let mut dice = Dice(number ^ 0xdeca_f000);
        let of_users = |flag: &&Flag| flag.bucket_by == Attribute::TargetingKey;
        let checked = all_flags(&pair, &diff).into_iter().find(|checked| {
            let movement = checked.found.and_then(|found| found.movement.as_ref());
            checked.old.iter().chain(&checked.new).all(of_users)
                && movement.is_some_and(|movement| {
                    movement.moving().next().is_some_and(|group| group.is_exact)
                })
        });
        if let Some(checked) = checked {
            let bytes = dice.bytes(256);
            drawn += u64::from(draw(&checked, &context(&mut Entropy(&bytes)), users));
        }
    }
    assert!(wanted < 4 * drawn, "{drawn} of {wanted} changes were drawn for");
}
