//! Out-of-band edits of Voltage Park's objects, and the objects a world starts with.

use super::holdings::{Machine, MachineStatus, Rental, RentalPower, RentalStatus, SshKey, Volume};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::catalog::Network;
use super::choices::Choice;
use super::money::Money;
use super::record::{Family, PREFIX, Record};
use super::settings::default_organization;
use super::stock::Free;
use super::world::World;
use super::{billing, lives, machines, orders, rentals, supply, volumes};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::effects::{EffectKind, SOMEBODY_ELSE};
use plumb_sandbox::ids::canonical_uuid;
use plumb_sandbox::patch::merge;
use plumb_sandbox::stage::OnStage as _;
use plumb_sandbox::time::Timestamp;

/// The fields of an object as a read shows them, and those it does not show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Given {
    id: Option<String>,
    organization: Option<String>,
    name: String,
    tags: Option<Vec<String>>,
    status: Option<String>,
    power_status: Option<String>,
    config_id: Option<String>,
    location_id: Option<String>,
    resources: Value,
    timestamp_creation: Option<Timestamp>,
    creation_timestamp: Option<Timestamp>,
    gpu_count: Option<u64>,
    node_count: Option<u64>,
    network_type: Option<String>,
    sub_order: Option<Value>,
    storage_id: Option<String>,
    size_in_gb: Option<u64>,
    used_capacity_bytes: Option<u64>,
    order_ids: Option<Vec<String>>,
    content: Option<String>,
}

/// Makes an edit as the present caller.
pub(crate) fn apply(world: &mut World, edit: &Edit) -> Result<(), String> {
    match edit {
        Edit::Create { object } => {
            let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
            create(world, family_of(kind)?, object)
        }
        Edit::Patch { object, patch } => match stock_location(object) {
            Some(location) => patch_stock(world, location, patch),
            None => change(world, object, patch),
        },
        Edit::Relabel { object, labels } => {
            let mut tags = existing(world, object)?.1.tags;
            for (name, value) in labels {
                tags.retain(|tag| tag.split('=').next() != Some(name.as_str()));
                match value.as_deref() {
                    Some("") => tags.push(name.clone()),
                    Some(value) => tags.push(format!("{name}={value}")),
                    None => {}
                }
            }
            change(world, object, &json!({ "tags": tags }))
        }
        Edit::Delete { object } => delete(world, object),
        Edit::SetStatus { object, status, .. } => {
            change(world, object, &json!({ "status": status }))?;
            let (family, record) = existing(world, object)?;
            let detail = json!({ "status": status });
            world.record(EffectKind::StatusSet, &family.object_name(&record.id), detail);
            Ok(())
        }
        Edit::PowerOff { object } => power_off(world, object),
        Edit::Republish { object } => Err(format!("{object} cannot be published")),
    }
}

/// Makes an object from the fields a read shows.
pub(crate) fn create(world: &mut World, family: Family, object: &Value) -> Result<(), String> {
    let given = Given::deserialize(object).map_err(|problem| problem.to_string())?;
    let record = record(world, family, &given)?;
    match family {
        Family::Machines => create_machine(world, record, &given),
        Family::Rentals => create_rental(world, record, &given),
        Family::Volumes => {
            let volume = Volume {
                record,
                size_in_gb: given.size_in_gb.unwrap_or(100),
                status: given.status.unwrap_or_else(|| "active".to_owned()),
                order_ids: given.order_ids.unwrap_or_default(),
                used_bytes: given.used_capacity_bytes.unwrap_or(0),
            };
            volumes::add(world, volume);
            Ok(())
        }
        Family::Keys => {
            let key = SshKey { record, content: given.content.unwrap_or_default() };
            lives::begin(world, key, Money::ZERO, &json!({}));
            Ok(())
        }
    }
}

/// Somebody makes an object like another, with a name of its own and no tags.
pub(crate) fn insert_like(world: &mut World, family: Family, id: &str) {
    let Some(record) = world.state.record(family, id).cloned() else { return };
    let name = format!("inserted-{}-{}", record.sequence, world.calls());
    let given = json!({ "name": name, "organization": record.organization });
    // Every family can be made from a name.
    let _ = world.as_somebody_else(|world| create(world, family, &given));
}

