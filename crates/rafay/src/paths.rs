//! Paths of the API: every segment is encoded on its own, and `auth/v1` paths end with a slash
//!

use plumb_kind::RequestPath;
use plumb_model::{RemoteId, ResourceKey, Scope};

/// The project whose profiles are shared with everybody.
pub(crate) const SYSTEM_CATALOG: &str = "system-catalog";

/// A collection of `paas.envmgmt.io/v1` in a project or workspace.
pub(crate) fn paas(scope: &Scope, plural: &str) -> RequestPath {
    let mut path = RequestPath::of(["apis", "paas.envmgmt.io", "v1"]);
    if let Some(project) = scope.project() {
        path = path.then("projects").then(project);
    }
    if let Some(workspace) = scope.workspace() {
        path = path.then("workspaces").then(workspace);
    }
    path.then(plural)
}

/// An object of `paas.envmgmt.io/v1`.
pub(crate) fn paas_object(key: &ResourceKey, plural: &str) -> RequestPath {
    paas(&key.scope, plural).then(&key.name)
}

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
