//! The gate: text in, flags and diagnostics out.
//!
//! `tests/problems` holds a file a mistake: definition files, each after a line `--- PATH`, and
//! after `=== expected` all that is said about them. The first part of a path is its root; roots
//! are layers in the order in which they appear. `INSTA_UPDATE=always` rewrites what is expected.

use std::{collections::BTreeSet, fmt::Write as _, fs, ops::Deref, path::Path};

use flagstaff::{
    definition::compile::{
        Compilation, Content, FLAG_COUNT_MAX, Merged, Root, SourceFile, compile,
    },
    diff::pairing::DiffInput,
};

use crate::{accept::is_accepting, table};

/// One side of a difference: what is written, and what came of it.
pub struct Side {
    written: Merged,
    compilation: Compilation,
}

impl Side {
    pub fn of(roots: &[Root]) -> Self {
        let written = Merged::read(roots);
        let compilation = written.compile("2026-11-22".parse().unwrap());
        Self { written, compilation }
    }

    pub fn tree(&self) -> DiffInput<'_> {
        let Compilation { definitions, diagnostics, paths, .. } = &self.compilation;
        let definitions = definitions.as_ref().unwrap();
        DiffInput { written: &self.written, definitions, diagnostics, paths }
    }
}

impl Deref for Side {
    type Target = Compilation;

    fn deref(&self) -> &Compilation {
        &self.compilation
    }
}

/// Compiles text files; the first part of each path names its root.
pub fn gate(files: &[(&str, &str)]) -> Compilation {
    compile(&roots(files), "2026-11-22".parse().unwrap())
}

/// The same as one side of a difference.
pub fn side(files: &[(&str, &str)]) -> Side {
    Side::of(&roots(files))
}

fn roots(files: &[(&str, &str)]) -> Vec<Root> {
    let mut roots: Vec<Root> = Vec::new();
    for (path, text) in files {
        let name = path.split('/').next().unwrap();
        if roots.iter().all(|root| root.name != name) {
            roots.push(Root { name: name.to_owned(), files: Vec::new() });
        }
        let root = roots.iter_mut().find(|root| root.name == name).unwrap();
        let content = Content::Bytes(text.as_bytes().into());
        root.files.push(SourceFile { path: (*path).to_owned(), content });
    }
    roots
}

/// Everything that is said, a line each: place, severity, rule, message, suggestion, flag.
pub fn said(compilation: &Compilation) -> String {
    let mut text = String::new();
    for found in &compilation.diagnostics {
        let (link, place) = (compilation.paths.link(found.place), found.place);
        let (severity, rule) = (found.severity().name(), found.code.id());
        let end = format!("{}:{}", place.end_line, place.end_column);
        writeln!(text, "{link}-{end} {severity} {rule}: {}", found.message).unwrap();
        if let Some(flag) = &found.flag {
            writeln!(text, "    flag {flag}").unwrap();
        }
        if let Some(suggestion) = &found.suggestion {
            writeln!(text, "    suggestion {suggestion}").unwrap();
        }
        for related in &found.related {
            let link = compilation.paths.link(related.place);
            writeln!(text, "    {link} {}", related.message).unwrap();
        }
    }
    text
}

#[test]
fn every_problem_is_said_exactly() {
    let update = is_accepting();
    let paths = table::files("problems");
    assert!(80 <= paths.len(), "only {} cases", paths.len());
    let mut failures = String::new();
    for path in paths {
        let case = fs::read_to_string(&path).unwrap();
        let (input, expected) = case.split_once("=== expected\n").unwrap_or((&case, ""));
        let files: Vec<(&str, &str)> =
            input.split("--- ").skip(1).map(|file| file.split_once('\n').unwrap()).collect();
        let compilation = gate(&files);
        let found = said(&compilation);
        let has_errors = found.lines().any(|line| line.contains(" error "));
        assert_eq!(compilation.definitions.is_none(), has_errors, "{}", path.display());
        if update {
            fs::write(&path, format!("{input}=== expected\n{found}")).unwrap();
        } else if found != expected {
            let name = path.file_name().unwrap().display();
            writeln!(failures, "{name}\n expected:\n{expected} found:\n{found}").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn every_rule_has_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut rules = BTreeSet::new();
    for entry in fs::read_dir(root.join("src/definition/problems")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let quoted = text.split('"').skip(1).step_by(2);
        let is_id = |text: &&str| {
            text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        rules.extend(quoted.filter(is_id).map(str::to_owned));
    }
    let mut covered = String::new();
    for folder in ["tests/problems", "tests/cases"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            covered.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
        }
    }
    // These need files that a text cannot hold; `source` and `document` have tests of them.
    let elsewhere = [
        "file-too-large",
        "link-loop",
        "link-outside-root",
        "not-utf-8",
        "too-many-flags",
        "too-many-problems",
        "wrong-shape",
    ];
    let missing: Vec<_> = rules
        .iter()
        .filter(|rule| !covered.contains(&format!(" {rule}: ")))
        .filter(|rule| !covered.contains(&format!("[{rule}]: ")))
        .filter(|rule| !elsewhere.contains(&rule.as_str()))
        .collect();
    assert!(missing.is_empty(), "no case in tests/problems or tests/cases shows {missing:?}");
}

#[test]
fn more_flags_than_the_limit_are_refused() {
    let flag = |number: usize| format!("  f{number}: {{ enabled: true }}\n");
    let files: Vec<(String, String)> = (0..=FLAG_COUNT_MAX / 10_000)
        .map(|file| {
            let flags: String = (file * 10_000..(file + 1) * 10_000).map(flag).collect();
            (format!("flags/{file:02}.yaml"), format!("flags:\n{flags}"))
        })
        .collect();
    let borrowed: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let compilation = gate(&borrowed);
    assert!(compilation.definitions.is_none());
    let expected = "these are 110000 flags, 100000 is the limit";
    assert_eq!(compilation.diagnostics[0].message.to_string(), expected);
}
