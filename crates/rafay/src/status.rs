//! From the server's words to a phase (api §4.1, §4.2, §4.5). Believing a phase or not (§4.4) is
//! the engine's business; what it needs for that, operation and time, is read here.

use jiff::Timestamp;
use plumb_model::live::{LiveStatus, StatusOperation};
use plumb_model::text::ServerText;
use plumb_model::{Body, Phase, Power};

/// Trim, lower case, without the `status_` and `action_` of leaked enum names.
pub(crate) fn normalise(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let bare = lower.strip_prefix("status_").unwrap_or(&lower);
    bare.strip_prefix("action_").unwrap_or(bare).to_owned()
}

/// Whether an object's status says that it is no more.
pub(crate) fn is_gone(item: &Body) -> bool {
    let status = item.pointer("/status/status").and_then(Body::as_str);
    item.get("kind").is_some() && status.is_some_and(|status| normalise(status) == "destroyed")
}

/// Whether the status of a kind tells about its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Powered {
    /// The kind has none.
    No,
    /// It is derived from the last completed verb.
    ByVerb,
}

/// Reads the `status` of an instance or a service.
pub(crate) fn deployed(status: Option<&Body>, powered: Powered) -> LiveStatus {
    let text = |field: &str| {
        let text = status?.get(field)?.as_str()?.trim();
        (!text.is_empty()).then_some(text)
    };
    let raw = text("status");
    let word = raw.map(normalise);
    let phase = phase(word.as_deref(), raw);
    let operation = text("action").map(operation);
    let power = match powered {
        Powered::No => None,
        Powered::ByVerb => power(word.as_deref().unwrap_or_default(), &phase, operation.as_ref()),
    };
    LiveStatus {
        phase,
        reason: text("reason").map(ServerText::new),
        operation,
        completed_at: text("provisioned_at").and_then(|at| at.parse::<Timestamp>().ok()),
        power,
    }
}

fn phase(word: Option<&str>, raw: Option<&str>) -> Phase {
    match word {
        Some("not_deployed") => Phase::NotDeployed,
        Some("deploying" | "submitted" | "pending") => Phase::Pending,
        // A verb that ended, well or not, leaves the object deployed.
        Some(
            "success" | "deployed" | "running" | "active" | "actioncomplete" | "actionfailed"
            | "stopped",
        ) => Phase::Ready,
        Some("failed" | "error") => Phase::Failed,
        Some("destroypending" | "destroying" | "destroyed") => Phase::Deleting,
        Some("destroyfailed") => Phase::DeleteFailed,
        Some(_) | None => Phase::Unknown(ServerText::new(raw.unwrap_or("none"))),
    }
}

/// The words are ours to guess.
fn operation(action: &str) -> StatusOperation {
    match normalise(action).as_str() {
        "start" => StatusOperation::Power(Power::On),
        "stop" => StatusOperation::Power(Power::Off),
        "publish" | "deploy" | "create" | "update" => StatusOperation::Deploy,
        "delete" | "destroy" => StatusOperation::Delete,
        _ => StatusOperation::Other(ServerText::new(action)),
    }
}

/// Power from the last completed verb: `stop` is off, everything else that ended well is on. A verb
/// that failed left things as they were, which is the opposite of where it led.
fn power(word: &str, phase: &Phase, operation: Option<&StatusOperation>) -> Option<Power> {
    if *phase != Phase::Ready {
        return None;
    }
    let verb = match operation {
        Some(StatusOperation::Power(power)) => Some(*power),
        _ => None,
    };
    match word {
        "stopped" => Some(Power::Off),
        "actionfailed" => verb.map(opposite),
        _ => Some(verb.unwrap_or(Power::On)),
    }
}

fn opposite(power: Power) -> Power {
    match power {
        Power::On => Power::Off,
        Power::Off | Power::Disassociated => Power::On,
    }
}

/// Reads a condition: the `status.commonStatus` of a workspace, which may be missing, or the status of
/// an object of v3 itself (api §3.3, §4.5).
pub(crate) fn common(status: Option<&Body>) -> LiveStatus {
    let common = status.and_then(|status| status.get("commonStatus")).or(status);
    let text = |field: &str| common?.get(field)?.as_str().map(str::trim).filter(|t| !t.is_empty());
    let phase = match text("conditionStatus").map(str::to_lowercase).as_deref() {
        None | Some("statusok" | "statusnotset" | "statuspartiallyready") => Phase::Ready,
        Some("statussubmitted") => Phase::Pending,
        Some("statusfailed") => Phase::Failed,
        Some(_) => Phase::Unknown(ServerText::new(text("conditionStatus").unwrap_or_default())),
    };
    LiveStatus { phase, reason: text("reason").map(ServerText::new), ..LiveStatus::ready() }
}

#[cfg(test)]
mod tests;
