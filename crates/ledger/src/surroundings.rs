//! What of the process's surroundings the stores of ledgers may use. This crate reads none of it but the clock.

use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Variables that git, and what it calls to reach a server, may see.
pub(crate) const PASSED: [&str; 24] = [
    "PATH",
    "HOME",
    "USER",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GITHUB_TOKEN",
    "GH_TOKEN",
];

/// What the stores may use.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// Where what lives as long as the process may be kept.
    pub temporary: PathBuf,
    /// How long a sign of life of a run that holds a shared ledger is to hold; none for what is usual
    /// for the store.
    pub promise: Option<Duration>,
    /// Certificates, in DER, of authorities that connections to a bucket trust besides the system's.
    pub authorities: Vec<Vec<u8>>,
}

impl Surroundings {
    /// Whether a store uses a variable of this name.
    #[must_use]
    pub fn uses(name: &str) -> bool {
        let of_a_storage = ["AWS_", "GOOGLE_", "AZURE_"];
        of_a_storage.iter().any(|letters| name.starts_with(letters)) || PASSED.contains(&name)
    }

    /// The variables whose names begin so.
    pub(crate) fn beginning(&self, letters: &str) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        variables.filter(move |(name, _)| name.starts_with(letters))
    }
}

/// Now, by this machine.
#[expect(clippy::disallowed_methods, reason = "a store on a network is as real as the clock is")]
pub(crate) fn clock() -> Timestamp {
    Timestamp::now()
}
