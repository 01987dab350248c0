//! One declared resource: what a checked document says, and plumb's own wishes for it.

use crate::finding::Span;
use crate::key::{Address, KindId, RemoteId, ResourceKey};
use crate::path::{FieldPath, PathPattern};
use crate::phase::Power;
use crate::text::{SECRET_PLACEHOLDER, Secret};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Where a document came from. Spans of single fields are found again from here when needed, which
/// keeps a hundred thousand documents small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The document's position in the file, from 0.
    pub document: u32,
    /// The position in the document's `items`, when it is a list.
    pub item: Option<u32>,
    /// Where the document (or item) begins.
    pub span: Span,
}

/// `valueFrom.output`: a value known once another resource is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputReference {
    /// The resource that will have it.
    pub key: ResourceKey,
    /// Where in its outputs.
    pub path: FieldPath,
}

/// What the manifest allows when an immutable field changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceWish {
    /// `plumb.dev/replace: never`.
    Never,
    /// `plumb.dev/replace: allowed`.
    Allowed,
}

/// plumb's own annotations, taken off the document before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// `plumb.dev/depends-on`.
    pub depends_on: Vec<Address>,
    /// `plumb.dev/prevent-destroy`.
    pub prevent_destroy: bool,
    /// `plumb.dev/replace`; `None` leaves it to the kind.
    pub replace: Option<ReplaceWish>,
    /// `plumb.dev/adopt`.
    pub adopt: bool,
    /// `plumb.dev/remote-id`.
    pub remote_id: Option<RemoteId>,
    /// `plumb.dev/ignore`.
    pub ignore: Vec<PathPattern>,
    /// `plumb.dev/power`.
    pub power: Option<Power>,
    /// `plumb.dev/timeout`.
    pub timeout: Option<Duration>,
}

/// A checked document.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its identity.
    pub key: ResourceKey,
    /// The document as it will be sent, without plumb's annotations. Where a secret stands there is
    /// [`SECRET_PLACEHOLDER`], where an output stands `null`.
    pub body: Value,
    /// The secrets, by where they stand.
    pub secrets: BTreeMap<FieldPath, Secret>,
    /// The outputs still to be filled in, by where they stand.
    pub outputs: BTreeMap<FieldPath, OutputReference>,
    /// plumb's annotations.
    pub wishes: Wishes,
    /// The file it came from.
    pub origin: Origin,
}

impl Resource {
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> &KindId {
        &self.key.kind
    }

    /// A field of the body.
    #[must_use]
    pub fn field(&self, path: &FieldPath) -> Option<&Value> {
        path.find(&self.body)
    }

    /// Moves the string at `path` out of the body into the secrets, if there is one.
    pub fn hide(&mut self, path: &FieldPath) {
        if self.secrets.contains_key(path) {
            return;
        }
        if let Some(value) = path.find_mut(&mut self.body)
            && let Value::String(text) = value
        {
            let secret = Secret::new(std::mem::replace(text, SECRET_PLACEHOLDER.to_owned()));
            self.secrets.insert(path.clone(), secret);
        }
    }

    /// The body with its secrets and the given outputs in place, for the one moment it is sent.
    /// Outputs that are not given stay `null`.
    #[must_use]
    pub fn revealed(&self, outputs: &BTreeMap<FieldPath, Value>) -> Value {
        let mut body = self.body.clone();
        for (path, secret) in &self.secrets {
            if let Some(place) = path.find_mut(&mut body) {
                *place = Value::from(secret.expose());
            }
        }
        for (path, value) in outputs {
            if let Some(place) = path.find_mut(&mut body) {
                *place = value.clone();
            }
        }
        body
    }

    /// The paths whose values are not known before another resource is ready.
    #[must_use]
    pub fn unknown_paths(&self) -> BTreeSet<FieldPath> {
        self.outputs.keys().cloned().collect()
    }
}
