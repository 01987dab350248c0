//! A machine on which a job runs: folders of its own, and a shell that may be killed at any time.

use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A machine, which ends with this; what is left on it is searched for secrets.
#[derive(Debug)]
pub(crate) struct Machine(tempfile::TempDir);

/// Says when the machine dies.
pub(crate) type Dies<'g> = Option<Box<dyn Fn() -> bool + 'g>>;

impl Drop for Machine {
    fn drop(&mut self) {
        super::keep_quiet_of_secrets(self.0.path());
    }
}

impl Machine {
    pub(crate) fn new() -> Self {
        let machine = tempfile::tempdir().unwrap();
        for folder in ["work", "temp", "home"] {
            fs::create_dir(machine.path().join(folder)).unwrap();
        }
        Self(machine)
    }

    /// Where something is on it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Where something is on it, for a variable.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Runs a script in the clone; its code, -1 when it was killed, and what it said.
    pub(crate) fn bash(
        &self,
        script: &str,
        seen: &BTreeMap<String, String>,
        dies: &Dies<'_>,
    ) -> (i32, String) {
        let file = self.path("script");
        fs::write(&file, script).unwrap();
        let said = fs::File::create(self.path("said")).unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file);
        command.current_dir(self.path("work")).env_clear().envs(seen).process_group(0);
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let mut child = command.spawn().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if dies.as_ref().is_some_and(|dies| dies()) {
                kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
                break child.wait().unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        (status.code().unwrap_or(-1), fs::read_to_string(self.path("said")).unwrap())
    }
}
