//! The answer for all flags: what is known beforehand is copied, the rest is evaluated.

use std::ops::Range;

use jiff::Timestamp;

use crate::{
    engine::{
        context::EvaluationContext,
        flag::{Flag, FlagSet},
        resolve::resolve_flag,
    },
    http::ofrep::push_evaluation,
    wording::Wording,
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
    /// Who is asking.
    pub context: &'r EvaluationContext<'r>,
    /// The time.
    pub now: Timestamp,
}

impl Bulk<'_> {
    /// The answer for those flags that are `selected`, sorted by key; `streams` is what
    /// `eventStreams` is to say. Takes no more room than is needed if all are selected.
    #[must_use]
    pub fn answer(&self, selected: impl Fn(&Flag) -> bool, streams: Option<&str>) -> Vec<u8> {
        let streams = streams.map(|streams| [STREAMS, streams]).unwrap_or_default();
        let around = FRAME.iter().chain(&streams).map(|text| text.len()).sum::<usize>();
        let mut out = Vec::with_capacity(around + self.wording.size_bytes_max());
        let [begin, end, last] = FRAME;
        out.extend_from_slice(begin.as_bytes());
        self.push_flags(&mut out, selected);
        out.extend_from_slice(end.as_bytes());
        out.extend(streams.iter().flat_map(|text| text.as_bytes()));
        out.extend_from_slice(last.as_bytes());
        out
    }

    fn push_flags(&self, out: &mut Vec<u8>, selected: impl Fn(&Flag) -> bool) {
        let Self { flag_set, wording, context, now } = *self;
        let flags = flag_set.flags();
        // Whole answers that stand side by side, commas included, to be copied as one.
        let mut run = None;
        for (index, flag) in flags.iter().enumerate().filter(|(_, flag)| selected(flag)) {
            match (wording.whole(index), &mut run) {
                (Some(next), Some(Range { end, .. })) if *end + 1 == next.start => *end = next.end,
                (Some(next), _) => push_run(out, wording, run.replace(next)),
                (None, _) => {
                    push_run(out, wording, run.take());
                    separate(out);
                    let evaluation = resolve_flag(flag_set, flag, context, now);
                    push_evaluation(out, &flag.key, &evaluation, |out, resolution| {
                        wording.push(out, flags, resolution);
                    });
                }
            }
        }
        push_run(out, wording, run);
    }
}

fn push_run(out: &mut Vec<u8>, wording: &Wording, run: Option<Range<usize>>) {
    if let Some(texts) = run.and_then(|run| wording.text().get(run)) {
        separate(out);
        out.extend_from_slice(texts);
    }
}

/// Writes the comma before an answer that is not the first.
fn separate(out: &mut Vec<u8>) {
    if out.last() != Some(&b'[') {
        out.push(b',');
    }
}
