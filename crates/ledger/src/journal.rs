//! One segment of the journal: a file of frames, each holding the records of one append. Which
//! segments there are, and what they come to, is the store's business.

use crate::error::LedgerError;
use crate::folder::{self, Folder, LogFile};
use crate::frame::{self, BadHead, FILE_HEAD, Frames, Next};
use crate::holding::Holding;
use crate::reading::Reading;
use jiff::Timestamp;
use plumb_model::Record;
use plumb_model::digest::HashKey;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};

const LETTERS: [u8; 8] = *b"plumbjnl";

/// A segment's first frame.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    stack: String,
    segment: u32,
    /// The id of the key of its hashes; segments had none at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// Which opening of a shared ledger wrote it: no two write the same bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    /// Who opened a shared ledger with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    opened: Option<Holding>,
    /// An append to a shared ledger is a sign of life, which holds so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// Whose a segment is.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The stack.
    pub stack: &'a str,
    /// The key with which its secrets are hashed.
    pub key: &'a HashKey,
}

/// What a segment holds.
#[derive(Debug)]
pub struct Segment {
    /// The stack it belongs to.
    pub stack: String,
    /// The id of the key with which its secrets were hashed, where it says so.
    pub key: Option<String>,
    /// The length of everything that is whole, in bytes.
    pub whole: u64,
    /// Whether a torn append follows.
    pub torn: bool,
    /// Who opened a shared ledger with it.
    pub opened: Option<Holding>,
    /// When others may take a shared ledger over after it, unless a sign of life comes before.
    pub until: Option<Timestamp>,
}

/// The file of a segment.
#[must_use]
pub fn file_name(number: u32) -> String {
    format!("journal-{number:06}")
}

/// Makes an empty segment, durable with its name.
///
/// # Errors
/// What the disk says.
pub fn create(folder: &dyn Folder, number: u32, owner: Owner<'_>) -> Result<u64, LedgerError> {
    let name = file_name(number);
    let (stack, key) = (owner.stack.to_owned(), Some(owner.key.id()));
    let head = Head { stack, segment: number, key, session: None, opened: None, until: None };
    let mut bytes = frame::file_head(LETTERS);
    bytes.extend(framed(&head).map_err(LedgerError::io("encode", name.as_str()))?);
    folder::replace(folder, &name, &bytes).map_err(LedgerError::io("write", name))?;
    Ok(length(&bytes))
}

/// One append to a shared ledger, as the segment that it is there.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// Whose it is.
    pub owner: Owner<'a>,
    /// Which opening of the ledger wrote it.
    pub session: &'a str,
    /// Who opens the ledger with it.
    pub opened: Option<&'a Holding>,
    /// Until when others leave the ledger to whoever wrote it.
    pub until: Option<Timestamp>,
    /// What is appended.
    pub records: &'a [&'a Record],
}

impl Whole<'_> {
    /// Its bytes.
    ///
    /// # Errors
    /// When it is too long for a frame.
    pub fn bytes(&self, number: u32) -> io::Result<Vec<u8>> {
        let Owner { stack, key } = self.owner;
        let head = Head {
            stack: stack.to_owned(),
            segment: number,
            key: Some(key.id()),
            session: Some(self.session.to_owned()),
            opened: self.opened.cloned(),
            until: self.until,
        };
        let mut bytes = frame::file_head(LETTERS);
        bytes.extend(framed(&head)?);
        if !self.records.is_empty() {
            bytes.extend(framed(&self.records)?);
        }
        Ok(bytes)
    }
}

/// Which records of a segment are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All.
    Everything,
    /// All but what happened in runs: most of a segment, of which no view keeps anything.
    WithoutEvents,
    /// What tells of runs, and nothing of what is ours.
    Runs,
}

impl Wanted {
    /// Whether a record may be wanted, by how we write one: another way to write it is only read in
    /// vain.
    fn may_be(self, record: &str) -> bool {
        kind(record).is_none_or(|kind| match self {
            Self::Everything => true,
            Self::WithoutEvents => kind != "run_event",
            Self::Runs => kind.starts_with("run_"),
        })
    }
}

/// What sort of record begins here, when that stands first, where we write it.
fn kind(record: &str) -> Option<&str> {
    let rest = record.strip_prefix("{\"record\":\"")?;
    rest.split_once('"').map(|(kind, _)| kind)
}

/// Reads the record that begins here, and goes behind it. Of which sort it is decides how the rest is
/// read, and has to be known before: where it stands first, what most records are need not be kept until
/// it is found.
fn record(rest: &mut &str) -> serde_json::Result<Record> {
    match kind(rest) {
        Some("applied") => value(rest).map(Record::Applied),
        Some("intent_opened") => value(rest).map(Record::IntentOpened),
        _ => value(rest),
    }
}

