//! What our reader accepts, `serde_yaml` reads as the same value, but for known differences.

use std::{collections::BTreeSet, fs, path::Path};

use flagstaff::{diagnostics::place::FileId, yaml::document::parse};
use serde_json::Value;

/// What stands between values in a document, and how it is put into one.
const CONTEXTS: [&str; 5] = ["{}\n", "a: {} # c\n", "- {}\n- b\n", "[{}, {a: {}}]", "{}: a\n"];

const SCALARS: &[&str] = &[
    "a",
    "one two",
    "NO",
    "no",
    "on",
    "off",
    "yes",
    "y",
    "True",
    "true",
    "TRUE",
    "tRUE",
    "false",
    "null",
    "Null",
    "~",
    "nil",
    "0",
    "-0",
    "+0",
    "1",
    "+1",
    "-1",
    "12345678901",
    "9007199254740991",
    "-9007199254740991",
    "00",
    "0755",
    "-012",
    "1_000",
    "0x1F",
    "0x1f",
    "0X1F",
    "0o17",
    "0o8",
    "0b101",
    "+0x1F",
    "-0x1F",
    "+0o17",
    "-0o17",
    "+0b1",
    "0x",
    "1.0",
    "1.20",
    "-0.0",
    ".5",
    "-.5",
    "+.5",
    "5.",
    "5.e3",
    "1e3",
    "1E+3",
    "1e-3",
    "12e03",
    "007.5",
    "1e-400",
    "1e",
    "e3",
    ".e3",
    ".",
    "..",
    "1.2.3",
    "1.5e",
    "+",
    "++1",
    "+-1",
    "-+1",
    "inf",
    "nan",
    "-inf",
    "Infinity",
    ".Inf.",
    "1:30",
    "2026-12-01",
    "2026-12-01T00:00:00Z",
    "10.0.0.0/8",
    ">=2.1",
    "a:b",
    "a#b",
    "-a",
    "?a",
    ":a",
    "\"\"",
    "''",
    "'it''s'",
    "'NO'",
    "\"1\"",
    "\"\\u00e9\\x41\\t\\\\ \\\"\"",
    "\"\\e\\a\\_\\N\"",
    "\"a # b: c\"",
    "é",
    "😀",
    "a\u{a0}b",
    "\"\\ud83d\\ude00\"",
    "\"\u{85}\"",
    "a\u{2028}b",
    "\"\u{feff}\"",
    "'\t'",
    "٣",
    "½",
];

const DOCUMENTS: &[&str] = &[
    "a: 1\nb: 2\n",
    "a:\n  b:\n    c: d\n",
    "a:\n- 1\n- 2\n",
    "a:\n  - 1\n  - 2\nb: 3\n",
    "- - 1\n  - 2\n- 3\n",
    "- a: 1\n  b: 2\n- c: 3\n",
    "-\n  a: 1\n",
    "a:\n  -\n  - b\n",
    "a:\nb:\n",
    "a: {}\nb: []\n",
    "{}",
    "[]",
    "{a: 1, b: [c, {d: e}]}\n",
    "[a, [b, [c]]]\n",
    "{a, b: }\n",
    "[a: 1, b]\n",
    "{\"a\":1,\"b\":[true,null]}",
    "{\"a\": {\"b\": {}},\n \"c\": []}\n",
    "{\n\t\"a\": [\n\t\t1\n\t]\n}\n",
    "[a,\n b,\n\n c]\n",
    "[\na,\nb,\n]\n",
    "a: [1, 2\n]\n",
    "a: {b: 1,\n  c: 2}\n",
    "{a: [1, 2,], }\n",
    "a: one\n  two\n",
    "a: one\n\n  two\n",
    "a: 'one\n  two'\n",
    "a: \"one\n  two\\\n  three\"\n",
    "a: \"one\\n\n  two\"\n",
    "a: |\n  one\n  two\n",
    "a: |\n  one\n\n  two\n\n\nb: 1\n",
    "a: |-\n  one\n",
    "a: |+\n  one\n\n\nb: 1\n",
    "a: >\n  one\n  two\n\n  three\n",
    "a: >-\n  one\n   two\n  three\n",
    "a: >+\n  one\n\n",
    "a: |2\n    one\n  two\n",
    "a: |1-\n one\n",
    "a: |\n  one",
    "a: >\n  one\n  two",
    "a: |-\n  one",
    "a: |\nb: 1\n",
    "a: |\n\nb: 1\n",
    "a: >\n\n  one\n",
    "a: |\n  # no comment\n  b\n",
    "a: |\n \tb\n",
    "- |\n  a\n- >\n  b\n",
    "# c\na: 1\n",
    "a: 1 # c\n# c\n  # c\nb: 2\n",
    "a: # c\n  b\n",
    "a: # c\n  - b # c\n  # c\n  - d\n",
    "a: [1, # c\n  2]\n",
    "---\na: 1\n",
    "---\na: 1\n...\n",
    "--- a\n",
    "--- |\n a\n",
    "a: 1\n...\n",
    "%YAML 1.2\n---\na: 1\n",
    "# c\n---\n# c\na: 1\n",
    "\u{feff}a: 1\n",
    "a: 1\r\nb:\r\n  - 2\r\n",
    "a: |\r\n  b\r\n  c\r\n",
    "a: 1\rb: 2\r",
    "a: 'b\r\n  c'\r\n",
    "? a\n: b\n",
    "? a\n",
    "? a\n? b\n",
    "?\n: b\n",
    ": b\n",
    "{: b}\n",
    "{? a : b}\n",
    "\"a\": 1\n'b': 2\n",
    "a b: c d\n",
    "1: 2\n",
    "1.20: a\n",
    "true: a\n",
    "~: a\n",
    "NO: a\n",
    "0x1F: a\n",
    "'1': a\n",
    "\"<<\": a\n",
    "a:\t1\n",
    "a: \t1\n",
    "a: 1\t# c\n",
    "-\ta\n",
    "- \ta\n",
    "a:  \n  b:   \n    c\n",
    "a:\n    b: 1\nc:\n  d: 2\n",
    "\n\n\na: 1\n\n\n",
    "a: 1",
    "  a: 1\n  b: 2\n",
    "a\n",
    "'a'\n",
    "a\nb\n",
    "ключ: значение\n",
    "a: b # é\nc: 😀\n",
    "a: - b\n",
    "a: b: c\n",
    "http://a.example: b\n",
    "a: http://b.example:80/c#d\n",
    "a: b,c\n",
    "a: [b:c, d]\n",
    "a: {b:c: d}\n",
    "{\"a\":b}\n",
    "{a:b}\n",
    "[\"a\":b]\n",
    "a: *b\n",
    "a: >= 2, <3\n",
    "a: '>= 2, <3'\n",
    "- b\n \t- c\n",
    "a: \"b\n\n\n  c\"\n",
    "a: ''\nb: \"\"\n",
    "- ''\n- ' '\n",
    "a: '  b  '\n",
    "a: x y   \nb: 1\n",
    "a: x\n   y\n\n\n  z\n",
    "- a\n-  b\n-   - c\n",
    "a:\n  ? b\n  : c\n  ? d\n  : - e\n",
    "a: [{b: c}, {b: d}]\n",
    "[[], {}, [[]], [{}]]\n",
    "a: 'b # c'\nd: e#f\n",
    "a: \"\\/\"\n",
    "a: \"\\\n  b\"\n",
    "a: @b\n",
    "a: 'b\n\n  c'\n",
    "a: !\n",
    "a: 1\n b: 2\n",
    "a: {b: 'c', \"d\": e}\n",
    "a: !!int 1\n",
    "a: ?b\n",
    "a: -\n",
    "a: b\n\n\nc: d\n",
    "- [a, b]: c\n",
    "a: [\n b\n ]\nc: d\n",
    "a: \"b\n c\"\nd: e\n",
    "a:\n  \"b\":\n    'c':\n      d\n",
    "a: b\n# c\n",
    "a: |\n  b\n# c\nd: e\n",
    "a: >\n  b\n\n   c\n\n  d\n",
    "a: \"tab\\tend\"\n",
    "a: a\tb\n",
    "a: |\n  b\tc\n",
    "a: [a\tb]\n",
    "a: 'b'\t\n",
    "a: |\n  b  \n",
    "a: >\n  b  \n  c\n",
];

