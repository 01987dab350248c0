//! Journals: the files of a ledger, as they are or as the records in them.
//!
//! An input that begins as a segment or snapshot does is that file, byte for byte. Any other is
//! text: each line is the JSON of one frame, whose checksums are made right, and a line `@name`
//! begins the file of that name. So a corpus can be read, and a fuzzer gets beyond the checksums.

use super::bounded;
use crate::Complaint;
use jiff::Timestamp;
use plumb_ledger::folder;
use plumb_ledger::{Ledger, MemoryFolder, frame};
use plumb_model::ledger::RunHead;
use plumb_model::{Holder, LedgerView, Record, RunId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The stack whose ledger every input is.
const STACK: &str = "fuzz";
const SEGMENT: [u8; 8] = *b"plumbjnl";
const SNAPSHOT: [u8; 8] = *b"plumbsnp";
const FIRST_SEGMENT: &str = "journal-000001";
/// Files of an input.
const MOST_FILES: usize = 8;

/// Opens an input as a ledger; where that works, opens it again and appends to it.
///
/// # Errors
/// When a refused ledger is not refused again, or an opened one is another the second time or does
/// not keep what is appended.
pub fn journal(bytes: &[u8]) -> Result<(), Complaint> {
    let disk = disk(bounded(bytes)).map_err(|error| error.to_string())?;
    let (ledger, view) = match open(&disk) {
        Ok(opened) => opened,
        Err(why) => {
            return match open(&disk) {
                Err(again) if again == why => Ok(()),
                _ => Err(format!("it was refused once: {why}")),
            };
        }
    };
    let history = ledger.history();
    drop(ledger);
    let (ledger, again) = open(&disk)?;
    if !is_same(&view, &again) {
        return Err("opened again it says something else".to_owned());
    }
    ledger.record(vec![Record::RunStarted(head())]).map_err(|error| format!("{error:?}"))?;
    drop(ledger);
    let (ledger, _) = open(&disk)?;
    match (history, ledger.history()) {
        (Ok(runs), Ok(kept))
            if kept.len() == runs.len() + 1
                && kept.first().map(|run| &run.head) == Some(&head()) =>
        {
            Ok(())
        }
        // Damage in what a snapshot covers is in the way of the history alone.
        (Err(_), Err(_)) => Ok(()),
        _ => Err("what was appended is not kept".to_owned()),
    }
}

fn open(disk: &MemoryFolder) -> Result<(Ledger, LedgerView), String> {
    let ledger =
        Ledger::open_in(Arc::new(disk.clone()), STACK).map_err(|error| format!("{error:?}"))?;
    let view = ledger.view();
    Ok((ledger, view))
}

fn is_same(one: &LedgerView, other: &LedgerView) -> bool {
    let what = |view: &LedgerView| (view.stack.clone(), view.entries.clone());
    what(one) == what(other) && one.open_intents == other.open_intents
}

fn head() -> RunHead {
    RunHead {
        who: Holder {
            user: "nobody".into(),
            host: "here".into(),
            run: RunId("appended".to_owned()),
            url: None,
        },
        at: Timestamp::UNIX_EPOCH,
        command: "apply".to_owned(),
        commit: None,
        plan: None,
        number: 1,
    }
}

fn disk(bytes: &[u8]) -> std::io::Result<MemoryFolder> {
    let disk = MemoryFolder::new();
    for (name, content) in files(bytes) {
        folder::replace(&disk, &name, &content)?;
    }
    Ok(disk)
}

fn files(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let raw = [(SEGMENT, FIRST_SEGMENT), (SNAPSHOT, "snapshot-000001")];
    if let Some((_, name)) = raw.iter().find(|(letters, _)| bytes.starts_with(letters)) {
        return BTreeMap::from([((*name).to_owned(), bytes.to_vec())]);
    }
    let (mut files, mut name) = (BTreeMap::new(), FIRST_SEGMENT.to_owned());
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        match line.strip_prefix(b"@") {
            Some(next) if files.len() < MOST_FILES => name = file_name(next),
            _ => {
                let letters = if name.starts_with("snapshot") { SNAPSHOT } else { SEGMENT };
                let file = files.entry(name.clone()).or_insert_with(|| frame::file_head(letters));
                file.extend(frame::encode(line).unwrap_or_default());
            }
        }
    }
    files
}

fn file_name(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).filter(char::is_ascii_graphic).collect()
}
