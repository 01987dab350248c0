//! What is free of the catalog at the moment: machines by location and preset, GPUs by location and
//! network. Orders take from it, deletes give back, and somebody else may be faster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::catalog::{Catalog, Network};
use super::world::PREFIX;
use super::world::World;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::stage::OnStage as _;

/// What is free, by location.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Stock {
    locations: BTreeMap<String, Free>,
}

/// What is free at a location.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Free {
    pub(crate) ethernet: u64,
    pub(crate) infiniband: u64,
    pub(crate) presets: BTreeMap<String, u64>,
}

/// Something that can be short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ware {
    /// Machines of a preset.
    Preset(String),
    /// GPUs of a network.
    Gpus(Network),
}

impl Stock {
    /// What a catalog has at the start.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let free = |location: &super::catalog::Location| Free {
            ethernet: location.ethernet.gpus,
            infiniband: location.infiniband.gpus,
            presets: location.presets.clone(),
        };
        let locations = catalog.locations.iter().map(|it| (it.id.clone(), free(it))).collect();
        Stock { locations }
    }

    pub(crate) fn at(&self, location: &str) -> Option<&Free> {
        self.locations.get(location)
    }

    pub(crate) fn set(&mut self, location: &str, free: Free) {
        self.locations.insert(location.to_owned(), free);
    }

    fn counter(&mut self, location: &str, ware: &Ware) -> Option<&mut u64> {
        let free = self.locations.get_mut(location)?;
        match ware {
            Ware::Preset(preset) => free.presets.get_mut(preset),
            Ware::Gpus(Network::Ethernet) => Some(&mut free.ethernet),
            Ware::Gpus(Network::Infiniband) => Some(&mut free.infiniband),
        }
    }
}

impl Free {
    fn of(&self, ware: &Ware) -> u64 {
        match ware {
            Ware::Preset(preset) => self.presets.get(preset).copied().unwrap_or(0),
            Ware::Gpus(Network::Ethernet) => self.ethernet,
            Ware::Gpus(Network::Infiniband) => self.infiniband,
        }
    }
}

impl Ware {
    fn name(&self) -> &str {
        match self {
            Ware::Preset(preset) => preset,
            Ware::Gpus(network) => network.as_str(),
        }
    }
}

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
