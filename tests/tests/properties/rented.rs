//! Random fleets of the second cloud: keys, volumes, rentals and machines that name each other.

use proptest::collection::{btree_map, btree_set};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Keys that the server takes.
const CONTENTS: [&str; 2] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICh3gu9CNW7z1lUVkPHvARe3HYdt8Pmz61jQiIZHcMdM",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMI+ir2Z4jE+sgOCIE0qUCpenQir3JzD6oX2fUWqHWOX",
];

type Tags = BTreeSet<&'static str>;

#[derive(Clone, Debug)]
struct Rental {
    network: &'static str,
    tags: Tags,
    /// Whether it mounts the volume `scratch`.
    mounts: bool,
    power: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Machine {
    gpus: u8,
    tags: Tags,
    names_a_key: bool,
    power: Option<&'static str>,
}

/// Documents, each after what it needs; perhaps none.
pub(crate) fn documents() -> impl Strategy<Value = Vec<Value>> {
    let key = 0..CONTENTS.len();
    let keys = btree_map(prop_oneof![Just("robin"), Just("anna")], key, 0..3);
    let scratch = option::of(1..500_u32);
    // A volume that lists the rentals which mount it.
    let data = option::of((1..500_u32, any::<bool>()));
    let name = prop_oneof![Just("alpha"), Just("beta")];
    let rentals = btree_map(name, rental(), 0..3);
    let name = prop_oneof![Just("one"), Just("two"), Just("three")];
    let machines = btree_map(name, machine(), 0..4);
    (keys, scratch, rentals, data, machines).prop_map(|(keys, scratch, rentals, data, machines)| {
        let mut documents: Vec<Value> =
            keys.iter().map(|(name, content)| key_document(name, *content)).collect();
        documents.extend(scratch.map(|size| volume("scratch", size, None)));
        let names: Vec<&str> = rentals.keys().copied().collect();
        for (name, rental) in &rentals {
            documents.push(rental_document(name, rental, scratch.is_some()));
        }
        documents.extend(data.map(|(size, lists)| {
            let listed = names.iter().filter(|name| !(scratch.is_some() && rentals[*name].mounts));
            volume("data", size, lists.then(|| listed.copied().collect()))
        }));
        let key = keys.keys().next().copied();
        let machines = machines.iter();
        documents.extend(machines.map(|(name, machine)| machine_document(name, machine, key)));
        documents
    })
}

fn tags() -> impl Strategy<Value = Tags> {
    btree_set(prop_oneof![Just("team=ml"), Just("until friday"), Just("\"quoted\"")], 0..3)
}

fn rental() -> impl Strategy<Value = Rental> {
    let network = prop_oneof![Just("infiniband"), Just("ethernet")];
    let power = option::of(prop_oneof![Just("started"), Just("stopped")]);
    let parts = (network, tags(), any::<bool>(), power);
    parts.prop_map(|(network, tags, mounts, power)| Rental { network, tags, mounts, power })
}

fn machine() -> impl Strategy<Value = Machine> {
    let power = prop_oneof![Just("started"), Just("stopped"), Just("stopped_disassociated")];
    let parts = (1..3_u8, tags(), any::<bool>(), option::of(power));
    parts.prop_map(|(gpus, tags, names_a_key, power)| Machine { gpus, tags, names_a_key, power })
}

fn document(kind: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "voltagepark.com/v1", "kind": kind,
        "metadata": {"name": name, "annotations": {"plumb.dev/replace": "allowed"}},
        "spec": spec,
    })
}

fn key_document(name: &str, content: usize) -> Value {
    document("SSHKey", name, &json!({"content": CONTENTS[content]}))
}

fn volume(name: &str, size: u32, rentals: Option<Vec<&str>>) -> Value {
    let mut spec = json!({"size_in_gb": size});
    if let Some(rentals) = rentals {
        spec["order_ids"] = json!(rentals);
    }
    document("StorageVolume", name, &spec)
}

fn rental_document(name: &str, rental: &Rental, has_scratch: bool) -> Value {
    // A rental cannot be made smaller (V-26), so each name has a size.
    let gpus = if name == "alpha" { 8 } else { 16 };
    let mut spec = json!({
        "location_id": "Dallas", "gpu_count": gpus,
        "network_type": rental.network,
    });
    if rental.mounts && has_scratch {
        spec["storage_id"] = "scratch".into();
    }
    with_tags_and_power(&mut spec, &rental.tags, rental.power);
    document("BareMetal", name, &spec)
}

fn machine_document(name: &str, machine: &Machine, key: Option<&str>) -> Value {
    let mut spec = json!({"preset": {"gpu_count": machine.gpus}});
    if let Some(key) = key.filter(|_| machine.names_a_key) {
        spec["organization_ssh_keys"] = json!({"mode": "selective", "ssh_key_names": [key]});
    }
    with_tags_and_power(&mut spec, &machine.tags, machine.power);
    document("VirtualMachine", name, &spec)
}

fn with_tags_and_power(spec: &mut Value, tags: &Tags, power: Option<&str>) {
    if !tags.is_empty() {
        spec["tags"] = json!(tags);
    }
    if let Some(power) = power {
        spec["power"] = power.into();
    }
}

/// The family in which the sandbox keeps a kind.
pub(crate) fn family(kind: &str) -> Option<&'static str> {
    let families: BTreeMap<&str, &str> = BTreeMap::from([
        ("VirtualMachine", "virtual-machines"),
        ("BareMetal", "bare-metal"),
        ("StorageVolume", "storage"),
        ("SSHKey", "ssh-keys"),
    ]);
    families.get(kind).copied()
}
