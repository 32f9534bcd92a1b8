//! The commit of what is read, in every place where git or its kin put one.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use flagstaff::source::{
    file_kind::FileKind,
    git::{
        commit::commit,
        work_tree::{Lock, Moment, Sightings, WorkTree},
    },
    read::{SourceOptions, read_files},
    symlinks::{hops, published_commit},
    watch::mount::{frozen, single_files},
};

use crate::harness::{Flags, flag, git};

const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

/// The commit of a root.
fn commit_of(root: impl Into<PathBuf>) -> String {
    commit_of_all(&[root.into()], None)
}

fn commit_of_all(roots: &[PathBuf], file: Option<&Path>) -> String {
    let exclude = vec!["drafts".parse().unwrap()];
    let options = SourceOptions { roots: roots.to_vec(), exclude };
    let reading = read_files(&options, FileKind::Definition).unwrap();
    match commit(file, &options, &reading) {
        Ok(commit) => commit.map_or_else(|| "none".to_owned(), |commit| commit.name),
        Err(problem) => problem,
    }
}

#[test]
fn the_commit_of_a_work_tree() {
    let tree = Flags::with([("flags/a.yaml", &flag("a", "one")), ("flags/deep/b.json", "{}")]);
    assert_eq!(commit_of(tree.path("flags")), "none");
    let first = tree.commit_all("first");
    assert_eq!(commit_of(tree.path("flags")), first);
    assert_eq!(commit_of(tree.root()), first);
    assert_eq!(commit_of(tree.path("flags/a.yaml")), first);
    tree.write("README.md", "no definition");
    let second = tree.commit_all("second");
    assert_eq!(commit_of(tree.path("flags")), second);
    tree.git(&["checkout", "--quiet", "--detach", &first]);
    assert_eq!(commit_of(tree.path("flags")), first);
    tree.git(&["pack-refs", "--all"]);
    tree.git(&["checkout", "--quiet", "main"]);
    tree.git(&["gc", "--quiet"]);
    assert_eq!(commit_of(tree.path("flags")), second);
}

#[test]
fn dirty_is_what_differs_in_a_definition_file() {
    let tree =
        Flags::with([("flags/a.yaml", &flag("a", "one")), ("flags/b.yaml", &flag("b", "one"))]);
    tree.link("flags/c.yaml", "b.yaml");
    let id = tree.commit_all("first");
    let dirty = format!("{id}-dirty");
    let check = |expected: &str, change: &dyn Fn()| {
        change();
        assert_eq!(commit_of(tree.path("flags")), expected);
        tree.git(&["checkout", "--quiet", "--", "."]);
        tree.git(&["clean", "--quiet", "-fd"]);
    };
    check(&id, &|| tree.write("other.yaml", "x: y"));
    check(&id, &|| tree.write("flags/README.md", "text"));
    check(&id, &|| tree.write("flags/a.test.yaml", "tests: []"));
    check(&id, &|| tree.write("flags/drafts/d.yaml", "x: y"));
    check(&id, &|| tree.write("flags/a.yaml", flag("a", "one").replace('\n', "\r\n")));
    // What the attribute `ident` makes of `$Id$` when it is checked out.
    let ident = flag("a", "one").replacen("flags:", "# $Id: 0123abc $\nflags:", 1);
    check(&dirty, &|| tree.write("flags/a.yaml", &ident));
    check(&dirty, &|| tree.write("flags/a.yaml", flag("a", "two")));
    check(&dirty, &|| tree.write("flags/new.yaml", "x: y"));
    check(&dirty, &|| tree.remove("flags/a.yaml"));
    check(&dirty, &|| tree.rename("flags/a.yaml", "flags/renamed.yaml"));
    check(&dirty, &|| tree.relink("flags/c.yaml", "a.yaml"));
    assert_eq!(commit_of(tree.path("flags")), id);
    tree.write("flags/b.yaml", flag("b", "two"));
    assert_eq!(commit_of(tree.path("flags/a.yaml")), id, "a root that is a file");
    assert_eq!(commit_of(tree.path("flags/b.yaml")), dirty);
    let both = [tree.path("flags/a.yaml"), tree.path("flags/b.yaml")];
    assert_eq!(commit_of_all(&both, None), dirty, "one work tree, one commit");
}

