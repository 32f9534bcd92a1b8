//! Computes whom a change of one flag moves: for each outcome of its conditions, the shares that go
//! from one variant to another, on the square of positions.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{
    engine::{bucket::Percentage, flag::Variant},
    movement::{
        compared::{Compared, Known, Question, Situation},
        describe::{Describe, Described},
        moved::{FlagSide, Group, Movement, Shares},
        remainder::{Leaves, Met},
        side::{FormRule, SideForm},
        square::{Mark, Moves, Served, least, moved},
        walk::Unfolding,
    },
    space::{
        diagram::{Answers, Diagram, DiagramNode, NodeKind, Unfold},
        formula::Formula,
        other_flag::{Outcomes, Presence, Resolved},
    },
};

/// Up to how many groups of outcomes are described, for one flag and one kind of callers.
pub const GROUPS_MAX: usize = 64;

/// The leaf of those who fare as others do.
const ALIKE: u32 = u32::MAX;

/// What comes out at all, for the callers of one situation.
#[derive(Clone, Debug)]
pub struct Encounter {
    /// Who has something to be hashed.
    presence: Presence,
    /// What the same caller gets before and after.
    pairs: BTreeSet<(Resolved, Resolved)>,
    /// For each side the rules that serve somebody, by index.
    rules: [BTreeSet<usize>; 2],
    /// For each side whether what it requires holds for somebody.
    is_on: [bool; 2],
}

impl Encounter {
    /// What comes out before and after, and for whom.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcomes> {
        let outcomes = |(base, head): &(Resolved, Resolved)| Outcomes {
            presence: self.presence.clone(),
            base: base.clone(),
            head: head.clone(),
        };
        self.pairs.iter().map(outcomes)
    }
}

/// What comes out at all, for the callers of each situation, whatever its variants are called; none
/// if that is too much to be computed. `outcomes` says what another flag may resolve to.
pub fn encounters(
    question: Question<'_>,
    outcomes: impl FnMut(&str) -> Known,
) -> Option<Vec<Encounter>> {
    let compared = Compared::new(question, outcomes);
    let sides = [&compared.forms[0], &compared.forms[1]];
    let situations = compared.situations().into_iter();
    let encounters = situations.map(|situation| {
        let (mut met, mut leaves) = (Met::default(), Leaves::default());
        Unfolding::new(&compared, sides, &situation, &mut leaves).meet(&mut met)?;
        let pairs = met
            .pairs
            .iter()
            .map(|(base, head)| (resolved(question.base, *base), resolved(question.head, *head)));
        let pairs = pairs.collect();
        let presence = situation.presence;
        Some(Encounter { presence, pairs, rules: met.rules, is_on: met.is_on })
    });
    encounters.collect()
}

/// Computes the movement from what comes out at all; `outcomes` says what another flag may resolve
/// to before and after.
pub fn movement(
    question: Question<'_>,
    encounters: &[Encounter],
    outcomes: impl FnMut(&str) -> Known,
) -> Movement {
    Compared::new(question, outcomes).movement(encounters)
}

