//! The hash key: 32 random bytes with which write-only values are hashed, so that a stolen ledger
//! does not let anyone guess a password. The hashing itself is the model's.

use crate::error::LedgerError;
use crate::folder::{self, Folder};
use crate::reading::Reading;
use plumb_model::digest::HashKey;
use std::io;
use zeroize::Zeroizing;

/// The file of the key.
pub const NAME: &str = "key";
pub(crate) const BYTES: usize = 32;

/// The key of a folder; `None` when it has none yet.
///
/// # Errors
/// When others may read it, when it has the wrong length, or when it cannot be read.
pub fn load(kept: &(impl Reading + ?Sized)) -> Result<Option<HashKey>, LedgerError> {
    let place = format!("{}/{NAME}", kept.called());
    let bytes = match kept.content(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(LedgerError::io("read", place.as_str()))?,
    };
    if kept.is_exposed(NAME).map_err(LedgerError::io("read", place.as_str()))? {
        return Err(LedgerError::OpenKey { place });
    }
    if bytes.len() != BYTES {
        let what = format!("a key has {BYTES} bytes, this one {}", bytes.len());
        return Err(LedgerError::Damaged { file: NAME.to_owned(), offset: 0, what });
    }
    Ok(Some(HashKey::new(bytes)))
}

/// A key that is made and not kept yet. What is tied to it is written first: a key that is there
/// alone would belong to nothing.
pub struct NewKey(Zeroizing<Vec<u8>>);

/// Makes a new key.
///
/// # Errors
/// When there is no randomness.
pub fn make(folder: &dyn Folder) -> Result<NewKey, LedgerError> {
    NewKey::of(folder.random(BYTES), &folder.place())
}

impl NewKey {
    /// The key of random bytes, for a place.
    pub(crate) fn of(random: io::Result<Vec<u8>>, place: &str) -> Result<Self, LedgerError> {
        let place = format!("{place}/{NAME}");
        Ok(Self(Zeroizing::new(random.map_err(LedgerError::io("get random bytes for", place))?)))
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> HashKey {
        HashKey::new(self.0.to_vec())
    }

    /// Its bytes, for a place that is no folder.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, folder: &dyn Folder) -> Result<(), LedgerError> {
        let place = format!("{}/{NAME}", folder.place());
        folder::replace(folder, NAME, &self.0).map_err(LedgerError::io("write", place))
    }
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NewKey(…)")
    }
}
