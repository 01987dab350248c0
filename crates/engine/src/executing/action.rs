//! What all operations share: beginning and ending, looking, building and sending requests. Each
//! operation is a file of its own below.

mod create;
mod delete;
mod power;
mod precondition;
mod publish;
mod update;

use crate::executing::aim::Aim;
use crate::executing::failure::{contradiction, failure};
use crate::executing::place::Place;
use crate::executing::record::{Extent, Sending};
use crate::executing::run::{Halt, Run};
use crate::observing::look::Looked;
use crate::observing::poller::{Poller, Sight, Writer, together};
use crate::transport::BoxFuture;
use crate::transport::limiter;
use crate::transport::outcome::{Answer, Outcome, Rejection};
use crate::transport::session::{Repeat, Session, Watcher};
use plumb_kind::{CannotBuild, Context, Kind, Reading, Refusal, Request, Snapshot, Step};
use plumb_model::body::walk;
use plumb_model::claim::{self, Beside, Claim, Evidence};
use plumb_model::event::{ActionOutcome, Event, Failure, SkipReason};
use plumb_model::ledger::{Entry, Provenance};
use plumb_model::rules::{KindRules, Lifecycle, RuleSet};
use plumb_model::{
    Action, Body, LiveObject, Observation, Operation, Phase, RemoteId, Resource, ServerText, mark,
};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::MutexGuard;
use tokio::time::Instant;

/// How an action ended, or why it was not started.
pub(crate) enum Ended {
    With(ActionOutcome),
    Skipped(SkipReason),
}

/// Why an action ends early.
pub(crate) enum Stop {
    /// With this outcome.
    With(ActionOutcome),
    /// The ledger cannot be written.
    Halt,
}

impl From<Halt> for Stop {
    fn from(Halt: Halt) -> Self {
        Self::Halt
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::With(ActionOutcome::Failed(failure))
    }
}

/// An action being done.
pub(crate) struct Doing<'r> {
    pub(crate) run: &'r Run<'r>,
    pub(crate) action: &'r Action,
    pub(crate) kind: &'static dyn Kind,
    pub(crate) session: &'r Session,
    pub(crate) resource: Option<&'r Resource>,
    pub(crate) began: Instant,
    /// How long it may wait.
    pub(crate) patience: Duration,
    /// The parts of the object a verb is limited to.
    pub(crate) parts: Vec<String>,
    /// Announces that this action writes, and then looks; dropped when it has written.
    writers: Vec<Writer>,
}

impl<'r> Doing<'r> {
    /// Prepares an action, without sending anything.
    pub(crate) fn new(run: &'r Run<'r>, action: &'r Action) -> Result<Self, Failure> {
        let engine = run.engine;
        let kind = engine.kind(&action.key.kind).ok_or_else(|| {
            contradiction(format!(
                "{} is planned, and there is no kind {}",
                action.key, action.key.kind
            ))
        })?;
        let session = engine.session(&action.key.kind).ok_or_else(|| {
            failure(engine.not_connected(&action.key.kind).to_string(), "configure a connection")
        })?;
        let resource = run.resource(&action.key);
        let looks_after = match action.operation {
            Operation::Create => kind.rules().lifecycle != Lifecycle::Published,
            Operation::Update => true,
            _ => false,
        };
        let pollers = looks_after.then(|| run.pollers.of(engine, &action.key));
        let writers =
            pollers.iter().flat_map(|all| all.iter()).map(Poller::expect_writer).collect();
        let wished = resource.and_then(|resource| resource.wishes.timeout);
        let patience = wished.unwrap_or(Duration::from_secs(kind.rules().timeout_seconds));
        let began = Instant::now();
        let parts = Vec::new();
        Ok(Self { run, action, kind, session, resource, began, patience, parts, writers })
    }

