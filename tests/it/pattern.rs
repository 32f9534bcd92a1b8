//! Patterns: they mean what the `regex` crate means by them, and take a bounded amount of memory.

use flagstaff::definition::patterns::PATTERNS_SIZE_BYTES_MAX;
use flagstaff::engine::pattern::{
    PATTERN_LENGTH_BYTES_MAX, PATTERN_SIZE_BYTES_MAX, Pattern, PatternError,
};
use proptest::{collection::vec, prelude::*, sample::select};
use regex::RegexBuilder;

use crate::{cases::cases, compile::gate};

const CORPUS: &str = include_str!("../tables/patterns.txt");
/// The most that `regex` may take here.
const GENEROUS_BYTES: usize = 256 << 20;

/// One pattern, what it matches, and what it does not.
struct Row {
    pattern: &'static str,
    texts: Vec<(String, bool)>,
}

fn corpus() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (first, rest) = line.split_once(' ').expect(line);
        if first == "matches" {
            rows.push(Row { pattern: rest, texts: Vec::new() });
            continue;
        }
        let texts = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let row = rows.last_mut().expect(line);
        row.texts.extend(texts.map(|text| (text.expect(line), first == "+")));
    }
    rows
}

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"))
}

/// Whether the `regex` crate finds it.
fn reference(pattern: &str) -> regex::Regex {
    RegexBuilder::new(pattern).size_limit(GENEROUS_BYTES).build().expect(pattern)
}

/// Lists of names as people generate them.
fn lists() -> Vec<String> {
    let syllables = ["an", "ber", "cor", "dun", "el", "far", "gol", "hel", "in", "jor", "kel"];
    let names: Vec<String> = (0..400_usize)
        .map(|number| {
            let part = |of: usize| syllables[of % syllables.len()];
            format!("{}{}{}", part(number), part(number / 11), part(number / 121 + number))
        })
        .collect();
    let list = |from: usize, until: usize| names[from..until].join("|");
    let domains: Vec<String> = names.iter().map(|name| format!(r"{name}\.example")).collect();
    let users: Vec<String> = (0..700).map(|number| format!("u-{:06}", number * 1_427)).collect();
    vec![
        format!("^(?:{})$", list(0, 250)),
        format!("(?i)^(?:{})$", list(0, 250)),
        format!("(?i)(?:{})", list(100, 200)),
        format!(r"(?i)\b(?:{})\b", list(100, 300)),
        format!("@(?:{})$", domains[..300].join("|")),
        format!("(?i)@(?:{})$", domains[..300].join("|")),
        format!("^(?:{})$", users.join("|")),
        format!("^(?:{})-", list(0, 60)),
    ]
}

#[test]
fn patterns_that_people_write_are_accepted_and_mean_what_they_say() {
    let rows = corpus();
    assert!(80 < rows.len(), "{}", rows.len());
    for Row { pattern: written, texts } in rows {
        let (pattern, reference) = (pattern(written), reference(written));
        assert_eq!(pattern.as_str(), written);
        assert!(texts.iter().any(|(_, is_match)| *is_match), "{written}");
        for (text, expected) in &texts {
            assert_eq!(pattern.is_match(text), *expected, "{written} on {text:?}");
            assert_eq!(reference.is_match(text), *expected, "{written} on {text:?}");
        }
        let value = serde_json::to_string(written).unwrap();
        let definitions = format!(
            "{{\"flags\": {{\"f\": {{\"enabled\": true, \"targeting_rules\": [{{\"attribute\": \
             \"a\", \"operator\": \"matches\", \"value\": {value}}}]}}}}}}"
        );
        let said = gate(&[("flags/a.json", &definitions)]).diagnostics;
        assert!(said.is_empty(), "{written}: {said:?}");
    }
}

#[test]
fn lists_are_automata_of_a_bounded_size() {
    for written in lists() {
        let (pattern, reference) = (pattern(&written), reference(&written));
        assert_eq!(pattern.states(), None, "{written}");
        let texts = ["anberanx", "ANBER", "@kelcorin.example", "u-002854", "ananan", "ſanber-", ""];
        let own = written.split(['|', ':', ')']).filter(|part| part.len() < 30);
        let own = own.map(|part| part.replace('\\', ""));
        for text in texts.map(ToOwned::to_owned).into_iter().chain(own) {
            let expected = reference.is_match(&text);
            assert_eq!(pattern.is_match(&text), expected, "{written} on {text:?}");
        }
    }
}

