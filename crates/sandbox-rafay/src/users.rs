//! `auth/v1` users, their groups and their roles in projects (contract 5.2).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::Account;
use super::bodies::{
    GroupReference, RoleScope, UserAssignBody, UserBody, UserType, UserUnassignBody,
};
use super::directory::User;
use super::envelope::read;
use super::errors::{invalid, not_found};
use super::grants::{Given, Grant, Grants};
use super::key_calls;
use super::memberships::{self, GroupRow, HeldRole};
use super::paging::{self, Order, Page};
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// A page of users.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UserPage<'a> {
    users: Vec<ListedUser<'a>>,
    count: usize,
    offset: usize,
    limit: usize,
}

/// A user in a list, or of an organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListedUser<'a> {
    pub(crate) account: Account<'a>,
}

/// A user with groups and roles.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UserRead<'a> {
    account: Account<'a>,
    groups: Vec<GroupRow<'a>>,
    roles: Vec<HeldRole<'a>>,
}

/// A user who was made.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CreatedUser<'a> {
    account: Account<'a>,
    sso_account: (),
    is_sso: bool,
}

/// The fields a list of users may be sorted by.
const SORT_FIELDS: [&str; 5] = ["username", "first_name", "last_name", "id", "created_at"];

/// Lists local users. Without `limit` all are answered, and the answer's `limit` is 0.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Ascending)?;
    let field = call.query("orderBy").unwrap_or("created_at");
    if !SORT_FIELDS.contains(&field) {
        return Err(invalid(&format!("orderBy must be one of: {}", SORT_FIELDS.join(", "))));
    }
    let limited = call.query("limit").is_some();
    let page = if limited { page } else { Page { limit: usize::MAX, ..page } };
    let wanted = |user: &&User| call.query("q").is_none_or(|part| user.username.contains(part));
    let mut found: Vec<&User> = world.rafay.directory.users.iter().filter(wanted).collect();
    if field != "created_at" {
        found.sort_by_key(|user| sort_key(user, field));
    }
    let total = found.len();
    let shown = page.cut(found.into_iter()).into_iter();
    let users = shown.map(|user| ListedUser { account: Account::listed(user) }).collect();
    let limit = if limited { page.limit } else { 0 };
    Ok(Response::json(200, &UserPage { users, count: total, offset: page.offset, limit }))
}

/// Reads a user with groups and roles, those that came through groups included.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let user = find(world, call)?;
    let directory = &world.rafay.directory;
    let groups = directory.groups.iter().filter(|group| user.groups.contains(&group.id));
    let body = UserRead {
        account: Account::listed(&user),
        groups: groups.map(memberships::shown_group).collect(),
        roles: memberships::shown(directory, &user),
    };
    Ok(Response::json(200, &body))
}

/// Creates a local user. The documented codes know no 409, so a taken name answers 400.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: UserBody = read(call.request)?;
    let account = body.account;
    if !account.username.contains('@') {
        return Err(invalid("username must be an e-mail address"));
    }
    // Machine users have no names (contract 5.2).
    let console = account.user_type == UserType::Console;
    let required = [
        ("first_name", &account.first_name, console),
        ("last_name", &account.last_name, console),
        ("password", &account.password, true),
    ];
    let missing = required.iter().find(|(_, value, needed)| *needed && value.is_empty());
    if let Some((field, ..)) = missing {
        return Err(invalid(&format!("{field} is required")));
    }
    if world.rafay.directory.users.iter().any(|user| user.username == account.username) {
        return Err(invalid(&format!("user {} already exists", account.username)));
    }
    let names = (account.first_name.as_str(), account.last_name.as_str());
    let mut user = add(world, "", &account.username, names, account.user_type);
    user.phone.clone_from(&account.phone);
    if let Some(kept) = world.rafay.directory.user_by_id_mut(&user.id) {
        kept.phone = account.phone;
    }
    world.record(EffectKind::Created, &object_name(&user), json!({ "id": user.id }));
    let body = CreatedUser { account: Account::of(&user), sso_account: (), is_sso: false };
    Ok(Response::json(201, &body))
}

/// Deletes a local user.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let user = find(world, call)?;
    world.record(EffectKind::Deleted, &object_name(&user), json!({ "id": user.id }));
    remove(world, &user);
    Ok(Response::empty(204))
}

/// Adds a user to groups; being in one already is no error.
pub(crate) fn add_to_groups(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let user = find(world, call)?;
    let groups: Vec<GroupReference> = read(call.request)?;
    check_not_empty(groups.len(), "groups")?;
    for reference in &groups {
        let known = world.rafay.directory.group_by_id(&reference.id);
        if known.is_none_or(|group| group.name != reference.name) {
            return Err(invalid(&format!("group {} was not found", reference.name)));
        }
    }
    for reference in groups {
        change_groups(world, &user, &reference, EffectKind::GroupAdded);
    }
    Ok(Response::empty(200))
}

