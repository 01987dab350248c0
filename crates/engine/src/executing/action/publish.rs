//! Deploying, which is the step that costs money, and waiting for what is under way.

use crate::executing::action::create::FRESH;
use crate::executing::action::{Doing, Stop};
use crate::executing::failure::{contradiction, failure};
use crate::executing::guard::{Awaited, Ending, Guard};
use crate::executing::place::Place;
use crate::executing::read_back::Written;
use crate::executing::submit::{Next, Submission};
use crate::executing::wait::Waited;
use crate::observing::look::Looked;
use crate::transport::outcome::{Answer, Outcome};
use jiff::Timestamp;
use plumb_kind::{Request, Step};
use plumb_model::event::Failure;
use plumb_model::ledger::{Contract, Protections, Record};
use plumb_model::live::LiveStatus;
use plumb_model::plan::Because;
use plumb_model::{ActionId, Entry, LiveObject, Observation, Operation, Phase};
use std::sync::Arc;
use tokio::time::Instant;

/// What the status before a publish asks for.
enum Course {
    Send,
    /// It is being deployed already, or is deployed: only wait.
    Join,
    /// Something else is under way: wait for its end, then look again.
    Rest,
}

impl<'r> Doing<'r> {
    /// Deploys it and waits until it is ready.
    pub(super) async fn publish(&self, mut place: Place<'r>) -> Result<(), Stop> {
        let (mut live, mut looked) = self.before_publishing().await?;
        let course = loop {
            let course = self.course(&live)?;
            if !matches!(course, Course::Rest) {
                break course;
            }
            place.leave();
            let waited = self.rest().await;
            live = *self.ended(waited, "operation before this one")?;
            looked =
                Looked { observation: Observation::Present(Box::new(live.clone())), date: None };
        };
        let mut guard = match course {
            Course::Send => {
                self.recorded()?;
                let request = self.request(Step::Publish, &live)?;
                let before = live.status.clone();
                let date = looked.date;
                let mut publishing =
                    Publishing { doing: self, request, before, date, in_doubt: false };
                let guard = self.submit(&mut publishing, &mut place).await?;
                place.leave();
                self.record_deployment(&live).await?;
                guard
            }
            Course::Join | Course::Rest => {
                place.leave();
                self.guard(Awaited::Deployed, Some(joined(&live.status)), None)
            }
        };
        let waited = self.wait(&mut guard).await;
        self.ended(waited, "deployment")?;
        self.verify().await
    }

    /// How it stands before it is deployed. The answer to its own create, a moment ago, says what a look
    /// would; nobody else knows of it yet.
    async fn before_publishing(&self) -> Result<(LiveObject, Looked), Stop> {
        match self.run.take_made(&self.action.key, FRESH) {
            Some(made) => {
                let observation = Observation::Present(Box::new(made.clone()));
                Ok((made, Looked { observation, date: None }))
            }
            None => self.look_again_at_it().await,
        }
    }

    /// Waits for what is under way, whatever it is. What this run has made was waited for already, or
    /// this would not have begun.
    pub(super) async fn wait_for_rest(&self, place: Place<'r>) -> Result<(), Stop> {
        drop(place);
        let made = ActionId::new(Operation::Create, &self.action.key);
        if self.action.requires.contains(&made) {
            return Ok(());
        }
        let waited = match self.rest().await {
            Waited::Ended(_, object) if object.status.phase != Phase::Ready => {
                Waited::Ended(Ending::Badly, object)
            }
            Waited::Gone if self.was_leaving() => return self.forget().await,
            waited => waited,
        };
        self.ended(waited, "operation")?;
        Ok(())
    }

    fn was_leaving(&self) -> bool {
        let last = self.run.freshest(&self.action.key);
        last.is_some_and(|object| object.status.phase == Phase::Deleting)
    }

    /// The only request of a step.
    pub(super) fn request(&self, step: Step<'_>, live: &LiveObject) -> Result<Request, Stop> {
        let requests = self.requests(step, None, Some(live))?;
        let first = requests.into_iter().next();
        Ok(first
            .ok_or_else(|| failure(format!("{} cannot do this", self.action.key), "plan again"))?)
    }

