//! The headers that say which snapshot an answer comes from, made once for each.

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

/// The version of the snapshot that an answer comes from.
const FLAGS_VERSION: HeaderName = HeaderName::from_static("flags-version");
/// The git commit of the snapshot that an answer comes from.
const FLAGS_COMMIT: HeaderName = HeaderName::from_static("flags-commit");

/// The headers of one snapshot.
#[derive(Clone, Debug)]
pub struct VersionHeaders {
    version: Option<HeaderValue>,
    commit: Option<HeaderValue>,
}

impl VersionHeaders {
    /// Says the version, and the commit where it is known. What cannot stand in a header is left
    /// out.
    #[must_use]
    pub fn new(version: &str, commit: Option<&str>) -> Self {
        let value = |text: &str| HeaderValue::from_str(text).ok();
        Self { version: value(version), commit: commit.and_then(value) }
    }

    /// Adds them to the headers of an answer.
    pub fn put(&self, headers: &mut HeaderMap) {
        for (name, value) in [(FLAGS_VERSION, &self.version), (FLAGS_COMMIT, &self.commit)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }
}