#[test]
fn what_is_too_long_or_too_large_is_refused_with_its_size() {
    let large = |written: &str| match Pattern::new(written) {
        Err(PatternError::Large(large)) => large,
        other => panic!("{written}: {other:?}"),
    };
    assert_eq!(pattern(&"a".repeat(PATTERN_LENGTH_BYTES_MAX)).as_str().len(), 8192);
    assert!(matches!(
        Pattern::new(&"a".repeat(PATTERN_LENGTH_BYTES_MAX + 1)),
        Err(PatternError::Long(8193))
    ));
    let found = large(r"(\w{1000}){1000}");
    assert_eq!((found.places, found.bytes, found.is_repeated), (1_000_000, None, true));
    let found = large(r"(\w{1000}){1000}{1000}{1000}{1000}{1000}{1000}{1000}");
    assert_eq!((found.places, found.bytes), (u64::MAX, None));
    let found = large(r"[ab]*a[ab]{12000}c");
    assert_eq!(found.places, 12_003);
    assert!(found.bytes.is_some_and(|bytes| PATTERN_SIZE_BYTES_MAX < bytes), "{found:?}");
    // Just below the bound: everything that is accepted keeps it.
    for written in [r"[ab]*a[ab]{9000}c", r"\w{9000}", r"(?:a?b?){1500}z", "^[^a-z]{9000}$"] {
        let pattern = pattern(written);
        assert!(pattern.size_bytes() <= PATTERN_SIZE_BYTES_MAX, "{written}");
        assert!(pattern.states().is_none_or(|states| states < 11_000), "{written}");
    }
    assert!(
        matches!(Pattern::new("a("), Err(PatternError::Syntax(reason)) if reason == "unclosed group")
    );
}

#[test]
fn a_thread_keeps_a_bounded_amount_of_memory_for_all_patterns() {
    let large = [r"[ab]*a[ab]{9000}c", "(?:a?b?){1500}z", r"(?-u:\b)a\b"].map(ToOwned::to_owned);
    let many = (0..100).map(|number| format!(r"x{number}[ab]*a[ab]{{{}}}c", 30 + number % 90));
    let patterns: Vec<Pattern> = large.into_iter().chain(many).map(|text| pattern(&text)).collect();
    assert!(patterns.iter().all(|pattern| pattern.states().is_some()));
    // Of most patterns this text has a few sets of states, and of some more than there may be.
    let mixed: String = (0..1024_u32).map(|at| if at * at % 7 < 3 { "ab" } else { "b" }).collect();
    let texts = ["ab".repeat(600), format!("x7{mixed}"), "é".repeat(600)];
    let counted = allocation_counter::measure(|| {
        for text in &texts {
            for pattern in &patterns {
                let _ = pattern.is_match(text);
            }
        }
    });
    assert!(counted.bytes_max <= 1536 << 10, "{}", counted.bytes_max);
    assert!(counted.bytes_current <= 1 << 20, "{}", counted.bytes_current);
}

#[test]
fn states_are_found_out_once() {
    let patterns = ["foo.{0,50}bar", r"[ab]*a[ab]{30}c", r"(?-u:\b)a\b"].map(pattern);
    let texts = ["a foo and a bar", &"ab".repeat(40), "é a é"];
    let all = || {
        allocation_counter::measure(|| {
            for (pattern, text) in patterns.iter().zip(texts) {
                let _ = pattern.is_match(text);
            }
        })
    };
    assert_ne!(all().count_total, 0);
    assert_eq!(all().count_total, 0);
}

#[test]
fn patterns_with_too_many_sets_of_states_mean_the_same() {
    let mut seed = 1_u64;
    let mut letter = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        if seed.is_multiple_of(2) { 'a' } else { 'b' }
    };
    let random: String = (0..8192).map(|_| letter()).collect();
    for written in [r"[ab]*a[ab]{1000}c", r"[ab]*a[ab]{1000}$", r"(?-u:\b)a[ab]{600}b\b"] {
        let (pattern, reference) = (pattern(written), reference(written));
        for length in [8192, 1001, 1000, 602, 8191, 8192] {
            let text = &random[..length];
            assert_eq!(pattern.is_match(text), reference.is_match(text), "{written}, {length}");
        }
    }
}

#[test]
fn a_pattern_that_is_gone_has_no_successor() {
    // Another one may lie where it lay; what was found out for the first holds for that only.
    for number in 0..200 {
        let written = format!("x{number}.{{0,50}}y");
        let text = format!("x{number}--y");
        assert!(pattern(&written).is_match(&text), "{written}");
    }
}

#[test]
fn no_automaton_allocates() {
    for Row { pattern: written, texts } in corpus() {
        let pattern = pattern(written);
        if pattern.states().is_some() {
            continue;
        }
        let counted = allocation_counter::measure(|| {
            for (text, _) in &texts {
                let _ = pattern.is_match(text);
            }
        });
        assert_eq!(counted.count_total, 0, "{written}");
    }
}

/// Characters at the edges of what patterns tell apart.
const LETTERS: [&str; 24] = [
    "a", "b", "z", "A", "Z", "k", "K", "\u{212a}", "s", "\u{17f}", "_", "0", "9", "-", " ", "\n",
    "\r", "é", "ß", "\u{301}", "٣", "東", "😀", "\u{7f}",
];

