//! Where to listen, as people write it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

/// The port that OFREP clients try unless they are told another.
pub const PORT: u16 = 8016;

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP port of one address, or of all.
    Tcp(SocketAddr),
    /// A TCP port of the loopback interface, in IPv4 and, where there is one, IPv6.
    Localhost(u16),
    /// A Unix domain socket.
    Unix(PathBuf),
}

impl Address {
    /// Where to listen unless told otherwise.
    pub const DEFAULT: Self = Self::Localhost(PORT);
}

impl Address {
    /// Whether only this machine can reach it by TCP.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Localhost(_) => true,
            Self::Unix(_) => false,
        }
    }
}

impl FromStr for Address {
    type Err = String;

    /// `IP:PORT`, `[IPv6]:PORT`, `localhost:PORT`, `unix:PATH`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err("`unix:` needs a path: `unix:/run/flagstaff.sock`".into()),
                path => Ok(Self::Unix(path.into())),
            };
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::Tcp(address));
        }
        if let Some(port) = text.strip_prefix("localhost:").and_then(|port| port.parse().ok()) {
            return Ok(Self::Localhost(port));
        }
        Err(explain(text))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(formatter, "{address}"),
            Self::Localhost(port) => write!(formatter, "localhost:{port}"),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// What is wrong with an address, and what was probably meant.
fn explain(text: &str) -> String {
    let wanted = "an address is `IP:PORT`, `localhost:PORT` or `unix:PATH`";
    if let Some((scheme, rest)) = text.split_once("://") {
        let rest = rest.trim_end_matches('/');
        return format!("`{text}` has a scheme: write `{rest}` without `{scheme}://`");
    }
    if text.starts_with('/') || text.starts_with("./") {
        return format!("`{text}` looks like the path of a socket: write `unix:{text}`");
    }
    let port = text.strip_prefix("*:").or_else(|| text.strip_prefix(':')).unwrap_or(text);
    if port.parse::<u16>().is_ok() {
        let (any, local) = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::LOCALHOST);
        return format!(
            "`{text}` names no address: write `{local}:{port}` for this machine only, or \
             `{any}:{port}` for all who can reach it"
        );
    }
    if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return format!("`{text}` has no port: write `{}`", SocketAddr::new(address, PORT));
    }
    let Some((host, port)) = text.rsplit_once(':') else {
        return format!("`{text}` is not an address: {wanted}");
    };
    if port.parse::<u16>().is_err() {
        return format!("`{port}` in `{text}` is not a port: a port is a number from 0 to 65535");
    }
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return format!("`{text}` needs brackets: write `[{address}]:{port}`");
    }
    format!("`{host}` in `{text}` is not an IP address: {wanted}")
}
