//! Simple case folding: against another source of Unicode's tables, and what follows from it.

use flagstaff::engine::{
    case_folding::{compare, ends_with, fold, folded, is_same, same_letters, starts_with},
    comparison::Comparison,
    operator::Operator,
    value::Value,
};

/// What Unicode folds a letter to: the statuses C and S of `CaseFolding.txt`.
fn folded_by_unicode(letter: char) -> char {
    let folded = unicode_case_mapping::case_folded(letter);
    folded.map_or(letter, |folded| char::from_u32(folded.get()).unwrap())
}

/// The representatives need not be Unicode's own: what counts is which letters are the same.
#[test]
fn the_same_letters_are_the_same_as_in_unicode() {
    let (mut wrong, mut changed) = (Vec::new(), 0);
    for letter in '\0'..=char::MAX {
        let (ours, theirs) = (fold(letter), folded_by_unicode(letter));
        let is_same_class = fold(theirs) == ours && folded_by_unicode(ours) == theirs;
        if !is_same_class || fold(ours) != ours {
            wrong.push(letter);
        }
        changed += usize::from(theirs != letter);
    }
    assert_eq!(wrong, Vec::<char>::new());
    // The number of lines of statuses C and S in Unicode 16.
    assert_eq!(changed, 1_484);
}

#[test]
fn what_a_pattern_ignores_is_what_is_folded() {
    for letter in ["K", "k", "\u{212A}", "s", "ſ", "ß", "ẞ", "İ", "ı", "Ω", "ς", "Ꭰ", "ꭰ", "中"]
    {
        let letter = letter.chars().next().unwrap();
        let pattern = regex::Regex::new(&format!("^(?i:{letter})$")).unwrap();
        let same = same_letters(letter);
        for other in '\0'..=char::MAX {
            let is_same = fold(other) == fold(letter);
            assert_eq!(same.contains(&other), is_same, "{letter} {other}");
            if is_same || other < '\u{3000}' {
                assert_eq!(pattern.is_match(&other.to_string()), is_same, "{letter} {other}");
            }
        }
    }
}

#[test]
fn texts_that_differ_in_length_once_they_are_folded() {
    for (text, expected) in [
        ("", ""),
        ("Straße", "straße"),
        ("STRAẞE", "straße"),
        ("STRASSE", "strasse"),
        ("\u{212A}elvin", "kelvin"),
        ("ſtaff", "staff"),
        ("İstanbul", "İstanbul"),
        ("ISTANBUL", "istanbul"),
        ("ılık", "ılık"),
        ("中国 123 🙂", "中国 123 🙂"),
    ] {
        assert!(is_same(text, &folded(expected)), "{text}");
        assert_eq!(folded(text), folded(expected), "{text}");
        assert_eq!(compare(text, &folded(expected)), std::cmp::Ordering::Equal, "{text}");
        assert!(starts_with(text, &folded(expected)) && ends_with(text, &folded(expected)));
    }
    assert!(!is_same("STRASSE", &folded("Straße")));
    assert!(!is_same("istanbul", &folded("İSTANBUL")));
    assert!(is_same("ΣΊΣΥΦΟΣ", &folded("σίσυφος")));
}

/// A comparison that ignores case holds for a value exactly if it holds, as one in which case
/// matters, for the value folded.
#[test]
fn a_folded_comparison_is_one_of_folded_texts() {
    let texts =
        ["", "a", "A", "ab", "aB", "BA", "k", "\u{212A}b", "ſ", "S", "ß", "ẞ", "ss", "Ab k"];
    for operator in ["eq", "neq", "in", "not_in", "contains", "starts_with", "ends_with"] {
        let operator = Operator::find(operator).unwrap();
        for first in texts {
            for second in texts {
                let value = |first: &str, second: &str| match operator.name {
                    "eq" | "neq" => Value::String(first.to_owned().into()),
                    _ => Value::Array(vec![
                        Value::String(first.to_owned().into()),
                        Value::String(second.to_owned().into()),
                    ]),
                };
                let ignoring = operator.compare_ignoring_case(&value(first, second)).unwrap();
                let exact = operator.compare_with(&value(&folded(first), &folded(second))).unwrap();
                for text in texts {
                    let holds = |comparison: &Comparison, text: &str| {
                        let text = Value::String(text.to_owned().into());
                        let list = Value::Array(vec![Value::Bool(true), text.clone()]);
                        [comparison.holds(Some(&text)), comparison.holds(Some(&list))]
                    };
                    assert_eq!(
                        holds(&ignoring, text),
                        holds(&exact, &folded(text)),
                        "{text} {} {first} {second}",
                        operator.name
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_is_allocated_for_a_question() {
    let many: Vec<String> = (0..100).map(|number| format!("\"STAFF-{number}\"")).collect();
    let many = format!("[{}]", many.join(","));
    let value = |json: &str| serde_json::from_str::<Value<'_>>(json).unwrap().into_owned();
    let question = [value("\"ſtaff-\u{212A}\""), value("[\"x\", \"ſtaff-99\", [\"A\"]]")];
    for operator in ["eq", "in", "not_in", "contains", "starts_with", "ends_with"] {
        let comparison =
            Operator::find(operator).unwrap().compare_ignoring_case(&value(&many)).unwrap();
        let counted = allocation_counter::measure(|| {
            for value in &question {
                std::hint::black_box(comparison.holds(Some(value)));
            }
        });
        assert_eq!(counted.count_total, 0, "{operator}");
    }
}
