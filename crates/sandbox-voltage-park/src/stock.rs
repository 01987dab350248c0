//! What is free of the catalog at the moment: machines by location and preset, GPUs by location and
//! network. Orders take from it, deletes give back, and somebody else may be faster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Network};
use super::choices::Choice;

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

    pub(crate) fn counter(&mut self, location: &str, ware: &Ware) -> Option<&mut u64> {
        let free = self.locations.get_mut(location)?;
        match ware {
            Ware::Preset(preset) => free.presets.get_mut(preset),
            Ware::Gpus(Network::Ethernet) => Some(&mut free.ethernet),
            Ware::Gpus(Network::Infiniband) => Some(&mut free.infiniband),
        }
    }
}

impl Free {
    pub(crate) fn of(&self, ware: &Ware) -> u64 {
        match ware {
            Ware::Preset(preset) => self.presets.get(preset).copied().unwrap_or(0),
            Ware::Gpus(Network::Ethernet) => self.ethernet,
            Ware::Gpus(Network::Infiniband) => self.infiniband,
        }
    }
}

impl Ware {
    pub(crate) fn name(&self) -> &str {
        match self {
            Ware::Preset(preset) => preset,
            Ware::Gpus(network) => network.as_str(),
        }
    }
}
