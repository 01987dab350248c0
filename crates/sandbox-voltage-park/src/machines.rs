//! Instant virtual machines: their state (contract 5.1) and the calls on them.

use super::holdings::{Machine, MachineStatus};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answers::Id;
use super::bodies::{MachineOrder, MachinePower, NameAndTags, PowerOfMachine};
use super::choices::Choice;
use super::errors::bad;
use super::knobs::{MissingCode, PowerNoop, RestartWithoutCapacity};
use super::money::Money;
use super::record::{Family, Stale};
use super::stock::Ware;
use super::timers::Event;
use super::world::{Call, World};
use super::{billing, input, lives, objects, orders, reads, render, supply};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// What an order is answered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MachineMade")]
pub(crate) struct Made {
    vm_id: Id,
}

/// What a power call is answered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MachinePower")]
pub(crate) struct Echo {
    status: MachinePower,
}

/// GET one.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    objects::shown(world, call, MissingCode::NotFound, render::machine)
}

/// POST an order.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let order: MachineOrder = input::body(world, call)?;
    orders::check_capacity_was_read(world, call, Family::Machines);
    orders::check_tags(world, &order.tags)?;
    let catalog = world.state.catalog.clone();
    let Some(preset) = catalog.preset(&order.config_id.0) else {
        return Err(bad("unknown config_id"));
    };
    orders::check_keys(world, &call.caller, &order.organization_ssh_keys)?;
    billing::check_balance(world, &call.caller)?;
    let ware = Ware::Preset(preset.id.clone());
    supply::steal(world, &supply::locations_with(world, &preset.id), &ware);
    let Some(location) = supply::locations_with(world, &preset.id).into_iter().next() else {
        return Err(bad("no capacity is available for this configuration"));
    };
    let taken = supply::take(world, &location, &ware, 1);
    taken.map_err(|_| bad("no capacity is available for this configuration"))?;
    let mut record = lives::new_record(world, Family::Machines, &call.caller, &order.name);
    record.set_tags(order.tags, world.actor());
    let knobs = &world.config.knobs;
    let status = MachineStatus::parse(&knobs.vm_first_status);
    let delay = knobs.vm_ip_delay;
    let at_once = delay == 0 && status == MachineStatus::Running;
    let hostnode = orders::hostnode(world, &location, preset.gpu_count);
    let id = record.id.clone();
    add(
        world,
        Machine {
            address: at_once.then_some(record.sequence),
            record,
            status,
            preset: preset.id.clone(),
            location,
            hostnode,
            associated: true,
            stale: None,
        },
    );
    if !at_once {
        world.state.timers.set(world.now(), delay, Event::MachineReady(id.clone()));
    }
    Ok(Response::json(201, &Made { vm_id: Id(id) }))
}

/// PATCH name and tags.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (id, patch): (_, NameAndTags) = input::id_and_body(world, call)?;
    objects::existing::<Machine>(world, call, &id)?;
    orders::check_tags(world, patch.tags.as_deref().unwrap_or_default())?;
    orders::patch::<Machine>(world, &id, patch)
}

/// PUT the power.
pub(crate) fn power(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (id, body): (_, PowerOfMachine) = input::id_and_body(world, call)?;
    let wanted = body.status;
    let before: Machine = objects::existing(world, call, &id)?;
    let next = match (&before.status, wanted) {
        (MachineStatus::Relocating | MachineStatus::Other(_), _) => {
            return Err(bad(&format!("a machine that is {} has no power", before.status.as_str())));
        }
        (MachineStatus::StoppedDisassociated, MachinePower::Stopped) => {
            return Err(bad("the machine is disassociated"));
        }
        (_, MachinePower::Started) => MachineStatus::Running,
        (_, MachinePower::Stopped) => MachineStatus::Stopped,
        (_, MachinePower::Disassociated) => MachineStatus::StoppedDisassociated,
    };
    let echo = Response::json(200, &Echo { status: wanted });
    if next == before.status {
        let object = Family::Machines.object_name(&id);
        orders::note_needless_power(world, &object, wanted.as_str());
        return match world.config.knobs.vm_power_noop {
            PowerNoop::Accepted => Ok(echo),
            PowerNoop::Refused => Err(bad(&format!("the machine is already {}", wanted.as_str()))),
        };
    }
    let next = if next == MachineStatus::Running { start(world, &before)? } else { next };
    switch(world, &id, next, wanted.as_str());
    Ok(echo)
}

