//! Changing in place and taking over.

use crate::cloud::Fault;
use crate::scene::{STACK, Scene, declare, desired, failed, folder, key, plan, step};
use plumb_model::event::ActionOutcome;
use plumb_model::ledger::Provenance;
use plumb_model::plan::{ChangeEffect, FieldChange, Shown};
use plumb_model::{Action, ActionId, Body, Operation, Resource, ResourceKey, body};
use std::time::Duration;

const NOTES: &str = "/in/ml/notes";

fn note() -> ResourceKey {
    key("Note", "ml", "n")
}

/// A folder with a note of ours.
async fn scene(spec: Body) -> Scene {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let made = desired([declare(&note(), spec)]);
    scene.done(&made, &plan(&[step(Operation::Create, &note(), &[])])).await;
    scene
}

fn update(fields: &[&str]) -> Action {
    let mut action = step(Operation::Update, &note(), &[]);
    let change = |path: &&str| FieldChange {
        path: path.parse().unwrap(),
        before: Shown::Absent,
        after: Shown::Absent,
        effect: ChangeEffect::InPlace,
    };
    action.changes = fields.iter().map(change).collect();
    action
}

async fn apply(scene: &Scene, resource: Resource, action: Action) -> ActionOutcome {
    let report = scene.execute(&desired([resource]), &plan(&[action])).await.unwrap();
    report.outcomes[&ActionId::new(Operation::Update, &note())].clone()
}

fn posts(scene: &Scene) -> usize {
    scene.cloud.sent("POST /in/ml/notes?fail-on-exists=false")
}

#[tokio::test(start_paused = true)]
async fn a_change_is_made_recorded_and_read_back() {
    let scene = scene(body!({"text": "1"})).await;
    let outcome =
        apply(&scene, declare(&note(), body!({"text": "2"})), update(&["spec.text"])).await;
    assert_eq!(outcome, ActionOutcome::Done);
    assert_eq!(scene.journal.view().entries[&note()].sent["spec"]["text"], "2");
    assert_eq!(scene.journal.view().entries[&note()].provenance, Provenance::Created);
}

