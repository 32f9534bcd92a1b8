//! The difference between two sets of definitions: files in, what is said about them out.
//!
//! `tests/changes` holds a file a change: definition files before and after it, each after a line
//! `--- base/ROOT/PATH` or `--- head/ROOT/PATH`, and after `=== FORMAT` all that is said about them
//! in that format. Where the change has a hazard that an edit avoids, the edit is applied to the
//! text, and what is said then stands after `=== edited`; the hazard is gone from it.
//! `INSTA_UPDATE=always` rewrites what is expected.

use std::{fmt::Write as _, fs, path::Path};

use flagstaff::{
    definition::compile::Compilation,
    diff::{
        difference::{Diff, diff},
        hazard::Hazard,
    },
    report::{
        diff::{
            format::FORMATS,
            markdown::COMMENT_CHARACTERS_MAX,
            view::{DiffSide, View},
        },
        format::Format,
    },
};

use serde_json::Value;

use crate::{
    compile::{self, said},
    table,
};

/// Files by their paths, without the side.
pub type Files = Vec<(String, String)>;

/// A change of definitions.
pub struct Change {
    pub base: Files,
    pub head: Files,
}

/// The files of one side of an example.
fn on_side<'f>(files: impl Iterator<Item = (&'f str, &'f str)>, side: &str) -> Files {
    files
        .filter_map(|(path, text)| Some((path.strip_prefix(side)?.to_owned(), text.to_owned())))
        .collect()
}

fn compiled(files: &Files) -> compile::Side {
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    compile::side(&files)
}

fn side<'c>(name: &str, compilation: &'c Compilation) -> DiffSide<'c> {
    let version = &compilation.definitions.as_ref().unwrap().version;
    DiffSide { name: name.to_owned(), version, commit: None, paths: &compilation.paths }
}

impl Change {
    /// Compares, and does something with what comes out.
    pub fn compare<T>(&self, what: impl FnOnce(&Diff, &Compilation, &Compilation) -> T) -> T {
        let (base, head) = (compiled(&self.base), compiled(&self.head));
        for side in [&base, &head] {
            assert!(side.definitions.is_some(), "{}", said(side));
        }
        what(&diff(base.tree(), head.tree()), &base, &head)
    }

    /// Whether both sides pass the gate.
    pub fn is_good(&self) -> bool {
        [&self.base, &self.head].into_iter().all(|side| compiled(side).definitions.is_some())
    }

    /// What is said of it in a format.
    pub fn shown(&self, format: &str) -> String {
        self.compare(|diff, base, head| {
            let (base, head) = (side("base", base), side("head", head));
            let view = View { diff, base, head, censuses: Vec::new() };
            (Format::find(&FORMATS, format).unwrap().render)(&view, false)
        })
    }

    /// Its hazards, each with the path of its file.
    fn hazards(&self) -> Vec<(String, Hazard)> {
        self.compare(|diff, base, head| {
            let hazards = diff.flags.iter().flat_map(|flag| &flag.hazards);
            let path = |hazard: &Hazard| {
                let paths = if hazard.in_base { &base.paths } else { &head.paths };
                paths.path(hazard.place.file).to_owned()
            };
            hazards.map(|hazard| (path(hazard), hazard.clone())).collect()
        })
    }

    /// The same with the edits that its hazards propose, if there are some.
    fn edited(&self) -> Option<Self> {
        let mut head = self.head.clone();
        let mut proposed: Vec<(String, Hazard)> = self.hazards();
        proposed.retain(|(_, hazard)| hazard.suggestion.is_some());
        // From the end, so that no place moves.
        proposed.sort_by_key(|(_, hazard)| std::cmp::Reverse(hazard.place));
        for (path, hazard) in &proposed {
            let (_, text) = head.iter_mut().find(|(other, _)| other == path).unwrap();
            *text = apply(text, hazard);
        }
        (!proposed.is_empty()).then(|| Self { base: self.base.clone(), head })
    }
}

/// Applies the edit of a hazard to a text in block style: each of its lines goes below the line of
/// the hazard, in the place of the field that has its name.
fn apply(text: &str, hazard: &Hazard) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let start = hazard.place.line as usize - 1;
    let suggestion = hazard.suggestion.as_ref().unwrap();
    if let Some((_, gone)) = suggestion.split_once("# instead of `") {
        let field = format!("{}: ", gone.split('`').next().unwrap());
        let old = lines.iter().skip(start).position(|line| line.contains(&field)).unwrap();
        lines.remove(start + old);
    }
    for edit in suggestion.lines() {
        let field = edit.split(": ").next().unwrap();
        assert!(!field.contains(' '), "no field: {edit}");
        let column = hazard.place.column as usize - 1;
        let is_rule = hazard.place.line > 0 && !lines[start].trim_end().ends_with(':');
        // The fields of a rule stand at its own column, those of a flag two further.
        let indent = if is_rule { column } else { column + 2 };
        let is_inside = |line: &String| {
            let letters = line.len() - line.trim_start().len();
            line.trim().is_empty() || indent <= letters
        };
        let end =
            (start + 1..lines.len()).find(|line| !is_inside(&lines[*line])).unwrap_or(lines.len());
        let begins = format!("{}{field}:", " ".repeat(indent));
        let own = (start + 1..end).find(|line| lines[*line].starts_with(&begins));
        let at = own.unwrap_or(start + 1);
        if own.is_some() {
            let deeper = |line: &String| indent < line.len() - line.trim_start().len();
            let rest = (at + 1..end).take_while(|line| deeper(&lines[*line])).count();
            lines.drain(at..=at + rest);
        }
        lines.insert(at, format!("{}{edit}", " ".repeat(indent)));
    }
    lines.join("\n") + "\n"
}

