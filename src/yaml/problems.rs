//! What can be wrong with a document, whatever it means: one constructor each.

use crate::{
    diagnostics::{
        code::Code,
        diagnostic::Diagnostic,
        place::Place,
        quote::{NAME_LENGTH_MAX, quote},
        suggest::operator_meant_by,
    },
    yaml::scalar::INTEGER_MAX,
};

/// How many characters the parser takes for a key, as YAML has it.
pub const KEY_LENGTH_MAX: usize = 1_024;

/// Nothing in the file, or nothing but comments.
#[must_use]
pub fn empty_file(place: Place) -> Diagnostic {
    let message = "the file is empty: expected a mapping, such as `flags:`, or no file at all";
    Code::EmptyFile.at(place, message)
}

/// UTF-16, with or without a byte order mark.
#[must_use]
pub fn utf_16(place: Place) -> Diagnostic {
    let message = "the file is UTF-16: save it as UTF-8";
    Code::NotUtf8.at(place, message)
}

/// A byte that no UTF-8 text has in this place.
#[must_use]
pub fn not_utf_8(place: Place, byte: u8) -> Diagnostic {
    let message = format!("the byte {byte:#04X} is not UTF-8 here: save the file as UTF-8");
    Code::NotUtf8.at(place, message)
}

/// NUL or another control character.
#[must_use]
pub fn control_character(place: Place, character: char) -> Diagnostic {
    let code = u32::from(character);
    let name = match character {
        '\0' => "NUL",
        _ if character.is_control() => "a control character",
        _ => "a code point that is no character",
    };
    let escape = match code {
        0..=0xFF => format!("\\x{code:02x}"),
        0x100..=0xFFFF => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    };
    let message = format!(
        "{name} (U+{code:04X}) cannot stand in a file: take it out, or write `\"{escape}\"` in \
         double quotes"
    );
    Code::ControlCharacter.at(place, message)
}

/// `<<<<<<<`, `|||||||`, `=======` or `>>>>>>>` at the beginning of a line.
#[must_use]
pub fn merge_conflict(place: Place) -> Diagnostic {
    let message = "a merge conflict was left in the file: keep one of the two sides, and take out \
                   the marker lines";
    Code::MergeConflict.at(place, message)
}

/// A second document in the file.
#[must_use]
pub fn several_documents(place: Place) -> Diagnostic {
    let message = "a second document begins here, and a file is one document: put it into a file \
                   of its own, or take the `---` out";
    Code::SeveralDocuments.at(place, message)
}

/// A `%YAML` directive with another version than the one that files are read as.
#[must_use]
pub fn yaml_version(place: Place, major: u32, minor: u32) -> Diagnostic {
    let message = format!(
        "the file says that it is YAML {major}.{minor}, and files are read as YAML 1.2, where \
         `yes`, `no`, `on` and `off` are strings"
    );
    Code::YamlVersion.at(place, message).suggest(Some("%YAML 1.2"))
}

/// More lists and mappings inside one another than there may be.
#[must_use]
pub fn too_deep(place: Place, nesting_max: usize) -> Diagnostic {
    let message = format!("more than {nesting_max} lists and mappings inside one another");
    Code::TooDeep.at(place, message)
}

/// A key that the mapping has already.
#[must_use]
pub fn duplicate_key(place: Place, key: &str, first: Place) -> Diagnostic {
    let message = format!("duplicate key `{}`: the mapping has it already", quote(key));
    Code::DuplicateKey.at(place, message).relate("first here", first)
}

/// A list or mapping as a key.
#[must_use]
pub fn non_scalar_key(place: Place, kind: &str) -> Diagnostic {
    let message = format!("{kind} cannot be a key: expected a name");
    Code::NonScalarKey.at(place, message)
}

/// `&name`.
#[must_use]
pub fn anchor(place: Place, written: &str) -> Diagnostic {
    let message = format!(
        "`{0}` is an anchor, and anchors are not supported: share conditions as a segment, or \
         write `\"{0}\"` if it is text",
        quote(written)
    );
    Code::Anchor.at(place, message)
}

