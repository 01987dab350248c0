//! What a cloud is to plumb: kinds that turn resources into requests and answers into live
//! objects, as values. Nothing here sends, waits or prints.
//!
//! A new kind implements [`Kind`] in one file and gets one line in its provider's table; a new
//! cloud implements [`Provider`] and gets one line in the command line's list.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

pub mod billing;
pub mod check;
pub mod collection;
pub mod export;
pub mod kind;
mod kind_type;
pub mod lookup;
pub mod provider;
pub mod reach;
pub mod registry;
pub mod request;
pub mod row;
pub mod schema;
mod surroundings;
mod user_keys;

pub use billing::{Billing, Charge, ChargeFilter, Report, Unexplained};
pub use collection::{
    Collection, CollectionId, Counts, Envelope, Next, Paging, Reading, Snapshot, Way,
};
pub use kind::{CannotBuild, Context, Danger, Kind, NotReadable, Step, Verb, read};
pub use kind_type::{KindType, Opaque};
pub use lookup::Lookup;
pub use provider::{
    AnswerClass, Between, Budgets, Credentials, Identification, InFlight, KeyEnd, Provider,
    Refusal, Section, Unmanageable, Variables,
};
pub use reach::{Forward, Login, Reach, Ssh};
pub use registry::{Mistake, Registry, RegistryError, UnknownKind};
pub use request::{Effect, Method, Request, RequestPath};
pub use row::Row;
pub use schema::Schema;
pub use surroundings::{LookedUp, Surroundings};
pub use user_keys::{
    HeldRole, HolderSort, KeyHolder, ListedKey, MadeKey, NewKey, UserKeys, Validity,
};
