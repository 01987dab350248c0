//! Who asks: the profile of the key's user (contract 5.2, R-90).

use schemars::JsonSchema;
use serde::Serialize;

use super::accounts::Account;
use super::answers::{Id, Reference};
use super::bodies::UserType;
use super::directory::User;
use super::grants::Grants;
use super::memberships::{self, Held, HeldRole};
use super::organization::PARTNER_ID;
use super::world::{Call, World};
use plumb_sandbox::http::Response;
use plumb_sandbox::ids;

/// Who asks, and in which organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Profile<'a> {
    account: Account<'a>,
    organization: Reference<'a>,
    partner: Option<PartnerId>,
    roles: Vec<HeldRole<'a>>,
}

/// Whose key it is, of a partner.
#[derive(Debug, Serialize, JsonSchema)]
struct PartnerId {
    id: Id<'static>,
}

/// Who asks. A key that is nobody's is that of a user who is made up, and holds what it may do.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let directory = &world.rafay.directory;
    let user = call.caller.user.as_deref().and_then(|id| directory.user_by_id(id));
    let (made_up, none) = (made_up(world), std::collections::BTreeSet::new());
    let (account, held) = if let Some(user) = user {
        (Account::of_profile(user), memberships::of(directory, user))
    } else {
        // What a key that is nobody's may do, as a role.
        let role = match (call.caller.administers, call.caller.audits) {
            (true, _) => directory.role("ADMIN"),
            (false, true) => directory.role("ADMINISTRATOR_READ_ONLY"),
            (false, false) => None,
        };
        let held = role.map(|role| Held { project: None, role, namespaces: &none, group: None });
        (Account::of(&made_up), held.into_iter().collect())
    };
    let organization = Reference { id: world.rafay.id().into(), name: world.rafay.name() };
    let body = Profile {
        account,
        roles: held.iter().map(|it| it.in_profile(&organization)).collect(),
        organization,
        partner: call.caller.partner.then(|| PartnerId { id: PARTNER_ID.into() }),
    };
    Ok(Response::json(200, &body))
}

/// The id of the user who asks, made up where the key is nobody's.
pub(crate) fn asking(world: &World, call: &Call<'_>) -> String {
    call.caller.user.clone().unwrap_or_else(|| made_up(world).id)
}

fn made_up(world: &World) -> User {
    let id: String = ids::digest(world.actor().as_bytes()).chars().take(7).collect();
    User {
        username: format!("{id}@sandbox.invalid"),
        first_name: "Key".to_owned(),
        last_name: "Holder".to_owned(),
        phone: None,
        user_type: UserType::Api,
        created_at: world.now(),
        groups: std::collections::BTreeSet::new(),
        grants: Grants::default(),
        id,
    }
}
