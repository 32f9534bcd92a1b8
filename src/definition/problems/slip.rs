//! What is legal and probably says something else than was meant: one constructor each.

use crate::diagnostics::{code::Code, diagnostic::Diagnostic, place::Place, quote::quote};

/// Users are listed in a toggle that everyone gets.
#[must_use]
pub fn listed_users_and_everyone(key: &str, place: Place) -> Diagnostic {
    let message = format!(
        "flag `{key}` is on for everyone, not only for these users: without `targeting_rules` and \
         `rollout_percentage`, everyone gets `true`"
    );
    Code::ListedUsersAndEveryone.at(place, message).suggest(Some("rollout_percentage: 0"))
}

/// A new flag in an overlay whose key is nearly that of another.
#[must_use]
pub fn near_existing_key(key: &str, near: &str, place: Place, near_place: Place) -> Diagnostic {
    let message = format!(
        "no lower root defines flag `{}`, so this is a new flag and does not change `{near}`",
        quote(key)
    );
    Code::NearExistingKey
        .at(place, message)
        .suggest(Some(near))
        .relate(format!("`{near}` is here"), near_place)
}

/// A new flag in an overlay that says nothing but `enabled`.
#[must_use]
pub fn new_flag_in_overlay(key: &str, place: Place) -> Diagnostic {
    let message = format!(
        "no lower root defines flag `{}`, so this is a new flag, with nothing but `enabled`",
        quote(key)
    );
    Code::NewFlagInOverlay.at(place, message)
}

/// A text in quotation marks of print, which are part of it.
#[must_use]
pub fn curly_quotes(inner: &str, place: Place) -> Diagnostic {
    let message = format!(
        "the quotation marks are part of this value: YAML quotes with `\"` or `'`, so only `{}` in \
         these marks equals it",
        quote(inner)
    );
    Code::CurlyQuotes.at(place, message).suggest(Some(format!("\"{inner}\"")))
}

/// A text that begins or ends with a space.
#[must_use]
pub fn space_at_an_end(text: &str, place: Place) -> Diagnostic {
    let trimmed = text.trim();
    let end = if text.starts_with(char::is_whitespace) { "begins" } else { "ends" };
    let message =
        format!("this text {end} with a space, and `{}` does not equal it", quote(trimmed));
    Code::SpaceAtAnEnd.at(place, message).suggest(Some(format!("\"{trimmed}\"")))
}

/// Two lines that are one item of a list.
#[must_use]
pub fn joined_lines(text: &str, (before, after): (&str, &str), place: Place) -> Diagnostic {
    let message = format!(
        "these lines are one item, `{}`: a line without a dash of its own continues the item \
         above it",
        quote(text)
    );
    let meant = format!("[{}, {}]", quote(before), quote(after));
    Code::JoinedLines.at(place, message).suggest(Some(meant))
}

/// A key that ends in a colon.
#[must_use]
pub fn key_with_colon(key: &str, place: Place) -> Diagnostic {
    let meant = key.trim_end_matches(':');
    let message =
        format!("a colon is part of this name: it is `{}`, and not `{meant}`", quote(key));
    Code::KeyWithColon.at(place, message).suggest(Some(meant))
}

/// `key:value` without a space, which is a key.
#[must_use]
pub fn colon_without_space(key: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{}` is a name without a value, because there is no space after its colon",
        quote(key)
    );
    let meant = key.split_once(':').map(|(name, value)| format!("{name}: {value}"));
    Code::ColonWithoutSpace.at(place, message).suggest(meant)
}

/// A line of a text that would be a field of the flag with less indentation.
#[must_use]
pub fn swallowed_field(line: &str, field: &str, of: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{}` is a line of the text of `{of}` and not a field: to set `{field}`, indent the line \
         as far as `{of}`",
        quote(line)
    );
    Code::SwallowedField.at(place, message)
}

/// A network in a comparison of texts.
#[must_use]
pub fn network_as_text(text: &str, operator: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{operator}` compares `{}` as text, so it equals no address in that network: \
         `in_network` looks for addresses",
        quote(text)
    );
    Code::NetworkAsText.at(place, message).suggest(Some("operator: in_network"))
}

/// A network whose address has bits set beyond its prefix.
#[must_use]
pub fn host_bits(text: &str, network: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{}` is the network `{network}`: what the address has beyond the prefix is ignored",
        quote(text)
    );
    Code::HostBits.at(place, message).suggest(Some(network))
}