/// What `serde_yaml` reads otherwise wherever it stands, and why.
const OTHER_SCALARS: &[(&str, &str)] = &[
    ("0b1", "numbers in base 2 are not in the core schema of YAML 1.2, so this is a string"),
    ("+0x1F", "nor is a sign before a number in base 16"),
    ("-0x1F", "nor is a sign before a number in base 16"),
    ("+0o17", "nor before one in base 8"),
    ("-0o17", "nor before one in base 8"),
    (
        "[?a",
        "a `?` that no space follows begins a plain scalar, which libyaml knows outside of \
             brackets only",
    ),
    ("[:a", "and so does a `:`"),
    (
        "\\ud83d\\ude00",
        "JSON writes a character beyond U+FFFF as two escapes, which libyaml refuses",
    ),
    ("\u{85}", "U+0085 broke lines in YAML 1.1, which libyaml follows, and does not in YAML 1.2"),
    ("\u{2028}", "U+2028 likewise"),
];

/// Documents that `serde_yaml` reads otherwise, and why.
const OTHER_DOCUMENTS: &[(&str, &str)] = &[
    ("a: |\n \tb\n", "the tab comes after the indentation and belongs to the text"),
    (": b\n", "a key may be empty, which libyaml refuses"),
    ("{: b}\n", "a key may be empty, which libyaml refuses"),
    ("-\ta\n", "a tab may follow the dash, which libyaml refuses"),
    ("- \ta\n", "a tab may follow the dash, which libyaml refuses"),
];

/// Every document: each scalar in each context, then the others, then the examples.
fn documents() -> Vec<String> {
    let contexts = |scalar: &&str| CONTEXTS.map(|context| context.replace("{}", scalar));
    let mut documents: Vec<String> = SCALARS.iter().flat_map(contexts).collect();
    documents.extend(DOCUMENTS.iter().map(|text| (*text).to_owned()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("flags"), root.join("deploy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "yaml") {
                documents.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    documents
}

#[test]
fn serde_yaml_reads_the_same() {
    let mut accepted = 0;
    let mut unexpected = String::new();
    let mut met = BTreeSet::new();
    for text in documents() {
        let Ok(node) = parse(FileId(0), text.as_bytes()) else { continue };
        accepted += 1;
        let theirs = serde_yaml::from_str::<Value>(&text).map_err(|error| error.to_string());
        if theirs.as_ref() == Ok(&node.to_json()) {
            continue;
        }
        let scalar = OTHER_SCALARS.iter().find(|(scalar, _)| text.contains(scalar));
        let document = OTHER_DOCUMENTS.iter().find(|(document, _)| text == *document);
        match document.or(scalar) {
            Some((part, _)) => _ = met.insert(*part),
            None => unexpected += &format!("{text:?}\n  {}\n  {theirs:?}\n", node.to_json()),
        }
    }
    assert!(unexpected.is_empty(), "\n{unexpected}");
    assert!(500 <= accepted, "only {accepted} documents");
    for (part, reason) in OTHER_SCALARS.iter().chain(OTHER_DOCUMENTS) {
        assert!(met.contains(part), "{part:?} is no difference any more: {reason}");
    }
}
