//! Where a request points: its kind, project and workspace, and whether they exist and are within the
//! caller's reach.

use super::errors::{error, not_found};
use super::key::ObjectKey;
use super::kinds::{Kind, Scope};
use super::objects::Object;
use super::table::{self, WORKSPACE};
use super::world::{Call, World};
use plumb_sandbox::http::Response;

/// The scope a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: &'static Kind,
    /// Empty where the kind lives in the organization.
    pub(crate) project: String,
    pub(crate) workspace: Option<String>,
}

impl Place {
    /// The scope of a call; its project and workspace exist (404) and are reachable (401, R-03).
    pub(crate) fn of(world: &World, call: &Call<'_>) -> Result<Self, Response> {
        let kind = table::of_path(call.operation.path).unwrap_or(&WORKSPACE);
        let project = call.parameter("project").to_owned();
        let workspace = call.optional("workspace").map(str::to_owned);
        let place = Place { kind, project, workspace };
        if kind.scope == Scope::Organization {
            return Ok(place);
        }
        let knobs = &world.config.knobs;
        if world.rafay.directory.project(&place.project).is_none() {
            return Err(not_found(knobs, &format!("project {}", place.project)));
        }
        if !call.caller.covers(&place.project) {
            return Err(error(401, "the project is outside the scope of this key"));
        }
        if let Some(name) = &place.workspace {
            let key = ObjectKey::in_project(&WORKSPACE, &place.project, name);
            if world.rafay.objects.get(&key).is_none() {
                return Err(not_found(knobs, &format!("workspace {name}")));
            }
        }
        Ok(place)
    }

    /// The key of the object of this name here.
    pub(crate) fn key(&self, name: &str) -> ObjectKey {
        let workspace = self.workspace.clone();
        ObjectKey { workspace, ..ObjectKey::in_project(self.kind, &self.project, name) }
    }
}

/// The object a path names; one that was deleted is not found even where reads still show it.
pub(crate) fn target<'a>(
    world: &'a World,
    call: &Call<'_>,
) -> Result<(ObjectKey, &'a Object), Response> {
    let (key, object) = shown(world, call)?;
    if object.is_destroyed() { Err(absent(world, &key)) } else { Ok((key, object)) }
}

/// The object a path names, and one that was deleted where reads still show it.
pub(crate) fn shown<'a>(
    world: &'a World,
    call: &Call<'_>,
) -> Result<(ObjectKey, &'a Object), Response> {
    let key = Place::of(world, call)?.key(call.parameter("name"));
    match world.rafay.objects.get(&key) {
        Some(object) => Ok((key, object)),
        None => Err(absent(world, &key)),
    }
}

/// The answer for an absent object.
pub(crate) fn absent(world: &World, key: &ObjectKey) -> Response {
    not_found(&world.config.knobs, &format!("{} {}", key.kind.words, key.name))
}
