//! Versions and requirements: each requirement is one range, and it has every version it should.

use flagstaff::engine::version::{VersionRequirement, next, parse};
use proptest::prelude::*;

use crate::cases::cases;

/// A version near others: small numbers, often a pre-release of few identifiers.
fn versions() -> impl Strategy<Value = String> {
    let identifier = prop::sample::select(vec!["0", "1", "10", "a", "a0", "B", "-"]);
    let pre = prop::collection::vec(identifier, 0..3);
    ((0..4_u64, 0..3_u64, 0..3_u64), pre).prop_map(|((major, minor, patch), pre)| {
        let dash = if pre.is_empty() { "" } else { "-" };
        format!("{major}.{minor}.{patch}{dash}{}", pre.join("."))
    })
}

/// A comparison with any sign and any number of parts, in each way to leave one out.
fn comparisons() -> impl Strategy<Value = String> {
    let sign = prop::sample::select(vec!["", "=", ">", ">=", "<", "<=", "^", "~"]);
    let end = prop::sample::select(vec!["", ".*", ".x", ".1", ".2.0", ".0.2", ".1.1-a.1"]);
    (sign, 0..3_u64, end).prop_map(|(sign, major, end)| format!("{sign}{major}{end}"))
}

/// What a comparison means, written down once more and in another way: by the given parts.
fn means(comparison: &str, text: &str) -> bool {
    let number = comparison.trim_start_matches(['=', '>', '<', '^', '~']);
    let sign = comparison.strip_suffix(number).unwrap();
    let core: Vec<u64> =
        number.split('-').next().unwrap().split('.').filter_map(|part| part.parse().ok()).collect();
    let version = parse(text).unwrap();
    let given = parse(number.trim_end_matches(['.', '*', 'x'])).unwrap();
    let all = [version.major, version.minor, version.patch];
    let order = version.cmp_precedence(&given);
    let [head, full] = [&all[..core.len()], &[given.major, given.minor, given.patch]];
    // Whether it has the first `count` of the given numbers, pre-releases of the first excluded.
    let keeps = |count: usize| all[..count] == full[..count] && order.is_ge();
    let is_wild = number.contains(['*', 'x']);
    match sign {
        "=" if core.len() == 3 => order.is_eq(),
        "=" => keeps(core.len()),
        ">" if core.len() == 3 => order.is_gt(),
        ">" => {
            *head > core[..] && (version.pre.is_empty() || !starts_line(&all, core.len(), &core))
        }
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        "<=" if core.len() == 3 => order.is_le(),
        "<=" => *head <= core[..],
        "~" => keeps(core.len().min(2)),
        "" if is_wild => keeps(core.len()),
        "" | "^" => match core[..] {
            [0, 0, _] => keeps(3),
            [0, minor, ..] if 0 < minor || core.len() == 2 => keeps(2),
            _ => keeps(1),
        },
        other => panic!("{other}"),
    }
}

/// Whether it is the first of those that follow the given parts, but for its pre-release.
fn starts_line(all: &[u64; 3], count: usize, core: &[u64]) -> bool {
    let mut first = [0; 3];
    first[..count].copy_from_slice(core);
    first[count - 1] += 1;
    *all == first
}

proptest! {
    #![proptest_config(cases(4_000))]

    #[test]
    fn a_comparison_means_what_cargo_means(comparison in comparisons(), version in versions()) {
        let requirement = VersionRequirement::parse(&comparison).unwrap();
        let allowed = requirement.allows(&parse(&version).unwrap());
        prop_assert_eq!(allowed, means(&comparison, &version), "{} {}", comparison, version);
    }

    /// Without pre-releases, it is what the crate that Cargo uses says.
    #[test]
    fn releases_are_as_in_cargo(
        comparisons in prop::collection::vec(comparisons(), 1..3),
        numbers in (0..4_u64, 0..4_u64, 0..4_u64),
    ) {
        let text = comparisons.join(", ");
        let version = semver::Version::new(numbers.0, numbers.1, numbers.2);
        let cargo = semver::VersionReq::parse(&text).unwrap().matches(&version);
        let requirement = VersionRequirement::parse(&text).unwrap();
        prop_assert_eq!(requirement.allows(&version), cargo, "{}", text);
    }

    #[test]
    fn several_comparisons_are_one_range(
        comparisons in prop::collection::vec(comparisons(), 1..4),
        version in versions(),
    ) {
        let all = VersionRequirement::parse(&comparisons.join(", ")).unwrap();
        let version = parse(&version).unwrap();
        let each = comparisons.iter().map(|text| VersionRequirement::parse(text).unwrap());
        prop_assert_eq!(all.allows(&version), each.clone().all(|one| one.allows(&version)));
        let (start, end) = all.range();
        prop_assert_eq!(all.is_empty(), !all.allows(start));
        prop_assert!(end.is_none_or(|end| !all.allows(end)));
        for one in each {
            let both = format!("{all}, {one}");
            let both = VersionRequirement::parse(&both).unwrap();
            prop_assert_eq!(both.is_empty(), all.excludes(&one) || all.is_empty());
        }
    }

    #[test]
    fn nothing_lies_between_a_version_and_the_next(a in versions(), b in versions()) {
        let (a, b) = (parse(&a).unwrap(), parse(&b).unwrap());
        let after = next(&a).unwrap();
        prop_assert!(a.cmp_precedence(&after).is_lt());
        prop_assert!(a.cmp_precedence(&b).is_ge() || after.cmp_precedence(&b).is_le());
    }
}

/// The table of `docs/values.md` says what each requirement means.
#[test]
fn the_documented_ranges_are_those_of_the_program() {
    let page = include_str!("../../docs/values.md");
    let (_, table) = page.split_once("| requirement | from | to below |\n").unwrap();
    let rows: Vec<&str> = table.lines().skip(1).take_while(|line| line.starts_with('|')).collect();
    assert!(10 < rows.len());
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, requirements, start, end, _] = cells[..] else { panic!("{row}") };
        for text in requirements.split('`').skip(1).step_by(2) {
            let requirement = VersionRequirement::parse(text).unwrap();
            // The words of a row that names one version: what comes after that.
            let after = || next(&parse(text.trim_start_matches(['=', '>'])).unwrap()).unwrap();
            let said = |cell: &str| parse(cell).unwrap_or_else(after);
            let start = if start.is_empty() { parse("0.0.0-0").unwrap() } else { said(start) };
            let end = (!end.is_empty()).then(|| said(end));
            assert_eq!(requirement.range(), (&start, end.as_ref()), "{text}");
        }
    }
}
