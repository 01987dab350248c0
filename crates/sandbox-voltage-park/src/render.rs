//! Objects as answers show them (contract 3), with the quirks the knobs ask for. Inputs that are
//! write-only are not even kept.

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::{Amount, Id, Moment, Resources, SPECS, Specs};
use super::catalog::Network;
use super::holdings::{self, Machine, RentalPower, RentalStatus, addresses};
use super::knobs::{PendingShape, PendingTags, PricingKey};
use super::money::Money;
use super::world::World;
use plumb_sandbox::ids;

/// A machine (contract 3.1).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VirtualMachine {
    id: Id,
    hostnode_id: Id,
    #[schemars(extend("enum" = ["ondem", "spot", "subscription"]))]
    r#type: &'static str,
    #[schemars(extend("enum" = [
        "Running", "Stopped", "StoppedDisassociated", "Relocating", "Terminated", "Outbid",
    ]))]
    status: String,
    name: String,
    #[schemars(required)]
    resources: Option<Resources>,
    #[schemars(required)]
    operating_system: Option<String>,
    pricing: Pricing,
    public_ip: Option<String>,
    internal_ip: Option<String>,
    port_forwards: Vec<PortForward>,
    timestamp_creation: Moment,
    tags: Vec<String>,
}

/// Two spellings of the price of CPUs are known; which of them is shown is a knob (V-27).
#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names of the contract")]
struct Pricing {
    gpus_per_hr: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    vcpus_per_hr: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vcpu_per_hr: Option<Amount>,
    ram_per_hr: Amount,
    storage_per_hr: Amount,
    total_associated_per_hr: Amount,
    total_disassociated_per_hr: Amount,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PortForward {
    #[schemars(range(min = 1))]
    internal_port: u16,
    #[schemars(range(min = 1, max = 65535))]
    external_port: u64,
}

/// A rental (contract 3.3).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Rental {
    id: Id,
    name: String,
    creation_timestamp: Moment,
    #[schemars(extend("enum" = ["Running", "Pending", "Failed", "Terminated"]))]
    status: String,
    rate_hourly: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<String>>,
    #[serde(flatten)]
    rest: Option<Rest>,
}

/// What a rental may not show while it is pending.
#[derive(Debug, Serialize, JsonSchema)]
struct Rest {
    power_status: RentalPower,
    node_count: u64,
    specs_per_node: Specs,
    network_type: Network,
    username: &'static str,
    node_networking: Vec<Node>,
    sub_order: Option<String>,
    storage_id: Option<Id>,
    storage_pv: Option<String>,
    storage_pvc: Option<String>,
    k8s_cluster_id: Option<Id>,
    kubeconfig: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Node {
    public_ip: String,
    private_ip: String,
}

/// A volume (contract 3.4).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Volume {
    id: Id,
    #[schemars(range(min = 1))]
    size_in_gb: u64,
    name: String,
    #[schemars(extend("enum" = ["active", "inactive"]))]
    status: String,
    rate_hourly: Amount,
    order_ids: Vec<Id>,
    tenant_id: u64,
    vip: String,
}

/// An SSH key.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SshKey {
    id: Id,
    name: String,
    content: String,
}

pub(crate) fn machine(world: &World, machine: &Machine) -> VirtualMachine {
    let record = &machine.record;
    let stale = machine.stale.as_ref().map(|stale| &stale.state);
    let status = if record.is_lingering() {
        "Terminated"
    } else {
        stale.unwrap_or(&machine.status).as_str()
    };
    let preset = world.state.catalog.preset(&machine.preset);
    let (public_ip, internal_ip) = machine.address.map(addresses).unwrap_or_default();
    let external_port = 20_000 + record.sequence % 40_000;
    VirtualMachine {
        id: Id::of(&record.id),
        hostnode_id: Id::of(&machine.hostnode),
        r#type: "ondem",
        status: status.to_owned(),
        name: record.name.clone(),
        resources: preset.map(Resources::of),
        operating_system: preset.map(|it| it.operating_system.clone()),
        pricing: pricing(world, machine),
        public_ip: Some(public_ip),
        internal_ip: Some(internal_ip),
        port_forwards: vec![PortForward { internal_port: 22, external_port }],
        timestamp_creation: record.created_at.into(),
        tags: record.tags.clone(),
    }
}

