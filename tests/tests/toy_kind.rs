//! A new kind takes one file (`toy_kind/lamp.rs`) and one line in a registry: nothing of model,
//! planner or engine knows of lamps, and they are made, lit, changed, replaced and deleted all the
//! same. A new cloud takes the same (`toy_kind/orchard.rs`), and its plain kinds are rows.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "toy_kind/cloud.rs"]
mod cloud;
#[path = "toy_kind/grove.rs"]
mod grove;
#[path = "toy_kind/lamp.rs"]
mod lamp;
#[path = "toy_kind/orchard.rs"]
mod orchard;

use cloud::ToyCloud;
use grove::Grove;
use plumb_engine::{Clock, Engine, Interrupt, Settings, Transport};
use plumb_kind::{Provider, Registry};
use plumb_ledger::{MemoryFolder, Store};
use plumb_manifest::{Loaded, Outside};
use plumb_model::policy::Prune;
use plumb_model::text::Secret;
use plumb_model::{Code, Desired, Finding, LedgerView, Observation, Policy, body};
use plumb_reconcile::{Consent, Ground, Hooks, Order, Planned, Reconciler, Verdict};
use plumb_tests::listing;
use plumb_tests::plumb::holding;
use serde_json::Value;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

/// The line.
const CLOUDS: &[&dyn Provider] = &[&lamp::TOYS, &orchard::ORCHARD];

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

impl Server for Grove {
    fn writes(&self) -> Vec<String> {
        self.writes()
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
        assert_eq!(ran.verdict, Verdict::Done, "{:#?}", ran.report);
        let writes = self.cloud.writes();
        let again = reconciler.plan(|view| Pruning.policy(view)).await.unwrap().plan;
        assert!(again.is_empty(), "planning again does something: {again:#?}");
        assert_eq!(self.cloud.writes(), [""; 0], "planning again writes");
        (listing::of_plan(&ran.planned.unwrap().plan, ran.report.as_ref()), writes)
    }

    /// Everything that is there, as manifests.
    async fn export(&self) -> Vec<Value> {
        let observed = self.engine.discover().await;
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
    for (key, resource) in desired.resources() {
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
    let variable = |name: &str| (name == "PLUMB_VAR_GATE").then(|| "sesame".to_owned());
    let outside = Outside { variable: &variable, standard_input: None };
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

const GROVE: &str = "\
apiVersion: fruits.example/v1beta1
kind: Fruit
metadata: {name: cox}
spec: {tree: a, tastes: [sweet, sour]}
---
apiVersion: orchard.example/v1
kind: Tree
metadata: {name: a, labels: {row: north}}
spec: {species: apple, water: daily, gate: {valueFrom: {var: GATE}}}
---
{apiVersion: orchard.example/v1, kind: Tree, metadata: {name: b}, spec: {species: pear}}
---
{apiVersion: orchard.example/v1, kind: Tree, metadata: {name: c}, spec: {species: plum}}
---
{apiVersion: orchard.example/v1, kind: Tree, metadata: {name: d}, spec: {species: fig}}
---
{apiVersion: orchard.example/v1, kind: Tree, metadata: {name: e}, spec: {species: quince}}
";

#[tokio::test(start_paused = true)]
async fn a_cloud_of_one_file_is_planned_applied_found_changed_and_exported() {
    let bench = Bench::new("orchard", Grove::new());
    let (listing, writes) = bench.apply(GROVE).await;
    assert_eq!(listing.lines().count(), 6, "{listing}");
    // What another names comes first.
    let place = |name: &str| listing.lines().position(|line| line.starts_with(name)).unwrap();
    assert!(place("create Tree/a") < place("create Fruit/cox"), "{listing}");
    assert_eq!(writes.len(), 6);
    assert!(writes.iter().all(|write| write.starts_with("POST /v1/")), "{writes:?}");
    // Five trees are three pages; nothing of the later ones is taken for absent.
    bench.cloud.turned();
    assert_eq!(bench.apply(GROVE).await, ("nothing\n".to_owned(), Vec::new()));
    assert!(bench.cloud.turned() >= 2);

    // The same thing in its other apiVersion is the same resource.
    let newer = GROVE.replace("fruits.example/v1beta1", "orchard.example/v1");
    assert_eq!(bench.apply(&newer).await.0, "nothing\n");

    // What somebody changed is changed back, and labels of others are kept.
    bench.cloud.meddle(("trees", "a"), |tree| {
        tree["spec"]["water"] = body!("never");
        tree["metadata"]["labels"]["theirs"] = body!("yes");
    });
    let (listing, writes) = bench.apply(GROVE).await;
    assert_eq!(listing, "update Tree/a spec.water: \"never\" -> \"daily\"\n");
    assert_eq!(writes, ["PUT /v1/trees/a"]);
    bench.cloud.meddle(("trees", "a"), |tree| {
        assert_eq!(tree["metadata"]["labels"]["theirs"], body!("yes"));
    });

    let exported = bench.export().await;
    assert_eq!(exported.len(), 6);
    let tree = exported.iter().find(|document| document["metadata"]["name"] == "b").unwrap();
    let expected = serde_json::json!({
        "apiVersion": "orchard.example/v1", "kind": "Tree",
        "metadata": {"name": "b"}, "spec": {"species": "pear"},
    });
    assert_eq!(*tree, expected);

    let (listing, writes) = bench.apply(GROVE.split_once("---\n").unwrap().1).await;
    assert_eq!((listing.as_str(), writes.len()), ("delete Fruit/cox\n", 1));
}

#[test]
fn a_plain_kind_is_a_row_of_ten_lines_and_the_editor_knows_it() {
    let source = include_str!("toy_kind/orchard.rs");
    let rows = source.split("\nstatic ").filter(|item| item.contains(": Row ="));
    let lengths: Vec<usize> =
        rows.map(|row| row.split("\n\n").next().unwrap().lines().count()).collect();
    assert_eq!(lengths.len(), 2);
    assert!(lengths.iter().all(|lines| *lines <= 10), "{lengths:?}");

    let schemas = plumb_manifest::schemas(&registry()).unwrap();
    let tree = &schemas["orchard.example_v1_Tree.schema.json"];
    let text = |pointer: &str| tree.pointer(pointer).and_then(Value::as_str);
    assert_eq!(
        text("/properties/spec/properties/species/description"),
        Some("What sort of tree it is. Fixed once planted.")
    );
    assert!(!tree.to_string().contains("x-plumb"));
    let fruit = &schemas["orchard.example_v1_Fruit.schema.json"];
    let versions = serde_json::json!(["orchard.example/v1", "fruits.example/v1beta1"]);
    assert_eq!(fruit["properties"]["apiVersion"]["enum"], versions);
    // The completion of `apiVersion` and `kind` is that of the schema of everything.
    assert!(schemas["plumb.schema.json"].to_string().contains("Fruit"));
    let kind = registry().find("fruits.example/v1beta1", "Fruit").unwrap();
    assert_eq!(kind.rules().id, orchard::id("Fruit"));
}
