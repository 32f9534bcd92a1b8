//! Addresses and networks.

/// An address by its bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Address {
    V4(u32),
    V6(u128),
}

/// The addresses that stand for those of IPv4: `::ffff:0:0/96`.
const MAPPED: u128 = 0xffff << 32;

pub fn address(text: &str) -> Option<Address> {
    v4(text).map(Address::V4).or_else(|| v6(text).map(Address::V6))
}

fn v4(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('.').collect();
    let mut bits = 0;
    for part in &parts {
        let are_digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits || 3 < part.len() || part.len() > 1 && part.starts_with('0') {
            return None;
        }
        bits = bits << 8 | part.parse::<u32>().ok().filter(|part| *part < 256)?;
    }
    (parts.len() == 4).then_some(bits)
}

/// Groups between colons; the last may be an address of IPv4, which is two.
fn groups(text: &str, is_last: bool) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    let parts: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split(':').collect() };
    for (index, part) in parts.iter().enumerate() {
        if is_last && index + 1 == parts.len() && part.contains('.') {
            let bits = v4(part)?;
            groups.extend([(bits >> 16) as u16, bits as u16]);
            continue;
        }
        let is_hex = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || 4 < part.len() {
            return None;
        }
        groups.push(u16::from_str_radix(part, 16).unwrap());
    }
    Some(groups)
}

fn v6(text: &str) -> Option<u128> {
    let all = match text.split_once("::") {
        Some((before, after)) => {
            let (before, after) = (groups(before, false)?, groups(after, true)?);
            let zeros =
                8_usize.checked_sub(before.len() + after.len()).filter(|zeros| 0 < *zeros)?;
            [before, vec![0; zeros], after].concat()
        }
        None => groups(text, true)?,
    };
    let bits = all.iter().fold(0, |bits, group| bits << 16 | u128::from(*group));
    (all.len() == 8).then_some(bits)
}

/// Whether an address is in a network, as a definition writes it; none if that is no network.
pub fn is_in(found: Address, network: &str) -> Option<bool> {
    let (start, length) = match network.split_once('/') {
        Some((start, length)) => {
            let is_plain = !length.is_empty()
                && length.bytes().all(|byte| byte.is_ascii_digit())
                && (length == "0" || !length.starts_with('0'));
            (start, Some(length.parse::<u32>().ok().filter(|_| is_plain)?))
        }
        None => (network, None),
    };
    let (start, width) = match address(start)? {
        Address::V4(bits) => (Address::V4(bits), 32),
        Address::V6(bits) => (Address::V6(bits), 128),
    };
    let length = length.unwrap_or(width);
    if width < length {
        return None;
    }
    // A network of addresses that stand for those of IPv4 is one of IPv4.
    let (start, length) = match start {
        Address::V6(bits) if bits >> 32 == MAPPED >> 32 && 96 <= length => {
            (Address::V4(bits as u32), length - 96)
        }
        other => (other, length),
    };
    let same = |a: u128, b: u128, width: u32| length == 0 || (a ^ b) >> (width - length) == 0;
    Some(match (start, found) {
        (Address::V4(start), Address::V4(found)) => same(start.into(), found.into(), 32),
        (Address::V4(start), Address::V6(found)) => {
            found >> 32 == MAPPED >> 32 && same(start.into(), u128::from(found as u32), 32)
        }
        (Address::V6(start), Address::V6(found)) => same(start, found, 128),
        (Address::V6(_), Address::V4(_)) => false,
    })
}
