//! Digests: of JSON in a canonical form, and keyed hashes of secrets.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// The first 16 bytes of a SHA-256, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(hexadecimal(&Sha256::digest(bytes)))
    }

    /// The digest of a JSON value. Objects are sorted by key, so equal values have equal digests.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self::of_bytes(value.to_string().as_bytes())
    }

    /// The digest's text: 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The random key of one ledger, with which write-only values are hashed before they are kept: a
/// stolen ledger does not let anyone guess a password.
#[derive(Clone, Default)]
pub struct HashKey(Zeroizing<Vec<u8>>);

impl HashKey {
    /// Takes the key over; 32 random bytes are expected, any length works.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The keyed hash of a value (HMAC-SHA-256, first 16 bytes, hexadecimal).
    #[must_use]
    pub fn hash(&self, text: &str) -> String {
        match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mut mac) => {
                mac.update(text.as_bytes());
                hexadecimal(&mac.finalize().into_bytes())
            }
            // HMAC takes keys of any length; this arm is for the type, and matches nothing stored.
            Err(_) => String::new(),
        }
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HashKey(…)")
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_digests_whatever_their_order() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":[true]}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":[true],"a":1}"#).unwrap();
        assert_eq!(Digest::of(&one), Digest::of(&two));
        assert_eq!(Digest::of(&one).as_str().len(), 32);
    }

    #[test]
    fn a_keyed_hash_depends_on_the_key() {
        let first = HashKey::new(vec![1; 32]).hash("x");
        assert_ne!(first, HashKey::new(vec![2; 32]).hash("x"));
        assert_eq!(first, HashKey::new(vec![1; 32]).hash("x"));
    }
}
