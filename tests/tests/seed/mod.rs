//! The vendor's example requests (`tests/seed/`), and one life of the fleet they describe: made,
//! changed, switched and deleted by plumb over a simulated cloud, whose request log is the result.
//!
//! The bodies are the vendor's, character by character; `requests.json` says how each was shown:
//! method, path with its parameters, query. What is compared with what is not decided here.

#![allow(dead_code, reason = "each test binary uses its own part")]

use plumb_engine::{Acting, Engine, Interrupt, Settings};
use plumb_ledger::{Holder, Ledger};
use plumb_model::ledger::RunHead;
use plumb_model::policy::{Policy, Prune};
use plumb_model::text::Secret;
use plumb_model::{KindId, ResourceKey, RunId, Scope};
use plumb_sandbox::RequestRecord;
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, plain_policy, registry};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One request as the vendor shows it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// The row of the coverage checklist.
    pub(crate) row: String,
    /// The vendor's heading.
    pub(crate) title: String,
    /// The method.
    pub(crate) method: String,
    /// The path, with parameters in braces.
    pub(crate) path: String,
    /// The query; empty when none is shown.
    pub(crate) query: String,
    /// The file of the body, when one is shown.
    pub(crate) body: Option<String>,
    /// The parameters, as the bodies name them.
    pub(crate) values: BTreeMap<String, String>,
}

impl Shown {
    /// The path with its parameters filled in.
    pub(crate) fn path_for(&self, account: &str) -> String {
        let filled = self.values.iter().fold(self.path.clone(), |path, (name, value)| {
            path.replace(&format!("{{{name}}}"), value)
        });
        let filled = filled.replace("{accountId}", account);
        assert!(!filled.contains('{'), "{}: {filled}", self.row);
        filled
    }

    /// The body, parsed.
    pub(crate) fn body(&self) -> Option<Value> {
        self.body.as_deref().map(|file| serde_json::from_str(&text(file)).unwrap())
    }
}

/// The folder of the bodies.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seed")
}