/// Reads the value that begins here, and goes behind it.
fn value<'r, T: Deserialize<'r>>(rest: &mut &'r str) -> serde_json::Result<T> {
    let mut values = serde_json::Deserializer::from_str(rest).into_iter();
    let value = values.next().unwrap_or_else(|| Err(unlike("a value was to follow")))?;
    *rest = rest.get(values.byte_offset()..).unwrap_or_default();
    Ok(value)
}

/// Reads the list of records of a frame, and hands on each that is wanted.
fn records(list: &[u8], wanted: Wanted, each: &mut dyn FnMut(Record)) -> serde_json::Result<()> {
    let list = text(list)?;
    let mut rest = list.strip_prefix('[').ok_or_else(|| unlike("it is no list"))?;
    if rest == "]" {
        return Ok(());
    }
    loop {
        if wanted.may_be(rest) {
            each(record(&mut rest)?);
        } else {
            value::<IgnoredAny>(&mut rest)?;
        }
        rest = match rest.split_at_checked(1) {
            Some(("]", "")) => return Ok(()),
            Some((",", next)) => next,
            _ => return Err(unlike("the list does not go on")),
        };
    }
}

/// A payload as the text that it should be.
fn text(payload: &[u8]) -> serde_json::Result<&str> {
    std::str::from_utf8(payload).map_err(serde::de::Error::custom)
}

fn unlike(what: &str) -> serde_json::Error {
    serde::de::Error::custom(what)
}

/// Reads a segment, and hands on each of its records in order.
///
/// # Errors
/// When it is damaged, newer, or cannot be read.
pub fn read(
    place: &(impl Reading + ?Sized),
    number: u32,
    wanted: Wanted,
    each: &mut dyn FnMut(Record),
) -> Result<Segment, LedgerError> {
    let file = file_name(number);
    let source = place.stream(&file).map_err(LedgerError::io("read", file))?;
    parsed(source, number, wanted, each)
}

/// What the bytes of a segment say.
///
/// # Errors
/// When it is damaged or newer, or the source fails.
pub fn parsed(
    mut source: impl Read,
    number: u32,
    wanted: Wanted,
    each: &mut dyn FnMut(Record),
) -> Result<Segment, LedgerError> {
    let file = file_name(number);
    let failed = || LedgerError::io("read", file.as_str());
    let mut head = Vec::with_capacity(FILE_HEAD);
    source.by_ref().take(FILE_HEAD as u64).read_to_end(&mut head).map_err(failed())?;
    check_head(&head, LETTERS, &file)?;
    let mut frames = Frames::new(source, FILE_HEAD);
    let head: Head = match frames.advance().map_err(failed())? {
        Next::Frame { payload, .. } => parse(payload, &file, FILE_HEAD)?,
        // It was renamed into place whole.
        Next::End | Next::Torn | Next::Damaged(_) => {
            return Err(damaged(&file, FILE_HEAD, "its head is wrong"));
        }
    };
    if head.segment != number {
        return Err(damaged(&file, frames.at(), "it was renamed"));
    }
    let Head { stack, key, opened, until, .. } = head;
    loop {
        let at = frames.at();
        match frames.advance().map_err(failed())? {
            Next::Frame { payload, .. } => {
                let read = records(payload, wanted, each);
                read.map_err(|error| not_understood(&error, &file, at))?;
            }
            Next::Damaged(what) => return Err(damaged(&file, at, what)),
            stop @ (Next::End | Next::Torn) => {
                let torn = stop == Next::Torn;
                let whole = u64::try_from(at).unwrap_or(u64::MAX);
                return Ok(Segment { stack, key, whole, torn, opened, until });
            }
        }
    }
}

/// Appends to the newest segment.
#[derive(Debug)]
pub struct Writer {
    log: Box<dyn LogFile>,
    length: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sound,
    /// A failed append could not be taken back: only reading the file again tells what is in it.
    Broken,
}

