//! What is logged of reloads: each thing once.

use std::{mem, time::Duration};

use tracing::{debug, error, info, warn};

use crate::{
    diagnostics::{diagnostic::Diagnostic, place::Paths, severity::Severity},
    reload::{
        acceptance::{RefusalReason, Refused},
        observer::{Look, ReloadObserver},
        outcome::{Outcome, Swap},
    },
    snapshot::current::{Snapshot, Watcher},
    source::unreadable::Unreadable,
};

/// How many findings are logged of one load.
pub const FINDINGS_LOGGED_MAX: usize = 50;

/// Why what is there is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    /// By its content: another change with the same mistake is another one, and whoever looks for
    /// the one that was to fix it has to see that it has come.
    Rejected([u8; 32], RefusalReason),
    Unreadable(Unreadable),
}

/// Logs what comes of looking again, and keeps in mind what has been said of it.
#[derive(Debug, Default)]
pub struct OutcomeLog {
    /// What is said of what is served meanwhile, once anything is.
    meanwhile: &'static str,
    /// The trouble that there is now, as it was logged.
    trouble: Option<Trouble>,
    /// The commit of what is rejected now, as it was logged.
    rejected: Option<Box<str>>,
}

/// Logs what is noticed while looking, and keeps in mind what has been said of it.
#[derive(Debug, Default)]
pub struct Journal {
    /// The complaint about the commit that there is now.
    commit: Option<String>,
    /// What has been said and will not be said again.
    said: Vec<String>,
}

impl ReloadObserver for OutcomeLog {
    fn looked(&mut self, look: &Look) {
        let (outcome, was_asked) = (&look.outcome, look.was_asked);
        if matches!(outcome, Outcome::Panicked) {
            error!("loading ended with a panic, a defect; still serving the previous version");
            return;
        }
        let refused = outcome.refused();
        let rejected_now =
            refused.map(|refused| Trouble::Rejected(refused.digest, refused.reason.clone()));
        let trouble = match outcome {
            Outcome::Unreadable(unreadable) => Some(Trouble::Unreadable(unreadable.clone())),
            _ => rejected_now,
        };
        let is_new = self.trouble != trouble;
        let was_troubled = self.trouble.is_some();
        let commit = refused.and_then(|refused| refused.commit.clone());
        let is_other_commit = mem::replace(&mut self.rejected, commit.clone()) != commit;
        self.trouble = trouble;
        match outcome {
            Outcome::Swapped(swap) => {
                swapped(swap, look.took.total(), was_troubled);
                self.meanwhile = "; still serving the previous version";
                if let Some(refused) = refused.filter(|_| is_new || is_other_commit) {
                    let served = swap.snapshot.commit.as_deref().unwrap_or_default();
                    let instead =
                        format!("; {served} is served, the newest before it that is good");
                    rejected(refused, &instead);
                }
            }
            Outcome::Unchanged if was_troubled => {
                info!("the definitions are again what is served");
            }
            Outcome::Unchanged if was_asked => info!("nothing has changed"),
            Outcome::Unchanged => debug!("nothing has changed"),
            Outcome::Rejected(refused) if is_new || was_asked => rejected(refused, self.meanwhile),
            Outcome::Unreadable(unreadable) if is_new || was_asked => {
                error!("cannot read the definitions: {unreadable}{}", self.meanwhile);
            }
            // The content that was rejected already, now that git says whose it is, or of another
            // commit that has not changed it.
            Outcome::Rejected(_) if is_other_commit => {
                info!(
                    commit = commit.as_deref(),
                    "the commit of the rejected definitions is known now"
                );
            }
            _ => {}
        }
    }
}

impl Journal {
    /// Logs how changes are noticed, when that has changed.
    pub fn watching(&mut self, before: &Watcher, now: &Watcher) {
        match now {
            Watcher::Polling(reason) if before != now => {
                warn!("cannot watch for changes, so the definitions are read every 2 s: {reason}");
            }
            Watcher::Events if matches!(before, Watcher::Polling(_)) => {
                info!("watching for changes again");
            }
            _ => {}
        }
    }

    /// Warns of a commit that is not known, unless that is what was said last.
    pub fn commit(&mut self, problem: Option<&str>) {
        if let Some(problem) = problem
            && self.commit.as_deref() != Some(problem)
        {
            warn!("the commit is not known: {problem}");
        }
        self.commit = problem.map(str::to_owned);
    }

    /// Warns of something that happens now.
    pub fn warn(&self, message: &str) {
        warn!("{message}");
    }

    /// Warns of something, once and for all.
    pub fn warn_once(&mut self, message: String) {
        if !self.said.contains(&message) {
            warn!("{message}");
            self.said.push(message);
        }
    }
}

fn swapped(swap: &Swap, took: Duration, was_troubled: bool) {
    let snapshot = &*swap.snapshot;
    let (version, commit) = (&*snapshot.definitions.version, snapshot.commit.as_deref());
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let flags = snapshot.definitions.flag_set.flags().len();
    if let Some(change) = swap.change() {
        info!(
            version,
            commit,
            flags,
            took_ms,
            added = change.added.len(),
            changed = change.changed.len(),
            removed = change.removed.len(),
            "{change}"
        );
    } else if was_troubled && swap.previous.is_some() {
        info!(
            version,
            commit, flags, "the definitions are valid again, and the flags mean what they meant"
        );
    } else {
        debug!(version, commit, flags, took_ms, "loaded; the flags mean the same");
    }
    let old = swap.previous.as_deref().map_or(&[][..], |previous| &previous.diagnostics);
    let is_known = |finding: &Diagnostic| old.iter().any(|old| finding.is_as_before(old));
    let Snapshot { diagnostics, paths, .. } = snapshot;
    log(diagnostics.iter().filter(|finding| !is_known(finding)), paths);
}

fn rejected(refused: &Refused, meanwhile: &str) {
    let errors = |finding: &&Diagnostic| finding.severity() == Severity::Error;
    log(refused.diagnostics.iter().filter(errors), &refused.paths);
    let commit = refused.commit.as_deref();
    error!(commit, "definitions rejected: {}{meanwhile}", refused.message());
}

fn log<'f>(findings: impl Iterator<Item = &'f Diagnostic>, paths: &Paths) {
    let mut more = 0;
    for (index, finding) in findings.filter(|one| Severity::Note < one.severity()).enumerate() {
        if FINDINGS_LOGGED_MAX <= index {
            more += 1;
            continue;
        }
        let link = paths.link(finding.place);
        let Diagnostic { code, message, suggestion, flag, .. } = finding;
        let (rule, suggestion, flag) = (code.id(), suggestion.as_deref(), flag.as_deref());
        if finding.severity() == Severity::Error {
            error!(rule, flag, suggestion, "{link}: {message}");
        } else {
            warn!(rule, flag, suggestion, "{link}: {message}");
        }
    }
    if 0 < more {
        warn!("and {more} more; `flagstaff check` shows all");
    }
}
