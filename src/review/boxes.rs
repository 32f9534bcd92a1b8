//! A set of outcomes as few boxes: for each axis a set of classes.

use std::collections::BTreeSet;

/// Some classes of one axis.
pub type Region = BTreeSet<usize>;

/// Covers the cells with few boxes, each a region for every axis. Cells are merged as long as two
/// boxes differ on one axis only, then boxes are widened where all of the widened one is covered.
#[must_use]
pub fn cover(cells: &[Vec<usize>], possible: &[Region]) -> Vec<Vec<Region>> {
    let all: BTreeSet<&[usize]> = cells.iter().map(Vec::as_slice).collect();
    let mut boxes: Vec<Vec<Region>> = Vec::new();
    let mut covered: BTreeSet<Vec<usize>> = BTreeSet::new();
    for cell in cells {
        if covered.contains(cell) {
            continue;
        }
        let widest = widen(cell, possible, &all);
        covered.extend(members(&widest));
        boxes.push(widest);
    }
    boxes
}

/// The box around a cell that grows, axis by axis, as far as all of it belongs to the set.
fn widen(cell: &[usize], possible: &[Region], all: &BTreeSet<&[usize]>) -> Vec<Region> {
    let mut regions: Vec<Region> = cell.iter().map(|class| Region::from([*class])).collect();
    for (axis, classes) in possible.iter().enumerate() {
        for class in classes {
            let mut wider = regions.clone();
            if let Some(region) = wider.get_mut(axis) {
                region.insert(*class);
            }
            if members(&wider).iter().all(|member| all.contains(&**member)) {
                regions = wider;
            }
        }
    }
    regions
}

/// All cells of a box.
fn members(regions: &[Region]) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new()];
    for region in regions {
        members = members
            .into_iter()
            .flat_map(|member: Vec<usize>| {
                region.iter().map(move |class| {
                    let mut member = member.clone();
                    member.push(*class);
                    member
                })
            })
            .collect();
    }
    members
}
