//! SSH keys of an organization (contract 2.5). Unrelated to the API keys of the configuration.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::errors::{missing, taken};
use super::input::Input;
use super::listing::Listing;
use super::record::{Family, Record, kept, vanish};
use super::{VoltagePark, orders, render};
use crate::effects::EffectKind;
use crate::http::Response;
use crate::operation::{Call, Cloud};
use crate::world::World;

/// An SSH public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshKey {
    /// Identity and name.
    pub record: Record,
    /// The text as it was given.
    pub content: String,
}

kept!(SshKey, Keys);

/// GET the list.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let listing = Listing {
        default_limit: 150,
        table: |cloud| &cloud.keys,
        table_mut: |cloud| &mut cloud.keys,
        show: |_, key| render::key(key),
    };
    listing.answer(world, call)
}

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
    if world.voltage_park.keys.of(&call.organization).any(|key| key.record.name == name) {
        return Err(taken(world.config.knobs.voltage_park.dup_name_code, &name));
    }
    let record = Record::new(world, Family::Keys, &call.organization, &name);
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
    if !world.voltage_park.keys.has(&call.organization, &id) {
        return Err(missing(world.config.knobs.voltage_park.delete_gone_code, "SSH key"));
    }
    orders::note_delete::<SshKey>(world, |cloud| &cloud.keys, &id);
    vanish(world, |cloud| &mut cloud.keys, &id);
    Ok(Response::empty(204))
}

/// Puts a key into the world.
pub(crate) fn add(world: &mut World, key: SshKey) {
    let (object, detail) = (Family::Keys.object_name(&key.record.id), key.record.detail());
    world.voltage_park.keys.insert(key);
    world.record(Cloud::VoltagePark, EffectKind::Created, &object, detail);
}

impl VoltagePark {
    /// The SSH key of this id, when it is not gone.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&SshKey> {
        self.keys.get(id)
    }
}
