//! The hash key: 32 random bytes with which write-only values are hashed, so that a stolen ledger
//! does not let anyone guess a password. The hashing itself is the model's.

use crate::error::LedgerError;
use crate::folder::{self, Folder};
use plumb_model::digest::HashKey;
use std::io;

const NAME: &str = "key";
const BYTES: usize = 32;

/// The key of a folder; `None` when it has none yet.
///
/// # Errors
/// When others may read it, when it has the wrong length, or when it cannot be read.
pub fn load(folder: &dyn Folder) -> Result<Option<HashKey>, LedgerError> {
    let place = format!("{}/{NAME}", folder.place());
    let bytes = match folder.read(NAME) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(LedgerError::io("read", place.as_str()))?,
    };
    if folder.is_open_to_others(NAME).map_err(LedgerError::io("read", place.as_str()))? {
        return Err(LedgerError::OpenKey { place });
    }
    if bytes.len() != BYTES {
        let what = format!("a key has {BYTES} bytes, this one {}", bytes.len());
        return Err(LedgerError::Damaged { file: NAME.to_owned(), offset: 0, what });
    }
    Ok(Some(HashKey::new(bytes)))
}

/// Makes a new key and keeps it.
///
/// # Errors
/// When there is no randomness, or it cannot be written.
pub fn create(folder: &dyn Folder) -> Result<HashKey, LedgerError> {
    let place = format!("{}/{NAME}", folder.place());
    let random = folder.random(BYTES);
    let bytes = random.map_err(LedgerError::io("get random bytes for", place.as_str()))?;
    folder::replace(folder, NAME, &bytes).map_err(LedgerError::io("write", place))?;
    Ok(HashKey::new(bytes))
}
