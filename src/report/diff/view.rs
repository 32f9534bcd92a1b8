//! What a change does, as every format sees it.

use crate::{
    diagnostics::place::{Paths, Place},
    diff::{
        difference::{Change, Diff, FlagDiff},
        hazard::Hazard,
        population::Census,
    },
    movement::{
        moved::{Group, ListedMove, Movement, fraction},
        square::WHOLE,
    },
    report::text::count,
    words::share::percent_words,
};

/// How many cells a whole bar has.
const BAR_CELLS: usize = 20;

/// A difference and what is needed to show it.
#[derive(Debug)]
pub struct View<'v> {
    /// What changed.
    pub diff: &'v Diff,
    /// Before.
    pub base: DiffSide<'v>,
    /// After.
    pub head: DiffSide<'v>,
    /// For each flag of the difference what it does to a population, where one was given.
    pub censuses: Vec<Option<Census>>,
}

/// One side of a difference.
#[derive(Clone, Debug)]
pub struct DiffSide<'v> {
    /// What it is called: "`main`", "the working tree".
    pub name: String,
    /// The version of its definitions.
    pub version: &'v str,
    /// Its git commit, in full; none for a directory or the working tree.
    pub commit: Option<String>,
    /// Its files.
    pub paths: &'v Paths,
}

/// How many flags there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagTally {
    /// All flags in the difference.
    pub flags: usize,
    /// Those for which somebody moves, or may.
    pub moving: usize,
    /// Whether some of them get another variant, or another value of the one that they have.
    pub of_variant: bool,
    /// The same, of the value.
    pub of_value: bool,
    /// Hazards.
    pub hazards: usize,
}

impl<'v> View<'v> {
    /// The flags, each with what it does to a population.
    pub fn flags(&self) -> impl Iterator<Item = (&'v FlagDiff, Option<&Census>)> {
        let censuses = self.censuses.iter().map(Option::as_ref).chain(std::iter::repeat(None));
        self.diff.flags.iter().zip(censuses)
    }

    /// `path:line:column` of a hazard, or of what is defined.
    #[must_use]
    pub fn link(&self, place: Place, in_base: bool) -> String {
        self.paths(in_base).link(place)
    }

    /// The files of a side.
    #[must_use]
    pub fn paths(&self, in_base: bool) -> &'v Paths {
        if in_base { self.base.paths } else { self.head.paths }
    }

    /// How many there are.
    #[must_use]
    pub fn tally(&self) -> FlagTally {
        let moves = |flag: &&FlagDiff| match &flag.movement {
            Some(movement) => 0 < flag.listed.moved() || !movement.moves.is_empty(),
            // That nobody moves of some is not that nobody moves.
            None => true,
        };
        let all_moves = || {
            let movements = self.diff.flags.iter().filter_map(|flag| flag.movement.as_ref());
            movements.flat_map(|movement| &movement.moves)
        };
        let listed = || self.diff.flags.iter().flat_map(|flag| &flag.listed.moves);
        FlagTally {
            of_value: all_moves().any(|(from, to)| from == to)
                || listed().any(|one| one.from == one.to),
            of_variant: self.diff.flags.iter().any(|flag| flag.movement.is_none())
                || listed().any(|one| one.from != one.to)
                || all_moves().any(|(from, to)| from != to),
            flags: self.diff.flags.len(),
            moving: self.diff.flags.iter().filter(moves).count(),
            hazards: self.diff.flags.iter().map(|flag| flag.hazards.len()).sum(),
        }
    }

    /// One line without a line feed: `1 flag changes, nobody gets another variant; no hazards`.
    #[must_use]
    pub fn summary(&self) -> String {
        let FlagTally { flags, moving, hazards, of_variant, of_value } = self.tally();
        if flags == 0 {
            return "No flag changes".to_owned();
        }
        let verb = if flags == 1 { "flag changes" } else { "flags change" };
        let what = match (of_variant, of_value) {
            (true, true) => "another variant or value",
            (false, true) => "another value",
            (_, false) => "another variant",
        };
        let moves = match moving {
            0 => format!("nobody gets {what}"),
            1 if flags == 1 && self.are_all_moving() => format!("all users get {what}"),
            1 if flags == 1 => format!("some users get {what}"),
            all if all == flags => format!("all of them give users {what}"),
            1 => format!("1 of them gives users {what}"),
            several => format!("{several} of them give users {what}"),
        };
        let hazards = if hazards == 0 { "no hazards".to_owned() } else { count(hazards, "hazard") };
        format!("{flags} {verb}, {moves}; {hazards}")
    }

    /// Whether it is known of every user of every flag that they get something else.
    fn are_all_moving(&self) -> bool {
        self.diff.flags.iter().all(|flag| {
            let shares = flag.movement.as_ref().and_then(|movement| movement.shares.as_ref());
            let is_whole = |group: &Group| group.is_exact && group.moved() == WHOLE;
            flag.listed.stays == 0
                && flag.listed.moves.iter().all(|listed| listed.is_certain)
                && shares.is_some_and(|shares| {
                    shares.left_out == 0
                        && !shares.groups.is_empty()
                        && shares.groups.iter().all(is_whole)
                })
        })
    }

    /// Which two sides these are: `main (1a2b3c4) → the working tree`.
    #[must_use]
    pub fn sides(&self) -> String {
        format!("{} → {}", self.base.title(), self.head.title())
    }
}

