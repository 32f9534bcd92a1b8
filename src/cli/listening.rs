//! The options that say where the daemon listens, whom it answers, and what a client may take.

use std::{num::NonZero, str::FromStr, sync::Arc, thread::available_parallelism, time::Duration};

use clap::builder::{BoolishValueParser, RangedU64ValueParser};
use jiff::Timestamp;

use crate::{
    api::{
        call::{ListenerRole, Options},
        cors::Origins,
        events::StreamLimits,
        host::{Guard, Hosts},
        origin::BrowserOrigin,
        request_counter::RequestCounter,
        route::Route,
        selection::Selection,
    },
    metrics::record::Metrics,
    server::{
        accept::{AnsweringListener, Entrance, Server},
        address::Address,
        answer::Answer,
        journal::ConnectionLog,
        limits::{
            BODY_PAUSE_SECONDS_MAX, BODY_SECONDS_MAX, BODY_SIZE_BYTES_MAX, CONNECTIONS_MAX,
            EVENT_STREAMS_MAX, FIRST_HEAD_SECONDS_MAX, HEAD_SECONDS_MAX, HEAD_SIZE_BYTES_MAX,
            IDLE_SECONDS_MAX, Limits, MANAGEMENT_CONNECTIONS_MAX, MANAGEMENT_HEAD_SIZE_BYTES_MAX,
            REQUEST_MEMORY_BYTES_MAX, REQUEST_MEMORY_PART, SHUTDOWN_SECONDS_MAX, TRANSFER_RATE_MIN,
            WRITE_PAUSE_SECONDS_MAX,
        },
        listen::{Listener, bind},
    },
    snapshot::current::SnapshotCell,
    source::glob::Glob,
    system::{container, descriptors},
};

/// How small the limit on a request's head may be, in bytes: what hyper needs.
const HEAD_SIZE_BYTES_MIN: u64 = 8 << 10;
/// How small the memory of all requests may be, in bytes: one body and one answer of usual size.
const REQUEST_MEMORY_BYTES_MIN: u64 = 1 << 20;
/// How many threads there may be.
const THREADS_MAX: usize = 64;
/// How many files the process has open, or opens for a moment, beside its connections: what it
/// listens and logs with, and what a reload reads and watches.
const DESCRIPTORS_RESERVED: usize = 48;
/// How many of them each thread that serves has.
const DESCRIPTORS_PER_THREAD: usize = 8;
/// With how few connections there is no point in serving.
const CONNECTIONS_MIN: usize = 8;
/// How much of the container's memory a connection is expected to take, in bytes, with what the
/// system needs for it: so there are no more than fit in half of it.
const CONNECTION_SIZE_BYTES: u64 = 16 << 10;

/// Where the daemon listens, and whom it answers.
#[derive(Clone, Debug, clap::Args)]
pub struct ListenArguments {
    /// Where to listen: `IP:PORT`, `localhost:PORT` or `unix:PATH`; repeatable
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "FLAGSTAFF_LISTEN",
        value_delimiter = ',',
        default_values_t = [Address::DEFAULT],
    )]
    listen: Vec<Address>,
    /// Where to serve probes, status, definitions and explanations, and only there; repeatable
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "FLAGSTAFF_MANAGEMENT_LISTEN",
        value_delimiter = ','
    )]
    management_listen: Vec<Address>,
    /// How many threads answer evaluations: a number, or `auto` for one per core
    #[arg(long, value_name = "NUMBER", env = "FLAGSTAFF_THREADS", default_value = "1")]
    threads: Threads,
    /// Serve only the flags whose keys match, as if there were no others; repeatable
    #[arg(long, value_name = "GLOB", env = "FLAGSTAFF_SELECT", value_delimiter = ',')]
    select: Vec<Glob>,
    /// Add this attribute to every context that lacks it; repeatable, one a line in the variable
    #[arg(long, value_name = "NAME=VALUE", env = "FLAGSTAFF_CONTEXT", value_delimiter = '\n')]
    context: Vec<String>,
    /// Let web pages of this origin use OFREP: `https://shop.example`, `https://*.shop.example` for
    /// one label, `http://localhost:*` for any port, `*` for all; repeatable
    #[arg(long, value_name = "ORIGIN", env = "FLAGSTAFF_CORS_ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<BrowserOrigin>,
    /// A name of this machine, beside `localhost` and IP addresses: on a loopback address, only a
    /// request whose `Host` is one of them gets definitions, explanations and status; repeatable
    #[arg(long, value_name = "NAME", env = "FLAGSTAFF_ALLOWED_HOST", value_delimiter = ',')]
    allowed_host: Vec<String>,
    /// Offer event streams that tell clients when to ask again
    #[arg(long, env = "FLAGSTAFF_EVENT_STREAMS", value_parser = BoolishValueParser::new())]
    event_streams: bool,
    /// Let `/flags/evaluate` answer that an unknown flag is enabled
    #[arg(long, env = "FLAGSTAFF_REST_DEFAULT", value_parser = BoolishValueParser::new())]
    rest_default: bool,
}

