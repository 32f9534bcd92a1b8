//! The answer for all flags: what is known beforehand is copied, the rest is evaluated.

use jiff::Timestamp;

use crate::{
    engine::{
        bucket::{Crowd, Positions},
        context::{EvaluationContext, Unit},
        flag::{Flag, FlagSet},
        lanes::LANES,
        resolution::FixedPositions,
        resolve::{resolve_flag_at, unit_of},
    },
    http::ofrep::push_evaluation,
    plan::{Plan, Step, Stretch},
    wording::{Wording, push_answer},
};

/// What stands around the answers, but for the event streams.
const FRAME: [&str; 3] = ["{\"flags\":[", "]", "}"];
/// What stands before the event streams.
const STREAMS: &str = ",\"eventStreams\":";

/// What one request asks of all flags.
#[derive(Clone, Copy, Debug)]
pub struct Bulk<'r> {
    /// The flags.
    pub flag_set: &'r FlagSet,
    /// Their texts.
    pub wording: &'r Wording,
    /// How they are answered for.
    pub plan: &'r Plan,
    /// Who is asking.
    pub context: &'r EvaluationContext<'r>,
    /// The time.
    pub now: Timestamp,
}

/// Which flags are answered for; none is all of them.
pub type Only<'f> = Option<&'f dyn Fn(&Flag) -> bool>;

impl Bulk<'_> {
    /// The answer for all flags, or for `only` those, sorted by key; `streams` is what
    /// `eventStreams` is to say. Takes no more room than is needed if all are selected.
    #[must_use]
    pub fn answer(&self, only: Only<'_>, streams: Option<&str>) -> Vec<u8> {
        let streams = streams.map(|streams| [STREAMS, streams]).unwrap_or_default();
        let around = FRAME.iter().chain(&streams).map(|text| text.len()).sum::<usize>();
        let mut out = Vec::with_capacity(around + self.wording.size_bytes_max());
        let [begin, end, last] = FRAME;
        out.extend_from_slice(begin.as_bytes());
        self.push_flags(&mut out, only);
        // There is a comma behind each answer, so behind the last one too.
        out.pop_if(|byte| *byte == b',');
        out.extend_from_slice(end.as_bytes());
        out.extend(streams.iter().flat_map(|text| text.as_bytes()));
        out.extend_from_slice(last.as_bytes());
        out
    }

    fn push_flags(&self, out: &mut Vec<u8>, only: Only<'_>) {
        let Self { flag_set, wording, plan, .. } = *self;
        let flags = flag_set.flags();
        let is_meant = |index: usize| only.is_none_or(|only| flags.get(index).is_some_and(only));
        let mut ahead = Ahead::default();
        for (number, step) in plan.steps().iter().enumerate() {
            let mut positions = || {
                let rest = plan.steps().get(number..).unwrap_or_default();
                let hashed = rest.iter().filter_map(Step::hashed).filter(|flag| is_meant(*flag));
                ahead.next(self, hashed.filter_map(|index| flags.get(index)))
            };
            match step {
                Step::Known(known) if only.is_none() => wording.push_whole(out, known.clone()),
                Step::Known(known) => {
                    for index in known.clone().filter(|index| is_meant(*index)) {
                        wording.push_whole(out, index..index + 1);
                    }
                }
                Step::Resolved { flag, .. } | Step::Placed { flag, .. } if !is_meant(*flag) => {}
                Step::Resolved { flag, is_hashed } => {
                    let positions = if *is_hashed { positions() } else { None };
                    self.push_resolved(out, *flag, positions);
                }
                Step::Placed { flag, stretches, line } => {
                    let at = positions();
                    let found = at.and_then(|at| plan.stretch(stretches.clone(), *line, at));
                    match (found, flags.get(*flag)) {
                        (Some(Stretch { variant, reason, .. }), Some(placed)) => {
                            let variants = placed.variants.len();
                            let variant = variant.map(usize::from);
                            wording.push_parts(out, *flag, variants, variant, *reason);
                        }
                        _ => self.push_resolved(out, *flag, at),
                    }
                }
            }
        }
    }

    /// Resolves the flag at an index, and writes what comes of it with a comma behind it.
    fn push_resolved(&self, out: &mut Vec<u8>, index: usize, at: Option<Positions>) {
        let Self { flag_set, wording, context, now, .. } = *self;
        let Some(flag) = flag_set.flags().get(index) else { return };
        let fixed = at.map(FixedPositions::from).unwrap_or_default();
        let evaluation = resolve_flag_at(flag_set, flag, context, now, fixed);
        match &evaluation {
            Ok(resolution) => {
                let variants = &*flag.variants;
                let variant =
                    resolution.variant.and_then(|variant| variants.element_offset(variant));
                wording.push_parts(out, index, variants.len(), variant, resolution.reason);
            }
            Err(_) => {
                push_evaluation(out, &flag.key, &evaluation, push_answer);
                out.push(b',');
            }
        }
    }
}

/// The positions of the flags that come next, computed together.
#[derive(Default)]
struct Ahead {
    /// Of each of the next ones; none where a unit is missing or too long.
    positions: [Option<Positions>; LANES],
    /// How many of them there are.
    count: usize,
    /// How many of them have been used.
    used: usize,
}

impl Ahead {
    /// The position for the first of `flags`, which are those that come next and are hashed; none
    /// if it has not been computed.
    fn next<'s>(
        &mut self,
        bulk: &Bulk<'_>,
        flags: impl Iterator<Item = &'s Flag>,
    ) -> Option<Positions> {
        if self.used == self.count {
            self.fill(bulk, flags);
        }
        let found = self.positions.get(self.used).copied().flatten();
        self.used += 1;
        found
    }

    fn fill<'s>(&mut self, bulk: &Bulk<'_>, flags: impl Iterator<Item = &'s Flag>) {
        (self.used, self.count) = (0, 0);
        let (mut crowd, mut lanes) = (Crowd::default(), [None; LANES]);
        for (flag, lane) in flags.zip(&mut lanes) {
            self.count += 1;
            let unit = unit_of(flag, bulk.context);
            let next = crowd.count();
            let is_in = |unit: Unit<'_>| crowd.add(flag.hash, unit.bytes(), flag.salt.as_bytes());
            *lane = unit.is_some_and(is_in).then_some(next);
        }
        // Alone, it is hashed sooner by whoever needs it, and perhaps nobody does.
        if crowd.count() < 2 {
            self.positions = [None; LANES];
            return;
        }
        let positions = crowd.positions();
        self.positions = lanes.map(|lane| lane.and_then(|lane| positions.get(lane).copied()));
    }
}
