//! Edits are tried before they are proposed: by the same computation as the change itself.

use crate::{
    movement::{
        compared::{Compared, Situation},
        moved::Edits,
        remainder::Leaves,
        remedy::{EditedChange, candidates},
        side::SideForm,
        square::{changes, least, moved},
        walk::Unfolding,
    },
    space::diagram::{Answers, Diagram, DiagramNode, NodeKind, Unfold},
};

/// How an edit fares that serves everybody as the change wants it and moves nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Verdict {
    /// The most that moves in vain in some outcome, in parts of the whole.
    vain: u128,
    /// The most that moves.
    moved: u128,
}

impl<'q> Compared<'q> {
    /// The edit after which fewest move in vain, if there is one that is better than the change:
    /// in no outcome it moves more or leaves other shares, and in some it moves fewer.
    #[must_use]
    pub fn edits(&self, situations: &[Situation]) -> Option<Edits> {
        let [base, head] = &self.forms;
        let mut best: Option<(Verdict, EditedChange<'q>)> = None;
        let rules = self.question.rules();
        for candidate in candidates(base, head, self.question.names.renamed, &rules) {
            let Some(verdict) = self.verdict(situations, &candidate.form) else { continue };
            // Where shares are estimates, only that nobody moves is certain.
            let is_certain = self.doubt.is_none() || verdict.moved == 0;
            if is_certain && best.as_ref().is_none_or(|(known, _)| verdict < *known) {
                let is_perfect = verdict.vain == 0;
                best = Some((verdict, candidate));
                if is_perfect {
                    break;
                }
            }
        }
        best.map(|(_, candidate)| candidate.edits)
    }

    fn verdict(&self, situations: &[Situation], edited: &SideForm<'q>) -> Option<Verdict> {
        let mut sum = Verdict { vain: 0, moved: 0 };
        let mut is_better = false;
        for (index, situation) in situations.iter().enumerate() {
            // Of known units the shares are what they happen to be.
            for are_units_known in [false, true] {
                let (mut diagram, mut leaves) = (Diagram::default(), Leaves::default());
                let [own, other] = [edited, &self.forms[1]].map(|form| {
                    let sides = [&self.forms[0], form];
                    let mut walk = Unfolding::new(self, sides, situation, &mut leaves);
                    walk.are_units_known = are_units_known;
                    walk.unfold(&mut diagram)
                });
                let first = (own?, other?);
                let mut beside = Beside { diagram: &diagram, pairs: Vec::new() };
                let allowance = self.allowance();
                let (mut left, levels) = (allowance, self.order.len());
                let found = Diagram::default().unfold(&mut beside, first, levels, &mut left);
                self.spend(allowance, left);
                found?;
                for (own, other) in beside.pairs {
                    let (own, other) = (leaves.list.get(own)?, leaves.list.get(other)?);
                    // Who lacks what one side hashes gets a share of nothing.
                    let is_any = are_units_known || 0 < index;
                    let is_fit = is_any || changes(own) == changes(other);
                    if !is_fit || moved(other) < moved(own) {
                        return None;
                    }
                    is_better |= moved(own) < moved(other);
                    sum.vain = sum.vain.max(moved(own) - least(own));
                    sum.moved = sum.moved.max(moved(own));
                }
                if !self.has_units() {
                    break;
                }
            }
        }
        is_better.then_some(sum)
    }
}

/// What comes out in the same outcomes of two nodes.
struct Beside<'d> {
    diagram: &'d Diagram,
    /// The leaves that come out together.
    pairs: Vec<(usize, usize)>,
}

impl Unfold for Beside<'_> {
    type State = (DiagramNode, DiagramNode);

    fn level(&self, (own, other): &(DiagramNode, DiagramNode)) -> Option<usize> {
        let levels = [*own, *other].map(|node| self.diagram.level(node));
        levels.into_iter().flatten().min()
    }

    fn leaf(&mut self, (own, other): &(DiagramNode, DiagramNode)) -> u32 {
        if let (NodeKind::Leaf(own), NodeKind::Leaf(other)) =
            (self.diagram.kind(*own), self.diagram.kind(*other))
        {
            self.pairs.push((*own as usize, *other as usize));
        }
        0
    }

    fn answer(
        &mut self,
        pair: &(DiagramNode, DiagramNode),
        level: usize,
    ) -> Answers<(DiagramNode, DiagramNode)> {
        self.diagram.follow_both(*pair, level)
    }
}