#[test]
fn what_git_changes_when_it_checks_out_is_not_dirty() {
    let text = format!("# $Id$ of $Id$\n{}# $Id: mine\n", flag("a", "one"));
    let tree = Flags::with([("flags/a.yaml", &*text)]);
    for attributes in ["ident", "ident eol=crlf text", "eol=crlf text", "text=auto"] {
        tree.write(".gitattributes", format!("*.yaml {attributes}\n"));
        tree.write("flags/a.yaml", &text);
        let id = tree.commit_all(attributes);
        tree.remove("flags/a.yaml");
        tree.git(&["checkout", "--quiet", "--", "flags"]);
        let checked_out = fs::read_to_string(tree.path("flags/a.yaml")).unwrap();
        assert_eq!(checked_out == text, attributes == "text=auto", "{checked_out}");
        assert_eq!(commit_of(tree.path("flags")), id, "{attributes}");
        tree.write("flags/a.yaml", checked_out.replace("one", "two"));
        assert_eq!(commit_of(tree.path("flags")), format!("{id}-dirty"), "{attributes}");
    }
}

#[test]
fn repositories_of_either_hash_and_of_the_newer_references() {
    let tree = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    tree.git(&["init", "--quiet", "--object-format=sha256"]);
    let id = tree.commit_all("first");
    assert_eq!(id.len(), 64);
    assert_eq!(commit_of(tree.path("flags")), id);
    tree.write("flags/a.yaml", flag("a", "two"));
    assert_eq!(commit_of(tree.path("flags")), format!("{id}-dirty"));

    let tree = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    tree.git(&["init", "--quiet"]);
    tree.write(".git/config", "[core]\n[extensions]\n\trefStorage = reftable\n");
    let said = commit_of(tree.path("flags"));
    let expected = "its references are in the format `reftable`, which flagstaff cannot read: \
                    `git refs migrate --ref-format=files` changes that";
    assert!(said.ends_with(expected), "{said}");
}

#[test]
fn a_root_that_no_commit_has_is_of_no_commit() {
    let tree = Flags::with([("a.txt", "text")]);
    tree.git(&["init", "--quiet"]);
    tree.write("flags/a.yaml", flag("a", "one"));
    assert_eq!(commit_of(tree.path("flags")), "none", "no commit yet");
    tree.write(".gitignore", "flags");
    tree.commit_all("first");
    assert_eq!(commit_of(tree.path("flags")), "none", "ignored");
}

#[test]
fn linked_work_trees_and_submodules_have_commits_of_their_own() {
    let tree = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let first = tree.commit_all("first");
    tree.write("flags/a.yaml", flag("a", "two"));
    let second = tree.commit_all("second");
    let other = Flags::new();
    let linked = other.path("linked");
    tree.git(&["worktree", "add", "--quiet", linked.to_str().unwrap(), &first]);
    assert_eq!(commit_of(linked.join("flags")), first);
    assert_eq!(commit_of(tree.path("flags")), second);
    let found = WorkTree::around(&linked.canonicalize().unwrap().join("flags")).unwrap();
    assert!(found.git_dir.ends_with(".git/worktrees/linked"), "{found:?}");
    let layers = [tree.path("flags"), linked.join("flags")];
    assert_eq!(commit_of_all(&layers, None), format!("{second},{first}"));
    let layers = [linked.join("flags"), tree.path("flags"), linked.join("flags/a.yaml")];
    assert_eq!(commit_of_all(&layers, None), format!("{first},{second}"));

    let outer = Flags::with([("a.txt", "text")]);
    outer.commit_all("outer");
    let address = tree.root().to_str().unwrap();
    outer.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", address, "sub"]);
    assert_eq!(commit_of(outer.path("sub/flags")), second);
}

