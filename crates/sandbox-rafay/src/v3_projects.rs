//! The projects of `auth/v1` as v3 has them, with labels and quotas (contract 5.1, 7.3).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::access_bodies::ProjectSpec;
use super::answers::{Id, List};
use super::bodies::Envelope;
use super::described::Described;
use super::directory::Project;
use super::envelope::{V3_API_VERSION, check_kind, check_metadata, note_read_only, read, spec_as};
use super::errors::not_found;
use super::paging::{self, Order};
use super::projects::{self, object_name, out_of_scope};
use super::status::{CommonStatus, condition};
use super::walk::drop_zeros;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// A project as v3 shows it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct V3Project<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: V3Metadata<'a>,
    #[schemars(extend("type" = "object"))]
    spec: Value,
    status: CommonStatus<'static>,
}

/// The `metadata` of a project.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct V3Metadata<'a> {
    name: &'a str,
    id: Id<'a>,
    created_at: Timestamp,
    modified_at: Timestamp,
    #[serde(flatten)]
    about: Described,
}

/// Lists projects.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    let all = world.rafay.directory.projects.iter().filter(|it| call.caller.covers(&it.name));
    let all: Vec<&Project> = all.collect();
    let total = all.len();
    let items = page.cut(all.into_iter()).into_iter().map(shown).collect();
    let named = (V3_API_VERSION, "Project");
    Ok(Response::json(200, &List::new(&world.config.knobs, named, items, total, page)))
}

/// Reads a project by name.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    find(world, call).map(|project| Response::json(200, &shown(&project)))
}

/// Creates or replaces a project; what makes it the default cannot be written.
pub(crate) fn upsert(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: Envelope = read(call.request)?;
    check_kind((&body.api_version, &body.kind), (V3_API_VERSION, "Project"))?;
    check_metadata(&body.metadata)?;
    let name = body.metadata.name.clone();
    note_read_only(world, &object_name(&name), &body.metadata, body.status.is_some());
    let mut spec = body.spec.unwrap_or_default();
    let _: ProjectSpec = spec_as(&spec)?;
    spec.remove("default");
    let mut metadata = body.metadata.about;
    let description = metadata.description.take().unwrap_or_default();
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

/// Deletes a project.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let project = find(world, call)?;
    projects::end(world, &project)?;
    Ok(Response::empty(200))
}

/// Takes over what a body says; whether anything differs.
fn put(
    world: &mut World,
    name: &str,
    description: &str,
    (metadata, spec): (Described, Map<String, Value>),
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

fn shown(project: &Project) -> V3Project<'_> {
    let mut spec = drop_zeros(Value::Object(project.spec.clone()), 0);
    spec["default"] = json!(project.default);
    let description = Some(project.description.clone());
    V3Project {
        api_version: V3_API_VERSION,
        kind: "Project",
        metadata: V3Metadata {
            name: &project.name,
            id: (&project.id).into(),
            created_at: project.created_at,
            modified_at: project.modified_at,
            about: Described { description, ..project.metadata.clone() },
        },
        spec,
        status: condition("StatusSubmitted", "StatusOK"),
    }
}
