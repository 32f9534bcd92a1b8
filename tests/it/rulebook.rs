//! Every rule has an explanation, with examples that are what they claim to be.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use flagstaff::definition::{
    diagnostic::Severity,
    rule::{Example, Rule},
    rulebook,
};
use insta::assert_snapshot;

use crate::{case::judge, compile::said, harness::Flags, program::run};

/// Rules of which no definition is an example.
const IN_WORDS: [&str; 13] = [
    "control-character",
    "empty-file",
    "file-too-large",
    "invalid-name",
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

#[test]
fn bad_examples_are_bad_and_good_ones_good() {
    let mut wrong = String::new();
    for rule in rulebook::all() {
        match files(&rule.bad()) {
            Some(files) => {
                let found = judge(&files);
                let others = found.diagnostics.iter().filter(|found| found.rule != rule.id);
                let is_alone = others.clone().all(|other| other.severity < rule.severity);
                let own = found.diagnostics.iter().find(|found| found.rule == rule.id);
                if own.is_none_or(|own| own.severity != rule.severity) || !is_alone {
                    writeln!(wrong, "bad example of {}:\n{}", rule.id, said(&found)).unwrap();
                }
            }
            None if IN_WORDS.contains(&rule.id) => {}
            None => writeln!(wrong, "{} needs a bad example", rule.id).unwrap(),
        }
        if let Some(files) = files(&rule.good()) {
            let found = judge(&files);
            if !found.diagnostics.is_empty() {
                writeln!(wrong, "good example of {}:\n{}", rule.id, said(&found)).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_rule_is_explained_once() {
    let problems = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/definition/problems");
    let mut emitted = BTreeSet::new();
    for entry in fs::read_dir(problems).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
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
    let ids: Vec<&str> = rulebook::all().iter().map(|rule| rule.id).collect();
    let explained: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(ids.len(), explained.len(), "a rule is explained twice");
    let missing: Vec<_> = emitted.symmetric_difference(&explained).collect();
    assert!(missing.is_empty(), "emitted or explained, but not both: {missing:?}");
}

#[test]
fn texts_are_in_order() {
    for Rule { id, summary, .. } in rulebook::all() {
        let rule = rulebook::find(id).unwrap();
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
    let mut text = "# Rules\n\nEvery diagnostic of `flagstaff check` carries the id of a rule. \
        `flagstaff explain RULE` prints what stands here.\n\n*error*: nothing with an error is ever \
        served. *warning*: served, shown, and failing `check --deny-warnings`. *note*: shown, never \
        failing.\n"
        .to_owned();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let rules = rulebook::all();
        let rules = rules.iter().filter(|rule| rule.severity == severity);
        let links: Vec<_> = rules.map(|rule| format!("[`{0}`](#{0})", rule.id)).collect();
        write!(text, "\n{}s: {}\n", severity.name(), links.join(", ")).unwrap();
    }
    for rule in rulebook::all() {
        write!(text, "\n## {}\n\n{}", rule.id, rule.markdown()).unwrap();
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
    assert_eq!(list.lines().count(), rulebook::all().len() + 1);
    assert_snapshot!(list.lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    alias                   error    an alias: `*name`
    anchor                  error    an anchor: `&name`
    attribute-misfit        error    an attribute is compared with a value of another type than it is declared with
    ");
}
