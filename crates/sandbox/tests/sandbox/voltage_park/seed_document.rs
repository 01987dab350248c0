//! The vendor's own example requests, one for each row of the coverage checklist: method, path and
//! body as printed, but for ids that must exist, and every answer the page documents for it.

use std::collections::BTreeSet;

use plumb_sandbox::{Request, Response};
use serde_json::{Value, json};

use super::park::{ASHTON, DALLAS, NOBODY, ONE_GPU, Park, full, item};
use crate::client::{all_operations, operations_of};

/// A row with what it was answered.
type Seen = BTreeSet<(String, u16)>;

/// The rows of the checklist with the codes the page documents.
const DOCUMENTED: [(&str, &[u16]); 31] = [
    ("VP-01", &[200, 422]),
    ("VP-02", &[200, 422]),
    ("VP-03", &[200, 404, 422]),
    ("VP-04", &[201, 400, 422]),
    ("VP-05", &[200, 422]),
    ("VP-06", &[200, 404, 422]),
    ("VP-07", &[200, 400, 422]),
    ("VP-08", &[202, 400, 422]),
    ("VP-09", &[200, 422]),
    ("VP-10", &[200, 422]),
    ("VP-11", &[200, 422]),
    ("VP-12", &[200]),
    ("VP-13", &[201, 400, 422]),
    ("VP-14", &[200, 422]),
    ("VP-15", &[200, 422]),
    ("VP-16", &[202, 400, 422]),
    ("VP-17", &[200, 400, 422]),
    ("VP-18", &[201, 400, 422]),
    ("VP-19", &[200]),
    ("VP-20", &[200, 422]),
    ("VP-21", &[200, 422]),
    ("VP-22", &[200, 422]),
    ("VP-23", &[201, 422]),
    ("VP-24", &[204, 422]),
    ("VP-25", &[200, 422]),
    ("VP-26", &[200]),
    ("VP-27", &[201, 400, 422]),
    ("VP-28", &[200, 422]),
    ("VP-29", &[204, 400, 422]),
    ("VP-30", &[200, 400, 422]),
    ("VP-31", &[200, 422]),
];

const KEY: &str = r#"{
  "name": "My-SSH-Public-Key",
  "content": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N..."
}"#;
const MACHINE: &str = r#"{
  "config_id": "CONFIG",
  "name": "My Instant Virtual Machine",
  "password": "super_secret_instant_vm_password",
  "organization_ssh_keys": { "mode": "selective", "ssh_key_ids": ["KEY"] },
  "ssh_keys": ["ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N..."],
  "cloud_init": {
    "packages": ["text"],
    "write_files": [
      {
        "encoding": "text",
        "content": "text",
        "owner": "text",
        "path": "text",
        "permissions": "text"
      }
    ],
    "runcmd": ["text"]
  },
  "tags": ["tag1", "tag2"]
}"#;
const RENTAL: &str = r#"{
  "location_id": "a3111bd4-550a-47d0-838a-0a52bff2ae3f",
  "gpu_count": 8,
  "name": "My Baremetal Rental",
  "organization_ssh_keys": { "mode": "selective", "ssh_key_ids": ["KEY"] },
  "ssh_keys": ["ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N..."],
  "network_type": "infiniband",
  "sub_order": "12345",
  "storage_id": "STORAGE",
  "tags": ["tag1", "tag2"],
  "cloudinit_script": {
    "packages": ["text"],
    "write_files": [{ "content": "text", "path": "text" }],
    "runcmd": ["text"]
  }
}"#;

/// A park that keeps a record of which rows were answered how.
struct Replay {
    park: Park,
    seen: Seen,
}

impl Replay {
    fn send(&mut self, method: &str, path: &str, body: &str) -> Response {
        let request = Request::new(method, &full(path));
        let request = if body.is_empty() {
            request
        } else {
            Request { body: body.as_bytes().to_vec(), ..request }
                .header("Content-Type", "application/json")
        };
        let response = self.park.answer(request);
        let record = self.park.world.requests().all().last().unwrap();
        let id = record.operation.as_deref().expect("a known route");
        let operation = all_operations().find(|it| it.id == id).unwrap();
        assert_eq!(record.cloud, Some("voltage-park".to_owned()));
        let listed = operation.responses.iter().any(|(status, _)| *status == response.status);
        assert!(listed, "{id} answered {}: {}", response.status, response.body_json());
        for row in operation.coverage {
            self.seen.insert(((*row).to_owned(), response.status));
        }
        response
    }

