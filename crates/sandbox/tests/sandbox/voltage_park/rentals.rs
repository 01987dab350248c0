//! Bare-metal rentals: their life, power, reboots and stock.

use plumb_sandbox::Request;
use plumb_sandbox_voltage_park::knobs::{BareMetalOutcome, PendingShape, PendingTags};
use serde_json::{Value, json};

use super::park::{ASHTON, DALLAS, NOBODY, Park, full, item, items, rental};
use crate::client::Seen as _;

#[test]
fn nodes_are_taken_away_with_their_price() {
    let mut park = Park::new();
    let mut order = rental("a");
    order["gpu_count"] = json!(16);
    let id = park.post("/bare-metal/", &order).body_json()["rental_id"].clone();
    let id = id.as_str().unwrap();
    let path = format!("/bare-metal/{id}/remove-nodes");
    let remove =
        |park: &mut Park, nodes: Value| park.patch(&path, &json!({ "public_ips": nodes })).status;
    assert_eq!(remove(&mut park, json!(["198.18.0.1"])), 400, "while it is pending");
    park.advance(900);
    let before = park.rental(id);
    let nodes: Vec<Value> = before["node_networking"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["public_ip"].clone())
        .collect();
    assert_eq!(remove(&mut park, json!(["1.2.3.4"])), 400);
    assert_eq!(remove(&mut park, json!([])), 400);
    assert_eq!(remove(&mut park, json!(nodes)), 400, "not all of them");
    let rate = park.hourly_rate();
    assert_eq!(remove(&mut park, json!([nodes[1]])), 200);
    assert_eq!(park.rental(id)["status"], "Pending");
    park.advance(900);
    let after = park.rental(id);
    assert_eq!((&after["status"], &after["node_count"]), (&json!("Running"), &json!(1)));
    let half = |text: &str| text.parse::<f64>().unwrap() / 2.0;
    assert!((half(&rate) - park.hourly_rate().parse::<f64>().unwrap()).abs() < 1e-6);
}

#[test]
fn locations_in_detail_are_no_rental() {
    let mut park = Park::new();
    let detailed = park.get("/bare-metal/detailed-locations");
    assert_eq!(detailed.status, 200);
    assert_eq!(detailed.body_json(), park.get("/bare-metal/locations").body_json());
}

#[test]
fn an_organization_has_a_name_and_addresses() {
    let mut park = Park::new();
    let before = park.get("/organization").body_json();
    assert_eq!(before["name"], "default");
    assert_eq!(before["billing_notification_target_emails"], json!([]));
    let emails = json!(["bills@example.com"]);
    let change = json!({ "billing_notification_target_emails": emails, "name": null });
    let answer = park.patch("/organization", &change);
    assert_eq!((answer.status, answer.body_json()), (200, park.get("/organization").body_json()));
    let after = park.get("/organization").body_json();
    assert_eq!((&after["id"], &after["name"]), (&before["id"], &before["name"]));
    assert_eq!(after["billing_notification_target_emails"], emails);
    assert_eq!(park.patch("/organization", &json!({ "name": 7 })).status, 422);
    assert_eq!(park.anonymous(&Request::new("GET", &full("/organization"))).status, 401);
}

