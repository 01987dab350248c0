//! The plan: actions with nothing left to decide, what is blocked and why, what is not shown and
//! why. Serialisable, free of secrets, and the same for the same inputs, byte for byte.

use crate::codes::Code;
use crate::digest::Digest;
use crate::finding::Finding;
use crate::key::{RemoteId, ResourceKey};
use crate::money::Money;
use crate::path::FieldPath;
use crate::phase::{Phase, Power};
use crate::policy::Coverage;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How every plan file begins: no manifest does.
pub const PLAN_FILE_HEAD: &str = "{\"plumb_plan\":";

/// What one action does.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Take a live object over: mark it (where the API can) and record it.
    Adopt,
    /// Make it.
    Create,
    /// Change it in place.
    Update,
    /// Deploy it, and wait until it is ready.
    Publish,
    /// Switch it on or off, and wait until it is.
    Power(Power),
    /// End as it began, after a reset or a reboot: by hand only, and never in a plan.
    Restart,
    /// Wait for what is already under way.
    Wait,
    /// Delete it, and wait until it is gone.
    Delete,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Adopt,
        Self::Create,
        Self::Update,
        Self::Publish,
        Self::Power(Power::On),
        Self::Power(Power::Off),
        Self::Power(Power::Disassociated),
        Self::Restart,
        Self::Wait,
        Self::Delete,
    ];
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Adopt => "adopt",
            Self::Create => "create",
            Self::Update => "update",
            Self::Publish => "publish",
            Self::Power(Power::On) => "power on",
            Self::Power(Power::Off) => "power off",
            Self::Power(Power::Disassociated) => "disassociate",
            Self::Restart => "restart",
            Self::Wait => "wait",
            Self::Delete => "delete",
        })
    }
}

/// Names an action inside its plan: operation and full key.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct ActionId(String);

impl ActionId {
    /// The id of an operation on a resource; a plan has at most one of each.
    #[must_use]
    pub fn new(operation: Operation, key: &ResourceKey) -> Self {
        Self(format!("{operation} {}", key.canonical()))
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A value in a field change, as it may be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "value")]
pub enum Shown {
    /// There is none.
    Absent,
    /// This one.
    Plain(Value),
    /// One that must not be shown.
    Secret,
    /// One that must not be shown, and differs from the other in nothing but its line ends.
    SecretLineEnds,
    /// Known only once another resource is ready.
    KnownAfterApply,
    /// The default of the profile or the server.
    Default(Value),
}

/// One field that will change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Where.
    pub path: FieldPath,
    /// What is live now.
    pub before: Shown,
    /// What it will be.
    pub after: Shown,
    /// What the change asks for.
    pub effect: ChangeEffect,
}

/// What a changed field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeEffect {
    /// Nothing but the update.
    InPlace,
    /// An update and a publish.
    Publish,
    /// A new object.
    Replace,
}

/// Why an action is in the plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// It is declared and does not exist.
    Missing,
    /// It exists unmarked and agrees with what is declared, or the manifest says adopt.
    Unmarked,
    /// It carries our mark, and the ledger does not know it: it is taken on record, and nothing
    /// is sent.
    Unrecorded,
    /// Fields differ.
    Changed,
    /// Fields that cannot be part of the create follow it.
    AfterCreate,
    /// It was never deployed.
    NotDeployed,
    /// Its last deployment failed.
    Failed,
    /// Its update needs a deployment.
    Updated,
    /// Its power differs.
    Power,
    /// Something is under way.
    Pending,
    /// An immutable field changes, and replacing is allowed.
    Replaced,
    /// It is ours and no longer declared.
    NotDeclared,
    /// Its time is over: `plumb.dev/time-to-live` or `plumb.dev/expires`.
    Expired,
    /// The stack is destroyed.
    Destroyed,
    /// Its deletion was begun.
    DeletionUnfinished,
}

/// What must still hold just before an action is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precondition {
    /// The id the object had.
    pub remote_id: Option<RemoteId>,
    /// The phase it had.
    pub phase: Option<Phase>,
    /// Digests of the live values the action was planned from, by field; `None` where there was
    /// no value.
    pub fields: BTreeMap<FieldPath, Option<Digest>>,
}

/// One step with nothing left to decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its name in the plan.
    pub id: ActionId,
    /// The resource.
    pub key: ResourceKey,
    /// What is done to it.
    pub operation: Operation,
    /// The actions that must have succeeded first.
    pub requires: BTreeSet<ActionId>,
    /// The fields that change.
    pub changes: Vec<FieldChange>,
    /// Why.
    pub because: BTreeSet<Because>,
    /// What must still hold; `None` when there is nothing to compare with (creates).
    pub precondition: Option<Precondition>,
}

