//! Where a repository is, as people write it: a path, or an address that git understands.

use std::{fmt, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;

use crate::source::git::remote::{
    address::{HttpAddress, UrlScheme},
    stream::StreamAddress,
};

/// Where a repository is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A directory on this machine: the repository, bare or not.
    Directory(PathBuf),
    /// On another machine, or as if.
    Remote(RemoteLocation),
}

/// Where a repository is that has to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteLocation {
    /// `https://…`, `http://…`.
    Http(HttpAddress),
    /// `ssh://…`, `git@host:path`.
    Ssh(StreamAddress),
    /// `git://…`.
    Daemon(StreamAddress),
}

impl RemoteLocation {
    /// As git understands it.
    #[must_use]
    pub fn url(&self) -> String {
        let of_stream = |scheme: &str, address: &StreamAddress| {
            let user = address.user.as_ref().map_or(String::new(), |user| format!("{user}@"));
            let port = address.port.map_or(String::new(), |port| format!(":{port}"));
            let slash = if address.path.starts_with('/') { "" } else { "/" };
            format!("{scheme}://{user}{}{port}{slash}{}", address.host, address.path)
        };
        match self {
            Self::Http(address) => address.url(),
            Self::Ssh(address) => of_stream("ssh", address),
            Self::Daemon(address) => of_stream("git", address),
        }
    }

    /// Whether it is asked for by HTTP, encrypted or not.
    #[must_use]
    pub fn is_http(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// Whether it is asked for by HTTP, and nobody on the way can read what is sent.
    #[must_use]
    pub fn is_encrypted_http(&self) -> bool {
        matches!(self, Self::Http(address) if address.scheme == UrlScheme::Https)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(formatter),
            Self::Remote(remote) => formatter.write_str(&remote.url()),
        }
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return match scp_like(text) {
                _ if text.is_empty() => Err("expected a path or an address".to_owned()),
                Some(address) => checked(address).map(RemoteLocation::Ssh).map(Self::Remote),
                None => Ok(Self::Directory(PathBuf::from(text))),
            };
        };
        let shown = without_credentials(text);
        let explain = |problem: String| format!("`{shown}` {problem}");
        match &*scheme.to_ascii_lowercase() {
            "file" => directory(rest).map_err(explain).map(Self::Directory),
            "http" | "https" => {
                let mut address = HttpAddress::parse(text).map_err(explain)?;
                if address.target.contains('?') {
                    return Err(format!("`{shown}` has a query, which no repository has"));
                }
                address.target.truncate(address.target.trim_end_matches('/').len());
                Ok(Self::Remote(RemoteLocation::Http(address)))
            }
            "ssh" | "git" => {
                let address = stream(rest).and_then(checked).map_err(explain)?;
                let is_ssh = scheme.eq_ignore_ascii_case("ssh");
                if !is_ssh && address.user.is_some() {
                    return Err(format!("`{shown}` cannot name a user: `git://` has none"));
                }
                let remote = if is_ssh { RemoteLocation::Ssh } else { RemoteLocation::Daemon };
                Ok(Self::Remote(remote(address)))
            }
            _ => Err(format!(
                "`{shown}` begins with `{scheme}://`: expected a path, `https://`, `http://`, \
                 `ssh://`, `git@HOST:PATH`, `git://` or `file://`"
            )),
        }
    }
}

/// The path in `file://localhost/path`.
fn directory(rest: &str) -> Result<PathBuf, String> {
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err("names another machine: expected `file:///` and a path".to_owned());
    }
    let path = percent_decode_str(path).decode_utf8();
    let path = path.map_err(|_| "is no UTF-8 once it is decoded".to_owned())?;
    Ok(PathBuf::from(&*path))
}

/// `user@host:path`, which is `ssh`; none if it is a path.
fn scp_like(text: &str) -> Option<StreamAddress> {
    let (place, path) = text.split_once(':')?;
    let (user, host) = place.split_once('@')?;
    let is_address = !user.is_empty() && !host.is_empty() && !place.contains('/');
    (is_address && !path.is_empty()).then(|| StreamAddress {
        user: Some(user.to_owned()),
        host: host.to_owned(),
        port: None,
        path: path.to_owned(),
    })
}

/// `user@host:port/path`.
fn stream(rest: &str) -> Result<StreamAddress, String> {
    let (place, path) = rest.split_once('/').ok_or("names no repository there")?;
    let (user, server) = match place.rsplit_once('@') {
        Some((user, server)) => (Some(user), server),
        None => (None, place),
    };
    if user.is_some_and(|user| user.contains(':')) {
        return Err("must not name a password, which everybody could see".to_owned());
    }
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if is_port(port) => {
            (host, Some(port.parse().map_err(|_| format!("has no port `{port}`"))?))
        }
        _ => (server, None),
    };
    let path = percent_decode_str(path).decode_utf8();
    let path = path.map_err(|_| "is no UTF-8 once it is decoded".to_owned())?;
    // `/~user` begins at somebody's own directory, as git has it.
    let path = if path.starts_with('~') { path.into_owned() } else { format!("/{path}") };
    Ok(StreamAddress { user: user.map(str::to_owned), host: host.to_owned(), port, path })
}

/// Refuses what a program would take for an option, or what cannot be.
fn checked(address: StreamAddress) -> Result<StreamAddress, String> {
    let parts = [Some(&address.host), address.user.as_ref(), Some(&address.path)];
    for part in parts.into_iter().flatten() {
        if part.is_empty() || part.starts_with('-') || part.contains(char::is_control) {
            return Err(format!("cannot have `{}` in it", part.escape_debug()));
        }
    }
    Ok(address)
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
