//! GO Feature Flag's `percentage`: shares in the reverse order of their variations' names.

use crate::{
    engine::scheme::POSITIONS,
    import::{draft::DraftOutcome, targeting::known, tree::ImportTree, verdict::ImportRefusal},
    yaml::node::{Node, NodeValue},
};

/// Up to how many variations the order of adding up is tried out.
const SUMMED_MAX: usize = 7;

/// What a `percentage` serves.
///
/// # Errors
///
/// What cannot be said, with its place.
pub fn outcome(
    node: &Node,
    variants: &[(String, ImportTree)],
) -> Result<DraftOutcome, ImportRefusal> {
    let mut shares: Vec<(String, f64)> = Vec::new();
    for entry in node.as_map().unwrap_or_default() {
        let NodeValue::Number(text) = &entry.node.value else {
            let why = "a percentage is no number";
            return Err(ImportRefusal::new(entry.node.place, why, "write a number"));
        };
        let name = known(variants, &entry.key, entry.key_place)?;
        shares.push((name, text.parse().unwrap_or(f64::NAN)));
    }
    let percentages: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    if !is_sum_certain(&percentages) {
        let why = "there, the sum of these percentages comes out differently from one evaluation \
                   to the next, and users change sides at random";
        let help = "write percentages with two decimals that add up to 100";
        return Err(ImportRefusal::new(node.place, why, help));
    }
    let modulus = whole(percentages.iter().sum::<f64>() * 1000.0);
    if modulus != Some(POSITIONS) {
        let sum: f64 = percentages.iter().sum();
        let why = format!("the percentages add up to {sum}, and users are hashed by that sum");
        let help = "write percentages that add up to 100: some users move";
        return Err(ImportRefusal::new(node.place, why, help));
    }
    shares.sort_by(|(a, _), (b, _)| b.cmp(a));
    let (mut start, mut end, mut entries) = (0, 0.0, Vec::new());
    for (name, share) in shares {
        end += share * 1000.0;
        let last = whole(end).unwrap_or(start).min(POSITIONS);
        if start < last {
            entries.push((name, last - start));
            start = last;
        }
    }
    if start != POSITIONS {
        let why = "there, some users are in no part of these percentages";
        return Err(ImportRefusal::new(node.place, why, "write percentages with two decimals"));
    }
    Ok(match &*entries {
        [(name, _)] => DraftOutcome::Variant(name.clone()),
        _ => DraftOutcome::Split(entries),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before")]
fn whole(number: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}

/// Whether the sum, cut off to thousandths, is the same in whatever order it is added up.
fn is_sum_certain(shares: &[f64]) -> bool {
    if SUMMED_MAX < shares.len() {
        return shares.iter().all(|share| share.fract() == 0.0);
    }
    let mut sums = Vec::new();
    add_up(shares, &mut vec![false; shares.len()], 0.0, &mut sums);
    sums.iter().all(|sum| Some(sum) == sums.first())
}

fn add_up(shares: &[f64], used: &mut Vec<bool>, sum: f64, sums: &mut Vec<Option<u32>>) {
    if used.iter().all(|used| *used) {
        sums.push(whole(sum * 1000.0));
        return;
    }
    for (index, share) in shares.iter().enumerate() {
        if used.get(index) == Some(&false) {
            used[index] = true;
            add_up(shares, used, sum + share, sums);
            used[index] = false;
        }
    }
}
