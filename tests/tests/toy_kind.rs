//! A new kind takes one file (`toy_kind/lamp.rs`) and one line in a registry: nothing of model,
//! planner or engine knows of lamps, and they are made, lit, changed, replaced and deleted all the
//! same. A new cloud takes the same (`toy_kind/houses.rs`), and its plain kinds are rows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "toy_kind/cloud.rs"]
mod cloud;
#[path = "toy_kind/houses.rs"]
mod houses;
#[path = "toy_kind/lamp.rs"]
mod lamp;

use cloud::ToyCloud;
use plumb_engine::{
    BoxFuture, Clock, Engine, HttpRequest, HttpResponse, Interrupt, Settings, Transport,
    TransportError,
};
use plumb_kind::{Provider, Registry};
use plumb_ledger::{MemoryFolder, Store};
use plumb_manifest::{Loaded, Outside};
use plumb_model::policy::Prune;
use plumb_model::text::Secret;
use plumb_model::{Code, Desired, Finding, LedgerView, Observation, Policy};
use plumb_reconcile::{Consent, Ground, Hooks, Order, Planned, Reconciler, Verdict};
use plumb_sandbox::{Edit, World, WorldConfig};
use plumb_tests::cloud::Cloud;
use plumb_tests::listing;
use plumb_tests::plumb::holding;
use plumb_tests::toy_cloud::Toy;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The line.
const CLOUDS: &[&dyn Provider] = &[&lamp::TOYS, &houses::TOY];

fn registry() -> Registry {
    Registry::new(CLOUDS).unwrap()
}

/// A server that says what was written.
trait Server: Transport + Clock {
    fn writes(&self) -> Vec<String>;
}

impl Server for ToyCloud {
    fn writes(&self) -> Vec<String> {
        self.writes()
    }
}

/// The third cloud on the stage.
#[derive(Debug)]
struct Street {
    cloud: Cloud,
    told: AtomicUsize,
}

impl Street {
    fn new() -> Self {
        let config = json!({"toy": {"keys": [{"key": "key"}]}});
        let config: WorldConfig = serde_json::from_value(config).unwrap();
        let (world, problems) = World::new(config, vec![Box::new(Toy::default())]).unwrap();
        assert_eq!(problems, [""; 0]);
        Self { cloud: Cloud::over(world), told: AtomicUsize::new(0) }
    }

    /// How many pages were asked for by a token so far.
    fn turned(&self) -> usize {
        let world = self.cloud.world();
        world.requests().all().filter(|request| request.query.contains("page_token=")).count()
    }

    fn meddle(&self, object: &str, patch: Value) {
        let edit = Edit::Patch { object: object.to_owned(), patch };
        self.cloud.world().edit(&edit).unwrap();
    }
}

impl Transport for Street {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        self.cloud.send(request)
    }
}

impl Clock for Street {
    fn now(&self) -> jiff::Timestamp {
        self.cloud.now()
    }
}

impl Server for Street {
    fn writes(&self) -> Vec<String> {
        let world = self.cloud.world();
        let all = world.requests().all().filter(|request| request.method != "GET");
        let all: Vec<String> =
            all.map(|request| format!("{} {}", request.method, request.path)).collect();
        let told = self.told.swap(all.len(), Ordering::Relaxed);
        all[told..].to_vec()
    }
}

struct Bench<S> {
    cloud: Arc<S>,
    engine: Engine,
    store: Store,
}

impl<S: Server + 'static> Bench<S> {
    fn new(provider: &str, cloud: S) -> Self {
        let cloud = Arc::new(cloud);
        let mut engine = Engine::new(registry(), cloud.clone(), Settings::default());
        engine.connect_through(provider, Secret::new("key"), cloud.clone()).unwrap();
        let store = Store::in_folder(Arc::new(MemoryFolder::new()));
        Self { cloud, engine, store }
    }

    /// Applies a manifest; answers the plan and the requests that changed something.
    async fn apply(&self, manifest: &str) -> (String, Vec<String>) {
        let (desired, give_up) = (desired(manifest), BTreeMap::new());
        let ground =
            Ground { engine: &self.engine, desired: &desired, loaded: None, give_up: &give_up };
        let reconciler = Reconciler { ground, store: &self.store, stack: "toys" };
        let order = Order {
            holding: holding("run", "apply", jiff::Timestamp::UNIX_EPOCH),
            commit: None,
            lock_timeout: Duration::ZERO,
            interrupt: &Interrupt::never(),
        };
        let ran = reconciler.run(&order, &Pruning).await.unwrap();
        assert_eq!(ran.outcome.verdict, Verdict::Done, "{:#?}", ran.report);
        let writes = self.cloud.writes();
        let again = reconciler.plan(|view| Pruning.policy(view)).await.unwrap().plan;
        assert!(again.is_empty(), "planning again does something: {again:#?}");
        assert_eq!(self.cloud.writes(), [""; 0], "planning again writes");
        (listing::of_plan(&ran.planned.unwrap().plan, ran.report.as_ref()), writes)
    }

    /// Everything that is there, as manifests.
    async fn export(&self) -> Vec<Value> {
        let observed = self.engine.discover(|_| true).await;
        assert!(observed.live.gaps.is_empty(), "not everything was seen");
        let exported = observed.live.objects.iter().filter_map(|(key, observation)| {
            let Observation::Present(live) = observation else { return None };
            self.engine.registry().kind(&key.kind)?.export(live, &observed.snapshot)
        });
        exported.collect()
    }
}

