//! The create that must not happen twice (RELIABILITY.md §2).
//!
//! # Flow
//! Intent, durably; send; settle. An answer in doubt is settled by looking. Where the server
//! refuses a second object of the name, a proven absence allows the same request again; where it
//! would make one, never.

use crate::clock;
use crate::executing::action::{Doing, Stop, failure, is_final};
use crate::executing::read_back::{Declared, Written};
use crate::executing::record::{self, Extent};
use crate::observing::look::Looked;
use crate::observing::poller::Writer;
use crate::transport::outcome::{Answer, Outcome, Rejection};
use crate::transport::retry::{self, Decision};
use plumb_kind::{Effect, Refusal, Request, Step};
use plumb_model::event::{ActionOutcome, Failure};
use plumb_model::known_bad::{self, KnownBad};
use plumb_model::ledger::{Entry, Intent, Provenance, Record, Settlement};
use plumb_model::rules::{CreateSafety, Lifecycle, MarkPlace};
use plumb_model::{LiveObject, Observation, Phase, Resource};
use std::time::Duration;
use tokio::sync::SemaphorePermit;
use tokio::time::Instant;

/// The first pause between two looks for a create in doubt; each further one is twice as long.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// The longest.
const LONGEST_LOOK: Duration = Duration::from_mins(1);

/// Whether an earlier sending of this create is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    None,
    Earlier,
    /// The one before is in doubt, and this one was refused: perhaps because of the one before,
    /// since some servers answer a name that is taken like any other refusal (V-23).
    EarlierAndRefused,
}

/// What looking for a create came to.
enum Found {
    Ours,
    NotOurs(Box<LiveObject>),
    Absent,
    Unclear,
}

impl<'r> Doing<'r> {
    /// Makes the resource.
    pub(super) async fn create(
        &self,
        prepared: Option<SemaphorePermit<'r>>,
        writers: Vec<Writer>,
    ) -> Result<(), Stop> {
        let resource = self.declared()?;
        let (revealed, filled) = self.body(resource)?;
        let mut requests = self.requests(Step::Create, Some(&revealed), None)?.into_iter();
        let first = requests.next().ok_or_else(|| {
            failure(format!("{} cannot be created", self.action.key), "declare it elsewhere")
        })?;
        let declared = Declared::new(resource, filled);
        if self.rules().create_safety == CreateSafety::AtMostOnce {
            self.prove_absence().await?;
        }
        self.make(resource, &declared, &first, prepared).await?;
        let entry = self.record_made(resource).await?;
        for request in requests {
            self.send_further(&request).await?;
        }
        drop(writers);
        match self.rules().lifecycle {
            Lifecycle::Published => return Ok(()),
            Lifecycle::Waited => {
                let mut guard = self.guard(crate::executing::guard::Awaited::Ready, None, None);
                let waited = self.wait(&mut guard).await;
                self.ended(waited, "creation")?;
            }
            Lifecycle::Immediate => {}
        }
        let sent = Some(&entry);
        let live = self.read_back(resource, &declared, Written::ByCreate, sent).await?;
        self.learn_id(&live);
        Ok(())
    }

    /// Looks once more right before something is rented that cannot be told from a second one.
    async fn prove_absence(&self) -> Result<(), Stop> {
        let looked = Looked { observation: self.look_in_lists().await.observation, date: None };
        let checked = self.check(looked)?;
        if checked.present().is_none() {
            return Ok(());
        }
        let what = format!("{} is there already", self.action.key);
        Err(Stop::With(ActionOutcome::Moved { fields: Vec::new(), what }))
    }

