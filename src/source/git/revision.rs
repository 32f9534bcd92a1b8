//! Revisions of a git repository: which commit a name means, and where two of them parted.

use std::path::{Path, PathBuf};

use gix::{ObjectId, Repository, refs::Category};

use crate::{
    diagnostics::suggest::nearest,
    source::git::{
        repository::{References, open},
        work_tree::WorkTree,
    },
};

/// How many branches are looked at for one that was probably meant.
const BRANCHES_MAX: usize = 10_000;

/// A git repository, as seen from a directory in its work tree.
#[derive(Debug)]
pub struct Revisions {
    /// The repository.
    pub repository: Repository,
    /// The directory that holds its files, without links.
    pub work_tree: PathBuf,
}

/// A revision that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What it is called, for people.
    pub name: String,
    /// The commit.
    pub commit: ObjectId,
    /// Whether it is a branch, here or as it was last seen elsewhere.
    pub is_branch: bool,
}

impl Revisions {
    /// The repository whose work tree holds a directory without links; none if there is none.
    ///
    /// # Errors
    ///
    /// Why it cannot be opened.
    pub fn around(directory: &Path) -> Result<Option<Self>, String> {
        let Some(tree) = WorkTree::around(directory) else { return Ok(None) };
        let repository = open(&tree, References::All).map_err(|error| {
            format!("git data of `{}` cannot be read: {error}", tree.path.display())
        })?;
        Ok(Some(Self { repository, work_tree: tree.path }))
    }

    /// The revision of that name; none if there is none.
    ///
    /// # Errors
    ///
    /// Why git's data cannot be read, or why the name means no commit.
    pub fn find(&self, name: &str) -> Result<Option<Revision>, String> {
        // A missing revision and unreadable data are not told apart.
        let Ok(id) = self.repository.rev_parse_single(name) else { return Ok(None) };
        let object = id.object().map_err(|error| self.explain(&error))?;
        let commit = object
            .peel_to_commit()
            .map_err(|_| format!("`{name}` is no commit: expected a branch, a tag or a commit"))?;
        let reference = self.repository.try_find_reference(name).ok().flatten();
        let category = reference.as_ref().and_then(|reference| reference.name().category());
        let is_branch = matches!(category, Some(Category::LocalBranch | Category::RemoteBranch));
        Ok(Some(Revision { name: name.to_owned(), commit: commit.id, is_branch }))
    }

    /// Why there is no revision of that name, and what was probably meant.
    #[must_use]
    pub fn missing(&self, name: &str) -> String {
        let branches = self.branches();
        let suffix = format!("/{name}");
        let elsewhere = branches.iter().find(|branch| branch.ends_with(&suffix));
        let near = elsewhere.map(String::as_str);
        let near = near.or_else(|| nearest(name, branches.iter().map(String::as_str)));
        let lead = format!("there is neither a revision nor a directory `{name}`");
        match near {
            Some(near) => format!("{lead}; did you mean `{near}`?"),
            None if self.is_shallow() => {
                format!("{lead}; this clone is shallow and may lack it{}", self.how_to_fetch(name))
            }
            None => lead,
        }
    }

    /// How to get a revision that a shallow clone lacks, by what git accepts.
    fn how_to_fetch(&self, name: &str) -> String {
        let remotes = self.repository.remote_names();
        let remotes: Vec<&str> =
            remotes.iter().filter_map(|name| std::str::from_utf8(name).ok()).collect();
        let of_remote =
            |remote: &&&str| name.strip_prefix(**remote).is_some_and(|rest| rest.starts_with('/'));
        let origin = remotes.iter().find(|remote| **remote == "origin");
        let Some(remote) = remotes.iter().find(of_remote).or(origin).or(remotes.first()) else {
            return String::new();
        };
        let branch = name.strip_prefix(*remote).and_then(|rest| rest.strip_prefix('/'));
        let branch = branch.unwrap_or(name);
        let in_actions = "(in GitHub Actions: `fetch-depth: 0`)";
        let rest = format!(": fetch the rest with `git fetch --unshallow {remote}`");
        if !can_be_fetched(branch) {
            return format!("{rest} {in_actions}");
        }
        format!(
            "{rest} {in_actions}; what is not in it then comes with `git fetch {remote} {branch}`, \
             as `FETCH_HEAD`"
        )
    }

    /// The commit at which a revision parted from another one.
    ///
    /// # Errors
    ///
    /// Their histories do not meet, as far as they are here; what to fetch if they may elsewhere.
    pub fn merge_base(&self, base: &Revision, head: &Revision) -> Result<ObjectId, String> {
        let found = self.repository.merge_base(base.commit, head.commit);
        let (base, head) = (&base.name, &head.name);
        match found {
            Ok(Some(id)) => Ok(id.detach()),
            _ if self.is_shallow() => Err(format!(
                "this clone is shallow, and where `{head}` parted from `{base}` is not in it: \
                 fetch the rest with `git fetch --unshallow` (in GitHub Actions: `fetch-depth: 0`)"
            )),
            Ok(None) => Err(format!(
                "`{base}` and `{head}` have no commit in common; to compare them as they are, name \
                 the commit of `{base}`"
            )),
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// Why git's data cannot be read.
    #[must_use]
    pub fn explain(&self, error: &gix::Error) -> String {
        explain(&self.work_tree, error)
    }

    fn is_shallow(&self) -> bool {
        self.repository.is_shallow().unwrap_or(false)
    }

    /// The names of all branches, here and as they were last seen elsewhere, sorted.
    fn branches(&self) -> Vec<String> {
        let Ok(references) = self.repository.references() else { return Vec::new() };
        let (local, remote) = (references.local_branches(), references.remote_branches());
        let all = local.into_iter().flatten().chain(remote.into_iter().flatten());
        let names = all.filter_map(Result::ok).take(BRANCHES_MAX);
        let mut names: Vec<String> =
            names.map(|branch| branch.name().shorten().to_string()).collect();
        names.sort();
        names
    }
}

/// Whether a name can be the branch, the tag or the whole commit that `git fetch` is asked for; not
/// something that is told from one, such as `HEAD~1`, and no commit that is cut short.
fn can_be_fetched(name: &str) -> bool {
    let is_cut_short =
        name.bytes().all(|byte| byte.is_ascii_hexdigit()) && (4..40).contains(&name.len());
    let is_name = gix::validate::reference::name_partial(name.into()).is_ok();
    is_name && !is_cut_short && !name.starts_with('-') && !matches!(name, "@" | "HEAD")
}

fn explain(work_tree: &Path, error: &gix::Error) -> String {
    format!("git data of `{}` cannot be read: {error}", work_tree.display())
}
