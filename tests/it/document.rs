//! Text to values that know their place.

use std::fmt::Write as _;

use flagstaff::{
    diagnostics::{
        diagnostic::Diagnostic,
        place::{FileId, Place},
    },
    yaml::{
        document::{NESTING_MAX, parse},
        findings::PROBLEMS_MAX,
        node::{Node, NodeValue},
    },
};
use proptest::prelude::*;

use crate::{cases::cases, table};

/// A line each: `line:column-line:column rule: message (suggest …)`; after `|`, what is related.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let mut lines = Vec::new();
    for it in diagnostics {
        let flag = it.flag.as_ref().map(|key| format!(" [{key}]")).unwrap_or_default();
        let hint = it.suggestion.as_ref().map(|it| format!(" (suggest {it})")).unwrap_or_default();
        lines.push(format!("{} {}{flag}: {}{hint}", span(it.place), it.code.id(), it.message));
        lines.extend(it.related.iter().map(|it| format!("| {} {}", span(it.place), it.message)));
    }
    lines.join("\n")
}

fn span(place: Place) -> String {
    let Place { line, column, end_line, end_column, .. } = place;
    format!("{line}:{column}-{end_line}:{end_column}")
}

/// The document as JSON that keeps numbers as they are written, or everything that is wrong.
fn read(text: impl AsRef<[u8]>) -> String {
    match parse(FileId(0), text.as_ref()) {
        Err(problems) => render(&problems),
        Ok(node) => json(&node),
    }
}

fn json(node: &Node) -> String {
    let mut json = String::new();
    node.write_json(&mut json);
    json
}

/// Every key and value with its place, a line each.
fn places(text: &str) -> String {
    fn walk(node: &Node, indentation: usize, out: &mut String) {
        let indentation = indentation + 2;
        match &node.value {
            NodeValue::List(items) => {
                writeln!(out, "{} a list", span(node.place)).unwrap();
                for item in items {
                    write!(out, "{:indentation$}", "").unwrap();
                    walk(item, indentation, out);
                }
            }
            NodeValue::Map(entries) => {
                writeln!(out, "{} a mapping", span(node.place)).unwrap();
                for entry in entries {
                    let (key, place) = (&entry.key, span(entry.key_place));
                    write!(out, "{:indentation$}{place} {key}: ", "").unwrap();
                    walk(&entry.node, indentation, out);
                }
            }
            _ => writeln!(out, "{} {}", span(node.place), json(node)).unwrap(),
        }
    }
    match parse(FileId(0), text.as_bytes()) {
        Err(problems) => render(&problems),
        Ok(node) => {
            let mut out = String::new();
            walk(&node, 0, &mut out);
            out.trim_end().to_owned()
        }
    }
}

#[test]
fn what_is_no_document_is_said_exactly() {
    table::check("document.txt", |text| match parse(FileId(0), text.as_bytes()) {
        Err(problems) => render(&problems),
        Ok(node) => format!("read as {}", json(&node)),
    });
}

#[test]
fn every_key_and_value_knows_its_place() {
    table::check("places.txt", places);
}