fn create_machine(world: &mut World, record: Record, given: &Given) -> Result<(), String> {
    let catalog = world.state.catalog.clone();
    let gpus = |value: &Value| -> Option<u64> {
        value.get("gpus")?.as_object()?.values().next()?.get("count")?.as_u64()
    };
    let wanted = gpus(&given.resources);
    let preset = match &given.config_id {
        Some(id) => catalog.preset(id),
        None => {
            catalog.presets.iter().find(|preset| wanted.is_none_or(|gpus| preset.gpu_count == gpus))
        }
    };
    let preset = preset.ok_or("there is no such preset")?;
    let location = location(world, given)?;
    let hostnode = orders::hostnode(world, &location, preset.gpu_count);
    let status = given.status.as_deref().map_or(MachineStatus::Running, MachineStatus::parse);
    let associated = status != MachineStatus::StoppedDisassociated;
    let machine = Machine {
        address: Some(record.sequence),
        record,
        status,
        preset: preset.id.clone(),
        location,
        hostnode,
        associated,
        stale: None,
    };
    machines::add(world, machine);
    Ok(())
}

fn create_rental(world: &mut World, record: Record, given: &Given) -> Result<(), String> {
    let location = location(world, given)?;
    let network = given.network_type.as_deref().unwrap_or("ethernet");
    let network = Network::parse(network).ok_or("there is no such network")?;
    let gpus = given.gpu_count.unwrap_or(8 * given.node_count.unwrap_or(1).min(4096));
    let price = world.state.catalog.location(&location).map(|it| it.fabric(network).price);
    let status = given.status.as_deref().map_or(RentalStatus::Running, RentalStatus::parse);
    let id = record.id.clone();
    let pending = status == RentalStatus::Pending;
    let rental = Rental {
        record,
        status,
        power: power(given).unwrap_or(RentalPower::Running),
        location,
        network,
        gpus,
        rate: price.unwrap_or_default().times(gpus),
        sub_order: given.sub_order.as_ref().and_then(sub_order),
        provisioned: !pending,
        stale: None,
    };
    rentals::add(world, rental);
    if let Some(storage) = &given.storage_id {
        volumes::attach(world, storage, &id);
    }
    if pending {
        let time = world.config.knobs.bm_provision_time;
        let event = super::timers::Event::RentalReady(id);
        world.state.timers.set(world.now(), time, event);
    }
    Ok(())
}

fn record(world: &mut World, family: Family, given: &Given) -> Result<Record, String> {
    let organization = given.organization.clone().unwrap_or_else(default_organization);
    let mut record = lives::new_record(world, family, &organization, &given.name);
    if let Some(id) = &given.id {
        record.id = canonical_uuid(id).ok_or_else(|| format!("{id} is not a UUID"))?;
        if world.state.record(family, &record.id).is_some() {
            return Err(format!("{} exists already", family.object_name(&record.id)));
        }
    }
    record.set_tags(given.tags.clone().unwrap_or_default(), SOMEBODY_ELSE);
    if let Some(created) = given.timestamp_creation.or(given.creation_timestamp) {
        record.created_at = created;
    }
    Ok(record)
}

fn location(world: &World, given: &Given) -> Result<String, String> {
    let locations = &world.state.catalog.locations;
    let found = match &given.location_id {
        Some(id) => locations.iter().find(|it| it.id == *id),
        None => locations.first(),
    };
    found.map(|it| it.id.clone()).ok_or_else(|| "there is no such location".to_owned())
}

/// Merges a patch into the fields a read shows, and takes over what can be changed.
fn change(world: &mut World, name: &str, patch: &Value) -> Result<(), String> {
    let (family, record) = existing(world, name)?;
    let id = &record.id;
    let mut fields = json!({ "name": record.name, "tags": record.tags });
    merge(&mut fields, patch, 0);
    let given = Given::deserialize(&fields).map_err(|problem| problem.to_string())?;
    let known = changeable(family);
    if let Some(odd) = unknown(patch, known) {
        return Err(format!("{odd} of {name} cannot be changed, only {}", known.join(", ")));
    }
    match family {
        Family::Machines => change_machine(world, id, &given),
        Family::Rentals => change_rental(world, id, &given),
        Family::Volumes => {
            change_volume(world, id, given);
            return Ok(());
        }
        Family::Keys => {
            if let Some(key) = world.state.keys.get_mut(id) {
                key.record.name = given.name;
                key.content = given.content.unwrap_or_else(|| key.content.clone());
            }
        }
    }
    let Some(record) = world.state.record(family, id).cloned() else { return Ok(()) };
    world.tell(EffectKind::Updated, family, &record, &json!({ "changed": true }));
    Ok(())
}

fn change_machine(world: &mut World, id: &str, given: &Given) {
    if let Some(status) = &given.status {
        machines::switch(world, id, MachineStatus::parse(status), "set");
    }
    if let Some(machine) = world.state.machines.get_mut(id) {
        rename(&mut machine.record, given);
    }
}