#[track_caller]
fn check(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let (definitions, expected) = text.split_once("=== ").unwrap();
    let files = || {
        let files = definitions.split("--- ").skip(1);
        files.map(|file| file.split_once('\n').unwrap())
    };
    let change = Change { base: on_side(files(), "base/"), head: on_side(files(), "head/") };
    let edited = change.edited();
    let mut formats: Vec<&str> = expected
        .split("\n=== ")
        .map(|part| part.lines().next().unwrap())
        .filter(|format| *format != "edited")
        .collect();
    formats.retain(|format| Format::find(&FORMATS, format).is_some());
    let mut actual = definitions.to_owned();
    for format in formats {
        write!(actual, "=== {format}\n{}", change.shown(format)).unwrap();
    }
    if let Some(edited) = &edited {
        write!(actual, "=== edited\n{}", edited.shown("human")).unwrap();
        let before = change.hazards();
        let avoidable = before.iter().filter(|(_, hazard)| hazard.suggestion.is_some());
        let rules: Vec<&str> = avoidable.map(|(_, hazard)| hazard.code.id()).collect();
        let left = edited.hazards();
        let left = left.iter().find(|(_, hazard)| rules.contains(&hazard.code.id()));
        assert!(left.is_none(), "{}: the edit does not help: {left:?}", path.display());
    }
    table::compare(path, &actual);
}

#[test]
fn changes_say_what_they_do() {
    let paths = table::files("changes");
    assert!(paths.len() > 15, "{paths:?}");
    paths.iter().for_each(|path| check(path));
}

#[test]
fn a_comment_has_a_limit() {
    let files = |salt: &str| -> Files {
        let flags: String = (0..1500)
            .map(|number| {
                format!(
                    "  a-flag-with-quite-a-long-name-{number}:\n    enabled: true\n    salt: {salt}\n    \
                     rollout_percentage: 50\n    targeting_rules: [where: {{ country: [NL, BE] }}]\n"
                )
            })
            .collect();
        vec![("flags/a.yaml".to_owned(), format!("flags:\n{flags}"))]
    };
    let change = Change { base: files("one"), head: files("two") };
    let comment = change.shown("markdown");
    let length = comment.chars().count();
    assert!((40_000..COMMENT_CHARACTERS_MAX - 200).contains(&length), "{length}");
    let rows = comment.lines().filter(|line| line.starts_with("| **`a-flag")).count();
    let hazards = comment.lines().filter(|line| line.starts_with("- **`rebucketed`**")).count();
    let last = comment.lines().last().unwrap();
    assert_eq!(
        last,
        format!(
            "Left out for want of space: {} flags, {} hazards, 1500 flags in detail. \
             `flagstaff diff` shows all.",
            1500 - rows,
            1500 - hazards
        )
    );
    assert!(rows > 50 && hazards > 50, "{rows} rows, {hazards} hazards");
}

/// The example in `docs/diff.md` is what comes out, but for the commit.
#[test]
fn the_documented_json_is_real() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let parsed = |text: &str| -> Value {
        let mut document: Value = serde_json::from_str(text).unwrap();
        document["base"]["commit"] = Value::Null;
        document
    };
    let document = fs::read_to_string(root.join("docs/diff.md")).unwrap();
    let shown = document.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    let change = fs::read_to_string(root.join("tests/changes/ramp-raised.txt")).unwrap();
    let real = change.split("=== json\n").nth(1).unwrap().split("=== ").next().unwrap();
    assert_eq!(parsed(shown), parsed(real));
}

#[test]
fn a_difference_is_the_same_whatever_the_order_of_files() {
    let flag = |key: &str, ramp: u32| {
        (
            format!("flags/{key}.yaml"),
            format!("flags:\n  {key}: {{ enabled: true, rollout_percentage: {ramp} }}\n"),
        )
    };
    let base: Files = ["a", "b", "c"].map(|key| flag(key, 10)).into();
    let mut head: Files = ["a", "b", "c"].map(|key| flag(key, 20)).into();
    let first = Change { base: base.clone(), head: head.clone() }.shown("json");
    head.reverse();
    assert_eq!(first, Change { base, head }.shown("json"));
}
