//! Whom a change may be for: callers who tell the conditions of both sides apart.

use std::collections::BTreeSet;

use crate::{
    model::{
        caller::Caller,
        json::{Json, text},
        kind::Kind,
        resolve::full,
        shift::{Change, Side, referred},
        time,
        witness::{classes, comparisons, instants},
    },
    pairs::Dice,
};

/// What callers may be, for one flag.
pub struct Audience {
    /// For each attribute a value for each way in which its comparisons come out.
    attributes: Vec<(String, Vec<Option<Json>>)>,
    nows: Vec<i128>,
    /// Users who are listed by name, by this flag or by one that it asks for.
    users: Vec<String>,
    /// Those whom this flag lists itself.
    own_users: Vec<String>,
    /// Whether it asks for other flags.
    pub has_others: bool,
}

/// Callers, and whether these are all that there can be.
pub struct Callers {
    pub all: Vec<Caller>,
    pub is_whole: bool,
}

fn users(flag: &Json, found: &mut BTreeSet<String>) {
    let mut add = |list: &Json| {
        found.extend(list.items().iter().filter_map(Json::as_text).map(str::to_owned));
    };
    if let Some(users) = flag.field("users") {
        add(users);
        users.fields().iter().for_each(|(_, list)| add(list));
    }
}

impl Audience {
    pub fn of(change: &Change<'_>, palette: &[(String, Kind)]) -> Self {
        let mut roots: Vec<Json> = Vec::new();
        let (mut listed, mut own) = (BTreeSet::new(), BTreeSet::new());
        for side in [&change.base, &change.head] {
            let Some(key) = side.key else { continue };
            users(side.flag().unwrap(), &mut own);
            for key in referred(side.file, key) {
                let flag = Side { key: Some(key), ..*side }.flag().unwrap();
                users(flag, &mut listed);
                roots.push(full(flag));
            }
            roots.extend(side.file.field("segments").cloned());
        }
        let built_in = [("unit".to_owned(), Kind::Text), ("is_staff".to_owned(), Kind::Bool)];
        let mut attributes = Vec::new();
        for (name, kind) in palette.iter().chain(&built_in) {
            let mut found = Vec::new();
            roots.iter().for_each(|root| comparisons(root, name, &mut found));
            let is_unit =
                roots.iter().any(|root| root.field("bucket_by") == Some(&text(name.as_str())));
            if is_unit && found.is_empty() {
                attributes.push((name.clone(), vec![None, Some(text("acme"))]));
            } else if !found.is_empty() {
                attributes.push((name.clone(), classes(name, *kind, &found)));
            }
        }
        let mut found = Vec::new();
        roots.iter().for_each(|root| comparisons(root, "now", &mut found));
        let mut nows = instants(&found);
        nows.push(time::rfc3339("2026-11-22T12:00:00Z").unwrap());
        let (users, own_users) = (listed.into_iter().collect(), own.into_iter().collect());
        let has_others = [&change.base, &change.head]
            .into_iter()
            .any(|side| side.key.is_some_and(|key| 1 < referred(side.file, key).len()));
        Self { attributes, nows, users, own_users, has_others }
    }

    /// Whether this flag serves a caller by name, before or after.
    pub fn is_listed(&self, caller: &Caller) -> bool {
        caller.key.as_ref().is_some_and(|key| self.own_users.contains(key))
    }

    /// All callers, or so many of them.
    pub fn callers(&self, most: usize, dice: &mut Dice) -> Callers {
        let keys: Vec<Option<String>> = [None, Some("somebody".to_owned())]
            .into_iter()
            .chain(self.users.iter().cloned().map(Some))
            .collect();
        let counts = self.attributes.iter().map(|(_, values)| values.len());
        let count = counts.chain([keys.len(), self.nows.len()]).try_fold(1, usize::checked_mul);
        let whole = count.filter(|count| *count <= most);
        let all = (0..whole.unwrap_or(most)).map(|mut number| {
            let mut pick = |length: usize| {
                if whole.is_none() {
                    return dice.below(length);
                }
                let index = number % length;
                number /= length;
                index
            };
            let mut attributes = Json::Map(Vec::new());
            for (name, values) in &self.attributes {
                if let Some(value) = &values[pick(values.len())] {
                    attributes.set(name, value.clone());
                }
            }
            let key = keys[pick(keys.len())].clone();
            Caller { key, attributes, now: self.nows[pick(self.nows.len())] }
        });
        Callers { all: all.collect(), is_whole: whole.is_some() }
    }
}