    fn body(&mut self, method: &str, path: &str, body: &str) -> Value {
        self.send(method, path, body).body_json()
    }
}

fn id(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned()
}

/// Everything the page shows, in an order in which it works.
fn shown(replay: &mut Replay) {
    let key = id(&replay.body("POST", "/organization/ssh-keys", KEY), "id");
    let volume = r#"{ "size_in_gb": 100, "name": "my-storage-volume", "order_ids": [] }"#;
    let volume = id(&replay.body("POST", "/storage/", volume), "id");
    replay.send("GET", "/instant-deploy-presets/?available=true", "");
    replay.send("GET", &format!("/instant-deploy-presets/{ONE_GPU}"), "");
    let order = MACHINE.replace("CONFIG", ONE_GPU).replace("KEY", &key);
    let machine = id(&replay.body("POST", "/virtual-machines/instant", &order), "vm_id");
    let locations = replay.body("GET", "/bare-metal/locations", "");
    assert_eq!(item(&locations, DALLAS)["specs_per_node"]["gpu_count"], 8);
    let order = RENTAL.replace("KEY", &key).replace("STORAGE", &volume);
    let rental = id(&replay.body("POST", "/bare-metal/", &order), "rental_id");
    replay.park.advance(900);
    replay.send("GET", "/virtual-machines/", "");
    let shown = replay.body("GET", &format!("/virtual-machines/{machine}"), "");
    let host = id(&shown, "hostnode_id");
    replay.send("GET", &format!("/hostnodes/{host}"), "");
    replay.send("GET", "/locations/", "");
    replay.send("GET", &format!("/locations/{ASHTON}"), "");
    let patch = r#"{ "name": "text", "tags": ["text"] }"#;
    let power = r#"{ "status": "started" }"#;
    replay.send("PATCH", &format!("/virtual-machines/{machine}"), patch);
    replay.send("PUT", &format!("/virtual-machines/{machine}/power-status"), power);
    let list = replay.body("GET", "/bare-metal/", "");
    let node = item(&list, &rental)["node_networking"][0]["public_ip"].clone();
    replay.send("PATCH", &format!("/bare-metal/{rental}"), patch);
    replay.send("PUT", &format!("/bare-metal/{rental}/power-status"), power);
    let nodes = json!({ "public_ips": [node] }).to_string();
    replay.send("POST", &format!("/bare-metal/{rental}/reboot"), &nodes);
    replay.send("GET", "/billing/hourly-rate", "");
    replay.send("GET", "/billing/transactions?earliest=2024-10-01&latest=2027-10-26", "");
    replay.send("GET", "/billing/reports/2026/1/transactions", "");
    replay.send("GET", "/organization/ssh-keys", "");
    let script = r#"{ "type": "instant-vm", "content": "text" }"#;
    replay.send("POST", "/validate/cloudinit", script);
    replay.send("GET", "/storage/hourly-rate", "");
    replay.send("GET", "/storage/", "");
    replay.send("GET", &format!("/storage/{volume}"), "");
    let patch = r#"{ "size_in_gb": 1, "name": "text", "order_ids": [] }"#;
    replay.send("PATCH", &format!("/storage/{volume}"), patch);
    replay.send("DELETE", &format!("/bare-metal/{rental}"), "");
    replay.send("DELETE", &format!("/virtual-machines/{machine}"), "");
    replay.send("DELETE", &format!("/storage/{volume}"), "");
    replay.send("DELETE", &format!("/organization/ssh-keys/{key}"), "");
}

