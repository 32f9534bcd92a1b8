//! What came of an import, for people, for a change request and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use crate::{
    diagnostics::place::Paths,
    import::{
        decisions::Replay,
        imported::{Imported, ImportedFlag},
        verdict::ImportVerdict,
    },
    report::{
        format::Format,
        text::{count, quotable},
    },
};

/// How many differences are shown; the rest is counted.
const DIFFERENCES_SHOWN_MAX: usize = 50;

/// What a report is about.
#[derive(Debug)]
pub struct ImportReport<'r> {
    /// What came of the flags.
    pub imported: &'r Imported,
    /// The files that they are from.
    pub paths: &'r Paths,
    /// What came of decisions that were made again, if any were given.
    pub replay: Option<&'r Replay>,
}

/// A form in which a report is shown.
pub type ImportFormat = Format<fn(&ImportReport<'_>, colour: bool) -> String>;

/// All formats; the first is the default.
pub const IMPORT_FORMATS: [ImportFormat; 3] = [
    Format { name: "human", description: "for people", render: |report, _| human(report) },
    Format {
        name: "markdown",
        description: "for the description of a pull request",
        render: |report, _| markdown(report),
    },
    Format {
        name: "json",
        description: "one JSON object, stable, for programs",
        render: |report, _| json(report),
    },
];

impl ImportReport<'_> {
    /// `3 flags: 1 exact, 1 exact if, 1 refused`.
    fn summary(&self) -> String {
        let flags = count(self.imported.flags.len(), "flag");
        let of = |name: &str| format!("{} {name}", self.imported.count(name));
        format!("{flags}: {}, {}, {}", of("exact"), of("exact if"), of("refused"))
    }

    /// `2 flags, 40 decisions, 0 moved`.
    fn verified(&self) -> Option<String> {
        let replay = self.replay?;
        let flags = count(replay.flags.len(), "flag");
        let decisions = count(replay.count - replay.left_out, "decision");
        let left_out = match replay.left_out {
            0 => String::new(),
            left_out => format!(" ({left_out} more are of flags that are not imported)"),
        };
        Some(format!("{flags}, {decisions}, {} moved{left_out}", replay.differences.len()))
    }
}

fn human(report: &ImportReport<'_>) -> String {
    let mut text = String::new();
    for flag in &report.imported.flags {
        let link = report.paths.link(flag.place);
        let _ = writeln!(text, "{:9} {}  {link}", flag.verdict.name(), quotable(&flag.key));
        match &flag.verdict {
            ImportVerdict::Exact => {}
            ImportVerdict::ExactIf(conditions) => {
                for condition in conditions {
                    let _ = writeln!(text, "          - {}", quotable(condition));
                }
            }
            ImportVerdict::Refused(refusal) => {
                let link = report.paths.link(refusal.place);
                let _ = writeln!(text, "          {link}: {}", quotable(&refusal.why));
                let _ = writeln!(text, "          help: {}", refusal.help);
            }
        }
    }
    let _ = writeln!(text, "{}", report.summary());
    if let (Some(replay), Some(verified)) = (report.replay, report.verified()) {
        for it in replay.differences.iter().take(DIFFERENCES_SHOWN_MAX) {
            let (flag, unit) = (quotable(&it.flag), quotable(&it.unit));
            let (theirs, ours) = (quotable(&it.theirs), quotable(&it.ours));
            let (line, reason) = (it.line, &it.reason);
            let _ = writeln!(
                text,
                "moved     {flag}: `{unit}` had `{theirs}`, gets `{ours}` ({reason}), line {line}"
            );
        }
        push_left_out(&mut text, replay);
        let _ = writeln!(text, "verified: {verified}");
    }
    text
}

fn push_left_out(text: &mut String, replay: &Replay) {
    if let Some(more) = replay.differences.len().checked_sub(DIFFERENCES_SHOWN_MAX)
        && 0 < more
    {
        let _ = writeln!(text, "… and {more} more");
    }
}

