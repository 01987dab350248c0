//! A plan as JSON in the shape of Terraform's `resource_changes`, so that policies and viewers made
//! for it work, with what is ours beside. Its JSON Schema comes from the same types.
//!
//! `before` and `after` are whole documents, of what does not change too, so that a policy judges what
//! will be there and not only what is new. Secrets are veiled in them.

pub use crate::change_detail::{ChangeDetail, Importing, TerraformAction};
use crate::change_detail::{Stands, detail, steps_to};
use crate::overview::{self, Change, Touched};
use crate::worlds::{StateDocument, StateModule, StateResource, StateValues, Worlds};
use plumb_model::key::RemoteId;
use plumb_model::plan::{ChangeEffect, Commitment, CostChange, Counts, HourlyChange, Operation};
use plumb_model::policy::Coverage;
use plumb_model::{Blocked, Code, Money, Note, Plan, ResourceKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The version of this shape. Additions raise the number after the dot.
pub const FORMAT: &str = "2.0";

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanDocument {
    /// The version of this shape.
    pub format_version: String,
    /// The plumb that made the plan.
    pub plumb_version: String,
    /// The stack.
    pub stack: String,
    /// The resources of the stack as they are.
    pub prior_state: StateDocument,
    /// The resources of the stack as they will be.
    pub planned_values: StateValues,
    /// Every resource the plan touches, and, with `no-op`, those that are as declared, that stay although
    /// nothing declares them, and that are blocked.
    pub resource_changes: Vec<ResourceChange>,
    /// The steps, each after what it requires.
    pub operations: Vec<Step>,
    /// What is wanted and not possible.
    pub blocked: Vec<BlockedResource>,
    /// Limits that stop the run.
    pub tripped: Vec<Limit>,
    /// What is worth saying.
    pub notes: Vec<Remark>,
    /// What the live world finds wrong with the manifests.
    pub findings: Vec<Value>,
    /// Differences that are not shown.
    pub hidden: Vec<HiddenDifference>,
    /// How many resources are touched.
    pub counts: PlanCounts,
    /// What the plan changes about the bill.
    pub cost: TotalCost,
    /// The contracts that it begins, and those that it ends before their time.
    #[serde(default)]
    pub commitments: Vec<PlannedCommitment>,
    /// How much of the stack the plan is about: `whole`, or `part` (some manifests, `--target`,
    /// `--exclude`).
    pub coverage: String,
    /// Whether all of that could be read: where not, "no changes" speaks only of what was seen.
    pub complete: bool,
    /// One word that says what will be done and what it was planned from; `plumb apply --approve`
    /// takes it, and does nothing else.
    pub fingerprint: String,
    /// Whether it can be applied as it stands: no limit is tripped.
    pub applyable: bool,
    /// Whether it would not reach what is declared: something is blocked, or a limit is tripped.
    pub errored: bool,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceChange {
    /// The full address: `Kind.group/scope/name`.
    pub address: String,
    /// Always `managed`.
    pub mode: String,
    /// The kind's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The resource's name in its scope.
    pub name: String,
    /// The kind's API group.
    pub provider_name: String,
    /// The project it lives in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The workspace it lives in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// What changes.
    pub change: ChangeDetail,
    /// Why, in words; absent when nothing is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_reason: Option<String>,
    /// The contract that it is rented by, in months; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_months: Option<u32>,
    /// What it costs; absent where nothing is done, and of kinds that cost nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// What a resource costs, in US dollars as decimal text. Null is a price that nobody knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// An hour, as it is now; 0 of what is not there.
    pub hourly_before: Option<String>,
    /// An hour, when the plan is carried out; 0 of what is deleted.
    pub hourly_after: Option<String>,
    /// The difference; negative when it costs less.
    pub hourly_change: Option<String>,
    /// The difference in a month of 730 hours.
    pub monthly_change: Option<String>,
    /// Why the price is not known, where there is more to say of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_because: Option<String>,
}

/// What a plan changes about the bill, in US dollars as decimal text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TotalCost {
    /// Always `USD`.
    pub currency: String,
    /// The sum of the known differences, an hour; negative when the plan saves money.
    pub hourly_change: String,
    /// The same in a month of 730 hours.
    pub monthly_change: String,
    /// The resources with a price that nobody knows, which are not in the sums.
    pub unknown: usize,
    /// Their full addresses.
    #[serde(default)]
    pub unpriced: Vec<String>,
}

/// A contract that begins, or that ends before its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedCommitment {
    /// The full address of what is rented by it.
    pub address: String,
    /// `begins`, or `ends_early`.
    pub turn: String,
    /// The months it binds for: all of it, or what is left.
    pub months: u32,
    /// What they come to, in US dollars as decimal text; null where the price is not known.
    pub amount: Option<String>,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Its name in the plan.
    pub id: String,
    /// The resource.
    pub address: String,
    /// One of adopt, create, update, publish, power on, power off, disassociate, wait, delete.
    pub operation: String,
    /// The steps that must have succeeded first.
    pub requires: Vec<String>,
    /// Why, as stable words.
    pub because: Vec<String>,
}

