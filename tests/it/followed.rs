//! A repository that is followed: which commit is served, and what is said of the others.

use std::{path::Path, sync::Arc, time::Duration};

use flagstaff::{
    cli::following::DEPTH_DEFAULT,
    reload::{
        loader::{Loader, ReloadOptions},
        outcome::Outcome,
    },
    snapshot::current::SnapshotCell,
    source::{
        git::followed::{GitOptions, GitSource},
        read::SourceOptions,
        watch::bell::Bell,
    },
};
use insta::assert_snapshot;

use crate::harness::{Flags, flag, git};

/// A file with a mistake in it.
pub const BROKEN: &str = "flags:\n  a: { enabled: maybe }\n";

/// A loader that follows a repository, and the cell that it writes to.
struct Subject {
    loader: Loader,
    cell: Arc<SnapshotCell>,
}

impl Subject {
    fn of(repository: &Path, change: impl FnOnce(&mut GitOptions, &mut SourceOptions)) -> Self {
        let mut git = GitOptions {
            source: GitSource::Directory(repository.to_owned()),
            reference: None,
            depth: usize::try_from(DEPTH_DEFAULT).unwrap(),
            fast_forward_only: false,
        };
        let mut source = SourceOptions { roots: vec!["flags".into()], exclude: Vec::new() };
        change(&mut git, &mut source);
        let options = ReloadOptions { source, git: Some(git), ..ReloadOptions::default() };
        let cell = Arc::new(SnapshotCell::default());
        let bell = Arc::new(Bell::settling(Duration::ZERO));
        Self { loader: Loader::new(options, cell.clone(), bell), cell }
    }

    /// Looks, and says what came of it: the outcome, what is served, what is rejected.
    fn look(&mut self) -> String {
        let outcome = match self.loader.look().unwrap() {
            Outcome::Swapped(swap) => match (swap.previous.is_some(), swap.change()) {
                (false, _) => "first".to_owned(),
                (true, None) => "silently".to_owned(),
                (true, Some(change)) => change.to_string(),
            },
            Outcome::Unchanged => "unchanged".to_owned(),
            Outcome::Rejected(_) => "rejected".to_owned(),
            Outcome::Unreadable(_) => "unreadable".to_owned(),
            Outcome::Panicked => "panicked".to_owned(),
        };
        let served = self.served().map_or_else(|| "nothing".to_owned(), |commit| short(&commit));
        match self.cell.health().rejected {
            None => format!("{outcome}: {served}"),
            Some(rejection) => {
                let commit = rejection.commit.as_deref().map_or_else(String::new, short);
                format!("{outcome}: {served}, not {commit}: {}", rejection.message)
            }
        }
    }

    fn served(&self) -> Option<String> {
        self.cell.load().as_ref()?.commit.as_deref().map(str::to_owned)
    }
}

fn short(commit: &str) -> String {
    commit[..7].to_owned()
}

/// Commits one file, and says which commit that is.
pub fn commit(flags: &Flags, text: &str) -> String {
    flags.write("flags/a.yaml", text);
    flags.commit_all("a change")
}

/// A text with names in the place of commits and paths.
fn told(line: &str, names: &[(&str, &str)]) -> String {
    names.iter().fold(line.to_owned(), |line, (commit, name)| {
        line.replace(commit, name).replace(&short(commit), name)
    })
}