/// How many threads answer evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Threads {
    Number(usize),
    /// As many as the process may use cores.
    Auto,
}

impl FromStr for Threads {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "auto" => Ok(Self::Auto),
            Ok(number) if (1..=THREADS_MAX).contains(&number) => Ok(Self::Number(number)),
            _ => Err(format!(
                "the number of threads is a number from 1 to {THREADS_MAX}, or `auto` for as many \
                 as there are cores"
            )),
        }
    }
}

impl Threads {
    fn number(self) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Auto => available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX),
        }
    }
}

/// What a client may take.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArguments {
    /// How large a request's body may be
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_BODY_SIZE_MAX",
          default_value_t = BODY_SIZE_BYTES_MAX)]
    body_size_max: usize,
    /// How much memory all requests may hold together: heads, bodies, answers on their way out
    /// [default: a quarter of the container's memory, at most 33554432]
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_REQUEST_MEMORY",
          value_parser = at_least::<REQUEST_MEMORY_BYTES_MIN, usize>())]
    request_memory: Option<usize>,
    /// How large the head of a request may be
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_HEAD_SIZE_MAX",
          default_value_t = HEAD_SIZE_BYTES_MAX,
          value_parser = at_least::<HEAD_SIZE_BYTES_MIN, usize>())]
    head_size_max: usize,
    /// How many connections may be open at once [default: 4096, or as many as the container's
    /// memory and the limit on open files allow]
    #[arg(long, value_name = "NUMBER", env = "FLAGSTAFF_CONNECTIONS_MAX",
          value_parser = at_least::<1, usize>())]
    connections_max: Option<usize>,
    /// How many connections may be open at once to management addresses
    #[arg(long, value_name = "NUMBER", env = "FLAGSTAFF_MANAGEMENT_CONNECTIONS_MAX",
          default_value_t = MANAGEMENT_CONNECTIONS_MAX, value_parser = at_least::<1, usize>())]
    management_connections_max: usize,
    /// How many event streams may be open at once
    #[arg(long, value_name = "NUMBER", env = "FLAGSTAFF_EVENT_STREAMS_MAX",
          default_value_t = EVENT_STREAMS_MAX, value_parser = at_least::<1, usize>())]
    event_streams_max: usize,
    /// How long a connection may take to send its first request's head
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_FIRST_HEAD_TIMEOUT",
          default_value_t = FIRST_HEAD_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    first_head_timeout: u64,
    /// How long a later request's head may take, from its first byte
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_HEAD_TIMEOUT",
          default_value_t = HEAD_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    head_timeout: u64,
    /// How long a connection may be idle between requests
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_IDLE_TIMEOUT",
          default_value_t = IDLE_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    idle_timeout: u64,
    /// How long a request's body may take
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_BODY_TIMEOUT",
          default_value_t = BODY_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    body_timeout: u64,
    /// How long a request's body may pause
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_BODY_PAUSE_TIMEOUT",
          default_value_t = BODY_PAUSE_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    body_pause_timeout: u64,
    /// How long a client may leave an answer unread
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_WRITE_TIMEOUT",
          default_value_t = WRITE_PAUSE_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    write_timeout: u64,
    /// At how many bytes a second, on average, bodies have to arrive and clients to read answers
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_TRANSFER_RATE_MIN",
          default_value_t = TRANSFER_RATE_MIN, value_parser = at_least::<1, usize>())]
    transfer_rate_min: usize,
    /// How long requests in flight may take when the daemon stops
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_SHUTDOWN_TIMEOUT",
          default_value_t = SHUTDOWN_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    shutdown_timeout: u64,
}

