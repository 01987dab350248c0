//! The `git` program, as a ledger uses it: a bare repository of its own, no hooks, no prompts, no
//! programs that a repository's settings name, and an end to every wait.

use crate::private::make_private_folder_anew;
use crate::surroundings::{PASSED, Surroundings};
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A git that has not ended by then is ended.
const PATIENCE: Duration = Duration::from_mins(1);
const STEP: Duration = Duration::from_millis(3);

/// Settings of the repository with the manifests that say how its remotes are reached.
const REACHING: &str = r"^(http|url|credential|core\.sshcommand|remote\..*\.proxy)";

/// A git with a repository of its own and one remote.
#[derive(Debug)]
pub(crate) struct Git {
    directory: PathBuf,
    url: String,
    environment: BTreeMap<String, String>,
}

impl Git {
    /// One that reaches a repository by its URL.
    pub(crate) fn to(url: &str, surroundings: &Surroundings) -> io::Result<Self> {
        Self::new(url.to_owned(), environment(surroundings, &[]), surroundings)
    }

    /// One that reaches a remote of the repository that a folder is in, as that repository says.
    pub(crate) fn to_remote(
        name: &str,
        folder: &Path,
        surroundings: &Surroundings,
    ) -> io::Result<Self> {
        let plain = environment(surroundings, &[]);
        let there = |arguments: &[&str]| {
            let mut command = Command::new("git");
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            command.arg("-C").arg(folder).args(arguments).env_clear().envs(&plain);
            ended(command, &[])
        };
        let url = there(&["remote", "get-url", "--", name]);
        // It is none the next time either.
        let url = url.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let url = text(url)?.trim_end().to_owned();
        let reaching = there(&["config", "--null", "--get-regexp", REACHING]).unwrap_or_default();
        let reaching = text(reaching)?;
        let settings: Vec<(&str, &str)> =
            reaching.split('\0').filter_map(|setting| setting.split_once('\n')).collect();
        Self::new(url, environment(surroundings, &settings), surroundings)
    }

    fn new(
        url: String,
        environment: BTreeMap<String, String>,
        surroundings: &Surroundings,
    ) -> io::Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let name = format!("plumb-ledger-{:016x}", u64::from_be_bytes(random));
        let directory = surroundings.temporary.join(name);
        let git = Self { directory, url, environment };
        let mut command = Command::new("git");
        command.env_clear().envs(&git.environment);
        // It holds the ledger's key, and git believes what stands in it.
        make_private_folder_anew(&git.directory)?;
        command.args(["init", "--quiet", "--bare", "--template=", "--"]).arg(&git.directory);
        ended(command, &[])?;
        Ok(git)
    }

    /// Where a ref is on the server; none where there is no such ref.
    pub(crate) fn remote_tip(&self, reference: &str) -> io::Result<Option<String>> {
        let listed = self.run(&["ls-remote", "--quiet", "--", &self.url, reference], &[])?;
        let listed = text(listed)?;
        let tip = listed.lines().filter_map(|line| line.split_once('\t'));
        Ok(tip.filter(|(_, name)| *name == reference).map(|(tip, _)| tip.to_owned()).next())
    }

    /// Fetches what a ref names, without what came before it.
    pub(crate) fn fetch(&self, reference: &str, tip: &str) -> io::Result<()> {
        if self.run(&["cat-file", "-e", &format!("{tip}^{{tree}}")], &[]).is_ok() {
            return Ok(());
        }
        let flags = ["fetch", "--quiet", "--no-tags", "--depth=1", "--no-write-fetch-head", "--"];
        self.run(&[&flags[..], &[&self.url, reference]].concat(), &[])?;
        Ok(())
    }

    /// The files of a commit's tree, by name.
    pub(crate) fn tree(&self, commit: &str) -> io::Result<BTreeMap<String, String>> {
        let listed = text(self.run(&["ls-tree", "-z", commit], &[])?)?;
        let entry = |line: &str| {
            let (head, name) = line.split_once('\t')?;
            Some((name.to_owned(), head.rsplit_once(' ')?.1.to_owned()))
        };
        Ok(listed.split('\0').filter_map(entry).collect())
    }

    /// A file's content.
    pub(crate) fn blob(&self, object: &str) -> io::Result<Vec<u8>> {
        self.run(&["cat-file", "blob", object], &[])
    }

    /// Keeps a content in the repository of our own.
    pub(crate) fn keep(&self, bytes: &[u8]) -> io::Result<String> {
        self.name(&["hash-object", "-w", "--stdin"], bytes)
    }

    /// A commit of a tree, in the repository of our own.
    pub(crate) fn commit(
        &self,
        tree: &BTreeMap<String, String>,
        parent: Option<&str>,
        message: &str,
    ) -> io::Result<String> {
        let lines = tree.iter().map(|(name, object)| format!("100644 blob {object}\t{name}\0"));
        let listed: String = lines.collect();
        let tree = self.name(&["mktree", "-z"], listed.as_bytes())?;
        let mut arguments = vec!["commit-tree", &tree, "-m", message];
        arguments.extend(parent.map(|parent| ["-p", parent]).into_iter().flatten());
        self.name(&arguments, &[])
    }

    /// Pushes a commit to a ref that is still where the commit's parent is.
    pub(crate) fn push(&self, commit: &str, reference: &str) -> io::Result<()> {
        self.push_as(&format!("{commit}:{reference}"))
    }

    /// Pushes a commit to a ref, wherever that is.
    pub(crate) fn push_over(&self, commit: &str, reference: &str) -> io::Result<()> {
        self.push_as(&format!("+{commit}:{reference}"))
    }

    fn push_as(&self, what: &str) -> io::Result<()> {
        self.run(&["push", "--quiet", "--no-verify", "--", &self.url, what], &[])?;
        Ok(())
    }

    fn name(&self, arguments: &[&str], input: &[u8]) -> io::Result<String> {
        Ok(text(self.run(arguments, input)?)?.trim_end().to_owned())
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> io::Result<Vec<u8>> {
        let mut command = Command::new("git");
        command.env_clear().envs(&self.environment);
        command.arg("--git-dir").arg(&self.directory).args(arguments);
        ended(command, input)
    }
}

