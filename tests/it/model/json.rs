//! JSON as it is written: numbers keep their text, names their order. What two values have to do
//! with each other is said here as the specification says it, and slowly.

use std::cmp::Ordering;

/// A value. In a context, U+FFFD in a text is written as half a surrogate pair: that is how it
/// gets there.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

/// A number by its value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    /// Less than any number that a double can hold.
    Below,
    Whole(i128),
    Broken(f64),
    /// More than any.
    Above,
}

pub fn text(text: impl Into<String>) -> Json {
    Json::Text(text.into())
}

pub fn number(number: impl ToString) -> Json {
    Json::Number(number.to_string())
}

pub fn list(items: impl IntoIterator<Item = Json>) -> Json {
    Json::List(items.into_iter().collect())
}

pub fn map<const N: usize>(fields: [(&str, Json); N]) -> Json {
    Json::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn size(text: &str) -> Size {
    if let Ok(whole) = text.parse::<i128>() {
        return Size::Whole(whole);
    }
    let broken: f64 = text.parse().unwrap();
    if broken.is_infinite() {
        return if broken < 0.0 { Size::Below } else { Size::Above };
    }
    // What is whole and far from the ends of the type is exact.
    if broken.fract() == 0.0 && broken.abs() < 1e37 {
        return Size::Whole(broken as i128);
    }
    Size::Broken(broken)
}

fn order(a: Size, b: Size) -> Ordering {
    let rank = |size: Size| match size {
        Size::Below => 0,
        Size::Whole(_) | Size::Broken(_) => 1,
        Size::Above => 2,
    };
    match (a, b) {
        (Size::Whole(a), Size::Whole(b)) => a.cmp(&b),
        (Size::Whole(a), Size::Broken(b)) => (a as f64).total_cmp(&b),
        (Size::Broken(a), Size::Whole(b)) => a.total_cmp(&(b as f64)),
        (Size::Broken(a), Size::Broken(b)) => a.partial_cmp(&b).unwrap(),
        _ => rank(a).cmp(&rank(b)),
    }
}

impl Json {
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Map(fields) = self else { return None };
        fields.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub fn fields(&self) -> &[(String, Self)] {
        if let Self::Map(fields) = self { fields } else { &[] }
    }

    pub fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// Writes a field, in the place of the one of that name if there is one.
    pub fn set(&mut self, name: &str, value: Self) {
        let Self::Map(fields) = self else { panic!("{self:?} has no fields") };
        match fields.iter_mut().find(|(other, _)| other == name) {
            Some((_, old)) => *old = value,
            None => fields.push((name.to_owned(), value)),
        }
    }

    pub fn field_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Self::Map(fields) = self else { return None };
        fields.iter_mut().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub fn remove(&mut self, name: &str) -> Option<Self> {
        let Self::Map(fields) = self else { return None };
        let at = fields.iter().position(|(other, _)| other == name)?;
        Some(fields.remove(at).1)
    }

    /// Deep equality: numbers by value, nothing coerced. A number beyond a double equals none.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => {
                let (a, b) = (size(a), size(b));
                !matches!(a, Size::Below | Size::Above) && order(a, b) == Ordering::Equal
            }
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                let has = |(name, value): &(String, Self)| {
                    other.field(name).is_some_and(|other| value.equals(other))
                };
                a.len() == b.len() && a.iter().all(has)
            }
            (a, b) => a == b,
        }
    }

    /// Numbers by value, texts by code point; nothing else has an order.
    pub fn compares(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(order(size(a), size(b))),
            (Self::Text(a), Self::Text(b)) => Some(a.chars().cmp(b.chars())),
            _ => None,
        }
    }

    /// The integer that its value is, if it is one that every JSON reader can hold.
    pub fn safe_integer(&self) -> Option<i128> {
        let Self::Number(text) = self else { return None };
        match size(text) {
            Size::Whole(whole) if whole.abs() < 1 << 53 => Some(whole),
            _ => None,
        }
    }

    /// As JSON on one line.
    pub fn line(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, false);
        out
    }

    /// As JSON on one line, with half a surrogate pair for each U+FFFD.
    pub fn sent(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    fn write(&self, out: &mut String, halves: bool) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => quote(text, out, halves),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "[" } else { ", " });
                    item.write(out, halves);
                }
                out.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Self::Map(fields) => {
                for (index, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if index == 0 { "{" } else { ", " });
                    quote(name, out, halves);
                    out.push_str(": ");
                    value.write(out, halves);
                }
                out.push_str(if fields.is_empty() { "{}" } else { "}" });
            }
        }
    }

    /// As a definition file in block style: a line for each flag, field and rule's field; what is
    /// below them is JSON.
    pub fn yaml(&self) -> String {
        let mut out = String::new();
        for (section, entries) in self.fields() {
            if entries.fields().is_empty() {
                out += &format!("{section}: {}\n", entries.line());
                continue;
            }
            out += &format!("{section}:\n");
            for (name, entry) in entries.fields() {
                let name = text(name).line();
                match entry {
                    Self::Map(fields) if !fields.is_empty() => {
                        out += &format!("  {name}:\n");
                        fields.iter().for_each(|(name, value)| block(name, value, &mut out));
                    }
                    _ => out += &format!("  {name}: {}\n", entry.line()),
                }
            }
        }
        out
    }
}

/// A field of a flag; rules get a line for each of their fields.
fn block(name: &str, value: &Json, out: &mut String) {
    if name != "rules" || value.items().is_empty() {
        *out += &format!("    {name}: {}\n", value.line());
        return;
    }
    *out += "    rules:\n";
    for rule in value.items() {
        for (index, (field, value)) in rule.fields().iter().enumerate() {
            let mark = if index == 0 { "-" } else { " " };
            *out += &format!("      {mark} {field}: {}\n", value.line());
        }
    }
}

fn quote(text: &str, out: &mut String, halves: bool) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\u{FFFD}' if halves => out.push_str("\\ud83c"),
            '\0'..'\u{20}' => *out += &format!("\\u{:04x}", u32::from(letter)),
            _ => out.push(letter),
        }
    }
    out.push('"');
}