fn change_rental(world: &mut World, id: &str, given: &Given) {
    let Some(rental) = world.state.rentals.get_mut(id) else { return };
    rename(&mut rental.record, given);
    if let Some(power) = power(given) {
        rental.power = power;
    }
    let Some(status) = &given.status else { return };
    rental.status = RentalStatus::parse(status);
    let failed = rental.status == RentalStatus::Failed;
    let price = if failed { Money::ZERO } else { rental.rate };
    let organization = rental.record.organization.clone();
    billing::charge(world, &organization, Family::Rentals, id, price);
}

fn change_volume(world: &mut World, id: &str, given: Given) {
    let Some(before) = world.state.volumes.get(id).cloned() else { return };
    let mut after = before.clone();
    after.record.name = given.name;
    after.size_in_gb = given.size_in_gb.unwrap_or(before.size_in_gb);
    after.used_bytes = given.used_capacity_bytes.unwrap_or(before.used_bytes);
    after.status = given.status.unwrap_or(after.status);
    after.order_ids = given.order_ids.unwrap_or(after.order_ids);
    volumes::update(world, &before, after);
}

fn rename(record: &mut Record, given: &Given) {
    record.name.clone_from(&given.name);
    record.set_tags(given.tags.clone().unwrap_or_default(), SOMEBODY_ELSE);
}

/// The fields of a family that an edit can change.
fn changeable(family: Family) -> &'static [&'static str] {
    match family {
        Family::Machines => &["name", "tags", "status"],
        Family::Rentals => &["name", "tags", "status", "power_status"],
        Family::Volumes => &["name", "status", "size_in_gb", "used_capacity_bytes", "order_ids"],
        Family::Keys => &["name", "content"],
    }
}

fn unknown<'a>(patch: &'a Value, known: &[&str]) -> Option<&'a str> {
    let fields: Option<&Map<String, Value>> = patch.as_object();
    fields?.keys().map(String::as_str).find(|name| !known.contains(name))
}

fn delete(world: &mut World, name: &str) -> Result<(), String> {
    let (family, Record { id, .. }) = existing(world, name)?;
    match family {
        Family::Machines => machines::remove(world, &id),
        Family::Rentals => rentals::remove(world, &id),
        Family::Volumes => volumes::remove(world, &id),
        Family::Keys => lives::vanish::<SshKey>(world, &id),
    }
    Ok(())
}

/// Somebody shuts a machine down from inside: it still holds its resources.
fn power_off(world: &mut World, name: &str) -> Result<(), String> {
    let (family, Record { id, .. }) = existing(world, name)?;
    match family {
        Family::Machines => machines::switch(world, &id, MachineStatus::Stopped, "shutdown"),
        Family::Rentals => rentals::switch(world, &id, RentalPower::Stopped, "shutdown"),
        Family::Volumes | Family::Keys => return Err(format!("{name} has no power")),
    }
    Ok(())
}

fn patch_stock(world: &mut World, location: &str, patch: &Value) -> Result<(), String> {
    let Some(free) = world.state.stock.at(location) else {
        return Err(format!("{location} is not a location"));
    };
    let mut fields = serde_json::to_value(free).map_err(|problem| problem.to_string())?;
    merge(&mut fields, patch, 0);
    let free = Free::deserialize(&fields).map_err(|problem| problem.to_string())?;
    world.state.stock.set(location, free);
    supply::record(world, location, fields);
    Ok(())
}

fn stock_location(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)?.strip_prefix("stock/")
}

fn family_of(kind: &str) -> Result<Family, String> {
    let name = kind.strip_prefix(PREFIX).unwrap_or(kind);
    let all = [Family::Machines, Family::Rentals, Family::Volumes, Family::Keys];
    all.into_iter().find(|it| it.as_str() == name).ok_or_else(|| format!("unknown kind {kind}"))
}

/// The live object of this name: by its id, or by its own name where only one has it.
fn existing(world: &World, name: &str) -> Result<(Family, Record), String> {
    let path = name.strip_prefix(PREFIX).unwrap_or(name);
    let (kind, object) = path.split_once('/').ok_or_else(|| format!("{name} is not an object"))?;
    let family = family_of(kind)?;
    let records = world.state.records(family);
    let id = canonical_uuid(object);
    let mut found: Vec<&Record> =
        records.iter().copied().filter(|it| Some(&it.id) == id.as_ref()).collect();
    if found.is_empty() {
        found = records.into_iter().filter(|it| it.name == object).collect();
    }
    match found.as_slice() {
        [record] => Ok((family, (*record).clone())),
        [] => Err(format!("{name} does not exist")),
        _ => Err(format!("{name} is the name of {} objects", found.len())),
    }
}

fn power(given: &Given) -> Option<RentalPower> {
    given.power_status.as_deref().and_then(RentalPower::parse)
}

fn sub_order(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(super::mistakes::whole_number))
}
