//! The seam to the disk: the few operations the ledger needs, so that a test can stand a disk
//! behind them that forgets what was not synced. Nothing here knows what the files hold.

use crate::ignore;
use plumb_model::known_bad::{self, KnownBad};
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

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
    // Known bad: a crash leaves half of it where the whole is looked for.
    if known_bad::is(KnownBad::NonAtomicWrite) {
        return folder.write(name, bytes).and_then(|()| folder.sync());
    }
    let beside = format!("{name}.new");
    folder.write(&beside, bytes)?;
    folder.rename(&beside, name)?;
    folder.sync()
}

/// A folder on the local disk. Its files belong to the user alone (mode 0600).
#[derive(Clone, Debug)]
pub struct DiskFolder {
    path: PathBuf,
}

impl DiskFolder {
    /// A folder that need not exist; reading it then finds nothing.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Makes the folder, for its user alone, and keeps a ledger that begins in it out of Git.
    ///
    /// # Errors
    /// What the disk says.
    pub fn create(path: &Path) -> io::Result<Self> {
        let folder = Self::at(path);
        let is_new = !path.is_dir();
        if is_new {
            make_private_folder(path)?;
        }
        ignore::ensure(&folder)?;
        if is_new {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            sync_folder(parent.unwrap_or(Path::new(".")))?;
        }
        Ok(folder)
    }
}

impl Folder for DiskFolder {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            // A name that is not text is none of ours.
            names.extend(entry?.file_name().into_string().ok());
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.path.join(name))?.len())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = create_private(&self.path.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(&self.path)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        let file = OpenOptions::new().append(true).open(self.path.join(name))?;
        Ok(Box::new(DiskLog { file }))
    }

    fn is_open_to_others(&self, name: &str) -> io::Result<bool> {
        let metadata = fs::metadata(self.path.join(name))?;
        Ok(others_may_use(&metadata))
    }
}

#[derive(Debug)]
struct DiskLog {
    file: File,
}

impl LogFile for DiskLog {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(unix)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(unix)]
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

#[cfg(unix)]
fn others_may_use(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn others_may_use(_metadata: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; names are durable once the call returns.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
