//! The reference and the recipes: what they say is served is what is served.

use std::{fmt::Write as _, fs, path::PathBuf};

use flagstaff::{
    definition::written::field::FIELDS,
    engine::{operator::OPERATORS, resolution::Reason},
};
use serde_json::Value;

use crate::{accept::is_accepting, harness::Flags, program::run};

fn path(document: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(document)
}

fn read(document: &str) -> String {
    fs::read_to_string(path(document)).unwrap()
}

/// The cells of a row of a table.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split(" |").map(|cell| cell.trim().trim_matches('`')).collect()
}

/// Asks all flags of one row, and compares what they answer with what stands there.
fn ask(flags: &Flags, roots: &[&str], columns: &[&str], row: &[&str]) {
    let [context, answers @ ..] = row else { panic!("{row:?}") };
    let keys = columns.strip_suffix(&["reason"]).unwrap_or(columns);
    for (key, expected) in keys.iter().zip(answers) {
        let mut words = vec!["eval", key, "--context", context];
        words.extend(roots.iter().flat_map(|root| ["--root", root]));
        let said = run(flags, &words);
        let said = said.split_once("⏎").unwrap_or_else(|| panic!("{key}: {said}")).0;
        let answer: Value = serde_json::from_str(said).unwrap_or_else(|_| panic!("{said}"));
        let expected: Value = serde_json::from_str(expected).unwrap_or_default();
        assert_eq!(answer["value"], expected, "{key} for {context}");
        if let Some(reason) = answers.get(keys.len()) {
            assert_eq!(answer["reason"], *reason, "{key} for {context}");
        }
    }
}

#[test]
fn every_answer_of_the_reference_is_what_is_served() {
    let text = read("flags.md");
    let mut lines = text.lines();
    let (mut flags, mut roots): (Flags, Vec<&str>) = (Flags::new(), Vec::new());
    let (mut columns, mut was_answered, mut count): (Vec<&str>, bool, usize) =
        (Vec::new(), true, 0);
    while let Some(line) = lines.next() {
        if line == "```yaml" {
            let name = lines.next().unwrap().strip_prefix("# ").unwrap();
            if was_answered {
                (flags, roots, was_answered) = (Flags::new(), Vec::new(), false);
            }
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            flags.write(name, block.join("\n") + "\n");
            roots.push(name.split_once('/').unwrap().0);
            let mut words = vec!["check", "--deny-warnings"];
            words.extend(&roots);
            let said = run(&flags, &words);
            assert!(said.ends_with("--- exit 0"), "{name}: {said}");
        } else if let Some(header) = line.strip_prefix("| evaluation context | ") {
            columns = cells(header);
            was_answered = true;
        } else if line.starts_with("| `{\"") || line.starts_with("| `{}`") {
            ask(&flags, &roots, &columns, &cells(line));
            count += 1;
        }
    }
    assert!(15 < count, "{count}");
}

