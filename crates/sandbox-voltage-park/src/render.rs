//! Objects as answers show them (contract 3), with the quirks the knobs ask for. Inputs that are
//! write-only are not even kept.

use super::holdings::{Machine, Rental, RentalStatus, SshKey, Volume, addresses};
use serde_json::{Value, json};

use super::catalog;
use super::knobs::{PendingShape, PendingTags, PricingKey};
use super::money::Money;
use super::world::World;
use plumb_sandbox::ids;

/// A machine (contract 3.1).
pub(crate) fn machine(world: &World, machine: &Machine) -> Value {
    let record = &machine.record;
    let stale = machine.stale.as_ref().map(|stale| &stale.state);
    let status = if record.is_lingering() {
        "Terminated"
    } else {
        stale.unwrap_or(&machine.status).as_str()
    };
    let preset = world.state.catalog.preset(&machine.preset);
    let (public_ip, internal_ip) = match machine.address {
        Some(number) => addresses(number),
        None => (String::new(), String::new()),
    };
    let ssh_port = 20_000 + record.sequence % 40_000;
    json!({
        "id": record.id,
        "hostnode_id": machine.hostnode,
        "type": "ondem",
        "status": status,
        "name": record.name,
        "resources": preset.map(catalog::Preset::resources),
        "operating_system": preset.map(|it| &it.operating_system),
        "pricing": pricing(world, machine),
        "public_ip": public_ip,
        "internal_ip": internal_ip,
        "port_forwards": [{ "internal_port": 22, "external_port": ssh_port }],
        "timestamp_creation": record.created_at.with_millis(),
        "tags": record.tags,
    })
}

/// A rental (contract 3.3): while it is pending only a part of it.
pub(crate) fn rental(world: &World, rental: &Rental) -> Value {
    let record = &rental.record;
    let knobs = &world.config.knobs;
    let (status, power) = match &rental.stale {
        Some(stale) => (&stale.state.0, stale.state.1),
        None => (&rental.status, rental.power),
    };
    let text = if record.is_lingering() { "Terminated" } else { status.as_str() };
    let mut shown = json!({
        "id": record.id,
        "name": record.name,
        "creation_timestamp": record.created_at.with_millis(),
        "status": text,
        "rate_hourly": money(world, rental.rate),
    });
    let pending = *status == RentalStatus::Pending;
    if !pending || knobs.pending_tags == PendingTags::Present {
        shown["tags"] = json!(record.tags);
    }
    if pending && knobs.pending_shape == PendingShape::Minimal {
        return shown;
    }
    let there = *status == RentalStatus::Running;
    let nodes = if there { rental.addresses() } else { Vec::new() };
    let node = |(public, private)| json!({ "public_ip": public, "private_ip": private });
    shown["power_status"] = json!(power.as_str());
    shown["node_count"] = json!(rental.nodes());
    shown["specs_per_node"] = catalog::specs_per_node();
    shown["network_type"] = json!(rental.network.as_str());
    shown["username"] = json!("ubuntu");
    shown["node_networking"] = nodes.into_iter().map(node).collect();
    shown["sub_order"] = json!(rental.sub_order.map(|number| number.to_string()));
    let storage = storage_of(world, &record.id);
    shown["storage_id"] = json!(storage);
    shown["storage_pv"] = json!(storage.map(|id| format!("pv-{id}")));
    shown["storage_pvc"] = json!(storage.map(|id| format!("pvc-{id}")));
    let cluster = there.then(|| ids::uuid_of(0, &format!("cluster {}", record.id)));
    shown["k8s_cluster_id"] = json!(cluster);
    let kubeconfig = &world.config.secrets.kubeconfig;
    shown["kubeconfig"] = json!(there.then_some(kubeconfig));
    shown
}

/// A volume (contract 3.4).
pub(crate) fn volume(world: &World, volume: &Volume) -> Value {
    let record = &volume.record;
    json!({
        "id": record.id,
        "size_in_gb": volume.size_in_gb,
        "name": record.name,
        "status": volume.status,
        "rate_hourly": money(world, world.state.catalog.storage_rate_per_gb.times(volume.size_in_gb)),
        "order_ids": volume.order_ids,
        "tenant_id": ids::hash(0, &record.organization) % 10_000,
        "vip": addresses(record.sequence).1,
    })
}

/// An SSH key.
pub(crate) fn key(key: &SshKey) -> Value {
    json!({ "id": key.record.id, "name": key.record.name, "content": key.content })
}

/// An amount: a text, or a number where the knob says so.
pub(crate) fn money(world: &World, amount: Money) -> Value {
    text_or_number(world, amount.to_string())
}

/// A price of bare metal, which is printed shorter than the others.
pub(crate) fn price(world: &World, amount: Money) -> Value {
    text_or_number(world, amount.short())
}

fn text_or_number(world: &World, text: String) -> Value {
    if world.config.knobs.prices_as_numbers {
        return serde_json::from_str(&text).unwrap_or_default();
    }
    Value::String(text)
}

fn pricing(world: &World, machine: &Machine) -> Value {
    let preset = world.state.catalog.preset(&machine.preset);
    let price =
        |pick: fn(&catalog::Preset) -> Money| money(world, preset.map_or(Money::ZERO, pick));
    let nothing = money(world, Money::ZERO);
    let mut pricing = json!({
        "gpus_per_hr": price(|preset| preset.compute_rate_hourly),
        "ram_per_hr": nothing,
        "storage_per_hr": price(|preset| preset.storage_rate_hourly),
        "total_associated_per_hr": price(catalog::Preset::associated),
        "total_disassociated_per_hr": price(|preset| preset.storage_rate_hourly),
    });
    let names: &[&str] = match world.config.knobs.pricing_key {
        PricingKey::Both => &["vcpus_per_hr", "vcpu_per_hr"],
        PricingKey::Seed => &["vcpus_per_hr"],
        PricingKey::Other => &["vcpu_per_hr"],
    };
    for name in names {
        pricing[*name] = nothing.clone();
    }
    pricing
}

/// The oldest volume a rental mounts.
fn storage_of<'a>(world: &'a World, rental: &str) -> Option<&'a str> {
    let mut volumes = world.state.volumes.live();
    let mounted = volumes.find(|volume| volume.order_ids.iter().any(|it| it == rental));
    mounted.map(|volume| volume.record.id.as_str())
}