#[tokio::test(start_paused = true)]
async fn an_ignored_change_and_an_ignored_removal_are_named() {
    let scene = scene(body!({"text": "1", "colour": "red"})).await;
    scene.cloud.state().world.ignored.extend(["text".to_owned(), "colour".to_owned()]);
    let outcome = apply(
        &scene,
        declare(&note(), body!({"text": "2"})),
        update(&["spec.text", "spec.colour"]),
    )
    .await;
    let message = &failed(&outcome).message;
    assert!(message.contains("PL0607"), "{message}");
    assert!(message.contains("spec.colour, spec.text"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_write_in_doubt_is_repeated_only_when_it_was_not_made() {
    for (fault, expected) in [
        (Fault::LostBefore, 2),
        (Fault::TroubleBefore, 2),
        (Fault::LostAfter, 1),
        (Fault::TroubleAfter, 1),
        (Fault::Truncated, 1),
    ] {
        let scene = scene(body!({"text": "1"})).await;
        scene.cloud.fault_next("POST", 1, fault);
        let outcome =
            apply(&scene, declare(&note(), body!({"text": "2"})), update(&["spec.text"])).await;
        assert_eq!(outcome, ActionOutcome::Done, "{fault:?}");
        assert_eq!(posts(&scene), expected, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_is_written_again_when_in_doubt() {
    let scene = scene(body!({"text": "1", "password": "old"})).await;
    scene.cloud.fault_next("POST", 1, Fault::LostBefore);
    let mut resource = declare(&note(), body!({"text": "1", "password": "new"}));
    resource.hide(&"spec.password".parse().unwrap());
    assert_eq!(apply(&scene, resource, update(&["spec.password"])).await, ActionOutcome::Done);
    assert_eq!(posts(&scene), 2);
    let live = scene.cloud.state().world.find(NOTES, "n").unwrap().body.clone();
    assert_eq!(live["spec"]["password"], "new");
}

#[tokio::test(start_paused = true)]
async fn secrets_are_recorded_as_hashes_and_late_fields_after_they_were_sent() {
    let scene = scene(body!({"text": "1", "password": "hunter2", "groups": ["a"]})).await;
    let view = scene.journal.view();
    let path = "spec.password".parse().unwrap();
    assert_eq!(view.entries[&note()].hashes[&path], view.hash_key.hash("hunter2"));
    assert_eq!(view.entries[&note()].sent["spec"].get("groups"), None);
    let resource = declare(&note(), body!({"text": "1", "password": "hunter2", "groups": ["a"]}));
    assert_eq!(apply(&scene, resource, update(&["spec.groups"])).await, ActionOutcome::Done);
    assert_eq!(scene.journal.view().entries[&note()].sent["spec"]["groups"], body!(["a"]));
    let records = scene.journal.records.lock().unwrap();
    assert!(!serde_json::to_string(&*records).unwrap().contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_busy_object_is_waited_for() {
    let scene = scene(body!({"text": "1"})).await;
    {
        let mut state = scene.cloud.state();
        let later = state.world.now() + Duration::from_mins(1);
        let object = state.world.find(NOTES, "n").unwrap();
        object.status.phase = "pending";
        object.status.then = Some((later, "ready"));
    }
    let outcome =
        apply(&scene, declare(&note(), body!({"text": "2"})), update(&["spec.text"])).await;
    assert_eq!(outcome, ActionOutcome::Done);
    assert!(scene.cloud.state().world.now() > Duration::from_mins(1));
}

/// What can only be listed is looked at together.
#[tokio::test(start_paused = true)]
async fn looks_that_need_a_listing_share_it() {
    let scene = Scene::new();
    let keys: Vec<_> = (0..100).map(|at| folder(&format!("f{at}"))).collect();
    for key in &keys {
        scene.cloud.state().world.put("/folders", &key.name, body!({"text": "1"}), None);
    }
    let desired = desired(keys.iter().map(|key| declare(key, body!({"text": "2"}))));
    let actions: Vec<_> = keys.iter().map(|key| step(Operation::Update, key, &[])).collect();
    let observed = scene.observe(&desired).await;
    let before = scene.cloud.sent("GET");
    let report = scene.execute_seen(&desired, &observed, &plan(&actions)).await.unwrap();
    assert!(report.outcomes.values().all(|outcome| *outcome == ActionOutcome::Done));
    let listings = (scene.cloud.sent("GET") - before).div_ceil(3);
    assert!(listings <= 25, "{listings} listings for 100 updates, 10 at once");
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_not_made_anew() {
    let scene = scene(body!({"text": "1"})).await;
    scene.cloud.state().world.collections.get_mut(NOTES).unwrap().clear();
    let outcome =
        apply(&scene, declare(&note(), body!({"text": "2"})), update(&["spec.text"])).await;
    assert!(matches!(outcome, ActionOutcome::Moved { .. }), "{outcome:?}");
    assert_eq!(posts(&scene), 0);
}

#[tokio::test(start_paused = true)]
async fn taking_over_marks_and_records_only_what_can_be_seen() {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    scene.cloud.state().world.put(NOTES, "n", body!({"text": "1"}), None);
    let spec = body!({"text": "1", "password": "hunter2", "groups": ["a"]});
    let desired = desired([declare(&note(), spec)]);
    assert_eq!(scene.one(&desired, Operation::Adopt, &note()).await, ActionOutcome::Done);
    let live = scene.observe(&desired).await.live;
    assert_eq!(live.present(&note()).unwrap().mark.as_deref(), Some(STACK));
    let entry = scene.journal.view().entries[&note()].clone();
    assert_eq!(entry.provenance, Provenance::Adopted);
    assert!(entry.hashes.is_empty() && entry.sent["spec"].get("groups").is_none());
    assert!(entry.remote_id.is_some());
}
