//! A change as a comment for a pull request.

use std::{cmp::Reverse, fmt::Write as _};

use crate::{
    diff::{
        difference::{Change, FlagDiff},
        hazard::Hazard,
        population::Census,
    },
    movement::moved::{Group, Movement},
    report::{
        diff::{
            inline::{block, code, inline},
            view::{
                View, bar, estimated, from, instead, listed, listed_count, listed_examples,
                listed_variants, moves, not_computed, percent, stays, to, what_happened, whom,
            },
        },
        text::count,
    },
    words::share::percent_words,
};

/// How long a comment may be, in characters: GitHub's limit.
pub const COMMENT_CHARACTERS_MAX: usize = 65_536;
/// What begins each comment, so that it can be found again and updated.
pub const MARKER: &str = "<!-- flagstaff diff -->";
/// How much of it is kept for hazards, and how much for the sentence on what was left out.
const HAZARDS_CHARACTERS_MAX: usize = COMMENT_CHARACTERS_MAX / 3;
const LAST_WORDS_CHARACTERS_MAX: usize = 500;
/// How many changes and how many groups of one flag stand in the table.
const ROW_ITEMS_MAX: usize = 3;

/// From how many flags on the table is in parts, one for each owner.
const OWNED_FLAGS_MIN: usize = 8;
/// How much of a description stands in the table.
const DESCRIPTION_CHARACTERS_MAX: usize = 80;

const TABLE: &str = "| Flag | What changes | Who gets something else |\n|:--|:--|:--|\n";
const DETAILS: &str = "\n<details><summary>Everything, flag by flag</summary>\n";
const DETAILS_END: &str = "\n</details>\n";

/// A summary, a table with a row a flag, the hazards, and all details folded away. What does not
/// fit into [`COMMENT_CHARACTERS_MAX`] is left out, and counted.
#[must_use]
pub fn render(view: &View<'_>) -> String {
    let mut comment = Comment::new(COMMENT_CHARACTERS_MAX - LAST_WORDS_CHARACTERS_MAX);
    let (summary, sides) = (inline(&view.summary()), inline(&view.sides()));
    comment.push(&format!("{MARKER}\n### {summary}\n\n{sides}\n"));
    if view.diff.flags.is_empty() {
        return comment.text;
    }
    let hazards = hazards(view);
    comment.push("\n");
    comment.push(TABLE);
    comment.left -= hazards.text.chars().count().min(comment.left);
    let rows_out = comment.push_all(&rows(view, comment.left));
    comment.text.push_str(&everybody_else(view, rows_out));
    comment.text.push_str(&hazards.text);
    let mut details_out = view.diff.flags.len();
    let frame = DETAILS.chars().count() + DETAILS_END.chars().count();
    if let Some(left) = comment.left.checked_sub(frame) {
        let mut inside = Comment::new(left);
        let all: Vec<String> =
            view.flags().map(|(flag, census)| details(view, flag, census)).collect();
        details_out = inside.push_all(&all);
        if !inside.text.is_empty() {
            comment.text.extend([DETAILS, &inside.text, DETAILS_END]);
        }
    }
    let out =
        [(rows_out, "flag", ""), (hazards.out, "hazard", ""), (details_out, "flag", " in detail")];
    let out = out.iter().filter(|(number, ..)| 0 < *number);
    let out: Vec<String> = out.map(|(number, noun, how)| count(*number, noun) + how).collect();
    if !out.is_empty() {
        let out = out.join(", ");
        let sentence =
            format!("\nLeft out for want of space: {out}. `flagstaff diff` shows all.\n");
        comment.text.push_str(&sentence);
    }
    comment.text
}

/// Text that may only grow so far.
struct Comment {
    text: String,
    /// How many characters more there may be.
    left: usize,
    /// How many pieces were left out.
    out: usize,
}

impl Comment {
    fn new(left: usize) -> Self {
        Self { text: String::new(), left, out: 0 }
    }

    /// Adds a piece, or leaves it out.
    fn push(&mut self, piece: &str) {
        match self.left.checked_sub(piece.chars().count()) {
            Some(left) => {
                self.text.push_str(piece);
                self.left = left;
            }
            None => self.out += 1,
        }
    }

    /// Adds pieces up to the first that does not fit, and says how many are left out.
    fn push_all(&mut self, pieces: &[String]) -> usize {
        for (index, piece) in pieces.iter().enumerate() {
            self.push(piece);
            if 0 < self.out {
                return pieces.len() - index;
            }
        }
        0
    }
}

