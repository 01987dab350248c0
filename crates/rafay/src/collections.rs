//! What is listed, and how the answers look (api §2.5). Two shapes of one answer are two
//! alternatives of one envelope.

use crate::paths;
use plumb_kind::{Collection, CollectionId, Counts, Envelope, Paging, Request, RequestPath, Way};
use plumb_model::{KindId, Scope};

/// Asked for on every list; the server caps it silently, and says at how many.
const PAGE: u32 = 1000;
const PAGED: Paging = Paging::LimitOffset { limit: "limit", offset: "offset", size: PAGE };

/// Whether a count is that of all or of the page is not known.
const fn envelope(
    items: &'static [&'static str],
    total: &'static [&'static str],
    limit: &'static [&'static str],
) -> Envelope {
    Envelope { items, total, counts: Counts::Something, limit }
}

const PAAS: Envelope = envelope(&["/items"], &["/metadata/count"], &["/metadata/limit"]);
const PROJECTS: Envelope = envelope(&["/results", "/items"], &["/count"], &["/limit"]);
/// A limit of 0 in the answer means that none was applied.
const USERS: Envelope = envelope(&["/users"], &["/count"], &["/limit"]);
const GROUPS: Envelope = envelope(&["/results", "/groups", "/items"], &["/count"], &["/limit"]);

/// The id of a paas object. The vendor's example items carry none, and a name alone is not unique in a
/// list over several workspaces, so nothing else identifies an item there.
const BY_ID: &[&str] = &["/metadata/id"];
/// Every type of compute there is (api §3.4).
const COMPUTE_TYPES: [&str; 3] = ["baremetal", "k8s", "vm"];
const BY_ID_OR_NAME: &[&str] = &["/metadata/id", "/metadata/name"];
const AUTH_IDENTITY: &[&str] = &["/id", "/name"];

fn id(path: &RequestPath) -> CollectionId {
    CollectionId(format!("rafay {path}"))
}

/// Objects of a project, oldest first: what is created between two pages comes after both.
pub(crate) fn of_project(kind: &KindId, project: &str, plural: &str) -> Collection {
    let mut collection = unordered_of_project(kind, project, plural);
    collection.request = collection.request.with("order", "ASC").with("orderBy", "createdAt");
    collection
}

/// Objects of a project, from a list that knows no order.
pub(crate) fn unordered_of_project(kind: &KindId, project: &str, plural: &str) -> Collection {
    let scope = Scope::Project(project.to_owned());
    let path = paths::paas(&scope, plural);
    Collection {
        id: id(&path),
        kind: Some(kind.clone()),
        scope,
        request: Request::get(path),
        paging: PAGED,
        envelope: PAAS,
        identity: BY_ID_OR_NAME,
        otherwise: Vec::new(),
    }
}

/// Instances of all workspaces of a project, in one list. `computeType` is left out, which lists all
/// types at once. A key that may not read that list may read one of each type, or the lists
/// of the workspaces.
pub(crate) fn of_workspaces(kind: &KindId, project: &str, plural: &'static str) -> Collection {
    let all = of_project(kind, project, plural);
    let of_type = |name: &&str| all.request.clone().with("computeType", *name);
    let by_type = COMPUTE_TYPES.iter().map(of_type).collect();
    let workspaces = KindId::new(crate::paas::GROUP, "Workspace");
    let parents = Box::new(of_project(&workspaces, project, "workspaces"));
    let by_workspace = Way::Inside { parents, name: "/metadata/name", list: plural };
    Collection { identity: BY_ID, otherwise: vec![Way::Together(by_type), by_workspace], ..all }
}

/// A profile of the catalog, read through a project that uses it.
pub(crate) fn shared_profile(kind: &KindId, project: &str, plural: &str, name: &str) -> Collection {
    let list = unordered_of_project(kind, project, plural);
    let path = list.request.path.clone().then(name);
    let request = Request::get(path).with("systemCatalog", "true");
    Collection {
        id: CollectionId(format!("{} {name}", list.id.0)),
        request,
        paging: Paging::Single,
        ..list
    }
}

/// All projects of the organization.
pub(crate) fn projects() -> Collection {
    let path = paths::auth("projects");
    Collection {
        id: id(&path),
        kind: Some(KindId::new("auth", "Project")),
        scope: Scope::Global,
        request: Request::get(path).with("order", "ASC").with("orderby", "name"),
        paging: PAGED,
        envelope: PROJECTS,
        identity: AUTH_IDENTITY,
        otherwise: Vec::new(),
    }
}

/// All local users. No sort field is documented, so none is sent.
pub(crate) fn users() -> Collection {
    let path = paths::auth("users");
    Collection {
        id: id(&path),
        kind: Some(KindId::new("auth", "User")),
        scope: Scope::Global,
        request: Request::get(path),
        paging: PAGED,
        envelope: USERS,
        identity: &["/account/id", "/account/username"],
        otherwise: Vec::new(),
    }
}

/// All groups, to find their ids by name.
pub(crate) fn groups() -> Collection {
    let path = paths::auth("groups");
    Collection {
        id: id(&path),
        kind: None,
        scope: Scope::Global,
        request: Request::get(path),
        paging: PAGED,
        envelope: GROUPS,
        identity: AUTH_IDENTITY,
        otherwise: Vec::new(),
    }
}

/// All roles, to find their ids by name.
pub(crate) fn roles() -> Collection {
    let path = RequestPath::of(["apis", "system.k8smgmt.io", "v3", "roles"]);
    Collection {
        id: id(&path),
        kind: None,
        scope: Scope::Global,
        request: Request::get(path),
        paging: PAGED,
        envelope: PAAS,
        identity: &["/metadata/id", "/id", "/metadata/name"],
        otherwise: Vec::new(),
    }
}
