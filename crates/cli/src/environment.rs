//! Everything taken from the process's surroundings, read in this one place.

use plumb_model::{Holder, RunId};
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

/// The surroundings of the process.
#[derive(Debug, Default)]
pub(crate) struct Environment;

#[expect(clippy::unused_self, reason = "the surroundings are a value, so that they are passed on")]
impl Environment {
    /// An environment variable that is set, not empty, and valid text.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// The wall clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    /// All of standard input, as text.
    pub(crate) fn standard_input(&self) -> std::io::Result<String> {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text)?;
        Ok(text)
    }

    /// Whether a person can be asked: both standard input and standard error are a terminal, and
    /// this is not a CI job.
    pub(crate) fn is_interactive(&self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !self.is_ci()
    }

    /// Whether this is a CI job, where lines are printed instead of moving bars.
    pub(crate) fn is_ci(&self) -> bool {
        self.variable("CI").is_some_and(|value| value != "false" && value != "0")
    }

    /// The operator's configuration folder.
    pub(crate) fn configuration(&self) -> Option<PathBuf> {
        let named = self.variable("XDG_CONFIG_HOME").map(PathBuf::from);
        let home = || self.variable("HOME").map(|home| PathBuf::from(home).join(".config"));
        named.or_else(home).map(|folder| folder.join("plumb"))
    }

    /// User and host of a run, and the CI run's page where there is one.
    pub(crate) fn who(&self, run: &RunId) -> Holder {
        let first = |names: &[&str]| names.iter().find_map(|name| self.variable(name));
        let unknown = || "unknown".to_owned();
        let user = first(&["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"]);
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let host = host.map(|host| host.trim().to_owned()).or_else(|| first(&["HOSTNAME"]));
        let url = self.github_run().or_else(|| first(&["CI_JOB_URL", "BUILD_URL"]));
        let (user, host) = (user.unwrap_or_else(unknown), host.unwrap_or_else(unknown));
        Holder { user, host, run: run.clone(), url }
    }

    fn github_run(&self) -> Option<String> {
        let server = self.variable("GITHUB_SERVER_URL")?;
        let repository = self.variable("GITHUB_REPOSITORY")?;
        Some(format!("{server}/{repository}/actions/runs/{}", self.variable("GITHUB_RUN_ID")?))
    }
}
