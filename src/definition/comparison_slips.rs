//! Comparisons that are legal and seldom mean what they say.

use crate::{
    definition::{attribute::DeclaredAttributes, problems::slip, written::clause::Test},
    diagnostics::diagnostic::Diagnostic,
    engine::{
        operator::{self, Usage},
        version::{self, VersionRequirement},
    },
    yaml::node::{Node, NodeValue},
};

/// Says what a comparison by itself probably does not mean.
pub fn check(test: &Test<'_>, attributes: &DeclaredAttributes, found: &mut Vec<Diagnostic>) {
    let Test { attribute, operator, operand, .. } = *test;
    let name = operator.name;
    match operator.usage {
        Usage::Equality => {
            whole_lists(test, attributes, found);
            // What is declared is meant.
            if !attributes.has_values(attribute.text) {
                texts(operand, &mut |text, node| found.extend(compared_text(text, name, node)));
            }
        }
        Usage::Order => texts(operand, &mut |text, node| {
            let sign = [("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")];
            let sign = sign.iter().find(|(operator, _)| *operator == name);
            if let Some((_, sign)) = sign.filter(|_| is_dotted_version(text)) {
                found.push(slip::version_in_order(text, name, sign, node.place));
            }
        }),
        Usage::Text if name == "in_network" => texts(operand, &mut |text, node| {
            let network = operator::network(text).filter(|network| *network != network.trunc());
            if let Some(network) = network {
                found.push(slip::host_bits(text, &network.trunc().to_string(), node.place));
            }
        }),
        Usage::Text | Usage::Containment if !matches!(name, "matches" | "semver") => {
            texts(operand, &mut |text, node| {
                if let Some(meant) = meant_by_pattern(text, name) {
                    found.push(slip::pattern_as_text(text, name, &meant, node.place));
                }
            });
        }
        Usage::Text | Usage::Containment | Usage::Time | Usage::Presence => {}
    }
    if name == "not_in" && operand.as_list().is_some_and(<[Node]>::is_empty) {
        found.push(slip::always_holds(operand.place));
    }
}

/// Goes over the text that is compared with, or over those in a list.
fn texts<'n>(operand: &'n Node, each: &mut dyn FnMut(&'n str, &'n Node)) {
    match &operand.value {
        NodeValue::String(text) => each(text, operand),
        NodeValue::List(items) => {
            for item in items {
                if let Some(text) = item.as_str() {
                    each(text, item);
                }
            }
        }
        _ => {}
    }
}

/// Says of lists that are compared as a whole, where nothing says that the attribute is a list.
fn whole_lists(test: &Test<'_>, attributes: &DeclaredAttributes, found: &mut Vec<Diagnostic>) {
    let Test { attribute, operator, operand, .. } = *test;
    let Some(items) = operand.as_list() else { return };
    if attributes.is_declared(attribute.text) {
        return;
    }
    let whole = |is_nested, place| {
        let meant = if operator.name == "neq" { "not_in" } else { "in" };
        slip::list_compared_whole(attribute.text, (operator.name, meant), is_nested, place)
    };
    if matches!(operator.name, "eq" | "neq") {
        found.push(whole(false, operand.place));
    } else if let Some(nested) = items.iter().find(|item| item.as_list().is_some()) {
        found.push(whole(true, nested.place));
    }
}

/// What a text says that is compared as it is written: a network, or a requirement.
fn compared_text(text: &str, operator: &str, node: &Node) -> Option<Diagnostic> {
    // Almost no text has one of these: the rest is rarely looked at.
    match text.as_bytes().first()? {
        b'<' | b'>' | b'=' | b'^' | b'~' => {
            let version = text.trim_start_matches(['<', '>', '=', '^', '~', ' ', 'v']);
            let is_version = version.starts_with(|first: char| first.is_ascii_digit());
            let is_one = is_version && VersionRequirement::parse(text).is_ok();
            is_one.then(|| slip::requirement_as_text(text, operator, node.place))
        }
        b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b':' if text.contains('/') => {
            let network = operator::network(text)?;
            let is_one = network.prefix_len() < network.max_prefix_len();
            is_one.then(|| slip::network_as_text(text, operator, node.place))
        }
        _ => None,
    }
}

/// Whether a text is a version of two parts or more, as `2.10`.
fn is_dotted_version(text: &str) -> bool {
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    bare.starts_with(|first: char| first.is_ascii_digit())
        && bare.contains('.')
        && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-+".contains(&byte))
        && (version::parse(text).is_some() || version::parse(&format!("{bare}.0")).is_some())
}

/// What was probably meant by a text with signs of a pattern in it; none if it has none.
fn meant_by_pattern(text: &str, operator: &str) -> Option<String> {
    if text.len() < 2 {
        return None;
    }
    let is_expression = [".*", ".+", "\\d", "\\w", "\\.", "[a-z", "[0-9", "(?i)"]
        .iter()
        .any(|sign| text.contains(sign));
    if is_expression {
        return Some(format!("operator: matches, value: '{text}'"));
    }
    let at_start = match operator {
        "starts_with" => text.strip_prefix('^').or_else(|| text.strip_suffix('*')),
        "ends_with" => text.strip_prefix('*').or_else(|| text.strip_suffix('$')),
        _ => {
            let bare = text.trim_matches('*');
            let bare = bare.strip_prefix('^').unwrap_or(bare);
            (bare.len() < text.len()).then_some(bare)
        }
    };
    at_start.filter(|bare| !bare.is_empty()).map(str::to_owned)
}
