//! Running a plan: which action starts when, what is skipped and why, and when to stop. What an
//! action does is in `action`.

use crate::engine::{Engine, EngineError, Events};
use crate::executing::action::{Doing, Ended};
use crate::executing::interrupt::{Interrupt, Urgency};
use crate::executing::record::{Extent, Sending};
use crate::executing::run::{Halt, Run};
use crate::observing::observe::Observed;
use crate::transport::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use plumb_model::event::{ActionOutcome, Event, Failure, SkipReason};
use plumb_model::ledger::{Entry, LedgerView, Record, RunHead};
use plumb_model::{Action, ActionId, Desired, Journal, Plan, Report};
use std::collections::{BTreeMap, BTreeSet};
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
    /// When the journal cannot be written; nothing is sent after that.
    pub async fn execute(&self, work: Work<'_>) -> Result<Report, EngineError> {
        let run = Run::new(self, work);
        let began = Instant::now();
        run.show(Event::RunStarted {
            run: run.id().clone(),
            actions: work.plan.actions.len(),
            plan: work.plan.basis.fingerprint(),
        });
        let mut records = vec![Record::RunStarted(work.head.clone())];
        records.extend(refreshed(&run).into_iter().map(|entry| Record::Applied(Box::new(entry))));
        let gone = work.plan.gone().into_iter().cloned();
        records.extend(gone.map(|key| Record::Forgotten { key }));
        let mut schedule = Schedule::new(work.plan);
        if run.append(records).await == Ok(()) {
            tokio::select! {
                biased;
                () = work.interrupt.reached(Urgency::Immediate) => schedule.abandon(),
                () = schedule.drive(&run) => {}
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
    if run.work.interrupt.urgency() < Urgency::Immediate {
        let at = run.engine.clock.now();
        let finished = Record::RunFinished { run: run.id().clone(), at, outcome };
        // A failure is kept by the run and reported by the caller.
        let _: Result<(), Halt> = run.append(vec![finished]).await;
    }
    run.show(Event::RunFinished { outcome, elapsed_milliseconds: Run::milliseconds_since(began) });
}

/// An action that could not even begin.
fn not_begun(run: &Run<'_>, action: &Action, failure: Failure) -> Ended {
    let outcome = ActionOutcome::Failed(failure);
    run.tell(Event::ActionFinished {
        id: action.id.clone(),
        key: action.key.clone(),
        operation: action.operation,
        outcome: outcome.clone(),
        remote_id: None,
        elapsed_milliseconds: 0,
    });
    Ended::With(outcome)
}

/// Entries of unchanged resources that say something else than the manifests do now: protection
/// must outlive the text, and a field that was declared as it is must be missed when it goes.
fn refreshed(run: &Run<'_>) -> Vec<Entry> {
    let Work { plan, desired, ledger, observed, .. } = run.work;
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
        Some(sending.entry()).filter(|refreshed| refreshed != entry)
    };
    plan.unchanged.iter().filter_map(refresh).collect()
}

/// Which actions wait, run, and have ended.
struct Schedule<'p> {
    actions: BTreeMap<&'p ActionId, &'p Action>,
    /// For each action that waits, what it still waits for.
    waiting: BTreeMap<&'p ActionId, BTreeSet<&'p ActionId>>,
    dependants: BTreeMap<&'p ActionId, Vec<&'p ActionId>>,
    running: BTreeSet<&'p ActionId>,
    report: Report,
}

impl<'p> Schedule<'p> {
    fn new(plan: &'p Plan) -> Self {
        let actions: BTreeMap<_, _> =
            plan.actions.iter().map(|action| (&action.id, action)).collect();
        let mut waiting = BTreeMap::new();
        let mut dependants: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for action in &plan.actions {
            let required: BTreeSet<_> =
                action.requires.iter().filter(|id| actions.contains_key(id)).collect();
            for id in &required {
                dependants.entry(*id).or_default().push(&action.id);
            }
            waiting.insert(&action.id, required);
        }
        Self { actions, waiting, dependants, running: BTreeSet::new(), report: Report::default() }
    }

