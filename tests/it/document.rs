//! Text to values that know their place.

use flagstaff::{
    definition::{diagnostic::Diagnostic, document::parse},
    place::{FileId, Place},
};

/// A line each: `line:column-line:column rule: message (suggest …)`; after `|`, what is related.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let mut lines = Vec::new();
    for it in diagnostics {
        let flag = it.flag.as_ref().map(|key| format!(" [{key}]")).unwrap_or_default();
        let hint = it.suggestion.as_ref().map(|it| format!(" (suggest {it})")).unwrap_or_default();
        lines.push(format!("{} {}{flag}: {}{hint}", span(it.place), it.rule, it.message));
        lines.extend(it.related.iter().map(|it| format!("| {} {}", span(it.place), it.message)));
    }
    lines.join("\n")
}

fn span(place: Place) -> String {
    let Place { line, column, end_line, end_column, .. } = place;
    format!("{line}:{column}-{end_line}:{end_column}")
}

/// The document as JSON that keeps numbers as they are written, or everything that is wrong.
fn read(bytes: &[u8]) -> String {
    match parse(FileId(0), bytes) {
        Err(problems) => render(&problems),
        Ok(node) => {
            let mut json = String::new();
            node.write_json(&mut json);
            json
        }
    }
}

#[test]
fn numbers_keep_their_text() {
    assert_eq!(read(b"[1, 1.20, 1e3, 0x1F, 0755, NO]"), r#"[1,1.20,1e3,31,"0755","NO"]"#);
}
