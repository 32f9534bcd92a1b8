//! git's requests over HTTP: what `gix` asks for, sent by ourselves.
//!
//! `gix` brings clients of its own, which are curl and one with a second runtime and limits of its
//! own. It takes any other by this trait.

use std::{
    any::Any,
    fmt,
    io::{self, BufRead, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use gix::protocol::transport::client::blocking_io::http::{
    GetResponse, Http, PostBodyDataKind, PostResponse,
};

use crate::source::git::remote::exchange::{Exchange, Exchanged};

/// How large what we ask for may be, in bytes: names of commits that are known already.
const QUESTION_BYTES_MAX: usize = 1 << 20;

/// What sends, and what went wrong with it.
#[derive(Debug)]
struct State {
    exchange: Exchange,
    /// What is to be sent before anything can be read.
    question: Option<Question>,
    problem: Option<String>,
    /// The base of the address, with whatever a server has sent us on to.
    base: Option<String>,
    headers: Vec<u8>,
}

/// A request that is not sent yet.
#[derive(Debug)]
struct Question {
    url: String,
    headers: Vec<(String, String)>,
    content: Option<Vec<u8>>,
}

/// One end of it.
#[derive(Clone, Debug)]
pub struct HttpClient(Arc<Mutex<State>>);

impl HttpClient {
    /// Sends by this.
    #[must_use]
    pub fn new(exchange: Exchange) -> Self {
        let (question, problem, base, headers) = (None, None, None, Vec::new());
        Self(Arc::new(Mutex::new(State { exchange, question, problem, base, headers })))
    }

    /// What went wrong on the way, for people; none if nothing did.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.state().problem.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, url: &str, headers: impl IntoIterator<Item = impl AsRef<str>>, is_post: bool) {
        let headers = headers.into_iter().filter_map(|line| {
            let (name, value) = line.as_ref().split_once(':')?;
            let is_agent = name.eq_ignore_ascii_case("user-agent");
            // Some servers answer programs only whose name begins like git's.
            let value = if is_agent { AGENT } else { value.trim() };
            Some((name.to_ascii_lowercase(), value.to_owned()))
        });
        let (url, headers) = (url.to_owned(), headers.collect());
        let content = is_post.then(Vec::new);
        self.state().question = Some(Question { url, headers, content });
    }
}

/// How we name ourselves.
const AGENT: &str = concat!("git/flagstaff-", env!("CARGO_PKG_VERSION"));

impl State {
    /// Sends what is to be sent, if it is not yet.
    fn begin(&mut self) -> io::Result<()> {
        if let Some(problem) = &self.problem {
            return Err(io::Error::other(problem.clone()));
        }
        let Some(Question { url, headers, content }) = self.question.take() else { return Ok(()) };
        let answered = self.exchange.ask(&url, &headers, content.map(Bytes::from).as_ref());
        let Exchanged { headers, url: asked } = self.noted(answered)?;
        self.headers = headers;
        // What follows our own part of the address is the same wherever we were sent.
        let (_, tail) = url.split_at(url.rfind("/info/refs").unwrap_or(url.len()));
        if asked != url {
            let base = asked.strip_suffix(tail).filter(|_| !tail.is_empty()).map(str::to_owned);
            let moved = "it redirects to something that is no repository".to_owned();
            self.base = Some(self.noted(base.ok_or(moved))?);
        }
        Ok(())
    }

    fn noted<T>(&mut self, result: Result<T, String>) -> io::Result<T> {
        result.map_err(|problem| {
            self.problem = Some(problem.clone());
            io::Error::other(problem)
        })
    }
}

/// The headers of an answer, a line each.
pub struct Headers {
    client: HttpClient,
    lines: Option<io::Cursor<Vec<u8>>>,
}

/// The body of an answer.
pub struct Body {
    client: HttpClient,
    piece: Bytes,
}

/// What a request has to say. It is sent once something of the answer is read.
pub struct QuestionWriter(HttpClient);

impl fmt::Debug for Headers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Headers")
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Body")
    }
}

impl fmt::Debug for QuestionWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("QuestionWriter")
    }
}

/// Reads what is there, as a reader with a buffer of its own does.
fn read_there(reader: &mut impl BufRead, into: &mut [u8]) -> io::Result<usize> {
    let mut there = reader.fill_buf()?;
    let count = there.read(into)?;
    reader.consume(count);
    Ok(count)
}

impl Read for Headers {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        read_there(self, into)
    }
}

impl BufRead for Headers {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.lines.is_none() {
            let mut state = self.client.state();
            state.begin()?;
            self.lines = Some(io::Cursor::new(std::mem::take(&mut state.headers)));
        }
        self.lines.as_mut().map_or(Ok(&[]), |lines| lines.fill_buf())
    }

    fn consume(&mut self, count: usize) {
        if let Some(lines) = &mut self.lines {
            lines.consume(count);
        }
    }
}

impl Read for Body {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        read_there(self, into)
    }
}

impl BufRead for Body {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() {
            let mut state = self.client.state();
            state.begin()?;
            let piece = state.exchange.piece();
            self.piece = state.noted(piece)?.unwrap_or_default();
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, count: usize) {
        let _ = self.piece.split_to(count.min(self.piece.len()));
    }
}

impl Write for QuestionWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        let content = state.question.as_mut().and_then(|question| question.content.as_mut());
        let content = content.ok_or_else(|| io::Error::other("the request is sent already"))?;
        if QUESTION_BYTES_MAX < content.len() + bytes.len() {
            return Err(io::Error::other("the request is too large"));
        }
        content.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Http for HttpClient {
    type Headers = Headers;
    type ResponseBody = Body;
    type PostBody = QuestionWriter;

    fn get(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> gix::Result<GetResponse<Headers, Body>> {
        self.ask(url, headers, false);
        // At once, so that where we were sent to is known.
        self.state().begin().map_err(gix::Error::from_error)?;
        let headers = Headers { client: self.clone(), lines: None };
        Ok(GetResponse { headers, body: Body { client: self.clone(), piece: Bytes::new() } })
    }

    fn post(
        &mut self,
        url: &str,
        _base_url: &str,
        headers: impl IntoIterator<Item = impl AsRef<str>>,
        _kind: PostBodyDataKind,
    ) -> gix::Result<PostResponse<Headers, Body, QuestionWriter>> {
        self.ask(url, headers, true);
        let headers = Headers { client: self.clone(), lines: None };
        let body = Body { client: self.clone(), piece: Bytes::new() };
        Ok(PostResponse { post_body: QuestionWriter(self.clone()), headers, body })
    }

    fn configure(&mut self, _config: &dyn Any) -> gix::Result {
        Ok(())
    }

    fn redirected_base_url(&self) -> Option<String> {
        self.state().base.clone()
    }
}
