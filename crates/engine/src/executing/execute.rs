//! Running a plan from its first record to its last. Which action starts when is in `schedule`;
//! what an action does, in `action`.

use crate::engine::{Engine, EngineError, Events};
use crate::executing::forgetting::forget_what_is_gone;
use crate::executing::interrupt::{Interrupt, Urgency};
use crate::executing::marks::learn_of_marks;
use crate::executing::record::{Extent, Sending};
use crate::executing::run::{Halt, Means, Planned, Run};
use crate::executing::schedule::Schedule;
use crate::observing::observe::Observed;
use plumb_model::event::Event;
use plumb_model::ledger::{Entry, LedgerView, Record, RunHead};
use plumb_model::{Desired, Journal, Plan, Report};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::Instant;

/// A plan and everything executing it needs.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What it was made from: the manifests.
    pub desired: &'a Desired,
    /// What it was made from: the world.
    pub observed: &'a Observed,
    /// What it was made from: the ledger.
    pub ledger: &'a LedgerView,
    /// Where the ledger is written.
    pub journal: &'a dyn Journal,
    /// Where events go.
    pub events: Events<'a>,
    /// What asks the run to stop.
    pub interrupt: &'a Interrupt,
    /// Who runs what.
    pub head: &'a RunHead,
}

impl std::fmt::Debug for Work<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Work").field("run", &self.head.who.run).finish_non_exhaustive()
    }
}

impl<'a> Work<'a> {
    fn means(&self) -> Means<'a> {
        let Self { ledger, journal, events, interrupt, head, .. } = *self;
        Means { ledger, journal, events, interrupt, head }
    }

    fn planned(&self) -> Planned<'a> {
        let Self { plan, desired, observed, .. } = *self;
        Planned { plan, desired, observed }
    }
}

impl Engine {
    /// Executes a plan.
    ///
    /// # Flow
    /// Actions whose requirements are done start in the plan's order, as many at once as the
    /// settings allow; long waits do not count. What does not end in `Done` skips its dependants,
    /// by name; the rest goes on.
    ///
    /// # Guarantees
    /// - A create is in the journal, durably, before it is sent, and no create is sent again
    ///   before looking; where the server would make a second one, never.
    /// - Nothing is changed that is not as the plan saw it.
    /// - An action is `Done` only when it was read back.
    /// - Asked once to stop, it starts nothing, finishes and records what is in flight and ends
    ///   its waits; asked twice, it returns at once.
    ///
    /// What unchanged resources declare and are protected by is brought up to date in the ledger too,
    /// and what is gone and not declared is forgotten, so executing a plan without actions is of use.
    ///
    /// # Errors
    /// When the journal cannot be written; nothing is sent after that. When the plan contradicts
    /// itself; nothing is sent at all.
    pub async fn execute(&self, work: Work<'_>) -> Result<Report, EngineError> {
        let mut schedule = Schedule::new(work.plan)?;
        let run = Run::of_plan(self, work.means(), work.planned());
        let began = Instant::now();
        run.show(Event::RunStarted {
            run: run.id().clone(),
            actions: work.plan.actions.len(),
            plan: work.head.plan,
        });
        let mut records = vec![Record::RunStarted(work.head.clone())];
        records.extend(
            refreshed(&run, &work).into_iter().map(|entry| Record::Applied(Arc::new(entry))),
        );
        if run.append(records).await == Ok(()) {
            tokio::select! {
                biased;
                () = work.interrupt.reached(Urgency::Immediate) => schedule.abandon(),
                () = schedule.drive(&run) => {
                    learn_of_marks(&run, work.plan);
                    if forget_what_is_gone(&run, work.plan).await == Err(Halt) {
                        tracing::debug!("what is gone is not forgotten");
                    }
                }
            }
        }
        let report = schedule.report(&run);
        finish(&run, &report, began).await;
        match run.take_failure() {
            Some(source) => Err(EngineError::Journal { source, report: Box::new(report) }),
            None => Ok(report),
        }
    }
}

pub(crate) async fn finish(run: &Run<'_>, report: &Report, began: Instant) {
    let outcome = report.outcome();
    if run.means.interrupt.urgency() < Urgency::Immediate {
        let at = run.engine.clock.now();
        let finished = Record::RunFinished { run: run.id().clone(), at, outcome };
        if run.append(vec![finished]).await == Err(Halt) {
            // The run keeps the failure, and its caller returns it.
            tracing::debug!("the end of the run is not recorded");
        }
    }
    run.show(Event::RunFinished { outcome, elapsed_milliseconds: Run::milliseconds_since(began) });
}

/// Entries of unchanged resources that say something else than the manifests do now: protection
/// must outlive the text, and a field that was declared as it is must be missed when it goes.
fn refreshed(run: &Run<'_>, work: &Work<'_>) -> Vec<Entry> {
    let Work { plan, desired, ledger, observed, .. } = work;
    let (nothing, unconnected) = (BTreeSet::new(), BTreeSet::new());
    let refresh = |key| {
        let (entry, resource) = (ledger.entries.get(key)?, desired.get(key)?);
        let sending = Sending {
            resource,
            rules: run.engine.table.get(resource.kind())?,
            refined: observed.live.rules_of(key),
            hash_key: &ledger.hash_key,
            extent: Extent::Changes(&nothing),
            provenance: entry.provenance,
            remote_id: None,
            requires: desired.edges().get(key).unwrap_or(&unconnected),
            earlier: Some(entry),
            now: run.engine.clock.now(),
        };
        Some(sending.entry()).filter(|refreshed| *refreshed != **entry)
    };
    plan.unchanged.iter().filter_map(refresh).collect()
}
