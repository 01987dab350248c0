//! Tables: what lists say, and the rows they become.

use super::*;
use crate::worlds::{A, B, V, World};
use plumb_model::{Body, body};
use std::collections::BTreeSet;

/// A section's rows, columns joined.
fn rows(at: usize, world: &World) -> Option<Vec<String>> {
    let section = &sections()[at];
    let rows = (section.rows)(&world.snapshot)?;
    let told = rows.iter().map(|row| {
        assert_eq!(row.len(), section.columns.len());
        row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
    });
    Some(told.collect())
}

fn preset(id: &str, count: u64) -> Body {
    body!({"id": id, "operating_system": "Ubuntu 20.04 LTS",
        "resources": {"gpus": {"h100-sxm5-80gb": {"count": count}},
                      "vcpu_count": 26, "ram_gb": 116, "storage_gb": 2400},
        "compute_rate_hourly": "1.890000", "storage_rate_hourly": 0.1})
}

fn in_stock(mut preset: Body, available: u64) -> Body {
    preset["available_vms"] = available.into();
    preset
}

const LIKE: &str = "h100-sxm5-80gb | 26 | 116 | 2400 | Ubuntu 20.04 LTS | $1.89 | $0.10";

#[test]
fn presets_are_told_from_either_list() {
    let cities = || body!([{"id": A, "city": "Dallas"}]);
    let newer = body!([
        {"id": B, "available_presets": [in_stock(preset(V, 8), 2), in_stock(preset(A, 1), 0)]},
        {"id": A, "available_presets": [in_stock(preset(V, 8), 3)]},
    ]);
    let mut stocked = preset(V, 8);
    stocked["location_ids_with_availability"] = body!([A, B]);
    let mut sold_out = preset(B, 4);
    sold_out["location_ids_with_availability"] = body!([]);
    let older = body!([stocked, sold_out]);
    let with_newer = || {
        World::default()
            .listing(collections::stock_by_location(), newer.clone())
            .listing(collections::locations(), cities())
    };
    let one = format!("{A} | 1 | {LIKE} | nowhere");
    let four = format!("{B} | 4 | {LIKE} | nowhere");
    let eight = format!("{V} | 8 | {LIKE} | Dallas 3, {B} 2");
    assert_eq!(rows(0, &with_newer()), Some(vec![one.clone(), eight.clone()]));
    let both = with_newer().listing(collections::presets(), older.clone());
    assert_eq!(rows(0, &both), Some(vec![one, four.clone(), eight]));
    let only_older = World::default()
        .missing(collections::stock_by_location())
        .listing(collections::presets(), older);
    assert_eq!(rows(0, &only_older), Some(vec![four, format!("{V} | 8 | {LIKE} | {A}, {B}")]));
    let neither =
        World::default().missing(collections::stock_by_location()).missing(collections::presets());
    assert_eq!(rows(0, &neither), Some(vec![]));
    assert_eq!(rows(0, &World::default()), None);
}

#[test]
fn odd_answers_do_not_break_a_table() {
    let odd = body!([{"id": A, "available_presets": [{"id": V}, {"id": 7}, 3]}, {}, null]);
    let world = World::default().listing(collections::stock_by_location(), odd);
    assert_eq!(rows(0, &world), Some(vec![format!("{V} |  |  |  |  |  |  |  |  | {A}")]));
    let world = World::default().listing(collections::bare_metal_locations(), body!([{}, 3]));
    assert_eq!(rows(1, &world).unwrap().len(), 2);
}

#[test]
fn locations_are_told_with_stock_and_prices() {
    // The location of the vendor's page, and one with prices as texts.
    let specs = body!({"gpu_model": "h100-sxm5-80gb", "gpu_count": 8,
        "cpu_model": "Intel Xeon Platinum 8470", "cpu_count": 4, "ram_gb": 16, "storage_gb": 40});
    let items = body!([
        {"id": B, "gpu_count_ethernet": 8, "gpu_price_ethernet": 2.5, "gpu_count_infiniband": 8,
         "gpu_price_infiniband": 2.5, "specs_per_node": specs},
        {"id": A.to_uppercase(), "gpu_count_ethernet": 0, "gpu_price_ethernet": "1.99",
         "gpu_count_infiniband": 1016, "gpu_price_infiniband": "2.490000",
         "specs_per_node": specs},
    ]);
    let world = World::default().listing(collections::bare_metal_locations(), items);
    let told = |city: &str| {
        vec![
            format!("{A} | {city} | h100-sxm5-80gb | 8 | 0 | $1.99 | 1016 | $2.49"),
            format!("{B} |  | h100-sxm5-80gb | 8 | 8 | $2.50 | 8 | $2.50"),
        ]
    };
    assert_eq!(rows(1, &world), Some(told("")));
    let world = world.listing(collections::locations(), body!([{"id": A, "city": "Dallas"}]));
    assert_eq!(rows(1, &world), Some(told("Dallas")));
    assert_eq!(
        rows(1, &World::default().missing(collections::bare_metal_locations())),
        Some(vec![])
    );
    assert_eq!(rows(1, &World::default()), None);
}

#[test]
fn storage_has_a_price() {
    for rate in [body!("0.00017408"), body!(0.000_174_08)] {
        let rate = body!([{"hourly_rate_per_gb": rate}]);
        let world = World::default().listing(collections::storage_rate(), rate);
        assert_eq!(rows(2, &world), Some(vec!["$0.000174 | $0.17408 | $127.0784".to_owned()]));
    }
    assert_eq!(rows(2, &World::default().missing(collections::storage_rate())), Some(vec![]));
    assert_eq!(rows(2, &World::default()), None);
}

#[test]
fn every_section_asks_for_what_it_reads() {
    for section in sections() {
        let columns: BTreeSet<&str> = section.columns.iter().copied().collect();
        assert_eq!(columns.len(), section.columns.len(), "{}", section.title);
        assert!(!section.collections.is_empty() && !columns.is_empty());
        let nothing = Snapshot::default();
        assert!((section.rows)(&nothing).is_none(), "{}", section.title);
    }
}
