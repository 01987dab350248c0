//! The projects of `auth/v1` as v3 has them, with labels and quotas (contract 5.1, 7.3).

use serde_json::{Map, Value, json};

use super::access_bodies::ProjectSpec;
use super::bodies::Envelope;
use super::directory::Project;
use super::envelope::{V3_API_VERSION, check_metadata, note_read_only, read, v3_list};
use super::errors::{conflict, invalid, not_found};
use super::hub::bodies::kept;
use super::paging::{self, Order};
use super::projects::{self, object_name, out_of_scope};
use super::render::drop_zeros;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// Lists projects.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    let all = world.rafay.directory.projects.iter().filter(|it| call.caller.covers(&it.name));
    let all: Vec<&Project> = all.collect();
    let total = all.len();
    let items: Vec<Value> = page.cut(all.into_iter()).into_iter().map(shown).collect();
    Ok(Response::json(200, &v3_list("Project", &items, total, page)))
}

/// Reads a project by name.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    find(world, call).map(|project| Response::json(200, &shown(&project)))
}

/// Creates or replaces a project; what makes it the default cannot be written.
pub(crate) fn upsert(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let raw: Value = read(call.request)?;
    let body: Envelope<ProjectSpec> = read(call.request)?;
    if body.api_version != V3_API_VERSION || body.kind != "Project" {
        return Err(invalid(&format!("apiVersion and kind must be {V3_API_VERSION} and Project")));
    }
    check_metadata(&body.metadata)?;
    let name = body.metadata.name.clone();
    note_read_only(world, &object_name(&name), &body.metadata, body.status.is_some());
    let mut metadata = kept(raw.get("metadata"));
    metadata.remove("description");
    let mut spec = raw.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    spec.remove("default");
    let description = body.metadata.description.unwrap_or_default();
    let kind = match world.rafay.directory.project(&name) {
        Some(_) if !call.caller.covers(&name) => return Err(out_of_scope()),
        Some(_) => EffectKind::Updated,
        None => {
            projects::add(world, "", &name, &description);
            EffectKind::Created
        }
    };
    let changed = put(world, &name, &description, (metadata, spec));
    let Some(project) = world.rafay.directory.project(&name).cloned() else {
        return Err(not_found(&world.config.knobs, &format!("project {name}")));
    };
    let detail = match kind {
        EffectKind::Created => json!({ "id": project.id }),
        _ => json!({ "changed": changed }),
    };
    world.record(kind, &object_name(&name), detail);
    Ok(Response::json(200, &shown(&project)))
}

/// Deletes an empty project that is not the default.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let project = find(world, call)?;
    if project.default {
        return Err(conflict("the default project cannot be deleted"));
    }
    if world.rafay.has_content(&project.name) {
        return Err(conflict(&format!("project {} is not empty", project.name)));
    }
    world.record(EffectKind::Deleted, &object_name(&project.name), json!({ "id": project.id }));
    projects::remove(world, &project.id);
    Ok(Response::empty(200))
}

/// Takes over what a body says; whether anything differs.
fn put(
    world: &mut World,
    name: &str,
    description: &str,
    (metadata, spec): (Map<String, Value>, Map<String, Value>),
) -> bool {
    let now = world.now();
    let found = world.rafay.directory.projects.iter_mut().find(|it| it.name == name);
    let Some(project) = found else { return false };
    let changed =
        project.description != description || project.metadata != metadata || project.spec != spec;
    description.clone_into(&mut project.description);
    project.metadata = metadata;
    project.spec = spec;
    project.modified_at = now;
    changed
}

fn find(world: &World, call: &Call<'_>) -> Result<Project, Response> {
    let name = call.parameter("name");
    match world.rafay.directory.project(name) {
        Some(_) if !call.caller.covers(name) => Err(out_of_scope()),
        Some(project) => Ok(project.clone()),
        None => Err(not_found(&world.config.knobs, &format!("project {name}"))),
    }
}

fn shown(project: &Project) -> Value {
    let mut metadata = json!({
        "name": project.name,
        "description": project.description,
        "id": project.id,
        "createdAt": project.created_at,
        "modifiedAt": project.modified_at,
    });
    for (name, value) in &project.metadata {
        metadata[name] = value.clone();
    }
    let mut spec = drop_zeros(Value::Object(project.spec.clone()), 0);
    spec["default"] = json!(project.default);
    json!({
        "apiVersion": V3_API_VERSION,
        "kind": "Project",
        "metadata": metadata,
        "spec": spec,
        "status": { "conditionStatus": "StatusOK", "conditionType": "StatusSubmitted" },
    })
}
