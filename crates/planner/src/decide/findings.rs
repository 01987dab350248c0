//! Findings of the live checks: an error blocks what would be written. Where nothing would be, the
//! live object has what the profile now refuses, and that is worth a warning.

use crate::costs;
use crate::draft::{Decision, Step, blocked};
use crate::scene::Scene;
use crate::words;
use plumb_model::plan::Operation;
use plumb_model::{Code, Finding, Money, Power, ResourceKey, Severity};

pub(super) fn attach(scene: &Scene<'_>, key: &ResourceKey, decision: &mut Decision) {
    let refinement = scene.live.refinements.get(key);
    let mut findings = refinement.map(|known| known.findings.clone()).unwrap_or_default();
    // While something is taken away, what is ours and what is others' is not told apart yet.
    let settled = refinement.filter(|_| !decision.sends_fields());
    for message in settled.into_iter().flat_map(|known| &known.notes) {
        decision.note(key, Code::NOTE_OTHERS, message.as_str());
    }
    if let Some(price) = costs::declared(scene, key).filter(|price| *price < Money::ZERO) {
        let message = format!("it is said to cost {price} an hour, less than nothing");
        let help = "have the cloud's rate card put right, or the price in plumb.yaml";
        findings.push(Finding::error(Code::NEGATIVE_PRICE, message).help(help));
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let power = scene.live.present(key).and_then(|object| object.status.power);
    let asks = |step: &Step| !step.only_records() && asks_for_more(step.operation, power);
    let sends = decision.steps.iter().any(asks);
    if errors > 0 && sends {
        let message = format!(
            "the document has {} in the light of the live world",
            words::count(errors, "error")
        );
        let help = "see the findings, and correct the document";
        decision.block(blocked(key, Code::BLOCKED_FINDING, message, help));
    } else if errors > 0 && decision.blocked.is_none() {
        warn(&mut findings);
        let message = "it is as declared, with values that would be refused now; see the findings";
        decision.note(key, Code::BLOCKED_FINDING, message);
    }
    for mut finding in findings {
        finding.key.get_or_insert_with(|| key.clone());
        decision.findings.push(finding);
    }
}

/// Waiting and switching send nothing of the document; but what was given back needs free stock to
/// start, as if it were made.
fn asks_for_more(operation: Operation, power: Option<Power>) -> bool {
    match operation {
        Operation::Wait
        | Operation::Restart
        | Operation::Power(Power::Off | Power::Disassociated) => false,
        Operation::Power(Power::On) => power == Some(Power::Disassociated),
        Operation::Adopt
        | Operation::Create
        | Operation::Update
        | Operation::Publish
        | Operation::Delete => true,
    }
}

fn warn(findings: &mut [Finding]) {
    for finding in findings {
        finding.severity = Severity::Warning;
    }
}
