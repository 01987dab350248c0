//! The presets virtual machines are made from, and where they can be had. Two lists tell: the
//! newer one by location and with numbers, the older one with those that are sold out too (V-17).

use super::{items, price, text};
use crate::locations::cities;
use crate::{collections, ids};
use plumb_kind::Snapshot;
use plumb_model::Body;
use plumb_model::text::ServerText;
use std::collections::BTreeMap;

/// The columns.
pub(super) const COLUMNS: &[&str] = &[
    "Id",
    "GPUs",
    "GPU model",
    "vCPUs",
    "RAM GB",
    "Disk GB",
    "Operating system",
    "Compute hourly",
    "Storage hourly",
    "Available",
];

/// One preset and where it can be had.
#[derive(Debug)]
struct Preset<'s> {
    item: &'s Body,
    /// How many by location, where a number is said.
    stock: BTreeMap<String, Option<u64>>,
}

/// The rows, by model, number of GPUs and id.
pub(super) fn rows(snapshot: &Snapshot) -> Option<Vec<Vec<ServerText>>> {
    let newer = items(snapshot, &collections::stock_by_location().id);
    let older = items(snapshot, &collections::presets().id);
    if newer.is_none() && older.is_none() {
        return None;
    }
    let mut presets = by_location(newer.unwrap_or_default());
    for (id, preset) in with_locations(older.unwrap_or_default()) {
        presets.entry(id).or_insert(preset);
    }
    let cities = cities(snapshot);
    let mut sorted: Vec<(&String, &Preset<'_>)> = presets.iter().collect();
    sorted.sort_by_key(|(id, preset)| {
        let (model, count) = gpus(preset.item);
        (model, count, *id)
    });
    Some(sorted.into_iter().map(|(id, preset)| row(id, preset, &cities)).collect())
}

/// The newer list, turned around.
fn by_location(locations: &[Body]) -> BTreeMap<String, Preset<'_>> {
    let mut presets: BTreeMap<String, Preset<'_>> = BTreeMap::new();
    for location in locations {
        let place = location.get("id").and_then(ids::uuid_in).unwrap_or_default();
        let items = location.get("available_presets").and_then(Body::as_array);
        for item in items.into_iter().flatten() {
            let Some(id) = item.get("id").and_then(ids::uuid_in) else { continue };
            let preset = presets.entry(id).or_insert(Preset { item, stock: BTreeMap::new() });
            match item.get("available_vms").and_then(Body::as_u64) {
                Some(0) => {}
                count => {
                    preset.stock.insert(place.clone(), count);
                }
            }
        }
    }
    presets
}

/// The older list.
fn with_locations(presets: &[Body]) -> impl Iterator<Item = (String, Preset<'_>)> {
    presets.iter().filter_map(|item| {
        let id = item.get("id").and_then(ids::uuid_in)?;
        let places = item.get("location_ids_with_availability").and_then(Body::as_array);
        let places = places.into_iter().flatten().filter_map(ids::uuid_in);
        Some((id, Preset { item, stock: places.map(|place| (place, None)).collect() }))
    })
}

/// The model of GPU and how many of it; the first by name, should there be several.
fn gpus(item: &Body) -> (Option<&str>, Option<u64>) {
    let models = item.pointer("/resources/gpus").and_then(Body::as_object);
    let first = models.and_then(|models| models.iter().min_by_key(|(model, _)| *model));
    match first {
        Some((model, gpus)) => (Some(&**model), gpus.get("count").and_then(Body::as_u64)),
        None => (None, None),
    }
}

fn row(id: &str, preset: &Preset<'_>, cities: &BTreeMap<String, &str>) -> Vec<ServerText> {
    let item = preset.item;
    let resource = |field: &str| item.get("resources").and_then(|found| found.get(field));
    let (model, count) = gpus(item);
    let count = count.map(|count| count.to_string());
    vec![
        ServerText::new(id),
        ServerText::new(&count.unwrap_or_default()),
        ServerText::new(model.unwrap_or_default()),
        text(resource("vcpu_count")),
        text(resource("ram_gb")),
        text(resource("storage_gb")),
        text(item.get("operating_system")),
        price(item.get("compute_rate_hourly")),
        price(item.get("storage_rate_hourly")),
        available(&preset.stock, cities),
    ]
}

/// `Dallas 3, 0d0c6e0e-… 1`; places whose number is not known without one.
fn available(stock: &BTreeMap<String, Option<u64>>, cities: &BTreeMap<String, &str>) -> ServerText {
    let place = |(id, count): (&String, &Option<u64>)| {
        let name = cities.get(id).copied().unwrap_or(id);
        count.map_or_else(|| name.to_owned(), |count| format!("{name} {count}"))
    };
    let places: Vec<String> = stock.iter().map(place).collect();
    ServerText::new(&if places.is_empty() { "nowhere".to_owned() } else { places.join(", ") })
}
