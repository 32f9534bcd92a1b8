//! What `diff` claims of a change is what the model finds: random edits, and for each the callers
//! that tell the conditions of both sides apart.
//!
//! Nobody moves whom no group of users mentions, each exact share is that of the square, each
//! hazard is one, and each edit that is proposed moves fewer and ends in the same shares.
//! `FLAGSTAFF_EDITS` says how many edits are tried.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    diff::Change as Files,
    model::{
        audience::Audience,
        caller::Caller,
        claim::{Claim, Claims},
        family::is_on,
        json::{Json, map},
        kind::Kind,
        make,
        remedy::{self, Edit},
        resolve::{Step, variants},
        shift::{Change, Moves, Shift, Side},
        shrink::smallest,
        time,
    },
    movement::setting,
    pairs::Dice,
};

/// How many callers are tried for each flag, where there are more.
const CALLERS: usize = 120;
/// In how many ways other flags are held fast for each of them.
const HELD: usize = 16;
/// Shares that differ by less are the same.
const CLOSE: f64 = 1e-11;

/// Something that is claimed and not so, or is so and not claimed.
struct Problem {
    what: &'static str,
    said: String,
}

/// What happens to one caller.
struct Tried {
    caller: String,
    is_listed: bool,
    shift: Shift,
}

fn shown(caller: &Caller) -> String {
    let now = time::shown(caller.now, 0, 9);
    format!("{} {:?} at {now}", caller.attributes.line(), caller.key)
}

/// One flag of a change, before and after.
struct Subject<'s> {
    change: Change<'s>,
    claim: Option<&'s Claim>,
    audience: &'s Audience,
}

/// The difference, as the program says it; none if one side is refused.
fn document(base: &Json, head: &Json) -> Option<Value> {
    let files = |json: &Json| vec![("flags/a.yaml".to_owned(), json.yaml())];
    let change = Files { base: files(base), head: files(head) };
    change.is_good().then(|| serde_json::from_str(&change.shown("json")).unwrap())
}

fn moving(moves: &Moves) -> Moves {
    let moved = moves.iter().filter(|((from, to), share)| from != to && 0.0 < **share);
    moved.map(|(pair, share)| (pair.clone(), *share)).collect()
}

fn are_close(a: &Moves, b: &Moves) -> bool {
    a.len() == b.len()
        && a.iter()
            .all(|(pair, share)| b.get(pair).is_some_and(|other| (share - other).abs() < CLOSE))
}

fn sums(
    moves: &Moves,
    side: impl Fn(&(Option<String>, Option<String>)) -> Option<String>,
) -> BTreeMap<Option<String>, f64> {
    let mut sums = BTreeMap::new();
    for (pair, share) in moves {
        *sums.entry(side(pair)).or_insert(0.0) += share;
    }
    sums
}

/// The share that moves, and the least that has to for the same shares.
fn moved(moves: &Moves) -> (f64, f64) {
    let before = sums(moves, |(from, _)| from.clone());
    let after = sums(moves, |(_, to)| to.clone());
    let lost =
        before.iter().map(|(name, share)| (share - after.get(name).unwrap_or(&0.0)).max(0.0));
    (moving(moves).values().sum(), lost.sum())
}

