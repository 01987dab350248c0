//! `plumb.yaml` as it is written, with the words of its schema. What it comes to is in
//! [`stack`](super).

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The `apiVersion` of plumb's own documents.
pub const API_VERSION: &str = "plumb.dev/v1";

/// The schema by which `plumb.yaml` is checked. The widths of its numbers are not part of it:
/// reading the document into its type sees to them.
pub(super) fn schema() -> Schema {
    let without_widths = RecursiveTransform(|schema: &mut Schema| {
        schema.remove("format");
    });
    let settings = SchemaSettings::draft2020_12().with_transform(without_widths);
    settings.into_generator().into_root_schema_for::<StackDocument>()
}

/// `plumb.yaml` as it is written.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Stack")]
pub(crate) struct StackDocument {
    #[schemars(extend("const" = API_VERSION))]
    api_version: String,
    #[schemars(extend("const" = "Stack"))]
    kind: String,
    #[serde(default)]
    pub(super) metadata: StackMetadata,
    #[serde(default)]
    pub(super) spec: StackSpec,
}

/// What the stack is called.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackMetadata {
    /// The stack's name, put on everything it owns. The folder's name when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    #[schemars(length(min = 1, max = 63))]
    pub(super) name: Option<String>,
    /// What tells the stack from others of its name; `plumb init` draws it. It goes into the marks,
    /// so it stays as it is, and a copy that is to be a stack of its own gets another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", regex(pattern = r"^[a-z0-9]+$"))]
    #[schemars(length(min = 8, max = 16))]
    pub(super) id: Option<String>,
}

/// The stack's settings.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackSpec {
    /// Files and folders below this one that are read; all of it when left out.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// Names of the connections this stack uses. Their endpoints and keys belong to the operator.
    #[serde(default)]
    pub(super) connections: Vec<String>,
    /// The organization that a partner's key acts inside, by the name of its connection: an id. Without
    /// it a key acts in its own.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}))]
    pub(super) organizations: BTreeMap<String, String>,
    /// The most requests that are in flight to a connection, by its name: 1 to 10. Without it plumb begins
    /// with what the cloud is known to take, and finds out whether it takes more.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": "integer", "minimum": 1, "maximum": 10}))]
    pub(super) in_flight: BTreeMap<String, u8>,
    /// Where the ledger is kept: a folder below this one, or a URL. `.plumb` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) ledger: Option<String>,
    /// Whether resources whose document is gone are deleted.
    #[serde(default)]
    pub(super) prune: bool,
    /// How much one run may delete, and cost.
    #[serde(default)]
    pub(super) limits: StackLimits,
    /// What things cost of which no cloud tells a price: the first that fits holds. What has no price
    /// here either passes no limit on money.
    #[serde(default)]
    pub(super) prices: Vec<StackPrice>,
    /// What the stack must be like after a run, with all that stays as it is: a plan that leaves one of
    /// these is not carried out.
    #[serde(default)]
    pub(super) rails: Vec<StackRail>,
    /// The same as expressions in CEL, for what rails cannot say.
    #[serde(default)]
    pub(super) policies: Vec<StackPolicy>,
    /// How many GPUs things have that do not say so themselves: the first that fits holds.
    #[serde(default)]
    pub(super) gpus: Vec<StackGpus>,
    /// When machines run, as office hours: in between they are off. The first that fits holds. What is
    /// declared off stays off.
    #[serde(default)]
    pub(super) schedules: Vec<StackSchedule>,
    /// Maintenance windows: what disturbs something that is there waits for one.
    #[serde(default)]
    pub(super) windows: Vec<StackWindow>,
    /// How long a plan file holds: `168h`, `90m`, at most 30 days; a week when left out. One that is
    /// older is not carried out, whatever the world looks like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        length(min = 2),
        regex(pattern = r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?$")
    )]
    pub(super) plan_lifetime: Option<String>,
    /// What becomes of a create whose answer was lost and that no look could settle, by kind. A
    /// kind that is not named waits for `plumb resolve`, or for a later run that finds what was
    /// made.
    #[serde(default)]
    pub(super) on_indeterminate: BTreeMap<String, StackIndeterminate>,
}

