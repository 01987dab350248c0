//! Where what is secret of a key goes: a file that was not there, which only its owner can read, or the
//! standard input of a command. It goes there once, and nowhere else.

use super::super::prelude::Problem;
use crate::environment::Environment;
use plumb_model::text::Secret;
use plumb_model::{Code, Finding};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The permission bits of a file that only its owner reads and writes.
const OWNER_ONLY: u32 = 0o600;

/// A place that is ready to take a secret.
#[derive(Debug)]
pub(super) enum Into<'a> {
    /// A file, empty so far.
    File(PathBuf, File),
    /// A command that is not started yet.
    Command(&'a str),
}

impl<'a> Into<'a> {
    /// Makes the file, or takes note of the command: before there is any key.
    ///
    /// # Errors
    /// When the file is there already, or cannot be made.
    pub(super) fn prepare(file: Option<&Path>, command: Option<&'a str>) -> Result<Self, Problem> {
        match (file, command) {
            (Some(path), _) => {
                let mut options = OpenOptions::new();
                options.write(true).create_new(true).mode(OWNER_ONLY);
                let file = options.open(path).map_err(|error| not_made(path, &error))?;
                Ok(Self::File(path.to_owned(), file))
            }
            (None, Some(command)) => Ok(Self::Command(command)),
            (None, None) => {
                let message = "nothing says where the key goes";
                let help = "say --into FILE, or -c COMMAND, which reads it from standard input";
                Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
            }
        }
    }

    /// Puts the secret there.
    ///
    /// # Errors
    /// Why it is not there, in words that hold nothing of it.
    pub(super) fn put(
        self,
        secret: &Secret,
        environment: &Environment,
        keys: &BTreeSet<String>,
    ) -> Result<String, String> {
        match self {
            Self::File(path, file) => match written(file, secret) {
                Ok(()) => Ok(path.display().to_string()),
                Err(error) => {
                    let _gone = std::fs::remove_file(&path);
                    Err(format!("{} cannot be written: {error}", path.display()))
                }
            },
            Self::Command(command) => {
                given(command, secret, environment, keys).map(|()| "the command".to_owned())
            }
        }
    }

    /// Takes back what was prepared: there is no key to put there.
    pub(super) fn leave(self) {
        if let Self::File(path, _) = self {
            let _gone = std::fs::remove_file(path);
        }
    }
}

fn written(mut file: File, secret: &Secret) -> std::io::Result<()> {
    file.write_all(secret.expose().as_bytes())?;
    file.sync_all()
}

/// Runs a command that reads the secret. It sees no other key.
fn given(
    command: &str,
    secret: &Secret,
    environment: &Environment,
    keys: &BTreeSet<String>,
) -> Result<(), String> {
    let mut shell = environment.key_program("/bin/sh", keys);
    // What it says is no data of ours.
    shell.args(["-c", command]).stdin(Stdio::piped()).stdout(std::io::stderr());
    let mut child = shell.spawn().map_err(|error| format!("the command cannot be run: {error}"))?;
    let written = child.stdin.take().map(|mut input| input.write_all(secret.expose().as_bytes()));
    let ended =
        child.wait().map_err(|error| format!("the command cannot be waited for: {error}"))?;
    match written {
        _ if !ended.success() => Err(format!("the command ended with {ended}")),
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(format!("the command did not read it: {error}")),
        None => Err("the command has no standard input".to_owned()),
    }
}

fn not_made(path: &Path, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        let message = format!("{} is there already, and is not written over", path.display());
        let help = "name a file that is not there; no key was made";
        return Finding::error(Code::INVALID_VALUE, message).help(help).into();
    }
    let message = format!("{} cannot be made: {error}", path.display());
    Finding::error(Code::UNREADABLE_FILE, message).help("no key was made").into()
}