#[test]
fn a_rental_is_pending_in_part_and_then_whole() {
    let mut park = Park::new();
    let mut order = rental("trainer");
    order["gpu_count"] = json!(16);
    order["tags"] = json!(["a"]);
    order["sub_order"] = json!(12345);
    order["cloudinit_script"] = json!({ "runcmd": ["true"] });
    let response = park.post("/bare-metal/", &order);
    assert_eq!(response.status, 201);
    let body = response.body_json();
    let id = body["rental_id"].as_str().unwrap().to_owned();
    assert_eq!(body["warning"], Value::Null);
    let shown = park.rental(&id);
    let fields: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["creation_timestamp", "id", "name", "rate_hourly", "status", "tags"]);
    assert_eq!(shown["status"], "Pending");
    assert_eq!(shown["rate_hourly"], "39.840000");
    park.advance(899);
    assert_eq!(park.rental(&id)["status"], "Pending");
    park.advance(1);
    let shown = park.rental(&id);
    assert_eq!((&shown["status"], &shown["power_status"]), (&json!("Running"), &json!("Running")));
    assert_eq!((&shown["node_count"], &shown["sub_order"]), (&json!(2), &json!("12345")));
    assert_eq!(shown["network_type"], "infiniband");
    assert_eq!(shown["node_networking"].as_array().unwrap().len(), 2);
    assert_eq!(shown["specs_per_node"]["gpu_count"], 8);
    let canary = park.world.park().config().secrets.kubeconfig.clone();
    assert_eq!(shown["kubeconfig"], json!(canary));
    assert_eq!(park.get(&format!("/bare-metal/{id}")).body_json(), shown);
    let answer = park.delete(&format!("/bare-metal/{id}"));
    assert_eq!((answer.status, answer.body.as_slice()), (202, &b"null"[..]));
    assert_eq!(park.rental(&id), Value::Null);
    assert_eq!(park.get(&format!("/bare-metal/{id}")).status, 404);
}

#[test]
fn only_a_delete_is_possible_while_a_rental_is_pending() {
    let mut park = Park::new();
    let id = park.add_rental("a");
    let path = format!("/bare-metal/{id}");
    assert_eq!(park.patch(&path, &json!({ "name": "b" })).status, 400);
    assert_eq!(
        park.put(&format!("{path}/power-status"), &json!({ "status": "stopped" })).status,
        400
    );
    assert_eq!(park.post(&format!("{path}/reboot"), &json!({ "public_ips": [] })).status, 400);
    assert_eq!(park.delete(&path).status, 202);
    park.advance(900);
    assert_eq!(park.rental(&id), Value::Null);
}

#[test]
fn power_is_beside_the_status_and_costs_the_same() {
    let mut park = Park::new();
    let id = park.add_running_rental("a");
    let path = format!("/bare-metal/{id}/power-status");
    let put = |park: &mut Park, wanted: &str| {
        let answer = park.put(&path, &json!({ "status": wanted }));
        assert_eq!(answer.status, 200);
        answer.body_json()
    };
    assert!(put(&mut park, "started").is_string());
    assert_eq!(put(&mut park, "stopped"), Value::Null);
    let shown = park.rental(&id);
    assert_eq!((&shown["status"], &shown["power_status"]), (&json!("Running"), &json!("Stopped")));
    assert_eq!(park.hourly_rate(), "19.920000");
    assert!(put(&mut park, "stopped").is_string());
    assert_eq!(put(&mut park, "started"), Value::Null);
    assert_eq!(park.rental(&id)["power_status"], "Running");
}

#[test]
fn a_reboot_is_pending_for_a_while() {
    let mut park = Park::new();
    let id = park.add_running_rental("a");
    let node = park.rental(&id)["node_networking"][0]["public_ip"].clone();
    let path = format!("/bare-metal/{id}/reboot");
    for nodes in [json!(["203.0.113.1"]), json!([node, "203.0.113.1"]), json!([])] {
        assert_eq!(park.post(&path, &json!({ "public_ips": nodes })).status, 400);
        assert_eq!(park.rental(&id)["status"], "Running");
    }
    let answer = park.post(&path, &json!({ "public_ips": [node] }));
    assert_eq!((answer.status, answer.body_json()), (201, Value::Null));
    assert_eq!(park.rental(&id)["status"], "Pending");
    park.turn(|knobs| knobs.bm_outcome = BareMetalOutcome::Failed);
    park.advance(300);
    assert_eq!(park.rental(&id)["status"], "Running");
}