#[test]
fn numbers_are_json_text_of_what_was_written() {
    // As written, but for what JSON cannot say.
    for same in ["0", "1", "-1", "10", "1.20", "-0.5", "0.0", "-0.0", "1e3", "1E+3", "1.5e-10"] {
        assert_eq!(read(same), same);
    }
    for (written, expected) in [
        ("+5", "5"),
        ("-0", "0"),
        ("+0", "0"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("+.5e1", "0.5e1"),
        ("5.", "5.0"),
        ("-5.", "-5.0"),
        ("5.e3", "5.0e3"),
        ("+1.50", "1.50"),
        ("007.5", "7.5"),
        ("-00.0", "-0.0"),
        ("012e3", "12e3"),
        ("0x1F", "31"),
        ("0x0", "0"),
        ("0o17", "15"),
        ("0x1FFFFFFFFFFFFF", "9007199254740991"),
        ("9007199254740991", "9007199254740991"),
        ("-9007199254740991", "-9007199254740991"),
        ("1e-400", "1e-400"),
    ] {
        assert_eq!(read(written), expected, "{written}");
    }
}

#[test]
fn what_looks_like_something_else_is_a_string() {
    for word in [
        "NO",
        "no",
        "on",
        "off",
        "yes",
        "y",
        "n",
        "Yes",
        "tRUE",
        "nULL",
        "Nil",
        "None",
        "0755",
        "00",
        "-012",
        "+07",
        "1_000",
        "0b101",
        "0x",
        "0xG",
        "0o8",
        "-0x1F",
        "+0o7",
        "0X1F",
        "1e",
        "1e+",
        "e3",
        ".",
        "-",
        "+",
        "+-1",
        "--1",
        ".e3",
        "1.2.3",
        "1,5",
        "inf",
        "nan",
        "NaN",
        "-.nan",
        ".infinity",
        "12:30:45",
        "2026-12-01",
        "192.168.0.1",
        "1 2",
        "٣",
    ] {
        // `-` alone begins a list where a value may begin, so it stands in quotes there.
        let text = if word == "-" { "'-'".to_owned() } else { word.to_owned() };
        assert_eq!(read(&text), serde_json::to_string(word).unwrap(), "{word}");
    }
    for (word, expected) in [("~", "null"), ("Null", "null"), ("TRUE", "true"), ("False", "false")]
    {
        assert_eq!(read(word), expected);
        let quoted = serde_json::to_string(word).unwrap();
        assert_eq!(read(&quoted), quoted);
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_said_to_be() {
    let not_utf_8 = "save the file as UTF-8";
    assert_eq!(
        read(b"a: 1\nb: caf\xE9\n"),
        format!("2:7-2:8 not-utf-8: the byte 0xE9 is not UTF-8 here: {not_utf_8}")
    );
    assert_eq!(
        read(b"\xEF\xBB\xBFn\xC3\xA4: \xFF"),
        format!("1:5-1:6 not-utf-8: the byte 0xFF is not UTF-8 here: {not_utf_8}")
    );
    for bytes in [&b"\xFF\xFEa\0:\0"[..], b"\xFE\xFF\0a\0:", b"a\0:\0 \x001\0", b"\0a\0:\0 \x001"] {
        assert_eq!(read(bytes), "1:1-1:1 not-utf-8: the file is UTF-16: save it as UTF-8");
    }
}

#[test]
fn what_is_fine_is_read() {
    for (text, expected) in [
        ("\u{FEFF}a: 1\n", r#"{"a":1}"#),
        ("a: 1\r\nb:\r\n  - x\r\n", r#"{"a":1,"b":["x"]}"#),
        ("# c\na: 1 # c\n\n# c\nb: 2\n", r#"{"a":1,"b":2}"#),
        ("---\na: 1\n...\n", r#"{"a":1}"#),
        ("%YAML 1.2\n---\na: 1\n", r#"{"a":1}"#),
        ("{\n\t\"a\": [\n\t\t1,\n\t\t{\"b\": null}\n\t]\n}\n", r#"{"a":[1,{"b":null}]}"#),
        (r#"{"a": "\ud83d\ude00\u0007\/\n"}"#, r#"{"a":"😀\u0007/\n"}"#),
        ("ключ: значение\n鍵: 値\n", r#"{"ключ":"значение","鍵":"値"}"#),
        ("\"<<\": 1\n'*a': '&b'\n", r#"{"<<":1,"*a":"&b"}"#),
        ("1: a\ntrue: b\n~: c\n1.20: d\n", r#"{"1":"a","true":"b","~":"c","1.20":"d"}"#),
        ("a: |\n  x\n   y\n\nb: >-\n  x\n  y\n", r#"{"a":"x\n y\n","b":"x y"}"#),
        ("a: |\n  no line feed at the end", r#"{"a":"no line feed at the end"}"#),
        ("a: '======='\nb: \"\n=======\n\"\n", r#"{"a":"=======","b":" ======= "}"#),
        ("a: [1, 2\n]\nb: {\n}\n", r#"{"a":[1,2],"b":{}}"#),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nest = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(read(nest(NESTING_MAX)), nest(NESTING_MAX));
    let too_deep = "too-deep: more than 32 lists and mappings inside one another";
    for text in [nest(NESTING_MAX + 1), nest(10_000), "[".repeat(1 << 20)] {
        assert_eq!(read(text), format!("1:33-1:34 {too_deep}"));
    }
    let deep = |depth: usize| (0..depth).map(|it| format!("{}a:\n", " ".repeat(it))).collect();
    let (fits, deeper): (String, String) = (deep(NESTING_MAX), deep(3_000));
    assert!(read(fits).ends_with(&format!("null{}", "}".repeat(NESTING_MAX))));
    assert_eq!(read(deeper), format!("33:33-33:34 {too_deep}"));
    assert_eq!(read("- ".repeat(1 << 19)), format!("1:65-1:66 {too_deep}"));
    assert_eq!(read("? ".repeat(1 << 19)), format!("1:65-1:66 {too_deep}"));
    assert_eq!(read("{a: [".repeat(1 << 17)), format!("1:81-1:82 {too_deep}"));
}

#[test]
fn nothing_takes_time_or_memory_out_of_proportion() {
    let million = 1 << 20;
    let scalar = "x".repeat(million);
    assert_eq!(read(format!("a: {scalar}\n")), format!(r#"{{"a":"{scalar}"}}"#));
    assert_eq!(read(format!("a: \"{scalar}\"")).len(), million + 8);
    assert_eq!(read(format!("[{}1]", "[],".repeat(million / 4))).len(), million / 4 * 3 + 3);
    assert_eq!(read(format!("a: {}", "1".repeat(million))).lines().count(), 1);
    assert_eq!(read("# c\n".repeat(million / 4)).lines().count(), 1);
    let laughs = (1..10).map(|it| format!("a{it}: &a{it} [*a{0}, *a{0}]\n", it - 1));
    assert_eq!(read(format!("a0: &a0 ha\n{}", laughs.collect::<String>())).lines().count(), 28);
    let keys: String = (0..million / 9).map(|it| format!("k{it:06}:\n")).collect();
    assert_eq!(read(&keys).matches(":null").count(), million / 9);
    let twice = read(keys.clone() + &keys);
    assert_eq!(twice.matches(" duplicate-key: ").count(), PROBLEMS_MAX);
    let left_out = million / 9 - PROBLEMS_MAX;
    let last =
        format!("1:1-1:1 too-many-problems: {left_out} more problems in this file are not shown");
    assert_eq!(twice.lines().last(), Some(&*last));
}

/// What YAML is made of, and what it trips over.
const PIECES: &[&str] = &[
    "a",
    "b: ",
    ": ",
    "- ",
    "? ",
    "\n",
    "\n  ",
    "\n\t",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "|",
    ">",
    "|2-",
    "&x ",
    "*x",
    "!t ",
    "!!str ",
    "<<",
    "#",
    " # c\n",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "\u{FEFF}",
    "\r\n",
    "\r",
    "\0",
    "é",
    "😀",
    "\u{85}",
    "\u{2028}",
    "\\",
    "\\u12",
    "0x1F",
    "1e9",
    ".inf",
    "~",
    "true",
    "=======\n",
    "<<<<<<< a\n",
    ">",
    "@",
    "`",
    "%",
];

/// Bytes, and pieces of YAML put together by chance.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let soup = prop::collection::vec(prop::sample::select(PIECES), 0..40);
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..64),
        4 => soup.prop_map(|pieces| pieces.concat().into_bytes()),
    ]
}

/// Whether every place lies where it can: in the text, in order, inside what it is part of.
fn check_places(node: &Node, text: &str) {
    let lines = text.split('\n').count() as u32;
    let Place { line, column, end_line, end_column, .. } = node.place;
    assert!(0 < line && 0 < column && end_line <= lines, "{text:?} {node:?}");
    assert!((line, column) <= (end_line, end_column), "{text:?} {node:?}");
    let entries = node.as_map().unwrap_or_default();
    entries.iter().for_each(|entry| check_places(&entry.node, text));
    node.as_list().unwrap_or_default().iter().for_each(|item| check_places(item, text));
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn no_bytes_are_too_much_for_it(bytes in any_text()) {
        match parse(FileId(7), &bytes) {
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let says = |it: &Diagnostic| it.message.to_string();
                prop_assert!(problems.iter().all(|it| !says(it).contains(char::is_control)));
                prop_assert!(problems.iter().all(|it| it.place.file == FileId(7)));
            }
            Ok(node) => {
                // What JSON writes, YAML reads.
                let json = json(&node);
                prop_assert_eq!(read(&json), json);
                check_places(&node, &String::from_utf8_lossy(&bytes).replace('\r', "\n"));
            }
        }
    }
}
