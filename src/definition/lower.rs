//! Toggles and variants to the engine's one form.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use jiff::civil::Date;

use crate::{
    definition::{
        predicate::Referents,
        problems::{advice, meaning, slip},
        variants::{DISABLED, ENABLED, Variants},
        written::{
            clause::Name,
            field::{FIELDS, Field, FieldPurpose, FieldRow, FlagForm},
            flag::{ListedUsers, SplitPart, WrittenFlag, WrittenOutcome},
        },
    },
    diagnostics::{diagnostic::Diagnostic, place::Place},
    engine::{
        bucket::Percentage,
        comparison::Comparison,
        condition::{AttributeTest, Condition, Prerequisite, VariantIndex},
        context::{Attribute, IS_STAFF},
        flag::{self as engine, Flag, Rule, Serve, ValueKind},
        scheme::POSITIONS,
        value::Value,
    },
};

/// Lowers one flag. What is wrong is said, and left out of the flag.
pub fn flag(
    names: &Referents<'_>,
    written: &WrittenFlag<'_>,
    variants: &Variants,
    today: Date,
    diagnostics: &mut Vec<Diagnostic>,
) -> Flag {
    let mut lowering = Lowering { names, written, variants, diagnostics };
    lowering.check_form();
    lowering.note_expiry(today);
    lowering.lower()
}

