//! What attributes hold, what they are compared with, and values on both sides of each comparison.

use crate::{
    model::{
        json::{Json, list, map, number, text},
        network::{self, Address},
        text, time,
    },
    pairs::Dice,
};

/// What an attribute holds, as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Bool,
    List,
    Version,
    Time,
    Network,
    Object,
}

impl Kind {
    /// Its name, as a family of changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "texts",
            Self::Number => "numbers",
            Self::Bool => "booleans",
            Self::List => "lists",
            Self::Version => "versions",
            Self::Time => "times",
            Self::Network => "networks",
            Self::Object => "objects",
        }
    }
}

pub const ATTRIBUTES: [(&str, Kind); 15] = [
    ("country", Kind::Text),
    ("plan", Kind::Text),
    ("user.name", Kind::Text),
    ("größe", Kind::Text),
    ("age", Kind::Number),
    ("cart.total", Kind::Number),
    ("beta", Kind::Bool),
    ("is_staff", Kind::Bool),
    ("groups", Kind::List),
    ("user.tags", Kind::List),
    ("app", Kind::Version),
    ("since", Kind::Time),
    ("ip", Kind::Network),
    ("address", Kind::Object),
    ("targetingKey", Kind::Text),
];

pub const TEXTS: [&str; 16] = [
    "NL",
    "BE",
    "",
    "pro",
    "free",
    "proé",
    "é",
    "N",
    "a",
    "abc",
    "😀",
    "～",
    "12",
    "b c",
    "a@example.org",
    "\u{FFFD}",
];
const NUMBERS: [&str; 12] =
    ["0", "1", "18", "18.5", "-1", "2.50", "1e3", "9007199254740991", "-0.5", "1e300", "99", "0.1"];
const TIMES: [&str; 9] = [
    "2026-11-22T12:00:00Z",
    "2024-02-29T23:59:59+14:00",
    "2026-06-01T12:00:00.5+01:00",
    "1970-01-01T00:00:00Z",
    "2001-09-09T01:46:40.001Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999999-23:59",
    "0000-01-01T00:00:00Z",
    "2027-01-01T00:00:00.1234567891234Z",
];
const ADDRESSES: [&str; 8] =
    ["192.0.2.7", "10.0.0.0", "0.0.0.0", "::1", "2001:db8::7", "fe80::1", "::ffff:192.0.2.7", "::"];

fn pick(dice: &mut Dice, texts: &[&str]) -> Json {
    text(*dice.pick(texts))
}

/// Some of those, in any order.
fn some(dice: &mut Dice, most: usize, make: impl Fn(&mut Dice) -> Json) -> Json {
    let count = dice.below(most + 1);
    list((0..count).map(|_| make(dice)))
}

/// A comparison: operator and value, and whether case is ignored.
pub fn comparison(kind: Kind, dice: &mut Dice) -> (&'static str, Json, bool) {
    if dice.one_in(12) {
        return ("exists", Json::Bool(dice.one_in(2)), false);
    }
    match kind {
        Kind::Text => text_comparison(dice),
        Kind::Number => {
            let own = |dice: &mut Dice| number(*dice.pick(&NUMBERS));
            let operators = ["eq", "neq", "in", "not_in", "gt", "gte", "lt", "lte", "gt", "lt"];
            let operator = *dice.pick(&operators);
            (operator, if operator.contains("in") { some(dice, 3, own) } else { own(dice) }, false)
        }
        Kind::Bool => (*dice.pick(&["eq", "neq"]), Json::Bool(dice.one_in(2)), false),
        Kind::List => {
            let value = if dice.one_in(2) { some(dice, 3, item) } else { item(dice) };
            ("contains", value, dice.one_in(5))
        }
        Kind::Version => ("semver", text(requirement(dice)), false),
        Kind::Time => (*dice.pick(&["before", "after"]), pick(dice, &TIMES), false),
        Kind::Network => {
            let value = if dice.one_in(3) { some(dice, 3, network) } else { network(dice) };
            ("in_network", value, false)
        }
        Kind::Object => (*dice.pick(&["eq", "neq"]), object(dice), false),
    }
}

