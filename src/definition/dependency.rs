//! What refers to what: circles, and the bounds of one evaluation.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    definition::problems::meaning,
    diagnostics::{diagnostic::Diagnostic, place::Place},
    engine::{
        comparison::Comparison,
        condition::{Condition, Segment},
        flag::Flag,
        pattern::Pattern,
        value::Value,
    },
};

/// How deep conditions may nest, segments and prerequisites included.
pub const NESTING_MAX: u64 = 32;
/// How many conditions one evaluation may look at, segments and prerequisites counted as often as
/// they occur.
pub const CONDITIONS_MAX: u64 = 10_000;
/// What the comparisons of all segments and flags may weigh together that take the longer the more
/// is sent, in conditions: a request for all flags looks at each segment once, and at
/// each flag. What may be sent to a set that weighs much is shorter.
pub const SEARCHES_WEIGHT_MAX: u64 = 100_000;
/// What all others may weigh together, in conditions: patterns, and whatever reads a text as a
/// version, a time or an address. They look at the beginning of a text alone, or at short ones.
pub const READINGS_WEIGHT_MAX: u64 = 25_000;
/// What a pattern counts as that is in one state at a time, in conditions: it looks at each
/// character once.
const PATTERN_WEIGHT: u64 = 3;
/// So many ranges of bytes that it may have to go through for each count as one more.
const RANGES: usize = 4;
/// What it counts as for each of its states, if it can be in many at once.
const STATE_WEIGHT: u64 = 3;
/// What `contains` counts as for each value, if they are looked for one after the other: a text,
/// and any other, which is compared with more values in a list.
const SOUGHT_TEXT_WEIGHT: u64 = 10;
const SOUGHT_VALUE_WEIGHT: u64 = 20;
/// What `contains` counts as if they are looked for together.
const TOGETHER_WEIGHT: u64 = 75;
/// What it counts as if case is ignored: then they always are, and each letter is folded first.
const FOLDED_WEIGHT: u64 = 100;
/// So many texts that are read count as a condition, in a request for all flags.
const READINGS: u64 = 8;
/// So many bytes of a text count as a condition.
const TEXT_BYTES: usize = 8 << 10;
/// So many values that are gone through count as a condition.
const VALUES: usize = 1_000;

/// A segment or a flag, and what it refers to.
struct Node<'n> {
    is_flag: bool,
    name: &'n str,
    place: Place,
    /// How many conditions it has itself.
    conditions: u64,
    /// What they weigh beside that.
    weight: Weight,
    /// How deep they nest by themselves.
    depth: u64,
    references: Vec<Reference>,
}

/// What comparisons cost beside the conditions that they are.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Of those that take the longer the longer the text or list is, in conditions.
    searches: u64,
    /// Of patterns, in conditions.
    patterns: u64,
    /// How many texts are read.
    readings: u64,
}

impl Weight {
    fn plus(self, other: Self) -> Self {
        Self {
            searches: self.searches.saturating_add(other.searches),
            patterns: self.patterns.saturating_add(other.patterns),
            readings: self.readings.saturating_add(other.readings),
        }
    }

    /// For one evaluation: reading a text is no more than the condition.
    fn total(self) -> u64 {
        self.searches.saturating_add(self.patterns)
    }

    /// Beyond which bounds of a request for all flags it is, in their order.
    fn is_beyond(self) -> [bool; 2] {
        let readings = self.patterns.saturating_add(self.readings / READINGS);
        [SEARCHES_WEIGHT_MAX < self.searches, READINGS_WEIGHT_MAX < readings]
    }
}

/// One reference.
struct Reference {
    /// The index of what is referred to.
    to: usize,
    /// How deep in the conditions it stands.
    depth: u64,
    place: Place,
}

