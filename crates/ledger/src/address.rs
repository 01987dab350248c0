//! Addresses of ledgers: what stands at each is told apart here and nowhere else.

use crate::bucket::Bucket;
use crate::disk::DiskFolder;
use crate::error::LedgerError;
use crate::folder::Folder;
use crate::git::GitObjects;
use crate::objects::Objects;
use crate::surroundings::Surroundings;
use std::path::Path;
use std::sync::Arc;

/// What an address comes to.
pub(crate) enum Place {
    /// A folder, which is locked.
    Folder(Arc<dyn Folder>),
    /// A store that many machines share.
    Shared(Arc<dyn Objects>),
}

impl Place {
    /// The place at an address, whose path, or repository, may be relative to a folder.
    ///
    /// # Errors
    /// [`LedgerError::UnknownScheme`], [`LedgerError::BadAddress`].
    pub(crate) fn of(
        root: &Path,
        address: &str,
        surroundings: &Surroundings,
    ) -> Result<Self, LedgerError> {
        let folder = |path: &str| Self::Folder(Arc::new(DiskFolder::at(&root.join(path))));
        match scheme(address) {
            None => Ok(folder(address)),
            Some(("folder", path)) => Ok(folder(path)),
            Some(_) if is_of_a_bucket(address) => {
                Ok(Self::Shared(Arc::new(Bucket::at(address, surroundings)?)))
            }
            Some(("git" | "git+https" | "git+http" | "git+ssh" | "git+file", _)) => {
                Ok(Self::Shared(Arc::new(GitObjects::at(root, address, surroundings)?)))
            }
            Some((other, _)) => Err(LedgerError::UnknownScheme { scheme: other.to_owned() }),
        }
    }
}

/// Whether a ledger at this address is in a bucket: [`Surroundings::authorities`] are trusted there. Git
/// has settings of its own.
#[must_use]
pub fn is_of_a_bucket(address: &str) -> bool {
    matches!(scheme(address), Some(("s3" | "gs" | "az", path)) if path.starts_with("//"))
}

/// What stands before an address's first colon, if it can be a scheme: letters, digits, `+`, `-`
/// and `.`, two at least, for one letter is a disk.
fn scheme(address: &str) -> Option<(&str, &str)> {
    let (scheme, path) = address.split_once(':')?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let begins = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    (begins && scheme.len() > 1 && scheme.chars().all(is_part)).then_some((scheme, path))
}
