//! Definitions in git's objects: follows a reference, and finds the newest commit that is good.
#![expect(clippy::disallowed_methods, reason = "takes the time at which a commit is first seen")]

use std::{collections::BTreeMap, mem, path::PathBuf, sync::Arc, time::Duration};

use gix::{ObjectId, Repository};
use jiff::Timestamp;

use crate::{
    definition::compile::Root,
    reload::{
        acceptance::{RefusalReason, Refused},
        fetching::FetchControl,
        files::tell_of_watching,
        journal::Journal,
        origin::{Origin, digest},
        outcome::Outcome,
        serving::{Made, Serving, ToServe},
    },
    snapshot::current::{CommitTimes, Watcher},
    source::{
        git::{
            committed::Committed,
            followed::{Followed, GitOptions, GitSource},
            history::{Relation, committed_at, first_parents, relation},
            remote::{cache::REPOSITORY, fetch::FETCHED},
        },
        read::SourceOptions,
        unreadable::Unreadable,
        watch::{bell::Bell, watch_set::WatchSet, watcher::Watches},
    },
};

/// Of how many commits it is kept in mind when they were first seen, or that they are not good.
const REMEMBERED_MAX: usize = 1000;

/// How long the first fetch is waited for where something was fetched before.
const FIRST_FETCH_WAIT: Duration = Duration::from_secs(2);

/// How long to wait before looking whether it has ended.
const GLANCE: Duration = Duration::from_millis(10);

/// What stands at each root: its place in the repository without links, and the object; none where
/// nothing is.
type Standing = Vec<Option<(PathBuf, ObjectId)>>;

/// Definitions in a repository that is followed.
#[derive(Debug)]
pub struct Commits {
    followed: Followed,
    /// What the reference is called, for people.
    name: String,
    /// What is followed is fetched from elsewhere.
    remote: Option<Remote>,
    source: SourceOptions,
    depth: usize,
    fast_forward_only: bool,
    bell: Arc<Bell>,
    watches: Watches,
    /// Whether it has not looked yet.
    is_first: bool,
    /// What stands at the roots in the commit that is served.
    served: Option<Standing>,
    /// What stood at the roots of commits that were refused for it, the oldest first.
    refused: Vec<Standing>,
    /// When a commit was first seen.
    seen: BTreeMap<ObjectId, Timestamp>,
}

/// What is fetched.
#[derive(Debug)]
struct Remote {
    /// From where, for people.
    url: String,
    interval: Duration,
    control: Arc<FetchControl>,
}

/// Why a commit is not served.
struct Failed {
    refused: Refused,
    /// Whether it may turn out otherwise the next time: git's data could not be read.
    is_passing: bool,
}

