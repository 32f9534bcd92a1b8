//! Families of values and changes of which the program does not yet say what is specified: left
//! out until it does.

use crate::model::json::Json;

/// What is left out: of values, then of changes.
const LEFT_OUT: &[&str] = &[];

pub fn is_on(family: &str) -> bool {
    !LEFT_OUT.contains(&family)
}

/// Whether a value, on either side of a comparison, is of a family that is left out.
pub fn is_left_out(value: &Json) -> bool {
    let of_text = |text: &str| {
        let is_time = text.len() > 18 && text.as_bytes()[4] == b'-';
        let is_core = |text: &str| text.contains("02") && !text.contains(":") && text.len() < 30;
        let decimals = text.split_once('.').map_or("", |(_, rest)| rest);
        let decimals = decimals.bytes().take_while(u8::is_ascii_digit).count();
        let is_partial = text.split(',').any(|part| {
            let part = part.trim();
            let operator = part.starts_with('=')
                || part.starts_with('>') && !part.starts_with(">=")
                || part.starts_with("<=");
            operator && part.split('-').next().unwrap().matches('.').count() < 2
                || part.starts_with('=') && part.contains('*')
        });
        let is_odd = is_time && {
            let zone = &text[text.len() - 5..];
            text.contains(' ') || zone.starts_with(['+', '-']) && !zone.contains(':')
        };
        let is_far = is_time && (text.starts_with("9999-12-3") || text.starts_with("0000-"))
            || text.starts_with("-001")
            || text.starts_with("10000");
        !is_on("far-time") && is_far
            || !is_on("many-decimals") && is_time && 9 < decimals
            || !is_on("odd-time") && is_odd
            || !is_on("leading-zero") && is_core(text)
            || !is_on("odd-build") && (text.ends_with('+') || text.ends_with("+é"))
            || !is_on("partial-version") && is_partial
            || !is_on("half-surrogate") && text.contains('\u{FFFD}')
    };
    match value {
        Json::Text(text) => of_text(text),
        Json::Number(text) => !is_on("beyond-double") && text.contains("e999"),
        Json::List(items) => items.iter().any(is_left_out),
        Json::Map(fields) => fields.iter().any(|(_, value)| is_left_out(value)),
        _ => false,
    }
}
