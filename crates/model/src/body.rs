//! The body of a document: what a manifest declares, what a server answers, what a request sends.
//!
//! # Guarantees
//! - A body is shared, not copied: a clone costs no more than a counter, and a change copies only
//!   what lies on the way to it.
//! - A secret and another resource's output are leaves of their own, with no text a reader gets by
//!   accident. A body can be neither printed nor serialised; [`Body::shown`] gives what may be,
//!   with placeholders.
//! - Only [`Body::to_wire`] and [`Body::with_secrets_in_clear`] write the bare text.
//!
//! ```
//! # use plumb_model::{body, Body, Secret};
//! let body = body!({"spec": {"user": "me", "password": (Secret::new("hunter2"))}});
//! assert_eq!(serde_json::to_string(&body.shown())?, r#"{"spec":{"password":"(secret)","user":"me"}}"#);
//! assert_eq!(format!("{:?}", Secret::new("hunter2")), "(secret)");
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! None of these compiles:
//!
//! ```compile_fail,E0277
//! # use plumb_model::{body, Body, Secret};
//! let body = body!({"spec": {"user": "me", "password": (Secret::new("hunter2"))}});
//! assert_eq!(serde_json::to_string(&body)?, r#"{"spec":{"password":"(secret)","user":"me"}}"#);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! ```compile_fail,E0277
//! # use plumb_model::Secret;
//! assert_eq!(format!("{}", Secret::new("hunter2")), "(secret)");
//! ```
//!
//! ```compile_fail,E0277
//! # use plumb_model::body;
//! println!("{}", body!({"spec": "text"}));
//! ```
//!
//! ```compile_fail,E0308
//! # use plumb_model::{plan::Shown, Body, Secret};
//! let shown = Shown::Plain(Body::from(Secret::new("hunter2")));
//! ```
//!
//! ```
//! # use plumb_model::{plan::Shown, Body, Secret};
//! let shown = Shown::Plain(Body::from(Secret::new("hunter2")).shown());
//! ```

mod build;
mod fields;
mod places;
mod pool;
mod read;
mod show;
#[cfg(test)]
mod tests;
pub mod walk;

#[doc(hidden)]
pub use build::field;
pub use fields::Fields;
pub use places::element_key;
pub use pool::Pool;
pub use show::{Unfilled, Veiled};

use crate::key::ResourceKey;
pub use crate::name::Name;
use crate::path::FieldPath;
use crate::text::Secret;
use serde_json::Number;
use std::sync::Arc;

/// `valueFrom.output`: a value known once another resource is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputReference {
    /// The resource that will have it.
    pub key: ResourceKey,
    /// Where in its outputs.
    pub path: FieldPath,
}

/// A body, or a part of one. `Debug` shows placeholders where secrets and outputs stand.
#[derive(Clone, Default, Eq)]
pub enum Body {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number as JSON has it.
    Number(Number),
    /// A text.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Body]>),
    /// A mapping.
    Fields(Fields),
    /// A scalar that must not be shown.
    Secret(Secret),
    /// What another resource will give.
    Output(Arc<OutputReference>),
    /// What the environment variable of this name would give, and it is not set.
    Unset(Arc<str>),
}

impl Body {
    /// A text that may be looked at; none where a secret stands.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The same, to be shared.
    pub(crate) fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, secret or not, by which something is looked up. What is found may be sent; the text
    /// must never be shown.
    #[must_use]
    pub fn to_look_up(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Secret(secret) => Some(secret.expose()),
            _ => None,
        }
    }

    /// True or false.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A whole number from zero.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// A number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The elements of a list.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Body]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The elements of a list, to change them.
    #[must_use]
    pub fn as_array_mut(&mut self) -> Option<&mut [Body]> {
        match self {
            Self::List(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// The fields of a mapping.
    #[must_use]
    pub fn as_object(&self) -> Option<&Fields> {
        match self {
            Self::Fields(fields) => Some(fields),
            _ => None,
        }
    }

    /// The fields of a mapping, to change them.
    #[must_use]
    pub fn as_object_mut(&mut self) -> Option<&mut Fields> {
        match self {
            Self::Fields(fields) => Some(fields),
            _ => None,
        }
    }

    /// The secret that stands here.
    #[must_use]
    pub fn as_secret(&self) -> Option<&Secret> {
        match self {
            Self::Secret(secret) => Some(secret),
            _ => None,
        }
    }

    /// The output that is to stand here.
    #[must_use]
    pub fn as_output(&self) -> Option<&OutputReference> {
        match self {
            Self::Output(reference) => Some(reference),
            _ => None,
        }
    }

    /// The environment variable that is not set, and would give what stands here.
    #[must_use]
    pub fn as_unset(&self) -> Option<&str> {
        match self {
            Self::Unset(variable) => Some(variable),
            _ => None,
        }
    }

    /// Whether nothing is known of what is to stand here: an output, or an unset variable's value.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Output(_) | Self::Unset(_))
    }

    /// Whether nothing stands here.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is a mapping.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Fields(_))
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_array(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Whether something may stand in it: a mapping or a list.
    #[must_use]
    pub fn has_children(&self) -> bool {
        self.is_object() || self.is_array()
    }

    /// Whether what stands here must not be shown, or is open.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.is_open() || matches!(self, Self::Secret(_))
    }

    /// Whether such a thing stands here or anywhere below.
    #[must_use]
    pub fn holds_hidden(&self) -> bool {
        self.any(&Self::is_hidden)
    }

    /// Whether something here or below is as asked.
    #[must_use]
    pub fn any(&self, is: &dyn Fn(&Self) -> bool) -> bool {
        is(self)
            || match self {
                Self::List(items) => items.iter().any(|item| item.any(is)),
                Self::Fields(fields) => fields.values().any(|value| value.any(is)),
                _ => false,
            }
    }

    /// Every secret here and below.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Secret> {
        match self {
            Self::Secret(secret) => vec![secret],
            Self::List(items) => items.iter().flat_map(Self::secrets).collect(),
            Self::Fields(fields) => fields.values().flat_map(Self::secrets).collect(),
            _ => Vec::new(),
        }
    }

    /// The value, leaving null.
    #[must_use]
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}
