//! A new kind takes one file (`toy_kind/lamp.rs`) and one line in a registry: nothing of model,
//! planner or engine knows of lamps, and they are made, lit, changed, replaced and deleted all the
//! same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "toy_kind/cloud.rs"]
mod cloud;
#[path = "toy_kind/lamp.rs"]
mod lamp;

use cloud::ToyCloud;
use plumb_engine::{Engine, Interrupt, Settings, Work};
use plumb_kind::Registry;
use plumb_ledger::{Ledger, MemoryFolder};
use plumb_manifest::Outside;
use plumb_model::event::RunOutcome;
use plumb_model::ledger::RunHead;
use plumb_model::policy::Prune;
use plumb_model::text::Secret;
use plumb_model::{Desired, Event, Holder, Plan, Policy, RunId};
use plumb_tests::listing;
use std::fs;
use std::sync::Arc;

/// The line.
fn registry() -> Registry {
    Registry::new(&[&lamp::TOYS])
}

struct Bench {
    cloud: Arc<ToyCloud>,
    engine: Engine,
    ledger: Ledger,
}

impl Bench {
    fn new() -> Self {
        let cloud = Arc::new(ToyCloud::new());
        let mut engine = Engine::new(registry(), cloud.clone(), Settings::default());
        engine.connect_through("toys", Secret::new("key"), cloud.clone()).unwrap();
        let ledger = Ledger::open_in(Arc::new(MemoryFolder::new()), "toys").unwrap();
        Self { cloud, engine, ledger }
    }

    async fn plan(&self, manifest: &str) -> (Desired, plumb_engine::Observed, Plan) {
        let desired = desired(manifest);
        let view = self.ledger.view();
        let observed = self.engine.observe(&desired, &view).await;
        let policy = Policy { prune: Prune::On, ..Policy::default() };
        let plan = plumb_planner::plan(&desired, &observed.live, &view, &policy);
        (desired, observed, plan)
    }

    /// Applies a manifest; answers the plan and the requests that changed something.
    async fn apply(&self, manifest: &str) -> (String, Vec<String>) {
        let (desired, observed, plan) = self.plan(manifest).await;
        let head = RunHead {
            who: Holder {
                user: "test".into(),
                host: "here".into(),
                run: RunId("run".to_owned()),
                url: None,
            },
            at: jiff::Timestamp::UNIX_EPOCH,
            command: "apply".to_owned(),
            commit: None,
            plan: None,
        };
        let tell = |_: Event| {};
        let view = self.ledger.view();
        let work = Work {
            plan: &plan,
            desired: &desired,
            observed: &observed,
            ledger: &view,
            journal: &self.ledger,
            events: &tell,
            interrupt: &Interrupt::never(),
            head: &head,
        };
        let report = self.engine.execute(work).await.unwrap();
        assert_eq!(report.outcome(), RunOutcome::Done, "{report:#?}");
        let writes = self.cloud.writes();
        let (.., again) = self.plan(manifest).await;
        assert!(again.is_empty(), "planning again does something: {again:#?}");
        assert_eq!(self.cloud.writes(), [""; 0], "planning again writes");
        (listing::of_plan(&plan, Some(&report)), writes)
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
