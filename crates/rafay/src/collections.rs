//! What is listed, and how the answers look (api §2.5). Two shapes of one answer are two
//! alternatives of one envelope.

use crate::paas::{LIST, PAGED};
use crate::paths;
use plumb_kind::{Collection, CollectionId, Counts, Envelope, Paging, Request, RequestPath};
use plumb_model::{KindId, RemoteId, Scope};

/// Whether a count is that of all or of the page is not known.
const fn envelope(
    items: &'static [&'static str],
    total: &'static [&'static str],
    limit: &'static [&'static str],
) -> Envelope {
    Envelope { items, total, counts: Counts::Something, limit }
}

const PROJECTS: Envelope = envelope(&["/results", "/items"], &["/count"], &["/limit"]);
/// A limit of 0 in the answer means that none was applied.
const USERS: Envelope = envelope(&["/users"], &["/count"], &["/limit"]);
const GROUPS: Envelope = envelope(&["/results", "/groups", "/items"], &["/count"], &["/limit"]);

fn id(path: &RequestPath) -> CollectionId {
    CollectionId(format!("{} {path}", crate::NAME))
}

/// A list of `auth/v1`.
fn list(plural: &str, kind: Option<&str>, envelope: Envelope) -> Collection {
    let path = paths::auth(plural);
    Collection {
        id: id(&path),
        kind: kind.map(|kind| KindId::new("auth", kind)),
        scope: Scope::Global,
        request: Request::get(path),
        paging: PAGED,
        envelope,
        identity: &["/id", "/name"],
        otherwise: Vec::new(),
    }
}

/// All projects of the organization.
pub(crate) fn projects() -> Collection {
    let all = list("projects", Some("Project"), PROJECTS);
    let request = all.request.clone().with("order", "ASC").with("orderby", "name");
    Collection { request, ..all }
}

/// All local users. No sort field is documented, so none is sent.
pub(crate) fn users() -> Collection {
    let identity = &["/account/id", "/account/username"];
    Collection { identity, ..list("users", Some("User"), USERS) }
}

/// All organizations of a partner. The slash is the form that every other list has (api §6.1).
pub(crate) fn organizations() -> Collection {
    const SHAPE: Envelope =
        envelope(&["/results", "/organizations", "/items"], &["/count"], &["/limit"]);
    list("organizations", Some("Organization"), SHAPE)
}

/// All groups.
pub(crate) fn groups() -> Collection {
    list("groups", Some("Group"), GROUPS)
}

/// One user, with groups and roles.
pub(crate) fn user(id: &RemoteId) -> Collection {
    single(paths::auth_object("users", id))
}

/// The roles of one group, which are answered as one array.
pub(crate) fn group_roles(id: &RemoteId) -> Collection {
    single(paths::auth_call("groups", id, "projects"))
}

/// The namespaces of a project, to find their ids by name.
pub(crate) fn namespaces(project: &str) -> Collection {
    let path = ["apis", "infra.k8smgmt.io", "v3", "projects", project, "namespaces"];
    let path = RequestPath::of(path);
    let identity = &["/metadata/id", "/metadata/name"];
    let (id, request) = (id(&path), Request::get(path));
    Collection { id, request, identity, ..list("namespaces", None, LIST) }
}

/// What is read as one answer, whatever its shape.
fn single(path: RequestPath) -> Collection {
    let (id, request) = (id(&path), Request::get(path));
    let identity = &[];
    Collection { id, request, identity, paging: Paging::Single, ..list("", None, LIST) }
}

/// All roles, to find their ids by name.
pub(crate) fn roles() -> Collection {
    let path = RequestPath::of(["apis", "system.k8smgmt.io", "v3", "roles"]);
    let identity = &["/metadata/id", "/id", "/metadata/name"];
    let (id, request) = (id(&path), Request::get(path));
    Collection { id, request, identity, ..list("roles", None, LIST) }
}
