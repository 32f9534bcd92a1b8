//! What texts can stand for: versions, times and addresses, and how comparisons with them come out.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use crate::engine::{comparison::Comparison, instant::Instant, value::Value};
use ipnet::IpNet;

/// How many ways to write the same thing are tried.
const SPELLINGS_MAX: usize = 1_000;

/// Comparisons with things of one kind.
#[derive(Debug)]
pub struct TextKind {
    /// How they come out on what stands for such a thing or not, with texts that do.
    ways: BTreeMap<Vec<bool>, Vec<String>>,
    spell: fn(&str, usize) -> String,
}

/// Which things texts can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KindName {
    /// What `semver` compares.
    Versions,
    /// What `before` and `after` compare.
    Times,
    /// What `in_network` compares.
    Addresses,
}

impl TextKind {
    /// Things of a kind, as far as these comparisons tell them apart.
    #[must_use]
    pub fn new(kind: KindName, comparisons: &[&Comparison]) -> Self {
        match kind {
            KindName::Versions => Self::versions(comparisons),
            KindName::Times => Self::times(comparisons),
            KindName::Addresses => Self::addresses(comparisons),
        }
    }

    /// Versions, as far as these comparisons tell them apart: each requirement is a range, so the
    /// first version of all, and the first after each end of a range, stand for all of them.
    fn versions(comparisons: &[&Comparison]) -> Self {
        let mut texts = vec!["0.0.0-0".to_owned()];
        for comparison in comparisons {
            if let Comparison::Version(requirement) = comparison {
                let (start, end) = requirement.range();
                texts.push(start.to_string());
                texts.extend(end.map(ToString::to_string));
            }
        }
        let spell = |text: &str, index| match index {
            0 => text.to_owned(),
            _ => format!("{text}+{index}"),
        };
        Self::tried(comparisons, texts, spell)
    }

    /// Times, as far as these comparisons tell them apart: the first of all, and each bound, stand
    /// for all of them.
    fn times(comparisons: &[&Comparison]) -> Self {
        let mut texts = vec![Instant::EARLIEST.to_string()];
        for comparison in comparisons {
            if let Comparison::Before(instant) | Comparison::After(instant) = comparison {
                texts.push(instant.to_string());
            }
        }
        // As many decimals as one likes, and what follows the ninth is not looked at.
        let spell = |text: &str, index| {
            let (time, zone) = text.split_at(text.rfind(['Z', '+', '-']).unwrap_or(text.len()));
            let point = if time.contains('.') || index == 0 { "" } else { "." };
            format!("{time}{point}{}{zone}", "0".repeat(index))
        };
        Self::tried(comparisons, texts, spell)
    }

    /// Addresses, as far as these comparisons tell them apart: the first of each family, the first
    /// of each network, and the one after its last, stand for all of them.
    fn addresses(comparisons: &[&Comparison]) -> Self {
        let mut texts = vec!["0.0.0.0".to_owned(), "::".to_owned()];
        for comparison in comparisons {
            if let Comparison::InNetwork(networks) = comparison {
                for address in networks.iter().flat_map(ends) {
                    texts.push(address.to_string());
                    if let IpAddr::V4(address) = address {
                        texts.push(address.to_ipv6_mapped().to_string());
                    }
                }
            }
        }
        // Where the mapped addresses end, as those of the other family.
        texts.extend(["::ffff:0.0.0.0".to_owned(), "::1:0:0:0".to_owned()]);
        Self::tried(comparisons, texts, spelled_address)
    }

    /// How comparisons come out on these texts, and on those that stand for no such thing.
    fn tried(
        comparisons: &[&Comparison],
        texts: Vec<String>,
        spell: fn(&str, usize) -> String,
    ) -> Self {
        let mut ways: BTreeMap<Vec<bool>, Vec<String>> = BTreeMap::new();
        ways.insert(vec![false; comparisons.len()], Vec::new());
        for text in texts {
            let value = Value::String(text.clone().into());
            let way = comparisons.iter().map(|comparison| comparison.holds(Some(&value)));
            ways.entry(way.collect()).or_default().push(text);
        }
        Self { ways, spell }
    }

    /// A text for each way in which some of these comparisons hold, and that is not among those
    /// that are named. None if for one way there is none.
    #[must_use]
    pub fn texts(&self, named: &BTreeSet<&str>) -> Option<Vec<String>> {
        let text = |texts: &Vec<String>| {
            let mut spellings = (0..SPELLINGS_MAX)
                .flat_map(|index| texts.iter().map(move |text| (self.spell)(text, index)));
            spellings.find(|text| !named.contains(text.as_str()))
        };
        let some_hold = self.ways.iter().filter(|(way, _)| way.contains(&true));
        some_hold.map(|(_, texts)| text(texts)).collect()
    }
}

/// The first address of a network, and the one after its last.
fn ends(network: &IpNet) -> Vec<IpAddr> {
    let next = match network.broadcast() {
        IpAddr::V4(last) => u32::from(last).checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(last) => u128::from(last).checked_add(1).map(|bits| IpAddr::V6(bits.into())),
    };
    [Some(network.network()), next].into_iter().flatten().collect()
}

/// Ways to write an address: the usual one, then for those of IPv6 all groups in full, with zeros
/// before, and with large letters as the bits of the index say.
fn spelled_address(text: &str, index: usize) -> String {
    let Ok(IpAddr::V6(address)) = text.parse() else { return text.to_owned() };
    if index == 0 {
        return text.to_owned();
    }
    let groups = address.segments().into_iter().enumerate().map(|(place, group)| {
        let is_full = index >> place & 1 == 1;
        let is_large = index >> (place + 8) & 1 == 1;
        match (is_full, is_large) {
            (false, false) => format!("{group:x}"),
            (false, true) => format!("{group:X}"),
            (true, false) => format!("{group:04x}"),
            (true, true) => format!("{group:04X}"),
        }
    });
    groups.collect::<Vec<_>>().join(":")
}
