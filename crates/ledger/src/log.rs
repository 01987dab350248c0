//! Where the appends of one run go, one at a time: the newest segment of a folder here, the next
//! object of a shared store elsewhere ([`crate::shared`]).

use crate::error::LedgerError;
use crate::folder::Folder;
use crate::history;
use crate::journal::{self, Writer};
use crate::reserve;
use plumb_model::Record;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

/// Where appends go.
pub(crate) trait Log: Debug + Send {
    /// Makes records durable, all or none. A log that answers an error once and cannot tell what
    /// is there answers only errors from then on.
    fn append(&mut self, records: &[&Record]) -> Result<(), LedgerError>;

    /// Sees to it that the outcome of a create can be recorded, before the create is announced.
    fn make_room(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// Sees to it that nobody else has come to write meanwhile.
    fn hold(&mut self) -> Result<(), LedgerError> {
        Ok(())
    }

    /// Hands on the records that tell of the runs that are kept.
    fn tell(&self, each: &mut dyn FnMut(Record)) -> Result<(), LedgerError>;
}

/// The newest segment of a folder that this run has locked.
#[derive(Debug)]
pub(crate) struct FolderLog {
    folder: Arc<dyn Folder>,
    writer: Writer,
    reserve: Reserve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reserve {
    SetAside,
    /// Given back to a full disk: no create may be sent before it is set aside again.
    Released,
}

impl FolderLog {
    /// The log of a folder whose space is set aside.
    pub(crate) fn new(folder: Arc<dyn Folder>, writer: Writer) -> Self {
        Self { folder, writer, reserve: Reserve::SetAside }
    }
}

impl Log for FolderLog {
    /// Writes one frame. A failure is tried once more: on a full disk in the space set aside for
    /// it, else because a disk may fail once.
    fn append(&mut self, records: &[&Record]) -> Result<(), LedgerError> {
        let place = self.folder.place();
        if self.writer.is_broken() {
            return Err(LedgerError::Broken { place });
        }
        let frame = journal::framed(&records).map_err(LedgerError::io("encode", place.as_str()))?;
        let Err(first) = self.writer.append(&frame) else { return Ok(()) };
        if self.writer.is_broken() {
            return Err(LedgerError::io("write", place)(first));
        }
        if matches!(first.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            reserve::release(&*self.folder);
            self.reserve = Reserve::Released;
        }
        tracing::warn!(error = %first, "an append failed and is tried once more");
        self.writer.append(&frame).map_err(LedgerError::io("write", place))
    }

    fn make_room(&mut self) -> Result<(), LedgerError> {
        if self.reserve == Reserve::Released {
            reserve::ensure(&*self.folder)?;
            self.reserve = Reserve::SetAside;
        }
        Ok(())
    }

    fn tell(&self, each: &mut dyn FnMut(Record)) -> Result<(), LedgerError> {
        history::tell(&*self.folder, each)
    }
}
