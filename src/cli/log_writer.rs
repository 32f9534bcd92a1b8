//! Writes the log on a thread of its own, so that nobody waits for whoever reads it.
//!
//! Who reads the log may stop reading: a full pipe, a terminal that is held. Whoever logs must not
//! wait for that, least of all the thread that serves. So what waits to be written is bounded, and
//! what is dropped is counted and told.
#![expect(clippy::disallowed_methods, reason = "a line about dropped lines says when")]

use std::{
    io::{self, Write},
    panic::{self, PanicHookInfo},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use clap::ValueEnum;
use jiff::Timestamp;
use tracing::error;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

/// How many lines may wait to be written.
pub const LINES_MAX: usize = 2048;

/// How large all lines that wait to be written may be together, in bytes.
pub const BYTES_MAX: usize = 1 << 20;

/// What the log looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

/// Has panics be lines of the log, as long as the process lives: to print one, as is usual, would
/// wait for whoever reads.
pub fn log_panics() {
    panic::set_hook(Box::new(log_panic));
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let message = info.payload_as_str().unwrap_or("of an unknown kind");
    error!("panic at {place}: {message}");
}

/// What has been logged and not been written yet.
#[derive(Clone, Debug)]
pub struct Queue {
    waiting: Arc<Waiting>,
    lines: NonBlocking,
    format: LogFormat,
}

/// How much waits, and how much was dropped since that was last told.
#[derive(Debug, Default)]
struct Waiting {
    lines: AtomicUsize,
    bytes: AtomicUsize,
    dropped: AtomicUsize,
    /// How much was dropped at all.
    dropped_ever: Arc<AtomicUsize>,
}

impl Queue {
    /// A queue for lines of that format that are written to `out` on a thread of its own, until the
    /// guard is dropped.
    pub fn new(out: impl Write + Send + 'static, format: LogFormat) -> (Self, WorkerGuard) {
        let waiting = Arc::new(Waiting::default());
        let writer = Writer { waiting: Arc::clone(&waiting), out, format };
        let (lines, guard) = NonBlockingBuilder::default()
            .lossy(true)
            // Never full: it has to have room for the word that it is over.
            .buffered_lines_limit(LINES_MAX + 1)
            .thread_name("log")
            .finish(writer);
        (Self { waiting, lines, format }, guard)
    }

    /// How many lines were dropped so far; goes on counting.
    #[must_use]
    pub fn dropped(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.waiting.dropped_ever)
    }
}

impl MakeWriter<'_> for Queue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Write for Queue {
    /// Puts a whole line into the queue, or drops it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let dropped = self.waiting.dropped.swap(0, Relaxed);
        let notice = notice(self.format, dropped);
        if !self.waiting.enter(notice.len() + line.len()) {
            self.waiting.dropped.fetch_add(dropped + 1, Relaxed);
            self.waiting.dropped_ever.fetch_add(1, Relaxed);
        } else if notice.is_empty() {
            self.lines.write_all(line)?;
        } else {
            self.lines.write_all(&[notice.as_bytes(), line].concat())?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Waiting {
    /// Makes room for a line; false if there is none.
    fn enter(&self, size: usize) -> bool {
        let within =
            |count: usize, more: usize, max: usize| Some(count + more).filter(|&sum| sum <= max);
        if self.lines.fetch_update(Relaxed, Relaxed, |lines| within(lines, 1, LINES_MAX)).is_err() {
            return false;
        }
        let bytes =
            self.bytes.fetch_update(Relaxed, Relaxed, |bytes| within(bytes, size, BYTES_MAX));
        if bytes.is_err() {
            self.lines.fetch_sub(1, Relaxed);
        }
        bytes.is_ok()
    }
}

/// What writes, on a thread of its own.
struct Writer<W> {
    waiting: Arc<Waiting>,
    out: W,
    format: LogFormat,
}

impl<W: Write> Write for Writer<W> {
    /// Writes a whole line. What cannot be written is lost: there is nobody to tell.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.out.write_all(line);
        self.waiting.bytes.fetch_sub(line.len(), Relaxed);
        if self.waiting.lines.fetch_sub(1, Relaxed) == 1 {
            // The next line may be long in coming.
            let notice = notice(self.format, self.waiting.dropped.swap(0, Relaxed));
            let _ = self.out.write_all(notice.as_bytes());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The line that stands in the place of those that were dropped; nothing if none was.
fn notice(format: LogFormat, dropped: usize) -> String {
    if dropped == 0 {
        return String::new();
    }
    let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ");
    let plural = if dropped == 1 { " was" } else { "s were" };
    let message = format!("{dropped} line{plural} dropped here: the log was not read fast enough");
    match format {
        LogFormat::Text => format!("{time}  WARN {message} dropped={dropped}\n"),
        LogFormat::Json => format!(
            "{{\"timestamp\":\"{time}\",\"level\":\"WARN\",\"message\":\"{message}\",\
             \"dropped\":{dropped}}}\n"
        ),
    }
}
