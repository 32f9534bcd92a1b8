//! One fetch: asks which commit a ref names elsewhere, and brings what is missing of it.

use std::{num::NonZeroU32, path::PathBuf, sync::Arc, sync::atomic::AtomicBool};

use gix::{
    ObjectId, Repository,
    bstr::BString,
    progress::Discard,
    protocol::transport::{
        Protocol,
        client::blocking_io::{Transport, http},
    },
    refs::transaction::PreviousValue,
    remote::{
        Direction,
        fetch::{Shallow, Tags},
        ref_map,
    },
};
use hyper::header::HeaderValue;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::source::{
    door::read_text,
    git::remote::{
        cache::Cache,
        exchange::{Exchange, FetchLimits},
        http::HttpClient,
        location::RemoteLocation,
        proxy::{Proxies, basic},
        stream::{Ssh, SshOptions, Watch, daemon},
    },
};

/// The local ref that names what was fetched last.
pub const FETCHED: &str = "refs/flagstaff/fetched";

/// How large a file with a token may be, in bytes.
const TOKEN_BYTES_MAX: u64 = 16 << 10;

/// How large a file with certificates may be, in bytes.
const CERTIFICATES_BYTES_MAX: u64 = 4 << 20;

/// The name beside a token: GitHub wants this one, and the others take any.
const TOKEN_USER: &str = "x-access-token";

/// What is fetched, and how.
#[derive(Clone, Debug)]
pub struct RemoteOptions {
    /// Where the repository is.
    pub location: RemoteLocation,
    /// The branch, the tag or the full name; none for what its HEAD names.
    pub reference: Option<String>,
    /// How many commits of its history are brought.
    pub depth: NonZeroU32,
    /// The bounds of one fetch.
    pub limits: FetchLimits,
    /// A file that holds a token, or a user and a password.
    pub token_file: Option<PathBuf>,
    /// A file with the certificates of authorities, in the place of the system's.
    pub ca_file: Option<PathBuf>,
    /// How `ssh` is used.
    pub ssh: SshOptions,
    /// The proxies that there are.
    pub proxies: Proxies,
}

/// Why there was no fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchProblem {
    /// In one line, for people.
    pub message: String,
    /// Whether the cache may be in the way, so that one that is made anew may help.
    pub is_of_cache: bool,
}

impl FetchProblem {
    fn elsewhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), is_of_cache: false }
    }

    /// What the connection says of itself, if anything: it knows better why it ended.
    fn or_told(self, message: Option<String>) -> Self {
        message.map_or(self, Self::elsewhere)
    }
}

impl RemoteOptions {
    /// Brings what is new, or everything `anew`; true if there was anything.
    ///
    /// # Errors
    ///
    /// Why it cannot be brought. What there was before is still there.
    pub fn fetch(
        &self,
        cache: &Cache,
        anew: bool,
        stop: &AtomicBool,
    ) -> Result<bool, FetchProblem> {
        let current = cache.current().filter(|_| !anew && !cache.is_full());
        if let Some(repository) = current {
            match self.bring(&repository, false, stop) {
                Err(problem) if problem.is_of_cache => {}
                result => return result,
            }
        }
        let repository = cache.begin().map_err(FetchProblem::elsewhere)?;
        let brought = self.bring(&repository, true, stop).and_then(|_| {
            drop(repository);
            cache.finish().map_err(FetchProblem::elsewhere)
        });
        if brought.is_err() {
            cache.abandon();
        }
        brought.map(|()| true)
    }

    /// Fetches into a repository.
    fn bring(
        &self,
        repository: &Repository,
        is_new: bool,
        stop: &AtomicBool,
    ) -> Result<bool, FetchProblem> {
        match &self.location {
            RemoteLocation::Http(address) => {
                let client = HttpClient::new(self.exchange(address)?);
                let url = gix::Url::try_from(address.url().as_str())
                    .map_err(|error| FetchProblem::elsewhere(error.to_string()))?;
                let transport = http::Transport::new_http(client.clone(), url, Protocol::V2, false);
                let brought = self.bring_by(repository, is_new, transport, stop);
                brought.map_err(|problem| problem.or_told(client.problem()))
            }
            RemoteLocation::Daemon(address) => {
                let watch = Watch::new(self.limits);
                let transport = daemon(address, &watch).map_err(FetchProblem::elsewhere)?;
                let brought = self.bring_by(repository, is_new, transport, stop);
                brought.map_err(|problem| problem.or_told(watch.problem()))
            }
            RemoteLocation::Ssh(address) => {
                let watch = Watch::new(self.limits);
                let (ssh, transport) =
                    Ssh::start(address, &self.ssh, &watch).map_err(FetchProblem::elsewhere)?;
                let brought = self.bring_by(repository, is_new, transport, stop);
                brought.map_err(|problem| {
                    problem.or_told(watch.problem().or_else(|| ssh.last_words()))
                })
            }
        }
    }