impl Compared<'_> {
    /// Whom the change moves.
    #[must_use]
    pub fn movement(&self, encounters: &[Encounter]) -> Movement {
        let situations = self.situations();
        let marks = encounters.iter().flat_map(|own| &own.pairs).map(|(base, head)| {
            let names = self.question.names;
            (names.mark(0, served(base)), names.mark(1, served(head)))
        });
        let marks: BTreeSet<(Mark<'_>, Mark<'_>)> = marks.collect();
        let moves = marks.iter().filter(|(from, to)| from != to);
        let moves: BTreeSet<_> = moves.map(|(from, to)| (owned(*from), owned(*to))).collect();
        let shares = if moves.is_empty() {
            Some(Shares { groups: vec![Group::nobody()], without_unit: Vec::new(), left_out: 0 })
        } else {
            self.shares(&situations)
        };
        let is_vain = |group: &Group| group.is_rebucketed();
        let moving =
            shares.iter().flat_map(|shares| shares.groups.iter().chain(&shares.without_unit));
        let edits = if moving.into_iter().any(is_vain) { self.edits(&situations) } else { None };
        let reached = [0, 1].map(|side| {
            let own = encounters.iter().filter_map(|own| own.rules.get(side)).flatten();
            own.copied().collect::<BTreeSet<usize>>()
        });
        let impossible = self.impossible(&situations, &reached[1]);
        let is_on = |side: usize| encounters.iter().any(|own| own.is_on.get(side) == Some(&true));
        let [before, after] = reached;
        Movement {
            reached_before: is_on(0).then_some(before),
            reached_after: is_on(1).then_some(after),
            shares,
            moves,
            before: marks.iter().map(|(from, _)| owned(*from)).collect(),
            after: marks.iter().map(|(_, to)| owned(*to)).collect(),
            edits: edits.unwrap_or_default(),
            impossible,
            doubt: self.doubt.clone(),
        }
    }

    /// The rules after the change, of those that serve nobody, whose conditions hold for nobody for
    /// whom the flag is on: those that serve nobody even if no rule stands before them.
    fn impossible(&self, situations: &[Situation], reached: &BTreeSet<usize>) -> BTreeSet<usize> {
        let [base, head] = &self.forms;
        // What was before plays no part.
        let before =
            SideForm { requires: Formula::Any(Vec::new()), rules: Vec::new(), ..base.clone() };
        let others = head.rules.iter().filter(|rule| !reached.contains(&rule.index));
        let alone = others.filter(|rule| {
            let mut form = head.clone();
            form.rules = vec![FormRule { ramp: Percentage::FULL, ..(*rule).clone() }];
            let is_met = |situation: &Situation| {
                let (mut met, mut leaves) = (Met::default(), Leaves::default());
                let walked =
                    Unfolding::new(self, [&before, &form], situation, &mut leaves).meet(&mut met);
                walked.is_none() || !met.rules[1].is_empty()
            };
            !situations.iter().any(is_met)
        });
        alone.map(|rule| rule.index).collect()
    }

    /// How many move; none if that is too much to be computed.
    fn shares(&self, situations: &[Situation]) -> Option<Shares> {
        let sides = [&self.forms[0], &self.forms[1]];
        let (mut diagram, mut leaves) = (Diagram::default(), Leaves::default());
        let mut shares = Shares { groups: Vec::new(), without_unit: Vec::new(), left_out: 0 };
        let mut usual = None;
        for situation in situations {
            let mut walk = Unfolding::new(self, sides, situation, &mut leaves);
            let root = walk.unfold(&mut diagram)?;
            match usual {
                None => {
                    usual = Some(root);
                    shares.groups =
                        self.groups(situation, &diagram, root, &leaves, &mut shares.left_out);
                }
                Some(usual) => {
                    let mut other = Diagram::default();
                    let mut apart = Apart { diagram: &diagram };
                    let (allowance, levels) = (self.allowance(), self.order.len());
                    let mut left = allowance;
                    let root = other.unfold(&mut apart, (root, usual), levels, &mut left);
                    self.spend(allowance, left);
                    let root = root?;
                    let groups =
                        self.groups(situation, &other, root, &leaves, &mut shares.left_out);
                    shares.without_unit.extend(groups.into_iter().filter(|one| 0 < one.moved()));
                }
            }
        }
        Some(shares)
    }

    /// The outcomes of a diagram, grouped by what moves.
    fn groups(
        &self,
        situation: &Situation,
        diagram: &Diagram,
        root: DiagramNode,
        leaves: &Leaves<'_>,
        left_out: &mut usize,
    ) -> Vec<Group> {
        let found = diagram.leaves(root).into_iter();
        let mut found: Vec<_> =
            found.filter_map(|leaf| Some((leaf, leaves.list.get(leaf as usize)?))).collect();
        found.sort_by(|(_, a), (_, b)| moved(b).cmp(&moved(a)).then_with(|| a.cmp(b)));
        let mut describe = Describe::new(self, situation);
        let gains = self.question.gains();
        let gain = |moves: &Moves<'_>| -> u128 {
            let own = moves.iter().filter(|(from, to, _)| gains.is_gain(from.name(), to.name()));
            own.map(|(_, _, share)| share).sum()
        };
        // Those in which most gain something, and most move in vain, are never left out.
        keep(&mut found, |(_, moves)| moved(moves) - least(moves), GROUPS_MAX - 2);
        keep(&mut found, |(_, moves)| gain(moves), GROUPS_MAX - 1);
        *left_out += found.len().saturating_sub(GROUPS_MAX);
        found.truncate(GROUPS_MAX);
        let mut groups: Vec<Group> = found
            .into_iter()
            .map(|(leaf, moves)| {
                let Described { whom, witnesses, has_known_units } =
                    describe.those(diagram, root, leaf);
                let named =
                    moves.iter().map(|(from, to, share)| (owned(*from), owned(*to), *share));
                let (doubt, least) = (self.doubt.clone(), least(moves));
                let is_exact = doubt.is_none();
                Group {
                    whom,
                    is_exact,
                    doubt,
                    moves: named.collect(),
                    least,
                    has_known_units,
                    witnesses,
                }
            })
            .collect();
        // Those in which as many move come in the order of the alphabet.
        groups.sort_by_cached_key(|group| (Reverse(group.moved()), group.whom.when()));
        groups
    }
}

