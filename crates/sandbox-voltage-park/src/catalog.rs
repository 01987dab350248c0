//! What the vendor offers: presets, locations, prices (contract 10). Fixed while a world runs; what
//! is free of it moves and is in `stock`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choices::one_of;
use super::money::Money;

/// The location the vendor's documents show.
pub const DALLAS: &str = "a3111bd4-550a-47d0-838a-0a52bff2ae3f";

/// An invented location with plenty of everything.
pub const ASHTON: &str = "5d0a4c1e-9b7f-4e62-8c35-2f6e17d09b84";

/// The model of every GPU.
pub(crate) const GPU_MODEL: &str = "h100-sxm5-80gb";

/// The GPUs of a node, and the unit rentals come in.
pub(crate) const NODE_GPUS: u64 = 8;

/// What the vendor offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Catalog {
    /// What an instant machine may look like.
    pub presets: Vec<Preset>,
    /// Where things are.
    pub locations: Vec<Location>,
    /// What a gigabyte of shared storage costs for an hour (V-49).
    pub storage_rate_per_gb: Money,
}

/// What an instant machine may look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// A UUID.
    pub id: String,
    /// The model of its GPUs.
    pub gpu_model: String,
    /// Their number.
    pub gpu_count: u64,
    /// Virtual CPUs.
    pub vcpu_count: u64,
    /// Memory.
    pub ram_gb: u64,
    /// Local disk.
    pub storage_gb: u64,
    /// What runs on it.
    pub operating_system: String,
    /// Of the whole machine, without its disk.
    pub compute_rate_hourly: Money,
    /// Of its disk, which is all a disassociated machine costs.
    pub storage_rate_hourly: Money,
}

/// A place with machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// A UUID.
    pub id: String,
    /// The city.
    pub city: String,
    /// The region.
    pub region: String,
    /// The country.
    pub country: String,
    /// The hosts of instant machines, by id.
    #[serde(default)]
    pub hostnodes: Vec<String>,
    /// Bare metal with 100 Gbps Ethernet.
    #[serde(default)]
    pub ethernet: Fabric,
    /// Bare metal with 3.2 Tbps `InfiniBand`.
    #[serde(default)]
    pub infiniband: Fabric,
    /// Free machines at the start, by preset.
    #[serde(default)]
    pub presets: BTreeMap<String, u64>,
}

/// The bare metal of one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fabric {
    /// Free GPUs at the start.
    pub gpus: u64,
    /// What one costs for an hour.
    pub price: Money,
}

one_of! {
    /// The network of a rental.
    pub enum Network {
        /// 3.2 Tbps.
        Infiniband = "infiniband",
        /// 100 Gbps.
        Ethernet = "ethernet",
    }
}

impl Catalog {
    pub(crate) fn preset(&self, id: &str) -> Option<&Preset> {
        self.presets.iter().find(|preset| preset.id == id)
    }

    pub(crate) fn location(&self, id: &str) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == id)
    }

    /// The location of a host.
    pub(crate) fn location_of(&self, hostnode: &str) -> Option<&Location> {
        self.locations.iter().find(|it| it.hostnodes.iter().any(|node| node == hostnode))
    }
}

impl Preset {
    /// The price of an hour while resources are held.
    pub(crate) fn associated(&self) -> Money {
        self.compute_rate_hourly + self.storage_rate_hourly
    }
}

impl Location {
    pub(crate) fn fabric(&self, network: Network) -> Fabric {
        match network {
            Network::Infiniband => self.infiniband,
            Network::Ethernet => self.ethernet,
        }
    }
}

impl Default for Catalog {
    fn default() -> Self {
        let presets = vec![
            preset("c6fd6253-cbb6-4ea8-a20c-47644b431f1c", 1),
            preset("928dc7be-5236-49a7-9d7d-c01ba6d783f5", 2),
            preset("2470d2d9-347a-4186-884d-bd0350ace4e3", 4),
            preset("404645e3-4677-4f48-b023-15baaa6621e1", 8),
        ];
        let free =
            |counts: [u64; 4]| presets.iter().map(|preset| preset.id.clone()).zip(counts).collect();
        let locations = vec![
            location(DALLAS, ["Dallas", "Texas"], 3, 16, free([4, 2, 1, 1])),
            location(ASHTON, ["Ashton", "Idaho"], 8, 64, free([16, 8, 4, 2])),
        ];
        Catalog { presets, locations, storage_rate_per_gb: Money::from_units(17_408) }
    }
}

/// A preset of the sizes the vendor has, all of which grow with the GPUs.
fn preset(id: &str, gpus: u64) -> Preset {
    Preset {
        id: id.to_owned(),
        gpu_model: GPU_MODEL.to_owned(),
        gpu_count: gpus,
        vcpu_count: 26 * gpus,
        ram_gb: 116 * gpus,
        storage_gb: 2400 * gpus,
        operating_system: "TensorML 24 Everything".to_owned(),
        compute_rate_hourly: Money::from_units(189_000_000).times(gpus),
        storage_rate_hourly: Money::from_units(10_000_000).times(gpus),
    }
}

/// A location with so many hosts for machines, and so many GPUs of bare metal on each network.
fn location(
    id: &str,
    [city, region]: [&str; 2],
    hosts: u8,
    gpus: u64,
    presets: BTreeMap<String, u64>,
) -> Location {
    Location {
        id: id.to_owned(),
        city: city.to_owned(),
        region: region.to_owned(),
        country: "USA".to_owned(),
        hostnodes: (0..hosts).map(|host| hostnode(id, host)).collect(),
        ethernet: Fabric { gpus, price: Money::from_units(199_000_000) },
        infiniband: Fabric { gpus, price: Money::from_units(249_000_000) },
        presets,
    }
}

fn hostnode(location: &str, number: u8) -> String {
    plumb_sandbox::ids::uuid_of(0, &format!("hostnode {location} {number}"))
}