    fn exchange(
        &self,
        address: &crate::source::git::remote::address::HttpAddress,
    ) -> Result<Exchange, FetchProblem> {
        let credentials = self.credentials().map_err(FetchProblem::elsewhere)?;
        let tls = self.tls().map_err(FetchProblem::elsewhere)?;
        let proxies = self.proxies.clone();
        Exchange::new(address.clone(), credentials, Arc::new(tls), proxies, self.limits)
            .map_err(|error| FetchProblem::elsewhere(error.to_string()))
    }

    fn bring_by<T: Transport>(
        &self,
        repository: &Repository,
        is_new: bool,
        transport: T,
        stop: &AtomicBool,
    ) -> Result<bool, FetchProblem> {
        let failed = |error: gix::Error| FetchProblem { message: chain(&error), is_of_cache: true };
        let names = self.names();
        let specs = names.iter().map(|(name, local)| BString::from(format!("+{name}:{local}")));
        let remote = repository.remote_at(self.location.url().as_str()).map_err(failed)?;
        let remote = remote.with_refspecs(specs, Direction::Fetch).map_err(failed)?;
        let remote = remote.with_fetch_tags(Tags::None);
        let connection = remote.to_connection_with_transport(transport);
        let prepared = connection.prepare_fetch(Discard, ref_map::Options::default());
        let prepared = prepared.map_err(failed)?;
        let map = prepared.ref_map();
        let found = names.iter().find_map(|(name, _)| {
            let is_it = |name: &str, found: Option<&gix::bstr::BStr>| {
                found.is_some_and(|found| found == name.as_bytes())
            };
            let mut mappings = map.mappings.iter();
            mappings.find(|mapping| is_it(name, mapping.remote.as_name()))
        });
        let tip = found.and_then(|mapping| mapping.remote.peeled_id()).map(ToOwned::to_owned);
        let Some(tip) = tip else {
            return Err(FetchProblem::elsewhere(match &self.reference {
                None => "it has no commit yet, or no `HEAD`".to_owned(),
                Some(name) if name.starts_with("refs/") => format!("it has no reference `{name}`"),
                Some(name) => format!("it has no branch or tag `{name}`"),
            }));
        };
        if named(repository) == Some(tip) && repository.has_object(tip) {
            return Ok(false);
        }
        let shallow = if is_new { Shallow::DepthAtRemote(self.depth) } else { Shallow::NoChange };
        prepared.with_shallow(shallow).receive(Discard, stop).map_err(failed)?;
        let message = "fetched";
        repository.reference(FETCHED, tip, PreviousValue::Any, message).map_err(failed)?;
        Ok(true)
    }

    /// The references that may be meant there, the first first, and what each is called here.
    fn names(&self) -> Vec<(String, &'static str)> {
        match &self.reference {
            None => vec![("HEAD".to_owned(), "refs/flagstaff/head")],
            Some(full) if full.starts_with("refs/") => {
                vec![(full.clone(), "refs/flagstaff/full")]
            }
            Some(name) => vec![
                (format!("refs/heads/{name}"), "refs/flagstaff/branch"),
                (format!("refs/tags/{name}"), "refs/flagstaff/tag"),
            ],
        }
    }

    /// What is sent to show who asks: the file is read each time, since tokens are renewed.
    fn credentials(&self) -> Result<Option<HeaderValue>, String> {
        let Some(file) = &self.token_file else { return Ok(None) };
        let shown = file.display();
        let text = read_text(file, TOKEN_BYTES_MAX)
            .map_err(|error| format!("`{shown}`, which is `--git-token-file`: {error}"))?;
        let line = text.trim();
        let (user, password) = line.split_once(':').unwrap_or((TOKEN_USER, line));
        if password.is_empty() || line.contains(char::is_control) {
            return Err(format!(
                "`{shown}`, which is `--git-token-file`, must hold one line: a token, or a user \
                 and a password with `:` between them"
            ));
        }
        Ok(basic(user, password))
    }

    fn tls(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.ca_file {
            let shown = file.display();
            let text = read_text(file, CERTIFICATES_BYTES_MAX)
                .map_err(|error| format!("`{shown}`, which is `--git-ca-file`: {error}"))?;
            for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
                let added = certificate
                    .map_err(|error| error.to_string())
                    .and_then(|one| roots.add(one).map_err(|error| error.to_string()));
                added.map_err(|error| format!("`{shown}`, which is `--git-ca-file`: {error}"))?;
            }
            if roots.is_empty() {
                return Err(format!(
                    "`{shown}`, which is `--git-ca-file`, holds no certificate: expected PEM"
                ));
            }
        } else {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        let is_https = self.location.url().starts_with("https:");
        if roots.is_empty() && is_https {
            return Err("this system has no certificates of authorities: install them (Debian: \
                 `ca-certificates`), or name a file with `--git-ca-file`"
                .to_owned());
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?;
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

/// What was fetched last.
fn named(repository: &Repository) -> Option<ObjectId> {
    let mut reference = repository.try_find_reference(FETCHED).ok()??;
    reference.peel_to_id().ok().map(gix::Id::detach)
}

/// An error with what lies behind it.
fn chain(error: &gix::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        let said = deeper.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = deeper.source();
    }
    text.replace(char::is_control, " ")
}
