//! A flag that is put together from what another system says, and how it is written.

use crate::{
    diagnostics::place::Place,
    engine::{bucket::thousandths, scheme::Hash},
    import::tree::ImportTree,
};

/// A flag as it is put together.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its key.
    pub key: String,
    /// Where the source has it.
    pub place: Place,
    /// The description, where there is one.
    pub description: Option<String>,
    /// The switch.
    pub enabled: bool,
    /// How units are hashed, where that matters.
    pub bucketing: Option<Bucketing>,
    /// Names and values.
    pub variants: Vec<(String, ImportTree)>,
    /// The rules.
    pub rules: Vec<DraftRule>,
    /// What is served when no rule matches.
    pub default: Option<DraftOutcome>,
    /// Metadata.
    pub metadata: Vec<(String, ImportTree)>,
}

/// How units are hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucketing {
    /// The scheme.
    pub hash: Hash,
    /// What units are hashed with.
    pub salt: String,
    /// The attribute that is hashed.
    pub bucket_by: String,
}

/// A rule as it is put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRule {
    /// Its name, where the source has one.
    pub name: Option<String>,
    /// All must hold.
    pub conditions: Vec<DraftCondition>,
    /// What it serves.
    pub outcome: DraftOutcome,
}

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftOutcome {
    /// The caller's own default.
    Nothing,
    /// A variant.
    Variant(String),
    /// Variants, each with its share in thousandths of a percent; they add up to 100 000.
    Split(Vec<(String, u32)>),
}

/// A condition as it is put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftCondition {
    /// An attribute is compared.
    Test {
        /// The attribute.
        attribute: String,
        /// The operator's name.
        operator: &'static str,
        /// With what.
        value: ImportTree,
        /// Whether the case of letters is ignored.
        ignores_case: bool,
    },
    /// All hold; without any, it always holds.
    All(Vec<DraftCondition>),
    /// One of them holds; without any, it never does.
    Any(Vec<DraftCondition>),
    /// It does not hold.
    Not(Box<DraftCondition>),
}

impl DraftCondition {
    /// A comparison.
    pub fn test(attribute: impl Into<String>, operator: &'static str, value: ImportTree) -> Self {
        Self::Test { attribute: attribute.into(), operator, value, ignores_case: false }
    }

    /// Whether an attribute is there.
    pub fn exists(attribute: impl Into<String>, is_there: bool) -> Self {
        Self::test(attribute, "exists", ImportTree::Scalar(is_there.to_string()))
    }

    /// What always or never holds.
    #[must_use]
    pub fn constant(holds: bool) -> Self {
        if holds { Self::All(Vec::new()) } else { Self::Any(Vec::new()) }
    }

    /// Whether it always or never holds; none if it depends on the caller.
    #[must_use]
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::All(inner) if inner.is_empty() => Some(true),
            Self::Any(inner) if inner.is_empty() => Some(false),
            _ => None,
        }
    }

    /// All of these.
    #[must_use]
    pub fn all(conditions: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for condition in conditions {
            match condition {
                Self::All(inner) => flat.extend(inner),
                condition if condition.known() == Some(false) => return Self::constant(false),
                condition => flat.push(condition),
            }
        }
        match <[Self; 1]>::try_from(flat) {
            Ok([one]) => one,
            Err(several) => Self::All(several),
        }
    }

    /// One of these.
    #[must_use]
    pub fn any(conditions: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for condition in conditions {
            match condition {
                Self::Any(inner) => flat.extend(inner),
                condition if condition.known() == Some(true) => return Self::constant(true),
                condition => flat.push(condition),
            }
        }
        match <[Self; 1]>::try_from(flat) {
            Ok([one]) => one,
            Err(several) => Self::Any(several),
        }
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            condition => match condition.known() {
                Some(holds) => Self::constant(!holds),
                None => Self::Not(Box::new(condition)),
            },
        }
    }

    /// The same with other names for attributes.
    #[must_use]
    pub fn renamed(self, name: fn(&str) -> &str) -> Self {
        let all = |inner: Vec<Self>| inner.into_iter().map(|it| it.renamed(name)).collect();
        match self {
            Self::Test { attribute, operator, value, ignores_case } => {
                let attribute = name(&attribute).to_owned();
                Self::Test { attribute, operator, value, ignores_case }
            }
            Self::All(inner) => Self::All(all(inner)),
            Self::Any(inner) => Self::Any(all(inner)),
            Self::Not(inner) => Self::Not(Box::new(inner.renamed(name))),
        }
    }

    fn tree(&self) -> ImportTree {
        let list = |inner: &[Self]| ImportTree::List(inner.iter().map(Self::tree).collect());
        ImportTree::Map(match self {
            Self::Test { attribute, operator: "eq" | "in", value, ignores_case: false } => {
                let of = ImportTree::Map(vec![(attribute.clone(), value.clone())]);
                vec![("where".to_owned(), of)]
            }
            Self::Test { attribute, operator, value, ignores_case } => {
                let mut entries = vec![
                    ("attribute".to_owned(), ImportTree::text(attribute)),
                    ("operator".to_owned(), ImportTree::text(operator)),
                    ("value".to_owned(), value.clone()),
                ];
                if *ignores_case {
                    entries.push(("ignore_case".to_owned(), ImportTree::Scalar("true".to_owned())));
                }
                entries
            }
            Self::All(inner) => vec![("all".to_owned(), list(inner))],
            Self::Any(inner) => vec![("any".to_owned(), list(inner))],
            Self::Not(inner) => vec![("not".to_owned(), inner.tree())],
        })
    }
}

