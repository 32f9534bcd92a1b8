//! The rules of the house, checked; and the checks, checked with a seeded violation each.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::rust::{code_only, crate_paths, functions};

const FILE_LINES_MAX: usize = 400; // but for the table of contents, `src/lib.rs`
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;

/// The rooms of `src` that know no files, clock, environment, logging or async.
const PURE: &str =
    "diagnostics engine yaml schema definition flag_test space words movement diff report";
/// What they therefore never name.
const IMPURE: [&str; 13] = [
    "clippy::disallowed_methods",
    "arc_swap::",
    "clap::",
    "gix::",
    "hyper::",
    "notify::",
    "std::env",
    "std::fs",
    "std::io",
    "std::process",
    "std::thread",
    "tokio::",
    "tracing::",
];
const EMPTY_WORDS: [&str; 5] = ["util", "helper", "manager", "handler", "service"];
/// Split, so that this file does not find itself.
const LEFT_OVER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// The project's texts by path, as far as a rule looks at them.
type Project = BTreeMap<String, String>;

#[test]
fn the_project_keeps_its_rules() {
    let problems = problems(&read_project());
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// A file of the sound project, a line that is added to it, and what is said then.
const SEEDED: &str = "
src/engine/low.rs | use crate::engine::high::B; | uses engine::high, which stands below it
src/engine/low.rs | use crate::{engine::{high::{B, C}}}; | uses engine::high, which stands below it
src/engine/low.rs | fn a() -> crate::top::D {} | uses top, which stands below it
src/engine/low.rs | use crate::engine; | uses engine, which is no file of src/lib.rs
src/engine/low.rs | use crate::engine::low::A; | uses engine::low, which is itself
src/engine/low.rs | use super::high::B; | uses `super::`: say `crate::`
src/engine/low.rs | use tokio::net; | is pure and names `tokio::`
src/engine/low.rs | fn get_a() {} | has a function `get_…`: say what it is
src/lib.rs | pub use top::D; | :9 is neither a module nor a comment: `pub use top::D;`
tests/it/forgotten.rs | //! Forgotten. | is not in tests/it/main.rs
";

#[test]
fn every_rule_finds_its_violation() {
    assert_eq!(problems(&sound_project()), [""; 0]);
    for seed in SEEDED.trim().lines() {
        let (path, rest) = seed.split_once(" | ").unwrap();
        let (line, expected) = rest.split_once(" | ").unwrap();
        check(path, |text| format!("{text}{line}\n"), expected);
    }
    let low = "src/engine/low.rs";
    let test = "tests/it/top.rs";
    check(test, |text| format!("\n{text}"), "does not begin with `//! what it is`");
    let word = LEFT_OVER[1];
    check(low, |text| format!("{text}// {word}: it\n"), &format!(":3 has a {word}"));
    check(low, |text| format!("{text}// {}\n", "é".repeat(98)), ":3 has 101 columns");
    check(low, |text| text.to_owned() + &"\n".repeat(399), "has 401 lines");
    let long = format!("fn a() {{\n{}}}\n", "    b();\n".repeat(69));
    check(low, |text| format!("{text}{long}"), ":3 begins a function of 71 lines");
    let parted = "and src/lib.rs part: `src/engine/gone.rs` there, `src/engine/high.rs` here";
    check("ARCHITECTURE.md", |text| text.replace("high.rs ", "gone.rs "), parted);
    let otherwise = "says otherwise of src/top.rs: `Top`";
    check("ARCHITECTURE.md", |text| text.replace("top.rs  top", "top.rs  pot"), otherwise);
    let parted = "and Cargo.toml part: [\"rexeg\"] there, [\"regex\"] here";
    check("README.md", |text| text.replace("`regex`", "`rexeg`"), parted);
}

/// Changes one file of the sound project; what is said then is one thing, about that file.
#[track_caller]
fn check(path: &str, change: impl Fn(&str) -> String, expected: &str) {
    let mut project = sound_project();
    let text = change(project.get(path).map_or("", String::as_str));
    project.insert(path.to_owned(), text);
    let space = if expected.starts_with(':') { "" } else { " " };
    assert_eq!(problems(&project), [format!("{path}{space}{expected}")]);
}

#[test]
fn files_and_modules_are_the_same() {
    let mut project = sound_project();
    project.insert("src/stray.rs".to_owned(), "//! Stray.\n".to_owned());
    project.remove("src/top.rs");
    project.insert("src/engine/helpers.rs".to_owned(), "//! Nothing much.\n".to_owned());
    assert_eq!(
        problems(&project),
        [
            "src/engine/helpers.rs is not in src/lib.rs",
            "src/engine/helpers.rs has an empty word for a name: `helper`",
            "src/stray.rs is not in src/lib.rs",
            "src/top.rs is in src/lib.rs and not there",
        ]
    );
}

/// Everything that breaks a rule, a sentence each.
fn problems(project: &Project) -> Vec<String> {
    let mut problems = Vec::new();
    let modules = modules(&project["src/lib.rs"], &mut problems);
    for (path, text) in project {
        texts(path, text, &mut problems);
        if !path.ends_with(".rs") {
            continue;
        }
        rust_file(path, text, &mut problems);
        if let Some(module) = path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")) {
            if !matches!(module, "lib" | "main") {
                source_file(path, &module.replace('/', "::"), text, &modules, &mut problems);
            }
        } else if let Some(module) = path.strip_prefix("tests/it/") {
            let name = module.trim_end_matches(".rs").rsplit('/').next().unwrap_or(module);
            let declaration = format!("mod {name};");
            if module != "main.rs" && !project["tests/it/main.rs"].contains(&declaration) {
                problems.push(format!("{path} is not in tests/it/main.rs"));
            }
        }
    }
    for module in &modules {
        let path = format!("src/{}.rs", module.replace("::", "/"));
        if !project.contains_key(&path) {
            problems.push(format!("{path} is in src/lib.rs and not there"));
        }
    }
    map(project, &modules, &mut problems);
    dependencies(&project["README.md"], &project["Cargo.toml"], &mut problems);
    problems
}

