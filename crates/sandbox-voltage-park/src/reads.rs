//! What can be ordered, and where: presets, locations, hosts (contract 2.2, 2.3 and 2.6). Stock is
//! shown as orders would find it.

use serde_json::{Value, json};

use super::catalog::{Location, Network, Preset, specs_per_node};
use super::errors::{missing, refused};
use super::input::Input;
use super::knobs::Alive;
use super::paging::{Page, envelope};
use super::record::Family;
use super::stock::Ware;
use super::world::{Call, World};
use super::{orders, render, supply};
use plumb_sandbox::http::Response;

/// What the hosts of the vendor's example cost for an hour.
const HOST_GPU_RATE: &str = "3.500000";
const HOST_VCPU_RATE: &str = "0.000030";
const HOST_GIGABYTE_RATE: &str = "0.000001";

/// The virtual CPUs, memory and disk a host has for each of its eight GPUs.
const FOR_EACH_GPU: [u64; 3] = [26, 116, 2400];

/// The ports of a host that machines may be reached at.
const FIRST_PORT: u16 = 20_000;

/// GET the presets: a bare array, filtered by whether a location has any (V-15).
pub(crate) fn presets(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.presets_deprecated)?;
    let mut input = Input::of(call);
    let available = input.switch("available");
    input.checked(world)?;
    orders::note_capacity_read(world, &call.caller, Family::Machines);
    let presets = world.state.catalog.presets.iter();
    let shown = presets.map(|preset| (preset, supply::locations_with(world, &preset.id)));
    let wanted = shown.filter(|(_, places)| available.is_none_or(|it| it != places.is_empty()));
    let body: Value = wanted.map(|(preset, places)| shown_preset(world, preset, &places)).collect();
    Ok(Response::json(200, &body))
}

/// GET one preset.
pub(crate) fn preset(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.presets_deprecated)?;
    let mut input = Input::of(call);
    let id = input.id("instant_deploy_preset_id");
    input.checked(world)?;
    orders::note_capacity_read(world, &call.caller, Family::Machines);
    let code = world.config.knobs.missing_id_code;
    let found = world.state.catalog.preset(&id);
    let preset = found.ok_or_else(|| missing(code, "Instant deploy preset"))?;
    let places = supply::locations_with(world, &preset.id);
    Ok(Response::json(200, &shown_preset(world, preset, &places)))
}

/// GET where instant machines are to be had, the newer way (V-17).
pub(crate) fn instant_locations(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.optional_calls)?;
    orders::note_capacity_read(world, &call.caller, Family::Machines);
    let locations = world.state.catalog.locations.iter();
    let listed = locations.filter(|location| is_listed(world, location));
    let items: Vec<Value> = listed.map(|it| shown_instant(world, it)).collect();
    let total = items.len();
    Ok(Response::json(200, &envelope(items, total, 0)))
}

/// GET one of them.
pub(crate) fn instant_location(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.optional_calls)?;
    orders::note_capacity_read(world, &call.caller, Family::Machines);
    let location = find_location(world, call)?;
    Ok(Response::json(200, &shown_instant(world, &location)))
}

/// GET the free GPUs of bare metal and their prices.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(crate) fn bare_metal_locations(
    world: &mut World,
    call: &Call<'_>,
) -> Result<Response, Response> {
    orders::note_capacity_read(world, &call.caller, Family::Rentals);
    let locations = &world.state.catalog.locations;
    let items: Vec<Value> = locations.iter().map(|it| shown_bare_metal(world, it)).collect();
    let total = items.len();
    Ok(Response::json(200, &envelope(items, total, 0)))
}

/// GET the locations and their hosts.
pub(crate) fn locations(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let page = Page::read(&mut input, 3);
    input.checked(world)?;
    let locations = world.state.catalog.locations.iter();
    let listed: Vec<&Location> = locations.filter(|location| is_listed(world, location)).collect();
    let body = page.envelope(&listed, |location| shown_location(world, location));
    Ok(Response::json(200, &body))
}

/// Whether the lists of locations show one: while it has nothing free, a knob leaves it out. The
/// list of bare metal shows every location, as it did then.
fn is_listed(world: &World, location: &Location) -> bool {
    let networks = [Network::Ethernet, Network::Infiniband].map(Ware::Gpus);
    let presets = location.presets.keys().cloned().map(Ware::Preset);
    let mut wares = networks.into_iter().chain(presets);
    !world.config.knobs.empty_when_sold_out
        || wares.any(|ware| supply::free(world, &location.id, &ware) > 0)
}

