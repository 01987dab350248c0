//! What can be ordered, and where: presets, locations, hosts (contract 2.2, 2.3 and 2.6). Stock is
//! shown as orders would find it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::{Amount, Id, Listed, Resources, SPECS, Specs};
use super::catalog::{self, GPU_MODEL, Network};
use super::errors::{missing, refused};
use super::input::{self, Input};
use super::knobs::Alive;
use super::paging::Page;
use super::record::Family;
use super::stock::Ware;
use super::world::{Call, World};
use super::{orders, supply};
use plumb_sandbox::http::Response;

/// The virtual CPUs, memory and disk a host has for each of its eight GPUs.
const FOR_EACH_GPU: [u64; 3] = [26, 116, 2400];

/// The ports of a host that machines may be reached at.
const FIRST_PORT: u16 = 20_000;

/// What every list of presets says of one.
#[derive(Debug, Serialize, JsonSchema)]
struct Offered {
    id: Id,
    resources: Resources,
    operating_system: String,
    compute_rate_hourly: Amount,
    storage_rate_hourly: Amount,
}

/// A preset, and where it is to be had.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Preset {
    #[serde(flatten)]
    offered: Offered,
    location_ids_with_availability: Vec<Id>,
}

/// What instant machines a location has.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct InstantLocation {
    id: Id,
    available_presets: Vec<InstantPreset>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct InstantPreset {
    #[serde(flatten)]
    offered: Offered,
    available_vms: u64,
}

/// What bare metal a location has.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BareMetalLocation {
    id: Id,
    gpu_count_ethernet: u64,
    gpu_price_ethernet: Amount,
    gpu_count_infiniband: u64,
    gpu_price_infiniband: Amount,
    reserved_gpu_count_infiniband_cluster_one: Option<u64>,
    reserved_gpu_count_infiniband_cluster_two: Option<u64>,
    specs_per_node: Specs,
}

/// A location with its hosts.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Location {
    id: Id,
    city: String,
    region: String,
    country: String,
    hostnodes: Vec<HostNode>,
}

/// A host of machines.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HostNode {
    id: Id,
    location_id: Id,
    available_resources: Resources,
    pricing: HostRates,
    available_ports: Vec<u16>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names of the contract")]
struct HostRates {
    per_gpu_hr: BTreeMap<&'static str, &'static str>,
    per_vcpu_hr: &'static str,
    per_gb_ram_hr: &'static str,
    per_gb_storage_hr: &'static str,
}

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
    let body: Vec<Preset> = wanted.map(|(it, places)| shown_preset(world, it, places)).collect();
    Ok(Response::json(200, &body))
}

/// GET one preset.
pub(crate) fn preset(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.presets_deprecated)?;
    let id = input::id(world, call)?;
    orders::note_capacity_read(world, &call.caller, Family::Machines);
    let code = world.config.knobs.missing_id_code;
    let found = world.state.catalog.preset(&id);
    let preset = found.ok_or_else(|| missing(code, "Instant deploy preset"))?;
    let places = supply::locations_with(world, &preset.id);
    Ok(Response::json(200, &shown_preset(world, preset, places)))
}

/// GET where instant machines are to be had, the newer way (V-17).
pub(crate) fn instant_locations(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    alive(world.config.knobs.optional_calls)?;
    orders::note_capacity_read(world, &call.caller, Family::Machines);
    let locations = world.state.catalog.locations.iter();
    let listed = locations.filter(|location| is_listed(world, location));
    let items = listed.map(|it| shown_instant(world, it)).collect();
    Ok(Response::json(200, &Listed::all(items)))
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
    let items = locations.iter().map(|it| shown_bare_metal(world, it)).collect();
    Ok(Response::json(200, &Listed::all(items)))
}

/// GET the locations and their hosts.
pub(crate) fn locations(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let page = Page::read(&mut input, 3);
    input.checked(world)?;
    let locations = world.state.catalog.locations.iter();
    let listed: Vec<_> = locations.filter(|location| is_listed(world, location)).collect();
    let shown = page.of(&listed).iter().map(|location| shown_location(world, location));
    Ok(page.answer(&listed, shown.collect()))
}

/// Whether the lists of locations show one: while it has nothing free, a knob leaves it out. The
/// list of bare metal shows every location, as it did then.
fn is_listed(world: &World, location: &catalog::Location) -> bool {
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
    let id = input::id(world, call)?;
    match world.state.catalog.location_of(&id) {
        Some(location) => Ok(Response::json(200, &shown_hostnode(world, location, &id))),
        None => Err(refused(404, "HostNode not found")),
    }
}

fn find_location(world: &mut World, call: &Call<'_>) -> Result<catalog::Location, Response> {
    let id = input::id(world, call)?;
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

fn offered(world: &World, preset: &catalog::Preset) -> Offered {
    Offered {
        id: Id::of(&preset.id),
        resources: Resources::of(preset),
        operating_system: preset.operating_system.clone(),
        compute_rate_hourly: Amount::of(world, preset.compute_rate_hourly),
        storage_rate_hourly: Amount::of(world, preset.storage_rate_hourly),
    }
}

fn shown_preset(world: &World, preset: &catalog::Preset, places: Vec<String>) -> Preset {
    let location_ids_with_availability = places.into_iter().map(Id).collect();
    Preset { offered: offered(world, preset), location_ids_with_availability }
}

fn shown_instant(world: &World, location: &catalog::Location) -> InstantLocation {
    let presets = world.state.catalog.presets.iter().map(|preset| InstantPreset {
        offered: offered(world, preset),
        available_vms: supply::free(world, &location.id, &Ware::Preset(preset.id.clone())),
    });
    InstantLocation { id: Id::of(&location.id), available_presets: presets.collect() }
}

fn shown_bare_metal(world: &World, location: &catalog::Location) -> BareMetalLocation {
    let free = |network| supply::free(world, &location.id, &Ware::Gpus(network));
    BareMetalLocation {
        id: Id::of(&location.id),
        gpu_count_ethernet: free(Network::Ethernet),
        gpu_price_ethernet: Amount::short(world, location.ethernet.price),
        gpu_count_infiniband: free(Network::Infiniband),
        gpu_price_infiniband: Amount::short(world, location.infiniband.price),
        reserved_gpu_count_infiniband_cluster_one: None,
        reserved_gpu_count_infiniband_cluster_two: None,
        specs_per_node: SPECS,
    }
}

fn shown_location(world: &World, location: &catalog::Location) -> Location {
    let nodes = location.hostnodes.iter();
    Location {
        id: Id::of(&location.id),
        city: location.city.clone(),
        region: location.region.clone(),
        country: location.country.clone(),
        hostnodes: nodes.map(|id| shown_hostnode(world, location, id)).collect(),
    }
}

fn shown_hostnode(world: &World, location: &catalog::Location, id: &str) -> HostNode {
    let free = supply::free_gpus(world, id);
    HostNode {
        id: Id::of(id),
        location_id: Id::of(&location.id),
        available_resources: Resources::new(GPU_MODEL, free, FOR_EACH_GPU.map(|it| it * free)),
        // What the hosts of the vendor's example cost (contract 10).
        pricing: HostRates {
            per_gpu_hr: BTreeMap::from([(GPU_MODEL, "3.500000")]),
            per_vcpu_hr: "0.000030",
            per_gb_ram_hr: "0.000001",
            per_gb_storage_hr: "0.000001",
        },
        available_ports: (FIRST_PORT..FIRST_PORT + 8).collect(),
    }
}
