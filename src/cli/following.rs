//! The options that say which repository is followed, and how.
#![expect(clippy::disallowed_methods, reason = "the names of proxies and of a cache enter here")]

use std::{
    env,
    num::NonZeroU32,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use clap::builder::BoolishValueParser;
use sha2::{Digest, Sha256};

use crate::{
    cli::roots::local_path,
    reload::room::Size,
    source::{
        file_kind::shown,
        git::{
            followed::{GitOptions, GitSource, RemoteSource},
            remote::{
                exchange::FetchLimits,
                fetch::RemoteOptions,
                location::{Location, RemoteLocation},
                proxy::Proxies,
                stream::SshOptions,
            },
        },
        read::SourceOptions,
    },
};

/// How many commits are looked at for one that can be served, if nothing is said.
pub const DEPTH_DEFAULT: u32 = 50;

/// How many bytes one fetch may bring, if nothing is said.
const BYTES_MAX_DEFAULT: u64 = 256 << 20;

/// Which repository is followed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Git as the source")]
pub struct GitArguments {
    /// Follow a git repository itself: each ROOT is a path inside it, and is read from its commits.
    /// A path or `file:///…`, bare or with a work tree, whose files are not looked at; or
    /// `https://…`, `ssh://…`, `git@HOST:PATH`, `git://…`, `http://…`, which is fetched
    #[arg(long = "git", value_name = "LOCATION", env = "FLAGSTAFF_GIT")]
    location: Option<String>,
    /// The branch, the tag or the full name of the ref to follow [default: what HEAD names]
    #[arg(long = "ref", value_name = "REF", env = "FLAGSTAFF_REF", value_parser = reference)]
    reference: Option<String>,
    /// How many commits to look at for one that can be served, the newest included; as many are
    /// fetched
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
    /// Where to keep what is fetched: a directory that no other process uses, and that may be
    /// emptied at any time [default: one in the user's cache]
    #[arg(long, value_name = "DIR", env = "FLAGSTAFF_GIT_DIR", value_parser = local_path())]
    git_dir: Option<PathBuf>,
    /// How often to look whether there is a new commit, give or take a tenth
    #[arg(
        long,
        value_name = "SECONDS",
        env = "FLAGSTAFF_GIT_INTERVAL",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(1..=86_400),
    )]
    git_interval: u32,
    /// How long one fetch may take
    #[arg(
        long,
        value_name = "SECONDS",
        env = "FLAGSTAFF_GIT_TIMEOUT",
        default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(1..=3600),
    )]
    git_timeout: u32,
    /// How many bytes one fetch may bring, such as `64MiB` [default: 256MiB]
    #[arg(long, value_name = "SIZE", env = "FLAGSTAFF_GIT_BYTES_MAX")]
    git_bytes_max: Option<Size>,
    /// A file that holds a token for `https://`, or `USER:PASSWORD`; read anew for each fetch
    #[arg(long, value_name = "FILE", env = "FLAGSTAFF_GIT_TOKEN_FILE", value_parser = local_path())]
    git_token_file: Option<PathBuf>,
    /// A file with the certificates of authorities (PEM), in the place of the system's
    #[arg(long, value_name = "FILE", env = "FLAGSTAFF_GIT_CA_FILE", value_parser = local_path())]
    git_ca_file: Option<PathBuf>,
    /// A private key for `ssh`
    #[arg(long, value_name = "FILE", env = "FLAGSTAFF_GIT_SSH_KEY", value_parser = local_path())]
    git_ssh_key: Option<PathBuf>,
    /// The keys of servers that `ssh` may connect to [default: the user's and the system's]
    #[arg(
        long,
        value_name = "FILE",
        env = "FLAGSTAFF_GIT_KNOWN_HOSTS",
        value_parser = local_path(),
    )]
    git_known_hosts: Option<PathBuf>,
}

