//! A repository in a temporary folder, an operator's environment, and the binary at work in them.

use crate::binary::plumb;
use crate::gate::{Gate, PATIENCE};
use crate::workload::Workload;
use plumb_ledger::{DiskFolder, Holding, Ledger, Store, Surroundings, journal};
use plumb_model::ledger::{Intent, Record};
use plumb_model::{Holder, LedgerView, RunId};
use plumb_tests::canary::keep::{self, Harness};
use std::fs;
use std::io::{Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The stack's name.
pub(crate) const STACK: &str = "fleet";

const STACK_FILE: &str = "\
apiVersion: plumb.dev/v1
kind: Stack
metadata:
  name: fleet
spec:
  prune: false
";

/// A repository and its operator.
#[derive(Debug)]
pub(crate) struct Site {
    folder: tempfile::TempDir,
    /// What its operator's environment holds besides.
    pub(crate) variables: Vec<(&'static str, String)>,
}

/// What stands in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Journal {
    /// Whole records.
    pub(crate) records: usize,
    /// Whether half of one follows.
    pub(crate) torn: bool,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code, or one of the constants below.
    pub(crate) code: i32,
    /// Standard output, then standard error.
    pub(crate) text: String,
}

/// A signal ended it.
pub(crate) const SIGNALLED: i32 = -1;
/// It did not end by itself.
pub(crate) const ENDLESS: i32 = -2;
/// It said that it panicked.
pub(crate) const PANICKED: i32 = -3;

impl Site {
    /// The repository of a workload, whose operator knows no cloud.
    pub(crate) fn unconnected(workload: Workload) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir(site.root()).unwrap();
        fs::write(site.root().join("plumb.yaml"), STACK_FILE).unwrap();
        fs::write(site.root().join("fleet.yaml"), workload.documents()).unwrap();
        site
    }

    /// The repository of a workload, connected to clouds.
    pub(crate) fn of(workload: Workload, gate: &Gate) -> Self {
        let endpoint = gate.endpoint.clone();
        keep::secret(&gate.rafay_key);
        keep::secret(&gate.voltage_park_key);
        let mut site = Self::unconnected(workload);
        site.variables = vec![
            ("PLUMB_RAFAY_ENDPOINT", endpoint.clone()),
            ("PLUMB_RAFAY_API_KEY", gate.rafay_key.clone()),
            ("PLUMB_VOLTAGE_PARK_ENDPOINT", endpoint),
            ("PLUMB_VOLTAGE_PARK_API_KEY", gate.voltage_park_key.clone()),
        ];
        site
    }

    /// Where the ledger is.
    fn store(&self) -> Store {
        let address = self.variables.iter().find(|(name, _)| *name == "PLUMB_LEDGER");
        let Some((_, address)) = address else { return Store::in_directory(&self.ledger()) };
        let variables = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        let surroundings = Surroundings {
            variables: variables.into(),
            temporary: self.folder.path().to_owned(),
            ..Surroundings::default()
        };
        Store::at(&self.root(), address, &surroundings).unwrap()
    }

    /// The repository's root.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("fleet")
    }

    /// The ledger's folder.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.root().join(".plumb")
    }

    /// A program in the repository's root, not started yet.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.root()).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", self.folder.path());
        command.env("USER", "tester").envs(self.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The binary, not started yet.
    pub(crate) fn plumb(&self, line: &str) -> Command {
        let mut command = self.program(&plumb());
        command.args(line.split(' '));
        command
    }

    /// The binary, started by a shell that prepares its surroundings first.
    pub(crate) fn prepared(&self, preparation: &str, line: &str) -> Command {
        let mut command = self.program("sh");
        let script = format!("{preparation}\nexec {} {line}", plumb());
        command.args(["-c", &script]);
        command
    }

    /// Starts the binary; what it prints waits in its pipes.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.plumb(line).spawn().unwrap()
    }

    /// Runs the binary to its end.
    pub(crate) fn run(&self, line: &str) -> Ran {
        finish(self.start(line))
    }

    /// What the ledger knows; read without its lock.
    pub(crate) fn view(&self) -> LedgerView {
        self.store().read(STACK).unwrap()
    }

    /// What the journal holds, if there is one yet.
    pub(crate) fn journal(&self) -> Option<Journal> {
        let (folder, mut records) = (DiskFolder::at(&self.ledger()), 0);
        let all = journal::Wanted::Everything;
        let segment = journal::read(&folder, 1, all, &mut |_| records += 1).ok()?;
        Some(Journal { records, torn: segment.torn })
    }

    /// Lets the time run out in which creates in doubt are looked for.
    pub(crate) fn settle_windows_pass(&self) {
        let open: Vec<Intent> = self.view().open_intents.into_values().collect();
        if open.is_empty() {
            return;
        }
        let aged = |intent: Intent| Record::IntentOpened(Intent { deadline: intent.at, ..intent });
        self.open_ledger().record(open.into_iter().map(aged).collect()).unwrap();
    }

    /// The ledger, made when it is not there yet, with its lock.
    pub(crate) fn open_ledger(&self) -> Ledger {
        let run = RunId("test".to_owned());
        let who = Holder { user: "test".to_owned(), host: "here".to_owned(), run, url: None };
        let since = jiff::Timestamp::UNIX_EPOCH;
        let holding = Holding { who, pid: std::process::id(), command: "test".to_owned(), since };
        self.store().open(STACK, &holding).unwrap()
    }
}

/// What plumb wrote is searched for secrets when all tests are over.
impl Drop for Site {
    fn drop(&mut self) {
        keep::tree(Harness::Processes, &self.ledger(), &|path| path.ends_with("sandbox"));
    }
}

/// Waits until a command has said something on its standard error; what it said is taken off.
pub(crate) fn hears(process: &mut Child, text: &str) {
    let stream = process.stderr.as_mut().unwrap();
    let (mut said, mut piece) = (Vec::new(), [0; 1024]);
    while !String::from_utf8_lossy(&said).contains(text) {
        let length = stream.read(&mut piece).unwrap();
        assert!(length > 0, "never says {text:?}: {}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&piece[..length]);
    }
}

/// Fails, and says so, where a program of the system is not installed.
pub(crate) fn need(program: &str) {
    let look = format!("command -v {program} >/dev/null");
    let found = Command::new("sh").args(["-c", &look]).status().unwrap().success();
    assert!(found, "this test needs the program `{program}`: install util-linux (bsdutils)");
}

/// Tells what a test found in every run of the tests, also of one that passes: the harness keeps
/// back only what the macros print.
pub(crate) fn tell(figures: &str) {
    std::io::stderr().write_all(format!("{figures}\n").as_bytes()).unwrap();
}

/// Waits for a command's end, and ends it when that takes too long.
pub(crate) fn finish(mut child: Child) -> Ran {
    let drain = |stream: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.map(|mut stream| stream.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = drain(child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>));
    let err = drain(child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>));
    let code = wait(&mut child);
    let text = format!("{}{}", out.join().unwrap(), err.join().unwrap());
    keep::text(Harness::Processes, "printed", text.as_bytes());
    Ran { code: if text.contains("panicked at") { PANICKED } else { code }, text }
}

/// Waits for a process's end, and ends it when that takes too long.
pub(crate) fn wait(child: &mut Child) -> i32 {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(SIGNALLED);
        }
        if began.elapsed() > PATIENCE {
            kill(child);
            return ENDLESS;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// `kill -9`.
pub(crate) fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Sends a signal to a process.
pub(crate) fn signal(child: &Child, name: &str) {
    let line = format!("kill -s {name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}
