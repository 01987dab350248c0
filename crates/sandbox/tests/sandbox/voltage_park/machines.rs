//! Instant virtual machines: their life, their power, and what each state costs.

use plumb_sandbox_voltage_park::knobs::RestartWithoutCapacity;
use serde_json::{Value, json};

use super::park::{ASHTON, DALLAS, EIGHT_GPUS, NOBODY, Park, items, machine};
use crate::client::Seen as _;

#[test]
fn a_machine_lives_and_dies() {
    let mut park = Park::new();
    let mut order = machine("trainer");
    order["tags"] = json!(["a", "b"]);
    order["password"] = json!("synthetic-password-91c2");
    order["ssh_keys"] = json!(["ssh-rsa AAAA"]);
    order["cloud_init"] = json!({ "packages": ["htop"], "write_files": null });
    let response = park.post("/virtual-machines/instant", &order);
    assert_eq!(response.status, 201);
    let id = response.body_json()["vm_id"].as_str().unwrap().to_owned();
    let shown = park.machine(&id);
    assert_eq!(shown["status"], "Running");
    assert_eq!(shown["tags"], json!(["a", "b"]));
    assert_eq!(shown["operating_system"], "TensorML 24 Everything");
    assert_eq!(shown["resources"]["gpus"], json!({ "h100-sxm5-80gb": { "count": 1 } }));
    assert_eq!(shown["pricing"]["total_associated_per_hr"], "1.990000");
    assert_eq!(shown["pricing"]["total_disassociated_per_hr"], "0.100000");
    assert_eq!(shown["pricing"]["vcpu_per_hr"], shown["pricing"]["vcpus_per_hr"]);
    assert!(shown["public_ip"].as_str().unwrap().starts_with("198."));
    assert!(!shown.to_string().contains("synthetic-password"));
    let list = park.get("/virtual-machines/").body_json();
    assert_eq!(items(&list), &vec![shown]);
    let patch = json!({ "name": "renamed" });
    let answer = park.patch(&format!("/virtual-machines/{id}"), &patch);
    assert_eq!(answer.body_json(), json!({ "name": "renamed", "tags": ["a", "b"] }));
    let answer = park.delete(&format!("/virtual-machines/{id}"));
    assert_eq!((answer.status, answer.body.as_slice()), (202, &b"null"[..]));
    assert_eq!(park.get(&format!("/virtual-machines/{id}")).status, 404);
    assert_eq!(items(&park.get("/virtual-machines/").body_json()).len(), 0);
    assert_eq!(park.delete(&format!("/virtual-machines/{id}")).status, 404);
}

#[test]
fn power_moves_along_the_documented_edges() {
    const RUNNING: &str = "Running";
    const STOPPED: &str = "Stopped";
    const FREED: &str = "StoppedDisassociated";
    for (path, wanted, status, after) in [
        (&[][..], "started", 200, RUNNING),
        (&[], "stopped", 200, STOPPED),
        (&[], "stopped_disassociated", 200, FREED),
        (&["stopped"], "started", 200, RUNNING),
        (&["stopped"], "stopped", 200, STOPPED),
        (&["stopped"], "stopped_disassociated", 200, FREED),
        (&["stopped_disassociated"], "started", 200, RUNNING),
        (&["stopped_disassociated"], "stopped", 400, FREED),
        (&["stopped_disassociated"], "stopped_disassociated", 200, FREED),
    ] {
        let mut park = Park::new();
        let id = park.add_machine("a");
        for step in path {
            assert_eq!(park.power(&id, step).status, 200);
        }
        let answer = park.power(&id, wanted);
        assert_eq!(answer.status, status, "{path:?} {wanted}");
        if status == 200 {
            assert_eq!(answer.body_json(), json!({ "status": wanted }));
        }
        assert_eq!(park.machine(&id)["status"], after, "{path:?} {wanted}");
        let rate = if after == FREED { "0.100000" } else { "1.990000" };
        assert_eq!(park.hourly_rate(), rate);
    }
}

#[test]
fn unknown_ids_are_not_found() {
    let mut park = Park::new();
    let path = format!("/virtual-machines/{NOBODY}");
    assert_eq!(park.get(&path).status, 404);
    assert_eq!(park.patch(&path, &json!({})).status, 404);
    assert_eq!(park.power(NOBODY, "started").status, 404);
    assert_eq!(park.delete(&path).status, 404);
}

#[test]
fn ids_are_read_in_upper_case_and_without_hyphens() {
    let mut park = Park::new();
    let id = park.add_machine("a");
    for form in [id.to_uppercase(), id.replace('-', "")] {
        assert_eq!(park.machine(&form)["id"], Value::String(id.clone()));
    }
}

