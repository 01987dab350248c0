//! Open intents are settled before planning on every start (docs/rules.md §2): by looking, never
//! by sending.

use crate::engine::{Engine, EngineError};
use crate::executing::interrupt::{Interrupt, Urgency};
use crate::executing::read_back::{Written, readable};
use crate::executing::record::{self, Extent};
use crate::observing::identity::Bindings;
use crate::observing::observe::Observed;
use crate::observing::survey::Wanted;
use plumb_kind::{Snapshot, Surroundings};
use plumb_model::claim::{Agreement, Beside, Claim, Evidence, Sending, claim};
use plumb_model::compare::Comparison;
use plumb_model::ledger::{Entry, Intent, LedgerView, Protections, Provenance, Record, Settlement};
use plumb_model::rules::{CreateSafety, KindRules, RuleSet};
use plumb_model::{
    Body, Desired, FieldPath, Journal, KindId, LiveObject, Observation, Report, Resource,
    ResourceKey, Veiled,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The first pause between two looks; each further one is twice as long.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// The longest.
const LONGEST_LOOK: Duration = Duration::from_mins(1);

/// What settling needs.
#[derive(Clone, Copy)]
pub struct Settling<'a> {
    /// The ledger with its open intents.
    pub ledger: &'a LedgerView,
    /// The manifests.
    pub desired: &'a Desired,
    /// Where the ledger is written.
    pub journal: &'a dyn Journal,
    /// What asks to stop looking.
    pub interrupt: &'a Interrupt,
    /// How long it is looked for.
    pub until: Until,
    /// How long after its deadline a create that never appeared is taken for not made, by kind. A
    /// machine that is slower than that exists twice; so nothing is given up unless the operator
    /// says so (`onIndeterminate`).
    pub give_up: &'a BTreeMap<KindId, Duration>,
}

impl std::fmt::Debug for Settling<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Settling").finish_non_exhaustive()
    }
}

/// How long creates in doubt are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Once.
    OneLook,
    /// Until each has shown itself, or its time is over.
    Due,
}

/// What settling came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settled {
    /// The records that were written, in order; a view of the ledger absorbs them.
    pub records: Vec<Record>,
    /// Creates that are still in doubt: these addresses are left alone until a later run or a
    /// person settles them.
    pub indeterminate: Vec<Intent>,
}

/// What one round of looking came to.
#[derive(Default)]
struct Round {
    records: Vec<Record>,
    /// What is still in doubt.
    open: Vec<Intent>,
}

/// What looking came to for one intent.
enum Verdict {
    Ours(Box<LiveObject>),
    NotApplied,
    /// It may still come, and the same request may be sent again: the create takes it up.
    TakenUpLater,
    Open,
}

impl Engine {
    /// Settles what earlier runs left open.
    ///
    /// # Flow
    /// All open intents are looked for in complete listings. What is found and ours is recorded.
    /// What is not listed may only be late. Where the server refuses duplicates, the next create
    /// takes it up, knowing of the doubt; where it does not, looking goes on until the intent's
    /// deadline, and then the intent stays open. An intent whose deadline is past costs one look.
    ///
    /// # Errors
    /// When the journal cannot be written, or an intent is of no known kind.
    pub async fn settle(&self, settling: Settling<'_>) -> Result<Settled, EngineError> {
        let mut open: Vec<Intent> = settling.ledger.open_intents.values().cloned().collect();
        let mut settled = Settled::default();
        let began = Instant::now();
        let mut pause = FIRST_LOOK;
        while !open.is_empty() {
            let round = self.round(&settling, open, began).await?;
            write(&settling, &mut settled, round.records).await?;
            open = round.open;
            let waits = open.iter().any(|intent| self.may_appear(intent, began));
            if !waits
                || settling.until == Until::OneLook
                || settling.interrupt.urgency() > Urgency::None
            {
                break;
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep(pause) => {}
                () = settling.interrupt.reached(Urgency::Graceful) => break,
            }
            pause = (pause * 2).min(LONGEST_LOOK);
        }
        settled.indeterminate = open;
        Ok(settled)
    }

    /// The creates that an earlier run left open, and for how long each is looked for at most.
    #[must_use]
    pub fn in_doubt(&self, ledger: &LedgerView) -> Vec<(ResourceKey, Duration)> {
        let began = Instant::now();
        let wait = |intent: &Intent| {
            let window = self.session(&intent.key.kind).map(|session| session.budgets().settle);
            let left = Duration::try_from(intent.deadline.duration_since(self.clock.now()));
            let waits = self.may_appear(intent, began);
            left.ok().filter(|_| waits).unwrap_or_default().min(window.unwrap_or_default())
        };
        let open = ledger.open_intents.values();
        open.map(|intent| (intent.key.clone(), wait(intent))).collect()
    }

