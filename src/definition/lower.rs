//! Toggles and variants to the engine's one form.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::civil::Date;

use crate::{
    definition::{
        layer::Item,
        number,
        predicate::Names,
        problems::{advice, meaning},
        variants::{DISABLED, ENABLED, Outline},
    },
    diagnostics::{diagnostic::Diagnostic, place::Place},
    engine::{
        bucket::{Hash, POSITIONS, Percentage},
        comparison::Comparison,
        condition::{AttributeTest, Condition, Prerequisite, VariantIndex},
        context::{Attribute, IS_STAFF},
        flag::{Flag, Rule, Serve, Users, ValueKind},
        value::Value as EngineValue,
    },
    yaml::document::{Entry, Node, Value},
};

/// The fields that make a flag one with variants.
const VARIANT_FIELDS: [&str; 4] = ["variants", "rules", "default", "off_variant"];
/// The fields that only a toggle has.
const TOGGLE_FIELDS: [&str; 3] = ["targeting_rules", "rollout_percentage", "staff_only"];
/// What `staff_only` overrules.
const OVERRULED_FIELDS: [&str; 6] =
    ["targeting_rules", "rollout_percentage", "users", "salt", "bucket_by", "hash"];
/// Lowers one flag. What is wrong is said, and left out of the flag.
pub fn flag(
    names: &Names<'_>,
    key: &str,
    item: &Item,
    outline: &Outline,
    today: Date,
    diagnostics: &mut Vec<Diagnostic>,
) -> Flag {
    let mut lowering = Lowering { names, key, item, outline, diagnostics };
    lowering.check_form();
    lowering.note_expiry(today);
    lowering.lower()
}

