//! Who moves: both sides of a change at every place of the square, for one caller.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        caller::Caller,
        json::Json,
        position::{Hashed, Line, Place, Places},
        resolve::{Step, Surface, World, entries, full, ramp, served, variants},
    },
    pairs::Dice,
};

/// Positions on a line.
const LINE: u32 = 100_000;

/// What goes to what, each with its share; none is no value.
pub type Moves = BTreeMap<(Option<String>, Option<String>), f64>;

/// One side of a change; a flag that is not there serves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Side<'s> {
    pub file: &'s Json,
    pub key: Option<&'s str>,
}

/// Where positions may turn: the ends of stretches, on both lines.
#[derive(Clone, Debug, Default)]
struct Cuts {
    ramp: BTreeSet<u32>,
    split: BTreeSet<u32>,
}

/// What happens to one caller, with what other flags resolve to held fast.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    pub moves: Moves,
    /// Whether there is something to hash on both sides.
    pub has_units: bool,
    /// Whether another flag that plays a part is hashed alike.
    pub is_tied: bool,
    /// The steps that decide before and after.
    pub before: Vec<Step>,
    pub after: Vec<Step>,
}

/// Where units stand on the lines of other flags.
type Held = BTreeMap<Line, Place>;

/// Places that are held fast.
struct Fast<'h>(&'h Held);

impl Places for Fast<'_> {
    fn place(&self, line: &Line, _: &str) -> Place {
        self.0[line]
    }
}

fn flag<'j>(file: &'j Json, key: &str) -> &'j Json {
    file.field("flags").and_then(|flags| flags.field(key)).unwrap()
}

/// All flags that a definition may ask for, itself included, through segments too.
pub fn referred<'j>(file: &'j Json, key: &'j str) -> BTreeSet<&'j str> {
    let mut keys = BTreeSet::from([key]);
    let mut open = vec![flag(file, key)];
    while let Some(json) = open.pop() {
        if let Some(other) = json.field("flag").and_then(Json::as_text)
            && keys.insert(other)
        {
            open.push(flag(file, other));
        }
        if let Some(name) = json.field("segment").and_then(Json::as_text) {
            open.extend(file.field("segments").and_then(|segments| segments.field(name)));
        }
        open.extend(json.fields().iter().map(|(_, value)| value));
        open.extend(json.items());
    }
    keys
}

impl Cuts {
    fn add(&mut self, flag: &Json) {
        let flag = full(flag);
        let rules = flag.field("rules").map_or(&[][..], Json::items);
        self.ramp.extend(rules.iter().map(ramp));
        let default = flag.field("default").cloned();
        for serve in rules.iter().map(served).chain(&default) {
            let mut end = 0;
            for (_, share) in entries(serve) {
                end += share;
                self.split.insert(end);
            }
        }
    }

    /// A place in each rectangle, and its share of the square, or of the one line that there is.
    fn places(&self, line: &Line) -> Vec<(Place, f64)> {
        let stretches = |cuts: &BTreeSet<u32>| {
            let ends = cuts.iter().map(|end| end.next_multiple_of(line.step()));
            let mut ends: BTreeSet<u32> = ends.filter(|end| 0 < *end).collect();
            ends.insert(LINE);
            let starts = std::iter::once(0).chain(ends.iter().copied()).collect::<Vec<_>>();
            let lengths = starts.into_iter().zip(ends);
            lengths
                .map(|(start, end)| (start, f64::from(end - start) / f64::from(LINE)))
                .collect::<Vec<_>>()
        };
        if line.is_one() {
            let both = stretches(&self.ramp.union(&self.split).copied().collect());
            return both
                .into_iter()
                .map(|(at, share)| (Place { ramp: at, split: at }, share))
                .collect();
        }
        let splits = stretches(&self.split);
        let ramps = stretches(&self.ramp).into_iter();
        let row = |(ramp, height)| {
            splits.iter().map(move |(split, width)| (Place { ramp, split: *split }, height * width))
        };
        ramps.flat_map(row).collect()
    }
}