impl DraftOutcome {
    /// The field under which a rule serves it, and what that says.
    fn entry(&self) -> Option<(String, ImportTree)> {
        match self {
            Self::Nothing => None,
            Self::Variant(name) => Some(("serve".to_owned(), ImportTree::text(name))),
            Self::Split(entries) => {
                let entry = |(name, share): &(String, u32)| {
                    ImportTree::Map(vec![
                        ("variant".to_owned(), ImportTree::text(name)),
                        (
                            "percentage".to_owned(),
                            ImportTree::Scalar(thousandths(u64::from(*share))),
                        ),
                    ])
                };
                let entries = ImportTree::List(entries.iter().map(entry).collect());
                Some(("split".to_owned(), entries))
            }
        }
    }
}

impl Draft {
    /// The rules in as few words: none after one that takes everybody, which is the default then;
    /// none at the end that serves what is served without it.
    pub fn simplify(&mut self) {
        let catches_all = |rule: &DraftRule| rule.conditions.is_empty();
        if let Some(last) = self.rules.iter().position(catches_all) {
            self.rules.truncate(last + 1);
            self.default = self.rules.pop().map(|rule| rule.outcome);
        }
        let default = self.default.clone().unwrap_or(DraftOutcome::Nothing);
        while self.rules.last().is_some_and(|rule| rule.outcome == default) {
            self.rules.pop();
        }
        let is_split = |outcome: &DraftOutcome| matches!(outcome, DraftOutcome::Split(_));
        let mut all = self.rules.iter().map(|rule| &rule.outcome).chain(&self.default);
        if !all.any(is_split) {
            self.bucketing = None;
        }
    }

    /// Whether a rule before others serves the caller's own default, which no rule can.
    #[must_use]
    pub fn serves_nothing_in_between(&self) -> bool {
        self.rules.iter().any(|rule| rule.outcome == DraftOutcome::Nothing)
    }

    /// The fields, in the order in which people look for them.
    #[must_use]
    pub fn tree(&self) -> ImportTree {
        let mut fields: Vec<(String, ImportTree)> = Vec::new();
        let mut add = |name: &str, value: ImportTree| fields.push((name.to_owned(), value));
        if let Some(description) = &self.description {
            add("description", ImportTree::text(description));
        }
        add("enabled", ImportTree::Scalar(self.enabled.to_string()));
        if let Some(Bucketing { hash, salt, bucket_by }) = &self.bucketing {
            add("hash", ImportTree::text(hash.name()));
            if *salt != self.key {
                add("salt", ImportTree::text(salt));
            }
            if bucket_by != "targetingKey" {
                add("bucket_by", ImportTree::text(bucket_by));
            }
        }
        add("variants", ImportTree::Map(self.variants.clone()));
        if !self.rules.is_empty() {
            let rules = self.rules.iter().map(|rule| {
                let name = rule.name.iter().map(|name| ("name".to_owned(), ImportTree::text(name)));
                let conditions = rule.conditions.iter().map(DraftCondition::tree).collect();
                let conditions = ("if".to_owned(), ImportTree::List(conditions));
                ImportTree::Map(name.chain([conditions]).chain(rule.outcome.entry()).collect())
            });
            add("rules", ImportTree::Rows(rules.collect()));
        }
        match &self.default {
            Some(DraftOutcome::Variant(name)) => add("default", ImportTree::text(name)),
            Some(split @ DraftOutcome::Split(_)) => {
                add("default", ImportTree::Map(split.entry().into_iter().collect()));
            }
            Some(DraftOutcome::Nothing) | None => {}
        }
        if !self.metadata.is_empty() {
            add("metadata", ImportTree::Map(self.metadata.clone()));
        }
        ImportTree::Map(fields)
    }
}
