//! Digests: of JSON in a canonical form, and keyed hashes of secrets.

use crate::body::Body;
use crate::text::Secret;
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

    /// The digest of a body, secrets included: to tell bodies apart within a run, never to be kept,
    /// since a short secret can be guessed from it.
    #[must_use]
    pub fn in_clear(body: &Body) -> Self {
        Self::of(&body.with_secrets_in_clear())
    }

    /// The digest of a value's JSON, sorted like [`Digest::of`].
    #[must_use]
    pub fn of_serialized(value: &(impl Serialize + fmt::Debug)) -> Self {
        match serde_json::to_value(value) {
            Ok(json) => Self::of(&json),
            Err(_) => Self::of_bytes(text_of(value).as_bytes()),
        }
    }

    /// The digest's text: 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value as JSON, to be digested. What has no JSON form is told apart by its debug text: two
/// such values must not have one digest, or a plan would pass for another.
#[must_use]
pub fn text_of(value: &(impl Serialize + fmt::Debug)) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{error}: {value:?}"))
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

    /// Its bytes, to be kept where a ledger is.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What tells this key from others, and says nothing else of it.
    #[must_use]
    pub fn id(&self) -> String {
        self.hash("the id of this key").chars().take(16).collect()
    }

    /// The keyed hash of a secret.
    #[must_use]
    pub fn of(&self, secret: &Secret) -> String {
        self.hash(secret.expose())
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
    fn values_without_json_have_digests_of_their_own() {
        let odd = |text: &str| std::collections::BTreeMap::from([((text.to_owned(), 1), 2)]);
        assert!(serde_json::to_value(odd("a")).is_err());
        assert_ne!(Digest::of_serialized(&odd("a")), Digest::of_serialized(&odd("b")));
        let even = std::collections::BTreeMap::from([("a", 1)]);
        assert_eq!(Digest::of_serialized(&even), Digest::of(&serde_json::json!({"a": 1})));
    }

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
        assert_eq!(HashKey::new(vec![1; 32]).id(), HashKey::new(vec![1; 32]).id());
        assert_ne!(HashKey::new(vec![1; 32]).id(), HashKey::new(vec![2; 32]).id());
    }
}