impl GitArguments {
    /// What is to be followed; none if it is directories.
    ///
    /// # Errors
    ///
    /// Why the options make no sense together, in one line.
    pub fn options(
        mut self,
        source: &SourceOptions,
        commit_file: Option<&Path>,
    ) -> Result<Option<GitOptions>, String> {
        let Some(location) = self.location.take() else { return self.without().map(|()| None) };
        // Not while arguments are read: what is wrong with them is shown whole, passwords too.
        let location: Location =
            location.parse().map_err(|problem| format!("`--git`: {problem}"))?;
        if let Some(file) = commit_file {
            return Err(format!(
                "`--commit-file {}` has no place beside `--git`, which knows the commit",
                file.display()
            ));
        }
        let is_inside = |root: &&PathBuf| {
            root.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        };
        if let Some(root) = source.roots.iter().find(|root| !is_inside(root)) {
            return Err(format!(
                "with `--git`, each ROOT is a path inside the repository, such as `flags`: `{}` \
                 is none",
                shown(root, "")
            ));
        }
        let (reference, fast_forward_only) = (self.reference.clone(), self.fast_forward_only);
        let depth = usize::try_from(self.git_depth).unwrap_or(usize::MAX);
        let source = match location {
            Location::Directory(path) => {
                if let Some(option) = self.only_for_remotes() {
                    return Err(format!(
                        "`{option}` is about what is fetched, and nothing is fetched from `{}`",
                        path.display()
                    ));
                }
                GitSource::Directory(path)
            }
            Location::Remote(remote) => GitSource::Remote(Box::new(self.remote(remote)?)),
        };
        Ok(Some(GitOptions { source, reference, depth, fast_forward_only }))
    }

    /// That nothing is said of a repository where none is followed.
    fn without(&self) -> Result<(), String> {
        let option = match self {
            Self { reference: Some(_), .. } => Some("--ref"),
            Self { fast_forward_only: true, .. } => Some("--fast-forward-only"),
            _ => self.only_for_remotes(),
        };
        option.map_or(Ok(()), |option| {
            Err(format!(
                "`{option}` is about the repository that `--git LOCATION` follows, which is not \
                 given"
            ))
        })
    }

    /// An option that was given and means something only where something is fetched.
    fn only_for_remotes(&self) -> Option<&'static str> {
        let given = [
            ("--git-dir", self.git_dir.is_some()),
            ("--git-token-file", self.git_token_file.is_some()),
            ("--git-ca-file", self.git_ca_file.is_some()),
            ("--git-ssh-key", self.git_ssh_key.is_some()),
            ("--git-known-hosts", self.git_known_hosts.is_some()),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }

    fn remote(self, location: RemoteLocation) -> Result<RemoteSource, String> {
        if self.git_token_file.is_some() && !location.is_encrypted_http() {
            return Err(format!(
                "`--git-token-file` is for `https://`: `{}` would {}",
                location.url(),
                if location.is_http() { "show it to everybody on the way" } else { "not use it" }
            ));
        }
        let directory = match &self.git_dir {
            Some(directory) => directory.clone(),
            None => default_directory(&location, self.reference.as_deref())?,
        };
        let bytes = self.git_bytes_max.map_or(Some(BYTES_MAX_DEFAULT), |Size(bytes)| bytes);
        let limits = FetchLimits {
            time: Duration::from_secs(u64::from(self.git_timeout)),
            bytes: bytes.unwrap_or(u64::MAX),
        };
        let proxies = Proxies::of(|name| env::var(name).ok())?;
        let options = RemoteOptions {
            location,
            reference: self.reference,
            depth: NonZeroU32::new(self.git_depth).unwrap_or(NonZeroU32::MIN),
            limits,
            token_file: self.git_token_file,
            ca_file: self.git_ca_file,
            ssh: SshOptions { key: self.git_ssh_key, known_hosts: self.git_known_hosts },
            proxies,
        };
        let interval = Duration::from_secs(u64::from(self.git_interval));
        Ok(RemoteSource { options, directory, interval })
    }
}

/// A directory of our own in the user's cache, another one for each repository and ref.
fn default_directory(
    location: &RemoteLocation,
    reference: Option<&str>,
) -> Result<PathBuf, String> {
    let named = |name: &str| {
        let path = env::var_os(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute() && path.parent().is_some())
    };
    let cache = named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache")));
    let cache = cache.ok_or(
        "there is no directory to keep what is fetched (`XDG_CACHE_HOME` and `HOME` name none): \
         name one with `--git-dir`",
    )?;
    let digest = Sha256::digest(format!("{} {}", location.url(), reference.unwrap_or("HEAD")));
    let name = digest.iter().take(8).fold(0_u64, |name, byte| (name << 8) | u64::from(*byte));
    Ok(cache.join("flagstaff").join(format!("{name:016x}")))
}

fn reference(text: &str) -> Result<String, String> {
    let is_name = gix::validate::reference::name_partial(text.into()).is_ok();
    if !is_name || text.starts_with('-') {
        return Err("expected a branch, a tag or a full name such as `refs/heads/main`".to_owned());
    }
    Ok(text.to_owned())
}
