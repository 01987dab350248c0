//! A client without a socket, and the bodies and places the tests share.

use std::time::Duration;

use plumb_sandbox::{Cloud, Operation, Reply, Request, Response, World, WorldConfig, handle};
use plumb_sandbox_rafay::knobs::Knobs;
use plumb_sandbox_rafay::{Organization, Rafay, settings};
use plumb_sandbox_voltage_park::{self as park, VoltagePark};
use serde_json::{Value, json};

use crate::described;

/// The prefix of the platform's API.
pub(crate) const PAAS: &str = "/apis/paas.envmgmt.io/v1/projects";

/// Where most tests work.
pub(crate) const DEV: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev";

/// The clouds that most tests are about.
pub(crate) fn clouds() -> Vec<Box<dyn Cloud>> {
    vec![Box::new(Rafay::default()), Box::new(VoltagePark::default())]
}

/// Every operation of theirs.
pub(crate) fn all_operations() -> impl Iterator<Item = &'static Operation> {
    clouds().into_iter().flat_map(|cloud| cloud.routes().operations())
}

/// Those of one of them.
pub(crate) fn operations_of(cloud: &str) -> impl Iterator<Item = &'static Operation> {
    all_operations().filter(move |row| row.cloud() == cloud)
}

/// A world of these clouds, and what of its seed could not be made.
pub(crate) fn new_world(config: WorldConfig) -> (World, Vec<String>) {
    World::new(config, clouds()).unwrap()
}

/// Changes the section of the first cloud.
pub(crate) fn set(config: &mut WorldConfig, change: impl FnOnce(&mut settings::Settings)) {
    config.change("rafay", change).unwrap();
}

/// Changes the section of the second cloud.
pub(crate) fn set_park(
    config: &mut WorldConfig,
    change: impl FnOnce(&mut park::settings::Settings),
) {
    config.change("voltage-park", change).unwrap();
}

/// What tests see of the clouds of a world.
pub(crate) trait Seen {
    fn rafay(&self) -> &Organization;

    fn park(&self) -> &VoltagePark;

    fn voltage_park(&self) -> &park::State {
        self.park().holdings()
    }

    /// The first key of the first cloud.
    fn key(&self) -> String;
}

impl Seen for World {
    fn rafay(&self) -> &Organization {
        self.cloud::<Rafay>().unwrap().home()
    }

    fn park(&self) -> &VoltagePark {
        self.cloud().unwrap()
    }

    fn key(&self) -> String {
        self.first_keys()["rafay"].clone()
    }
}

