//! Reads JSON that callers send, also what the standard reader refuses although JSON has it.
//!
//! That is half a surrogate pair in a string, and a number beyond every float. JavaScript's
//! `JSON.stringify` writes the one (a text that is cut in the middle of an emoji), and the other is
//! any long number. Whoever sends such an attribute should not lose all flags for it. A half
//! becomes U+FFFD, as JavaScript's `toWellFormed` has it; a number beyond every float is infinite.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::Error;

/// How many lists and objects may lie inside one another, as for the standard reader.
const NESTING_MAX: u8 = 127;
/// What stands for half a surrogate pair.
const REPLACEMENT: char = '\u{FFFD}';

/// Reads a JSON text. The standard reader does it; only what that refuses is read once more.
///
/// # Errors
///
/// The standard reader's, for what is no JSON, is nested too deeply, or is not what was expected.
pub fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Error> {
    serde_json::from_str(text).or_else(|error| read_once_more(text, error))
}

#[cold]
fn read_once_more<'t, T: Deserialize<'t>>(text: &'t str, error: Error) -> Result<T, Error> {
    if !error.is_syntax() {
        return Err(error);
    }
    let mut reader = Reader { text, at: 0, depth: 0 };
    let read = T::deserialize(&mut reader);
    if reader.is_too_deep() {
        return Err(error);
    }
    // The standard reader looks at the grammar alone where it passes over everything, so it knows
    // the place of a mistake behind what it refused.
    serde_json::from_str::<IgnoredAny>(text)?;
    read
}

/// A reader of what is JSON. Of what is none it may make something: the grammar is checked by
/// another.
struct Reader<'t> {
    text: &'t str,
    /// The next byte to be read.
    at: usize,
    depth: u8,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn is_too_deep(&self) -> bool {
        NESTING_MAX < self.depth
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let trimmed = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
        self.at = self.text.len() - trimmed.len();
        trimmed.bytes().next()
    }

    /// Reads the next byte if it is this one.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn word<T>(&mut self, word: &str, value: T) -> Result<T, Error> {
        if self.rest().starts_with(word) {
            self.at += word.len();
            return Ok(value);
        }
        Err(unexpected())
    }

    fn number<V: Visitor<'t>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let rest = self.rest();
        let is_part = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let end = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let (number, _) = rest.split_at(end);
        self.at += end;
        match (number.parse(), number.parse()) {
            (Ok(whole), _) => visitor.visit_i64(whole),
            (_, Ok(whole)) => visitor.visit_u64(whole),
            // What is beyond every float is infinite.
            _ => visitor.visit_f64(number.parse().map_err(|_| unexpected())?),
        }
    }

    /// Reads a string behind its opening quote.
    fn string<V: Visitor<'t>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let mut unescaped: Option<String> = None;
        loop {
            let rest = self.rest();
            let end = rest.find(['"', '\\']).ok_or_else(unexpected)?;
            let (plain, after) = rest.split_at(end);
            self.at += end + 1;
            if after.starts_with('"') {
                return match unescaped {
                    None => visitor.visit_borrowed_str(plain),
                    Some(text) => visitor.visit_string(text + plain),
                };
            }
            let text = unescaped.get_or_insert_default();
            text.push_str(plain);
            text.push(self.escape()?);
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<char, Error> {
        let letter = self.rest().chars().next().ok_or_else(unexpected)?;
        self.at += 1;
        Ok(match letter {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let unit = self.unit().ok_or_else(unexpected)?;
                self.letter(unit)
            }
            letter => letter,
        })
    }

    /// The letter that a unit of UTF-16 makes, with the one that follows if both are a pair.
    fn letter(&mut self, unit: u16) -> char {
        let before = self.at;
        let follows = matches!(unit, 0xD800..=0xDBFF) && self.rest().starts_with("\\u");
        if follows {
            self.at += 2;
            let pair = self.unit().map(|low| char::decode_utf16([unit, low]).next());
            if let Some(Some(Ok(letter))) = pair {
                return letter;
            }
            // Not the other half: it is read by itself.
            self.at = before;
        }
        char::from_u32(unit.into()).unwrap_or(REPLACEMENT)
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u16> {
        let unit = u16::from_str_radix(self.rest().get(..4)?, 16).ok()?;
        self.at += 4;
        Some(unit)
    }

    /// Reads a list or an object, which lies one deeper.
    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.depth += 1;
        if self.is_too_deep() {
            return Err(unexpected());
        }
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }
}

/// Never seen: there is a better error for what is no JSON, and for what is too deep.
fn unexpected() -> Error {
    Error::custom("unexpected")
}

impl<'t> Deserializer<'t> for &mut Reader<'t> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'n') => {
                self.word("null", ())?;
                visitor.visit_unit()
            }
            Some(b't') => visitor.visit_bool(self.word("true", true)?),
            Some(b'f') => visitor.visit_bool(self.word("false", false)?),
            Some(b'"') => {
                self.at += 1;
                self.string(visitor)
            }
            Some(b'[') => self.inside(|reader| {
                reader.at += 1;
                visitor.visit_seq(Items { reader, close: b']' })
            }),
            Some(b'{') => self.inside(|reader| {
                reader.at += 1;
                visitor.visit_map(Items { reader, close: b'}' })
            }),
            _ => self.number(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() == Some(b'n') {
            self.deserialize_any(visitor)
        } else {
            visitor.visit_some(self)
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The items of a list or the entries of an object, up to the bracket that closes it.
struct Items<'r, 't> {
    reader: &'r mut Reader<'t>,
    close: u8,
}

impl Items<'_, '_> {
    /// Whether one more follows.
    fn has_next(&mut self) -> bool {
        !self.reader.take(self.close) && {
            self.reader.take(b',');
            true
        }
    }
}

impl<'t> SeqAccess<'t> for Items<'_, 't> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.has_next() { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'t> MapAccess<'t> for Items<'_, 't> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'t>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        if self.has_next() { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Error> {
        self.reader.take(b':');
        seed.deserialize(&mut *self.reader)
    }
}
