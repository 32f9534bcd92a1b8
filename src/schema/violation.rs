//! One violation of the schema, in words of the field rather than of the validator.

use std::collections::HashSet;

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};

use crate::{
    diagnostics::{
        code::Code,
        diagnostic::Diagnostic,
        place::Place,
        quote::quote,
        suggest::{nearest, operator_meant_by},
    },
    schema::{
        node_path::{NodePath, Owner, beginning},
        other_words::{OTHER_TYPES, OTHER_WORDS, with_space},
        problems as problem, type_mismatch,
    },
    yaml::{
        findings::FileFindings,
        node::{Entry, NodeValue},
    },
};

/// The keys each of which makes a condition one of its forms.
const FORMS: [&str; 7] = ["where", "attribute", "segment", "flag", "all", "any", "not"];

/// What is said where `ignore_case` stands beside another form of condition.
const CASE_FORM: &str = "has `ignore_case` without `attribute`, `operator` and `value`, with which \
                         it goes";

/// A violation, with what is needed to speak of it.
struct Violation<'v> {
    error: &'v ValidationError<'v>,
    spot: &'v NodePath<'v>,
    schema: &'v serde_json::Value,
    /// The part of the schema that is violated, such as `rule`; empty for the file itself.
    definition: &'v str,
}

/// Adds the diagnostics for what the validator found at a spot: none where another violation of the
/// same spot says it better, several if several keys are unknown. Says whether there was any.
pub fn explain(
    error: &ValidationError<'_>,
    spot: &NodePath<'_>,
    schema: &serde_json::Value,
    findings: &mut FileFindings,
) -> bool {
    let path = error.schema_path().as_str();
    let definition = match path.strip_prefix("/$defs/") {
        Some(path) if path.starts_with("flag/properties/default/") => "default",
        Some(path) => path.split('/').next().unwrap_or_default(),
        None => "",
    };
    let violation = Violation { error, spot, schema, definition };
    if let Kind::AdditionalProperties { unexpected } = error.kind() {
        violation.unknown_fields(unexpected, findings);
        return true;
    }
    let problem = if path.contains("/propertyNames/") {
        Some(violation.invalid_name())
    } else {
        violation.explain()
    };
    let is_any = problem.is_some();
    if let Some(problem) = problem {
        findings.add(violation.of_owner(problem));
    }
    is_any
}

