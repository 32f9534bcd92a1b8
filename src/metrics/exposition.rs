//! All metrics as text, piece by piece: `OpenMetrics`, or Prometheus' text format 0.0.4.
//!
//! A piece is a block of series that has a bound, so that the room for a scrape does not grow with
//! the number of flags. Blocks of one family follow one another; only the first names it.

use std::{
    fmt::{self, Write},
    future::ready,
    sync::Arc,
};

use bytes::Bytes;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, prometheus_text, text},
    registry::Registry,
};

use crate::{
    metrics::{
        cells::{Counter, Histogram},
        family::{self, Family},
        record::{ENDPOINTS_MAX, LISTENERS, LOSSES, Metrics, OUTCOMES, PHASES},
    },
    server::answer::{NextPiece, Pieces},
    snapshot::usage::FlagUsage,
};

/// How many series of flags are in one piece.
const FLAGS_PER_PIECE: usize = 32;
/// How large what is under way of a scrape can be, in bytes: two pieces, of series with the longest
/// of keys and names, all of whose characters are escaped or long.
pub const SCRAPE_SIZE_BYTES: usize = 128 << 10;
/// What ends a text of `OpenMetrics`.
const END: &str = "# EOF\n";

/// In which form metrics are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFormat {
    /// `OpenMetrics` 1.0.
    OpenMetrics,
    /// Prometheus' text format, version 0.0.4.
    Text,
}

/// What is known of the daemon at the moment of a scrape.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether it is ready.
    pub is_ready: bool,
    /// Whether the loader is stuck.
    pub is_stuck: bool,
    /// How long ago the loader last looked, in seconds.
    pub looked_ago: Option<f64>,
    /// The version that is served, and its commit.
    pub served: Option<(String, String)>,
    /// How many flags are served.
    pub flags: usize,
    /// When what is served was loaded, as a Unix time.
    pub loaded_at: Option<f64>,
    /// Since when something newer is rejected, as a Unix time, and its commit.
    pub rejected: Option<(f64, String)>,
}

/// The method and the route of an endpoint; none beyond the last.
pub type Endpoints = fn(usize) -> Option<(&'static str, &'static str)>;

/// All metrics at one moment, on their way out.
#[derive(Debug)]
pub struct Scrape {
    form: TextFormat,
    next: Block,
    shown: Arc<Shown>,
}

/// What is shown.
#[derive(Debug)]
struct Shown {
    facts: Facts,
    metrics: Arc<Metrics>,
    usage: Arc<FlagUsage>,
    endpoints: Endpoints,
}

/// A part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// The daemon and its definitions.
    Daemon,
    /// The answers of the endpoint with this index.
    Endpoint(usize),
    /// Connections, memory, and evaluations but for flags.
    Server,
    /// The series of flags from this one on.
    Flags(usize),
    /// The last line.
    End,
    /// Nothing.
    Over,
}

impl TextFormat {
    /// The value of `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => prometheus_text::CONTENT_TYPE,
        }
    }
}

impl Scrape {
    /// Everything as it is now.
    #[must_use]
    pub fn new(
        form: TextFormat,
        facts: Facts,
        metrics: Arc<Metrics>,
        usage: Arc<FlagUsage>,
        endpoints: Endpoints,
    ) -> Self {
        let shown = Arc::new(Shown { facts, metrics, usage, endpoints });
        Self { form, next: Block::Daemon, shown }
    }

    /// The next piece of the text; none at its end. A piece may be empty.
    fn piece(&mut self) -> Option<String> {
        let block = self.next;
        self.next = match block {
            Block::Daemon => Block::Endpoint(0),
            Block::Endpoint(index) if index < ENDPOINTS_MAX => Block::Endpoint(index + 1),
            Block::Endpoint(_) => Block::Server,
            Block::Server => Block::Flags(0),
            Block::Flags(start) if start + FLAGS_PER_PIECE < self.shown.usage.len() + 2 => {
                Block::Flags(start + FLAGS_PER_PIECE)
            }
            Block::Flags(_) => Block::End,
            Block::End | Block::Over => Block::Over,
        };
        match (block, self.form) {
            (Block::Over, _) | (Block::End, TextFormat::Text) => None,
            (Block::End, TextFormat::OpenMetrics) => Some(END.to_owned()),
            _ => Some(self.block(block)),
        }
    }

