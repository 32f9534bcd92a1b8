//! What two earlier systems answered, 4,000 times, asked again from definition text to resolution.

use std::collections::BTreeMap;

use flagstaff::engine::{
    context::EvaluationContext,
    resolution::{EvaluationError, Resolution},
    resolve::resolve,
    value::Object,
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    compile::gate,
    evaluation::{definitions, user},
    exercise::context,
    harness::{Daemon, Flags},
};

/// One case: a flag as a toggle, what was asked, and the answer.
pub struct Case {
    /// The key of the flag that is defined.
    pub key: String,
    /// Its definition.
    pub toggle: Value,
    /// The key that was asked for.
    pub asked: String,
    /// The targeting key; none where the system had no user.
    pub user: Option<String>,
    /// The attributes.
    pub attributes: Map<String, Value>,
    /// What the caller passed for an unknown flag.
    pub default: bool,
    /// The answer.
    pub enabled: bool,
    /// The reason, where the system gave one.
    pub reason: Option<String>,
}

impl Case {
    /// Whether it has `in` or `not_in` with something else than a list, which we refuse.
    pub fn is_refused(&self) -> bool {
        let rules = self.toggle["targeting_rules"].as_array().into_iter().flatten();
        let mut of_lists = rules.filter(|rule| rule["operator"].as_str().unwrap().ends_with("in"));
        of_lists.any(|rule| !rule["value"].is_array())
    }
}

/// The cases of `user_flag_md5.json`.
pub fn user_flag_cases() -> Vec<Case> {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/user_flag_md5.json")).unwrap();
    let case = |case: &Value| {
        let flag = &case["flag"];
        let toggle = json!({
            "name": flag["name"],
            "description": flag["description"],
            "enabled": flag["enabled"],
            "rollout_percentage": flag["rollout_percentage"],
            "targeting_rules": flag["targeting_rules"],
            "hash": "user_flag_md5",
        });
        Case {
            key: text(&flag["key"]),
            toggle,
            asked: text(&case["ask"]),
            user: Some(text(&case["context"]["user_id"])),
            attributes: case["context"]["attributes"].as_object().unwrap().clone(),
            default: false,
            enabled: case["expect"]["enabled"].as_bool().unwrap(),
            reason: Some(text(&case["expect"]["reason"])),
        }
    };
    cases.iter().map(case).collect()
}

