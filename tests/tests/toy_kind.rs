//! A new kind takes one file (`toy_kind/lamp.rs`) and one line in a registry: nothing of model,
//! planner or engine knows of lamps, and they are made, lit, changed, replaced and deleted all the
//! same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "toy_kind/cloud.rs"]
mod cloud;
#[path = "toy_kind/lamp.rs"]
mod lamp;

use cloud::ToyCloud;
use plumb_engine::{Engine, Interrupt, Settings};
use plumb_kind::Registry;
use plumb_ledger::{MemoryFolder, Store};
use plumb_manifest::Outside;
use plumb_model::policy::Prune;
use plumb_model::text::Secret;
use plumb_model::{Desired, LedgerView, Policy};
use plumb_reconcile::{Consent, Ground, Hooks, Order, Planned, Reconciler, Verdict};
use plumb_tests::listing;
use plumb_tests::plumb::holding;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

/// The line.
fn registry() -> Registry {
    Registry::new(&[&lamp::TOYS]).unwrap()
}

struct Bench {
    cloud: Arc<ToyCloud>,
    engine: Engine,
    store: Store,
}

impl Bench {
    fn new() -> Self {
        let cloud = Arc::new(ToyCloud::new());
        let mut engine = Engine::new(registry(), cloud.clone(), Settings::default());
        engine.connect_through("toys", Secret::new("key"), cloud.clone()).unwrap();
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
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lamps.yaml"), manifest).unwrap();
    let nothing = |_: &str| None;
    let outside = Outside { variable: &nothing, standard_input: None };
    let loaded = plumb_manifest::load(&[folder.path().to_owned()], &outside);
    let resolved = plumb_manifest::resolve(&loaded, &registry(), &outside);
    resolved.desired.unwrap_or_else(|| panic!("{:#?}", resolved.findings))
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
    let bench = Bench::new();
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
