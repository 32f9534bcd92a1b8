//! A flag as it is written, all layers merged: typed, each part with its place, nothing filled in.

use crate::{
    definition::{
        number,
        problems::meaning,
        written::{
            clause::{Clause, FlagRequirement, Name, clauses, name, requirement},
            field::{FIELDS, Field, FieldRow, FlagForm},
        },
    },
    diagnostics::{diagnostic::Diagnostic, place::Place},
    engine::{bucket::Percentage, scheme::Hash},
    yaml::node::{Entry, Node, NodeValue, write_sorted_entries},
};

/// A flag as it is written.
///
/// A field that is stated and has the wrong shape is [`Stated`] without a value. That was said, by
/// the schema or in its absence by [`WrittenFlag::read`].
#[derive(Clone, Debug)]
pub struct WrittenFlag<'t> {
    /// Its key.
    pub key: &'t str,
    /// Where it is defined first.
    pub place: Place,
    /// Where later layers write to it, lowest first.
    later: &'t [Place],
    /// All that is stated, in written order.
    entries: &'t [Entry],
    /// Whether it is a mapping at all.
    pub is_shaped: bool,
    /// `enabled`
    pub enabled: Option<Stated<bool>>,
    /// `requires`
    pub requires: Vec<FlagRequirement<'t>>,
    /// `staff_only`
    pub staff_only: Option<Stated<bool>>,
    /// `targeting_rules`
    pub targeting_rules: Option<Stated<Vec<Clause<'t>>>>,
    /// `rollout_percentage`
    pub ramp: Option<Stated<Percentage>>,
    /// `users`
    pub users: ListedUsers<'t>,
    /// `rules`
    pub rules: Vec<WrittenRule<'t>>,
    /// `default`
    pub default: Option<Stated<WrittenOutcome<'t>>>,
    /// `off_variant`
    pub off_variant: Option<Stated<Name<'t>>>,
    /// `salt`
    pub salt: Option<&'t str>,
    /// `bucket_by`
    pub bucket_by: Option<Name<'t>>,
    /// `hash`
    pub hash: Option<Hash>,
    /// `expires`
    pub expires: Option<Name<'t>>,
    /// `allow`
    pub allow: Vec<Name<'t>>,
}

/// A field that is stated.
#[derive(Clone, Debug)]
pub struct Stated<T> {
    /// Where its key is.
    pub key_place: Place,
    /// What it says; none if that has the wrong shape.
    pub value: Option<T>,
}

/// Who is listed by name.
#[derive(Clone, Debug)]
pub enum ListedUsers<'t> {
    /// Nobody.
    None,
    /// In a toggle, who always gets `true`.
    Listed(Vec<Name<'t>>),
    /// By variant, in written order.
    ByVariant(Vec<(Name<'t>, Vec<Name<'t>>)>),
}

/// A rule of a flag with variants.
#[derive(Clone, Debug)]
pub struct WrittenRule<'t> {
    /// Its name, if it has one.
    pub name: Option<Name<'t>>,
    /// `if`
    pub conditions: Vec<Clause<'t>>,
    /// `rollout_percentage`
    pub ramp: Option<Percentage>,
    /// `serve` or `split`; none if that has the wrong shape.
    pub outcome: Option<WrittenOutcome<'t>>,
    /// Where the rule begins and ends.
    pub place: Place,
}

/// What is served.
#[derive(Clone, Debug)]
pub enum WrittenOutcome<'t> {
    /// A variant.
    Variant(Name<'t>),
    /// Shares of several.
    Split {
        /// Each with its share.
        parts: Vec<SplitPart<'t>>,
        /// Where its key is.
        key_place: Place,
    },
}

/// One part of a split.
#[derive(Clone, Copy, Debug)]
pub struct SplitPart<'t> {
    /// The variant; none if that has the wrong shape.
    pub variant: Option<Name<'t>>,
    /// Its share; none if that is no percentage.
    pub share: Option<Percentage>,
    /// Whether a share is stated at all.
    pub has_share: bool,
}

