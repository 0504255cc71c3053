//! Debug files from servers, by build id: only where the user has turned that on.
//!
//! The protocol and the folder of what was downloaded are those of elfutils' `debuginfod-find`,
//! so that other tools need not download it again.
//!
//! ```text
//! GET https://server/buildid/BUILDID/debuginfo ─▶ ~/.cache/debuginfod_client/BUILDID/debuginfo
//! ```

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::Job;
use crate::symbols::{Finding, Tried};

/// How many files one recording may make us ask for: a system has some hundred binaries.
const MAX_ASKED: u64 = 256;

/// For how long a server that has no file is not asked again, as elfutils' client does it.
const ASK_AGAIN_AFTER: Duration = Duration::from_mins(10);

/// How long it may take until a server answers at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much is read at once.
const STEP: usize = 256 << 10;

/// Which servers to ask, and where to keep what they answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debuginfod {
    /// Addresses such as `https://debuginfod.example.org`, asked in this order.
    pub urls: Vec<String>,
    /// The folder of what was downloaded.
    pub cache: PathBuf,
    /// How long one file may take.
    pub timeout: Duration,
    /// How long one file may be.
    pub max_bytes: u64,
}

impl Debuginfod {
    /// The servers in `DEBUGINFOD_URLS`, with the other variables that elfutils' client knows;
    /// `None` if there are none, or no folder to keep files in.
    pub fn from_environment() -> Option<Self> {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let number = |name| text(name)?.trim().parse::<u64>().ok().filter(|&number| number > 0);
        let folder = |name| std::env::var_os(name).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let urls = text("DEBUGINFOD_URLS")?;
        let urls = urls.split_whitespace().map(|url| url.trim_end_matches('/').to_owned());
        let urls: Vec<String> = urls.filter(|url| is_web(url)).collect();
        let in_caches = || {
            let caches = folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache")));
            Some(caches.or_else(|| folder("LOCALAPPDATA"))?.join("debuginfod_client"))
        };
        let cache = folder("DEBUGINFOD_CACHE_PATH").or_else(in_caches)?;
        let timeout = Duration::from_secs(number("DEBUGINFOD_TIMEOUT").unwrap_or(90));
        let max_bytes = number("DEBUGINFOD_MAXSIZE").unwrap_or(4 << 30);
        (!urls.is_empty()).then_some(Self { urls, cache, timeout, max_bytes })
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The debug information of a binary.
    DebugInfo,
    /// The binary itself.
    Executable,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::DebugInfo => "debuginfo",
            Self::Executable => "executable",
        }
    }
}

/// Downloads files for a job.
#[derive(Debug)]
pub(super) struct Downloads<'a> {
    servers: &'a Debuginfod,
    job: &'a Job,
    agent: ureq::Agent,
    asked: AtomicU64,
}

impl<'a> Downloads<'a> {
    /// `None` unless the user has turned them on.
    pub(super) fn new(job: &'a Job) -> Option<Self> {
        let servers = job.options().debuginfod.as_ref()?;
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(servers.timeout))
            .timeout_connect(Some(CONNECT_TIMEOUT.min(servers.timeout)))
            .http_status_as_error(false)
            .user_agent(concat!("rview/", env!("CARGO_PKG_VERSION")))
            .build();
        Some(Self { servers, job, agent: config.into(), asked: AtomicU64::new(0) })
    }

    /// The file of a build, once it is downloaded. Notes what was asked and what came back.
    pub(super) fn fetch(
        &self,
        build_id: &str,
        kind: Kind,
        tried: &mut Vec<Tried>,
    ) -> Option<PathBuf> {
        let is_digits = build_id.len() >= 8 && build_id.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_digits || self.job.is_cancelled() {
            return None;
        }
        let folder = self.servers.cache.join(build_id);
        let path = folder.join(kind.name());
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() > 0 => return Some(path),
            Ok(metadata) if is_recent(&metadata) => {
                tried.push(Tried { path, found: Finding::NotOnServers });
                return None;
            }
            _ => {}
        }
        if self.asked.fetch_add(1, Ordering::Relaxed) >= MAX_ASKED {
            tried.push(Tried { path, found: Finding::OverBudget });
            return None;
        }
        let mut is_nowhere = true;
        for url in &self.servers.urls {
            let url = format!("{url}/buildid/{build_id}/{}", kind.name());
            let result = self.download(&url, &folder, &path);
            let found = match &result {
                Ok(bytes) => Finding::Downloaded { bytes: *bytes },
                Err(Failure::NotThere) => Finding::NotOnServer,
                Err(Failure::Other(why)) => Finding::NotDownloaded { why: why.clone() },
            };
            is_nowhere &= found == Finding::NotOnServer;
            tried.push(Tried { path: url.into(), found });
            if result.is_ok() {
                return Some(path);
            }
        }
        if is_nowhere {
            // An empty file says so for a while.
            let _: io::Result<()> =
                std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, b""));
        }
        None
    }

    /// Downloads a file to a path, and gives its length. It is there whole, or not at all.
    fn download(&self, url: &str, folder: &Path, path: &Path) -> Result<u64, Failure> {
        let mut response = self.agent.get(url).call().map_err(|err| other(&err))?;
        match response.status().as_u16() {
            200 => {}
            404 => return Err(Failure::NotThere),
            status => return Err(Failure::Other(format!("the server answered {status}"))),
        }
        let too_long = || {
            let mib = self.servers.max_bytes >> 20;
            Failure::Other(format!("longer than {mib} MiB"))
        };
        if response.body().content_length().is_some_and(|len| len > self.servers.max_bytes) {
            return Err(too_long());
        }
        std::fs::create_dir_all(folder).map_err(|err| other(&err))?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|err| other(&err))?;
        // One more than allowed, to notice that there is more.
        let limit = self.servers.max_bytes.saturating_add(1);
        let mut body = response.body_mut().with_config().limit(limit.saturating_add(1)).reader();
        let mut buffer = vec![0; STEP];
        let mut len = 0_u64;
        loop {
            if self.job.is_cancelled() {
                return Err(Failure::Other("cancelled".to_owned()));
            }
            let n_read = body.read(&mut buffer).map_err(|err| other(&err))?;
            let Some(read) = buffer.get(..n_read).filter(|read| !read.is_empty()) else { break };
            len = len.saturating_add(n_read as u64);
            if len > self.servers.max_bytes {
                return Err(too_long());
            }
            file.write_all(read).map_err(|err| other(&err))?;
        }
        if len == 0 {
            return Err(Failure::Other("the server sent an empty file".to_owned()));
        }
        file.persist(path).map_err(|err| other(&err.error))?;
        Ok(len)
    }
}

/// Why a file was not downloaded.
enum Failure {
    /// The server has none.
    NotThere,
    Other(String),
}

fn other(err: &dyn std::error::Error) -> Failure {
    Failure::Other(err.to_string())
}

fn is_recent(metadata: &std::fs::Metadata) -> bool {
    let modified = metadata.modified().ok();
    let age = modified.and_then(|time| SystemTime::now().duration_since(time).ok());
    age.is_some_and(|age| age < ASK_AGAIN_AFTER)
}
