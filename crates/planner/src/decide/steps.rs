//! The steps of a resource that is there: update, publish, power, and what must still hold
//! before each.

use super::case::Case;
use crate::difference::Diff;
use crate::draft::{Decision, Step};
use plumb_model::digest::Digest;
use plumb_model::live::StatusOperation;
use plumb_model::plan::{Because, ChangeEffect, Operation, Precondition};
use plumb_model::rules::{Lifecycle, PowerControl};
use plumb_model::{Code, FieldPath, LiveObject, Phase, Power};
use std::collections::BTreeMap;

impl Case<'_> {
    /// Whether something is under way that has to end first. A status nobody knows counts as
    /// under way; so does "not deployed" for what deploys itself.
    pub(super) fn waits(&self, object: &LiveObject) -> bool {
        match object.status.phase {
            Phase::Pending | Phase::Unknown(_) => true,
            Phase::NotDeployed => self.rules.lifecycle != Lifecycle::Published,
            Phase::Ready | Phase::Failed | Phase::Deleting | Phase::DeleteFailed => false,
        }
    }

    /// Update, publish and power, as far as each is needed (docs/rules.md §9.3).
    pub(super) fn change(&self, object: &LiveObject, diff: &Diff, steps: &mut Vec<Step>) {
        let changes = diff.changes(self.rules);
        let updates = changes.iter().any(|change| change.effect == ChangeEffect::Publish);
        if !changes.is_empty() {
            steps.push(Step::new(Operation::Update, Because::Changed).with(changes));
        }
        let state = match object.status.phase {
            Phase::NotDeployed => Some(Because::NotDeployed),
            Phase::Failed => Some(Because::Failed),
            _ => None,
        };
        let reasons = state.into_iter().chain(updates.then_some(Because::Updated));
        let mut publish = Step::new(Operation::Publish, Because::Updated);
        publish.because = reasons.collect();
        let publishes = self.rules.lifecycle == Lifecycle::Published && !publish.because.is_empty();
        if publishes {
            steps.push(publish);
        }
        // What was published runs.
        let becomes = if publishes { Some(Power::On) } else { power_to_come(object) };
        for power in switches(becomes, self.wished_power()) {
            steps.push(Step::new(Operation::Power(*power), Because::Power));
        }
    }

    fn wished_power(&self) -> Option<Power> {
        let switchable = self.rules.power != PowerControl::None;
        self.resource.wishes.power.filter(|_| switchable)
    }

    /// Whether the power of something ready is known and not as wished.
    pub(super) fn power_differs(&self, object: &LiveObject) -> bool {
        let status = &object.status;
        let known = status.power.filter(|_| status.phase == Phase::Ready);
        matches!((self.wished_power(), known), (Some(wish), Some(power)) if wish != power)
    }

    /// What is worth saying about the status beside the steps.
    pub(super) fn remark(&self, object: &LiveObject, decision: &mut Decision) {
        let status = &object.status;
        match &status.phase {
            Phase::Unknown(text) => {
                let message = format!("its status \"{text}\" is not known here; it is waited for");
                decision.note(&object.key, Code::NOTE_UNKNOWN_STATUS, message);
            }
            Phase::Pending => {
                let reason = status.reason.as_ref();
                let said = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let message = format!("an operation on it is under way{said}");
                decision.note(&object.key, Code::NOTE_PENDING, message);
            }
            _ => {}
        }
        let publishes = decision.steps.iter().any(|step| step.operation == Operation::Publish);
        if let Some(power) = self.wished_power()
            && status.phase == Phase::Ready
            && status.power.is_none()
            && !publishes
        {
            let message =
                format!("its power is not known, so it is not switched {power} as declared");
            decision.note(&object.key, Code::NOTE_REPORTED, message);
        }
    }
}

/// The way from one power to another. What was given back is taken again by starting, so that it
/// can be stopped and kept (docs/contracts/voltage-park.md, V-30).
fn switches(from: Option<Power>, to: Option<Power>) -> &'static [Power] {
    match (from, to) {
        (None, _) | (_, None) => &[],
        (Some(from), Some(to)) if from == to => &[],
        (Some(Power::Disassociated), Some(Power::Off)) => &[Power::On, Power::Off],
        (Some(_), Some(Power::On)) => &[Power::On],
        (Some(_), Some(Power::Off)) => &[Power::Off],
        (Some(_), Some(Power::Disassociated)) => &[Power::Disassociated],
    }
}

/// The power something has, or will have when what is under way has ended well.
fn power_to_come(object: &LiveObject) -> Option<Power> {
    let status = &object.status;
    match (&status.phase, &status.operation) {
        (Phase::Ready, _) => status.power,
        (Phase::Pending, Some(StatusOperation::Deploy)) => Some(Power::On),
        (Phase::Pending, Some(StatusOperation::Power(power))) => Some(*power),
        _ => None,
    }
}

/// Puts in each step what must still hold just before it is sent. What follows a step of the same
/// resource that changed it can only hold on to the id; what follows a create, to nothing.
pub(crate) fn arm(
    steps: &mut [Step],
    object: &LiveObject,
    digests: &BTreeMap<FieldPath, Option<Digest>>,
) {
    let (mut waited, mut changed) = (false, false);
    for step in steps {
        let id = object.remote_id.clone();
        let holds = Precondition { remote_id: id, ..Precondition::default() };
        let phase = Some(object.status.phase.clone()).filter(|_| !waited);
        step.precondition = match step.operation {
            Operation::Create => return,
            Operation::Wait => {
                waited = true;
                Some(holds)
            }
            _ if changed => Some(holds),
            Operation::Power(_) | Operation::Restart => Some(Precondition { phase, ..holds }),
            Operation::Adopt | Operation::Update | Operation::Publish | Operation::Delete => {
                Some(Precondition { phase, fields: digests.clone(), ..holds })
            }
        };
        changed |= step.operation != Operation::Wait;
    }
}
