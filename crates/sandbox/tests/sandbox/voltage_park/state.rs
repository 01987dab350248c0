//! Worlds: seeds, edits, persistence, and that the same inputs give the same bytes.

use std::time::Duration;

use plumb_sandbox::store::Store;
use plumb_sandbox::{FaultEffect, FaultMatch, FaultRule, FaultTiming, Reply, Request, WorldConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::park::{ASHTON, EIGHT_GPUS, Park, full, items, key, machine, rental, volume};
use crate::client::{Seen as _, clouds, new_world, set_park};

const VOLUME: &str = "11111111-1111-4111-8111-111111111111";
const RENTAL: &str = "22222222-2222-4222-8222-222222222222";

fn seeded() -> WorldConfig {
    serde_json::from_value(json!({ "voltage-park": { "seeded": {
        "ssh_keys": [{ "name": "someone", "content": "ssh-ed25519 A" }],
        "storage": [{ "id": VOLUME, "name": "shared", "size_in_gb": 7, "used_capacity_bytes": 9 }],
        "bare_metal": [
            {
                "id": RENTAL,
                "name": "person",
                "tags": ["x"],
                "network_type": "infiniband",
                "node_count": 2,
                "location_id": ASHTON,
                "sub_order": "12",
                "storage_id": VOLUME,
                "creation_timestamp": "2025-12-01T00:00:00Z",
            },
            { "name": "young", "status": "Pending" },
        ],
        "virtual_machines": [
            { "name": "big", "config_id": EIGHT_GPUS },
            { "name": "off", "status": "StoppedDisassociated", "resources": { "gpus": { "m": { "count": 2 } } } },
            { "name": "theirs", "organization": "others" },
        ],
    } } }))
    .unwrap()
}

#[test]
fn a_world_begins_with_what_is_seeded() {
    let mut park = Park::with(seeded());
    assert_eq!(park.world.effects().count(), 0);
    let shown = park.rental(RENTAL);
    assert_eq!((&shown["status"], &shown["node_count"]), (&json!("Running"), &json!(2)));
    assert_eq!((&shown["storage_id"], &shown["sub_order"]), (&json!(VOLUME), &json!("12")));
    assert_eq!(shown["creation_timestamp"], "2025-12-01T00:00:00.000Z");
    let volume = park.volume(VOLUME);
    assert_eq!((&volume["size_in_gb"], &volume["used_capacity_bytes"]), (&json!(7), &json!(9)));
    assert_eq!(volume["order_ids"], json!([RENTAL]));
    let machines = park.get("/virtual-machines/").body_json();
    assert_eq!(items(&machines).len(), 2);
    assert_eq!(items(&machines)[0]["resources"]["vcpu_count"], 52);
    // 16 GPUs, 8 Ethernet GPUs, 8 GPUs and disk, two disks, 7 GB.
    assert_eq!(park.hourly_rate(), "71.88121856");
    park.advance(900);
    let list = park.get("/bare-metal/").body_json();
    assert!(items(&list).iter().all(|it| it["status"] == "Running"));
    park.delete(&format!("/bare-metal/{RENTAL}"));
    let free = park.get("/bare-metal/locations").body_json();
    assert_eq!(items(&free)[1]["gpu_count_infiniband"], 80);
}

#[test]
fn what_cannot_be_seeded_is_said() {
    let mut config = WorldConfig::default();
    let rentals = vec![
        json!({ "id": "x", "name": "a" }),
        json!({ "name": "a", "location_id": "nowhere" }),
        json!({ "name": 7 }),
        json!({ "id": RENTAL, "name": "a" }),
        json!({ "id": RENTAL, "name": "b" }),
    ];
    set_park(&mut config, |settings| settings.seeded.get_or_insert_default().bare_metal = rentals);
    let (world, problems) = new_world(config);
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert_eq!(world.voltage_park().rentals.live().count(), 1);
}

#[test]
fn edits_of_every_sort() {
    let mut park = Park::with(seeded());
    let edit = |park: &mut Park, edit: Value| park.post("/_sandbox/edit", &edit).status;
    let (rental, vm) = ("voltage-park/bare-metal/person", "voltage-park/virtual-machines/big");
    for (change, status) in [
        (
            json!({ "op": "patch", "object": rental, "patch": { "name": "renamed", "tags": null } }),
            200,
        ),
        (json!({ "op": "patch", "object": rental, "patch": { "name": "x" } }), 400),
        (json!({ "op": "patch", "object": vm, "patch": { "nmae": "x" } }), 400),
        (json!({ "op": "power_off", "object": format!("voltage-park/bare-metal/{RENTAL}") }), 200),
        (json!({ "op": "power_off", "object": vm }), 200),
        (json!({ "op": "power_off", "object": "voltage-park/storage/shared" }), 400),
        (json!({ "op": "set_status", "object": vm, "status": "Outbid" }), 200),
        (json!({ "op": "republish", "object": vm }), 400),
        (json!({ "op": "delete", "object": "voltage-park/ssh-keys/someone" }), 200),
        (json!({ "op": "delete", "object": "voltage-park/ssh-keys/someone" }), 400),
        (json!({ "op": "delete", "object": "voltage-park/beer/a" }), 400),
        (
            json!({ "op": "create", "object": { "kind": "voltage-park/ssh-keys", "name": "n" } }),
            200,
        ),
        (
            json!({ "op": "create", "object": { "kind": "voltage-park/ssh-keys", "name": "n" } }),
            200,
        ),
        (json!({ "op": "delete", "object": "voltage-park/ssh-keys/n" }), 400),
        (
            json!({
                "op": "patch",
                "object": format!("voltage-park/stock/{ASHTON}"),
                "patch": { "infiniband": 8, "presets": { EIGHT_GPUS: 0 } },
            }),
            200,
        ),
        (json!({ "op": "patch", "object": "voltage-park/stock/x", "patch": {} }), 400),
    ] {
        assert_eq!(edit(&mut park, change.clone()), status, "{change}");
    }
    let shown = park.rental(RENTAL);
    assert_eq!((&shown["name"], &shown["tags"]), (&json!("renamed"), &json!([])));
    assert_eq!(shown["power_status"], "Stopped");
    let statuses: Vec<Value> = items(&park.get("/virtual-machines/").body_json())
        .iter()
        .map(|it| it["status"].clone())
        .collect();
    assert_eq!(statuses, ["StoppedDisassociated", "Outbid"]);
    let free = park.get("/bare-metal/locations").body_json();
    assert_eq!(items(&free)[1]["gpu_count_infiniband"], 8);
    assert!(park.world.effects().all().iter().all(|it| it.actor == "somebody-else"));
}

/// A history with every sort of call, and with time.
fn history(park: &mut Park) -> Vec<Reply> {
    let mut replies = Vec::new();
    let order = |path: &str, body: Value| Request::new("POST", &full(path)).json(&body);
    let requests = [
        order("/organization/ssh-keys", key("abc")),
        order("/storage/", volume("v")),
        order("/bare-metal/", rental("a")),
        order("/virtual-machines/instant", machine("a")),
        order("/virtual-machines/instant", json!({})),
        Request::new("GET", &full("/bare-metal/")),
        Request::new("GET", &full("/virtual-machines/")),
        Request::new("GET", &full("/storage")),
        Request::new("GET", &full("/storage/")),
        order("/bare-metal/", rental("lost")),
        Request::new("GET", &full("/billing/transactions")),
        Request::new("GET", &full("/billing/hourly-rate")),
    ];
    for (request, number) in requests.into_iter().zip(1..) {
        replies.push(park.send(request.at(Duration::from_secs(number * 300))));
    }
    replies
}

fn troubled(seed: u64) -> WorldConfig {
    let mut config = WorldConfig { seed, ..WorldConfig::default() };
    set_park(&mut config, |settings| {
        settings.knobs.create_visibility_lag.list_calls = 1;
        settings.knobs.vm_ip_delay = 700;
    });
    config.faults = vec![FaultRule {
        name: "late".to_owned(),
        matches: FaultMatch { path: Some("*/bare-metal/".to_owned()), ..FaultMatch::default() },
        when: FaultTiming { nth: Some(3), ..FaultTiming::default() },
        effect: FaultEffect::LateEffect { after_calls: 2 },
    }];
    config
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let replies = |seed| history(&mut Park::with(troubled(seed)));
    let (one, again, other) = (replies(7), replies(7), replies(8));
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert_eq!(one.iter().filter(|it| **it == Reply::Drop).count(), 1);
}

#[test]
fn a_world_survives_a_dump_and_a_kill() {
    let mut park = Park::with(troubled(7));
    history(&mut park);
    let dump = park.world.dump();
    let (mut loaded, _) = new_world(WorldConfig::default());
    loaded.load(&dump).unwrap();
    let again = loaded.dump();
    assert_eq!(again["world"]["clouds"]["voltage-park"], dump["world"]["clouds"]["voltage-park"]);
    assert_eq!(again["effects"], dump["effects"]);

    let folder = TempDir::new().unwrap();
    let (world, store, _) = Store::open(folder.path(), troubled(7), clouds()).unwrap();
    let shared = plumb_sandbox::SharedWorld::with_store(world, store);
    let bearer = format!("Bearer {}", park.key);
    let mut replayed = Park::with(troubled(7));
    let requests: Vec<_> = {
        history(&mut replayed);
        replayed.world.requests().all().cloned().collect()
    };
    for record in &requests {
        let target = format!("{}?{}", record.path, record.query);
        let target = target.trim_end_matches('?');
        let request = Request::new(&record.method, target).header("authorization", &bearer);
        let request = match &record.body {
            Some(body) => request.json(body),
            None => request,
        };
        drop(shared.handle(&request.at(record.real)));
    }
    let before = shared.with(|world| world.dump());
    drop(shared);
    let (world, _, _) = Store::open(folder.path(), troubled(7), clouds()).unwrap();
    let effects = |dump: &Value| dump["effects"].clone();
    assert_eq!(effects(&world.dump()), effects(&before));
    assert_eq!(
        world.dump()["world"]["clouds"]["voltage-park"],
        before["world"]["clouds"]["voltage-park"]
    );
    assert_eq!(effects(&before), effects(&dump));
}

#[test]
fn worlds_of_other_clouds_are_refused_by_name() {
    let mut park = Park::new();
    let mut dump = park.world.dump();
    let clouds = dump["world"]["clouds"].as_object_mut().unwrap();
    let ours = clouds.remove("voltage-park").unwrap();
    let missing = park.world.load(&dump).unwrap_err().to_string();
    assert!(missing.contains("the cloud voltage-park"), "{missing}");
    let clouds = dump["world"]["clouds"].as_object_mut().unwrap();
    clouds.extend([("voltage-park".to_owned(), ours.clone()), ("other".to_owned(), ours)]);
    let strange = park.world.load(&dump).unwrap_err().to_string();
    assert!(strange.contains("no cloud called other"), "{strange}");
    assert_eq!(items(&park.get("/bare-metal/locations").body_json()).len(), 2);
}