impl Node<'_> {
    fn described(&self) -> String {
        let noun = if self.is_flag { "flag" } else { "segment" };
        format!("{noun} `{}`", self.name)
    }

    fn report(&self, diagnostic: Diagnostic) -> Diagnostic {
        if self.is_flag { diagnostic.of_flag(self.name) } else { diagnostic }
    }
}

/// The segments and flags that refer to others, by their place among all: segments, then flags.
type Graph<'n> = BTreeMap<usize, Node<'n>>;

/// What an evaluation of each segment and flag comes to, as far as they have been judged.
struct Bounds<'d> {
    /// What the comparisons of all that has been judged weigh.
    weight: Weight,
    cost: Vec<u64>,
    depth: Vec<u64>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// Says which segments and flags depend on themselves, nest too deeply or are too expensive. What
/// comes back is how much all comparisons weigh that take the longer the longer what is sent, in
/// conditions.
pub fn check(segments: &[Segment], flags: &[Flag], diagnostics: &mut Vec<Diagnostic>) -> u64 {
    let count = segments.len() + flags.len();
    let (cost, depth) = (vec![0; count], vec![0; count]);
    let mut bounds = Bounds { weight: Weight::default(), cost, depth, diagnostics };
    let mut graph = Graph::new();
    for (index, node) in nodes(segments, flags).enumerate() {
        // Most refer to nothing: a graph of all would be half as large as the flags themselves.
        if node.references.is_empty() {
            bounds.judge(index, &node);
        } else {
            graph.insert(index, node);
        }
    }
    let (sorted, circular) = circles_last(&graph);
    report_circles(&graph, &circular, bounds.diagnostics);
    for (index, node) in sorted.iter().filter_map(|index| Some((index, graph.get(index)?))) {
        bounds.judge(*index, node);
    }
    bounds.weight.searches
}

impl Bounds<'_> {
    /// Judges one for which all that it refers to has been judged.
    fn judge(&mut self, index: usize, node: &Node<'_>) {
        let (mut total, mut deepest) =
            (node.conditions.saturating_add(node.weight.total()), node.depth);
        for reference in &node.references {
            total = total.saturating_add(self.cost.get(reference.to).copied().unwrap_or(0));
            let below = self.depth.get(reference.to).copied().unwrap_or(0);
            deepest = deepest.max(reference.depth.saturating_add(below));
        }
        // Reported where it is first exceeded, not again by all that refer to it.
        if CONDITIONS_MAX < total {
            let name = node.described();
            let problem = meaning::too_expensive(&name, total, CONDITIONS_MAX, node.place);
            self.diagnostics.push(node.report(problem));
            total = 0;
        }
        let weight = self.weight.plus(node.weight);
        // At the one with which it is exceeded, once.
        for ((before, after), (most, what)) in
            self.weight.is_beyond().into_iter().zip(weight.is_beyond()).zip(TOGETHER)
        {
            if !before && after {
                let problem =
                    meaning::too_expensive_together(&node.described(), most, what, node.place);
                self.diagnostics.push(node.report(problem));
            }
        }
        self.weight = weight;
        if NESTING_MAX < deepest {
            let problem = meaning::too_deep(&node.described(), deepest, NESTING_MAX, node.place);
            self.diagnostics.push(node.report(problem));
            deepest = 0;
        }
        self.cost[index] = total;
        self.depth[index] = deepest;
    }
}

/// The bounds of a request for all flags, and what they are about.
const TOGETHER: [(u64, &str); 2] = [
    (SEARCHES_WEIGHT_MAX, "what these compare with"),
    (READINGS_WEIGHT_MAX, "patterns, versions, times and networks alone"),
];

