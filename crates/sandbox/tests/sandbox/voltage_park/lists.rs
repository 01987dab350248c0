//! Lists: envelopes, pages, order, lags and accidents.

use plumb_sandbox::Request;
use plumb_sandbox_voltage_park::knobs::{Alive, Lag, ListOrder, Times};
use serde_json::json;

use super::park::{ASHTON, DALLAS, ONE_GPU, Park, full, items, names};
use crate::client::Seen as _;

#[test]
fn each_list_has_its_own_default() {
    let mut park = Park::new();
    park.turn(|knobs| knobs.capacity.clear());
    for index in 0..16 {
        park.add_machine(&format!("m{index}"));
    }
    for index in 0..25 {
        park.add_volume(&format!("v{index}"));
        park.add_key(&format!("k {index}"));
    }
    for index in 0..33 {
        let created = json!({ "kind": "voltage-park/bare-metal", "name": format!("r{index}") });
        park.post("/_sandbox/edit", &json!({ "op": "create", "object": created }));
    }
    for (path, shown, total) in [
        ("/virtual-machines/", 10, 16),
        ("/storage/", 20, 25),
        ("/organization/ssh-keys", 25, 25),
        ("/bare-metal/", 20, 33),
        ("/locations/", 2, 2),
        ("/bare-metal/locations", 2, 2),
        ("/virtual-machines/instant/locations", 2, 2),
        ("/billing/transactions", 30, 75),
    ] {
        let list = park.get(path).body_json();
        assert_eq!(items(&list).len(), shown, "{path}");
        assert_eq!(list["total_result_count"], total, "{path}");
        assert_eq!(
            (&list["has_previous"], &list["has_next"]),
            (&json!(false), &json!(shown < total))
        );
        assert_eq!(list.as_object().unwrap().len(), 4);
    }
    let last = park.get("/bare-metal/?limit=20&offset=20").body_json();
    assert_eq!(items(&last).len(), 13);
    assert_eq!((&last["has_previous"], &last["has_next"]), (&json!(true), &json!(false)));
    let all = park.get("/bare-metal/?limit=all&offset=-5").body_json();
    assert_eq!((items(&all).len(), &all["has_previous"]), (33, &json!(false)));
    let beyond = park.get("/bare-metal/?offset=9999999999").body_json();
    assert_eq!((items(&beyond).len(), &beyond["has_previous"]), (0, &json!(true)));
}

#[test]
fn lists_are_in_the_order_of_the_knob() {
    let mut park = Park::new();
    for name in ["a", "b", "c", "d"] {
        park.add_machine(name);
    }
    let order = |park: &mut Park| {
        let list = park.get("/virtual-machines/").body_json();
        names(&list).join("")
    };
    assert_eq!(order(&mut park), "dcba");
    park.turn(|knobs| knobs.list_order = ListOrder::OldestFirst);
    assert_eq!(order(&mut park), "abcd");
    park.turn(|knobs| knobs.list_order = ListOrder::Random);
    let random = order(&mut park);
    assert_eq!(random, order(&mut park));
    assert!(random != "abcd" && random != "dcba", "{random}");
}

#[test]
fn lists_lag_by_time() {
    let lag = |seconds| Lag { seconds, ..Lag::default() };
    let mut park = Park::turned(|knobs| {
        knobs.create_visibility_lag = lag(30);
        knobs.delete_visibility_lag = lag(20);
    });
    let (machine, volume) = (park.add_machine("a"), park.add_volume("a"));
    let listed = |park: &mut Park| items(&park.get("/virtual-machines/").body_json()).len();
    assert_eq!(park.machine(&machine)["status"], "Running");
    assert_eq!(items(&park.get("/storage/").body_json())[0]["id"], json!(volume));
    assert_eq!(park.hourly_rate(), "2.007408");
    park.advance(29);
    assert_eq!(listed(&mut park), 0);
    park.advance(1);
    assert_eq!(listed(&mut park), 1);
    let path = format!("/virtual-machines/{machine}");
    assert_eq!(park.delete(&path).status, 202);
    assert_eq!((park.get(&path).status, park.delete(&path).status), (404, 404));
    park.advance(19);
    assert_eq!(listed(&mut park), 1);
    park.advance(1);
    assert_eq!(listed(&mut park), 0);
    assert_eq!(park.world.object_count(), plumb_objects(&park) + 1);
}

fn plumb_objects(park: &Park) -> usize {
    park.world.rafay().all_objects().count()
}

#[test]
fn lists_lag_by_calls() {
    for calls in [0, 3, 10] {
        let lag = Lag { list_calls: calls, ..Lag::default() };
        let mut park = Park::turned(|knobs| {
            knobs.create_visibility_lag = lag;
            knobs.delete_visibility_lag = lag;
        });
        let id = park.add_rental("a");
        let until = |park: &mut Park, shown: bool| {
            let mut asked = 0;
            while items(&park.get("/bare-metal/").body_json()).is_empty() == shown {
                asked += 1;
            }
            asked
        };
        assert_eq!(until(&mut park, true), calls);
        assert_eq!(park.delete(&format!("/bare-metal/{id}")).status, 202);
        assert_eq!(until(&mut park, false), calls);
        let everywhere = Lag { everywhere: true, ..lag };
        park.turn(|knobs| knobs.create_visibility_lag = everywhere);
        park.add_key("abc");
        let keys = park.get("/organization/ssh-keys").body_json();
        assert_eq!(items(&keys).is_empty(), calls > 0);
    }
}

