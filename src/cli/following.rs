//! The options that say which repository is followed, and how.

use std::path::{Component, Path};

use clap::builder::BoolishValueParser;

use crate::source::{
    file_kind::shown,
    git::{followed::GitOptions, location::Location},
    read::SourceOptions,
};

/// How many commits are looked at for one that can be served, if nothing is said.
pub const DEPTH_DEFAULT: u32 = 50;

/// Which repository is followed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Git as the source")]
pub struct GitArguments {
    /// Follow a git repository itself: each ROOT is a path inside it, and is read from its commits.
    /// A path or `file:///…`, bare or with a work tree, whose files are not looked at
    #[arg(long = "git", value_name = "LOCATION", env = "FLAGSTAFF_GIT")]
    location: Option<String>,
    /// The branch, the tag or the full name of the ref to follow [default: what HEAD names]
    #[arg(long = "ref", value_name = "REF", env = "FLAGSTAFF_REF", value_parser = reference)]
    reference: Option<String>,
    /// How many commits to look at for one that can be served, the newest included
    #[arg(
        long,
        value_name = "COUNT",
        env = "FLAGSTAFF_GIT_DEPTH",
        default_value_t = DEPTH_DEFAULT,
        value_parser = clap::value_parser!(u32).range(1..=10_000),
    )]
    git_depth: u32,
    /// Reject a commit that does not descend from the one that is served, instead of warning
    #[arg(long, env = "FLAGSTAFF_FAST_FORWARD_ONLY", value_parser = BoolishValueParser::new())]
    fast_forward_only: bool,
}

impl GitArguments {
    /// What is to be followed; none if it is directories.
    ///
    /// # Errors
    ///
    /// Why the options make no sense together, in one line.
    pub fn options(
        self,
        source: &SourceOptions,
        commit_file: Option<&Path>,
    ) -> Result<Option<GitOptions>, String> {
        let Self { location, reference, git_depth, fast_forward_only } = self;
        let Some(location) = location else {
            return match (reference, fast_forward_only) {
                (Some(_), _) => Err(alone("--ref")),
                (None, true) => Err(alone("--fast-forward-only")),
                (None, false) => Ok(None),
            };
        };
        // Not while arguments are read: what is wrong with them is shown whole, passwords too.
        let location: Location =
            location.parse().map_err(|problem| format!("`--git`: {problem}"))?;
        if let Some(file) = commit_file {
            return Err(format!(
                "`--commit-file {}` has no place beside `--git`, which knows the commit",
                file.display()
            ));
        }
        let is_inside = |root: &&std::path::PathBuf| {
            root.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        };
        if let Some(root) = source.roots.iter().find(|root| !is_inside(root)) {
            return Err(format!(
                "with `--git`, each ROOT is a path inside the repository, such as `flags`: `{}` \
                 is none",
                shown(root, "")
            ));
        }
        let depth = usize::try_from(git_depth).unwrap_or(usize::MAX);
        Ok(Some(GitOptions { location, reference, depth, fast_forward_only }))
    }
}

fn alone(option: &str) -> String {
    format!("`{option}` is about the repository that `--git LOCATION` follows, which is not given")
}

fn reference(text: &str) -> Result<String, String> {
    let is_name = gix::validate::reference::name_partial(text.into()).is_ok();
    if !is_name || text.starts_with('-') {
        return Err("expected a branch, a tag or a full name such as `refs/heads/main`".to_owned());
    }
    Ok(text.to_owned())
}