/// What is wrong with each, so that it answers 422.
fn mistaken(replay: &mut Replay) {
    for path in [
        "/virtual-machines/?limit=0",
        "/bare-metal/?limit=101",
        "/storage/?limit=x",
        "/organization/ssh-keys?limit=151",
        "/locations/?limit=16",
        "/billing/transactions?limit=0",
        "/billing/reports/2026/x/transactions",
        "/instant-deploy-presets/?available=2",
        "/instant-deploy-presets/x",
        "/locations/x",
        "/hostnodes/x",
        "/virtual-machines/x",
        "/storage/x",
    ] {
        assert_eq!(replay.send("GET", path, "").status, 422, "{path}");
    }
    for (method, path) in [
        ("POST", "/virtual-machines/instant"),
        ("PATCH", "/virtual-machines/x"),
        ("PUT", "/virtual-machines/x/power-status"),
        ("DELETE", "/virtual-machines/x"),
        ("POST", "/bare-metal/"),
        ("PATCH", "/bare-metal/x"),
        ("PUT", "/bare-metal/x/power-status"),
        ("POST", "/bare-metal/x/reboot"),
        ("DELETE", "/bare-metal/x"),
        ("POST", "/storage/"),
        ("PATCH", "/storage/x"),
        ("DELETE", "/storage/x"),
        ("POST", "/organization/ssh-keys"),
        ("DELETE", "/organization/ssh-keys/x"),
        ("POST", "/validate/cloudinit"),
    ] {
        assert_eq!(replay.send(method, path, "{}").status, 422, "{method} {path}");
    }
}

/// What is refused, with 400 and 404.
fn refused(replay: &mut Replay) {
    use plumb_sandbox_voltage_park::knobs::MissingCode;
    assert_eq!(replay.send("GET", &format!("/hostnodes/{NOBODY}"), "").status, 404);
    assert_eq!(replay.send("GET", &format!("/virtual-machines/{NOBODY}"), "").status, 404);
    replay.park.turn(|knobs| {
        knobs.missing_id_code = MissingCode::BadRequest;
        knobs.delete_gone_code = MissingCode::BadRequest;
    });
    let order = MACHINE.replace("CONFIG", NOBODY).replace("KEY", NOBODY);
    assert_eq!(replay.send("POST", "/virtual-machines/instant", &order).status, 400);
    let order = RENTAL.replace("KEY", NOBODY).replace("STORAGE", NOBODY);
    assert_eq!(replay.send("POST", "/bare-metal/", &order).status, 400);
    let volume = json!({ "size_in_gb": 1, "name": "a", "order_ids": [NOBODY] }).to_string();
    assert_eq!(replay.send("POST", "/storage/", &volume).status, 400);
    for family in ["virtual-machines", "bare-metal", "storage"] {
        let path = format!("/{family}/{NOBODY}");
        assert_eq!(replay.send("PATCH", &path, "{}").status, 400, "{path}");
        assert_eq!(replay.send("DELETE", &path, "").status, 400, "{path}");
    }
    let nodes = json!({ "public_ips": ["203.0.113.9"] }).to_string();
    assert_eq!(replay.send("POST", &format!("/bare-metal/{NOBODY}/reboot"), &nodes).status, 400);
}

#[test]
fn every_operation_answers_every_documented_code() {
    let mut replay = Replay { park: Park::new(), seen: Seen::new() };
    shown(&mut replay);
    mistaken(&mut replay);
    refused(&mut replay);
    let documented = DOCUMENTED
        .iter()
        .flat_map(|(row, codes)| codes.iter().map(|code| ((*row).to_owned(), *code)));
    let documented: Seen = documented.collect();
    let never: Vec<_> = documented.difference(&replay.seen).collect();
    assert!(never.is_empty(), "documented and never answered: {never:?}");
}

#[test]
fn the_document_lists_every_operation_and_serves_as_json() {
    let mut park = Park::new();
    let document = park.answer(Request::new("GET", "/openapi/voltage-park.json")).body_json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut rows = BTreeSet::new();
    for operation in operations_of("voltage-park") {
        let method = operation.method.as_str().to_lowercase();
        let described = &document["paths"][operation.path][&method];
        assert_eq!(described["operationId"], operation.id);
        rows.extend(operation.coverage.iter().copied());
    }
    let documented: BTreeSet<&str> = DOCUMENTED.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, documented);
}