    /// Runs until nothing runs and nothing can start.
    async fn drive<'r>(&mut self, run: &'r Run<'r>)
    where
        'p: 'r,
    {
        let mut running: FuturesUnordered<BoxFuture<'r, (&'p ActionId, Ended)>> =
            FuturesUnordered::new();
        let order: Vec<&'p Action> = run
            .work
            .plan
            .actions
            .iter()
            .filter_map(|action| self.actions.get(&action.id).copied())
            .collect();
        let ready: Vec<&'p Action> =
            order.into_iter().filter(|action| self.is_ready(&action.id)).collect();
        for action in ready {
            running.push(self.start(run, action));
        }
        while let Some((id, ended)) = running.next().await {
            self.running.remove(id);
            for action in self.end(run, id, ended) {
                running.push(self.start(run, action));
            }
        }
    }

    fn is_ready(&self, id: &ActionId) -> bool {
        self.waiting.get(id).is_some_and(BTreeSet::is_empty)
    }

    fn start<'r>(
        &mut self,
        run: &'r Run<'r>,
        action: &'p Action,
    ) -> BoxFuture<'r, (&'p ActionId, Ended)>
    where
        'p: 'r,
    {
        self.waiting.remove(&action.id);
        self.running.insert(&action.id);
        let doing = Doing::new(run, action);
        Box::pin(async move {
            let ended = match doing {
                Ok(doing) => doing.run().await,
                Err(failure) => not_begun(run, action, failure),
            };
            (&action.id, ended)
        })
    }

    /// Takes an ending in; answers with what can start now.
    fn end(&mut self, run: &Run<'_>, id: &'p ActionId, ended: Ended) -> Vec<&'p Action> {
        let done = matches!(ended, Ended::With(ActionOutcome::Done));
        match ended {
            Ended::With(outcome) => {
                self.report.outcomes.insert(id.clone(), outcome);
            }
            Ended::Skipped(because) => self.skip(run, id, because),
        }
        if !done {
            self.skip_dependants(run, id);
            return Vec::new();
        }
        let mut ready = Vec::new();
        for dependant in self.dependants.get(id).cloned().unwrap_or_default() {
            if let Some(left) = self.waiting.get_mut(dependant) {
                left.remove(id);
                if left.is_empty() {
                    ready.extend(self.actions.get(dependant).copied());
                }
            }
        }
        ready
    }

    fn skip(&mut self, run: &Run<'_>, id: &'p ActionId, because: SkipReason) {
        self.waiting.remove(id);
        if let Some(action) = self.actions.get(id) {
            let (id, key) = (id.clone(), action.key.clone());
            run.tell(Event::ActionSkipped { id, key, because: because.clone() });
        }
        self.report.skipped.insert(id.clone(), because);
    }

    /// Skips everything that requires an action, directly or not, each for what it requires.
    fn skip_dependants(&mut self, run: &Run<'_>, id: &'p ActionId) {
        let interrupted = matches!(
            (self.report.outcomes.get(id), self.report.skipped.get(id)),
            (Some(ActionOutcome::Interrupted { .. }), _) | (_, Some(SkipReason::Interrupted))
        );
        let mut ended = vec![id];
        while let Some(id) = ended.pop() {
            for dependant in self.dependants.get(id).cloned().unwrap_or_default() {
                if self.waiting.contains_key(dependant) {
                    let because = if interrupted {
                        SkipReason::Interrupted
                    } else {
                        SkipReason::Requires(id.clone())
                    };
                    self.skip(run, dependant, because);
                    ended.push(dependant);
                }
            }
        }
    }

    /// Leaves everything as it is.
    fn abandon(&mut self) {
        for id in std::mem::take(&mut self.running) {
            let outcome = ActionOutcome::Interrupted { sent: true };
            self.report.outcomes.insert(id.clone(), outcome);
        }
        for (id, _) in std::mem::take(&mut self.waiting) {
            self.report.skipped.insert(id.clone(), SkipReason::Interrupted);
        }
    }

    fn report(mut self, run: &Run<'_>) -> Report {
        // Whatever still waits was never reached: the run was stopped before it.
        for (id, _) in std::mem::take(&mut self.waiting) {
            self.report.skipped.insert(id.clone(), SkipReason::Interrupted);
        }
        let asked = run.work.interrupt.urgency() > Urgency::None;
        let cut = self.report.skipped.values().any(|because| *because == SkipReason::Interrupted)
            || self
                .report
                .outcomes
                .values()
                .any(|outcome| matches!(outcome, ActionOutcome::Interrupted { .. }));
        self.report.interrupted = asked && cut;
        self.report
    }
}