#[test]
fn a_failed_rental_stays_and_is_free() {
    let mut park = Park::turned(|knobs| knobs.bm_outcome = BareMetalOutcome::Failed);
    let id = park.add_rental("a");
    assert_eq!(park.hourly_rate(), "19.920000");
    park.advance(900);
    assert_eq!(park.rental(&id)["status"], "Failed");
    assert_eq!(park.hourly_rate(), "0.000000");
    assert_eq!(park.patch(&format!("/bare-metal/{id}"), &json!({ "name": "b" })).status, 400);
    assert_eq!(park.delete(&format!("/bare-metal/{id}")).status, 202);
    assert_eq!(park.rental(&id), Value::Null);
}

#[test]
fn gpus_are_taken_and_given_back() {
    let mut park = Park::new();
    let free = |park: &mut Park, location: &str| {
        let list = park.get("/bare-metal/locations").body_json();
        let found = item(&list, location);
        let count = |name: &str| found[name].as_u64().unwrap();
        (count("gpu_count_ethernet"), count("gpu_count_infiniband"))
    };
    assert_eq!((free(&mut park, ASHTON), free(&mut park, DALLAS)), ((64, 64), (16, 16)));
    let mut order = rental("a");
    order["gpu_count"] = json!(48);
    let id = park.post("/bare-metal/", &order).body_json()["rental_id"].clone();
    assert_eq!(free(&mut park, ASHTON), (64, 16));
    order["gpu_count"] = json!(24);
    let refused = park.post("/bare-metal/", &order);
    assert_eq!(refused.status, 400);
    assert_eq!(free(&mut park, ASHTON), (64, 16));
    order["network_type"] = json!("ethernet");
    assert_eq!(park.post("/bare-metal/", &order).status, 201);
    assert_eq!(free(&mut park, ASHTON), (40, 16));
    park.delete(&format!("/bare-metal/{}", id.as_str().unwrap()));
    assert_eq!((free(&mut park, ASHTON), free(&mut park, DALLAS)), ((40, 64), (16, 16)));
}

#[test]
fn orders_that_cannot_be_met_are_refused() {
    let mut park = Park::new();
    for (field, value) in [
        ("gpu_count", json!(1)),
        ("gpu_count", json!(12)),
        ("gpu_count", json!(0)),
        ("gpu_count", json!(-8)),
        ("gpu_count", json!(1_000_000)),
        ("location_id", json!(NOBODY)),
        ("storage_id", json!(NOBODY)),
        ("organization_ssh_keys", json!({ "mode": "selective", "ssh_key_ids": [NOBODY] })),
        ("tags", json!((0..21).map(|index| index.to_string()).collect::<Vec<_>>())),
        ("tags", json!(["x".repeat(65)])),
        ("tags", json!(["a\nb"])),
        ("tags", json!(["ä"])),
    ] {
        let mut order = rental("a");
        order[field] = value.clone();
        let refused = park.post("/bare-metal/", &order);
        assert_eq!(refused.status, 400, "{field} {value}");
        assert!(refused.body_json()["detail"].is_string());
    }
    assert_eq!(park.world.effects().count(), 0);
}

#[test]
fn a_pending_rental_shows_what_the_knobs_say() {
    let mut park = Park::turned(|knobs| knobs.pending_tags = PendingTags::Absent);
    let id = park.add_rental("a");
    assert!(park.rental(&id).get("tags").is_none());
    park.turn(|knobs| knobs.pending_shape = PendingShape::Full);
    let shown = park.rental(&id);
    assert!(shown.get("tags").is_none());
    assert_eq!((&shown["node_count"], &shown["kubeconfig"]), (&json!(1), &Value::Null));
    assert_eq!(shown["node_networking"], json!([]));
}

#[test]
fn names_are_not_unique() {
    let mut park = Park::new();
    park.add_rental("same");
    park.add_rental("same");
    assert_eq!(items(&park.get("/bare-metal/").body_json()).len(), 2);
}
