//! The organization's SSH keys in a machine's document: by name or id in manifests, by id alone in
//! requests (contract §2.1, §2.5).

use crate::{collections, ids};
use plumb_kind::{CannotBuild, Collection, Context, Reading, Snapshot, Surroundings};
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use plumb_model::{Body, Code, Desired, FieldPath, Finding, RemoteId, Resource, body};

/// Where the names stand, for the edges to declared keys.
pub(crate) const NAMES: &str = "spec.organization_ssh_keys.ssh_key_names";

fn field(resource: &Resource) -> Option<&Body> {
    resource.body.pointer("/spec/organization_ssh_keys")
}

fn path() -> FieldPath {
    FieldPath::root().key("spec").key("organization_ssh_keys")
}

fn listed_in<'v>(keys: &'v Body, field: &str) -> &'v [Body] {
    keys.get(field).and_then(Body::as_array).unwrap_or_default()
}

fn names(resource: &Resource) -> &[Body] {
    field(resource).map(|keys| listed_in(keys, "ssh_key_names")).unwrap_or_default()
}

/// Writes the ids in the one form that is compared, and takes out what says nothing: no keys is
/// what is meant when nothing is said.
pub(crate) fn prepare(resource: &mut Resource) {
    if field(resource).is_some_and(|keys| *keys == body!({"mode": "none"}))
        && let Some(Body::Fields(spec)) = resource.body.get_mut("spec")
    {
        spec.remove("organization_ssh_keys");
    }
    let ids = resource.body.pointer_mut("/spec/organization_ssh_keys/ssh_key_ids");
    ids.and_then(Body::as_array_mut).into_iter().flatten().for_each(ids::normalise);
}

/// What is wrong with how keys are chosen.
pub(crate) fn check(resource: &Resource) -> Option<Finding> {
    let keys = field(resource)?;
    let chosen = ["ssh_key_ids", "ssh_key_names"];
    let given = chosen
        .iter()
        .any(|list| keys.get(list).and_then(Body::as_array).is_some_and(|list| !list.is_empty()));
    let selective = keys.get("mode").and_then(Body::as_str) == Some("selective");
    let (message, help) = match (selective, given) {
        (true, false) => (
            "the mode is selective and no key is named",
            "name keys in ssh_key_names or ssh_key_ids, or use another mode",
        ),
        (false, true) => ("keys are named and the mode is not selective", "write mode: selective"),
        (true, true) | (false, false) => return None,
    };
    let finding = Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(path());
    Some(finding.help(help))
}

/// The list of keys, where names have to be found in it.
pub(crate) fn lookups(resource: &Resource) -> Vec<Collection> {
    if names(resource).is_empty() { Vec::new() } else { vec![collections::ssh_keys()] }
}

/// Names that are neither declared nor listed.
pub(crate) fn refine(resource: &Resource, around: &Surroundings<'_>) -> Vec<Finding> {
    let Some(listed) = listed(around.snapshot) else { return Vec::new() };
    let known: Vec<&str> = listed.iter().filter_map(|key| name_of(key)).collect();
    let is_known = |name: &str| {
        around.desired.get(&ids::key(ids::ssh_key(), name)).is_some() || known.contains(&name)
    };
    let named = names(resource).iter().enumerate();
    let named = named.filter_map(|(at, name)| Some((at, name.as_str()?)));
    let wrong = named.filter(|(_, name)| !is_known(name));
    let finding = |(at, name): (usize, &str)| {
        let meant = nearest(name, declared(around.desired).chain(known.iter().copied()));
        let help = match meant {
            Some(meant) => format!("did you mean {:?}?", escape(meant)),
            None => "declare it as an SSHKey, or add it to the organization".to_owned(),
        };
        let message = format!("there is no SSH key {:?}", escape(name));
        let path = path().key("ssh_key_names").index(at);
        Finding::error(Code::UNKNOWN_REFERENCE, message).of(&resource.key).field(path).help(help)
    };
    wrong.map(finding).collect()
}

fn declared(desired: &Desired) -> impl Iterator<Item = &str> {
    let kind = ids::ssh_key();
    let keys = desired.resources().keys().filter(move |key| key.kind == kind);
    keys.map(|key| key.name.as_str())
}

fn listed(snapshot: &Snapshot) -> Option<&[Body]> {
    snapshot.items(&collections::ssh_keys().id)
}

fn name_of(key: &Body) -> Option<&str> {
    key.get("name").and_then(Body::as_str)
}

/// What a create says of the organization's keys; `None` where the document says nothing.
pub(crate) fn request(body: &Body, context: &Context<'_>) -> Result<Option<Body>, CannotBuild> {
    let Some(keys) = body.pointer("/spec/organization_ssh_keys") else { return Ok(None) };
    let mode = keys.get("mode").and_then(Body::to_look_up).unwrap_or("none");
    if mode != "selective" {
        return Ok(Some(body!({"mode": mode})));
    }
    let mut chosen = listed_in(keys, "ssh_key_ids").to_vec();
    for name in listed_in(keys, "ssh_key_names").iter().filter_map(Body::to_look_up) {
        let id = Body::from(find(name, context)?.as_str());
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    Ok(Some(body!({"mode": mode, "ssh_key_ids": chosen})))
}

/// The id of a key by its name: one of this run, else one that is listed.
fn find(name: &str, context: &Context<'_>) -> Result<RemoteId, CannotBuild> {
    if let Some(id) = context.ids.get(&ids::key(ids::ssh_key(), name)) {
        return Ok(id.clone());
    }
    let cannot = |message: String, help: &str| CannotBuild { message, help: help.to_owned() };
    let shown = escape(name);
    let listed = match context.snapshot.reading(&collections::ssh_keys().id) {
        Some(Reading::Items(items)) => items.as_slice(),
        Some(Reading::Unknown(why)) => {
            let message = format!("the id of SSH key {shown:?} cannot be looked up: {why}");
            return Err(cannot(message, "write the id in ssh_key_ids, or try again"));
        }
        Some(Reading::Missing) | None => {
            let message = format!("the id of SSH key {shown:?} was not looked up");
            return Err(cannot(message, "run again, so that the keys are listed first"));
        }
    };
    let mut named = listed.iter().filter(|key| name_of(key) == Some(name));
    match (named.next(), named.next()) {
        (Some(key), None) => ids::remote_id(key, "id").ok_or_else(|| {
            let message = format!("the id of SSH key {shown:?} cannot be read");
            cannot(message, "write the id in ssh_key_ids")
        }),
        (Some(_), Some(_)) => {
            let message = format!("several SSH keys are called {shown:?}");
            Err(cannot(message, "write the id in ssh_key_ids"))
        }
        (None, _) => {
            let message = format!("there is no SSH key {shown:?}");
            Err(cannot(message, "declare it as an SSHKey, or add it to the organization"))
        }
    }
}

#[cfg(test)]
mod tests;
