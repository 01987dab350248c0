//! Maintenance windows: what disturbs something that is there is done while they are open. What comes
//! at a time of its own, by a schedule or because a time to live is over, waits for none.

use crate::draft::{Decision, Step, blocked};
use crate::scene::Scene;
use plumb_model::plan::{Because, Operation};
use plumb_model::schedule::{Disturbance, Window};
use plumb_model::text::escape;
use plumb_model::{Blocked, Body, Code, ResourceKey};

/// Takes the steps of a resource back while a window that holds one of them is closed.
pub(crate) fn hold_back(
    scene: &Scene<'_>,
    body: &Body,
    key: &ResourceKey,
    decision: &mut Decision,
) {
    let holds = |window: &&Window| {
        let is_about = window.about.as_ref().is_none_or(|fit| fit.fits(key, body));
        is_about && decision.steps.iter().any(|step| holds(scene, window, key, step))
    };
    if let Some(window) = scene.policy.windows.iter().find(holds) {
        decision.block(closed(scene, window, key));
    }
}

fn holds(scene: &Scene<'_>, window: &Window, key: &ResourceKey, step: &Step) -> bool {
    // Without a clock no window is open.
    let is_open = scene.ledger.as_of.is_some_and(|now| window.week.covers(now));
    !is_open && disturbance(scene, key, step).is_some_and(|does| window.holds.contains(&does))
}

/// What a step does to something that is there. A deployment follows from an update, or is of what does
/// not run.
fn disturbance(scene: &Scene<'_>, key: &ResourceKey, step: &Step) -> Option<Disturbance> {
    let is_scheduled = || {
        let wishes = scene.desired.get(key).map(|resource| &resource.wishes);
        wishes.is_some_and(|wishes| wishes.scheduled.is_some())
    };
    match step.operation {
        Operation::Update if step.because.contains(&Because::AfterCreate) => None,
        Operation::Update => Some(Disturbance::Update),
        Operation::Power(_) if is_scheduled() => None,
        Operation::Power(_) | Operation::Restart => Some(Disturbance::Power),
        Operation::Delete if step.because.contains(&Because::Expired) => None,
        Operation::Delete => Some(Disturbance::Delete),
        Operation::Adopt | Operation::Create | Operation::Publish | Operation::Wait => None,
    }
}

fn closed(scene: &Scene<'_>, window: &Window, key: &ResourceKey) -> Blocked {
    let opens = scene.ledger.as_of.and_then(|now| window.week.turns(now));
    let opens = opens.map(|moment| format!(", which opens {}", window.week.shown(moment)));
    let message = format!(
        "it waits for the maintenance window {} ({}){}",
        escape(&window.name),
        window.place,
        opens.unwrap_or_default()
    );
    blocked(key, Code::BLOCKED_WINDOW, message, "run again while the window is open")
}
