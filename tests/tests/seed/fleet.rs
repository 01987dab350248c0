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

/// How often what is refused is tried again.
const TRIES: usize = 30;

/// A repository and its cloud.
pub(crate) struct Fleet {
    pub(crate) plumb: Plumb,
    manner: Manner,
}

/// How a fleet's runs end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Well, at once.
    Smooth,
    /// Well at last: the server refuses each call in every documented way first.
    Refused,
}

impl Fleet {
    /// An empty repository over a world.
    pub(crate) fn new(world: Value, manner: Manner) -> Self {
        let fleet = Self { plumb: Plumb::new(Cloud::new(world).unwrap()).unwrap(), manner };
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
        for _ in 0..self.tries() {
            let ran = self.plumb.apply(&policy, &|| Ok(()), &Interrupt::never()).await.unwrap();
            let (plan, report) = (ran.planned.plan, ran.report.unwrap());
            let done = plan.blocked.is_empty() && report.outcome() == RunOutcome::Done;
            if self.manner == Manner::Smooth {
                assert!(done, "{:#?}\n{:#?}\n{report:#?}", plan.blocked, plan.findings);
                assert!(!report.outcomes.is_empty());
            }
            let again = self.plumb.plan(&policy).await.unwrap().plan;
            if done && again.is_empty() {
                return;
            }
            assert_eq!(self.manner, Manner::Refused, "planning again: {:#?}", again.actions);
        }
        panic!("it is not done after {TRIES} runs");
    }

    fn tries(&self) -> usize {
        match self.manner {
            Manner::Smooth => 1,
            Manner::Refused => TRIES,
        }
    }

    /// `plumb action VERB KEY`.
    pub(crate) async fn act(&mut self, key: &ResourceKey, verb: &str) {
        let mut last = None;
        for _ in 0..self.tries() {
            match self.plumb.act(key, verb).await {
                Ok(report) if report.outcome() == RunOutcome::Done => return,
                other => last = Some(other),
            }
        }
        panic!("{verb}: {last:#?}");
    }

    /// What was sent.
    pub(crate) fn end(self) -> Life {
        Life { requests: self.plumb.cloud.world().requests().all().cloned().collect() }
    }
}
