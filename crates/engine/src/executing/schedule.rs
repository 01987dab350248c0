//! Which action of a plan starts when, what is skipped and why, and when to stop.

use crate::engine::EngineError;
use crate::executing::action::{Doing, Ended};
use crate::executing::interrupt::Urgency;
use crate::executing::run::Run;
use crate::transport::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use plumb_model::event::{ActionOutcome, Event, Failure, SkipReason};
use plumb_model::{Action, ActionId, Plan, Report, graph};
use std::collections::{BTreeMap, BTreeSet};

/// Which actions wait, run, and have ended.
#[derive(Default)]
pub(crate) struct Schedule<'p> {
    /// In the plan's order.
    order: Vec<&'p Action>,
    actions: BTreeMap<&'p ActionId, &'p Action>,
    /// For each action that waits, what it still waits for.
    waiting: BTreeMap<&'p ActionId, BTreeSet<&'p ActionId>>,
    dependants: BTreeMap<&'p ActionId, Vec<&'p ActionId>>,
    running: BTreeSet<&'p ActionId>,
    report: Report,
}

impl<'p> Schedule<'p> {
    /// The schedule of a plan, which must be one that can be carried out to its end.
    ///
    /// # Errors
    /// When an action stands in it twice, requires one that does not stand in it, or itself.
    pub(crate) fn new(plan: &'p Plan) -> Result<Self, EngineError> {
        let order: Vec<&'p Action> = plan.actions.iter().collect();
        let mut schedule = Self { order, ..Self::default() };
        for action in &plan.actions {
            if schedule.actions.insert(&action.id, action).is_some() {
                return Err(impossible(&action.id, "is planned twice"));
            }
            for id in &action.requires {
                schedule.dependants.entry(id).or_default().push(&action.id);
            }
            schedule.waiting.insert(&action.id, action.requires.iter().collect());
        }
        if let Some(id) = schedule.dependants.keys().find(|id| !schedule.actions.contains_key(*id))
        {
            return Err(impossible(id, "is required and not planned"));
        }
        match graph::order(&schedule.waiting) {
            Ok(_) => Ok(schedule),
            Err(graph::Cycle(ids)) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                Err(EngineError::Contradiction(format!("{} require each other", ids.join(", "))))
            }
        }
    }

    /// Runs until nothing runs and nothing can start.
    pub(crate) async fn drive<'r>(&mut self, run: &'r Run<'r>)
    where
        'p: 'r,
    {
        let mut running: FuturesUnordered<BoxFuture<'r, (&'p ActionId, Ended)>> =
            FuturesUnordered::new();
        let ready: Vec<&'p Action> =
            self.order.iter().copied().filter(|action| self.is_ready(&action.id)).collect();
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
    pub(crate) fn abandon(&mut self) {
        for id in std::mem::take(&mut self.running) {
            let outcome = ActionOutcome::Interrupted { sent: true };
            self.report.outcomes.insert(id.clone(), outcome);
        }
        for (id, _) in std::mem::take(&mut self.waiting) {
            self.report.skipped.insert(id.clone(), SkipReason::Interrupted);
        }
    }

    pub(crate) fn report(mut self, run: &Run<'_>) -> Report {
        // Whatever still waits was never reached: the run was stopped before it.
        for (id, _) in std::mem::take(&mut self.waiting) {
            self.report.skipped.insert(id.clone(), SkipReason::Interrupted);
        }
        let asked = run.means.interrupt.urgency() > Urgency::None;
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

fn impossible(id: &ActionId, how: &str) -> EngineError {
    EngineError::Contradiction(format!("{id} {how}"))
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
