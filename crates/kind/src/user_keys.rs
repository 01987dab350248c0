//! API keys as things of their own: whose one is, and how a cloud makes, lists and deletes them. They
//! are no kind: what a key is made of is told once, when it is made, and belongs in no document.

use crate::collection::{Collection, Snapshot};
use crate::lookup::Lookup;
use crate::request::Request;
use jiff::Timestamp;
use plumb_model::text::{Secret, ServerText};
use plumb_model::{Body, RemoteId};

/// Somebody who has keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The vendor's id.
    pub id: RemoteId,
    /// The name the user goes by.
    pub name: ServerText,
    /// Who it is.
    pub sort: HolderSort,
    /// What the user may do, as far as the answer says.
    pub roles: Vec<HeldRole>,
}

/// Who a key's user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderSort {
    /// A person, who may use the console too.
    Person,
    /// A machine: programs alone use it.
    Machine,
    /// The answer does not say.
    Unknown,
}

/// A role that somebody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    /// The role.
    pub role: ServerText,
    /// The project it holds in; the whole account where none is named.
    pub project: Option<ServerText>,
    /// The group it came through.
    pub group: Option<ServerText>,
}

/// A key, as lists have it: without what is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKey {
    /// The vendor's id.
    pub id: RemoteId,
    /// Its name.
    pub name: ServerText,
    /// The part of it that is shown.
    pub beginning: ServerText,
    /// When it ends; `None` where it never does, or that is not said.
    pub ends: Option<Timestamp>,
}

/// A key to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewKey<'k> {
    /// Its name, by which it is found again.
    pub name: &'k str,
    /// How long it is accepted.
    pub validity: Validity,
}

/// How long a key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// As long as is usual there.
    Usual,
    /// So many hours.
    Hours(u32),
    /// For ever.
    Endless,
}

/// A key that was made. Its `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeKey {
    /// The vendor's id, where the answer has it.
    pub id: Option<RemoteId>,
    /// The whole key; `None` where the answer does not have it.
    pub secret: Option<Secret>,
    /// When it ends; `None` where it never does, or that is not said.
    pub ends: Option<Timestamp>,
}

/// How a cloud makes, lists and deletes keys.
pub trait UserKeys: Send + Sync + std::fmt::Debug {
    /// The list in which users are found by name.
    fn holders(&self) -> Collection;

    /// The user of this name.
    fn holder(&self, snapshot: &Snapshot, name: &str) -> Lookup<KeyHolder>;

    /// The list of a user's keys.
    fn keys(&self, holder: &RemoteId) -> Collection;

    /// Reads one item of it; `None` where it is none.
    fn read(&self, item: &Body) -> Option<ListedKey>;

    /// The request that makes a key. It is sent once.
    fn create(&self, holder: &RemoteId, key: &NewKey<'_>) -> Request;

    /// Takes the key out of the answer.
    fn made(&self, answer: &Body) -> MadeKey;

    /// The request that deletes a key.
    fn delete(&self, key: &RemoteId) -> Request;
}
