//! Ids from the seed: splitmix64, UUIDs of version 7 look, seven-character ids, digests.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::time::Timestamp;

const SHORT_ID_ALPHABET: &[u8; 32] = b"abcdefghijkmnopqrstvwxyz12345678";

/// A splitmix64 generator: small, seedable, and the same on every machine. Not for secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Random {
    state: u64,
}

impl Random {
    /// A generator that begins with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Random { state: seed }
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// An id that looks like a UUID of version 7: the virtual time first, so ids sort by age.
    pub fn uuid(&mut self, now: Timestamp) -> String {
        let millis = now.as_micros().unsigned_abs() / 1000;
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
            (millis >> 16) & 0xffff_ffff,
            millis & 0xffff,
            high & 0x0fff,
            0x8000 | ((high >> 16) & 0x3fff),
            low & 0xffff_ffff_ffff,
        )
    }

    /// An id that looks like a UUID of version 4.
    pub fn uuid_v4(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0x0fff,
            0x8000 | (low >> 50),
            low & 0xffff_ffff_ffff,
        )
    }

    /// Seven lower-case letters and digits, the id form of `auth/v1` (contract 2.2).
    pub fn short_id(&mut self) -> String {
        let mut bits = self.draw();
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
#[must_use]
pub fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let sum = text
        .bytes()
        .fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Random::new(sum).draw()
}

/// An id that looks like a UUID of version 4 and is the same whenever it is asked for.
#[must_use]
pub fn uuid_of(seed: u64, text: &str) -> String {
    Random::new(hash(seed, text)).uuid_v4()
}

/// The canonical form of a UUID: upper case, a missing hyphen, braces and `urn:uuid:` are accepted.
#[must_use]
pub fn canonical_uuid(text: &str) -> Option<String> {
    let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let braced = bare.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let bare = braced.unwrap_or(bare);
    let hyphenated = bare.len() == 36
        && [8, 13, 18, 23].into_iter().all(|at| bare.as_bytes().get(at) == Some(&b'-'));
    let digits: String = bare.chars().filter(|it| *it != '-' || !hyphenated).collect();
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut canonical = digits.to_ascii_lowercase();
    for at in [8, 13, 18, 23] {
        canonical.insert(at, '-');
    }
    Some(canonical)
}

/// The first 16 hexadecimal digits of the SHA-256 of some bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(16);
    for byte in Sha256::digest(bytes).iter().take(8) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What may be shown of a key that has no part for it.
#[must_use]
pub fn key_id(key: &str) -> String {
    format!("key-{}", digest(key.as_bytes()))
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
        for _ in 0..100 {
            let uuid = random.uuid_v4();
            assert_eq!(canonical_uuid(&uuid), Some(uuid.clone()));
            assert_eq!(uuid.as_bytes()[14], b'4');
            assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        }
    }

    #[test]
    fn uuids_are_read_in_every_accepted_form() {
        let canonical = "c6fd6253-cbb6-4ea8-a20c-47644b431f1c";
        for text in [
            canonical,
            "C6FD6253-CBB6-4EA8-A20C-47644B431F1C",
            "c6fd6253cbb64ea8a20c47644b431f1c",
            "{c6fd6253-cbb6-4ea8-a20c-47644b431f1c}",
            "urn:uuid:c6fd6253-cbb6-4ea8-a20c-47644b431f1c",
        ] {
            assert_eq!(canonical_uuid(text).as_deref(), Some(canonical), "{text}");
        }
        for text in ["", "x", "..", "c6fd6253-cbb6-4ea8-a20c-47644b431f1", "é".repeat(16).as_str()]
        {
            assert_eq!(canonical_uuid(text), None, "{text}");
        }
        assert_eq!(canonical_uuid("c6fd6253cbb6-4ea8-a20c-47644b431f1c-"), None);
    }
}