/// GET the locations of bare metal with more detail, of which nothing is published (V-66).
pub(crate) fn detailed_locations(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.optional_calls)?;
    bare_metal_locations(world, call)
}

/// GET one of them.
pub(crate) fn location(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let location = find_location(world, call)?;
    Ok(Response::json(200, &shown_location(world, &location)))
}

/// GET a host: the only way to learn where a machine is.
pub(crate) fn hostnode(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let id = input.id("hostnode_id");
    input.checked(world)?;
    match world.state.catalog.location_of(&id) {
        Some(location) => Ok(Response::json(200, &shown_hostnode(world, location, &id))),
        None => Err(refused(404, "HostNode not found")),
    }
}

fn find_location(world: &mut World, call: &Call<'_>) -> Result<Location, Response> {
    let mut input = Input::of(call);
    let id = input.id("location_id");
    input.checked(world)?;
    let code = world.config.knobs.missing_id_code;
    let found = world.state.catalog.location(&id).cloned();
    found.ok_or_else(|| missing(code, "Location"))
}

/// Refuses a call the knobs have taken away.
pub(crate) fn alive(knob: Alive) -> Result<(), Response> {
    match knob {
        Alive::Alive => Ok(()),
        Alive::Gone => Err(super::errors::no_path()),
    }
}

fn described_preset(world: &World, preset: &Preset) -> Value {
    json!({
        "id": preset.id,
        "resources": preset.resources(),
        "operating_system": preset.operating_system,
        "compute_rate_hourly": render::money(world, preset.compute_rate_hourly),
        "storage_rate_hourly": render::money(world, preset.storage_rate_hourly),
    })
}

fn shown_preset(world: &World, preset: &Preset, places: &[String]) -> Value {
    let mut shown = described_preset(world, preset);
    shown["location_ids_with_availability"] = json!(places);
    shown
}

fn shown_instant(world: &World, location: &Location) -> Value {
    let presets = world.state.catalog.presets.iter();
    let shown = presets.map(|preset| {
        let mut shown = described_preset(world, preset);
        let ware = Ware::Preset(preset.id.clone());
        shown["available_vms"] = json!(supply::free(world, &location.id, &ware));
        shown
    });
    json!({ "id": location.id, "available_presets": shown.collect::<Vec<_>>() })
}

fn shown_bare_metal(world: &World, location: &Location) -> Value {
    let free = |network| supply::free(world, &location.id, &Ware::Gpus(network));
    json!({
        "id": location.id,
        "gpu_count_ethernet": free(Network::Ethernet),
        "gpu_price_ethernet": render::price(world, location.ethernet.price),
        "gpu_count_infiniband": free(Network::Infiniband),
        "gpu_price_infiniband": render::price(world, location.infiniband.price),
        "reserved_gpu_count_infiniband_cluster_one": null,
        "reserved_gpu_count_infiniband_cluster_two": null,
        "specs_per_node": specs_per_node(),
    })
}

fn shown_location(world: &World, location: &Location) -> Value {
    let nodes = location.hostnodes.iter();
    let nodes: Vec<Value> = nodes.map(|id| shown_hostnode(world, location, id)).collect();
    json!({
        "id": location.id,
        "city": location.city,
        "region": location.region,
        "country": location.country,
        "hostnodes": nodes,
    })
}

fn shown_hostnode(world: &World, location: &Location, id: &str) -> Value {
    let free = supply::free_gpus(world, id);
    let [vcpus, ram, disk] = FOR_EACH_GPU.map(|each| each * free);
    json!({
        "id": id,
        "location_id": location.id,
        "available_resources": {
            "gpus": { "h100-sxm5-80gb": { "count": free } },
            "ram_gb": ram,
            "storage_gb": disk,
            "vcpu_count": vcpus,
        },
        "pricing": {
            "per_gpu_hr": { "h100-sxm5-80gb": HOST_GPU_RATE },
            "per_vcpu_hr": HOST_VCPU_RATE,
            "per_gb_ram_hr": HOST_GIGABYTE_RATE,
            "per_gb_storage_hr": HOST_GIGABYTE_RATE,
        },
        "available_ports": (FIRST_PORT..FIRST_PORT + 8).collect::<Vec<u16>>(),
    })
}
