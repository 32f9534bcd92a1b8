//! The head of a request, apart from the buffer that it came in.

use bytes::Bytes;
use hyper::{Uri, header::HeaderValue, http::request::Parts};

/// What one header takes beside its value: its place in the table, its name, and what the allocator
/// needs for both, in bytes.
const HEADER_SIZE_BYTES: usize = 220;

/// Copies what a head has of the buffer that it came in, so that the buffer can be used again or
/// goes. To be done before waiting: a head is small, and a buffer has 8 KiB or more. Returns how
/// much the head takes by itself, in bytes.
pub fn detach(head: &mut Parts) -> usize {
    let mut size_bytes = 0;
    for value in head.headers.values_mut() {
        size_bytes += HEADER_SIZE_BYTES + value.len();
        let own = Bytes::copy_from_slice(value.as_bytes());
        if let Ok(own) = HeaderValue::from_maybe_shared(own) {
            *value = own;
        }
    }
    let target = head.uri.to_string();
    size_bytes += target.len();
    if let Ok(own) = Uri::try_from(target) {
        head.uri = own;
    }
    size_bytes
}
