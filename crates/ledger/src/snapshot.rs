//! Snapshots: what all segments up to a number come to, so that old ones need not be read. When
//! one is made, and which are kept, is the store's business.

use crate::error::LedgerError;
use crate::folder::{self, Folder};
use crate::frame::{self, FILE_HEAD, FRAME_HEAD, Next, Sum};
use crate::journal::{check_head, damaged, parse};
use crate::reading::Reading;
use plumb_model::body::Pool;
use plumb_model::{Account, Entry, Intent, LedgerView, ResourceKey, Veiled};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

const LETTERS: [u8; 8] = *b"plumbsnp";

/// What the ledger came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The stack.
    pub stack: String,
    /// What is ours.
    pub entries: Vec<Arc<Entry>>,
    /// Creates whose outcome is not known.
    pub open_intents: Vec<Intent>,
    /// What updates set that are not known to be complete.
    #[serde(default)]
    pub attempted: Vec<(ResourceKey, Veiled)>,
    /// What deletes of ours were sent for that are not known to have ended.
    #[serde(default)]
    pub leaving: Vec<ResourceKey>,
    /// The id of the key with which its secrets were hashed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The number of the last run that wrote.
    #[serde(default)]
    pub generation: u64,
    /// The accounts everything is in, by provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<String, Account>,
    /// In a shared ledger, the last segment of the snapshot before; 0 where there was none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub since: u32,
    /// In a shared ledger, which of the segments since then opened it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<u32>,
}

impl Snapshot {
    /// The snapshot of a view.
    #[must_use]
    pub fn of(view: &LedgerView) -> Self {
        Self {
            stack: view.stack.clone(),
            entries: view.entries.values().cloned().collect(),
            open_intents: view.open_intents.values().cloned().collect(),
            attempted: view.attempted.clone().into_iter().collect(),
            leaving: view.leaving.iter().cloned().collect(),
            key: Some(view.hash_key.id()),
            generation: view.generation,
            accounts: view.accounts.clone(),
            since: 0,
            openings: Vec::new(),
        }
    }

    /// The view it stands for, without the hash key.
    #[must_use]
    pub fn into_view(self) -> LedgerView {
        let entries = self.entries.into_iter().map(|entry| (entry.key.clone(), entry));
        let intents = self.open_intents.into_iter().map(|intent| (intent.key.clone(), intent));
        LedgerView {
            stack: self.stack,
            entries: entries.collect(),
            open_intents: intents.collect(),
            attempted: self.attempted.into_iter().collect(),
            leaving: self.leaving.into_iter().collect(),
            generation: self.generation,
            accounts: self.accounts,
            ..LedgerView::default()
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The file of the snapshot that covers the segments up to `through`.
#[must_use]
pub fn file_name(through: u32) -> String {
    format!("snapshot-{through:06}")
}

/// Writes a snapshot, durable with its name, or nothing.
///
/// # Errors
/// What the disk says.
pub fn write(folder: &dyn Folder, through: u32, snapshot: &Snapshot) -> Result<(), LedgerError> {
    let name = file_name(through);
    let sum = summed(snapshot).map_err(LedgerError::io("encode", name.as_str()))?;
    let content = |file: &mut dyn Write| write_into(file, snapshot, sum);
    folder::replace_from(folder, &name, &content).map_err(LedgerError::io("write", name))
}

/// A snapshot's bytes.
///
/// # Errors
/// When it is too long for a frame.
pub fn encoded(snapshot: &Snapshot) -> io::Result<Vec<u8>> {
    let sum = summed(snapshot)?;
    let head = FILE_HEAD.saturating_add(FRAME_HEAD);
    let mut bytes = Vec::with_capacity(head.saturating_add(sum.length()));
    write_into(&mut bytes, snapshot, sum)?;
    Ok(bytes)
}

/// What its frame says of it: it is written twice, and once into nothing, so that it is in memory
/// nowhere.
fn summed(snapshot: &Snapshot) -> io::Result<Sum> {
    let mut sum = Sum::default();
    serde_json::to_writer(&mut sum, snapshot)?;
    Ok(sum)
}

fn write_into(mut file: impl Write, snapshot: &Snapshot, sum: Sum) -> io::Result<()> {
    file.write_all(&frame::file_head(LETTERS))?;
    file.write_all(&sum.head().ok_or(io::ErrorKind::FileTooLarge)?)?;
    Ok(serde_json::to_writer(file, snapshot)?)
}

/// Reads a snapshot.
///
/// # Errors
/// When it is damaged, newer, or cannot be read.
pub fn read(place: &(impl Reading + ?Sized), through: u32) -> Result<Snapshot, LedgerError> {
    let file = file_name(through);
    let bytes = place.content(&file).map_err(LedgerError::io("read", file.as_str()))?;
    check_head(&bytes, LETTERS, &file)?;
    match frame::next(&bytes, FILE_HEAD) {
        // What entries have in common is kept once, from the moment each of them is read.
        Next::Frame { payload, end } if end == bytes.len() => {
            Pool::default().lend(|| parse(payload, &file, FILE_HEAD))
        }
        _ => Err(damaged(&file, FILE_HEAD, "its checksum is wrong")),
    }
}
