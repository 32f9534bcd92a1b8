//! Files that git did not write to their end, because the disk was full or git was killed.
//!
//! git leaves such a file behind, and its start may be good YAML that means something else: flags
//! are gone, or a rule is. A file that is the start of what a commit has, and ends within a line,
//! is taken for one.

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository};

use crate::{
    definition::compile::Content,
    source::{
        door::read,
        git::{
            commit::without_carriage_returns,
            repository::{References, open},
            work_tree::WorkTree,
        },
        read::Reading,
        unreadable::Unreadable,
        walk::Target,
    },
};

/// Where git says which commits it was working with, beside HEAD.
const HEADS: [&str; 3] = ["ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD"];

/// How much of such a file is read, in bytes.
const HEAD_BYTES_MAX: u64 = 64 << 10;

/// How many commits are looked at.
const COMMITS_MAX: usize = 100;

/// The first file that is torn, and why it is taken for that.
#[must_use]
pub fn torn(reading: &Reading) -> Option<Unreadable> {
    let files = reading.roots.iter().zip(&reading.walks);
    let files = files.flat_map(|(root, walk)| root.files.iter().zip(&walk.files));
    // Nearly all files end with a line, so git is hardly ever asked.
    let suspects = files.filter_map(|(file, found)| match (&file.content, &found.target) {
        (Content::Bytes(bytes), Target::File(place))
            if !matches!(bytes.last(), None | Some(b'\n')) =>
        {
            Some((file, &place.path, &**bytes))
        }
        _ => None,
    });
    let mut known: Option<(WorkTree, Commits)> = None;
    for (file, path, bytes) in suspects {
        let Some(tree) = WorkTree::around(path) else { continue };
        if known.as_ref().is_none_or(|(known, _)| *known != tree) {
            known = Commits::of(&tree).map(|commits| (tree, commits));
        }
        let Some((tree, commits)) = &known else { continue };
        let Ok(inside) = path.strip_prefix(&tree.path) else { continue };
        if let Some((commit, size)) = commits.longer(inside, bytes) {
            let have = bytes.len();
            return Some(Unreadable::new(
                &*file.path,
                format!(
                    "is cut off: it is the first {have} of the {size} bytes that it has in commit \
                     {}, and ends within a line; is the disk full? If it is meant so, end it with \
                     a line feed",
                    commit.to_hex_with_len(7)
                ),
            ));
        }
    }
    None
}

/// The commits that git was working with.
struct Commits {
    repository: Repository,
    ids: Vec<ObjectId>,
}

impl Commits {
    /// None where git cannot be asked: then nothing is known of any file.
    fn of(tree: &WorkTree) -> Option<Self> {
        let repository = open(tree, References::Head).ok()?;
        let head = repository.head_id().ok().map(gix::Id::detach);
        let mut ids: Vec<ObjectId> = head.into_iter().collect();
        for name in HEADS {
            let text = read(&PathBuf::from(&tree.git_dir).join(name), HEAD_BYTES_MAX);
            let text = String::from_utf8(text.unwrap_or_default()).unwrap_or_default();
            let words = text.lines().filter_map(|line| line.split_whitespace().next());
            for id in words.filter_map(|word| ObjectId::from_hex(word.as_bytes()).ok()) {
                if !ids.contains(&id) && ids.len() < COMMITS_MAX {
                    ids.push(id);
                }
            }
        }
        Some(Self { repository, ids })
    }

    /// The commit in which a file goes on where `bytes` end, and how large it is there.
    fn longer(&self, inside: &Path, bytes: &[u8]) -> Option<(ObjectId, usize)> {
        let plain = without_carriage_returns(bytes);
        self.ids.iter().find_map(|id| {
            let commit = self.repository.find_object(*id).ok()?.peel_to_commit().ok()?;
            let entry = commit.tree().ok()?.lookup_entry_by_path(inside).ok()??;
            let blob = entry.object().ok()?;
            let goes_on =
                |start: &[u8]| start.len() < blob.data.len() && blob.data.starts_with(start);
            (goes_on(bytes) || goes_on(&plain)).then_some((*id, blob.data.len()))
        })
    }
}
