//! One create being sent, from its intent to what became of it.

use crate::clock;
use crate::executing::action::{Doing, Stop, is_final};
use crate::executing::read_back::Written;
use crate::executing::record;
use crate::executing::submit::{Hold, Next, Submission};
use crate::transport::outcome::{Answer, Outcome};
use crate::transport::retry::{self, Decision};
use jiff::Timestamp;
use plumb_kind::{Effect, Request};
use plumb_model::claim::{Agreement, Beside, Claim, Sending};
use plumb_model::event::{ActionOutcome, Failure};
use plumb_model::ledger::{Intent, Record, Settlement};
use plumb_model::rules::CreateSafety;
use plumb_model::{Body, LiveObject, Observation, Resource, mark};
use std::time::Duration;
use tokio::sync::OwnedRwLockReadGuard;
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
    NotOurs,
    /// It is on its way out.
    Leaving,
    Absent,
    Unclear,
}

/// A create being sent. An earlier run may have left it in doubt: what was sent then may still come.
pub(super) struct Making<'d, 'r> {
    doing: &'d Doing<'r>,
    resource: &'d Resource,
    declared: &'d Body,
    request: &'d Request,
    /// How often earlier runs announced it.
    earlier: u32,
    intent: Intent,
    doubt: Doubt,
    is_answered: bool,
}

impl<'d, 'r> Making<'d, 'r> {
    pub(super) fn new(
        doing: &'d Doing<'r>,
        resource: &'d Resource,
        declared: &'d Body,
        request: &'d Request,
    ) -> Self {
        let open = doing.run.open_intent(&doing.action.key);
        let earlier = open.as_ref().map_or(0, |intent| intent.attempt);
        let doubt = if open.is_some() { Doubt::Earlier } else { Doubt::None };
        let intent = doing.intent(resource, earlier);
        Self { doing, resource, declared, request, earlier, intent, doubt, is_answered: false }
    }

    /// Whether the server's own answer says that it was made, and no earlier sending was in doubt.
    pub(super) fn is_answered(&self) -> bool {
        self.is_answered && self.doubt == Doubt::None
    }

    fn is_at_most_once(&self) -> bool {
        self.doing.rules().create_safety == CreateSafety::AtMostOnce
    }

    /// Takes the id out of a good answer; false when it has none and nothing else names the object.
    fn takes_id(&self, answer: &Answer) -> bool {
        let (doing, key) = (self.doing, &self.doing.action.key);
        let Outcome::Applied(body) = &answer.outcome else { return true };
        if let Some(warning) = doing.kind.created_warning(body) {
            doing.warn(format!("{key}: {warning}"));
        }
        match doing.kind.created_id(body) {
            Some(id) => doing.run.remember_id(key, id),
            None => return !self.is_at_most_once(),
        }
        true
    }

    fn indeterminate(&self) -> Stop {
        Stop::With(ActionOutcome::Indeterminate(Box::new(self.intent.clone())))
    }

    /// Looks until it is known what became of the create, or the settle window is over.
    async fn settle(&self) -> Found {
        let doing = self.doing;
        let until = Instant::now() + doing.session.budgets().settle;
        let mut pause = FIRST_LOOK;
        loop {
            if let Some(found) = self.judge(self.look_for_it().await) {
                return found;
            }
            let next = Instant::now() + doing.session.jitter().shorten(pause);
            if next > until || doing.session.is_closed() || doing.run.is_stopping() {
                return Found::Unclear;
            }
            if self.is_at_most_once() && pause == FIRST_LOOK {
                doing.tell_of_looking();
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(next) => {}
                () = doing.run.stopping() => return Found::Unclear,
            }
            pause = (pause * 2).min(LONGEST_LOOK);
        }
    }

    async fn look_for_it(&self) -> Observation {
        let run = self.doing.run;
        if self.is_at_most_once() {
            run.engine.look_listed(&self.doing.action.key, run.bindings()).await.observation
        } else {
            self.doing.look().await.observation
        }
    }

