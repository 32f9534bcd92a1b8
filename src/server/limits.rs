//! What a client may take: sizes, counts and times.

use std::time::Duration;

/// How large a request's body may be, in bytes.
pub const BODY_SIZE_BYTES_MAX: usize = 256 << 10;
/// Up to this size a body counts as small: then it does not have to wait for large ones.
pub const SMALL_BODY_SIZE_BYTES_MAX: usize = 16 << 10;
/// How much memory all requests may hold together, where the container has no limit or a large
/// one, in bytes: heads, bodies, answers on their way out.
pub const REQUEST_MEMORY_BYTES_MAX: usize = 32 << 20;
/// Which part of the container's memory that is, where it has less.
pub const REQUEST_MEMORY_PART: u64 = 4;
/// How large the head of a request may be, request line included, in bytes.
pub const HEAD_SIZE_BYTES_MAX: usize = 64 << 10;
/// The same where management has an address of its own.
pub const MANAGEMENT_HEAD_SIZE_BYTES_MAX: usize = 16 << 10;
/// How many headers a request may have.
pub const HEADERS_MAX: usize = 100;
/// How many connections may be open at once, all threads together.
pub const CONNECTIONS_MAX: usize = 4096;
/// How many may be open to management, where it has an address of its own.
pub const MANAGEMENT_CONNECTIONS_MAX: usize = 256;
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
/// How fast a body has to arrive and an answer to be read, on average, in bytes a second.
pub const TRANSFER_RATE_MIN: usize = 1024;
/// How long a body may pause. Who has sent faster than the least rate saves up to this much.
pub const BODY_PAUSE_SECONDS_MAX: u64 = 3;
/// How long a client may leave what was sent to it unread. Who has read faster than the least rate
/// saves up to this much. It is long because systems tell of progress in steps: a client that reads
/// 10 kB a second into a buffer of 6 MB lets go of 400 kB at a time.
pub const WRITE_PAUSE_SECONDS_MAX: u64 = 120;
/// How long requests in flight may take to finish once the server has been told to stop.
pub const SHUTDOWN_SECONDS_MAX: u64 = 10;
/// How long an event stream may be silent, in seconds: then it says that it is still there.
pub const HEARTBEAT_SECONDS: u64 = 25;
/// How long after the first the last event stream is told of a new version, in milliseconds.
pub const SPREAD_MS: u64 = 1000;

/// Of a body that is refused, so many times the largest allowed is read and dropped, so that the
/// client gets to see why.
pub const DISCARDED_BODIES_MAX: usize = 16;
/// How large each of a connection's buffers in the system may be, in bytes. The system doubles it,
/// for what it needs itself.
pub const SOCKET_BUFFER_SIZE_BYTES: usize = 64 << 10;
/// After how many seconds who was refused may try again.
pub const RETRY_AFTER_SECONDS: u32 = 1;

/// All limits of one entrance to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// See [`BODY_SIZE_BYTES_MAX`].
    pub body_size_bytes: usize,
    /// See [`REQUEST_MEMORY_BYTES_MAX`]; all entrances have it together.
    pub request_memory_bytes: usize,
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
    /// See [`TRANSFER_RATE_MIN`]; at least 1.
    pub transfer_rate: usize,
    /// See [`BODY_PAUSE_SECONDS_MAX`].
    pub body_pause: Duration,
    /// See [`WRITE_PAUSE_SECONDS_MAX`].
    pub write_pause: Duration,
    /// See [`SHUTDOWN_SECONDS_MAX`].
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_size_bytes: BODY_SIZE_BYTES_MAX,
            request_memory_bytes: REQUEST_MEMORY_BYTES_MAX,
            head_size_bytes: HEAD_SIZE_BYTES_MAX,
            connections: CONNECTIONS_MAX,
            first_head: Duration::from_secs(FIRST_HEAD_SECONDS_MAX),
            head: Duration::from_secs(HEAD_SECONDS_MAX),
            idle: Duration::from_secs(IDLE_SECONDS_MAX),
            body: Duration::from_secs(BODY_SECONDS_MAX),
            transfer_rate: TRANSFER_RATE_MIN,
            body_pause: Duration::from_secs(BODY_PAUSE_SECONDS_MAX),
            write_pause: Duration::from_secs(WRITE_PAUSE_SECONDS_MAX),
            shutdown: Duration::from_secs(SHUTDOWN_SECONDS_MAX),
        }
    }
}
