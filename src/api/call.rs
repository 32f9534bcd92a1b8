//! What an endpoint gets to see: the request, the snapshot, the options, the time.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Request;
use jiff::Timestamp;

use crate::{
    api::{
        cors::Origins,
        events::{EventStreams, StreamLimits},
        selection::{ContextDefaults, Selection},
        shelf::Shelf,
    },
    definition::definitions::Definition,
    engine::flag::Flag,
    metrics::record::Metrics,
    snapshot::current::{Snapshot, SnapshotCell},
};

/// What a listener answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListenerRole {
    /// Everything.
    #[default]
    Both,
    /// Evaluations only: management has an address of its own.
    Evaluations,
    /// Probes, status, definitions and explanations only.
    Management,
}

/// How requests are answered.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is answered here.
    pub side: ListenerRole,
    /// Where the rest is answered, for people; empty where nothing is answered elsewhere.
    pub elsewhere: String,
    /// What `enabled` is for a flag that is not there, unless the request says.
    pub rest_default: bool,
    /// For which flags there are answers; the others do not exist.
    pub select: Selection,
    /// What every context gets that lacks it.
    pub context: ContextDefaults,
    /// Whose pages may ask.
    pub origins: Origins,
    /// How event streams behave; none where there are none.
    pub event_streams: Option<StreamLimits>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl Options {
    /// Where the rest is answered, in a sentence.
    #[must_use]
    pub fn elsewhere(&self) -> &str {
        if self.elsewhere.is_empty() { "an address of its own" } else { &self.elsewhere }
    }
}

/// One request as its endpoint sees it.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'r> {
    /// The request.
    pub request: &'r Request<Bytes>,
    /// The flag key in the path, decoded; empty for endpoints without one.
    pub key: &'r str,
    /// What is served, if anything is yet.
    pub snapshot: Option<&'r Snapshot>,
    /// What is known of the reloads.
    pub cell: &'r SnapshotCell,
    /// The event streams, where there are any.
    pub streams: Option<&'r Arc<EventStreams>>,
    /// The list of definitions, while it is being sent.
    pub shelf: &'r Shelf,
    /// The options.
    pub options: &'r Options,
    /// The time.
    pub now: Timestamp,
}

impl<'r> Scope<'r> {
    /// The flag key in the path, if there is one.
    #[must_use]
    pub fn named_key(&self) -> Option<&'r str> {
        Some(self.key).filter(|key| !key.is_empty())
    }

    /// The flag that the path names, if there is an answer for it.
    #[must_use]
    pub fn flag<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Flag> {
        let is_selected = self.options.select.includes(self.key);
        snapshot.definitions.flag_set.find(self.key).filter(|_| is_selected)
    }

    /// All flags for which there are answers, sorted by key.
    pub fn flags<'s>(&self, snapshot: &'s Snapshot) -> impl Iterator<Item = &'s Flag> {
        let select = &self.options.select;
        snapshot.definitions.flag_set.flags().iter().filter(|flag| select.includes(&flag.key))
    }

    /// The definition of the flag that the path names.
    #[must_use]
    pub fn definition<'s>(&self, snapshot: &'s Snapshot) -> Option<Definition<'s>> {
        let is_selected = self.options.select.includes(self.key);
        snapshot.definitions.of_flag(self.key).filter(|_| is_selected)
    }

    /// All definitions that may be shown, sorted by key.
    pub fn definitions<'s>(&self, snapshot: &'s Snapshot) -> impl Iterator<Item = Definition<'s>> {
        let select = &self.options.select;
        snapshot.definitions.flags().filter(|definition| select.includes(definition.key))
    }

    /// Names a path of management, as it is reached from anywhere: `` `/readyz` ``, with the
    /// address where management has one of its own.
    #[must_use]
    pub fn management_path(&self, path: &str) -> String {
        match self.options.side {
            ListenerRole::Evaluations => format!("`{path}` at {}", self.options.elsewhere()),
            ListenerRole::Both | ListenerRole::Management => format!("`{path}`"),
        }
    }

    /// Whether the query asks for `name`: as `?name`, `?name=true` or `?name=1`.
    #[must_use]
    pub fn asks_for(&self, name: &str) -> bool {
        asks_for(self.request.uri().query(), name)
    }
}

/// Whether a query asks for `name`.
#[must_use]
pub fn asks_for(query: Option<&str>, name: &str) -> bool {
    let mut pairs = query.into_iter().flat_map(|query| query.split('&'));
    pairs.any(|pair| {
        let value = pair.strip_prefix(name);
        matches!(value, Some("" | "=true" | "=1"))
    })
}