/// What some things cost.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackPrice {
    /// Of things of this kind: `ComputeInstance`.
    #[schemars(length(min = 1))]
    pub(super) kind: String,
    /// Only of those whose fields have these values: `{spec.computeProfile.name: bmaas-h100}`.
    #[serde(default)]
    pub(super) having: BTreeMap<String, String>,
    /// What each costs an hour, in dollars: `"2.49"`.
    #[schemars(schema_with = "amount")]
    pub(super) hourly: Value,
    /// A field that counts what is paid for: with `spec.variables[GPU Count].value`, the price is that
    /// of one GPU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) times: Option<String>,
}

/// How many GPUs some things have.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackGpus {
    /// Things of this kind: `ComputeInstance`.
    #[schemars(length(min = 1))]
    pub(super) kind: String,
    /// Only those whose fields have these values: `{spec.computeProfile.name: bmaas-h100}`.
    #[serde(default)]
    pub(super) having: BTreeMap<String, String>,
    /// How many each has.
    pub(super) count: u64,
}

/// A guard rail.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackRail {
    /// What it is called, in refusals.
    #[schemars(length(min = 1, max = 100))]
    pub(super) name: String,
    /// About things of this kind; about everything when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) kind: Option<String>,
    /// Only about those whose fields have these values: `{spec.location_id: Dallas}`.
    #[serde(default)]
    pub(super) having: BTreeMap<String, String>,
    /// What all of them come to at most: `{gpus: 16, hourly: "100"}`.
    #[serde(default)]
    pub(super) most: BTreeMap<StackMeasure, StackFigure>,
    /// What each of them has at most: `{contractMonths: 12}`.
    #[serde(default)]
    pub(super) most_each: BTreeMap<StackMeasure, StackFigure>,
    /// Fields, and the values they may have: `{spec.location_id: [Dallas, Ashton]}`.
    #[serde(default)]
    pub(super) among: BTreeMap<String, Vec<String>>,
    /// Fields, and how their values look: `{metadata.name: "ml-*"}`; `*` stands for anything.
    #[serde(default)]
    pub(super) like: BTreeMap<String, String>,
    /// Fields that must be there, and what must stand in them: `{spec.tags: ["team:research"]}`, or
    /// nothing in particular: `{metadata.labels.team: []}`.
    #[serde(default)]
    pub(super) has: BTreeMap<String, Vec<String>>,
}

/// A rule as an expression.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackPolicy {
    /// What it is called, in refusals.
    #[schemars(length(min = 1, max = 100))]
    pub(super) name: String,
    /// About things of this kind; about everything when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) kind: Option<String>,
    /// Only about those whose fields have these values: `{spec.location_id: Dallas}`.
    #[serde(default)]
    pub(super) having: BTreeMap<String, String>,
    /// The expression, which says true where the rule is kept: `totals.gpus <= 16`. One that speaks of
    /// `resource` is asked of each.
    #[schemars(length(min = 1, max = 4096))]
    pub(super) cel: String,
    /// What to tell whoever does not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = 400))]
    pub(super) message: Option<String>,
}

/// When some machines run.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackSchedule {
    /// What it is called, in plans.
    #[schemars(length(min = 1, max = 100))]
    pub(super) name: String,
    /// Machines of this kind: `VirtualMachine`.
    #[schemars(length(min = 1))]
    pub(super) kind: String,
    /// Only those whose fields have these values: `{spec.tags: team=research}`.
    #[serde(default)]
    pub(super) having: BTreeMap<String, String>,
    /// When they run: `[Mon-Fri 08:00-20:00]`. What ends before it begins ends on the next day.
    #[schemars(length(min = 1))]
    pub(super) hours: Vec<String>,
    /// The time zone of the hours: `Europe/Berlin`; universal time when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) zone: Option<String>,
    /// How they are off in between: `stopped` keeps their resources, and their price where the cloud
    /// bills them on; `released` gives them back, and they may find none when they are to start again.
    #[serde(default)]
    pub(super) otherwise: StackOff,
}

