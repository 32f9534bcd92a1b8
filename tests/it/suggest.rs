//! Suggestions: near enough by the textbook's recurrence, and never at the price of a hang.

use flagstaff::diagnostics::suggest::{nearest, nearest_of_many};
use proptest::prelude::*;

use crate::cases::cases;

/// The distance by the recurrence itself, over the whole table.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for row in 0..=a.len() {
        for column in 0..=b.len() {
            table[row][column] = if row == 0 || column == 0 {
                row + column
            } else {
                let differ = usize::from(a[row - 1] != b[column - 1]);
                let mut least = (table[row - 1][column - 1] + differ)
                    .min(table[row - 1][column] + 1)
                    .min(table[row][column - 1] + 1);
                let is_swap = 1 < row
                    && 1 < column
                    && a[row - 1] == b[column - 2]
                    && a[row - 2] == b[column - 1];
                if is_swap {
                    least = least.min(table[row - 2][column - 2] + 1);
                }
                least
            };
        }
    }
    table[a.len()][b.len()]
}

fn allowed(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        _ => 3,
    }
}

proptest! {
    #![proptest_config(cases(2_000))]
    #[test]
    fn near_is_what_the_recurrence_says(a in "[abc]{0,14}", b in "[abc]{0,14}") {
        let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
        let shorter = x.len().min(y.len());
        let is_prefix = 4 <= shorter && (x.starts_with(&y) || y.starts_with(&x));
        let is_near = is_prefix || distance(&x, &y) <= allowed(shorter);
        prop_assert_eq!(nearest(&a, [b.as_str()]).is_some(), is_near);
    }
}

#[test]
fn names_as_long_as_a_file_are_not_compared() {
    let (long, longer) = ("a".repeat(500_000), "a".repeat(500_001));
    assert_eq!(nearest(&long, [longer.as_str()]), None);
}

#[test]
fn many_findings_among_many_names_go_without() {
    let names: Vec<String> = (0..1_000).map(|number| format!("feature-{number}")).collect();
    let known = || names.iter().map(String::as_str);
    assert_eq!(nearest_of_many(1_000, "featur-7", known()), Some("feature-7"));
    assert_eq!(nearest_of_many(1_001, "featur-7", known()), None);
}
