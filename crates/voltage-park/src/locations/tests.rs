//! Cities and their ids.

use super::*;
use crate::worlds::{A, B, V, World};
use plumb_model::body;

fn cities() -> World {
    World::default().listing(
        collections::locations(),
        body!([
            {"id": A.to_uppercase(), "city": "Dallas", "region": "Texas", "country": "US"},
            {"id": B, "city": "Toronto"}, {"id": V, "city": "Toronto"}, {"id": "x", "city": "Odd"}
        ]),
    )
}

fn help(place: Place) -> String {
    match place {
        Place::Absent(CannotBuild { message, help }) => format!("{message}: {help}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_location_is_an_id_or_a_city() {
    let plain = cities().snapshot;
    let metal = cities().listing(collections::bare_metal_locations(), body!([{"id": V}])).snapshot;
    let is = |id: &str| Place::Found(id.to_owned());
    assert_eq!(resolve(&A.to_uppercase(), &Snapshot::default()), is(A));
    assert_eq!(resolve(" dallas", &plain), is(A));
    assert_eq!(resolve("Toronto", &metal), is(V));
    assert_eq!(resolve("Dallas", &Snapshot::default()), Place::NotRead);
    for (text, snapshot, said) in [
        ("Dalas", &plain, "there is no location in \"Dalas\": did you mean \"Dallas\"?"),
        (
            "Ulaanbaatar",
            &plain,
            "there is no location in \"Ulaanbaatar\": `plumb catalog` shows all locations",
        ),
        (
            "Dallas",
            &World::default().listing(collections::locations(), body!([])).snapshot,
            "the cloud lists no cities, so \"Dallas\" is not known: write the location's id; \
             `plumb catalog` shows them",
        ),
    ] {
        assert_eq!(help(resolve(text, snapshot)), said);
    }
    let World { mut snapshot, .. } = cities();
    assert!(help(resolve("Odd", &snapshot)).starts_with("there is no location"));
    let unknown = Reading::Unknown(plumb_model::ServerText::new("HTTP 500"));
    snapshot.0.insert(collections::locations().id, unknown);
    assert!(help(resolve("Dallas", &snapshot)).contains("HTTP 500"));
}

/// August 2026: no cities are listed, and bare metal by ids alone.
#[test]
fn a_city_is_found_by_asking_each_location_of_bare_metal() {
    let asked = |text: &str, world: &World| -> Vec<String> {
        let collections = lookups(text, &world.snapshot).into_iter();
        collections.map(|collection| collection.request.path.to_string()).collect()
    };
    let list = "/api/v1/locations/".to_owned();
    let alone = |id: &str| format!("/api/v1/locations/{id}");
    let metal = || {
        let rows = body!([{"id": A}, {"id": B, "city": "Toronto"}, {"id": 1}]);
        World::default().listing(collections::bare_metal_locations(), rows)
    };
    assert_eq!(asked(A, &metal()), [""; 0]);
    assert_eq!(asked("Dallas", &metal()), std::slice::from_ref(&list), "first the list");
    let empty = metal().listing(collections::locations(), body!([]));
    assert_eq!(asked("Dallas", &empty), [list.clone(), alone(A)]);
    assert_eq!(asked("toronto", &empty), std::slice::from_ref(&list));
    assert_eq!(resolve("toronto", &empty.snapshot), Place::Found(B.to_owned()));
    assert!(help(resolve("Dallas", &empty.snapshot)).starts_with("there is no location in"));
    assert_eq!(
        asked("Dallas", &metal().missing(collections::locations())),
        [list.clone(), alone(A)]
    );

    let told = empty.listing(collections::location(A), body!([{"id": A, "city": "Dallas"}]));
    assert_eq!(asked("Dallas", &told), std::slice::from_ref(&list));
    assert_eq!(resolve("Dallas", &told.snapshot), Place::Found(A.to_owned()));
    assert_eq!(title(A, &told.snapshot), format!("Dallas ({A})"));
    // What no answer names is not asked for again and again.
    assert_eq!(asked("Dalas", &told), std::slice::from_ref(&list));
    let said = help(resolve("Dalas", &told.snapshot));
    assert_eq!(said, "there is no location in \"Dalas\": did you mean \"Dallas\"?");
}

#[test]
fn several_locations_in_a_city_are_not_guessed_between() {
    let both = body!([{"id": V}, {"id": B}]);
    let snapshot = cities().listing(collections::bare_metal_locations(), both).snapshot;
    let said = help(resolve("Toronto", &snapshot));
    assert_eq!(said, format!("2 locations are in \"Toronto\": write one of their ids: {B}, {V}"));
}

#[test]
fn a_location_is_called_by_its_city_where_that_is_known() {
    assert_eq!(title(A, &cities().snapshot), format!("Dallas ({A})"));
    assert_eq!(title(A, &Snapshot::default()), A);
    let dallas = body!({"city": "Dallas", "region": "Texas", "country": " US ", "id": A});
    assert_eq!(describe(&dallas).as_deref(), Some("Dallas, Texas, US"));
    assert_eq!(describe(&body!({"city": "", "region": null})), None);
}

#[test]
fn prices_are_texts_or_numbers() {
    let snapshot = World::default()
        .listing(
            collections::bare_metal_locations(),
            body!([{"id": A, "gpu_count_ethernet": 8, "gpu_price_ethernet": 2.5,
                    "gpu_count_infiniband": 16, "gpu_price_infiniband": "2.490000"}, {"id": 1}]),
        )
        .snapshot;
    let offers = offers(&snapshot);
    let [offer] = offers.as_slice() else { panic!("{offers:?}") };
    let told = |network| (offer.free(network), offer.price(network).map(|price| price.to_string()));
    assert_eq!(told(Network::Ethernet), (8, Some("$2.50".to_owned())));
    assert_eq!(told(Network::Infiniband), (16, Some("$2.49".to_owned())));
}
