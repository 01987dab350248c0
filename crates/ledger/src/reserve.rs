//! Disk space set aside, so that the outcome of a create that was sent can be recorded on a full
//! disk (docs/rules.md §2, step 2). When it is taken and given back is the ledger's business.

use crate::error::LedgerError;
use crate::folder::{self, Folder};

const NAME: &str = "reserve";

/// Enough for the outcomes of everything in flight: ten creates with bodies of 25 KiB.
const BYTES: u32 = 256 * 1024;

/// Makes sure the space is set aside.
pub(crate) fn ensure(folder: &dyn Folder) -> Result<(), LedgerError> {
    if folder.length(NAME).is_ok_and(|length| length == u64::from(BYTES)) {
        return Ok(());
    }
    let place = format!("{}/{NAME}", folder.place());
    // Random bytes, because a disk that compresses would set nothing aside for zeros.
    let bytes = folder
        .random(BYTES as usize)
        .map_err(LedgerError::io("get random bytes for", place.as_str()))?;
    folder::replace(folder, NAME, &bytes).map_err(|error| {
        release(folder);
        LedgerError::io("reserve space in", place)(error)
    })
}

/// Gives the space back, also what a failed try has left.
pub(crate) fn release(folder: &dyn Folder) {
    for name in [NAME.to_owned(), format!("{NAME}.new")] {
        if let Err(error) = folder.remove(&name).and_then(|()| folder.sync()) {
            tracing::warn!(%error, "the reserved space could not be given back");
        }
    }
}
