//! Where a request for an object of a kind that is a row points.

use super::key::HubKey;
use super::kind::{HubKind, Scope};
use super::store::HubObject;
use super::table;
use crate::errors::{error, not_found};
use crate::place::scope;
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
        let (project, workspace) = match kind.scope {
            Scope::Organization => (String::new(), None),
            _ => scope(world, call)?,
        };
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
