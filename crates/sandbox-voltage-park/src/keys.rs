//! SSH keys of an organization (contract 2.5). Unrelated to the API keys of the configuration.

use super::holdings::SshKey;
use serde_json::json;

use super::errors::{missing, taken};
use super::input::Input;
use super::record::Family;
use super::world::{Call, World};
use super::{lives, orders, render};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// POST a key; its name must be new in the organization.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let (mut name, mut content) = (String::new(), String::new());
    input.body(|fields| {
        name = fields.text("name");
        fields.check_length("name", &name, 3, 64);
        if !name.chars().all(|it| it.is_ascii_alphanumeric() || it == '-' || it == ' ') {
            let problem = "only alphanumeric values, hyphens, or spaces are allowed";
            fields.reject("name", &json!(name), problem);
        }
        content = fields.text("content");
    });
    input.checked(world)?;
    if world.state.keys.of(&call.caller).any(|key| key.record.name == name) {
        return Err(taken(world.config.knobs.dup_name_code, &name));
    }
    let record = lives::new_record(world, Family::Keys, &call.caller, &name);
    let key = SshKey { record, content };
    let body = render::key(&key);
    add(world, key);
    Ok(Response::json(201, &body))
}

/// DELETE; machines that run keep the key.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let id = input.id("ssh_key_id");
    input.checked(world)?;
    if !world.state.keys.has(&call.caller, &id) {
        return Err(missing(world.config.knobs.delete_gone_code, "SSH key"));
    }
    orders::note_delete::<SshKey>(world, |cloud| &cloud.keys, &id);
    lives::vanish(world, |cloud| &mut cloud.keys, &id);
    Ok(Response::empty(204))
}

/// Puts a key into the world.
pub(crate) fn add(world: &mut World, key: SshKey) {
    let (object, detail) = (Family::Keys.object_name(&key.record.id), key.record.detail());
    world.state.keys.insert(key);
    world.record(EffectKind::Created, &object, detail);
}
