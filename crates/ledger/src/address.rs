//! Addresses of ledgers, and what of the process's surroundings the stores behind them may use.

use crate::bucket::Bucket;
use crate::disk::DiskFolder;
use crate::error::LedgerError;
use crate::folder::Folder;
use crate::git::GitObjects;
use crate::objects::Objects;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The ref that holds a ledger where the address names none.
pub const DEFAULT_REF: &str = "refs/plumb/ledger";

/// What the stores may use of the process's surroundings: this crate reads none of it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment.
    pub variables: BTreeMap<String, String>,
    /// Where what lives as long as the process may be kept.
    pub temporary: PathBuf,
    /// How long a sign of life of a run that holds a shared ledger is to hold; none for what is usual
    /// for the store.
    pub promise: Option<Duration>,
}

impl Surroundings {
    /// Whether a store uses a variable of this name.
    #[must_use]
    pub fn uses(name: &str) -> bool {
        let of_a_storage = ["AWS_", "GOOGLE_", "AZURE_"];
        of_a_storage.iter().any(|letters| name.starts_with(letters))
            || crate::git_program::PASSED.contains(&name)
    }

    /// The variables whose names begin so.
    pub(crate) fn beginning(&self, letters: &str) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        variables.filter(move |(name, _)| name.starts_with(letters))
    }
}

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
            Some(("s3" | "gs" | "az", path)) if path.starts_with("//") => {
                Ok(Self::Shared(Arc::new(Bucket::at(address, surroundings)?)))
            }
            Some(("git" | "git+https" | "git+http" | "git+ssh" | "git+file", _)) => {
                Ok(Self::Shared(Arc::new(GitObjects::at(root, address, surroundings)?)))
            }
            Some((other, _)) => Err(LedgerError::UnknownScheme { scheme: other.to_owned() }),
        }
    }
}

/// Now, by this machine.
#[expect(clippy::disallowed_methods, reason = "a store on a network is as real as the clock is")]
pub(crate) fn clock() -> Timestamp {
    Timestamp::now()
}

/// What stands before an address's first colon, if it can be a scheme: letters, digits, `+`, `-`
/// and `.`, two at least, for one letter is a disk.
fn scheme(address: &str) -> Option<(&str, &str)> {
    let (scheme, path) = address.split_once(':')?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let begins = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    (begins && scheme.len() > 1 && scheme.chars().all(is_part)).then_some((scheme, path))
}
