//! Notices change: watches directories, and rings the bell.
//!
//! Events only say "look again". Files are never watched themselves, since what replaces a file is
//! another file; nor is anything watched recursively, since the directories are known.
#![expect(clippy::disallowed_methods, reason = "looks at what a watch would hang on")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use notify::{
    Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};
use rustix::io::Errno;

use crate::source::{
    directories::FileStamp,
    file_kind::{FileKind, purpose},
    watch::{bell::Bell, watch_set::WatchSet},
};

/// The watches that there are.
#[derive(Debug)]
pub struct Watches {
    bell: Arc<Bell>,
    places: Arc<Mutex<WatchSet>>,
    watcher: Option<RecommendedWatcher>,
    /// The directories that are watched, and which they were.
    watched: BTreeMap<PathBuf, (u64, u64)>,
}

impl Watches {
    /// None yet.
    #[must_use]
    pub fn new(bell: Arc<Bell>) -> Self {
        Self { bell, places: Arc::default(), watcher: None, watched: BTreeMap::new() }
    }

    /// Watches exactly these places from now on. True if there is something among them that was not
    /// watched before, so that a change in it may have been missed.
    ///
    /// # Errors
    ///
    /// When watching is not to be had; why, in one line. Nothing is watched then.
    pub fn follow(&mut self, places: WatchSet) -> Result<bool, String> {
        let needed = directories(&places);
        let read: BTreeSet<PathBuf> = places.directories.clone();
        *self.places.lock().unwrap_or_else(PoisonError::into_inner) = places;
        // Whatever goes wrong in the watcher's own thread comes to light as a panic here.
        let followed = catch_unwind(AssertUnwindSafe(|| self.watch(needed, &read)));
        let result = followed.unwrap_or_else(|_| Err("the watcher has stopped".to_owned()));
        if result.is_err() {
            self.forget();
        }
        result
    }

    /// Drops all watches, so that the next call of [`Self::follow`] makes them anew.
    pub fn forget(&mut self) {
        self.watched.clear();
        let watcher = self.watcher.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(watcher)));
    }

    /// Watches what is needed. What definitions are `read` from among it has to be watched, if it
    /// is there.
    fn watch(
        &mut self,
        needed: BTreeMap<PathBuf, (u64, u64)>,
        read: &BTreeSet<PathBuf>,
    ) -> Result<bool, String> {
        let watcher = match &mut self.watcher {
            Some(watcher) => watcher,
            empty => empty.insert(start(self.bell.clone(), self.places.clone())?),
        };
        for (path, identity) in &self.watched {
            if needed.get(path) != Some(identity) {
                // An error means that the directory is gone, and the watch with it.
                let _ = watcher.unwatch(path);
            }
        }
        let mut is_new = false;
        let mut watched = BTreeMap::new();
        for (path, identity) in needed {
            if self.watched.get(&path) != Some(&identity) {
                match watcher.watch(&path, RecursiveMode::NonRecursive) {
                    Ok(()) => is_new = true,
                    Err(error) if is_missing(&error) => continue,
                    // A directory above may be closed to us; the slow re-read sees it swapped.
                    Err(error) if !read.contains(&path) && !is_exhausted(&error) => continue,
                    Err(error) => return Err(explain(&error)),
                }
            }
            watched.insert(path, identity);
        }
        self.watched = watched;
        Ok(is_new)
    }
}

/// The directories that have to be watched, and which they are now.
fn directories(places: &WatchSet) -> BTreeMap<PathBuf, (u64, u64)> {
    let above = places.names.iter().filter_map(|name| name.parent());
    let all: BTreeSet<&Path> =
        places.directories.iter().map(PathBuf::as_path).chain(above).collect();
    let known = |path: &Path| {
        let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_dir)?;
        Some((path.to_owned(), FileStamp::from(&metadata).identity()))
    };
    all.into_iter().filter_map(known).collect()
}

fn start(bell: Arc<Bell>, places: Arc<Mutex<WatchSet>>) -> Result<RecommendedWatcher, String> {
    let hear = move |event: notify::Result<Event>| {
        let places = places.lock().unwrap_or_else(PoisonError::into_inner);
        match event.as_ref().map_or(Meaning::Renew, |event| meaning(event, &places)) {
            Meaning::Nothing => {}
            Meaning::Change => bell.ring(),
            Meaning::Renew => bell.ring_and_renew(),
        }
    };
    let config = Config::default().with_follow_symlinks(false);
    RecommendedWatcher::new(hear, config).map_err(|error| explain(&error))
}

/// What an event is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// It cannot matter: most of all, our own reading.
    Nothing,
    /// Look again.
    Change,
    /// Look again, and make the watches anew: a directory has come, gone or been replaced, or
    /// events were lost.
    Renew,
}

/// What an event means for what is watched.
#[must_use]
pub fn meaning(event: &Event, places: &WatchSet) -> Meaning {
    if event.need_rescan() {
        return Meaning::Renew;
    }
    let is_content = matches!(
        event.kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
            | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_))
    );
    if event.kind.is_access() && !is_content {
        return Meaning::Nothing;
    }
    let judge = |path: &PathBuf| {
        if places.is_watched(path) {
            return if is_content { Meaning::Change } else { Meaning::Renew };
        }
        if places.names.contains(path) {
            return Meaning::Change;
        }
        let is_inside = path.parent().is_some_and(|parent| places.directories.contains(parent));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let matters = match purpose(&name) {
            Some(purpose) => purpose == FileKind::Definition,
            // A directory, perhaps, or a link to one.
            None => !is_content && (!name.starts_with('.') || name == "..data"),
        };
        if is_inside && matters { Meaning::Change } else { Meaning::Nothing }
    };
    event.paths.iter().map(judge).max().unwrap_or(Meaning::Nothing)
}

/// Whether all watches would fail.
fn is_exhausted(error: &notify::Error) -> bool {
    matches!(error.kind, ErrorKind::MaxFilesWatch)
}

/// Whether there is nothing to watch.
fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == io::ErrorKind::NotFound,
        _ => false,
    }
}

/// Why watching is not to be had, with the name and the value of the limit that is in the way.
fn explain(error: &notify::Error) -> String {
    let names = match &error.kind {
        ErrorKind::MaxFilesWatch => ["fs.inotify.max_user_watches", "user.max_inotify_watches"],
        ErrorKind::Io(error) if Errno::from_io_error(error) == Some(Errno::MFILE) => {
            ["fs.inotify.max_user_instances", "user.max_inotify_instances"]
        }
        // Without the path, which `/status` shows to nobody.
        ErrorKind::Io(error) => return format!("the system does not allow it: {error}"),
        ErrorKind::Generic(error) => return format!("the system does not allow it: {error}"),
        _ => return "the system does not allow it".to_owned(),
    };
    let limit = |name: &'static str| {
        let path = Path::new("/proc/sys").join(name.replace('.', "/"));
        Some((fs::read_to_string(path).ok()?.trim().parse::<u64>().ok()?, name))
    };
    // The second is that of a container's users; the lower one is in the way.
    match names.into_iter().filter_map(limit).min_by_key(|(value, _)| *value) {
        Some((value, name)) => format!("`{name}`, which is {value}, is used up"),
        None => format!("`{}` is used up", names[0]),
    }
}