    /// What a look shows; `None` when it leaves it open.
    fn judge(&self, observation: Observation) -> Option<Found> {
        match observation {
            Observation::Present(object) => self.judge_present(&object),
            Observation::Absent if self.is_absence_proof() => Some(Found::Absent),
            Observation::Absent | Observation::Unknown(_) => None,
        }
    }

    /// Whether a list that does not show it says that it was not made: it may only be late.
    fn is_absence_proof(&self) -> bool {
        match self.doubt {
            Doubt::None => true,
            Doubt::Earlier => !self.is_at_most_once(),
            Doubt::EarlierAndRefused => false,
        }
    }

    fn judge_present(&self, object: &LiveObject) -> Option<Found> {
        let agreement = self.agreement(object);
        let sending = match self.doubt {
            Doubt::None => Sending::Refused,
            Doubt::Earlier | Doubt::EarlierAndRefused => Sending::InDoubt(agreement),
        };
        match self.doing.claim(object, Beside::Create(sending)) {
            Claim::Ours(_) if self.doubt != Doubt::None || agreement == Agreement::Full => {
                self.doing.run.remember(object);
                Some(Found::Ours)
            }
            // Where names are not unique, what is meant may still come to be listed.
            _ if self.is_at_most_once() => None,
            // Perhaps it is what was sent before, and the manifest has changed since.
            Claim::Undecided => Some(Found::Unclear),
            Claim::Leaving => Some(Found::Leaving),
            // What carries our mark, and is not as this create would have made it, is another run's.
            Claim::Ours(_) | Claim::AnotherStacks(_) | Claim::Copied | Claim::Unmarked => {
                Some(Found::NotOurs)
            }
        }
    }

    fn agreement(&self, object: &LiveObject) -> Agreement {
        let written = Written::ByCreate;
        let (resource, declared) = (self.resource, self.declared);
        let differences = self.doing.differences(resource, declared, written, object, None);
        if differences.is_empty() { Agreement::Full } else { Agreement::Lacking }
    }

    /// Records that nothing was made, then ends. What is in doubt stays open: a list that does not
    /// show it may only be late.
    async fn abort(&self, stop: Stop, doubt: Doubt) -> Stop {
        self.close(doubt).await.err().unwrap_or(stop)
    }

    /// Records that nothing was made, unless an earlier sending is in doubt.
    async fn close(&self, doubt: Doubt) -> Result<(), Stop> {
        if doubt != Doubt::None {
            return Ok(());
        }
        let settlement = Settlement::NotApplied;
        let settled = Record::IntentSettled { key: self.doing.action.key.clone(), settlement };
        Ok(self.doing.run.append(vec![settled]).await?)
    }
}

impl Submission for Making<'_, '_> {
    type Taken = ();
    const HOLD: Hold = Hold::WhileSending;

    fn request(&self) -> &Request {
        self.request
    }

    /// What would be written over must not be there: also not what an earlier sending made, which the
    /// next run recognizes.
    async fn may_be_sent(&mut self) -> Result<(), Stop> {
        match self.doing.rules().create_safety {
            CreateSafety::Overwriting => self.doing.find_nothing(self.doing.look().await),
            CreateSafety::Repeatable | CreateSafety::AtMostOnce => Ok(()),
        }
    }

    async fn beside(&self) -> Vec<OwnedRwLockReadGuard<()>> {
        let mut beside = Vec::new();
        if self.is_at_most_once() {
            let run = self.doing.run;
            for poller in run.pollers.of(run.engine, &self.doing.action.key).iter() {
                beside.push(poller.making().await);
            }
        }
        beside
    }

    /// A name that is taken keeps a second one from being made: sending it again settles it.
    fn is_announced_ahead(&self) -> bool {
        !self.is_at_most_once() && self.doubt == Doubt::None
    }

