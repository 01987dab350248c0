//! From names to ids, for what `auth/v1` addresses by id: ids of this run first, then what was
//! listed. A name is compared exactly; `q` would match parts of it (api §5.1).

use crate::collections;
use plumb_kind::collection::first_of;
use plumb_kind::{Context, Lookup, Snapshot};
use plumb_model::{Body, KindId, RemoteId, ResourceKey, Scope, body};

/// The key of a project.
pub(crate) fn project_key(name: &str) -> ResourceKey {
    let kind = KindId::new("auth", "Project");
    ResourceKey { kind, scope: Scope::Global, name: name.to_owned() }
}

fn id(item: &Body, pointers: &[&str]) -> Lookup<RemoteId> {
    let id = first_of(item, pointers).and_then(Body::as_str);
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => Lookup::Found(id),
        None => Lookup::Hidden("the list has it without an id".to_owned()),
    }
}

/// A project's id.
pub(crate) fn project(context: &Context<'_>, name: &str) -> Lookup<RemoteId> {
    if let Some(id) = context.ids.get(&project_key(name)) {
        return Lookup::Found(id.clone());
    }
    listed_project(context.snapshot, name)
}

/// The id of a project that is listed.
pub(crate) fn listed_project(snapshot: &Snapshot, name: &str) -> Lookup<RemoteId> {
    Lookup::item(snapshot, &collections::projects(), &["/name"], name)
        .and_then(|item| id(item, &["/id"]))
}

/// A group, as `addtogroups` wants it: `{id, name, type}`.
pub(crate) fn group(snapshot: &Snapshot, name: &str) -> Lookup<Body> {
    Lookup::item(snapshot, &collections::groups(), &["/name", "/metadata/name"], name).and_then(
        |item| {
            let kind = first_of(item, &["/type", "/spec/type"]).and_then(Body::as_str);
            id(item, &["/id", "/metadata/id"]).and_then(|id| {
                let kind = kind.unwrap_or("SYSTEM");
                Lookup::Found(body!({"id": id.as_str(), "name": name, "type": kind}))
            })
        },
    )
}

/// A role, as `assigntoproject` wants it: `{id, name, scope, role_type}`.
pub(crate) fn role(snapshot: &Snapshot, name: &str) -> Lookup<Body> {
    let names = ["/metadata/name", "/name"];
    Lookup::item(snapshot, &collections::roles(), &names, name).and_then(|item| {
        let text = |pointers: &[&str], otherwise: &str| -> String {
            let found = first_of(item, pointers).and_then(Body::as_str);
            found.filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
        };
        id(item, &["/metadata/id", "/id", "/spec/id"]).and_then(|id| {
            let scope = text(&["/spec/scope", "/scope"], "PROJECT");
            let kinds =
                ["/spec/roleType", "/spec/role_type", "/spec/type", "/role_type", "/roleType"];
            let role_type = text(&kinds, "BASE");
            Lookup::Found(body!({
                "id": id.as_str(), "name": name, "scope": scope, "role_type": role_type,
            }))
        })
    })
}