    /// Looks once for everything that is open.
    async fn round(
        &self,
        settling: &Settling<'_>,
        open: Vec<Intent>,
        began: Instant,
    ) -> Result<Round, EngineError> {
        let observed = self.look_for(settling, &open).await;
        let given_up = self.given_up(settling, &observed, &open).await;
        let mut round = Round::default();
        for intent in open {
            let rules = self.rules_of(&intent.key.kind)?;
            match self.verdict(settling, &observed, (&intent, began), rules) {
                Verdict::Ours(live) => {
                    let id = live.remote_id.clone();
                    round.records.push(closed(&intent, Settlement::Applied(id)));
                    let entry = settled_entry(settling, &observed, &intent, rules, &live);
                    round.records.push(Record::Applied(Arc::new(entry)));
                }
                Verdict::NotApplied => {
                    round.records.push(closed(&intent, Settlement::NotApplied));
                }
                Verdict::Open if given_up.contains(&intent.key) => {
                    round.records.push(closed(&intent, Settlement::NotApplied));
                }
                Verdict::Open => round.open.push(intent),
                Verdict::TakenUpLater => {}
            }
        }
        Ok(round)
    }

    /// Whether a create in doubt is still to be looked for: one that may happen twice until its
    /// deadline, and any whose clock was so far ahead that the deadline says nothing.
    fn may_appear(&self, intent: &Intent, began: Instant) -> bool {
        let once = self.table.get(&intent.key.kind).map(|rules| rules.create_safety)
            == Some(CreateSafety::AtMostOnce);
        let is_ahead = self.clock.now() < intent.at;
        (once || is_ahead) && !self.is_due(intent, began)
    }

    /// Whether a create in doubt was looked for long enough: until its deadline, by our clock, or for
    /// the whole window since `began`. Who wrote the deadline may have had a clock that was years ahead.
    fn is_due(&self, intent: &Intent, began: Instant) -> bool {
        let window = self.session(&intent.key.kind).map(|session| session.budgets().settle);
        let is_over = window.is_none_or(|window| began.elapsed() >= window);
        is_over || self.clock.now() >= intent.deadline
    }

    /// The creates that may be given up: proven absent from every list, for as long as the operator
    /// said, and with a bill that speaks of nothing else.
    async fn given_up(
        &self,
        settling: &Settling<'_>,
        observed: &Observed,
        open: &[Intent],
    ) -> BTreeSet<ResourceKey> {
        let now = self.clock.now();
        let mut given_up = BTreeSet::new();
        for intent in open {
            let absent = observed.live.objects.get(&intent.key) == Some(&Observation::Absent);
            let Some(patience) = settling.give_up.get(&intent.key.kind).filter(|_| absent) else {
                continue;
            };
            // Before its deadline nothing is given up, however short the patience.
            let since = Duration::try_from(now.duration_since(intent.deadline));
            let is_over = since.is_ok_and(|since| since >= *patience);
            let Some(kind) = self.kind(&intent.key.kind).filter(|_| is_over) else { continue };
            let audit = self.audit(&intent.key.kind).await;
            if audit.doubt(kind, |object| object.uid.as_ref() == Some(&intent.uid)).is_none() {
                given_up.insert(intent.key.clone());
            }
        }
        given_up
    }

    async fn look_for(&self, settling: &Settling<'_>, open: &[Intent]) -> Observed {
        let bindings = Bindings::new(&self.table, settling.desired, settling.ledger);
        let mut wanted = Wanted::known(Arc::new(bindings));
        wanted.keys(&self.registry, &self.table, open.iter().map(|intent| &intent.key));
        for intent in open {
            if let Some(kind) = self.kind(&intent.key.kind)
                && let Some(resource) = settling.desired.get(&intent.key)
            {
                wanted.lookups(kind, resource);
            }
        }
        let mut observed = self.survey(wanted, &Snapshot::default()).await;
        let declared = open.iter().filter_map(|intent| settling.desired.get(&intent.key));
        let around = Surroundings::new(settling.desired, &observed.live, &observed.snapshot);
        let refined = declared.filter_map(|resource| {
            let kind = self.kind(resource.kind())?;
            Some((resource.key.clone(), kind.refine(resource, &around)))
        });
        observed.live.refinements = refined.collect();
        observed
    }

