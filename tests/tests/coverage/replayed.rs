//! The vendors' requests sent to the sandbox as they are shown, and what it answered. Nothing here
//! knows of plumb.

use crate::operation;
use crate::seed::{self, Document, Shown};
use plumb_sandbox::{Reply, Request, Response, World, handle};
use plumb_tests::simulated::{Seen as _, configure};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the table says of each row.
pub(crate) type Answers = BTreeMap<String, String>;

/// Long enough for whatever the request before began.
const APART: Duration = Duration::from_hours(1);

/// Which rows of Rafay's document were answered with success by an operation that claims them.
pub(crate) fn rafay() -> Answers {
    let mut world = world(seed::rafay::world());
    let mut answers = Answers::new();
    let mut time = Duration::ZERO;
    for shown in Document::Rafay.shown() {
        time += APART;
        let account = world.organization().directory().users.last().map(|user| user.id.clone());
        let path = shown.path_with(|_| account.clone().unwrap_or_default());
        let target = match shown.query.as_str() {
            "" => path,
            query => format!("{path}?{query}"),
        };
        let key = world.key("rafay");
        let request = Request::new(&shown.method, &target).at(time).header("x-api-key", &key);
        let body = shown.body.as_deref().map(|file| Document::Rafay.text(file));
        let request = Request { body: body.unwrap_or_default().into_bytes(), ..request };
        drop(handle(&mut world, &request));
        let record = world.requests().all().last().unwrap();
        let operation = operation(record);
        if operation.coverage.contains(&shown.row.as_str()) && (200..300).contains(&record.status) {
            answers.insert(shown.row, format!("`{}` {}", operation.id, record.status));
        }
    }
    answers
}

/// Which rows of Voltage Park's document were answered with every code it names, by an operation
/// that claims them.
pub(crate) fn voltage_park() -> Answers {
    // The document's examples are of a time before names were checked and nodes were whole.
    let older = json!({"voltage-park": {"knobs": {
        "gpu_multiple": "accept", "storage_names": "free_text",
    }}});
    let mut park = Park { world: world(older), time: Duration::ZERO, ids: BTreeMap::new() };
    park.ids.insert("instant_deploy_preset_id".to_owned(), seed::voltage_park::PRESET.to_owned());
    let mut answers = Answers::new();
    for shown in Document::VoltagePark.shown() {
        let mut codes = BTreeSet::new();
        if shown.codes.iter().any(|code| [400, 404].contains(code)) {
            codes.insert(park.send(&shown, Id::Printed).status);
        }
        if shown.codes.contains(&422) {
            codes.insert(park.send(&shown, Id::Wrong).status);
        }
        let good = park.send(&shown, Id::Real);
        assert_eq!(good.status, shown.codes[0], "{}: {}", shown.row, good.body_json());
        codes.insert(good.status);
        let operation = operation(park.world.requests().all().last().unwrap());
        assert!(operation.coverage.contains(&shown.row.as_str()), "{}", shown.row);
        park.learn(&shown, &good);
        let missing: Vec<&u16> = shown.codes.iter().filter(|code| !codes.contains(code)).collect();
        assert!(missing.is_empty(), "{}: never answered {missing:?}, but {codes:?}", shown.row);
        let codes: Vec<String> = shown.codes.iter().map(u16::to_string).collect();
        answers.insert(shown.row, format!("`{}` {}", operation.id, codes.join(" ")));
    }
    answers
}

/// What stands where the document shows an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    /// One that exists.
    Real,
    /// The printed one, which nothing has.
    Printed,
    /// Something else, and nothing in the body; a limit of nothing where there is no id.
    Wrong,
}

/// A world, and the ids that were made in it, by the names of parameters.
struct Park {
    world: World,
    time: Duration,
    ids: BTreeMap<String, String>,
}

const PRINTED: &str = "123e4567-e89b-12d3-a456-426614174000";

impl Park {
    fn send(&mut self, shown: &Shown, id: Id) -> Response {
        self.time += APART;
        // Whatever is changed or deleted and is not there may be answered with 400 (V-16, V-43).
        let code = if shown.codes.contains(&400) { "400" } else { "404" };
        let knobs = json!({"missing_id_code": code, "delete_gone_code": code});
        configure(&mut self.world, &json!({"voltage-park": {"knobs": knobs}})).unwrap();

        let bearer = format!("Bearer {}", self.world.key("voltage-park"));
        let target = self.target(shown, id);
        let request = Request::new(&shown.method, &target).at(self.time);
        let mut request = shown.headers.iter().fold(request, |request, name| match name.as_str() {
            "authorization" => request.header(name, &bearer),
            name => request.header(name, bearer.trim_start_matches("Bearer ")),
        });
        if let Some(file) = &shown.body {
            request = request.header("content-type", "application/json");
            request.body = self.body(file, id).into_bytes();
        }
        match handle(&mut self.world, &request) {
            Reply::Answer(response) => response,
            other => panic!("{}: {other:?}", shown.row),
        }
    }

    fn target(&self, shown: &Shown, id: Id) -> String {
        let value = |name: &str| match (name, id) {
            (_, Id::Wrong) => "x".to_owned(),
            ("year", _) => "2026".to_owned(),
            ("month", _) => "1".to_owned(),
            (name, Id::Real) => self.ids.get(name).unwrap_or_else(|| panic!("{name}")).clone(),
            (_, Id::Printed) => PRINTED.to_owned(),
        };
        let path = shown.path_with(value);
        let has_something_else_wrong = shown.path.contains('{') || shown.body.is_some();
        if id == Id::Wrong && !has_something_else_wrong {
            return format!("{path}?limit=0&available=2");
        }
        path
    }

    /// The body with ids that exist, and an address that is a node's.
    fn body(&self, file: &str, id: Id) -> String {
        let mut body = Document::VoltagePark.parsed(file);
        match id {
            Id::Wrong => return "{}".to_owned(),
            Id::Printed => return body.to_string(),
            Id::Real => {}
        }
        let known = |name: &str| Value::from(self.ids.get(name).cloned());
        // The volume is made after the rental that could mount it.
        let volume = self.ids.get("storage_id").cloned();
        for (place, value) in [
            ("/config_id", known("instant_deploy_preset_id")),
            ("/storage_id", volume.into()),
            ("/order_ids/0", known("baremetal_rental_id")),
            ("/public_ips/0", known("public_ip")),
            ("/organization_ssh_keys/ssh_key_ids/0", known("ssh_key_id")),
        ] {
            if let Some(place) = body.pointer_mut(place) {
                *place = value;
            }
        }
        body.to_string()
    }

    /// Takes the ids out of an answer that later requests need.
    fn learn(&mut self, shown: &Shown, answer: &Response) {
        let answer = answer.body_json();
        let places: &[(&str, &str)] = match shown.row.as_str() {
            "VP-23" => &[("ssh_key_id", "/id")],
            "VP-04" => &[("virtual_machine_id", "/vm_id")],
            "VP-06" => &[("hostnode_id", "/hostnode_id")],
            "VP-03" => &[("location_id", "/location_id")],
            "VP-13" => &[("baremetal_rental_id", "/rental_id")],
            "VP-14" => &[("public_ip", "/results/0/node_networking/0/public_ip")],
            "VP-27" => &[("storage_id", "/id")],
            _ => &[],
        };
        for (name, pointer) in places {
            let found = answer.pointer(pointer).and_then(Value::as_str).expect(pointer);
            self.ids.insert((*name).to_owned(), found.to_owned());
        }
    }
}

fn world(config: Value) -> World {
    plumb_tests::simulated::world(config).unwrap()
}
