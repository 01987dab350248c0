//! `auth/v1` projects (contract 5.1).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::{Id, ResultPage};
use super::bodies::ProjectBody;
use super::described::Described;
use super::directory::Project;
use super::envelope::read;
use super::errors::{conflict, error, exists, invalid, not_found};
use super::knobs::ProjectsShape;
use super::names;
use super::paging::{self, Order, Page};
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// A project as clients know it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownProject<'a> {
    id: Id<'a>,
    name: &'a str,
    description: &'a str,
    default: bool,
    created_at: Timestamp,
    modified_at: Timestamp,
    partner_id: Id<'a>,
    organization_id: Id<'a>,
    enable_drift_webhook: bool,
    cluster_resource_quota: Quota<'a>,
    default_cluster_namespace_quota: Quota<'a>,
}

/// Counts by their names, as text.
#[derive(Debug, Serialize, JsonSchema)]
struct Quota<'a>(#[schemars(with = "Option<BTreeMap<String, String>>")] Option<&'a Value>);

/// A project as the vendor's example of a list has it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CamelProject<'a> {
    id: Id<'a>,
    name: &'a str,
    description: &'a str,
    created_at: Timestamp,
    modified_at: Timestamp,
}

/// A page of projects, in the shape of clients or in that of the vendor's example.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum ProjectPage<'a> {
    Results(ResultPage<ShownProject<'a>>),
    Items { count: usize, items: Vec<CamelProject<'a>> },
}

/// The fields a list of projects may be sorted by.
const SORT_FIELDS: [&str; 4] = ["name", "id", "created_at", "modified_at"];

/// Lists the projects within the caller's reach.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    let field = call.query("orderby").unwrap_or("created_at");
    if !SORT_FIELDS.contains(&field) {
        return Err(invalid(&format!("orderby must be one of: {}", SORT_FIELDS.join(", "))));
    }
    let mut found: Vec<&Project> =
        world.rafay.directory.projects.iter().filter(|it| is_wanted(it, call)).collect();
    // The sort is stable, so equal moments stay in order of creation.
    found.sort_by(|a, b| sort_key(a, field).cmp(&sort_key(b, field)));
    let total = found.len();
    let shown = page.cut(found.into_iter());
    let organization = world.rafay.id();
    let body = match world.config.knobs.projects_shape {
        ProjectsShape::Results => ProjectPage::Results(ResultPage {
            count: total,
            next: link(world, call, page, total, Direction::Next),
            previous: link(world, call, page, total, Direction::Previous),
            results: shown.into_iter().map(|it| snake_case(it, &organization)).collect(),
        }),
        ProjectsShape::Items => {
            let items = shown.into_iter().map(camel_case).collect();
            ProjectPage::Items { count: total, items }
        }
    };
    Ok(Response::json(200, &body))
}

/// Creates a project.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: ProjectBody = read(call.request)?;
    if !names::is_dns_label(&body.name) {
        return Err(invalid("name must be a DNS-1123 label of at most 63 characters"));
    }
    if world.rafay.directory.project(&body.name).is_some() {
        return Err(exists(&world.config.knobs, &format!("project {}", body.name)));
    }
    let project = add(world, "", &body.name, &body.description);
    world.record(EffectKind::Created, &object_name(&body.name), json!({ "id": project.id }));
    Ok(Response::json(201, &snake_case(&project, &world.rafay.id())))
}

/// Reads a project by id.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = find(world, call)?;
    let found = world.rafay.directory.project_by_id(&id);
    let organization = world.rafay.id();
    let shown = found.map(|it| Response::json(200, &snake_case(it, &organization)));
    shown.ok_or_else(|| absent(world, &id))
}

/// Changes a project's description; its name is fixed.
pub(crate) fn put(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = find(world, call)?;
    let body: ProjectBody = read(call.request)?;
    let (now, organization) = (world.now(), world.rafay.id());
    let found = world.rafay.directory.projects.iter_mut().find(|it| it.id == id);
    let Some(project) = found else { return Err(absent(world, &id)) };
    if project.name != body.name {
        return Err(invalid("the name of a project cannot be changed"));
    }
    let before = (project.description.clone(), project.spec.clone());
    project.description = body.description;
    for (field, quota) in
        QUOTAS.into_iter().zip([body.cluster_resource_quota, body.default_cluster_namespace_quota])
    {
        match quota {
            Some(quota) => project.spec.insert(field.to_owned(), json!(quota)),
            None => project.spec.remove(field),
        };
    }
    let changed = before != (project.description.clone(), project.spec.clone());
    project.modified_at = now;
    let response = Response::json(200, &snake_case(project, &organization));
    world.record(EffectKind::Updated, &object_name(&body.name), json!({ "changed": changed }));
    Ok(response)
}

/// Deletes a project.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = find(world, call)?;
    let found = world.rafay.directory.project_by_id(&id);
    let Some(project) = found.cloned() else { return Err(absent(world, &id)) };
    end(world, &project)?;
    Ok(Response::empty(204))
}

