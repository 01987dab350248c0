//! Changing in place, and taking over.

use crate::executing::action::{Doing, Stop};
use crate::executing::attempt;
use crate::executing::place::Place;
use crate::executing::read_back::Written;
use crate::executing::record::Extent;
use crate::executing::submit::{Next, Submission};
use crate::observing::poller::Writer;
use crate::transport::outcome::{Answer, Outcome};
use plumb_kind::{Effect, Request, Step};
use plumb_model::claim::{Beside, Claim, Proof};
use plumb_model::ledger::{Provenance, Record};
use plumb_model::rules::{Lifecycle, RuleSet};
use plumb_model::{Body, Entry, LiveObject, Observation, Phase, Resource};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::Instant;

impl<'r> Doing<'r> {
    /// Takes a live object over: marks it where the kind can and it is not marked yet, and records
    /// it.
    pub(super) async fn adopt(&self, mut place: Place<'r>) -> Result<(), Stop> {
        let resource = self.declared()?;
        let (live, _) = self.look_again_at_it().await?;
        let declared = self.body(resource)?;
        let record = self.run.entry(&self.action.key);
        // What the ledger lost is taken on record again without a write.
        let is_marked =
            self.claim(&live, Beside::Record(record.as_ref())) == Claim::Ours(Proof::Mark);
        let requests = if is_marked {
            Vec::new()
        } else {
            self.requests(Step::Adopt, Some(&declared), Some(&live))?
        };
        self.put(&requests, resource, &declared, &mut place).await?;
        drop(place);
        // Taking over sends nothing but the mark, so an earlier record of what was sent stays.
        let entry = match record {
            Some(earlier) => {
                Entry { remote_id: self.id().or(earlier.remote_id.clone()), ..earlier }
            }
            None => self.entry(resource, Extent::Mark, Provenance::Adopted),
        };
        Ok(self.run.append(vec![Record::Applied(Arc::new(entry))]).await?)
    }

    /// Sends requests that set something, each until it is set. Of what takes a while to get ready, one
    /// change is waited for before the next is sent.
    async fn put(
        &self,
        requests: &[Request],
        resource: &Resource,
        declared: &Body,
        place: &mut Place<'r>,
    ) -> Result<(), Stop> {
        self.enter(place).await?;
        let takes_a_while = self.rules().lifecycle == Lifecycle::Waited;
        for (at, request) in requests.iter().enumerate() {
            if at > 0 && takes_a_while {
                place.leave();
                self.ended(self.rest().await, "change before this one")?;
                self.enter(place).await?;
            }
            self.submit(&mut Putting { doing: self, request, resource, declared }, place).await?;
        }
        Ok(())
    }

    /// Changes what differs, and reads it back.
    pub(super) async fn update(
        &self,
        mut place: Place<'r>,
        writers: Vec<Writer>,
    ) -> Result<(), Stop> {
        let resource = self.declared()?;
        let (live, _) = self.look_again_at_it().await?;
        let declared = self.body(resource)?;
        let (requests, alone) = self.requests_of_now(Step::Update, Some(&declared), &live).await?;
        let earlier = self.run.entry(&self.action.key);
        self.record_attempt(resource, earlier.as_ref()).await?;
        self.put(&requests, resource, &declared, &mut place).await?;
        let since = Instant::now();
        drop((place, alone, writers));
        let changed: BTreeSet<_> =
            self.action.changes.iter().map(|change| change.path.clone()).collect();
        let complete = requests.iter().any(|request| request.effect == Effect::Upsert);
        let extent = if complete { Extent::Whole } else { Extent::Changes(&changed) };
        let entry = self.entry(resource, extent, Provenance::Created);
        self.run.append(vec![Record::Applied(Arc::new(entry))]).await?;
        let written = (since, Written::Completely);
        let live = self.read_back(resource, &declared, written, earlier.as_ref()).await?;
        if self.rules().lifecycle == Lifecycle::Waited && live.status.phase == Phase::Pending {
            self.ended(self.rest().await, "change")?;
        }
        Ok(())
    }
}

impl Doing<'_> {
    /// Records what is about to be set, where it is not on record as it is already.
    async fn record_attempt(
        &self,
        resource: &Resource,
        earlier: Option<&Entry>,
    ) -> Result<(), Stop> {
        let key = self.action.key.clone();
        let now = self.entry(resource, Extent::Whole, Provenance::Created).sent;
        let before = self.run.attempted(&key);
        if before.is_none() && earlier.is_none_or(|entry| entry.sent == now) {
            return Ok(());
        }
        let rules = RuleSet::new(&self.rules().fields, self.run.refined(&key));
        let body = attempt::together(before.as_ref(), &now, rules);
        Ok(self.run.append(vec![Record::Attempted { key, body }]).await?)
    }
}

/// One request that sets something, being sent.
struct Putting<'d, 'r> {
    doing: &'d Doing<'r>,
    request: &'d Request,
    resource: &'d Resource,
    declared: &'d Body,
}

impl Putting<'_, '_> {
    /// Whether looking shows that a write in doubt was made.
    fn is_set(&self, live: &LiveObject) -> bool {
        let doing = self.doing;
        let earlier = doing.run.entry(&doing.action.key);
        let written = Written::Completely;
        doing.changes_are_visible(doing.kind)
            && doing
                .differences(self.resource, self.declared, written, live, earlier.as_ref())
                .is_empty()
    }

    fn not_changed(&self, answer: &Answer) -> Stop {
        let key = &self.doing.action.key;
        answer.failure(format!("{key} was not changed: {}", answer.why()), None).into()
    }
}

impl Submission for Putting<'_, '_> {
    type Taken = ();

    fn request(&self) -> &Request {
        self.request
    }

    fn taken(&mut self, _answer: &Answer) {}

    /// A busy object is waited for; any other conflict is final. What is gone is not made anew.
    async fn look(&mut self, answer: &Answer) -> Next<()> {
        let conflict = answer.outcome == Outcome::Conflict;
        match self.doing.look().await.observation {
            Observation::Present(live) if conflict && !live.status.phase.is_terminal() => {
                Next::Rest("operation before this one")
            }
            Observation::Present(live) if !conflict && self.is_set(&live) => Next::Done(()),
            Observation::Present(_) if !conflict => Next::Again,
            Observation::Present(_) | Observation::Absent => Next::Stop(self.not_changed(answer)),
            Observation::Unknown(_) => Next::Again,
        }
    }

    async fn refused(&mut self, answer: &Answer) -> Stop {
        self.not_changed(answer)
    }
}
