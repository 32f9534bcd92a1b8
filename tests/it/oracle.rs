//! The program answers as the specification says: an independent model of it, in `model/`, that
//! knows nothing of the engine, is asked the same.
//!
//! Definitions and contexts are made at random; the program is asked through its endpoints, for
//! one flag and for all. `FLAGSTAFF_ANSWERS` says how many answers are compared.

use std::collections::BTreeMap;

use flagstaff::{
    api::{call::Options, route::Route},
    server::answer::Payload,
};
use serde_json::Value;

use crate::{
    compile::{gate, said},
    model::{
        ask as asking,
        caller::Caller,
        json::{Json, map},
        make,
        position::Hashed,
        resolve::{KeyMissing, Resolution, Step, World},
        shrink::smallest,
        time,
    },
    movement::setting,
    pairs::Dice,
    served::{ask, route},
};

/// Reasons and error codes that have to come up, each once in 500 answers.
const WORDS: [&str; 12] = [
    "STATIC",
    "DISABLED",
    "TARGETING_MATCH",
    "SPLIT",
    "DEFAULT",
    "TARGETING_KEY_MISSING",
    "INVALID_CONTEXT",
    "enabled",
    "flag_disabled",
    "rollout_excluded",
    "targeting_rule_mismatch",
    "targeting_key_missing",
];
/// How many contexts each file is asked with.
const CONTEXTS: usize = 12;

fn now() -> i128 {
    time::rfc3339("2026-11-22T12:00:00Z").unwrap()
}

/// What a question is asked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Ofrep,
    Rest,
}

/// The value of a variant as JSON; the author's class of number is kept.
fn parsed(value: &Json) -> Value {
    serde_json::from_str(&value.line()).unwrap()
}

fn resolved(file: &Json, key: &str, caller: &Caller) -> Result<Resolution, KeyMissing> {
    World { file, caller, places: &Hashed }.resolve(key)
}

/// `REASON variant value`, or an error code.
fn ofrep_says(file: &Json, key: &str, context: &Json) -> String {
    let Some(caller) = Caller::of_ofrep(context, now()) else {
        return "INVALID_CONTEXT".to_owned();
    };
    match resolved(file, key, &caller) {
        Ok(found) => {
            let variant = found.variant.unwrap_or_default();
            let value =
                found.value.map_or("nothing".to_owned(), |value| parsed(&value).to_string());
            format!("{} `{variant}` {value}", found.reason)
        }
        Err(KeyMissing) => "TARGETING_KEY_MISSING".to_owned(),
    }
}

/// `reason enabled variant value`, in the words of the `/flags` endpoints.
fn rest_says(file: &Json, key: &str, context: &Json) -> String {
    let id = context.field("targetingKey").and_then(Json::as_text);
    let mut attributes = context.clone();
    attributes.remove("targetingKey");
    let caller = Caller::of_rest(id, &attributes, now());
    let found = match resolved(file, key, &caller) {
        Ok(found) => found,
        Err(KeyMissing) => return "targeting_key_missing false null null".to_owned(),
    };
    let flag = file.field("flags").unwrap().field(key).unwrap();
    let on = &crate::model::resolve::variants(flag)[0].1;
    let is_boolean = matches!(on, Json::Bool(_));
    if is_boolean && found.variant.is_none() {
        return "flag_not_found false null null".to_owned();
    }
    let is_enabled = match &found.value {
        Some(value) if is_boolean => value.is_true(),
        _ => found.step != Step::Off,
    };
    let reason = match found.step {
        _ if is_enabled => "enabled",
        Step::Off => "flag_disabled",
        _ if found.is_left_out => "rollout_excluded",
        _ => "targeting_rule_mismatch",
    };
    let variant = Value::from(found.variant);
    let value = found.value.as_ref().map_or(Value::Null, parsed);
    format!("{reason} {is_enabled} {variant} {value}")
}

fn body(endpoint: Endpoint, context: &Json) -> String {
    if endpoint == Endpoint::Ofrep {
        return map([("context", context.clone())]).sent();
    }
    let mut attributes = context.clone();
    let mut body = Json::Map(Vec::new());
    if let Some(id) = attributes.remove("targetingKey") {
        body.set("user_id", id);
    }
    body.set("attributes", attributes);
    body.sent()
}

fn asked(route: &Route, path: &str, body: &str) -> Value {
    let response = ask(route, &format!("POST {path}"), &[], body);
    let Payload::Whole(bytes) = response.body() else { panic!("a stream") };
    serde_json::from_slice(bytes).unwrap()
}

/// What the program says of one flag, in the words of the model.
fn shown(endpoint: Endpoint, answer: &Value) -> String {
    if let Some(code) = answer.get("errorCode").and_then(Value::as_str) {
        return code.to_owned();
    }
    let field = |name: &str| answer.get(name).unwrap_or(&Value::Null);
    let word = |name: &str| field(name).as_str().unwrap_or("").to_owned();
    if endpoint == Endpoint::Rest {
        let (enabled, variant) = (field("enabled"), field("variant"));
        return format!("{} {enabled} {variant} {}", word("reason"), field("value"));
    }
    let value = answer.get("value").map_or("nothing".to_owned(), Value::to_string);
    format!("{} `{}` {value}", word("reason"), word("variant"))
}

