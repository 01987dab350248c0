//! What one ledger knows, on its way to another place.

use crate::error::LedgerError;
use crate::folder::Folder;
use crate::journal::{self, Owner, Whole};
use crate::snapshot::{self, Snapshot};
use crate::{folder, key};
use plumb_model::{LedgerView, Record};
use std::io;
use zeroize::Zeroizing;

/// The segment that holds the history, and that the snapshot stands for.
const FIRST: u32 = 1;

/// All that a ledger knows.
pub(crate) struct Copied {
    pub(crate) view: LedgerView,
    pub(crate) past: Vec<Record>,
}

impl Copied {
    /// The files it comes to, in the order in which they are written: one that is written in part is
    /// a ledger that knows the same, and no hashes or no runs.
    pub(crate) fn files(&self) -> io::Result<Vec<(String, Zeroizing<Vec<u8>>)>> {
        let view = &self.view;
        let records: Vec<&Record> = self.past.iter().collect();
        let owner = Owner { stack: &view.stack, key: &view.hash_key };
        let history =
            Whole { owner, session: "copied", opened: None, until: None, records: &records };
        Ok(vec![
            (snapshot::file_name(FIRST), snapshot::encoded(&Snapshot::of(view))?.into()),
            (key::NAME.to_owned(), view.hash_key.bytes().to_vec().into()),
            (journal::file_name(FIRST), history.bytes(FIRST)?.into()),
        ])
    }

    /// Begins a ledger with it in a folder that is locked.
    ///
    /// # Errors
    /// [`LedgerError::NotEmpty`] when there is one already; what the disk says.
    pub(crate) fn begin_in(&self, folder: &dyn Folder) -> Result<(), LedgerError> {
        let place = folder.place();
        if key::load(folder)?.is_some() || crate::files::load(folder)?.newest > 0 {
            return Err(LedgerError::NotEmpty { place });
        }
        for (name, bytes) in self.files().map_err(LedgerError::io("encode", place.as_str()))? {
            folder::replace(folder, &name, &bytes).map_err(LedgerError::io("write", &*place))?;
        }
        Ok(())
    }
}
