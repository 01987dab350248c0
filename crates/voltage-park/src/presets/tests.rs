//! Presets from both lists.

use super::*;
use crate::worlds::{A, B, V, World};
use plumb_model::{Body, body};

fn resources(model: &str, count: u64) -> Body {
    body!({"gpus": {model: {"count": count}}, "vcpu_count": 26, "ram_gb": 116, "storage_gb": 2400})
}

fn preset(id: &str, count: u64, system: &str) -> Body {
    body!({
        "id": id, "resources": resources("h100-sxm5-80gb", count), "operating_system": system,
        "compute_rate_hourly": "1.890000", "storage_rate_hourly": 0.1
    })
}

fn with(mut preset: Body, field: &str, value: Body) -> Body {
    preset[field] = value;
    preset
}

fn newer() -> World {
    let here = |id: &str, count: u64, free: u64| {
        with(preset(id, count, "Ubuntu 22.04 LTS"), "available_vms", free.into())
    };
    World::default().listing(
        collections::stock_by_location(),
        body!([
            {"id": A, "available_presets": [here(A, 1, 2), here(B, 8, 0)]},
            {"id": B, "available_presets": [here(A, 1, 3)]},
            {"id": V, "available_presets": null}
        ]),
    )
}

fn older(world: World) -> World {
    let somewhere =
        with(preset(A, 1, "Ubuntu 22.04 LTS"), "location_ids_with_availability", body!([V]));
    let nowhere = with(preset(V, 2, "TensorML 24"), "location_ids_with_availability", body!([]));
    world.listing(collections::presets(), body!([somewhere, nowhere, {"id": "x"}]))
}

fn offers(world: &World, wanted: Option<&str>) -> BTreeMap<String, Offer> {
    match catalog(&world.snapshot, wanted) {
        Catalog::Found(offers) => offers,
        other => panic!("{other:?}"),
    }
}

fn free(world: &World) -> Vec<(String, Free)> {
    offers(world, None).into_values().map(|offer| (offer.id, offer.free)).collect()
}

#[test]
fn stock_is_counted_over_all_locations() {
    let count = |id: &str, count| (id.to_owned(), Free::Count(count));
    assert_eq!(free(&newer()), [count(A, 5), count(B, 0)]);
    let offer = &offers(&newer(), None)[A];
    assert_eq!(offer.title(), format!("1 x h100-sxm5-80gb, Ubuntu 22.04 LTS ({A})"));
    assert_eq!(offer.hourly().unwrap().to_string(), "$1.99");
    assert_eq!(offer.by_location, [(A.to_owned(), 2), (B.to_owned(), 3)].into());
    // What only the older list has is not free where the newer one counts.
    assert_eq!(free(&older(newer())), [count(A, 5), count(B, 0), count(V, 0)]);
    let lasting = with(preset(V, 2, "x"), "location_ids_with_availability", body!([A]));
    let world = newer().listing(collections::presets(), body!([lasting]));
    assert_eq!(free(&world), [count(A, 5), count(B, 0), count(V, 0)]);
    let missing = World::default().missing(collections::stock_by_location());
    assert_eq!(free(&older(missing)), [(A.to_owned(), Free::Some), count(V, 0)]);
}

#[test]
fn what_was_not_read_is_not_an_empty_catalog() {
    assert_eq!(catalog(&Snapshot::default(), None), Catalog::NotRead);
    let nothing = World::default()
        .missing(collections::stock_by_location())
        .missing(collections::presets())
        .snapshot;
    assert!(matches!(catalog(&nothing, None), Catalog::Hidden(_)));
    let mut unknown = Snapshot::default();
    let reading = Reading::Unknown(plumb_model::ServerText::new("HTTP 500"));
    unknown.0.insert(collections::stock_by_location().id, reading);
    assert_eq!(catalog(&unknown, None), Catalog::Hidden("HTTP 500".to_owned()));
}

#[test]
fn a_preset_is_looked_for_in_rounds() {
    let names = |wanted, world: &World| -> Vec<String> {
        let paths = lookups(wanted, &world.snapshot).into_iter();
        paths.map(|collection| collection.request.path.as_str().replace("/api/v1/", "")).collect()
    };
    let (stock, list) = ("virtual-machines/instant/locations", "instant-deploy-presets/");
    let one = format!("{list}{V}");
    let missing = || World::default().missing(collections::stock_by_location());
    let without_v = || older(missing()).listing(collections::presets(), body!([]));
    for (wanted, world, asked) in [
        (Wanted::Id(A), World::default(), vec![stock]),
        (Wanted::Id(A), newer(), vec![stock]),
        (Wanted::Id(V), newer(), vec![stock, list]),
        (Wanted::Id(V), older(newer()), vec![stock]),
        (Wanted::Id(A), missing(), vec![stock, list]),
        (Wanted::Id(A), older(missing()), vec![stock, list]),
        (Wanted::Id(V), without_v(), vec![stock, list, &one]),
    ] {
        assert_eq!(names(wanted, &world), asked, "{wanted}");
    }
    let alone = with(preset(V, 4, "x"), "location_ids_with_availability", body!([A]));
    let world = without_v().listing(collections::preset(V), body!([alone]));
    assert_eq!(offers(&world, Some(V))[V].free, Free::Some);
    assert!(!offers(&world, None).contains_key(V));
}

#[test]
fn a_shape_may_leave_out_what_may_be_anything() {
    let offers = offers(&older(newer()), None);
    let found = |spec: Body| -> Option<Vec<String>> {
        let body = body!({"spec": spec});
        let wanted = Wanted::of(&body)?;
        Some(wanted.among(&offers).into_iter().map(|offer| offer.id.clone()).collect())
    };
    for (spec, ids) in [
        (body!({"config_id": B}), Some(vec![B])),
        (body!({"preset": {"gpu_count": 8}}), Some(vec![B])),
        (body!({"preset": {"gpu_count": 8, "gpu_model": "h100-sxm5-80gb"}}), Some(vec![B])),
        (body!({"preset": {"gpu_count": 8, "gpu_model": "a100"}}), Some(vec![])),
        (body!({"preset": {"gpu_count": 2, "operating_system": "TensorML 24"}}), Some(vec![V])),
        (body!({"preset": {"gpu_count": 2, "operating_system": "Windows 10"}}), Some(vec![])),
        (body!({"config_id": "(secret)"}), None),
        (body!({}), None),
    ] {
        let expected = ids.map(|ids| ids.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(found(spec.clone()), expected, "{spec:?}");
    }
}

#[test]
fn a_shape_is_read_only_when_it_is_told_whole() {
    let told =
        |resources: Body| Shape::read(&body!({"resources": resources, "operating_system": "x"}));
    assert_eq!(told(resources("h100", 2)).unwrap().to_string(), "2 x h100, x");
    for odd in [
        body!({"gpus": {}}),
        body!({"gpus": {"a": {"count": 1}, "b": {"count": 1}}}),
        body!({"gpus": {"a": {}}}),
        body!(null),
    ] {
        assert_eq!(told(odd), None);
    }
}