impl Subject<'_> {
    /// The first thing that is wrong with what is claimed.
    fn problem(&self, dice: &mut Dice) -> Option<Problem> {
        let callers = self.audience.callers(CALLERS, dice);
        let mut tried = Vec::new();
        let mut is_whole = callers.is_whole;
        for caller in &callers.all {
            let (shifts, are_all) = self.change.shifts(caller, HELD, dice);
            is_whole &= are_all;
            let is_listed = self.audience.is_listed(caller);
            // Where a listed user stands is known, on the lines of other flags as well.
            let own = self.change.pair(caller);
            if let Some(what) = self.unclaimed_of_listed(&own).filter(|_| is_listed) {
                return Some(Problem { what, said: format!("{}\n  moves {own:?}", shown(caller)) });
            }
            for shift in shifts {
                if is_listed && !shift.moves.contains_key(&own) {
                    continue;
                }
                if let Some(what) = self.unclaimed(&shift).filter(|_| !is_listed) {
                    let said = format!("{}\n  moves {:?}", shown(caller), moving(&shift.moves));
                    return Some(Problem { what, said });
                }
                tried.push(Tried { caller: shown(caller), is_listed, shift });
            }
        }
        let claim = self.claim?;
        self.false_hazard(claim, &tried, is_whole)
            .or_else(|| if is_whole { self.false_group(claim, &tried) } else { None })
            .or_else(|| self.bad_remedy(claim, dice))
    }

    /// Why what happens to a caller is not what is claimed.
    fn unclaimed(&self, shift: &Shift) -> Option<&'static str> {
        let moves = moving(&shift.moves);
        if moves.is_empty() {
            return None;
        }
        let Some(claim) = self.claim else { return Some("moves, and is not mentioned") };
        let Some(groups) = &claim.groups else {
            return (!claim.has("not-computed"))
                .then_some("is not computed, and no hazard says so");
        };
        let has = |(is_exact, group): &(bool, Moves)| {
            if *is_exact {
                are_close(group, &moves)
            } else {
                moves.keys().all(|pair| group.contains_key(pair))
            }
        };
        let share = |moves: &Moves| moves.values().sum::<f64>();
        let is_small = || {
            let first = groups.first().map_or(0.0, |(_, group)| share(group));
            0 < claim.left_out && share(&moves) < first + CLOSE
        };
        if !groups.iter().any(has) && !is_small() {
            return Some("no group has this");
        }
        let (moved, least) = moved(&shift.moves);
        let is_said = ["rebucketed", "renamed-without-salt", "not-computed"];
        let is_about_shares = shift.has_units && !shift.is_tied && self.is_on_both_sides();
        if is_about_shares && least + CLOSE < moved && !is_said.iter().any(|rule| claim.has(rule)) {
            return Some("more move than need to, and no hazard says so");
        }
        None
    }

    /// Why what a listed user goes from and to is not what is claimed.
    fn unclaimed_of_listed(&self, own: &(Option<String>, Option<String>)) -> Option<&'static str> {
        let (from, to) = own;
        if from == to {
            return None;
        }
        let Some(claim) = self.claim else { return Some("a listed user moves unmentioned") };
        // Lists have no meaning where a flag is for staff only.
        let said = claim.listed.as_ref()?;
        let is_said = said.iter().any(|[old, new]| old.contains(from) && new.contains(to));
        (!is_said).then_some("a listed user moves otherwise")
    }

    fn is_on_both_sides(&self) -> bool {
        self.change.base.key.is_some() && self.change.head.key.is_some()
    }

    /// A hazard that is none, or one that is missing.
    fn false_hazard(&self, claim: &Claim, tried: &[Tried], is_whole: bool) -> Option<Problem> {
        let problem = |what, said: String| Some(Problem { what, said });
        let is_counted = |tried: &&Tried| is_on("listed users") || !tried.is_listed;
        let counted = || tried.iter().filter(is_counted);
        let after: BTreeSet<&Option<String>> =
            counted().flat_map(|tried| tried.shift.moves.keys().map(|(_, to)| to)).collect();
        if claim.has("widened-to-everyone") && after.len() != 1 {
            return problem("not everybody gets it", format!("{after:?}"));
        }
        for rule in claim.unreachable() {
            let is_reached = |tried: &&Tried| tried.shift.after.contains(&Step::Rule(rule));
            if let Some(tried) = tried.iter().find(is_reached) {
                return problem("a rule is reached", format!("rule {rule}: {}", tried.caller));
            }
        }
        if is_whole && claim.has("rebucketed") {
            let is_more = |tried: &Tried| {
                let (moved, least) = moved(&tried.shift.moves);
                least + CLOSE < moved
            };
            if !tried.iter().any(is_more) {
                return problem("nobody moves who need not", String::new());
            }
        }
        self.false_variant(claim, tried, is_whole)
    }

    /// A variant that is gone without a word, or one of which it is said that somebody got it.
    fn false_variant(&self, claim: &Claim, tried: &[Tried], is_whole: bool) -> Option<Problem> {
        let head = variants(self.change.head.flag()?);
        for (name, _) in variants(self.change.base.flag()?) {
            if head.iter().any(|(other, _)| *other == name) {
                continue;
            }
            let is_got = |tried: &&Tried| {
                tried.shift.moves.keys().any(|(from, _)| from.as_ref() == Some(&name))
            };
            let got = tried.iter().find(is_got);
            let said = format!("`{name}`: {}", got.map_or("", |tried| &tried.caller));
            if got.is_some() && !claim.is_gone(&name) {
                return Some(Problem { what: "a variant is gone without a word", said });
            }
            let is_known = is_whole && self.are_outcomes_possible();
            if got.is_none() && is_known && claim.is_gone(&name) {
                return Some(Problem { what: "nobody got a variant that is gone", said });
            }
        }
        None
    }

    /// Whether everything that is said to happen may be held against this: what another flag
    /// resolves to is taken for independent of what its conditions need.
    fn are_outcomes_possible(&self) -> bool {
        !self.audience.has_others || is_on("impossible outcomes of other flags")
    }

    /// A group of users that nobody is in.
    fn false_group(&self, claim: &Claim, tried: &[Tried]) -> Option<Problem> {
        if !self.are_outcomes_possible() {
            return None;
        }
        let groups = claim.groups.as_ref()?;
        let is_met =
            |group: &Moves| tried.iter().any(|one| are_close(&moving(&one.shift.moves), group));
        let is_false =
            |(is_exact, group): &&(bool, Moves)| *is_exact && !group.is_empty() && !is_met(group);
        let (_, group) = groups.iter().find(is_false)?;
        Some(Problem { what: "nobody moves so", said: format!("{group:?}") })
    }

    /// A proposed edit that does not do what it should.
    fn bad_remedy(&self, claim: &Claim, dice: &mut Dice) -> Option<Problem> {
        let edits = claim.remedy();
        if edits.is_empty() || !is_on("proposed edits") {
            return None;
        }
        let (what, said) = self.without_remedy(claim, &edits, dice)?;
        Some(Problem { what, said: format!("{edits:?}\n  {said}") })
    }

    fn without_remedy(
        &self,
        claim: &Claim,
        edits: &[Edit],
        dice: &mut Dice,
    ) -> Option<(&'static str, String)> {
        let head = self.change.head;
        let Some(file) = remedy::applied(head.file, edits) else {
            return Some(("an edit cannot be made", String::new()));
        };
        if document(self.change.base.file, &file).is_none() {
            return Some(("an edit is refused", file.yaml()));
        }
        let edited = Change { base: self.change.base, head: Side { file: &file, ..head } };
        let mut is_better = false;
        let callers = self.audience.callers(CALLERS, dice);
        for caller in callers.all.iter().filter(|caller| !self.audience.is_listed(caller)) {
            let seed = dice.next();
            let [(old, _), (new, _)] =
                [&self.change, &edited].map(|change| change.shifts(caller, HELD, &mut Dice(seed)));
            for (old, new) in old.iter().zip(&new).filter(|(old, _)| old.has_units && !old.is_tied)
            {
                let said = || format!("{} {:?} {:?}", shown(caller), old.moves, new.moves);
                let after = |shift: &Shift| sums(&shift.moves, |(_, to)| to.clone());
                let (wanted, found) = (after(old), after(new));
                let share = |of: &BTreeMap<_, f64>, name| of.get(name).copied().unwrap_or(0.0);
                let is_same = |name| (share(&wanted, name) - share(&found, name)).abs() < CLOSE;
                if !wanted.keys().chain(found.keys()).all(is_same) {
                    return Some(("an edit ends in other shares", said()));
                }
                let ((before, _), (now, _)) = (moved(&old.moves), moved(&new.moves));
                if before + CLOSE < now {
                    return Some(("an edit moves more", said()));
                }
                is_better |= now + CLOSE < before;
            }
        }
        // A rename is said also of a flag that is off: it will move those who get it one day.
        let is_later = claim.has("renamed-without-salt");
        (callers.is_whole && !is_better && !is_later)
            .then(|| ("an edit moves as many", String::new()))
    }
}

