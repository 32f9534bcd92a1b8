//! Where a repository is, as people write it: a path, or an address that git understands.

use std::{fmt, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::source::file_kind::is_url;

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A directory on this machine: the repository, bare or not.
    Directory(PathBuf),
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(formatter),
        }
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("file://") {
            let path = rest.strip_prefix("localhost").unwrap_or(rest);
            if !path.starts_with('/') {
                return Err(format!(
                    "`{text}` names another machine: expected `file:///` and a path"
                ));
            }
            let path = percent_decode_str(path).decode_utf8();
            let path = path.map_err(|_| format!("`{text}` is no UTF-8 once it is decoded"))?;
            return Ok(Self::Directory(PathBuf::from(&*path)));
        }
        if is_url(text) {
            return Err(format!(
                "`{}` is on another machine: expected the path of a repository on this one, or \
                 `file:///` and its path",
                without_credentials(text)
            ));
        }
        if text.is_empty() {
            return Err("expected the path of a repository".to_owned());
        }
        Ok(Self::Directory(PathBuf::from(text)))
    }
}

/// An address as it may be shown: without a user and a password.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}
