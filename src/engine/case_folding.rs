//! Texts and values for which the case of letters does not matter: Unicode's simple case folding.
//!
//! The statuses C and S of `CaseFolding.txt`: one letter for one letter, in no language's own way.
//! So `K` (U+212A) is a `k` and `ſ` an `s`, but `ß` is not `ss`, and neither `İ` nor `ı` is an `i`.
//! The tables are those by which a pattern understands `(?i)`: the two never disagree.

use std::{borrow::Cow, cmp::Ordering, sync::LazyLock};

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange, HirKind};

use crate::engine::value::{Object, Value};

/// How many letters a page of the table has.
const PAGE_LETTERS: usize = 128;
/// All letters that some change of case changes, and so all that folding does.
const CASED: &str = r"\p{Changes_When_Casemapped}";

/// What each letter beyond ASCII is folded to. Most pages change nothing and are one and the same.
static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

/// Letters by pages.
struct Table {
    /// The index of each page.
    pages: Vec<u8>,
    letters: Vec<[char; PAGE_LETTERS]>,
}

/// The letter that stands for this one and for all that differ from it in case only.
#[must_use]
pub fn fold(letter: char) -> char {
    if letter.is_ascii() {
        return letter.to_ascii_lowercase();
    }
    TABLE.fold(letter)
}

/// All letters that differ from this one in case only, itself among them, ascending.
#[must_use]
pub fn same_letters(letter: char) -> Vec<char> {
    let mut class = ClassUnicode::new([ClassUnicodeRange::new(letter, letter)]);
    // Fails only where the tables are left out of the build.
    let _ = class.try_case_fold_simple();
    class.iter().flat_map(|range| range.start()..=range.end()).collect()
}

/// The letters of a text, folded.
pub fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().map(fold)
}

/// A text with every letter folded. Its length in bytes may be another one.
#[must_use]
pub fn folded(text: &str) -> String {
    letters(text).collect()
}

/// How a text, once folded, stands to one that is folded already: by code point.
#[must_use]
pub fn compare(text: &str, folded: &str) -> Ordering {
    letters(text).cmp(folded.chars())
}

/// Whether a text, once folded, is the one that is folded already.
#[must_use]
pub fn is_same(text: &str, folded: &str) -> bool {
    letters(text).eq(folded.chars())
}

/// Whether a text, once folded, begins with one that is folded already.
#[must_use]
pub fn starts_with(text: &str, folded: &str) -> bool {
    let mut letters = letters(text);
    folded.chars().all(|wanted| letters.next() == Some(wanted))
}

/// Whether a text, once folded, ends with one that is folded already.
#[must_use]
pub fn ends_with(text: &str, folded: &str) -> bool {
    let mut letters = letters(text).rev();
    folded.chars().rev().all(|wanted| letters.next() == Some(wanted))
}

/// A value with every text in it folded, but for the keys of mappings: those are names.
#[must_use]
pub fn folded_value(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::String(text) => Value::String(Cow::Owned(folded(text))),
        Value::Array(items) => Value::Array(items.iter().map(folded_value).collect()),
        Value::Object(object) => Value::Object(Object::from_entries(
            object
                .iter()
                .map(|(key, value)| (Cow::Owned(key.to_owned()), folded_value(value)))
                .collect(),
        )),
        other => other.clone().into_owned(),
    }
}

/// Whether a value, once folded, equals one that is folded already.
#[must_use]
pub fn equals(value: &Value<'_>, folded: &Value<'_>) -> bool {
    match (value, folded) {
        (Value::String(text), Value::String(folded)) => is_same(text, folded),
        (Value::Array(items), Value::Array(folded)) => {
            items.len() == folded.len() && items.iter().zip(folded).all(|(a, b)| equals(a, b))
        }
        (Value::Object(object), Value::Object(folded)) => {
            object.iter().count() == folded.iter().count()
                && object.iter().zip(folded.iter()).all(|(a, b)| a.0 == b.0 && equals(a.1, b.1))
        }
        (value, folded) => value.equals(folded),
    }
}

/// Whether there is a text in a value, so that its case could matter.
#[must_use]
pub fn has_text(value: &Value<'_>) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().any(has_text),
        Value::Object(object) => object.iter().any(|(_, value)| has_text(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

impl Table {
    fn new() -> Self {
        let mut table = Self { pages: Vec::new(), letters: Vec::new() };
        let hir = regex_syntax::parse(CASED).map(regex_syntax::hir::Hir::into_kind);
        let Ok(HirKind::Class(regex_syntax::hir::Class::Unicode(cased))) = hir else {
            return table;
        };
        for letter in cased.iter().flat_map(|range| range.start()..=range.end()) {
            let same = same_letters(letter);
            let ascii = same.iter().find(|letter| letter.is_ascii_lowercase());
            if let Some(folded) = ascii.or(same.first()).filter(|folded| **folded != letter) {
                table.set(letter, *folded);
            }
        }
        table
    }

    fn set(&mut self, letter: char, folded: char) {
        let number = letter as usize / PAGE_LETTERS;
        // Page 0 is ASCII, which is not looked up, and so can be the one of all that has no case.
        let own = |number: usize| {
            let start = number * PAGE_LETTERS;
            let letter = |index| u32::try_from(start + index).ok().and_then(char::from_u32);
            std::array::from_fn(|index| letter(index).unwrap_or(char::REPLACEMENT_CHARACTER))
        };
        if self.letters.is_empty() {
            self.letters.push(own(0));
        }
        if self.pages.len() <= number {
            self.pages.resize(number + 1, 0);
        }
        if self.pages.get(number) == Some(&0) && 0 < number {
            self.letters.push(own(number));
            self.pages[number] = u8::try_from(self.letters.len() - 1).unwrap_or(0);
        }
        let page = self.pages.get(number).copied().unwrap_or(0);
        if let Some(letters) = self.letters.get_mut(usize::from(page)) {
            letters[letter as usize % PAGE_LETTERS] = folded;
        }
    }

    fn fold(&self, letter: char) -> char {
        match self.pages.get(letter as usize / PAGE_LETTERS) {
            None | Some(0) => letter,
            Some(page) => {
                let letters = self.letters.get(usize::from(*page));
                letters.map_or(letter, |letters| letters[letter as usize % PAGE_LETTERS])
            }
        }
    }
}
