//! What reading a ledger needs of the place where it is kept, and nothing that writes: a folder has
//! it, and a shared store.

use crate::folder::Folder;
use std::io::{self, Read};

/// A flat place of files, named without slashes, that is read.
pub trait Reading {
    /// What to call the place in messages.
    fn called(&self) -> String;

    /// The names of its files; empty when the place does not exist.
    ///
    /// # Errors
    /// When it exists and cannot be read.
    fn names(&self) -> io::Result<Vec<String>>;

    /// A file's content, to be read from its beginning.
    ///
    /// # Errors
    /// `NotFound` when there is none, or what the place says.
    fn stream(&self, name: &str) -> io::Result<Box<dyn Read + '_>>;

    /// A file's whole content.
    ///
    /// # Errors
    /// As [`Reading::stream`].
    fn content(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.stream(name)?.read_to_end(&mut content)?;
        Ok(content)
    }

    /// Whether users other than the owner may read or write a file, where only the place's own
    /// permissions keep them from it.
    ///
    /// # Errors
    /// As [`Reading::content`].
    fn is_exposed(&self, name: &str) -> io::Result<bool>;
}

impl<F: Folder + ?Sized> Reading for F {
    fn called(&self) -> String {
        self.place()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.list()
    }

    fn stream(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        Folder::stream(self, name)
    }

    fn content(&self, name: &str) -> io::Result<Vec<u8>> {
        self.read(name)
    }

    fn is_exposed(&self, name: &str) -> io::Result<bool> {
        self.is_open_to_others(name)
    }
}
