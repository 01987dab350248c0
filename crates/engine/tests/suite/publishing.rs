//! Deploying: never twice, never believed too early.

use crate::cloud::Fault;
use crate::scene::{
    Scene, because, declare, desired, failed, folder, if_phase, key, on_record, plan, step,
};
use plumb_model::event::ActionOutcome;
use plumb_model::plan::Because;
use plumb_model::{ActionId, Desired, Operation, Phase, Power, ResourceKey, body};
use std::time::Duration;

const THINGS: &str = "/in/ml/things";

/// A folder with a thing of ours that is declared as it is.
fn scene(phase: &'static str) -> (Scene, Desired, ResourceKey) {
    let scene = Scene::new();
    let thing = key("Thing", "ml", "t");
    {
        let mut state = scene.cloud.state();
        state.world.put("/folders", "ml", body!({}), None);
        let object = state.world.put(THINGS, "t", body!({"size": "3"}), Some("fleet"));
        object.status.phase = phase;
        object.status.action = (phase != "not_deployed").then_some("publish");
        object.status.completed = (phase != "not_deployed").then_some(Duration::ZERO);
    }
    on_record(&scene, &thing);
    (scene, desired([declare(&thing, body!({"size": "3"}))]), thing)
}

async fn republish(scene: &Scene, desired: &Desired, thing: &ResourceKey) -> ActionOutcome {
    let action = because(step(Operation::Publish, thing, &[]), Because::Updated);
    let report = scene.execute(desired, &plan(&[action])).await.unwrap();
    report.outcomes[&ActionId::new(Operation::Publish, thing)].clone()
}

