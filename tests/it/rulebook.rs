//! Every rule has an explanation, with examples that are what they claim to be.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use flagstaff::{
    diagnostics::{
        code::{Code, HazardCode, explanation, explanations},
        explanation::{Example, Explanation},
        severity::Severity,
    },
    diff::difference::diff,
};
use insta::assert_snapshot;

use crate::{
    accept::is_accepting,
    case::judge,
    compile::{self, said},
    harness::Flags,
    program::run,
};

/// Rules of which no definition is an example.
const IN_WORDS: [&str; 12] = [
    "control-character",
    "empty-file",
    "file-too-large",
    "link-loop",
    "link-outside-root",
    "matrix-too-large",
    "not-utf-8",
    "schema",
    "too-expensive",
    "too-many-flags",
    "too-many-problems",
    "wrong-shape",
];

fn files(example: &Example) -> Option<Vec<(&str, &str)>> {
    match example {
        Example::Files(files) => {
            Some(files.iter().map(|(path, text)| (&**path, &**text)).collect())
        }
        Example::Words(_) => None,
    }
}

/// The worst that is said of definitions and flag tests; all rules of that severity.
fn worst(files: &[(&str, &str)]) -> (Option<Severity>, BTreeSet<&'static str>, String) {
    let found = judge(files);
    let severity = found.diagnostics.iter().map(|found| found.severity()).max();
    let rules = found.diagnostics.iter().filter(|found| Some(found.severity()) == severity);
    (severity, rules.map(|found| found.code.id()).collect(), said(&found))
}

#[test]
fn bad_examples_are_bad_and_good_ones_good() {
    let mut wrong = String::new();
    for rule in explanations().into_iter().filter(|rule| rule.severity.is_some()) {
        match files(&rule.bad()) {
            Some(files) => {
                let (severity, rules, said) = worst(&files);
                if severity != rule.severity || rules != BTreeSet::from([rule.id]) {
                    writeln!(wrong, "bad example of {}:\n{said}", rule.id).unwrap();
                }
            }
            None if IN_WORDS.contains(&rule.id) => {}
            None => writeln!(wrong, "{} needs a bad example", rule.id).unwrap(),
        }
        if let Some(files) = files(&rule.good()) {
            let (severity, _, said) = worst(&files);
            if severity.is_some() {
                writeln!(wrong, "good example of {}:\n{said}", rule.id).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// One side of a change.
/// The hazards of the change that an example is.
fn hazards(example: &Example) -> BTreeSet<&'static str> {
    let all = files(example).unwrap();
    let side = |root: &str| {
        let files = all.iter().filter(|(path, _)| path.starts_with(root));
        compile::side(&files.copied().collect::<Vec<_>>())
    };
    let (base, head) = (side("base/"), side("head/"));
    let found = diff(base.tree(), head.tree());
    found.flags.iter().flat_map(|flag| &flag.hazards).map(|hazard| hazard.code.id()).collect()
}

#[test]
fn hazards_are_where_examples_say() {
    for rule in explanations().into_iter().filter(|rule| rule.severity.is_none()) {
        // A flag that keeps its users under another key has another key all the same.
        let rest = match rule.id {
            "renamed-without-salt" => BTreeSet::from(["renamed"]),
            _ => BTreeSet::new(),
        };
        let all = rest.iter().copied().chain([rule.id]).collect();
        assert_eq!(hazards(&rule.bad()), all, "bad: {}", rule.id);
        assert_eq!(hazards(&rule.good()), rest, "good: {}", rule.id);
    }
}

#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let ids: Vec<&str> = explanations().iter().map(|it| it.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "an id twice: {ids:?}");
    assert!(Code::ALL.is_sorted() && Code::ALL.is_sorted_by_key(|code| code.id()));
    assert!(HazardCode::ALL.is_sorted_by_key(|code| code.id()));
    let pages = fs::read_dir(rules()).unwrap();
    let mut pages: Vec<String> = pages
        .map(|page| page.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|name| name != "README")
        .collect();
    pages.sort_unstable();
    assert_eq!(pages, ids);
}

/// A code that nothing emits is a promise that nobody keeps.
#[test]
fn every_code_is_emitted() {
    let mut code = String::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    // The table says `Name = Severity "id"`, whoever emits it `Code::Name` or `HazardCode::Name`.
    let ids = Code::ALL.iter().map(|code| format!("Code::{code:?}"));
    let ids = ids.chain(HazardCode::ALL.iter().map(|code| format!("HazardCode::{code:?}")));
    let silent: Vec<String> = ids
        .filter(|name| {
            let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric());
            !code.split(&**name).skip(1).any(is_whole)
        })
        .collect();
    assert_eq!(silent, [""; 0]);
}

#[test]
fn texts_are_in_order() {
    for it in explanations() {
        let (id, text) = (it.id, it.on_one_line());
        assert_eq!(explanation(id).unwrap().page, it.page);
        assert!(!it.summary.ends_with('.') && it.summary.len() <= 100, "{id}: {}", it.summary);
        assert!(text.ends_with('.') && 60 < text.len(), "{id}: {text}");
        assert!(it.plain().lines().skip(1).all(|line| line.chars().count() <= 100), "{id}");
        assert!(it.page.starts_with(&format!("*{}*: ", it.kind())), "{id}: {}", it.page);
        let page = fs::read_to_string(rules().join(format!("{id}.md"))).unwrap();
        assert_eq!(page, format!("# `{id}`\n\n{}", it.page));
    }
}

/// `docs/rules/README.md` lists the pages; `INSTA_UPDATE=always` writes it.
#[test]
fn the_index_lists_every_page() {
    let mut text = INDEX.to_owned();
    for kind in ["error", "warning", "note", "hazard"] {
        write!(text, "\n## {}s\n\n| rule | what is wrong |\n|---|---|\n", capital(kind)).unwrap();
        for it in explanations().iter().filter(|it| it.kind() == kind) {
            let (id, summary) = (it.id, it.summary.replace('|', "\\|"));
            writeln!(text, "| [`{id}`]({id}.md) | {summary} |").unwrap();
        }
    }
    text.push_str(BY_MESSAGE);
    let mut seen: Vec<(String, &str)> =
        explanations().iter().filter_map(|rule| Some((message(rule)?, rule.id))).collect();
    seen.sort_by_cached_key(|(message, _)| message.to_lowercase());
    for (message, id) in seen {
        writeln!(text, "| {} | [`{id}`]({id}.md) |", message.replace('|', "\\|")).unwrap();
    }
    let path = rules().join("README.md");
    if is_accepting() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text);
}

