//! Everything that is legal and still unwise: one constructor each, warnings and notes.

use crate::{
    definition::problems::meaning::SectionKind,
    diagnostics::{code::Code, diagnostic::Diagnostic, place::Place},
    engine::{bucket::Percentage, version::Partial},
};

/// A rule after one that takes everybody.
#[must_use]
pub fn unreachable_rule(
    name: &str,
    earlier: &str,
    place: Place,
    earlier_place: Place,
) -> Diagnostic {
    let message = format!(
        "rule `{name}` can never match: rule `{earlier}` before it serves everybody it could"
    );
    Code::UnreachableRule
        .at(place, message)
        .relate(format!("rule `{earlier}` is here"), earlier_place)
}

/// A ramp that earlier rules leave nothing of.
#[must_use]
pub fn shadowed_ramp(
    (name, ramp): (&str, Percentage),
    (earlier, earlier_ramp): (&str, Percentage),
    place: Place,
    earlier_place: Place,
) -> Diagnostic {
    let message = format!(
        "rule `{name}` can never match: its {ramp} % are among the {earlier_ramp} % that rule \
         `{earlier}` takes first, since all ramps of a flag are measured on one line"
    );
    Code::ShadowedRamp.at(place, message).relate(format!("rule `{earlier}` is here"), earlier_place)
}

/// Two conditions that cannot hold at once.
#[must_use]
pub fn contradiction(
    attribute: &str,
    (first, second): (&str, &str),
    both_equal: bool,
    place: Place,
    first_place: Place,
) -> Diagnostic {
    let advice = if both_equal {
        "; all conditions of a list must hold: for either value use `in`, or put both under `any`"
    } else {
        "; all conditions of a list must hold"
    };
    let message =
        format!("this can never hold: `{attribute}` {first} and `{attribute}` {second}{advice}");
    Code::Contradiction.at(place, message).relate("contradicts this condition", first_place)
}

/// A condition that nothing can satisfy.
#[must_use]
pub fn empty_list(place: Place) -> Diagnostic {
    let message = "this can never hold: the list is empty, so nothing is one of it";
    Code::EmptyList.at(place, message)
}

/// A requirement of which every version misses some part.
#[must_use]
pub fn no_version(requirement: &str, place: Place) -> Diagnostic {
    let message = format!(
        "this can never hold: no version satisfies `{requirement}`; all parts of a requirement \
         must hold"
    );
    Code::Contradiction.at(place, message)
}

/// A comparison of versions with missing parts.
#[must_use]
pub fn partial_version(partial: &Partial, place: Place) -> Diagnostic {
    let Partial { written, meaning, in_full } = partial;
    let message = format!(
        "`{written}` means {meaning}, as in Cargo; if you mean one version, write `{in_full}`"
    );
    Code::PartialVersion.at(place, message)
}

/// A field that `staff_only` overrules.
#[must_use]
pub fn no_effect(field: &str, place: Place, staff_only: Place) -> Diagnostic {
    let message = format!(
        "`{field}` has no effect beside `staff_only`: staff get `true`, everyone else `false`"
    );
    Code::NoEffect.at(place, message).relate("`staff_only` is here", staff_only)
}

/// A `staff_only` flag that looks switched off.
#[must_use]
pub fn staff_only_while_off(place: Place, staff_only: Place) -> Diagnostic {
    let message =
        "staff get this flag although it is not enabled: `staff_only` overrules `enabled`";
    Code::StaffOnlyWhileOff.at(place, message).relate("`staff_only` is here", staff_only)
}

/// A flag that nowhere says `enabled`.
#[must_use]
pub fn enabled_not_stated(key: &str, place: Place) -> Diagnostic {
    let message = format!("flag `{key}` nowhere says `enabled`, so it is off; say so");
    Code::EnabledNotStated.at(place, message).suggest(Some("enabled: false"))
}

/// An attribute that no file declares, though some declare others.
#[must_use]
pub fn undeclared_attribute(name: &str, place: Place, nearest: Option<&str>) -> Diagnostic {
    let message = format!("attribute `{name}` is declared nowhere under `attributes`");
    Code::UndeclaredAttribute.at(place, message).suggest(nearest)
}

/// A segment or declared attribute that nothing uses.
#[must_use]
pub fn unused(kind: SectionKind, name: &str, place: Place) -> Diagnostic {
    let code = match kind {
        SectionKind::Attribute => Code::UnusedAttribute,
        SectionKind::Segment | SectionKind::Flag => Code::UnusedSegment,
    };
    code.at(place, format!("{} `{name}` is used nowhere", kind.name()))
}

/// A code under `allow` that nothing in the flag has.
#[must_use]
pub fn unused_allow(code: Code, place: Place) -> Diagnostic {
    let message = format!("`allow` lists `{}`, and nothing here has it; remove it", code.id());
    Code::UnusedAllow.at(place, message)
}

/// Whole and fractional numbers among the variants of one flag.
#[must_use]
pub fn mixed_numbers(
    (whole, fractional): (&str, &str),
    suggestion: String,
    place: Place,
    other: Place,
) -> Diagnostic {
    let message = format!(
        "variant `{whole}` is a whole number and `{fractional}` is not; clients that ask for a \
         float or an integer may refuse one of them"
    );
    Code::MixedNumbers
        .at(place, message)
        .suggest(Some(suggestion))
        .relate(format!("`{fractional}` is here"), other)
}

/// A flag key with characters that need care in addresses and shells.
#[must_use]
pub fn unusual_key(key: &str, place: Place) -> Diagnostic {
    let message = format!(
        "key `{}` has characters outside `A-Za-z0-9._/:-`, which need care in addresses and shells",
        key.escape_debug()
    );
    Code::UnusualKey.at(place, message)
}

/// Two flag keys that differ in case only.
#[must_use]
pub fn keys_differ_in_case(key: &str, other: &str, place: Place, other_place: Place) -> Diagnostic {
    let message = format!("keys `{key}` and `{other}` differ only in case");
    Code::KeysDifferInCase.at(place, message).relate(format!("`{other}` is here"), other_place)
}

/// A flag without a default.
#[must_use]
pub fn no_default(key: &str, place: Place) -> Diagnostic {
    let message = format!(
        "flag `{key}` has no `default`: who matches no rule gets the default in the caller's code, \
         which some providers report as an error"
    );
    Code::NoDefault.at(place, message)
}

/// A flag past its day.
#[must_use]
pub fn expired(key: &str, on: &str, today: &str, place: Place) -> Diagnostic {
    let message =
        format!("flag `{key}` expired on {on}, today is {today}; remove it, or move the day");
    Code::Expired.at(place, message)
}