fn owned(mark: Mark<'_>) -> Option<String> {
    mark.name().map(str::to_owned)
}

/// Moves the first item of the highest rank to a place, unless it comes before.
fn keep<T>(items: &mut Vec<T>, rank: impl Fn(&T) -> u128, place: usize) {
    let ranked = items.iter().enumerate();
    let highest = ranked.max_by_key(|(index, item)| (rank(item), Reverse(*index)));
    if let Some(index) = highest.map(|(index, _)| index).filter(|index| place < *index) {
        let item = items.remove(index);
        items.insert(place, item);
    }
}

/// Those who fare differently from others: two nodes of a diagram, theirs and those of the others.
struct Apart<'d> {
    diagram: &'d Diagram,
}

impl Unfold for Apart<'_> {
    type State = (DiagramNode, DiagramNode);

    fn level(&self, (own, other): &(DiagramNode, DiagramNode)) -> Option<usize> {
        if own == other {
            return None;
        }
        let levels = [*own, *other].map(|node| self.diagram.level(node));
        levels.into_iter().flatten().min()
    }

    fn leaf(&mut self, (own, other): &(DiagramNode, DiagramNode)) -> u32 {
        match self.diagram.kind(*own) {
            NodeKind::Leaf(leaf) if own != other => *leaf,
            _ => ALIKE,
        }
    }

    fn answer(
        &mut self,
        pair: &(DiagramNode, DiagramNode),
        level: usize,
    ) -> Answers<(DiagramNode, DiagramNode)> {
        self.diagram.follow_both(*pair, level)
    }
}

/// What is served, with what conditions on it want to know.
#[must_use]
pub fn resolved(side: FlagSide<'_>, served: Served<'_>) -> Resolved {
    match served {
        Served::Nothing => Resolved::Nothing,
        Served::Failed => Resolved::Failed,
        Served::Variant(name) => {
            let variants = side.flag.into_iter().flat_map(|flag| &*flag.variants);
            let mut variants = variants.filter(|variant| *variant.name == *name);
            let is_true = variants.next().is_some_and(Variant::is_true);
            Resolved::Variant(name.to_owned(), is_true)
        }
    }
}

/// What a flag resolves to, as what is served.
#[must_use]
pub fn served(resolved: &Resolved) -> Served<'_> {
    match resolved {
        Resolved::Variant(name, _) => Served::Variant(name),
        Resolved::Nothing => Served::Nothing,
        Resolved::Failed => Served::Failed,
    }
}
