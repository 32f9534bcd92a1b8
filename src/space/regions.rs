//! A set of outcomes as few boxes: for each axis a set of classes.

use std::collections::BTreeSet;

use crate::space::{
    axis::Truth,
    diagram::{Answers, Diagram, DiagramNode, NodeKind, Unfold},
    residual::{DECIDED, Residual, Residuals},
};

/// Some classes of one axis.
pub type Region = BTreeSet<usize>;

/// How many boxes a set is covered with at most.
pub const BOXES_MAX: usize = 24;

/// The leaf of what is not in a set.
const OUT: u32 = 0;
/// The leaf of what is in it.
const IN: u32 = 1;

/// Sets of outcomes, each a node of one diagram, so that equal ones are the same node.
#[derive(Debug)]
pub struct Sets<'s> {
    diagram: Diagram,
    /// For each level the classes that are possible.
    possible: &'s [Region],
}

impl<'s> Sets<'s> {
    /// None yet; `possible` are the classes of each level.
    #[must_use]
    pub fn new(possible: &'s [Region]) -> Self {
        Self { diagram: Diagram::default(), possible }
    }

    /// Those outcomes of a diagram whose leaves are in a set. None if that takes too much.
    pub fn of_leaves(
        &mut self,
        diagram: &Diagram,
        root: DiagramNode,
        is_in: impl Fn(u32) -> bool,
        budget: &mut usize,
    ) -> Option<DiagramNode> {
        let mut chosen = Chosen { diagram, possible: self.possible, is_in };
        self.diagram.unfold(&mut chosen, root, self.possible.len(), budget)
    }

    /// Those outcomes in which a condition holds, or does not. None if that takes too much.
    pub fn of_condition(
        &mut self,
        residuals: &mut Residuals<'_, '_>,
        condition: Residual,
        holds: bool,
        budget: &mut usize,
    ) -> Option<DiagramNode> {
        let mut holding = Holding { residuals, negated: !holds };
        self.diagram.unfold(&mut holding, condition, self.possible.len(), budget)
    }

    /// Whether all outcomes are in a set.
    #[must_use]
    pub fn is_all(&self, set: DiagramNode) -> bool {
        *self.diagram.kind(set) == NodeKind::Leaf(IN)
    }

    /// Covers the set with boxes, each with a region for every level, and says whether that is all
    /// of it. Around an outcome that is not covered yet a box grows, class by class, as far as all
    /// of it belongs to the set. What is left after [`BOXES_MAX`] boxes is not covered.
    pub fn cover(&self, set: DiagramNode, budget: &mut usize) -> (Vec<Vec<Region>>, bool) {
        let mut boxes: Vec<Vec<Region>> = Vec::new();
        let mut rest: Option<(Diagram, DiagramNode)> = None;
        loop {
            let (diagram, root) =
                rest.as_ref().map_or((&self.diagram, set), |(own, root)| (own, *root));
            let Some(cell) = self.first(root, diagram) else { return (boxes, true) };
            if boxes.len() == BOXES_MAX {
                return (boxes, false);
            }
            let regions = self.widen(set, &cell);
            let narrow = regions.iter().zip(self.possible);
            let mut outside = Outside {
                diagram,
                regions: &regions,
                is_narrow: narrow.map(|(own, possible)| own != possible).collect(),
                possible: self.possible,
            };
            let first = (root, outside.inside_from(0));
            let mut left = Diagram::default();
            let left_root = left.unfold(&mut outside, first, self.possible.len(), budget);
            boxes.push(regions);
            let Some(left_root) = left_root else { return (boxes, false) };
            rest = Some((left, left_root));
        }
    }

    /// The first outcome that is in a set.
    fn first(&self, root: DiagramNode, diagram: &Diagram) -> Option<Vec<usize>> {
        let leads_in = |node: &DiagramNode| *diagram.kind(*node) != NodeKind::Leaf(OUT);
        let (mut node, mut cell) = (Some(root).filter(leads_in)?, Vec::new());
        for (level, possible) in self.possible.iter().enumerate() {
            let mut ways =
                possible.iter().map(|class| (*class, diagram.follow(node, level, *class)));
            let (class, next) = ways.find(|(_, next)| leads_in(next))?;
            node = next;
            cell.push(class);
        }
        Some(cell)
    }

    fn widen(&self, set: DiagramNode, cell: &[usize]) -> Vec<Region> {
        let mut regions: Vec<Region> = cell.iter().map(|class| Region::from([*class])).collect();
        for (level, classes) in self.possible.iter().enumerate() {
            for class in classes {
                if regions.get_mut(level).is_some_and(|region| region.insert(*class))
                    && !self.contains(set, &regions)
                    && let Some(region) = regions.get_mut(level)
                {
                    region.remove(class);
                }
            }
        }
        regions
    }

    fn contains(&self, set: DiagramNode, regions: &[Region]) -> bool {
        let takes =
            |level: usize, class| regions.get(level).is_some_and(|region| region.contains(&class));
        let mut is_inside = true;
        self.diagram.visit(set, takes, |leaf| is_inside &= leaf == IN);
        is_inside
    }
}

