//! A set of outcomes as few boxes: for each axis a set of classes.

use std::collections::BTreeSet;

/// Some classes of one axis.
pub type Region = BTreeSet<usize>;

/// Covers the cells with few boxes, each a region for every axis. Around each cell that is not
/// covered yet a box grows, class by class, as far as all of it belongs to the cells.
#[must_use]
pub fn cover(cells: &BTreeSet<Vec<usize>>, possible: &[Region]) -> Vec<Vec<Region>> {
    let mut boxes: Vec<Vec<Region>> = Vec::new();
    let mut covered: BTreeSet<Vec<usize>> = BTreeSet::new();
    for cell in cells {
        if covered.contains(cell) {
            continue;
        }
        let widest = widen(cell, possible, cells);
        covered.extend(members(&widest));
        boxes.push(widest);
    }
    boxes
}

fn widen(cell: &[usize], possible: &[Region], all: &BTreeSet<Vec<usize>>) -> Vec<Region> {
    let mut regions: Vec<Region> = cell.iter().map(|class| Region::from([*class])).collect();
    for (axis, classes) in possible.iter().enumerate() {
        for class in classes {
            let mut wider = regions.clone();
            if let Some(region) = wider.get_mut(axis) {
                region.insert(*class);
            }
            if members(&wider).iter().all(|member| all.contains(member)) {
                regions = wider;
            }
        }
    }
    regions
}

/// All cells of a box.
#[must_use]
pub fn members(regions: &[Region]) -> Vec<Vec<usize>> {
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
