//! JSON that callers send: as the standard reader has it, and what that refuses.

use flagstaff::{
    api::{flags_api, ofrep_request, selection::ContextDefaults},
    diff::{difference::Diff, population::Count},
    engine::{
        flag::FlagSet,
        instant::Instant,
        json_reader::read,
        value::{Number, Value},
    },
};
use proptest::prelude::*;

use crate::cases::cases;

fn value(text: &str) -> Value<'_> {
    read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn half_a_surrogate_pair_is_the_replacement_character() {
    for (text, expected) in [
        (r#""party \ud83c""#, "party \u{FFFD}"),
        (r#""\uDF89 party""#, "\u{FFFD} party"),
        (r#""\ud83c\ud83c\udf89""#, "\u{FFFD}🎉"),
        (r#""\ud83c\udf89\udf89""#, "🎉\u{FFFD}"),
        (r#""\udf89\ud83c""#, "\u{FFFD}\u{FFFD}"),
        (r#""\ud83c\u0041""#, "\u{FFFD}A"),
        (r#""\ud83c\n\"\\\/\b\f\r\t\u00e9é🎉""#, "\u{FFFD}\n\"\\/\u{8}\u{c}\r\téé🎉"),
        (r#""\ud83c\\ud83c""#, "\u{FFFD}\\ud83c"),
        (r#""\ud83cx\udf89""#, "\u{FFFD}x\u{FFFD}"),
    ] {
        assert_eq!(value(text).as_str(), Some(expected), "{text}");
        let key = format!("{{{text}: {{{text}: 1}}}}");
        let Value::Object(object) = value(&key) else { panic!("{key}") };
        let Some(Value::Object(inner)) = object.value(expected) else { panic!("{key}") };
        assert!(inner.value(expected).is_some(), "{key}");
    }
}

#[test]
fn a_number_beyond_every_float_is_infinite() {
    let float = |text: &str| match value(text) {
        Value::Number(Number::Float(float)) => float,
        other => panic!("{text}: {other}"),
    };
    for text in ["1e309", "1e400", "123e99999999999999999999", "1E+999"] {
        assert_eq!(float(text), f64::INFINITY, "{text}");
        assert_eq!(float(&format!("-{text}")), f64::NEG_INFINITY, "{text}");
    }
    let digits = "9".repeat(400);
    assert_eq!(float(&digits), f64::INFINITY);
    assert_eq!(value("[1e400, -1e400]").to_string(), "[Infinity, -Infinity]");
}

#[test]
fn all_ways_to_send_a_context_take_it() {
    let context = r#"{"targetingKey":"\ud83c","a\udc00":[1e400,{"b":"\ud83c"}]}"#;
    let rest_body = format!(r#"{{"user_id":"\ud83c","attributes":{context}}}"#);
    let ofrep_body = format!(r#"{{"context":{context}}}"#);
    let asked = ofrep_request::read(ofrep_body.as_bytes()).unwrap();
    let rest = flags_api::read_body(rest_body.as_bytes()).unwrap().context;
    for context in [asked, rest] {
        assert_eq!(context.targeting_key.as_deref(), Some("\u{FFFD}"));
        let attribute = context.attributes.value("a\u{FFFD}").unwrap();
        assert_eq!(attribute.to_string(), "[Infinity, {\"b\": \"\u{FFFD}\"}]");
    }
    let (nothing, none) = (FlagSet::default(), Diff { flags: Vec::new(), segments: Vec::new() });
    let now = Instant::parse("2026-12-01T00:00:00Z").unwrap();
    let mut count = Count::new(&none, &nothing, &nothing, now);
    for line in [context, "", context] {
        count.line(line).unwrap();
    }
    assert_eq!(count.contexts(), 2);
    let mut additions = ContextDefaults::default();
    additions.parse(r#"region="\ud83c""#).unwrap();
    additions.parse("limit=-1e400").unwrap();
    let mut context = ofrep_request::read(b"{}").unwrap();
    additions.apply(&mut context);
    assert_eq!(context.attributes.value("region").unwrap().as_str(), Some("\u{FFFD}"));
    assert_eq!(context.attributes.value("limit").unwrap().to_string(), "-Infinity");
}

#[test]
fn what_is_no_json_is_said_as_ever() {
    let deep = format!("{}\"\\ud83c\"{}", "[".repeat(128), "]".repeat(128));
    for (text, expected) in [
        (r#"{"a":"\ud83c""#, "EOF while parsing an object at line 1 column 13"),
        (r#"["\ud83c" 1]"#, "expected `,` or `]` at line 1 column 11"),
        (r#"["\ud83c",]"#, "expected value at line 1 column 11"),
        (r#"["\ud83"]"#, "invalid escape at line 1 column 8"),
        (r#""\ud83c\x""#, "invalid escape at line 1 column 9"),
        ("[1e400, 01]", "invalid number at line 1 column 10"),
        ("1e400 1", "trailing characters at line 1 column 7"),
        ("1e400e", "trailing characters at line 1 column 6"),
        (&deep, "recursion limit exceeded at line 1 column 128"),
    ] {
        let error = read::<Value<'_>>(text).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let deep = format!("{}\"\\ud83c\"{}", "[".repeat(127), "]".repeat(127));
    assert!(read::<Value<'_>>(&deep).is_ok());
}

/// Any JSON value.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::vec((any::<String>(), inner), 0..4)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(cases(256))]

    /// What both readers take they read alike, however it is written.
    #[test]
    fn both_readers_agree(json in json(), spread in any::<bool>()) {
        let text = if spread { format!("{json:#}") } else { json.to_string() };
        let standard = value(&text);
        let both = format!("[ {text} ,\"\\ud83c\"]");
        let Value::Array(items) = value(&both) else { panic!("{both}") };
        prop_assert_eq!(items[0].to_string(), standard.to_string());
        prop_assert!(items[0].equals(&standard));
    }

    /// Bytes of all kinds are no reason to panic or to run for ever.
    #[test]
    fn anything_is_read_or_refused(parts in prop::collection::vec(
        prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\\ud83c", "\\u", "\\", "1e999", "-", "0", "e", "a",
            "null", "tru", " ", "é", ".",
        ]),
        0..12,
    )) {
        let text = parts.concat();
        let standard = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(read::<Value<'_>>(&text).is_ok(), standard, "{}", text);
    }
}
