//! What can be wrong or unwise with a flag test: one constructor each.

use crate::{
    definition::problems::operand::meant_time,
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place, quote::quote},
};

/// A rule that the flag does not have; `names` is what can be written instead.
#[must_use]
pub fn unknown_rule(
    written: &str,
    of: &str,
    place: Place,
    nearest: Option<&str>,
    names: &str,
) -> Diagnostic {
    let (of, written) = (quote(of), quote(written));
    let message = format!("flag `{of}` has no rule `{written}`; expected one of {names}");
    Code::UnknownRule.at(place, message).suggest(nearest)
}

/// An attribute that nothing looks at, in a test: `meant` is looked at.
#[must_use]
pub fn unknown_attribute(written: &str, place: Place, meant: &str) -> Diagnostic {
    let message = format!("no flag looks at attribute `{}`", quote(written));
    Code::UnknownAttribute.at(place, message).suggest(Some(meant))
}

/// A time without an offset, or none at all.
#[must_use]
pub fn bad_time(written: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{}` is not a time with an offset, such as `2026-12-01T09:00:00+01:00`",
        quote(written)
    );
    Code::BadTime.at(place, message).suggest(meant_time(written))
}

/// An attribute that the context and the matrix both set.
#[must_use]
pub fn set_twice(attribute: &str, place: Place, first: Place) -> Diagnostic {
    let attribute = quote(attribute);
    let message = format!("`{attribute}` is in `context` and in `matrix`: keep one of them");
    Code::SetTwice.at(place, message).relate("in `context` here", first)
}

/// The clock as an attribute.
#[must_use]
pub fn now_in_context(place: Place) -> Diagnostic {
    let message = "`now` cannot be sent with a question: set the clock with `at`, beside `context`";
    Code::NowInContext.at(place, message).suggest(Some("at"))
}

/// More combinations in one matrix than there may be.
#[must_use]
pub fn matrix_too_large(count: usize, count_max: usize, place: Place) -> Diagnostic {
    let message = format!(
        "this matrix has {count} combinations, {count_max} is the limit; split the test in two"
    );
    Code::MatrixTooLarge.at(place, message)
}

/// An answer that depends on the clock, in a test that does not set it.
#[must_use]
pub fn needs_at(flag: &str, place: Place) -> Diagnostic {
    let message = format!(
        "the answer of flag `{}` depends on the time, so this test may pass today and fail \
         tomorrow: set the clock with `at`",
        quote(flag)
    );
    Code::TestWithoutAt.at(place, message)
}
