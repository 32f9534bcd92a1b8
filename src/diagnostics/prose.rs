//! Words for people: they can be shown, and nothing can be decided by them.

use std::fmt;

use serde::{Serialize, Serializer};

/// Words for people.
///
/// There is no comparison and no view of them as text, so that code which decides by a wording does
/// not compile: whatever is to be decided by has a type of its own.
#[derive(Clone, Debug, Default)]
pub struct Prose(String);

impl Prose {
    /// The same in other words, as where what may not be shown is taken out.
    #[must_use]
    pub fn rewritten(&self, rewrite: impl FnOnce(&str) -> String) -> Self {
        Self(rewrite(&self.0))
    }

    /// The words, for what this room does with them.
    pub(super) fn words(&self) -> &str {
        &self.0
    }
}

impl From<String> for Prose {
    fn from(words: String) -> Self {
        Self(words)
    }
}

impl From<&str> for Prose {
    fn from(words: &str) -> Self {
        Self(words.to_owned())
    }
}

impl fmt::Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Prose {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