/// The cases of `flag_user_md5.json`.
pub fn flag_user_cases() -> Vec<Case> {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../vectors/flag_user_md5.json")).unwrap();
    let case = |case: &Value| {
        let flag = &case["flag"];
        let toggle = json!({
            "enabled": flag["enabled"],
            "staff_only": flag["staff_only"],
            "rollout_percentage": flag["rollout_percentage"],
            "users": flag["users"],
            "hash": "flag_user_md5",
        });
        let is_staff = case["user"].get("is_staff").cloned();
        Case {
            key: text(&flag["name"]),
            toggle,
            asked: text(&case["ask"]),
            user: case["user"].get("id").map(text),
            attributes: is_staff
                .map(|is_staff| ("is_staff".to_owned(), is_staff))
                .into_iter()
                .collect(),
            default: case["default"].as_bool().unwrap(),
            enabled: case["expect"].as_bool().unwrap(),
            reason: None,
        }
    };
    cases.iter().map(case).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn every_answer_of_user_flag_md5() {
    let cases = user_flag_cases();
    assert_eq!(cases.len(), 2_000);
    let refused = cases.iter().filter(|case| case.is_refused()).count();
    assert_eq!(refused, 60);
    let mut reasons = BTreeMap::new();
    for case in cases.iter().filter(|case| !case.is_refused()) {
        agrees(case);
        *reasons.entry(case.reason.as_deref()).or_insert(0) += 1;
    }
    // Every reason is among them, so that none is agreed on by absence.
    assert_eq!(reasons.len(), 5, "{reasons:?}");
}

#[test]
fn every_answer_of_flag_user_md5() {
    let cases = flag_user_cases();
    assert_eq!(cases.len(), 2_000);
    cases.iter().for_each(agrees);
}

#[test]
fn a_list_operator_without_a_list_is_refused_where_it_stands() {
    for case in user_flag_cases().iter().filter(|case| case.is_refused()) {
        let text = definition_text(case);
        let compilation = gate(&[("flags/a.yaml", &text)]);
        assert!(compilation.definitions.is_none(), "{text}");
        let rules = case.toggle["targeting_rules"].as_array().unwrap();
        let is_wrong = |rule: &&Value| {
            rule["operator"].as_str().unwrap().ends_with("in") && !rule["value"].is_array()
        };
        let wrong: Vec<&Value> = rules.iter().filter(is_wrong).collect();
        let errors: Vec<_> = compilation
            .diagnostics
            .iter()
            .filter(|found| found.severity().name() == "error")
            .collect();
        assert_eq!(errors.len(), wrong.len(), "{text}\n{errors:?}");
        for (found, rule) in errors.iter().zip(wrong) {
            // The whole value is marked, and nothing else.
            let line = text.lines().nth(found.place.line as usize - 1).unwrap();
            let columns = found.place.column as usize - 1..found.place.end_column as usize - 1;
            let marked: String = line.chars().take(columns.end).skip(columns.start).collect();
            assert_eq!(serde_json::from_str::<Value>(&marked).unwrap(), rule["value"], "{line}");
            let (operator, value) = (rule["operator"].as_str().unwrap(), &rule["value"]);
            let is = match value {
                Value::String(text) => format!("the string `{text}`: write `[{text}]`"),
                Value::Bool(_) => format!("the boolean `{value}`: write `[{value}]`"),
                _ => format!("the number `{value}`: write `[{value}]`"),
            };
            let message = format!("`value` of operator `{operator}` must be a list, this is {is}");
            assert_eq!((found.code.id(), found.message.to_string()), ("wrong-type", message));
        }
    }
}

/// All cases of a file as one flag set: a key each, with the original one as the salt; asked over
/// HTTP on one connection, as that system was.
fn agrees_over_http(cases: Vec<Case>) {
    let mut flags = Map::new();
    for (number, case) in cases.iter().enumerate() {
        let mut toggle = case.toggle.clone();
        toggle["salt"] = case.key.as_str().into();
        flags.insert(format!("case-{number}"), toggle);
    }
    let directory = Flags::with([("flags.json", &*json!({ "flags": flags }).to_string())]);
    let daemon = Daemon::serving(directory.root());
    daemon.wait("it to be ready", || daemon.ask("GET /readyz", "").status == 200);
    let mut client = daemon.client();
    for (number, case) in cases.iter().enumerate() {
        let is_known = case.asked == case.key;
        let key = if is_known { format!("case-{number}") } else { "unknown".to_owned() };
        let mut body = json!({ "attributes": case.attributes, "default": case.default });
        if let Some(user) = &case.user {
            body["user_id"] = user.as_str().into();
        }
        let line = format!("POST /flags/evaluate/{key}");
        let reply = client.ask(&line, &body.to_string()).unwrap();
        let answer = reply.json();
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(answer["flag_key"], *key);
        assert_eq!(answer["enabled"], case.enabled, "{} {body} {}", case.toggle, reply.body);
        if let Some(reason) = &case.reason {
            assert_eq!(answer["reason"], **reason, "{} {body} {}", case.toggle, reply.body);
        }
    }
    daemon.stop();
}

#[test]
fn every_answer_of_user_flag_md5_over_http() {
    agrees_over_http(user_flag_cases().into_iter().filter(|case| !case.is_refused()).collect());
}

#[test]
fn every_answer_of_flag_user_md5_over_http() {
    agrees_over_http(flag_user_cases());
}

/// The definition as a file: JSON, which is YAML.
fn definition_text(case: &Case) -> String {
    let definitions = json!({ "flags": { &case.key: case.toggle } });
    serde_json::to_string_pretty(&definitions).unwrap()
}

fn agrees(case: &Case) {
    let definitions = definitions(&definition_text(case));
    let attributes = Value::Object(case.attributes.clone()).to_string();
    let attributes: Object<'_> = context(&attributes).attributes;
    let targeting_key = case.user.as_deref().map(|key| user(key).targeting_key.unwrap());
    let context = EvaluationContext { targeting_key, attributes };
    let result = resolve(&definitions.flag_set, &case.asked, &context, Timestamp::UNIX_EPOCH);
    let found = (is_on(&result, case.default), case.reason.as_ref().map(|_| reason(&result)));
    let expected = (case.enabled, case.reason.as_deref());
    assert_eq!(found, expected, "{} {} {context:?}", case.asked, case.toggle);
}

fn is_on(result: &Result<Resolution<'_>, EvaluationError<'_>>, default: bool) -> bool {
    match result {
        Ok(resolution) => resolution.variant.is_some_and(|variant| variant.is_true()),
        Err(EvaluationError::FlagNotFound) => default,
        Err(error) => panic!("a toggle never fails: {error:?}"),
    }
}

/// The reason in the words of that system.
fn reason(result: &Result<Resolution<'_>, EvaluationError<'_>>) -> &'static str {
    match result {
        Err(_) => "flag_not_found",
        Ok(_) if is_on(result, false) => "enabled",
        Ok(resolution) if resolution.reason.name() == "DISABLED" => "flag_disabled",
        Ok(resolution) if resolution.ramp_excluded => "rollout_excluded",
        Ok(_) => "targeting_rule_mismatch",
    }
}