/// A server that listens, and where.
#[derive(Debug)]
pub struct Listening {
    /// The server.
    pub server: Server,
    /// Where it answers.
    pub addresses: Vec<String>,
    /// Where it answers probes and the like; empty if that is at the same addresses.
    pub management: Vec<String>,
}

impl ListenArguments {
    /// For which flags there are answers.
    #[must_use]
    pub fn selection(&self) -> Selection {
        Selection::new(self.select.clone())
    }

    /// Whether clients are told of changes by event streams.
    #[must_use]
    pub fn has_event_streams(&self) -> bool {
        self.event_streams
    }

    /// Listens, to answer from what `cell` will hold, and to count that in `metrics`.
    ///
    /// # Errors
    ///
    /// What is wrong with an option, or why an address is not to be had, in one line.
    pub fn open(
        &self,
        limits: LimitArguments,
        cell: &Arc<SnapshotCell>,
        metrics: &Arc<Metrics>,
        clock: fn() -> Timestamp,
    ) -> Result<Listening, String> {
        let mut options = Options {
            rest_default: self.rest_default,
            select: self.selection(),
            origins: Origins::new(self.cors_origin.clone()),
            event_streams: self.event_streams.then(|| limits.pace()),
            metrics: Arc::clone(metrics),
            ..Options::default()
        };
        // A variable of several lines often has a line feed at its end.
        for addition in self.context.iter().filter(|line| !line.trim().is_empty()) {
            options.context.parse(addition).map_err(|error| format!("--context: {error}"))?;
        }
        let mut hosts = Hosts::default();
        for name in &self.allowed_host {
            hosts.allow(name).map_err(|error| format!("--allowed-host: {error}"))?;
        }
        let has_both = self.management_listen.is_empty();
        let threads = self.threads.number();
        let own = if has_both { 0 } else { limits.management_connections_max };
        let room = Room::look(threads, own)?;
        let limits = limits.limits(&room);
        let mut server = Server::new(limits);
        metrics.show_account(Arc::clone(server.account()));
        server.observe(Arc::new(ConnectionLog::default()));
        server.observe(Arc::new(RequestCounter(Arc::clone(metrics))));
        // All of them first: what is answered at one address names the others.
        let listeners = bind(&self.listen, threads)?;
        let management_listeners = bind(&self.management_listen, 1)?;
        let addresses = shown(&listeners);
        let management = shown(&management_listeners);
        let doors =
            |listeners: Vec<Listener>, side, elsewhere: &[String]| -> Vec<AnsweringListener> {
                let options = Options { side, elsewhere: places(elsewhere), ..options.clone() };
                let route = Arc::new(Route::new(cell.clone(), options, clock));
                let [local, open] = [Some(hosts.clone()), None].map(|hosts| {
                    Arc::new(Guard::new(Arc::clone(&route), hosts)) as Arc<dyn Answer>
                });
                let guarded = |listener: Listener| {
                    let guard = if listener.address.is_loopback() { &local } else { &open };
                    (listener, Arc::clone(guard))
                };
                listeners.into_iter().map(guarded).collect()
            };
        let side = if has_both { ListenerRole::Both } else { ListenerRole::Evaluations };
        let evaluations = doors(listeners, side, &management);
        server.open(Entrance::for_evaluations(evaluations, threads, limits));
        if !has_both {
            let own = Limits {
                connections: room.management_connections,
                head_size_bytes: MANAGEMENT_HEAD_SIZE_BYTES_MAX.min(limits.head_size_bytes),
                ..limits
            };
            let doors = doors(management_listeners, ListenerRole::Management, &addresses);
            server.open(Entrance::for_management(doors, own));
        }
        Ok(Listening { server, addresses, management })
    }
}

