//! What only we can know, as records: intents of creates, remote ids, what was last sent,
//! protections, runs. No secrets. How they are kept is the ledger crate's business; the engine
//! writes through the [`Journal`] trait.

use crate::account::Account;
use crate::body::Veiled;
use crate::digest::{Digest, HashKey};
use crate::event::{Event, RunId, RunOutcome};
use crate::holder::{self, Holder};
pub use crate::intent::Intent;
use crate::key::{RemoteId, ResourceKey};
use crate::money::Money;
use crate::path::FieldPath;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// How a resource became ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// We made it.
    Created,
    /// We made it, and the server does not show the mark that it was given: only the ledger
    /// says whose it is.
    CreatedUnmarked,
    /// It was there, and we took it over.
    Adopted,
}

/// What outlives the document's text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protections {
    /// `plumb.dev/prevent-destroy` was set when it was last applied.
    pub prevent_destroy: bool,
    /// The contract's length in months and its beginning, when there is one.
    pub contract: Option<Contract>,
}

/// A contract term: deleting before its end may be charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Length in months.
    pub months: u32,
    /// When the first deployment was asked for.
    pub since: Timestamp,
}

impl Contract {
    /// Whether the term has run out by `now`. A term too long for the calendar never does.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.end().is_some_and(|end| end <= now)
    }

    /// When the term runs out; `None` beyond the calendar.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        self.after(self.months)
    }

    /// What is owed from `now` to its end at this price an hour; a month that has begun counts whole.
    #[must_use]
    pub fn owed(&self, hourly: Money, now: Timestamp) -> Money {
        hourly.a_month() * u64::from(self.months_left(now))
    }

    /// How many months of it are left at `now`; one that has begun counts whole.
    #[must_use]
    pub fn months_left(&self, now: Timestamp) -> u32 {
        let is_over = |months: &u32| self.after(*months).is_some_and(|end| end <= now);
        let over = (1..=self.months).take_while(is_over).count();
        self.months.saturating_sub(u32::try_from(over).unwrap_or(u32::MAX))
    }

    /// So many months after it began; `None` beyond the calendar.
    fn after(&self, months: u32) -> Option<Timestamp> {
        let term = Span::new().try_months(months).ok()?;
        Some(self.since.to_zoned(TimeZone::UTC).checked_add(term).ok()?.timestamp())
    }
}

/// What the ledger knows of one resource of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its identity.
    pub key: ResourceKey,
    /// The vendor's id, where there is one.
    pub remote_id: Option<RemoteId>,
    /// How it became ours.
    pub provenance: Provenance,
    /// When it became ours; `None` of what older ledgers hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The declared body as last sent: placeholders where secrets stand.
    pub sent: Veiled,
    /// Keyed hashes of the secrets last sent, by where they stand.
    pub hashes: BTreeMap<FieldPath, String>,
    /// What outlives the text.
    pub protections: Protections,
    /// What it came after: the live edges deletes follow backwards.
    pub requires: BTreeSet<ResourceKey>,
}

/// How an intent was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It was made.
    Applied(Option<RemoteId>),
    /// The server refused it, or nothing was sent.
    NotApplied,
    /// A person said it was never made (`plumb resolve --not-created`).
    DeclaredNotCreated,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
pub enum Record {
    /// A run began.
    RunStarted(RunHead),
    /// Something happened in a run.
    RunEvent {
        /// The run.
        run: RunId,
        /// When.
        at: Timestamp,
        /// What.
        event: Event,
    },
    /// A run ended.
    RunFinished {
        /// The run.
        run: RunId,
        /// When.
        at: Timestamp,
        /// How.
        outcome: RunOutcome,
    },
    /// A create is about to be sent.
    IntentOpened(Intent),
    /// A create was settled.
    IntentSettled {
        /// The resource.
        key: ResourceKey,
        /// How.
        settlement: Settlement,
    },
    /// An update is about to be sent that sets what was not sent before: a part of it may come about.
    Attempted {
        /// The resource.
        key: ResourceKey,
        /// The declared bodies of all updates since the last that is known to be complete, put
        /// together.
        body: Veiled,
    },
    /// A delete is about to be sent: when the resource is gone, that is our doing.
    DeleteSent {
        /// The resource.
        key: ResourceKey,
    },
    /// A resource is ours, and this is what was sent.
    Applied(Arc<Entry>),
    /// A resource is gone, or no longer ours.
    Forgotten {
        /// The resource.
        key: ResourceKey,
    },
    /// Everything of ours at a provider is in this account, from now on.
    AccountKnown {
        /// The provider's short name.
        provider: String,
        /// The account.
        account: Account,
    },
}

/// Who ran what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// Who, in which run.
    #[serde(flatten, deserialize_with = "holder::read")]
    pub who: Holder,
    /// When it began.
    pub at: Timestamp,
    /// The command: `apply`, `destroy`, `action stop …`.
    pub command: String,
    /// The Git commit of the manifests, where there is one.
    pub commit: Option<String>,
    /// The plan's fingerprint.
    pub plan: Option<Digest>,
    /// Which run of the stack it is, from 1; 0 of runs that were not counted.
    #[serde(default)]
    pub number: u64,
}