impl DiffSide<'_> {
    fn title(&self) -> String {
        let short = self.commit.as_ref().and_then(|commit| commit.get(..7));
        match short {
            Some(short) if !self.name.contains(short) => format!("{} ({short})", self.name),
            _ => self.name.clone(),
        }
    }
}

/// What happened to a flag, to follow its key: "changes", "is renamed from `old`".
#[must_use]
pub fn what_happened(flag: &FlagDiff) -> String {
    match &flag.change {
        Change::Renamed { from } => format!("is renamed from `{from}`"),
        Change::Added => "is new".to_owned(),
        Change::Removed => "is gone".to_owned(),
        Change::Changed => "changes".to_owned(),
    }
}

/// Whom a group is about, to follow a share: "of users in segment `benelux`".
#[must_use]
pub fn whom(flag: &FlagDiff, group: &Group) -> String {
    let units = match &flag.bucket_by {
        Some(name) => format!("values of `{name}`"),
        None => "users".to_owned(),
    };
    group.whom.of(&units)
}

/// A variant before the change, in words.
#[must_use]
pub fn from(flag: &FlagDiff, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("`{name}`"),
        None if flag.base_key().is_none() => "no flag".to_owned(),
        None => "no value".to_owned(),
    }
}

/// A variant after the change, in words; one that was served before has another value.
#[must_use]
pub fn to(flag: &FlagDiff, before: Option<&str>, name: Option<&str>) -> String {
    match name {
        Some(name) if before == Some(name) => format!("`{name}` with another value"),
        Some(name) => format!("`{name}`"),
        None if flag.head_key().is_none() => "no flag".to_owned(),
        None => "no value".to_owned(),
    }
}

/// The moves of a group, the largest share first; the stays are not among them.
#[must_use]
pub fn moves(group: &Group) -> Vec<(Option<&str>, Option<&str>, f64)> {
    let mut moves: Vec<&(Option<String>, Option<String>, u128)> = group.moves.iter().collect();
    moves.sort_by_key(|(_, _, share)| std::cmp::Reverse(*share));
    let moves = moves.into_iter();
    moves.map(|(from, to, share)| (from.as_deref(), to.as_deref(), fraction(*share))).collect()
}

/// The share that does not move.
#[must_use]
pub fn stays(group: &Group) -> f64 {
    fraction(WHOLE - group.moved().min(WHOLE))
}

/// A share as a percentage; one that is not exact says so.
#[must_use]
pub fn percent(group: &Group, share: f64) -> String {
    let words = percent_words(share);
    if group.is_exact { words } else { format!("about {words}") }
}