/// Deletes a project that holds nothing and is not the default.
pub(crate) fn end(world: &mut World, project: &Project) -> Result<(), Response> {
    if project.default {
        return Err(conflict("the default project cannot be deleted"));
    }
    if world.rafay.objects.has_content(&project.name, None) {
        return Err(conflict(&format!("project {} is not empty", project.name)));
    }
    let (name, id) = (object_name(&project.name), &project.id);
    world.record(EffectKind::Deleted, &name, json!({ "id": id }));
    remove(world, id);
    Ok(())
}

/// Adds a project with an id that is free.
pub(crate) fn add(world: &mut World, id: &str, name: &str, description: &str) -> Project {
    let now = world.now();
    let project = Project {
        id: world.rafay.directory.free_id(id, world.stage.random()),
        name: name.to_owned(),
        description: description.to_owned(),
        default: false,
        created_at: now,
        modified_at: now,
        metadata: Described::default(),
        spec: serde_json::Map::new(),
    };
    world.rafay.directory.projects.push(project.clone());
    project
}

/// Removes a project with its grants and whatever reads still show of it.
pub(crate) fn remove(world: &mut World, id: &str) {
    let directory = &mut world.rafay.directory;
    let Some(project) = directory.project_by_id(id).cloned() else { return };
    directory.projects.retain(|it| it.id != id);
    for user in &mut directory.users {
        user.grants.leave(id);
    }
    for group in &mut directory.groups {
        group.grants.leave(id);
    }
    directory.collaborators.retain(|it| it.project != project.name);
    let left = world.rafay.objects.all().filter(|object| object.key.project == project.name);
    let left: Vec<_> = left.map(|object| object.key.clone()).collect();
    for key in left {
        super::transitions::vanish(world, &key);
    }
    world.record(EffectKind::Gone, &object_name(&project.name), Value::Null);
}

/// The key of a project in the effect ledger.
pub(crate) fn object_name(name: &str) -> String {
    format!("Project/{name}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Next,
    Previous,
}

/// The id in the path, of a project within reach.
fn find(world: &World, call: &Call<'_>) -> Result<String, Response> {
    let id = call.parameter("id");
    match world.rafay.directory.project_by_id(id) {
        Some(project) if !call.caller.covers(&project.name) => Err(out_of_scope()),
        Some(_) => Ok(id.to_owned()),
        None => Err(absent(world, id)),
    }
}

fn absent(world: &World, what: &str) -> Response {
    not_found(&world.config.knobs, &format!("project {what}"))
}

/// The answer for a project that the key does not reach.
pub(crate) fn out_of_scope() -> Response {
    error(401, "the project is outside the scope of this key")
}

fn is_wanted(project: &Project, call: &Call<'_>) -> bool {
    let like = call.query("q").is_none_or(|part| project.name.contains(part));
    let named = call.query("name").is_none_or(|name| project.name == name);
    like && named && call.caller.covers(&project.name)
}

fn sort_key<'a>(project: &'a Project, field: &str) -> (Option<Timestamp>, &'a str) {
    match field {
        "name" => (None, &project.name),
        "id" => (None, &project.id),
        "modified_at" => (Some(project.modified_at), ""),
        _ => (Some(project.created_at), ""),
    }
}

/// The absolute link to the next or previous page; null where there is none.
fn link(
    world: &World,
    call: &Call<'_>,
    page: Page,
    total: usize,
    direction: Direction,
) -> Option<String> {
    let offset = match direction {
        Direction::Next => Some(page.offset.saturating_add(page.limit)).filter(|it| *it < total),
        Direction::Previous if page.offset == 0 => None,
        Direction::Previous => Some(page.offset.saturating_sub(page.limit)),
    };
    let offset = offset?;
    let others = call.query.iter().filter(|(name, _)| name != "limit" && name != "offset");
    let origin = &world.config.link_origin;
    let mut url = format!("{origin}/auth/v1/projects/?limit={}&offset={offset}", page.limit);
    for (name, value) in others {
        url.extend(["&", &encoded(name), "=", &encoded(value)]);
    }
    Some(url)
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The quotas of a project, as v3 calls them (contract 7.3).
const QUOTAS: [&str; 2] = ["clusterResourceQuota", "defaultClusterNamespaceQuota"];

fn snake_case<'a>(project: &'a Project, organization: &'a str) -> ShownProject<'a> {
    let [resources, namespaces] = QUOTAS.map(|quota| Quota(project.spec.get(quota)));
    ShownProject {
        id: (&project.id).into(),
        name: &project.name,
        description: &project.description,
        default: project.default,
        created_at: project.created_at,
        modified_at: project.modified_at,
        partner_id: super::organization::PARTNER_ID.into(),
        organization_id: organization.into(),
        enable_drift_webhook: true,
        cluster_resource_quota: resources,
        default_cluster_namespace_quota: namespaces,
    }
}

fn camel_case(project: &Project) -> CamelProject<'_> {
    CamelProject {
        id: (&project.id).into(),
        name: &project.name,
        description: &project.description,
        created_at: project.created_at,
        modified_at: project.modified_at,
    }
}
