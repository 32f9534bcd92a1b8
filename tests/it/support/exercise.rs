//! Definitions that nobody wrote, compiled and asked: for properties, fuzzing, and the replay of
//! what fuzzing found. The fuzz targets include this file.

use flagstaff::{
    definition::compile::{Compilation, Content, Root, SourceFile, compile},
    engine::{
        context::EvaluationContext,
        flag::{Flag, FlagSet},
        json_reader,
        resolution::{EvaluationError, FixedPositions, Resolution, Step},
        resolve::{explain, resolve_flag},
        value::{Object, Value},
    },
};
use jiff::Timestamp;

use crate::generated::{self, Entropy};

/// How many contexts a flag set is asked with.
const CONTEXTS: usize = 4;

/// Compiles one file of these bytes.
pub fn compile_bytes(bytes: &[u8]) -> Compilation {
    let file = SourceFile { path: "a.yaml".to_owned(), content: Content::Bytes(bytes.into()) };
    let root = Root { name: "flags".to_owned(), files: vec![file] };
    compile(&[root], "2026-11-22".parse().unwrap())
}

/// The context that a JSON object says, its `targetingKey` taken out.
pub fn context(json: &str) -> EvaluationContext<'_> {
    let mut attributes: Object<'_> = json_reader::read(json).expect(json);
    let targeting_key = match attributes.remove("targetingKey") {
        Some(Value::String(key)) => Some(key),
        _ => None,
    };
    EvaluationContext { targeting_key, attributes }
}

/// Compiles whatever it is. What is said is fit to be shown and points into the text; what is
/// accepted can be asked.
pub fn compile_anything(bytes: &[u8]) {
    let compilation = compile_bytes(bytes);
    let errors = compilation.diagnostics.iter().filter(|found| found.severity().name() == "error");
    assert_eq!(compilation.definitions.is_none(), 0 < errors.count());
    let breaks = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    let line_count = u32::try_from(breaks.split('\n').count()).unwrap();
    for found in &compilation.diagnostics {
        let place = found.place;
        assert!(1 <= place.line && 1 <= place.column, "{found:?}");
        assert!(place.end_line <= line_count, "{found:?}");
        let (start, end) = ((place.line, place.column), (place.end_line, place.end_column));
        assert!(start <= end, "{found:?}");
        let message = found.message.to_string();
        assert!(!message.is_empty() && !message.contains('\n'), "{found:?}");
        assert!(!message.ends_with('.'), "{found:?}");
    }
    if let Some(definitions) = compilation.definitions {
        ask_all(&definitions.flag_set, r#"{"targetingKey": "u-1", "a": 1}"#, Timestamp::UNIX_EPOCH);
    }
}

/// Makes a good flag set of the bytes, then contexts, and asks for every flag.
pub fn resolve_anything(bytes: &[u8]) {
    let mut entropy = Entropy(bytes);
    let text = generated::flag_set(&mut entropy).to_string();
    let compilation = compile_bytes(text.as_bytes());
    let found = &compilation.diagnostics;
    let definitions = compilation.definitions.unwrap_or_else(|| panic!("{found:?}\n{text}"));
    for _ in 0..CONTEXTS {
        let context = generated::context(&mut entropy).to_string();
        let seconds = (entropy.below(1 << 16) as i64 - (1 << 15)) << 22;
        let now = Timestamp::from_second(seconds).unwrap_or_default();
        ask_all(&definitions.flag_set, &context, now);
    }
}

/// One answer as a line: `variant value REASON step`, or the error code.
pub fn line(result: Result<Resolution<'_>, EvaluationError<'_>>) -> String {
    let resolution = match result {
        Ok(resolution) => resolution,
        Err(EvaluationError::FlagNotFound) => return "FLAG_NOT_FOUND".to_owned(),
        Err(EvaluationError::TargetingKeyMissing(flag)) => {
            return format!("TARGETING_KEY_MISSING for {}", flag.key);
        }
    };
    let served = match resolution.variant {
        Some(variant) => format!("{} {}", variant.name, variant.value),
        None => "nothing".to_owned(),
    };
    let step = match resolution.step {
        Step::Off => "off".to_owned(),
        Step::Users => "users".to_owned(),
        Step::Rule(rule) => format!("rule {}", rule.name),
        Step::Default => "default".to_owned(),
    };
    let excluded = if resolution.ramp_excluded { ", out of a ramp" } else { "" };
    format!("{served} {} by {step}{excluded}", resolution.reason.name())
}

/// Asks for every flag, twice: with and without an account of what was looked at.
fn ask_all(flags: &FlagSet, context_json: &str, now: Timestamp) {
    let context = context(context_json);
    for flag in flags.flags() {
        let found = resolve_flag(flags, flag, &context, now);
        let (explained, trace) = explain(flags, flag, &context, now, FixedPositions::default());
        assert_eq!(line(found), line(explained));
        assert!(trace.is_some());
        if let Ok(found) = found {
            let is_decided = matches!(found.step, Step::Rule(_) | Step::Users);
            assert!(found.variant.is_some() || !is_decided, "{}", flag.key);
            assert_eq!(
                found.reason.name() == "STATIC",
                is_same_for_everybody(flag),
                "{}",
                flag.key
            );
        }
    }
}

fn is_same_for_everybody(flag: &Flag) -> bool {
    flag.enabled && flag.is_static
}
