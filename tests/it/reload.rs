//! Looking again: what is served, what is refused, what is said of it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flagstaff::{
    definition::compile::{Content, Root, SourceFile, compile},
    reload::{
        acceptance::judge,
        loader::{Loader, ReloadOptions},
        outcome::Outcome,
    },
    snapshot::current::{SnapshotCell, Watcher},
    source::{
        read::SourceOptions,
        watch::{
            bell::{Bell, SETTLE, SETTLE_MAX},
            watch_set::WatchSet,
            watcher::{Meaning, meaning},
        },
    },
};
use insta::assert_snapshot;
use notify::{
    Event, EventKind,
    event::{
        AccessKind, AccessMode, CreateKind, DataChange, Flag, MetadataKind, ModifyKind, RemoveKind,
        RenameMode,
    },
};

use crate::harness::{Flags, flag};

/// A loader over a directory, and what it writes to.
struct Subject {
    loader: Loader,
    cell: Arc<SnapshotCell>,
}

impl Subject {
    fn of(roots: &[PathBuf], change: impl FnOnce(&mut ReloadOptions)) -> Self {
        let source = SourceOptions { roots: roots.to_vec(), exclude: Vec::new() };
        let mut options = ReloadOptions { source, ..ReloadOptions::default() };
        change(&mut options);
        let cell = Arc::new(SnapshotCell::default());
        Self { loader: Loader::new(options, cell.clone(), Arc::default()), cell }
    }

    /// Looks again, and says what came of it in a line.
    fn look(&mut self) -> String {
        let outcome = self.loader.look().unwrap();
        let health = self.cell.health();
        let (rejected, sources) =
            (health.rejected.map(|rejected| rejected.message), health.sources);
        match outcome {
            Outcome::Swapped(swap) if swap.previous.is_none() => "first".to_owned(),
            Outcome::Swapped(swap) => match swap.change() {
                Some(change) => change.to_string(),
                None => "swapped silently".to_owned(),
            },
            Outcome::Unchanged => format!("unchanged, rejected: {rejected:?}"),
            Outcome::Rejected(refused) => {
                assert_eq!(rejected, Some(sources.text(&refused.message())));
                // How a finding is put is not the concern here.
                refused.message().splitn(3, ": ").take(2).collect::<Vec<_>>().join(": ")
            }
            Outcome::Unreadable(unreadable) => {
                assert_eq!(rejected, Some(sources.text_of_paths(&unreadable.brief())));
                unreadable.to_string()
            }
            Outcome::Panicked => panic!("a loader does not say so of itself"),
        }
    }
}