impl<'t> WrittenFlag<'t> {
    /// Reads a flag: where it begins and where later layers write to it, and what it says. What has
    /// the wrong shape, or is no percentage, is said.
    pub fn read(
        key: &'t str,
        (place, later): (Place, &'t [Place]),
        node: &'t Node,
        found: &mut Vec<Diagnostic>,
    ) -> Self {
        let of = |field: Field| node.entry(field.name());
        let boolean = |field| {
            of(field).map(|entry| match entry.node.value {
                NodeValue::Bool(value) => Stated { key_place: entry.key_place, value: Some(value) },
                _ => Stated { key_place: entry.key_place, value: None },
            })
        };
        let text = |field| of(field).and_then(|entry| named(&entry.node));
        let requires = of(Field::Requires).and_then(|entry| entry.node.as_list());
        let rules = of(Field::Rules).and_then(|entry| entry.node.as_list());
        Self {
            key,
            place,
            later,
            entries: node.as_map().unwrap_or_default(),
            is_shaped: node.as_map().is_some(),
            enabled: boolean(Field::Enabled),
            staff_only: boolean(Field::StaffOnly),
            requires: requires
                .unwrap_or_default()
                .iter()
                .filter_map(|item| requirement(item, found))
                .collect(),
            targeting_rules: of(Field::TargetingRules)
                .map(|entry| stated(entry, Some(clauses(&entry.node, found)))),
            ramp: of(Field::RolloutPercentage)
                .map(|entry| stated(entry, number::percentage(&entry.node, found))),
            users: of(Field::Users).map_or(ListedUsers::None, |entry| users(&entry.node)),
            rules: rules
                .unwrap_or_default()
                .iter()
                .map(|rule| WrittenRule::read(rule, found))
                .collect(),
            default: of(Field::Default).map(|entry| {
                let outcome = match &entry.node {
                    node if node.as_map().is_some() => split(node, found),
                    node => name(node, "a variant", found).map(WrittenOutcome::Variant),
                };
                stated(entry, outcome)
            }),
            off_variant: of(Field::OffVariant)
                .map(|entry| stated(entry, name(&entry.node, "a variant", found))),
            salt: text(Field::Salt).map(|salt| salt.text),
            bucket_by: text(Field::BucketBy),
            hash: of(Field::Hash).and_then(|entry| hash(&entry.node, found)),
            expires: text(Field::Expires),
            allow: of(Field::Allow).map_or_else(Vec::new, |entry| names(&entry.node)),
        }
    }

    /// A field as it is stated, if it is.
    #[must_use]
    pub fn entry(&self, field: Field) -> Option<&'t Entry> {
        self.entries.iter().find(|entry| *entry.key == *field.name())
    }

    /// Where the layer writes to it that states the first field that says something else than
    /// `before`: else where the flag is defined.
    #[must_use]
    pub fn place_of_change(&self, before: &WrittenFlag<'_>) -> Place {
        let differs = |entry: &&Entry| {
            let old = before.entries.iter().find(|old| old.key == entry.key);
            let json = |entry: &Entry| {
                let mut json = String::new();
                entry.node.write_canonical_json(&mut json);
                json
            };
            old.is_none_or(|old| json(old) != json(entry))
        };
        let mut changed = FIELDS.iter().filter_map(|row| self.entry(row.field)).filter(differs);
        let in_file = |entry: &Entry| {
            self.later.iter().rev().find(|place| place.file == entry.key_place.file).copied()
        };
        changed.find_map(in_file).unwrap_or(self.place)
    }

    /// What it says as compact JSON with sorted keys, of those fields that are wanted.
    #[must_use]
    pub fn canonical_json(&self, is_wanted: impl Fn(&FieldRow) -> bool) -> String {
        let is_wanted =
            |entry: &&Entry| Field::find(&entry.key).is_some_and(|field| is_wanted(field.row()));
        let mut json = String::new();
        write_sorted_entries(&mut json, self.entries.iter().filter(is_wanted).collect());
        json
    }