/// The ledger as the planner sees it.
#[derive(Clone, Debug, Default)]
pub struct LedgerView {
    /// The stack's name.
    pub stack: String,
    /// What is ours.
    pub entries: BTreeMap<ResourceKey, Arc<Entry>>,
    /// Creates whose outcome is not known.
    pub open_intents: BTreeMap<ResourceKey, Intent>,
    /// What updates set that are not known to be complete.
    pub attempted: BTreeMap<ResourceKey, Veiled>,
    /// What deletes of ours were sent for that are not known to have ended.
    pub leaving: BTreeSet<ResourceKey>,
    /// The account at each provider that everything of ours is in, where that is known.
    pub accounts: BTreeMap<String, Account>,
    /// The number of the last run that wrote; 0 when none was counted yet.
    pub generation: u64,
    /// The key of its hashes.
    pub hash_key: HashKey,
    /// When a planner, which has no clock, looks at it: by then contracts are reckoned.
    pub as_of: Option<Timestamp>,
}

impl LedgerView {
    /// The view without the contracts that are over by `now`: what a planner, which has no clock,
    /// is to see. Whoever writes the ledger keeps the whole view, so that no term begins anew.
    #[must_use]
    pub fn without_ended_contracts(mut self, now: Timestamp) -> Self {
        for entry in self.entries.values_mut() {
            let contract = entry.protections.contract.as_ref();
            if contract.is_some_and(|contract| contract.is_over(now)) {
                Arc::make_mut(entry).protections.contract = None;
            }
        }
        self.as_of = Some(now);
        self
    }

    /// Takes one record in.
    pub fn absorb(&mut self, record: &Record) {
        match record {
            Record::IntentOpened(intent) => {
                self.open_intents.insert(intent.key.clone(), intent.clone());
            }
            Record::IntentSettled { key, .. } => {
                self.open_intents.remove(key);
            }
            Record::Attempted { key, body } => {
                self.attempted.insert(key.clone(), body.clone());
            }
            Record::DeleteSent { key } => {
                self.leaving.insert(key.clone());
            }
            Record::Applied(entry) => {
                self.leaving.remove(&entry.key);
                self.attempted.remove(&entry.key);
                self.entries.insert(entry.key.clone(), Arc::clone(entry));
            }
            Record::Forgotten { key } => {
                self.leaving.remove(key);
                self.attempted.remove(key);
                self.entries.remove(key);
            }
            Record::AccountKnown { provider, account } => {
                self.accounts.insert(provider.clone(), account.clone());
            }
            Record::RunStarted(head) => self.generation = self.generation.max(head.number),
            Record::RunEvent { .. } | Record::RunFinished { .. } => {}
        }
    }
}

/// The journal could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the ledger {place}")]
pub struct JournalError {
    /// The file or URL.
    pub place: String,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// What an append comes to, later.
pub type Appending<'j> = Pin<Box<dyn Future<Output = Result<(), JournalError>> + Send + 'j>>;

/// Where records go. An append that answers `Ok` is durable: it survives the loss of power.
pub trait Journal: Send + Sync {
    /// Appends records in order, all or none, and syncs them. An implementation may let a
    /// `RunEvent` wait for the next record that is not one.
    fn append(&self, records: Vec<Record>) -> Appending<'_>;

    /// Makes sure, right before something is sent, that nobody else has come to write the ledger:
    /// what is sent is sent by the one run that holds it. Nothing to do where a lock keeps others
    /// out.
    fn hold(&self) -> Appending<'_> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_a_contract_that_has_begun_counts_whole() {
        let contract = |months| Contract { months, since: "2026-01-31T08:00:00Z".parse().unwrap() };
        for (months, now, left) in [
            (12, "2026-01-31T08:00:00Z", 12),
            (12, "2026-02-28T07:59:59Z", 12),
            (12, "2026-02-28T08:00:00Z", 11),
            (12, "2026-06-30T09:00:00Z", 7),
            (12, "2027-01-31T07:59:59Z", 1),
            (12, "2027-01-31T08:00:00Z", 0),
            (12, "2030-01-31T08:00:00Z", 0),
            (0, "2026-01-31T08:00:00Z", 0),
            (u32::MAX, "2026-03-01T08:00:00Z", u32::MAX - 1),
        ] {
            let found = contract(months).months_left(now.parse().unwrap());
            assert_eq!(found, left, "{months} {now}");
        }
    }

    #[test]
    fn a_contract_ends_on_the_same_day_of_a_later_month() {
        let contract = |months| Contract { months, since: "2026-01-31T08:00:00Z".parse().unwrap() };
        for (months, now, over) in [
            (1, "2026-02-28T07:59:59Z", false),
            (1, "2026-02-28T08:00:00Z", true),
            (12, "2026-12-31T08:00:00Z", false),
            (12, "2027-01-31T08:00:00Z", true),
            (0, "2026-01-31T08:00:00Z", true),
            (u32::MAX, "2026-02-28T08:00:00Z", false),
        ] {
            assert_eq!(contract(months).is_over(now.parse().unwrap()), over, "{months} {now}");
        }
    }
}