#[test]
fn every_outcome() {
    let flags = Flags::with([("flags/a.yaml", &flag("a", "one"))]);
    let home = flags.root().to_str().unwrap().to_owned();
    let mut subject = Subject::of(&[flags.path("flags")], |_| {});
    let mut look = || subject.look().replace(&home, "~");
    let mut told = vec![look(), look()];
    flags.write("flags/a.yaml", flag("a", "two"));
    told.extend([look(), look()]);
    flags.write("flags/a.yaml", flag("a", "two") + "# the same\n");
    told.extend([look(), look()]);
    flags.write("flags/b.yaml", flag("b", "one") + flag("a", "three").as_str());
    told.extend([look(), look()]);
    flags.write("flags/b.yaml", flag("b", "one"));
    told.push(look());
    flags.write("flags/b.yaml", "flags:\n  b: { enabled: 1 }\n  c: { enabled: 2 }\n");
    told.push(look());
    flags.write("flags/b.yaml", flag("b", "one"));
    told.push(look());
    flags.rename("flags", "away");
    told.extend([look(), look()]);
    flags.rename("away", "flags");
    told.push(look());
    flags.remove("flags/a.yaml");
    flags.write("flags/b.yaml", "segments: { s: [{ where: { plan: pro } }] }");
    told.push(look());
    flags.remove("flags/b.yaml");
    told.push(look());
    flags.write("flags/c.yaml", flag("c", "one"));
    told.push(look());
    assert_snapshot!(told.join("\n"), @r"
    first
    unchanged, rejected: None
    changed `a`
    unchanged, rejected: None
    swapped silently
    unchanged, rejected: None
    1 error: ~/flags/b.yaml:6:1
    1 error: ~/flags/b.yaml:6:1
    added `b`
    2 errors; the first: ~/flags/b.yaml:2:17
    unchanged, rejected: None
    `~/flags` does not exist
    `~/flags` does not exist
    unchanged, rejected: None
    the definitions hold no flag; `--allow-empty` serves that
    `~/flags` holds no definition file; `--allow-empty` serves that
    added `c`; removed `a`, `b`
    ");
}

#[test]
fn what_changed_is_named_up_to_a_bound() {
    let file = |keys: std::ops::Range<usize>| {
        let lines = keys.map(|key| format!("  f{key:02}: {{ enabled: true }}\n"));
        format!(
            "segments: {{ s: [{{ where: {{ plan: pro }} }}] }}\nflags:\n{}",
            lines.collect::<String>()
        )
    };
    let flags = Flags::with([("a.yaml", &file(0..3))]);
    let mut subject = Subject::of(&[flags.root().into()], |_| {});
    subject.look();
    flags.write("a.yaml", file(1..30).replace("f02: { enabled: true", "f02: { enabled: false"));
    let added: Vec<_> = (3..23).map(|key| format!("`f{key:02}`")).collect();
    let added = added.join(", ");
    let expected = format!("added {added} and 7 more; changed `f02`; removed `f00`");
    assert_eq!(subject.look(), expected);
    flags.write(
        "a.yaml",
        file(1..30).replace("pro", "free").replace("f02: { enabled: true", "f02: { enabled: false"),
    );
    assert_snapshot!(subject.look(), @"changed segments: `s`");
}

#[test]
fn nothing_is_served_only_where_that_is_allowed() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let mut subject = Subject::of(&[flags.root().into()], |options| options.allow_empty = true);
    assert_eq!(subject.look(), "first");
    flags.write("a.yaml", "flags: {}\n");
    assert_eq!(subject.look(), "removed `a`");
    flags.remove("a.yaml");
    assert_eq!(subject.look(), "swapped silently");
}

#[test]
fn an_error_is_refused_whatever_is_allowed() {
    let content = Content::Bytes(b"flags: [".to_vec().into());
    let file = SourceFile { path: "flags/a.yaml".to_owned(), content };
    let roots = [Root { name: "flags".to_owned(), files: vec![file] }];
    let compilation = compile(&roots, "2026-11-22".parse().unwrap());
    let refused = judge(compilation, &roots, true, None, [0; 32]).unwrap_err();
    assert!(refused.message().starts_with("1 error: flags/a.yaml:1:8: "), "{}", refused.message());
}

#[test]
fn retired_snapshots_are_dropped_once_nobody_uses_them() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let mut subject = Subject::of(&[flags.root().into()], |_| {});
    subject.look();
    let in_use = arc_swap::Guard::into_inner(subject.cell.load());
    flags.write("a.yaml", flag("a", "two"));
    subject.look();
    assert!(subject.loader.reap());
    drop(in_use);
    assert!(!subject.loader.reap());
}

#[test]
fn the_watcher_is_told_of() {
    let flags = Flags::with([("a.yaml", &flag("a", "one"))]);
    let mut subject = Subject::of(&[flags.root().into()], |_| {});
    assert_eq!(subject.cell.health().watcher, Watcher::Starting);
    subject.look();
    assert_eq!(subject.cell.health().watcher, Watcher::Starting, "the first load waits for it");
    subject.look();
    assert_eq!(subject.cell.health().watcher, Watcher::Events);
}

#[test]
fn the_bell_waits_until_all_is_quiet() {
    let bell = Bell::default();
    let start = Instant::now();
    assert!(bell.wait(Duration::from_millis(30)).change.is_none());
    assert!(Duration::from_millis(30) <= start.elapsed());
    let hear = || {
        let (first, last) = bell.wait(Duration::from_secs(20)).change.expect("a change");
        assert!(SETTLE <= last.elapsed(), "it has not waited");
        (first, last)
    };
    // On a busy machine the ringing thread may itself be quiet for too long: that is no try, and
    // every other has to be put off.
    let is_a_try = |_: &i32| {
        let ((first, last), has_kept_pace) = thread::scope(|scope| {
            let ringing = scope.spawn(|| {
                let rung = (0..10).map(|_| {
                    let before = Instant::now();
                    bell.ring();
                    thread::sleep(Duration::from_millis(10));
                    before
                });
                let rung: Vec<Instant> = rung.collect();
                rung.windows(2).all(|pair| pair[1] - pair[0] < SETTLE / 2)
            });
            (hear(), ringing.join().unwrap())
        });
        // What was heard is forgotten.
        let later = bell.wait(Duration::ZERO).change;
        assert!(later.is_none_or(|(later, _)| last < later));
        assert!(!has_kept_pace || Duration::from_millis(80) <= last - first, "it has not waited");
        has_kept_pace
    };
    assert!((0..100).filter(is_a_try).take(3).count() == 3, "the machine is too busy to tell");
}

