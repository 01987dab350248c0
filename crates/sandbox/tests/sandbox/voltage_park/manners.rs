//! What is noticed about clients, and what the ledger of effects tells.

use plumb_sandbox::{EffectKind, FindingKind, Request};
use serde_json::{Value, json};

use super::park::{Park, full, machine, rental};
use crate::client::Seen as _;

fn found(park: &Park) -> Vec<(FindingKind, String)> {
    park.world.findings().iter().map(|it| (it.kind, it.detail.clone())).collect()
}

/// Looks at the stock, as an orderly client does before it orders.
fn looked() -> Park {
    let mut park = Park::new();
    park.get("/bare-metal/locations");
    park.get("/virtual-machines/instant/locations");
    park
}

#[test]
fn an_orderly_client_is_not_noticed() {
    let mut park = looked();
    let mut order = machine("a");
    order["tags"] = json!(["plumb.dev/stack=s", "plumb.dev/uid=1"]);
    order["organization_ssh_keys"] = json!({ "mode": "none" });
    order["cloud_init"] = json!({ "write_files": [{ "path": "/x", "content": "y" }] });
    let id = park.post("/virtual-machines/instant", &order).body_json()["vm_id"].clone();
    let id = id.as_str().unwrap();
    let tags = json!({ "tags": ["plumb.dev/stack=s", "plumb.dev/uid=1", "mine"] });
    park.patch(&format!("/virtual-machines/{id}"), &tags);
    park.patch(&format!("/virtual-machines/{id}"), &json!({ "tags": ["plumb.dev/stack=s"] }));
    park.power(id, "stopped");
    park.delete(&format!("/virtual-machines/{id}"));
    let key = park.add_key("abc");
    park.delete(&format!("/organization/ssh-keys/{key}"));
    assert_eq!(found(&park), []);
}

#[test]
fn bad_manners_are_noticed() {
    let mut park = Park::new();
    park.add_machine("a");
    let unread = "voltage-park.machines.create".to_owned();
    assert_eq!(found(&park), [(FindingKind::CreateWithoutCapacityRead, unread)]);

    let mut park = looked();
    park.advance(25 * 3600);
    park.add_rental("a");
    assert_eq!(found(&park)[0].0, FindingKind::CreateWithoutCapacityRead);

    let mut park = looked();
    let request = Request::new("GET", &full("/storage/")).json(&json!({}));
    park.answer(request);
    assert_eq!(found(&park), [(FindingKind::BodyOnGet, "/api/v1/storage/".to_owned())]);

    let mut park = looked();
    let mut order = machine("a");
    order["location_id"] = json!("x");
    order["organization_ssh_keys"] = json!({ "mode": "selective", "ssh_key_ids": [], "more": 1 });
    order["cloud_init"] = json!({ "write_files": [{ "path": "/x", "content": "y", "mode": 1 }] });
    park.post("/virtual-machines/instant", &order);
    let mut fields: Vec<String> = found(&park).into_iter().map(|it| it.1).collect();
    fields.sort();
    let expected = ["cloud_init.write_files[0].mode", "location_id", "organization_ssh_keys.more"];
    assert_eq!(fields, expected);

    let mut park = looked();
    let mut order = machine("a");
    order["tags"] = json!(["theirs"]);
    let id = park.post("/virtual-machines/instant", &order).body_json()["vm_id"].clone();
    let id = id.as_str().unwrap();
    park.power(id, "started");
    assert_eq!(found(&park), [(FindingKind::NeedlessPower, "started".to_owned())]);
    park.delete(&format!("/virtual-machines/{id}"));
    assert_eq!(found(&park)[1], (FindingKind::DeleteWithoutOwnership, "a".to_owned()));
}

#[test]
fn lost_tags_and_twins_are_noticed() {
    let mut park = looked();
    let mut order = rental("a");
    order["tags"] = json!(["plumb.dev/stack=s", "plumb.dev/uid=1"]);
    let id = park.post("/bare-metal/", &order).body_json()["rental_id"].clone();
    let id = id.as_str().unwrap();
    park.advance(900);
    let edit = json!({
        "op": "relabel",
        "object": format!("voltage-park/bare-metal/{id}"),
        "labels": { "team": "vision", "keep": "" },
    });
    assert_eq!(park.post("/_sandbox/edit", &edit).status, 200);
    let tags = json!(["plumb.dev/stack=s", "plumb.dev/uid=1", "keep", "team=vision"]);
    assert_eq!(park.rental(id)["tags"], tags);
    park.patch(&format!("/bare-metal/{id}"), &json!({ "tags": ["keep"] }));
    assert_eq!(found(&park), [(FindingKind::ForeignLabelDropped, "team=vision".to_owned())]);
    park.patch(&format!("/bare-metal/{id}"), &json!({ "tags": tags }));
    let mut twin = machine("b");
    twin["tags"] = json!(["plumb.dev/uid=1"]);
    park.post("/virtual-machines/instant", &twin);
    assert_eq!(found(&park)[1].0, FindingKind::DuplicateUid);
    park.delete(&format!("/bare-metal/{id}"));
    let count = found(&park).len();
    let copied = json!({ "kind": "voltage-park/virtual-machines", "name": "c", "tags": ["plumb.dev/uid=1"] });
    assert_eq!(
        park.post("/_sandbox/edit", &json!({ "op": "create", "object": copied })).status,
        200
    );
    assert_eq!(found(&park).len(), count);
}

