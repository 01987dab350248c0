//! What the clouds say. "Could not look" is never read as "is not there".

use crate::body::{Body, Fields, walk};
use crate::finding::Finding;
use crate::key::{KindId, RemoteId, ResourceKey, Scope};
use crate::money::Money;
use crate::path::FieldPath;
use crate::phase::{Phase, Power};
use crate::prices::PriceBook;
use crate::rules::{FieldRule, RuleSet};
use crate::sorted::Sorted;
use crate::text::ServerText;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// What looking at one key came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// It is there.
    Present(Box<LiveObject>),
    /// A complete, consistent look did not find it.
    Absent,
    /// It could not be looked at, or the answer could not be read.
    Unknown(ServerText),
}

/// The operation a status speaks of, where the server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatusOperation {
    /// A deployment.
    Deploy,
    /// Switching on or off.
    Power(Power),
    /// A deletion.
    Delete,
    /// Something else.
    Other(ServerText),
}

/// A live object's normalised status.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveStatus {
    /// Where in its life it is.
    pub phase: Phase,
    /// Why, in the server's words.
    pub reason: Option<ServerText>,
    /// The operation the status is about, when the server names it.
    pub operation: Option<StatusOperation>,
    /// When that operation ended, by the server's clock, when it says.
    pub completed_at: Option<Timestamp>,
    /// Whether it runs, where that is known.
    pub power: Option<Power>,
}

impl LiveStatus {
    /// The status of something that has no life cycle.
    #[must_use]
    pub fn ready() -> Self {
        Self { phase: Phase::Ready, reason: None, operation: None, completed_at: None, power: None }
    }
}

/// Whether an answer carried everything, or has to be fetched again on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Everything that is compared is there.
    Full,
    /// A list answered without the spec: fetch the object before comparing.
    Thin,
}

/// A thing that exists. Its `Debug` shows no values: they may be secret.
#[derive(Clone, PartialEq)]
pub struct LiveObject {
    /// Our identity for it.
    pub key: ResourceKey,
    /// The vendor's id, where there is one.
    pub remote_id: Option<RemoteId>,
    /// The document the server has, in the manifests' shape (`metadata`, `spec`).
    pub body: Body,
    /// Its status.
    pub status: LiveStatus,
    /// Its outputs (address, user, credentials): opaque, never compared, secret.
    pub outputs: Body,
    /// The stack whose mark it carries, where the kind marks objects.
    pub mark: Option<String>,
    /// The uid of the create that made it, where it carries one (docs/rules.md §2).
    pub uid: Option<String>,
    /// What it costs an hour as it is now, where the answer says.
    pub hourly: Option<Money>,
    /// Whether the answer carried everything.
    pub completeness: Completeness,
}

impl LiveObject {
    /// One that is ready and read whole, with nothing known of it beside its document.
    #[must_use]
    pub fn of(key: ResourceKey, body: Body) -> Self {
        Self {
            key,
            remote_id: None,
            body,
            status: LiveStatus::ready(),
            outputs: Body::Null,
            mark: None,
            uid: None,
            hourly: None,
            completeness: Completeness::Full,
        }
    }

    /// The object with what the rules call secret, and all of its outputs, as secrets.
    #[must_use]
    pub fn sealed(mut self, rules: RuleSet<'_>) -> Self {
        walk::seal(&mut self.body, rules);
        self.outputs = walk::sealed(&self.outputs);
        self
    }

    /// The object with further fields of its `spec`.
    pub fn take_seen(&mut self, seen: &Fields) {
        if !seen.is_empty()
            && let Some(Body::Fields(spec)) = self.body.get_mut("spec")
        {
            spec.extend(seen.clone());
        }
    }

    /// What it costs an hour as it is: as its cloud says, else as the stack's price book does. What was
    /// never deployed costs nothing yet.
    #[must_use]
    pub fn hourly_by(&self, prices: &PriceBook) -> Option<Money> {
        if self.status.phase == Phase::NotDeployed {
            return Some(Money::ZERO);
        }
        self.hourly.or_else(|| prices.hourly(&self.key, &self.body))
    }

    /// An output, when the object is ready. Its own id is no secret.
    #[must_use]
    pub fn output(&self, path: &FieldPath) -> Option<Body> {
        let found = self.outputs.find(path).filter(|_| self.status.phase == Phase::Ready)?;
        // Both layouts of outputs wrap the value: {"ip_address": {"value": …}}.
        let found = found.get("value").unwrap_or(found);
        let id = self.remote_id.as_ref().map(RemoteId::as_str);
        let id = id.filter(|id| found.as_secret().is_some_and(|secret| secret.is(id)));
        Some(id.map_or_else(|| walk::sealed(found), Body::from))
    }
}

