//! Origins of web pages, as people write them for `--cors-origin`.
//!
//! A browser sends an origin in one form only: lower case, the host in ASCII, an IP address in its
//! canonical form, and no port where the scheme has that one anyway (WHATWG URL, "host serializing"
//! and "origin"). What is written otherwise would never equal it, so it is refused with the form
//! that would.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// What stands for any one label of a host, or for any port.
const ANY: &str = "*";

/// An origin whose pages may ask, or a pattern for such origins.
///
/// ```
/// use flagstaff::api::origin::BrowserOrigin;
/// let pages: BrowserOrigin = "https://*.shop.example".parse().unwrap();
/// assert!(pages.matches(b"https://nl.shop.example"));
/// assert!(!pages.matches(b"https://shop.example"));
/// assert!("https://shop.example:443".parse::<BrowserOrigin>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserOrigin {
    /// All of them: `*`.
    All,
    /// Those of one scheme, host and port, each of which may be a pattern.
    Of {
        /// The scheme with `://` behind it, in lower case.
        scheme: Box<str>,
        /// The host, without the label that may be any.
        host: Box<str>,
        /// Whether one label stands before the host, whichever it is.
        any_label: bool,
        /// The port.
        port: Port,
    },
}

/// The port of an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// The one that the scheme has by itself, which is not written.
    Default,
    /// This one.
    Number(u16),
    /// Any, the default one too.
    Any,
}

impl BrowserOrigin {
    /// Whether a page whose browser sends `origin` is meant.
    #[must_use]
    pub fn matches(&self, origin: &[u8]) -> bool {
        let Self::Of { scheme, host, any_label, port } = self else { return true };
        let Ok(origin) = std::str::from_utf8(origin) else { return false };
        let Some(rest) = strip_prefix(origin, scheme) else { return false };
        let rest = if *any_label {
            // One label: up to the first dot, and not empty.
            let Some((label, rest)) = rest.split_once('.') else { return false };
            if label.is_empty() || !label.bytes().all(is_host_byte) {
                return false;
            }
            rest
        } else {
            rest
        };
        let Some(rest) = strip_prefix(rest, host) else { return false };
        match (rest, port) {
            ("", Port::Default | Port::Any) => true,
            (_, Port::Default) => false,
            (rest, Port::Any) => rest.strip_prefix(':').and_then(number).is_some(),
            (rest, Port::Number(port)) => rest.strip_prefix(':').and_then(number) == Some(*port),
        }
    }
}

impl FromStr for BrowserOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == ANY {
            return Ok(Self::All);
        }
        if text.eq_ignore_ascii_case("null") {
            return Err(
                "`null` is what pages without an origin send, and everybody can make one: \
                        name an origin, or `*` for all"
                    .to_owned(),
            );
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!(
                "`{text}` is not an origin: write it with its scheme, `https://{text}`"
            ));
        };
        let scheme = scheme.to_ascii_lowercase();
        if !is_scheme(&scheme) {
            return Err(format!("`{scheme}` is not a scheme such as `https`"));
        }
        if scheme == "file" {
            return Err(
                "pages from files have no origin: serve them, from `http://localhost:8080` \
                        for example"
                    .to_owned(),
            );
        }
        if let Some(end) = rest.find(['/', '?', '#', '\\']) {
            let bare = rest.get(..end).unwrap_or_default();
            return Err(format!("`{text}` has a path: an origin is `{scheme}://{bare}`"));
        }
        if let Some((_, host)) = rest.rsplit_once('@') {
            return Err(format!("`{text}` has a user: an origin is `{scheme}://{host}`"));
        }
        let (host, port) = split_port(rest);
        let (any_label, bare_host) = match host.strip_prefix("*.") {
            Some(below) => (true, below),
            None => (false, host),
        };
        let canonical = canonical_host(bare_host, text)?;
        if any_label && (canonical.starts_with('[') || canonical.parse::<Ipv4Addr>().is_ok()) {
            return Err(format!("`{text}` has `*` before an IP address, which has no labels"));
        }
        let (port, shown_port) = read_port(&scheme, port, text)?;
        let label = if any_label { "*." } else { "" };
        let wanted = format!("{scheme}://{label}{canonical}{shown_port}");
        if !wanted.eq_ignore_ascii_case(text) {
            return Err(format!("no browser sends `{text}`: write `{wanted}`"));
        }
        let (scheme, host) = (format!("{scheme}://").into(), canonical.into());
        Ok(Self::Of { scheme, host, any_label, port })
    }
}

