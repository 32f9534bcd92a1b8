//! Edits after which a change may move fewer for the same shares.

use std::collections::BTreeMap;

use crate::{
    diagnostics::place::Place,
    engine::{
        bucket::Percentage,
        condition::VariantIndex,
        flag::{Flag, Serve},
        scheme::POSITIONS,
    },
    movement::{
        layout::{self, LayoutRow},
        moved::Edits,
        partner::Pairs,
        side::{FormRule, SideForm},
        square::relaid,
        yaml_text::{edited_rule, lengths, percent, rule, written, yaml},
    },
    space::formula::Formula,
};

/// A change as it would be after an edit.
#[derive(Clone, Debug)]
pub struct EditedChange<'q> {
    /// The flag after the change and the edit.
    pub form: SideForm<'q>,
    /// What to write, each with its place: lines of the flag or of the rule that stands there.
    pub edits: Edits,
}

/// One way to edit.
#[derive(Clone, Copy)]
enum Step {
    Splits,
    Ramp,
    Restore,
    Order,
    Rows,
}

/// The two sides of a change.
struct Sides<'f, 'q> {
    base: &'f SideForm<'q>,
    old: &'q Flag,
    new: &'q Flag,
    /// Variants that only changed their name: from old to new.
    renamed: &'q BTreeMap<String, String>,
    rules: &'f Pairs,
}

/// What might be written instead, the simplest first; nothing of it has been tried.
#[must_use]
pub fn candidates<'q>(
    base: &SideForm<'q>,
    head: &SideForm<'q>,
    renamed: &'q BTreeMap<String, String>,
    rules: &Pairs,
) -> Vec<EditedChange<'q>> {
    let (Some(old), Some(new)) = (base.flag, head.flag) else { return Vec::new() };
    let sides = Sides { base, old, new, renamed, rules };
    let mut first = EditedChange { form: head.clone(), edits: Vec::new() };
    sides.keep_hashing(&mut first);
    let ways: [&[Step]; 9] = [
        &[],
        &[Step::Splits],
        &[Step::Ramp],
        &[Step::Restore],
        &[Step::Order],
        &[Step::Order, Step::Splits],
        &[Step::Rows],
        &[Step::Order, Step::Rows],
        &[Step::Order, Step::Splits, Step::Rows],
    ];
    let mut candidates: Vec<EditedChange<'q>> = Vec::new();
    for way in ways {
        let mut candidate = first.clone();
        for step in way {
            match step {
                Step::Splits => sides.lay_splits(&mut candidate),
                Step::Ramp => sides.keep_ramp(&mut candidate),
                Step::Restore => sides.restore(&mut candidate),
                Step::Order => sides.keep_order(&mut candidate),
                Step::Rows => sides.lay_rows(&mut candidate),
            }
        }
        let is_new = candidates.iter().all(|known| known.edits != candidate.edits);
        if is_new && !candidate.edits.is_empty() {
            candidates.push(candidate);
        }
    }
    candidates
}

impl EditedChange<'_> {
    /// Adds lines at a place, below those that are there already.
    fn write(&mut self, place: Place, lines: &str) {
        match self.edits.iter_mut().find(|(other, _)| *other == place) {
            Some((_, text)) => {
                text.push('\n');
                text.push_str(lines);
            }
            None => self.edits.push((place, lines.to_owned())),
        }
    }
}

