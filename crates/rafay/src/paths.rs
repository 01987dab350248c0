//! Paths of the API: every segment is encoded on its own, and `auth/v1` paths end with a slash
//!

use plumb_kind::RequestPath;
use plumb_model::RemoteId;

/// A collection of `auth/v1`.
pub(crate) fn auth(plural: &str) -> RequestPath {
    RequestPath::of(["auth", "v1", plural]).slash()
}

/// An object of `auth/v1`, by its id.
pub(crate) fn auth_object(plural: &str, id: &RemoteId) -> RequestPath {
    RequestPath::of(["auth", "v1", plural, id.as_str()]).slash()
}

/// A call on an object of `auth/v1`.
pub(crate) fn auth_call(plural: &str, id: &RemoteId, call: &str) -> RequestPath {
    RequestPath::of(["auth", "v1", plural, id.as_str(), call]).slash()
}
