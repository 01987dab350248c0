//! The seam to where a ledger is kept: the few operations it needs, so that a test can stand a disk
//! behind them that forgets what was not synced, and something that goes wrong before it. Nothing here knows what the files hold.

use crate::error::LedgerError;
use crate::holding::{Holding, Unlocked};
use std::fmt::Debug;
use std::io;

/// A flat folder of files, named without slashes.
pub trait Folder: Debug + Send + Sync {
    /// What to call the folder in messages.
    fn place(&self) -> String;

    /// The names of its files, sorted; empty when the folder does not exist.
    ///
    /// # Errors
    /// When the folder exists and cannot be read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// A file's whole content.
    ///
    /// # Errors
    /// `NotFound` when there is none, or what the disk says.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// A file's content, to be read from its beginning.
    ///
    /// # Errors
    /// `NotFound` when there is none, or what the disk says.
    fn stream(&self, name: &str) -> io::Result<Box<dyn io::Read + '_>> {
        Ok(Box::new(io::Cursor::new(self.read(name)?)))
    }

    /// How many bytes a file holds.
    ///
    /// # Errors
    /// `NotFound` when there is none, or what the disk says.
    fn length(&self, name: &str) -> io::Result<u64>;

    /// Writes a file of its own user's from nothing, and syncs its content, though not its name.
    ///
    /// # Errors
    /// What the disk says; the file may be there by half.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// The same, of what `content` writes as often as it is asked to.
    ///
    /// # Errors
    /// What the disk or the content says; the file may be there by half.
    fn write_from(&self, name: &str, content: &Content<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        content(&mut bytes)?;
        self.write(name, &bytes)
    }

    /// Gives a file another name, in the place of what had it.
    ///
    /// # Errors
    /// What the disk says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// What the disk says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes names durable: what was written, renamed or removed stays so.
    ///
    /// # Errors
    /// What the disk says.
    fn sync(&self) -> io::Result<()>;

    /// Opens an existing file to append to it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or what the disk says.
    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Whether users other than the owner may read or write a file.
    ///
    /// # Errors
    /// `NotFound` when there is none, or what the disk says.
    fn is_open_to_others(&self, name: &str) -> io::Result<bool>;

    /// Makes the folder, if there is none, without beginning a ledger in it.
    ///
    /// # Errors
    /// What the disk says.
    fn prepare(&self) -> io::Result<()>;

    /// Keeps other runs out until what is answered is dropped. A folder that nobody else can reach
    /// has nothing to do here.
    ///
    /// # Errors
    /// [`LedgerError::Held`] when another run is in; what the disk says.
    fn lock(&self, holding: &Holding) -> Result<Box<dyn Held>, LedgerError>;

    /// Clears what a dead holder left behind. Never takes a lock away from a living process.
    ///
    /// # Errors
    /// What the disk says.
    fn unlock(&self) -> Result<Unlocked, LedgerError>;

    /// Random bytes, from the operating system unless a test wants them to come from a seed.
    ///
    /// # Errors
    /// When the system has none.
    fn random(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(bytes)
    }
}

/// What a file is to hold, written piece by piece.
pub type Content<'c> = dyn Fn(&mut dyn io::Write) -> io::Result<()> + 'c;

/// A lock, which ends when it is dropped.
pub trait Held: Debug + Send + Sync {
    /// Whether nobody else can have come to write by now.
    fn is_sure(&self) -> bool {
        true
    }
}

/// Nothing to let go of.
impl Held for () {}

/// A file that is only appended to, but for taking an append back.
pub trait LogFile: Debug + Send {
    /// Writes at the end. After an error any part of it may be there.
    ///
    /// # Errors
    /// What the disk says.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to a length in bytes.
    ///
    /// # Errors
    /// What the disk says.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes the content durable.
    ///
    /// # Errors
    /// What the disk says; then nobody knows what is durable since the last good sync.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes a whole file so that it is there entirely or not at all: beside its place, synced,
/// renamed, and the name synced.
///
/// # Errors
/// What the disk says.
pub fn replace(folder: &dyn Folder, name: &str, bytes: &[u8]) -> io::Result<()> {
    replace_from(folder, name, &|file| file.write_all(bytes))
}

/// The same, of what is written piece by piece.
///
/// # Errors
/// What the disk or the content says.
pub fn replace_from(folder: &dyn Folder, name: &str, content: &Content<'_>) -> io::Result<()> {
    let beside = format!("{name}.new");
    folder.write_from(&beside, content)?;
    folder.rename(&beside, name)?;
    folder.sync()
}