    fn block(&self, block: Block) -> String {
        let mut registry = Registry::default();
        let shown = Arc::clone(&self.shown);
        registry.register_collector(Box::new(Part { block, shown }));
        let mut written = String::new();
        // Writing to a string cannot fail.
        let _ = match self.form {
            TextFormat::OpenMetrics => text::encode_registry(&mut written, &registry),
            TextFormat::Text => prometheus_text::encode(&mut written, &registry),
        };
        let is_first = !matches!(block, Block::Endpoint(1..) | Block::Flags(1..));
        if is_first {
            return written;
        }
        let series = written.lines().filter(|line| !line.starts_with('#'));
        series.fold(String::with_capacity(written.len()), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
    }
}

impl Pieces for Scrape {
    fn next(mut self: Box<Self>) -> NextPiece {
        let piece = loop {
            match self.piece() {
                Some(piece) if piece.is_empty() => {}
                piece => break piece,
            }
        };
        let piece = piece.map(|piece| (Bytes::from(piece), self as Box<dyn Pieces>));
        Box::pin(ready(piece))
    }
}

/// One block, as the encoder asks for it.
#[derive(Debug)]
struct Part {
    block: Block,
    shown: Arc<Shown>,
}

impl Collector for Part {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        match self.block {
            Block::Daemon => self.shown.daemon(&mut page),
            Block::Endpoint(index) => self.shown.endpoint(index, &mut page),
            Block::Server => self.shown.server(&mut page),
            Block::Flags(start) => self.shown.flags(start, &mut page),
            Block::End | Block::Over => Ok(()),
        }
    }
}

/// Where families are written.
struct Page<'p>(DescriptorEncoder<'p>);

impl Page<'_> {
    fn family(&mut self, family: Family) -> Result<MetricEncoder<'_>, fmt::Error> {
        self.0.encode_descriptor(family.name, family.help, None, family.kind)
    }

    fn gauge(&mut self, family: Family, value: f64) -> fmt::Result {
        self.family(family)?.encode_gauge(&value)
    }

    fn info(&mut self, family: Family, values: &[&str]) -> fmt::Result {
        let labels = labels(family, values);
        self.family(family)?.encode_info(&labels.as_slice())
    }

    /// A counter for each of these label values.
    fn counters<'v>(
        &mut self,
        family: Family,
        rows: impl Iterator<Item = (Vec<&'v str>, u64)>,
    ) -> fmt::Result {
        let mut encoder = self.family(family)?;
        for (values, count) in rows {
            let labels = labels(family, &values);
            let labels = labels.as_slice();
            let mut row = encoder.encode_family(&labels)?;
            row.encode_counter::<NoLabelSet, u64, f64>(&count, None)?;
        }
        Ok(())
    }

    /// A histogram for each of these label values.
    fn histograms<'v, 'h, const N: usize>(
        &mut self,
        family: Family,
        rows: impl Iterator<Item = (Vec<&'v str>, &'h Histogram<N>)>,
    ) -> fmt::Result {
        let mut encoder = self.family(family)?;
        for (values, histogram) in rows {
            let measured = histogram.measured();
            let labels = labels(family, &values);
            let labels = labels.as_slice();
            let mut row = encoder.encode_family(&labels)?;
            let (sum, count) = (measured.sum, measured.count);
            row.encode_histogram::<NoLabelSet>(sum, count, &measured.buckets, None)?;
        }
        Ok(())
    }
}

