//! `flagstaff serve`: the daemon.
#![expect(clippy::disallowed_methods, reason = "the clock of every evaluation enters here")]

use std::{
    future::pending,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::builder::BoolishValueParser;
use jiff::Timestamp;
use tokio::{
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::{oneshot, watch},
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tracing::{error, info, warn};

use crate::{
    api::{
        clock_step::{ClockWatch, LOOK},
        selection::Selection,
    },
    cli::{
        environment::Environment,
        following::GitArguments,
        listening::{LimitArguments, ListenArguments, Listening},
        logs::LogArguments,
        outcome::{CommandOutcome, Exit},
        roots::{RootArguments, local_path},
    },
    diagnostics::suggest::nearest,
    metrics::record::{Metrics, ReloadCounter},
    reload::{
        journal::OutcomeLog,
        loader::ReloadOptions,
        observer::{Look, ReloadObserver},
        outcome::{Outcome, Swap},
        reloader::Reloader,
        room::{MemoryRoom, Size},
    },
    server::connection::Draining,
    snapshot::{
        answer_metadata::{AnswerMetadata, flag_set_id},
        current::SnapshotCell,
        pulse::Activity,
        usage::SERIES_MAX,
    },
    source::file_kind::shown,
    system::{
        container::memory_limit,
        memory::{GIVE_BACK_PERIOD, give_back, use_small_pages},
    },
};

/// How long connections wait, not yet accepted, for the first load. Answering them meanwhile could
/// only put off the load, and the answers would be that there is nothing yet.
const FIRST_LOAD_WAIT: Duration = Duration::from_millis(500);

/// How much of the memory is left to requests at most, in bytes; a quarter, if that is less.
const REQUESTS_BYTES_MAX: u64 = 32 << 20;

/// How often to see whether the loader is stuck.
const LOADER_WATCH: Duration = Duration::from_secs(5);

/// The options of `serve`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    roots: RootArguments,
    #[command(flatten)]
    git: GitArguments,
    #[command(flatten)]
    listen: ListenArguments,
    /// A file with the git commit, for places without git
    #[arg(long, value_name = "FILE", env = "FLAGSTAFF_COMMIT_FILE", value_parser = local_path())]
    commit_file: Option<PathBuf>,
    /// Accept definitions without flags, and roots without definitions
    #[arg(long, env = "FLAGSTAFF_ALLOW_EMPTY", value_parser = BoolishValueParser::new())]
    allow_empty: bool,
    /// Exit with code 1 if the first definitions are not valid, instead of waiting for better ones
    #[arg(long, env = "FLAGSTAFF_EXIT_ON_INVALID", value_parser = BoolishValueParser::new())]
    exit_on_invalid: bool,
    /// How much memory the process may take, such as `64MiB` [default: the container's limit];
    /// `none` for no limit. Definitions that would not fit are rejected
    #[arg(long, value_name = "SIZE", env = "FLAGSTAFF_MEMORY_MAX")]
    memory_max: Option<Size>,
    /// How long to keep answering after a signal to stop, so that load balancers notice
    #[arg(long, value_name = "SECONDS", env = "FLAGSTAFF_DRAIN_DELAY", default_value_t = 0)]
    drain_delay: u64,
    /// Give every answer a `version` in its metadata, a digest of what its flag means, for
    /// OpenFeature's hooks
    #[arg(long, env = "FLAGSTAFF_ANSWER_METADATA", value_parser = BoolishValueParser::new())]
    answer_metadata: bool,
    /// Give every answer this `flagSetId` in its metadata, for OpenFeature's hooks
    #[arg(long, value_name = "NAME", env = "FLAGSTAFF_FLAG_SET_ID", value_parser = flag_set_id)]
    flag_set_id: Option<String>,
    /// How many time series `/metrics` may have for single flags and variants; the evaluations of
    /// all flags beyond are counted together, as `_other`
    #[arg(long, value_name = "NUMBER", env = "FLAGSTAFF_METRICS_SERIES",
          default_value_t = SERIES_MAX)]
    metrics_series: usize,
    #[command(flatten)]
    logs: LogArguments,
    #[command(flatten)]
    limits: LimitArguments,
}

const EXAMPLES: &str = "\
Examples:
  flagstaff serve
  flagstaff serve flags deploy/environments/production --listen 0.0.0.0:8016
  flagstaff serve --git /srv/flags.git --ref main flags deploy/environments/production
  flagstaff serve --listen unix:/run/flagstaff.sock --management-listen 127.0.0.1:8017
  flagstaff serve --event-streams --cors-origin https://shop.example

