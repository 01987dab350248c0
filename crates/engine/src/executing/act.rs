//! Verbs a person uses on a live object: `plumb action`.

use crate::engine::{Engine, EngineError, Events};
use crate::executing::action::{Doing, Stop, outcome};
use crate::executing::aim::Aim;
use crate::executing::interrupt::{Interrupt, Urgency};
use crate::executing::place::Place;
use crate::executing::run::{Means, Run};
use plumb_kind::Verb;
use plumb_model::event::{ActionOutcome, Event};
use plumb_model::ledger::{LedgerView, Record, RunHead};
use plumb_model::{Action, ActionId, Journal, Operation, Report, ResourceKey};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// A verb and everything doing it needs.
#[derive(Clone, Copy)]
pub struct Acting<'a> {
    /// The resource.
    pub key: &'a ResourceKey,
    /// The verb's name, one of its kind's.
    pub verb: &'a str,
    /// The parts of the object the verb is limited to; the whole when empty.
    pub parts: &'a [String],
    /// How long it may take before it counts as pending; `None` leaves it to the kind.
    pub patience: Option<Duration>,
    /// The ledger, for ids.
    pub ledger: &'a LedgerView,
    /// Where the run is recorded.
    pub journal: &'a dyn Journal,
    /// Where events go.
    pub events: Events<'a>,
    /// What asks to stop.
    pub interrupt: &'a Interrupt,
    /// Who runs what.
    pub head: &'a RunHead,
}

impl std::fmt::Debug for Acting<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, verb, .. } = self;
        formatter
            .debug_struct("Acting")
            .field("key", key)
            .field("verb", verb)
            .finish_non_exhaustive()
    }
}

impl<'a> Acting<'a> {
    fn means(&self) -> Means<'a> {
        let Self { ledger, journal, events, interrupt, head, .. } = *self;
        Means { ledger, journal, events, interrupt, head }
    }
}

impl Engine {
    /// Does a verb and waits until it is done, believing the status only as the guard allows.
    /// Something that is as the verb would leave it is left alone.
    ///
    /// # Errors
    /// When the kind has no such verb or the journal cannot be written.
    pub async fn act(&self, acting: Acting<'_>) -> Result<Report, EngineError> {
        let verb = self.verb(acting.key, acting.verb)?;
        let operation = verb.leads_to.map_or(Operation::Restart, Operation::Power);
        let action = Action {
            id: ActionId::new(operation, acting.key),
            key: acting.key.clone(),
            operation,
            requires: BTreeSet::new(),
            changes: Vec::new(),
            because: BTreeSet::new(),
            precondition: None,
        };
        let run = Run::of_verb(self, acting.means());
        let began = Instant::now();
        let mut report = Report::default();
        if run.append(vec![Record::RunStarted(acting.head.clone())]).await.is_ok() {
            let outcome = tokio::select! {
                biased;
                () = acting.interrupt.reached(Urgency::Immediate) => {
                    ActionOutcome::Interrupted { sent: true }
                }
                outcome = perform(&run, &action, verb, &acting) => outcome,
            };
            report.interrupted = matches!(outcome, ActionOutcome::Interrupted { .. });
            report.outcomes.insert(action.id.clone(), outcome);
        }
        crate::executing::execute::finish(&run, &report, began).await;
        match run.take_failure() {
            Some(source) => Err(EngineError::Journal { source, report: Box::new(report) }),
            None => Ok(report),
        }
    }

    /// A verb of a resource's kind.
    fn verb(&self, key: &ResourceKey, name: &str) -> Result<&'static Verb, EngineError> {
        let unknown = || EngineError::NoSuchAct(format!("there is no kind {}", key.kind));
        let verbs = self.kind(&key.kind).ok_or_else(unknown)?.verbs();
        verbs.iter().find(|verb| verb.name == name).ok_or_else(|| {
            let known: Vec<&str> = verbs.iter().map(|verb| verb.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            EngineError::NoSuchAct(format!("{key} has no action {name:?}; it has: {known}"))
        })
    }
}

async fn perform(
    run: &Run<'_>,
    action: &Action,
    verb: &Verb,
    acting: &Acting<'_>,
) -> ActionOutcome {
    let mut doing = match Doing::new(run, action) {
        Ok(doing) => doing,
        Err(failure) => return outcome(Err(Stop::from(failure))),
    };
    doing.patience = acting.patience.unwrap_or(doing.patience);
    doing.parts = acting.parts.to_vec();
    run.tell(Event::ActionStarted {
        id: action.id.clone(),
        key: action.key.clone(),
        operation: action.operation,
    });
    let aim = match verb.leads_to {
        Some(power) => Aim::VerbTo(verb.name, power),
        None => Aim::Verb(verb.name),
    };
    let outcome = outcome(doing.switch(Place::default(), aim).await);
    doing.tell_finished(&outcome);
    outcome
}
