//! What a run may do: prune, limits, targets. Policy rewrites the planner's inputs and judges its
//! result; the comparison itself has no policy in it.

use crate::key::ResourceKey;
use crate::money::Money;
use crate::policies::CelPolicy;
use crate::prices::PriceBook;
use crate::rails::Rails;
use crate::schedule::Window;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a run is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Make the live world what the manifests say.
    #[default]
    Converge,
    /// Delete everything the stack owns.
    Destroy,
}

/// How much of a stack is looked at: of a part nothing can be said about the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// All of it.
    #[default]
    Whole,
    /// Some of its manifests, or some of its resources.
    Part,
}

/// Which live objects that nobody manages are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strangers {
    /// Those in projects and workspaces where the stack has something. The organization is shared.
    #[default]
    Nearby,
    /// Also those that are paid for in the clouds where the stack has something.
    PaidFor,
}

/// Whether owned resources whose document is gone are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prune {
    /// They stay, and a note says so.
    #[default]
    Off,
    /// They are deleted.
    On,
}

/// How much one run may delete and spend. `--yes` never covers a tripped limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// At most this many deletes; replaces count.
    pub deletes: u32,
    /// At most this share of what is owned, in percent, once at least `share_from` exist.
    pub share_percent: u32,
    /// The number of owned resources from which the share counts.
    pub share_from: u32,
    /// At most this many dollars an hour more than before; no limit when `None`.
    pub hourly: Option<Money>,
    /// What an account may be billed an hour beyond everything that is seen, before something more
    /// is rented: a person looked, and knows what it is.
    pub unexplained_hourly: Money,
}

impl Default for Limits {
    /// docs/rules.md §3: more than 30 % of at least 10, or more than 10 deletes. What a run may
    /// cost, only the stack can say.
    fn default() -> Self {
        Self {
            deletes: 10,
            share_percent: 30,
            share_from: 10,
            hourly: None,
            unexplained_hourly: Money::ZERO,
        }
    }
}

/// The part of the stack a run looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Selection {
    /// Only these and what they need; all when empty.
    pub targets: BTreeSet<ResourceKey>,
    /// Never these, nor what needs them.
    pub excludes: BTreeSet<ResourceKey>,
}

/// What a run may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// What the run is for.
    pub purpose: Purpose,
    /// Whether to prune.
    pub prune: Prune,
    /// How much may be deleted and spent.
    pub limits: Limits,
    /// What the stack says of prices that no cloud tells.
    pub prices: PriceBook,
    /// What the planned world must be like.
    pub rails: Rails,
    /// When something may be changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// The same in rules of an expression language.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<CelPolicy>,
    /// Which part of the stack.
    pub selection: Selection,
    /// Whether all of its manifests are read.
    pub coverage: Coverage,
    /// What is told of others' objects.
    pub strangers: Strangers,
    /// Resources taken over although they differ, beside those annotated (`plumb adopt`).
    pub adopt: BTreeSet<ResourceKey>,
    /// Limits a person named as accepted: `--allow-deletes N`.
    pub allowed_deletes: Option<u32>,
    /// The rise a person named as accepted, in dollars an hour: `--allow-hourly AMOUNT`.
    pub allowed_hourly: Option<Money>,
    /// What a person accepted at any price: `--allow-unpriced ADDRESS`.
    pub allowed_unpriced: BTreeSet<ResourceKey>,
    /// `--confirm-loss`: go on although more than half of what the ledger knows is gone.
    pub confirm_loss: bool,
    /// `--approve-early-termination ADDRESS`: contracts that may end early.
    pub early_terminations: BTreeSet<ResourceKey>,
}

impl Policy {
    /// What of it can change an action, by name: all but what a person accepts after seeing the plan,
    /// and what is only told.
    #[must_use]
    pub fn settings(&self) -> Map<String, Value> {
        const OTHERS: [&str; 5] =
            ["allowed_deletes", "allowed_hourly", "allowed_unpriced", "confirm_loss", "strangers"];
        let Ok(Value::Object(mut settings)) = serde_json::to_value(self) else { return Map::new() };
        for other in OTHERS {
            settings.remove(other);
        }
        settings
    }
}