    async fn announce(&mut self, attempt: u32) -> Result<(), Stop> {
        let doing = self.doing;
        let at = doing.run.engine.clock.now();
        self.intent.attempt = self.earlier.saturating_add(attempt);
        (self.intent.at, self.intent.deadline) = (at, doing.deadline(at));
        Ok(doing.run.append(vec![Record::IntentOpened(self.intent.clone())]).await?)
    }

    async fn withdraw(&mut self) -> Result<(), Stop> {
        self.close(self.doubt).await
    }

    /// A good answer without the id, where nothing else names the object, is in doubt; and so is a
    /// refusal that may be that of what an earlier sending made.
    fn decide(&mut self, answer: &Answer) -> Decision {
        match retry::decide(Effect::Create, &answer.outcome) {
            Decision::GiveUp
                if self.doubt != Doubt::None && retry::may_hide_a_conflict(&answer.outcome) =>
            {
                self.doubt = Doubt::EarlierAndRefused;
                Decision::Look
            }
            Decision::Proceed if !self.takes_id(answer) => Decision::Look,
            decision => decision,
        }
    }

    fn taken(&mut self, _answer: &Answer) {
        self.is_answered = true;
        self.doing.run.made(&self.doing.action.key);
    }

    async fn look(&mut self, answer: &Answer) -> Next<()> {
        if self.doubt != Doubt::EarlierAndRefused && answer.outcome != Outcome::Conflict {
            self.doubt = Doubt::Earlier;
        }
        match self.settle().await {
            Found::Ours => Next::Done(()),
            Found::NotOurs => {
                let stop = self.doing.not_ours(answer).into();
                Next::Stop(self.abort(stop, Doubt::None).await)
            }
            // It hides whether what was sent before is still to come.
            Found::Leaving => {
                let stop = self.doing.still_leaving(answer).into();
                Next::Stop(self.abort(stop, self.doubt).await)
            }
            Found::Unclear => Next::Stop(self.indeterminate()),
            Found::Absent if self.doubt == Doubt::None => Next::Stop(self.refused(answer).await),
            Found::Absent => Next::Again,
        }
    }

    async fn refused(&mut self, answer: &Answer) -> Stop {
        if self.doubt == Doubt::None {
            self.abort(self.doing.not_created(answer).into(), Doubt::None).await
        } else {
            self.indeterminate()
        }
    }

    async fn used_up(&mut self, _answer: &Answer) -> Stop {
        self.indeterminate()
    }

    async fn cut(&mut self, stop: Stop) -> Stop {
        match stop {
            Stop::With(_) => self.abort(stop, self.doubt).await,
            Stop::Halt => stop,
        }
    }
}

impl Doing<'_> {
    fn intent(&self, resource: &Resource, attempt: u32) -> Intent {
        let ledger = self.run.means.ledger;
        let at = self.run.engine.clock.now();
        Intent {
            key: self.action.key.clone(),
            uid: mark::uid(&ledger.stack, &self.action.key),
            attempt,
            digest: record::digest(resource, &ledger.hash_key),
            at,
            deadline: self.deadline(at),
            run: self.run.id().clone(),
        }
    }

    /// Until when a create that was announced at a moment is looked for.
    fn deadline(&self, at: Timestamp) -> Timestamp {
        clock::after(at, self.session.budgets().settle)
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

    fn not_created(&self, answer: &Answer) -> Failure {
        let help = (!is_final(&answer.outcome)).then_some("nothing was made; run it again later");
        answer.failure(format!("{} was not created: {}", self.action.key, answer.why()), help)
    }

    fn still_leaving(&self, answer: &Answer) -> Failure {
        let message = format!("{} is still being deleted", self.action.key);
        answer.failure(message, Some("run it again when it is gone"))
    }

    fn not_ours(&self, answer: &Answer) -> Failure {
        answer.failure(
            format!("{} exists and is not ours", self.action.key),
            Some(
                "somebody made it since the plan; choose another name, or take it over with the \
                 annotation plumb.dev/adopt",
            ),
        )
    }
}
