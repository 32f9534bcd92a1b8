//! What refers to what: circles, and the bounds of one evaluation.

use crate::{
    definition::{diagnostic::Diagnostic, problems::meaning},
    engine::{
        condition::{Condition, Segment},
        flag::Flag,
    },
    place::Place,
};

/// How deep conditions may nest, segments and prerequisites included.
pub const NESTING_MAX: u64 = 32;
/// How many conditions one evaluation may look at, segments and prerequisites counted as often as
/// they occur.
pub const CONDITIONS_MAX: u64 = 10_000;

/// A segment or a flag, and what it refers to.
struct Node<'n> {
    is_flag: bool,
    name: &'n str,
    place: Place,
    /// How many conditions it has itself.
    conditions: u64,
    /// How deep they nest by themselves.
    depth: u64,
    references: Vec<Reference>,
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

/// Says which segments and flags depend on themselves, nest too deeply or are too expensive.
pub fn check(segments: &[Segment], flags: &[Flag], diagnostics: &mut Vec<Diagnostic>) {
    let nodes = graph(segments, flags);
    let order = circles_last(&nodes);
    let (sorted, circular) = order;
    if !circular.is_empty() {
        report_circles(&nodes, &circular, diagnostics);
    }
    let mut cost = vec![0_u64; nodes.len()];
    let mut depth = vec![0_u64; nodes.len()];
    for index in sorted {
        let Some(node) = nodes.get(index) else { continue };
        let (mut total, mut deepest) = (node.conditions, node.depth);
        for reference in &node.references {
            total = total.saturating_add(cost.get(reference.to).copied().unwrap_or(0));
            let below = depth.get(reference.to).copied().unwrap_or(0);
            deepest = deepest.max(reference.depth.saturating_add(below));
        }
        // Reported where it is first exceeded, not again by all that refer to it.
        if CONDITIONS_MAX < total {
            let name = node.described();
            let problem = meaning::too_expensive(&name, total, CONDITIONS_MAX, node.place);
            diagnostics.push(node.report(problem));
            total = 0;
        }
        if NESTING_MAX < deepest {
            let problem = meaning::too_deep(&node.described(), deepest, NESTING_MAX, node.place);
            diagnostics.push(node.report(problem));
            deepest = 0;
        }
        cost[index] = total;
        depth[index] = deepest;
    }
}

/// All nodes: the segments, then the flags, each in its own order.
fn graph<'n>(segments: &'n [Segment], flags: &'n [Flag]) -> Vec<Node<'n>> {
    let segment_nodes = segments.iter().map(|segment| {
        let node = Node {
            is_flag: false,
            name: &segment.name,
            place: segment.place,
            conditions: 0,
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
            depth: 0,
            references: Vec::new(),
        };
        (node, flag.rules.iter().map(|rule| &*rule.conditions).collect(), Some(&flag.requires))
    });
    segment_nodes
        .chain(flag_nodes)
        .map(|(mut node, lists, requires)| {
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
        .collect()
}

/// Adds what a list of conditions holds to its node.
fn collect(list: &[Condition], depth: u64, segment_count: usize, node: &mut Node<'_>) {
    for condition in list {
        node.conditions = node.conditions.saturating_add(1);
        node.depth = node.depth.max(depth);
        let reference = match condition {
            Condition::Attribute(_) => continue,
            Condition::All(inner, _) | Condition::Any(inner, _) => {
                collect(inner, depth + 1, segment_count, node);
                continue;
            }
            Condition::Not(inner, _) => {
                collect(std::slice::from_ref(inner), depth + 1, segment_count, node);
                continue;
            }
            Condition::Segment(index, place) => {
                Reference { to: index.0 as usize, depth, place: *place }
            }
            Condition::Flag(prerequisite) => {
                let to = segment_count + prerequisite.flag.0 as usize;
                Reference { to, depth, place: prerequisite.place }
            }
        };
        node.references.push(reference);
    }
}

/// Sorts the nodes so that what is referred to comes first (Kahn's algorithm, so without
/// recursion); returns apart those that are on a circle or lead to one.
fn circles_last(nodes: &[Node<'_>]) -> (Vec<usize>, Vec<usize>) {
    let mut waiting: Vec<usize> = nodes.iter().map(|node| node.references.len()).collect();
    let mut referrers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (index, node) in nodes.iter().enumerate() {
        for reference in &node.references {
            if let Some(referrers) = referrers.get_mut(reference.to) {
                referrers.push(index);
            }
        }
    }
    let mut sorted: Vec<usize> =
        (0..nodes.len()).filter(|index| waiting.get(*index) == Some(&0)).collect();
    let mut next = 0;
    while let Some(index) = sorted.get(next).copied() {
        next += 1;
        for referrer in referrers.get(index).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*referrer) {
                *count -= 1;
                if *count == 0 {
                    sorted.push(*referrer);
                }
            }
        }
    }
    let circular = (0..nodes.len()).filter(|index| waiting.get(*index) != Some(&0)).collect();
    (sorted, circular)
}

/// Reports each circle once: from every node that was not passed yet, follows the first reference
/// that stays among the circular nodes until a node comes up again.
fn report_circles(nodes: &[Node<'_>], circular: &[usize], diagnostics: &mut Vec<Diagnostic>) {
    let mut is_circular = vec![false; nodes.len()];
    for index in circular {
        is_circular[*index] = true;
    }
    let mut passed_on: Vec<Option<usize>> = vec![None; nodes.len()];
    for start in circular {
        let (mut path, mut places, mut current) = (Vec::new(), Vec::new(), *start);
        while let Some(None) = passed_on.get(current) {
            passed_on[current] = Some(*start);
            let Some(node) = nodes.get(current) else { break };
            let onward = node
                .references
                .iter()
                .find(|reference| is_circular.get(reference.to) == Some(&true));
            let Some(reference) = onward else { break };
            path.push(current);
            places.push(reference.place);
            current = reference.to;
        }
        let Some(begin) = path.iter().position(|index| *index == current) else { continue };
        let circle = path.get(begin..).unwrap_or_default();
        let names: Vec<String> =
            circle.iter().filter_map(|index| nodes.get(*index)).map(Node::described).collect();
        let problem = meaning::circle(&names, places.get(begin..).unwrap_or_default());
        if let Some(node) = nodes.get(current) {
            diagnostics.push(node.report(problem));
        }
    }
}
