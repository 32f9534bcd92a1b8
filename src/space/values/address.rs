//! The addresses of a network as a regular expression: every text that is one of them.

use std::net::IpAddr;

use ipnet::IpNet;

/// A group of an address of IPv6: the bits that are given, and which they are.
#[derive(Clone, Copy)]
struct Group {
    bits: u16,
    given: u16,
}

/// A pattern for any address in one of the networks, as `in_network` reads addresses: in all of
/// their spellings, those of IPv4 also mapped into IPv6.
#[must_use]
pub fn pattern(networks: &[IpNet]) -> String {
    let alternatives: Vec<String> = networks.iter().map(of_network).collect();
    format!(r"\A(?:{})\z", alternatives.join("|"))
}

fn of_network(network: &IpNet) -> String {
    let prefix = u32::from(network.prefix_len());
    match network.network() {
        IpAddr::V4(address) => {
            let given = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            let mapped = u128::from(address.to_ipv6_mapped());
            let all = (u128::MAX << 32) | u128::from(given);
            format!("{}|{}", decimal(address.into(), given), of_groups(mapped, all))
        }
        IpAddr::V6(address) => {
            let given = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            of_groups(address.into(), given)
        }
    }
}

/// Four decimal numbers with dots between.
fn decimal(bits: u32, given: u32) -> String {
    let octets = bits.to_be_bytes().into_iter().zip(given.to_be_bytes());
    let octets = octets.map(|(bits, given)| {
        if given == 0 {
            return "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])".to_owned();
        }
        let fitting = (0..=u8::MAX).filter(|octet| octet & given == bits & given);
        let fitting: Vec<String> = fitting.map(|octet| octet.to_string()).collect();
        format!("(?:{})", fitting.join("|"))
    });
    octets.collect::<Vec<_>>().join(r"\.")
}

/// Eight groups, of which a run of zeros may be left out, and the last two may be decimal.
fn of_groups(bits: u128, given: u128) -> String {
    let group = |index: usize| {
        let part = |whole: u128| {
            let bytes = whole.to_be_bytes();
            let pair = bytes.get(2 * index..2 * index + 2).and_then(|pair| pair.try_into().ok());
            pair.map_or(0, u16::from_be_bytes)
        };
        Group { bits: part(bits), given: part(given) }
    };
    let groups: Vec<Group> = (0..8).map(group).collect();
    let last = |whole: u128| u32::try_from(whole & u128::from(u32::MAX)).unwrap_or(0);
    let tail = decimal(last(bits), last(given));
    let mut alternatives = written(&groups, 8, &tail);
    for head in 0..8 {
        for rest in 0..8 - head {
            let left_out = groups.get(head..8 - rest).unwrap_or_default();
            if !left_out.iter().all(|group| group.bits & group.given == 0) {
                continue;
            }
            let before: Vec<String> =
                groups.iter().take(head).map(|one| hexadecimal(*one)).collect();
            let after = groups.get(8 - rest..).unwrap_or_default();
            let afters = written(after, rest, &tail).into_iter();
            alternatives.extend(afters.map(|after| format!("{}::{after}", before.join(":"))));
        }
    }
    format!("(?i:{})", alternatives.join("|"))
}

/// The last so many groups: as they are, and with the last two in decimal.
fn written(groups: &[Group], count: usize, decimal: &str) -> Vec<String> {
    let groups: Vec<String> = groups.iter().map(|group| hexadecimal(*group)).collect();
    let mut ways = vec![groups.join(":")];
    if let Some(others) = count.checked_sub(2) {
        let mut parts: Vec<&str> = groups.iter().take(others).map(String::as_str).collect();
        parts.push(decimal);
        ways.push(parts.join(":"));
    }
    ways
}

/// A group of one to four digits: zeros before may be left out.
fn hexadecimal(group: Group) -> String {
    let digit = |place: u32| {
        let (bits, given) = (group.bits >> (4 * place) & 15, group.given >> (4 * place) & 15);
        if given == 0 {
            return ("[0-9a-f]".to_owned(), true);
        }
        let fitting = (0..16).filter(|digit| digit & given == bits & given);
        let digit = |digit: u16| char::from_digit(digit.into(), 16);
        let fitting: String = fitting.filter_map(digit).collect();
        (format!("[{fitting}]"), bits & given == 0)
    };
    let digits: Vec<(String, bool)> = (0..4).rev().map(digit).collect();
    let may_start = |start: &usize| digits.iter().take(*start).all(|(_, may_be_zero)| *may_be_zero);
    let starts = (0..4).filter(may_start).map(|start| {
        let digits = digits.iter().skip(start).map(|(digit, _)| digit.as_str());
        digits.collect::<String>()
    });
    format!("(?:{})", starts.collect::<Vec<_>>().join("|"))
}
