//! Decimal numbers as they are written: percentages in thousandths, read from the text.

use crate::{
    definition::problems::meaning,
    diagnostics::diagnostic::Diagnostic,
    engine::{bucket::Percentage, scheme::POSITIONS},
    yaml::node::{Node, NodeValue},
};

/// Whether a number is written with a fraction or an exponent: `1.0` is, `1` is not.
#[must_use]
pub fn is_fractional(text: &str) -> bool {
    text.contains(['.', 'e', 'E'])
}

/// The percentage that a node holds; says so if it is none.
pub fn percentage(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Percentage> {
    let NodeValue::Number(text) = &node.value else {
        diagnostics.push(meaning::wrong_shape("a number", node.kind(), node.place));
        return None;
    };
    let Some(exact) = thousandths(text) else {
        let nearest = text.parse::<f64>().map_or(0.0, |percent| (percent * 1e3).round());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let nearest = nearest.clamp(0.0, f64::from(POSITIONS)) as u32;
        diagnostics.push(meaning::too_precise(text, node.place, Some(nearest)));
        return None;
    };
    let found = u32::try_from(exact).ok().and_then(Percentage::from_thousandths);
    if found.is_none() {
        diagnostics.push(meaning::wrong_shape("a number from 0 to 100", text, node.place));
    }
    found
}

/// A thousand times the decimal number, if that is a whole number: exact, whatever the notation.
/// What is far out of range comes out as [`i64::MAX`] or [`i64::MIN`].
#[must_use]
pub fn thousandths(text: &str) -> Option<i64> {
    let (text, is_negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, exponent.parse::<i64>().unwrap_or(i64::from(i32::MAX)))
        }
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let fraction = i64::try_from(fraction.len()).ok()?;
    let shift = exponent.saturating_sub(fraction).saturating_add(zeros).saturating_add(3);
    let shift = u32::try_from(shift).ok()?;
    let scaled = significant
        .parse::<i64>()
        .ok()
        .and_then(|number| number.checked_mul(10_i64.checked_pow(shift)?))
        .unwrap_or(i64::MAX);
    Some(if is_negative { -scaled } else { scaled })
}
