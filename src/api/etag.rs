//! Entity tags: a digest of a body, and whether a client has it already.

use hyper::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};
use twox_hash::XxHash64;

/// The strong tag of a body: 16 hex digits in quotes.
///
/// The digest is XXH64 (Yann Collet, xxHash specification 0.1.1, seed 0): the same on every machine
/// and in every release, and ten times as fast as a cryptographic one, which would cost
/// more than evaluating the flags does. Nobody but those who write the flags can shape a body, so
/// there is nobody to guard against, and by chance two bodies agree once in 2⁶⁴.
#[must_use]
pub fn tag(body: &[u8]) -> HeaderValue {
    let tag = format!("\"{:016x}\"", XxHash64::oneshot(0, body));
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
