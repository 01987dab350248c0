//! Reading back what was written: accepted but ignored is an error that names the fields.

use crate::executing::action::{Doing, Stop};
use crate::executing::failure::failure;
use plumb_kind::Kind;
use plumb_model::compare::{Comparison, Difference, Outcome, Sent};
use plumb_model::event::{ActionOutcome, Failure};
use plumb_model::ledger::Entry;
use plumb_model::rules::RuleSet;
use plumb_model::{Body, Code, FieldPath, LiveObject, Observation, Resource};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// Looks before a difference counts: servers answer reads from copies that lag behind.
const LOOKS: u32 = 5;
/// Before the second look; each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Which fields are expected to have been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// All but those that follow a create.
    ByCreate,
    /// All.
    Completely,
}

impl Doing<'_> {
    /// Reads the object back, after the moment at which all was written, until it agrees with what was
    /// sent.
    ///
    /// # Errors
    /// A failure naming the fields that still differ.
    pub(crate) async fn read_back(
        &self,
        resource: &Resource,
        declared: &Body,
        (since, written): (Instant, Written),
        earlier: Option<&Entry>,
    ) -> Result<LiveObject, Stop> {
        let mut pause = FIRST_PAUSE;
        let mut observation = self.gathered_look(since).await;
        for look in 1.. {
            if let Observation::Present(object) = &observation {
                self.run.remember(object);
                if self.differences(resource, declared, written, object, earlier).is_empty() {
                    return Ok((**object).clone());
                }
            }
            if look >= LOOKS || self.session.is_closed() {
                break;
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep(pause) => {}
                () = self.run.stopping() => {
                    return Err(Stop::With(ActionOutcome::Interrupted { sent: true }));
                }
            }
            pause *= 2;
            observation = self.look().await.observation;
        }
        Err(self.not_as_sent(resource, declared, written, observation, earlier).into())
    }

    /// One look through the shared read-back of the object's collections.
    async fn gathered_look(&self, since: Instant) -> Observation {
        let engine = self.run.engine;
        let pollers = self.run.pollers.of(engine, &self.action.key);
        let waits = self.run.waits_for(&self.action.id);
        let mut sights = Vec::with_capacity(pollers.len());
        for poller in pollers.iter() {
            let round = poller.read_back(engine, &self.action.key, since, waits).await;
            sights.push(round.sight(&self.action.key));
        }
        self.sight(sights).await
    }

    fn not_as_sent(
        &self,
        resource: &Resource,
        declared: &Body,
        written: Written,
        observation: Observation,
        earlier: Option<&Entry>,
    ) -> Failure {
        match observation {
            Observation::Present(object) => {
                let fields: Vec<String> = self
                    .differences(resource, declared, written, &object, earlier)
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let message = format!(
                    "{}: the server accepted the write and did not make it: {}",
                    Code::IGNORED_CHANGE,
                    fields.join(", ")
                );
                failure(
                    message,
                    "these fields may not be changeable here; take them out of the manifest, or \
                     replace the resource",
                )
            }
            Observation::Absent => failure(
                "the server accepted the write, and nothing is there",
                "plan again; what was sent is in the ledger",
            ),
            Observation::Unknown(reason) => Failure {
                said: Some(reason),
                ..failure(
                    "the write was accepted and could not be read back",
                    "plan again: it shows whether anything is left to do",
                )
            },
        }
    }

    /// The fields in which the live object is not what was sent.
    pub(crate) fn differences(
        &self,
        resource: &Resource,
        declared: &Body,
        written: Written,
        live: &LiveObject,
        earlier: Option<&Entry>,
    ) -> BTreeSet<FieldPath> {
        let none = BTreeMap::new();
        let now = self.run.entry(&self.action.key);
        // What was declared earlier must be gone; secrets are compared with what was sent now.
        let hashes = now.as_ref().map_or(&none, |entry| &entry.hashes);
        let comparison = Comparison {
            declared,
            live: &live.body,
            sent: earlier.map(|entry| Sent { body: &entry.sent, hashes, attempted: None }),
            rules: RuleSet::new(&self.rules().fields, self.run.refined(&resource.key)),
            ignore: &resource.wishes.ignore,
            hash_key: &self.run.means.ledger.hash_key,
        };
        readable(self.run.compare(&self.action.key, &comparison), written)
    }

    /// Whether looking can tell that the planned changes were made.
    pub(crate) fn changes_are_visible(&self, kind: &dyn Kind) -> bool {
        let refined = self.run.refined(&self.action.key);
        let rules = RuleSet::new(&kind.rules().fields, refined);
        self.action.changes.iter().all(|change| {
            let facets = rules.at(&change.path);
            !facets.recorded && !facets.secret
        })
    }
}

/// The fields that differ, of those that can be read back and are expected to have been written.
pub(crate) fn readable(compared: Outcome, written: Written) -> BTreeSet<FieldPath> {
    let is_readable = |difference: &Difference| {
        let facets = &difference.facets;
        let skipped = facets.after_create && written == Written::ByCreate;
        !skipped && !facets.recorded && !facets.write_only
    };
    let differences = compared.differences.into_iter();
    differences.filter(is_readable).map(|difference| difference.path).collect()
}