#[test]
fn a_published_link_names_its_commit() {
    let volume = Flags::with([(&*format!(".worktrees/{HASH}/flags/a.yaml"), &*flag("a", "one"))]);
    volume.link("current", format!(".worktrees/{HASH}"));
    assert_eq!(commit_of(volume.path("current/flags")), HASH);
    assert_eq!(published_commit(&volume.path(".worktrees")), None);
    // Seen from where its git directory is out of reach.
    volume.write(&format!(".worktrees/{HASH}/.git"), "gitdir: /nowhere/.git/worktrees/x\n");
    assert_eq!(commit_of(volume.path("current/flags")), HASH);
    assert_eq!(commit_of(volume.path(&format!(".worktrees/{HASH}/flags"))), "none");
}

#[test]
fn a_file_may_name_the_commit() {
    let flags =
        Flags::with([("flags/a.yaml", &flag("a", "one")), ("commit", "  v1.2-rc1\nmore\n")]);
    let home = flags.root().to_str().unwrap();
    let said = |name: &str| {
        commit_of_all(&[flags.path("flags")], Some(&flags.path(name))).replace(home, "~")
    };
    assert_eq!(said("commit"), "v1.2-rc1");
    flags.write("commit", "two words");
    let expected = "`~/commit` must hold one line of 1 to 128 printable characters without spaces";
    assert_eq!(said("commit"), expected);
    assert_eq!(said("nothing"), "`~/nothing` does not exist");
}

#[test]
fn git_is_at_work_while_it_holds_a_lock() {
    let tree = Flags::with([("a.yaml", &flag("a", "one"))]);
    tree.commit_all("first");
    let work_tree = WorkTree::around(&tree.root().canonicalize().unwrap()).unwrap();
    let mut sightings = Sightings::default();
    let now = Moment::now();
    let later = Moment { wall: now.wall + Duration::from_secs(12), ..now };
    assert_eq!(work_tree.lock(&mut sightings, now), Lock::Free);
    tree.write(".git/index.lock", "");
    let path = work_tree.git_dir.join("index.lock");
    assert_eq!(work_tree.lock(&mut sightings, now), Lock::Held(path.clone()));
    assert_eq!(work_tree.lock(&mut sightings, later), Lock::Stale(path));
    tree.rename(".git/index.lock", ".git/HEAD.lock");
    assert!(matches!(work_tree.lock(&mut sightings, now), Lock::Held(_)));
}

/// A clock may be set back, or go ahead where the file was made.
#[test]
fn a_lock_is_as_old_as_it_has_been_seen_whatever_its_date() {
    let tree = Flags::with([("a.yaml", &flag("a", "one")), (".git/HEAD", "ref: refs/heads/main")]);
    let work_tree = WorkTree::around(&tree.root().canonicalize().unwrap()).unwrap();
    let mut sightings = Sightings::default();
    let start = Moment::now();
    let after = |seconds| Moment { steady: start.steady + Duration::from_secs(seconds), ..start };
    let date = |days: u64| {
        let file = fs::File::open(tree.path(".git/index.lock")).unwrap();
        file.set_modified(start.wall + Duration::from_secs(days * 86_400)).unwrap();
    };
    tree.write(".git/index.lock", "");
    date(365);
    let mut is_held = |seconds| {
        let lock = work_tree.lock(&mut sightings, after(seconds));
        assert_ne!(lock, Lock::Free);
        matches!(lock, Lock::Held(_))
    };
    assert_eq!([0, 9, 10, 11].map(&mut is_held), [true, true, false, false]);
    date(366);
    assert_eq!([12, 21, 22].map(&mut is_held), [true, true, false], "it is being written");
    tree.remove(".git/index.lock");
    assert_eq!(work_tree.lock(&mut sightings, after(23)), Lock::Free);
    tree.write(".git/index.lock", "");
    date(365);
    let lock = work_tree.lock(&mut sightings, after(24));
    assert!(matches!(lock, Lock::Held(_)), "another one");
}

