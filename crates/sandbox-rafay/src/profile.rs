//! Who asks: the profile of the key's user (contract 5.2, R-90).

use serde_json::{Value, json};

use super::directory::{Role, User};
use super::memberships::{self, Held};
use super::world::{Call, World};
use plumb_sandbox::http::Response;
use plumb_sandbox::ids;

/// Who asks. A key that is nobody's is that of a user who is made up, and holds what it may do.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let rafay = &world.rafay;
    let organization = json!({ "id": rafay.id(), "name": rafay.name() });
    let user = call.caller.user.as_deref().and_then(|id| rafay.directory.user_by_id(id));
    let (account, roles) = match user {
        Some(user) => {
            let held = memberships::of(&rafay.directory, user);
            let roles = held.iter().map(|it| it.in_profile(&organization)).collect();
            (account(user), roles)
        }
        None => (made_up(world), made_up_roles(world, call, &organization)),
    };
    let partner = call.caller.partner.then(|| json!({ "id": super::organization::PARTNER_ID }));
    let body = json!({
        "account": account,
        "organization": organization,
        "partner": partner,
        "roles": Value::Array(roles),
    });
    Ok(Response::json(200, &body))
}

/// The id of the user who asks, made up where the key is nobody's.
pub(crate) fn asking(world: &World, call: &Call<'_>) -> String {
    let made_up = || ids::digest(world.actor().as_bytes()).chars().take(7).collect();
    call.caller.user.clone().unwrap_or_else(made_up)
}

fn account(user: &User) -> Value {
    json!({
        "id": user.id,
        "createdAt": user.created_at,
        "modifiedAt": user.created_at,
        "last_login": null,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "emailVerified": true,
        "user_type": user.user_type,
        "is_sso": false,
    })
}

fn made_up(world: &World) -> Value {
    let id: String = ids::digest(world.actor().as_bytes()).chars().take(7).collect();
    json!({
        "id": id,
        "username": format!("{id}@sandbox.invalid"),
        "first_name": "Key",
        "last_name": "Holder",
        "user_type": "API",
    })
}

/// What a key that is nobody's may do, as a role.
fn made_up_roles(world: &World, call: &Call<'_>, organization: &Value) -> Vec<Value> {
    let name = match (call.caller.administers, call.caller.audits) {
        (true, _) => "ADMIN",
        (false, true) => "ADMINISTRATOR_READ_ONLY",
        (false, false) => return Vec::new(),
    };
    let none = std::collections::BTreeSet::new();
    let role: Option<&Role> = world.rafay.directory.role(name);
    let held = role.map(|role| Held { project: None, role, namespaces: &none, group: None });
    held.iter().map(|it| it.in_profile(organization)).collect()
}