fn shown(listeners: &[Listener]) -> Vec<String> {
    listeners.iter().map(|listener| listener.address.to_string()).collect()
}

/// Addresses in a sentence.
fn places(addresses: &[String]) -> String {
    let quoted: Vec<String> = addresses.iter().map(|address| format!("`{address}`")).collect();
    quoted.join(" or ")
}

/// What there is for connections: descriptors and memory.
#[derive(Clone, Copy, Debug)]
struct Room {
    /// How many connections there is room for.
    connections: usize,
    /// How many of management, beside them.
    management_connections: usize,
    /// The container's memory, in bytes.
    memory_bytes: Option<u64>,
}

impl Room {
    /// Raises the limit on open files, and looks what there is.
    ///
    /// # Errors
    ///
    /// When it is too little to serve anybody.
    fn look(threads: usize, management_connections: usize) -> Result<Self, String> {
        // Where the limit cannot be raised, what counts is the one that there is.
        let descriptors = descriptors::raise().unwrap_or_else(|_| descriptors::limit());
        let descriptors =
            descriptors.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX));
        let reserved = DESCRIPTORS_RESERVED + (1 + threads) * DESCRIPTORS_PER_THREAD;
        let left = descriptors.saturating_sub(reserved);
        let needed = reserved + CONNECTIONS_MIN;
        if left < CONNECTIONS_MIN {
            return Err(format!(
                "cannot start: this process may have {descriptors} files open at once, and needs \
                 {needed} at least; raise the limit with `ulimit -n`"
            ));
        }
        let management_connections = management_connections.min(left / 4);
        let memory_bytes = container::memory_limit();
        let fitting = memory_bytes.map_or(u64::MAX, |memory| memory / 2 / CONNECTION_SIZE_BYTES);
        let fitting = usize::try_from(fitting).unwrap_or(usize::MAX).max(CONNECTIONS_MIN);
        let connections = (left - management_connections).min(fitting);
        Ok(Self { connections, management_connections, memory_bytes })
    }
}

impl LimitArguments {
    fn pace(self) -> StreamLimits {
        StreamLimits { streams: self.event_streams_max, ..StreamLimits::default() }
    }

    fn limits(self, room: &Room) -> Limits {
        let connections = self.connections_max.unwrap_or(CONNECTIONS_MAX).min(room.connections);
        if let Some(wanted) = self.connections_max
            && connections < wanted
        {
            tracing::warn!(
                "there is no room for {wanted} connections, by the limit on open files \
                 (`ulimit -n`) or the container's memory: {connections} may be open at once"
            );
        }
        Limits {
            body_size_bytes: self.body_size_max,
            request_memory_bytes: self.request_memory_bytes(room),
            head_size_bytes: self.head_size_max,
            connections,
            first_head: Duration::from_secs(self.first_head_timeout),
            head: Duration::from_secs(self.head_timeout),
            idle: Duration::from_secs(self.idle_timeout),
            body: Duration::from_secs(self.body_timeout),
            transfer_rate: self.transfer_rate_min,
            body_pause: Duration::from_secs(self.body_pause_timeout),
            write_pause: Duration::from_secs(self.write_timeout),
            shutdown: Duration::from_secs(self.shutdown_timeout),
        }
    }

    fn request_memory_bytes(self, room: &Room) -> usize {
        let part = room.memory_bytes.map(|memory| memory / REQUEST_MEMORY_PART);
        let part = part.and_then(|part| usize::try_from(part).ok()).unwrap_or(usize::MAX);
        self.request_memory.unwrap_or(REQUEST_MEMORY_BYTES_MAX.min(part))
    }
}

fn at_least<const LEAST: u64, N>() -> RangedU64ValueParser<N>
where
    N: TryFrom<u64> + Clone + Send + Sync,
    <N as TryFrom<u64>>::Error: std::error::Error + Send + Sync + 'static,
{
    RangedU64ValueParser::new().range(LEAST..)
}