/// A pattern where a plain text is looked for; `meant` is what was probably meant.
#[must_use]
pub fn pattern_as_text(text: &str, operator: &str, meant: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{operator}` looks for `{}` as it is written: patterns are for `matches`",
        quote(text)
    );
    Code::PatternAsText.at(place, message).suggest(Some(meant))
}

/// A requirement on versions in a comparison of texts.
#[must_use]
pub fn requirement_as_text(text: &str, operator: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{operator}` compares `{}` as text, which equals no version: `semver` compares versions",
        quote(text)
    );
    Code::RequirementAsText.at(place, message).suggest(Some("operator: semver"))
}

/// A version under an operator that orders texts.
#[must_use]
pub fn version_in_order(text: &str, operator: &str, sign: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{operator}` orders versions as texts, character by character, so that `10.0.0` comes \
         before `9.0.0`: `semver` compares versions"
    );
    let meant = format!("operator: semver, value: \"{sign}{text}\"");
    Code::VersionInOrder.at(place, message).suggest(Some(meant))
}

/// A list that is compared as a whole; `is_nested` if it is an item of a list.
#[must_use]
pub fn list_compared_whole(
    name: &str,
    (operator, meant): (&str, &str),
    is_nested: bool,
    place: Place,
) -> Diagnostic {
    let message = if is_nested {
        format!(
            "this list inside a list equals only a caller's whole list: if `{}` is one value, \
             write the values in one list",
            quote(name)
        )
    } else {
        format!(
            "`{operator}` compares the whole list, so one value never equals it: for one of \
             several values of `{}`, use `{meant}`",
            quote(name)
        )
    };
    let meant = (!is_nested).then(|| format!("operator: {meant}"));
    Code::ListComparedWhole.at(place, message).suggest(meant)
}

/// A condition that everything satisfies: to be none of an empty list.
#[must_use]
pub fn always_holds(place: Place) -> Diagnostic {
    let message = "this always holds for who sends the attribute: the list is empty";
    Code::EmptyList.at(place, message)
}

/// A percentage between 0 and 1.
#[must_use]
pub fn below_one_percent(written: &str, meant: &str, place: Place) -> Diagnostic {
    let message =
        format!("`{written}` is {written} %, not {meant} %: percentages go from 0 to 100");
    Code::BelowOnePercent.at(place, message).suggest(Some(meant))
}

/// A condition on a flag that is off for everyone.
#[must_use]
pub fn requires_off_flag(key: &str, place: Place, off: Place) -> Diagnostic {
    let message = format!("this never holds while flag `{key}` is off for everyone");
    Code::RequiresOffFlag.at(place, message).relate(format!("`{key}` is here"), off)
}

/// A condition on a variant that a flag never serves.
#[must_use]
pub fn variant_never_served(key: &str, wanted: &str, place: Place, flag: Place) -> Diagnostic {
    let message = format!("this never holds: flag `{key}` serves `{wanted}` to nobody");
    Code::VariantNeverServed.at(place, message).relate(format!("`{key}` is here"), flag)
}

/// A flag that says for whom it is and serves everyone the same.
#[must_use]
pub fn answers_everyone_alike(key: &str, variant: &str, place: Place) -> Diagnostic {
    let message = format!(
        "flag `{key}` serves `{variant}` to everyone: if the launch is finished, remove the flag \
         and the code that evaluates it"
    );
    Code::AnswersEveryoneAlike.at(place, message)
}

/// Several values in one item of a list, with no comma between them.
#[must_use]
pub fn missing_comma(text: &str, place: Place) -> Diagnostic {
    let message = format!(
        "`{}` is one item: each of its words is a value elsewhere, so a comma is probably missing",
        quote(text)
    );
    let meant = text.split_whitespace().collect::<Vec<_>>().join(", ");
    Code::MissingComma.at(place, message).suggest(Some(meant))
}

/// A text that would be a number or a boolean without its quotes; `kind` with its article.
#[must_use]
pub fn quoted_value(name: &str, text: &str, kind: &str, place: Place, other: Place) -> Diagnostic {
    let message = format!(
        "`{0}` is compared with the text `\"{1}\"` here and with {kind} elsewhere: a text never \
         equals {kind}",
        quote(name),
        quote(text)
    );
    Code::QuotedValue
        .at(place, message)
        .suggest(Some(text))
        .relate(format!("it is compared with {kind} here"), other)
}

/// An attribute that is used once and whose name is nearly that of a common one.
#[must_use]
pub fn rare_attribute(name: &str, near: &str, count: u32, place: Place) -> Diagnostic {
    let message = format!(
        "attribute `{}` is used only here, and `{}` {count} times: declare both under \
         `attributes` if you mean both",
        quote(name),
        quote(near)
    );
    Code::RareAttribute.at(place, message).suggest(Some(near))
}