#[test]
fn each_commit_is_read_from_its_objects() {
    let flags = Flags::new();
    let one = commit(&flags, &flag("a", "one"));
    let mut subject = Subject::of(flags.root(), |_, _| {});
    let mut lines = vec![subject.look(), subject.look()];
    // The work tree is nobody's business: neither what is broken in it, nor what is staged.
    flags.write("flags/a.yaml", BROKEN);
    flags.git(&["add", "--all"]);
    lines.push(subject.look());
    let two = commit(&flags, &flag("a", "two"));
    lines.push(subject.look());
    flags.write("README.md", "nothing that is served");
    let three = flags.commit_all("beside");
    lines.push(subject.look());
    let snapshot = subject.cell.load().as_ref().unwrap().clone();
    let times = snapshot.times.unwrap();
    assert!(times.committed_at.unwrap() <= times.first_seen_at, "{times:?}");
    assert!(times.first_seen_at <= snapshot.loaded_at, "{times:?}");
    flags.git(&["gc", "--quiet", "--prune=now"]);
    lines.push(subject.look());
    let four = commit(&flags, &flag("a", "four"));
    lines.push(subject.look());
    let names = [(&*one, "ONE"), (&*two, "TWO"), (&*three, "THREE"), (&*four, "FOUR")];
    assert_snapshot!(told(&lines.join("\n"), &names), @r"
    first: ONE
    unchanged: ONE
    unchanged: ONE
    changed `a`: TWO
    silently: THREE
    unchanged: THREE
    changed `a`: FOUR
    ");
}

/// What did not change below the roots is not compiled again: the definitions are the same ones.
#[test]
fn an_unchanged_root_is_shared() {
    let flags = Flags::new();
    commit(&flags, &flag("a", "one"));
    let mut subject = Subject::of(flags.root(), |_, _| {});
    subject.look();
    let before = subject.cell.load().as_ref().unwrap().clone();
    flags.write("README.md", "beside");
    let second = flags.commit_all("beside");
    subject.look();
    let after = subject.cell.load().as_ref().unwrap().clone();
    assert!(Arc::ptr_eq(&before.definitions, &after.definitions));
    assert_eq!(after.commit.as_deref(), Some(&*second));
    drop((before, after));
    assert!(!subject.loader.reap());
    // And what was shared goes on being kept when something else is served.
    commit(&flags, &flag("a", "two"));
    subject.look();
    assert!(!subject.loader.reap());
}

#[test]
fn references_are_found_as_git_finds_them() {
    let flags = Flags::new();
    let one = commit(&flags, &flag("a", "one"));
    flags.git(&["tag", "--annotate", "v1", "--message", "a tag that has to be peeled"]);
    flags.git(&["branch", "feature/x"]);
    let two = commit(&flags, &flag("a", "two"));
    flags.git(&["tag", "both", &one]);
    flags.git(&["branch", "both"]);
    flags.git(&["tag", "tree", "HEAD^{tree}"]);
    flags.git(&["update-ref", "refs/environments/production", &one]);
    let names = [(&*one, "ONE"), (&*two, "TWO")];
    let home = flags.root().file_name().unwrap().to_str().unwrap();
    let look = |name: &str| {
        let mut subject = Subject::of(flags.root(), |git, _| git.reference = Some(name.to_owned()));
        format!("{name}: {}", told(&subject.look(), &names).replace(home, "flags"))
    };
    let asked = "main v1 feature/x both refs/tags/both refs/heads/main \
                 refs/environments/production mian x tree refs/heads/mian";
    let asked: Vec<&str> = asked.split(' ').collect();
    let loose = asked.iter().map(|name| look(name)).collect::<Vec<_>>().join("\n");
    flags.git(&["pack-refs", "--all"]);
    assert_eq!(asked.iter().map(|name| look(name)).collect::<Vec<_>>().join("\n"), loose);
    assert_snapshot!(loose, @r"
    main: first: TWO
    v1: first: ONE
    feature/x: first: ONE
    both: first: TWO
    refs/tags/both: first: ONE
    refs/heads/main: first: TWO
    refs/environments/production: first: ONE
    mian: unreadable: nothing, not : `flags` has no branch or tag `mian`; did you mean `main`?
    x: unreadable: nothing, not : `flags` has no branch or tag `x`; did you mean `feature/x`?
    tree: unreadable: nothing, not : `flags` cannot be read: `tree` names a tree, expected a commit
    refs/heads/mian: unreadable: nothing, not : `flags` has no reference `refs/heads/mian`
    ");
}

/// What was committed last need not be what is served: the newest before it that is good is.
#[test]
fn the_last_good_commit_is_found_in_the_history() {
    let flags = Flags::new();
    let first = commit(&flags, &flag("a", "one"));
    let good = commit(&flags, &flag("a", "two"));
    for number in 0..48 {
        flags.write("README.md", number.to_string());
        commit(&flags, BROKEN);
    }
    let bad = commit(&flags, &format!("{BROKEN}# and this one"));
    let mut subject = Subject::of(flags.root(), |_, _| {});
    let mut lines = vec![subject.look(), subject.look()];
    // The next bad one changes nothing, and there is no way back past what is served.
    let worse = commit(&flags, &format!("{BROKEN}# again"));
    lines.extend([subject.look(), subject.look()]);
    // Two at once, the older one good: it is found.
    let better = commit(&flags, &flag("a", "three"));
    let worst = commit(&flags, &format!("{BROKEN}# and again"));
    lines.push(subject.look());
    let best = commit(&flags, &flag("a", "four"));
    lines.push(subject.look());
    let names = [
        (&*first, "FIRST"),
        (&*good, "GOOD"),
        (&*bad, "BAD"),
        (&*worse, "WORSE"),
        (&*better, "BETTER"),
        (&*worst, "WORST"),
        (&*best, "BEST"),
    ];
    assert_snapshot!(told(&lines.join("\n"), &names), @r"
    first: GOOD, not BAD: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`
    rejected: GOOD, not BAD: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`
    rejected: GOOD, not WORSE: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`; nor can any of the 49 commits before it be served
    rejected: GOOD, not WORSE: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`; nor can any of the 49 commits before it be served
    changed `a`: BETTER, not WORST: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`
    changed `a`: BEST
    ");
}

#[test]
fn no_commit_within_the_depth_is_good() {
    let flags = Flags::new();
    commit(&flags, &flag("a", "one"));
    for number in 0..60 {
        flags.write("README.md", number.to_string());
        commit(&flags, BROKEN);
    }
    let tip = flags.git(&["rev-parse", "HEAD"]);
    let mut subject = Subject::of(flags.root(), |_, _| {});
    let mut lines = vec![subject.look(), subject.look()];
    let mut deeper = Subject::of(flags.root(), |git, _| git.depth = 61);
    lines.push(deeper.look().split(':').next().unwrap().to_owned());
    assert_snapshot!(told(&lines.join("\n"), &[(&*tip, "TIP")]), @r"
    rejected: nothing, not TIP: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`; nor can any of the 49 commits before it be served
    rejected: nothing, not TIP: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`; nor can any of the 49 commits before it be served
    first
    ");
}

/// What was merged was good on its own branch, but was never what this branch served.
#[test]
fn only_first_parents_are_gone_back_to() {
    let flags = Flags::new();
    let good = commit(&flags, &flag("a", "one"));
    flags.git(&["checkout", "--quiet", "-b", "side"]);
    commit(&flags, &flag("a", "side"));
    flags.git(&["checkout", "--quiet", "main"]);
    flags.write("README.md", "beside");
    let beside = flags.commit_all("beside");
    flags.git(&["merge", "--quiet", "--no-commit", "side"]);
    let merge = commit(&flags, BROKEN);
    assert!(flags.git(&["rev-list", "--parents", "-1", "HEAD"]).split(' ').count() == 3);
    let mut subject = Subject::of(flags.root(), |_, _| {});
    let names = [(&*good, "GOOD"), (&*beside, "BESIDE"), (&*merge, "MERGE")];
    assert_snapshot!(told(&subject.look(), &names), @r"first: BESIDE, not MERGE: 1 error: flags/a.yaml:2:17: `enabled` must be `true` or `false`, this is the string `maybe`");
}

/// Whatever a commit has that cannot be served, another commit is served in its place.
#[test]
fn what_makes_a_commit_bad() {
    let flags = Flags::new();
    let good = commit(&flags, &flag("a", "one"));
    let mut subject = Subject::of(flags.root(), |_, _| {});
    assert_eq!(subject.look(), format!("first: {}", short(&good)));
    let mut lines = Vec::new();
    let mut see = |what: &str, change: &dyn Fn()| {
        change();
        let tip = flags.commit_all(what);
        let served = subject.look();
        let mut fresh = Subject::of(flags.root(), |_, _| {});
        assert_eq!(fresh.look().split_once(": ").unwrap().1, served.split_once(": ").unwrap().1);
        lines.push(told(&format!("{what}: {served}"), &[(&tip, "TIP"), (&good, "GOOD")]));
        flags.git(&["reset", "--quiet", "--hard", &good]);
        assert!(subject.look().ends_with(&short(&good)));
    };
    see("nothing at the root", &|| flags.rename("flags", "away"));
    see("no flag", &|| flags.write("flags/a.yaml", "flags: {}"));
    see("a pointer", &|| {
        flags.write("flags/a.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n");
    });
    see("a link to nowhere", &|| flags.link("flags/b.yaml", "c.yaml"));
    see("a link out of the root", &|| flags.link("flags/b.yaml", "../README.md"));
    see("too large a file", &|| flags.write("flags/b.yaml", "#".repeat((1 << 20) + 1)));
    assert_snapshot!(lines.join("\n"), @"
    nothing at the root: rejected: GOOD, not TIP: `flags` does not exist
    no flag: rejected: GOOD, not TIP: the definitions hold no flag; `--allow-empty` serves that
    a pointer: rejected: GOOD, not TIP: 1 error: flags/a.yaml:1:1: this is a pointer of Git LFS, and not the file that it stands for; keep definitions in git itself
    a link to nowhere: rejected: GOOD, not TIP: `flags/b.yaml` is a symbolic link to `c.yaml`, which does not exist
    a link out of the root: rejected: GOOD, not TIP: `flags/b.yaml` is a symbolic link to `../README.md`, which does not exist
    too large a file: rejected: GOOD, not TIP: 1 error: flags/b.yaml:1:1: this file has 1048577 bytes, 1048576 is the limit: move flags to other files; where one flag lists very many users, compare an attribute that callers send instead
    ");
}

#[test]
fn a_ref_that_moves_back() {
    let flags = Flags::new();
    let one = commit(&flags, &flag("a", "one"));
    let two = commit(&flags, &flag("a", "two"));
    let mut free = Subject::of(flags.root(), |_, _| {});
    let mut strict = Subject::of(flags.root(), |git, _| git.fast_forward_only = true);
    let mut lines = vec![free.look(), strict.look()];
    flags.git(&["reset", "--quiet", "--hard", &one]);
    lines.extend([free.look(), strict.look(), strict.look()]);
    let other = commit(&flags, &flag("a", "other"));
    lines.extend([free.look(), strict.look()]);
    flags.git(&["reset", "--quiet", "--hard", &two]);
    let three = commit(&flags, &flag("a", "three"));
    lines.extend([free.look(), strict.look()]);
    let names = [(&*one, "ONE"), (&*two, "TWO"), (&*other, "OTHER"), (&*three, "THREE")];
    assert_snapshot!(told(&lines.join("\n"), &names), @r"
    first: TWO
    first: TWO
    changed `a`: ONE
    rejected: TWO, not ONE: it does not descend from TWO, which is served: history was rewritten, and `--fast-forward-only` refuses that
    rejected: TWO, not ONE: it does not descend from TWO, which is served: history was rewritten, and `--fast-forward-only` refuses that
    changed `a`: OTHER
    rejected: TWO, not OTHER: it does not descend from TWO, which is served: history was rewritten, and `--fast-forward-only` refuses that
    changed `a`: THREE
    changed `a`: THREE
    ");
}

#[test]
fn a_repository_that_comes_and_goes() {
    let flags = Flags::new();
    let home = flags.root().to_str().unwrap().to_owned();
    let place = flags.path("flags.git");
    let clone = |from: &Flags| {
        let from = from.root().to_str().unwrap();
        flags.git(&["clone", "--quiet", "--bare", from, "flags.git"]);
    };
    let mut subject = Subject::of(&place, |git, _| git.reference = Some("main".to_owned()));
    let mut lines = vec![subject.look()];
    flags.write("flags.git/HEAD", "something else");
    lines.push(subject.look());
    flags.remove("flags.git");
    flags.git(&["init", "--quiet", "--bare", "flags.git"]);
    lines.push(subject.look());
    flags.remove("flags.git");
    let origin = Flags::new();
    let one = commit(&origin, &flag("a", "one"));
    clone(&origin);
    lines.push(subject.look());
    git(&place, &["update-ref", "-d", "refs/heads/main"]);
    lines.push(subject.look());
    git(&place, &["update-ref", "refs/heads/main", &one]);
    lines.push(subject.look());
    flags.rename("flags.git", "away");
    lines.push(subject.look());
    let two = commit(&origin, &flag("a", "two"));
    clone(&origin);
    lines.push(subject.look());
    let names = [(&*one, "ONE"), (&*two, "TWO"), (&*home, "~")];
    assert_snapshot!(told(&lines.join("\n"), &names), @r"
    unreadable: nothing, not : `flags.git` does not exist
    unreadable: nothing, not : `flags.git` is no git repository, with or without files
    unreadable: nothing, not : `flags.git` has no branch or tag `main`
    first: ONE
    unreadable: ONE, not : `flags.git` has no branch or tag `main`
    unchanged: ONE
    unreadable: ONE, not : `flags.git` does not exist
    changed `a`: TWO
    ");
}

#[test]
fn layers_and_what_is_passed_over() {
    let flags = Flags::with([
        ("flags/a.yaml", &flag("a", "one")),
        ("flags/drafts/b.yaml", BROKEN),
        ("deploy/production/a.yaml", "flags:\n  a: { default: { variant: \"off\" } }\n"),
    ]);
    flags.write("flags/a.yaml", "flags:\n  a: { enabled: true }\n");
    flags.write("deploy/production/a.yaml", "flags:\n  a: { enabled: false }\n");
    let tip = flags.commit_all("layers");
    let mut subject = Subject::of(flags.root(), |_, source| {
        source.roots = vec!["flags".into(), "./deploy/production/".into()];
        source.exclude = vec!["drafts/**".parse().unwrap()];
    });
    assert_eq!(told(&subject.look(), &[(&tip, "TIP")]), "first: TIP");
    let current = subject.cell.load();
    let snapshot = current.as_ref().unwrap();
    assert!(snapshot.definitions.flags().next().unwrap().json.contains("\"enabled\":false"));
}
