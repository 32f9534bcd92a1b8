//! Flag tests: files in, what `flagstaff test` prints out.
//!
//! `tests/cases` holds a file an area: definition and test files, each after a line `--- PATH`, and
//! then commands, each after `=== `, with all that can be seen of them. `UPDATE_EXPECTED=1` rewrites
//! what is expected.

use std::{fmt::Write as _, fs, path::Path};

use crate::{harness::Flags, program::run};

#[test]
fn every_case_says_what_it_should() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
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