    /// Does it.
    pub(crate) async fn run(mut self) -> Ended {
        let place = Place::prepare(&self.run.preparing).await;
        if let Some(because) = self.reason_not_to_start() {
            return Ended::Skipped(because);
        }
        self.began = Instant::now();
        self.run.tell(Event::ActionStarted {
            id: self.action.id.clone(),
            key: self.action.key.clone(),
            operation: self.action.operation,
        });
        let done = match place {
            // Of thousands that are ready most wait for their place: until then they hold little.
            Ok(place) => Box::pin(self.perform(place)).await,
            Err(failure) => Err(failure.into()),
        };
        let outcome = outcome(done);
        self.tell_finished(&outcome);
        Ended::With(outcome)
    }

    async fn perform(&mut self, place: Place<'r>) -> Result<(), Stop> {
        let writers = std::mem::take(&mut self.writers);
        match self.action.operation {
            Operation::Create => self.create(place, writers).await,
            Operation::Adopt => self.adopt(place).await,
            Operation::Update => self.update(place, writers).await,
            Operation::Publish => self.publish(place).await,
            Operation::Power(power) => self.switch(place, Aim::State(power)).await,
            Operation::Wait => self.wait_for_rest(place).await,
            Operation::Restart => Err(contradiction("a plan restarts nothing").into()),
            Operation::Delete => self.delete(place).await,
        }
    }

    /// Tells how it ended.
    pub(crate) fn tell_finished(&self, outcome: &ActionOutcome) {
        self.run.tell(Event::ActionFinished {
            id: self.action.id.clone(),
            key: self.action.key.clone(),
            operation: self.action.operation,
            outcome: outcome.clone(),
            remote_id: self.id(),
            elapsed_milliseconds: Run::milliseconds_since(self.began),
        });
    }

    fn reason_not_to_start(&self) -> Option<SkipReason> {
        if self.run.is_stopping() {
            Some(SkipReason::Interrupted)
        } else if self.session.is_closed() {
            Some(SkipReason::KeyRefused)
        } else {
            None
        }
    }

    /// The vendor's id, when it is known.
    pub(crate) fn id(&self) -> Option<RemoteId> {
        self.run.remote_id(&self.action.key)
    }

