//! One mistake, one message: what another finding says better is left out.

use std::collections::BTreeSet;

use crate::diagnostics::{code::Code, diagnostic::Diagnostic, place::Place, severity::Severity};

/// Leaves out what is wrong with a value in two ways, or a typo in an overlay's key.
pub fn leave_out(diagnostics: &mut Vec<Diagnostic>) {
    let places = |is_so: &dyn Fn(&Diagnostic) -> bool| -> BTreeSet<Place> {
        diagnostics.iter().filter(|found| is_so(found)).map(|found| found.place).collect()
    };
    let wrong = places(&|found| found.severity() == Severity::Error);
    let unfit = places(&|found| is_unfit(found.code));
    let unknown = places(&|found| found.code == Code::PatchOfUnknownFlag);
    diagnostics.retain(|found| match found.code {
        Code::EnabledNotStated => !unknown.contains(&found.place),
        code if is_of_spelling(code) => !wrong.contains(&found.place),
        code => is_unfit(code) || !unfit.contains(&found.place),
    });
}

/// Whether a finding says that a number cannot be one: nothing else about it matters.
const fn is_unfit(code: Code) -> bool {
    matches!(code, Code::IntegerOutOfRange | Code::NumberNotFinite)
}

/// Whether a finding says how a value is written, which an error says better.
const fn is_of_spelling(code: Code) -> bool {
    matches!(
        code,
        Code::LeadingZero
            | Code::KeyWithColon
            | Code::BelowOnePercent
            | Code::CurlyQuotes
            | Code::SpaceAtAnEnd
            | Code::JoinedLines
            | Code::MissingComma
    )
}