/// While it is pending only a part of it is shown.
pub(crate) fn rental(world: &World, rental: &holdings::Rental) -> Rental {
    let record = &rental.record;
    let knobs = &world.config.knobs;
    let (status, power) = match &rental.stale {
        Some(stale) => (&stale.state.0, stale.state.1),
        None => (&rental.status, rental.power),
    };
    let text = if record.is_lingering() { "Terminated" } else { status.as_str() };
    let pending = *status == RentalStatus::Pending;
    let tagged = !pending || knobs.pending_tags == PendingTags::Present;
    let whole = !pending || knobs.pending_shape != PendingShape::Minimal;
    Rental {
        id: Id::of(&record.id),
        name: record.name.clone(),
        creation_timestamp: record.created_at.into(),
        status: text.to_owned(),
        rate_hourly: Amount::of(world, rental.rate),
        tags: tagged.then(|| record.tags.clone()),
        rest: whole.then(|| rest(world, rental, status, power)),
    }
}

fn rest(
    world: &World,
    rental: &holdings::Rental,
    status: &RentalStatus,
    power: RentalPower,
) -> Rest {
    let id = &rental.record.id;
    let there = *status == RentalStatus::Running;
    let nodes = if there { rental.addresses() } else { Vec::new() };
    let storage = storage_of(world, id);
    Rest {
        power_status: power,
        node_count: rental.nodes(),
        specs_per_node: SPECS,
        network_type: rental.network,
        username: "ubuntu",
        node_networking: nodes
            .into_iter()
            .map(|(public_ip, private_ip)| Node { public_ip, private_ip })
            .collect(),
        sub_order: rental.sub_order.map(|number| number.to_string()),
        storage_id: storage.map(Id::of),
        storage_pv: storage.map(|id| format!("pv-{id}")),
        storage_pvc: storage.map(|id| format!("pvc-{id}")),
        k8s_cluster_id: there.then(|| Id(ids::uuid_of(0, &format!("cluster {id}")))),
        kubeconfig: there.then(|| world.config.secrets.kubeconfig.clone()),
    }
}

pub(crate) fn volume(world: &World, volume: &holdings::Volume) -> Volume {
    let record = &volume.record;
    let rate = world.state.catalog.storage_rate_per_gb.times(volume.size_in_gb);
    Volume {
        id: Id::of(&record.id),
        size_in_gb: volume.size_in_gb,
        name: record.name.clone(),
        status: volume.status.clone(),
        rate_hourly: Amount::of(world, rate),
        order_ids: volume.order_ids.iter().map(|id| Id::of(id)).collect(),
        tenant_id: ids::hash(0, &record.organization) % 10_000,
        vip: addresses(record.sequence).1,
    }
}

pub(crate) fn key(_world: &World, key: &holdings::SshKey) -> SshKey {
    let (id, name) = (Id::of(&key.record.id), key.record.name.clone());
    SshKey { id, name, content: key.content.clone() }
}

fn pricing(world: &World, machine: &Machine) -> Pricing {
    let preset = world.state.catalog.preset(&machine.preset);
    let (compute, storage) = preset
        .map(|preset| (preset.compute_rate_hourly, preset.storage_rate_hourly))
        .unwrap_or_default();
    let amount = |money| Amount::of(world, money);
    let nothing = || amount(Money::ZERO);
    let key = world.config.knobs.pricing_key;
    Pricing {
        gpus_per_hr: amount(compute),
        vcpus_per_hr: (key != PricingKey::Other).then(nothing),
        vcpu_per_hr: (key != PricingKey::Seed).then(nothing),
        ram_per_hr: nothing(),
        storage_per_hr: amount(storage),
        total_associated_per_hr: amount(compute + storage),
        total_disassociated_per_hr: amount(storage),
    }
}

/// The oldest volume a rental mounts.
fn storage_of<'a>(world: &'a World, rental: &str) -> Option<&'a str> {
    let mut volumes = world.state.volumes.live();
    let mounted = volumes.find(|volume| volume.order_ids.iter().any(|it| it == rental));
    mounted.map(|volume| volume.record.id.as_str())
}
