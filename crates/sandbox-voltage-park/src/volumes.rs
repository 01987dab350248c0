//! Shared storage: volumes, and which rentals mount them (contract 2.4 and 5.3).

use super::holdings::{RentalStatus, Volume};
use serde_json::{Value, json};

use super::errors::{bad, missing, taken};
use super::fields::Fields;
use super::input::Input;
use super::knobs::{DeleteAttached, Shrink, StorageNames};
use super::money::Money;
use super::record::Family;
use super::timers::Event;
use super::world::{Call, World};
use super::{billing, lives, orders, render};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// The parameter of the paths.
const ID: &str = "storage_id";

/// The most characters of a strict name.
pub(super) const LONGEST_NAME: usize = 60;

/// The bytes of a gigabyte of a volume's size.
const GIGABYTE: u64 = 1_000_000_000;

/// A strict name, as a 422 prints it.
pub(super) const PATTERN: &str = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$";

/// What a body says of a volume; absent stays as it is.
#[derive(Debug, Default)]
struct Change {
    size: Option<i64>,
    name: Option<String>,
    order_ids: Option<Vec<String>>,
}

/// GET the price of a gigabyte for an hour (V-49).
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(crate) fn hourly_rate(world: &mut World, _call: &Call<'_>) -> Result<Response, Response> {
    let rate = world.state.catalog.storage_rate_per_gb;
    let body = json!({ "hourly_rate_per_gb": render::money(world, rate) });
    Ok(Response::json(200, &body))
}

/// GET one, with what is used of it.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let id = input.id(ID);
    input.checked(world)?;
    let volume = existing(world, call, &id)?;
    let mut body = render::volume(world, &volume);
    body["used_capacity_bytes"] = json!(volume.used_bytes);
    Ok(Response::json(200, &body))
}

/// POST a volume.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let strict = world.config.knobs.storage_names == StorageNames::StrictUnique;
    let mut input = Input::of(call);
    let (mut size, mut name, mut order_ids) = (0, String::new(), Vec::new());
    input.body(|fields| {
        size = fields.number("size_in_gb");
        fields.check_least("size_in_gb", size, 1);
        name = fields.text("name");
        if strict {
            check_name(fields, &name);
        }
        order_ids = fields.ids("order_ids");
    });
    input.checked(world)?;
    check_unique(world, call, &name, None)?;
    check_rentals(world, call, &order_ids)?;
    billing::check_balance(world, &call.caller)?;
    let record = lives::new_record(world, Family::Volumes, &call.caller, &name);
    let lag = world.config.knobs.storage_lag;
    let status = if lag == 0 { "active" } else { "inactive" };
    let volume = Volume {
        record,
        size_in_gb: u64::try_from(size).unwrap_or(0),
        status: status.to_owned(),
        order_ids,
        used_bytes: 0,
    };
    let body = render::volume(world, &volume);
    if lag > 0 {
        let id = volume.record.id.clone();
        world.state.timers.set(world.now(), lag, Event::VolumeActive(id));
    }
    add(world, volume);
    Ok(Response::json(201, &body))
}

/// PATCH size, name and rentals.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let strict = world.config.knobs.storage_names == StorageNames::StrictUnique;
    let mut input = Input::of(call);
    let id = input.id(ID);
    let mut change = Change::default();
    input.body(|fields| {
        change.size = fields.optional_number("size_in_gb");
        if let Some(size) = change.size {
            fields.check_least("size_in_gb", size, 1);
        }
        change.name = fields.optional_text("name");
        if let Some(name) = change.name.as_ref().filter(|_| strict) {
            check_name(fields, name);
        }
        change.order_ids = fields.optional_ids("order_ids");
    });
    input.checked(world)?;
    let before = existing(world, call, &id)?;
    let mut after = before.clone();
    if let Some(size) = change.size {
        after.size_in_gb = u64::try_from(size).unwrap_or(0);
        check_size(world, &before, after.size_in_gb)?;
    }
    if let Some(name) = change.name {
        check_unique(world, call, &name, Some(&id))?;
        after.record.name = name;
    }
    if let Some(order_ids) = change.order_ids {
        check_rentals(world, call, &order_ids)?;
        after.order_ids = order_ids;
    }
    let body = render::volume(world, &after);
    update(world, &before, after);
    Ok(Response::json(200, &body))
}

/// DELETE; synchronous (V-37).
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let id = input.id(ID);
    input.checked(world)?;
    let knobs = &world.config.knobs;
    let (gone, attached) = (knobs.delete_gone_code, knobs.delete_attached);
    if !world.state.volumes.has(&call.caller, &id) {
        return Err(missing(gone, "Storage volume"));
    }
    let volume = existing(world, call, &id)?;
    if !volume.order_ids.is_empty() && attached == DeleteAttached::Refused {
        return Err(bad("the volume is attached to a rental"));
    }
    orders::note_delete::<Volume>(world, |cloud| &cloud.volumes, &id);
    remove(world, &id);
    Ok(Response::empty(204))
}