/// The labels of a family with these values. One that is empty is as good as none, and left out.
fn labels<'v>(family: Family, values: &[&'v str]) -> Vec<(&'static str, &'v str)> {
    let pairs = family.labels.iter().copied().zip(values.iter().copied());
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

fn one_or_zero(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

/// A count as a gauge shows it.
#[expect(clippy::cast_precision_loss, reason = "what there is at once is far below 2⁵³")]
fn number(count: u64) -> f64 {
    count as f64
}

fn size(count: usize) -> f64 {
    number(u64::try_from(count).unwrap_or(u64::MAX))
}

impl Shown {
    fn daemon(&self, page: &mut Page<'_>) -> fmt::Result {
        let Self { facts, metrics, .. } = self;
        page.info(family::BUILD, &[env!("CARGO_PKG_VERSION")])?;
        page.gauge(family::READY, one_or_zero(facts.is_ready))?;
        if let Some((version, commit)) = &facts.served {
            page.info(family::DEFINITIONS, &[version, commit])?;
            page.gauge(family::FLAGS, size(facts.flags))?;
        }
        if let Some(loaded_at) = facts.loaded_at {
            page.gauge(family::LOADED, loaded_at)?;
        }
        if let Some((since, commit)) = &facts.rejected {
            page.info(family::REJECTED, &[commit])?;
            page.gauge(family::REJECTED_SINCE, *since)?;
        }
        let rows = OUTCOMES.iter().zip(metrics.reloads.iter().map(Counter::count));
        page.counters(family::RELOADS, rows.map(|(outcome, count)| (vec![*outcome], count)))?;
        let phases = PHASES.iter().zip(&metrics.phases);
        page.histograms(family::RELOAD_PHASES, phases.map(|(phase, took)| (vec![*phase], took)))?;
        if let Some(ago) = facts.looked_ago {
            page.gauge(family::LAST_LOOK, ago)?;
        }
        page.gauge(family::STUCK, one_or_zero(facts.is_stuck))?;
        page.histograms(family::FROM_COMMIT, [(Vec::new(), &metrics.from_commit)].into_iter())?;
        page.histograms(family::FROM_SIGHT, [(Vec::new(), &metrics.from_sight)].into_iter())
    }

    fn endpoint(&self, index: usize, page: &mut Page<'_>) -> fmt::Result {
        // The words for what is none of those that are known.
        let (method, route) = (self.endpoints)(index).unwrap_or(("_OTHER", ""));
        let statuses: Vec<(String, &Histogram<12>)> = self
            .metrics
            .requests_of(index)
            // There are too many of them for those that nobody has asked for.
            .filter(|(_, took)| took.measured().count != 0)
            .map(|(status, took)| (status.map_or_else(String::new, |it| it.to_string()), took))
            .collect();
        let rows = statuses.iter().map(|(status, took)| (vec![method, route, status], *took));
        page.histograms(family::REQUESTS, rows)
    }

    fn server(&self, page: &mut Page<'_>) -> fmt::Result {
        let metrics = &*self.metrics;
        let mut open = page.family(family::OPEN_CONNECTIONS)?;
        for (listener, count) in LISTENERS.iter().zip(&metrics.open_connections) {
            let labels = labels(family::OPEN_CONNECTIONS, &[listener]);
            let labels = labels.as_slice();
            open.encode_family(&labels)?.encode_gauge(&number(count.count()))?;
        }
        let rows = LISTENERS.iter().zip(&metrics.connections);
        let rows = rows.map(|(listener, opened)| (vec![*listener], opened.count()));
        page.counters(family::CONNECTIONS, rows)?;
        let rows = LOSSES.iter().zip(&metrics.lost_connections);
        let rows = rows.map(|(reason, lost)| (vec![*reason], lost.count()));
        page.counters(family::CONNECTIONS_LOST, rows)?;
        if let Some(account) = metrics.account() {
            page.gauge(family::MEMORY, size(account.taken_bytes()))?;
            page.gauge(family::MEMORY_LIMIT, size(account.size_bytes()))?;
        }
        let one = |count: u64| [(Vec::new(), count)].into_iter();
        page.counters(family::MEMORY_REFUSALS, one(metrics.memory_refusals.count()))?;
        page.gauge(family::STREAMS, number(metrics.event_streams.count()))?;
        if let Some(dropped) = metrics.dropped_lines() {
            let dropped = u64::try_from(dropped).unwrap_or(u64::MAX);
            page.counters(family::LOG_DROPPED, one(dropped))?;
        }
        let rows = metrics.by_reason();
        let rows = rows.map(|((reason, error), count)| (vec![reason, error], count));
        page.counters(family::REASONS, rows)?;
        page.counters(family::BULK, one(metrics.bulk.count()))
    }

    fn flags(&self, start: usize, page: &mut Page<'_>) -> fmt::Result {
        let series = self.usage.series_from(start).take(FLAGS_PER_PIECE);
        let rows = series.map(|series| {
            let variant = series.variant.as_deref().unwrap_or_default();
            (vec![&*series.key, variant], series.count())
        });
        page.counters(family::EVALUATIONS, rows)
    }
}
