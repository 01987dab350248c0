//! The lock of a folder on the local disk: one run writes at a time. The operating system's file lock dies
//! with its process; who holds it is written beside it, for the message alone.
//!
//! Waiting is the caller's business: [`Lock::acquire`] answers at once.

use crate::error::LedgerError;
use crate::folder::Held;
use crate::holding::{Holding, Unlocked};
use crate::private::create_private;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

const LOCK: &str = "lock";
const HOLDER: &str = "holder.json";

/// A held lock; dropping it lets go.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    holder: PathBuf,
}

impl Lock {
    /// Takes the lock of an existing folder, or says who has it.
    ///
    /// # Errors
    /// [`LedgerError::Held`] when another handle has it; what the disk says.
    pub(crate) fn acquire(directory: &Path, holding: &Holding) -> Result<Self, LedgerError> {
        let path = directory.join(LOCK);
        let place = || path.display().to_string();
        let file = open(&path).map_err(LedgerError::io("open", place()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let held = read_holder(directory).map(Box::new);
                return Err(LedgerError::Held {
                    place: directory.display().to_string(),
                    holder: held,
                });
            }
            Err(TryLockError::Error(error)) => {
                return Err(LedgerError::io("lock", place())(error));
            }
        }
        let lock = Self { file, holder: directory.join(HOLDER) };
        write_holder(&lock.holder, holding)
            .map_err(LedgerError::io("write", lock.holder.display().to_string()))?;
        Ok(lock)
    }
}

impl Held for Lock {}

impl Drop for Lock {
    fn drop(&mut self) {
        // Both are courtesies: the lock ends with its handle, and a holder's name that stays
        // behind is overwritten by the next one.
        if let Err(error) = fs::remove_file(&self.holder) {
            tracing::debug!(%error, "the holder's name stays behind");
        }
        if let Err(error) = self.file.unlock() {
            tracing::debug!(%error, "the lock ends with its handle");
        }
    }
}

/// Clears what a dead holder left behind. Never takes a lock away from a living process.
///
/// # Errors
/// What the disk says.
pub(crate) fn unlock(directory: &Path) -> Result<Unlocked, LedgerError> {
    let path = directory.join(LOCK);
    let place = || path.display().to_string();
    if !path.exists() {
        return Ok(Unlocked::WasFree);
    }
    let file = open(&path).map_err(LedgerError::io("open", place()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(Unlocked::StillHeld(read_holder(directory))),
        Err(TryLockError::Error(error)) => return Err(LedgerError::io("lock", place())(error)),
        Ok(()) => {}
    }
    let left = read_holder(directory);
    match fs::remove_file(directory.join(HOLDER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(LedgerError::io("remove", directory.join(HOLDER).display().to_string())(error))
        }
        _ => Ok(left.map_or(Unlocked::WasFree, Unlocked::Cleared)),
    }
}

/// Who is written down as the holder of a folder's lock.
fn read_holder(directory: &Path) -> Option<Holding> {
    let path = directory.join(HOLDER);
    // To read a pipe is to wait for its writer.
    fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn write_holder(path: &Path, holding: &Holding) -> io::Result<()> {
    let beside = path.with_extension("new");
    create_private(&beside)?.write_all(&serde_json::to_vec(holding)?)?;
    fs::rename(beside, path)
}