/// Wanted, but not possible now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// The resource.
    pub key: ResourceKey,
    /// The stable reason.
    pub code: Code,
    /// What stands in the way.
    pub message: String,
    /// What a person can do.
    pub help: String,
    /// The differences that stay, if any.
    pub changes: Vec<FieldChange>,
}

/// Worth saying, and nothing is done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The resource, if it is about one.
    pub key: Option<ResourceKey>,
    /// The stable reason.
    pub code: Code,
    /// What is worth saying.
    pub message: String,
}

/// Why a difference is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenReason {
    /// It is not declared: the server added it, or somebody else.
    ServerDefault,
    /// The server owns the field.
    ServerOwned,
    /// The live value is masked or not readable, and what was last sent is unchanged.
    MaskedSecret,
    /// The live value is not readable, and nothing is on record to compare with.
    NotRecorded,
    /// Fixed when it is made, and what it would be is known only once another resource is ready.
    NotKnownYet,
    /// The environment variable that would give the value is not set.
    NotSet,
    /// Not declared any more; it cannot be read, and stays as it was sent.
    StaysAsSent,
    /// `plumb.dev/ignore` covers it.
    Ignored,
    /// Only the order differs, and order means nothing here.
    Order,
    /// Absent or the zero value on both sides.
    ZeroValue,
    /// The same JSON, written differently.
    SameJson,
    /// The same text in another case.
    SameCase,
    /// One side says the default, the other leaves it out.
    Default,
}

/// A difference that is not shown, listed by `--why`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hidden {
    /// The resource.
    pub key: ResourceKey,
    /// The field.
    pub path: FieldPath,
    /// Why it is not shown.
    pub reason: HiddenReason,
}

/// A limit that stops the whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tripped {
    /// The stable reason.
    pub code: Code,
    /// What was planned and what is allowed.
    pub message: String,
    /// How to go on.
    pub help: String,
}

/// What a plan was made from, so that a plan file can be checked, and say what moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Digest of each declared resource.
    pub declared: BTreeMap<ResourceKey, Digest>,
    /// Digest of each declared resource without its secrets: the same for every ledger and whether
    /// or not they are known, and none can be guessed from it.
    pub veiled: BTreeMap<ResourceKey, Digest>,
    /// Digest of each live object the plan looked at.
    pub live: BTreeMap<ResourceKey, Digest>,
    /// Digest of which object it is and how it is doing, whatever its fields are.
    pub identity: BTreeMap<ResourceKey, Digest>,
    /// Digest of each ledger entry.
    pub ledger: BTreeMap<ResourceKey, Digest>,
    /// Digest of the policy.
    pub policy: Option<Digest>,
}

impl Basis {
    /// What stands for a live object that is not there.
    #[must_use]
    pub fn absent() -> Digest {
        Digest::of_bytes(b"absent")
    }

    /// What stands for a live object of which is not known whether it is there.
    #[must_use]
    pub fn unknown() -> Digest {
        Digest::of_bytes(b"unknown")
    }

    /// One digest over all of it, for the ledger alone: what is in it of secrets has the ledger's key,
    /// and a ledger that has not begun has none.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_serialized(self)
    }
}

/// What a resource costs an hour, before the plan and after it. What is not there costs nothing;
/// `None` is a price that nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostChange {
    /// As it is now.
    pub before: Option<Money>,
    /// When the plan is carried out.
    pub after: Option<Money>,
}

impl CostChange {
    /// What it will cost more, or less when negative; `None` while a price is not known.
    #[must_use]
    pub fn rise(self) -> Option<Money> {
        Some(self.after? - self.before?)
    }
}

/// A contract that begins, or that ends before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The resource that is rented by it.
    pub key: ResourceKey,
    /// Which of the two.
    pub turn: ContractTurn,
    /// The months it binds for: all of it, or what is left; one that has begun counts whole.
    pub months: u32,
    /// What they come to, in dollars; `None` where the price is not known.
    pub amount: Option<Money>,
}

/// What becomes of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractTurn {
    /// It is ended before its time, and may be charged to its end.
    EndsEarly,
    /// It begins.
    Begins,
}

/// What a whole plan changes an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourlyChange {
    /// The sum of what is known; negative when the plan saves money.
    pub known: Money,
    /// The resources with a price that nobody knows, which are not in the sum.
    pub unknown: usize,
}

