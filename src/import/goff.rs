//! GO Feature Flag's definitions.

use std::collections::BTreeSet;

use crate::{
    engine::scheme::Hash,
    import::{
        draft::{Bucketing, Draft, DraftCondition, DraftOutcome, DraftRule},
        goff_percentage, goff_query,
        imported::ImportedFlag,
        logic::Logic,
        targeting::{known, metadata, variants},
        tree::ImportTree,
        verdict::{ImportRefusal, ImportVerdict},
    },
    yaml::{
        document,
        node::{Entry, Node, NodeValue},
    },
};

/// The flags of a document.
///
/// # Errors
///
/// The place at which there are no flags.
pub fn flags(document: &Node, hash: Hash) -> Result<Vec<ImportedFlag>, ImportRefusal> {
    let Some(flags) = document.as_map() else {
        let help = "give a file of GO Feature Flag's definitions";
        return Err(ImportRefusal::new(document.place, "there is no mapping of flags", help));
    };
    let flag = |entry: &Entry| {
        let (key, place, mut notes) = (entry.key.to_string(), entry.key_place, Vec::new());
        let (verdict, draft) = match draft(entry, hash, &mut notes) {
            Ok((draft, conditions)) => (ImportVerdict::under(conditions), Some(draft)),
            Err(refusal) => (ImportVerdict::Refused(refusal), None),
        };
        ImportedFlag { key, place, verdict, draft, notes }
    };
    Ok(flags.iter().map(flag).collect())
}

/// A flag while it is read.
struct Reading<'r> {
    draft: Draft,
    conditions: BTreeSet<String>,
    notes: &'r mut Vec<String>,
    /// The attribute without which the whole flag is an error; none if none is needed.
    needed: Option<String>,
}

fn draft(
    entry: &Entry,
    hash: Hash,
    notes: &mut Vec<String>,
) -> Result<(Draft, BTreeSet<String>), ImportRefusal> {
    let node = &entry.node;
    let of = |name: &str| node.entry(name).map(|entry| &entry.node);
    let own_key = of("bucketingKey").and_then(Node::as_str).filter(|name| !name.is_empty());
    let bucket_by = goff_query::attribute(own_key.unwrap_or("key")).to_owned();
    let draft = Draft {
        key: entry.key.to_string(),
        place: entry.key_place,
        description: None,
        enabled: !is_set(of("disable")),
        bucketing: Some(Bucketing {
            hash,
            salt: entry.key.to_string(),
            bucket_by: bucket_by.clone(),
        }),
        variants: variants(node, "variations")?,
        rules: Vec::new(),
        default: None,
        metadata: metadata(of("metadata").and_then(Node::as_map).into_iter().flatten())?,
    };
    let mut conditions = BTreeSet::new();
    if own_key.is_some() {
        conditions
            .insert(format!("`{bucket_by}` is sent as a text that is not empty, or not at all"));
    }
    let needed = (own_key.is_some() || has_percentage(node)).then_some(bucket_by);
    let mut reading = Reading { draft, conditions, notes, needed };
    let window = window(of("experimentation"))?;
    let steps = of("scheduledRollout").and_then(Node::as_list).unwrap_or_default();
    // The latest step that has begun counts.
    for step in steps.iter().rev() {
        let begun = self::step(step)?;
        let outcome = step.entry("defaultRule").map(|entry| reading.outcome(&entry.node));
        reading.add(None, [&*window, &[begun]].concat(), outcome.transpose()?);
    }
    for rule in of("targeting").and_then(Node::as_list).unwrap_or_default() {
        if !steps.is_empty() {
            let why = "a schedule and targeting rules together cannot be said";
            return Err(ImportRefusal::new(rule.place, why, "finish the schedule, then import"));
        }
        reading.rule(rule, &window)?;
    }
    if let Some(default) = of("defaultRule") {
        let outcome = reading.outcome(default)?;
        reading.add(None, window, Some(outcome));
    }
    let Reading { mut draft, conditions, .. } = reading;
    draft.simplify();
    Ok((draft, conditions))
}

fn is_set(node: Option<&Node>) -> bool {
    node.is_some_and(|node| matches!(node.value, NodeValue::Bool(true)))
}

/// Whether anything in a flag has percentages.
fn has_percentage(node: &Node) -> bool {
    match &node.value {
        NodeValue::Map(entries) => entries.iter().any(|entry| {
            matches!(&*entry.key, "percentage" | "progressiveRollout")
                || (matches!(&*entry.key, "targeting" | "defaultRule" | "scheduledRollout")
                    && has_percentage(&entry.node))
        }),
        NodeValue::List(items) => items.iter().any(has_percentage),
        _ => false,
    }
}

