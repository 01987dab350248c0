//! Findings of the live checks: an error blocks what would be written. Where nothing would be, the
//! live object has what the profile now refuses, and that is worth a warning.

use crate::draft::{Decision, blocked};
use crate::scene::Scene;
use crate::words;
use plumb_model::plan::Operation;
use plumb_model::{Code, Finding, ResourceKey, Severity};

pub(super) fn attach(scene: &Scene<'_>, key: &ResourceKey, decision: &mut Decision) {
    let Some(refinement) = scene.live.refinements.get(key) else { return };
    let mut findings = refinement.findings.clone();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    // Waiting and switching send nothing of the document.
    let sends = decision
        .steps
        .iter()
        .any(|step| !matches!(step.operation, Operation::Wait | Operation::Power(_)));
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

fn warn(findings: &mut [Finding]) {
    for finding in findings {
        finding.severity = Severity::Warning;
    }
}
