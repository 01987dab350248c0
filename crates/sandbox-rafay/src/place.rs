//! Where a platform request points: its project and workspace, and whether they exist and are within
//! the caller's reach.

use super::errors::{error, not_found};
use super::kinds::{Kind, ObjectKey};
use super::objects::Object;
use super::world::{Call, World};
use plumb_sandbox::http::Response;

/// The scope a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    pub(crate) project: String,
    pub(crate) workspace: Option<String>,
}

impl Place {
    /// The scope of a call; its project and workspace exist (404) and are reachable (401, R-03).
    pub(crate) fn of(world: &World, call: &Call<'_>) -> Result<Self, Response> {
        let kind = Kind::of_path(call.operation.path).unwrap_or(Kind::Workspace);
        let (project, workspace) = scope(world, call)?;
        Ok(Place { kind, project, workspace })
    }

    /// The key of the object of this name here.
    pub(crate) fn key(&self, name: &str) -> ObjectKey {
        ObjectKey {
            kind: self.kind,
            project: self.project.clone(),
            workspace: self.workspace.clone(),
            name: name.to_owned(),
        }
    }
}

/// The project and workspace of a call, which exist (404) and are reachable (401, R-03).
pub(crate) fn scope(world: &World, call: &Call<'_>) -> Result<(String, Option<String>), Response> {
    let project = call.parameter("project").to_owned();
    let workspace = call.optional("workspace").map(str::to_owned);
    let knobs = &world.config.knobs;
    if world.rafay.directory.project(&project).is_none() {
        return Err(not_found(knobs, &format!("project {project}")));
    }
    if !call.caller.covers(&project) {
        return Err(error(401, "the project is outside the scope of this key"));
    }
    if let Some(name) = &workspace {
        let key = ObjectKey::in_project(Kind::Workspace, &project, name);
        if world.rafay.objects.get(&key).is_none() {
            return Err(not_found(knobs, &format!("workspace {name}")));
        }
    }
    Ok((project, workspace))
}

/// The object a path names; one that was deleted is not found even where reads still show it.
pub(crate) fn target<'a>(
    world: &'a World,
    call: &Call<'_>,
) -> Result<(ObjectKey, &'a Object), Response> {
    let key = Place::of(world, call)?.key(call.parameter("name"));
    let found = world.rafay.objects.get(&key).filter(|object| !object.is_destroyed());
    match found {
        Some(object) => Ok((key, object)),
        None => Err(absent(world, &key)),
    }
}

/// The answer for an absent object.
pub(crate) fn absent(world: &World, key: &ObjectKey) -> Response {
    not_found(&world.config.knobs, &format!("{} {}", key.kind.words(), key.name))
}