#[test]
fn machines_go_where_there_is_stock_until_there_is_none() {
    let mut park = Park::new();
    let mut order = machine("big");
    order["config_id"] = json!(EIGHT_GPUS);
    let mut places = Vec::new();
    for _ in 0..3 {
        let response = park.post("/virtual-machines/instant", &order);
        let id = response.body_json()["vm_id"].as_str().unwrap().to_owned();
        let node = park.machine(&id)["hostnode_id"].as_str().unwrap().to_owned();
        let node = park.get(&format!("/hostnodes/{node}")).body_json();
        places.push(node["location_id"].as_str().unwrap().to_owned());
    }
    assert_eq!(places, [DALLAS, ASHTON, ASHTON]);
    let refused = park.post("/virtual-machines/instant", &order);
    assert_eq!(refused.status, 400);
    assert!(refused.body_json()["detail"].is_string());
}

#[test]
fn an_address_may_follow_and_a_first_status_give_way() {
    let mut park = Park::turned(|knobs| {
        knobs.vm_first_status = "Provisioning".to_owned();
        knobs.vm_ip_delay = 60;
    });
    let id = park.add_machine("a");
    let shown = park.machine(&id);
    assert_eq!((&shown["status"], &shown["public_ip"]), (&json!("Provisioning"), &json!("")));
    assert_eq!(park.power(&id, "stopped").status, 400);
    park.advance(59);
    assert_eq!(park.machine(&id)["status"], "Provisioning");
    park.advance(1);
    let shown = park.machine(&id);
    assert_eq!(shown["status"], "Running");
    assert_ne!(shown["public_ip"], "");
}

#[test]
fn what_is_disassociated_gives_its_resources_to_others() {
    let mut park = Park::turned(|knobs| knobs.capacity = [(format!("{ASHTON}/*"), 0)].into());
    let id = park.add_machine("a");
    assert_eq!(park.power(&id, "stopped_disassociated").status, 200);
    // Three others take what is left of the four in Dallas, and what the first one gave back.
    for name in ["b", "c", "d", "e"] {
        park.add_machine(name);
    }
    assert_eq!(park.post("/virtual-machines/instant", &machine("f")).status, 400);
    let refused = park.power(&id, "started");
    assert_eq!(refused.status, 400);
    assert!(refused.body_json()["detail"].is_string());
    assert_eq!(park.machine(&id)["status"], "StoppedDisassociated");
    park.turn(|knobs| knobs.restart_without_capacity = RestartWithoutCapacity::Stuck);
    assert_eq!(park.power(&id, "started").status, 200);
    assert_eq!(park.machine(&id)["status"], "Stopped");
    // Disk of one machine, everything of four.
    assert_eq!(park.hourly_rate(), "8.060000");
    let other = park.world.voltage_park().machines.live().last().unwrap().record.id.clone();
    assert_eq!(park.delete(&format!("/virtual-machines/{other}")).status, 202);
    assert_eq!(park.power(&id, "started").status, 200);
    assert_eq!(park.machine(&id)["status"], "Running");
    assert_eq!(park.hourly_rate(), "7.960000");
}

#[test]
fn a_machine_moves_only_while_it_is_disassociated() {
    let mut park = Park::new();
    let id = park.add_machine("a");
    let path = format!("/virtual-machines/{id}/relocate");
    assert_eq!(park.post(&path, &json!({})).status, 400);
    let before = park.machine(&id)["hostnode_id"].clone();
    assert_eq!(park.power(&id, "stopped_disassociated").status, 200);
    assert_eq!(park.post(&path, &json!({})).status, 202);
    let shown = park.machine(&id);
    assert_eq!(shown["status"], "Relocating");
    assert_ne!(shown["hostnode_id"], before);
    assert_eq!(park.power(&id, "started").status, 400);
    park.advance(300);
    assert_eq!(park.machine(&id)["status"], "StoppedDisassociated");
    assert_eq!(park.power(&id, "started").status, 200);
}

#[test]
fn patches_tell_absent_null_and_empty_apart() {
    let mut park = Park::new();
    let mut order = machine("a");
    order["tags"] = json!(["x"]);
    let id = park.post("/virtual-machines/instant", &order).body_json()["vm_id"].clone();
    let path = format!("/virtual-machines/{}", id.as_str().unwrap());
    for (body, name, tags) in [
        (json!({}), "a", json!(["x"])),
        (json!({ "name": null, "tags": null }), "a", json!(["x"])),
        (json!({ "name": "b" }), "b", json!(["x"])),
        (json!({ "tags": ["y", "z"] }), "b", json!(["y", "z"])),
        (json!({ "tags": [] }), "b", json!([])),
    ] {
        let answer = park.patch(&path, &body);
        assert_eq!(answer.body_json(), json!({ "name": name, "tags": tags }), "{body}");
    }
}