impl Drop for Git {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            tracing::debug!(%error, "a repository of our own stays behind");
        }
    }
}

/// What git sees: enough to reach a server, and settings by which it does nothing else.
fn environment(surroundings: &Surroundings, settings: &[(&str, &str)]) -> BTreeMap<String, String> {
    const OURS: [(&str, &str); 7] = [
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("protocol.ext.allow", "never"),
        ("http.lowSpeedLimit", "1"),
        ("http.lowSpeedTime", "30"),
    ];
    let known = surroundings.variables.iter();
    let passed = known.filter(|(name, _)| PASSED.contains(&name.as_str()));
    let mut environment: BTreeMap<String, String> =
        passed.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut set = |name: &str, value: &str| environment.insert(name.to_owned(), value.to_owned());
    for (name, value) in [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("LC_ALL", "C"),
        ("GIT_AUTHOR_NAME", "plumb"),
        ("GIT_AUTHOR_EMAIL", "plumb@localhost"),
        ("GIT_COMMITTER_NAME", "plumb"),
        ("GIT_COMMITTER_EMAIL", "plumb@localhost"),
    ] {
        set(name, value);
    }
    let all: Vec<&(&str, &str)> = settings.iter().chain(&OURS).collect();
    set("GIT_CONFIG_COUNT", &all.len().to_string());
    for (number, (name, value)) in all.into_iter().enumerate() {
        set(&format!("GIT_CONFIG_KEY_{number}"), name);
        set(&format!("GIT_CONFIG_VALUE_{number}"), value);
    }
    environment
}

/// Runs a program to its end, and answers what it wrote.
fn ended(mut command: Command, input: &[u8]) -> io::Result<Vec<u8>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that reads nothing closes its input.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        let read = |stream: Option<Box<dyn io::Read + Send>>| {
            scope.spawn(move || {
                let mut bytes = Vec::new();
                let read = stream.map(|mut stream| stream.read_to_end(&mut bytes));
                read.transpose().map(|_| bytes)
            })
        };
        let out = read(stdout.map(|stream| Box::new(stream) as Box<dyn io::Read + Send>));
        let err = read(stderr.map(|stream| Box::new(stream) as Box<dyn io::Read + Send>));
        let well = wait(&mut child)?;
        let collected = |thread: std::thread::ScopedJoinHandle<'_, io::Result<Vec<u8>>>| {
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread ended before its time")))
        };
        let (out, err) = (collected(out)?, collected(err)?);
        if well {
            return Ok(out);
        }
        let said = String::from_utf8_lossy(&err);
        let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed");
        Err(io::Error::other(format!("git: {said}")))
    })
}

/// Waits for a program as long as there is patience; whether it ended well.
fn wait(child: &mut Child) -> io::Result<bool> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::new(io::ErrorKind::TimedOut, "git did not end in its time"));
        }
        std::thread::sleep(STEP);
    }
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