#[test]
fn deleting_a_persons_volume_or_key_is_noticed() {
    let mut park = Park::new();
    for (kind, path) in [("storage", "/storage"), ("ssh-keys", "/organization/ssh-keys")] {
        let object = json!({ "kind": format!("voltage-park/{kind}"), "name": "theirs" });
        park.post("/_sandbox/edit", &json!({ "op": "create", "object": object }));
        let created = park.world.effects().of_kind(EffectKind::Created).last().unwrap();
        let id = created.object.rsplit_once('/').unwrap().1.to_owned();
        assert_eq!(park.delete(&format!("{path}/{id}")).status, 204);
    }
    let kinds: Vec<FindingKind> = found(&park).into_iter().map(|it| it.0).collect();
    assert_eq!(kinds, [FindingKind::DeleteWithoutOwnership; 2]);
}

#[test]
fn every_change_is_an_effect() {
    let mut park = Park::new();
    let mut order = rental("a");
    order["tags"] = json!(["plumb.dev/uid=1"]);
    let storage = park.add_volume("v");
    order["storage_id"] = json!(storage);
    let id = park.post("/bare-metal/", &order).body_json()["rental_id"].clone();
    let id = id.as_str().unwrap();
    park.advance(900);
    park.patch(&format!("/bare-metal/{id}"), &json!({ "name": "b" }));
    park.patch(&format!("/bare-metal/{id}"), &json!({ "name": "b" }));
    park.put(&format!("/bare-metal/{id}/power-status"), &json!({ "status": "stopped" }));
    park.put(&format!("/bare-metal/{id}/power-status"), &json!({ "status": "stopped" }));
    park.delete(&format!("/bare-metal/{id}"));
    let (rental, volume) =
        (format!("voltage-park/bare-metal/{id}"), format!("voltage-park/storage/{storage}"));
    let effects = park.world.effects();
    assert!(effects.all().iter().all(|it| it.cloud == "voltage-park"));
    let short = |object: &str| -> Vec<(EffectKind, Value)> {
        let of_object = effects.of_object(object);
        let what = |detail: &Value| ["changed", "verb"].map(|name| detail[name].clone());
        of_object.map(|it| (it.kind, json!(what(&it.detail)))).collect()
    };
    assert_eq!(
        short(&rental),
        [
            (EffectKind::Created, json!([null, null])),
            (EffectKind::Updated, json!([true, null])),
            (EffectKind::Updated, json!([false, null])),
            (EffectKind::Action, json!([null, "stopped"])),
            (EffectKind::Action, json!([false, "stopped"])),
            (EffectKind::Deleted, json!([null, null])),
            (EffectKind::Gone, json!([null, null])),
        ]
    );
    assert_eq!(
        short(&volume),
        [
            (EffectKind::Created, json!([null, null])),
            (EffectKind::Updated, json!([true, null])),
            (EffectKind::Updated, json!([true, null])),
        ]
    );
    let created = effects.of_object(&rental).next().unwrap();
    assert_eq!(created.detail["tags"], json!(["plumb.dev/uid=1"]));
    assert_eq!(
        (&created.detail["name"], &created.detail["hourlyRate"]),
        (&json!("a"), &json!("19.920000"))
    );
    assert_eq!(created.actor, park.world.park().config().keys[0].id());
    assert!(!created.request.is_empty() && !created.digest.is_empty());
    assert_eq!(volume_rate(&park), "0.017408");
}

fn volume_rate(park: &Park) -> String {
    let kept = park.world.voltage_park().volumes.live().next().unwrap();
    assert_eq!((kept.size_in_gb, kept.order_ids.len()), (100, 0));
    park.world.voltage_park().hourly_rate("default").to_string()
}
