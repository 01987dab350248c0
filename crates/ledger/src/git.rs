//! A shared store in a git repository: a ref that nobody checks out, whose newest commit's tree holds
//! the objects.
//!
//! # Protocol
//! Making an object is a push that the server takes only when the ref is still where it was found:
//! the new commit's parent. A run that comes back after others wrote is refused by that, whatever the
//! name. Signs of life are pushed over each other on a ref beside it (`…-holder`).
//!
//! The `git` program does all of it, in a bare repository of its own that lives as long as the process;
//! hooks and settings of the repository with the manifests run nothing here, but for what they say about
//! reaching and logging in to its remotes.

use crate::error::LedgerError;
use crate::files::Files;
use crate::git_program::Git;
use crate::objects::{Creation, Dropped, HOLDER, Objects};
use crate::surroundings::{Surroundings, clock};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The ref that holds a ledger where the address names none.
const DEFAULT_REF: &str = "refs/plumb/ledger";

/// How long a sign of life holds: a push takes longer than an object, and hosts of repositories count them.
const PROMISE: Duration = Duration::from_mins(2);

/// A store in a git repository.
#[derive(Debug)]
pub(crate) struct GitObjects {
    /// The address as it was given.
    place: String,
    remote: Remote,
    reference: String,
    surroundings: Surroundings,
    state: Mutex<State>,
    /// Apart, so that no sign of life waits until an append is done.
    beside: Mutex<Beside>,
}

/// Where the repository is.
#[derive(Clone, Debug)]
enum Remote {
    /// By its URL.
    Url(String),
    /// A remote of the repository that a folder is in.
    Named { name: String, folder: PathBuf },
}

#[derive(Debug, Default)]
struct State {
    git: Option<Git>,
    tip: Option<String>,
    /// The objects of the tip's tree.
    tree: BTreeMap<String, String>,
}

/// The signs of life.
#[derive(Debug, Default)]
struct Beside {
    git: Option<Git>,
    /// The last one that was seen, and its commit.
    last: Option<(String, Vec<u8>)>,
}

impl GitObjects {
    /// The store at an address. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When the address is none.
    pub(crate) fn at(
        root: &Path,
        address: &str,
        surroundings: &Surroundings,
    ) -> Result<Self, LedgerError> {
        let (whole, reference) = address.split_once('#').unwrap_or((address, DEFAULT_REF));
        let refused = |why: &str| {
            let (scheme, _) = address.split_once(':').unwrap_or_default();
            LedgerError::BadAddress { address: format!("{scheme}:…"), why: why.to_owned() }
        };
        if !is_reference(reference) {
            return Err(refused("what follows # is no ref like refs/plumb/ledger"));
        }
        let remote = if let Some((scheme, rest)) = whole.split_once("://") {
            let transport = scheme.trim_start_matches("git+");
            check(transport, rest).map_err(refused)?;
            Remote::Url(format!("{transport}://{rest}"))
        } else {
            let name = whole.trim_start_matches("git:").to_owned();
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            if name.is_empty() || name.starts_with('-') || !name.chars().all(is_part) {
                return Err(refused("it names no remote, as git:origin does"));
            }
            Remote::Named { name, folder: root.to_owned() }
        };
        Ok(Self {
            place: address.to_owned(),
            remote,
            reference: reference.to_owned(),
            surroundings: surroundings.clone(),
            state: Mutex::default(),
            beside: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beside(&self) -> MutexGuard<'_, Beside> {
        self.beside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A repository of our own, made at first use.
    fn git<'s>(&self, git: &'s mut Option<Git>) -> io::Result<&'s Git> {
        if git.is_none() {
            *git = Some(match &self.remote {
                Remote::Url(url) => Git::to(url, &self.surroundings)?,
                Remote::Named { name, folder } => Git::to_remote(name, folder, &self.surroundings)?,
            });
        }
        git.as_ref().ok_or_else(|| io::Error::other("git is not there"))
    }

    /// Finds out where the ref is, and fetches what it names.
    fn refresh(&self, state: &mut State) -> io::Result<()> {
        let git = self.git(&mut state.git)?;
        let tip = git.remote_tip(&self.reference)?;
        if tip != state.tip || tip.is_none() {
            let tree = match &tip {
                Some(tip) => {
                    git.fetch(&self.reference, tip)?;
                    git.tree(tip)?
                }
                None => BTreeMap::new(),
            };
            (state.tip, state.tree) = (tip, tree);
        }
        Ok(())
    }

    /// The ref of the signs of life.
    fn reference_beside(&self) -> String {
        format!("{}-{HOLDER}", self.reference)
    }

    fn read_beside(&self) -> io::Result<Vec<u8>> {
        let Beside { git, last } = &mut *self.beside();
        let git = self.git(git)?;
        let reference = self.reference_beside();
        let tip = git.remote_tip(&reference)?.ok_or(io::ErrorKind::NotFound)?;
        if let Some((_, bytes)) = last.as_ref().filter(|(known, _)| *known == tip) {
            return Ok(bytes.clone());
        }
        git.fetch(&reference, &tip)?;
        let tree = git.tree(&tip)?;
        let bytes = git.blob(tree.get(HOLDER).ok_or(io::ErrorKind::NotFound)?)?;
        *last = Some((tip, bytes.clone()));
        Ok(bytes)
    }

    /// Pushes another tree in the place of the one that is known; whether the server took it.
    fn push(
        &self,
        state: &mut State,
        tree: BTreeMap<String, String>,
        message: &str,
    ) -> io::Result<Creation> {
        let parent = state.tip.clone();
        let git = self.git(&mut state.git)?;
        let commit = git.commit(&tree, parent.as_deref(), message)?;
        let pushed = git.push(&commit, &self.reference);
        let tip = match &pushed {
            Ok(()) => Some(commit.clone()),
            // Refused, or the answer was lost: the ref tells.
            Err(_) => git.remote_tip(&self.reference)?,
        };
        if tip.as_ref() == Some(&commit) {
            (state.tip, state.tree) = (tip, tree);
            return Ok(Creation::Made);
        }
        match pushed {
            Err(error) if tip == parent => Err(error),
            _ => Ok(Creation::Refused),
        }
    }
}

impl Objects for GitObjects {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut state = self.state();
        self.refresh(&mut state)?;
        let beside = self.git(&mut state.git)?.remote_tip(&self.reference_beside())?;
        let beside = beside.map(|_| HOLDER.to_owned());
        Ok(state.tree.keys().cloned().chain(beside).collect())
    }

