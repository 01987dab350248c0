//! Keeping what plumb wrote, and the secrets it was given, for the search after the whole suite.
//! Does nothing unless a folder is named.
//!
//! Below that folder: `secrets/` with one secret a file, `written/HARNESS/` with what was written.
//! Whoever runs the suite may add more beside them, such as the output of the run itself.

use crate::simulated::Seen as _;
use plumb_sandbox::World;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The environment variable that names the folder.
pub const FOLDER: &str = "PLUMB_KEEP";
/// Where secrets are, below the folder.
pub const SECRETS: &str = "secrets";
/// Where output is, below the folder.
pub const WRITTEN: &str = "written";

/// A shorter word of a longer secret is no secret of its own.
const SHORTEST_WORD: usize = 16;

/// A harness that hands over what plumb wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harness {
    /// The real binary, as people and CI run it.
    Commands,
    /// The real binary, killed and starved.
    Processes,
    /// The scenarios.
    Scenarios,
    /// Workloads under planned faults, and histories.
    Trials,
}

impl Harness {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Commands, Self::Processes, Self::Scenarios, Self::Trials];

    /// The name of its folder.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Processes => "processes",
            Self::Scenarios => "scenarios",
            Self::Trials => "trials",
        }
    }
}

/// The folder in which things are kept, if one is named.
#[must_use]
pub fn folder() -> Option<&'static Path> {
    static NAMED: LazyLock<Option<PathBuf>> = LazyLock::new(named);
    NAMED.as_deref()
}

#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of plumb")]
fn named() -> Option<PathBuf> {
    std::env::var_os(FOLDER).filter(|name| !name.is_empty()).map(PathBuf::from)
}

/// Remembers a secret that plumb or a cloud was given, and each long word of it with a digit: of a
/// longer text, a line may show up alone.
pub fn secret(text: &str) {
    static KNOWN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(folder) = folder() else { return };
    let is_secret =
        |word: &&str| word.len() >= SHORTEST_WORD && word.bytes().any(|byte| byte.is_ascii_digit());
    for part in std::iter::once(text).chain(text.split_whitespace().filter(is_secret)) {
        let is_new = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert(part.to_owned());
        if is_new {
            must(write(&folder.join(SECRETS).join(unique("secret")), part.as_bytes()));
        }
    }
}

/// Remembers the secrets of a world: the keys that open it, and what its outputs carry.
pub fn world(world: &World) {
    let (rafay, park) = (world.rafay().config(), world.voltage_park().config());
    rafay.keys.iter().for_each(|known| secret(&known.key));
    park.keys.iter().for_each(|known| secret(&known.key));
    world.secrets().iter().for_each(|held| secret(held));
}

/// Keeps a text that plumb wrote. The name says what it is.
pub fn text(harness: Harness, name: &str, bytes: &[u8]) {
    let Some(folder) = folder() else { return };
    if !bytes.is_empty() {
        must(write(&place(folder, harness).join(unique(name)), bytes));
    }
}

/// Keeps the files that plumb wrote below a folder; a file or folder that `leave` names is none.
/// What cannot be read, such as a pipe, is left as well.
pub fn tree(harness: Harness, root: &Path, leave: &dyn Fn(&Path) -> bool) {
    let Some(folder) = folder() else { return };
    let place = place(folder, harness);
    for path in files(root, leave) {
        if let Ok(bytes) = fs::read(&path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            must(write(&place.join(unique(&name)), &bytes));
        }
    }
}

/// Keeps what a trial's runs said, and its disk at the end.
pub fn trial(story: &[String], disk: &BTreeMap<String, Vec<u8>>) {
    text(Harness::Trials, "story", story.join("\n").as_bytes());
    for (name, bytes) in disk {
        text(Harness::Trials, name, bytes);
    }
}

fn place(folder: &Path, harness: Harness) -> PathBuf {
    folder.join(WRITTEN).join(harness.folder())
}

/// Regular files below a folder, in no order; links are not followed, and nobody is asked whether to
/// leave what is no regular file: to read a pipe is to wait for its writer.
fn files(root: &Path, leave: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !leave(&path) => folders.push(path),
                Ok(kind) if kind.is_file() && !leave(&path) => files.push(path),
                _ => {}
            }
        }
    }
    files
}

/// A name that no other process and no other call makes.
fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let name: String = name.chars().take(40).map(plain).collect();
    format!("{}-{number}-{name}", std::process::id())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, bytes)
}

/// What is not kept is not searched, and nobody would notice.
#[expect(clippy::panic, reason = "a test that cannot keep what it should has failed")]
fn must(done: io::Result<()>) {
    if let Err(error) = done {
        panic!("cannot keep what plumb wrote in {FOLDER}: {error}");
    }
}
