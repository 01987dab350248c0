//! A create that is about to be sent.

use crate::digest::Digest;
use crate::holder::RunId;
use crate::key::ResourceKey;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A create about to be sent: written and synced before the request, so that a lost answer is
/// known to be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Intent {
    /// The resource.
    #[schemars(with = "String")]
    pub key: ResourceKey,
    /// Derived from stack and address, so it survives the loss of the journal.
    pub uid: String,
    /// Counts up with each sending, from 1.
    pub attempt: u32,
    /// Digest of the request's body.
    pub digest: Digest,
    /// When it was about to be sent.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When looking for it may stop.
    #[schemars(with = "String")]
    pub deadline: Timestamp,
    /// The run that wrote it.
    pub run: RunId,
}