impl Commits {
    /// Has not looked yet.
    #[must_use]
    pub fn new(
        git: GitOptions,
        fetching: Option<Arc<FetchControl>>,
        source: SourceOptions,
        bell: Arc<Bell>,
    ) -> Self {
        let name = git.reference.clone().unwrap_or_else(|| "HEAD".to_owned());
        let (followed, remote) = match git.source {
            GitSource::Directory(path) => (Followed::new(path, git.reference), None),
            GitSource::Remote(remote) => {
                let path = remote.directory.join(REPOSITORY);
                (Followed::new(path, Some(FETCHED.to_owned())), Some(remote))
            }
        };
        let remote = remote.zip(fetching).map(|(remote, control)| Remote {
            url: remote.options.location.url(),
            interval: remote.interval,
            control,
        });
        Self {
            followed,
            name,
            remote,
            source,
            depth: git.depth,
            fast_forward_only: git.fast_forward_only,
            watches: Watches::new(bell.clone()),
            bell,
            is_first: true,
            served: None,
            refused: Vec::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Makes all watches anew the next time.
    pub fn renew_watches(&mut self) {
        self.watches.forget();
    }

    /// Looks at which commit is the newest now, and serves it if it is good, or else the newest
    /// before it that is, but never what is older than what is served. None if it was told to stop
    /// meanwhile.
    pub fn look(&mut self, serving: &mut Serving, journal: &mut Journal) -> Option<Outcome> {
        let is_first = mem::take(&mut self.is_first);
        if is_first {
            self.wait_for_first_fetch(serving)?;
        } else {
            self.watch(serving, journal);
        }
        let outcome = match self.newest(serving) {
            Ok(tip) => match serving.known(&Origin::Commit(tip)) {
                Some(known) => Ok(known),
                None => self.take(tip, serving, journal)?,
            },
            Err(unreadable) => Err(unreadable),
        };
        let outcome = outcome.unwrap_or_else(Outcome::Unreadable);
        Some(self.remote.as_ref().map_or(outcome.clone(), |remote| remote.judged(outcome)))
    }

    /// Waits until it is known what there is elsewhere, or only for a moment if something was
    /// fetched by another process before. None if it was told to stop meanwhile.
    fn wait_for_first_fetch(&mut self, serving: &Serving) -> Option<()> {
        let Some(remote) = &self.remote else { return Some(()) };
        let control = remote.control.clone();
        let is_there = self.followed.tip().is_ok();
        let mut waited = Duration::ZERO;
        while control.fetched().count == 0 && !(is_there && FIRST_FETCH_WAIT <= waited) {
            if self.bell.pause(GLANCE) {
                return None;
            }
            waited += GLANCE;
            serving.cell().pulse().begin();
        }
        Some(())
    }

    /// The newest commit.
    fn newest(&mut self, serving: &Serving) -> Result<ObjectId, Unreadable> {
        let tip = self.followed.tip()?;
        if !self.seen.contains_key(&tip) {
            if REMEMBERED_MAX <= self.seen.len()
                && let Some((oldest, _)) = self.seen.iter().min_by_key(|(_, seen)| **seen)
            {
                let oldest = *oldest;
                self.seen.remove(&oldest);
            }
            self.seen.insert(tip, Timestamp::now());
            let reference = Some(self.name.clone());
            serving.cell().update_health(|health| health.reference = reference);
        }
        Ok(tip)
    }

    /// Serves the newest commit, or the newest before it that is good.
    fn take(
        &mut self,
        tip: ObjectId,
        serving: &mut Serving,
        journal: &mut Journal,
    ) -> Option<Result<Outcome, Unreadable>> {
        let repository = match self.followed.open() {
            Ok(repository) => repository,
            Err(unreadable) => return Some(Err(unreadable)),
        };
        if let Some(refused) = self.way_back(&repository, tip, serving, journal) {
            return Some(Ok(serving.refuse(Origin::Commit(tip), refused)));
        }
        let origin = Origin::Commit(tip);
        let attempt = self.attempt(&repository, tip, true, serving);
        let Failed { mut refused, is_passing } = match attempt {
            Ok((made, standing)) => {
                self.served = Some(standing);
                return Some(Ok(serving.serve(made, origin, None)));
            }
            Err(Some(failed)) => *failed,
            Err(None) => return Some(Ok(Outcome::Unchanged)),
        };
        let older = self.older(&repository, tip, serving);
        for commit in &older {
            if self.bell.pause(Duration::ZERO) {
                return None;
            }
            if let Ok((made, standing)) = self.attempt(&repository, *commit, false, serving) {
                self.served = Some(standing);
                let newest = Some((origin, refused));
                return Some(Ok(serving.serve(made, Origin::Commit(*commit), newest)));
            }
        }
        refused.older_refused = u32::try_from(older.len()).unwrap_or(u32::MAX);
        if is_passing {
            return Some(Ok(Outcome::Rejected(refused)));
        }
        Some(Ok(serving.refuse(origin, refused)))
    }

    /// Why the newest commit is refused if it does not descend from the one that is served, and
    /// that is forbidden; otherwise that is only warned of.
    fn way_back(
        &self,
        repository: &Repository,
        tip: ObjectId,
        serving: &Serving,
        journal: &Journal,
    ) -> Option<Refused> {
        let Some(Origin::Commit(served)) = serving.served() else { return None };
        let relation = relation(repository, *served, tip);
        let is_unknown = relation == Relation::Unknown;
        if relation == Relation::Descends {
            return None;
        }
        if self.fast_forward_only {
            let served = served.to_string().into_boxed_str();
            let reason = RefusalReason::NoDescendant { served, is_unknown };
            return Some(Refused::for_reason(reason, Some(tip.to_string().into())));
        }
        if !is_unknown {
            let name = &self.name;
            journal.warn(&format!(
                "`{name}` has moved from {served} to {tip}, which does not descend from it: \
                 history was rewritten"
            ));
        }
        None
    }

    /// The commits that may be served in place of the newest, the newest first: its first parents,
    /// and of those only what descends from what is served, if anything is.
    fn older(&self, repository: &Repository, tip: ObjectId, serving: &Serving) -> Vec<ObjectId> {
        let chain = first_parents(repository, tip, self.depth).skip(1);
        let Some(Origin::Commit(served)) = serving.served() else { return chain.collect() };
        let is_newer = |commit: &ObjectId| {
            commit != served && relation(repository, *served, *commit) == Relation::Descends
        };
        chain.take_while(is_newer).collect()
    }

    /// Makes a snapshot of a commit, if it is good. Without a reason it is not, if it is not the
    /// newest, and what it has at the roots was refused before.
    fn attempt(
        &mut self,
        repository: &Repository,
        commit: ObjectId,
        is_newest: bool,
        serving: &mut Serving,
    ) -> Result<(Made, Standing), Option<Box<Failed>>> {
        let name: Box<str> = commit.to_string().into();
        let unreadable = |unreadable, is_passing| {
            let reason = RefusalReason::Unreadable(Box::new(unreadable));
            let refused = Refused::for_reason(reason, Some(name.clone()));
            Some(Box::new(Failed { refused, is_passing }))
        };
        let git = |error: gix::Error| {
            unreadable(Unreadable::new(&*name, format!("cannot be read: {error}")), true)
        };
        let exclude = &self.source.exclude;
        let mut committed = Committed::new(repository, commit, exclude).map_err(git)?;
        let standing = self.source.roots.iter().map(|root| committed.standing(root));
        let standing = standing.collect::<Result<Standing, Unreadable>>();
        let standing = standing.map_err(|problem| unreadable(problem, true))?;
        let first_seen_at = self.seen.get(&commit).copied().unwrap_or_else(Timestamp::now);
        let times =
            Some(CommitTimes { committed_at: committed_at(repository, commit), first_seen_at });
        if self.served.as_ref() == Some(&standing)
            && let Some(made) = serving.share(Some(name.clone()), times)
        {
            return Ok((made, standing));
        }
        if !is_newest && self.refused.contains(&standing) {
            return Err(None);
        }
        let mut roots: Vec<Root> = Vec::new();
        for given in &self.source.roots {
            roots.push(committed.root(given, given).map_err(|problem| {
                let is_passing = problem.is_of_git;
                unreadable(problem, is_passing)
            })?);
        }
        let digest = digest(&roots);
        let candidate = ToServe { roots: &roots, digest, commit: Some(name), times };
        match serving.make(&candidate) {
            Ok(made) => Ok((made, standing)),
            Err(refused) => {
                if REMEMBERED_MAX <= self.refused.len() {
                    self.refused.remove(0);
                }
                self.refused.push(standing);
                Err(Some(Box::new(Failed { refused, is_passing: false })))
            }
        }
    }

    /// Watches what the newest commit is told from.
    fn watch(&mut self, serving: &Serving, journal: &mut Journal) {
        if let Some(remote) = &self.remote {
            let every = format!("every {} s", remote.interval.as_secs());
            return tell_of_watching(Watcher::Fetching(every), serving, journal);
        }
        let mut places = WatchSet::default();
        let files: Vec<PathBuf> = self.followed.files();
        places.add_files(&files);
        let now = match self.watches.follow(places) {
            Ok(_) => Watcher::Events,
            Err(reason) => Watcher::Polling(reason),
        };
        tell_of_watching(now, serving, journal);
    }
}

impl Remote {
    /// What comes of a look, if the last fetch failed or what it brought cannot be read.
    fn judged(&self, outcome: Outcome) -> Outcome {
        let is_of_git = match &outcome {
            Outcome::Unreadable(_) => true,
            Outcome::Rejected(refused) => refused.is_of_git(),
            _ => false,
        };
        let fetched = self.control.fetched();
        if is_of_git && fetched.problem.is_none() && 0 < fetched.count {
            // Whatever is in the way there, it can be fetched again.
            self.control.fetch_anew();
        }
        match (outcome, fetched.problem) {
            (Outcome::Unchanged | Outcome::Unreadable(_), Some(problem)) => {
                let problem = format!("cannot be fetched: {problem}");
                Outcome::Unreadable(Unreadable::new(&*self.url, problem))
            }
            (outcome, _) => outcome,
        }
    }
}