/// POST a relocation of a disassociated machine; ends where it began, on another host (V-25).
pub(crate) fn relocate(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    let id = input::id(world, call)?;
    let before: Machine = objects::existing(world, call, &id)?;
    if before.status != MachineStatus::StoppedDisassociated {
        return Err(bad("only a disassociated machine can be relocated"));
    }
    let stocked = supply::locations_with(world, &before.preset);
    let elsewhere = stocked.iter().find(|it| **it != before.location);
    let Some(location) = elsewhere.or(stocked.first()).cloned() else {
        return Err(bad("no capacity is available for this configuration"));
    };
    let hostnode = orders::hostnode(world, &location, 0);
    if let Some(machine) = world.state.machines.get_mut(&id) {
        machine.location = location;
        machine.hostnode = hostnode;
    }
    switch(world, &id, MachineStatus::Relocating, "relocate");
    world.state.timers.set(world.now(), 300, Event::Relocated(id));
    Ok(Response::json(202, &()))
}

/// DELETE.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let id = objects::deleted::<Machine>(world, call)?;
    objects::note_delete::<Machine>(world, &id);
    remove(world, &id);
    Ok(Response::json(202, &()))
}

/// Puts a machine into the world, with its price.
pub(crate) fn add(world: &mut World, machine: Machine) {
    let price = rate(world, &machine);
    let (location, preset) = (&machine.location, &machine.preset);
    let more = json!({ "hourlyRate": price, "location": location, "preset": preset });
    orders::note_duplicate_uids(world, &machine.record);
    lives::begin(world, machine, price, &more);
}

/// Lets a machine be gone: its resources are free, its bill ends.
pub(crate) fn remove(world: &mut World, id: &str) {
    let Some(machine) = world.state.machines.get(id).cloned() else { return };
    release(world, &machine);
    billing::stop(world, &machine.record.organization, id, billing::Ending::Deleted);
    lives::vanish::<Machine>(world, id);
}

/// What an hour of it costs as it stands.
pub(crate) fn rate(world: &World, machine: &Machine) -> Money {
    let preset = world.state.catalog.preset(&machine.preset);
    preset.map_or(Money::ZERO, |preset| {
        if machine.associated { preset.associated() } else { preset.storage_rate_hourly }
    })
}

/// Brings a machine into a status, with its resources, its bill and its entry in the ledger.
pub(crate) fn switch(world: &mut World, id: &str, next: MachineStatus, verb: &str) {
    let stale_reads = world.config.knobs.stale_power_polls;
    let Some(before) = world.state.machines.get(id).cloned() else { return };
    if next == MachineStatus::StoppedDisassociated {
        release(world, &before);
    }
    let Some(machine) = world.state.machines.get_mut(id) else { return };
    machine.status = next;
    machine.stale = Stale::during(stale_reads, before.status);
    let machine = machine.clone();
    let price = rate(world, &machine);
    billing::charge(world, &machine.record.organization, Family::Machines, id, price);
    let more = json!({ "verb": verb });
    world.tell(EffectKind::Action, Family::Machines, &machine.record, &more);
}

/// A new machine has its address.
pub(crate) fn ready(world: &mut World, id: &str) {
    let first = MachineStatus::parse(&world.config.knobs.vm_first_status);
    let Some(machine) = world.state.machines.get_mut(id) else { return };
    machine.address = Some(machine.record.sequence);
    if machine.status == first || matches!(machine.status, MachineStatus::Other(_)) {
        machine.status = MachineStatus::Running;
    }
}

/// A relocation is done.
pub(crate) fn relocated(world: &mut World, id: &str) {
    let Some(machine) = world.state.machines.get_mut(id) else { return };
    if machine.status == MachineStatus::Relocating {
        machine.status = MachineStatus::StoppedDisassociated;
    }
}

/// Takes the resources of a machine that does not hold any; what it is then.
fn start(world: &mut World, machine: &Machine) -> Result<MachineStatus, Response> {
    if machine.associated {
        return Ok(MachineStatus::Running);
    }
    let ware = Ware::Preset(machine.preset.clone());
    supply::steal(world, std::slice::from_ref(&machine.location), &ware);
    if supply::take(world, &machine.location, &ware, 1).is_ok() {
        if let Some(machine) = world.state.machines.get_mut(&machine.record.id) {
            machine.associated = true;
        }
        return Ok(MachineStatus::Running);
    }
    match world.config.knobs.restart_without_capacity {
        RestartWithoutCapacity::Refused => Err(bad("no capacity is available to start")),
        RestartWithoutCapacity::Stuck => Ok(MachineStatus::Stopped),
    }
}

fn release(world: &mut World, machine: &Machine) {
    if !machine.associated {
        return;
    }
    if let Some(machine) = world.state.machines.get_mut(&machine.record.id) {
        machine.associated = false;
    }
    supply::give_back(world, &machine.location, &Ware::Preset(machine.preset.clone()), 1);
}