/// The difference between what should exist and what does, as steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The stack.
    pub stack: String,
    /// The steps, each after what it requires.
    pub actions: Vec<Action>,
    /// What is wanted and not possible.
    pub blocked: Vec<Blocked>,
    /// Limits that stop the run.
    pub tripped: Vec<Tripped>,
    /// What is worth saying.
    pub notes: Vec<Note>,
    /// Resources that are as declared.
    pub unchanged: Vec<ResourceKey>,
    /// Differences that are not shown.
    pub hidden: Vec<Hidden>,
    /// Findings of the profile checks; an error among them also blocks its resource.
    pub findings: Vec<Finding>,
    /// What the resources with actions cost, of kinds that cost money at all.
    pub costs: BTreeMap<ResourceKey, CostChange>,
    /// Why the price of some of them is not known.
    pub unpriced: BTreeMap<ResourceKey, String>,
    /// The contracts that its resources are rented by, in months: of what is deleted the one on
    /// record, of the others the declared one.
    pub contracts: BTreeMap<ResourceKey, u32>,
    /// The contracts that it begins, and those that it ends before their time.
    pub commitments: Vec<Commitment>,
    /// How much of the stack it is about.
    pub coverage: Coverage,
    /// Every resource that it decided about, in order.
    pub looked_at: Vec<ResourceKey>,
}

/// How many resources a plan touches, in the words everyone knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Resources made (replaces too).
    pub add: usize,
    /// Resources changed, published, switched or taken over, not counting added ones.
    pub change: usize,
    /// Resources deleted (replaces too).
    pub destroy: usize,
}

impl Plan {
    /// Whether there is nothing to do and nothing in the way. Notes do not count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.blocked.is_empty() && self.tripped.is_empty()
    }

    /// Whether something of what it is about could not be looked at.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        let unseen = [Code::BLOCKED_UNKNOWN, Code::BLOCKED_GAP];
        self.notes.iter().any(|note| note.code == Code::NOTE_UNREAD)
            || self.blocked.iter().any(|blocked| unseen.contains(&blocked.code))
    }

    /// Whether something of what it is about was not compared, because a variable is not set.
    #[must_use]
    pub fn has_unset(&self) -> bool {
        self.notes.iter().any(|note| note.code == Code::NOTE_NOT_SET)
    }

    /// How many resources are added, changed and destroyed.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let of = |wanted: fn(&Action) -> bool| -> BTreeSet<&ResourceKey> {
            self.actions.iter().filter(|action| wanted(action)).map(|action| &action.key).collect()
        };
        let add = of(|action| action.operation == Operation::Create);
        let destroy = of(|action| action.operation == Operation::Delete);
        let touched = of(|action| action.operation != Operation::Wait);
        let change =
            touched.iter().filter(|key| !add.contains(**key) && !destroy.contains(**key)).count();
        Counts { add: add.len(), change, destroy: destroy.len() }
    }

    /// What the plan changes an hour (docs/rules.md §9.6).
    #[must_use]
    pub fn hourly_change(&self) -> HourlyChange {
        let rises = || self.costs.values().map(|cost| cost.rise());
        HourlyChange {
            known: rises().flatten().sum(),
            unknown: rises().filter(Option::is_none).count(),
        }
    }

    /// What the ledger knows, is not declared, and is gone: nothing has to be sent for it, and
    /// whoever executes the plan lets the ledger forget it. Nothing when a limit stops the run:
    /// the world may not be ours.
    #[must_use]
    pub fn gone(&self) -> BTreeSet<&ResourceKey> {
        let actions = self.actions.iter().map(|action| &action.key);
        let busy: BTreeSet<&ResourceKey> =
            actions.chain(self.blocked.iter().map(|blocked| &blocked.key)).collect();
        let notes = self.notes.iter().filter(|note| note.code == Code::NOTE_GONE);
        let gone = notes.filter_map(|note| note.key.as_ref());
        gone.filter(|key| self.tripped.is_empty() && !busy.contains(*key)).collect()
    }

    /// An action by its id.
    #[must_use]
    pub fn action(&self, id: &ActionId) -> Option<&Action> {
        self.actions.iter().find(|action| action.id == *id)
    }

    /// The actions on one resource, in order.
    pub fn actions_on<'p>(&'p self, key: &'p ResourceKey) -> impl Iterator<Item = &'p Action> {
        self.actions.iter().filter(move |action| action.key == *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_leaves_out_what_is_not_known_and_counts_it() {
        let dollars = |text: &str| text.parse().ok();
        let cost = |before, after| CostChange { before, after };
        let costs = [
            ("made", cost(dollars("0"), dollars("19.92"))),
            ("stopped", cost(dollars("1.99"), dollars("0.1"))),
            ("odd", cost(dollars("1.99"), None)),
            ("gone", cost(None, dollars("0"))),
        ];
        let key = |name: &str| format!("Machine.toy/{name}").parse().unwrap();
        let costs = costs.into_iter().map(|(name, cost)| (key(name), cost)).collect();
        let plan = Plan { costs, ..Plan::default() };
        let expected = HourlyChange { known: "18.03".parse().unwrap(), unknown: 2 };
        assert_eq!(plan.hourly_change(), expected);
    }
}
