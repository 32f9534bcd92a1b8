//! Patterns for names and paths: `*`, `**`, `?` and `[…]`.

use std::{fmt, str::FromStr};

use regex::Regex;

/// How long a pattern may be, in bytes.
pub const GLOB_BYTES_MAX: usize = 1024;

/// A compiled pattern.
///
/// `*` stands for any text without `/`, `?` for one character that is not `/`, `[a-z]` for one of
/// those characters and `[!a-z]` for one that is not among them, `**` for any text; `**/` also for
/// nothing. Everything else stands for itself.
///
/// ```
/// use flagstaff::source::glob::Glob;
/// let glob: Glob = "drafts/**/*.ya[m]l".parse().unwrap();
/// assert!(glob.matches("drafts/a.yaml"));
/// assert!(glob.matches("drafts/2026/a.yaml"));
/// assert!(!glob.matches("flags/a.yaml"));
/// ```
#[derive(Clone, Debug)]
pub struct Glob {
    text: Box<str>,
    regex: Regex,
}

impl Glob {
    /// Whether the whole of `text` fits.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Whether a path fits: the whole path, or, for a pattern without `/`, its last name.
    #[must_use]
    pub fn matches_path(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.matches(if self.text.contains('/') { path } else { name })
    }
}

impl FromStr for Glob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > GLOB_BYTES_MAX {
            return Err(format!("a pattern may have {GLOB_BYTES_MAX} bytes, this has more"));
        }
        let regex = Regex::new(&translate(text)?)
            .map_err(|_| format!("`{text}` has a range in `[…]` that ends before it begins"))?;
        Ok(Self { text: text.into(), regex })
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The regular expression that a pattern stands for.
fn translate(pattern: &str) -> Result<String, String> {
    let mut regex = String::from("(?s)^");
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let at_start = rest.len() == pattern.len() || regex.ends_with('/');
        let (piece, length) = match letter {
            '*' if at_start && rest.starts_with("**/") => ("(?:.*/)?".to_owned(), 3),
            '*' if rest.starts_with("**") => (".*".to_owned(), 2),
            '*' => ("[^/]*".to_owned(), 1),
            '?' => ("[^/]".to_owned(), 1),
            '[' => class(rest).ok_or_else(|| {
                format!("`{pattern}` has a `[` without its `]`; write `[[]` for the character")
            })?,
            _ => (regex::escape(letter.encode_utf8(&mut [0; 4])), letter.len_utf8()),
        };
        regex.push_str(&piece);
        rest = rest.get(length..).unwrap_or("");
    }
    regex.push('$');
    Ok(regex)
}

/// The class at the beginning of `text`, and how many bytes of it that took.
fn class(text: &str) -> Option<(String, usize)> {
    let inside = text.strip_prefix('[')?;
    let negated = inside.starts_with(['!', '^']);
    let members = if negated { inside.get(1..)? } else { inside };
    // A `]` that comes first is a member.
    let first = members.chars().next()?.len_utf8();
    let end = first + members.get(first..)?.find(']')?;
    let mut regex = String::from(if negated { "[^/" } else { "[" });
    for member in members.get(..end)?.chars() {
        if !member.is_alphanumeric() && member != '-' {
            regex.push('\\');
        }
        regex.push(member);
    }
    regex.push(']');
    Some((regex, text.len() - members.len() + end + 1))
}