/// Which leaves are in a set. What is impossible does not matter, so there it is as elsewhere: a
/// node that is no leaf leads both in and out.
struct Chosen<'d, F> {
    diagram: &'d Diagram,
    possible: &'d [Region],
    is_in: F,
}

impl<F: Fn(u32) -> bool> Unfold for Chosen<'_, F> {
    type State = DiagramNode;

    fn level(&self, node: &DiagramNode) -> Option<usize> {
        self.diagram.level(*node)
    }

    fn leaf(&mut self, node: &DiagramNode) -> u32 {
        match self.diagram.kind(*node) {
            NodeKind::Leaf(leaf) if (self.is_in)(*leaf) => IN,
            _ => OUT,
        }
    }

    fn answer(&mut self, node: &DiagramNode, level: usize) -> Answers<DiagramNode> {
        let count = match self.diagram.kind(*node) {
            NodeKind::Branch(_, children) => children.len(),
            NodeKind::Leaf(_) | NodeKind::Impossible => 0,
        };
        let possible = self.possible.get(level);
        let any = possible.and_then(|possible| possible.first()).copied().unwrap_or(0);
        Answers::of((0..count).map(|class| {
            let is_possible = possible.is_some_and(|possible| possible.contains(&class));
            Some(self.diagram.follow(*node, level, if is_possible { class } else { any }))
        }))
    }
}

/// Where a condition holds.
struct Holding<'h, 'a, 'q> {
    residuals: &'h mut Residuals<'a, 'q>,
    negated: bool,
}

impl Unfold for Holding<'_, '_, '_> {
    type State = Residual;

    fn level(&self, condition: &Residual) -> Option<usize> {
        Some(self.residuals.level(*condition)).filter(|level| *level != DECIDED)
    }

    fn leaf(&mut self, condition: &Residual) -> u32 {
        let holds = self.residuals.truth(*condition) == Some(Truth::Yes);
        if holds == self.negated { OUT } else { IN }
    }

    fn answer(&mut self, condition: &Residual, level: usize) -> Answers<Residual> {
        let classes = self.residuals.classes(level);
        let any = classes.iter().position(|is_possible| *is_possible).unwrap_or(0);
        Answers::of(classes.into_iter().enumerate().map(|(class, is_possible)| {
            let class = if is_possible { class } else { any };
            Some(self.residuals.restrict(*condition, level, class))
        }))
    }
}

/// What is in a set and outside of a box.
struct Outside<'d> {
    diagram: &'d Diagram,
    regions: &'d [Region],
    /// For each level whether the box leaves classes out.
    is_narrow: Vec<bool>,
    possible: &'d [Region],
}

/// How answers so far lie to a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lie {
    /// One of them is outside.
    Outside,
    /// All are inside; the next level that the box narrows, if there is one.
    Inside(Option<usize>),
}

impl Outside<'_> {
    fn inside_from(&self, level: usize) -> Lie {
        let narrow = self.is_narrow.iter().enumerate().skip(level);
        Lie::Inside(narrow.filter(|(_, is_narrow)| **is_narrow).map(|(level, _)| level).next())
    }
}

impl Unfold for Outside<'_> {
    type State = (DiagramNode, Lie);

    fn level(&self, (node, lie): &(DiagramNode, Lie)) -> Option<usize> {
        let own = self.diagram.level(*node);
        match lie {
            Lie::Outside => own,
            Lie::Inside(None) => None,
            Lie::Inside(Some(narrow)) => match self.diagram.kind(*node) {
                NodeKind::Leaf(OUT) => None,
                _ => Some(own.map_or(*narrow, |own| own.min(*narrow))),
            },
        }
    }

    fn leaf(&mut self, (node, lie): &(DiagramNode, Lie)) -> u32 {
        match (self.diagram.kind(*node), lie) {
            (NodeKind::Leaf(leaf), Lie::Outside) => *leaf,
            _ => OUT,
        }
    }

    fn answer(
        &mut self,
        (node, lie): &(DiagramNode, Lie),
        level: usize,
    ) -> Answers<(DiagramNode, Lie)> {
        let possible = self.possible.get(level);
        let last = possible.and_then(|possible| possible.last());
        let count = match self.diagram.kind(*node) {
            NodeKind::Branch(own, children) if *own == level => children.len(),
            _ => last.map_or(0, |last| last + 1),
        };
        let region = self.regions.get(level);
        let any = last.copied().unwrap_or(0);
        Answers::of((0..count).map(|class| {
            let is_possible = possible.is_some_and(|possible| possible.contains(&class));
            let class = if is_possible { class } else { any };
            let lie = match lie {
                Lie::Inside(Some(narrow)) if *narrow == level => {
                    if region.is_some_and(|region| region.contains(&class)) {
                        self.inside_from(level + 1)
                    } else {
                        Lie::Outside
                    }
                }
                lie => *lie,
            };
            Some((self.diagram.follow(*node, level, class), lie))
        }))
    }
}
