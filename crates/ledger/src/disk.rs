//! A folder on the local disk, which belongs to its user alone and is locked by the operating
//! system.

use crate::error::LedgerError;
use crate::folder::{Content, Folder, Held, LogFile};
use crate::holding::{Holding, Unlocked};
use crate::ignore;
use crate::lock::{self, Lock};
use crate::private::create_private;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

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
        folder.prepare()?;
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
        fs::read(regular(self.path.join(name))?)
    }

    fn stream(&self, name: &str) -> io::Result<Box<dyn io::Read + '_>> {
        Ok(Box::new(BufReader::new(File::open(regular(self.path.join(name))?)?)))
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        Ok(fs::metadata(self.path.join(name))?.len())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.write_from(name, &|file| file.write_all(bytes))
    }

    fn write_from(&self, name: &str, content: &Content<'_>) -> io::Result<()> {
        let mut file = BufWriter::new(create_private(&self.path.join(name))?);
        content(&mut file)?;
        file.into_inner()?.sync_all()
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
        let file = OpenOptions::new().append(true).open(regular(self.path.join(name))?)?;
        Ok(Box::new(DiskLog { file }))
    }

    fn prepare(&self) -> io::Result<()> {
        let is_new = !self.path.is_dir();
        if is_new {
            make_private_folder(&self.path)?;
        }
        ignore::ensure(self)?;
        if is_new {
            let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
            sync_folder(parent.unwrap_or(Path::new(".")))?;
        }
        Ok(())
    }

    fn lock(&self, holding: &Holding) -> Result<Box<dyn Held>, LedgerError> {
        Ok(Box::new(Lock::acquire(&self.path, holding)?))
    }

    fn unlock(&self) -> Result<Unlocked, LedgerError> {
        lock::unlock(&self.path)
    }

    fn is_open_to_others(&self, name: &str) -> io::Result<bool> {
        let metadata = fs::metadata(self.path.join(name))?;
        Ok(others_may_use(&metadata))
    }
}

/// A file that is one: to open a pipe is to wait for whoever is at its other end.
fn regular(path: PathBuf) -> io::Result<PathBuf> {
    if fs::metadata(&path)?.is_file() {
        return Ok(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"))
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