fn markdown(report: &ImportReport<'_>) -> String {
    let cell = |text: &str| quotable(text).replace('|', "\\|");
    let mut text = format!("**{}**\n\n| flag | verdict | |\n|---|---|---|\n", report.summary());
    for flag in &report.imported.flags {
        let (key, verdict) = (cell(&flag.key), flag.verdict.name());
        let _ = writeln!(text, "| `{key}` | {verdict} | {} |", cell(&because(report, flag)));
    }
    if let (Some(replay), Some(verified)) = (report.replay, report.verified()) {
        let _ = writeln!(text, "\n**Verified: {verified}**");
        if !replay.differences.is_empty() {
            text.push_str("\n| flag | unit | before | after | why |\n|---|---|---|---|---|\n");
        }
        for it in replay.differences.iter().take(DIFFERENCES_SHOWN_MAX) {
            let [flag, unit, theirs, ours] =
                [&it.flag, &it.unit, &it.theirs, &it.ours].map(|text| cell(text));
            let _ = writeln!(text, "| `{flag}` | {unit} | {theirs} | {ours} | {} |", it.reason);
        }
        push_left_out(&mut text, replay);
    }
    text
}

fn because(report: &ImportReport<'_>, flag: &ImportedFlag) -> String {
    match &flag.verdict {
        ImportVerdict::Exact => String::new(),
        ImportVerdict::ExactIf(conditions) => {
            conditions.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
        }
        ImportVerdict::Refused(refusal) => {
            format!("{}: {}", report.paths.link(refusal.place), refusal.why)
        }
    }
}

#[derive(Serialize)]
struct JsonReport<'r> {
    flags: Vec<JsonFlag<'r>>,
    exact: usize,
    exact_if: usize,
    refused: usize,
    verified: Option<JsonReplay<'r>>,
}

#[derive(Serialize)]
struct JsonFlag<'r> {
    flag: &'r str,
    file: &'r str,
    line: u32,
    column: u32,
    verdict: &'static str,
    conditions: Vec<&'r str>,
    why: Option<&'r str>,
    help: Option<&'r str>,
}

#[derive(Serialize)]
struct JsonReplay<'r> {
    flags: usize,
    decisions: usize,
    left_out: usize,
    moved: usize,
    differences: Vec<JsonDifference<'r>>,
}

#[derive(Serialize)]
struct JsonDifference<'r> {
    line: usize,
    flag: &'r str,
    unit: &'r str,
    before: &'r str,
    after: &'r str,
    reason: &'r str,
}

fn json(report: &ImportReport<'_>) -> String {
    let imported = report.imported;
    let value = JsonReport {
        flags: imported.flags.iter().map(|flag| json_flag(report, flag)).collect(),
        exact: imported.count("exact"),
        exact_if: imported.count("exact if"),
        refused: imported.count("refused"),
        verified: report.replay.map(json_replay),
    };
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    format!("{text}\n")
}

fn json_replay(replay: &Replay) -> JsonReplay<'_> {
    let differences = replay.differences.iter().map(|it| JsonDifference {
        line: it.line,
        flag: &it.flag,
        unit: &it.unit,
        before: &it.theirs,
        after: &it.ours,
        reason: &it.reason,
    });
    JsonReplay {
        flags: replay.flags.len(),
        decisions: replay.count - replay.left_out,
        left_out: replay.left_out,
        moved: replay.differences.len(),
        differences: differences.collect(),
    }
}

fn json_flag<'r>(report: &'r ImportReport<'_>, flag: &'r ImportedFlag) -> JsonFlag<'r> {
    let (place, conditions, refusal) = match &flag.verdict {
        ImportVerdict::Exact => (flag.place, Vec::new(), None),
        ImportVerdict::ExactIf(all) => (flag.place, all.iter().map(String::as_str).collect(), None),
        ImportVerdict::Refused(refusal) => (refusal.place, Vec::new(), Some(refusal)),
    };
    JsonFlag {
        flag: &flag.key,
        file: report.paths.path(place.file),
        line: place.line,
        column: place.column,
        verdict: flag.verdict.name(),
        conditions,
        why: refusal.map(|refusal| &*refusal.why),
        help: refusal.map(|refusal| &*refusal.help),
    }
}