/// The table of operators is the program's; `INSTA_UPDATE=always` writes it.
#[test]
fn the_reference_lists_what_there_is() {
    let mut table = "| operator | `value` | holds if |\n|---|---|---|\n".to_owned();
    for operator in &OPERATORS {
        let (name, operand) = (operator.name, operator.operand.expected());
        writeln!(table, "| `{name}` | {operand} | {} |", operator.summary).unwrap();
    }
    let text = read("flags.md");
    let (before, rest) = text.split_once("<!-- operators -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let expected = format!("{before}<!-- operators -->\n{table}<!-- end -->{after}");
    if is_accepting() {
        fs::write(path("flags.md"), &expected).unwrap();
    }
    assert_eq!(read("flags.md"), expected);
    let reasons =
        [Reason::Disabled, Reason::Static, Reason::Split, Reason::TargetingMatch, Reason::Default];
    for reason in reasons {
        let row = format!("| `{}` | ", reason.name());
        assert!(expected.contains(&row), "{row}");
    }
    let missing: Vec<&str> = FIELDS
        .iter()
        .map(|row| row.name)
        .filter(|name| {
            !expected.contains(&format!("`{name}")) && !expected.contains(&format!("{name}:"))
        })
        .collect();
    assert_eq!(missing, [""; 0], "fields that the reference does not name");
}

/// One recipe: its files, the usual next edit, and what a difference says of that edit.
struct Recipe<'t> {
    title: &'t str,
    files: Vec<(&'t str, String)>,
    edit: Option<String>,
    said: Option<(String, String)>,
}

fn recipes(text: &str) -> Vec<Recipe<'_>> {
    let mut recipes: Vec<Recipe<'_>> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            recipes.push(Recipe { title, files: Vec::new(), edit: None, said: None });
            continue;
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let recipe = recipes.last_mut().unwrap();
        let whole = |block: &[&str]| block.join("\n") + "\n";
        match (language, &*block) {
            ("yaml", [name, rest @ ..]) => {
                recipe.files.push((name.strip_prefix("# ").unwrap(), whole(rest)));
            }
            ("diff", _) => recipe.edit = Some(whole(&block)),
            ("console", [command, rest @ ..]) => {
                let command = command.strip_prefix("$ flagstaff ").unwrap().to_owned();
                recipe.said =
                    Some((command, if rest.is_empty() { String::new() } else { whole(rest) }));
            }
            _ => panic!("nothing is known of `{language}`"),
        }
    }
    recipes
}

/// The file that an edit fits, after it: the lines with `-` give way to those with `+`.
fn edited<'t>(files: &[(&'t str, String)], edit: &str) -> (&'t str, String) {
    let side = |mark: char| -> String {
        edit.lines()
            .filter(|line| line.starts_with([mark, ' ']))
            .map(|line| format!("{}\n", &line[1..]))
            .collect()
    };
    let before = side('-');
    let mut fitting = files.iter().filter(|(_, text)| text.matches(&before).count() == 1);
    let (Some((name, text)), None) = (fitting.next(), fitting.next()) else {
        panic!("the edit does not fit one file:\n{edit}")
    };
    (name, text.replacen(&before, &side('+'), 1))
}

/// Each recipe is clean, passes its own tests, and its next edit does what the page says.
/// `INSTA_UPDATE=always` writes what a difference says.
#[test]
fn recipes_do_what_they_say() {
    let text = read("recipes.md");
    let mut updated = text.clone();
    let is_updating = is_accepting();
    let recipes = recipes(&text);
    assert!(12 <= recipes.len(), "{}", recipes.len());
    for Recipe { title, files, edit, said } in &recipes {
        let flags = Flags::new();
        let mut roots: Vec<&str> = Vec::new();
        for (name, text) in files {
            for side in ["before", "after"] {
                flags.write(&format!("{side}/{name}"), text);
            }
            flags.write(name, text);
            let root = name.split_once('/').unwrap().0;
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        let ask = |words: &[&str]| run(&flags, &[words, &*roots].concat());
        let checked = ask(&["check", "--deny-warnings"]);
        assert!(checked.ends_with("no problems\n--- exit 0"), "{title}: {checked}");
        let tested = ask(&["test"]);
        assert!(tested.ends_with(" 0 failed\n--- exit 0"), "{title}: {tested}");
        assert!(!tested.contains("no test"), "{title}: {tested}");
        let (Some(edit), Some((command, printed))) = (edit, said) else {
            panic!("{title} has no next edit");
        };
        let (name, after) = edited(files, edit);
        flags.write(&format!("after/{name}"), after);
        let words: Vec<&str> = command.split(' ').collect();
        let said = run(&flags, &words);
        let said = said.strip_suffix("--- exit 0").unwrap_or_else(|| panic!("{title}: {said}"));
        if said != printed && is_updating {
            let block = |said: &str| format!("$ flagstaff {command}\n{said}```\n");
            let (start, rest) = updated.split_once(&format!("## {title}\n")).unwrap();
            let rest = rest.replacen(&block(printed), &block(said), 1);
            updated = format!("{start}## {title}\n{rest}");
        } else {
            assert_eq!(said, printed, "{title}");
        }
    }
    if updated != text {
        fs::write(path("recipes.md"), updated).unwrap();
    }
}
