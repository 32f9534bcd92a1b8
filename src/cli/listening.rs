//! The options that say where the daemon listens, whom it answers, and what a client may take.

use std::{sync::Arc, time::Duration};

use clap::builder::{BoolishValueParser, RangedU64ValueParser};
use jiff::Timestamp;

use crate::{
    http::{
        address::Address,
        cors::Origins,
        events::Pace,
        host::{Guard, Hosts},
        limits::{
            BODIES_IN_FLIGHT_BYTES_MAX, BODY_SECONDS_MAX, BODY_SIZE_BYTES_MAX, CONNECTIONS_MAX,
            EVENT_STREAMS_MAX, FIRST_HEAD_SECONDS_MAX, HEAD_SECONDS_MAX, HEAD_SIZE_BYTES_MAX,
            IDLE_SECONDS_MAX, Limits, SHUTDOWN_SECONDS_MAX,
        },
        listen::{Listener, bind},
        origin::Origin,
        route::Route,
        scope::{Options, Side},
        select::Selection,
        server::Server,
    },
    snapshot::SnapshotCell,
    source::glob::Glob,
};

/// How small the limit on a request's head may be, in bytes: what hyper needs.
const HEAD_SIZE_BYTES_MIN: u64 = 8 << 10;

/// Where the daemon listens, and whom it answers.
#[derive(Clone, Debug, clap::Args)]
pub struct ListenArguments {
    /// Where to answer, `IP:PORT`, `localhost:PORT` or `unix:PATH`; repeatable
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "FLAGSTAFF_LISTEN",
        value_delimiter = ',',
        default_values_t = [Address::DEFAULT],
    )]
    listen: Vec<Address>,
    /// Where to answer probes, status, definitions and explanations, and only there; repeatable
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "FLAGSTAFF_MANAGEMENT_LISTEN",
        value_delimiter = ','
    )]
    management_listen: Vec<Address>,
    /// Answer for the flags whose keys match, as if there were no others; repeatable
    #[arg(long, value_name = "GLOB", env = "FLAGSTAFF_SELECT", value_delimiter = ',')]
    select: Vec<Glob>,
    /// Give every context that lacks it this attribute; repeatable, in the variable one a line
    #[arg(long, value_name = "NAME=VALUE", env = "FLAGSTAFF_CONTEXT", value_delimiter = '\n')]
    context: Vec<String>,
    /// Let pages of this origin ask OFREP: `https://shop.example`, `https://*.shop.example` for one
    /// label, `http://localhost:*` for any port, `*` for all; repeatable
    #[arg(long, value_name = "ORIGIN", env = "FLAGSTAFF_CORS_ORIGIN", value_delimiter = ',')]
    cors_origin: Vec<Origin>,
    /// Take this name for this machine's in `Host`, beside `localhost` and IP addresses, which on
    /// loopback addresses alone are shown definitions, explanations and the status; repeatable
    #[arg(long, value_name = "NAME", env = "FLAGSTAFF_ALLOWED_HOST", value_delimiter = ',')]
    allowed_host: Vec<String>,
    /// Tell clients by event streams when to ask again, and offer them in bulk answers
    #[arg(long, env = "FLAGSTAFF_EVENT_STREAMS", value_parser = BoolishValueParser::new())]
    event_streams: bool,
    /// Let `/flags/evaluate` say that an unknown flag is enabled
    #[arg(long, env = "FLAGSTAFF_REST_DEFAULT", value_parser = BoolishValueParser::new())]
    rest_default: bool,
}

/// What a client may take.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArguments {
    /// How large a body may be
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_BODY_SIZE_MAX",
          default_value_t = BODY_SIZE_BYTES_MAX)]
    body_size_max: usize,
    /// How large all bodies that are being read may be together
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_BODIES_IN_FLIGHT_MAX",
          default_value_t = BODIES_IN_FLIGHT_BYTES_MAX)]
    bodies_in_flight_max: usize,
    /// How large the head of a request may be
    #[arg(long, value_name = "BYTES", env = "FLAGSTAFF_HEAD_SIZE_MAX",
          default_value_t = HEAD_SIZE_BYTES_MAX,
          value_parser = at_least::<HEAD_SIZE_BYTES_MIN, usize>())]
    head_size_max: usize,
    /// How many connections may be open at once
    #[arg(long, value_name = "NUMBER", env = "FLAGSTAFF_CONNECTIONS_MAX",
          default_value_t = CONNECTIONS_MAX, value_parser = at_least::<1, usize>())]
    connections_max: usize,
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
    /// How long a connection may be idle
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_IDLE_TIMEOUT",
          default_value_t = IDLE_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    idle_timeout: u64,
    /// How long a body may take
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_BODY_TIMEOUT",
          default_value_t = BODY_SECONDS_MAX, value_parser = at_least::<1, u64>())]
    body_timeout: u64,
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

    /// Listens, to answer from what `cell` will hold.
    ///
    /// # Errors
    ///
    /// What is wrong with an option, or why an address is not to be had, in one line.
    pub fn open(
        &self,
        limits: LimitArguments,
        cell: &Arc<SnapshotCell>,
        clock: fn() -> Timestamp,
    ) -> Result<Listening, String> {
        let mut options = Options {
            rest_default: self.rest_default,
            select: self.selection(),
            origins: Origins::new(self.cors_origin.clone()),
            event_streams: self.event_streams.then(|| limits.pace()),
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
        // All of them first: what is answered at one address names the others.
        let listeners = bind(&self.listen)?;
        let management_listeners = bind(&self.management_listen)?;
        let addresses = shown(&listeners);
        let management = shown(&management_listeners);
        let mut server = Server::new(limits.limits());
        let mut listen = |listeners: Vec<Listener>, side, elsewhere: &[String]| {
            let options = Options { side, elsewhere: places(elsewhere), ..options.clone() };
            let route = Arc::new(Route::new(cell.clone(), options, clock));
            let (local, open): (Vec<_>, Vec<_>) =
                listeners.into_iter().partition(|listener| listener.address.is_loopback());
            for (listeners, hosts) in [(local, Some(hosts.clone())), (open, None)] {
                if !listeners.is_empty() {
                    server.listen(listeners, &Arc::new(Guard::new(Arc::clone(&route), hosts)));
                }
            }
        };
        let has_both = management.is_empty();
        let side = if has_both { Side::Both } else { Side::Evaluations };
        listen(listeners, side, &management);
        listen(management_listeners, Side::Management, &addresses);
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

impl LimitArguments {
    fn pace(self) -> Pace {
        Pace { streams: self.event_streams_max, ..Pace::default() }
    }

    fn limits(self) -> Limits {
        Limits {
            body_size_bytes: self.body_size_max,
            bodies_in_flight_bytes: self.bodies_in_flight_max,
            head_size_bytes: self.head_size_max,
            connections: self.connections_max,
            first_head: Duration::from_secs(self.first_head_timeout),
            head: Duration::from_secs(self.head_timeout),
            idle: Duration::from_secs(self.idle_timeout),
            body: Duration::from_secs(self.body_timeout),
            shutdown: Duration::from_secs(self.shutdown_timeout),
            ..Limits::default()
        }
    }
}

fn at_least<const LEAST: u64, N>() -> RangedU64ValueParser<N>
where
    N: TryFrom<u64> + Clone + Send + Sync,
    <N as TryFrom<u64>>::Error: std::error::Error + Send + Sync + 'static,
{
    RangedU64ValueParser::new().range(LEAST..)
}
