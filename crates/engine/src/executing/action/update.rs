//! Changing in place, and taking over.

use crate::executing::action::{Doing, Stop};
use crate::executing::read_back::{Declared, Written};
use crate::executing::record::{self, Extent};
use crate::observing::poller::Writer;
use crate::transport::outcome::{Answer, Outcome};
use crate::transport::retry::{self, Decision};
use plumb_kind::{Effect, Request, Step};
use plumb_model::ledger::{Provenance, Record};
use plumb_model::rules::Identity;
use plumb_model::{Entry, LiveObject, Observation, Resource};
use std::collections::BTreeSet;
use tokio::sync::SemaphorePermit;

impl<'r> Doing<'r> {
    /// Takes a live object over: marks it where the kind can and it is not marked yet, and records
    /// it.
    pub(super) async fn adopt(&self, prepared: Option<SemaphorePermit<'r>>) -> Result<(), Stop> {
        let resource = self.declared()?;
        let (live, _) = self.look_again_at_it().await?;
        let (revealed, filled) = self.body(resource)?;
        let declared = Declared::new(resource, filled);
        let requests = if self.is_marked(&live) {
            Vec::new()
        } else {
            self.requests(Step::Adopt, Some(&revealed), Some(&live))?
        };
        let mut place = self.enter(prepared).await?;
        for request in &requests {
            self.put(request, resource, &declared, &mut place).await?;
        }
        drop(place);
        // Taking over sends nothing but the mark, so an earlier record of what was sent stays.
        let entry = match self.run.entry(&self.action.key) {
            Some(earlier) => {
                Entry { remote_id: self.id().or(earlier.remote_id.clone()), ..earlier }
            }
            None => self.entry(resource, Extent::Mark, Provenance::Adopted),
        };
        Ok(self.run.append(vec![Record::Applied(Box::new(entry))]).await?)
    }

    /// Whether it carries the mark that a create would have left: what the ledger lost is taken on
    /// record again without a write.
    fn is_marked(&self, live: &LiveObject) -> bool {
        let stack = &self.run.work.ledger.stack;
        let own = record::uid(stack, &self.action.key);
        let is_its_own = match self.rules().identity {
            Identity::Name => true,
            Identity::Id => live.uid.as_ref() == Some(&own),
        };
        live.mark.as_ref() == Some(stack) && is_its_own
    }

    /// Changes what differs, and reads it back.
    pub(super) async fn update(
        &self,
        prepared: Option<SemaphorePermit<'r>>,
        writers: Vec<Writer>,
    ) -> Result<(), Stop> {
        let resource = self.declared()?;
        let (live, _) = self.look_again_at_it().await?;
        let (revealed, filled) = self.body(resource)?;
        let declared = Declared::new(resource, filled);
        let (requests, alone) = self.requests_of_now(Step::Update, Some(&revealed), &live).await?;
        let earlier = self.run.entry(&self.action.key);
        let mut place = self.enter(prepared).await?;
        for request in &requests {
            self.put(request, resource, &declared, &mut place).await?;
        }
        drop((place, alone));
        let changed: BTreeSet<_> =
            self.action.changes.iter().map(|change| change.path.clone()).collect();
        let complete = requests.iter().any(|request| request.effect == Effect::Upsert);
        let extent = if complete { Extent::Whole } else { Extent::Changes(&changed) };
        let entry = self.entry(resource, extent, Provenance::Created);
        self.run.append(vec![Record::Applied(Box::new(entry))]).await?;
        drop(writers);
        self.read_back(resource, &declared, Written::Completely, earlier.as_ref()).await?;
        Ok(())
    }

    /// Sends one request that sets something, until it is set. The place is given back while the
    /// object is busy.
    async fn put(
        &self,
        request: &Request,
        resource: &Resource,
        declared: &Declared,
        place: &mut Option<SemaphorePermit<'r>>,
    ) -> Result<(), Stop> {
        for attempt in 1.. {
            let answer = self.send(request).await;
            match retry::decide(request.effect, &answer.outcome) {
                Decision::Proceed => return Ok(()),
                Decision::Repeat | Decision::GiveUp => return Err(self.not_changed(&answer)),
                Decision::Look => {}
            }
            let again = if answer.outcome == Outcome::Conflict {
                self.after_conflict(&answer, place).await?
            } else {
                self.is_not_set(resource, declared).await
            };
            if !again {
                return Ok(());
            }
            if attempt >= self.session.budgets().tries {
                return Err(self.not_changed(&answer));
            }
            self.pause(attempt + 1, &answer).await?;
        }
        Ok(())
    }

    /// Whether looking leaves it open, or shows, that a write in doubt was not made.
    async fn is_not_set(&self, resource: &Resource, declared: &Declared) -> bool {
        let looked = self.look().await;
        let Some(live) = looked.present() else { return true };
        let earlier = self.run.entry(&self.action.key);
        let differences =
            self.differences(resource, declared, Written::Completely, live, earlier.as_ref());
        !self.changes_are_visible(self.kind) || !differences.is_empty()
    }

    /// A busy object is waited for; any other conflict is final.
    async fn after_conflict(
        &self,
        answer: &Answer,
        place: &mut Option<SemaphorePermit<'r>>,
    ) -> Result<bool, Stop> {
        let looked = self.look().await;
        match looked.observation {
            Observation::Present(live) if !live.status.phase.is_terminal() => {
                *place = None;
                let waited = self.rest().await;
                self.ended(waited, "operation before this one")?;
                *place = self.enter(None).await?;
                Ok(true)
            }
            Observation::Unknown(_) => Ok(true),
            Observation::Present(_) | Observation::Absent => Err(self.not_changed(answer)),
        }
    }

    fn not_changed(&self, answer: &Answer) -> Stop {
        let message = format!("{} was not changed: {}", self.action.key, answer.why());
        answer.failure(message, None).into()
    }
}
