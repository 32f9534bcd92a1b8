//! Just enough of Rust's grammar to see what a file imports and how long its functions are.

/// The text with comments and the insides of strings and characters as spaces; lines stay lines.
pub(crate) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => 1 + quoted_length(&rest[1..]),
            'r' | 'b' if !ends_in_word(&code) => raw_length(rest).unwrap_or(0),
            '\'' => character_length(rest).unwrap_or(0),
            _ => 0,
        };
        if length == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (skipped, after) = rest.split_at(length);
        code.extend(skipped.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    code
}

/// Every path that begins with `crate::`, lists in braces spelled out: `engine::flag::Flag`.
pub(crate) fn crate_paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("crate::") {
        let is_word = ends_in_word(&rest[..start]);
        rest = &rest[start + "crate::".len()..];
        if !is_word {
            tree(rest, "", &mut paths);
        }
    }
    paths
}

/// The functions with their first line, from 1, and how many lines of code they have. Relies on
/// rustfmt: a function ends at the first line that closes it at its own indentation.
pub(crate) fn functions(code: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut functions = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let indentation = &line[..line.len() - line.trim_start().len()];
        let before = line.split("fn ").next().unwrap_or_default();
        let is_signature = line.contains("fn ")
            && before.trim().split(' ').all(|word| {
                word.is_empty()
                    || matches!(word, "pub" | "const" | "async" | "extern")
                    || word.starts_with("pub(")
            });
        if !is_signature {
            continue;
        }
        let closing = format!("{indentation}}}");
        let is_whole = line.ends_with(['}', ';']);
        let end = lines[index..].iter().position(|line| is_whole || **line == closing);
        let body = &lines[index..=index + end.unwrap_or(0)];
        let count = body.iter().filter(|line| !line.trim().is_empty()).count();
        functions.push((index + 1, count));
    }
    functions
}

/// Reads one use tree; returns what follows it.
fn tree<'t>(text: &'t str, prefix: &str, paths: &mut Vec<String>) -> &'t str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start_matches([',', ' ', '\n']);
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let after = tree(rest, prefix, paths);
            if after.len() == rest.len() {
                return after;
            }
            rest = after;
        }
    }
    let end = text.find(|letter: char| !is_word(letter)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
    match rest.strip_prefix("::") {
        Some(rest) => tree(rest, &path, paths),
        None => {
            let path = path.trim_end_matches("::self").trim_end_matches("::").to_owned();
            paths.push(path);
            // `name as other`
            match rest.strip_prefix(" as ") {
                Some(rest) => rest.trim_start_matches(is_word),
                None => rest,
            }
        }
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn ends_in_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(|letter| is_word(letter) || letter == '$')
}

/// How long the rest of a string is, with its closing quote.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// How long a raw or byte string is: `r"…"`, `r#"…"#`, `b"…"`.
fn raw_length(text: &str) -> Option<usize> {
    let prefix = text.len() - text.trim_start_matches(['r', 'b']).len();
    let rest = &text[prefix..];
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest[hashes..].strip_prefix('"')?;
    let start = text.len() - body.len();
    if !text[..prefix].contains('r') {
        return Some(start + quoted_length(body));
    }
    let end = format!("\"{}", "#".repeat(hashes));
    body.find(&end).map(|index| start + index + end.len())
}

/// How long a character literal is; none for a lifetime.
fn character_length(text: &str) -> Option<usize> {
    let rest = &text[1..];
    let first = rest.chars().next()?;
    if first == '\\' {
        return rest[2..].find('\'').map(|end| end + 4);
    }
    rest[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

#[test]
fn comments_and_strings_are_not_code() {
    let check = |text: &str, expected: &str| assert_eq!(code_only(text), expected, "{text}");
    check("a // crate::b\nc", "a            \nc");
    check("a /* b */ c", "a         c");
    check(r#"f("a::b \" x") + 1"#, "f(           ) + 1");
    check(r###"f(r#"a " b"#, 1)"###, "f(          , 1)");
    check("b\"x\" 'y' '\\'' '\\n' &'a str", "                   &'a str");
    check("\"a\nb\"", "  \n  ");
}

#[test]
fn imports_are_seen_however_they_are_written() {
    let check = |text: &str, expected: &[&str]| assert_eq!(crate_paths(text), expected, "{text}");
    check("use crate::a::b::C;", &["a::b::C"]);
    check("use crate::{a::{b, c::{D, E}}, f};", &["a::b", "a::c::D", "a::c::E", "f"]);
    check("use crate::{\n    a::{self, B as Other, C},\n    d,\n};", &["a", "a::B", "a::C", "d"]);
    check("let x = crate::a::B::new(crate::c::D);", &["a::B::new", "c::D"]);
    check("use crate::a::*;", &["a"]);
    check("pub(crate) fn f() {} $crate::a!() mycrate::b", &[]);
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {\n    b();\n}\nimpl X {\n    pub(crate) const fn c() {\n    }\n}\n";
    assert_eq!(functions(text), [(1, 3), (5, 2)]);
}