/// Puts a volume into the world, with its price.
pub(crate) fn add(world: &mut World, volume: Volume) {
    let price = rate(world, &volume);
    let mut detail = detail(&volume);
    detail["hourlyRate"] = json!(price);
    let (organization, id) = (volume.record.organization.clone(), volume.record.id.clone());
    world.state.volumes.insert(volume);
    billing::charge(world, &organization, Family::Volumes, &id, price);
    let object = Family::Volumes.object_name(&id);
    world.record(EffectKind::Created, &object, detail);
}

/// Lets a volume be gone.
pub(crate) fn remove(world: &mut World, id: &str) {
    let Some(volume) = world.state.volumes.get(id) else { return };
    let organization = volume.record.organization.clone();
    billing::stop(world, &organization, id, billing::Ending::Deleted);
    lives::vanish(world, |cloud| &mut cloud.volumes, id);
}

/// What an hour of it costs.
pub(crate) fn rate(world: &World, volume: &Volume) -> Money {
    world.state.catalog.storage_rate_per_gb.times(volume.size_in_gb)
}

/// Replaces a volume by its changed self, with its bill and its entry in the ledger.
pub(crate) fn update(world: &mut World, before: &Volume, after: Volume) {
    let mut detail = detail(&after);
    detail["changed"] = json!(*before != after);
    let (organization, id) = (after.record.organization.clone(), after.record.id.clone());
    let price = rate(world, &after);
    if let Some(kept) = world.state.volumes.get_mut(&id) {
        *kept = after;
    }
    billing::charge(world, &organization, Family::Volumes, &id, price);
    let object = Family::Volumes.object_name(&id);
    world.record(EffectKind::Updated, &object, detail);
}

/// A rental was made with a volume (V-22).
pub(crate) fn attach(world: &mut World, volume: &str, rental: &str) {
    let Some(before) = world.state.volumes.get(volume).cloned() else { return };
    let mut after = before.clone();
    after.order_ids.push(rental.to_owned());
    update(world, &before, after);
}

/// A rental is gone (V-22).
pub(crate) fn detach(world: &mut World, rental: &str) {
    let mounts = |volume: &&Volume| volume.order_ids.iter().any(|it| it == rental);
    let mounted: Vec<Volume> = world.state.volumes.live().filter(mounts).cloned().collect();
    for before in mounted {
        let mut after = before.clone();
        after.order_ids.retain(|it| it != rental);
        update(world, &before, after);
    }
}

/// A new volume can be used.
pub(crate) fn active(world: &mut World, id: &str) {
    if let Some(volume) = world.state.volumes.get_mut(id)
        && volume.status == "inactive"
    {
        "active".clone_into(&mut volume.status);
    }
}

fn detail(volume: &Volume) -> Value {
    let mut detail = volume.record.detail();
    detail["sizeInGb"] = json!(volume.size_in_gb);
    detail["orderIds"] = json!(volume.order_ids);
    detail
}

fn check_name(fields: &mut Fields<'_>, name: &str) {
    let length = name.chars().count();
    fields.check_length("name", name, 1, LONGEST_NAME);
    let edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let inner = |byte: u8| edge(Some(&byte)) || b"._-".contains(&byte);
    let bytes = name.as_bytes();
    let plain = edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|it| inner(*it));
    if (1..=LONGEST_NAME).contains(&length) && !plain {
        fields.mismatch("name", name, PATTERN);
    }
}

fn check_unique(
    world: &World,
    call: &Call<'_>,
    name: &str,
    except: Option<&str>,
) -> Result<(), Response> {
    let knobs = &world.config.knobs;
    let mut others = world.state.volumes.of(&call.caller);
    let clash = others.any(|it| it.record.name == name && Some(it.record.id.as_str()) != except);
    if clash && knobs.storage_names == StorageNames::StrictUnique {
        return Err(taken(knobs.dup_name_code, name));
    }
    Ok(())
}

/// Every rental must be the organization's own and neither failed nor gone.
fn check_rentals(world: &World, call: &Call<'_>, ids: &[String]) -> Result<(), Response> {
    let active = |id: &str| {
        let found = world.state.rentals.get(id);
        found.is_some_and(|it| {
            it.record.organization == call.caller && it.status != RentalStatus::Failed
        })
    };
    match ids.iter().find(|id| !active(id)) {
        Some(id) => Err(bad(&format!("{id} is not an active rental"))),
        None => Ok(()),
    }
}

fn check_size(world: &World, before: &Volume, size: u64) -> Result<(), Response> {
    if size >= before.size_in_gb {
        return Ok(());
    }
    let fits = size.saturating_mul(GIGABYTE) >= before.used_bytes;
    match world.config.knobs.shrink {
        Shrink::DownToUsed if fits => Ok(()),
        Shrink::DownToUsed => Err(bad("the volume holds more than that")),
        Shrink::Refused => Err(bad("a volume cannot shrink")),
        Shrink::Allowed => Ok(()),
    }
}

fn existing(world: &World, call: &Call<'_>, id: &str) -> Result<Volume, Response> {
    let found = world.state.volumes.get(id);
    let owned = found.filter(|it| it.record.organization == call.caller).cloned();
    let code = world.config.knobs.missing_id_code;
    owned.ok_or_else(|| missing(code, "Storage volume"))
}
