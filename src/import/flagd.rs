//! flagd's definitions: flags, `$evaluators`, and targeting in `JsonLogic`.

use std::collections::BTreeSet;

use crate::{
    engine::scheme::Hash,
    import::{
        draft::{Draft, DraftCondition, DraftOutcome},
        flagd_fractional,
        imported::ImportedFlag,
        logic::{Logic, application, arguments},
        targeting::{Targeting, known, metadata, variants},
        tree::ImportTree,
        verdict::{ImportRefusal, ImportVerdict},
    },
    yaml::node::{Entry, Node, NodeValue},
};

/// How deep evaluators may refer to one another.
const REFERENCES_MAX: usize = 32;

/// The flags of a document.
///
/// # Errors
///
/// The place at which there are no flags.
pub fn flags(document: &Node, hash: Hash) -> Result<Vec<ImportedFlag>, ImportRefusal> {
    let Some(flags) = document.entry("flags").and_then(|entry| entry.node.as_map()) else {
        let why = "there is no mapping `flags`";
        return Err(ImportRefusal::new(document.place, why, "give a file of flagd's definitions"));
    };
    let evaluators = document.entry("$evaluators").and_then(|entry| entry.node.as_map());
    let metadata = document.entry("metadata").and_then(|entry| entry.node.as_map());
    let source = Source {
        evaluators: evaluators.unwrap_or_default(),
        metadata: metadata.unwrap_or_default(),
        hash,
    };
    Ok(flags.iter().map(|entry| source.flag(entry)).collect())
}

/// A document.
struct Source<'t> {
    evaluators: &'t [Entry],
    metadata: &'t [Entry],
    hash: Hash,
}

impl Source<'_> {
    fn flag(&self, entry: &Entry) -> ImportedFlag {
        let (key, place) = (entry.key.to_string(), entry.key_place);
        let notes = Vec::new();
        match self.draft(entry) {
            Ok((draft, verdict)) => ImportedFlag { key, place, verdict, draft: Some(draft), notes },
            Err(refusal) => {
                let verdict = ImportVerdict::Refused(refusal);
                ImportedFlag { key, place, verdict, draft: None, notes }
            }
        }
    }

    fn draft(&self, entry: &Entry) -> Result<(Draft, ImportVerdict), ImportRefusal> {
        let node = &entry.node;
        let of = |name: &str| node.entry(name).map(|entry| &entry.node);
        let state = of("state").and_then(Node::as_str).unwrap_or("ENABLED");
        let variants = variants(node, "variants")?;
        let default = match of("defaultVariant").map(|node| (&node.value, node.place)) {
            None | Some((NodeValue::Null, _)) => None,
            Some((NodeValue::String(name), _)) if name.is_empty() => None,
            Some((NodeValue::String(name), place)) => Some(known(&variants, name, place)?),
            Some((_, place)) => {
                let why = "`defaultVariant` is no text";
                return Err(ImportRefusal::new(place, why, "name a variant"));
            }
        };
        let draft = Draft {
            key: entry.key.to_string(),
            place: entry.key_place,
            description: None,
            enabled: state != "DISABLED",
            bucketing: None,
            variants,
            rules: Vec::new(),
            default: default.clone().map(DraftOutcome::Variant),
            metadata: self.metadata_of(node)?,
        };
        let logic = Logic { flag_key: &entry.key, conditions: BTreeSet::new() };
        let targeting = match of("targeting") {
            Some(targeting) if targeting.as_map().is_some_and(|map| !map.is_empty()) => {
                Some(self.resolved(targeting, REFERENCES_MAX)?)
            }
            _ => None,
        };
        let Some(rules) = &targeting else {
            return Ok((draft, ImportVerdict::Exact));
        };
        let default = default.as_deref();
        let mut reading = Targeting { draft, logic, default, hash: self.hash };
        reading.outcome(rules, &[])?;
        let Targeting { mut draft, logic, .. } = reading;
        draft.simplify();
        if draft.serves_nothing_in_between() {
            let why = "a rule that serves the caller's own default comes before other rules";
            return Err(ImportRefusal::new(rules.place, why, "give the flag a `defaultVariant`"));
        }
        Ok((draft, ImportVerdict::under(logic.conditions)))
    }

    /// The metadata of the document and of the flag, which comes first.
    fn metadata_of(&self, node: &Node) -> Result<Vec<(String, ImportTree)>, ImportRefusal> {
        let own = node.entry("metadata").and_then(|entry| entry.node.as_map()).unwrap_or_default();
        let is_own = |entry: &&Entry| own.iter().any(|other| other.key == entry.key);
        let all = self.metadata.iter().filter(|entry| !is_own(entry)).chain(own);
        metadata(all)
    }

    /// The node with the evaluators in place of what refers to them.
    fn resolved(&self, node: &Node, depth: usize) -> Result<Node, ImportRefusal> {
        if let Some(("$ref", name)) = application(node) {
            let name = name.as_str().unwrap_or_default();
            let found = self.evaluators.iter().find(|entry| *entry.key == *name);
            let found = found.filter(|_| 0 < depth).ok_or_else(|| {
                let why = format!("there is no evaluator `{name}`");
                ImportRefusal::new(node.place, why, "define it under `$evaluators`")
            })?;
            return self.resolved(&found.node, depth - 1);
        }
        let value = match &node.value {
            NodeValue::List(items) => {
                let items = items.iter().map(|item| self.resolved(item, depth));
                NodeValue::List(items.collect::<Result<_, _>>()?)
            }
            NodeValue::Map(entries) => {
                let entries = entries.iter().map(|entry| {
                    let node = self.resolved(&entry.node, depth)?;
                    Ok(Entry { key: entry.key.clone(), key_place: entry.key_place, node })
                });
                NodeValue::Map(entries.collect::<Result<_, _>>()?)
            }
            value => value.clone(),
        };
        Ok(Node { value, place: node.place })
    }
}