impl Writer {
    /// Opens a segment whose first `whole` bytes are sound, and cuts off what follows.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(folder: &dyn Folder, number: u32, whole: u64) -> io::Result<Self> {
        let mut log = folder.open(&file_name(number))?;
        log.truncate(whole)?;
        // What a killed run wrote was read, and may not be durable yet.
        log.sync()?;
        folder.sync()?;
        Ok(Self { log, length: whole, state: State::Sound })
    }

    /// The segment's length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Whether an earlier failure left it in an unknown state.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Appends a frame and syncs it; on an error nothing of it stays, or the writer is broken.
    ///
    /// # Errors
    /// What the disk says.
    pub fn append(&mut self, frame: &[u8]) -> io::Result<()> {
        let appended = self.log.append(frame).and_then(|()| self.log.sync());
        match appended {
            Ok(()) => self.length = self.length.saturating_add(length(frame)),
            Err(_) => self.take_back(),
        }
        appended
    }

    /// Synced too, so that a later append cannot mix with sectors of this one.
    fn take_back(&mut self) {
        let taken = self.log.truncate(self.length).and_then(|()| self.log.sync());
        if let Err(error) = taken {
            tracing::error!(%error, "a failed append could not be taken back");
            self.state = State::Broken;
        }
    }
}

/// A value as the frame of its JSON.
pub(crate) fn framed(value: &impl Serialize) -> io::Result<Vec<u8>> {
    frame::encode(&serde_json::to_vec(value)?).ok_or_else(|| io::ErrorKind::FileTooLarge.into())
}

pub(crate) fn check_head(bytes: &[u8], letters: [u8; 8], file: &str) -> Result<(), LedgerError> {
    frame::check_file_head(bytes, letters).map_err(|bad| match bad {
        BadHead::NotOurs => damaged(file, 0, "it does not begin as it should"),
        BadHead::Newer(version) => LedgerError::Newer { file: file.to_owned(), version },
    })
}

pub(crate) fn parse<'p, T: Deserialize<'p>>(
    payload: &'p [u8],
    file: &str,
    at: usize,
) -> Result<T, LedgerError> {
    let parsed = text(payload).and_then(serde_json::from_str);
    parsed.map_err(|error| not_understood(&error, file, at))
}

fn not_understood(error: &serde_json::Error, file: &str, at: usize) -> LedgerError {
    damaged(file, at, &format!("a record cannot be understood ({error})"))
}

pub(crate) fn damaged(file: &str, at: usize, what: &str) -> LedgerError {
    let offset = u64::try_from(at).unwrap_or(u64::MAX);
    LedgerError::Damaged { file: file.to_owned(), offset, what: what.to_owned() }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// However a record is written, it is the same record.
    #[test]
    fn a_record_is_read_alike_whatever_stands_first() {
        let key = "Workspace.paas.envmgmt.io/ml/a";
        let at = "2027-01-15T08:00:00Z";
        let digest = plumb_model::digest::Digest::of_bytes(b"body");
        let entry = json!({
            "key": key, "remote_id": "id-1", "provenance": "created", "hashes": {}, "requires": [],
            "sent": {"spec": {"size": 0.1, "names": ["a", null, true]}},
            "protections": {"prevent_destroy": false, "contract": null}
        });
        let intent = json!({
            "key": key, "uid": "u", "attempt": 1, "digest": digest, "at": at, "deadline": at, "run": "r"
        });
        for (kind, fields) in [
            ("applied", entry),
            ("intent_opened", intent),
            ("intent_settled", json!({"key": key, "settlement": "not_applied"})),
            ("forgotten", json!({"key": key})),
        ] {
            let Value::Object(fields) = fields else { panic!("{fields}") };
            let rest: Vec<String> =
                fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
            let rest = rest.join(",");
            let read = |text: String| record(&mut text.as_str()).unwrap();
            let first = read(format!("{{\"record\":\"{kind}\",{rest}}}"));
            assert_eq!(first, read(format!("{{{rest},\"record\":\"{kind}\"}}")));
            assert!(
                serde_json::to_string(&first)
                    .unwrap()
                    .starts_with(&format!("{{\"record\":\"{kind}\""))
            );
        }
    }

    #[test]
    fn a_list_of_records_is_read_to_its_end() {
        let one = r#"{"record":"forgotten","key":"Workspace.paas.envmgmt.io/ml/a"}"#;
        let event = r#"{"record":"run_event","event":{"is":["never",{"looked":"into"}]}}"#;
        let read = |list: &str, wanted| {
            let mut count = 0;
            let read = records(list.as_bytes(), wanted, &mut |_| count += 1);
            read.map(|()| count).ok()
        };
        for (list, count) in [
            ("[]".to_owned(), Some(0)),
            (format!("[{one}]"), Some(1)),
            (format!("[{one},{event},{one}]"), Some(2)),
            (format!("[{one},]"), None),
            (format!("[{one}{one}]"), None),
            (format!("[{one}"), None),
            (format!("[{one}]]"), None),
            ("[".to_owned(), None),
            (one.to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(read(&list, Wanted::WithoutEvents), count, "{list}");
        }
        assert_eq!(read(&format!("[{event}]"), Wanted::Everything), None, "it is looked into");
    }
}