/// The modules of `lib.rs` in its order: `engine::flag`.
fn modules(lib: &str, problems: &mut Vec<String>) -> Vec<String> {
    let (mut modules, mut folders) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(lib.lines()) {
        let text = line.trim();
        let name = text.strip_prefix("pub mod ");
        if let Some(name) = name.and_then(|name| name.strip_suffix(';')) {
            modules.push([&folders[..], &[name]].concat().join("::"));
        } else if let Some(name) = name.and_then(|name| name.strip_suffix(" {")) {
            folders.push(name);
        } else if text == "}" {
            folders.pop();
        } else if !text.is_empty() && !text.starts_with("//") {
            problems
                .push(format!("src/lib.rs:{number} is neither a module nor a comment: `{text}`"));
        }
    }
    modules
}

/// What holds for every text.
fn texts(path: &str, text: &str, problems: &mut Vec<String>) {
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(word) = LEFT_OVER.iter().find(|word| line.contains(**word)) {
            problems.push(format!("{path}:{number} has a {word}"));
        }
    }
}

/// What holds for every Rust file.
fn rust_file(path: &str, text: &str, problems: &mut Vec<String>) {
    if !text.starts_with("//! ") {
        problems.push(format!("{path} does not begin with `//! what it is`"));
        return;
    }
    let lines = text.lines().count();
    if FILE_LINES_MAX < lines && path != "src/lib.rs" {
        problems.push(format!("{path} has {lines} lines"));
    }
    let code = code_only(text);
    // What a test expects is quoted as it is, however long, and closed behind it.
    let measured = if path.starts_with("tests/") { &code } else { text };
    for (number, line) in (1..).zip(measured.lines()) {
        let columns = line.trim_end_matches([' ', ')', ']', '}', ',', ';']).chars().count();
        if LINE_COLUMNS_MAX < columns {
            problems.push(format!("{path}:{number} has {columns} columns"));
        }
    }
    for (line, lines) in functions(&code) {
        if FUNCTION_LINES_MAX < lines {
            problems.push(format!("{path}:{line} begins a function of {lines} lines"));
        }
    }
}

/// What holds for a file of `src`.
fn source_file(
    path: &str,
    module: &str,
    text: &str,
    modules: &[String],
    problems: &mut Vec<String>,
) {
    let Some(own) = modules.iter().position(|name| name == module) else {
        problems.push(format!("{path} is not in src/lib.rs"));
        if let Some(word) = EMPTY_WORDS.iter().find(|word| module.contains(**word)) {
            problems.push(format!("{path} has an empty word for a name: `{word}`"));
        }
        return;
    };
    let code = code_only(text);
    let mut used = BTreeSet::new();
    for import in crate_paths(&code) {
        let within = |name: &&String| import == **name || import.starts_with(&format!("{name}::"));
        match modules.iter().position(|name| within(&name)) {
            Some(other) if other < own => {}
            Some(other) if other == own => {
                used.insert(format!("{module}, which is itself"));
            }
            Some(other) => {
                used.insert(format!("{}, which stands below it", modules[other]));
            }
            None => {
                used.insert(format!("{import}, which is no file of src/lib.rs"));
            }
        }
    }
    problems.extend(used.iter().map(|what| format!("{path} uses {what}")));
    if code.contains("super::") {
        problems.push(format!("{path} uses `super::`: say `crate::`"));
    }
    if code.contains("fn get_") {
        problems.push(format!("{path} has a function `get_…`: say what it is"));
    }
    if PURE.split(' ').any(|room| module.starts_with(&format!("{room}::"))) {
        for name in IMPURE.iter().filter(|name| code.contains(**name)) {
            problems.push(format!("{path} is pure and names `{name}`"));
        }
    }
}