impl<'q> Sides<'_, 'q> {
    /// Keeps every unit where it was.
    fn keep_hashing(&self, candidate: &mut EditedChange<'q>) {
        let (Some(old), Some(new)) = (self.base.hashing, candidate.form.hashing) else { return };
        let place = self.new.place;
        if old.salt != new.salt {
            candidate.write(place, &format!("salt: {}", yaml(old.salt)));
        }
        if old.hash != new.hash {
            candidate.write(place, &format!("hash: {}", old.hash.name()));
        }
        if old.bucket_by != new.bucket_by {
            candidate.write(place, &format!("bucket_by: {}", yaml(old.bucket_by.name())));
        }
        candidate.form.hashing = Some(old);
    }

    /// Keeps the rules that both sides have in the old order.
    fn keep_order(&self, candidate: &mut EditedChange<'q>) {
        let old_place = |rule: &FormRule| self.rules.partners.get(rule.index).copied().flatten();
        let rules = &candidate.form.rules;
        let slots: Vec<usize> = (0..rules.len())
            .filter(|slot| rules.get(*slot).and_then(old_place).is_some())
            .collect();
        let mut kept: Vec<FormRule> =
            slots.iter().filter_map(|slot| rules.get(*slot).cloned()).collect();
        let before: Vec<usize> = kept.iter().map(|rule| rule.index).collect();
        kept.sort_by_key(old_place);
        if kept.iter().map(|rule| rule.index).eq(before) {
            return;
        }
        let names = kept.iter().filter_map(|rule| self.name(rule));
        let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
        let place = self.new.rules.first().map_or(self.new.place, |rule| rule.place);
        candidate.write(place, &format!("keep the rules in the order {}", names.join(", ")));
        for (slot, rule) in slots.into_iter().zip(kept) {
            if let Some(own) = candidate.form.rules.get_mut(slot) {
                *own = rule;
            }
        }
    }

    /// Lays each split out so that nobody moves who need not.
    fn lay_splits(&self, candidate: &mut EditedChange<'q>) {
        for index in 0..candidate.form.rules.len() {
            let Some(rule) = candidate.form.rules.get(index) else { continue };
            let (Some(written), Some(old)) = (self.new.rules.get(rule.index), self.old_rule(rule))
            else {
                continue;
            };
            let Some((serve, text)) = self.laid_split(&old.serve, &rule.serve) else { continue };
            candidate.write(written.place, &text);
            if let Some(rule) = candidate.form.rules.get_mut(index) {
                rule.serve = serve;
            }
        }
        if let (Some(old), Some(new)) = (&self.base.default, &candidate.form.default)
            && let Some((serve, text)) = self.laid_split(old, new)
        {
            candidate.write(self.new.place, &format!("default: {{ {text} }}"));
            candidate.form.default = Some(serve);
        }
    }

    /// A new split laid out over an old one, if that is another.
    fn laid_split(&self, old: &Serve, new: &Serve) -> Option<(Serve, String)> {
        let after = lengths(self.new, new);
        let better = relaid(&self.old_lengths(old), &after);
        let is_split = matches!(new, Serve::Split(_)) && 1 < better.len();
        let serve = self.serve(&better)?;
        (is_split && better != after).then(|| (serve, written(&better)))
    }

    /// Where a ramp with one variant for the rest became a split of the two, which is measured on
    /// another line: the ramp with the new share.
    fn keep_ramp(&self, candidate: &mut EditedChange<'q>) {
        let Some(old) = self.base.rules.last().filter(|rule| rule.ramp.is_partial()) else {
            return;
        };
        let single = |serve: &Serve| match &*self.old_lengths(serve) {
            [(_, name)] => Some(*name),
            _ => None,
        };
        let rest = self.base.default.as_ref().and_then(single);
        let (Some(ramped), Some(rest)) = (single(&old.serve), rest) else { return };
        let ramp = |split: &Serve| -> Option<Percentage> {
            let entries = lengths(self.new, split);
            let is_of_both = entries.iter().all(|(_, name)| *name == ramped || *name == rest);
            let own = entries.iter().filter(|(_, name)| *name == ramped);
            let share = Percentage::from_thousandths(own.map(|(length, _)| length).sum())?;
            (is_of_both && 1 < entries.len()).then_some(share)
        };
        let (Some(serve), Some(rest_serve)) =
            (self.serve(&[(POSITIONS, ramped)]), self.serve(&[(POSITIONS, rest)]))
        else {
            return;
        };
        let form = &mut candidate.form;
        match form.rules.last_mut() {
            None if self.base.rules.len() == 1 => {
                let Some(ramp) = form.default.as_ref().and_then(ramp) else { return };
                let (formula, index) = (Formula::All(Vec::new()), 0);
                form.rules.push(FormRule { index, formula, ramp, serve });
                form.default = Some(rest_serve);
                let (share, ramped) = (percent(ramp), yaml(ramped));
                let rule = format!("{{ rollout_percentage: {share}, serve: {ramped} }}");
                let lines = format!("rules: [{rule}]\ndefault: {}", yaml(rest));
                candidate.write(self.new.place, &lines);
            }
            Some(last) if form.default.as_ref() == Some(&rest_serve) && !last.ramp.is_partial() => {
                let Some(ramp) = ramp(&last.serve) else { return };
                let Some(place) = self.new.rules.get(last.index).map(|rule| rule.place) else {
                    return;
                };
                let lines = edited_rule(self.new, last.index, ramp, &[(POSITIONS, ramped)]);
                (last.ramp, last.serve) = (ramp, serve);
                candidate.write(place, &lines.join("\n"));
            }
            _ => {}
        }
    }

    /// Has the rules take and serve what they did before, where they ask the same one by one: for
    /// the same shares by other rules.
    fn restore(&self, candidate: &mut EditedChange<'q>) {
        let rules = self.base.rules.iter().enumerate();
        if self.rules.asks_the_same.len() != self.base.rules.len()
            || candidate.form.rules.len() != self.base.rules.len()
            || self.rules.asks_the_same.contains(&false)
        {
            return;
        }
        for (index, old) in rules {
            let (entries, Some(written)) =
                (self.old_lengths(&old.serve), self.new.rules.get(index))
            else {
                return;
            };
            let (Some(serve), Some(own)) =
                (self.serve(&entries), candidate.form.rules.get_mut(index))
            else {
                return;
            };
            if (own.ramp, &own.serve) == (old.ramp, &serve) {
                continue;
            }
            (own.ramp, own.serve) = (old.ramp, serve);
            let lines = edited_rule(self.new, index, old.ramp, &entries);
            candidate.write(written.place, &lines.join("\n"));
        }
    }

    /// Lays the last rule and the default out together, row by row, so that nobody moves who need
    /// not: the rule becomes several.
    fn lay_rows(&self, candidate: &mut EditedChange<'q>) {
        let form = &candidate.form;
        let last = form.rules.last();
        let old = match last {
            Some(rule) => self.old_rule(rule),
            None => self.base.rules.last().filter(|_| self.base.rules.len() == 1),
        };
        let (Some(old_default), Some(new_default)) = (&self.base.default, &form.default) else {
            return;
        };
        let (rest, new_rest) = (self.old_lengths(old_default), lengths(self.new, new_default));
        let before = square(old.map(|rule| (rule.ramp, self.old_lengths(&rule.serve))), rest);
        let after =
            square(last.map(|rule| (rule.ramp, lengths(self.new, &rule.serve))), new_rest.clone());
        let mut rows = layout::relaid(&before, &after);
        if rows == after || rows.is_empty() {
            return;
        }
        // What is served where no rule matches is the default already.
        rows.pop_if(|row| row.entries == new_rest);
        let (index, formula) =
            last.map_or((0, Formula::All(Vec::new())), |rule| (rule.index, rule.formula.clone()));
        let (mut rules, mut texts, mut top) = (Vec::new(), Vec::<Vec<String>>::new(), 0);
        for (number, row) in rows.iter().enumerate() {
            top += row.height;
            let (Some(ramp), Some(serve)) =
                (Percentage::from_thousandths(top), self.serve(&row.entries))
            else {
                return;
            };
            // The first of them is the rule that is there already, if that stays.
            let is_there = number == 0 && self.keeps_its_place(index);
            texts.push(if is_there {
                edited_rule(self.new, index, ramp, &row.entries)
            } else {
                rule(ramp, &row.entries)
            });
            rules.push(FormRule { index, formula: formula.clone(), ramp, serve });
        }
        let Some((place, lines)) = self.rows_in_words(index, texts) else { return };
        candidate.form.rules.pop();
        candidate.form.rules.extend(rules);
        candidate.write(place, &lines);
    }

    /// What to write instead of the last rule so that it becomes several, each given by its
    /// fields.
    fn rows_in_words(&self, index: usize, mut texts: Vec<Vec<String>>) -> Option<(Place, String)> {
        let flow = |fields: &Vec<String>| format!("{{ {} }}", fields.join(", "));
        let written = self.new.rules.get(index);
        match written.filter(|_| self.keeps_its_place(index)) {
            Some(rule) => {
                let (first, others) = texts.split_first()?;
                let others: Vec<String> = others.iter().map(flow).collect();
                let mut lines = first.join("\n");
                if !others.is_empty() {
                    let others = others.join(", then ");
                    lines.push_str("\nand below it, under the same conditions: ");
                    lines.push_str(&others);
                }
                Some((rule.place, lines))
            }
            None => {
                let name = written.map(|rule| &*rule.name).filter(|name| !name.starts_with('#'));
                if let (Some(name), Some(first)) = (name, texts.first_mut()) {
                    first.insert(0, format!("name: {}", yaml(name)));
                }
                let all: Vec<String> = texts.iter().map(flow).collect();
                Some((self.new.place, format!("rules: [{}]", all.join(", "))))
            }
        }
    }

    /// Whether a rule is edited where it stands: one that stands alone, without conditions, is
    /// written anew with the whole list.
    fn keeps_its_place(&self, index: usize) -> bool {
        let rule = self.new.rules.get(index);
        rule.is_some_and(|rule| 1 < self.new.rules.len() || !rule.conditions.is_empty())
    }

    /// The name of a rule after the change.
    fn name(&self, rule: &FormRule) -> Option<&'q str> {
        self.new.rules.get(rule.index).map(|rule| &*rule.name)
    }

    /// What a rule was before the change.
    fn old_rule(&self, rule: &FormRule) -> Option<&FormRule> {
        let old = self.rules.partners.get(rule.index).copied().flatten()?;
        self.base.rules.get(old)
    }

    /// The entries of what was served, by the names that variants have now.
    fn old_lengths(&self, serve: &Serve) -> Vec<(u32, &'q str)> {
        let renamed = |name| self.renamed.get(name).map_or(name, String::as_str);
        let own = lengths(self.old, serve).into_iter();
        own.map(|(length, name)| (length, renamed(name))).collect()
    }

    /// What serves these entries after the change; none if a variant is not there any more.
    fn serve(&self, entries: &[(u32, &str)]) -> Option<Serve> {
        let variant = |name: &str| {
            let index = self.new.variants.iter().position(|variant| *variant.name == *name)?;
            u32::try_from(index).ok().map(VariantIndex)
        };
        if let [(_, name)] = entries {
            return variant(name).map(Serve::Variant);
        }
        let mut end = 0;
        let entries = entries.iter().map(|(length, name)| {
            end += length;
            Some((end, variant(name)?))
        });
        entries.collect::<Option<_>>().map(Serve::Split)
    }
}

/// A rule and what is served beyond its ramp, as rows of the square.
fn square<'q>(
    rule: Option<(Percentage, Vec<(u32, &'q str)>)>,
    rest: Vec<(u32, &'q str)>,
) -> Vec<LayoutRow<&'q str>> {
    let (ramp, entries) = rule.unwrap_or((Percentage::ZERO, Vec::new()));
    let height = ramp.thousandths();
    let rows =
        [LayoutRow { height, entries }, LayoutRow { height: POSITIONS - height, entries: rest }];
    rows.into_iter().filter(|row| 0 < row.height).collect()
}
