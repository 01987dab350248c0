//! Deleting, until it is gone. What is gone already is success, once a look says so: an answer to a
//! delete never does.

use crate::executing::action::{Doing, Stop};
use crate::executing::failure::{contradiction, failure};
use crate::executing::guard::Awaited;
use crate::executing::place::Place;
use crate::executing::submit::{Next, Submission};
use crate::executing::wait::Waited;
use crate::transport::outcome::{Answer, Outcome};
use crate::transport::retry::{self, Decision};
use plumb_kind::{Request, Step};
use plumb_model::ledger::Record;
use plumb_model::plan::{Because, Operation};
use plumb_model::{LiveObject, Observation, Phase};

impl<'r> Doing<'r> {
    /// Deletes it and waits until it is gone, which only a read of the object itself or, where there
    /// is none, lists that do not show it again and again can say.
    pub(super) async fn delete(&self, mut place: Place<'r>) -> Result<(), Stop> {
        let looked = self.look_again_for_delete().await?;
        let before = looked.as_ref().map(|live| live.status.clone());
        if let Some(live) = looked.filter(|live| live.status.phase != Phase::Deleting) {
            self.send_delete(&live, &mut place).await?;
        }
        drop(place);
        let mut guard = self.guard(Awaited::Gone, before, None);
        match self.wait(&mut guard).await {
            Waited::Gone => self.forget().await,
            waited => {
                let live = self.ended(waited, "deletion")?;
                Err(contradiction(format!("the deletion of {} ended, and it is there", live.key))
                    .into())
            }
        }
    }

    async fn send_delete(&self, live: &LiveObject, place: &mut Place<'r>) -> Result<(), Stop> {
        self.can_be_made_again()?;
        let (mut requests, _alone) = self.requests_of_now(Step::Delete, None, live).await?;
        let request = requests.pop().ok_or_else(|| {
            failure(format!("{} cannot be deleted", live.key), "delete it by hand")
        })?;
        self.enter(place).await?;
        for first in &requests {
            self.send_before_delete(first).await?;
        }
        self.submit(&mut Deleting { doing: self, request }, place).await
    }

    /// What is deleted to be made again must be one that can be made: a create that cannot be built
    /// must not destroy. Where outputs or ids of others are still to come, the plan's word stands.
    fn can_be_made_again(&self) -> Result<(), Stop> {
        if !self.action.because.contains(&Because::Replaced) || self.needs_what_is_to_be_made() {
            return Ok(());
        }
        let resource = self.declared()?;
        if let Ok(declared) = self.body(resource) {
            self.requests(Step::Create, Some(&declared), None)?;
        }
        Ok(())
    }

    /// Whether the new one needs something that this run makes, and whose id is not known yet.
    fn needs_what_is_to_be_made(&self) -> bool {
        let needed = self.run.needs(&self.action.key);
        let mut unknown =
            needed.into_iter().flatten().filter(|key| self.run.remote_id(key).is_none());
        unknown.any(|key| self.run.plans(Operation::Create, key))
    }

    /// Looks again; a deletion that somebody began meanwhile is what we want.
    async fn look_again_for_delete(&self) -> Result<Option<LiveObject>, Stop> {
        let seen = self.look().await;
        if let Some(live) = seen.present()
            && live.status.phase == Phase::Deleting
            && self.action.precondition.as_ref().is_none_or(|precondition| {
                precondition.remote_id.is_none() || precondition.remote_id == live.remote_id
            })
        {
            return Ok(Some(live.clone()));
        }
        let checked = self.check(seen)?;
        Ok(checked.present().cloned())
    }

    /// Sends what has to be done before the delete, which only sets what may be set again.
    async fn send_before_delete(&self, request: &Request) -> Result<(), Stop> {
        let answer = self.send(request).await;
        match retry::decide(request.effect, &answer.outcome) {
            Decision::Proceed => Ok(()),
            Decision::Repeat | Decision::GiveUp | Decision::Look => Err(self.not_deleted(&answer)),
        }
    }

    /// Takes it out of the ledger.
    pub(super) async fn forget(&self) -> Result<(), Stop> {
        let key = self.action.key.clone();
        self.run.forget(&key);
        if self.run.expires(&key) {
            return Ok(());
        }
        Ok(self.run.append(vec![Record::Forgotten { key }]).await?)
    }

    fn not_deleted(&self, answer: &Answer) -> Stop {
        let message = format!("{} was not deleted: {}", self.action.key, answer.why());
        answer.failure(message, None).into()
    }
}

/// A delete being sent.
struct Deleting<'d, 'r> {
    doing: &'d Doing<'r>,
    request: Request,
}

impl Submission for Deleting<'_, '_> {
    type Taken = ();

    fn request(&self) -> &Request {
        &self.request
    }

    async fn announce(&mut self, attempt: u32) -> Result<(), Stop> {
        let key = self.doing.action.key.clone();
        if attempt > 1 || self.doing.run.entry(&key).is_none() {
            return Ok(());
        }
        Ok(self.doing.run.append(vec![Record::DeleteSent { key }]).await?)
    }

    fn decide(&mut self, answer: &Answer) -> Decision {
        match retry::decide(self.request.effect, &answer.outcome) {
            Decision::GiveUp if retry::may_hide_a_conflict(&answer.outcome) => Decision::Look,
            decision => decision,
        }
    }

    fn taken(&mut self, _answer: &Answer) {}

    async fn look(&mut self, answer: &Answer) -> Next<()> {
        let refused = matches!(answer.outcome, Outcome::NotApplied(_));
        let conflict = answer.outcome == Outcome::Conflict;
        match self.doing.look().await.observation {
            Observation::Absent => Next::Done(()),
            _ if refused => Next::Stop(self.doing.not_deleted(answer)),
            Observation::Present(now) if now.status.phase == Phase::Deleting => Next::Done(()),
            Observation::Present(now) if conflict && now.status.phase.is_terminal() => {
                Next::Stop(self.doing.not_deleted(answer))
            }
            Observation::Present(_) if conflict => Next::Rest("operation before the deletion"),
            // Also where the server says that it is gone, and shows it.
            Observation::Present(_) | Observation::Unknown(_) => Next::Again,
        }
    }

    fn gone(&mut self) -> Option<()> {
        Some(())
    }

    async fn refused(&mut self, answer: &Answer) -> Stop {
        self.doing.not_deleted(answer)
    }
}