fn text_comparison(dice: &mut Dice) -> (&'static str, Json, bool) {
    if dice.one_in(8) {
        let (pattern, _) = *dice.pick(&text::PATTERNS);
        return ("matches", text(pattern), false);
    }
    let order = ["gt", "gte", "lt", "lte"];
    if dice.one_in(4) {
        return (*dice.pick(&order), pick(dice, &TEXTS), false);
    }
    let operators = ["eq", "neq", "in", "not_in", "contains", "starts_with", "ends_with"];
    let operator = *dice.pick(&operators);
    let is_case_ignored = dice.one_in(4);
    let own = |dice: &mut Dice| {
        if is_case_ignored && dice.one_in(2) { text(letters(dice)) } else { pick(dice, &TEXTS) }
    };
    let is_list = operator.ends_with("in") || operator.contains('_') && dice.one_in(3);
    (operator, if is_list { some(dice, 3, own) } else { own(dice) }, is_case_ignored)
}

/// Letters of which some fold alike.
fn letters(dice: &mut Dice) -> String {
    let letters = text::letters();
    (0..1 + dice.below(2)).map(|_| *dice.pick(&letters)).collect()
}

/// What a list holds.
fn item(dice: &mut Dice) -> Json {
    let items = [text("a"), text("beta"), number(1), number("1.0"), Json::Bool(true), text("K")];
    dice.pick(&items).clone()
}

fn object(dice: &mut Dice) -> Json {
    let objects = [
        map([("city", text("Gent")), ("zip", number(9000))]),
        map([("zip", number("9000.0")), ("city", text("Gent"))]),
        map([("city", text("Gent"))]),
        map([]),
        list([number(1), list([number(2)])]),
    ];
    dice.pick(&objects).clone()
}

/// A part of a version: small, so that bounds are met.
fn part(dice: &mut Dice) -> String {
    (*dice.pick(&["0", "1", "2", "1", "2", "10", "02"])).to_owned()
}

fn version_text(dice: &mut Dice, parts: usize) -> String {
    let mut text = (0..parts).map(|_| part(dice)).collect::<Vec<_>>().join(".");
    if 2 < parts && dice.one_in(4) {
        text += *dice.pick(&["-beta.2", "-0", "-rc.11", "-beta.x"]);
    }
    text
}

fn requirement(dice: &mut Dice) -> String {
    if dice.one_in(20) {
        return "*".to_owned();
    }
    let one = |dice: &mut Dice| {
        let parts = 1 + dice.below(3);
        if parts < 3 && dice.one_in(5) {
            let operator = *dice.pick(&["", "=", ""]);
            return format!("{operator}{}.*", version_text(dice, parts));
        }
        let operator = *dice.pick(&["", "=", ">", ">=", "<", "<=", "~", "^"]);
        format!("{operator}{}", version_text(dice, parts))
    };
    let first = one(dice);
    if dice.one_in(3) { format!("{first}, {}", one(dice)) } else { first }
}

fn network(dice: &mut Dice) -> Json {
    let start = *dice.pick(&ADDRESSES);
    let width = if start.contains(':') { 128 } else { 32 };
    match dice.below(3) {
        0 => text(start),
        _ => text(format!("{start}/{}", dice.below(width + 1))),
    }
}