Signals: SIGHUP reads the definitions again and logs the outcome; the daemon notices changes without
it. SIGTERM and SIGINT stop the daemon after the drain delay, once the requests in flight are
answered; a second one stops it at once.
Exit codes: 0 after a signal to stop, 1 after a second signal or with `--exit-on-invalid`, 2 if it
cannot start.";

/// Serves until it is told to stop.
#[must_use]
pub fn run(arguments: Arguments, environment: &Environment) -> CommandOutcome {
    // Until the end, so that everything is written that can be.
    let log = arguments.logs.start(environment);
    let metrics = Arc::new(Metrics::default());
    metrics.show_dropped_lines(Arc::clone(&log.dropped));
    let verdict = serve(arguments, &metrics).unwrap_or_else(|problem| {
        error!("{problem}");
        Exit::CouldNotRun
    });
    CommandOutcome::new(verdict, String::new())
}

fn serve(arguments: Arguments, metrics: &Arc<Metrics>) -> Result<Exit, String> {
    use_small_pages();
    let cell = Arc::new(SnapshotCell::default());
    let selection = arguments.listen.selection();
    let source = arguments.roots.source();
    let git = arguments.git.options(&source, arguments.commit_file.as_deref())?;
    let listening = arguments.listen.open(arguments.limits, &cell, metrics, Timestamp::now)?;
    let explain = |error: io::Error| format!("cannot start: {error}");
    let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(explain)?;
    runtime.block_on(async {
        let stop_signals = StopSignals::listen().map_err(explain)?;
        let hang_up = signal(SignalKind::hangup()).map_err(explain)?;
        let Listening { server, addresses, management } = listening;
        let (first, outcome) = watch::channel(None);
        let mut loaded = outcome.clone();
        let options = ReloadOptions {
            source,
            git,
            commit_file: arguments.commit_file,
            allow_empty: arguments.allow_empty,
            room: room(arguments.memory_max),
            series_max: arguments.metrics_series,
            answer_metadata: AnswerMetadata {
                version: arguments.answer_metadata,
                flag_set_id: arguments.flag_set_id.map(Into::into),
            },
        };
        let sources = options.source.roots.iter().map(|root| shown(root, "")).collect();
        let exit_on_invalid = arguments.exit_on_invalid;
        let is_over = false;
        let opening = Opening { sources, addresses, management, first, exit_on_invalid, is_over };
        let unmatched = Unmatched { selection, known: Vec::new() };
        let observers: Vec<Box<dyn ReloadObserver>> = vec![
            Box::new(OutcomeLog::default()),
            Box::new(opening),
            Box::new(unmatched),
            Box::new(ReloadCounter(Arc::clone(metrics))),
        ];
        let reloader = Reloader::start(options, cell.clone(), observers).map_err(explain)?;
        let (stop, stopped) = oneshot::channel();
        let steering = Steering {
            cell,
            draining: server.draining(),
            stop_signals,
            hang_up,
            reloader,
            first: exit_on_invalid.then_some(outcome),
            drain_delay: Duration::from_secs(arguments.drain_delay),
            is_stuck: false,
            has_event_streams: arguments.listen.has_event_streams(),
        };
        let stopped = async {
            let _ = stopped.await;
        };
        let serve = async {
            let _ = timeout(FIRST_LOAD_WAIT, loaded.wait_for(Option::is_some)).await;
            server.run(stopped).await
        };
        tokio::select! {
            served = serve => served.map(|()| Exit::Fine).map_err(explain),
            verdict = steering.steer(stop) => Ok(verdict),
        }
    })
}

/// How much memory there is: as much as was said, or as the container may take.
fn room(memory_max: Option<Size>) -> MemoryRoom {
    let limit = memory_max.map_or_else(memory_limit, |Size(limit)| limit);
    MemoryRoom { limit, requests: limit.map_or(0, |limit| (limit / 4).min(REQUESTS_BYTES_MAX)) }
}

/// Says in the log what the daemon serves, once that is known.
struct Opening {
    sources: Vec<String>,
    addresses: Vec<String>,
    management: Vec<String>,
    /// Whether there is anything to serve at the start; none until that is known.
    first: watch::Sender<Option<bool>>,
    exit_on_invalid: bool,
    is_over: bool,
}

