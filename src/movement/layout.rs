//! The square of positions laid out anew, so that as few as possible move for the same shares.

use std::collections::BTreeMap;

use crate::engine::scheme::POSITIONS;

/// A band of ramp positions, and what is served at the split positions of all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayoutRow<V> {
    /// How many ramp positions it has.
    pub height: u32,
    /// What is served, each with how many split positions it has, one after the other.
    pub entries: Vec<(u32, V)>,
}

/// The share that each outcome has of rows, in positions of the square.
#[must_use]
pub fn areas<V: Copy + Ord>(rows: &[LayoutRow<V>]) -> BTreeMap<V, u64> {
    let mut areas = BTreeMap::new();
    for row in rows {
        for (width, served) in &row.entries {
            *areas.entry(*served).or_insert(0) += u64::from(row.height) * u64::from(*width);
        }
    }
    areas
}

/// The rows of `before` with the shares of `after`: who keeps what they have keeps their positions,
/// and what some lose, at the ends of their stretches, goes to those that gain. So as few move as
/// the shares allow. Each part is cut off in whole columns, and what is left of it from one more
/// column, for which a row may be cut in two.
#[must_use]
pub fn relaid<V: Copy + Ord>(before: &[LayoutRow<V>], after: &[LayoutRow<V>]) -> Vec<LayoutRow<V>> {
    let (old, new) = (areas(before), areas(after));
    let area = |areas: &BTreeMap<V, u64>, served| areas.get(served).copied().unwrap_or(0);
    let mut rows: Vec<LayoutRow<Option<V>>> = before
        .iter()
        .map(|row| LayoutRow {
            height: row.height,
            entries: row.entries.iter().map(|(width, served)| (*width, Some(*served))).collect(),
        })
        .collect();
    for (served, own) in &old {
        give(&mut rows, own.saturating_sub(area(&new, served)), Some(*served), None);
    }
    for (served, own) in &new {
        give(&mut rows, own.saturating_sub(area(&old, served)), None, Some(*served));
    }
    let mut laid: Vec<LayoutRow<V>> = Vec::new();
    for row in rows {
        let mut entries: Vec<(u32, V)> = Vec::new();
        for (width, served) in row.entries {
            let Some(served) = served.filter(|_| 0 < width) else { continue };
            match entries.last_mut() {
                Some((last, other)) if *other == served => *last += width,
                _ => entries.push((width, served)),
            }
        }
        match laid.last_mut() {
            Some(last) if last.entries == entries => last.height += row.height,
            _ => laid.push(LayoutRow { height: row.height, entries }),
        }
    }
    laid
}

/// Gives so many positions of what is served to something else.
fn give<V: Copy + PartialEq>(rows: &mut Vec<LayoutRow<V>>, mut area: u64, from: V, to: V) {
    let mut index = 0;
    while 0 < area && index < rows.len() {
        let Some(row) = rows.get_mut(index) else { return };
        if let [(width, own)] = *row.entries
            && own == from
        {
            // Nothing else is served here: a ramp can end further up, and no split is needed.
            let lines = u32::try_from(area / u64::from(width.max(1))).unwrap_or(POSITIONS);
            if 0 < lines && lines < row.height {
                row.height -= lines;
                area -= u64::from(lines) * u64::from(width);
                rows.insert(index, LayoutRow { height: lines, entries: vec![(width, to)] });
                index += 1;
                continue;
            }
        }
        let height = u64::from(row.height);
        let columns = u32::try_from(area / height.max(1)).unwrap_or(POSITIONS);
        let given = convert(row, columns, from, to);
        area -= u64::from(given) * height;
        let (rest, left) = (u32::try_from(area).unwrap_or(u32::MAX), has(row, from));
        if 0 < rest && rest < row.height && left {
            // One more column, of a part of the row.
            let mut part = LayoutRow { height: rest, entries: row.entries.clone() };
            row.height -= rest;
            convert(&mut part, 1, from, to);
            rows.insert(index + 1, part);
            return;
        }
        index += 1;
    }
}

fn has<V: Copy + PartialEq>(row: &LayoutRow<V>, served: V) -> bool {
    row.entries.iter().any(|(width, own)| 0 < *width && *own == served)
}

/// Serves something else in so many columns, from the end of each stretch, and says in how many.
fn convert<V: Copy + PartialEq>(row: &mut LayoutRow<V>, columns: u32, from: V, to: V) -> u32 {
    let mut left = columns;
    let mut entries = Vec::with_capacity(row.entries.len() + 1);
    for (width, served) in row.entries.drain(..) {
        let given = if served == from { left.min(width) } else { 0 };
        left -= given;
        entries.extend([(width - given, served), (given, to)].into_iter().filter(|(w, _)| 0 < *w));
    }
    row.entries = entries;
    columns - left
}
