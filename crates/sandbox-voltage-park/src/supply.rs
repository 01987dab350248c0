//! What can be had of the stock, as shown and as orders find it. Orders take from it, deletes give
//! back, and somebody else may be faster.

use serde_json::{Value, json};

use super::catalog::NODE_GPUS;
use super::holdings::Machine;
use super::record::PREFIX;
use super::stock::Ware;
use super::world::World;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::stage::OnStage as _;

/// What is free of something, as shown and as orders find it.
pub(crate) fn free(world: &World, location: &str, ware: &Ware) -> u64 {
    let counted = world.state.stock.at(location).map_or(0, |free| free.of(ware));
    let knob = world.config.knobs.most_free(&format!("{location}/{}", ware.name()));
    knob.map_or(counted, |most| counted.min(most))
}

/// The locations that have something of a preset, in the catalog's order.
pub(crate) fn locations_with(world: &World, preset: &str) -> Vec<String> {
    let ware = Ware::Preset(preset.to_owned());
    let locations = world.state.catalog.locations.iter();
    let stocked = locations.filter(|location| free(world, &location.id, &ware) > 0);
    stocked.map(|location| location.id.clone()).collect()
}

/// Takes so many of something, all or nothing.
pub(crate) fn take(world: &mut World, location: &str, ware: &Ware, count: u64) -> Result<(), u64> {
    let free = free(world, location, ware);
    if free < count {
        return Err(free);
    }
    if let Some(counter) = world.state.stock.counter(location, ware) {
        *counter = counter.saturating_sub(count);
    }
    world.touch();
    Ok(())
}

/// Gives so many of something back.
pub(crate) fn give_back(world: &mut World, location: &str, ware: &Ware, count: u64) {
    if let Some(counter) = world.state.stock.counter(location, ware) {
        *counter = counter.saturating_add(count);
        world.touch();
    }
}

/// Somebody takes all there is of something at some locations, when the knob says so.
pub(crate) fn steal(world: &mut World, locations: &[String], ware: &Ware) {
    if !world.config.knobs.steal_capacity.take() {
        return;
    }
    world.touch();
    for location in locations {
        let Some(counter) = world.state.stock.counter(location, ware) else { continue };
        let taken = std::mem::replace(counter, 0);
        let detail = json!({ "stolen": ware.name(), "count": taken });
        world.as_somebody_else(|world| record(world, location, detail));
    }
}

/// Says in the ledger that a stock was changed from outside.
pub(crate) fn record(world: &mut World, location: &str, detail: Value) {
    let object = format!("{PREFIX}stock/{location}");
    world.record(EffectKind::Updated, &object, detail);
}

/// The GPUs of a host no machine holds.
pub(crate) fn free_gpus(world: &World, hostnode: &str) -> u64 {
    let on_it = |machine: &&Machine| machine.associated && machine.hostnode == hostnode;
    let machines = world.state.machines.live().filter(on_it);
    let catalog = &world.state.catalog;
    let held = machines.filter_map(|machine| catalog.preset(&machine.preset));
    NODE_GPUS.saturating_sub(held.map(|preset| preset.gpu_count).sum())
}