/// A world and the key that opens it.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) world: World,
    pub(crate) key: String,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(WorldConfig::default())
    }

    pub(crate) fn with(config: WorldConfig) -> Self {
        let (world, problems) = new_world(config);
        assert_eq!(problems, Vec::<String>::new());
        let key = world.key();
        Client { world, key }
    }

    /// A world with other knobs.
    pub(crate) fn turned(turn: impl FnOnce(&mut Knobs)) -> Self {
        let mut config = WorldConfig::default();
        set(&mut config, |settings| turn(&mut settings.knobs));
        Self::with(config)
    }

    /// A world with the workspace `dev` in `defaultproject`.
    pub(crate) fn with_workspace() -> Self {
        let mut client = Self::new();
        client.add_workspace("defaultproject", "dev");
        client
    }

    pub(crate) fn turn(&mut self, turn: impl FnOnce(&mut Knobs)) {
        self.configure(|config| set(config, |settings| turn(&mut settings.knobs)));
    }

    /// Changes the configuration.
    pub(crate) fn configure(&mut self, change: impl FnOnce(&mut WorldConfig)) {
        let mut config = self.world.config();
        change(&mut config);
        self.world.configure(config).unwrap();
    }

    pub(crate) fn send(&mut self, request: Request) -> Reply {
        let request = request.header("X-API-KEY", &self.key);
        handle(&mut self.world, &request)
    }

    pub(crate) fn answer(&mut self, request: Request) -> Response {
        let before = self.world.requests().last_number();
        let accepted = request.header_value("accept").map(str::to_owned);
        match self.send(request) {
            Reply::Answer(response) => {
                let called = self.world.requests().since(before).last();
                if let Some(record) = called.filter(|it| it.fault.is_none()) {
                    let operation = record.operation.as_deref().unwrap_or_default();
                    described::check(operation, accepted.as_deref(), &response);
                }
                response
            }
            other => panic!("no answer: {other:?}"),
        }
    }

    pub(crate) fn get(&mut self, target: &str) -> Response {
        self.answer(Request::new("GET", target))
    }

    pub(crate) fn post(&mut self, target: &str, body: &Value) -> Response {
        self.answer(Request::new("POST", target).json(body))
    }

    pub(crate) fn post_empty(&mut self, target: &str) -> Response {
        self.answer(Request::new("POST", target))
    }

    pub(crate) fn delete(&mut self, target: &str) -> Response {
        self.answer(Request::new("DELETE", target))
    }

    pub(crate) fn advance(&mut self, seconds: u64) {
        self.world.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn add_workspace(&mut self, project: &str, name: &str) {
        let body = workspace(project, name);
        let target = format!("{PAAS}/{project}/workspaces?fail-on-exists=true");
        assert_eq!(self.post(&target, &body).status, 200);
    }

    pub(crate) fn add_project(&mut self, name: &str) -> String {
        let response = self.post("/auth/v1/projects/", &json!({ "name": name, "description": "" }));
        assert_eq!(response.status, 201);
        response.body_json()["id"].as_str().unwrap().to_owned()
    }

    /// Creates a bare-metal instance in `dev`.
    pub(crate) fn add_instance(&mut self, name: &str) {
        let target = format!("{DEV}/computeinstances?fail-on-exists=true");
        let response = self.post(&target, &instance(name, &[]));
        assert_eq!(response.status, 201, "{}", response.body_json());
    }

    /// Creates a bare-metal instance in `dev` and deploys it.
    pub(crate) fn deploy_instance(&mut self, name: &str) {
        self.add_instance(name);
        assert_eq!(self.publish(name).status, 202);
        self.advance(900);
        assert_eq!(self.status(name), "success");
    }

    pub(crate) fn publish(&mut self, name: &str) -> Response {
        self.post_empty(&format!("{DEV}/computeinstances/{name}/publish"))
    }

    pub(crate) fn act(&mut self, name: &str, verb: &str) -> Response {
        self.post(&format!("{DEV}/computeinstances/{name}/action/{verb}"), &json!({}))
    }

    pub(crate) fn instance(&mut self, name: &str) -> Value {
        self.get(&format!("{DEV}/computeinstances/{name}")).body_json()
    }

    /// The status text of an instance in `dev`; the HTTP status when there is none.
    pub(crate) fn status(&mut self, name: &str) -> String {
        let response = self.get(&format!("{DEV}/computeinstances/{name}"));
        match response.body_json()["status"]["status"].as_str() {
            Some(text) => text.to_owned(),
            None => response.status.to_string(),
        }
    }
}

/// A workspace's body.
pub(crate) fn workspace(project: &str, name: &str) -> Value {
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "Workspace",
        "metadata": { "name": name, "project": project },
    })
}

/// A bare-metal instance's body in `defaultproject/dev`.
pub(crate) fn instance(name: &str, variables: &[(&str, &str)]) -> Value {
    compute(name, "baremetal", "bmaas-h100", variables)
}

/// An instance's body in `defaultproject/dev`.
pub(crate) fn compute(name: &str, kind: &str, profile: &str, variables: &[(&str, &str)]) -> Value {
    let variables: Vec<Value> =
        variables.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "ComputeInstance",
        "metadata": { "name": name, "project": "defaultproject", "workspace": "dev" },
        "spec": {
            "computeType": kind,
            "computeProfile": { "name": profile, "systemCatalog": true },
            "variables": variables,
        },
    })
}

/// A VPC service's body in `defaultproject`.
pub(crate) fn vpc(name: &str) -> Value {
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "Service",
        "metadata": { "name": name, "project": "defaultproject" },
        "spec": {
            "serviceProfile": { "name": "vpc", "systemCatalog": true },
            "serviceType": "custom",
            "variables": [{ "name": "Public IP Enabled", "value": "True" }],
        },
    })
}

/// The value of a variable of an object as shown; none when it is not shown.
pub(crate) fn variable<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let variables = object["spec"]["variables"].as_array()?;
    variables.iter().find(|it| it["name"] == name)?["value"].as_str()
}

/// The names of the items of a list.
pub(crate) fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}