impl<'s> Side<'s> {
    pub fn flag(&self) -> Option<&'s Json> {
        self.key.map(|key| flag(self.file, key))
    }

    fn line(&self) -> Option<Line> {
        self.key.map(|key| Line::of(flag(self.file, key), key))
    }

    /// The lines of all flags that it may ask for, itself left out, with where they turn.
    fn add_others(&self, lines: &mut BTreeMap<Line, Cuts>) {
        let Some(own) = self.key else { return };
        for key in referred(self.file, own).into_iter().filter(|key| *key != own) {
            let flag = flag(self.file, key);
            lines.entry(Line::of(flag, key)).or_default().add(flag);
        }
    }

    fn surface(&self, caller: &Caller, held: &Held) -> Option<Surface> {
        let places = &Fast(held);
        self.key.map(|key| World { file: self.file, caller, places }.surface(key))
    }

    /// What other flags resolve to, as far as this one may ask.
    fn answers(&self, caller: &Caller, held: &Held) -> String {
        let Some(own) = self.key else { return String::new() };
        let world = World { file: self.file, caller, places: &Fast(held) };
        let others = referred(self.file, own).into_iter().filter(|key| *key != own);
        others.map(|key| format!("{:?};", world.resolve(key).map(|found| found.variant))).collect()
    }
}

/// What comes out at a place: the variant, and the step that decided.
type Outcome = (Option<String>, Option<Step>);

fn outcome(surface: Option<&Surface>, place: Option<Place>) -> Outcome {
    match surface.map(|surface| surface.at(place)) {
        Some(Ok(found)) => (found.variant, Some(found.step)),
        _ => (None, None),
    }
}

/// Both sides of a change of a flag.
#[derive(Clone, Copy, Debug)]
pub struct Change<'c> {
    pub base: Side<'c>,
    pub head: Side<'c>,
}

impl Change<'_> {
    /// What a caller goes from and to.
    pub fn pair(&self, caller: &Caller) -> (Option<String>, Option<String>) {
        let variant = |side: &Side<'_>| {
            let world = World { file: side.file, caller, places: &Hashed };
            side.key.and_then(|key| world.resolve(key).ok()).and_then(|found| found.variant)
        };
        (variant(&self.base), variant(&self.head))
    }

    /// Whether variants came, changed their value, or changed their name: then what goes where
    /// is a question of words.
    pub fn are_variants_other(&self) -> bool {
        let (Some(old), Some(new)) = (self.base.flag(), self.head.flag()) else { return false };
        let (old, new) = (variants(old), variants(new));
        let has = |all: &[(String, Json)], name: &str| all.iter().any(|(other, _)| other == name);
        let is_other = |(name, value): &(String, Json)| {
            new.iter().any(|(other, new)| other == name && new != value)
        };
        old.iter().any(is_other) || !new.iter().all(|(name, _)| has(&old, name))
    }

    /// Everything that may happen to a caller, for up to so many combinations of what other flags
    /// resolve to; and whether these are all.
    pub fn shifts(&self, caller: &Caller, most: usize, dice: &mut Dice) -> (Vec<Shift>, bool) {
        let mut others = BTreeMap::new();
        self.base.add_others(&mut others);
        self.head.add_others(&mut others);
        others.retain(|line, _| caller.unit(&line.bucket_by).is_some());
        let own = [self.base.line(), self.head.line()];
        let is_tied = own.iter().flatten().any(|line| others.contains_key(line));
        if is_tied {
            return self.tied(caller, others, dice);
        }
        let places: Vec<(Line, Vec<(Place, f64)>)> =
            others.into_iter().map(|(line, cuts)| (line.clone(), cuts.places(&line))).collect();
        let (held, is_whole) = combinations(&places, most, dice);
        (held.iter().map(|(held, _)| self.shift(caller, held)).collect(), is_whole)
    }

    fn shift(&self, caller: &Caller, held: &Held) -> Shift {
        let [base, head] = [&self.base, &self.head].map(|side| side.surface(caller, held));
        let cuts = |side: &Side<'_>| {
            let mut cuts = Cuts::default();
            side.key.iter().for_each(|key| cuts.add(flag(side.file, key)));
            cuts
        };
        let has_unit = |line: &Option<Line>| {
            line.as_ref().is_some_and(|line| caller.unit(&line.bucket_by).is_some())
        };
        let lines = [self.base.line(), self.head.line()];
        let mut pairs: Vec<(Outcome, Outcome, f64)> = Vec::new();
        if let [Some(line), Some(_)] = &lines
            && lines[0] == lines[1]
            && has_unit(&lines[0])
        {
            let mut both = cuts(&self.base);
            self.head.key.iter().for_each(|key| both.add(flag(self.head.file, key)));
            for (place, share) in both.places(line) {
                let [from, to] = [&base, &head].map(|side| outcome(side.as_ref(), Some(place)));
                pairs.push((from, to, share));
            }
        } else {
            let all = |side: &Side<'_>, line: &Option<Line>, surface: &Option<Surface>| {
                let Some(line) = line.as_ref().filter(|_| has_unit(line)) else {
                    return vec![(outcome(surface.as_ref(), None), 1.0)];
                };
                let places = cuts(side).places(line).into_iter();
                let at = |(place, share)| (outcome(surface.as_ref(), Some(place)), share);
                places.map(at).collect::<Vec<_>>()
            };
            let after = all(&self.head, &lines[1], &head);
            for (from, share) in all(&self.base, &lines[0], &base) {
                let each =
                    after.iter().map(|(to, other)| (from.clone(), to.clone(), share * other));
                pairs.extend(each);
            }
        }
        Shift { has_units: self.has_units(caller), ..gathered(pairs) }
    }

    fn has_units(&self, caller: &Caller) -> bool {
        let lines = [self.base.line(), self.head.line()];
        lines.iter().flatten().all(|line| caller.unit(&line.bucket_by).is_some())
    }

    /// Where another flag is hashed as this one is, both stand at one place.
    fn tied(
        &self,
        caller: &Caller,
        mut lines: BTreeMap<Line, Cuts>,
        dice: &mut Dice,
    ) -> (Vec<Shift>, bool) {
        for side in [&self.base, &self.head] {
            let Some((line, key)) = side.line().zip(side.key) else { continue };
            if caller.unit(&line.bucket_by).is_some() {
                lines.entry(line).or_default().add(flag(side.file, key));
            }
        }
        let places: Vec<(Line, Vec<(Place, f64)>)> =
            lines.into_iter().map(|(line, cuts)| (line.clone(), cuts.places(&line))).collect();
        let mut by_answers: BTreeMap<String, Vec<(Outcome, Outcome, f64)>> = BTreeMap::new();
        let (all, is_whole) = combinations(&places, TIED_MAX, dice);
        for (held, share) in all {
            let at = |side: &Side<'_>| {
                let place = side.line().and_then(|line| held.get(&line).copied());
                outcome(side.surface(caller, &held).as_ref(), place)
            };
            let answers = [&self.base, &self.head].map(|side| side.answers(caller, &held)).concat();
            let pair = (at(&self.base), at(&self.head), share);
            by_answers.entry(answers).or_default().push(pair);
        }
        let has_units = self.has_units(caller);
        let tied = |pairs| Shift { has_units, is_tied: true, ..gathered(pairs) };
        (by_answers.into_values().map(tied).collect(), is_whole)
    }
}

