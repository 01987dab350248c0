//! SSH keys of an organization (contract 2.5). Unrelated to the API keys of the configuration.

use serde_json::json;

use super::bodies::{KeyName, NewKey};
use super::errors::taken;
use super::holdings::SshKey;
use super::money::Money;
use super::record::Family;
use super::world::{Call, World};
use super::{input, lives, objects, render};
use plumb_sandbox::http::Response;

/// POST a key; its name must be new in the organization.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let NewKey { name: KeyName(name), content } = input::body(world, call)?;
    if world.state.keys.of(&call.caller).any(|key| key.record.name == name) {
        return Err(taken(world.config.knobs.dup_name_code, &name));
    }
    let record = lives::new_record(world, Family::Keys, &call.caller, &name);
    let key = SshKey { record, content };
    let body = render::key(world, &key);
    lives::begin(world, key, Money::ZERO, &json!({}));
    Ok(Response::json(201, &body))
}

/// DELETE; machines that run keep the key.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = objects::deleted::<SshKey>(world, call)?;
    objects::note_delete::<SshKey>(world, &id);
    lives::vanish::<SshKey>(world, &id);
    Ok(Response::empty(204))
}