    fn verdict(
        &self,
        settling: &Settling<'_>,
        observed: &Observed,
        (intent, began): (&Intent, Instant),
        rules: &KindRules,
    ) -> Verdict {
        match observed.live.objects.get(&intent.key) {
            Some(Observation::Present(live)) => ownership(settling, observed, intent, rules, live),
            Some(Observation::Absent) if rules.create_safety.may_repeat() => {
                let declared = settling.desired.get(&intent.key).is_some();
                match (declared, self.is_due(intent, began)) {
                    (true, _) => Verdict::TakenUpLater,
                    (false, false) => Verdict::Open,
                    (false, true) => Verdict::NotApplied,
                }
            }
            Some(Observation::Absent | Observation::Unknown(_)) | None => Verdict::Open,
        }
    }
}

fn settled_entry(
    settling: &Settling<'_>,
    observed: &Observed,
    intent: &Intent,
    rules: &KindRules,
    live: &LiveObject,
) -> Entry {
    let ledger = settling.ledger;
    let none = BTreeSet::new();
    let requires = settling.desired.edges().get(&intent.key).unwrap_or(&none);
    let resource = settling.desired.get(&intent.key);
    let earlier = ledger.entries.get(&intent.key).map(|entry| &**entry);
    if let Some(resource) = resource.filter(|resource| is_sent(ledger, intent, resource)) {
        return record::Sending {
            resource,
            rules,
            refined: observed.live.rules_of(&intent.key),
            hash_key: &ledger.hash_key,
            extent: Extent::Create,
            provenance: Provenance::Created,
            remote_id: live.remote_id.clone(),
            requires,
            earlier,
            now: intent.at,
        }
        .entry();
    }
    // The manifest changed since: what was sent is not known any more.
    let protections = resource.map_or_else(Protections::default, |resource| {
        record::protections(resource, rules, earlier, intent.at)
    });
    Entry {
        key: intent.key.clone(),
        remote_id: live.remote_id.clone(),
        provenance: Provenance::Created,
        since: Some(intent.at),
        sent: Veiled::default(),
        hashes: BTreeMap::new(),
        protections,
        requires: requires.clone(),
    }
}

fn closed(intent: &Intent, settlement: Settlement) -> Record {
    Record::IntentSettled { key: intent.key.clone(), settlement }
}

async fn write(
    settling: &Settling<'_>,
    settled: &mut Settled,
    records: Vec<Record>,
) -> Result<(), EngineError> {
    if records.is_empty() {
        return Ok(());
    }
    let written = settling.journal.append(records.clone()).await;
    written
        .map_err(|source| EngineError::Journal { source, report: Box::new(Report::default()) })?;
    settled.records.extend(records);
    Ok(())
}

fn is_sent(ledger: &LedgerView, intent: &Intent, resource: &Resource) -> bool {
    record::digest(resource, &ledger.hash_key) == intent.digest
}

/// Whether what is there is what the intent made.
fn ownership(
    settling: &Settling<'_>,
    observed: &Observed,
    intent: &Intent,
    rules: &KindRules,
    live: &LiveObject,
) -> Verdict {
    let agreement = if agrees(settling, observed, intent, rules, live) {
        Agreement::Full
    } else {
        Agreement::Lacking
    };
    let beside = Beside::Create(Sending::InDoubt(agreement));
    match claim(&Evidence { rules, object: live, stack: &settling.ledger.stack, beside }) {
        Claim::Ours(_) => Verdict::Ours(Box::new(live.clone())),
        Claim::AnotherStacks(_) | Claim::Copied | Claim::Unmarked => Verdict::NotApplied,
        Claim::Undecided | Claim::Leaving => Verdict::Open,
    }
}

/// Whether a live object is what the intent sent, field by field.
fn agrees(
    settling: &Settling<'_>,
    observed: &Observed,
    intent: &Intent,
    rules: &KindRules,
    live: &LiveObject,
) -> bool {
    let ledger = settling.ledger;
    let resource = settling.desired.get(&intent.key);
    let Some(resource) = resource.filter(|resource| is_sent(ledger, intent, resource)) else {
        return false;
    };
    let comparison = Comparison {
        declared: &resource.body,
        live: &live.body,
        sent: None,
        rules: RuleSet::new(&rules.fields, observed.live.rules_of(&intent.key)),
        ignore: &resource.wishes.ignore,
        hash_key: &ledger.hash_key,
    };
    // What is open in the manifest is nothing to compare with.
    let is_open = |path: &FieldPath| resource.field(path).is_some_and(Body::is_open);
    readable(comparison.run(), Written::ByCreate).iter().all(is_open)
}