/// All nodes: the segments, then the flags, each in its own order.
fn nodes<'n>(segments: &'n [Segment], flags: &'n [Flag]) -> impl Iterator<Item = Node<'n>> {
    let segment_nodes = segments.iter().map(|segment| {
        let node = Node {
            is_flag: false,
            name: &segment.name,
            place: segment.place,
            conditions: 0,
            weight: Weight::default(),
            depth: 0,
            references: Vec::new(),
        };
        (node, vec![&*segment.conditions], None)
    });
    let flag_nodes = flags.iter().map(|flag| {
        let node = Node {
            is_flag: true,
            name: &flag.key,
            place: flag.place,
            conditions: 0,
            weight: Weight::default(),
            depth: 0,
            references: Vec::new(),
        };
        (node, flag.rules.iter().map(|rule| &*rule.conditions).collect(), Some(&flag.requires))
    });
    segment_nodes.chain(flag_nodes).map(|(mut node, lists, requires)| {
        for list in lists {
            collect(list, 1, segments.len(), &mut node);
        }
        for prerequisite in requires.into_iter().flatten() {
            node.conditions = node.conditions.saturating_add(1);
            let to = segments.len() + prerequisite.flag.0 as usize;
            node.references.push(Reference { to, depth: 1, place: prerequisite.place });
        }
        node
    })
}

/// Adds what a list of conditions holds to its node.
fn collect(list: &[Condition], depth: u64, segment_count: usize, node: &mut Node<'_>) {
    for condition in list {
        node.conditions = node.conditions.saturating_add(1);
        node.depth = node.depth.max(depth);
        match condition {
            Condition::Attribute(test) => {
                node.weight = node.weight.plus(weight(&test.comparison));
            }
            Condition::Segment(index, place) => {
                node.references.push(Reference { to: index.0 as usize, depth, place: *place });
            }
            Condition::Flag(prerequisite) => {
                let to = segment_count + prerequisite.flag.0 as usize;
                node.references.push(Reference { to, depth, place: prerequisite.place });
            }
            Condition::All(..) | Condition::Any(..) | Condition::Not(..) => {}
        }
        collect(condition.children(), depth + 1, segment_count, node);
    }
}

/// What a comparison costs at worst beside the condition that it is: with a text or a list as long
/// as a request can hold. A condition's share of the bound is some 20 µs.
fn weight(comparison: &Comparison) -> Weight {
    let (patterns, readings) = match comparison {
        Comparison::Matches(pattern) => (pattern_weight(pattern), 0),
        Comparison::Version(_)
        | Comparison::Before(_)
        | Comparison::After(_)
        | Comparison::InNetwork(_) => (0, 1),
        Comparison::Equal(..)
        | Comparison::Member(..)
        | Comparison::Ordered(..)
        | Comparison::Contains(_)
        | Comparison::StartsWith(_)
        | Comparison::EndsWith(_)
        | Comparison::Exists(_)
        | Comparison::IgnoringCase(_) => (0, 0),
    };
    Weight { searches: search_weight(comparison), patterns, readings }
}

/// What a pattern costs with a text as long as it looks at, in conditions.
fn pattern_weight(pattern: &Pattern) -> u64 {
    match pattern.states() {
        Some(states) => STATE_WEIGHT.saturating_mul(u64::try_from(states).unwrap_or(u64::MAX)),
        None => PATTERN_WEIGHT + per(pattern.ranges().unwrap_or_default(), RANGES),
    }
}

/// The weight of a comparison with all that the text or list holds, in conditions.
fn search_weight(comparison: &Comparison) -> u64 {
    let texts = |parts: &[Box<str>]| {
        per(parts.iter().map(|part| part.len()).sum(), TEXT_BYTES) + per(parts.len(), VALUES)
    };
    match comparison {
        Comparison::Contains(wanted) if wanted.are_found_together() => TOGETHER_WEIGHT,
        Comparison::Contains(wanted) => {
            let sought = |value: &Value<'_>| match value {
                Value::String(_) => SOUGHT_TEXT_WEIGHT,
                _ => SOUGHT_VALUE_WEIGHT,
            };
            let each = wanted.iter().map(|value| sought(value) + operand_weight(value));
            each.fold(0, u64::saturating_add)
        }
        Comparison::Member(set, _) => per(set.longest_bytes(), TEXT_BYTES),
        Comparison::Equal(value, _) | Comparison::Ordered(_, value) => operand_weight(value),
        Comparison::StartsWith(parts) | Comparison::EndsWith(parts) => texts(parts),
        Comparison::InNetwork(networks) => per(networks.len(), VALUES),
        Comparison::IgnoringCase(comparison) => match comparison.folded() {
            Comparison::Contains(_) => FOLDED_WEIGHT,
            folded => search_weight(folded),
        },
        Comparison::Exists(_)
        | Comparison::Matches(_)
        | Comparison::Version(_)
        | Comparison::Before(_)
        | Comparison::After(_) => 0,
    }
}