/// A value of the kind, without regard to what it is compared with.
pub fn value(kind: Kind, dice: &mut Dice) -> Json {
    match kind {
        Kind::Text if dice.one_in(6) => text(letters(dice)),
        Kind::Text => pick(dice, &TEXTS),
        Kind::Number => {
            let numbers =
                ["1e999", "-1e999", "9007199254740993", "18.0", "-0", "0.30000000000000004"];
            number(if dice.one_in(4) { *dice.pick(&numbers) } else { *dice.pick(&NUMBERS) })
        }
        Kind::Bool => Json::Bool(dice.one_in(2)),
        Kind::List => some(dice, 3, item),
        Kind::Version => {
            let parts = 1 + dice.below(4);
            let mark = *dice.pick(&["", "", "", "v", "V"]);
            let build = *dice.pick(&["", "", "", "+build.7", "+", "+é", "-", "..1"]);
            text(format!("{mark}{}{build}", version_text(dice, parts)))
        }
        Kind::Time => {
            let odd = ["yesterday", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00"];
            if dice.one_in(6) { pick(dice, &odd) } else { pick(dice, &TIMES) }
        }
        Kind::Network => {
            let odd = ["010.0.0.1", "192.0.2", "[::1]", "1.2.3.4/32", "::1::", "::ffff:c000:0207"];
            if dice.one_in(5) { pick(dice, &odd) } else { pick(dice, &ADDRESSES) }
        }
        Kind::Object => object(dice),
    }
}

/// A value about which a comparison may go either way.
pub fn near(operator: &str, wanted: &Json, dice: &mut Dice) -> Option<Json> {
    let wanted = match wanted {
        Json::List(items) if !items.is_empty() => dice.pick(items).clone(),
        other => other.clone(),
    };
    Some(match (operator, &wanted) {
        ("contains", _) if dice.one_in(2) => list([item(dice), wanted]),
        ("before" | "after", Json::Text(wanted)) => near_time(time::rfc3339(wanted)?, dice),
        ("in_network", Json::Text(wanted)) => near_address(wanted, dice)?,
        (_, Json::Text(wanted)) => near_text(wanted, dice),
        (_, Json::Number(wanted)) => near_number(wanted, dice),
        _ => wanted,
    })
}

fn near_text(wanted: &str, dice: &mut Dice) -> Json {
    let other = *dice.pick(&TEXTS);
    text(match dice.below(7) {
        0 => format!("{wanted}{other}"),
        1 => format!("{other}{wanted}"),
        2 => wanted.to_uppercase(),
        3 => wanted.chars().rev().skip(1).collect(),
        4 => format!("{wanted}\0"),
        _ => wanted.to_owned(),
    })
}

fn near_number(wanted: &str, dice: &mut Dice) -> Json {
    let whole = wanted.parse::<i64>().ok();
    match (dice.below(6), whole) {
        (0, Some(whole)) => number(whole + 1),
        (1, Some(whole)) => number(whole - 1),
        (2, Some(whole)) => number(format!("{whole}.0")),
        (3, Some(whole)) if whole.abs() < 1 << 40 => number(format!("{whole}.5")),
        (4, _) => text(wanted),
        _ => number(wanted),
    }
}

fn near_time(wanted: i128, dice: &mut Dice) -> Json {
    let instant = wanted + *dice.pick(&[0, 0, 1, -1, 1_000_000_000, -1_000_000_000]);
    let offset = *dice.pick(&[0, 0, 60, -300, 14 * 60, -(23 * 60 + 59)]);
    let shown = time::shown(instant, offset, *dice.pick(&[0, 3, 9, 9, 9, 12, 30]));
    let (seconds, nanoseconds) = time::unix(instant);
    match dice.below(8) {
        0 => text(shown.replacen('T', " ", 1)),
        1 => text(shown.to_lowercase()),
        2 if shown.len() > 6 && !shown.ends_with('Z') => {
            let (start, minutes) = shown.split_at(shown.len() - 3);
            text(format!("{start}{}", &minutes[1..]))
        }
        3 if seconds.abs() < 100_000_000_000 => number(seconds),
        4 if 100_000_000 < seconds => number(seconds * 1000 + nanoseconds / 1_000_000),
        5 if seconds.abs() < 1 << 32 && 0 <= seconds => number(format!("{seconds}.5")),
        _ => text(shown),
    }
}

fn near_address(wanted: &str, dice: &mut Dice) -> Option<Json> {
    let (start, length) = wanted.split_once('/').unwrap_or((wanted, "128"));
    let length: u32 = length.parse().unwrap();
    // The last bit of the network, or the first behind it.
    let bit = (length + u32::try_from(dice.below(2)).unwrap()).saturating_sub(1);
    let flip = if dice.one_in(3) { 0 } else { 1 };
    Some(text(match network::address(start)? {
        Address::V4(bits) => {
            let bits = bits ^ flip << (31 - bit.min(31));
            let [a, b, c, d] = bits.to_be_bytes();
            let mapped = *dice.pick(&["", "", "::ffff:", "::FFFF:", "::"]);
            format!("{mapped}{a}.{b}.{c}.{d}")
        }
        Address::V6(bits) => {
            let bits = bits ^ u128::from(flip) << (127 - bit.min(127));
            let group = |index: u32| format!("{:x}", (bits >> (112 - 16 * index)) as u16);
            (0..8).map(group).collect::<Vec<_>>().join(":")
        }
    }))
}