/// Removes a user from groups; not being in one is no error.
pub(crate) fn remove_from_groups(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let user = find(world, call)?;
    let groups: Vec<GroupReference> = read(call.request)?;
    check_not_empty(groups.len(), "groups")?;
    for reference in groups {
        change_groups(world, &user, &reference, EffectKind::GroupRemoved);
    }
    Ok(Response::empty(200))
}

/// Lets a user join a group or leave it; what is so already is no effect.
fn change_groups(world: &mut World, user: &User, group: &GroupReference, effect: EffectKind) {
    let Some(kept) = world.rafay.directory.user_by_id_mut(&user.id) else { return };
    let changed = match effect {
        EffectKind::GroupAdded => kept.groups.insert(group.id.clone()),
        _ => kept.groups.remove(&group.id),
    };
    if changed {
        world.record(effect, &object_name(user), json!({ "group": group.name }));
    }
}

/// Gives a user roles in a project; having one already is no error.
pub(crate) fn assign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let user = find(world, call)?;
    let body: UserAssignBody = read(call.request)?;
    check_not_empty(body.roles.len(), "roles")?;
    let directory = &world.rafay.directory;
    let project = directory.project_by_id(&body.project.id);
    if project.is_none_or(|project| project.name != body.project.name) {
        return Err(invalid(&format!("project {} was not found", body.project.name)));
    }
    for reference in &body.roles {
        match directory.role_by_id(&reference.id).filter(|role| role.name == reference.name) {
            Some(role) if role.scope == RoleScope::Project => {}
            Some(_) => return Err(invalid(&format!("{} is no project role", reference.name))),
            None => return Err(invalid(&format!("role {} was not found", reference.name))),
        }
    }
    for reference in body.roles {
        let project = Some(body.project.id.clone());
        let namespaces = reference.namespace_id_list.into_iter().collect();
        let grant = Grant { project, role: reference.id, namespaces };
        let found = world.rafay.directory.user_by_id_mut(&user.id);
        if found.is_some_and(|it| it.grants.give(grant) != Given::Held) {
            let detail = json!({ "project": body.project.name, "role": reference.name });
            world.record(EffectKind::RoleAssigned, &object_name(&user), detail);
        }
    }
    Ok(Response::empty(200))
}

/// Takes roles in a project from a user; what is not there is no error.
pub(crate) fn unassign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let user = find(world, call)?;
    let body: UserUnassignBody = read(call.request)?;
    check_not_empty(body.roles.len(), "roles")?;
    for nested in body.roles {
        let id = nested.role.id;
        let found = world.rafay.directory.user_by_id_mut(&user.id);
        if found.is_some_and(|it| it.grants.take(Some(&body.project.id), &id)) {
            let role = world.rafay.directory.role_by_id(&id);
            let role = role.map(|role| role.name.clone()).unwrap_or_default();
            let detail = json!({ "project": body.project.name, "role": role });
            world.record(EffectKind::RoleUnassigned, &object_name(&user), detail);
        }
    }
    Ok(Response::empty(200))
}

/// Adds a user with an id that is free.
pub(crate) fn add(
    world: &mut World,
    id: &str,
    username: &str,
    (first_name, last_name): (&str, &str),
    user_type: UserType,
) -> User {
    let user = User {
        id: world.rafay.directory.free_id(id, world.stage.random()),
        username: username.to_owned(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        phone: None,
        user_type,
        created_at: world.now(),
        groups: std::collections::BTreeSet::new(),
        grants: Grants::default(),
    };
    world.rafay.directory.users.push(user.clone());
    user
}

/// Removes a user, with keys and places to work.
pub(crate) fn remove(world: &mut World, user: &User) {
    key_calls::remove_all(world, &user.id);
    world.rafay.directory.users.retain(|it| it.id != user.id);
    world.rafay.directory.collaborators.retain(|it| it.user != user.id);
    world.record(EffectKind::Gone, &object_name(user), Value::Null);
}

/// The key of a user in the effect ledger.
pub(crate) fn object_name(user: &User) -> String {
    format!("User/{}", user.username)
}

/// The user in the path; 404 when there is none.
fn find(world: &World, call: &Call<'_>) -> Result<User, Response> {
    let id = call.parameter("accountId");
    let found = world.rafay.directory.user_by_id(id).cloned();
    found.ok_or_else(|| not_found(&world.config.knobs, &format!("user {id}")))
}

fn check_not_empty(count: usize, what: &str) -> Result<(), Response> {
    if count == 0 { Err(invalid(&format!("{what} must not be empty"))) } else { Ok(()) }
}

fn sort_key(user: &User, field: &str) -> String {
    let value = match field {
        "first_name" => &user.first_name,
        "last_name" => &user.last_name,
        "id" => &user.id,
        _ => &user.username,
    };
    value.clone()
}
