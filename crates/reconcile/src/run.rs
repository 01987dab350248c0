//! One run, from the lock to the last look.

use crate::error::RunError;
use crate::hooks::{Consent, Hooks};
use crate::lock::locked;
use crate::outcome::Outcome;
use crate::planned::Planned;
use crate::steps::{Ground, carry_out, identify, look, settle};
use crate::verdict::Verdict;
use plumb_engine::{EngineError, Interrupt, Settled, Until, Urgency};
use plumb_ledger::{Holding, Ledger, Store};
use plumb_model::event::RunOutcome;
use plumb_model::ledger::RunHead;
use plumb_model::moves::{moves, records};
use plumb_model::{Bill, Journal, LedgerView, Observation, Policy, Report, mark};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

/// Who runs what, and how it can be stopped.
#[derive(Debug)]
pub struct Order<'a> {
    /// Who runs what, for lock and history.
    pub holding: Holding,
    /// The Git commit of the manifests, where there is one.
    pub commit: Option<String>,
    /// How long to wait for a lock that another run holds.
    pub lock_timeout: Duration,
    /// What asks to stop.
    pub interrupt: &'a Interrupt,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// How it ended, with what says so.
    pub outcome: Outcome,
    /// The plan; none when it was stopped before there was one.
    pub planned: Option<Planned>,
    /// What carrying it out came to; none when it was not carried out.
    pub report: Option<Report>,
}

/// A run under way.
pub(crate) struct Running<'r, H> {
    pub(crate) ground: &'r Ground<'r>,
    pub(crate) store: &'r Store,
    pub(crate) stack: &'r str,
    pub(crate) order: &'r Order<'r>,
    pub(crate) hooks: &'r H,
}

type Step<T, H> = Result<T, RunError<<H as Hooks>::Error>>;