/// Something wanted and not possible now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BlockedResource {
    /// The resource.
    pub address: String,
    /// The stable code.
    pub code: String,
    /// What stands in the way.
    pub message: String,
    /// What a person can do.
    pub help: String,
    /// The fields that would change, as field paths.
    pub fields: Vec<String>,
}

/// A limit that stops the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    /// The stable code.
    pub code: String,
    /// What was planned and what is allowed.
    pub message: String,
    /// How to go on.
    pub help: String,
}

/// Something worth saying.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remark {
    /// The resource, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The stable code.
    pub code: String,
    /// What is worth saying.
    pub message: String,
}

/// A difference that is not shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HiddenDifference {
    /// The resource.
    pub address: String,
    /// The field.
    pub path: String,
    /// Why, as a stable word.
    pub reason: String,
}

/// How many resources a plan touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanCounts {
    /// Made, replaces included.
    pub add: usize,
    /// Changed.
    pub change: usize,
    /// Deleted, replaces included.
    pub destroy: usize,
    /// Blocked.
    pub blocked: usize,
    /// As declared.
    pub unchanged: usize,
}

/// The JSON Schema (2020-12) of [`PlanDocument`].
#[must_use]
pub fn plan_schema() -> Value {
    let schema = schemars::schema_for!(PlanDocument);
    schema.to_value()
}

