//! Ids from the seed: splitmix64, UUIDs of version 7 look, seven-character ids, digests.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

const SHORT_ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnopqrstvwxyz12345678";

/// A splitmix64 generator: small, seedable, and the same on every machine. Not for secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An id that looks like a UUID of version 7: the virtual time first, so ids sort by age.
    pub(crate) fn uuid(&mut self, now: Timestamp) -> String {
        let millis = now.as_micros().unsigned_abs() / 1000;
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            (millis >> 16) & 0xffff_ffff,
            millis & 0xffff,
            high & 0x0fff,
            0x8000 | ((high >> 16) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }

    /// Seven lower-case letters and digits, the id form of `auth/v1` (contract 2.2).
    pub(crate) fn short_id(&mut self) -> String {
        let mut bits = self.next();
        let mut id = String::with_capacity(7);
        for _ in 0..7 {
            let index = usize::try_from(bits & 31).unwrap_or_default();
            id.push(SHORT_ID_ALPHABET.get(index).copied().map_or('a', char::from));
            bits >>= 5;
        }
        id
    }
}

/// A number from text and a seed, for choices that must not consume randomness.
pub(crate) fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let sum = text
        .bytes()
        .fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Random::new(sum).next()
}

/// The first 16 hexadecimal digits of the SHA-256 of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(16);
    for byte in Sha256::digest(bytes).iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DEFAULT_EPOCH;

    #[test]
    fn ids_have_their_documented_shape_and_repeat_with_the_seed() {
        let mut random = Random::new(7);
        let uuid = random.uuid(DEFAULT_EPOCH);
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'7');
        let short = random.short_id();
        assert!(
            short.len() == 7 && short.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        );
        let mut again = Random::new(7);
        assert_eq!((again.uuid(DEFAULT_EPOCH), again.short_id()), (uuid, short));
    }
}