impl<H: Hooks> Running<'_, H> {
    pub(crate) async fn all(&self) -> Step<Ran, H> {
        let ended = |outcome: Outcome, planned| Ok(Ran { outcome, planned, report: None });
        let stopped = |planned| ended(Outcome::interrupted(), planned);
        let Some(ledger) = self.unless_stopped(self.lock()).await? else { return stopped(None) };
        let prepared = self.unless_stopped(self.prepare(&ledger)).await?;
        let Some(planned) = prepared else { return stopped(None) };
        if let Some(stopped) = Outcome::of_limits(&planned.plan) {
            return ended(stopped, Some(planned));
        }
        match self.unless_stopped(self.consent(&planned)).await? {
            Some(Consent::Given) => {}
            Some(Consent::Refused) => return ended(Outcome::declined(), Some(planned)),
            None => return stopped(Some(planned)),
        }
        let (report, settled) = self.carry_out_and_settle(&planned, &ledger).await?;
        let outcome = self.outcome(&planned, (&report, &settled), &ledger).await;
        self.hooks.ended(&planned.plan, &report, outcome.as_ref().ok());
        let outcome = outcome?;
        Ok(Ran { outcome, planned: Some(planned), report: Some(report) })
    }

    /// What the run came to; one that did everything, or that settled what the plan left alone,
    /// looks again.
    async fn outcome(
        &self,
        planned: &Planned,
        (report, settled): (&Report, &Settled),
        ledger: &Ledger,
    ) -> Step<Outcome, H> {
        let outcome = Outcome::of_run(&planned.plan, report);
        let all_done = outcome.verdict == Verdict::Done && !planned.plan.actions.is_empty();
        let came_free = !settled.records.is_empty() && report.outcome() == RunOutcome::Done;
        if !all_done && !came_free {
            return Ok(outcome);
        }
        let verified = self.unless_stopped(self.verify(planned, ledger)).await?;
        Ok(verified.unwrap_or_else(Outcome::interrupted))
    }

    /// What only looks, waits or asks ends as soon as somebody wants the run to stop: nothing is in
    /// flight that would have to be finished. `None` then.
    async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Step<T, H>>,
    ) -> Step<Option<T>, H> {
        tokio::select! {
            biased;
            () = self.order.interrupt.reached(Urgency::Graceful) => Ok(None),
            result = work => result.map(Some),
        }
    }

    async fn lock(&self) -> Step<Ledger, H> {
        let (store, stack) = (self.store, self.stack);
        let Order { holding, lock_timeout, .. } = self.order;
        let tell = |other: Option<&Holding>| self.hooks.waiting(other);
        let ledger = locked(store, stack, holding, *lock_timeout, tell).await?;
        if let Some(from) = ledger.evicted() {
            self.hooks.took_over(from);
        }
        Ok(ledger)
    }

    /// Looks for what is open, looks at everything and plans. Only where there is nothing else to do
    /// is what may still show itself waited for; else that is done beside the run.
    async fn prepare(&self, ledger: &Ledger) -> Step<Planned, H> {
        let open = self.ground.engine.in_doubt(&ledger.view());
        if !open.is_empty() {
            identify(self.ground, &ledger.view()).await?;
            self.hooks.settling(&open);
        }
        self.settle(ledger, Until::OneLook).await?;
        let mut planned = self.plan(ledger).await?;
        if planned.plan.actions.is_empty() && self.is_waiting(ledger) {
            self.settle(ledger, Until::Due).await?;
            planned = self.plan(ledger).await?;
        }
        self.hooks.planned(&planned, &ledger.view()).map_err(RunError::Hook)?;
        Ok(planned)
    }

    async fn plan(&self, ledger: &Ledger) -> Step<Planned, H> {
        let view = ledger.view();
        let policy = self.hooks.policy(&view).map_err(RunError::Hook)?;
        look(self.ground, &view, policy).await
    }

    async fn settle(&self, ledger: &Ledger, until: Until) -> Step<Settled, H> {
        let ground = self.ground;
        Ok(settle(ground, &ledger.view(), ledger, self.order.interrupt, until).await?)
    }

    /// Whether a create in doubt may still show itself.
    fn is_waiting(&self, ledger: &Ledger) -> bool {
        let open = self.ground.engine.in_doubt(&ledger.view());
        open.iter().any(|(_, at_most)| !at_most.is_zero())
    }

    /// Carries the plan out, and goes on looking for what is in doubt meanwhile: the plan leaves those
    /// addresses alone.
    async fn carry_out_and_settle(
        &self,
        planned: &Planned,
        ledger: &Ledger,
    ) -> Step<(Report, Settled), H> {
        let settling = async {
            if self.is_waiting(ledger) {
                self.settle(ledger, Until::Due).await
            } else {
                Ok(Settled::default())
            }
        };
        let (mut settling, mut carrying) = (pin!(settling), pin!(self.carry_out(planned, ledger)));
        let (report, settled) = tokio::select! {
            settled = &mut settling => (carrying.await, settled),
            report = &mut carrying => {
                if self.is_waiting(ledger) {
                    self.hooks.settling(&self.ground.engine.in_doubt(&ledger.view()));
                }
                (report, settling.await)
            }
        };
        Ok((report?, settled?))
    }

    /// A plan without actions needs no consent: carrying it out only brings the ledger up to date.
    async fn consent(&self, planned: &Planned) -> Step<Consent, H> {
        if planned.plan.actions.is_empty() {
            return Ok(Consent::Given);
        }
        self.hooks.consent(planned).await.map_err(RunError::Hook)
    }

    async fn carry_out(&self, planned: &Planned, ledger: &Ledger) -> Step<Report, H> {
        self.hooks.begins(&planned.plan).map_err(RunError::Hook)?;
        let Holding { who, command, .. } = &self.order.holding;
        self.follow_moves(ledger).await?;
        let view = ledger.view();
        let head = RunHead {
            who: who.clone(),
            at: self.ground.engine.now(),
            command: command.clone(),
            commit: self.order.commit.clone(),
            plan: Some(planned.basis(self.ground.desired).digest()),
            number: number(&view, planned),
        };
        let events = |event| self.hooks.tell(event);
        let interrupt = self.order.interrupt;
        let ground = self.ground;
        let report = carry_out(ground, planned, (&view, ledger), &events, interrupt, &head).await?;
        self.hooks.carried_out(&planned.plan, &report);
        Ok(report)
    }

    /// Writes into the ledger which resources have another name now; the plan was made from that.
    async fn follow_moves(&self, ledger: &Ledger) -> Step<(), H> {
        let view = ledger.view();
        let moves = moves(self.ground.desired, &view);
        if moves.is_empty() {
            return Ok(());
        }
        let written = Journal::append(ledger, records(&view, &moves)).await;
        let report = Box::default;
        written.map_err(|source| EngineError::Journal { source, report: report() })?;
        Ok(())
    }

    /// Looks again: after a run that did everything, nothing may be left to do.
    async fn verify(&self, planned: &Planned, ledger: &Ledger) -> Step<Outcome, H> {
        let policy = Policy { adopt: BTreeSet::new(), ..planned.policy.clone() };
        let Planned { plan: again, observed, policy, .. } =
            look(self.ground, &ledger.view(), policy).await?;
        if let Some(bill) = Bill::of(&planned.plan, &observed.live, &policy.prices) {
            self.hooks.billed(&bill);
        }
        let outcome = Outcome::of_rest(&again);
        if outcome.verdict != Verdict::Done {
            self.hooks.left(&again);
        }
        Ok(outcome)
    }
}

/// The number of a run: after all that the ledger knows of, and after all that wrote what is there,
/// which is more where the ledger was lost.
fn number(ledger: &LedgerView, planned: &Planned) -> u64 {
    let marks = planned.observed.live.objects.values().filter_map(|seen| match seen {
        Observation::Present(object) => object.mark.as_deref(),
        Observation::Absent | Observation::Unknown(_) => None,
    });
    let ours = marks.filter(|carried| mark::is_of(carried, &ledger.stack));
    ours.filter_map(mark::run).fold(ledger.generation, u64::max).saturating_add(1)
}
