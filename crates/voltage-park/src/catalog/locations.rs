//! Where bare metal can be rented, how much is free on each fabric, and at what price a GPU an
//! hour (contract §3.2).

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
    "City",
    "GPU model",
    "GPUs per node",
    "Ethernet free",
    "Ethernet per GPU hourly",
    "InfiniBand free",
    "InfiniBand per GPU hourly",
];

/// The rows, by id.
pub(super) fn rows(snapshot: &Snapshot) -> Option<Vec<Vec<ServerText>>> {
    let cities = cities(snapshot);
    let listed = items(snapshot, &collections::bare_metal_locations().id)?;
    let mut rows: Vec<_> = listed.iter().map(|item| row(item, &cities)).collect();
    rows.sort();
    Some(rows)
}

fn row(item: &Body, cities: &BTreeMap<String, &str>) -> Vec<ServerText> {
    let node = |field: &str| item.get("specs_per_node").and_then(|node| node.get(field));
    let id = item.get("id").and_then(ids::uuid_in);
    let city = id.as_ref().and_then(|id| cities.get(id)).copied();
    vec![
        id.map_or_else(|| text(item.get("id")), |id| ServerText::new(&id)),
        ServerText::new(city.unwrap_or_default()),
        text(node("gpu_model")),
        text(node("gpu_count")),
        text(item.get("gpu_count_ethernet")),
        price(item.get("gpu_price_ethernet")),
        text(item.get("gpu_count_infiniband")),
        price(item.get("gpu_price_infiniband")),
    ]
}
