//! Proxies, as the environment names them: `HTTPS_PROXY`, `http_proxy`, `ALL_PROXY`, `NO_PROXY`.

use std::net::IpAddr;

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::header::HeaderValue;
use ipnet::IpNet;
use percent_encoding::percent_decode_str;

use crate::source::git::remote::address::{HttpAddress, UrlScheme};

/// Which proxies there are, and for whom there is none.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    without: Vec<String>,
}

/// One proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it is told of who asks.
    pub credentials: Option<HeaderValue>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

impl Proxies {
    /// What the environment says; `variable` looks one up. As curl has it, a variable in lower case
    /// wins, and `HTTP_PROXY` is not looked at: a web server sets it from what anybody sends.
    ///
    /// # Errors
    ///
    /// Which variable names no proxy that can be used.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let first = |names: &[&'static str]| {
            let found = names.iter().find_map(|name| {
                variable(name).filter(|value| !value.is_empty()).map(|value| (*name, value))
            });
            found.map(|(name, value)| Proxy::parse(&value).map_err(|why| format!("`{name}` {why}")))
        };
        let all = ["all_proxy", "ALL_PROXY"];
        let http = first(&["http_proxy"]).or_else(|| first(&all)).transpose()?;
        let https = first(&["https_proxy", "HTTPS_PROXY"]).or_else(|| first(&all)).transpose()?;
        let without = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
        let without = without.split(',').map(|entry| entry.trim().to_ascii_lowercase());
        Ok(Self { http, https, without: without.filter(|entry| !entry.is_empty()).collect() })
    }

    /// The proxy by which a server is asked; none if it is asked itself.
    #[must_use]
    pub fn proxy(&self, to: &HttpAddress) -> Option<&Proxy> {
        let proxy = match to.scheme {
            UrlScheme::Http => self.http.as_ref(),
            UrlScheme::Https => self.https.as_ref(),
        };
        proxy.filter(|_| !self.without.iter().any(|entry| is_named(entry, to)))
    }
}

/// Whether an entry of `NO_PROXY` names a server: a host and what is below it, an address, a
/// network, each with a port if that matters, or `*`.
fn is_named(entry: &str, to: &HttpAddress) -> bool {
    let host = to.host.trim_start_matches('[').trim_end_matches(']');
    if entry == "*" {
        return true;
    }
    if let (Ok(network), Ok(address)) = (entry.parse::<IpNet>(), host.parse::<IpAddr>()) {
        return network.contains(&address);
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (entry, None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']').trim_start_matches("*.");
    let name = name.trim_start_matches('.');
    let is_host = host == name || host.strip_suffix(name).is_some_and(|left| left.ends_with('.'));
    is_host && port.is_none_or(|port| port.parse() == Ok(to.port))
}

impl Proxy {
    fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(format!("names a proxy of `{scheme}://`, expected `http://HOST:PORT`"));
        }
        let rest = rest.split('/').next().unwrap_or_default();
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let address = HttpAddress::parse(&format!("http://{place}/"))
            .map_err(|_| "names no proxy: expected `http://HOST:PORT`".to_owned())?;
        let port = if place.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok()) {
            address.port
        } else {
            1080
        };
        let credentials = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            basic(&decoded(name), &decoded(password))
        });
        Ok(Self { host: address.host, port, credentials: credentials.flatten() })
    }
}

/// A user and a password as `Authorization` has them.
#[must_use]
pub fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
