//! The partner console: organizations, who signed up, and their users (contract 6.1, R-51).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::Account;
use super::answers::{Id, Nothing, Reference, ResultPage};
use super::bodies::UserType;
use super::catalog::SYSTEM_CATALOG;
use super::directory::Role;
use super::envelope::read;
use super::errors::{conflict, exists, invalid, not_found};
use super::grants::Grant;
use super::memberships::{self, HeldRole};
use super::organization::{Organization, PARTNER_ID};
use super::paging::{self, Order};
use super::planting;
use super::records::{
    AddUserBody, AddedRole, OrganizationBody, OrganizationRecord, ResourceType, ShareBody,
    ShareType, SignUpBody,
};
use super::shares::Share;
use super::table::{COMPUTE_PROFILE, SERVICE_PROFILE};
use super::users::{self, ListedUser};
use super::world::{Call, Partner, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// An organization (contract 6.1).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownOrganization<'a> {
    id: Id<'a>,
    name: &'a str,
    partner_id: Id<'a>,
    partner: Reference<'a>,
    created_at: Option<Timestamp>,
    modified_at: Option<Timestamp>,
    #[serde(flatten)]
    record: &'a OrganizationRecord,
}

/// A user of an organization with the roles there.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct AccountRoles<'a> {
    account: Account<'a>,
    roles: Vec<HeldRole<'a>>,
}

/// Makes an organization with its first user, who administers it.
pub(crate) fn sign_up(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    let body: SignUpBody = read(call.request)?;
    let name = body.organization_name;
    if name.is_empty() || !body.username.contains('@') || body.password.is_empty() {
        return Err(invalid("organization_name, username and password are required"));
    }
    if partner.home.name() == name || partner.others.contains_key(&name) {
        return Err(exists(&partner.config.knobs, &format!("organization {name}")));
    }
    let mut organization = Organization::called(&name);
    organization.record = OrganizationRecord::signed_up();
    organization.created_at = Some(partner.stage.now());
    organization.modified_at = organization.created_at;
    let response = Response::json(201, &shown(&organization));
    let id = organization.id();
    partner.others.insert(name.clone(), organization);
    partner.at_home().record(EffectKind::Created, &object_name(&name), json!({ "id": id }));
    if let Some(mut world) = partner.elsewhere(&name) {
        planting::found(&mut world);
        let names = (body.first_name.as_str(), body.last_name.as_str());
        let user = users::add(&mut world, "", &body.username, names, UserType::Console);
        let administers = world.rafay.directory.role("ADMIN").map(|role| role.id.clone());
        give(&mut world, &user.id, administers.into_iter().collect());
        world.record(EffectKind::Created, &users::object_name(&user), json!({ "id": user.id }));
    }
    Ok(response)
}

/// Lists the organizations, in the shape of the list of projects.
pub(crate) fn list(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &partner.config.knobs, Order::Ascending)?;
    let is = |field: &str, value: &str| call.query(field).is_none_or(|wanted| wanted == value);
    let all = std::iter::once(&*partner.home).chain(partner.others.values());
    let wanted = all.filter(|it| {
        is("name", it.name())
            && is("external_id", &it.record.external_id)
            && is("referer", &it.record.referer)
    });
    let wanted: Vec<&Organization> = wanted.collect();
    let total = wanted.len();
    let results = page.cut(wanted.into_iter()).into_iter().map(shown).collect();
    Ok(Response::json(200, &ResultPage::new(total, results)))
}

/// Reads an organization.
pub(crate) fn get(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    with(partner, call, |world| Ok(Response::json(200, &shown(world.rafay))))
}

/// Changes an organization to what a body says, and empties what it leaves out.
pub(crate) fn put(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    let body: OrganizationBody = read(call.request)?;
    with(partner, call, |world| {
        if body.name != world.rafay.name() {
            return Err(invalid("the name of an organization cannot be changed"));
        }
        let changed = world.rafay.record != body.record;
        world.rafay.record = body.record;
        world.rafay.modified_at = Some(world.stage.now());
        let name = object_name(world.rafay.name());
        world.record(EffectKind::Updated, &name, json!({ "changed": changed }));
        Ok(Response::json(200, &shown(world.rafay)))
    })
}

/// Deletes an organization in which nothing is deployed or declared.
pub(crate) fn delete(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    let name = with(partner, call, |world| {
        let name = world.rafay.name().to_owned();
        if world.catalog.is_none() {
            return Err(conflict("the partner's own organization cannot be deleted"));
        }
        if world.rafay.objects.len() > 0 {
            return Err(conflict(&format!("organization {name} is not empty")));
        }
        Ok(name)
    })?;
    partner.others.remove(&name);
    let mut world = partner.at_home();
    world.record(EffectKind::Deleted, &object_name(&name), Value::Null);
    world.record(EffectKind::Gone, &object_name(&name), Value::Null);
    Ok(Response::empty(204))
}