impl fmt::Debug for LiveObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LiveObject")
            .field("key", &self.key)
            .field("remote_id", &self.remote_id)
            .field("status", &self.status)
            .field("mark", &self.mark)
            .finish_non_exhaustive()
    }
}

/// A kind and scope that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The kind.
    pub kind: KindId,
    /// The scope that was to be listed.
    pub scope: Scope,
    /// Why not.
    pub reason: ServerText,
}

/// What the live world adds to the rules for one resource: the profile is the schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refinement {
    /// Rules of single fields: this variable is immutable, that one has a default.
    pub rules: Arc<[FieldRule]>,
    /// Fields of the live object's `spec` that stand nowhere in its own answer, and were read elsewhere:
    /// what is in effect of the roles that are declared, say.
    pub seen: Fields,
    /// What others gave the live object beyond what is declared, as lowercase fragments.
    pub notes: Vec<String>,
    /// What is wrong with the document in the light of the profile, stock or prices. An error
    /// here blocks the resource.
    pub findings: Vec<Finding>,
    /// What it costs an hour when it is as declared, where prices are known.
    pub hourly: Option<Money>,
    /// Why its price is not known, where there is more to say of that.
    pub unpriced: Option<String>,
}

/// One of several live objects that could be the same resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The vendor's id.
    pub id: RemoteId,
    /// Its name.
    pub name: ServerText,
    /// What it costs an hour, where that is known.
    pub hourly: Option<Money>,
}

/// Live objects that answer to a key beside the one that stands for it, or instead of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rivals {
    /// Further objects carry the same uid: a create happened twice, or somebody copied the tags.
    /// The one that stands for the key is on record.
    Duplicates(Vec<Candidate>),
    /// Several objects answer to the key, and nothing on record says which one is meant. The
    /// observation of the key is `Unknown`.
    Undecided(Vec<Candidate>),
}

/// What a bill says of a kind of which something is to be rented that is not on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillDoubt {
    /// The account is billed for more an hour than everything that is seen comes to.
    Surplus {
        /// What it is billed.
        billed: Money,
        /// What is seen comes to.
        seen: Money,
    },
    /// It could not be read, or held against the lists.
    Unreadable,
}

/// A cloud that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Its provider's short name.
    pub provider: String,
    /// The provider's kinds.
    pub kinds: BTreeSet<KindId>,
    /// Whether it is the account that the ledger speaks of.
    pub account: AccountProof,
}

/// Whether what was looked at is the account that the ledger speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountProof {
    /// It is the one on record.
    OnRecord,
    /// Nobody can say: it could not be read, or none is on record.
    Missing,
}

/// Everything that was observed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    /// Each key that was looked for or found.
    pub objects: Sorted<ResourceKey, Observation>,
    /// What could not be seen.
    pub gaps: BTreeSet<Gap>,
    /// Keys to which more than one live object answers.
    pub rivals: BTreeMap<ResourceKey, Rivals>,
    /// Rules and findings the profiles add, for each declared resource.
    pub refinements: Sorted<ResourceKey, Refinement>,
    /// Kinds whose cloud's bill may speak of what is about to be rented: it may run already, and
    /// be in no list.
    pub bills: BTreeMap<KindId, BillDoubt>,
    /// The clouds, where it is known which kind is whose; one cloud is all there is when empty.
    pub clouds: Vec<Cloud>,
}

impl Live {
    /// The object, when it is known to be there.
    #[must_use]
    pub fn present(&self, key: &ResourceKey) -> Option<&LiveObject> {
        match self.objects.get(key) {
            Some(Observation::Present(object)) => Some(object),
            Some(Observation::Absent | Observation::Unknown(_)) | None => None,
        }
    }

    /// What a resource costs an hour as it is. What is not there costs nothing; of what could not be seen
    /// nobody knows.
    #[must_use]
    pub fn hourly(&self, key: &ResourceKey, prices: &PriceBook) -> Option<Money> {
        match self.objects.get(key)? {
            Observation::Present(object) => object.hourly_by(prices),
            Observation::Absent => Some(Money::ZERO),
            Observation::Unknown(_) => None,
        }
    }

    /// What the profile adds for a resource; empty when nothing does.
    #[must_use]
    pub fn rules_of(&self, key: &ResourceKey) -> &[FieldRule] {
        self.refinements.get(key).map_or(&[], |refinement| &refinement.rules)
    }

    /// An output of a resource that is ready.
    #[must_use]
    pub fn output(&self, key: &ResourceKey, path: &FieldPath) -> Option<Body> {
        self.present(key)?.output(path)
    }
}
