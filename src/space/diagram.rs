//! Decision diagrams: for each way in which axes can fall into classes, what comes out.
//!
//! Axes are asked in one order, one a level. A node is a question; where all answers lead to the
//! same, it is left out, and equal nodes are one node. So what has many ways and few outcomes stays
//! small, and two sets of ways are equal exactly where their nodes are. (Bryant: Graph-based
//! algorithms for Boolean function manipulation, 1986; here with as many answers as classes.)

use std::{hash::Hash, rc::Rc};

use foldhash::{HashMap, HashMapExt as _};

/// Up to how many branches a diagram may have: answers that lead to different states, over all
/// states. It bounds time and memory.
pub const BRANCHES_MAX: usize = 200_000;

/// A node, as an index into its diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiagramNode(u32);

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// What comes out.
    Leaf(u32),
    /// Callers cannot fall into the class that leads here.
    Impossible,
    /// What is asked, and the node that each class leads to.
    Branch(usize, Box<[DiagramNode]>),
}

/// A diagram: nodes, those that others lead to first.
#[derive(Debug, Default)]
pub struct Diagram {
    nodes: Vec<NodeKind>,
    by_kind: HashMap<NodeKind, DiagramNode>,
}

/// What unfolds into a diagram, from a first state on.
pub trait Unfold {
    /// What is left once some answers are known. Equal states lead to equal nodes.
    type State: Eq + Hash;

    /// What is asked next; none where nothing is.
    fn level(&self, state: &Self::State) -> Option<usize>;

    /// What comes out where nothing is asked any more.
    fn leaf(&mut self, state: &Self::State) -> u32;

    /// What is left in each class; none where callers cannot fall into it. Where that is the same
    /// for several classes, it is given once.
    fn answer(&mut self, state: &Self::State, level: usize) -> Answers<Self::State>;
}

/// What is left in each class of an axis.
#[derive(Debug)]
pub struct Answers<S> {
    /// What is left, each once.
    pub states: Vec<S>,
    /// For each class which of them; none where callers cannot fall into it.
    pub of_class: Vec<Option<usize>>,
}

impl<S: Eq + Hash + Clone> Answers<S> {
    /// From what is left in each class.
    #[must_use]
    pub fn of(of_class: impl Iterator<Item = Option<S>>) -> Self {
        let (mut states, mut known) = (Vec::new(), HashMap::new());
        let of_class = of_class
            .map(|state| {
                let state = state?;
                Some(*known.entry(state).or_insert_with_key(|state| {
                    states.push(state.clone());
                    states.len() - 1
                }))
            })
            .collect();
        Self { states, of_class }
    }
}

/// Where an answer leads while a diagram is made.
#[derive(Clone, Copy)]
enum Target {
    Leaf(u32),
    State(usize, usize),
}

/// The states of one level while a diagram is made.
struct Frontier<S> {
    states: Vec<Rc<S>>,
    by_state: HashMap<Rc<S>, usize>,
    /// For each state that has been unfolded where its classes lead.
    branches: Vec<Vec<Option<Target>>>,
}

impl<S> Default for Frontier<S> {
    fn default() -> Self {
        Self { states: Vec::new(), by_state: HashMap::new(), branches: Vec::new() }
    }
}

impl Diagram {
    /// Where each class of a level leads from two nodes at once.
    #[must_use]
    pub fn follow_both(
        &self,
        (one, other): (DiagramNode, DiagramNode),
        level: usize,
    ) -> Answers<(DiagramNode, DiagramNode)> {
        let classes = |node: DiagramNode| match self.kind(node) {
            NodeKind::Branch(at, children) if *at == level => children.len(),
            _ => 0,
        };
        let count = classes(one).max(classes(other));
        Answers::of((0..count).map(|class| {
            let follow = |node| self.follow(node, level, class);
            Some((follow(one), follow(other)))
        }))
    }

    /// What a node is.
    #[must_use]
    pub fn kind(&self, node: DiagramNode) -> &NodeKind {
        self.nodes.get(node.0 as usize).unwrap_or(&NodeKind::Impossible)
    }

    /// When a node is asked; none for a leaf.
    #[must_use]
    pub fn level(&self, node: DiagramNode) -> Option<usize> {
        match self.kind(node) {
            NodeKind::Branch(level, _) => Some(*level),
            NodeKind::Leaf(_) | NodeKind::Impossible => None,
        }
    }

    /// The node that a class leads to from another; the node itself where that is not asked.
    #[must_use]
    pub fn follow(&self, node: DiagramNode, level: usize, class: usize) -> DiagramNode {
        match self.kind(node) {
            NodeKind::Branch(own, children) if *own == level => {
                children.get(class).copied().unwrap_or(node)
            }
            _ => node,
        }
    }