/// What comparing with a value costs beside a condition: its texts, and how many values it has.
fn operand_weight(value: &Value<'_>) -> u64 {
    fn size(value: &Value<'_>) -> (usize, usize) {
        let sum = |a: (usize, usize), b: (usize, usize)| (a.0 + b.0, a.1 + b.1);
        match value {
            Value::String(text) => (text.len(), 1),
            Value::Array(items) => items.iter().map(size).fold((0, 1), sum),
            Value::Object(object) => {
                object.iter().map(|(key, value)| sum((key.len(), 0), size(value))).fold((0, 1), sum)
            }
            _ => (0, 1),
        }
    }
    let (bytes, values) = size(value);
    per(bytes, TEXT_BYTES) + per(values, VALUES)
}

/// How many whole times so many are in a count.
fn per(count: usize, many: usize) -> u64 {
    u64::try_from(count / many).unwrap_or(u64::MAX)
}

/// Sorts the nodes so that what is referred to comes first (Kahn's algorithm, so without
/// recursion); returns apart those that are on a circle or lead to one.
fn circles_last(graph: &Graph<'_>) -> (Vec<usize>, BTreeSet<usize>) {
    let mut waiting: BTreeMap<usize, usize> = BTreeMap::new();
    let mut referrers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, node) in graph {
        // What is not in the graph comes before all that is.
        let inside = node.references.iter().filter(|reference| graph.contains_key(&reference.to));
        let count = waiting.entry(*index).or_default();
        for reference in inside {
            *count += 1;
            referrers.entry(reference.to).or_default().push(*index);
        }
    }
    let free = waiting.iter().filter(|(_, count)| **count == 0);
    let mut sorted: Vec<usize> = free.map(|(index, _)| *index).collect();
    let mut next = 0;
    while let Some(index) = sorted.get(next) {
        next += 1;
        for referrer in referrers.get(index).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(referrer) {
                *count -= 1;
                if *count == 0 {
                    sorted.push(*referrer);
                }
            }
        }
    }
    let circular = waiting.into_iter().filter(|(_, count)| *count != 0);
    (sorted, circular.map(|(index, _)| index).collect())
}

/// Reports each circle once: from every node that was not passed yet, follows the first reference
/// that stays among the circular nodes until a node comes up again.
fn report_circles(
    graph: &Graph<'_>,
    circular: &BTreeSet<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut passed = BTreeSet::new();
    for start in circular {
        let (mut path, mut places, mut current) = (Vec::new(), Vec::new(), *start);
        while passed.insert(current) {
            let Some(node) = graph.get(&current) else { break };
            let onward = node.references.iter().find(|reference| circular.contains(&reference.to));
            let Some(reference) = onward else { break };
            path.push(current);
            places.push(reference.place);
            current = reference.to;
        }
        let Some(begin) = path.iter().position(|index| *index == current) else { continue };
        let circle = path.get(begin..).unwrap_or_default();
        let names: Vec<String> =
            circle.iter().filter_map(|index| graph.get(index)).map(Node::described).collect();
        let problem = meaning::circle(&names, places.get(begin..).unwrap_or_default());
        if let Some(node) = graph.get(&current) {
            diagnostics.push(node.report(problem));
        }
    }
}
