//! The vocabulary of plumb: what every other crate talks about.
//!
//! Nothing here does I/O, awaits, or asks for the time. A `Desired` is what the manifests say, a
//! `Live` is what the clouds answered, a `Plan` is the difference; the comparison of two bodies
//! lives here too, because the planner and the engine's read-back must agree on it.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

pub mod account;
pub mod bill;
pub mod body;
pub mod claim;
pub mod codes;
pub mod compare;
pub mod desired;
pub mod digest;
pub mod duration;
pub mod ending;
pub mod event;
pub mod excerpts;
pub mod explanations;
pub mod facts;
pub mod finding;
pub mod fingerprint;
pub mod graph;
pub mod holder;
pub mod intent;
pub mod key;
pub mod last;
pub mod ledger;
pub mod live;
pub mod mark;
pub mod money;
pub mod moves;
mod name;
pub mod path;
pub mod pattern;
pub mod phase;
pub mod plan;
pub mod policies;
pub mod policy;
pub mod prices;
pub mod rails;
pub mod resource;
pub mod rules;
pub mod schedule;
pub mod shared;
mod sketch;
pub mod sorted;
pub mod text;
pub mod worlds;

pub use account::Account;
pub use bill::Bill;
pub use body::{Body, Fields, OutputReference, Veiled};
pub use claim::Claim;
pub use codes::Code;
pub use desired::Desired;
pub use event::{ActionOutcome, Event, Report, RunId};
pub use excerpts::{Excerpt, Excerpts};
pub use finding::{Finding, Severity, SourceMap, Span};
pub use holder::Holder;
pub use key::{Address, KindId, RemoteId, ResourceKey, Scope};
pub use last::Last;
pub use ledger::{Entry, Intent, Journal, JournalError, LedgerView, Record};
pub use live::{Gap, Live, LiveObject, LiveStatus, Observation, Refinement};
pub use money::Money;
pub use path::{FieldPath, PathPattern};
pub use pattern::Pattern;
pub use phase::{Phase, Power};
pub use plan::{Action, ActionId, Blocked, FieldChange, Note, Operation, Plan};
pub use policies::CelPolicy;
pub use policy::Policy;
pub use prices::{Fit, Price, PriceBook};
pub use rails::{Rail, Rails};
pub use resource::{Resource, Wishes};
pub use rules::{Aspect, FieldRule, KindRules, KindTable};
pub use shared::Shared;
pub use sorted::Sorted;
pub use text::{Secret, ServerText};
pub use worlds::Worlds;
