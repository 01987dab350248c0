//! What a plan says and what it was made from, one fact each: so that two plans can be held against
//! each other, and what moved between them has a name. No fact is a secret, or lets one be guessed.

use crate::codes::Code;
use crate::digest::{Digest, text_of};
use crate::key::ResourceKey;
use crate::path::FieldPath;
use crate::plan::{Action, Basis, FieldChange, Operation, Plan, Precondition};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// What the plan may do, by its name: `prune`, `selection`; and where it was made.
    Setting(String),
    /// A declared document, without its secrets.
    Manifest(ResourceKey),
    /// A live object: whether it is there, which one it is, its phase and power.
    Object(ResourceKey),
    /// That a field is not as it is declared.
    Difference(ResourceKey, FieldPath),
    /// How it is, and how it will be: a [`FieldChange`].
    Field(ResourceKey, FieldPath),
    /// A ledger entry.
    Record(ResourceKey),
    /// A step.
    Action(ResourceKey, Operation),
    /// That something is blocked, and why.
    Blocked(ResourceKey, Code),
    /// What it costs: a [`CostChange`](crate::plan::CostChange).
    Price(ResourceKey),
}

impl Subject {
    /// The resource, if it is about one.
    #[must_use]
    pub fn key(&self) -> Option<&ResourceKey> {
        match self {
            Self::Setting(_) => None,
            Self::Manifest(key)
            | Self::Object(key)
            | Self::Difference(key, _)
            | Self::Field(key, _)
            | Self::Record(key)
            | Self::Action(key, _)
            | Self::Blocked(key, _)
            | Self::Price(key) => Some(key),
        }
    }

    /// What it is a part of.
    #[must_use]
    pub fn part(&self) -> Part {
        match self {
            Self::Manifest(_) => Part::Manifests,
            Self::Object(_) | Self::Difference(..) | Self::Field(..) => Part::World,
            Self::Record(_) => Part::Ledger,
            Self::Setting(_) | Self::Action(..) | Self::Blocked(..) | Self::Price(_) => Part::Plan,
        }
    }
}

/// The subject by its full name, which no other has.
impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name) => write!(formatter, "setting {name}"),
            Self::Manifest(key) => write!(formatter, "manifest {}", key.canonical()),
            Self::Object(key) => write!(formatter, "object {}", key.canonical()),
            Self::Difference(key, path) => {
                write!(formatter, "difference {} {path}", key.canonical())
            }
            Self::Field(key, path) => write!(formatter, "field {} {path}", key.canonical()),
            Self::Record(key) => write!(formatter, "record {}", key.canonical()),
            Self::Action(key, operation) => write!(formatter, "{operation} {}", key.canonical()),
            Self::Blocked(key, code) => write!(formatter, "blocked {} {code}", key.canonical()),
            Self::Price(key) => write!(formatter, "price {}", key.canonical()),
        }
    }
}

/// The parts that facts fall into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What is declared.
    Manifests,
    /// What was seen.
    World,
    /// What is on record.
    Ledger,
    /// What comes of it, what it costs, and what was asked for.
    Plan,
}

impl Part {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Manifests, Self::World, Self::Ledger, Self::Plan];
}

/// A fact as one text, to be digested.
#[must_use]
pub(crate) fn text(subject: &Subject, said: &Value) -> String {
    format!("{subject} {said}")
}

/// The facts of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Those that can be named.
    pub named: BTreeMap<Subject, Value>,
    /// The steps in full: their order, their reasons, the objects they are for.
    steps: String,
}

impl Facts {
    /// The facts of a plan that was made from this; the settings it was made with are the caller's to add.
    #[must_use]
    pub fn of(plan: &Plan, basis: &Basis, settings: Map<String, Value>) -> Self {
        let mut facts = Self { named: BTreeMap::new(), steps: steps(plan) };
        facts.extend(settings.into_iter().map(|(name, said)| (Subject::Setting(name), said)));
        let digests = |digests: &BTreeMap<ResourceKey, Digest>,
                       subject: fn(ResourceKey) -> Subject| {
            let each = digests.iter().map(|(key, digest)| (subject(key.clone()), json!(digest)));
            each.collect::<Vec<_>>()
        };
        facts.extend(digests(&basis.veiled, Subject::Manifest));
        facts.extend(digests(&basis.identity, Subject::Object));
        facts.extend(digests(&basis.ledger, Subject::Record));
        facts.extend(
            plan.costs.iter().map(|(key, cost)| (Subject::Price(key.clone()), json!(cost))),
        );
        for Action { key, operation, changes, .. } in &plan.actions {
            facts.extend([(Subject::Action(key.clone(), *operation), Value::Null)]);
            facts.fields(key, changes);
        }
        for blocked in &plan.blocked {
            facts.extend([(Subject::Blocked(blocked.key.clone(), blocked.code), Value::Null)]);
            facts.fields(&blocked.key, &blocked.changes);
        }
        facts
    }

    fn extend(&mut self, facts: impl IntoIterator<Item = (Subject, Value)>) {
        for (subject, said) in facts {
            // A replace says the same field twice: as it is, and anew.
            self.named.entry(subject).or_insert(said);
        }
    }

    fn fields(&mut self, key: &ResourceKey, changes: &[FieldChange]) {
        for change in changes {
            let of = |subject: fn(ResourceKey, FieldPath) -> Subject| {
                subject(key.clone(), change.path.clone())
            };
            self.extend([
                (of(Subject::Difference), Value::Null),
                (of(Subject::Field), json!(change)),
            ]);
        }
    }

    /// Whether this fact is one of them.
    #[must_use]
    pub fn has(&self, subject: &Subject, said: &Value) -> bool {
        self.named.get(subject) == Some(said)
    }

    /// One digest over all of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let named = self.named.iter().map(|(subject, said)| text(subject, said));
        let all: Vec<String> = named.chain([self.steps.clone()]).collect();
        Digest::of_bytes(all.join("\n").as_bytes())
    }

    /// What differs from earlier facts, which are known in full.
    #[must_use]
    pub fn since(&self, then: &Self) -> Vec<Moved> {
        let new = self.named.iter().filter(|(subject, said)| !then.has(subject, said));
        let new = new.map(|(subject, said)| Moved {
            subject: subject.clone(),
            then: then.named.get(subject).map_or(Then::Nothing, |said| Then::Known(said.clone())),
            now: Some(said.clone()),
        });
        let gone = then.named.iter().filter(|(subject, _)| !self.named.contains_key(subject));
        let gone = gone.map(|(subject, said)| Moved {
            subject: subject.clone(),
            then: Then::Known(said.clone()),
            now: None,
        });
        new.chain(gone).collect()
    }
}

/// What was said of a subject when a plan was reviewed, as far as that can be known.
#[derive(Clone, Debug, PartialEq)]
pub enum Then {
    /// Nothing.
    Nothing,
    /// This.
    Known(Value),
    /// Something else than now, or nothing.
    Unknown,
}

/// A fact that is no longer what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// What it is about.
    pub subject: Subject,
    /// What was said then.
    pub then: Then,
    /// What is said now; `None` for nothing.
    pub now: Option<Value>,
}

/// The steps without the digests of the live values that they were planned from: those are not
/// keyed, and the fields that change are facts.
fn steps(plan: &Plan) -> String {
    let step = |action: &Action| {
        let bare = |held: &Precondition| Precondition { fields: BTreeMap::new(), ..held.clone() };
        let precondition = action.precondition.as_ref().map(bare);
        text_of(&Action { precondition, ..action.clone() })
    };
    plan.actions.iter().map(step).collect::<Vec<_>>().join("\n")
}
