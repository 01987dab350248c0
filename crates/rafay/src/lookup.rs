//! From names to ids, for what `auth/v1` addresses by id: ids of this run first, then what was
//! listed. A name is compared exactly; `q` would match parts of it (api §5.1).

use crate::collections;
use plumb_kind::collection::first_of;
use plumb_kind::{CannotBuild, Collection, Context, Reading, Snapshot};
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use plumb_model::{Body, KindId, RemoteId, ResourceKey, Scope, body};

/// The key of a project.
pub(crate) fn project_key(name: &str) -> ResourceKey {
    let kind = KindId::new("auth", "Project");
    ResourceKey { kind, scope: Scope::Global, name: name.to_owned() }
}

/// The id of the object a request is about: from this run, from the live object, from the ledger.
pub(crate) fn own_id(context: &Context<'_>) -> Result<RemoteId, CannotBuild> {
    let of_run = context.ids.get(context.key);
    let live = || context.live.and_then(|live| live.remote_id.as_ref());
    let recorded = || context.entry.and_then(|entry| entry.remote_id.as_ref());
    of_run.or_else(live).or_else(recorded).cloned().ok_or_else(|| CannotBuild {
        message: format!("the id of {} is not known", context.key),
        help: "it is addressed by id; run again, so that it is listed first".to_owned(),
    })
}

/// What looking for a name came to.
#[derive(Debug, PartialEq)]
pub(crate) enum Named<T> {
    /// The list was not read.
    NotRead,
    /// The list cannot be seen, with the reason.
    Hidden(String),
    /// It has no such name; perhaps this one was meant.
    Absent(Option<String>),
    /// Here it is.
    Found(T),
}

impl<T> Named<T> {
    fn and_then<U>(self, next: impl FnOnce(T) -> Named<U>) -> Named<U> {
        match self {
            Self::NotRead => Named::NotRead,
            Self::Hidden(why) => Named::Hidden(why),
            Self::Absent(meant) => Named::Absent(meant),
            Self::Found(found) => next(found),
        }
    }

    /// What was found; else the reason, as a person can act on it.
    pub(crate) fn or_reason(self, what: &str, name: &str) -> Result<T, CannotBuild> {
        let (message, help) = match self {
            Self::Found(found) => return Ok(found),
            Self::NotRead => (
                format!("the id of {what} {name:?} was not looked up"),
                "run again; the list was not read".to_owned(),
            ),
            Self::Hidden(why) => (
                format!("the id of {what} {name:?} cannot be looked up: {why}"),
                "check the key's permissions, or write the id in the manifest".to_owned(),
            ),
            Self::Absent(meant) => (format!("there is no {what} {name:?}"), suggestion(meant)),
        };
        Err(CannotBuild { message, help })
    }
}

/// "Did you mean", or what else to do.
pub(crate) fn suggestion(meant: Option<String>) -> String {
    match meant {
        Some(meant) => format!("did you mean {:?}?", escape(&meant)),
        None => "check the name".to_owned(),
    }
}

fn item<'s>(
    snapshot: &'s Snapshot,
    collection: &Collection,
    pointers: &[&str],
    name: &str,
) -> Named<&'s Body> {
    let items = match snapshot.reading(&collection.id) {
        None => return Named::NotRead,
        Some(Reading::Missing) => return Named::Hidden("the server has no such list".to_owned()),
        Some(Reading::Unknown(why)) => return Named::Hidden(why.to_string()),
        Some(Reading::Items(items)) => items,
    };
    let text = |item: &'s Body| first_of(item, pointers).and_then(Body::as_str);
    match items.iter().find(|item| text(item) == Some(name)) {
        Some(item) => Named::Found(item),
        None => Named::Absent(nearest(name, items.iter().filter_map(text)).map(str::to_owned)),
    }
}

fn id(item: &Body, pointers: &[&str]) -> Named<RemoteId> {
    let id = first_of(item, pointers).and_then(Body::as_str);
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => Named::Found(id),
        None => Named::Hidden("the list has it without an id".to_owned()),
    }
}

/// A project's id.
pub(crate) fn project(context: &Context<'_>, name: &str) -> Named<RemoteId> {
    if let Some(id) = context.ids.get(&project_key(name)) {
        return Named::Found(id.clone());
    }
    listed_project(context.snapshot, name)
}

/// The id of a project that is listed.
pub(crate) fn listed_project(snapshot: &Snapshot, name: &str) -> Named<RemoteId> {
    item(snapshot, &collections::projects(), &["/name"], name).and_then(|item| id(item, &["/id"]))
}

/// A group, as `addtogroups` wants it: `{id, name, type}`.
pub(crate) fn group(snapshot: &Snapshot, name: &str) -> Named<Body> {
    item(snapshot, &collections::groups(), &["/name", "/metadata/name"], name).and_then(|item| {
        let kind = first_of(item, &["/type", "/spec/type"]).and_then(Body::as_str);
        id(item, &["/id", "/metadata/id"]).and_then(|id| {
            let kind = kind.unwrap_or("SYSTEM");
            Named::Found(body!({"id": id.as_str(), "name": name, "type": kind}))
        })
    })
}

/// A role, as `assigntoproject` wants it: `{id, name, scope, role_type}`.
pub(crate) fn role(snapshot: &Snapshot, name: &str) -> Named<Body> {
    let names = ["/metadata/name", "/name"];
    item(snapshot, &collections::roles(), &names, name).and_then(|item| {
        let text = |pointers: &[&str], otherwise: &str| -> String {
            let found = first_of(item, pointers).and_then(Body::as_str);
            found.filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
        };
        id(item, &["/metadata/id", "/id", "/spec/id"]).and_then(|id| {
            let scope = text(&["/spec/scope", "/scope"], "PROJECT");
            let kinds =
                ["/spec/roleType", "/spec/role_type", "/spec/type", "/role_type", "/roleType"];
            let role_type = text(&kinds, "BASE");
            Named::Found(body!({
                "id": id.as_str(), "name": name, "scope": scope, "role_type": role_type,
            }))
        })
    })
}
