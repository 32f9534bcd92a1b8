//! Entity tags: a digest of a body, and whether a client has it already.

use hyper::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};

/// The strong tag of a body: 16 hex digits in quotes.
///
/// The digest is XXH64 (Yann Collet, xxHash specification 0.1.1, seed 0): the same on every machine
/// and in every release, and ten times as fast as a cryptographic one, which would cost
/// more than evaluating the flags does. Nobody but those who write the flags can shape a body, so
/// there is nobody to guard against, and by chance two bodies agree once in 2⁶⁴.
#[must_use]
pub fn tag(body: &[u8]) -> HeaderValue {
    let tag = format!("\"{:016x}\"", xxh64(body));
    HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether `If-None-Match` names the tag, compared weakly: in a list, with `W/`, as `*`, without
/// its quotes, and with what a proxy that compresses puts behind it: `"…-gzip"` (Apache),
/// `"…--gzip"` (Jetty), `"…;gzip"`, inside of the quotes or behind them. The body that the client
/// has is the same once it is decoded.
#[must_use]
pub fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let wanted = opaque(tag.as_bytes());
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .flat_map(|list| list.as_bytes().split(|b| *b == b','))
        .any(|candidate| {
            let candidate = candidate.trim_ascii();
            candidate == b"*" || opaque(candidate).strip_prefix(wanted).is_some_and(is_suffix)
        })
}

/// What comes after the first quote, up to the last byte that is none.
fn opaque(tag: &[u8]) -> &[u8] {
    let tag = tag.trim_ascii();
    let tag = tag.strip_prefix(b"W/").or_else(|| tag.strip_prefix(b"w/")).unwrap_or(tag);
    let tag = tag.strip_prefix(b"\"").unwrap_or(tag);
    tag.strip_suffix(b"\"").unwrap_or(tag)
}

/// Whether this is what somebody on the way puts behind a tag: nothing, or marks and then the name
/// of a coding. Nobody else makes tags that begin with one of ours, all of which are equally long.
fn is_suffix(rest: &[u8]) -> bool {
    let is_mark = |byte: &u8| b"\"-;:+_.".contains(byte);
    rest.is_empty()
        || rest.first().is_some_and(is_mark)
            && rest.last().is_some_and(u8::is_ascii_alphanumeric)
            && rest.iter().all(|byte| is_mark(byte) || byte.is_ascii_alphanumeric())
}

const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

/// XXH64 with seed 0.
fn xxh64(bytes: &[u8]) -> u64 {
    let [p1, p2, p3, p4, p5] = PRIMES;
    let (stripes, rest) = bytes.as_chunks::<32>();
    let mut hash = if stripes.is_empty() {
        p5
    } else {
        let mut lanes = [p1.wrapping_add(p2), p2, 0, 0_u64.wrapping_sub(p1)];
        for stripe in stripes {
            for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0) {
                *lane = round(*lane, u64::from_le_bytes(*word));
            }
        }
        let joined = lanes
            .iter()
            .zip([1, 7, 12, 18])
            .fold(0_u64, |sum, (lane, turn)| sum.wrapping_add(lane.rotate_left(turn)));
        lanes
            .iter()
            .fold(joined, |hash, lane| (hash ^ round(0, *lane)).wrapping_mul(p1).wrapping_add(p4))
    };
    hash = hash.wrapping_add(bytes.len() as u64);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(p1).wrapping_add(p4);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(p1);
        hash = hash.rotate_left(23).wrapping_mul(p2).wrapping_add(p3);
    }
    for byte in rest {
        hash ^= u64::from(*byte).wrapping_mul(p5);
        hash = hash.rotate_left(11).wrapping_mul(p1);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(p2);
    hash = (hash ^ hash >> 29).wrapping_mul(p3);
    hash ^ hash >> 32
}

fn round(lane: u64, word: u64) -> u64 {
    let [p1, p2, ..] = PRIMES;
    lane.wrapping_add(word.wrapping_mul(p2)).rotate_left(31).wrapping_mul(p1)
}
