//! Everything taken from the process's surroundings, read in this one place.

use etcetera::base_strategy::{BaseStrategy, Xdg};
use plumb_ledger::Surroundings;
use plumb_model::{Holder, RunId};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::path::PathBuf;
use std::process::Command;

/// What the names of variables begin with that manifests may read.
const VALUES: &str = "PLUMB_VAR_";

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

    /// A program of the operator's that gives a key. It sees the environment without the values
    /// that manifests may read, and without these variables, which hold other keys.
    pub(crate) fn key_program(&self, program: &str, keys: &BTreeSet<String>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let known = name.to_string_lossy();
            if known.starts_with(VALUES) || keys.contains(&*known) {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Leaves no picture of the memory, keys and all, on a disk when the process crashes. Where the
    /// system does not allow to say so, its own setting holds.
    pub(crate) fn without_core_dumps(&self) {
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = setrlimit(Resource::Core, none);
    }

    /// Git, which needs to find its own files and nothing else of the environment, and runs no program
    /// that a repository names.
    pub(crate) fn git(&self) -> Command {
        const PASSED: [&str; 8] = [
            "PATH",
            "HOME",
            "XDG_CONFIG_HOME",
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_CONFIG_GLOBAL",
            "GIT_CONFIG_SYSTEM",
            "GIT_CONFIG_NOSYSTEM",
        ];
        let passed = PASSED.into_iter().filter_map(|name| Some((name, self.variable(name)?)));
        let mut command = Command::new("git");
        command.env_clear().envs(passed);
        command.args([
            "--no-pager",
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ]);
        command
    }

    /// What the stores of ledgers may use of the environment.
    pub(crate) fn surroundings(&self) -> Surroundings {
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let known = std::env::vars_os().filter_map(text);
        Surroundings {
            variables: known.filter(|(name, _)| Surroundings::uses(name)).collect(),
            temporary: std::env::temp_dir(),
            promise: None,
            authorities: Vec::new(),
        }
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
        Some(Xdg::new().ok()?.config_dir().join("plumb"))
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
