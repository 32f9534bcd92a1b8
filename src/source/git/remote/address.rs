//! Addresses of HTTP, as far as git needs them.

use std::fmt;

use hyper::{Uri, header::HeaderValue};

/// Whether what is sent is hidden from those on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlScheme {
    /// It is not.
    Http,
    /// It is.
    Https,
}

/// Something at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAddress {
    /// How it is asked for.
    pub scheme: UrlScheme,
    /// The server, in lower case; an address of IPv6 with its brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The path and the query.
    pub target: String,
}

impl HttpAddress {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// What is wrong with it; never what it says of users and passwords.
    pub fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|error| format!("is no URL: {error}"))?;
        let scheme = match uri.scheme_str() {
            Some("https") => UrlScheme::Https,
            Some("http") => UrlScheme::Http,
            _ => return Err("is no address of `https://` or `http://`".to_owned()),
        };
        let authority = uri.authority().ok_or("names no server")?;
        if authority.as_str().contains('@') {
            return Err(
                "must not name a user or a password, which everybody could see: put them in a \
                 file and name that with `--git-token-file`"
                    .to_owned(),
            );
        }
        let port = authority.port_u16().unwrap_or(scheme.port());
        let host = authority.host().to_ascii_lowercase();
        let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        Ok(Self { scheme, host, port, target })
    }

    /// The whole address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority(), self.target)
    }

    /// The server, and its port unless that is the usual one.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { scheme, host, port, .. } = self;
        if *port == scheme.port() { host.clone() } else { format!("{host}:{port}") }
    }

    /// Whether two addresses are at the same server: scheme, host and port.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        (self.scheme, &self.host, self.port) == (other.scheme, &other.host, other.port)
    }

    /// Where a server sends us to. Nothing that was encrypted goes on without.
    ///
    /// # Errors
    ///
    /// Why we do not go there.
    pub fn elsewhere(&self, location: Option<&HeaderValue>) -> Result<String, String> {
        let location = location.and_then(|value| value.to_str().ok());
        let location = location.ok_or("it redirects without saying where to")?;
        let whole = if location.starts_with('/') && !location.starts_with("//") {
            format!("{}://{}{location}", self.scheme, self.authority())
        } else {
            location.to_owned()
        };
        let to =
            Self::parse(&whole).map_err(|problem| format!("it redirects to what {problem}"))?;
        if self.scheme == UrlScheme::Https && to.scheme == UrlScheme::Http {
            return Err(format!("it redirects to `http://{}`, without encryption", to.authority()));
        }
        Ok(to.url())
    }
}

impl UrlScheme {
    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for UrlScheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}
