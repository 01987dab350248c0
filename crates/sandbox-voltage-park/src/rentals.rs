//! Bare-metal rentals: their state (contract 5.2) and the calls on them.

use super::holdings::{Rental, RentalPower, RentalStatus};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answers::Id;
use super::bodies::{self, NameAndTags, Nodes, PowerOfRental, RentalOrder};
use super::catalog::NODE_GPUS;
use super::choices::Choice;
use super::errors::bad;
use super::knobs::{BareMetalOutcome, GpuMultiple, PowerNoop};
use super::money::Money;
use super::record::{Family, Stale};
use super::stock::Ware;
use super::timers::Event;
use super::world::{Call, World};
use super::{billing, input, lives, objects, orders, reads, render, supply, volumes};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// What an order is answered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RentalMade")]
pub(crate) struct Made {
    rental_id: Id,
    warning: Option<String>,
}

/// GET one, which is not in the seed document (V-19).
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    objects::shown(world, call, world.config.knobs.missing_id_code, render::rental)
}

/// POST an order.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let order: RentalOrder = input::body(world, call)?;
    orders::check_capacity_was_read(world, call, Family::Rentals);
    orders::check_tags(world, &order.tags)?;
    let gpus = check_gpus(world, order.gpu_count.0)?;
    let catalog = world.state.catalog.clone();
    let Some(location) = catalog.location(&order.location_id.0) else {
        return Err(bad("unknown location_id"));
    };
    orders::check_keys(world, &call.caller, &order.organization_ssh_keys)?;
    if let Some(Id(storage)) = &order.storage_id
        && !world.state.volumes.has(&call.caller, storage)
    {
        return Err(bad("unknown storage_id"));
    }
    billing::check_balance(world, &call.caller)?;
    let network = order.network_type;
    let ware = Ware::Gpus(network);
    supply::steal(world, std::slice::from_ref(&location.id), &ware);
    supply::take(world, &location.id, &ware, gpus).map_err(|free| {
        bad(&format!("not enough GPUs are available: {free} of {gpus} on {}", network.as_str()))
    })?;
    let mut record = lives::new_record(world, Family::Rentals, &call.caller, &order.name);
    record.set_tags(order.tags, world.actor());
    let id = record.id.clone();
    add(
        world,
        Rental {
            record,
            status: RentalStatus::Pending,
            power: RentalPower::Running,
            location: location.id.clone(),
            network,
            gpus,
            rate: location.fabric(network).price.times(gpus),
            sub_order: order.sub_order,
            provisioned: false,
            stale: None,
        },
    );
    if let Some(Id(storage)) = &order.storage_id {
        volumes::attach(world, storage, &id);
    }
    let time = world.config.knobs.bm_provision_time;
    world.state.timers.set(world.now(), time, Event::RentalReady(id.clone()));
    let warning = world.config.knobs.create_warning.clone();
    Ok(Response::json(201, &Made { rental_id: Id(id), warning }))
}

/// PATCH name and tags.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (id, patch): (_, NameAndTags) = input::id_and_body(world, call)?;
    settled(world, call, &id)?;
    orders::check_tags(world, patch.tags.as_deref().unwrap_or_default())?;
    orders::patch::<Rental>(world, &id, patch)
}

/// PUT the power; answers null when it acted, and some text when there was nothing to do (V-20).
pub(crate) fn power(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (id, PowerOfRental { status }) = input::id_and_body(world, call)?;
    let before = settled(world, call, &id)?;
    let (wanted, next) = match status {
        bodies::RentalPower::Started => (status.as_str(), RentalPower::Running),
        bodies::RentalPower::Stopped => (status.as_str(), RentalPower::Stopped),
    };
    if next == before.power {
        orders::note_needless_power(world, &Family::Rentals.object_name(&id), wanted);
        let text = format!("the rental is already {wanted}");
        return match world.config.knobs.bm_power_noop {
            PowerNoop::Accepted => Ok(Response::json(200, &text)),
            PowerNoop::Refused => Err(bad(&text)),
        };
    }
    switch(world, &id, next, wanted);
    Ok(Response::json(200, &()))
}

/// POST a reboot of some nodes.
pub(crate) fn reboot(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (id, nodes, rental) = named_nodes(world, call)?;
    if nodes.is_empty() || rental.power == RentalPower::Stopped {
        return Err(bad("there is no running node to reboot"));
    }
    let knobs = &world.config.knobs;
    let (stale_reads, time) = (knobs.stale_reboot_polls, knobs.bm_reboot_time);
    change(world, &id, stale_reads, |rental| rental.status = RentalStatus::Pending);
    world.state.timers.set(world.now(), time, Event::RentalReady(id.clone()));
    let more = json!({ "verb": "reboot", "publicIps": nodes });
    world.tell(EffectKind::Action, Family::Rentals, &rental.record, &more);
    Ok(Response::json(201, &()))
}