    /// The field that makes this a flag with variants; none for a toggle.
    #[must_use]
    pub fn variants_because(&self) -> Option<&'t Entry> {
        let rows = FIELDS.iter().filter(|row| row.form == FlagForm::Variants);
        let users = match self.users {
            ListedUsers::ByVariant(_) => self.entry(Field::Users),
            ListedUsers::None | ListedUsers::Listed(_) => None,
        };
        rows.map(|row| self.entry(row.field)).find_map(|entry| entry).or(users)
    }

    /// Its variants as they are written, each a name and a value; none if it has the implicit ones.
    #[must_use]
    pub fn variants(&self) -> Option<&'t [Entry]> {
        self.entry(Field::Variants).map(|entry| entry.node.as_map().unwrap_or_default())
    }

    /// Where the flag says that it is for staff only, if it is.
    #[must_use]
    pub fn staff_only(&self) -> Option<Place> {
        let stated = self.staff_only.as_ref().filter(|stated| stated.value == Some(true))?;
        self.variants_because().is_none().then_some(stated.key_place)
    }
}

impl<'t> WrittenRule<'t> {
    fn read(node: &'t Node, found: &mut Vec<Diagnostic>) -> Self {
        let conditions = node.entry("if").map(|entry| clauses(&entry.node, found));
        let ramp = node.entry("rollout_percentage");
        let outcome = if let Some(entry) = node.entry("serve") {
            name(&entry.node, "a variant", found).map(WrittenOutcome::Variant)
        } else if node.entry("split").is_some() {
            split(node, found)
        } else {
            let expected = "a rule with `serve` or `split`";
            found.push(meaning::wrong_shape(expected, node.kind(), node.place));
            None
        };
        Self {
            name: node.entry("name").and_then(|entry| named(&entry.node)),
            conditions: conditions.unwrap_or_default(),
            ramp: ramp.and_then(|entry| number::percentage(&entry.node, found)),
            outcome,
            place: node.place,
        }
    }
}

fn stated<T>(entry: &Entry, value: Option<T>) -> Stated<T> {
    Stated { key_place: entry.key_place, value }
}

fn named(node: &Node) -> Option<Name<'_>> {
    node.as_str().map(|text| Name { text, place: node.place })
}

fn names(node: &Node) -> Vec<Name<'_>> {
    node.as_list().unwrap_or_default().iter().filter_map(named).collect()
}

fn users(node: &Node) -> ListedUsers<'_> {
    match &node.value {
        NodeValue::List(_) => ListedUsers::Listed(names(node)),
        NodeValue::Map(entries) => ListedUsers::ByVariant(
            entries
                .iter()
                .map(|entry| {
                    let variant = Name { text: &entry.key, place: entry.key_place };
                    (variant, names(&entry.node))
                })
                .collect(),
        ),
        _ => ListedUsers::None,
    }
}

/// The split under `split` of a rule or of the default.
fn split<'t>(node: &'t Node, found: &mut Vec<Diagnostic>) -> Option<WrittenOutcome<'t>> {
    let entry = node.entry("split")?;
    let items = entry.node.as_list()?;
    let part = |item: &'t Node| {
        let share = item.entry("percentage");
        SplitPart {
            variant: item.entry("variant").and_then(|entry| name(&entry.node, "a variant", found)),
            share: share.and_then(|entry| number::percentage(&entry.node, found)),
            has_share: share.is_some(),
        }
    };
    Some(WrittenOutcome::Split {
        parts: items.iter().map(part).collect(),
        key_place: entry.key_place,
    })
}

fn hash(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Hash> {
    let written = node.as_str().unwrap_or_default();
    let known = Hash::find(written);
    if known.is_none() {
        found.push(meaning::wrong_shape("a hash", node.kind(), node.place));
    }
    known
}