#[test]
fn head_is_another_after_every_step() {
    let tree = Flags::with([("a.yaml", &flag("a", "one"))]);
    let first = tree.commit_all("first");
    let work_tree = WorkTree::around(&tree.root().canonicalize().unwrap()).unwrap();
    let mut seen = vec![work_tree.head()];
    let mut step = |arguments: &[&str]| {
        git(tree.root(), arguments);
        let head = work_tree.head();
        assert!(!seen.contains(&head), "after {arguments:?}");
        seen.push(head);
    };
    step(&["commit", "--quiet", "--allow-empty", "-m", "second"]);
    step(&["checkout", "--quiet", "-b", "team/topic"]);
    step(&["commit", "--quiet", "--allow-empty", "-m", "third"]);
    step(&["checkout", "--quiet", "--detach", &first]);
    let names: Vec<_> = work_tree.head_files();
    assert!(names.iter().any(|name| name.ends_with(".git/HEAD")), "{names:?}");
}

#[test]
fn every_name_on_the_way_is_watched() {
    let flags = Flags::with([("real/deep/flags/a.yaml", "")]);
    let home = flags.root().canonicalize().unwrap();
    flags.link("tree", "real");
    flags.link("current", "./tree/../tree/deep");
    let way = |path: &str| {
        let hops = hops(&home.join(path));
        let below = hops.iter().filter_map(|hop| hop.strip_prefix(&home).ok());
        below.map(|hop| hop.display().to_string()).collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    let expected = "current real real/deep real/deep/flags real/deep/flags/a.yaml tree";
    assert_eq!(way("current/flags/a.yaml"), expected);
    assert_eq!(way("real/nothing/there"), "real real/nothing");
    flags.link("circle", "circle");
    assert_eq!(way("circle/flags"), "circle");
}

#[test]
fn mounts_that_never_change_are_known() {
    let mounts = "\
22 1 0:20 / / rw,relatime - overlay overlay rw
30 22 8:1 /kubelet/pods/1/volumes/kubernetes.io~configmap/f /etc/flags ro - ext4 /dev/sda1 rw
31 22 8:1 /kubelet/pods/1/volumes/c/..2026_11_22_02_21_44.31/team /etc/team ro - ext4 /dev/sda1 rw
32 22 0:41 /..2026_11_22_02_21_44.17/flags.yaml /etc/single\\040file/flags.yaml ro - tmpfs tmpfs rw
33 22 8:1 /kubelet/pods/1/volumes/kubernetes.io~empty-dir/git /git rw - ext4 /dev/sda1 rw
broken line
";
    let frozen =
        |root: &str| frozen(mounts, &[root.into()], |path| path.extension().is_some()).join("\n");
    assert_eq!(frozen("/etc/flags"), "");
    assert_eq!(frozen("/git/current/flags"), "");
    let expected = "`/etc/team` is mounted with `subPath`: Kubernetes never changes what is in \
                    it; mount the whole volume";
    assert_eq!(frozen("/etc/team/flags"), expected);
    let expected = "`/etc/single file/flags.yaml` is mounted as a single file (with `subPath`, \
                    perhaps): an edit in place is taken, but a file that takes its place, as most \
                    editors save and as git checks out, will not be seen; mount the directory \
                    that holds it";
    assert_eq!(frozen("/etc/single file/flags.yaml"), expected);
    assert_eq!(frozen("/etc").lines().count(), 2);
    let files = |roots: &[&str]| {
        let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        single_files(mounts, &roots, |path| path.extension().is_some())
    };
    let single = vec![PathBuf::from("/etc/single file/flags.yaml")];
    for roots in [&["/etc/single file/flags.yaml"][..], &["/etc/single file"], &["/etc", "/etc"]] {
        assert_eq!(files(roots), single, "{roots:?}");
    }
    assert_eq!(files(&["/etc/flags", "/git/current/flags", "/etc/team"]), Vec::<PathBuf>::new());
}
