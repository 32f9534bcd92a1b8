//! A trace as JSON.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    diagnostics::place::{Paths, Place},
    engine::{
        condition::Prerequisite,
        flag::Flag,
        trace::{Trace, TraceOutcome, What},
    },
};

/// Writes a trace as one JSON object: `what` was looked at, its particulars, where it is written,
/// the `outcome`, the `variant` that was served, and `steps`, what was looked at for it.
pub fn push_trace(out: &mut Vec<u8>, trace: &Trace<'_>, paths: &Paths) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, &Node { trace, paths });
}

/// A trace with the paths that its places point into.
struct Node<'t> {
    trace: &'t Trace<'t>,
    paths: &'t Paths,
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let place = serialize_what(&mut map, &self.trace.what)?;
        if let Some(place) = place {
            map.serialize_entry("path", self.paths.path(place.file))?;
            map.serialize_entry("line", &place.line)?;
            map.serialize_entry("column", &place.column)?;
        }
        match self.trace.outcome {
            TraceOutcome::Yes => map.serialize_entry("outcome", "yes")?,
            TraceOutcome::No => map.serialize_entry("outcome", "no")?,
            TraceOutcome::Failed => map.serialize_entry("outcome", "failed")?,
            TraceOutcome::Served(variant) => {
                map.serialize_entry("outcome", "served")?;
                map.serialize_entry("variant", &variant.map(|variant| &*variant.name))?;
            }
        }
        if self.trace.is_cut {
            map.serialize_entry("cut", &true)?;
        }
        if !self.trace.children.is_empty() {
            let steps: Vec<_> =
                self.trace.children.iter().map(|trace| Node { trace, paths: self.paths }).collect();
            map.serialize_entry("steps", &steps)?;
        }
        map.end()
    }
}

/// Writes what was looked at, and returns where that is written.
fn serialize_what<M: SerializeMap>(
    map: &mut M,
    what: &What<'_>,
) -> Result<Option<Place>, M::Error> {
    let (name, place) = match what {
        What::Flag(flag) => ("flag", Some(flag.place)),
        What::Enabled(_) => ("enabled", None),
        What::Requires(prerequisite, _) => ("requires", Some(prerequisite.place)),
        What::Users(_) => ("users", None),
        What::Rule(rule) => ("rule", Some(rule.place)),
        What::Attribute(test, ..) => ("attribute", Some(test.place)),
        What::Segment(_, place) => ("segment", Some(*place)),
        What::OtherFlag(prerequisite, _) => ("other_flag", Some(prerequisite.place)),
        What::AllOf(place) => ("all_of", Some(*place)),
        What::AnyOf(place) => ("any_of", Some(*place)),
        What::Not(place) => ("not", Some(*place)),
        What::Ramp(..) => ("ramp", None),
        What::Split(_) => ("split", None),
        What::Default => ("default", None),
        What::Off => ("off", None),
    };
    map.serialize_entry("what", name)?;
    match what {
        What::Flag(flag) => map.serialize_entry("key", &flag.key)?,
        What::Enabled(enabled) => map.serialize_entry("enabled", enabled)?,
        What::Requires(prerequisite, flag) | What::OtherFlag(prerequisite, flag) => {
            serialize_prerequisite(map, prerequisite, *flag)?;
        }
        What::Users(targeting_key) => map.serialize_entry("targeting_key", targeting_key)?,
        What::Rule(rule) => map.serialize_entry("name", &*rule.name)?,
        What::Attribute(test, found, misfit) => {
            map.serialize_entry("attribute", test.attribute.name())?;
            map.serialize_entry("test", &test.comparison.to_string())?;
            map.serialize_entry("found", &found.as_deref().map(found_value))?;
            if let Some(misfit) = misfit {
                map.serialize_entry("misfit", misfit)?;
            }
        }
        What::Segment(segment, _) => map.serialize_entry("name", &segment.name)?,
        What::Ramp(ramp, position) => {
            map.serialize_entry("percentage", &percent(ramp.thousandths()))?;
            map.serialize_entry("position", &position.map(percent))?;
        }
        What::Split(position) => map.serialize_entry("position", &position.map(percent))?,
        What::AllOf(_) | What::AnyOf(_) | What::Not(_) | What::Default | What::Off => {}
    }
    Ok(place)
}

fn serialize_prerequisite<M: SerializeMap>(
    map: &mut M,
    prerequisite: &Prerequisite,
    flag: Option<&Flag>,
) -> Result<(), M::Error> {
    map.serialize_entry("key", &flag.map(|flag| &flag.key))?;
    let wanted = flag.and_then(|flag| flag.variant(prerequisite.is?));
    match wanted {
        Some(variant) => map.serialize_entry("is", &variant.name),
        None => map.serialize_entry("is", &true),
    }
}

/// The value that was found; the time of the evaluation is no JSON and stays as it is.
fn found_value(found: &str) -> serde_json::Value {
    serde_json::from_str(found).unwrap_or_else(|_| found.into())
}

/// Thousandths of a percent as a percentage.
fn percent(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1e3
}