/// The rows of the table by key; where they do not fit, those that matter most come first.
fn rows(view: &View<'_>, left: usize) -> Vec<String> {
    let rows = view.flags().map(|(flag, census)| (flag, row(flag, census)));
    let mut rows: Vec<(&FlagDiff, String)> = rows.collect();
    if left < rows.iter().map(|(_, row)| row.chars().count()).sum() {
        rows.sort_by_key(|(flag, _)| Reverse((flag.hazards.len(), flag.moved_max())));
    } else if OWNED_FLAGS_MIN <= rows.len() {
        return by_owner(rows);
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The rows of each owner together, below their name; those that nobody owns come last.
fn by_owner(mut rows: Vec<(&FlagDiff, String)>) -> Vec<String> {
    let owner = |flag: &FlagDiff| (flag.owner.is_none(), flag.owner.clone());
    rows.sort_by_key(|(flag, _)| owner(flag));
    let mut before = None;
    rows.into_iter()
        .map(|(flag, row)| {
            let own = owner(flag);
            let is_first = before.as_ref() != Some(&own);
            before = Some(own);
            if !is_first {
                return row;
            }
            let name = flag.owner.as_deref().map_or("without an owner".to_owned(), inline);
            format!("| *{name}* | | |\n{row}")
        })
        .collect()
}

/// What a flag is for and who looks after it, in one line; nothing if its definition does not say.
fn about(flag: &FlagDiff) -> String {
    let description = flag.description.as_ref().map(|text| {
        let line = text.lines().next().unwrap_or_default();
        let short: String = line.chars().take(DESCRIPTION_CHARACTERS_MAX).collect();
        if short.len() < text.len() { format!("{}…", short.trim_end()) } else { short }
    });
    let owner = flag.owner.as_ref().map(|owner| format!("owner: {owner}"));
    let parts = description.into_iter().chain(owner);
    let parts: Vec<String> = parts.map(|part| inline(&part)).collect();
    parts.join(" · ")
}

/// What the table leaves unsaid; nothing where that is not known, where the table lacks rows, or
/// where callers of a flag that is gone get what their code says.
fn everybody_else(view: &View<'_>, rows_out: usize) -> String {
    let is_known = view.diff.flags.iter().all(|flag| {
        let has_same_key = matches!(flag.change, Change::Added | Change::Changed);
        has_same_key && not_computed(flag).is_none()
    });
    if view.tally().moving == 0 || !is_known || 0 < rows_out {
        return String::new();
    }
    "\nEverybody else keeps what they have.\n".to_owned()
}

/// The row of a flag in the table.
fn row(flag: &FlagDiff, census: Option<&Census>) -> String {
    let first = |items: Vec<String>, noun: &str| {
        let more = items.len().saturating_sub(ROW_ITEMS_MAX);
        let mut items: Vec<String> = items.into_iter().take(ROW_ITEMS_MAX).collect();
        if 0 < more {
            items.push(format!("and {}", count(more, noun)));
        }
        items.join("<br>")
    };
    let changes: Vec<String> = flag.changes.iter().map(|change| inline(change)).collect();
    let mut whom = who(flag);
    if let Some(census) = census {
        whom.push(inline(&population(census)));
    }
    let hazards: Vec<String> =
        flag.hazards.iter().map(|hazard| format!("⚠️ {}", code(hazard.code.id()))).collect();
    let about = about(flag);
    let about = if about.is_empty() { about } else { format!("<br>{about}") };
    let hazards =
        if hazards.is_empty() { String::new() } else { format!("<br>{}", hazards.join("<br>")) };
    format!(
        "| **{}** {}{about}{hazards} | {} | {} |\n",
        code(&flag.key),
        inline(&what_happened(flag)),
        first(changes, "more change"),
        first(whom, "more group"),
    )
}

/// Who moves, a sentence and a bar each.
fn who(flag: &FlagDiff) -> Vec<String> {
    let moving = flag.movement.iter().flat_map(Movement::moving);
    let mut sentences: Vec<String> = moving.map(|group| sentence(flag, group)).collect();
    sentences.extend(not_computed(flag).map(|words| inline(&words)));
    sentences.extend(listed_sentence(flag));
    sentences.extend(estimated(flag).map(inline));
    if sentences.is_empty() { vec!["nobody".to_owned()] } else { sentences }
}

/// "**25 %** of users in segment `benelux`: `disabled` → `enabled`", with a bar.
fn sentence(flag: &FlagDiff, group: &Group) -> String {
    let moves = moves(group);
    let whom = inline(&whom(flag, group));
    let variants = |old, new| inline(&format!("{} → {}", from(flag, old), to(flag, old, new)));
    let moved: f64 = moves.iter().map(|(_, _, share)| share).sum();
    let what: Vec<String> = match &*moves {
        [(old, new, _)] => vec![variants(*old, *new)],
        several => several
            .iter()
            .take(ROW_ITEMS_MAX)
            .map(|(old, new, share)| format!("{} {}", percent(group, *share), variants(*old, *new)))
            .collect(),
    };
    let more = moves.len().saturating_sub(ROW_ITEMS_MAX);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    let share = percent(group, moved);
    format!("**{share}** {whom}: {}{more}<br>{}", what.join(", "), code(&bar(moved)))
}

/// "**1** of 2 users listed by name: `disabled` → `enabled`".
fn listed_sentence(flag: &FlagDiff) -> Option<String> {
    let whom = inline(&listed(flag)?);
    let moves = flag.listed.moves.iter().take(ROW_ITEMS_MAX).map(|one| {
        let (old, new) = listed_variants(flag, one);
        format!("**{}** {}", listed_count(one), inline(&format!("{old} → {new}")))
    });
    let moves: Vec<String> = moves.collect();
    let more = flag.listed.moves.len().saturating_sub(ROW_ITEMS_MAX);
    let more = if more == 0 { String::new() } else { format!(", and {more} more") };
    Some(format!("{whom}: {}{more}", moves.join(", ")))
}

fn population(census: &Census) -> String {
    let (moved, share) = (census.moved(), percent_words(census.share(census.moved())));
    format!("in the population: {moved} of {} ({share})", census.contexts)
}

/// The hazards, as many as fit.
fn hazards(view: &View<'_>) -> Comment {
    let mut comment = Comment::new(HAZARDS_CHARACTERS_MAX);
    let entries: Vec<String> = view
        .diff
        .flags
        .iter()
        .flat_map(|flag| flag.hazards.iter().map(move |hazard| (flag, hazard)))
        .map(|(flag, hazard)| hazard_entry(view, flag, hazard))
        .collect();
    if !entries.is_empty() {
        comment.push("\n#### Hazards\n\n");
        comment.out = comment.push_all(&entries);
    }
    comment
}

fn hazard_entry(view: &View<'_>, flag: &FlagDiff, hazard: &Hazard) -> String {
    let place = code(&view.link(hazard.place, hazard.in_base));
    let lines = instead(hazard);
    let instead = if lines.is_empty() {
        String::new()
    } else {
        format!(" Instead:\n{}", block(&lines, "  "))
    };
    format!(
        "- **{}** {}: {}, at {place}.{instead}\n",
        code(hazard.code.id()),
        code(&flag.key),
        inline(&hazard.message.to_string())
    )
}

/// All that is known of a flag.
fn details(view: &View<'_>, flag: &FlagDiff, census: Option<&Census>) -> String {
    let place = code(&view.link(flag.place, flag.head_key().is_none()));
    let about = about(flag);
    let about = if about.is_empty() { about } else { format!("<br>{about}") };
    let what = inline(&what_happened(flag));
    let mut text = format!("\n**{}** {what}, {place}{about}\n", code(&flag.key));
    for change in &flag.changes {
        let _ = writeln!(text, "- {}", inline(change));
    }
    let groups: Vec<&Group> = flag.movement.iter().flat_map(Movement::moving).collect();
    if !groups.is_empty() {
        text.push_str("\n| Who | From | To | Share | |\n|:--|:--|:--|--:|:--|\n");
    }
    for group in groups {
        let mut whom = inline(whom(flag, group).trim_start_matches("of "));
        for (old, new, share) in moves(group) {
            let (old, new) = (inline(&from(flag, old)), inline(&to(flag, old, new)));
            let (share, bar) = (percent(group, share), code(&bar(share)));
            let _ = writeln!(text, "| {whom} | {old} | {new} | {share} | {bar} |");
            whom = String::new();
        }
        let rest = stays(group);
        if 0.0 < rest {
            let _ = writeln!(text, "| | unchanged | | {} | |", percent(group, rest));
        }
    }
    if let Some(words) = not_computed(flag) {
        let _ = writeln!(text, "\n{}", inline(&words));
    }
    if let Some(words) = listed(flag) {
        let _ = writeln!(text, "\n{}:", inline(&words));
        for one in &flag.listed.moves {
            let (old, new) = listed_variants(flag, one);
            let what = inline(&format!("{} {old} → {new}", listed_count(one)));
            let _ = writeln!(text, "- {what} ({})", listed_examples(one, code));
        }
    }
    if let Some(census) = census {
        let _ = writeln!(text, "\n{}", inline(&population(census)));
        for counted in &census.moves {
            let before = counted.from.as_deref();
            let (old, new) = (from(flag, before), to(flag, before, counted.to.as_deref()));
            let examples: Vec<String> = counted.examples.iter().map(|one| code(one)).collect();
            let what = inline(&format!("{} {old} → {new}", counted.count));
            let _ = writeln!(text, "- {what}, such as {}", examples.join(", "));
        }
    }
    text
}
