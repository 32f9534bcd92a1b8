//! A flag as written, as far as words depend on it: in the short form, or unfolded to the full one,
//! so that two flags can be compared whichever form they have.

use std::collections::BTreeMap;

use crate::{
    definition::{
        variants::IMPLICIT_VARIANTS,
        written::{
            clause::{Clause, Name, Test},
            field::{FIELDS, Field, FieldPurpose, FieldRow, Told},
            flag::{ListedUsers, WrittenFlag},
        },
    },
    diagnostics::place::{FileId, Place},
    engine::{bucket::Percentage, context::IS_STAFF, operator::Operator},
    words::{
        rule::{ToldRule, served},
        value,
    },
    yaml::node::{Node, NodeValue},
};

/// Where what nobody wrote stands.
const NOWHERE: Place = Place { file: FileId(0), line: 1, column: 1, end_line: 1, end_column: 1 };
/// What `staff_only` compares with.
static TRUE: Node = Node { value: NodeValue::Bool(true), place: NOWHERE };

/// A flag as far as words depend on it.
#[derive(Debug)]
pub struct ToldFlag<'t> {
    /// Whether it is on.
    pub enabled: bool,
    /// What a toggle says of whom it is for; in the full form nobody is left out by it.
    pub conditions: Vec<Clause<'t>>,
    /// The share of users that a toggle takes.
    pub ramp: Percentage,
    /// Its variants, each with its value as JSON.
    pub variants: BTreeMap<&'t str, String>,
    /// Who is listed for which variant.
    pub users: BTreeMap<&'t str, &'t str>,
    /// The rules, in order.
    pub rules: Vec<ToldRule<'t>>,
    /// What it requires.
    pub requires: Vec<Clause<'t>>,
    /// What is served when no rule matches; none where nothing is.
    pub default: Option<String>,
    /// The fields that are told as they are written, those left out that say what they would be
    /// anyway: what tells one from another, and how it is shown.
    pub plain: BTreeMap<Field, (String, String)>,
}

impl ToldFlag<'_> {
    /// Whether it serves anybody what its rules say: `staff_only` does, whatever `enabled` says.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.enabled || self.plain.get(&Field::StaffOnly).is_some_and(|(json, _)| json == "true")
    }
}

/// Both sides in one form: the short one if both have it, else the full one.
#[must_use]
pub fn alike<'t>(base: &WrittenFlag<'t>, head: &WrittenFlag<'t>) -> [ToldFlag<'t>; 2] {
    let are_toggles = [base, head].iter().all(|flag| flag.variants_because().is_none());
    [base, head].map(|flag| ToldFlag::of(flag, !are_toggles))
}

/// The variants of a flag, written or implicit, each with its value as JSON.
#[must_use]
pub fn variants<'t>(flag: &WrittenFlag<'t>) -> BTreeMap<&'t str, String> {
    let Some(written) = flag.variants() else {
        return IMPLICIT_VARIANTS.map(|(name, value)| (name, value.to_owned())).into();
    };
    let value = |node: &Node| {
        let mut json = String::new();
        node.write_canonical_json(&mut json);
        json
    };
    written.iter().map(|entry| (&*entry.key, value(&entry.node))).collect()
}

/// Who is listed for which variant.
#[must_use]
pub fn listed<'t>(flag: &WrittenFlag<'t>) -> BTreeMap<&'t str, &'t str> {
    match &flag.users {
        ListedUsers::None => BTreeMap::new(),
        ListedUsers::Listed(users) => users.iter().map(|user| (user.text, "enabled")).collect(),
        ListedUsers::ByVariant(by_variant) => by_variant
            .iter()
            .flat_map(|(variant, users)| users.iter().map(|user| (user.text, variant.text)))
            .collect(),
    }
}

impl<'t> ToldFlag<'t> {
    fn of(flag: &WrittenFlag<'t>, in_full: bool) -> Self {
        let clauses = flag.targeting_rules.as_ref().and_then(|stated| stated.value.clone());
        let ramp = flag.ramp.as_ref().and_then(|stated| stated.value);
        let rules = (1..).zip(&flag.rules).map(|(number, rule)| ToldRule {
            name: rule.name.map_or_else(|| format!("#{number}"), |name| name.text.to_owned()),
            is_named: rule.name.is_some(),
            conditions: rule.conditions.clone(),
            ramp: rule.ramp.unwrap_or(Percentage::FULL),
            outcome: rule.outcome.as_ref().map_or(String::new(), served),
        });
        let default = flag.default.as_ref().and_then(|stated| stated.value.as_ref());
        let mut told = Self {
            enabled: flag.enabled.as_ref().is_some_and(|stated| stated.value == Some(true)),
            conditions: clauses.unwrap_or_default(),
            ramp: ramp.unwrap_or(Percentage::FULL),
            variants: variants(flag),
            users: listed(flag),
            rules: rules.collect(),
            requires: flag.requires.iter().map(|other| Clause::Flag(*other)).collect(),
            default: default.map(served),
            plain: FIELDS.iter().filter_map(|row| plain(flag, row)).collect(),
        };
        if in_full {
            told.unfold(flag);
        }
        told
    }

    /// Says in the full form what the flag says in the short one, or not at all.
    fn unfold(&mut self, flag: &WrittenFlag<'t>) {
        if flag.variants_because().is_none() {
            let is_staff_only = flag.staff_only().is_some();
            if is_staff_only {
                self.enabled = true;
                self.users.clear();
                (self.conditions, self.ramp) = (staff().into_iter().collect(), Percentage::FULL);
            }
            self.rules = vec![ToldRule {
                name: "#1".to_owned(),
                is_named: false,
                conditions: std::mem::take(&mut self.conditions),
                ramp: std::mem::replace(&mut self.ramp, Percentage::FULL),
                outcome: value::quoted("enabled"),
            }];
            self.plain.remove(&Field::StaffOnly);
        }
        if flag.variants().is_none() {
            let off = || ("\"disabled\"".to_owned(), "disabled".to_owned());
            self.default.get_or_insert_with(|| value::quoted("disabled"));
            self.plain.entry(Field::OffVariant).or_insert_with(off);
        }
    }
}

/// `is_staff` is true.
fn staff<'t>() -> Option<Clause<'t>> {
    let attribute = Name { text: IS_STAFF, place: NOWHERE };
    let operator = Operator::find("eq")?;
    Some(Clause::Test(Test { attribute, operator, operand: &TRUE, ignore_case: None }))
}

/// A field that is told as it is written, unless it says what it would be anyway.
fn plain(flag: &WrittenFlag<'_>, row: &FieldRow) -> Option<(Field, (String, String))> {
    if row.told != Told::AsWritten {
        return None;
    }
    let node = &flag.entry(row.field)?.node;
    let mut key = String::new();
    match row.purpose {
        // Given to callers as it is written.
        FieldPurpose::Answer => node.write_canonical_json(&mut key),
        _ => node.write_plain_json(&mut key),
    }
    let says_nothing = row.default == Some(&*key);
    (!says_nothing).then(|| (row.field, (key, value::plain(node))))
}
