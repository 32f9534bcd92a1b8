//! One HTTP request at a time, for whoever reads without async: connects, by a proxy if there is
//! one, verifies, sends, and gives out the answer piece by piece. Everything has a bound.
#![expect(clippy::disallowed_methods, reason = "deadlines are about time that passes")]

use std::{fmt, future::Future, io, sync::Arc, time::Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, HeaderValue, LOCATION, PROXY_AUTHORIZATION},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    runtime::{self, Runtime},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

use crate::source::git::remote::{
    address::{HttpAddress, UrlScheme},
    proxy::Proxies,
};

/// How often a server may send us elsewhere.
const REDIRECTS_MAX: usize = 5;

/// How large the head of a proxy's answer may be, in bytes.
const PROXY_HEAD_BYTES_MAX: usize = 8 << 10;

/// How much of an answer that says no is read, in bytes.
const REFUSAL_BYTES_MAX: usize = 300;

/// How many bytes one fetch may bring, and how long all of it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// How long, from the first name that is looked up to the last byte.
    pub time: std::time::Duration,
    /// How many bytes of all answers together.
    pub bytes: u64,
}

/// A connection to one server.
struct Channel {
    to: HttpAddress,
    sender: SendRequest<Full<Bytes>>,
}

/// Sends requests for one fetch.
pub struct Exchange {
    runtime: Runtime,
    tls: Arc<ClientConfig>,
    proxies: Proxies,
    /// Where the repository is: only there credentials are sent.
    origin: HttpAddress,
    credentials: Option<HeaderValue>,
    deadline: Instant,
    limits: FetchLimits,
    bytes_left: u64,
    channel: Option<Channel>,
    body: Option<Incoming>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never what would let somebody in.
        formatter.debug_struct("Exchange").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// An answer without its body, and where it came from in the end.
#[derive(Debug)]
pub struct Exchanged {
    /// Its headers, a line each.
    pub headers: Vec<u8>,
    /// The address that was asked in the end, with whatever a server has sent us on to.
    pub url: String,
}

impl Exchange {
    /// Has sent nothing yet; the time begins now.
    ///
    /// # Errors
    ///
    /// When the system has no more descriptors.
    pub fn new(
        origin: HttpAddress,
        credentials: Option<HeaderValue>,
        tls: Arc<ClientConfig>,
        proxies: Proxies,
        limits: FetchLimits,
    ) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self {
            runtime,
            tls,
            proxies,
            origin,
            credentials,
            deadline: Instant::now() + limits.time,
            limits,
            bytes_left: limits.bytes,
            channel: None,
            body: None,
        })
    }

    /// Asks, and follows where servers send us if there is no `content`.
    ///
    /// # Errors
    ///
    /// Why there is no answer that is of use, for people.
    pub fn ask(
        &mut self,
        url: &str,
        headers: &[(String, String)],
        content: Option<&Bytes>,
    ) -> Result<Exchanged, String> {
        let mut url = url.to_owned();
        for _ in 0..=REDIRECTS_MAX {
            self.drain()?;
            let to = HttpAddress::parse(&url)?;
            let request = self.request(&to, headers, content)?;
            let response = self.send(&to, request)?;
            let status = response.status();
            if status.is_redirection() && content.is_none() {
                url = to.elsewhere(response.headers().get(LOCATION))?;
                self.body = Some(response.into_body());
                continue;
            }
            let lines = response.headers().iter().flat_map(|(name, value)| {
                [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat()
            });
            let lines = lines.collect();
            self.body = Some(response.into_body());
            if status != StatusCode::OK {
                return Err(self.refusal(&to, status));
            }
            return Ok(Exchanged { headers: lines, url });
        }
        Err(format!("more than {REDIRECTS_MAX} redirects"))
    }

    /// The next piece of the answer's body; none at its end.
    ///
    /// # Errors
    ///
    /// It has broken off, has taken too long, or is too large; which, for people.
    pub fn piece(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            let Some(mut body) = self.body.take() else { return Ok(None) };
            let frame = self.within("the answer", body.frame())?;
            let Some(frame) = frame else { return Ok(None) };
            let frame =
                frame.map_err(|error| format!("the answer broke off: {}", cause(&error)))?;
            self.body = Some(body);
            let Ok(data) = frame.into_data() else { continue };
            let left = self.bytes_left.checked_sub(data.len() as u64);
            self.bytes_left = left.ok_or_else(|| {
                let limit = self.limits.bytes >> 20;
                format!("it sends more than {limit} MiB, which is `--git-bytes-max`")
            })?;
            if !data.is_empty() {
                return Ok(Some(data));
            }
        }
    }

    /// Whatever is left of the last answer, so that the connection can be used again.
    fn drain(&mut self) -> Result<(), String> {
        while self.piece()?.is_some() {}
        Ok(())
    }

    fn request(
        &self,
        to: &HttpAddress,
        headers: &[(String, String)],
        content: Option<&Bytes>,
    ) -> Result<Request<Full<Bytes>>, String> {
        let method = if content.is_some() { "POST" } else { "GET" };
        let by_proxy = to.scheme == UrlScheme::Http && self.proxies.proxy(to).is_some();
        let target = if by_proxy { to.url() } else { to.target.clone() };
        let mut request =
            Request::builder().method(method).uri(target).header(HOST, to.authority());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(content) = content {
            request = request.header(CONTENT_LENGTH, content.len());
        }
        if let Some(credentials) =
            self.credentials.as_ref().filter(|_| to.is_same_server(&self.origin))
        {
            request = request.header(AUTHORIZATION, credentials);
        }
        let proxy = self.proxies.proxy(to).filter(|_| by_proxy);
        if let Some(credentials) = proxy.and_then(|proxy| proxy.credentials.as_ref()) {
            request = request.header(PROXY_AUTHORIZATION, credentials);
        }
        let content = Full::new(content.cloned().unwrap_or_default());
        request.body(content).map_err(|error| format!("cannot be asked for: {error}"))
    }

    /// Sends a request on the connection that there is, or on a new one.
    fn send(
        &mut self,
        to: &HttpAddress,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, String> {
        let channel = self.channel.take().filter(|channel| channel.to.is_same_server(to));
        if let Some(mut channel) = channel {
            let ready = self.runtime.block_on(channel.sender.ready()).is_ok();
            // A server may have closed it meanwhile: then it is asked again on a new one.
            if ready {
                let sent = channel.sender.send_request(request.clone());
                if let Ok(response) = self.within("an answer", sent)? {
                    self.channel = Some(channel);
                    return Ok(response);
                }
            }
        }
        let mut sender = self.connect(to)?;
        let response = self
            .within("an answer", sender.send_request(request))?
            .map_err(|error| format!("no answer: {}", cause(&error)))?;
        self.channel = Some(Channel { to: to.clone(), sender });
        Ok(response)
    }

    fn connect(&self, to: &HttpAddress) -> Result<SendRequest<Full<Bytes>>, String> {
        let proxy = self.proxies.proxy(to);
        let (host, port) = proxy.map_or((&to.host, to.port), |proxy| (&proxy.host, proxy.port));
        let by = proxy.map_or(String::new(), |_| format!(" (the proxy `{host}:{port}`)"));
        let stream = self
            .within("a connection", TcpStream::connect((bare(host), port)))?
            .map_err(|error| format!("cannot connect{by}: {error}"))?;
        let _ = stream.set_nodelay(true);
        if to.scheme == UrlScheme::Http {
            return self.handshake(stream);
        }
        let stream = match proxy {
            None => stream,
            Some(proxy) => {
                let head = tunnel_head(to, proxy.credentials.as_ref());
                self.within("the proxy", tunnel(stream, head))?
                    .map_err(|error| format!("cannot connect{by}: {error}"))?
            }
        };
        let name = ServerName::try_from(bare(&to.host).to_owned())
            .map_err(|_| format!("`{}` is no name that a certificate can have", to.host))?;
        let connector = TlsConnector::from(self.tls.clone());
        let stream = self
            .within("TLS", connector.connect(name, stream))?
            .map_err(|error| format!("TLS: {error}"))?;
        self.handshake(stream)
    }

    fn handshake<S>(&self, stream: S) -> Result<SendRequest<Full<Bytes>>, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let made = self.within("HTTP", http1::handshake(TokioIo::new(stream)))?;
        let (sender, connection) = made.map_err(|error| format!("HTTP: {error}"))?;
        // It goes on whenever something is waited for here, and ends with the runtime.
        self.runtime.spawn(connection);
        Ok(sender)
    }

    /// Waits for something, but not beyond the time that there is.
    fn within<T>(&self, what: &str, wait: impl Future<Output = T>) -> Result<T, String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        // The timer is the runtime's: it has to be made inside of it.
        let waited = self.runtime.block_on(async { timeout(left, wait).await });
        let seconds = self.limits.time.as_secs();
        waited.map_err(|_| {
            format!("{what} took more than {seconds} s together, which is `--git-timeout`")
        })
    }

    /// Why a server said no, in words that help.
    fn refusal(&mut self, to: &HttpAddress, status: StatusCode) -> String {
        let mut said = Vec::new();
        while said.len() < REFUSAL_BYTES_MAX
            && let Ok(Some(piece)) = self.piece()
        {
            said.extend_from_slice(&piece);
        }
        (self.body, self.channel) = (None, None);
        said.truncate(REFUSAL_BYTES_MAX);
        let said = String::from_utf8_lossy(&said);
        let line = said.lines().map(str::trim).find(|line| !line.is_empty());
        // Pages are for people with a browser.
        let line = line.filter(|line| !line.starts_with('<') && !line.contains(char::is_control));
        let said = line.map_or(String::new(), |line| format!(": {line}"));
        let sent = self.credentials.is_some() && to.is_same_server(&self.origin);
        let hint = match status {
            StatusCode::UNAUTHORIZED if sent => "; it refuses the credentials",
            StatusCode::UNAUTHORIZED => "; it wants credentials: see `--git-token-file`",
            StatusCode::FORBIDDEN if sent => "; the credentials may not read this repository",
            StatusCode::NOT_FOUND if sent => {
                "; there is no such repository, or the credentials may not see it"
            }
            StatusCode::NOT_FOUND => {
                "; there is no such repository, or it is private and wants credentials: see \
                 `--git-token-file`"
            }
            _ => "",
        };
        format!("the server answers {}{hint}{said}", status.as_u16())
    }
}

/// Asks a proxy for a way to a server.
fn tunnel_head(to: &HttpAddress, credentials: Option<&HeaderValue>) -> Vec<u8> {
    let authority = format!("{}:{}", to.host, to.port);
    let mut head = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(value) = credentials {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

async fn tunnel(mut stream: TcpStream, head: Vec<u8>) -> io::Result<TcpStream> {
    stream.write_all(&head).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if PROXY_HEAD_BYTES_MAX < answer.len() {
            return Err(io::Error::other("its answer is too long"));
        }
        // One by one: what follows is no longer the proxy's.
        answer.push(stream.read_u8().await?);
    }
    let line = String::from_utf8_lossy(&answer);
    let line = line.lines().next().unwrap_or_default().trim().to_owned();
    let status = line.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') { Ok(stream) } else { Err(io::Error::other(format!("`{line}`"))) }
}

/// A host without the brackets of an address of IPv6.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// What lies behind an error of hyper's, which says little itself.
fn cause(error: &hyper::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
