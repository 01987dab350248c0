//! The codec of the journal and the snapshots: frames that show whether they are whole.
//!
//! A file begins with eight letters and its format (u32). Each frame then is the payload's length,
//! the CRC32C of those four bytes, the CRC32C of the payload, and the payload; numbers are
//! little-endian. The length has a checksum of its own, because a wrong one would make everything
//! after it look torn. What the payloads mean is not known here.

use std::io::{self, Read};

/// The format this version writes, and the newest it reads.
pub const FORMAT: u32 = 1;

/// Bytes before a frame's payload.
pub const FRAME_HEAD: usize = 12;

/// Bytes before the first frame of a file.
pub const FILE_HEAD: usize = 12;

/// The longest payload in bytes. Longer ones are not written, so a longer length is damage.
pub const LONGEST: usize = 256 << 20;

/// Disks lose and keep whole sectors; this is the smallest in use, in bytes.
const SECTOR: usize = 512;

/// What stands at a place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<'b> {
    /// A whole frame.
    Frame {
        /// Its payload.
        payload: &'b [u8],
        /// Where the next one begins.
        end: usize,
    },
    /// The end of the file.
    End,
    /// The last append never became whole: nothing that answered `Ok` is in it.
    Torn,
    /// Something that was whole once.
    Damaged(&'static str),
}

/// Why the beginning of a file is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHead {
    /// Too short, or other letters.
    NotOurs,
    /// A format this version does not know.
    Newer(u32),
}

/// The beginning of a file.
#[must_use]
pub fn file_head(letters: [u8; 8]) -> Vec<u8> {
    let mut head = letters.to_vec();
    head.extend_from_slice(&FORMAT.to_le_bytes());
    head
}

/// Checks the beginning of a file.
///
/// # Errors
/// What is wrong with it.
pub fn check_file_head(bytes: &[u8], letters: [u8; 8]) -> Result<(), BadHead> {
    if bytes.get(..8) != Some(&letters) {
        return Err(BadHead::NotOurs);
    }
    match word(bytes, 8) {
        Some(FORMAT) => Ok(()),
        Some(newer) if newer > FORMAT => Err(BadHead::Newer(newer)),
        Some(_) | None => Err(BadHead::NotOurs),
    }
}

/// A payload as a frame; `None` when it is longer than [`LONGEST`].
#[must_use]
pub fn encode(payload: &[u8]) -> Option<Vec<u8>> {
    let mut sum = Sum::default();
    sum.add(payload);
    let mut frame = Vec::with_capacity(FRAME_HEAD.saturating_add(payload.len()));
    frame.extend_from_slice(&sum.head()?);
    frame.extend_from_slice(payload);
    Some(frame)
}

/// What a frame's head says of a payload that is written piece by piece, and kept nowhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    length: usize,
    checksum: u32,
}

impl Sum {
    /// The head of the frame; `None` when the payload is longer than [`LONGEST`].
    #[must_use]
    pub fn head(self) -> Option<[u8; FRAME_HEAD]> {
        let length = u32::try_from(self.length).ok().filter(|_| self.length <= LONGEST)?;
        let length = length.to_le_bytes();
        let words = [length, crc32c::crc32c(&length).to_le_bytes(), self.checksum.to_le_bytes()];
        words.concat().try_into().ok()
    }

    /// The length of the payload in bytes.
    #[must_use]
    pub fn length(self) -> usize {
        self.length
    }

    fn add(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len());
        self.checksum = crc32c::crc32c_append(self.checksum, bytes);
    }
}

impl io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads what stands at `at`.
///
/// # Assumptions
/// At most the last frame of a file was not synced, and payloads hold no zero byte. So a frame with
/// a wrong checksum is torn only when it is the last and one of its sectors was never written
/// (reads as zeros); else it was whole once, and is damaged.
#[must_use]
pub fn next(bytes: &[u8], at: usize) -> Next<'_> {
    judged(bytes.get(at..).unwrap_or_default(), at)
}

/// What stands at the beginning of these bytes, which are the rest of a file from `at` on.
fn judged(rest: &[u8], at: usize) -> Next<'_> {
    if rest.is_empty() {
        return Next::End;
    }
    if rest.len() < FRAME_HEAD {
        return Next::Torn;
    }
    let Some(length) = trusted_length(rest) else {
        let torn = has_unwritten_sector(rest, at) && !holds_whole_frame(rest);
        return if torn { Next::Torn } else { Next::Damaged("a record's length is wrong") };
    };
    let Some(payload) = rest.get(FRAME_HEAD..FRAME_HEAD.saturating_add(length)) else {
        return Next::Torn;
    };
    if word(rest, 8) == Some(crc32c::crc32c(payload)) {
        return Next::Frame { payload, end: at.saturating_add(FRAME_HEAD).saturating_add(length) };
    }
    let last = rest.len() == FRAME_HEAD.saturating_add(length);
    if last && has_unwritten_sector(rest, at) {
        return Next::Torn;
    }
    Next::Damaged("a record's checksum is wrong")
}

/// The frames of a file, read one after another: no more of it is in memory than one of them.
#[derive(Debug)]
pub struct Frames<R> {
    source: R,
    at: usize,
    frame: Vec<u8>,
}

impl<R: Read> Frames<R> {
    /// The frames from here on, where so many bytes of the file were read before.
    pub fn new(source: R, at: usize) -> Self {
        Self { source, at, frame: Vec::new() }
    }

    /// Where in the file the next frame begins.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Reads the next frame, as [`next`] reads it.
    ///
    /// # Errors
    /// What the source says.
    pub fn advance(&mut self) -> io::Result<Next<'_>> {
        let Self { source, at, frame } = self;
        frame.clear();
        source.take(FRAME_HEAD as u64).read_to_end(frame)?;
        let length = trusted_length(frame).unwrap_or_default();
        source.take(length as u64).read_to_end(frame)?;
        let is_whole = matches!(judged(frame, *at), Next::Frame { .. });
        if !is_whole && !frame.is_empty() {
            // What it is instead shows in all that follows.
            source.read_to_end(frame)?;
        }
        let next = judged(frame, *at);
        if let Next::Frame { end, .. } = next {
            *at = end;
        }
        Ok(next)
    }
}

/// The length a frame's head gives, when its checksum says so too.
fn trusted_length(bytes: &[u8]) -> Option<usize> {
    let length = word(bytes, 0)?;
    let right = word(bytes, 4)? == crc32c::crc32c(&length.to_le_bytes());
    let length = usize::try_from(length).ok()?;
    (right && length <= LONGEST).then_some(length)
}

fn holds_whole_frame(bytes: &[u8]) -> bool {
    (1..bytes.len()).filter_map(|start| bytes.get(start..)).any(|rest| {
        let payload = trusted_length(rest)
            .and_then(|length| rest.get(FRAME_HEAD..FRAME_HEAD.saturating_add(length)));
        payload.is_some_and(|payload| word(rest, 8) == Some(crc32c::crc32c(payload)))
    })
}

/// Whether a sector of the file, as far as it is part of `bytes`, holds only zeros. `at` is where
/// in the file they begin.
fn has_unwritten_sector(bytes: &[u8], at: usize) -> bool {
    let into = at % SECTOR;
    let (first, others) = bytes.split_at((SECTOR - into).min(bytes.len()));
    std::iter::once(first)
        .chain(others.chunks(SECTOR))
        .any(|sector| sector.iter().all(|byte| *byte == 0))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(u32::from_le_bytes(four))
}