    fn add(&mut self, kind: NodeKind) -> DiagramNode {
        if let NodeKind::Branch(_, children) = &kind
            && let Some((first, rest)) = children.split_first()
            && rest.iter().all(|other| other == first)
        {
            return *first;
        }
        if let Some(known) = self.by_kind.get(&kind) {
            return *known;
        }
        let node = DiagramNode(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(kind.clone());
        self.by_kind.insert(kind, node);
        node
    }

    /// Unfolds a state: level by level, then from the last level back. Each branch is taken off
    /// `budget`; none if that is not enough.
    pub fn unfold<U: Unfold>(
        &mut self,
        unfold: &mut U,
        root: U::State,
        levels: usize,
        budget: &mut usize,
    ) -> Option<DiagramNode> {
        let mut frontiers: Vec<Frontier<U::State>> = Vec::new();
        frontiers.resize_with(levels, Frontier::default);
        let root = target(unfold, &mut frontiers, root);
        for level in 0..levels {
            let states = frontiers.get_mut(level).map(|own| std::mem::take(&mut own.states));
            for state in states.unwrap_or_default() {
                let Answers { states, of_class } = unfold.answer(&state, level);
                *budget = budget.checked_sub(states.len().max(of_class.len() / 16))?;
                let targets: Vec<Target> =
                    states.into_iter().map(|state| target(unfold, &mut frontiers, state)).collect();
                let branches = of_class.into_iter().map(|index| targets.get(index?).copied());
                let branches = branches.collect();
                if let Some(own) = frontiers.get_mut(level) {
                    own.branches.push(branches);
                }
            }
            if let Some(own) = frontiers.get_mut(level) {
                own.by_state = HashMap::new();
            }
        }
        let mut nodes: Vec<Vec<DiagramNode>> = Vec::new();
        nodes.resize_with(levels, Vec::new);
        for (level, frontier) in frontiers.into_iter().enumerate().rev() {
            for branches in frontier.branches {
                let children: Box<[DiagramNode]> =
                    branches.into_iter().map(|branch| self.node(branch, &nodes)).collect();
                let node = self.add(NodeKind::Branch(level, children));
                if let Some(own) = nodes.get_mut(level) {
                    own.push(node);
                }
            }
        }
        Some(self.node(Some(root), &nodes))
    }

    fn node(&mut self, target: Option<Target>, nodes: &[Vec<DiagramNode>]) -> DiagramNode {
        match target {
            None => self.add(NodeKind::Impossible),
            Some(Target::Leaf(leaf)) => self.add(NodeKind::Leaf(leaf)),
            Some(Target::State(level, index)) => {
                let known = nodes.get(level).and_then(|own| own.get(index)).copied();
                known.unwrap_or_else(|| self.add(NodeKind::Impossible))
            }
        }
    }

    /// All leaves that a node leads to, ascending, each once.
    #[must_use]
    pub fn leaves(&self, root: DiagramNode) -> Vec<u32> {
        let mut found = Vec::new();
        self.visit(root, |_, _| true, |leaf| found.push(leaf));
        found.sort_unstable();
        found
    }

    /// Goes through all nodes that a node leads to by those answers that are taken, each once;
    /// those that lead to others first.
    pub fn visit(
        &self,
        root: DiagramNode,
        mut takes: impl FnMut(usize, usize) -> bool,
        mut leaf: impl FnMut(u32),
    ) {
        let mut is_met = vec![false; root.0 as usize + 1];
        if let Some(met) = is_met.last_mut() {
            *met = true;
        }
        // Children have smaller indices.
        for index in (0..is_met.len()).rev() {
            if !is_met.get(index).copied().unwrap_or(false) {
                continue;
            }
            match self.nodes.get(index) {
                Some(NodeKind::Leaf(found)) => leaf(*found),
                Some(NodeKind::Branch(level, children)) => {
                    for (class, child) in children.iter().enumerate() {
                        if let Some(met) = is_met.get_mut(child.0 as usize)
                            && !*met
                            && takes(*level, class)
                        {
                            *met = true;
                        }
                    }
                }
                Some(NodeKind::Impossible) | None => {}
            }
        }
    }
}

/// Where a state leads: to a leaf, or to its place in the frontier of its level.
fn target<U: Unfold>(
    unfold: &mut U,
    frontiers: &mut [Frontier<U::State>],
    state: U::State,
) -> Target {
    let Some(level) = unfold.level(&state) else { return Target::Leaf(unfold.leaf(&state)) };
    let Some(frontier) = frontiers.get_mut(level) else {
        return Target::Leaf(unfold.leaf(&state));
    };
    if let Some(index) = frontier.by_state.get(&state) {
        return Target::State(level, *index);
    }
    let (state, index) = (Rc::new(state), frontier.states.len());
    frontier.states.push(Rc::clone(&state));
    frontier.by_state.insert(state, index);
    Target::State(level, index)
}