/// How many combinations of places are looked at where flags stand at one place.
const TIED_MAX: usize = 2_000;

/// Outcomes with their shares, as parts of all.
fn gathered(pairs: Vec<(Outcome, Outcome, f64)>) -> Shift {
    let whole: f64 = pairs.iter().map(|(_, _, share)| share).sum();
    let mut shift = Shift {
        moves: Moves::new(),
        has_units: false,
        is_tied: false,
        before: Vec::new(),
        after: Vec::new(),
    };
    for ((from, before), (to, after), share) in pairs {
        *shift.moves.entry((from, to)).or_insert(0.0) += share / whole;
        shift.before.extend(before.filter(|step| !shift.before.contains(step)));
        shift.after.extend(after.filter(|step| !shift.after.contains(step)));
    }
    shift
}

/// Ways to hold lines fast, with the share of each: all of them, or so many of them.
fn combinations(
    places: &[(Line, Vec<(Place, f64)>)],
    most: usize,
    dice: &mut Dice,
) -> (Vec<(Held, f64)>, bool) {
    let count =
        places.iter().try_fold(1, |count: usize, (_, places)| count.checked_mul(places.len()));
    let chosen = |pick: &mut dyn FnMut(usize) -> usize| {
        let mut share = 1.0;
        let mut held = BTreeMap::new();
        for (line, places) in places {
            let (place, part) = places[pick(places.len())];
            held.insert(line.clone(), place);
            share *= part;
        }
        (held, share)
    };
    let count = count.filter(|count| *count <= most);
    let all = match count {
        Some(count) => (0..count)
            .map(|mut number| {
                chosen(&mut |length| {
                    let index = number % length;
                    number /= length;
                    index
                })
            })
            .collect(),
        None => (0..most).map(|_| chosen(&mut |length| dice.below(length))).collect(),
    };
    (all, count.is_some())
}
