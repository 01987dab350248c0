//! Where a stack's ledger is kept, and everything that is asked of it there: the one door for
//! commands, which see no path. A folder today; whatever comes beside it is told apart here and
//! nowhere else.
//!
//! # What a store owes
//! - One run writes at a time: [`Store::open`] answers [`LedgerError::Held`] with who does. A store
//!   without locks owes the same by writing the next object only where none is yet.
//! - Reading takes no lock, writes nothing, and a place where nothing is yet reads as empty.

use crate::disk::DiskFolder;
use crate::error::LedgerError;
use crate::folder::Folder;
use crate::history::{self, Run};
use crate::holding::{Holding, Unlocked};
use crate::ledger::{Ledger, check_key, check_stack, forget_hashes};
use crate::{files, key};
use plumb_model::LedgerView;
use std::path::Path;
use std::sync::Arc;

/// The scheme of a folder, which may be left out.
const FOLDER: &str = "folder";

/// The address of a stack's ledger. Nothing need be there yet.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Arc<dyn Folder>,
}

impl Store {
    /// The store at an address: a path, or `folder:` and a path.
    ///
    /// # Errors
    /// [`LedgerError::UnknownScheme`] for any other scheme; `./old:ledger` is a folder.
    pub fn at(address: &str) -> Result<Self, LedgerError> {
        Self::below(Path::new(""), address)
    }

    /// The store at an address, whose path may be relative to a folder.
    ///
    /// # Errors
    /// As [`Store::at`].
    pub fn below(root: &Path, address: &str) -> Result<Self, LedgerError> {
        match scheme(address) {
            None => Ok(Self::in_directory(&root.join(address))),
            Some((FOLDER, path)) => Ok(Self::in_directory(&root.join(path))),
            Some((other, _)) => Err(LedgerError::UnknownScheme { scheme: other.to_owned() }),
        }
    }

    /// The store in a directory of the local disk.
    #[must_use]
    pub fn in_directory(path: &Path) -> Self {
        Self::in_folder(Arc::new(DiskFolder::at(path)))
    }

    /// The store in any folder, with the lock that folder has.
    #[must_use]
    pub fn in_folder(folder: Arc<dyn Folder>) -> Self {
        Self { folder }
    }

    /// What to call it in messages.
    #[must_use]
    pub fn place(&self) -> String {
        self.folder.place()
    }

    /// Makes the place without beginning a ledger, so that what is kept beside one stays out of
    /// Git as it does.
    ///
    /// # Errors
    /// What the disk says.
    pub fn prepare(&self) -> Result<(), LedgerError> {
        self.folder.prepare().map_err(LedgerError::io("make", self.place()))
    }

    /// Opens the ledger to write, making it if need be. The lock ends with what is answered.
    ///
    /// # Errors
    /// [`LedgerError::Held`] when another run has it; when it is damaged, newer, another stack's,
    /// or the disk is full or fails.
    pub fn open(&self, stack: &str, holding: &Holding) -> Result<Ledger, LedgerError> {
        self.prepare()?;
        let lock = self.folder.lock(holding)?;
        Ok(Ledger::open_in(self.folder.clone(), stack)?.locked_by(lock))
    }

    /// What the ledger knows, read without its lock: a run that writes meanwhile is not disturbed.
    ///
    /// # Errors
    /// When it is damaged, newer, another stack's, or cannot be read.
    pub fn read(&self, stack: &str) -> Result<LedgerView, LedgerError> {
        /// A run that turns the journal over between two looks makes files go away.
        const TRIES: u32 = 3;
        let folder = &*self.folder;
        let mut view = view_of(folder);
        for _ in 1..TRIES {
            if view.is_ok() {
                break;
            }
            view = view_of(folder);
        }
        let mut view = view?;
        check_stack(folder, &view, stack)?;
        stack.clone_into(&mut view.stack);
        Ok(view)
    }

    /// All runs that are kept, the newest first.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn history(&self, stack: &str) -> Result<Vec<Run>, LedgerError> {
        self.read(stack)?;
        history::read(&*self.folder)
    }

    /// Whether there is a ledger: one that begins gets a key to hash with, and never loses it.
    ///
    /// # Errors
    /// When the key can be read by others, is damaged, or cannot be read.
    pub fn has_begun(&self) -> Result<bool, LedgerError> {
        Ok(key::load(&*self.folder)?.is_some())
    }

    /// Clears what a dead holder left behind. Never takes a lock away from a living process.
    ///
    /// # Errors
    /// What the disk says.
    pub fn unlock(&self) -> Result<Unlocked, LedgerError> {
        self.folder.unlock()
    }
}

fn view_of(folder: &dyn Folder) -> Result<LedgerView, LedgerError> {
    let files::Contents { mut view, key: written, .. } = files::load(folder)?;
    let key = key::load(folder)?;
    check_key(folder, written.as_deref(), key.as_ref())?;
    if key.is_none() {
        forget_hashes(&mut view);
    }
    view.hash_key = key.unwrap_or_default();
    Ok(view)
}

/// What stands before an address's first colon, if it can be a scheme: letters, digits, `+`, `-`
/// and `.`, two at least, for one letter is a disk.
fn scheme(address: &str) -> Option<(&str, &str)> {
    let (scheme, path) = address.split_once(':')?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let begins = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    (begins && scheme.len() > 1 && scheme.chars().all(is_part)).then_some((scheme, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_folder_or_refused_by_the_name_of_its_scheme() {
        for (address, place) in [
            (".plumb", "root/.plumb"),
            ("folder:ledgers/a", "root/ledgers/a"),
            ("/var/plumb", "/var/plumb"),
            ("folder:/var/plumb", "/var/plumb"),
            ("./a:b", "root/./a:b"),
            ("c:ledger", "root/c:ledger"),
            ("a/s3://b", "root/a/s3://b"),
        ] {
            let store = Store::below(Path::new("root"), address).unwrap();
            assert_eq!(store.place(), place, "{address}");
        }
        for address in
            ["s3://me:secret@bucket/ledger", "git:refs/plumb", "old:ledger", "git+ssh://x"]
        {
            let text = Store::at(address).map_err(|error| error.to_string()).unwrap_err();
            let (scheme, _) = address.split_once(':').unwrap();
            assert_eq!(text, format!("a ledger at {scheme:?} is not supported by this build"));
        }
    }
}