/// A share as a bar; whatever is not nothing is seen, and whatever is not everything too.
#[must_use]
pub fn bar(share: f64) -> String {
    let cells = u32::try_from(BAR_CELLS).map_or(0.0, f64::from);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 20")]
    let mut full = (share.clamp(0.0, 1.0) * cells).round() as usize;
    if 0.0 < share && full == 0 {
        full = 1;
    } else if share < 1.0 && full == BAR_CELLS {
        full = BAR_CELLS - 1;
    }
    format!("{}{}", "█".repeat(full), "░".repeat(BAR_CELLS - full))
}

/// What to do instead of what a hazard is about, if that is known: its lines.
#[must_use]
pub fn instead(hazard: &Hazard) -> Vec<&str> {
    hazard.suggestion.iter().flat_map(|edit| edit.lines()).collect()
}

/// How many users are listed by name, to follow a share: "of 2 users listed by name"; none if none
/// of them moves.
#[must_use]
pub fn listed(flag: &FlagDiff) -> Option<String> {
    let all = flag.listed.moved() + flag.listed.stays;
    (0 < flag.listed.moved()).then(|| format!("of {} listed by name", count(all, "user")))
}

/// What some listed users get before and after: each one thing, or several of which one.
#[must_use]
pub fn listed_variants(flag: &FlagDiff, listed: &ListedMove) -> (String, String) {
    let old: Vec<String> = listed.from.iter().map(|name| from(flag, name.as_deref())).collect();
    let new = listed.to.iter().map(Option::as_deref).map(|name| {
        let same = name.filter(|name| flag.revalued.contains(*name));
        to(flag, same, name)
    });
    let new: Vec<String> = new.collect();
    (old.join(" or "), new.join(" or "))
}

/// Which listed users these are: all of them, or a few such as these.
#[must_use]
pub fn listed_examples(listed: &ListedMove, shown: impl Fn(&str) -> String) -> String {
    let lead = if listed.examples.len() < listed.count { "such as " } else { "" };
    let examples: Vec<String> = listed.examples.iter().map(|one| shown(one)).collect();
    format!("{lead}{}", examples.join(", "))
}

/// How many listed users move so: "2", "up to 2".
#[must_use]
pub fn listed_count(listed: &ListedMove) -> String {
    let lead = if listed.is_certain { "" } else { "up to " };
    format!("{lead}{}", listed.count)
}

/// Why shares are not exact, where they are not.
#[must_use]
pub fn estimated(flag: &FlagDiff) -> Option<&str> {
    let mut groups = flag.movement.iter().flat_map(Movement::moving);
    groups.find_map(|group| group.doubt.as_deref())
}

/// How many ways are named where it is not known how many go them.
const WAYS_SHOWN_MAX: usize = 6;

/// What was not computed of whom a flag moves, and what to do; none if all was.
#[must_use]
pub fn not_computed(flag: &FlagDiff) -> Option<String> {
    let Some(movement) = &flag.movement else {
        return Some(
            "whom it moves depends on too many conditions to be computed; `--population FILE` \
             counts it"
                .to_owned(),
        );
    };
    if let Some(shares) = &movement.shares {
        return (0 < shares.left_out).then(|| {
            let groups = count(shares.left_out, "more group");
            format!("and {groups}; in none of them more move than in the first")
        });
    }
    let ways = movement.moves.iter().take(WAYS_SHOWN_MAX).map(|(old, new)| {
        let before = old.as_deref();
        format!("{} → {}", from(flag, before), to(flag, before, new.as_deref()))
    });
    let more = movement.moves.len().saturating_sub(WAYS_SHOWN_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let ways: Vec<String> = ways.collect();
    let ways = ways.join(", ");
    Some(format!(
        "some users go {ways}{more}; how many depends on too many conditions to be computed; \
         `--population FILE` counts it"
    ))
}