#[test]
fn the_bell_does_not_wait_for_ever() {
    let bell = Bell::default();
    let is_over = AtomicBool::new(false);
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                bell.ring();
                thread::sleep(Duration::from_millis(1));
            }
        });
        let rung = bell.wait(Duration::from_secs(20));
        is_over.store(true, Ordering::Relaxed);
        assert!(rung.change.is_some() && start.elapsed() < 4 * SETTLE_MAX);
    });
}

#[test]
fn the_bell_does_not_wait_when_asked_or_stopped() {
    let bell = Bell::default();
    assert!(bell.ask() && !bell.ask() && !bell.ask(), "one look is the answer to all");
    assert!(bell.wait(Duration::from_secs(20)).asked.is_some());
    assert!(bell.ask(), "the next one is heard anew");
    assert!(bell.wait(Duration::from_secs(20)).asked.is_some());
    bell.ring_and_renew();
    let rung = bell.wait(Duration::from_secs(20));
    assert!(rung.renew && rung.change.is_some());
    assert!(!bell.pause(Duration::from_millis(1)));
    bell.stop();
    assert!(bell.wait(Duration::from_secs(20)).stop);
    assert!(bell.wait(Duration::from_secs(20)).stop && bell.pause(Duration::from_secs(20)));
}

#[test]
fn an_event_means_look_again_or_nothing() {
    let set = |paths: &[&str]| paths.iter().map(PathBuf::from).collect::<BTreeSet<_>>();
    let places = WatchSet {
        directories: set(&["/r", "/r/team"]),
        names: set(&["/r", "/up", "/up/link", "/g/.git/HEAD", "/r/team/plain.txt"]),
    };
    let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
    let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
    let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    let mode = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
    let to = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    let made = EventKind::Create(CreateKind::Folder);
    let gone = EventKind::Remove(RemoveKind::Folder);
    let cases = [
        ("our own reading", open, "/r/a.yaml", Meaning::Nothing),
        ("a file is written", data, "/r/a.yaml", Meaning::Change),
        ("a file is closed after that", written, "/r/team/a.json", Meaning::Change),
        ("another kind of file is written", data, "/r/a.txt", Meaning::Nothing),
        ("a link's target is written", data, "/r/team/plain.txt", Meaning::Change),
        ("flag tests are written", data, "/r/a.test.yaml", Meaning::Nothing),
        ("a file is renamed into place", to, "/r/a.yaml", Meaning::Change),
        ("something comes that may be a directory", to, "/r/new", Meaning::Change),
        ("a directory is made", made, "/r/team/new", Meaning::Change),
        ("a volume turns", to, "/r/..data", Meaning::Change),
        ("an editor's own file", made, "/r/.a.yaml.swp", Meaning::Nothing),
        ("a directory of the root goes", gone, "/r/team", Meaning::Renew),
        ("the root goes", gone, "/r", Meaning::Renew),
        ("the root may be read by others now", mode, "/r", Meaning::Change),
        ("a link on the way is turned", to, "/up/link", Meaning::Change),
        ("a directory on the way comes", made, "/up", Meaning::Renew),
        ("something else beside the way", made, "/up/other", Meaning::Nothing),
        ("another commit is checked out", to, "/g/.git/HEAD", Meaning::Change),
        ("git's other files", data, "/g/.git/index", Meaning::Nothing),
    ];
    for (what, kind, path, expected) in cases {
        let event = Event::new(kind).add_path(Path::new(path).to_owned());
        assert_eq!(meaning(&event, &places), expected, "{what}");
    }
    let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
    assert_eq!(meaning(&lost, &places), Meaning::Renew);
}