impl Targeting<'_> {
    /// Adds the rules of what a node serves to those for whom all of the guard holds.
    pub(crate) fn outcome(
        &mut self,
        node: &Node,
        guard: &[DraftCondition],
    ) -> Result<(), ImportRefusal> {
        match application(node) {
            Some(("if" | "?:", inner)) => self.choice(arguments(inner), guard),
            Some(("fractional", _)) => flagd_fractional::add(self, node, guard),
            Some(_) => self.boolean(node, guard),
            None => {
                let outcome = self.served(node)?;
                self.add(guard.to_vec(), outcome);
                Ok(())
            }
        }
    }

    fn choice(&mut self, items: &[Node], guard: &[DraftCondition]) -> Result<(), ImportRefusal> {
        match items {
            [] => {
                let outcome = self.default_outcome();
                self.add(guard.to_vec(), outcome);
                Ok(())
            }
            [last] => self.outcome(last, guard),
            [condition, then, rest @ ..] => {
                let condition = self.logic.condition(condition)?;
                let with = [guard, &[condition]].concat();
                self.outcome(then, &with)?;
                self.choice(rest, guard)
            }
        }
    }

    /// A node that is true or false, for variants of these names.
    fn boolean(&mut self, node: &Node, guard: &[DraftCondition]) -> Result<(), ImportRefusal> {
        let operator = application(node).map_or("", |(operator, _)| operator);
        if !["==", "===", "!=", "!==", "<", "<=", ">", ">=", "in", "!", "!!"].contains(&operator) {
            let why = format!("`{operator}` as the name of a variant cannot be said");
            let help = "write `if` with the condition and the variants";
            return Err(ImportRefusal::new(node.place, why, help));
        }
        let condition = self.logic.condition(node)?;
        let [yes, no] = ["true", "false"]
            .map(|name| known(&self.draft.variants, name, node.place).map(DraftOutcome::Variant));
        self.add([guard, &[condition]].concat(), yes?);
        self.add(guard.to_vec(), no?);
        Ok(())
    }
}
