//! Where a stack's ledger is kept, and everything that is asked of it there: the one door for
//! commands, which see no path. A folder today; whatever comes beside it is told apart here and
//! nowhere else.
//!
//! # What a store owes
//! - One run writes at a time: [`Store::open`] answers [`LedgerError::Held`] with who does. A store
//!   without locks owes the same by writing the next object only where none is yet.
//! - Reading takes no lock, writes nothing, and a place where nothing is yet reads as empty.

use crate::address::Place;
use crate::copied::Copied;
use crate::disk::DiskFolder;
use crate::error::LedgerError;
use crate::folder::Folder;
use crate::history::{self, Run};
use crate::holding::{Holding, Unlocked};
use crate::ledger::{Ledger, check_key, check_stack, forget_hashes};
use crate::objects::{Objects, Threads};
use crate::shared::Shared;
use crate::surroundings::Surroundings;
use crate::{files, key};
use plumb_model::LedgerView;
use std::path::Path;
use std::sync::Arc;

/// The address of a stack's ledger. Nothing need be there yet.
#[derive(Clone, Debug)]
pub struct Store {
    kept: Kept,
}

/// How it is kept.
#[derive(Clone, Debug)]
enum Kept {
    /// In a folder, which one run at a time locks.
    Folder(Arc<dyn Folder>, Threads),
    /// In a store that many machines share.
    Shared(Shared),
}

impl Store {
    /// The store at an address, whose path may be relative to a folder: a path, `folder:` and a path,
    /// `s3://`, `gs://`, `az://` with bucket and prefix, `git:` with a remote's name, `git+https://`,
    /// `git+ssh://`, `git+file://` with a repository.
    ///
    /// # Errors
    /// [`LedgerError::UnknownScheme`] for any other scheme; `./old:ledger` is a folder.
    /// [`LedgerError::BadAddress`].
    pub fn at(
        root: &Path,
        address: &str,
        surroundings: &Surroundings,
    ) -> Result<Self, LedgerError> {
        Ok(match Place::of(root, address, surroundings)? {
            Place::Folder(folder) => Self { kept: Kept::Folder(folder, Threads::Own) },
            Place::Shared(objects) => Self::of_objects(objects),
        })
    }

    /// The store in a directory of the local disk. Unlike [`Store::at`], whoever appends writes at once, and
    /// nothing else runs meanwhile: tests decide what comes when.
    #[must_use]
    pub fn in_directory(path: &Path) -> Self {
        Self::in_folder(Arc::new(DiskFolder::at(path)))
    }

    /// The store in any folder, with the lock that folder has; written as in [`Store::in_directory`].
    #[must_use]
    pub fn in_folder(folder: Arc<dyn Folder>) -> Self {
        Self { kept: Kept::Folder(folder, Threads::None) }
    }

    /// The store in what many machines share.
    #[must_use]
    pub fn of_objects(objects: Arc<dyn Objects>) -> Self {
        Self { kept: Kept::Shared(Shared::new(objects)) }
    }

