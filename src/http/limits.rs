//! What a client may take: sizes, counts and times.

use std::time::Duration;

/// How large a request's body may be, in bytes.
pub const BODY_SIZE_BYTES_MAX: usize = 256 << 10;
/// How much all bodies that are being read may take together, in bytes.
pub const BODIES_IN_FLIGHT_BYTES_MAX: usize = 16 << 20;
/// How large the head of a request may be, request line included, in bytes.
pub const HEAD_SIZE_BYTES_MAX: usize = 64 << 10;
/// How many connections may be open at once; more wait in the system's queue.
pub const CONNECTIONS_MAX: usize = 4096;
/// How many event streams may be open at once.
pub const EVENT_STREAMS_MAX: usize = 1000;
/// How long the head of a connection's first request may take, from the connection's beginning.
pub const FIRST_HEAD_SECONDS_MAX: u64 = 5;
/// How long the head of a later request may take, from its first byte.
pub const HEAD_SECONDS_MAX: u64 = 5;
/// How long a connection may be idle between two requests.
pub const IDLE_SECONDS_MAX: u64 = 120;
/// How long a body may take, from the end of its head.
pub const BODY_SECONDS_MAX: u64 = 10;
/// How long a client may leave what was sent to it unread.
pub const WRITE_STALL_SECONDS_MAX: u64 = 30;
/// How long requests in flight may take to finish once the server has been told to stop.
pub const SHUTDOWN_SECONDS_MAX: u64 = 10;
/// How long an event stream may be silent, in seconds: then it says that it is still there.
pub const HEARTBEAT_SECONDS: u64 = 25;
/// How long after the first the last event stream is told of a new version, in milliseconds.
pub const SPREAD_MS: u64 = 1000;

/// Of a body that is refused, so many times the largest allowed is read and dropped, so that the
/// client gets to see why.
pub const DISCARDED_BODIES_MAX: usize = 16;

/// All limits of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// See [`BODY_SIZE_BYTES_MAX`].
    pub body_size_bytes: usize,
    /// See [`BODIES_IN_FLIGHT_BYTES_MAX`].
    pub bodies_in_flight_bytes: usize,
    /// See [`HEAD_SIZE_BYTES_MAX`]; at least 8 KiB.
    pub head_size_bytes: usize,
    /// See [`CONNECTIONS_MAX`].
    pub connections: usize,
    /// See [`FIRST_HEAD_SECONDS_MAX`].
    pub first_head: Duration,
    /// See [`HEAD_SECONDS_MAX`].
    pub head: Duration,
    /// See [`IDLE_SECONDS_MAX`].
    pub idle: Duration,
    /// See [`BODY_SECONDS_MAX`].
    pub body: Duration,
    /// See [`WRITE_STALL_SECONDS_MAX`].
    pub write_stall: Duration,
    /// See [`SHUTDOWN_SECONDS_MAX`].
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_size_bytes: BODY_SIZE_BYTES_MAX,
            bodies_in_flight_bytes: BODIES_IN_FLIGHT_BYTES_MAX,
            head_size_bytes: HEAD_SIZE_BYTES_MAX,
            connections: CONNECTIONS_MAX,
            first_head: Duration::from_secs(FIRST_HEAD_SECONDS_MAX),
            head: Duration::from_secs(HEAD_SECONDS_MAX),
            idle: Duration::from_secs(IDLE_SECONDS_MAX),
            body: Duration::from_secs(BODY_SECONDS_MAX),
            write_stall: Duration::from_secs(WRITE_STALL_SECONDS_MAX),
            shutdown: Duration::from_secs(SHUTDOWN_SECONDS_MAX),
        }
    }
}
