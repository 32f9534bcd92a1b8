//! Flag keys: which cannot be asked for, and which need no care.

/// How many characters a flag key may have.
pub const KEY_CHARACTERS_MAX: usize = 150;

/// Why `key` cannot be a flag key, if it cannot.
#[must_use]
pub fn problem(key: &str) -> Option<&'static str> {
    match key {
        "" => Some("it is empty"),
        "." | ".." => Some("clients and proxies take it out of an address"),
        _ if key.chars().any(char::is_control) => Some("it has a control character"),
        _ if key.starts_with('/') || key.ends_with('/') => Some("it begins or ends with `/`"),
        _ if has_lost_segment(key) => {
            Some("clients and proxies take a part that is empty, `.` or `..` out of an address")
        }
        _ if key.chars().count() > KEY_CHARACTERS_MAX => Some("it has more than 150 characters"),
        _ => None,
    }
}

/// Whether a part of the key between slashes does not survive in an address, so that whoever asks
/// for `a/../b` gets the answer for `b`.
#[must_use]
pub fn has_lost_segment(key: &str) -> bool {
    key.split('/').any(|segment| matches!(segment, "" | "." | ".."))
}

/// Whether a key needs no care in addresses and shells.
#[must_use]
pub fn is_usual(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/:-".contains(&byte))
}
