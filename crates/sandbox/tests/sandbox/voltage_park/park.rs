//! A client of Voltage Park without a socket, and the bodies its tests share.

use std::ops::{Deref, DerefMut};

use plumb_sandbox::{Reply, Request, Response, WorldConfig, handle};
use plumb_sandbox_voltage_park::knobs::Knobs;
use plumb_sandbox_voltage_park::settings::Settings;
use serde_json::{Value, json};

use crate::client::{Client, set_park};

/// The preset with one GPU.
pub(crate) const ONE_GPU: &str = "c6fd6253-cbb6-4ea8-a20c-47644b431f1c";

/// The preset with eight GPUs.
pub(crate) const EIGHT_GPUS: &str = "404645e3-4677-4f48-b023-15baaa6621e1";

/// The location the vendor's documents show.
pub(crate) const DALLAS: &str = plumb_sandbox_voltage_park::catalog::DALLAS;

/// The invented location.
pub(crate) const ASHTON: &str = plumb_sandbox_voltage_park::catalog::ASHTON;

/// An id nothing has.
pub(crate) const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A client that speaks to Voltage Park; what both clouds share is the inner one's.
#[derive(Clone)]
pub(crate) struct Park {
    shared: Client,
}

impl Deref for Park {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.shared
    }
}

impl DerefMut for Park {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.shared
    }
}

impl Park {
    pub(crate) fn new() -> Self {
        Self::with(WorldConfig::default())
    }

    pub(crate) fn with(config: WorldConfig) -> Self {
        let mut shared = Client::with(config);
        shared.key = shared.world.first_keys()["voltage-park"].clone();
        Park { shared }
    }

    /// A world with other knobs.
    pub(crate) fn turned(turn: impl FnOnce(&mut Knobs)) -> Self {
        let mut config = WorldConfig::default();
        set_park(&mut config, |settings| turn(&mut settings.knobs));
        Self::with(config)
    }

    pub(crate) fn turn(&mut self, turn: impl FnOnce(&mut Knobs)) {
        let change = |settings: &mut Settings| turn(&mut settings.knobs);
        self.shared.configure(|config| set_park(config, change));
    }

    pub(crate) fn send(&mut self, request: Request) -> Reply {
        let bearer = format!("Bearer {}", self.key);
        handle(&mut self.world, &request.header("Authorization", &bearer))
    }

    pub(crate) fn answer(&mut self, request: Request) -> Response {
        match self.send(request) {
            Reply::Answer(response) => response,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// An answer to a request nobody has signed.
    pub(crate) fn anonymous(&mut self, request: &Request) -> Response {
        match handle(&mut self.world, request) {
            Reply::Answer(response) => response,
            other => panic!("no answer: {other:?}"),
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.answer(Request::new("GET", &full(path)))
    }

    pub(crate) fn write(&mut self, method: &str, path: &str, body: &Value) -> Response {
        self.answer(Request::new(method, &full(path)).json(body))
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Response {
        self.write("POST", path, body)
    }

    pub(crate) fn patch(&mut self, path: &str, body: &Value) -> Response {
        self.write("PATCH", path, body)
    }

    pub(crate) fn put(&mut self, path: &str, body: &Value) -> Response {
        self.write("PUT", path, body)
    }

    pub(crate) fn delete(&mut self, path: &str) -> Response {
        self.answer(Request::new("DELETE", &full(path)))
    }

    /// Creates a machine with one GPU; its id.
    pub(crate) fn add_machine(&mut self, name: &str) -> String {
        self.made("/virtual-machines/instant", &machine(name), "vm_id")
    }

    /// Creates a rental of eight GPUs; its id.
    pub(crate) fn add_rental(&mut self, name: &str) -> String {
        self.made("/bare-metal/", &rental(name), "rental_id")
    }

    /// Creates a rental and waits until it runs; its id.
    pub(crate) fn add_running_rental(&mut self, name: &str) -> String {
        let id = self.add_rental(name);
        self.advance(900);
        assert_eq!(self.rental(&id)["status"], "Running");
        id
    }

    /// Creates a volume of 100 GB; its id.
    pub(crate) fn add_volume(&mut self, name: &str) -> String {
        self.made("/storage/", &volume(name), "id")
    }

    /// Adds a key; its id.
    pub(crate) fn add_key(&mut self, name: &str) -> String {
        self.made("/organization/ssh-keys", &key(name), "id")
    }

    pub(crate) fn machine(&mut self, id: &str) -> Value {
        self.get(&format!("/virtual-machines/{id}")).body_json()
    }

    pub(crate) fn power(&mut self, id: &str, wanted: &str) -> Response {
        let body = json!({ "status": wanted });
        self.put(&format!("/virtual-machines/{id}/power-status"), &body)
    }

    /// A rental as the list shows it; null when it does not.
    pub(crate) fn rental(&mut self, id: &str) -> Value {
        item(&self.get("/bare-metal/?limit=100").body_json(), id)
    }

    pub(crate) fn volume(&mut self, id: &str) -> Value {
        self.get(&format!("/storage/{id}")).body_json()
    }

    /// The hourly price of everything, as the API says.
    pub(crate) fn hourly_rate(&mut self) -> String {
        let body = self.get("/billing/hourly-rate").body_json();
        body["rate_hourly"].as_str().unwrap().to_owned()
    }

    fn made(&mut self, path: &str, body: &Value, id: &str) -> String {
        let response = self.post(path, body);
        assert_eq!(response.status, 201, "{}", response.body_json());
        response.body_json()[id].as_str().unwrap().to_owned()
    }
}

/// A path below the prefix of the API; other paths as they are.
pub(crate) fn full(path: &str) -> String {
    if path.starts_with("/_sandbox/") { path.to_owned() } else { format!("/api/v1{path}") }
}

/// An order of a machine with one GPU.
pub(crate) fn machine(name: &str) -> Value {
    json!({ "config_id": ONE_GPU, "name": name })
}

/// An order of a rental of eight GPUs.
pub(crate) fn rental(name: &str) -> Value {
    json!({ "location_id": ASHTON, "gpu_count": 8, "name": name, "network_type": "infiniband" })
}

/// A volume of 100 GB.
pub(crate) fn volume(name: &str) -> Value {
    json!({ "size_in_gb": 100, "name": name })
}

/// An SSH key.
pub(crate) fn key(name: &str) -> Value {
    json!({ "name": name, "content": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlumb someone" })
}

/// The items of a list.
pub(crate) fn items(list: &Value) -> &Vec<Value> {
    list["results"].as_array().unwrap()
}

/// The item of this id; null when there is none.
pub(crate) fn item(list: &Value, id: &str) -> Value {
    items(list).iter().find(|item| item["id"] == id).cloned().unwrap_or_default()
}

/// The names of the items of a list.
pub(crate) fn names(list: &Value) -> Vec<&str> {
    items(list).iter().map(|item| item["name"].as_str().unwrap()).collect()
}
