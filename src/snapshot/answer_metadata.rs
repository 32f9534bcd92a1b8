//! What each answer carries beside the author's own metadata, for the hooks of OpenFeature.

use std::borrow::Cow;

use crate::engine::{flag::Flag, json_text::push_quoted};

/// How long the id of a flag set may be, in characters.
pub const FLAG_SET_ID_CHARACTERS_MAX: usize = 150;

/// What each answer carries beside the author's own metadata. Nothing, unless it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerMetadata {
    /// Whether it carries the version of its flag.
    pub version: bool,
    /// The id of the flag set, if it has one.
    pub flag_set_id: Option<Box<str>>,
}

/// Reads the id of a flag set.
///
/// # Errors
///
/// What it may be, if it is none.
pub fn flag_set_id(text: &str) -> Result<String, String> {
    let is_short = text.chars().count() <= FLAG_SET_ID_CHARACTERS_MAX;
    if is_short && !text.is_empty() && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "expected a name of 1 to {FLAG_SET_ID_CHARACTERS_MAX} characters without control \
         characters, such as `shop`"
    ))
}

impl AnswerMetadata {
    /// Whether answers carry nothing but what authors say.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The metadata of a flag that has this version, as a JSON object; none if there is nothing.
    /// What its author says of a key goes before what is said here.
    #[must_use]
    pub fn of<'f>(&self, flag: &'f Flag, version: u64) -> Option<Cow<'f, str>> {
        let own = flag.metadata.as_deref().unwrap_or("{}");
        // It was written by us: an object of JSON.
        let keys: serde_json::Map<_, _> = serde_json::from_str(own).unwrap_or_default();
        let version = self.version.then(|| format!("{version:016x}"));
        let flag_set_id = self.flag_set_id.as_deref();
        let additions = [("version", version.as_deref()), ("flagSetId", flag_set_id)];
        let mut text = own.strip_suffix('}').unwrap_or(own).as_bytes().to_vec();
        let mut is_first = keys.is_empty();
        let mut is_changed = false;
        for (name, value) in additions {
            let Some(value) = value.filter(|_| !keys.contains_key(name)) else { continue };
            if !is_first {
                text.push(b',');
            }
            push_quoted(&mut text, name);
            text.push(b':');
            push_quoted(&mut text, value);
            (is_first, is_changed) = (false, true);
        }
        if !is_changed {
            return flag.metadata.as_deref().map(Cow::Borrowed);
        }
        text.push(b'}');
        String::from_utf8(text).ok().map(Cow::Owned)
    }
}
