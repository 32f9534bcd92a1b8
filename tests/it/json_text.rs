//! Strings as JSON: what is escaped, and how.

use flagstaff::engine::{
    json_text::{push_quoted, quoted, write_quoted},
    value::Value,
};

/// The version of a flag set is a digest of such text, so each escape is told here.
#[test]
fn escapes_never_change() {
    let written = "\0\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f} \"\\/\u{7f}\u{80}\u{2028}é😀";
    let expected = concat!(
        r#""\u0000\u0001\u0008\t\n\u000b\u000c\r\u001f \"\\/"#,
        "\u{7f}\u{80}\u{2028}é😀\"",
    );
    assert_eq!(quoted(written), expected);
    assert_eq!(quoted(""), "\"\"");
}

#[test]
fn every_character_is_read_back() {
    let written: String = ('\0'..='\u{3000}').collect();
    assert_eq!(serde_json::from_str::<String>(&quoted(&written)).unwrap(), written);
}

#[test]
fn a_string_a_formatter_and_bytes_get_the_same() {
    for written in ["", "plain", "\"", "a\\b\n\u{7}é"] {
        let (mut text, mut bytes) = (String::new(), Vec::new());
        write_quoted(&mut text, written).unwrap();
        push_quoted(&mut bytes, written);
        assert_eq!(text.as_bytes(), bytes);
        assert_eq!(text, quoted(written));
        assert_eq!(text, Value::String(written.into()).to_string());
    }
}
