//! An HTTP response, as far as it has to be read to see whether it is the right one.

/// A whole response.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// How many bytes it took.
    pub length: usize,
}

/// The response at the beginning of `bytes`, if it is whole.
pub fn parse(bytes: &[u8]) -> Option<Reply> {
    let head = find(bytes, b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(|value| value.trim().to_owned())
    };
    if header("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
        let (body, length) = chunks(&bytes[head..])?;
        return Some(Reply { status, body, length: head + length });
    }
    let length = head + header("content-length").map_or(Some(0), |text| text.parse().ok())?;
    let body = bytes.get(head..length)?.to_vec();
    Some(Reply { status, body, length })
}

/// A body in chunks, if it is whole, and how many bytes it took.
fn chunks(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = find(&bytes[at..], b"\r\n")?;
        let size = std::str::from_utf8(&bytes[at..at + line]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        at += line + 2;
        body.extend_from_slice(bytes.get(at..at + size)?);
        bytes.get(at + size..at + size + 2)?;
        at += size + 2;
        if size == 0 {
            return Some((body, at));
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