/// Makes a user of an organization, with roles in all of it.
pub(crate) fn add_user(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    let body: AddUserBody = read(call.request)?;
    // The ids of the vendor's roles are those of the installation (contract 5.3).
    let known = |role: &Role| (role.id.clone(), role.name.clone());
    let installed: BTreeMap<String, String> =
        partner.home.directory.roles.iter().map(known).collect();
    with(partner, call, |world| {
        let account = body.account;
        if !account.username.contains('@') {
            return Err(invalid("username must be an e-mail address"));
        }
        if world.rafay.directory.user(&account.username).is_some() {
            return Err(invalid(&format!("user {} already exists", account.username)));
        }
        let nested = body.roles.into_iter().map(|it| it.role);
        let wanted: Vec<AddedRole> = body.role.into_iter().chain(nested).collect();
        let mut roles = Vec::new();
        for role in wanted {
            let of_installation = installed.get(&role.id) == Some(&role.name);
            let mut own = world.rafay.directory.roles.iter().filter(|it| it.name == role.name);
            match own.find(|it| it.id == role.id || of_installation) {
                Some(found) => roles.push(found.id.clone()),
                None => return Err(invalid(&format!("role {} was not found", role.name))),
            }
        }
        let names = (account.first_name.as_str(), account.last_name.as_str());
        let mut user = users::add(world, "", &account.username, names, UserType::Console);
        user.phone.clone_from(&account.phone);
        if let Some(kept) = world.rafay.directory.user_by_id_mut(&user.id) {
            kept.phone = account.phone;
        }
        give(world, &user.id, roles);
        world.record(EffectKind::Created, &users::object_name(&user), json!({ "id": user.id }));
        Ok(Response::json(201, &ListedUser { account: Account::listed(&user) }))
    })
}

/// Lists the users of an organization with their roles.
pub(crate) fn account_roles(
    partner: &mut Partner<'_>,
    call: &Call<'_>,
) -> Result<Response, Response> {
    with(partner, call, |world| {
        let directory = &world.rafay.directory;
        let users = directory.users.iter().map(|user| AccountRoles {
            account: Account::listed(user),
            roles: memberships::shown(directory, user),
        });
        Ok(Response::json(200, &users.collect::<Vec<_>>()))
    })
}

/// Says which organizations see a profile of the catalog (contract 6.3).
pub(crate) fn share(partner: &mut Partner<'_>, call: &Call<'_>) -> Result<Response, Response> {
    let body: ShareBody = read(call.request)?;
    let kind = match body.system_resource_type {
        ResourceType::PaasComputeProfile => &COMPUTE_PROFILE,
        ResourceType::PaasServiceProfile => &SERVICE_PROFILE,
    };
    let id = body.system_resource_id;
    let found = partner.home.objects.list(kind, SYSTEM_CATALOG).find(|it| it.id == id);
    let Some(profile) = found.map(|it| it.key.to_string()) else {
        return Err(not_found(&partner.config.knobs, &format!("profile {id}")));
    };
    let share = match body.share_type {
        ShareType::Custom => Share::Custom(body.org_id_list.into_iter().collect()),
        _ if !body.org_id_list.is_empty() => {
            return Err(invalid("org_id_list is for share_type CUSTOM"));
        }
        ShareType::All => Share::All,
        ShareType::None => Share::None,
    };
    if let Share::Custom(ids) = &share {
        let unknown = ids.iter().find(|id| partner.of_id(id).is_none());
        if let Some(unknown) = unknown {
            return Err(not_found(&partner.config.knobs, &format!("organization {unknown}")));
        }
    }
    let detail = json!({ "shared": share });
    partner.shares.set(&id, share);
    partner.at_home().record(EffectKind::Updated, &profile, detail);
    Ok(Response::json(200, &Nothing {}))
}

/// The key of an organization in the effect ledger.
fn object_name(name: &str) -> String {
    format!("Organization/{name}")
}

/// Does something in the organization whose id is in the path.
fn with<T>(
    partner: &mut Partner<'_>,
    call: &Call<'_>,
    act: impl FnOnce(&mut World<'_>) -> Result<T, Response>,
) -> Result<T, Response> {
    let id = call.parameter("id");
    let config = partner.config;
    match partner.of_id(id) {
        Some(mut world) => act(&mut world),
        None => Err(not_found(&config.knobs, &format!("organization {id}"))),
    }
}

/// Gives a user roles in the whole organization.
fn give(world: &mut World<'_>, user: &str, roles: Vec<String>) {
    let Some(user) = world.rafay.directory.user_by_id_mut(user) else { return };
    for role in roles {
        let namespaces = std::collections::BTreeSet::new();
        user.grants.give(Grant { project: None, role, namespaces });
    }
}

fn shown(organization: &Organization) -> ShownOrganization<'_> {
    ShownOrganization {
        id: organization.id().into(),
        name: organization.name(),
        partner_id: PARTNER_ID.into(),
        partner: Reference { id: PARTNER_ID.into(), name: "partner" },
        created_at: organization.created_at,
        modified_at: organization.modified_at,
        record: &organization.record,
    }
}