/// A body, as it is printed.
pub(crate) fn text(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

/// Every request that is shown, in an order in which they can be sent.
pub(crate) fn shown() -> Vec<Shown> {
    serde_json::from_str(&text("requests.json")).unwrap()
}

/// The organization the examples speak of.
pub(crate) fn world() -> Value {
    let project = |id: &str, name: &str| json!({"id": id, "name": name});
    let workspace = |project: &str, name: &str| {
        json!({
            "apiVersion": "paas.envmgmt.io/v1",
            "kind": "Workspace",
            "metadata": {"name": name, "project": project},
        })
    };
    json!({"seeded": {"rafay": {
        "projects": [
            {"id": "lk5rw2e", "name": "defaultproject", "default": true},
            project("2wxr66m", "actions"),
            project("syscat1", "system-catalog"),
            project("vmproj1", "vm-project"),
            project("techpr1", "techproject"),
        ],
        "objects": [workspace("system-catalog", "dev1"), workspace("techproject", "techproject")],
    }}})
}

/// What the fleet's life left behind.
#[derive(Debug)]
pub(crate) struct Life {
    /// Every request plumb sent, in order.
    pub(crate) requests: Vec<RequestRecord>,
    /// The id the server gave the user.
    pub(crate) account: String,
}

/// The vendor's bodies as a repository, from the first apply to the last delete.
pub(crate) async fn life() -> Life {
    let mut fleet = Fleet(Plumb::new(Cloud::new(world()).unwrap()).unwrap());
    fleet.write(
        "plumb.yaml",
        &json!({
            "apiVersion": "plumb.dev/v1", "kind": "Stack", "metadata": {"name": "seed"},
        }),
    );
    let as_printed = [
        ("user.json", "create-user.json"),
        ("vpc.json", "create-vpc-service.json"),
        ("workspace.json", "create-workspace.json"),
        ("node.json", "create-bare-metal.json"),
        ("cluster.json", "create-kubernetes.json"),
    ];
    for (name, file) in as_printed {
        fleet.0.write(name, &text(file)).unwrap();
    }
    fleet.write("other-node.json", &earlier_node());
    fleet.apply(Prune::Off).await;
    let account = fleet.account();

    fleet.write(
        "user.json",
        &user(json!([parsed("assign-to-project.json"), actions()]), "add-to-groups.json"),
    );
    let mut workspace = parsed("create-workspace.json");
    workspace["metadata"]["description"] = "changed, to be changed back".into();
    fleet.write("workspace.json", &workspace);
    fleet.apply(Prune::Off).await;

    fleet.write("user.json", &user(json!([]), "no-groups"));
    fleet.0.write("workspace.json", &text("create-workspace.json")).unwrap();
    fleet.0.write("other-node.json", &text("update-bare-metal.json")).unwrap();
    fleet.apply(Prune::Off).await;

    for verb in ["stop", "start", "power reset", "power cycle"] {
        fleet.act(verb).await;
    }
    for name in ["user", "vpc", "workspace", "node", "cluster", "other-node"] {
        std::fs::remove_file(fleet.0.root().join(format!("{name}.json"))).unwrap();
    }
    // A stack without a document is refused, so one that needs nothing stays.
    fleet.write(
        "stays.json",
        &json!({
            "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
            "metadata": {"name": "stays", "project": "vm-project"},
        }),
    );
    fleet.apply(Prune::On).await;
    let requests = fleet.0.cloud.world().requests().all().cloned().collect();
    Life { requests, account }
}

fn parsed(file: &str) -> Value {
    serde_json::from_str(&text(file)).unwrap()
}

/// The node of the vendor's update, as it was before.
fn earlier_node() -> Value {
    let mut node = parsed("update-bare-metal.json");
    for variable in node["spec"]["variables"].as_array_mut().unwrap() {
        if ["assign_public_ip", "NVAIE License"].contains(&variable["name"].as_str().unwrap()) {
            variable["value"] = "false".into();
        }
    }
    node
}

/// The role the vendor's example takes away, declared so that it can be taken away.
fn actions() -> Value {
    let shown = parsed("unassign-from-project.json");
    let mut role = shown["roles"][0]["role"].clone();
    role["name"] = "PROJECT_READ_ONLY".into();
    json!({"project": shown["project"], "roles": [role]})
}

/// The vendor's user with memberships: the bodies of the calls are entries of its lists.
fn user(project_roles: Value, groups: &str) -> Value {
    let mut spec = parsed("create-user.json")["account"].clone();
    let name = spec.as_object_mut().unwrap().remove("username");
    spec["groups"] = if groups == "no-groups" { json!([]) } else { parsed(groups) };
    spec["projectRoles"] = project_roles;
    json!({"apiVersion": "auth/v1", "kind": "User", "metadata": {"name": name}, "spec": spec})
}

struct Fleet(Plumb);

impl Fleet {
    fn write(&self, name: &str, document: &Value) {
        self.0.write(name, &document.to_string()).unwrap();
    }

    /// Applies, and sees to it that everything was done and nothing is left.
    async fn apply(&mut self, prune: Prune) {
        let policy = move |declared: &Declared, view: &plumb_model::LedgerView| {
            let early: BTreeSet<ResourceKey> = view.entries.keys().cloned().collect();
            let plain = plain_policy(declared);
            Ok(Policy { prune, early_terminations: early, ..plain })
        };
        let ran = self.0.apply(&policy, &|_| Ok(()), &Interrupt::never()).await.unwrap();
        let report = ran.report.unwrap();
        assert!(ran.planned.plan.blocked.is_empty(), "{:#?}", ran.planned.plan.blocked);
        assert!(!report.outcomes.is_empty());
        assert_eq!(report.outcome(), plumb_model::event::RunOutcome::Done, "{report:#?}");
        let again = self.0.plan(&policy).await.unwrap().plan;
        assert!(again.is_empty(), "planning again: {:#?}", again.actions);
    }

    /// The id of the user.
    fn account(&self) -> String {
        self.0.cloud.world().rafay().directory().users[0].id.clone()
    }

    /// `plumb action VERB` on the bare-metal node.
    async fn act(&self, verb: &str) {
        let clock = Arc::new(self.0.cloud.clone());
        let mut engine = Engine::new(registry(), clock.clone(), Settings::default());
        engine.connect_through("rafay", Secret::new(self.0.key.clone()), clock).unwrap();
        let (at, run) = (plumb_engine::Clock::now(&self.0.cloud), RunId(verb.to_owned()));
        let head = RunHead {
            run: run.clone(),
            at,
            command: format!("action {verb}"),
            who: "test".to_owned(),
            commit: None,
            plan: None,
        };
        let (who, host, command) = (head.who.clone(), String::new(), head.command.clone());
        let holder = Holder { who, host, pid: 1, run, command, since: at };
        let ledger = Ledger::open(&self.0.ledger(), "seed", &holder).unwrap();
        let key = ResourceKey {
            kind: KindId::new("paas.envmgmt.io", "ComputeInstance"),
            scope: Scope::Workspace { project: "system-catalog".into(), workspace: "dev1".into() },
            name: "create-bm-api".to_owned(),
        };
        let acting = Acting {
            key: &key,
            verb,
            parts: &[],
            patience: None,
            ledger: &ledger.view(),
            journal: &ledger,
            events: &|_| {},
            interrupt: &Interrupt::never(),
            head: &head,
        };
        let report = engine.act(acting).await.unwrap();
        let outcome = report.outcome();
        assert_eq!(outcome, plumb_model::event::RunOutcome::Done, "{verb}: {report:#?}");
    }
}