impl fmt::Display for BrowserOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Of { scheme, host, any_label, port } = self else {
            return formatter.write_str(ANY);
        };
        let label = if *any_label { "*." } else { "" };
        write!(formatter, "{scheme}{label}{host}")?;
        match port {
            Port::Default => Ok(()),
            Port::Number(number) => write!(formatter, ":{number}"),
            Port::Any => formatter.write_str(":*"),
        }
    }
}

/// The text behind a prefix, whatever the case of that is.
fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// RFC 3986: a letter, then letters, digits, `+`, `-` and `.`.
fn is_scheme(text: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_usual)
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
}

/// The host, and the port if there is a colon for one. The colons of an IPv6 address are in
/// brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rfind(':').filter(|colon| text.rfind(']').is_none_or(|bracket| bracket < *colon)) {
        Some(colon) => {
            let (host, port) = text.split_at(colon);
            // More colons without brackets: an IPv6 address, of which nothing is the port.
            if host.contains(':') && !host.starts_with('[') {
                (text, None)
            } else {
                (host, port.get(1..))
            }
        }
        None => (text, None),
    }
}

/// The host as a browser sends it.
fn canonical_host(host: &str, origin: &str) -> Result<String, String> {
    let not_one = || format!("`{origin}` is not an origin such as `https://shop.example`");
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').and_then(|text| text.parse::<Ipv6Addr>().ok());
        return address.map(|address| format!("[{}]", canonical_v6(address))).ok_or_else(not_one);
    }
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return Ok(format!("[{}]", canonical_v6(address)));
    }
    if host.contains('*') {
        return Err(format!(
            "`*` in `{origin}` must be the whole first label of a host with more of them, \
             `https://*.shop.example`, or the port, `http://localhost:*`"
        ));
    }
    let host = if host.is_ascii() {
        host.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(host).map_err(|_| not_one())?
    };
    let mut labels = host.strip_suffix('.').unwrap_or(&host).split('.');
    if labels.clone().any(|label| label.is_empty() || !label.bytes().all(is_host_byte)) {
        return Err(not_one());
    }
    if labels.next_back().is_some_and(is_number) && host.parse::<Ipv4Addr>().is_err() {
        return Err(format!(
            "`{origin}` ends in a number, so it would be an IPv4 address: write that as four \
             decimal numbers, `http://127.0.0.1`"
        ));
    }
    Ok(host)
}

/// Whether a host that ends in this label is an IPv4 address to a browser, however it is written.
fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x");
    label.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An IPv6 address as browsers write it: never with an IPv4 address at its end.
fn canonical_v6(address: Ipv6Addr) -> String {
    let text = address.to_string();
    if !text.contains('.') {
        return text;
    }
    let [.., high, low] = address.segments();
    let start = text.rfind(':').and_then(|colon| text.get(..=colon)).unwrap_or_default();
    format!("{start}{high:x}:{low:x}")
}

/// The port, and how it is written.
fn read_port(scheme: &str, port: Option<&str>, origin: &str) -> Result<(Port, String), String> {
    let Some(port) = port else { return Ok((Port::Default, String::new())) };
    if port == ANY {
        return Ok((Port::Any, format!(":{ANY}")));
    }
    let Some(number) = number(port) else {
        return Err(format!("`{port}` in `{origin}` is not a port: expected a number, or `*`"));
    };
    let by_itself = match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    };
    if by_itself == Some(number) {
        return Ok((Port::Default, String::new()));
    }
    Ok((Port::Number(number), format!(":{number}")))
}

fn number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
