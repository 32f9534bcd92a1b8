//! Flag tests: files in, what `flagstaff test` prints out.
//!
//! `tests/cases` holds a file an area: definition and test files, each after a line `--- PATH`, and
//! then commands, each after `=== `, with all that can be seen of them. `INSTA_UPDATE=always` rewrites
//! what is expected.

use std::{fmt::Write as _, fs};

use flagstaff::{
    definition::compile::{Compilation, Content, Root, SourceFile},
    diagnostics::place::{FileId, Paths},
    flag_test::suite::Suite,
};

use crate::{accept::is_accepting, compile::gate, harness::Flags, program::run, table};

/// Compiles definitions and, where nothing in them is an error, runs the tests among the files;
/// what is wrong with these is added. The paths are those of all of them.
pub fn judge(files: &[(&str, &str)]) -> Compilation {
    let is_test = |path: &str| path.contains(".test.");
    let (tests, definitions): (Vec<_>, Vec<_>) = files.iter().partition(|file| is_test(file.0));
    let mut compilation = gate(&definitions);
    if compilation.definitions.is_none() || tests.is_empty() {
        return compilation;
    }
    let paths = definitions.iter().chain(&tests).map(|(path, _)| (*path).into());
    let paths: Paths = paths.collect();
    let files = tests.iter().map(|(path, text)| SourceFile {
        path: (*path).to_owned(),
        content: Content::Bytes(text.as_bytes().into()),
    });
    let root = Root { name: "flags".to_owned(), files: files.collect() };
    let suite = Suite::read(&[root], FileId(definitions.len() as u32));
    let layers = [Some(compilation)];
    let results = suite.run(&layers, None, "2026-11-22T12:00:00Z".parse().unwrap());
    assert!(results.tests.iter().all(|test| test.failures.is_empty()), "{tests:?}");
    let mut diagnostics = results.diagnostics;
    let [Some(found)] = layers else { unreachable!() };
    compilation = found;
    compilation.diagnostics.append(&mut diagnostics);
    compilation.paths = paths;
    compilation
}

#[test]
fn every_case_says_what_it_should() {
    let update = is_accepting();
    let paths = table::files("cases");
    assert!(10 <= paths.len(), "only {} cases", paths.len());
    let mut failures = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let mut sections = text.split("=== ");
        let input = sections.next().unwrap();
        let flags = Flags::new();
        for file in input.split("--- ").skip(1) {
            let (name, content) = file.split_once('\n').unwrap();
            flags.write(name, content);
        }
        let mut found = input.to_owned();
        for section in sections {
            let (command, _) = section.split_once('\n').unwrap_or((section, ""));
            let words: Vec<&str> = command.split_whitespace().skip(1).collect();
            write!(found, "=== {command}\n{}\n", run(&flags, &words)).unwrap();
        }
        if update {
            fs::write(&path, found).unwrap();
        } else if found != text {
            let name = path.file_name().unwrap().display();
            writeln!(failures, "{name}\n expected:\n{text} found:\n{found}").unwrap();
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
