//! Where a request for an object of a kind that is a row points.

use super::key::HubKey;
use super::kind::{HubKind, Scope};
use super::store::HubObject;
use super::table;
use crate::errors::{error, not_found};
use crate::kinds::{Kind, ObjectKey};
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// The scope a path names.
#[derive(Debug, Clone)]
pub(crate) struct HubPlace {
    pub(crate) kind: &'static HubKind,
    /// Empty where the kind lives in the organization.
    pub(crate) project: String,
    pub(crate) workspace: Option<String>,
}

impl HubPlace {
    /// The scope of a call; its project and workspace exist (404) and are reachable (401, R-03).
    pub(crate) fn of(world: &World, call: &Call<'_>) -> Result<Self, Response> {
        // Operations are called after the collections of their kinds.
        let named = call.operation.id.split('.').nth(1).unwrap_or_default();
        let plural = named.strip_prefix("workspace-").unwrap_or(named);
        let Some(kind) = table::of_plural(plural) else { return Err(error(404, "no such path")) };
        let project = call.parameter("project").to_owned();
        let workspace = call.optional("workspace").map(str::to_owned);
        if kind.scope == Scope::Organization {
            return Ok(HubPlace { kind, project, workspace });
        }
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
        Ok(HubPlace { kind, project, workspace })
    }

    /// The key of the object of this name here.
    pub(crate) fn key(&self, name: &str) -> HubKey {
        HubKey {
            kind: self.kind,
            project: self.project.clone(),
            workspace: self.workspace.clone(),
            name: name.to_owned(),
        }
    }
}

/// The object a path names; one that was deleted is not found even where reads still show it.
pub(crate) fn target<'a>(
    world: &'a World,
    call: &Call<'_>,
) -> Result<(HubKey, &'a HubObject), Response> {
    let key = HubPlace::of(world, call)?.key(call.parameter("name"));
    let found = world.rafay.hub.get(&key).filter(|object| !object.is_destroyed());
    match found {
        Some(object) => Ok((key, object)),
        None => Err(absent(world, &key)),
    }
}

/// The answer for an absent object.
pub(crate) fn absent(world: &World, key: &HubKey) -> Response {
    not_found(&world.config.knobs, &format!("{} {}", key.kind.kind, key.name))
}