    /// Whose a live object is.
    pub(crate) fn claim<'o>(&'o self, object: &'o LiveObject, beside: Beside<'o>) -> Claim<'o> {
        let stack = &self.run.means.ledger.stack;
        claim::claim(&Evidence { rules: self.rules(), object, stack, beside })
    }

    pub(crate) fn rules(&self) -> &'static KindRules {
        self.kind.rules()
    }

    /// The declared resource.
    pub(crate) fn declared(&self) -> Result<&'r Resource, Failure> {
        let missing = || contradiction(format!("{} is planned and not declared", self.action.id));
        self.resource.ok_or_else(missing)
    }

    /// Looks at the object, alone where its kind can, else in a listing that everyone who looks
    /// at the same time shares, and remembers it.
    pub(crate) async fn look(&self) -> Looked {
        let engine = self.run.engine;
        let alone = match self.run.freshest(&self.action.key) {
            Some(seen) => engine.look_again(&seen).await,
            None => engine.look_alone(&self.action.key, self.id().as_ref()).await,
        };
        let looked = match alone {
            Some(looked) => looked,
            None => self.look_in_lists().await,
        };
        if let Some(object) = looked.present() {
            self.run.remember(object);
        }
        looked
    }

    pub(crate) async fn look_in_lists(&self) -> Looked {
        let engine = self.run.engine;
        let mut sights = Vec::new();
        for poller in self.run.pollers.of(engine, &self.action.key).iter() {
            sights.push(poller.now(engine).await.sight(&self.action.key));
        }
        match together(sights) {
            Sight::Seen(observation @ (Observation::Present(_) | Observation::Absent)) => {
                Looked { observation, date: None }
            }
            // A list that moved or is not there: read it again, with what is around it.
            Sight::Seen(Observation::Unknown(_)) | Sight::NoList => {
                engine.look_listed(&self.action.key, self.run.bindings()).await
            }
        }
    }

    /// The requests of a step.
    pub(crate) fn requests(
        &self,
        step: Step<'_>,
        body: Option<&Body>,
        live: Option<&LiveObject>,
    ) -> Result<Vec<Request>, Failure> {
        let snapshot = self.run.snapshot();
        let built =
            self.in_context(body, live, snapshot, |context| self.kind.requests(step, context));
        built.map_err(|error| self.cannot_build(&error, body))
    }

    /// The requests of a step; where they replace a set that others write to, from a reading made
    /// now, and with the word that nobody else does the same until the guard is dropped.
    pub(crate) async fn requests_of_now(
        &self,
        step: Step<'_>,
        body: Option<&Body>,
        live: &LiveObject,
    ) -> Result<(Vec<Request>, Option<MutexGuard<'r, ()>>), Failure> {
        let planned = self.run.snapshot();
        let reads = |context: &Context<'_>| self.kind.reads_first(step, context);
        let collections = self.in_context(body, Some(live), planned, reads);
        if collections.is_empty() {
            return Ok((self.requests(step, body, Some(live))?, None));
        }
        let guard = self.run.replacing.lock().await;
        let mut snapshot = planned.clone();
        for collection in collections {
            let reading = self.run.engine.read_collection(&self.action.key.kind, &collection).await;
            if let Reading::Unknown(reason) = reading {
                let message = format!("what {} is to change cannot be read", self.action.key);
                let help = "nothing was sent; run it again when it can be read";
                return Err(Failure { said: Some(reason), ..failure(message, help) });
            }
            snapshot.0.insert(collection.id, reading);
        }
        let requests = |context: &Context<'_>| self.kind.requests(step, context);
        let built = self.in_context(body, Some(live), &snapshot, requests);
        Ok((built.map_err(|error| self.cannot_build(&error, body))?, Some(guard)))
    }

    /// Lends everything a request is built from.
    fn in_context<T>(
        &self,
        body: Option<&Body>,
        live: Option<&LiveObject>,
        snapshot: &Snapshot,
        use_it: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let stack = &self.run.means.ledger.stack;
        let (entry, ids) = (self.run.entry(&self.action.key), self.run.ids());
        let uid = mark::uid(stack, &self.action.key);
        let mark = mark::written(stack, self.run.means.head.number);
        use_it(&Context {
            key: &self.action.key,
            body,
            live,
            entry: entry.as_ref(),
            changes: &self.action.changes,
            stack: &mark,
            uid: &uid,
            snapshot,
            ids: &ids,
            parts: &self.parts,
        })
    }

    /// The declared body with outputs in place.
    pub(crate) fn body(&self, resource: &Resource) -> Result<Body, Failure> {
        let refined = self.run.refined(&resource.key);
        let rules = RuleSet::new(&self.rules().fields, refined);
        let mut body = resource.body.clone();
        for (path, reference) in walk::outputs(&resource.body, rules) {
            let found = self.run.freshest(&reference.key);
            let value = found.and_then(|object| object.output(&reference.path));
            let value = value.ok_or_else(|| {
                let message = format!("{} has no output {}", reference.key, reference.path);
                failure(message, "it must be ready and have this output; see plumb get -o yaml")
            })?;
            body = body.with(&path, value);
        }
        walk::seal(&mut body, rules);
        Ok(body)
    }

    /// The failure of a request that cannot be built. What was looked up may be a secret, and then
    /// the name that comes nearest to it says too much as well.
    fn cannot_build(&self, error: &CannotBuild, body: Option<&Body>) -> Failure {
        let veiled = self.veiled(&error.message, body);
        if veiled != error.message {
            return failure(veiled, "check the value that valueFrom gives");
        }
        failure(veiled, &self.veiled(&error.help, body))
    }

    /// A text without what the resource has of secrets, and without those of `body`, in which
    /// outputs of other resources stand.
    fn veiled(&self, text: &str, body: Option<&Body>) -> String {
        let declared = self.resource.iter().map(|resource| &resource.body);
        let secrets = declared.chain(body).flat_map(Body::secrets);
        ServerText::new(text).without(secrets).raw().to_owned()
    }

    /// Sends, repeating where the retry table says so.
    pub(crate) async fn send(&self, request: &Request) -> Answer {
        self.veil(self.session.call(request, self).await, request)
    }

    /// Sends once, from a place in flight that was waited for before.
    pub(crate) async fn send_from(
        &self,
        place: Option<limiter::Place<'r>>,
        request: &Request,
    ) -> Answer {
        self.veil(self.session.once(place, request).await, request)
    }

    /// A server may quote the body it refuses.
    fn veil(&self, answer: Answer, request: &Request) -> Answer {
        let body = request.body.as_ref();
        let said = answer.said.map(|said| ServerText::new(&self.veiled(said.raw(), body)));
        let request = self.veiled(&answer.request, body);
        Answer { said, request, ..answer }
    }

    /// Pauses before try number `attempt`, and tells. A run that is to stop does not try again.
    pub(crate) async fn pause(
        &self,
        attempt: u32,
        pause: Duration,
        answer: &Answer,
    ) -> Result<(), Stop> {
        self.tell(Repeat { attempt, pause, because: answer.why().to_owned() });
        tokio::select! {
            biased;
            () = self.run.stopping() => {
                if self.run.is_broken() {
                    return Err(Stop::Halt);
                }
                Err(Stop::With(ActionOutcome::Interrupted { sent: true }))
            }
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    /// Tells what phase was seen.
    pub(crate) fn tell_progress(&self, phase: &Phase, reason: Option<&ServerText>, news: bool) {
        let event = Event::ActionProgress {
            id: self.action.id.clone(),
            key: self.action.key.clone(),
            phase: phase.clone(),
            reason: reason.cloned(),
            elapsed_milliseconds: Run::milliseconds_since(self.began),
        };
        if news { self.run.tell(event) } else { self.run.show(event) }
    }

    /// Warns about the object.
    pub(crate) fn warn(&self, message: impl Into<String>) {
        let key = Some(self.action.key.clone());
        self.run.tell(Event::Warned { key, message: message.into() });
    }

    /// The ledger's entry for what was sent.
    pub(crate) fn entry(&self, resource: &Resource, extent: Extent<'_>, by: Provenance) -> Entry {
        let none = BTreeSet::new();
        let earlier = self.run.entry(&self.action.key);
        Sending {
            resource,
            rules: self.rules(),
            refined: self.run.refined(&resource.key),
            hash_key: &self.run.means.ledger.hash_key,
            extent,
            provenance: by,
            remote_id: self.id(),
            requires: self.run.needs(&resource.key).unwrap_or(&none),
            earlier: earlier.as_ref(),
            now: self.run.engine.clock.now(),
        }
        .entry()
    }
}

impl Watcher for Doing<'_> {
    fn tell(&self, repeat: Repeat) {
        let Repeat { attempt, pause, because } = repeat;
        self.run.tell(Event::ActionRetried {
            id: self.action.id.clone(),
            key: self.action.key.clone(),
            attempt,
            delay_milliseconds: u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            because,
        });
    }

    fn stopping(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.run.stopping())
    }
}

/// What an early end comes to.
pub(crate) fn outcome(done: Result<(), Stop>) -> ActionOutcome {
    match done {
        Ok(()) => ActionOutcome::Done,
        Err(Stop::With(outcome)) => outcome,
        Err(Stop::Halt) => ActionOutcome::Failed(failure(
            "the ledger cannot be written; nothing further was sent",
            "make room or mend the ledger, then run it again: what was sent is settled first",
        )),
    }
}

/// Whether a create can be said to have reached the server's own refusal.
pub(crate) fn is_final(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::NotApplied(
            Rejection::Refused(Refusal::Key | Refusal::Permission | Refusal::Request)
                | Rejection::SessionClosed
                | Rejection::NoPlace
                | Rejection::Redirected
        )
    )
}
