//! Whom a request is meant for: what its `Host` says, and whether that is us.
//!
//! A page of anybody's may have its name resolve to 127.0.0.1, and then ask whatever listens there
//! as if that were its own server (DNS rebinding). The browser says in `Host` whom it believes to
//! ask, which gives it away.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use bytes::Bytes;
use hyper::{Request, Response, StatusCode, Version, header::HOST};

use crate::{
    definition::quote::quote,
    http::{
        answer::{Answer, Payload, Refusal},
        route::Route,
    },
};

/// Whose names are taken for this machine's, beside those that always are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

/// Answers only what is meant for us.
#[derive(Debug)]
pub struct Guard {
    route: Arc<Route>,
    /// Who may be asked for what is private; none where everybody may.
    hosts: Option<Hosts>,
}

impl Hosts {
    /// Takes this host's name for ours, too.
    ///
    /// # Errors
    ///
    /// It is no name of a host; what it is, and what to write.
    pub fn allow(&mut self, name: &str) -> Result<(), String> {
        if let Some((scheme, rest)) = name.split_once("://") {
            let rest = rest.trim_end_matches('/');
            return Err(format!("`{name}` has a scheme: write `{rest}` without `{scheme}://`"));
        }
        match parse(name.as_bytes()) {
            Some((host, None)) if !host.is_empty() => {
                self.0.push(canonical(host));
                Ok(())
            }
            Some((host, Some(_))) if !host.is_empty() => {
                Err(format!("`{name}` has a port, and every port is allowed: write `{host}`"))
            }
            _ => Err(format!("`{name}` is not the name of a host, such as `flags.example.com`")),
        }
    }

    /// Whether a host is this machine, or one whose name was allowed.
    #[must_use]
    pub fn includes(&self, host: &str) -> bool {
        if host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
            return true;
        }
        let host = canonical(host);
        host == "localhost" || host.ends_with(".localhost") || self.0.contains(&host)
    }
}

impl Guard {
    /// Answers from `route`. What is private is shown only to those who ask one of `hosts` for it,
    /// if there are any: on loopback addresses, which only this machine is to reach.
    #[must_use]
    pub fn new(route: Arc<Route>, hosts: Option<Hosts>) -> Self {
        Self { route, hosts }
    }

    /// What to say instead of answering.
    fn objection(&self, request: &Request<Bytes>) -> Option<Response<Payload>> {
        let host = match host(request) {
            Ok(host) => host?,
            Err(details) => {
                return Some(self.route.object(request, StatusCode::BAD_REQUEST, details));
            }
        };
        let hosts = self.hosts.as_ref()?;
        if hosts.includes(host) || !self.route.is_private(request) {
            return None;
        }
        let host = quote(host);
        let details = format!(
            "this listens on a loopback address, and `Host` names another machine, `{host}`; if \
             that is meant to be this one, start the daemon with `--allowed-host {host}`"
        );
        Some(self.route.object(request, StatusCode::MISDIRECTED_REQUEST, &details))
    }
}

impl Answer for Guard {
    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        self.objection(request).unwrap_or_else(|| self.route.answer(request))
    }

    fn refuse(&self, request: &Request<Bytes>, refusal: Refusal) -> Response<Payload> {
        self.route.refuse(request, refusal)
    }
}

/// The host that a request is meant for, without the port; none if it does not say. RFC 9112,
/// section 3.2: HTTP/1.1 has to say, once; and what a whole URI says goes before `Host`.
///
/// # Errors
///
/// What is wrong.
pub fn host(request: &Request<Bytes>) -> Result<Option<&str>, &'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => Some(parse(host.as_bytes()).ok_or(INVALID)?.0),
        (None, _) if request.version() == Version::HTTP_11 => return Err(MISSING),
        (None, _) => None,
        (Some(_), Some(_)) => return Err(REPEATED),
    };
    match request.uri().authority() {
        None => Ok(host),
        // Nobody has a name and a password here, and it is a way to disguise the host.
        Some(authority) if authority.as_str().contains('@') => Err(INVALID),
        Some(authority) => Ok(Some(authority.host())),
    }
}

const MISSING: &str = "there is no `Host` header, which HTTP/1.1 requires (RFC 9112, section 3.2)";
const REPEATED: &str = "there is more than one `Host` header (RFC 9112, section 3.2)";
const INVALID: &str =
    "`Host` is neither `name`, `name:port`, `IP:port` nor `[IPv6]:port` (RFC 9112, section 3.2)";

/// A host and its port, as RFC 3986 writes them: `uri-host [ ":" port ]`. The host may be empty.
fn parse(bytes: &[u8]) -> Option<(&str, Option<&str>)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let end = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, _) = rest.split_once(']')?;
            address.parse::<Ipv6Addr>().ok()?;
            address.len() + 2
        }
        None => text.bytes().position(|byte| byte == b':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at_checked(end)?;
    let port = match port {
        "" => None,
        port => Some(port.strip_prefix(':')?),
    };
    let is_host = host.starts_with('[') || host.bytes().all(is_of_name) && is_escaped(host);
    let is_port = port.is_none_or(|port| port.bytes().all(|digit| digit.is_ascii_digit()));
    (is_host && is_port).then_some((host, port))
}

/// Whether a byte may stand in a registered name.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%".contains(&byte)
}

/// Whether two hexadecimal digits follow every `%`.
fn is_escaped(name: &str) -> bool {
    let mut parts = name.split('%').skip(1).map(str::as_bytes);
    parts.all(|part| matches!(part, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// A name in the form in which names are compared: case and a dot at the end make no difference.
fn canonical(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}
