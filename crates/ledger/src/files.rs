//! The files of a ledger together: which segments and snapshots there are, what they come to, and
//! how they are turned over when the journal has grown. Locking and appending are elsewhere.

use crate::error::LedgerError;
use crate::folder::Folder;
use crate::holding::Holding;
use crate::journal::{self, Owner, Wanted, damaged};
use crate::reading::Reading;
use crate::snapshot::{self, Snapshot};
use jiff::Timestamp;
use plumb_model::body::Pool;
use plumb_model::{LedgerView, Record};
use std::collections::BTreeSet;

/// How many snapshots are kept, with the segments after the oldest of them.
pub const SNAPSHOTS_KEPT: u32 = 10;

/// What the files of a folder come to.
#[derive(Debug, Default)]
pub struct Contents {
    /// The view, without the hash key; its stack is empty when the folder holds nothing.
    pub view: LedgerView,
    /// The newest segment's number, from 1; 0 when there is none.
    pub newest: u32,
    /// How much of the newest segment is whole, in bytes; `None` when it does not exist yet
    /// (the run that turned the journal over ended in between).
    pub whole: Option<u64>,
    /// Whether a torn append follows what is whole.
    pub torn: bool,
    /// The id of the key with which its secrets were hashed, where it says so.
    pub key: Option<String>,
    /// The segments since the newest snapshot that opened a shared ledger, and who did.
    pub openings: Vec<(u32, Holding)>,
    /// Until when the newest append to a shared ledger holds as a sign of life.
    pub until: Option<Timestamp>,
    /// The segments up to this number are in the snapshot that was read; 0 without one.
    pub base: u32,
}

/// The numbered files of a folder.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) segments: BTreeSet<u32>,
    pub(crate) snapshots: BTreeSet<u32>,
}

impl Files {
    pub(crate) fn list(place: &(impl Reading + ?Sized)) -> Result<Self, LedgerError> {
        let names = place.names().map_err(LedgerError::io("read", place.called()))?;
        Ok(Self::among(&names))
    }

    /// The segments whose records are kept: those that the oldest snapshot does not stand for. In a
    /// shared ledger more of them stay, which only keep their numbers from being used again.
    pub(crate) fn told(&self) -> impl Iterator<Item = u32> {
        let from = self.oldest_kept().map_or(0, |oldest| oldest.saturating_add(1));
        self.segments.range(from..).copied()
    }

    /// The oldest snapshot that is kept, once there are more than that.
    pub(crate) fn oldest_kept(&self) -> Option<u32> {
        let kept = usize::try_from(SNAPSHOTS_KEPT).unwrap_or(usize::MAX);
        self.snapshots.iter().rev().nth(kept.saturating_sub(1)).copied()
    }

    pub(crate) fn among(names: &[String]) -> Self {
        // What only looks like one of ours, such as a copy somebody made, is nobody's concern.
        let numbered = |file_name: fn(u32) -> String| {
            let number = |name: &String| -> Option<u32> {
                let (_, number) = name.rsplit_once('-')?;
                let number = number.parse().ok().filter(|number| *number > 0)?;
                (file_name(number) == *name).then_some(number)
            };
            names.iter().filter_map(number).collect()
        };
        Self { segments: numbered(journal::file_name), snapshots: numbered(snapshot::file_name) }
    }
}

/// Reads what a folder holds, writing nothing.
///
/// # Errors
/// When something is damaged that cannot be made up for, newer, or cannot be read.
pub fn load(place: &(impl Reading + ?Sized)) -> Result<Contents, LedgerError> {
    let files = Files::list(place)?;
    let (base, mut view, mut key) = newest_snapshot(place, &files)?;
    let mut pool = Pool::default();
    let newest = files.segments.last().copied().unwrap_or_default().max(base);
    let (mut whole, mut torn, mut openings, mut until) = (None, false, Vec::new(), None);
    for number in base.saturating_add(1)..=newest {
        if !files.segments.contains(&number) {
            return Err(damaged(&journal::file_name(number), 0, "it is missing"));
        }
        let mut absorb = |record: Record| view.absorb(&record);
        let read = || journal::read(place, number, Wanted::WithoutEvents, &mut absorb);
        let segment = pool.lend(read)?;
        if segment.torn && number != newest {
            return Err(damaged(&journal::file_name(number), 0, "its end is missing"));
        }
        view.stack = segment.stack;
        key = segment.key;
        (whole, torn) = (Some(segment.whole), segment.torn);
        openings.extend(segment.opened.map(|holding| (number, holding)));
        until = segment.until;
    }
    let next = if whole.is_none() && base > 0 { base.saturating_add(1) } else { newest };
    Ok(Contents { view, newest: next, whole, torn, key, openings, until, base })
}

/// The newest snapshot that can be read. A damaged one is made up for by an older one and the
/// segments after it.
fn newest_snapshot(
    place: &(impl Reading + ?Sized),
    files: &Files,
) -> Result<(u32, LedgerView, Option<String>), LedgerError> {
    let mut first_damage = None;
    for number in files.snapshots.iter().rev() {
        match snapshot::read(place, *number) {
            Ok(snapshot) => {
                let key = snapshot.key.clone();
                return Ok((*number, snapshot.into_view(), key));
            }
            Err(damage @ LedgerError::Damaged { .. }) => {
                tracing::warn!(%damage, "falling back to an older snapshot");
                first_damage.get_or_insert(damage);
            }
            Err(error) => return Err(error),
        }
    }
    // Without any snapshot everything must still be there from the first segment on.
    match first_damage {
        Some(damage) if !files.segments.contains(&1) => Err(damage),
        _ => Ok((0, LedgerView::default(), None)),
    }
}

/// Ends segment `number` with a snapshot and begins the next one. Answers the new one's number and
/// length in bytes.
///
/// # Errors
/// What the disk says; the ledger is as sound as before.
pub fn turn_over(
    folder: &dyn Folder,
    number: u32,
    view: &LedgerView,
) -> Result<(u32, u64), LedgerError> {
    snapshot::write(folder, number, &Snapshot::of(view))?;
    let next = number.saturating_add(1);
    let owner = Owner { stack: &view.stack, key: &view.hash_key };
    let length = journal::create(folder, next, owner)?;
    if let Err(error) = forget_old(folder) {
        tracing::warn!(%error, "old snapshots stay behind");
    }
    Ok((next, length))
}

fn forget_old(folder: &dyn Folder) -> Result<(), LedgerError> {
    let files = Files::list(folder)?;
    let Some(oldest) = files.oldest_kept() else { return Ok(()) };
    let snapshots = files.snapshots.range(..oldest).map(|number| snapshot::file_name(*number));
    let segments = files.segments.range(..=oldest).map(|number| journal::file_name(*number));
    for name in snapshots.chain(segments) {
        folder.remove(&name).map_err(LedgerError::io("remove", name))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryFolder;

    #[test]
    fn a_file_that_only_looks_like_ours_is_none() {
        let disk = MemoryFolder::new();
        let ours = ["journal-000002", "journal-1000000", "snapshot-000001"];
        let others = [
            "journal-00003",
            "journal-+00003",
            "journal-000000",
            "journal-000003-copy",
            "copy-journal-000003",
            "journal-0000003",
            "journal-000003.bak",
            "snapshot-2",
            "journal-99999999999",
        ];
        for name in ours.iter().chain(&others) {
            crate::folder::replace(&disk, name, b"").unwrap();
        }
        let files = Files::list(&disk).unwrap();
        assert_eq!(files.segments, BTreeSet::from([2, 1_000_000]));
        assert_eq!(files.snapshots, BTreeSet::from([1]));
    }
}