    fn course(&self, live: &LiveObject) -> Result<Course, Stop> {
        let because = &self.action.because;
        let key = &self.action.key;
        let updated = because.contains(&Because::Updated)
            || because.contains(&Because::Changed)
            || self.run.plans(Operation::Update, key);
        Ok(match &live.status.phase {
            Phase::NotDeployed | Phase::Failed => Course::Send,
            Phase::Ready if updated => Course::Send,
            // A deployment that began before our change may not have it.
            Phase::Pending | Phase::Unknown(_) if updated || is_power(&live.status) => Course::Rest,
            Phase::Ready | Phase::Pending | Phase::Unknown(_) => Course::Join,
            Phase::Deleting | Phase::DeleteFailed => {
                let message = format!("{key} is {}", live.status.phase);
                return Err(failure(message, "finish the deletion, then plan again").into());
            }
        })
    }

    /// The ledger's entry: what the stack deploys it has made or taken over.
    fn recorded(&self) -> Result<Entry, Failure> {
        let missing = || contradiction(format!("{} is planned and not on record", self.action.id));
        self.run.entry(&self.action.key).ok_or_else(missing)
    }

    /// A first deployment begins the contract.
    async fn record_deployment(&self, before: &LiveObject) -> Result<(), Stop> {
        let entry = self.recorded()?;
        let first = before.status.phase == Phase::NotDeployed;
        let mut changed =
            Entry { remote_id: self.id().or(entry.remote_id.clone()), ..entry.clone() };
        if let (true, Some(contract)) = (first, &entry.protections.contract) {
            let since = self.run.engine.clock.now();
            let contract = Some(Contract { months: contract.months, since });
            changed.protections = Protections { contract, ..entry.protections.clone() };
        }
        if changed != entry {
            self.run.append(vec![Record::Applied(Arc::new(changed))]).await?;
        }
        Ok(())
    }

    /// Compares what is deployed with what is declared.
    async fn verify(&self) -> Result<(), Stop> {
        let resource = self.declared()?;
        let declared = self.body(resource)?;
        let earlier = self.run.entry(&self.action.key);
        let (since, written) = (Instant::now(), Written::Completely);
        if let Some(live) = self.run.freshest(&self.action.key)
            && self.differences(resource, &declared, written, &live, earlier.as_ref()).is_empty()
        {
            return Ok(());
        }
        self.read_back(resource, &declared, (since, written), earlier.as_ref()).await?;
        Ok(())
    }
}

/// A publish being sent.
struct Publishing<'d, 'r> {
    doing: &'d Doing<'r>,
    request: Request,
    before: LiveStatus,
    /// The server's clock at the look before it.
    date: Option<Timestamp>,
    /// Whether a try may have been taken.
    in_doubt: bool,
}

impl Submission for Publishing<'_, '_> {
    type Taken = Guard<'static>;

    fn request(&self) -> &Request {
        &self.request
    }

    fn taken(&mut self, answer: &Answer) -> Guard<'static> {
        let submitted = answer.date.or(self.date);
        self.doing.guard(Awaited::Deployed, Some(self.before.clone()), submitted)
    }

    async fn look(&mut self, answer: &Answer) -> Next<Guard<'static>> {
        let refused = answer.outcome == Outcome::Conflict;
        self.in_doubt |= !refused;
        match self.doing.look().await.observation {
            // A conflict with our own earlier sending: the status is only late.
            Observation::Present(now)
                if is_taken(&self.before, &now.status, refused) || (refused && self.in_doubt) =>
            {
                let mut guard = self.taken(answer);
                // A first look at something under way counts for the guard.
                guard.judge(&now.status, Instant::now());
                Next::Done(guard)
            }
            Observation::Present(_) if !refused => Next::Again,
            Observation::Present(_) | Observation::Absent => Next::Stop(self.refused(answer).await),
            Observation::Unknown(_) => Next::Again,
        }
    }

    async fn refused(&mut self, answer: &Answer) -> Stop {
        let key = &self.doing.action.key;
        answer.failure(format!("{key} was not deployed: {}", answer.why()), None).into()
    }
}

/// Whether a status after a publish in doubt, or refused as a conflict, shows that it was taken.
fn is_taken(before: &LiveStatus, now: &LiveStatus, refused: bool) -> bool {
    match now.phase {
        Phase::Pending | Phase::Unknown(_) => true,
        // Refused because it is deployed already.
        Phase::Ready => refused || now != before,
        Phase::Failed => !refused && now != before,
        Phase::NotDeployed | Phase::Deleting | Phase::DeleteFailed => false,
    }
}

/// The status to guard against when nothing is sent: what is ready already is accepted as it is.
fn joined(status: &LiveStatus) -> LiveStatus {
    LiveStatus { phase: Phase::Pending, ..status.clone() }
}

fn is_power(status: &LiveStatus) -> bool {
    use plumb_model::live::StatusOperation;
    matches!(status.operation, Some(StatusOperation::Power(_)))
}