impl ReloadObserver for Opening {
    fn looked(&mut self, look: &Look) {
        let is_first = self.first.borrow().is_none();
        let addresses = self.addresses.join(", ");
        let management = (!self.management.is_empty()).then(|| self.management.join(", "));
        match &look.outcome {
            Outcome::Swapped(Swap { snapshot, .. }) if !self.is_over => {
                self.is_over = true;
                let flags = snapshot.definitions.flag_set.flags().len();
                let plural = if flags == 1 { "" } else { "s" };
                info!(
                    version = &*snapshot.definitions.version,
                    commit = snapshot.commit.as_deref(),
                    flags,
                    files = snapshot.paths.len(),
                    addresses,
                    management,
                    program = env!("CARGO_PKG_VERSION"),
                    "serving {flags} flag{plural} of `{}`",
                    self.sources.join("`, `")
                );
            }
            _ if is_first && !self.exit_on_invalid => warn!(
                addresses,
                management,
                program = env!("CARGO_PKG_VERSION"),
                "not ready: serving begins once the definitions are good"
            ),
            _ => {}
        }
        if is_first {
            self.first.send_replace(Some(self.is_over));
        }
    }
}

/// Warns of patterns for flag keys that match none: whoever mistypes one serves less than they
/// think.
struct Unmatched {
    selection: Selection,
    /// Those of which the log says so.
    known: Vec<String>,
}

impl ReloadObserver for Unmatched {
    fn looked(&mut self, look: &Look) {
        let Outcome::Swapped(Swap { snapshot, .. }) = &look.outcome else { return };
        let keys = snapshot.definitions.flag_set.flags().iter().map(|flag| &*flag.key);
        let patterns = self.selection.without_match(keys.clone()).map(ToString::to_string);
        let patterns: Vec<String> = patterns.collect();
        for pattern in patterns.iter().filter(|pattern| !self.known.contains(pattern)) {
            let near = nearest(pattern, keys.clone());
            let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            warn!("`--select {pattern}` matches none of the served flags{hint}");
        }
        self.known = patterns;
    }
}

/// What steers the daemon while it serves.
struct Steering {
    cell: Arc<SnapshotCell>,
    draining: Draining,
    stop_signals: StopSignals,
    hang_up: Signal,
    reloader: Reloader,
    /// Whether there was anything to serve at the start, if it is to end where there was not.
    first: Option<watch::Receiver<Option<bool>>>,
    drain_delay: Duration,
    /// Whether the log says that the loader is stuck.
    is_stuck: bool,
    /// Whether there is anybody to be told of instants that are jumped over.
    has_event_streams: bool,
}

impl Steering {
    /// Waits for a reason to stop, then for the drain delay, and tells the server. Returns only if
    /// the process has to end before the server is done.
    async fn steer(mut self, stop: oneshot::Sender<()>) -> Exit {
        let mut watch = interval(LOADER_WATCH);
        watch.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut clock = interval(LOOK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut memory = interval(GIVE_BACK_PERIOD);
        memory.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut clock_watch = ClockWatch::new(Timestamp::now(), Instant::now());
        loop {
            tokio::select! {
                name = self.stop_signals.next() => {
                    info!("{name}: stopping");
                    break;
                }
                Some(()) = self.hang_up.recv() => {
                    if self.reloader.reread() {
                        info!("SIGHUP: reading the definitions");
                    }
                }
                () = is_invalid(&mut self.first) => return Exit::Problem,
                _ = watch.tick() => self.watch_loader(),
                _ = memory.tick() => give_back(),
                _ = clock.tick(), if self.has_event_streams => {
                    if clock_watch.was_set(Timestamp::now(), Instant::now()) {
                        info!("the system clock was set");
                        self.cell.clock_was_set();
                    }
                }
            }
        }
        self.cell.update_health(|health| health.draining = true);
        self.draining.begin();
        tokio::select! {
            () = sleep(self.drain_delay) => {
                let _ = stop.send(());
                let name = self.stop_signals.next().await;
                warn!("{name} again: ending at once");
            }
            name = self.stop_signals.next() => warn!("{name} again: ending at once"),
        }
        Exit::Problem
    }

    /// Says in the log that the loader hangs, and that it goes on; once each.
    fn watch_loader(&mut self) {
        let loading = self.cell.pulse().loading();
        let is_stuck = loading.activity == Activity::Stuck;
        if is_stuck && !self.is_stuck {
            let seconds = loading.silent.as_secs();
            error!(
                "the loader has been stuck for {seconds} s, in a file system that does not answer, \
                 perhaps; changes are not followed"
            );
        } else if !is_stuck && self.is_stuck {
            info!("the loader is no longer stuck");
        }
        self.is_stuck = is_stuck;
    }
}

/// Completes when it turns out that there is nothing to serve at the start.
async fn is_invalid(first: &mut Option<watch::Receiver<Option<bool>>>) {
    if let Some(first) = first
        && first.wait_for(|first| *first == Some(false)).await.is_ok()
    {
        return;
    }
    pending::<()>().await;
}

/// The signals to stop.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for one of them, and says which.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            Some(()) = self.terminate.recv() => "SIGTERM",
            Some(()) = self.interrupt.recv() => "SIGINT",
            else => pending().await,
        }
    }
}
