//! A change as JSON, for programs. The form is stable: fields may be added, none goes away.

use serde::Serialize;

use crate::{
    diagnostics::prose::Prose,
    diff::{
        difference::{Change, FlagDiff},
        hazard::Hazard,
        population::Census,
    },
    movement::moved::{Group, Listed, Shares},
    report::diff::view::{DiffSide, View, moves, stays},
};

#[derive(Serialize)]
struct Document<'v> {
    base: SideEntry<'v>,
    head: SideEntry<'v>,
    flags: Vec<FlagEntry<'v>>,
}

#[derive(Serialize)]
struct SideEntry<'v> {
    version: &'v str,
    commit: Option<&'v str>,
}

#[derive(Serialize)]
struct FlagEntry<'v> {
    key: &'v str,
    change: &'static str,
    renamed_from: Option<&'v str>,
    changes: &'v [String],
    bucket_by: Option<&'v str>,
    movement: Option<Vec<GroupEntry<'v>>>,
    left_out: usize,
    listed_users: Option<ListedEntry<'v>>,
    population: Option<PopulationEntry<'v>>,
    hazards: Vec<HazardEntry<'v>>,
}

#[derive(Serialize)]
struct GroupEntry<'v> {
    when: Option<String>,
    exact: bool,
    doubt: Option<&'v str>,
    moves: Vec<MoveEntry<'v>>,
    stays: f64,
}

#[derive(Serialize)]
struct MoveEntry<'v> {
    from: Option<&'v str>,
    to: Option<&'v str>,
    share: f64,
}

#[derive(Serialize)]
struct ListedEntry<'v> {
    moves: Vec<ListedMoveEntry<'v>>,
    stays: usize,
}

#[derive(Serialize)]
struct ListedMoveEntry<'v> {
    from: &'v [Option<String>],
    to: &'v [Option<String>],
    count: usize,
    certain: bool,
    examples: &'v [String],
}

#[derive(Serialize)]
struct PopulationEntry<'v> {
    contexts: usize,
    moves: Vec<CountedEntry<'v>>,
    stays: usize,
}

#[derive(Serialize)]
struct CountedEntry<'v> {
    from: Option<&'v str>,
    to: Option<&'v str>,
    count: usize,
    share: f64,
    examples: &'v [String],
}

#[derive(Serialize)]
struct HazardEntry<'v> {
    rule: &'static str,
    message: &'v Prose,
    path: &'v str,
    line: u32,
    column: u32,
    suggestion: Option<&'v str>,
}

/// One JSON object, indented, with a line feed at the end.
#[must_use]
pub fn render(view: &View<'_>) -> String {
    let flags = view.flags().map(|(flag, census)| flag_entry(view, flag, census));
    let document = Document {
        base: side_entry(&view.base),
        head: side_entry(&view.head),
        flags: flags.collect(),
    };
    // Strings and finite numbers in structs: there is nothing that serializing could refuse.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn side_entry<'v>(side: &'v DiffSide<'_>) -> SideEntry<'v> {
    SideEntry { version: side.version, commit: side.commit.as_deref() }
}

fn flag_entry<'v>(
    view: &'v View<'_>,
    flag: &'v FlagDiff,
    census: Option<&'v Census>,
) -> FlagEntry<'v> {
    let shares = flag.movement.as_ref().and_then(|movement| movement.shares.as_ref());
    let groups = |shares: &'v Shares| {
        let all = shares.groups.iter().chain(&shares.without_unit);
        all.map(group_entry).collect()
    };
    FlagEntry {
        key: &flag.key,
        change: flag.change.name(),
        renamed_from: match &flag.change {
            Change::Renamed { from } => Some(from),
            _ => None,
        },
        changes: &flag.changes,
        bucket_by: flag.bucket_by.as_deref(),
        movement: shares.map(groups),
        left_out: shares.map_or(0, |shares| shares.left_out),
        listed_users: listed_entry(&flag.listed),
        population: census.map(population_entry),
        hazards: flag.hazards.iter().map(|hazard| hazard_entry(view, hazard)).collect(),
    }
}

fn group_entry(group: &Group) -> GroupEntry<'_> {
    let moves = moves(group).into_iter();
    GroupEntry {
        when: group.whom.when(),
        exact: group.is_exact,
        doubt: group.doubt.as_deref(),
        moves: moves.map(|(from, to, share)| MoveEntry { from, to, share }).collect(),
        stays: stays(group),
    }
}

/// None if nobody is listed on either side.
fn listed_entry(listed: &Listed) -> Option<ListedEntry<'_>> {
    let moves = listed.moves.iter().map(|one| ListedMoveEntry {
        from: &one.from,
        to: &one.to,
        count: one.count,
        certain: one.is_certain,
        examples: &one.examples,
    });
    let is_any = 0 < listed.moved() + listed.stays;
    is_any.then(|| ListedEntry { moves: moves.collect(), stays: listed.stays })
}

fn population_entry(census: &Census) -> PopulationEntry<'_> {
    let moves = census.moves.iter().map(|counted| CountedEntry {
        from: counted.from.as_deref(),
        to: counted.to.as_deref(),
        count: counted.count,
        share: census.share(counted.count),
        examples: &counted.examples,
    });
    PopulationEntry {
        contexts: census.contexts,
        moves: moves.collect(),
        stays: census.contexts - census.moved(),
    }
}

fn hazard_entry<'v>(view: &'v View<'_>, hazard: &'v Hazard) -> HazardEntry<'v> {
    HazardEntry {
        rule: hazard.code.id(),
        message: &hazard.message,
        path: view.paths(hazard.in_base).path(hazard.place.file),
        line: hazard.place.line,
        column: hazard.place.column,
        suggestion: hazard.suggestion.as_deref(),
    }
}
