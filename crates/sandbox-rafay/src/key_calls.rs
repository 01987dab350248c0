//! Calls about API keys, and what the clock does to them (contract 1.4, 6.2, R-52, R-98).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::access_bodies::KeyBody;
use super::envelope::read;
use super::errors::{error, invalid, not_found};
use super::keys::{ApiKey, KeyEvent, hours};
use super::profile::asking;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// A key as it is shown: of its text the beginning, and once the whole.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownKey {
    id: String,
    name: String,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    expires_at: Option<Timestamp>,
}

/// Creates a key of a user: for oneself, or by an administrator for anybody. Its secret is in the
/// answer and nowhere else.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = call.parameter("accountId").to_owned();
    let user = world.rafay.directory.user_by_id(&id).cloned();
    let absent = || not_found(&world.config.knobs, &format!("user {id}"));
    let user = user.ok_or_else(absent)?;
    may_manage(call, &user.id)?;
    let body: KeyBody = read(call.request)?;
    if body.name.is_empty() {
        return Err(invalid("name is required"));
    }
    let expires_at = ends(world, call, &user.username, &body)?;
    let text = made_up(world);
    let key_id = world.rafay.directory.free_id("", world.stage.random());
    let named = (key_id, body.name, user.id);
    let key = ApiKey::new(named, &text, world.now(), expires_at);
    let secret = text.rsplit_once('.').map(|(_, secret)| secret.to_owned());
    let shown = ShownKey { key: text, secret, ..shown(&key) };
    let detail = json!({ "id": key.id, "expiresAt": expires_at });
    let name = object_name(world, &key);
    world.rafay.keys.push(key);
    world.record(EffectKind::Created, &name, detail);
    Ok(Response::json(201, &shown))
}

/// Lists the keys of a user: of each its beginning, and when it ends. An expired one is listed until
/// it is purged.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = call.parameter("accountId");
    let known = world.rafay.directory.user_by_id(id);
    if known.is_none() && id != asking(world, call) {
        return Err(not_found(&world.config.knobs, &format!("user {id}")));
    }
    may_manage(call, id)?;
    let username = known.map(|user| user.username.clone());
    let mut keys = of_settings(world, username.as_deref());
    keys.extend(world.rafay.keys.iter().filter(|key| key.user == id).map(shown));
    Ok(Response::json(200, &keys))
}

/// Deletes a key, which opens nothing from now on.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = call.parameter("keyId");
    let Some(key) = world.rafay.keys.of_id(id).cloned() else {
        return Err(not_found(&world.config.knobs, &format!("API key {id}")));
    };
    may_manage(call, &key.user)?;
    let name = object_name(world, &key);
    world.record(EffectKind::Deleted, &name, json!({ "id": key.id }));
    remove(world, &key);
    Ok(Response::empty(204))
}

/// Removes every key of a user who is no more.
pub(crate) fn remove_all(world: &mut World, user: &str) {
    let keys: Vec<ApiKey> =
        world.rafay.keys.iter().filter(|key| key.user == user).cloned().collect();
    for key in keys {
        remove(world, &key);
    }
}

/// Lets happen to a key what is due first.
pub(crate) fn step(world: &mut World) {
    let Some((key, event)) = world.rafay.keys.step() else { return };
    let name = object_name(world, &key);
    let detail = json!({ "id": key.id, "expiresAt": key.expires_at });
    match event {
        KeyEvent::Notice(days) => {
            let detail = json!({ "id": key.id, "expiresAt": key.expires_at, "days": days });
            world.record(EffectKind::Notified, &name, detail);
        }
        KeyEvent::Expiry => world.record(EffectKind::Expired, &name, detail),
        KeyEvent::Purge => world.record(EffectKind::Gone, &name, detail),
    }
}

fn remove(world: &mut World, key: &ApiKey) {
    let name = object_name(world, key);
    world.rafay.keys.remove(&key.id);
    world.record(EffectKind::Gone, &name, json!({ "id": key.id }));
}

/// The key of an API key in the effect ledger.
fn object_name(world: &World, key: &ApiKey) -> String {
    let user = world.rafay.directory.user_by_id(&key.user);
    let user = user.map_or(key.user.as_str(), |user| user.username.as_str());
    format!("ApiKey/{user}/{}", key.name)
}

/// Oneself, or an administrator for anybody.
fn may_manage(call: &Call<'_>, user: &str) -> Result<(), Response> {
    let own = call.caller.user.as_deref().is_none_or(|id| id == user);
    if own || call.caller.administers {
        return Ok(());
    }
    Err(error(403, "only an administrator manages the keys of others"))
}

/// When a new key ends: as asked, at most what its user may have; the larger of the organization's
/// hours and the user's where nothing is asked.
fn ends(
    world: &World,
    call: &Call<'_>,
    username: &str,
    body: &KeyBody,
) -> Result<Option<Timestamp>, Response> {
    let policy = &world.config.api_keys;
    let usual = policy.usual_hours(username);
    if body.never_expire {
        if !call.caller.administers {
            return Err(error(403, "only an administrator makes a key that never expires"));
        }
        return Ok(None);
    }
    let limit = policy.cap_hours.unwrap_or(usual);
    let asked = match u64::try_from(body.validity_hour) {
        Err(_) => return Err(invalid("validity_hour must be at least 1, or 0 for the default")),
        Ok(0) => usual,
        Ok(asked) if asked > limit && !call.caller.administers => {
            return Err(invalid(&format!("validity_hour must be at most {limit}")));
        }
        Ok(asked) => asked,
    };
    Ok(Some(world.now().after(hours(asked.max(1)))))
}

/// The text of a new key.
fn made_up(world: &mut World) -> String {
    let mut draw = || world.stage.random().draw();
    let (id, first, second) = (draw(), draw(), draw());
    format!("ra2.{id:016x}.{first:016x}{second:016x}")
}

fn shown(key: &ApiKey) -> ShownKey {
    let (id, name, beginning) = (key.id.clone(), key.name.clone(), key.beginning.clone());
    ShownKey { id, name, key: beginning, secret: None, expires_at: key.expires_at }
}

/// The keys of the settings that are this user's; of nobody's the one that asks.
fn of_settings(world: &World, username: Option<&str>) -> Vec<ShownKey> {
    let knobs = &world.config.knobs;
    let actor = world.actor();
    let whose = |key: &&super::settings::Key| match username {
        Some(username) => key.user.as_deref() == Some(username),
        None => key.id() == actor,
    };
    let own = world.config.keys.iter().filter(whose);
    let shown = own.map(|key| {
        let expires_at = key.expires_at.into_iter().chain(knobs.key_expires_at).min();
        let text = key.key.rsplit_once('.').map_or(key.key.as_str(), |(beginning, _)| beginning);
        let (name, text) = ("key".to_owned(), text.to_owned());
        ShownKey { id: key.id(), name, key: text, secret: None, expires_at }
    });
    shown.collect()
}