/// PATCH nodes away (V-26): they are gone at once, with their GPUs and their price, and the rental is
/// `Pending` for a while.
pub(crate) fn remove_nodes(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    let (id, nodes, rental) = named_nodes(world, call)?;
    let left = rental.nodes().saturating_sub(nodes.len() as u64);
    if nodes.is_empty() || left == 0 {
        return Err(bad("some nodes, and not all of them, must be named"));
    }
    let gone = rental.gpus.saturating_sub(left.saturating_mul(NODE_GPUS));
    let price = world.state.catalog.location(&rental.location);
    let price = price.map_or(Money::ZERO, |it| it.fabric(rental.network).price);
    let rate = price.times(left.saturating_mul(NODE_GPUS));
    change(world, &id, 0, |rental| {
        rental.gpus = left.saturating_mul(NODE_GPUS);
        rental.rate = rate;
        rental.status = RentalStatus::Pending;
    });
    supply::give_back(world, &rental.location, &Ware::Gpus(rental.network), gone);
    billing::charge(world, &rental.record.organization, Family::Rentals, &id, rate);
    let time = world.config.knobs.bm_reboot_time;
    world.state.timers.set(world.now(), time, Event::RentalReady(id.clone()));
    let more = json!({ "verb": "remove-nodes", "publicIps": nodes, "hourlyRate": rate });
    world.tell(EffectKind::Updated, Family::Rentals, &rental.record, &more);
    Ok(Response::json(200, &()))
}

/// The id in the path, the nodes in the body, and the rental that has them.
fn named_nodes(
    world: &mut World,
    call: &Call<'_>,
) -> Result<(String, Vec<String>, Rental), Response> {
    let (id, Nodes { public_ips: mut nodes }) = input::id_and_body(world, call)?;
    let rental = settled(world, call, &id)?;
    let known: Vec<String> = rental.addresses().into_iter().map(|(public, _)| public).collect();
    if let Some(unknown) = nodes.iter().find(|node| !known.contains(node)) {
        return Err(bad(&format!("the rental has no node {unknown}")));
    }
    nodes.sort();
    nodes.dedup();
    Ok((id, nodes, rental))
}

/// DELETE; possible in every state.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = objects::deleted::<Rental>(world, call)?;
    objects::note_delete::<Rental>(world, &id);
    remove(world, &id);
    Ok(Response::json(202, &()))
}

/// Puts a rental into the world, with its price.
pub(crate) fn add(world: &mut World, rental: Rental) {
    let (location, gpus) = (&rental.location, rental.gpus);
    let more = json!({ "hourlyRate": rental.rate, "location": location, "gpus": gpus });
    orders::note_duplicate_uids(world, &rental.record);
    let price = if rental.status == RentalStatus::Failed { Money::ZERO } else { rental.rate };
    lives::begin(world, rental, price, &more);
}

/// Lets a rental be gone: its GPUs are free, its bill ends, its volumes are detached.
pub(crate) fn remove(world: &mut World, id: &str) {
    let Some(rental) = world.state.rentals.get(id).cloned() else { return };
    supply::give_back(world, &rental.location, &Ware::Gpus(rental.network), rental.gpus);
    billing::stop(world, &rental.record.organization, id, billing::Ending::Deleted);
    volumes::detach(world, id);
    lives::vanish::<Rental>(world, id);
}

/// Switches the nodes, with an entry in the ledger.
pub(crate) fn switch(world: &mut World, id: &str, next: RentalPower, verb: &str) {
    let stale_reads = world.config.knobs.stale_power_polls;
    change(world, id, stale_reads, |rental| rental.power = next);
    let Some(record) = world.state.record(Family::Rentals, id).cloned() else { return };
    world.tell(EffectKind::Action, Family::Rentals, &record, &json!({ "verb": verb }));
}

/// The provisioning or a reboot of a rental ends.
pub(crate) fn ready(world: &mut World, id: &str) {
    let outcome = world.config.knobs.bm_outcome;
    let Some(rental) = world.state.rentals.get_mut(id) else { return };
    if rental.status != RentalStatus::Pending {
        return;
    }
    if outcome == BareMetalOutcome::Running || rental.provisioned {
        rental.status = RentalStatus::Running;
        rental.provisioned = true;
        return;
    }
    rental.status = RentalStatus::Failed;
    let organization = rental.record.organization.clone();
    billing::charge(world, &organization, Family::Rentals, id, Money::ZERO);
}

/// Changes a rental; so many reads still show it as it was.
fn change(world: &mut World, id: &str, stale_reads: u64, change: impl FnOnce(&mut Rental)) {
    let Some(rental) = world.state.rentals.get_mut(id) else { return };
    rental.stale = Stale::during(stale_reads, (rental.status.clone(), rental.power));
    change(rental);
}

fn check_gpus(world: &World, gpus: i64) -> Result<u64, Response> {
    let whole_nodes = world.config.knobs.gpu_multiple == GpuMultiple::Accepted;
    match u64::try_from(gpus) {
        Ok(count) if count > 0 && (whole_nodes || count.is_multiple_of(NODE_GPUS)) => Ok(count),
        _ => Err(bad("gpu_count must be a multiple of 8")),
    }
}

/// The caller's rental of this id, refused while it is pending or when it failed (V-34).
fn settled(world: &World, call: &Call<'_>, id: &str) -> Result<Rental, Response> {
    let rental: Rental = objects::existing(world, call, id)?;
    if rental.status == RentalStatus::Running {
        return Ok(rental);
    }
    Err(bad(&format!("the rental is {}", rental.status.as_str())))
}