/// `*name`.
#[must_use]
pub fn alias(place: Place, written: &str) -> Diagnostic {
    let message = format!(
        "`{0}` is an alias, and aliases are not supported: share conditions as a segment, or \
         write `\"{0}\"` if it is text",
        quote(written)
    );
    Code::Alias.at(place, message)
}

/// `<<` as a key.
#[must_use]
pub fn merge_key(place: Place) -> Diagnostic {
    let message = "`<<` is a merge key, and merge keys are not supported: write the fields out, or \
                   share conditions as a segment";
    Code::MergeKey.at(place, message)
}

/// `!name`.
#[must_use]
pub fn tag(place: Place, written: &str) -> Diagnostic {
    if let Some(meant) = operator_meant_by(written) {
        return signs_as_operator(place, written, meant);
    }
    let message = format!(
        "`{}` is a tag, and tags are not supported: take it out, or quote the value if it is text",
        quote(written)
    );
    Code::Tag.at(place, message)
}

/// `>=` and the like, which YAML does not even read as a text.
#[must_use]
pub fn signs_as_operator(place: Place, written: &str, meant: &str) -> Diagnostic {
    let message = format!("unknown operator `{}`: write `{meant}`", quote(written));
    Code::UnknownOperator.at(place, message).suggest(Some(meant))
}

/// A key that is longer than YAML's may be.
#[must_use]
pub fn key_too_long(place: Place, length: usize) -> Diagnostic {
    let message = format!("a key has at most {KEY_LENGTH_MAX} characters, this has {length}");
    Code::Syntax.at(place, message)
}

/// A bracket that is never closed, so that the lines below it are read as part of it.
#[must_use]
pub fn never_closed(bracket: Place, open: char, until: Place) -> Diagnostic {
    let message = format!("the `{open}` that opens here is never closed");
    Code::Syntax.at(bracket, message).relate("this line is read as part of it", until)
}

/// A tab where only spaces can indent.
#[must_use]
pub fn tab_indentation(place: Place) -> Diagnostic {
    let message = "a tab cannot indent: YAML knows only spaces there";
    Code::TabIndentation.at(place, message)
}

/// `.inf`, `.nan`, `1e400`.
#[must_use]
pub fn number_not_finite(place: Place, written: &str) -> Diagnostic {
    let message =
        format!("`{0}` is not a finite number: write `\"{0}\"` if it is text", quote(written));
    Code::NumberNotFinite.at(place, message)
}

/// An integer that not every JSON reader keeps exactly.
#[must_use]
pub fn integer_out_of_range(place: Place, written: &str) -> Diagnostic {
    let message = format!(
        "`{0}` is beyond ±{INTEGER_MAX}, the integers that every client keeps exactly: write \
         `\"{0}\"` if it is an identifier",
        quote(written)
    );
    let suggestion = (written.chars().count() <= NAME_LENGTH_MAX).then(|| format!("\"{written}\""));
    Code::IntegerOutOfRange.at(place, message).suggest(suggestion)
}

/// Digits with a zero in front, which are text.
#[must_use]
pub fn leading_zero(place: Place, written: &str) -> Diagnostic {
    let message = format!(
        "`{0}` is text because it begins with a zero, and a number to other readers of YAML: write \
         `\"{0}\"` if it is text, and no zero in front if it is a number",
        quote(written)
    );
    let suggestion = (written.chars().count() <= NAME_LENGTH_MAX).then(|| format!("\"{written}\""));
    Code::LeadingZero.at(place, message).suggest(suggestion)
}

/// More problems than are reported.
#[must_use]
pub fn too_many(place: Place, left_out: usize) -> Diagnostic {
    let message = format!("{left_out} more problems in this file are not shown");
    Code::TooManyProblems.at(place, message)
}

/// Text that is no YAML, and why.
#[must_use]
pub fn syntax(place: Place, reason: impl Into<String>) -> Diagnostic {
    Code::Syntax.at(place, reason)
}
