//! Every rule has an explanation, with examples that are what they claim to be.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use flagstaff::{
    definition::compile::Compilation,
    diagnostics::{
        catalogue,
        diagnostic::Severity,
        explanation::{Example, Rule},
    },
    diff::{difference::diff, hazard, pairing::Tree},
};
use insta::assert_snapshot;

use crate::{
    case::judge,
    compile::{gate, said},
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
    let severity = found.diagnostics.iter().map(|found| found.severity).max();
    let rules = found.diagnostics.iter().filter(|found| Some(found.severity) == severity);
    (severity, rules.map(|found| found.rule).collect(), said(&found))
}

#[test]
fn bad_examples_are_bad_and_good_ones_good() {
    let mut wrong = String::new();
    for rule in catalogue::all().into_iter().filter(|rule| rule.severity.is_some()) {
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
fn tree(compilation: &Compilation) -> Tree<'_> {
    let Compilation { definitions, diagnostics, paths, .. } = compilation;
    Tree { definitions: definitions.as_ref().unwrap(), diagnostics, paths }
}

/// The hazards of the change that an example is.
fn hazards(example: &Example) -> BTreeSet<&'static str> {
    let all = files(example).unwrap();
    let side = |root: &str| {
        let files = all.iter().filter(|(path, _)| path.starts_with(root));
        gate(&files.copied().collect::<Vec<_>>())
    };
    let (base, head) = (side("base/"), side("head/"));
    let found = diff(tree(&base), tree(&head));
    found.flags.iter().flat_map(|flag| &flag.hazards).map(|hazard| hazard.rule).collect()
}

#[test]
fn hazards_are_where_examples_say() {
    for rule in catalogue::all().into_iter().filter(|rule| rule.severity.is_none()) {
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
fn every_rule_is_explained_once() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let problems = fs::read_dir(source.join("definition/problems")).unwrap();
    let rooms = ["flag_test", "schema", "yaml"];
    let paths: Vec<_> = problems
        .map(|entry| entry.unwrap().path())
        .chain(rooms.map(|room| source.join(room).join("problems.rs")))
        .collect();
    let mut emitted: BTreeSet<String> = hazard::RULES.map(str::to_owned).into();
    for path in paths {
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices('"') {
            let literal = text[at + 1..].split('"').next().unwrap();
            let before = text[..at].trim_end();
            let is_built = ["Diagnostic::error(", "Diagnostic::warning(", "Diagnostic::note("]
                .iter()
                .any(|constructor| before.ends_with(constructor));
            let is_chosen =
                literal.contains('-') && (before.ends_with('(') || before.ends_with("=>"));
            let is_letter = |byte: u8| byte.is_ascii_lowercase() || b"-8".contains(&byte);
            if (is_built || is_chosen) && !literal.is_empty() && literal.bytes().all(is_letter) {
                emitted.insert(literal.to_owned());
            }
        }
    }
    let ids: Vec<&str> = catalogue::all().iter().map(|rule| rule.id).collect();
    let explained: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(ids.len(), explained.len(), "a rule is explained twice");
    let missing: Vec<_> = emitted.symmetric_difference(&explained).collect();
    assert!(missing.is_empty(), "emitted or explained, but not both: {missing:?}");
}

#[test]
fn texts_are_in_order() {
    for Rule { id, summary, .. } in catalogue::all() {
        let rule = catalogue::find(id).unwrap();
        assert!(!summary.ends_with('.') && summary.len() <= 100, "{id}");
        let explanation = rule.explanation();
        assert!(explanation.ends_with('.') && 60 < explanation.len(), "{id}: {explanation}");
        assert!(
            rule.text().lines().skip(1).all(|line| line.chars().count() <= 100),
            "{}",
            rule.text()
        );
    }
}

/// `docs/rules.md` is these tables; `UPDATE_EXPECTED=1` writes it.
#[test]
fn the_documentation_is_the_same() {
    let mut text =
        "# Rules\n\nEvery diagnostic carries the id of a rule, and so does every hazard that \
        `flagstaff diff` reports. `flagstaff explain RULE` prints what stands here.\n\n*Errors*: \
        nothing with an error is ever served. *Warnings*: served, shown, and failing `flagstaff \
        check --deny-warnings`. *Notes*: shown, never failing. *Hazards*: what a change does that \
        its author may not mean, failing where `flagstaff diff --fail-on` names them.\n"
            .to_owned();
    for kind in ["error", "warning", "note", "hazard"] {
        let rules = catalogue::all();
        let rules = rules.iter().filter(|rule| rule.kind() == kind);
        let links: Vec<_> = rules.map(|rule| format!("[`{0}`](#{0})", rule.id)).collect();
        write!(text, "\n## {}s\n\n{}\n", capital(kind), links.join(", ")).unwrap();
    }
    text.push_str("\n## All of them\n");
    for rule in catalogue::all() {
        write!(text, "\n### {}\n\n{}", rule.id, rule.markdown()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == text, "docs/rules.md is not what the tables say");
}

#[test]
fn explain() {
    let flags = Flags::new();
    assert_snapshot!(run(&flags, &["explain", "unknown-field"]), @r"
    error[unknown-field]: a field has no meaning there

    A misspelled field would be as if it were not there, and the flag on for
    everybody instead of a few. Keys that begin with `x-` are never looked at: they
    are the place for tickets and tags.

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

    A flag in a later root is a change to one below. If there is none, the key is
    most likely misspelled, and the change would be lost in silence. A flag that is
    meant to exist only in this root states `enabled`.

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

    A pull request must not be able to show another file of the machine that reads
    it, so links are followed only inside the root. Move the file into the root, or
    give the directory that has it as a root of its own.

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
    assert_eq!(list.lines().count(), catalogue::all().len() + 1);
    assert_snapshot!(list.lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    alias                   error    an alias: `*name`
    anchor                  error    an anchor: `&name`
    attribute-misfit        error    an attribute is compared with a value of another type than it is declared with
    ");
}

fn capital(word: &str) -> String {
    format!("{}{}", word[..1].to_uppercase(), &word[1..])
}