#[test]
fn what_is_terminated_may_linger() {
    let mut park = Park::turned(|knobs| knobs.linger_terminated = true);
    let (machine, rental) = (park.add_machine("a"), park.add_running_rental("a"));
    park.delete(&format!("/virtual-machines/{machine}"));
    park.delete(&format!("/bare-metal/{rental}"));
    assert_eq!(park.machine(&machine)["status"], "Terminated");
    assert_eq!(park.rental(&rental)["status"], "Terminated");
    assert_eq!(park.hourly_rate(), "0.000000");
    assert_eq!(park.delete(&format!("/bare-metal/{rental}")).status, 404);
    assert_eq!(park.patch(&format!("/virtual-machines/{machine}"), &json!({})).status, 404);
    assert_eq!(park.world.voltage_park().machines.live().count(), 0);
}

#[test]
fn somebody_may_insert_while_pages_are_read() {
    let mut park = Park::turned(|knobs| knobs.insert_between_pages = Times(1));
    for name in ["a", "b", "c"] {
        park.add_machine(name);
    }
    let page = |park: &mut Park, offset: u64| {
        let path = format!("/virtual-machines/?limit=2&offset={offset}");
        let list = park.get(&path).body_json();
        (list["total_result_count"].as_u64().unwrap(), names(&list).join(","))
    };
    assert_eq!(page(&mut park, 0), (3, "c,b".to_owned()));
    assert_eq!(page(&mut park, 2), (4, "b,a".to_owned()));
    assert_eq!(page(&mut park, 0).0, 4);
    assert_eq!(page(&mut park, 0).0, 4);
}

#[test]
fn a_page_may_repeat_an_item() {
    let mut park = Park::turned(|knobs| knobs.duplicate_across_pages = Times(1));
    for name in ["a", "b", "c", "d"] {
        park.add_machine(name);
    }
    let path = "/virtual-machines/?limit=2&offset=2";
    assert_eq!(names(&park.get(path).body_json()), ["c", "b"]);
    assert_eq!(names(&park.get(path).body_json()), ["b", "a"]);
}

#[test]
fn presets_are_a_bare_array_filtered_by_stock() {
    let mut park = Park::new();
    park.turn(|knobs| knobs.capacity = [(format!("*/{ONE_GPU}"), 0)].into());
    let count = |park: &mut Park, query: &str| {
        let request = Request::new("GET", &full(&format!("/instant-deploy-presets/{query}")));
        let answer = park.anonymous(&request);
        assert_eq!(answer.status, 200);
        answer.body_json().as_array().unwrap().len()
    };
    assert_eq!(count(&mut park, ""), 4);
    assert_eq!(count(&mut park, "?available=null"), 4);
    assert_eq!(count(&mut park, "?available=true"), 3);
    assert_eq!(count(&mut park, "?available=False"), 1);
    assert_eq!(park.get("/instant-deploy-presets/?available=maybe").status, 422);
    let one = park.get(&format!("/instant-deploy-presets/{ONE_GPU}")).body_json();
    assert_eq!(one["location_ids_with_availability"], json!([]));
    assert_eq!(
        (&one["compute_rate_hourly"], &one["storage_rate_hourly"]),
        (&json!("1.890000"), &json!("0.100000"))
    );
    park.turn(|knobs| knobs.presets_deprecated = Alive::Gone);
    assert_eq!(park.get("/instant-deploy-presets/").status, 404);
    assert_eq!(park.get(&format!("/instant-deploy-presets/{ONE_GPU}")).status, 404);
}

#[test]
fn instant_locations_count_what_is_left() {
    let mut park = Park::new();
    let left = |park: &mut Park| {
        let shown = park.get(&format!("/virtual-machines/instant/locations/{DALLAS}")).body_json();
        let presets = shown["available_presets"].as_array().unwrap();
        presets.iter().map(|it| it["available_vms"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(left(&mut park), [4, 2, 1, 1]);
    let id = park.add_machine("a");
    assert_eq!(left(&mut park), [3, 2, 1, 1]);
    park.delete(&format!("/virtual-machines/{id}"));
    assert_eq!(left(&mut park), [4, 2, 1, 1]);
    park.turn(|knobs| knobs.optional_calls = Alive::Gone);
    for path in ["/virtual-machines/instant/locations", &format!("/bare-metal/{id}")] {
        let answer = park.get(path);
        assert_eq!((answer.status, answer.body_json()), (404, json!({ "detail": "Not Found" })));
    }
}

#[test]
fn hosts_show_what_machines_leave_of_them() {
    let mut park = Park::new();
    let id = park.add_machine("a");
    let node = park.machine(&id)["hostnode_id"].as_str().unwrap().to_owned();
    let shown = park.get(&format!("/hostnodes/{node}")).body_json();
    assert_eq!(shown["available_resources"]["gpus"]["h100-sxm5-80gb"]["count"], 7);
    assert_eq!(shown["location_id"], DALLAS);
    let place = park.get(&format!("/locations/{DALLAS}")).body_json();
    assert!(place["hostnodes"].as_array().unwrap().contains(&shown));
    assert_eq!((&place["city"], &place["country"]), (&json!("Dallas"), &json!("USA")));
    let list = park.get("/locations/?limit=1&offset=1").body_json();
    assert_eq!(items(&list)[0]["id"], ASHTON);
    assert_eq!(items(&park.get("/locations/?offset=2").body_json()).len(), 0);
}
