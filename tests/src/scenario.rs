//! The format of a scenario: what `scenario.yaml` may say. How it is carried out is in `run`.
//!
//! ```yaml
//! about: One changed variable is exactly an update and a publish of that instance.
//! world:                      # merged over scenarios/world.yaml: faults, a section for each cloud
//!   rafay: {knobs: {require_vpc: true}}
//! variables: {PASSWORD: x}    # what valueFrom.var finds
//! ends: blocked               # or refused; settled when left out
//! steps:
//!   - write: [workspace.yaml, {node.yaml: old-node.yaml}]
//!     apply: |
//!       create Workspace/ml/dev
//!       create ComputeInstance/ml/dev/node
//!       publish ComputeInstance/ml/dev/node
//! ```
//!
//! A step changes the world, then the files, then lets somebody else act, and then looks: `plan`,
//! `apply`, `destroy` or `export`, with the listing that is expected.

use plumb_model::ResourceKey;
use plumb_model::key::{Address, NotAnAddress};
use plumb_sandbox::{Edit, FindingKind};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A whole scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The one point it makes.
    pub about: String,
    /// Merged over the common world's configuration.
    #[serde(default)]
    pub world: Value,
    /// How many further machines of somebody else there are: more than fit on a page of a list.
    #[serde(default)]
    pub crowd: usize,
    /// Variables by the name after `PLUMB_VAR_`.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// How it ends.
    #[serde(default)]
    pub ends: Ending,
    /// Bad manners the sandbox is to notice, because of what somebody else did; each must occur.
    #[serde(default)]
    pub manners: BTreeSet<FindingKind>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// What planning once more must come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Nothing to do and nothing in the way.
    #[default]
    Settled,
    /// Nothing to do, and the same blocks as before.
    Blocked,
    /// The manifests are refused, as before.
    Refused,
}

/// One step. What is given happens in the order of the fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Step {
    /// Merged over the world's configuration.
    pub world: Value,
    /// The API key of the first cloud from now on.
    pub key: Option<String>,
    /// The API key of the second cloud from now on.
    pub voltage_park_key: Option<String>,
    /// What becomes of the ledger.
    pub ledger: Option<LedgerFate>,
    /// Variables that are set or changed.
    pub variables: BTreeMap<String, String>,
    /// Files that are written: from the scenario's folder, else from `scenarios/shared/`.
    pub write: OneOrMany<Write>,
    /// Texts that are replaced in written files.
    pub change: OneOrMany<Change>,
    /// Files that are removed.
    pub remove: OneOrMany<String>,
    /// What somebody else does.
    pub outside: OneOrMany<Edit>,
    /// Seconds that pass.
    pub advance: Option<u64>,
    /// What somebody else does after the plan was made and before it is carried out.
    pub between: OneOrMany<Edit>,

    /// The listing of a plan.
    pub plan: Option<String>,
    /// The listing of a plan and of what carrying it out came to.
    pub apply: Option<String>,
    /// The same for destroying everything.
    pub destroy: Option<String>,
    /// The listing of a plan of what was exported.
    pub export: Option<String>,

    /// Whether what is no longer declared is deleted.
    pub prune: bool,
    /// Only these and what they need.
    pub targets: Vec<String>,
    /// Not these, nor what needs them.
    pub excludes: Vec<String>,
    /// Taken over although they differ.
    pub adopt: Vec<String>,
    /// Contracts that may end early.
    pub approve: Vec<String>,
    /// The number of deletes a person accepted.
    pub allow_deletes: Option<u32>,
    /// Whether a person confirmed that most of the fleet is gone.
    pub confirm_loss: bool,
    /// Seconds after which the run is interrupted.
    pub interrupt_after: Option<u64>,

    /// Pairs `ACTION, ACTION`: the first ended before the second began.
    pub order: Vec<String>,
    /// Texts that stand in a message of the plan, a finding, a failure or a warning of the run.
    pub says: Vec<String>,
    /// What the plan adds to an hour's bill, as `$1.99`; with ` and more` where prices are unknown.
    pub hourly: Option<String>,
    /// `REASON KEY "PATH"`: differences that are not shown.
    pub why: Vec<String>,
    /// `KIND OBJECT COUNT`: how often the sandbox saw an effect since the scenario began.
    pub effects: Vec<String>,
    /// `COUNT METHOD TEXT`: how many requests the step sent whose path and query hold the text.
    pub asks: Vec<String>,
    /// What the sandbox's objects hold afterwards.
    pub live: Vec<Expected>,
    /// Seconds of virtual time the run takes at least.
    pub lasts: Option<u64>,
}

/// What becomes of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerFate {
    /// Its folder is deleted.
    Lost,
}

/// Files to write: by name, or the name in the repository with the name of the source.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Write {
    /// The same name on both sides.
    Same(String),
    /// Target to source.
    Named(BTreeMap<String, String>),
}

impl Write {
    /// Targets with their sources.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Same(name) => vec![(name, name)],
            Self::Named(names) => {
                names.iter().map(|(to, from)| (to.as_str(), from.as_str())).collect()
            }
        }
    }
}

/// A text that is replaced; it must stand in the file exactly once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The file.
    pub file: String,
    /// What stands there.
    pub from: String,
    /// What shall stand there.
    pub to: String,
}

/// What an object of the sandbox holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The object's key in the sandbox.
    pub object: String,
    /// A JSON pointer into the object as the sandbox stores it.
    pub at: String,
    /// The value; null is absent.
    #[serde(default)]
    pub is: Option<Value>,
    /// Or a part of its text.
    #[serde(default)]
    pub like: Option<String>,
}

/// One thing or a list of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// A list.
    Many(Vec<T>),
    /// One.
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[T] {
        match self {
            Self::Many(many) => many,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

/// What a step does last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Plans.
    Plan,
    /// Plans and carries out.
    Apply,
    /// Plans to delete everything, and does.
    Destroy,
    /// Exports, and plans what was exported.
    Export,
}

impl Step {
    /// What the step does last, with the listing that is expected.
    ///
    /// # Errors
    /// When it says more than one thing.
    pub fn look(&self) -> Result<Option<(Look, &str)>, String> {
        let looks = [
            (Look::Plan, &self.plan),
            (Look::Apply, &self.apply),
            (Look::Destroy, &self.destroy),
            (Look::Export, &self.export),
        ];
        let mut given = looks.into_iter().filter_map(|(look, text)| Some((look, text.as_deref()?)));
        let first = given.next();
        match given.next() {
            Some(_) => Err("a step plans, applies, destroys or exports, not two of them".into()),
            None => Ok(first),
        }
    }
}

/// The keys among `known` that addresses name; all must name something.
///
/// # Errors
/// Names the address that names nothing.
pub fn named<'k>(
    addresses: &[String],
    known: &(impl Iterator<Item = &'k ResourceKey> + Clone),
) -> Result<BTreeSet<ResourceKey>, String> {
    let mut keys = BTreeSet::new();
    for text in addresses {
        let address: Address = text.parse().map_err(|error: NotAnAddress| error.to_string())?;
        let before = keys.len();
        keys.extend(known.clone().filter(|key| address.names(key)).cloned());
        if keys.len() == before {
            return Err(format!("{address} names nothing"));
        }
    }
    Ok(keys)
}
