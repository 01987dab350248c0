//! The steps that make a resource, and whether it can be made where it is declared to live.

use crate::costs;
use crate::difference::{Outputs, change};
use crate::draft::{Step, blocked};
use crate::scene::{Scene, Seen};
use crate::words;
use plumb_model::body::walk;
use plumb_model::compare::creation;
use plumb_model::finding::nearest;
use plumb_model::live::BillDoubt;
use plumb_model::plan::{Because, ChangeEffect, Operation};
use plumb_model::rules::{CreateSafety, Lifecycle, PowerControl, RuleSet};
use plumb_model::{Blocked, Code, FieldChange, KindRules, Money, Power, Resource, ResourceKey};

/// Create, then what cannot be part of it, then publish or wait, then power off where wished:
/// what is deployed runs.
pub(crate) fn steps(
    resource: &Resource,
    rules: &KindRules,
    set: RuleSet<'_>,
    outputs: &Outputs,
    because: Because,
) -> Vec<Step> {
    let (later, now): (Vec<_>, Vec<_>) = creation(&outputs.fill(resource), set)
        .into_iter()
        .partition(|difference| difference.facets.after_create);
    // What is not there is not replaced, whatever is fixed about it later.
    let changes = |differences: &[_]| -> Vec<FieldChange> {
        let changes = differences.iter().map(|it| change(it, Lifecycle::Immediate));
        changes.map(|it| FieldChange { effect: ChangeEffect::InPlace, ..it }).collect()
    };
    let mut steps = vec![Step::new(Operation::Create, because).with(changes(&now))];
    if !later.is_empty() {
        let update = Step::new(Operation::Update, Because::AfterCreate);
        steps.push(update.with(changes(&later)));
    }
    match rules.lifecycle {
        Lifecycle::Published => steps.push(Step::new(Operation::Publish, Because::NotDeployed)),
        Lifecycle::Waited => steps.push(Step::new(Operation::Wait, Because::Pending)),
        Lifecycle::Immediate => {}
    }
    let wish = resource.wishes.power.filter(|_| rules.power != PowerControl::None);
    if let Some(power @ (Power::Off | Power::Disassociated)) = wish {
        steps.push(Step::new(Operation::Power(power), Because::Power));
    }
    steps
}

/// The block of whatever sends the fields of a resource while one of them is in a variable that is
/// not set.
pub(crate) fn unset(resource: &Resource, set: RuleSet<'_>) -> Option<Blocked> {
    let unset = walk::unset(&resource.body, set);
    let variable = unset.values().next()?;
    let message = format!(
        "its {} needed, and not set where plumb runs: {}",
        if unset.len() == 1 { "value is" } else { "values are" },
        words::few(unset.iter().map(|(path, variable)| format!("{path} in {variable}")))
    );
    let help = format!("set {variable}");
    Some(blocked(&resource.key, Code::MISSING_VARIABLE, message, help))
}

/// The block of a create that must not happen twice while something like it could be in a list that
/// did not answer (docs/rules.md §2).
pub(crate) fn unseen(scene: &Scene<'_>, rules: &KindRules, key: &ResourceKey) -> Option<Blocked> {
    let gap = scene.gap_over(key).filter(|_| rules.create_safety == CreateSafety::AtMostOnce)?;
    let message = format!("{} could not be listed whole: {}", gap.kind, gap.reason);
    let help = "it is only made once it is known not to be there; run again when the list answers";
    Some(blocked(key, Code::BLOCKED_GAP, message, help))
}

/// The block of a create that must not happen twice while the bill has room for it to run already
/// (docs/rules.md §2).
pub(crate) fn billed(scene: &Scene<'_>, key: &ResourceKey) -> Option<Blocked> {
    // Prices are rounded, each by less than this.
    let rounding = Money::MILLIONTH * 1_000;
    let (message, help) = match scene.live.bills.get(&key.kind)? {
        BillDoubt::Unreadable => (
            "the bill could not be read to make sure that it does not run already".to_owned(),
            "run again when the bill can be read".to_owned(),
        ),
        BillDoubt::Surplus { billed, seen } => {
            let surplus = *billed - *seen;
            let price = costs::declared(scene, key);
            let beyond = surplus - scene.policy.limits.unexplained_hourly;
            if beyond <= rounding || price.is_some_and(|price| price > beyond + rounding) {
                return None;
            }
            let message = format!(
                "the account is billed {billed} an hour, and everything that is seen comes to \
                 {seen}: it may run already, and not be listed"
            );
            let help = format!(
                "look into the console; if it is there, run again when it is listed; if the \
                 {surplus} are something else, accept them in plumb.yaml: limits.unexplainedHourly"
            );
            (message, help)
        }
    };
    Some(blocked(key, Code::BLOCKED_BILL, message, help))
}

/// The block of a create whose scope is neither declared nor there. A scope that could not be
/// looked at is left to the server.
pub(crate) fn missing_parent(scene: &Scene<'_>, key: &ResourceKey) -> Option<Blocked> {
    for parent in scene.desired.ancestors(key) {
        if scene.is_declared(&parent) {
            return None;
        }
        if matches!(scene.seen(&parent), Seen::Absent) {
            let message = format!("{parent}, in which it lives, is neither declared nor there");
            let help = match nearest_sibling(scene, &parent) {
                Some(name) => format!("did you mean {name:?}? else declare {parent}"),
                None => format!("declare {parent}, or correct its name"),
            };
            return Some(blocked(key, Code::UNKNOWN_PARENT, message, help));
        }
    }
    None
}

/// The name of a live or declared resource beside `missing` that is nearly spelled like it.
fn nearest_sibling<'a>(scene: &Scene<'a>, missing: &ResourceKey) -> Option<&'a str> {
    // Enough for any real scope, and a bound for hostile ones.
    const MOST: usize = 1_000;
    let first = missing.named(String::new());
    let beside = |key: &&ResourceKey| key.kind == missing.kind && key.scope == missing.scope;
    let declared = scene.desired.resources().from_key(&first).map(|(key, _)| key);
    let live = scene.live.objects.from_key(&first).map(|(key, _)| key);
    let live = live.take_while(beside).filter(|key| scene.live.present(key).is_some());
    let names = declared.take_while(beside).take(MOST).chain(live.take(MOST));
    nearest(&missing.name, names.map(|key| key.name.as_str()))
}
