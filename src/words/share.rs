//! Shares in words: percentages.

/// A share as a percentage with as few decimals as needed, three at most.
#[must_use]
pub fn percent_words(share: f64) -> String {
    let text = format!("{:.3}", share * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" && share > 0.0 { "less than 0.001 %".to_owned() } else { format!("{text} %") }
}
