//! Edits by somebody else of projects, users, groups and collaborators.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::bodies::UserType;
use super::by_name;
use super::described::Described;
use super::directory::Collaborator;
use super::seed::SeedGrant;
use super::world::World;
use super::{groups, projects, users};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::effects::EffectKind;

/// The kinds that are edited here.
const KINDS: [&str; 4] = ["Project", "User", "Group", "WorkspaceCollaborator"];

/// Whether objects of this kind are edited here.
pub(crate) fn is_kind(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// Makes an edit of what has this name, beside its kind.
pub(crate) fn apply(world: &mut World, edit: &Edit) -> Result<(), String> {
    let object = edit.object_name();
    let (kind, name) = object.split_once('/').unwrap_or((object, ""));
    match (kind, edit) {
        (_, Edit::Create { object }) => create(world, object),
        ("Project", Edit::Patch { patch, .. }) => patch_project(world, name, patch),
        ("Project", Edit::Relabel { labels, .. }) => relabel(world, name, labels),
        ("User", Edit::Patch { patch, .. }) => patch_user(world, name, patch),
        ("Group", Edit::Patch { patch, .. }) => patch_group(world, name, patch),
        (_, Edit::Delete { .. }) => delete(world, kind, name),
        _ => Err(format!("{object} cannot be edited so")),
    }
}

#[derive(Deserialize)]
struct Given {
    kind: String,
    metadata: GivenMetadata,
    #[serde(default)]
    spec: GivenSpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GivenMetadata {
    id: String,
    name: String,
    project: String,
    workspace: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct GivenSpec {
    description: String,
    first_name: String,
    last_name: String,
    user_type: Option<UserType>,
    /// Of a collaborator.
    role: String,
    /// The names of the groups a user belongs to.
    groups: Option<Vec<String>>,
    /// The roles a user or a group holds.
    roles: Option<Vec<SeedGrant>>,
}

/// Makes a project, a user, a group or a collaborator.
pub(crate) fn create(world: &mut World, envelope: &Value) -> Result<(), String> {
    let Given { kind, metadata, spec } =
        Given::deserialize(envelope).map_err(|problem| problem.to_string())?;
    let GivenMetadata { id, name, project, workspace } = metadata;
    let mut object = format!("{kind}/{name}");
    match kind.as_str() {
        "Project" => drop(projects::add(world, &id, &name, &spec.description)),
        "Group" => {
            groups::add(world, &id, &name, &spec.description);
            give_group(world, &name, spec.roles)?;
        }
        "WorkspaceCollaborator" => {
            let user = world.rafay.directory.user(&name).map(|user| user.id.clone());
            let user = user.ok_or_else(|| format!("User/{name} does not exist"))?;
            object = format!("{kind}/{project}/{workspace}/{name}");
            let role = spec.role;
            let collaborator = Collaborator { project, workspace, user, role };
            world.rafay.directory.collaborators.push(collaborator);
        }
        _ => {
            let user_type = spec.user_type.unwrap_or(UserType::Console);
            let names = (spec.first_name.as_str(), spec.last_name.as_str());
            users::add(world, &id, &name, names, user_type);
            give_user(world, &name, spec)?;
        }
    }
    world.record(EffectKind::Created, &object, Value::Null);
    Ok(())
}

fn patch_project(world: &mut World, name: &str, patch: &Value) -> Result<(), String> {
    let found = world.rafay.directory.projects.iter_mut().find(|it| it.name == name);
    let project = found.ok_or_else(|| absent("Project", name))?;
    let description = patch.pointer("/spec/description");
    let description = description.or_else(|| patch.pointer("/metadata/description"));
    if let Some(text) = description.and_then(Value::as_str) {
        text.clone_into(&mut project.description);
    }
    let description = None;
    project.metadata =
        Described { description, ..project.metadata.patched(patch.get("metadata"))? };
    changed(world, &projects::object_name(name));
    Ok(())
}

fn relabel(
    world: &mut World,
    name: &str,
    labels: &BTreeMap<String, Option<String>>,
) -> Result<(), String> {
    patch_project(world, name, &json!({ "metadata": { "labels": labels } }))
}

fn patch_user(world: &mut World, name: &str, patch: &Value) -> Result<(), String> {
    give_user(world, name, spec_of(patch)?)?;
    changed(world, &format!("User/{name}"));
    Ok(())
}

fn patch_group(world: &mut World, name: &str, patch: &Value) -> Result<(), String> {
    let spec = spec_of(patch)?;
    let described = patch.pointer("/spec/description").is_some();
    let found = world.rafay.directory.groups.iter_mut().find(|it| it.name == name);
    let group = found.ok_or_else(|| absent("Group", name))?;
    if described {
        group.description.clone_from(&spec.description);
    }
    give_group(world, name, spec.roles)?;
    changed(world, &format!("Group/{name}"));
    Ok(())
}

fn spec_of(patch: &Value) -> Result<GivenSpec, String> {
    let spec = patch.get("spec").cloned().unwrap_or_else(|| json!({}));
    GivenSpec::deserialize(spec).map_err(|problem| problem.to_string())
}

/// Sets the groups and the roles of a user, as far as they are given.
fn give_user(world: &mut World, name: &str, spec: GivenSpec) -> Result<(), String> {
    let mut problems = Vec::new();
    let groups: Option<BTreeSet<String>> =
        spec.groups.map(|names| by_name::ids_of_groups(world, &names, &mut problems));
    let grants = spec.roles.map(|roles| by_name::grants(world, &roles, &mut problems));
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    let found = world.rafay.directory.users.iter_mut().find(|it| it.username == name);
    let user = found.ok_or_else(|| absent("User", name))?;
    user.groups = groups.unwrap_or_else(|| user.groups.clone());
    user.grants = grants.unwrap_or_else(|| user.grants.clone());
    Ok(())
}

fn give_group(world: &mut World, name: &str, roles: Option<Vec<SeedGrant>>) -> Result<(), String> {
    let Some(roles) = roles else { return Ok(()) };
    let mut problems = Vec::new();
    let grants = by_name::grants(world, &roles, &mut problems);
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    let found = world.rafay.directory.groups.iter_mut().find(|it| it.name == name);
    found.ok_or_else(|| absent("Group", name))?.grants = grants;
    Ok(())
}

fn delete(world: &mut World, kind: &str, name: &str) -> Result<(), String> {
    let directory = &mut world.rafay.directory;
    let absent = || absent(kind, name);
    match kind {
        "Project" => {
            let id = directory.project(name).map(|it| it.id.clone()).ok_or_else(absent)?;
            projects::remove(world, &id);
        }
        "User" => {
            let user = directory.user(name).cloned().ok_or_else(absent)?;
            users::remove(world, &user);
        }
        "Group" => {
            let group = directory.groups.iter().find(|it| it.name == name).cloned();
            groups::remove(world, &group.ok_or_else(absent)?);
        }
        _ => {
            let parts: Vec<&str> = name.split('/').collect();
            let [project, workspace, username] = parts.as_slice() else { return Err(absent()) };
            let user = directory.user(username).map(|it| it.id.clone()).ok_or_else(absent)?;
            let before = directory.collaborators.len();
            let is = |it: &Collaborator| {
                it.project == *project && it.workspace == *workspace && it.user == user
            };
            directory.collaborators.retain(|it| !is(it));
            if directory.collaborators.len() == before {
                return Err(absent());
            }
            world.record(EffectKind::Gone, &format!("{kind}/{name}"), Value::Null);
        }
    }
    Ok(())
}

fn changed(world: &mut World, object: &str) {
    world.record(EffectKind::Updated, object, json!({ "changed": true }));
}

fn absent(kind: &str, name: &str) -> String {
    format!("{kind}/{name} does not exist")
}
