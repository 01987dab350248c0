//! Shared storage: volumes, and which rentals mount them (contract 2.4 and 5.3).

use super::holdings::{RentalStatus, Volume};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::{Amount, Id};
use super::bodies::{NewVolume, Size, VolumeChange, VolumeName};
use super::errors::{bad, taken};
use super::knobs::{DeleteAttached, Shrink, StorageNames};
use super::money::Money;
use super::record::Family;
use super::timers::Event;
use super::world::{Call, World};
use super::{billing, input, lives, objects, render};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// The bytes of a gigabyte of a volume's size.
const GIGABYTE: u64 = 1_000_000_000;

/// What a gigabyte costs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StorageRate {
    hourly_rate_per_gb: Amount,
}

/// A volume, and what is used of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VolumeWithUse {
    #[serde(flatten)]
    volume: render::Volume,
    used_capacity_bytes: u64,
}

/// GET the price of a gigabyte for an hour (V-49).
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(crate) fn hourly_rate(world: &mut World, _call: &Call<'_>) -> Result<Response, Response> {
    let hourly_rate_per_gb = Amount::of(world, world.state.catalog.storage_rate_per_gb);
    Ok(Response::json(200, &StorageRate { hourly_rate_per_gb }))
}

/// GET one, with what is used of it.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    objects::shown(world, call, world.config.knobs.missing_id_code, |world, volume: &Volume| {
        VolumeWithUse {
            volume: render::volume(world, volume),
            used_capacity_bytes: volume.used_bytes,
        }
    })
}

/// POST a volume.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: NewVolume = input::body(world, call)?;
    let (name, order_ids) = (body.name.0, texts(body.order_ids));
    check_unique(world, call, &name, None)?;
    check_rentals(world, call, &order_ids)?;
    billing::check_balance(world, &call.caller)?;
    let record = lives::new_record(world, Family::Volumes, &call.caller, &name);
    let lag = world.config.knobs.storage_lag;
    let status = if lag == 0 { "active" } else { "inactive" };
    let volume = Volume {
        record,
        size_in_gb: body.size_in_gb.0,
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
    let (id, change): (_, VolumeChange) = input::id_and_body(world, call)?;
    let before: Volume = objects::existing(world, call, &id)?;
    let mut after = before.clone();
    if let Some(Size(size)) = change.size_in_gb {
        after.size_in_gb = size;
        check_size(world, &before, after.size_in_gb)?;
    }
    if let Some(VolumeName(name)) = change.name {
        check_unique(world, call, &name, Some(&id))?;
        after.record.name = name;
    }
    if let Some(order_ids) = change.order_ids.map(texts) {
        check_rentals(world, call, &order_ids)?;
        after.order_ids = order_ids;
    }
    let body = render::volume(world, &after);
    update(world, &before, after);
    Ok(Response::json(200, &body))
}

/// DELETE; synchronous (V-37).
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = objects::deleted::<Volume>(world, call)?;
    let volume: Volume = objects::existing(world, call, &id)?;
    let refused = world.config.knobs.delete_attached == DeleteAttached::Refused;
    if refused && !volume.order_ids.is_empty() {
        return Err(bad("the volume is attached to a rental"));
    }
    objects::note_delete::<Volume>(world, &id);
    remove(world, &id);
    Ok(Response::empty(204))
}

/// Puts a volume into the world, with its price.
pub(crate) fn add(world: &mut World, volume: Volume) {
    let price = rate(world, &volume);
    let mut more = told(&volume);
    more["hourlyRate"] = json!(price);
    lives::begin(world, volume, price, &more);
}

/// Lets a volume be gone.
pub(crate) fn remove(world: &mut World, id: &str) {
    let Some(volume) = world.state.volumes.get(id) else { return };
    let organization = volume.record.organization.clone();
    billing::stop(world, &organization, id, billing::Ending::Deleted);
    lives::vanish::<Volume>(world, id);
}

/// What an hour of it costs.
pub(crate) fn rate(world: &World, volume: &Volume) -> Money {
    world.state.catalog.storage_rate_per_gb.times(volume.size_in_gb)
}

/// Replaces a volume by its changed self, with its bill and its entry in the ledger.
pub(crate) fn update(world: &mut World, before: &Volume, after: Volume) {
    let mut more = told(&after);
    more["changed"] = json!(*before != after);
    let (record, price) = (after.record.clone(), rate(world, &after));
    if let Some(kept) = world.state.volumes.get_mut(&record.id) {
        *kept = after;
    }
    billing::charge(world, &record.organization, Family::Volumes, &record.id, price);
    world.tell(EffectKind::Updated, Family::Volumes, &record, &more);
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

fn texts(ids: Vec<Id>) -> Vec<String> {
    ids.into_iter().map(|Id(id)| id).collect()
}

fn told(volume: &Volume) -> Value {
    json!({ "sizeInGb": volume.size_in_gb, "orderIds": volume.order_ids })
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
