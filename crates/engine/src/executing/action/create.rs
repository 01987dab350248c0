//! The create that must not happen twice (docs/rules.md §2).
//!
//! # Flow
//! Intent, durably; send; settle. An answer in doubt is settled by looking. Where the server
//! refuses a second object of the name, a proven absence allows the same request again; where it
//! would make one, never. Where it would write over the first one, each sending follows such a proof.

mod making;

use crate::executing::action::{Doing, Stop};
use crate::executing::failure::failure;
use crate::executing::place::{Place, permit};
use crate::executing::read_back::Written;
use crate::executing::record::Extent;
use crate::observing::look::Looked;
use crate::observing::poller::{Sight, Writer, together};
use crate::transport::retry::{self, Decision};
use making::Making;
use plumb_kind::{Request, Step};
use plumb_model::event::ActionOutcome;
use plumb_model::ledger::{Entry, Provenance, Record, Settlement};
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::{CreateSafety, Lifecycle};
use plumb_model::{Body, LiveObject, Observation, Phase, Resource};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a listing says what is not there, to whoever is about to make something.
pub(super) const FRESH: Duration = Duration::from_secs(5);

impl<'r> Doing<'r> {
    /// Makes the resource.
    pub(super) async fn create(
        &self,
        mut place: Place<'r>,
        mut writers: Vec<Writer>,
    ) -> Result<(), Stop> {
        let resource = self.declared()?;
        let declared = self.body(resource)?;
        let mut requests = self.requests(Step::Create, Some(&declared), None)?.into_iter();
        let first = requests.next().ok_or_else(|| {
            failure(format!("{} cannot be created", self.action.key), "declare it elsewhere")
        })?;
        if self.rules().create_safety == CreateSafety::AtMostOnce {
            self.prove_absence().await?;
        }
        let mut making = Making::new(self, resource, &declared, &first);
        self.submit(&mut making, &mut place).await?;
        let is_answered = making.is_answered();
        drop(place);
        let mut since = Instant::now();
        if requests.len() == 0 {
            // Nothing is left to write: who reads back need not wait while the ledger is written.
            writers.clear();
        }
        let entry = self.record_made(resource).await?;
        for request in requests {
            self.send_further(&request).await?;
            since = Instant::now();
        }
        drop(writers);
        match self.rules().lifecycle {
            Lifecycle::Published => {
                if is_answered {
                    self.run.remember_made(self.as_made(declared));
                }
                return Ok(());
            }
            Lifecycle::Waited => {
                let mut guard = self.guard(crate::executing::guard::Awaited::Ready, None, None);
                let waited = self.wait(&mut guard).await;
                let live = self.ended(waited, "creation")?;
                self.learn_id(&live);
                // What was waited for was read after the create: it is the first look at what was made.
                let written = Written::ByCreate;
                if self.differences(resource, &declared, written, &live, Some(&entry)).is_empty() {
                    return Ok(());
                }
            }
            Lifecycle::Immediate => {}
        }
        let sent = Some(&entry);
        let live = self.read_back(resource, &declared, (since, Written::ByCreate), sent).await?;
        self.learn_id(&live);
        Ok(())
    }

    /// What the server has after it answered that it made this, and nothing was there before: what was
    /// declared, not deployed (docs/contracts/rafay.md §4.3).
    fn as_made(&self, declared: Body) -> LiveObject {
        LiveObject {
            key: self.action.key.clone(),
            remote_id: self.id(),
            body: declared,
            status: LiveStatus { phase: Phase::NotDeployed, ..LiveStatus::ready() },
            outputs: Body::Null,
            mark: None,
            uid: None,
            hourly: None,
            completeness: Completeness::Thin,
        }
    }

    /// Looks once more right before something is rented that cannot be told from a second one.
    async fn prove_absence(&self) -> Result<(), Stop> {
        let engine = self.run.engine;
        let mut seen = self.sight_before_making(FRESH).await;
        if !matches!(seen, Sight::Seen(Observation::Absent)) {
            // It may be what this run has deleted since.
            seen = self.sight_before_making(Duration::ZERO).await;
        }
        let observation = match seen {
            Sight::Seen(observation) => observation,
            Sight::NoList => {
                engine.look_listed(&self.action.key, self.run.bindings()).await.observation
            }
        };
        self.find_nothing(Looked { observation, date: None })
    }

    /// Whether a look shows nothing where something is about to be made.
    fn find_nothing(&self, looked: Looked) -> Result<(), Stop> {
        if self.check(looked)?.present().is_none() {
            return Ok(());
        }
        let what = format!("{} is there already", self.action.key);
        Err(Stop::With(ActionOutcome::Moved { fields: Vec::new(), what }))
    }

    /// What lists that are no older than `age` show, read while this run makes nothing in them.
    async fn sight_before_making(&self, age: Duration) -> Sight {
        let engine = self.run.engine;
        let mut sights = Vec::new();
        for poller in self.run.pollers.of(engine, &self.action.key).iter() {
            sights.push(poller.before_making(engine, age).await.sight(&self.action.key));
        }
        together(sights)
    }

    /// Records that it was made, and that nothing about it is in doubt any more.
    async fn record_made(&self, resource: &Resource) -> Result<Entry, Stop> {
        let entry = self.entry(resource, Extent::Create, Provenance::Created);
        let settlement = Settlement::Applied(self.id());
        let settled = Record::IntentSettled { key: self.action.key.clone(), settlement };
        self.run.append(vec![settled, Record::Applied(Arc::new(entry.clone()))]).await?;
        Ok(entry)
    }

    /// Sends a further request of a create, which only sets what may be set again.
    async fn send_further(&self, request: &Request) -> Result<(), Stop> {
        let place = permit(&self.run.sending).await?;
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
            self.run.append_later(Record::Applied(Arc::new(entry)));
        }
    }
}