/// What is wrong with what is said of a change; none if nothing, or if one side is refused.
fn problem(base: &Json, head: &Json, palette: &Palette, seed: u64) -> Option<Problem> {
    let document = document(base, head)?;
    let claims = Claims::read(&document, head);
    for (base_key, head_key, claim) in claims.pairs(base, head) {
        let change = Change {
            base: Side { file: base, key: base_key },
            head: Side { file: head, key: head_key },
        };
        if change.are_variants_other() {
            continue;
        }
        let audience = Audience::of(&change, palette);
        let subject = Subject { change, claim, audience: &audience };
        if let Some(mut found) = subject.problem(&mut Dice(seed)) {
            let key = head_key.or(base_key).unwrap();
            found.said = format!("`{key}`: {}\n  claimed: {claim:?}", found.said);
            return Some(found);
        }
    }
    None
}

/// The attributes of a change.
type Palette = [(String, Kind)];

/// Prints the smallest change of which the same is wrong.
fn fail(base: &Json, head: &Json, palette: &Palette, seed: u64, what: &str) -> ! {
    let case = map([("base", base.clone()), ("head", head.clone())]);
    let is_same = |case: &Json| {
        let (Some(base), Some(head)) = (case.field("base"), case.field("head")) else {
            return false;
        };
        problem(base, head, palette, seed).is_some_and(|found| found.what == what)
    };
    let small = smallest(case, 600, &is_same);
    let (base, head) = (small.field("base").unwrap(), small.field("head").unwrap());
    let found = problem(base, head, palette, seed).unwrap();
    panic!(
        "change {seed}: {what}\n--- base\n{}--- head\n{}{}\n",
        base.yaml(),
        head.yaml(),
        found.said
    );
}

#[test]
fn what_is_claimed_of_a_change_is_so() {
    let wanted = setting("FLAGSTAFF_EDITS", 100);
    let (mut edits, mut claims) = (0, 0);
    for number in 0.. {
        if edits == wanted {
            break;
        }
        assert!(number < 20 + 2 * wanted, "too many edits are none, or are refused");
        let mut dice = Dice(number ^ 0xc1a1_5000);
        let (base, mut maker) = make::meeting_file(&mut dice);
        let mut head = base.clone();
        let count = 1 + maker.below(3);
        (0..count).for_each(|_| maker.alter(&mut head));
        let Some(document) = document(&base, &head).filter(|_| base != head) else { continue };
        edits += 1;
        claims += u64::from(!document["flags"].as_array().unwrap().is_empty());
        let palette = maker.palette().to_vec();
        if let Some(found) = problem(&base, &head, &palette, number) {
            fail(&base, &head, &palette, number, found.what);
        }
    }
    assert!(edits < 2 * claims, "{claims} of {edits} changes change something");
}