/// The map shows `main.rs`, `lib.rs` and the files of the latter in its order, and says of each
/// what the file itself says in its first line.
fn map(project: &Project, modules: &[String], problems: &mut Vec<String>) {
    let mut blocks = project["ARCHITECTURE.md"].split("```");
    let block = blocks.find(|block| block.trim_start().starts_with("src/\n"));
    let mut folders: Vec<&str> = vec!["src"];
    let mut there = Vec::new();
    for line in block.unwrap_or_default().lines() {
        let Some((before, entry)) = line.split_once("── ") else { continue };
        let (name, said) = entry.split_once(' ').unwrap_or((entry, ""));
        folders.truncate(1 + before.chars().count() / 4);
        if let Some(folder) = name.strip_suffix('/') {
            folders.push(folder);
            continue;
        }
        let path = [&folders[..], &[name]].concat().join("/");
        let first_line = project.get(&path).and_then(|text| text.lines().next());
        let own = first_line.unwrap_or_default().trim_start_matches("//! ").split(". ").next();
        let own = own.unwrap_or_default().trim_end_matches('.');
        if path != "src/lib.rs" && project.contains_key(&path) && !same(said.trim(), own) {
            problems.push(format!("ARCHITECTURE.md says otherwise of {path}: `{own}`"));
        }
        there.push(path);
    }
    let here = ["main", "lib"].into_iter().chain(modules.iter().map(String::as_str));
    let here = here.map(|name| format!("src/{}.rs", name.replace("::", "/"))).collect::<Vec<_>>();
    let none = "nothing".to_owned();
    for index in 0..there.len().max(here.len()) {
        let (there, here) = (there.get(index).unwrap_or(&none), here.get(index).unwrap_or(&none));
        if there != here {
            problems.push(format!(
                "ARCHITECTURE.md and src/lib.rs part: `{there}` there, `{here}` here"
            ));
            return;
        }
    }
}

/// Whether two descriptions are the same but for a capital at the beginning.
fn same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.chars(), b.chars());
    let first = |letter: Option<char>| letter.map(|letter| letter.to_ascii_lowercase());
    first(a.next()) == first(b.next()) && a.eq(b)
}

/// The table of dependencies names what `Cargo.toml` has, no more and no less.
fn dependencies(readme: &str, manifest: &str, problems: &mut Vec<String>) {
    let rows = readme.lines().skip_while(|line| *line != "## Dependencies");
    let cells = rows.filter_map(|line| line.strip_prefix('|')?.split('|').next());
    let there: BTreeSet<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let mut section = "";
    let mut here = BTreeSet::new();
    for line in manifest.lines() {
        match line.strip_prefix('[') {
            Some(header) => section = header.trim_end_matches(']'),
            None if section.ends_with("dependencies") => here.extend(line.split(" =").next()),
            None => {}
        }
    }
    here.retain(|name| !name.is_empty() && !name.starts_with('#'));
    let difference = |a: &BTreeSet<&str>, b: &BTreeSet<&str>| -> Vec<String> {
        a.difference(b).map(|name| (*name).to_owned()).collect()
    };
    let (only_there, only_here) = (difference(&there, &here), difference(&here, &there));
    if !only_there.is_empty() || !only_here.is_empty() {
        problems.push(format!(
            "README.md and Cargo.toml part: {only_there:?} there, {only_here:?} here"
        ));
    }
}

fn read_project() -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut project = Project::new();
    let mut folders: Vec<_> =
        ["src", "tests/it", "benches", "fuzz/fuzz_targets", "schema", "flags"]
            .into_iter()
            .map(|folder| root.join(folder))
            .collect();
    let mut paths: Vec<_> =
        ["ARCHITECTURE.md", "README.md", "CHANGELOG.md", "Cargo.toml", ".ci/run"]
            .into_iter()
            .map(|file| root.join(file))
            .collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry of a folder").path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a text of the project");
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        project.insert(name, text);
    }
    project
}

/// A project in which everything is as it should be.
fn sound_project() -> Project {
    let files = SOUND.split("--- ").skip(1).map(|file| file.split_once('\n').unwrap());
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

const SOUND: &str = r#"
--- src/main.rs
//! In.
fn main() {}
--- src/lib.rs
//! The list.

/// Layer 1.
pub mod engine {
    pub mod low;
    pub mod high;
}
pub mod top;
--- src/engine/low.rs
//! Low: `use crate::top`.
use std::fmt;
--- src/engine/high.rs
//! High.
use crate::engine::low::A;
--- src/top.rs
//! Top.
use crate::engine::{high::{self, B}, low::A};
--- tests/it/main.rs
//! Tests.
mod top;
--- tests/it/top.rs
//! Top.
--- ARCHITECTURE.md
```
src/
├── main.rs  in
├── lib.rs  every module
├── engine/  layer 1
│   ├── low.rs  low: `use crate::top`
│   └── high.rs  high
└── top.rs  top
```
--- README.md
## Dependencies

| crate | for |
|---|---|
| `regex`, `semver` | `eq` |
--- Cargo.toml
[package]
name = "x"
[dependencies]
regex = "1"
[dev-dependencies]
semver = { version = "1" }
"#;
