//! The answer for all flags: what is known beforehand is copied, the rest is evaluated.

use jiff::Timestamp;

use crate::{
    api::ofrep::push_evaluation,
    engine::{
        bucket::{Positions, UnitBatch},
        condition::FlagIndex,
        context::{EvaluationContext, Unit},
        flag::{Flag, FlagSet},
        memo::Memo,
        resolution::FixedPositions,
        resolve::resolve_flag_at,
    },
    snapshot::{
        answer_text::{Wording, push_answer},
        bulk_plan::{Plan, PlanStep},
    },
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
        let is_meant =
            |flag: FlagIndex| only.is_none_or(|only| flag_set.flag(flag).is_some_and(only));
        let mut positions = self.positions(is_meant).into_iter();
        let mut memo = Memo::default();
        for step in plan.steps() {
            match step {
                PlanStep::Known(first, count) if only.is_none() => {
                    wording.push_whole(out, *first, *count);
                }
                PlanStep::Known(first, count) => {
                    let known = (first.0..first.0 + count).map(FlagIndex);
                    for flag in known.filter(|flag| is_meant(*flag)) {
                        wording.push_whole(out, flag, 1);
                    }
                }
                PlanStep::Resolved(flag) | PlanStep::Hashed(flag) | PlanStep::Placed(flag, ..)
                    if !is_meant(*flag) => {}
                PlanStep::Resolved(flag) => self.push_resolved(out, *flag, None, &mut memo),
                PlanStep::Hashed(flag) => {
                    let at = positions.next().flatten();
                    self.push_resolved(out, *flag, at, &mut memo);
                }
                PlanStep::Placed(flag, line, stretches) => {
                    let at = positions.next().flatten();
                    match at.and_then(|at| plan.stretch(stretches, *line, at)) {
                        Some(stretch) => {
                            wording.push_parts(out, *flag, stretch.variant(), stretch.reason);
                        }
                        None => self.push_resolved(out, *flag, at, &mut memo),
                    }
                }
            }
        }
    }

    /// Where the unit stands for the flags that are meant and may need it, in order. None where the
    /// resolution has to find that out by itself.
    fn positions(&self, is_meant: impl Fn(FlagIndex) -> bool) -> Vec<Option<Positions>> {
        let steps = self.plan.steps();
        let mut positions = Vec::with_capacity(steps.len());
        let mut crowd = UnitBatch::default();
        let hashed = steps.iter().filter_map(PlanStep::hashed).filter(|flag| is_meant(*flag));
        for flag in hashed.filter_map(|flag| self.flag_set.flag(flag)) {
            let unit = flag.unit(self.context);
            crowd.add(flag.hash, unit.as_ref().map(Unit::bytes), flag.salt().as_bytes());
            if crowd.is_full() {
                positions.extend(crowd.positions());
                crowd = UnitBatch::default();
            }
        }
        positions.extend(crowd.positions());
        positions
    }

    /// Resolves a flag, and writes what comes of it with a comma behind it.
    fn push_resolved<'r>(
        &'r self,
        out: &mut Vec<u8>,
        index: FlagIndex,
        at: Option<Positions>,
        memo: &mut Memo<'r>,
    ) {
        let Self { flag_set, wording, context, now, .. } = *self;
        let Some(flag) = flag_set.flag(index) else { return };
        let fixed = at.map(FixedPositions::from).unwrap_or_default();
        let evaluation = resolve_flag_at(flag_set, flag, context, now, fixed, Some(memo));
        match &evaluation {
            Ok(resolution) => {
                let variant = resolution.variant.and_then(|variant| flag.index_of(variant));
                wording.push_parts(out, index, variant, resolution.reason);
            }
            Err(_) => {
                push_evaluation(out, &flag.key, &evaluation, push_answer);
                out.push(b',');
            }
        }
    }
}
