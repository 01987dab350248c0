//! Where an API key is kept: a variable, a file only its owner can read, a program that prints it.
//! Never an argument, a manifest, or the file that lists connections.
//!
//! # Guarantees
//! A key that cannot be one is refused before anything is sent, and named by its place only: none
//! of it stands in a message.

use crate::environment::Environment;
use crate::problem::Problem;
use plumb_model::text::Secret;
use plumb_model::{Code, Finding};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;
/// The longest key, in bytes; a longer text is something else.
const LONGEST_KEY: usize = 16 * 1024;
/// How long a program may take; it may ask a person, or a vault across a network.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where a key is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum KeySource {
    /// An environment variable.
    Variable(String),
    /// A file that only its owner can read.
    File(PathBuf),
    /// A program that prints the key, with its arguments.
    Command(Vec<String>),
}

impl KeySource {
    /// The variable it is kept in, if it is one.
    pub(crate) fn variable(&self) -> Option<&str> {
        match self {
            Self::Variable(name) => Some(name),
            Self::File(_) | Self::Command(_) => None,
        }
    }

    /// The key. A program that prints it does not see the variables `keys`.
    ///
    /// # Errors
    /// When it is not there, or no key.
    pub(crate) fn read(
        &self,
        environment: &Environment,
        keys: &BTreeSet<String>,
    ) -> Result<Secret, Problem> {
        let (text, place) = match self {
            Self::Variable(name) => {
                let unset =
                    || no_key(format!("the variable {name} is not set"), "set it to the API key");
                (environment.variable(name).ok_or_else(unset)?, format!("the variable {name}"))
            }
            Self::File(path) => (of_file(path)?, format!("the key file {}", path.display())),
            Self::Command(words) => {
                let (program, arguments) = words
                    .split_first()
                    .ok_or_else(|| no_key("key.command is empty".to_owned(), "name a program"))?;
                let mut command = environment.key_program(program, keys);
                let text = printed_by(command.args(arguments), program, PATIENCE)?;
                (text, format!("what the key program {program} printed"))
            }
        };
        checked(&text, &place)
    }
}

/// A text that can be a key: not empty, not too long, and sendable in a header.
///
/// # Errors
/// What is wrong with it, by the name of its place.
pub(crate) fn checked(text: &str, place: &str) -> Result<Secret, Problem> {
    let key = text.trim();
    let wrong = if key.is_empty() {
        "is empty"
    } else if key.len() > LONGEST_KEY {
        "is longer than 16 KiB"
    } else if !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        "holds more than one line, or characters that no key has"
    } else {
        return Ok(Secret::new(key));
    };
    Err(no_key(format!("{place} {wrong}, so it is no API key"), "put the key alone in there"))
}

fn of_file(path: &Path) -> Result<String, Problem> {
    let broken = |error: std::io::Error| Problem::file(path, error);
    let file = std::fs::File::open(path).map_err(broken)?;
    // Of the file that is open, so that nobody can put another one in its place meanwhile.
    refuse_open_mode(path, &file.metadata().map_err(broken)?)?;
    let mut bytes = Vec::new();
    file.take(LONGEST_KEY as u64 + 1).read_to_end(&mut bytes).map_err(broken)?;
    String::from_utf8(bytes).map_err(|_| {
        let message =
            format!("the key file {} is not text, so it holds no API key", path.display());
        no_key(message, "put the key alone in there")
    })
}

/// A key file that others can read is refused.
fn refuse_open_mode(path: &Path, metadata: &std::fs::Metadata) -> Result<(), Problem> {
    use std::os::unix::fs::PermissionsExt;

    if metadata.permissions().mode() & OTHERS == 0 {
        return Ok(());
    }
    let message = format!("the key file {} can be read by others", path.display());
    Err(no_key(message, &format!("run: chmod 600 {}", path.display())))
}

/// What a program prints. It is ended when it takes too long or prints more than a key.
fn printed_by(command: &mut Command, program: &str, patience: Duration) -> Result<String, Problem> {
    let failed = |how: &str, help: &str| no_key(format!("the key program {program} {how}"), help);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| failed(&format!("cannot be run: {error}"), "give its full path"))?;
    let (tell, told) = channel();
    let pipe = child.stdout.take();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let most = LONGEST_KEY as u64 + 1;
        let read = pipe.map(|pipe| pipe.take(most).read_to_end(&mut bytes));
        // Nobody listens any more when it took too long.
        let _ = read.map(|read| tell.send(read.map(|_| bytes)));
    });
    let began = Instant::now();
    let printed = told.recv_timeout(patience);
    let left = patience.saturating_sub(began.elapsed());
    let by_hand = "run it by hand to see why";
    match (&printed, wait(&mut child, left)) {
        (Ok(Ok(bytes)), _) if bytes.len() > LONGEST_KEY => {
            Err(failed("printed more than 16 KiB, which is no API key", by_hand))
        }
        (Ok(Ok(bytes)), Some(status)) if status.success() => {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }
        (Ok(Err(error)), Some(_)) => Err(failed(&format!("cannot be read: {error}"), by_hand)),
        (Ok(_), Some(status)) => Err(failed(&format!("ended with {status}"), by_hand)),
        (_, None) | (Err(_), _) => {
            let how = format!("did not end within {} s", patience.as_secs());
            Err(failed(&how, by_hand))
        }
    }
}

/// How a program ended; `None` when it had to be ended.
fn wait(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if began.elapsed() < patience => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                // It may have ended by itself just now; then there is nothing to end.
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

fn no_key(message: String, help: &str) -> Problem {
    Finding::error(Code::NO_CONNECTION, message).help(help).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(300);

    fn shell(script: &str, patience: Duration) -> Result<String, String> {
        let printed = printed_by(Command::new("sh").args(["-c", script]), "sh", patience);
        printed.map_err(|problem| problem.findings[0].message.clone())
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        for script in ["sleep 60", "exec sleep 60", "echo key; sleep 60", "exec >&-; sleep 60"] {
            let began = Instant::now();
            let refused = shell(script, SHORT).unwrap_err();
            assert_eq!(refused, "the key program sh did not end within 0 s", "{script}");
            assert!(began.elapsed() < Duration::from_secs(5), "{script}");
        }
    }

    #[test]
    fn a_program_that_prints_for_ever_is_ended() {
        let refused = shell("while :; do echo canary; done", PATIENCE).unwrap_err();
        assert_eq!(refused, "the key program sh printed more than 16 KiB, which is no API key");
    }

    #[test]
    fn a_program_prints_a_key_or_says_why_not() {
        assert_eq!(shell("echo key; echo other >&2", PATIENCE).unwrap(), "key\n");
        let refused = shell("echo key; exit 3", PATIENCE).unwrap_err();
        assert_eq!(refused, "the key program sh ended with exit status: 3");
        let missing = "/no/such/program";
        let none = printed_by(&mut Command::new(missing), missing, PATIENCE).unwrap_err();
        assert!(none.findings[0].message.contains("cannot be run"));
    }

    #[test]
    fn what_is_no_key_is_named_by_its_place_only() {
        for text in ["", " \n", "two\nlines", "bell\u{7}", "\u{e9}t\u{e9}", &"k".repeat(20_000)] {
            let refused = checked(text, "the variable KEY").unwrap_err();
            let message = &refused.findings[0].message;
            assert!(message.starts_with("the variable KEY "), "{message}");
            assert!(message.len() < 120, "{message}");
        }
        assert_eq!(checked(" sesame\n", "it").unwrap().expose(), "sesame");
    }
}