    /// Sends until the create is settled. An earlier run may have left it in doubt: what was sent
    /// then may still come.
    async fn make(
        &self,
        resource: &Resource,
        declared: &Declared,
        request: &Request,
        mut prepared: Option<SemaphorePermit<'r>>,
    ) -> Result<(), Stop> {
        let earlier = self.run.open_intent(&self.action.key).map(|intent| intent.attempt);
        let mut doubt = if earlier.is_some() { Doubt::Earlier } else { Doubt::None };
        let first = earlier.unwrap_or(0).saturating_add(1);
        for attempt in first.. {
            let intent = self.intent(resource, attempt);
            self.run.append(vec![Record::IntentOpened(intent.clone())]).await?;
            // Known bad: the ledger says that it was made before it is sent.
            if known_bad::is(KnownBad::RecordBeforeSend) {
                self.record_made(resource).await?;
            }
            let place = match self.enter(prepared.take()).await {
                Ok(place) => place,
                Err(Stop::With(_)) => {
                    let outcome = ActionOutcome::Interrupted { sent: attempt > first };
                    return Err(self.abort(Stop::With(outcome), doubt).await);
                }
                Err(Stop::Halt) => return Err(Stop::Halt),
            };
            let answer = self.send(request).await;
            drop(place);
            match self.judge(&answer) {
                Decision::Proceed => return Ok(()),
                Decision::GiveUp if doubt != Doubt::None && may_mean_taken(&answer.outcome) => {
                    doubt = Doubt::EarlierAndRefused;
                }
                Decision::Repeat | Decision::GiveUp if doubt != Doubt::None => {
                    return Err(indeterminate(intent));
                }
                Decision::Repeat | Decision::GiveUp => {
                    return Err(self.abort(self.refused(&answer).into(), doubt).await);
                }
                Decision::Look => {}
            }
            if doubt != Doubt::EarlierAndRefused && answer.outcome != Outcome::Conflict {
                doubt = Doubt::Earlier;
            }
            match self.settle_create(resource, declared, doubt).await {
                Found::Ours => return Ok(()),
                // Perhaps it is what was sent before, and the manifest has changed since.
                Found::NotOurs(object) if doubt != Doubt::None && self.may_be_ours(&object) => {
                    return Err(indeterminate(intent));
                }
                Found::NotOurs(object) => {
                    let stop = self.not_ours(&answer, &object).into();
                    return Err(self.abort(stop, Doubt::None).await);
                }
                Found::Unclear => return Err(indeterminate(intent)),
                Found::Absent if doubt == Doubt::None => {
                    return Err(self.abort(self.refused(&answer).into(), doubt).await);
                }
                Found::Absent if attempt - first + 1 >= self.session.budgets().tries => {
                    return Err(indeterminate(intent));
                }
                Found::Absent => {
                    if let Err(stop) = self.pause(attempt - first + 2, &answer).await {
                        return Err(self.abort(stop, doubt).await);
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether nothing says that an object is somebody else's.
    fn may_be_ours(&self, object: &LiveObject) -> bool {
        self.rules().mark == MarkPlace::Ledger && object.status.phase != Phase::Deleting
    }

    /// What follows an answer; takes the id out of a good one. A good one without the id, where
    /// nothing else names the object, is in doubt.
    fn judge(&self, answer: &Answer) -> Decision {
        let decision = retry::decide(Effect::Create, &answer.outcome);
        let Outcome::Applied(body) = &answer.outcome else { return decision };
        if let Some(warning) = self.kind.created_warning(body) {
            self.warn(format!("{}: {warning}", self.action.key));
        }
        match self.kind.created_id(body) {
            Some(id) => self.run.remember_id(&self.action.key, id),
            None if self.rules().create_safety == CreateSafety::AtMostOnce => {
                return Decision::Look;
            }
            None => {}
        }
        decision
    }

    fn intent(&self, resource: &Resource, attempt: u32) -> Intent {
        let work = &self.run.work;
        let at = self.run.engine.clock.now();
        Intent {
            key: self.action.key.clone(),
            uid: record::uid(&work.ledger.stack, &self.action.key),
            attempt,
            digest: record::digest(resource, &work.ledger.hash_key),
            at,
            deadline: clock::after(at, self.session.budgets().settle),
            run: self.run.id().clone(),
        }
    }

    /// Records that it was made, and that nothing about it is in doubt any more.
    async fn record_made(&self, resource: &Resource) -> Result<Entry, Stop> {
        let entry = self.entry(resource, Extent::Create, Provenance::Created);
        let settlement = Settlement::Applied(self.id());
        let settled = Record::IntentSettled { key: self.action.key.clone(), settlement };
        self.run.append(vec![settled, Record::Applied(Box::new(entry.clone()))]).await?;
        Ok(entry)
    }

    /// Looks until it is known what became of the create, or the settle window is over.
    async fn settle_create(&self, resource: &Resource, declared: &Declared, doubt: Doubt) -> Found {
        let until = Instant::now() + self.session.budgets().settle;
        let once = self.rules().create_safety == CreateSafety::AtMostOnce;
        let mut pause = FIRST_LOOK;
        loop {
            let looked = if once {
                self.run.engine.look_listed(&self.action.key, self.run.bindings()).await
            } else {
                self.look().await
            };
            match looked.observation {
                Observation::Present(object) => {
                    if self.is_ours(resource, declared, &object, doubt) {
                        self.run.remember(&object);
                        return Found::Ours;
                    }
                    // Where names are not unique, another's of the same name proves nothing.
                    if !once {
                        return Found::NotOurs(object);
                    }
                }
                Observation::Absent if doubt == Doubt::None => return Found::Absent,
                // Known bad: one list that does not show it is proof.
                Observation::Absent if known_bad::is(KnownBad::LookOnce) => return Found::Absent,
                Observation::Absent if !once && doubt == Doubt::Earlier => return Found::Absent,
                Observation::Absent | Observation::Unknown(_) => {}
            }
            let next = Instant::now() + self.session.jitter().shorten(pause);
            if next > until || self.session.is_closed() || self.run.is_stopping() {
                return Found::Unclear;
            }
            if once && pause == FIRST_LOOK {
                self.tell_of_looking();
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(next) => {}
                () = self.run.stopping() => return Found::Unclear,
            }
            pause = (pause * 2).min(LONGEST_LOOK);
        }
    }

    /// Says why nothing happens for minutes.
    fn tell_of_looking(&self) {
        let minutes = self.session.budgets().settle.as_secs().div_ceil(60);
        self.warn(format!(
            "whether {} was made is not known; it is looked for, for up to {minutes} min, and not \
             sent again",
            self.action.key
        ));
    }

    /// Whether an object that is there is what this create made. Our mark says so; without one,
    /// only an earlier sending in doubt and full agreement do.
    fn is_ours(
        &self,
        resource: &Resource,
        declared: &Declared,
        object: &LiveObject,
        doubt: Doubt,
    ) -> bool {
        let stack = &self.run.work.ledger.stack;
        let agrees =
            || self.differences(resource, declared, Written::ByCreate, object, None).is_empty();
        let leaving = object.status.phase == Phase::Deleting;
        match (self.rules().mark, &object.mark) {
            _ if leaving => false,
            (MarkPlace::Object, Some(mark)) if mark == stack => doubt != Doubt::None || agrees(),
            (MarkPlace::Object, Some(_)) => false,
            _ if self.rules().create_safety == CreateSafety::AtMostOnce => false,
            _ => doubt != Doubt::None && agrees(),
        }
    }

    /// Records that nothing was made, then ends. What is in doubt stays open: a list that does not
    /// show it may only be late.
    async fn abort(&self, stop: Stop, doubt: Doubt) -> Stop {
        if doubt != Doubt::None {
            return stop;
        }
        let settlement = Settlement::NotApplied;
        let settled = Record::IntentSettled { key: self.action.key.clone(), settlement };
        match self.run.append(vec![settled]).await {
            Ok(()) => stop,
            Err(halt) => halt.into(),
        }
    }

    fn refused(&self, answer: &Answer) -> Failure {
        let help = (!is_final(&answer.outcome)).then_some("nothing was made; run it again later");
        answer.failure(format!("{} was not created: {}", self.action.key, answer.why()), help)
    }

    fn not_ours(&self, answer: &Answer, object: &LiveObject) -> Failure {
        if object.status.phase == Phase::Deleting {
            let message = format!("{} is still being deleted", self.action.key);
            return answer.failure(message, Some("run it again when it is gone"));
        }
        answer.failure(
            format!("{} exists and is not ours", self.action.key),
            Some(
                "somebody made it since the plan; choose another name, or take it over with the \
                 annotation plumb.dev/adopt",
            ),
        )
    }

    /// Sends a further request of a create, which only sets what may be set again.
    async fn send_further(&self, request: &Request) -> Result<(), Stop> {
        let place = self.place().await;
        let answer = self.send(request).await;
        drop(place);
        if retry::decide(request.effect, &answer.outcome) == Decision::Proceed {
            return Ok(());
        }
        let key = &self.action.key;
        let message = format!("{key} was created, and is not complete: {}", answer.why());
        Err(answer.failure(message, None).into())
    }

    /// Keeps the vendor's id in the ledger when a look showed it first.
    pub(super) fn learn_id(&self, live: &LiveObject) {
        if let Some(entry) = self.run.entry(&self.action.key)
            && live.remote_id.is_some()
            && entry.remote_id != live.remote_id
        {
            let entry = Entry { remote_id: live.remote_id.clone(), ..entry };
            self.run.append_later(Record::Applied(Box::new(entry)));
        }
    }
}

/// Whether a refusal may be that of a name that is taken.
fn may_mean_taken(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotApplied(Rejection::Refused(Refusal::Request)))
}

fn indeterminate(intent: Intent) -> Stop {
    Stop::With(ActionOutcome::Indeterminate(Box::new(intent)))
}