/// One question: what the model says to it and what the program says.
fn both(route: &Route, file: &Json, key: &str, context: &Json, endpoint: Endpoint) -> [String; 2] {
    let encoded: String = key.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = body(endpoint, context);
    match endpoint {
        Endpoint::Ofrep => {
            let answer = asked(route, &format!("/ofrep/v1/evaluate/flags/{encoded}"), &body);
            [ofrep_says(file, key, context), shown(endpoint, &answer)]
        }
        Endpoint::Rest => {
            let answer = asked(route, &format!("/flags/evaluate/{encoded}"), &body);
            [rest_says(file, key, context), shown(endpoint, &answer)]
        }
    }
}

fn is_good(text: &str) -> bool {
    gate(&[("flags/a.yaml", text)]).definitions.is_some()
}

/// Prints the smallest definitions and context with which both differ.
fn fail(file: &Json, key: &str, context: &Json, endpoint: Endpoint) -> ! {
    let case = map([("file", file.clone()), ("context", context.clone())]);
    let differ = |case: &Json| {
        let (Some(file), Some(context)) = (case.field("file"), case.field("context")) else {
            return false;
        };
        let is_there = file.field("flags").is_some_and(|flags| flags.field(key).is_some());
        is_there && is_good(&file.yaml()) && {
            let [model, program] =
                both(&route(&file.yaml(), Options::default()), file, key, context, endpoint);
            model != program
        }
    };
    let small = smallest(case, 4_000, &differ);
    let (file, context) = (small.field("file").unwrap(), small.field("context").unwrap());
    let route = route(&file.yaml(), Options::default());
    let [model, program] = both(&route, file, key, context, endpoint);
    panic!(
        "\n{}\n{endpoint:?} `{key}` {}\n  by the specification: {model}\n  the program:          \
         {program}\n",
        file.yaml(),
        body(endpoint, context),
    );
}

/// All flags at once are answered as each is.
fn all_at_once(route: &Route, file: &Json, context: &Json) -> usize {
    let answers = asked(route, "/ofrep/v1/evaluate/flags", &body(Endpoint::Ofrep, context));
    if Caller::of_ofrep(context, now()).is_none() {
        assert_eq!(shown(Endpoint::Ofrep, &answers), "INVALID_CONTEXT", "{}", context.sent());
        return 1;
    }
    let found = answers["flags"].as_array().unwrap_or_else(|| panic!("{answers}"));
    let mut keys: Vec<&str> =
        file.field("flags").unwrap().fields().iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    assert_eq!(found.len(), keys.len(), "{answers}");
    for (answer, key) in found.iter().zip(keys) {
        assert_eq!(answer["key"], key);
        let [model, program] = [ofrep_says(file, key, context), shown(Endpoint::Ofrep, answer)];
        if model != program {
            fail(file, key, context, Endpoint::Ofrep);
        }
    }
    found.len()
}

#[test]
fn the_program_answers_as_the_specification_says() {
    let wanted = setting("FLAGSTAFF_ANSWERS", 20_000);
    let (mut answers, mut said_words) = (0, BTreeMap::new());
    for number in 0.. {
        if wanted <= answers {
            break;
        }
        let mut dice = Dice(number ^ 0x0b5e_55ed);
        let file = make::file(&mut dice);
        let text = if dice.one_in(3) { file.line() } else { file.yaml() };
        let compilation = gate(&[("flags/a.yaml", &text)]);
        assert!(compilation.definitions.is_some(), "{}\n{text}", said(&compilation));
        let route = route(&text, Options::default());
        for _ in 0..CONTEXTS {
            let mut context = asking::context(&file, &mut dice);
            if let Some(key) = asking::key(&mut dice) {
                context.set("targetingKey", key);
            }
            answers += all_at_once(&route, &file, &context) as u64;
            let is_text = matches!(context.field("targetingKey"), None | Some(Json::Text(_)));
            for (key, _) in file.field("flags").unwrap().fields() {
                for endpoint in [Endpoint::Ofrep, Endpoint::Rest] {
                    if endpoint == Endpoint::Rest && !is_text {
                        continue;
                    }
                    let [model, program] = both(&route, &file, key, &context, endpoint);
                    if model != program {
                        fail(&file, key, &context, endpoint);
                    }
                    answers += 1;
                    let word = model.split(' ').next().unwrap().to_owned();
                    *said_words.entry(word).or_insert(0) += 1;
                }
            }
        }
    }
    for word in WORDS {
        let count = said_words.get(word).copied().unwrap_or(0);
        assert!(wanted < 500 * count, "{word} was said {count} times: {said_words:?}");
    }
}