    /// What to call it in messages.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.kept {
            Kept::Folder(folder, _) => folder.place(),
            Kept::Shared(shared) => shared.place(),
        }
    }

    /// Whether it is in a folder: everything else is asked over a network.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        matches!(self.kept, Kept::Folder(..))
    }

    /// Makes the place without beginning a ledger, so that what is kept beside one stays out of
    /// Git as it does.
    ///
    /// # Errors
    /// What the disk says.
    pub fn prepare(&self) -> Result<(), LedgerError> {
        match &self.kept {
            Kept::Folder(folder, _) => {
                folder.prepare().map_err(LedgerError::io("make", self.place()))
            }
            Kept::Shared(_) => Ok(()),
        }
    }

    /// Opens the ledger to write, making it if need be. The lock ends with what is answered.
    ///
    /// # Errors
    /// [`LedgerError::Held`] when another run has it; when it is damaged, newer, another stack's,
    /// or the place is full or fails.
    pub fn open(&self, stack: &str, holding: &Holding) -> Result<Ledger, LedgerError> {
        self.prepare()?;
        match &self.kept {
            Kept::Folder(folder, threads) => {
                let lock = folder.lock(holding)?;
                let ledger = Ledger::open_in(folder.clone(), stack)?.locked_by(lock);
                match threads {
                    Threads::Own => ledger.with_clerk(),
                    Threads::None => Ok(ledger),
                }
            }
            Kept::Shared(shared) => shared.open(stack, holding),
        }
    }

    /// What the ledger knows, read without its lock: a run that writes meanwhile is not disturbed.
    ///
    /// # Errors
    /// When it is damaged, newer, another stack's, or cannot be read.
    pub fn read(&self, stack: &str) -> Result<LedgerView, LedgerError> {
        /// A run that turns the journal over between two looks makes files go away.
        const TRIES: u32 = 3;
        let once = || match &self.kept {
            Kept::Folder(folder, _) => view_of(&**folder, stack),
            Kept::Shared(shared) => shared.read(stack),
        };
        let mut view = once();
        for _ in 1..TRIES {
            if view.is_ok() {
                break;
            }
            view = once();
        }
        view
    }

    /// All runs that are kept, the newest first.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn history(&self, stack: &str) -> Result<Vec<Run>, LedgerError> {
        self.read(stack)?;
        match &self.kept {
            Kept::Folder(folder, _) => history::read(&**folder),
            Kept::Shared(shared) => shared.history(),
        }
    }

    /// Whether there is a ledger: one that begins gets a key to hash with, and never loses it.
    ///
    /// # Errors
    /// When the key can be read by others, is damaged, or cannot be read.
    pub fn has_begun(&self) -> Result<bool, LedgerError> {
        match &self.kept {
            Kept::Folder(folder, _) => Ok(key::load(&**folder)?.is_some()),
            Kept::Shared(shared) => shared.has_begun(),
        }
    }

    /// Copies all that the ledger knows, its key and its runs too, to where no ledger is. Nobody writes
    /// either meanwhile.
    ///
    /// # Errors
    /// [`LedgerError::NotEmpty`] when there is one; as [`Store::open`].
    pub fn copy_to(
        &self,
        other: &Self,
        stack: &str,
        holding: &Holding,
    ) -> Result<LedgerView, LedgerError> {
        let ledger = self.open(stack, holding)?;
        let mut past = Vec::new();
        ledger.tell(&mut |record| past.push(record))?;
        let copied = Copied { view: ledger.view(), past };
        other.prepare()?;
        match &other.kept {
            Kept::Folder(folder, _) => {
                let _lock = folder.lock(holding)?;
                copied.begin_in(&**folder)?;
            }
            Kept::Shared(shared) => shared.begin_with(&copied)?,
        }
        Ok(copied.view)
    }

    /// Clears what a dead holder left behind. Never takes a lock away from a living process.
    ///
    /// # Errors
    /// What the place says.
    pub fn unlock(&self) -> Result<Unlocked, LedgerError> {
        match &self.kept {
            Kept::Folder(folder, _) => folder.unlock(),
            Kept::Shared(shared) => shared.unlock(),
        }
    }
}

fn view_of(folder: &dyn Folder, stack: &str) -> Result<LedgerView, LedgerError> {
    let files::Contents { mut view, key: written, .. } = files::load(folder)?;
    let key = key::load(folder)?;
    check_key(&folder.place(), written.as_deref(), key.as_ref())?;
    if key.is_none() {
        forget_hashes(&mut view);
    }
    view.hash_key = key.unwrap_or_default();
    check_stack(&folder.place(), &view, stack)?;
    stack.clone_into(&mut view.stack);
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_place_or_refused_by_what_is_wrong_with_it() {
        for (address, place) in [
            (".plumb", "root/.plumb"),
            ("folder:ledgers/a", "root/ledgers/a"),
            ("/var/plumb", "/var/plumb"),
            ("folder:/var/plumb", "/var/plumb"),
            ("./a:b", "root/./a:b"),
            ("c:ledger", "root/c:ledger"),
            ("a/s3://b", "root/a/s3://b"),
        ] {
            let store = Store::at(Path::new("root"), address, &Surroundings::default()).unwrap();
            assert_eq!(store.place(), place, "{address}");
        }
        for (address, words) in [
            ("old:ledger", "a ledger at \"old\" is not supported by this build"),
            ("s3:bucket", "a ledger at \"s3\" is not supported by this build"),
            (
                "s3://me:secret@bucket/ledger",
                "\"s3://…\" is no address of a ledger: it is not made of a bucket and a prefix",
            ),
            ("git:", "\"git:…\" is no address of a ledger: it names no remote, as git:origin does"),
            (
                "git:--upload-pack=x",
                "\"git:…\" is no address of a ledger: it names no remote, as git:origin does",
            ),
            (
                "git:origin#main",
                "\"git:…\" is no address of a ledger: what follows # is no ref like refs/plumb/ledger",
            ),
            (
                "git+https://me:secret@host/x",
                "\"git+https:…\" is no address of a ledger: it holds credentials; git has its own places for them",
            ),
            (
                "git+http://host/x",
                "\"git+http:…\" is no address of a ledger: it is not encrypted; http is for loopback only",
            ),
        ] {
            let store = Store::at(Path::new(""), address, &Surroundings::default());
            let text = store.map_err(|error| error.to_string()).unwrap_err();
            assert_eq!(text, words);
        }
        for address in [
            "s3://bucket/team/ledger",
            "gs://bucket",
            "git:origin",
            "git:origin#refs/plumb/other",
            "git+ssh://git@host/team/fleet.git",
            "git+file:///srv/fleet.git",
            "git+http://127.0.0.1:8080/fleet.git",
        ] {
            let variables = [("GOOGLE_SKIP_SIGNATURE", "true"), ("AWS_REGION", "eu-west-1")];
            let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let surroundings =
                Surroundings { variables: variables.into(), ..Surroundings::default() };
            let store = Store::at(Path::new(""), address, &surroundings).unwrap();
            assert_eq!(store.place(), address);
        }
    }
}