    fn read(&self, names: &[String]) -> io::Result<Vec<Vec<u8>>> {
        let mut state = self.state();
        let mut contents = Vec::new();
        for name in names {
            contents.push(if name == HOLDER {
                self.read_beside()?
            } else {
                let Some(object) = state.tree.get(name).cloned() else {
                    return Err(io::ErrorKind::NotFound.into());
                };
                self.git(&mut state.git)?.blob(&object)?
            });
        }
        Ok(contents)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<Creation> {
        let mut state = self.state();
        if state.tree.contains_key(name) || is_covered(&state.tree, name) {
            return Ok(Creation::Refused);
        }
        let object = self.git(&mut state.git)?.keep(bytes)?;
        let mut tree = state.tree.clone();
        tree.insert(name.to_owned(), object);
        let made = self.push(&mut state, tree, name)?;
        if made == Creation::Refused {
            // So that whoever reads what is there instead finds it.
            self.refresh(&mut state)?;
        }
        Ok(made)
    }

    /// Only signs of life are written over each other.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let Beside { git, last } = &mut *self.beside();
        let git = self.git(git)?;
        let tree = BTreeMap::from([(name.to_owned(), git.keep(bytes)?)]);
        let commit = git.commit(&tree, None, name)?;
        git.push_over(&commit, &self.reference_beside())?;
        *last = Some((commit, bytes.to_owned()));
        Ok(())
    }

    fn remove(&self, names: &[String]) -> io::Result<()> {
        let mut state = self.state();
        let mut tree = state.tree.clone();
        tree.retain(|name, _| !names.contains(name));
        if tree.len() == state.tree.len() {
            return Ok(());
        }
        match self.push(&mut state, tree, "Drop what a snapshot stands for")? {
            Creation::Made => Ok(()),
            Creation::Refused => Err(io::Error::other("somebody else wrote meanwhile")),
        }
    }

    /// The parent says what whoever writes has seen.
    fn dropped(&self) -> Dropped {
        Dropped::Fenced
    }

    fn promise(&self) -> Duration {
        self.surroundings.promise.unwrap_or(PROMISE)
    }

    fn now(&self) -> Timestamp {
        clock()
    }
}

/// An error where a repository's URL holds a password, or would be spoken to in the clear.
fn check(transport: &str, rest: &str) -> Result<(), &'static str> {
    let authority = rest.split('/').next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if user.contains(':') || (!user.is_empty() && transport != "ssh") {
        return Err("it holds credentials; git has its own places for them");
    }
    let loopback = ["localhost", "127.0.0.1", "[::1]"];
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if transport == "http" && !loopback.contains(&name) {
        return Err("it is not encrypted; http is for loopback only");
    }
    Ok(())
}

/// Whether a name is of an append that a snapshot stands for: it was dropped, and is never made again.
fn is_covered(tree: &BTreeMap<String, String>, name: &str) -> bool {
    let names: Vec<String> = tree.keys().cloned().collect();
    let appends = Files::among(&[name.to_owned()]).segments;
    appends.last().is_some_and(|append| Files::among(&names).snapshots.last() >= Some(append))
}

/// Whether a text is a full ref that git takes, of the plain ones.
fn is_reference(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_/.".contains(letter);
    text.starts_with("refs/")
        && text.chars().all(is_part)
        && !text.ends_with(['/', '.'])
        && !["..", "//", "/.", ".lock", "@{"].iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_snapshot_stands_for_is_not_made_again() {
        let tree = |names: &[&str]| -> BTreeMap<String, String> {
            names.iter().map(|name| ((*name).to_owned(), String::new())).collect()
        };
        let kept = tree(&["journal-000012", "key", "snapshot-000007", "snapshot-000009"]);
        for (name, covered) in [
            ("journal-000001", true),
            ("journal-000009", true),
            ("journal-000010", false),
            ("snapshot-000008", false),
            ("key", false),
        ] {
            assert_eq!(is_covered(&kept, name), covered, "{name}");
        }
        assert!(!is_covered(&tree(&["key"]), "journal-000001"));
    }
}