/// `apply --yes --prune`.
struct Pruning;

impl Hooks for Pruning {
    type Error = Infallible;

    fn policy(&self, _ledger: &LedgerView) -> Result<Policy, Infallible> {
        Ok(Policy { prune: Prune::On, ..Policy::default() })
    }

    async fn consent(&self, _planned: &Planned) -> Result<Consent, Infallible> {
        Ok(Consent::Given)
    }
}

fn desired(manifest: &str) -> Desired {
    let (loaded, desired) = resolved(manifest);
    // A document in another version of its kind is found again, too.
    for (key, resource) in desired.resources().iter() {
        let vague = Finding { span: None, ..Finding::error(Code::INVALID_VALUE, "x").of(key) };
        let mut findings = [vague];
        loaded.locate(&mut findings);
        assert_eq!(findings[0].span.as_ref().unwrap().line, resource.origin.span.line, "{key}");
    }
    desired
}

fn resolved(manifest: &str) -> (Loaded, Desired) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lamps.yaml"), manifest).unwrap();
    let nothing = |_: &str| None;
    let outside = Outside { variable: &nothing, standard_input: None };
    let loaded = plumb_manifest::load(&[folder.path().to_owned()], &outside);
    let resolved = plumb_manifest::resolve(&loaded, &registry(), &outside);
    let desired = resolved.desired.unwrap_or_else(|| panic!("{:#?}", resolved.findings));
    (loaded, desired)
}

const LAMPS: &str = "\
apiVersion: toys.example/v1
kind: Lamp
metadata: {name: desk, annotations: {plumb.dev/depends-on: Lamp/hall}}
spec: {colour: green, socket: E27, tags: [a, b]}
---
apiVersion: toys.example/v1
kind: Lamp
metadata: {name: hall}
spec: {colour: white, socket: E14}
";

#[tokio::test(start_paused = true)]
async fn a_kind_of_one_file_is_made_changed_replaced_and_deleted() {
    let bench = Bench::new("toys", ToyCloud::new());
    let (listing, writes) = bench.apply(LAMPS).await;
    assert_eq!(
        listing,
        "create Lamp/hall\npublish Lamp/hall\ncreate Lamp/desk\npublish Lamp/desk\n"
    );
    let lit = ["POST /lamps", "POST /lamps/hall/light", "POST /lamps", "POST /lamps/desk/light"];
    assert_eq!(writes, lit);

    let reordered = LAMPS.replace("[a, b]", "[b, a]");
    assert_eq!(bench.apply(&reordered).await, ("nothing\n".to_owned(), Vec::new()));

    let red = reordered.replace("colour: green", "colour: red");
    let (listing, writes) = bench.apply(&red).await;
    assert_eq!(listing, "update Lamp/desk spec.colour: \"green\" -> \"red\"\npublish Lamp/desk\n");
    assert_eq!(writes, ["PUT /lamps/desk", "POST /lamps/desk/light"]);

    let other_socket = red.replace("socket: E27", "socket: G9");
    let (listing, writes) = bench.apply(&other_socket).await;
    assert_eq!(listing, "delete Lamp/desk\ncreate Lamp/desk\npublish Lamp/desk\n");
    assert_eq!(writes, ["DELETE /lamps/desk", "POST /lamps", "POST /lamps/desk/light"]);

    let (_, hall) = other_socket.split_once("---\n").unwrap();
    let (listing, writes) = bench.apply(hall).await;
    assert_eq!(listing, "delete Lamp/desk\n");
    assert_eq!(writes, ["DELETE /lamps/desk"]);
}

