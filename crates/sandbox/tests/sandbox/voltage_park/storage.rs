//! Volumes and SSH keys.

use plumb_sandbox_voltage_park::knobs::{DeleteAttached, DuplicateNameCode, Shrink, StorageNames};
use serde_json::{Value, json};

use super::park::{NOBODY, Park, items, key, rental, volume};

#[test]
fn a_volume_lives_and_dies() {
    let mut park = Park::new();
    let response = park.post("/storage/", &volume("shared"));
    assert_eq!(response.status, 201);
    let made = response.body_json();
    assert_eq!((&made["status"], &made["rate_hourly"]), (&json!("active"), &json!("0.017408")));
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("/storage/{id}");
    let mut shown = park.volume(&id);
    assert_eq!(shown.as_object_mut().unwrap().remove("used_capacity_bytes"), Some(json!(0)));
    assert_eq!(shown, made);
    let changed = park.patch(&path, &json!({ "size_in_gb": 101, "name": "other" })).body_json();
    assert_eq!(
        (&changed["name"], &changed["rate_hourly"]),
        (&json!("other"), &json!("0.01758208"))
    );
    assert_eq!(park.patch(&path, &json!({ "size_in_gb": null })).body_json(), changed);
    assert_eq!(items(&park.get("/storage/").body_json()), &vec![changed]);
    let answer = park.delete(&path);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!((park.get(&path).status, park.delete(&path).status), (404, 404));
}

#[test]
fn rentals_mount_volumes_both_ways() {
    let mut park = Park::new();
    let id = park.add_volume("shared");
    let mut order = rental("a");
    order["storage_id"] = json!(id);
    let first = park.post("/bare-metal/", &order).body_json()["rental_id"].clone();
    let second = park.add_rental("b");
    assert_eq!(park.volume(&id)["order_ids"], json!([first]));
    park.advance(900);
    assert_eq!(park.rental(first.as_str().unwrap())["storage_id"], json!(id));
    let path = format!("/storage/{id}");
    for (body, status, after) in [
        (json!({ "order_ids": [second] }), 200, json!([second])),
        (json!({ "order_ids": [second, NOBODY] }), 400, json!([second])),
        (json!({ "order_ids": null }), 200, json!([second])),
        (json!({ "order_ids": [] }), 200, json!([])),
        (json!({ "order_ids": [first, second] }), 200, json!([first, second])),
    ] {
        assert_eq!(park.patch(&path, &body).status, status, "{body}");
        assert_eq!(park.volume(&id)["order_ids"], after, "{body}");
    }
    assert_eq!(park.delete(&path).status, 400);
    park.delete(&format!("/bare-metal/{second}"));
    assert_eq!(park.volume(&id)["order_ids"], json!([first]));
    park.turn(|knobs| knobs.delete_attached = DeleteAttached::Detached);
    assert_eq!(park.delete(&path).status, 204);
    assert_eq!(park.rental(first.as_str().unwrap())["storage_id"], Value::Null);
}

#[test]
fn shrinking_depends() {
    for (knob, to, status) in [
        (Shrink::DownToUsed, 60, 200),
        (Shrink::DownToUsed, 50, 200),
        (Shrink::DownToUsed, 49, 400),
        (Shrink::Refused, 60, 400),
        (Shrink::Refused, 100, 200),
        (Shrink::Allowed, 1, 200),
    ] {
        let mut park = Park::turned(|knobs| knobs.shrink = knob);
        let id = park.add_volume("shared");
        let patch = json!({
            "op": "patch",
            "object": "voltage-park/storage/shared",
            "patch": { "used_capacity_bytes": 50_000_000_000_u64 },
        });
        assert_eq!(park.post("/_sandbox/edit", &patch).status, 200);
        let answer = park.patch(&format!("/storage/{id}"), &json!({ "size_in_gb": to }));
        assert_eq!(answer.status, status, "{knob:?} to {to}");
    }
}

#[test]
fn volume_names_are_strict_and_unique_unless_told_otherwise() {
    let long = "a".repeat(61);
    let mut park = Park::new();
    park.add_volume("shared");
    for name in ["", "My Volume", "-a", "a-", ".a", "A", "é", &long] {
        assert_eq!(park.post("/storage/", &volume(name)).status, 422, "{name}");
    }
    for name in ["a", "0", "a.b_c-d", &long[1..]] {
        park.add_volume(name);
    }
    assert_eq!(park.post("/storage/", &volume("shared")).status, 400);
    let other = park.add_volume("other");
    let path = format!("/storage/{other}");
    assert_eq!(park.patch(&path, &json!({ "name": "shared" })).status, 400);
    assert_eq!(park.patch(&path, &json!({ "name": "other" })).status, 200);
    park.turn(|knobs| knobs.dup_name_code = DuplicateNameCode::Conflict);
    assert_eq!(park.post("/storage/", &volume("shared")).status, 409);
    park.turn(|knobs| knobs.dup_name_code = DuplicateNameCode::Unprocessable);
    let refused = park.post("/storage/", &volume("shared")).body_json();
    assert_eq!(refused["detail"][0]["loc"], json!(["body", "name"]));
    park.turn(|knobs| knobs.storage_names = StorageNames::FreeText);
    park.add_volume("My Storage Volume");
    park.add_volume("shared");
}

#[test]
fn a_volume_may_be_inactive_at_first() {
    let mut park = Park::turned(|knobs| knobs.storage_lag = 20);
    let made = park.post("/storage/", &volume("shared")).body_json();
    assert_eq!(made["status"], "inactive");
    park.advance(20);
    assert_eq!(park.volume(made["id"].as_str().unwrap())["status"], "active");
}

#[test]
fn keys_are_added_and_removed() {
    let mut park = Park::new();
    let body = key("My-SSH Key 1");
    let response = park.post("/organization/ssh-keys", &body);
    assert_eq!(response.status, 201);
    let made = response.body_json();
    assert_eq!((&made["name"], &made["content"]), (&body["name"], &body["content"]));
    assert_eq!(items(&park.get("/organization/ssh-keys").body_json()), &vec![made.clone()]);
    assert_eq!(park.post("/organization/ssh-keys", &body).status, 400);
    let id = made["id"].as_str().unwrap();
    let choice = json!({ "mode": "selective", "ssh_key_ids": [id.to_uppercase()] });
    let mut order = rental("a");
    order["organization_ssh_keys"] = choice;
    assert_eq!(park.post("/bare-metal/", &order).status, 201);
    let path = format!("/organization/ssh-keys/{id}");
    let answer = park.delete(&path);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(park.delete(&path).status, 404);
    assert_eq!(park.post("/organization/ssh-keys", &body).status, 201);
}