/// A plan with its fingerprint in this shape, between the worlds it was made between where they are
/// known, made by the given version of plumb.
#[must_use]
pub fn plan(
    plan: &Plan,
    worlds: Option<Worlds<'_>>,
    fingerprint: &str,
    plumb_version: &str,
) -> PlanDocument {
    let touched = overview::touched(plan);
    let change = |touched: &Touched<'_>| ResourceChange {
        contract_months: plan.contracts.get(touched.key).copied(),
        ..touched_change(touched, worlds)
    };
    let mut changes: BTreeMap<&ResourceKey, ResourceChange> =
        touched.iter().map(|touched| (touched.key, change(touched))).collect();
    for key in &plan.unchanged {
        changes.entry(key).or_insert_with(|| standing(key, None, worlds));
    }
    for Blocked { key, code, .. } in &plan.blocked {
        let because = format!("blocked: {code}");
        changes.entry(key).or_insert_with(|| standing(key, Some(because), worlds));
    }
    for Note { key, code, .. } in &plan.notes {
        if let Some(key) = key.as_ref().filter(|_| *code == Code::NOTE_NOT_DECLARED) {
            let because = "not declared".to_owned();
            changes.entry(key).or_insert_with(|| standing(key, Some(because), worlds));
        }
    }
    let state = |document: fn(&ChangeDetail) -> (&Value, &Value)| {
        let all = changes.iter().filter(|_| worlds.is_some());
        let there = all.filter_map(|(key, change)| {
            let (document, sensitive) = document(&change.change);
            (!document.is_null()).then(|| StateResource::new(key, document, sensitive))
        });
        StateValues { root_module: StateModule { resources: there.collect() } }
    };
    let prior = state(|change| (&change.before, &change.before_sensitive));
    let planned_values = state(|change| (&change.after, &change.after_sensitive));
    let Counts { add, change, destroy } = plan.counts();
    PlanDocument {
        format_version: FORMAT.to_owned(),
        plumb_version: plumb_version.to_owned(),
        stack: plan.stack.clone(),
        prior_state: StateDocument { values: prior },
        planned_values,
        resource_changes: changes.into_values().collect(),
        operations: plan.actions.iter().map(step).collect(),
        blocked: plan.blocked.iter().map(blocked).collect(),
        tripped: plan.tripped.iter().map(limit).collect(),
        notes: plan.notes.iter().map(remark).collect(),
        findings: plan.findings.iter().map(|finding| json!(finding)).collect(),
        hidden: plan.hidden.iter().map(hidden).collect(),
        counts: PlanCounts {
            add,
            change,
            destroy,
            blocked: plan.blocked.len(),
            unchanged: plan.unchanged.len(),
        },
        cost: total_cost(plan),
        commitments: plan.commitments.iter().map(commitment).collect(),
        coverage: match plan.coverage {
            Coverage::Whole => "whole".to_owned(),
            Coverage::Part => "part".to_owned(),
        },
        complete: !plan.has_unread(),
        fingerprint: fingerprint.to_owned(),
        applyable: plan.tripped.is_empty(),
        errored: !plan.tripped.is_empty() || !plan.blocked.is_empty(),
    }
}

fn touched_change(touched: &Touched<'_>, worlds: Option<Worlds<'_>>) -> ResourceChange {
    let stands = worlds.and_then(|worlds| Stands::of(worlds, touched.key));
    let mut detail = detail(&touched.all_changes(), stands);
    let forcing = touched.changes().into_iter().filter(|c| c.effect == ChangeEffect::Replace);
    detail.replace_paths = forcing.map(|change| steps_to(&change.path, &detail.before)).collect();
    if matches!(touched.change, Change::Create | Change::Replace)
        && let Some(made) = worlds.and_then(|worlds| worlds.declared(touched.key))
    {
        (detail.after, detail.after_sensitive) = (made.document, made.sensitive);
        detail.after_unknown = made.unknown;
    }
    detail.actions = match touched.change {
        Change::Delete => vec![TerraformAction::Delete],
        Change::Replace => vec![TerraformAction::Delete, TerraformAction::Create],
        Change::Create => vec![TerraformAction::Create],
        Change::Touch if only_waits(touched) => vec![TerraformAction::NoOp],
        Change::Adopt | Change::Update | Change::Touch => vec![TerraformAction::Update],
    };
    match touched.change {
        Change::Create => detail.before = Value::Null,
        Change::Delete => detail.after = Value::Null,
        Change::Replace | Change::Adopt | Change::Update | Change::Touch => {}
    }
    if touched.change == Change::Adopt {
        detail.importing = Some(Importing { id: remote_id(touched).map(ToString::to_string) });
    }
    ResourceChange {
        action_reason: Some(touched.because()),
        cost: touched.cost.map(|known| cost(known, touched.unpriced)),
        ..resource(touched.key, detail)
    }
}

fn only_waits(touched: &Touched<'_>) -> bool {
    touched.actions.iter().all(|action| action.operation == Operation::Wait)
}

fn remote_id<'p>(touched: &Touched<'p>) -> Option<&'p RemoteId> {
    touched.actions.iter().find_map(|action| action.precondition.as_ref()?.remote_id.as_ref())
}

