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
    api::route::Route,
    diagnostics::quote::quote,
    server::answer::{Answer, Payload, Refusal},
};

/// Whose names are taken for this machine's, beside those that always are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

/// Lets in only what is meant for us.
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
        let text = |host| std::str::from_utf8(host).unwrap_or_default();
        match parse(name.as_bytes()).map(|(host, port)| (text(host), port)) {
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
}

impl Answer for Guard {
    fn objection(&self, head: &Request<()>) -> Option<Response<Payload>> {
        let host = match host_bytes(head) {
            Ok(host) => host,
            Err(details) => {
                return Some(self.route.object(head, StatusCode::BAD_REQUEST, details));
            }
        };
        let hosts = self.hosts.as_ref()?;
        if !self.route.is_private(head) {
            return None;
        }
        let host = std::str::from_utf8(host?).unwrap_or_default();
        if hosts.includes(host) {
            return None;
        }
        let host = quote(host);
        let details = format!(
            "this listens on a loopback address, and `Host` names another machine, `{host}`; if \
             that is meant to be this one, start the daemon with `--allowed-host {host}`"
        );
        Some(self.route.object(head, StatusCode::MISDIRECTED_REQUEST, &details))
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Payload> {
        self.route.answer(request)
    }

    fn is_long(&self, request: &Request<Bytes>) -> bool {
        self.route.is_long(request)
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
pub fn host<B>(request: &Request<B>) -> Result<Option<&str>, &'static str> {
    let host = host_bytes(request)?;
    host.map(|host| std::str::from_utf8(host).map_err(|_| INVALID)).transpose()
}

/// The same as bytes, which are ASCII.
fn host_bytes<B>(request: &Request<B>) -> Result<Option<&[u8]>, &'static str> {
    let headers = request.headers();
    // Most requests repeat no header at all, which is known without looking.
    let is_any_repeated = headers.len() != headers.keys_len();
    if is_any_repeated && headers.get_all(HOST).iter().nth(1).is_some() {
        return Err(REPEATED);
    }
    let host = match headers.get(HOST) {
        Some(host) => Some(parse(host.as_bytes()).ok_or(INVALID)?.0),
        None if request.version() == Version::HTTP_11 => return Err(MISSING),
        None => None,
    };
    match request.uri().authority() {
        None => Ok(host),
        // Nobody has a name and a password here, and it is a way to disguise the host.
        Some(authority) if authority.as_str().contains('@') => Err(INVALID),
        Some(authority) => Ok(Some(authority.host().as_bytes())),
    }
}

const MISSING: &str = "there is no `Host` header, which HTTP/1.1 requires (RFC 9112, section 3.2)";
const REPEATED: &str = "there is more than one `Host` header (RFC 9112, section 3.2)";
const INVALID: &str =
    "`Host` is neither `name`, `name:port`, `IP:port` nor `[IPv6]:port` (RFC 9112, section 3.2)";

/// A host and its port, as RFC 3986 writes them: `uri-host [ ":" port ]`. The host may be empty.
/// Every request comes by here, so the usual forms take one look at each byte.
fn parse(bytes: &[u8]) -> Option<(&[u8], Option<&[u8]>)> {
    let weigh = |byte: &u8| WEIGHTS.get(usize::from(*byte)).copied().unwrap_or(OTHER);
    let weight = bytes.iter().fold(0_u64, |sum, byte| sum.wrapping_add(weigh(byte)));
    match weight {
        0 => return Some((bytes, None)),
        COLON => {
            let (host, port) = bytes.split_at_checked(bytes.iter().rposition(|it| *it == b':')?)?;
            let (_, port) = port.split_first()?;
            return port.iter().all(u8::is_ascii_digit).then_some((host, Some(port)));
        }
        _ => {}
    }
    let is_literal = bytes.first() == Some(&b'[');
    let last = if is_literal { b']' } else { b':' };
    let end = match bytes.iter().position(|byte| *byte == last) {
        Some(end) => end + usize::from(is_literal),
        None if is_literal => return None,
        None => bytes.len(),
    };
    let (host, port) = bytes.split_at_checked(end)?;
    let port = match port {
        [] => None,
        [b':', port @ ..] => Some(port),
        _ => return None,
    };
    let text = std::str::from_utf8(host).ok()?;
    let is_host = match text.strip_prefix('[') {
        Some(address) => address.strip_suffix(']')?.parse::<Ipv6Addr>().is_ok(),
        None => host.iter().all(|byte| weigh(byte) <= PERCENT) && is_escaped(text),
    };
    let is_port = port.is_none_or(|port| port.iter().all(u8::is_ascii_digit));
    (is_host && is_port).then_some((host, port))
}

/// How much a colon weighs in [`WEIGHTS`].
const COLON: u64 = 1 << 25;
/// How much `%` weighs: less, so that it may stand in a name.
const PERCENT: u64 = 1;
/// How much a byte weighs that stands in no name.
const OTHER: u64 = 1 << 32;

/// For each byte, nothing if it may stand in a registered name (unreserved, or a delimiter), or
/// else so much that a sum tells whether there is nothing but a name and one colon.
static WEIGHTS: [u64; 256] = {
    let mut weights = [OTHER; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        let is_delimiter = matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
        );
        if byte.is_ascii_alphanumeric() || is_delimiter {
            weights[byte as usize] = 0;
        }
        byte += 1;
    }
    weights[b':' as usize] = COLON;
    weights[b'%' as usize] = PERCENT;
    weights
};

/// Whether two hexadecimal digits follow every `%`.
fn is_escaped(name: &str) -> bool {
    let mut parts = name.split('%').skip(1).map(str::as_bytes);
    parts.all(|part| matches!(part, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// A name in the form in which names are compared: case and a dot at the end make no difference.
fn canonical(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}
