//! A repository that is applied again and again over a simulated cloud, and settled after each run.

use super::Life;
use plumb_engine::Interrupt;
use plumb_model::event::RunOutcome;
use plumb_model::policy::{Policy, Prune};
use plumb_model::{LedgerView, ResourceKey};
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, plain_policy};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A repository and its cloud.
pub(crate) struct Fleet {
    pub(crate) plumb: Plumb,
}

impl Fleet {
    /// An empty repository over a world.
    pub(crate) fn new(world: Value) -> Self {
        let fleet = Self { plumb: Plumb::new(Cloud::new(world).unwrap()).unwrap() };
        let stack = json!({
            "apiVersion": "plumb.dev/v1", "kind": "Stack", "metadata": {"name": "seed"},
        });
        fleet.write("plumb.yaml", &stack);
        fleet
    }

    /// Writes a document into a file.
    pub(crate) fn write(&self, name: &str, document: &Value) {
        self.plumb.write(name, &document.to_string()).unwrap();
    }

    /// Applies, and sees to it that everything was done and nothing is left.
    pub(crate) async fn apply(&mut self, prune: Prune) {
        let policy = move |declared: &Declared, view: &LedgerView| {
            let early: BTreeSet<ResourceKey> = view.entries.keys().cloned().collect();
            let plain = plain_policy(declared);
            Ok(Policy { prune, early_terminations: early, allowed_deletes: Some(100), ..plain })
        };
        let ran = self.plumb.apply(&policy, &|_| Ok(()), &Interrupt::never()).await.unwrap();
        let (plan, report) = (ran.planned.plan, ran.report.unwrap());
        assert!(plan.blocked.is_empty(), "{:#?}\n{:#?}", plan.blocked, plan.findings);
        assert!(!report.outcomes.is_empty());
        assert_eq!(report.outcome(), RunOutcome::Done, "{report:#?}");
        let again = self.plumb.plan(&policy).await.unwrap().plan;
        assert!(again.is_empty(), "planning again: {:#?}", again.actions);
    }

    /// `plumb action VERB KEY`.
    pub(crate) async fn act(&mut self, key: &ResourceKey, verb: &str) {
        let report = self.plumb.act(key, verb).await.unwrap();
        assert_eq!(report.outcome(), RunOutcome::Done, "{verb}: {report:#?}");
    }

    /// What was sent.
    pub(crate) fn end(self) -> Life {
        Life { requests: self.plumb.cloud.world().requests().all().cloned().collect() }
    }
}
