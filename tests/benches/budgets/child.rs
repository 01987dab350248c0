//! What takes seconds and bytes: measured in a process of its own, so that neither the sandbox nor
//! another measurement is in the figures. The sandbox stays in the parent and is reached over
//! loopback, through the transport of the product.

use crate::distant::Distant;
use crate::fleet::{Fleet, Standing};
use crate::machine;
use crate::wired::{Wired, declare};
use plumb_engine::Interrupt;
use plumb_ledger::Store;
use plumb_model::event::RunOutcome;
use plumb_sandbox::{RunningSandbox, Sandbox};
use plumb_tests::simulated::clouds;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// The argument that makes this program the child: it is followed by a task.
pub(crate) const CHILD: &str = "--child";

/// What a child is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Task {
    /// Fill the ledger with what stands.
    Remember,
    /// Plan a fleet that is as declared.
    Plan,
    /// Plan a fleet of which nothing is there, whatever keeps it from being made.
    PlanCreates,
    /// Make everything.
    Apply,
    /// Make everything, with the ledger in a store that others share.
    ApplyShared,
    /// Load, check and key the manifests.
    Load,
    /// Tell the runs that are on record.
    History,
}

/// What a task took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Requests sent.
    pub(crate) requests: u64,
    /// Requests sent to the store of a shared ledger.
    pub(crate) stored: u64,
    /// From its beginning to its end.
    pub(crate) seconds: f64,
    /// Of the processor.
    pub(crate) processor_seconds: f64,
    /// The same of the whole process, from its start: what a command takes.
    pub(crate) processor_in_all: f64,
    /// The most memory meanwhile, in bytes, of the whole process.
    pub(crate) peak: u64,
    /// The memory before, in bytes.
    pub(crate) before: u64,
}

/// Where a task is done.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    task: Task,
    root: String,
    endpoint: String,
    provider: String,
    key: String,
}

/// A fleet's manifests, and its world behind a loopback address.
pub(crate) struct Served {
    fleet: Fleet,
    folder: tempfile::TempDir,
    sandbox: RunningSandbox,
    /// Serves while this lives.
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    /// Starts serving.
    pub(crate) fn new(fleet: Fleet, standing: Standing, latency_milliseconds: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fleet.write(folder.path());
        let config = serde_json::from_value(fleet.world(standing, latency_milliseconds)).unwrap();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(config, clouds(), None)).unwrap();
        assert!(sandbox.problems.is_empty(), "{:?}", sandbox.problems);
        Self { fleet, folder, sandbox, _runtime: runtime }
    }

    /// Has a child load the manifests.
    pub(crate) fn measure_loading(&self) -> Figures {
        measure_loading(self.folder.path())
    }

    /// Has a child do a task against this world.
    pub(crate) fn measure(&self, task: Task) -> Figures {
        delegate(&self.order(task))
    }

    /// The arguments with which this program does a task against this world, to look into it.
    pub(crate) fn arguments(&self, task: Task) -> [String; 2] {
        [CHILD.to_owned(), serde_json::to_string(&self.order(task)).unwrap()]
    }

    fn order(&self, task: Task) -> Order {
        let provider = self.fleet.connection();
        Order {
            task,
            root: self.folder.path().display().to_string(),
            endpoint: self.sandbox.endpoint.clone(),
            provider: provider.to_owned(),
            key: self.sandbox.keys[provider].clone(),
        }
    }
}

/// Has a child load the manifests of a folder.
pub(crate) fn measure_loading(root: &Path) -> Figures {
    let root = root.display().to_string();
    let nowhere = String::new;
    delegate(&Order {
        task: Task::Load,
        root,
        endpoint: nowhere(),
        provider: nowhere(),
        key: nowhere(),
    })
}

fn delegate(order: &Order) -> Figures {
    let this = std::env::current_exe().unwrap();
    let order = serde_json::to_string(order).unwrap();
    let output = Command::new(this).args([CHILD, &order]).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{order}: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The child's side: does the task, and answers with its figures as JSON.
pub(crate) fn obey(order: &str) -> String {
    let order: Order = serde_json::from_str(order).unwrap();
    let root = Path::new(&order.root);
    let figures = if order.task == Task::Load {
        load(root)
    } else {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let wired = Wired::over_http(root, &order.endpoint, (&order.provider, &order.key));
        if order.task == Task::ApplyShared {
            let store = Distant::new();
            let wired = wired.recorded_in(Store::of_objects(Arc::new(store.clone())));
            let figures = runtime.block_on(act(&wired, order.task));
            Figures { stored: store.requests(), ..figures }
        } else {
            runtime.block_on(act(&wired, order.task))
        }
    };
    serde_json::to_string(&figures).unwrap()
}

fn load(root: &Path) -> Figures {
    let watch = Watch::start();
    let desired = declare(root);
    let figures = watch.stop(0);
    assert!(!desired.resources().is_empty());
    figures
}

async fn act(wired: &Wired, task: Task) -> Figures {
    match task {
        Task::Load => Figures::default(),
        Task::History => {
            let watch = Watch::start();
            let runs = wired.runs();
            let figures = watch.stop(0);
            assert!(!runs.is_empty());
            figures
        }
        Task::Remember => {
            wired.remember().await;
            Figures::default()
        }
        Task::Plan => {
            let desired = wired.declare();
            let watch = Watch::start();
            let plan = wired.plan(&desired).await;
            let figures = watch.stop(wired.engine.requests());
            assert!(plan.is_empty(), "the plan is not empty: {:#?}", plan.actions.first());
            figures
        }
        Task::PlanCreates => {
            let desired = wired.declare();
            let watch = Watch::start();
            let planned = wired.look(&desired).await;
            let figures = watch.stop(wired.engine.requests());
            assert!(planned.plan.actions.len() + planned.plan.blocked.len() > 0);
            figures
        }
        Task::Apply | Task::ApplyShared => {
            let watch = Watch::start();
            let applied = wired.apply(&Interrupt::never()).await;
            let figures = watch.stop(applied.requests);
            assert_eq!(applied.report.outcome(), RunOutcome::Done);
            Figures { seconds: applied.elapsed.as_secs_f64(), ..figures }
        }
    }
}

/// A measurement under way.
struct Watch {
    began: Instant,
    processor_seconds: f64,
    before: u64,
}

impl Watch {
    fn start() -> Self {
        let before = machine::memory();
        machine::forget_peak();
        let processor_seconds = machine::processor_time().as_secs_f64();
        Self { began: Instant::now(), processor_seconds, before }
    }

    fn stop(self, requests: u64) -> Figures {
        Figures {
            requests,
            stored: 0,
            seconds: self.began.elapsed().as_secs_f64(),
            processor_seconds: machine::processor_time().as_secs_f64() - self.processor_seconds,
            processor_in_all: machine::processor_time().as_secs_f64(),
            peak: machine::peak_memory(),
            before: self.before,
        }
    }
}
