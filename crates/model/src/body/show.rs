//! What leaves a body: with placeholders for whoever looks, in clear for the cloud it belongs to.

use super::Body;
use crate::text::{OUTPUT_PLACEHOLDER, SECRET_PLACEHOLDER, Secret, is_mask};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A body without secrets: placeholders stand in their places. It may be written and read again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Veiled(Body);

/// What should have been filled in is still open: a contradiction in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value that is not known was about to be sent")]
pub struct Unfilled;

impl Deref for Veiled {
    type Target = Body;

    fn deref(&self) -> &Body {
        &self.0
    }
}

impl From<Body> for Veiled {
    fn from(body: Body) -> Self {
        if body.holds_hidden() { Self(body.shown().into()) } else { Self(body) }
    }
}

impl Serialize for Veiled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written { body: &self.0, secret: &placeholder }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Veiled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Body::deserialize(deserializer).map(Self)
    }
}

impl Body {
    /// The body as it may be shown and recorded: a placeholder for each secret, null for what is
    /// open.
    #[must_use]
    pub fn shown(&self) -> Value {
        self.json(&placeholder)
    }

    /// The same as JSON text.
    #[must_use]
    pub fn shown_text(&self) -> String {
        let written = Written { body: self, secret: &placeholder };
        serde_json::to_string(&written).unwrap_or_else(|_| self.shown().to_string())
    }

    /// The body as it may be recorded, with a word where an output stands: so that it is known to
    /// be gone when it is.
    #[must_use]
    pub fn on_record(&self) -> Self {
        match self {
            Self::Output(_) => OUTPUT_PLACEHOLDER.into(),
            other => other.shown().into(),
        }
    }

    /// The body with its secrets in clear, for `plumb get --show-secrets` alone.
    #[must_use]
    pub fn with_secrets_in_clear(&self) -> Value {
        self.json(&Secret::to_json)
    }

    /// The bytes of a request's body, secrets in clear: for the cloud's session alone.
    ///
    /// # Errors
    /// When something in it is open.
    pub fn to_wire(&self) -> Result<Vec<u8>, Unfilled> {
        if self.any(&Self::is_open) {
            return Err(Unfilled);
        }
        serde_json::to_vec(&Written { body: self, secret: &Secret::to_json }).map_err(|_| Unfilled)
    }

    /// Whether a mask (`********`) stands here, and not a value.
    #[must_use]
    pub fn is_mask(&self) -> bool {
        self.bare().is_some_and(|text| is_mask(&text))
    }

    /// A scalar's text in clear, for comparisons and hashes.
    pub(crate) fn bare(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Secret(secret) => Some(Cow::Borrowed(secret.expose())),
            Self::Bool(_) | Self::Number(_) => Some(Cow::Owned(self.shown_text())),
            Self::Null | Self::List(_) | Self::Fields(_) | Self::Output(_) | Self::Unset(_) => None,
        }
    }

    /// Whether two values are the same in clear.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self == other || self.with_secrets_in_clear() == other.with_secrets_in_clear()
    }

    fn json(&self, secret: &dyn Fn(&Secret) -> Value) -> Value {
        match self {
            Self::Null | Self::Output(_) | Self::Unset(_) => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::from(&**text),
            Self::List(items) => items.iter().map(|item| item.json(secret)).collect(),
            Self::Fields(fields) => {
                let fields =
                    fields.iter().map(|(name, value)| (name.to_string(), value.json(secret)));
                Value::Object(fields.collect())
            }
            Self::Secret(text) => secret(text),
        }
    }
}

/// A body as it is written, without a tree of JSON beside it.
#[derive(Clone, Copy)]
struct Written<'b> {
    body: &'b Body,
    /// What stands in a secret's place.
    secret: &'b dyn Fn(&Secret) -> Value,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = |body| Written { body, ..*self };
        match self.body {
            Body::Null | Body::Output(_) | Body::Unset(_) => serializer.serialize_unit(),
            Body::Bool(truth) => serializer.serialize_bool(*truth),
            Body::Number(number) => number.serialize(serializer),
            Body::Text(text) => serializer.serialize_str(text),
            Body::List(items) => serializer.collect_seq(items.iter().map(inner)),
            Body::Fields(fields) => {
                serializer.collect_map(fields.iter().map(|(name, value)| (&**name, inner(value))))
            }
            Body::Secret(secret) => (self.secret)(secret).serialize(serializer),
        }
    }
}

fn placeholder(_: &Secret) -> Value {
    SECRET_PLACEHOLDER.into()
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.shown_text())
    }
}

impl fmt::Debug for super::Fields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Body::Fields(self.clone()).fmt(formatter)
    }
}

/// Secrets are equal to no JSON.
impl PartialEq<Value> for Body {
    fn eq(&self, other: &Value) -> bool {
        !self.holds_hidden() && self.shown() == *other
    }
}

impl PartialEq<Body> for Value {
    fn eq(&self, other: &Body) -> bool {
        other == self
    }
}

impl PartialEq<&str> for Body {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(other)
    }
}