/// A resource to which nothing is done, with the reason where it is not as declared.
fn standing(
    key: &ResourceKey,
    because: Option<String>,
    worlds: Option<Worlds<'_>>,
) -> ResourceChange {
    let stands = worlds.map(|worlds| Stands::of(worlds, key));
    let is_absent = matches!(stands, Some(None));
    let mut detail =
        ChangeDetail { actions: vec![TerraformAction::NoOp], ..detail(&[], stands.flatten()) };
    if is_absent {
        (detail.before, detail.after) = (Value::Null, Value::Null);
    } else if because.is_some() {
        // It is not made what is declared.
        (detail.after, detail.after_sensitive) =
            (detail.before.clone(), detail.before_sensitive.clone());
    }
    ResourceChange { action_reason: because, ..resource(key, detail) }
}

fn resource(key: &ResourceKey, change: ChangeDetail) -> ResourceChange {
    ResourceChange {
        address: key.canonical(),
        mode: "managed".to_owned(),
        kind: key.kind.kind.clone(),
        name: key.name.clone(),
        provider_name: key.kind.group.clone(),
        project: key.scope.project().map(str::to_owned),
        workspace: key.scope.workspace().map(str::to_owned),
        change,
        action_reason: None,
        contract_months: None,
        cost: None,
    }
}

fn cost(cost: CostChange, unpriced: Option<&str>) -> Cost {
    Cost {
        hourly_before: cost.before.map(Money::plain),
        hourly_after: cost.after.map(Money::plain),
        hourly_change: cost.rise().map(Money::plain),
        monthly_change: cost.rise().map(|rise| rise.a_month().plain()),
        unknown_because: unpriced.map(str::to_owned),
    }
}

fn commitment(commitment: &Commitment) -> PlannedCommitment {
    PlannedCommitment {
        address: commitment.key.canonical(),
        turn: stable_word(&commitment.turn),
        months: commitment.months,
        amount: commitment.amount.map(Money::plain),
    }
}

fn total_cost(plan: &Plan) -> TotalCost {
    let HourlyChange { known, unknown } = plan.hourly_change();
    let unpriced = plan.costs.iter().filter(|(_, cost)| cost.rise().is_none());
    TotalCost {
        currency: Money::CURRENCY.to_owned(),
        hourly_change: known.plain(),
        monthly_change: known.a_month().plain(),
        unknown,
        unpriced: unpriced.map(|(key, _)| key.canonical()).collect(),
    }
}

fn step(action: &plumb_model::Action) -> Step {
    Step {
        id: action.id.to_string(),
        address: action.key.canonical(),
        operation: action.operation.to_string(),
        requires: action.requires.iter().map(ToString::to_string).collect(),
        because: action.because.iter().map(stable_word).collect(),
    }
}

/// The word a value is serialised as.
fn stable_word(value: &impl Serialize) -> String {
    match json!(value) {
        Value::String(word) => word,
        other => other.to_string(),
    }
}

fn blocked(blocked: &plumb_model::Blocked) -> BlockedResource {
    BlockedResource {
        address: blocked.key.canonical(),
        code: blocked.code.to_string(),
        message: blocked.message.clone(),
        help: blocked.help.clone(),
        fields: blocked.changes.iter().map(|change| change.path.to_string()).collect(),
    }
}

fn limit(limit: &plumb_model::plan::Tripped) -> Limit {
    Limit { code: limit.code.to_string(), message: limit.message.clone(), help: limit.help.clone() }
}

fn remark(note: &plumb_model::Note) -> Remark {
    Remark {
        address: note.key.as_ref().map(ResourceKey::canonical),
        code: note.code.to_string(),
        message: note.message.clone(),
    }
}

fn hidden(hidden: &plumb_model::plan::Hidden) -> HiddenDifference {
    HiddenDifference {
        address: hidden.key.canonical(),
        path: hidden.path.to_string(),
        reason: stable_word(&hidden.reason),
    }
}
