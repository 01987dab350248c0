//! Building a kustomization with the user's own tool.
//!
//! The tool sees a bare environment: a kustomization may copy environment variables into what it
//! builds, and whoever wrote it must not get at keys that way. It is kept from networks, too: what
//! another host answers is in no repository and was in no review, and asking it may already be the
//! attack. What a kustomization may read of the file system is the tool's to decide.

use crate::outside::Outside;
use crate::text::{Text, bare, shown};
use crate::yaml::LARGEST_FILE;
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// The files that make a folder a kustomization.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The tools that can build one, by preference, with their arguments.
const TOOLS: [(&str, &[&str]); 2] = [("kustomize", &["build"]), ("kubectl", &["kustomize"])];
/// What of the environment a tool needs to run and to find its own files.
const PASSED: [&str; 7] = ["PATH", "HOME", "TMPDIR", "LANG", "SystemRoot", "TEMP", "USERPROFILE"];
/// What keeps a tool from networks: `git` may use no transport and ask for no password, and a
/// request of the tool's own ends at a port where nobody listens. Only hosts of this machine itself
/// are asked without a proxy.
const OFFLINE: [(&str, &str); 5] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("HTTP_PROXY", "http://127.0.0.1:9"),
    ("HTTPS_PROXY", "http://127.0.0.1:9"),
    ("ALL_PROXY", "http://127.0.0.1:9"),
];
/// How long a build may take.
const LONGEST: Duration = Duration::from_mins(2);

/// The file that makes a folder a kustomization, if it is one.
pub(crate) fn file_of(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// Builds a folder.
///
/// # Errors
/// One finding, when there is no tool, or it fails, hangs, or writes too much.
pub(crate) fn build(folder: &Path, outside: &Outside<'_>) -> Result<Text, Finding> {
    for (tool, arguments) in TOOLS {
        match start(tool, arguments, folder, outside) {
            Ok(child) => return collect(tool, child, folder),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(folder, &format!("{tool} cannot be run: {error}"))),
        }
    }
    Err(failed(folder, "neither kustomize nor kubectl is installed")
        .help("install one of them, or name folders without a kustomization"))
}

fn start(
    tool: &str,
    arguments: &[&str],
    folder: &Path,
    outside: &Outside<'_>,
) -> std::io::Result<Child> {
    let mut command = Command::new(tool);
    command.args(arguments).arg(operand(folder)).env_clear().envs(OFFLINE);
    for name in PASSED {
        if let Some(value) = (outside.variable)(name) {
            command.env(name, value);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// The folder as an argument that cannot be taken for an option.
fn operand(folder: &Path) -> PathBuf {
    if folder.as_os_str().as_encoded_bytes().starts_with(b"-") {
        Path::new(".").join(folder)
    } else {
        folder.to_path_buf()
    }
}

fn collect(tool: &str, mut child: Child, folder: &Path) -> Result<Text, Finding> {
    const LONGEST_COMPLAINT: u64 = 4_000;
    // What the tool started may outlive it and keep the pipes open, so nobody waits for them long.
    const GRACE: Duration = Duration::from_secs(5);
    let output = read(child.stdout.take(), LARGEST_FILE as u64 + 1);
    let complaint = read(child.stderr.take(), LONGEST_COMPLAINT);
    let ended = wait(&mut child);
    let output = output.recv_timeout(GRACE);
    let why = match (ended, output) {
        (Ended::TimedOut, _) => format!("{tool} took longer than two minutes"),
        (_, Ok(output)) if output.len() > LARGEST_FILE => {
            format!("{tool} wrote more than 8 MiB")
        }
        (Ended::Failed(how), _) => {
            let words = complaint.recv_timeout(GRACE).unwrap_or_default();
            let words = escape(String::from_utf8_lossy(&words).trim()).replace("\\u{a}", " ");
            format!("{tool} ended with {how}: {words}")
        }
        (Ended::Well, Err(_)) => format!("the output of {tool} did not end"),
        (Ended::Well, Ok(output)) => match String::from_utf8(output) {
            Ok(text) => {
                let file = format!("{} ({tool})", shown(folder)).into();
                return Ok(Text { file, text: bare(&text) });
            }
            Err(_) => format!("{tool} wrote something that is not UTF-8"),
        },
    };
    Err(failed(folder, &why))
}

enum Ended {
    Well,
    Failed(String),
    TimedOut,
}

fn wait(child: &mut Child) -> Ended {
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ended::Well,
            Ok(Some(status)) => return Ended::Failed(status.to_string()),
            Ok(None) if started.elapsed() < LONGEST => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(None) => {
                stop(child);
                return Ended::TimedOut;
            }
            Err(error) => {
                stop(child);
                return Ended::Failed(error.to_string());
            }
        }
    }
}

fn stop(child: &mut Child) {
    // It may have ended by itself just now; then there is nothing to stop.
    let _ = child.kill();
    let _ = child.wait();
}

/// What a pipe gives, at most `most` bytes; then the pipe is closed, which ends the tool.
fn read(pipe: Option<impl Read + Send + 'static>, most: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let complete = pipe.map(|pipe| pipe.take(most).read_to_end(&mut bytes));
        if matches!(complete, Some(Ok(_))) {
            // Nobody listens any more after a time-out, and then nothing is lost.
            let _ = sender.send(bytes);
        }
    });
    receiver
}

fn failed(folder: &Path, why: &str) -> Finding {
    let message = format!("the kustomization {} cannot be built: {why}", shown(folder));
    Finding::error(Code::KUSTOMIZE_FAILED, message)
}
