//! One declared resource: what a checked document says, and plumb's own wishes for it.

pub use crate::body::OutputReference;

use crate::body::{Body, walk};
use crate::finding::Span;
use crate::key::{Address, KindId, RemoteId, ResourceKey};
use crate::path::{FieldPath, PathPattern};
use crate::phase::Power;
use crate::shared::Shared;
use jiff::Timestamp;
use std::fmt;
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
    /// `plumb.dev/moved-from`: the name it had before.
    pub moved_from: Option<String>,
    /// `plumb.dev/ignore`.
    pub ignore: Vec<PathPattern>,
    /// `plumb.dev/power`.
    pub power: Option<Power>,
    /// `plumb.dev/timeout`.
    pub timeout: Option<Duration>,
    /// `plumb.dev/time-to-live`: how long after it became ours it is deleted.
    pub time_to_live: Option<Duration>,
    /// `plumb.dev/expires`: when it is deleted.
    pub expires: Option<Timestamp>,
    /// The schedule that has a word in `power`.
    pub scheduled: Option<Scheduled>,
}

/// What a schedule says of a resource at a moment, for people. The power it comes to is among the
/// wishes; until when it does is no part of what a plan is made from.
#[derive(Clone, PartialEq, Eq)]
pub struct Scheduled(pub Arc<str>);

impl fmt::Debug for Scheduled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Scheduled")
    }
}

impl Wishes {
    /// When it is to be gone, of something that is ours since a moment; `None` when it stays. Without that
    /// moment a time to live has not begun.
    #[must_use]
    pub fn ends(&self, since: Option<Timestamp>) -> Option<Timestamp> {
        let lived = self.time_to_live.zip(since);
        let lived = lived.map(|(span, since)| since.checked_add(span).unwrap_or(Timestamp::MAX));
        lived.into_iter().chain(self.expires).min()
    }
}

/// A checked document.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its identity.
    pub key: ResourceKey,
    /// The document as it will be sent, without plumb's annotations. Secrets and outputs of other
    /// resources stand in it as such.
    pub body: Body,
    /// plumb's annotations. Most documents have none, and share that.
    pub wishes: Shared<Wishes>,
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
    pub fn field(&self, path: &FieldPath) -> Option<&Body> {
        self.body.find(path)
    }

    /// Sets what stands at `path`, if something does.
    pub fn put(&mut self, path: &FieldPath, value: impl Into<Body>) {
        if let Some(place) = self.body.find_mut(path) {
            *place = value.into();
        }
    }

    /// Makes a secret of what stands at `path`.
    pub fn hide(&mut self, path: &FieldPath) {
        if let Some(value) = self.body.find_mut(path) {
            *value = walk::sealed(value);
        }
    }
}