/// One flag being lowered.
struct Lowering<'a> {
    names: &'a Referents<'a>,
    written: &'a WrittenFlag<'a>,
    variants: &'a Variants,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Lowering<'_> {
    /// Says of each field that only toggles have why it is not for this flag.
    fn check_form(&mut self) {
        let Some(because) = self.written.variants_because() else { return };
        let of_toggles = |row: &&FieldRow| match row.form {
            FlagForm::Toggle => true,
            FlagForm::Both => {
                row.field == Field::Users && matches!(self.written.users, ListedUsers::Listed(_))
            }
            FlagForm::Variants => false,
        };
        for row in FIELDS.iter().filter(of_toggles) {
            if let Some(entry) = self.written.entry(row.field) {
                let (field, place) = (&entry.key, entry.key_place);
                let problem = meaning::mixed_forms(field, place, &because.key, because.key_place);
                self.diagnostics.push(problem);
            }
        }
    }

    fn note_expiry(&mut self, today: Date) {
        let Some(entry) = self.written.entry(Field::Expires) else { return };
        let written = self.written.expires.map_or("", |day| day.text);
        let is_long = written.len() == "2027-03-31".len();
        match written.parse::<Date>().ok().filter(|_| is_long) {
            Some(day) if day < today => {
                let today = today.to_string();
                let note = advice::expired(self.written.key, written, &today, entry.node.place);
                self.diagnostics.push(note);
            }
            Some(_) => {}
            None => self.diagnostics.push(meaning::bad_date(written, entry.node.place)),
        }
    }

    fn lower(mut self) -> Flag {
        let written = self.written;
        let staff_only = written.staff_only();
        let enabled = self.enabled(staff_only);
        let requires = written.requires.iter();
        let requires: Box<[Prerequisite]> =
            requires.filter_map(|other| self.names.other_flag(*other, self.diagnostics)).collect();
        let (rules, users, default, off_variant) = match (written.variants_because(), staff_only) {
            (Some(_), _) => self.variants_form(),
            (None, Some(place)) => self.staff_only(place),
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
            key: written.key.into(),
            kind: self.variants.kind.unwrap_or(ValueKind::Boolean),
            variants: Arc::clone(&self.variants.variants),
            enabled,
            requires,
            users,
            rules,
            default,
            off_variant,
            own_salt: written.salt.filter(|salt| *salt != written.key).map(Into::into),
            hash: written.hash.unwrap_or_default(),
            bucket_by: self.bucket_by(),
            is_static,
            metadata: self.metadata(),
            place: written.place,
        }
    }

    fn enabled(&mut self, staff_only: Option<Place>) -> bool {
        let stated = self.written.enabled.as_ref();
        let enabled = stated.is_some_and(|stated| stated.value == Some(true));
        let place = stated.map_or(self.written.place, |stated| stated.key_place);
        // Staff get it all the same, and a reader may not expect that.
        if let (Some(staff_only), false) = (staff_only, enabled) {
            self.diagnostics.push(advice::staff_only_while_off(place, staff_only));
        } else if staff_only.is_none() && stated.is_none() && self.written.is_shaped {
            self.diagnostics.push(advice::enabled_not_stated(self.written.key, place));
        }
        enabled || staff_only.is_some()
    }

    fn toggle(&mut self) -> Parts {
        let written = self.written;
        let ramp = written.ramp.as_ref();
        let (conditions, place) = match &written.targeting_rules {
            Some(stated) => {
                let clauses = stated.value.as_deref().unwrap_or_default();
                (self.names.conditions(clauses, self.diagnostics), stated.key_place)
            }
            None => (Box::default(), ramp.map_or(written.place, |stated| stated.key_place)),
        };
        let rule = Rule {
            name: self.names.interner.text("#1"),
            conditions,
            ramp: ramp.and_then(|stated| stated.value).unwrap_or(Percentage::FULL),
            serve: Serve::Variant(ENABLED),
            place,
        };
        let listed = match &written.users {
            ListedUsers::Listed(users) => &**users,
            ListedUsers::None | ListedUsers::ByVariant(_) => &[],
        };
        let is_on = written.enabled.as_ref().is_some_and(|stated| stated.value == Some(true));
        let says_nothing_else = written.targeting_rules.is_none() && ramp.is_none();
        if let (Some(entry), false, true) =
            (written.entry(Field::Users), listed.is_empty(), is_on && says_nothing_else)
            && written.staff_only().is_none()
        {
            let warning = slip::listed_users_and_everyone(written.key, entry.key_place);
            self.diagnostics.push(warning);
        }
        let users = listed.iter().map(|user| (user.text.into(), ENABLED)).collect();
        (Box::new([rule]), users, Some(Serve::Variant(DISABLED)), Some(DISABLED))
    }

    fn staff_only(&mut self, place: Place) -> Parts {
        let is_overruled = |row: &&FieldRow| {
            row.purpose == FieldPurpose::Targeting
                && row.form != FlagForm::Variants
                && row.field != Field::StaffOnly
        };
        for row in FIELDS.iter().filter(is_overruled) {
            if let Some(entry) = self.written.entry(row.field) {
                self.diagnostics.push(advice::no_effect(&entry.key, entry.key_place, place));
            }
        }
        // Their problems are problems all the same.
        let _ = self.toggle();
        let rule = Rule {
            name: self.names.interner.text("#1"),
            conditions: Box::new([Condition::Attribute(AttributeTest {
                attribute: Attribute::new(IS_STAFF),
                comparison: Comparison::Equal(Value::Bool(true), true),
                place,
            })]),
            ramp: Percentage::FULL,
            serve: Serve::Variant(ENABLED),
            place,
        };
        let default = Some(Serve::Variant(DISABLED));
        (Box::new([rule]), engine::Users::default(), default, Some(DISABLED))
    }

    fn variants_form(&mut self) -> Parts {
        let written = self.written;
        let implicit = written.variants().is_none().then_some(DISABLED);
        let off_variant = match &written.off_variant {
            Some(stated) => stated.value.and_then(|name| self.variant(name)),
            None => implicit,
        };
        let default = match &written.default {
            Some(stated) => stated.value.as_ref().and_then(|outcome| self.serve(outcome)),
            None => implicit.map(Serve::Variant),
        };
        let rules = self.rules();
        let catches_all = |rule: &Rule| rule.conditions.is_empty() && rule.ramp == Percentage::FULL;
        if default.is_none() && written.default.is_none() && !rules.iter().any(catches_all) {
            self.diagnostics.push(advice::no_default(written.key, written.place));
        }
        (rules, self.users_by_variant(), default, off_variant)
    }

    fn rules(&mut self) -> Box<[Rule]> {
        let mut seen: BTreeMap<Arc<str>, Place> = BTreeMap::new();
        let mut rules = Vec::with_capacity(self.written.rules.len());
        for (number, rule) in (1..).zip(&self.written.rules) {
            let name = rule
                .name
                .map_or_else(|| Cow::Owned(format!("#{number}")), |name| Cow::Borrowed(name.text));
            let name = self.names.interner.text(&name);
            let place = rule.name.map_or(rule.place, |name| name.place);
            if let Some(first) = seen.get(&name) {
                self.diagnostics.push(meaning::rule_twice(&name, place, *first));
            }
            seen.entry(name.clone()).or_insert(place);
            let conditions = self.names.conditions(&rule.conditions, self.diagnostics);
            let serve = rule.outcome.as_ref().and_then(|outcome| self.serve(outcome));
            let Some(serve) = serve else { continue };
            let ramp = rule.ramp.unwrap_or(Percentage::FULL);
            rules.push(Rule { name, conditions, ramp, serve, place: rule.place });
        }
        rules.into()
    }

    fn variant(&mut self, name: Name<'_>) -> Option<VariantIndex> {
        self.variants.resolve(self.written.key, name, self.diagnostics)
    }

    fn serve(&mut self, outcome: &WrittenOutcome<'_>) -> Option<Serve> {
        match outcome {
            WrittenOutcome::Variant(name) => self.variant(*name).map(Serve::Variant),
            WrittenOutcome::Split { parts, key_place } => self.split(parts, *key_place),
        }
    }

    fn split(&mut self, parts: &[SplitPart<'_>], key_place: Place) -> Option<Serve> {
        let (mut sum, mut ends, mut is_sound) = (0_u64, Vec::with_capacity(parts.len()), true);
        for part in parts {
            let variant = part.variant.and_then(|name| self.variant(name));
            let (Some(variant), Some(share)) = (variant, part.share) else {
                is_sound = false;
                sum += u64::from(part.share.map_or(0, Percentage::thousandths));
                continue;
            };
            sum += u64::from(share.thousandths());
            if share > Percentage::ZERO {
                ends.push((u32::try_from(sum).unwrap_or(u32::MAX), variant));
            }
        }
        // The schema wants entries, each with a percentage, and says so.
        let is_shaped = parts.iter().all(|part| part.has_share);
        if sum != u64::from(POSITIONS) && is_shaped && !parts.is_empty() {
            self.diagnostics.push(meaning::split_sum(sum, parts.len(), key_place));
            return None;
        }
        let (_, first) = *ends.first()?;
        let is_single = ends.iter().all(|(_, variant)| *variant == first);
        let serve = if is_single { Serve::Variant(first) } else { Serve::Split(ends.into()) };
        Some(serve).filter(|_| is_sound)
    }

    fn users_by_variant(&mut self) -> engine::Users {
        let written = self.written;
        let ListedUsers::ByVariant(by_variant) = &written.users else {
            return engine::Users::default();
        };
        let mut users = Vec::new();
        let mut seen: BTreeMap<&str, (&str, Place)> = BTreeMap::new();
        for (name, listed) in by_variant {
            let variant = self.variant(*name);
            for user in listed {
                match seen.get(user.text) {
                    Some((first, place)) if *first != name.text => {
                        let problem =
                            meaning::user_twice(user.text, name.text, first, user.place, *place);
                        self.diagnostics.push(problem);
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(user.text, (name.text, user.place));
                        users.extend(variant.map(|variant| (user.text.into(), variant)));
                    }
                }
            }
        }
        users.into_iter().collect()
    }

    fn bucket_by(&mut self) -> Attribute {
        let Some(Name { text: name, place }) = self.written.bucket_by else {
            return Attribute::TargetingKey;
        };
        self.names.attributes.note_use(name, place, self.diagnostics);
        if let Some(is) = self.names.attributes.unit_misfit(name) {
            self.diagnostics.push(meaning::unit_misfit(name, is, place));
        }
        Attribute::new(self.names.interner.text(name))
    }

    fn metadata(&self) -> Option<Box<str>> {
        let entry = self.written.entry(Field::Metadata)?;
        let mut text = String::new();
        entry.node.write_canonical_json(&mut text);
        Some(text.into()).filter(|_| entry.node.as_map().is_some_and(|map| !map.is_empty()))
    }
}

/// Rules, users, default and off variant.
type Parts = (Box<[Rule]>, engine::Users, Option<Serve>, Option<VariantIndex>);