/// What is said of the bad example of a rule; none where no file can be one.
fn message(rule: &Explanation) -> Option<String> {
    let bad = rule.bad();
    let files = files(&bad)?;
    if rule.severity.is_none() {
        let side = |root: &str| {
            let files = files.iter().filter(|(path, _)| path.starts_with(root));
            compile::side(&files.copied().collect::<Vec<_>>())
        };
        let (base, head) = (side("base/"), side("head/"));
        let found = diff(base.tree(), head.tree());
        let mut hazards = found.flags.iter().flat_map(|flag| &flag.hazards);
        return Some(hazards.find(|hazard| hazard.code.id() == rule.id)?.message.to_string());
    }
    let found = judge(&files).diagnostics;
    Some(found.iter().find(|found| found.code.id() == rule.id)?.message.to_string())
}

const BY_MESSAGE: &str = "
## By message

What `flagstaff` says about the bad example on each page. Your names and values will differ.

| message | rule |
|---|---|
";

const INDEX: &str = "# Rules

Every diagnostic carries the id of a rule, and so does every hazard that `flagstaff diff` reports.
`flagstaff explain RULE` prints the rule's page.

* An **error** is never served.
* A **warning** is served and shown. `flagstaff check --deny-warnings` fails on it.
* A **note** is shown and fails nothing.
* A **hazard** is what a change does that its author may not intend. `flagstaff diff --fail-on` fails
  on those that it names.

If a flag means what a warning or note is about, list the rule in the flag: `allow: [no-effect]`.
`flagstaff check --allow RULE` ignores a rule in all files. Errors cannot be allowed.
";

fn rules() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules")
}

#[test]
fn explain() {
    let flags = Flags::new();
    assert_snapshot!(run(&flags, &["explain", "unknown-field"]), @r"
    error[unknown-field]: a field does not exist here

    A misspelled field would have no effect, and the flag might be on for everybody
    instead of a few. flagstaff ignores keys that begin with `x-`: use them for tickets
    and tags.

    Bad:

        flags:
          new-checkout: { enabled: true, rolout_percentage: 25 }

    Good:

        flags:
          new-checkout: { enabled: true, rollout_percentage: 25, x-ticket: SHOP-17 }
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["explain", "patch-of-unknown-flag"]), @r"
    error[patch-of-unknown-flag]: a later root changes a flag that no lower root defines

    A flag in a later root changes a flag of a lower one. If there is none, the key is
    probably misspelled, and the change would be lost silently. If the flag should
    exist only in this root, state `enabled`.

    Bad:

        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # production/checkout.yaml
        flags:
          new-chekout: { rollout_percentage: 10 }

    Good:

        # flags/checkout.yaml
        flags:
          new-checkout: { enabled: true, rollout_percentage: 25 }
        # production/checkout.yaml
        flags:
          new-checkout: { rollout_percentage: 10 }
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["explain", "link-outside-root"]), @r"
    error[link-outside-root]: a symbolic link leads out of its root

    A pull request must not be able to show other files of the machine that reads it,
    so flagstaff follows links only inside the root. Move the file into the root, or
    add its directory as another root.

    Bad:

        `flags/shared.yaml`, a symbolic link to `/etc/shared.yaml`.

    Good:

        `flags/shared.yaml`, a file.
    --- exit 0
    ");
    assert_snapshot!(run(&flags, &["explain", "unkown-field"]), @r"
    --- stderr
    error: there is no rule `unkown-field`
    help: did you mean `unknown-field`?
    --- exit 2
    ");
    assert_snapshot!(run(&flags, &["explain", "E0308"]), @r"
    --- stderr
    error: there is no rule `E0308`
    help: `flagstaff explain` lists all rules
    --- exit 2
    ");
    let list = run(&flags, &["explain"]);
    assert_eq!(list.lines().count(), explanations().len() + 1);
    assert_snapshot!(list.lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    alias                      error    an alias: `*name`
    anchor                     error    an anchor: `&name`
    answers-everyone-alike     note     a flag with rules serves everyone the same
    ");
}

fn capital(word: &str) -> String {
    format!("{}{}", word[..1].to_uppercase(), &word[1..])
}