/// One flag being lowered.
struct Lowering<'a> {
    names: &'a Names<'a>,
    key: &'a str,
    item: &'a Item,
    outline: &'a Outline,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Lowering<'a> {
    fn entry(&self, field: &str) -> Option<&'a Entry> {
        self.item.node.entry(field)
    }

    /// The field that makes this a flag with variants, if one does.
    fn variants_field(&self) -> Option<&'a Entry> {
        let users = self.entry("users").filter(|entry| entry.node.as_map().is_some());
        VARIANT_FIELDS.iter().find_map(|field| self.entry(field)).or(users)
    }

    fn check_form(&mut self) {
        let Some(because) = self.variants_field() else { return };
        let list = self.entry("users").filter(|entry| entry.node.as_list().is_some());
        let node = &self.item.node;
        for entry in TOGGLE_FIELDS.iter().filter_map(|field| node.entry(field)).chain(list) {
            let (field, place) = (&entry.key, entry.key_place);
            let problem = meaning::mixed_forms(field, place, &because.key, because.key_place);
            self.diagnostics.push(problem);
        }
    }

    fn note_expiry(&mut self, today: Date) {
        let Some(entry) = self.entry("expires") else { return };
        let written = entry.node.as_str().unwrap_or_default();
        let is_long = written.len() == "2027-03-31".len();
        match written.parse::<Date>().ok().filter(|_| is_long) {
            Some(day) if day < today => {
                let today = today.to_string();
                let note = advice::expired(self.key, written, &today, entry.node.place);
                self.diagnostics.push(note);
            }
            Some(_) => {}
            None => self.diagnostics.push(meaning::bad_date(written, entry.node.place)),
        }
    }

    fn lower(mut self) -> Flag {
        let staff_only = self
            .entry("staff_only")
            .filter(|entry| self.variants_field().is_none() && is_true(&entry.node));
        let enabled = self.enabled(staff_only);
        let requires = self.requires();
        let (rules, users, default, off_variant) = match (self.variants_field(), staff_only) {
            (Some(_), _) => self.variants_form(),
            (None, Some(entry)) => self.staff_only(entry),
            (None, None) => self.toggle(),
        };
        let is_dynamic = |rule: &Rule| {
            !rule.conditions.is_empty()
                || rule.ramp.is_partial()
                || matches!(rule.serve, Serve::Split(_))
        };
        let is_static = requires.is_empty()
            && users.is_empty()
            && !rules.iter().any(is_dynamic)
            && !matches!(default, Some(Serve::Split(_)));
        Flag {
            key: self.key.into(),
            kind: self.outline.kind.unwrap_or(ValueKind::Boolean),
            variants: Arc::clone(&self.outline.variants),
            enabled,
            requires,
            users,
            rules,
            default,
            off_variant,
            own_salt: self.text("salt").filter(|salt| *salt != self.key).map(Into::into),
            hash: self.hash(),
            bucket_by: self.bucket_by(),
            is_static,
            metadata: self.metadata(),
            place: self.item.place,
        }
    }

    fn enabled(&mut self, staff_only: Option<&Entry>) -> bool {
        let stated = self.entry("enabled");
        let enabled = stated.is_some_and(|entry| is_true(&entry.node));
        let place = stated.map_or(self.item.place, |entry| entry.key_place);
        // Staff get it all the same, and a reader may not expect that.
        if let (Some(entry), false) = (staff_only, enabled) {
            self.diagnostics.push(advice::staff_only_while_off(place, entry.key_place));
        } else if staff_only.is_none() && stated.is_none() && self.item.node.as_map().is_some() {
            self.diagnostics.push(advice::enabled_not_stated(self.key, place));
        }
        enabled || staff_only.is_some()
    }

    fn requires(&mut self) -> Box<[Prerequisite]> {
        let entry = self.entry("requires");
        let items = entry.and_then(|entry| entry.node.as_list()).unwrap_or_default();
        items.iter().filter_map(|item| self.names.other_flag(item, self.diagnostics)).collect()
    }

    fn toggle(&mut self) -> Parts {
        let conditions = self
            .entry("targeting_rules")
            .map(|entry| (self.names.conditions(&entry.node, self.diagnostics), entry.key_place));
        let ramp = self.entry("rollout_percentage");
        let (conditions, place) = conditions.unwrap_or_else(|| {
            (Box::default(), ramp.map_or(self.item.place, |entry| entry.key_place))
        });
        let rule = Rule {
            name: self.names.shared.text("#1"),
            conditions,
            ramp: self.percentage(ramp),
            serve: Serve::Variant(ENABLED),
            place,
        };
        let listed = self.entry("users").and_then(|entry| entry.node.as_list());
        let users = listed.unwrap_or_default().iter().filter_map(Node::as_str);
        let users = users.map(|user| (user.into(), ENABLED)).collect();
        (Box::new([rule]), users, Some(Serve::Variant(DISABLED)), Some(DISABLED))
    }

    fn staff_only(&mut self, staff_only: &Entry) -> Parts {
        let node = &self.item.node;
        for entry in OVERRULED_FIELDS.iter().filter_map(|field| node.entry(field)) {
            let (field, place) = (&entry.key, entry.key_place);
            self.diagnostics.push(advice::no_effect(field, place, staff_only.key_place));
        }
        // Their problems are problems all the same.
        let _ = self.toggle();
        let rule = Rule {
            name: self.names.shared.text("#1"),
            conditions: Box::new([Condition::Attribute(AttributeTest {
                attribute: Attribute::new(IS_STAFF),
                comparison: Comparison::Equal(EngineValue::Bool(true), true),
                place: staff_only.key_place,
            })]),
            ramp: Percentage::FULL,
            serve: Serve::Variant(ENABLED),
            place: staff_only.key_place,
        };
        let default = Some(Serve::Variant(DISABLED));
        (Box::new([rule]), Users::default(), default, Some(DISABLED))
    }

    fn variants_form(&mut self) -> Parts {
        let implicit = self.entry("variants").is_none().then_some(DISABLED);
        let off_variant = match self.entry("off_variant") {
            Some(entry) => self.outline.resolve(self.key, &entry.node, self.diagnostics),
            None => implicit,
        };
        let default = match self.entry("default") {
            Some(entry) if entry.node.as_map().is_some() => self.split(&entry.node),
            Some(entry) => {
                self.outline.resolve(self.key, &entry.node, self.diagnostics).map(Serve::Variant)
            }
            None => implicit.map(Serve::Variant),
        };
        let rules = self.rules();
        let catches_all = |rule: &Rule| rule.conditions.is_empty() && rule.ramp == Percentage::FULL;
        if default.is_none() && self.entry("default").is_none() && !rules.iter().any(catches_all) {
            self.diagnostics.push(advice::no_default(self.key, self.item.place));
        }
        (rules, self.users_by_variant(), default, off_variant)
    }

    fn rules(&mut self) -> Box<[Rule]> {
        let entry = self.entry("rules");
        let items = entry.and_then(|entry| entry.node.as_list()).unwrap_or_default();
        let mut seen: BTreeMap<Arc<str>, Place> = BTreeMap::new();
        let mut rules = Vec::with_capacity(items.len());
        for (number, node) in (1..).zip(items) {
            let named = node.entry("name").filter(|entry| entry.node.as_str().is_some());
            let name = named
                .and_then(|entry| entry.node.as_str())
                .map_or_else(|| Cow::Owned(format!("#{number}")), Cow::Borrowed);
            let name = self.names.shared.text(&name);
            let place = named.map_or(node.place, |entry| entry.node.place);
            if let Some(first) = seen.get(&name) {
                self.diagnostics.push(meaning::rule_twice(&name, place, *first));
            }
            seen.entry(name.clone()).or_insert(place);
            let conditions =
                node.entry("if").map(|entry| self.names.conditions(&entry.node, self.diagnostics));
            let ramp = self.percentage(node.entry("rollout_percentage"));
            let Some(serve) = self.serve(node) else { continue };
            let conditions = conditions.unwrap_or_default();
            rules.push(Rule { name, conditions, ramp, serve, place: node.place });
        }
        rules.into()
    }

    fn serve(&mut self, rule: &Node) -> Option<Serve> {
        if let Some(entry) = rule.entry("serve") {
            let found = self.outline.resolve(self.key, &entry.node, self.diagnostics);
            return found.map(Serve::Variant);
        }
        if rule.entry("split").is_some() {
            return self.split(rule);
        }
        let expected = "a rule with `serve` or `split`";
        self.diagnostics.push(meaning::wrong_shape(expected, rule.kind(), rule.place));
        None
    }

    /// The split under `split` of a rule or of the default.
    fn split(&mut self, node: &Node) -> Option<Serve> {
        let entry = node.entry("split")?;
        let items = entry.node.as_list()?;
        let (mut sum, mut ends, mut is_sound) = (0_u64, Vec::with_capacity(items.len()), true);
        for item in items {
            let variant = item
                .entry("variant")
                .and_then(|entry| self.outline.resolve(self.key, &entry.node, self.diagnostics));
            let share = item
                .entry("percentage")
                .and_then(|entry| number::percentage(&entry.node, self.diagnostics));
            let (Some(variant), Some(share)) = (variant, share) else {
                is_sound = false;
                sum += u64::from(share.map_or(0, Percentage::thousandths));
                continue;
            };
            sum += u64::from(share.thousandths());
            if share > Percentage::ZERO {
                ends.push((u32::try_from(sum).unwrap_or(u32::MAX), variant));
            }
        }
        // The schema wants entries, each with a percentage, and says so.
        let is_shaped = items.iter().all(|item| item.entry("percentage").is_some());
        if sum != u64::from(POSITIONS) && is_shaped && !items.is_empty() {
            self.diagnostics.push(meaning::split_sum(sum, items.len(), entry.key_place));
            return None;
        }
        let (_, first) = *ends.first()?;
        let is_single = ends.iter().all(|(_, variant)| *variant == first);
        let serve = if is_single { Serve::Variant(first) } else { Serve::Split(ends.into()) };
        Some(serve).filter(|_| is_sound)
    }

    fn users_by_variant(&mut self) -> Users {
        let entry = self.entry("users");
        let entries = entry.and_then(|entry| entry.node.as_map()).unwrap_or_default();
        let mut users = Vec::new();
        let mut seen: BTreeMap<&str, (&str, Place)> = BTreeMap::new();
        for Entry { key, key_place, node } in entries {
            let name = Node { value: Value::String(key.clone()), place: *key_place };
            let variant = self.outline.resolve(self.key, &name, self.diagnostics);
            for user in node.as_list().unwrap_or_default() {
                let Some(text) = user.as_str() else { continue };
                match seen.get(text) {
                    Some((first, place)) if *first != &**key => {
                        let place = (user.place, *place);
                        let problem = meaning::user_twice(text, key, first, place.0, place.1);
                        self.diagnostics.push(problem);
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(text, (key, user.place));
                        users.extend(variant.map(|variant| (text.into(), variant)));
                    }
                }
            }
        }
        users.into_iter().collect()
    }

    fn percentage(&mut self, entry: Option<&Entry>) -> Percentage {
        entry
            .and_then(|entry| number::percentage(&entry.node, self.diagnostics))
            .unwrap_or(Percentage::FULL)
    }

    fn text(&self, field: &str) -> Option<&'a str> {
        self.entry(field).and_then(|entry| entry.node.as_str())
    }

    fn hash(&mut self) -> Hash {
        let Some(entry) = self.entry("hash") else { return Hash::default() };
        let written = entry.node.as_str().unwrap_or_default();
        let Some((_, hash)) = Hash::NAMES.iter().find(|(name, _)| *name == written) else {
            let problem = meaning::wrong_shape("a hash", entry.node.kind(), entry.node.place);
            self.diagnostics.push(problem);
            return Hash::default();
        };
        *hash
    }

    fn bucket_by(&mut self) -> Attribute {
        let Some(entry) = self.entry("bucket_by") else { return Attribute::TargetingKey };
        let (name, place) = (entry.node.as_str().unwrap_or_default(), entry.node.place);
        self.names.attributes.note_use(name, place, self.diagnostics);
        if let Some(is) = self.names.attributes.unit_misfit(name) {
            self.diagnostics.push(meaning::unit_misfit(name, is, place));
        }
        Attribute::new(self.names.shared.text(name))
    }

    fn metadata(&self) -> Option<Box<str>> {
        let entry = self.entry("metadata")?;
        let mut text = String::new();
        entry.node.write_canonical_json(&mut text);
        Some(text.into()).filter(|_| entry.node.as_map().is_some_and(|map| !map.is_empty()))
    }
}

/// Rules, users, default and off variant.
type Parts = (Box<[Rule]>, Users, Option<Serve>, Option<VariantIndex>);

fn is_true(node: &Node) -> bool {
    matches!(node.value, Value::Bool(true))
}