fn published(scene: &Scene) -> usize {
    scene.cloud.state().world.published.get("/in/ml/things/t").copied().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn it_is_done_when_it_is_ready() {
    let (scene, desired, thing) = scene("not_deployed");
    assert_eq!(scene.one(&desired, Operation::Publish, &thing).await, ActionOutcome::Done);
    let took = scene.cloud.state().world.now();
    assert!(took > Duration::from_secs(30) && took < Duration::from_secs(45), "{took:?}");
    assert_eq!((published(&scene), scene.warnings()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_lags_does_not_end_the_wait() {
    let (scene, desired, thing) = scene("not_deployed");
    let observed = scene.observe(&desired).await;
    scene.cloud.state().world.lists_lag_until = Duration::from_secs(20);
    let plan = plan(&[step(Operation::Publish, &thing, &[])]);
    let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
    assert!(report.outcomes.values().all(|outcome| *outcome == ActionOutcome::Done));
}

#[tokio::test(start_paused = true)]
async fn what_is_pending_is_not_published_again() {
    let (scene, desired, thing) = scene("not_deployed");
    {
        let mut state = scene.cloud.state();
        let object = state.world.find(THINGS, "t").unwrap();
        object.status.phase = "pending";
        object.status.action = Some("publish");
        object.status.then = Some((Duration::from_secs(25), "ready"));
    }
    assert_eq!(scene.one(&desired, Operation::Publish, &thing).await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("POST"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stale_ready_is_not_believed() {
    for stale_reads in [1, 3, 6] {
        let (scene, desired, thing) = scene("ready");
        scene.cloud.state().world.stale_reads = stale_reads;
        scene.cloud.state().world.deploys = Duration::from_mins(5);
        scene.cloud.state().world.deploy_result = "failed";
        let outcome = republish(&scene, &desired, &thing).await;
        assert!(failed(&outcome).message.contains("deployment failed"), "{stale_reads}");
        assert!(scene.cloud.state().world.now() > Duration::from_mins(5));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fast_deployment_is_known_by_its_time() {
    let (scene, desired, thing) = scene("ready");
    scene.cloud.state().world.deploys = Duration::from_millis(1500);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(republish(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert_eq!(scene.warnings(), 0);
    assert!(scene.cloud.state().world.now() < Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn an_unchanged_status_is_taken_after_a_minute_with_a_warning() {
    let (scene, desired, thing) = scene("ready");
    scene.cloud.state().world.stale_reads = usize::MAX;
    assert_eq!(republish(&scene, &desired, &thing).await, ActionOutcome::Done);
    let took = scene.cloud.state().world.now();
    assert!(took > Duration::from_mins(1) && took < Duration::from_secs(90), "{took:?}");
    assert_eq!(scene.warnings(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_publish_in_doubt_is_settled_by_the_status() {
    for fault in [Fault::LostBefore, Fault::LostAfter, Fault::TroubleBefore, Fault::TroubleAfter] {
        for phase in ["not_deployed", "failed", "ready"] {
            let (scene, desired, thing) = scene(phase);
            scene.cloud.fault_next("POST", 1, fault);
            let outcome = republish(&scene, &desired, &thing).await;
            assert_eq!(outcome, ActionOutcome::Done, "{fault:?} {phase}");
            assert_eq!(published(&scene), 1, "{fault:?} {phase}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_deployment_says_so_and_a_slow_one_is_pending() {
    let (scene, desired, thing) = scene("not_deployed");
    scene.cloud.state().world.deploy_result = "failed";
    let outcome = scene.one(&desired, Operation::Publish, &thing).await;
    assert!(failed(&outcome).help.as_ref().unwrap().contains("apply again"));

    let (scene, desired, thing) = self::scene("not_deployed");
    scene.cloud.state().world.deploys = Duration::from_hours(2);
    let outcome = scene.one(&desired, Operation::Publish, &thing).await;
    let waited_seconds = 600;
    assert_eq!(outcome, ActionOutcome::Pending { phase: Phase::Pending, waited_seconds });
}

#[tokio::test(start_paused = true)]
async fn what_the_server_ignored_is_named() {
    let (scene, _, thing) = scene("not_deployed");
    let desired = desired([declare(&thing, body!({"size": "4", "colour": "red"}))]);
    let outcome = scene.one(&desired, Operation::Publish, &thing).await;
    let message = &failed(&outcome).message;
    assert!(message.contains("PL0607") && message.contains("spec.size"), "{message}");
    assert!(message.contains("spec.colour"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn power_is_switched_once_and_believed_late() {
    for fault in [None, Some(Fault::LostAfter), Some(Fault::LostBefore), Some(Fault::TroubleAfter)]
    {
        let (scene, desired, thing) = scene("ready");
        scene.cloud.state().world.stale_reads = 3;
        if let Some(fault) = fault {
            scene.cloud.fault_next("POST", 1, fault);
        }
        let off = Operation::Power(Power::Off);
        assert_eq!(scene.one(&desired, off, &thing).await, ActionOutcome::Done, "{fault:?}");
        assert_eq!(scene.cloud.state().world.find(THINGS, "t").unwrap().status.power, "off");
        let posts = scene.cloud.sent("POST");
        assert_eq!(scene.one(&desired, off, &thing).await, ActionOutcome::Done);
        assert_eq!(scene.cloud.sent("POST"), posts, "what is off is not switched off");
    }
}

/// docs/rules.md §10: requests a round are the pages of the list.
#[tokio::test(start_paused = true)]
async fn a_thousand_waiters_share_one_listing_a_round() {
    let scene = Scene::new();
    let keys: Vec<_> = (0..1000).map(|at| key("Thing", "ml", &format!("t{at}"))).collect();
    {
        let mut state = scene.cloud.state();
        state.world.put("/folders", "ml", body!({}), None);
        for key in &keys {
            let object = state.world.put(THINGS, &key.name, body!({"size": "3"}), Some("fleet"));
            object.status.phase = "pending";
            object.status.then = Some((Duration::from_mins(2), "ready"));
        }
    }
    let desired = desired(keys.iter().map(|key| declare(key, body!({"size": "3"}))));
    let actions: Vec<_> =
        keys.iter().map(|key| if_phase(step(Operation::Wait, key, &[]), Phase::Pending)).collect();
    let observed = scene.observe(&desired).await;
    let before = scene.cloud.sent("GET");
    let report = scene.execute_seen(&desired, &observed, &plan(&actions)).await.unwrap();
    assert!(report.outcomes.values().all(|outcome| *outcome == ActionOutcome::Done));
    let requests = scene.cloud.sent("GET") - before;
    assert_eq!(requests % 21, 0, "whole rounds of 21 pages");
    assert!(requests / 21 <= 16, "{} rounds in two minutes", requests / 21);
}

#[tokio::test(start_paused = true)]
async fn a_contract_begins_with_the_first_deployment() {
    let scene = Scene::new();
    let thing = key("Thing", "ml", "t");
    let desired =
        desired([declare(&folder("ml"), body!({})), declare(&thing, body!({"months": "6"}))]);
    let create = [step(Operation::Create, &folder("ml"), &[])];
    scene.done(&desired, &plan(&create)).await;
    scene.done(&desired, &plan(&[step(Operation::Create, &thing, &[])])).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    scene.done(&desired, &plan(&[step(Operation::Publish, &thing, &[])])).await;
    let contract = scene.journal.view().entries[&thing].protections.contract.clone().unwrap();
    assert_eq!(contract.months, 6);
    let hour: jiff::Timestamp = "2026-01-01T01:00:00Z".parse().unwrap();
    assert!(contract.since > hour, "{}", contract.since);
    let again = republish(&scene, &desired, &thing).await;
    assert_eq!(again, ActionOutcome::Done);
    let kept = scene.journal.view().entries[&thing].protections.contract.clone().unwrap();
    assert_eq!(kept.since, contract.since);
}
