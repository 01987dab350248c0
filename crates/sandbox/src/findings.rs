//! Reports on clients that break the contract's good manners without breaking its rules.
//!
//! None of these changes an answer; tests read them to see what a client does that a real server
//! might not forgive (last paragraph of the knobs of each contract).

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A body carried a field only the server writes.
    ReadOnlyFieldWritten,
    /// The body's project or workspace is not the path's.
    ScopeMismatch,
    /// A deployed, unchanged object was published again.
    NeedlessRepublish,
    /// A POST to a collection did not say what it wants when the object exists.
    FailOnExistsMissing,
    /// An update removed a label or a tag that somebody else had set.
    ForeignLabelDropped,
    /// A delete of an object the caller neither created nor marked.
    DeleteWithoutOwnership,
    /// A request went where a redirect had pointed just before.
    RedirectFollowed,
    /// A GET carried a body.
    BodyOnGet,
    /// A body carried a field the operation does not know and drops.
    UnknownFieldSent,
    /// A machine was asked to take the power state it has.
    NeedlessPower,
    /// A machine was ordered and nobody of the organization had looked at the stock for a day.
    CreateWithoutCapacityRead,
    /// Two live objects carry the same uid in their tags.
    DuplicateUid,
}

/// One thing noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What was noticed.
    pub kind: FindingKind,
    /// Virtual time.
    pub at: Timestamp,
    /// The object's key.
    pub object: String,
    /// The id of the key that asked.
    pub actor: String,
    /// The `X-Request-Id` of the request.
    pub request: String,
    /// The field, label or other detail.
    pub detail: String,
}
