//! What a snapshot is made from: while this is the same, so is the snapshot.

use gix::ObjectId;
use sha2::{Digest, Sha256};

use crate::{
    definition::compile::{Content, Root},
    source::git::idle::Standing,
};

/// What a snapshot is made from: while this is the same, so is the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Files in directories.
    Files {
        /// SHA-256 over the paths of all files and what is in them.
        digest: [u8; 32],
        /// Where git stood.
        standing: Standing,
    },
    /// A commit, which never changes.
    Commit(ObjectId),
}

/// SHA-256 over the paths of all files and what is in them.
#[must_use]
pub fn digest(roots: &[Root]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut add = |tag: u8, bytes: &[u8]| {
        hasher.update([tag]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    for root in roots {
        add(b'r', root.name.as_bytes());
        for file in &root.files {
            add(b'f', file.path.as_bytes());
            match &file.content {
                Content::Bytes(bytes) => add(b'b', bytes),
                Content::TooLarge(size) => add(b's', &size.to_be_bytes()),
                Content::LinkOutsideRoot(target) => add(b'o', target.as_bytes()),
                Content::LinkLoop => add(b'l', b""),
            }
        }
    }
    hasher.finalize().into()
}
