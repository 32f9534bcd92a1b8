//! Tables of texts and what is said about them, in `tests/tables`.
//!
//! A case is the lines of a text, each after `> `, and then what is expected, up to an empty line.
//! In a text, `␉` and its like stand for control characters, and `⟨FEFF⟩` for any character.
//! `INSTA_UPDATE=always` rewrites what is expected.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::accept::is_accepting;

/// Checks every case of a table.
pub fn check(name: &str, say: impl Fn(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tables").join(name);
    let table = fs::read_to_string(&path).unwrap();
    let mut updated = String::new();
    let mut failures = String::new();
    for block in table.trim_end().split("\n\n") {
        let (input, expected): (Vec<_>, Vec<_>) =
            block.lines().partition(|line| line.starts_with(['>', '#']));
        let text: String = input
            .iter()
            .filter_map(|line| line.strip_prefix('>'))
            .map(|line| characters(line.strip_prefix(' ').unwrap_or(line)) + "\n")
            .collect();
        let is_case = input.iter().any(|line| line.starts_with('>'));
        let found = if is_case { say(&text) } else { String::new() };
        let expected = expected.join("\n");
        if found != expected {
            writeln!(failures, "{}\n expected:\n{expected}\n found:\n{found}\n", input.join("\n"))
                .unwrap();
        }
        let said = if found.is_empty() { String::new() } else { format!("\n{found}") };
        write!(updated, "{}{said}\n\n", input.join("\n")).unwrap();
    }
    if is_accepting() {
        fs::write(&path, format!("{}\n", updated.trim_end())).unwrap();
    } else {
        assert!(failures.is_empty(), "\n{failures}");
    }
}

/// All files of a folder of `tests`, sorted.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A whole file is what came out; `INSTA_UPDATE=always` rewrites it before.
pub fn compare(path: &Path, actual: &str) {
    if is_accepting() {
        fs::write(path, actual).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap();
    assert!(actual == expected, "{}:\n{actual}", path.display());
}

/// The text that a line stands for.
fn characters(line: &str) -> String {
    let mut text = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let code = match letter {
            '⟨' => {
                let code: String = letters.by_ref().take_while(|letter| *letter != '⟩').collect();
                u32::from_str_radix(&code, 16).expect(line)
            }
            '␡' => 0x7F,
            '\u{2400}'..='\u{241F}' => u32::from(letter) - 0x2400,
            other => u32::from(other),
        };
        text.push(char::from_u32(code).expect(line));
    }
    text
}
