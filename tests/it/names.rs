//! Names of public types: none is given twice, but for those that are always written with their
//! module.

use std::{collections::BTreeMap, path::Path};

use crate::rust::{code_only, crate_paths};

/// Names that several types may have, because each is only ever written as `module::Name`.
const ALWAYS_QUALIFIED: [&str; 1] = ["Arguments"];

const KINDS: [&str; 5] = ["struct", "enum", "trait", "type", "union"];

#[test]
fn no_two_public_types_have_one_name() {
    let mut files = Vec::new();
    for folder in ["src", "tests/it", "benches", "fuzz/fuzz_targets"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    let problems = problems(&files);
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

#[test]
fn a_name_that_is_given_twice_is_found() {
    let one = ("src/a/one.rs", "pub struct Part;\n");
    let two = ("src/b/two.rs", "pub(crate) enum Part {\n    Rule,\n}\n");
    assert_eq!(of(&[one, two]), ["`Part` is a type of src/a/one.rs and of src/b/two.rs"]);
    // What a file keeps to itself concerns nobody else.
    assert_eq!(
        of(&[one, ("src/b/two.rs", "struct Part;\nfn a() { /* pub struct Part */ }\n")]),
        [""; 0]
    );

    let check = ("src/cli/check.rs", "pub struct Arguments {\n");
    let diff = ("src/cli/diff.rs", "pub struct Arguments {\n");
    let qualified = ("src/cli/all.rs", "use crate::cli::{check, diff};\n");
    assert_eq!(of(&[check, diff, qualified]), [""; 0]);
    let imported = ("src/cli/all.rs", "use crate::cli::{check::Arguments, diff};\n");
    assert_eq!(
        of(&[check, diff, imported]),
        ["src/cli/all.rs imports `Arguments`, which several types are called"]
    );
    let renamed = ("tests/it/all.rs", "use flagstaff::cli::check::Arguments as Checked;\n");
    assert_eq!(
        of(&[check, diff, renamed]),
        ["tests/it/all.rs imports `Arguments`, which several types are called"]
    );
}

fn of(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    problems(&files.collect::<Vec<_>>())
}

/// What is wrong with the names of types in files of this path and text.
fn problems(files: &[(String, String)]) -> Vec<String> {
    let mut types: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with("src/")) {
        for name in code_only(text).lines().filter_map(public_type) {
            types.entry(name.to_owned()).or_default().push(path);
        }
    }
    types.retain(|_, paths| 1 < paths.len());
    let mut problems = Vec::new();
    for (name, paths) in &types {
        if !ALWAYS_QUALIFIED.contains(&name.as_str()) {
            problems.push(format!("`{name}` is a type of {}", paths.join(" and of ")));
        }
    }
    for (path, text) in files {
        let code = code_only(text).replace("flagstaff::", "crate::");
        for import in crate_paths(&code) {
            let name = import.rsplit("::").next().unwrap_or_default();
            if ALWAYS_QUALIFIED.contains(&name) && types.contains_key(name) {
                problems.push(format!("{path} imports `{name}`, which several types are called"));
            }
        }
    }
    problems
}

/// The name of the type that a line declares for others.
fn public_type(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub")?;
    let rest = match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(") ")?.1,
        None => rest.strip_prefix(' ')?,
    };
    let (kind, rest) = rest.split_once(' ')?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    KINDS.contains(&kind).then(|| &rest[..end.unwrap_or(rest.len())])
}

/// Every Rust file below a folder, by its path in the project.
fn read(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            read(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a text of the project");
            let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below the project");
            files.push((name.to_str().expect("a name in UTF-8").to_owned(), text));
        }
    }
}
