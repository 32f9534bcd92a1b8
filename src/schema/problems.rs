//! What can be wrong with the shape of a definition: one constructor each.

use crate::{
    diagnostics::{
        code::{Code, NotAllowed},
        diagnostic::Diagnostic,
        place::Place,
        quote::quote,
    },
    engine::operator::IGNORING_CASE,
};

/// The file is written in a format that this program does not know yet.
#[must_use]
pub fn needs_newer_flagstaff(place: Place, written: &str, known: u32) -> Diagnostic {
    let message = format!(
        "`format: {written}` needs a newer flagstaff, this one knows formats up to {known}: update \
         flagstaff wherever it reads this file"
    );
    Code::NeedsNewerFlagstaff.at(place, message)
}

/// A key that has no meaning there. `part` is the thing that has it, `note` what may help.
#[must_use]
pub fn unknown_field(place: Place, name: &str, part: &str, note: &str) -> Diagnostic {
    let message = format!("unknown field `{}` in {part}{note}", quote(name));
    Code::UnknownField.at(place, message)
}

/// A field that must be there and is not.
#[must_use]
pub fn missing_field(place: Place, part: &str, field: &str) -> Diagnostic {
    Code::MissingField.at(place, format!("{part} needs `{field}`"))
}

/// A value of a type that cannot stand there.
#[must_use]
pub fn wrong_type(
    place: Place,
    subject: &str,
    expected: &str,
    found: &str,
    note: &str,
) -> Diagnostic {
    let message = format!("{subject} must be {expected}, this is {found}{note}");
    Code::WrongType.at(place, message)
}

/// `null`, or nothing at all, where it cannot stand.
#[must_use]
pub fn misplaced_null(place: Place, subject: &str, expected: &str, note: &str) -> Diagnostic {
    let message = format!("{subject} cannot be null: expected {expected}{note}");
    Code::MisplacedNull.at(place, message)
}

/// A targeting key that YAML reads as something else than a string.
#[must_use]
pub fn unquoted_targeting_key(place: Place, written: &str, kind: &str) -> Diagnostic {
    let message = format!(
        "a targeting key must be a string, `{0}` without quotes is {kind}: write \
         `\"{0}\"`",
        quote(written)
    );
    let suggestion = format!("\"{written}\"");
    Code::UnquotedTargetingKey.at(place, message).suggest(Some(suggestion))
}

/// A number that is too large or too small; `bound` is such as "at most 100".
#[must_use]
pub fn out_of_range(place: Place, subject: &str, bound: &str, written: &str) -> Diagnostic {
    let message = format!("{subject} must be {bound}, this is {written}");
    Code::OutOfRange.at(place, message)
}

/// A word that is none of those there are.
#[must_use]
pub fn unknown_choice(place: Place, subject: &str, written: &str, choices: &str) -> Diagnostic {
    let message = format!("{subject} cannot be `{written}`: expected one of {choices}");
    Code::UnknownChoice.at(place, message)
}

/// A code in `allow` that is none, or that of an error.
#[must_use]
pub fn not_allowed(place: Place, NotAllowed { reason, meant }: NotAllowed) -> Diagnostic {
    Code::UnknownChoice.at(place, reason).suggest(meant)
}

/// An operator that is none.
#[must_use]
pub fn unknown_operator(place: Place, written: &str, operators: &str) -> Diagnostic {
    let message = format!("unknown operator `{}`: expected one of {operators}", quote(written));
    Code::UnknownOperator.at(place, message)
}

/// A list or text with nothing in it where there must be something.
#[must_use]
pub fn empty_value(place: Place, subject: &str) -> Diagnostic {
    Code::EmptyValue.at(place, format!("{subject} must not be empty"))
}

/// A name that cannot be one, and why; `what` is such as "a flag key".
#[must_use]
pub fn invalid_name(place: Place, what: &str, reason: &str) -> Diagnostic {
    Code::InvalidName.at(place, format!("{what} {reason}"))
}

/// Why nobody could ask for a flag of that key, to follow what it is.
#[must_use]
pub fn unaddressable(key: &str) -> String {
    let shown = quote(key);
    if key == "." || key == ".." {
        format!("cannot be `{key}`")
    } else if key.contains(char::is_control) {
        "cannot have a control character".to_owned()
    } else if key.starts_with('/') || key.ends_with('/') {
        format!("cannot begin or end with `/`, as `{shown}` does")
    } else {
        format!(
            "cannot have a part between slashes that is empty, `.` or `..`, as `{shown}` has: \
             clients and proxies take it out of an address, and ask for another flag"
        )
    }
}

/// A condition that is nothing yet.
#[must_use]
pub fn empty_condition(place: Place, part: &str) -> Diagnostic {
    let message = format!("{part} is empty: expected {FORMS}");
    Code::ConditionForm.at(place, message)
}

/// A condition that is several things at once; `forms` are their keys.
#[must_use]
pub fn several_forms(place: Place, part: &str, forms: &str) -> Diagnostic {
    let message = format!(
        "{part} has {forms}, and can have only one of them: make each an item of its own, where \
         all must hold, or put them under `any`"
    );
    Code::ConditionForm.at(place, message)
}

/// A key of a condition without the one that it belongs to; `note` says what was probably meant.
#[must_use]
pub fn incomplete_form(place: Place, part: &str, note: &str) -> Diagnostic {
    Code::ConditionForm.at(place, format!("{part} {note}"))
}

/// A rule that serves two things.
#[must_use]
pub fn serve_and_split(place: Place, part: &str, split: Option<Place>) -> Diagnostic {
    let message = format!("{part} has both `serve` and `split`: keep one of them");
    let problem = Code::ServeOrSplit.at(place, message);
    match split {
        Some(place) => problem.relate("`split` is here", place),
        None => problem,
    }
}

/// A rule that serves nothing.
#[must_use]
pub fn nothing_served(place: Place, part: &str) -> Diagnostic {
    let message = format!(
        "{part} does not say what it serves: expected `serve` with the name of a variant, or \
         `split`"
    );
    Code::ServeOrSplit.at(place, message)
}

/// Anything else that the schema does not allow, in the validator's words.
#[must_use]
pub fn other(place: Place, message: String) -> Diagnostic {
    Code::Schema.at(place, message)
}

/// All forms of a condition.
const FORMS: &str = "one of `where`, `attribute` with `operator` and `value`, `segment`, `flag`, \
                     `all`, `any` and `not`";

/// `ignore_case` beside an operator that compares no texts letter by letter.
#[must_use]
pub fn case_ignored_by(operator: &str, place: Place) -> Diagnostic {
    let [others @ .., last] = IGNORING_CASE.map(|name| format!("`{name}`"));
    let mut message = format!(
        "`ignore_case` has no meaning for operator `{operator}`: it goes with {} and {last}",
        others.join(", ")
    );
    if operator == "matches" {
        message.push_str("; in a pattern, write `(?i)` at the beginning");
    }
    Code::IgnoreCaseMisfit.at(place, message)
}