impl Violation<'_> {
    fn explain(&self) -> Option<Diagnostic> {
        let (place, subject) = (self.spot.place(), self.spot.subject());
        let is_condition = self.definition == "condition";
        Some(match self.error.kind() {
            Kind::Type { kind } => {
                let path = self.error.schema_path().as_str();
                if path.contains("/allOf/") && matches!(self.spot.node().value, NodeValue::Null) {
                    // That `value` cannot be null is found whatever the operator.
                    return None;
                }
                let is_whole =
                    path.strip_prefix("/$defs/").unwrap_or(path).matches('/').count() < 2;
                type_mismatch::explain(self.spot, self.definition, is_whole, kind)
            }
            Kind::Minimum { limit } => self.out_of_range("at least", limit),
            Kind::Maximum { limit } => self.out_of_range("at most", limit),
            Kind::ExclusiveMaximum { limit } => self.out_of_range("below", limit),
            Kind::Enum { .. } => self.unknown_choice(),
            Kind::Constant { .. } if self.spot.field() == Some("ignore_case") => {
                if !matches!(self.spot.node().value, NodeValue::Bool(true)) {
                    // It is no boolean, and that is found whatever the operator.
                    return None;
                }
                let (case, operator) =
                    (self.beside("ignore_case")?, self.beside("operator")?.node.as_str()?);
                problem::case_ignored_by(operator, case.key_place)
            }
            // An empty `where` violates the condition's part of the schema, too.
            Kind::MinProperties { .. } if is_condition && self.spot.field() != Some("where") => {
                return self.condition_form();
            }
            Kind::MinLength { .. } | Kind::MinItems { .. } | Kind::MinProperties { .. } => {
                problem::empty_value(place, &subject)
            }
            Kind::MaxProperties { .. } => return self.condition_form(),
            Kind::Required { .. } if is_condition => return self.condition_form(),
            Kind::Required { property } => {
                return self.missing_field(property.as_str().unwrap_or_default());
            }
            Kind::FalseSchema => {
                let rule = self.spot.parent();
                let place = |field| Some(rule?.entry(field)?.key_place);
                let serve = place("serve").unwrap_or(self.spot.place());
                problem::serve_and_split(serve, &self.part(), place("split"))
            }
            _ => problem::other(place, self.error.to_string()),
        })
    }

    fn of_owner(&self, problem: Diagnostic) -> Diagnostic {
        match self.spot.owner {
            Owner::Flag(key) => problem.of_flag(quote(key)),
            _ => problem,
        }
    }

    /// The thing that the violated part of the schema is about, and whose it is.
    fn part(&self) -> String {
        let owner = self.spot.owner;
        match self.definition {
            "rule" => format!("a rule of {owner}"),
            "condition" => format!("a condition of {owner}"),
            "share" => format!("a part of a split of {owner}"),
            "prerequisite" => format!("a prerequisite of {owner}"),
            "default" => format!("`default` of {owner}"),
            "test" => "a test".to_owned(),
            "expectation" => "`expect` of a test".to_owned(),
            _ => owner.to_string(),
        }
    }

    fn beginning(&self) -> Place {
        beginning(self.spot.node())
    }

    /// The field of that name in the mapping that the value stands in.
    fn beside(&self, field: &str) -> Option<&Entry> {
        self.spot.parent()?.entry(field)
    }

    /// The fields that a part of the schema has, by name.
    fn fields(&self, definition: &str) -> Vec<&str> {
        let pointer = match definition {
            "" => "/properties".to_owned(),
            "default" => "/$defs/flag/properties/default/properties".to_owned(),
            name => format!("/$defs/{name}/properties"),
        };
        let properties = self.schema.pointer(&pointer).and_then(serde_json::Value::as_object);
        let names = properties.into_iter().flat_map(|fields| fields.keys().map(String::as_str));
        names.filter(|name| !name.starts_with('$')).collect()
    }

    /// One diagnostic for each key that has no meaning here, in written order.
    fn unknown_fields(&self, unexpected: &[String], findings: &mut FileFindings) {
        let unexpected: HashSet<&str> = unexpected.iter().map(String::as_str).collect();
        let entries = self.spot.node().as_map().unwrap_or_default();
        for entry in entries.iter().filter(|entry| unexpected.contains(&*entry.key)) {
            if findings.has_room() {
                findings.add(self.of_owner(self.unknown_field(entry)));
            } else {
                findings.leave_out(1);
            }
        }
    }

    fn unknown_field(&self, entry: &Entry) -> Diagnostic {
        let meant = self.field_meant(&entry.key);
        let note = match meant {
            Some(_) => String::new(),
            None => self.where_it_belongs(entry),
        };
        problem::unknown_field(entry.key_place, &entry.key, &self.part(), &note).suggest(meant)
    }

    /// The field that an unknown one was probably meant to be.
    fn field_meant(&self, name: &str) -> Option<&str> {
        let other_word = OTHER_WORDS
            .iter()
            .find(|(definition, word, _)| *definition == self.definition && *word == name);
        if let Some((_, _, field)) = other_word {
            return Some(field);
        }
        if self.home_of(name).is_some() {
            return None;
        }
        nearest(name, self.fields(self.definition))
    }

    /// Where a field belongs that is none here, but one elsewhere.
    fn home_of(&self, name: &str) -> Option<&'static str> {
        let is_field_of = |definition: &str| self.fields(definition).contains(&name);
        match self.definition {
            "" if is_field_of("flag") => Some("under a flag's key, below `flags`"),
            "" if is_field_of("test") => Some("in a test, below `tests`"),
            "test" if is_field_of("expectation") => Some("in `expect`"),
            "expectation" if is_field_of("test") => Some("beside `expect`"),
            "flag" if is_field_of("rule") => Some("in a rule, below `rules`"),
            "flag" if is_field_of("condition") => {
                Some("in a condition, below `targeting_rules` or the `if` of a rule")
            }
            "rule" if is_field_of("condition") => Some("in a condition, below `if`"),
            "condition" if is_field_of("rule") => Some("in a rule, beside its `if`"),
            "rule" | "condition" if is_field_of("flag") => Some("in the flag itself"),
            _ => None,
        }
    }

    fn where_it_belongs(&self, entry: &Entry) -> String {
        if let Some(home) = self.home_of(&entry.key) {
            return format!(": it belongs {home}");
        }
        let flag_fields = self.fields("flag");
        let fields = entry.node.as_map().unwrap_or_default();
        let looks_like_flag = fields.iter().any(|field| flag_fields.contains(&&*field.key));
        if self.definition.is_empty() && looks_like_flag {
            return ": a flag belongs below `flags`".to_owned();
        }
        if let Some((key, _)) = with_space(&entry.key) {
            return format!(": is a space missing after `{key}:`?");
        }
        let siblings = self.spot.node().as_map().unwrap_or_default();
        let has_form = siblings.iter().any(|entry| FORMS.contains(&&*entry.key));
        if self.definition == "condition" && !has_form && entry.node.as_map().is_none() {
            let value = type_mismatch::flow(&entry.node).unwrap_or_else(|| "…".to_owned());
            let key = &entry.key;
            return format!(": an attribute is compared as `where: {{ {key}: {value} }}`");
        }
        format!(": expected {}", list(self.fields(self.definition)))
    }

    /// The diagnostic for a field that is missing, unless it is there under a wrong name.
    fn missing_field(&self, field: &str) -> Option<Diagnostic> {
        let known = self.fields(self.definition);
        let mut keys = self.spot.node().as_map()?.iter().map(|entry| &*entry.key);
        if keys.any(|key| !known.contains(&key) && self.field_meant(key) == Some(field)) {
            return None;
        }
        let (place, part) = (self.beginning(), self.part());
        Some(match self.definition {
            "rule" => problem::nothing_served(place, &part),
            _ => problem::missing_field(place, &part, field),
        })
    }

    fn out_of_range(&self, relation: &str, limit: &serde_json::Value) -> Diagnostic {
        let written = type_mismatch::flow(self.spot.node()).unwrap_or_default();
        let bound = format!("{relation} {limit}");
        problem::out_of_range(self.spot.place(), &self.spot.subject(), &bound, &written)
    }

    fn unknown_choice(&self) -> Diagnostic {
        let (place, subject, node) = (self.spot.place(), self.spot.subject(), self.spot.node());
        let options = match self.error.kind() {
            Kind::Enum { options } => options.as_array().map(Vec::as_slice).unwrap_or_default(),
            _ => &[],
        };
        if self.error.schema_path().as_str().contains("/properties/allow/")
            && let Some(written) = type_mismatch::flow(node)
            && let Err(refused) = Code::to_allow(node.as_str().unwrap_or(&written))
        {
            return problem::not_allowed(place, refused);
        }
        let choices = || options.iter().filter_map(serde_json::Value::as_str);
        let is_operator = self.spot.field() == Some("operator");
        let written = node.as_str().unwrap_or_default();
        let other_word = if is_operator {
            operator_meant_by(written)
        } else {
            OTHER_TYPES.iter().find(|(word, _)| *word == written).map(|(_, name)| *name)
        };
        let meant = other_word.or_else(|| nearest(written, choices()));
        let choices = list(choices());
        match &node.value {
            NodeValue::Null => {
                problem::misplaced_null(place, &subject, &format!("one of {choices}"), "")
            }
            NodeValue::String(written) if is_operator => {
                problem::unknown_operator(place, written, &choices).suggest(meant)
            }
            _ => {
                let written = type_mismatch::flow(node).unwrap_or_else(|| node.kind().to_owned());
                problem::unknown_choice(place, &subject, &written, &choices).suggest(meant)
            }
        }
    }

    /// A name that cannot be one: of a flag, a segment, an attribute or a variant.
    fn invalid_name(&self) -> Diagnostic {
        let name = self.error.instance().as_str().unwrap_or_default();
        let what = match self.spot.field() {
            Some("flags") => "a flag key",
            Some("segments") => "the name of a segment",
            Some("variants") => "the name of a variant",
            _ => "the name of an attribute",
        };
        let reason = match self.error.kind() {
            Kind::MinLength { .. } => "must not be empty".to_owned(),
            Kind::MaxLength { limit } => {
                format!("must have at most {limit} characters, this has {}", name.chars().count())
            }
            _ => problem::unaddressable(name),
        };
        let place = self.spot.node().entry(name).map_or(self.spot.place(), |it| it.key_place);
        let problem = problem::invalid_name(place, what, &reason);
        if self.spot.field() == Some("flags") { problem.of_flag(quote(name)) } else { problem }
    }

    /// What is wrong with the keys of a condition: the same, whichever of them was found first.
    fn condition_form(&self) -> Option<Diagnostic> {
        let entries = self.spot.node().as_map()?;
        let known = self.fields("condition");
        let is_misspelled = |key: &str| !known.contains(&key) && self.field_meant(key).is_some();
        if entries.iter().any(|entry| is_misspelled(&entry.key)) {
            return None;
        }
        let part = self.part();
        let Some(first) = entries.first() else {
            return Some(problem::empty_condition(self.beginning(), &part));
        };
        let forms: Vec<_> = entries.iter().filter(|it| FORMS.contains(&&*it.key)).collect();
        if let [_, second, ..] = &*forms {
            let keys = forms.iter().map(|entry| &*entry.key);
            return Some(problem::several_forms(second.key_place, &part, &and(keys)));
        }
        let place = |key| self.spot.node().entry(key).map(|entry| entry.key_place);
        let (form, case) = (forms.first().map(|entry| &*entry.key), place("ignore_case"));
        let (place, note) = match (form, place("operator").or(place("value")), place("is")) {
            _ if case.is_some() && form != Some("attribute") => (case?, CASE_FORM),
            (Some("attribute"), _, None) => (first.key_place, self.missing_of_comparison()?),
            (Some("attribute"), _, Some(is)) => {
                (is, "compares an attribute with `operator` and `value`, `is` goes with `flag`")
            }
            (Some("flag"), Some(stray), _) => {
                (stray, "compares a flag with `is`, `operator` and `value` go with `attribute`")
            }
            (_, Some(stray), _) => {
                (stray, "has no `attribute`, with which `operator` and `value` go")
            }
            (_, None, Some(is)) => (is, "has no `flag`, with which `is` goes"),
            _ => return None,
        };
        Some(problem::incomplete_form(place, &part, note))
    }

    /// What `attribute` needs beside it and has not.
    fn missing_of_comparison(&self) -> Option<&'static str> {
        let operator = self.spot.node().entry("operator").map(|it| it.node.as_str());
        let value = self.spot.node().entry("value").map(|it| &it.node.value);
        match (operator, value) {
            (None, None) => Some("needs `operator` and `value` beside `attribute`"),
            (None, Some(NodeValue::List(_))) => Some("needs `operator`, such as `operator: in`"),
            (None, Some(_)) => Some("needs `operator`, such as `operator: eq`"),
            (Some(Some("exists")), None) => Some("needs `value`: write `value: true`"),
            (Some(_), None) => Some("needs `value`, what the attribute is compared with"),
            (Some(_), Some(_)) => None,
        }
    }
}

/// "`a`, `b`, `c`".
fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{}`", quote(name))).collect();
    quoted.join(", ")
}

/// "`a`, `b` and `c`".
fn and<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let text = list(names);
    match text.rsplit_once(", ") {
        Some((before, last)) => format!("{before} and {last}"),
        None => text,
    }
}