/// A pattern, as likely as not with something in it that is rare.
fn patterns() -> impl Strategy<Value = String> {
    let letters = select(&LETTERS[..]).prop_map(|letter| match letter {
        "-" => r"\-".to_owned(),
        letter => letter.to_owned(),
    });
    let classes = select(
        &[
            ".",
            r"\w",
            r"\W",
            r"\d",
            r"\D",
            r"\s",
            r"\S",
            "[a-z]",
            "[^a-z]",
            "[ab_]",
            r"[^\n]",
            r"\pL",
            r"\p{Lu}",
            r"[\w--[a-c]]",
            "[é-東]",
            r"(?s:.)",
            "(?-u:[a-f])",
            r"(?-u:\w)",
            "[[:punct:]]",
            r"\PL",
            r"(?R:.)",
            r"[^\w\s]",
        ][..],
    );
    let looks = select(
        &[
            "^",
            "$",
            r"\A",
            r"\z",
            r"\b",
            r"\B",
            "(?m:^)",
            "(?m:$)",
            "(?mR:^)",
            "(?mR:$)",
            r"(?-u:\b)",
            r"(?-u:\B)",
            r"\b{start}",
            r"\b{end}",
            r"\b{start-half}",
            r"\b{end-half}",
            r"(?-u:\b{start})",
            "",
        ][..],
    );
    let leaf = prop_oneof![
        4 => letters,
        3 => classes.prop_map(str::to_owned),
        2 => looks.prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let times = select(&["*", "+", "?", "{2}", "{1,3}", "{0}", "{2,}", "*?", "??"][..]);
        prop_oneof![
            4 => vec(inner.clone(), 1..6).prop_map(|parts| parts.concat()),
            2 => vec(inner.clone(), 1..5).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            2 => (inner.clone(), times).prop_map(|(part, times)| format!("(?:{part}){times}")),
            1 => inner.clone().prop_map(|part| format!("(?i:{part})")),
            1 => inner.prop_map(|part| format!("({part})")),
        ]
    })
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(vec(select(&LETTERS[..]), 0..12).prop_map(|letters| letters.concat()), 12)
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn a_pattern_means_what_the_regex_crate_means((written, texts) in (patterns(), texts())) {
        let reference = reference(&written);
        let pattern = Pattern::new(&written).map_err(|refused| {
            TestCaseError::fail(format!("{written}: {refused:?}"))
        })?;
        for text in texts.iter().map(String::as_str).chain(["", "a", "\n", "é"]) {
            let expected = reference.is_match(text);
            prop_assert_eq!(pattern.is_match(text), expected, "{} on {:?}", written, text);
        }
    }
}

/// Flags with one pattern each, in as many files as they need.
fn flags_with(patterns: impl Iterator<Item = String>) -> Vec<(String, String)> {
    let flags: Vec<String> = patterns
        .enumerate()
        .map(|(number, written)| {
            format!(
                "  f{number}: {{ enabled: true, targeting_rules: [{{ attribute: a, operator: \
                 matches, value: '{written}' }}] }}\n"
            )
        })
        .collect();
    let file = |(index, flags): (usize, &[String])| {
        (format!("flags/{index:03}.yaml"), format!("flags:\n{}", flags.concat()))
    };
    flags.chunks(100).enumerate().map(file).collect()
}

#[test]
fn all_patterns_together_have_a_bound() {
    let long = "x".repeat(60);
    let list = |number: usize| {
        let names: Vec<String> = (0..110).map(|name| format!("{long}{number}n{name}")).collect();
        format!("^({})$", names.join("|"))
    };
    let size_bytes = pattern(&list(100)).size_bytes();
    let most = PATTERNS_SIZE_BYTES_MAX / size_bytes;
    let said = |patterns: &mut dyn Iterator<Item = String>| {
        let files = flags_with(patterns);
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&**a, &**b)).collect();
        gate(&files).diagnostics
    };
    // What is written several times is kept once, however often.
    assert!(said(&mut (0..3 * most).map(|number| list(number % 100))).is_empty());
    assert!(said(&mut (0..most - 3).map(list)).is_empty());
    let found = said(&mut (0..most + 50).map(list));
    let [only] = &*found else { panic!("{found:?}") };
    assert_eq!(only.code.id(), "pattern-too-large");
    assert!(only.message.to_string().contains("take more than 16 MiB"), "{}", only.message);
    assert_eq!(only.related.len(), 5);
    let expected = format!("takes {} KiB", size_bytes.div_ceil(1024));
    assert!(
        only.related.iter().all(|largest| largest.message.to_string().ends_with(&expected)),
        "{only:?}"
    );
}
