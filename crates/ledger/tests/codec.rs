//! The frames: whatever is cut or flipped, what is read is what was written, or an error.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_ledger::frame::{FRAME_HEAD, Frames, Next, Sum, encode, next};
use proptest::prelude::*;
use std::io::Write as _;

fn file(payloads: &[Vec<u8>]) -> Vec<u8> {
    payloads.iter().flat_map(|payload| encode(payload).unwrap()).collect()
}

/// The payloads that are whole, and what ended the reading: the same, also where the file is read
/// piece by piece.
fn read(bytes: &[u8]) -> (Vec<Vec<u8>>, Next<'_>) {
    let mut at = 0;
    let mut payloads = Vec::new();
    let mut frames = Frames::new(bytes, 0);
    loop {
        let found = next(bytes, at);
        assert_eq!((frames.at(), frames.advance().unwrap()), (at, found));
        match found {
            Next::Frame { payload, end } => {
                payloads.push(payload.to_vec());
                at = end;
            }
            stop => return (payloads, stop),
        }
    }
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    // As JSON has them: never a zero byte.
    prop::collection::vec(prop::collection::vec(1_u8.., 0..700), 1..6)
}

proptest! {
    #[test]
    fn what_is_written_is_read(payloads in payloads()) {
        let bytes = file(&payloads);
        prop_assert_eq!(read(&bytes), (payloads, Next::End));
    }

    #[test]
    fn a_frame_that_is_written_piece_by_piece_is_the_same(payload in prop::collection::vec(1_u8.., 0..700), at in any::<prop::sample::Index>()) {
        let (first, second) = payload.split_at(at.index(payload.len() + 1));
        let mut sum = Sum::default();
        sum.write_all(first).unwrap();
        sum.write_all(second).unwrap();
        prop_assert_eq!([&sum.head().unwrap()[..], &payload].concat(), encode(&payload).unwrap());
        prop_assert_eq!(sum.length(), payload.len());
    }

    #[test]
    fn a_cut_keeps_a_prefix_of_whole_records(payloads in payloads(), cut in any::<prop::sample::Index>()) {
        let bytes = file(&payloads);
        let cut = cut.index(bytes.len() + 1);
        let (whole, stop) = read(&bytes[..cut]);
        prop_assert!(payloads.starts_with(&whole));
        prop_assert_eq!(file(&whole).len() == cut, stop == Next::End);
        prop_assert!(matches!(stop, Next::End | Next::Torn));
    }

    #[test]
    fn a_flipped_byte_is_detected(payloads in payloads(), at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut bytes = file(&payloads);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let (whole, stop) = read(&bytes);
        prop_assert!(payloads.starts_with(&whole) && whole.len() < payloads.len());
        let last = file(&payloads[..payloads.len() - 1]).len();
        // The last record may look torn where the flip made the only byte of its part of a sector
        // zero; one before it never does.
        if at < last {
            prop_assert!(matches!(stop, Next::Damaged(_)), "{:?} at {}", stop, at);
        }
    }

    #[test]
    fn a_lost_sector_at_the_end_is_torn(payloads in payloads(), sector in any::<prop::sample::Index>()) {
        let mut bytes = file(&payloads);
        let last = file(&payloads[..payloads.len() - 1]).len();
        let sector = last / 512 + sector.index((bytes.len() - 1) / 512 - last / 512 + 1);
        let lost = last.max(sector * 512)..bytes.len().min((sector + 1) * 512);
        bytes[lost].fill(0);
        let (whole, stop) = read(&bytes);
        prop_assert_eq!(&whole[..], &payloads[..payloads.len() - 1]);
        prop_assert_eq!(stop, Next::Torn);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read(&bytes);
    }
}

#[test]
fn every_cut_and_every_flip_of_a_small_file() {
    let payloads = vec![b"[1]".to_vec(), b"[\"two\"]".to_vec(), b"[]".to_vec()];
    let bytes = file(&payloads);
    let last = bytes.len() - FRAME_HEAD - 2;
    for cut in 0..=bytes.len() {
        assert!(matches!(read(&bytes[..cut]).1, Next::End | Next::Torn), "cut at {cut}");
    }
    for at in 0..last {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            let (whole, stop) = read(&flipped);
            assert!(matches!(stop, Next::Damaged(_)), "byte {at}, bit {bit}: {stop:?}");
            assert!(payloads.starts_with(&whole));
        }
    }
}

#[test]
fn zeros_in_the_middle_are_damage_and_not_a_torn_end() {
    let payloads = vec![vec![b'a'; 2_000], vec![b'b'; 2_000]];
    let mut bytes = file(&payloads);
    bytes[..512].fill(0);
    assert!(matches!(read(&bytes), (whole, Next::Damaged(_)) if whole.is_empty()));
}