/// How a machine is off.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum StackOff {
    /// It keeps its resources.
    #[default]
    Stopped,
    /// It gives them back.
    Released,
}

/// When something may be changed.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackWindow {
    /// What it is called, in plans.
    #[schemars(length(min = 1, max = 100))]
    pub(super) name: String,
    /// About things of this kind; about everything when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) kind: Option<String>,
    /// Only about those whose fields have these values: `{metadata.project: production}`.
    #[serde(default)]
    pub(super) having: BTreeMap<String, String>,
    /// When it is open: `[Sun 02:00-06:00]`.
    #[schemars(length(min = 1))]
    pub(super) hours: Vec<String>,
    /// The time zone of the hours: `Europe/Berlin`; universal time when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) zone: Option<String>,
    /// What waits for it; all of these when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<StackDisturbance>", length(min = 1))]
    pub(super) holds: Option<Vec<StackDisturbance>>,
}

/// What a change does to what is there.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum StackDisturbance {
    /// Changing it in place.
    Update,
    /// Switching it on or off.
    Power,
    /// Deleting or replacing it.
    Delete,
}

/// What a guard rail counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub(super) enum StackMeasure {
    /// GPUs.
    Gpus,
    /// Dollars an hour.
    Hourly,
    /// Dollars in a month of 730 hours.
    Monthly,
    /// Resources.
    Resources,
    /// Months of a contract.
    ContractMonths,
    /// Hours until it is gone: what has neither plumb.dev/time-to-live nor plumb.dev/expires does not
    /// pass.
    LifetimeHours,
}

/// A figure of a guard rail: a number, or an amount of dollars as text.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct StackFigure(#[schemars(schema_with = "amount")] pub(super) Value);

/// How much one run may delete, and cost.
#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackLimits {
    /// At most this many deletes; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub(super) deletes: Option<u32>,
    /// At most this share of what the stack owns, in percent; 30 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(min = 0, max = 100))]
    pub(super) share_percent: Option<u32>,
    /// The number of owned resources from which the share counts; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32")]
    pub(super) share_from: Option<u32>,
    /// At most this many dollars an hour more than before, as `"50.00"`; no limit when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "amount")]
    pub(super) hourly: Option<Value>,
    /// So many dollars an hour that the account is billed beyond everything that is listed are
    /// known and accepted, as `"1.99"`; none when left out. With more, nothing is rented that could
    /// be what is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "amount")]
    pub(super) unexplained_hourly: Option<Value>,
}

/// What becomes of a create whose answer was lost.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum StackIndeterminate {
    After(StackPatience),
    Evidence(StackEvidence),
}

/// Give it up after a while.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackPatience {
    /// Give the create up, and send it again, when nothing was found for this long after plumb
    /// stopped looking: `24h`, `90m`, at most 30 days. THIS CAN PROVISION TWICE: what was made
    /// and shows itself later still is then there beside what is made again, and both are billed.
    #[schemars(length(min = 2), regex(pattern = r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?$"))]
    pub(super) retry_after: String,
}

/// Give it up as soon as everything speaks for it.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct StackEvidence {
    /// Give the create up, and send it again, as soon as plumb stopped looking, when totals, ids and
    /// the bill agree that it is not there. THIS CAN PROVISION TWICE, as `retryAfter` can.
    pub(super) evidence: bool,
}

/// Dollars, as text or number.
fn amount(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "number"],
        "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?$",
        "minimum": 0,
        "maximum": 999_999_999
    })
}