const HOUSES: &str = "\
apiVersion: rooms.example/v1beta1
kind: Room
metadata: {name: hall}
spec: {house: a, uses: [work, rest]}
---
apiVersion: toy.example/v1
kind: House
metadata: {name: a, labels: {row: north}}
spec: {material: brick, floors: 2}
---
{apiVersion: toy.example/v1, kind: House, metadata: {name: b}, spec: {material: wood}}
---
{apiVersion: toy.example/v1, kind: House, metadata: {name: c}, spec: {material: stone}}
---
{apiVersion: toy.example/v1, kind: House, metadata: {name: d}, spec: {material: straw}}
---
{apiVersion: toy.example/v1, kind: House, metadata: {name: e}, spec: {material: glass}}
";

#[tokio::test(start_paused = true)]
async fn a_cloud_of_one_file_is_planned_applied_drifted_exported_and_destroyed() {
    let bench = Bench::new("toy", Street::new());
    let (listing, writes) = bench.apply(HOUSES).await;
    assert_eq!(listing.lines().count(), 6, "{listing}");
    // What another names comes first.
    let place = |name: &str| listing.lines().position(|line| line.starts_with(name)).unwrap();
    assert!(place("create House/a") < place("create Room/hall"), "{listing}");
    assert_eq!(writes.len(), 6);
    assert!(writes.iter().all(|write| write.starts_with("POST /toy/v1/")), "{writes:?}");
    // Five houses are three pages; nothing of the later ones is taken for absent.
    let before = bench.cloud.turned();
    assert_eq!(bench.apply(HOUSES).await, ("nothing\n".to_owned(), Vec::new()));
    assert!(bench.cloud.turned() >= before + 2);

    // The same thing in its other apiVersion is the same resource.
    let newer = HOUSES.replace("rooms.example/v1beta1", "toy.example/v1");
    assert_eq!(bench.apply(&newer).await.0, "nothing\n");

    // What somebody changed is changed back, and labels of others are kept.
    let theirs = json!({"spec": {"floors": 7}, "metadata": {"labels": {"theirs": "yes"}}});
    bench.cloud.meddle("toy/houses/a", theirs);
    let (listing, writes) = bench.apply(HOUSES).await;
    assert_eq!(listing, "update House/a spec.floors: 7 -> 2\n");
    assert_eq!(writes, ["PATCH /toy/v1/houses/a"]);

    let exported = bench.export().await;
    let named = |name: &str| exported.iter().find(|it| it["metadata"]["name"] == name).unwrap();
    assert_eq!(exported.len(), 6);
    assert_eq!(named("a")["metadata"]["labels"], json!({"row": "north", "theirs": "yes"}));
    let expected = json!({
        "apiVersion": "toy.example/v1", "kind": "House",
        "metadata": {"name": "b"}, "spec": {"material": "wood"},
    });
    assert_eq!(*named("b"), expected);

    let (_, last) = HOUSES.rsplit_once("---\n").unwrap();
    let (listing, writes) = bench.apply(last).await;
    assert_eq!(listing.lines().filter(|line| line.starts_with("delete ")).count(), 5, "{listing}");
    assert_eq!(writes.len(), 5);
}

#[test]
fn a_plain_kind_is_a_row_of_ten_lines_and_the_editor_knows_it() {
    let source = include_str!("toy_kind/houses.rs");
    let rows = source.split("\nstatic ").filter(|item| item.contains(": Row ="));
    let lengths: Vec<usize> =
        rows.map(|row| row.split("\n\n").next().unwrap().lines().count()).collect();
    assert_eq!(lengths.len(), 2);
    assert!(lengths.iter().all(|lines| *lines <= 10), "{lengths:?}");

    let schemas = plumb_manifest::schemas(&registry()).unwrap();
    let house = &schemas["toy.example_v1_House.schema.json"];
    let material = house.pointer("/properties/spec/properties/material/description").unwrap();
    assert_eq!(material, "What it is built of. Fixed once built.");
    assert!(!house.to_string().contains("x-plumb"));
    let room = &schemas["toy.example_v1_Room.schema.json"];
    let versions = json!(["toy.example/v1", "rooms.example/v1beta1"]);
    assert_eq!(room["properties"]["apiVersion"]["enum"], versions);
    // The completion of `apiVersion` and `kind` is that of the schema of everything.
    assert!(schemas["plumb.schema.json"].to_string().contains("Room"));
    let kind = registry().find("rooms.example/v1beta1", "Room").unwrap();
    assert_eq!(kind.rules().id, houses::id("Room"));
}
