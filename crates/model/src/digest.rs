//! Digests: of JSON in a canonical form, and keyed hashes of secrets.

use crate::body::Body;
use crate::text::Secret;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The first 16 bytes of a SHA-256; as text 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, schemars::JsonSchema)]
#[schemars(with = "String")]
pub struct Digest(u128);

/// The text is not of 32 hexadecimal digits, as a digest is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no digest")]
pub struct NotADigest(pub String);

impl Digest {
    /// The digest of some bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(first_half(&Sha256::digest(bytes)))
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

    /// The first digits of its text.
    #[must_use]
    pub fn beginning(&self, digits: usize) -> String {
        self.to_string().chars().take(digits).collect()
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
        write!(formatter, "{:032x}", self.0)
    }
}

/// As its text: fingerprints of plans are made of it.
impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Digest").field(&self.to_string()).finish()
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let is_written = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let number = u128::from_str_radix(text, 16);
        let number = number.ok().filter(|_| text.len() == 32 && text.bytes().all(is_written));
        number.map(Self).ok_or_else(|| NotADigest(text.to_owned()))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
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
                format!("{:032x}", first_half(&mac.finalize().into_bytes()))
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

/// The first 16 bytes of a hash, as they stand.
fn first_half(hash: &[u8]) -> u128 {
    hash.first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
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
    }

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let digest = Digest::of_bytes(b"39");
        let text = "0b918943df0962bc7a1824c0555a3893";
        assert_eq!((digest.to_string().as_str(), text.parse()), (text, Ok(digest)));
        assert_eq!(format!("{digest:?}"), format!("Digest({text:?})"));
        assert_eq!(serde_json::to_value(digest).unwrap(), serde_json::json!(text));
        for wrong in ["", "0b91", "+b918943df0962bc7a1824c0555a3893", &text.to_uppercase()] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
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