/// A time of the flag, as a condition.
fn at(node: &Node, operator: &'static str) -> Result<DraftCondition, ImportRefusal> {
    let text = node.as_str().unwrap_or_default();
    if text.parse::<jiff::Timestamp>().is_err() {
        let why = "this is no time with an offset";
        return Err(ImportRefusal::new(node.place, why, "write it as 2026-01-31T12:00:00Z"));
    }
    Ok(DraftCondition::test("now", operator, ImportTree::text(text)))
}

/// When an experiment runs: from its start until its end, which is no part of it.
fn window(node: Option<&Node>) -> Result<Vec<DraftCondition>, ImportRefusal> {
    let mut conditions = Vec::new();
    for (name, operator) in [("start", "after"), ("end", "before")] {
        if let Some(entry) = node.and_then(|node| node.entry(name)) {
            conditions.push(at(&entry.node, operator)?);
        }
    }
    Ok(conditions)
}

impl Reading<'_> {
    /// Adds a rule, if it serves something. Without the key that is needed nothing is served.
    fn add(
        &mut self,
        name: Option<String>,
        mut conditions: Vec<DraftCondition>,
        outcome: Option<DraftOutcome>,
    ) {
        let Some(outcome) = outcome else { return };
        if let (Some(needed), DraftOutcome::Variant(_)) = (&self.needed, &outcome) {
            conditions.push(DraftCondition::test(needed, "neq", ImportTree::text("")));
        }
        let conditions = match DraftCondition::all(conditions) {
            DraftCondition::All(conditions) => conditions,
            never if never.known() == Some(false) => return,
            one => vec![one],
        };
        self.draft.rules.push(DraftRule { name, conditions, outcome });
    }

    fn rule(&mut self, node: &Node, window: &[DraftCondition]) -> Result<(), ImportRefusal> {
        if is_set(node.entry("disable").map(|entry| &entry.node)) {
            return Ok(());
        }
        let name = node.entry("name").and_then(|entry| entry.node.as_str());
        let condition = match node.entry("query").map(|entry| &entry.node) {
            Some(query) => self.query(query)?,
            None => DraftCondition::constant(true),
        };
        let outcome = self.outcome(node)?;
        let name = name.filter(|name| !name.is_empty()).map(str::to_owned);
        self.add(name, [window, &[condition]].concat(), Some(outcome));
        Ok(())
    }

    /// A query, in the language of its own or in `JsonLogic`.
    fn query(&mut self, node: &Node) -> Result<DraftCondition, ImportRefusal> {
        let text = node.as_str().unwrap_or_default().trim();
        if text.is_empty() {
            return Ok(DraftCondition::constant(true));
        }
        if !text.starts_with('{') {
            return goff_query::condition(node, &mut self.conditions, self.notes);
        }
        let logic = document::parse(node.place.file, text.as_bytes()).map_err(|_| {
            ImportRefusal::new(
                node.place,
                "the query is no JSON",
                "write JSON, or the query language",
            )
        })?;
        let mut reading = Logic { flag_key: "", conditions: BTreeSet::new() };
        let condition = reading.condition(&logic).map_err(|refusal| ImportRefusal {
            // Places within the query are none of the file.
            place: node.place,
            ..refusal
        })?;
        self.conditions.extend(reading.conditions);
        Ok(condition.renamed(goff_query::attribute))
    }

    fn outcome(&self, node: &Node) -> Result<DraftOutcome, ImportRefusal> {
        if let Some(entry) = node.entry("progressiveRollout") {
            let why = "a rollout that follows the clock cannot be said";
            let help = "finish it, or write the percentage of today";
            return Err(ImportRefusal::new(entry.node.place, why, help));
        }
        if let Some(entry) = node.entry("percentage") {
            return goff_percentage::outcome(&entry.node, &self.draft.variants);
        }
        let Some(entry) = node.entry("variation") else {
            return Err(ImportRefusal::new(
                node.place,
                "the rule serves nothing",
                "name a variation",
            ));
        };
        let name = entry.node.as_str().unwrap_or_default();
        known(&self.draft.variants, name, entry.node.place).map(DraftOutcome::Variant)
    }
}

/// That a step of a schedule has begun.
fn step(node: &Node) -> Result<DraftCondition, ImportRefusal> {
    for entry in node.as_map().unwrap_or_default() {
        if !matches!(&*entry.key, "date" | "defaultRule") {
            let why = format!("a scheduled step that changes `{}` cannot be said", entry.key);
            return Err(ImportRefusal::new(
                entry.key_place,
                why,
                "finish the schedule, then import",
            ));
        }
    }
    let Some(date) = node.entry("date") else {
        return Err(ImportRefusal::new(node.place, "the step has no date", "give it one"));
    };
    at(&date.node, "after")
}
