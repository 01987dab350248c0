//! Deleting until it is gone.

use crate::cloud::Fault;
use crate::scene::{Scene, declare, desired, failed, key, plan, step};
use plumb_model::event::ActionOutcome;
use plumb_model::ledger::{Provenance, Record};
use plumb_model::plan::Precondition;
use plumb_model::{ActionId, Desired, Operation, ResourceKey, body};
use std::time::Duration;

const THINGS: &str = "/in/ml/things";

async fn scene() -> (Scene, Desired, ResourceKey) {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let thing = key("Thing", "ml", "t");
    let made = desired([declare(&thing, body!({}))]);
    scene.done(&made, &plan(&[step(Operation::Create, &thing, &[])])).await;
    scene.cloud.state().world.find(THINGS, "t").unwrap().status.phase = "ready";
    (scene, desired([]), thing)
}

async fn delete(scene: &Scene, desired: &Desired, thing: &ResourceKey) -> ActionOutcome {
    scene.one(desired, Operation::Delete, thing).await
}

#[tokio::test(start_paused = true)]
async fn it_is_done_when_it_is_gone_and_forgotten() {
    let (scene, desired, thing) = scene().await;
    let began = scene.cloud.state().world.now();
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert!(scene.cloud.since(began) > Duration::from_secs(20));
    assert!(scene.journal.view().entries.is_empty());
    let records = scene.journal.records.lock().unwrap();
    assert!(records.iter().any(|record| matches!(record, Record::Forgotten { .. })));
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_already_is_success_without_a_request() {
    let (scene, desired, thing) = scene().await;
    scene.cloud.state().world.collections.get_mut(THINGS).unwrap().clear();
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("DELETE"), 0);
    assert!(scene.journal.view().entries.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_delete_in_doubt_is_settled_by_looking() {
    for fault in [Fault::LostBefore, Fault::LostAfter, Fault::TroubleAfter, Fault::NotFound] {
        let (scene, desired, thing) = scene().await;
        scene.cloud.fault_next("DELETE", 1, fault);
        let outcome = delete(&scene, &desired, &thing).await;
        assert_eq!(outcome, ActionOutcome::Done, "{fault:?}");
        // A server that says that it is gone, and shows it, has not deleted it.
        let undone = [Fault::LostBefore, Fault::NotFound].contains(&fault);
        let wanted = if undone { 2 } else { 1 };
        assert_eq!(scene.cloud.sent("DELETE"), wanted, "{fault:?}");
    }
}

/// Whatever a server says to a delete: while the object is shown, it is neither done nor forgotten.
#[tokio::test(start_paused = true)]
async fn what_is_shown_is_not_forgotten() {
    let (scene, desired, thing) = scene().await;
    scene.cloud.fault_next("DELETE", 99, Fault::NotFound);
    let outcome = delete(&scene, &desired, &thing).await;
    let failure = failed(&outcome);
    assert!(failure.message.contains("was not deleted"), "{failure:?}");
    assert!(scene.journal.view().entries.contains_key(&thing));
}

#[tokio::test(start_paused = true)]
async fn a_busy_object_is_waited_for() {
    let (scene, desired, thing) = scene().await;
    {
        let mut state = scene.cloud.state();
        let later = state.world.now() + Duration::from_mins(1);
        let object = state.world.find(THINGS, "t").unwrap();
        object.status.phase = "pending";
        object.status.then = Some((later, "ready"));
    }
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("DELETE"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_under_way_is_joined() {
    let (scene, desired, thing) = scene().await;
    {
        let mut state = scene.cloud.state();
        let later = state.world.now() + Duration::from_mins(1);
        let object = state.world.find(THINGS, "t").unwrap();
        object.status.phase = "deleting";
        object.status.then = Some((later, "gone"));
    }
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("DELETE"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_deletion_says_so_and_can_be_repeated() {
    let (scene, desired, thing) = scene().await;
    scene.cloud.state().world.delete_result = "delete_failed";
    let outcome = delete(&scene, &desired, &thing).await;
    assert!(failed(&outcome).message.contains("deletion failed"), "{outcome:?}");
    assert!(scene.journal.view().entries.contains_key(&thing));
    scene.cloud.state().world.delete_result = "gone";
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
}

#[tokio::test(start_paused = true)]
async fn another_object_of_the_same_name_is_not_deleted() {
    let (scene, desired, thing) = scene().await;
    let mut action = step(Operation::Delete, &thing, &[]);
    action.precondition = Some(Precondition {
        remote_id: Some("id-999".parse().unwrap()),
        ..Precondition::default()
    });
    let report = scene.execute(&desired, &plan(&[action])).await.unwrap();
    let outcome = &report.outcomes[&ActionId::new(Operation::Delete, &thing)];
    assert!(matches!(outcome, ActionOutcome::Moved { .. }), "{outcome:?}");
    assert_eq!(scene.cloud.sent("DELETE"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_lags_is_no_absence() {
    let (scene, desired, thing) = scene().await;
    scene.cloud.state().world.deletes = Duration::from_secs(100);
    scene.cloud.state().world.lists_lag_until = Duration::from_mins(3);
    let began = scene.cloud.state().world.now();
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert!(scene.cloud.since(began) > Duration::from_secs(100));
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_is_no_absence() {
    let (scene, desired, thing) = scene().await;
    scene.cloud.state().world.deletes = Duration::from_secs(100);
    scene.cloud.fault_next("GET /in/ml/things?", 10, Fault::NotFound);
    let began = scene.cloud.state().world.now();
    assert_eq!(delete(&scene, &desired, &thing).await, ActionOutcome::Done);
    assert!(scene.cloud.since(began) > Duration::from_secs(100));
}

#[tokio::test(start_paused = true)]
async fn a_replacement_is_made_after_the_old_one_is_gone() {
    let (scene, _, thing) = scene().await;
    let desired = desired([declare(&thing, body!({"size": "9"}))]);
    let plan = plan(&[
        step(Operation::Delete, &thing, &[]),
        step(Operation::Create, &thing, &[(Operation::Delete, &thing)]),
        step(Operation::Publish, &thing, &[(Operation::Create, &thing)]),
    ]);
    scene.done(&desired, &plan).await;
    let view = scene.journal.view();
    assert_eq!(view.entries[&thing].sent["spec"]["size"], "9");
    assert_eq!(view.entries[&thing].remote_id.as_ref().unwrap().as_str(), "id-3");
}

/// what was made with a mark that is not shown is on record as such, and can be deleted.
#[tokio::test(start_paused = true)]
async fn what_never_showed_its_mark_is_on_record_as_unmarked() {
    let scene = Scene::new();
    {
        let mut state = scene.cloud.state();
        state.world.put("/folders", "ml", body!({}), None);
        state.world.drop_labels = true;
    }
    let note = key("Note", "ml", "n");
    let made = desired([declare(&note, body!({"text": "x"}))]);
    scene.done(&made, &plan(&[step(Operation::Create, &note, &[])])).await;
    let provenance = scene.journal.view().entries[&note].provenance;
    assert_eq!(provenance, Provenance::CreatedUnmarked);
    assert_eq!(delete(&scene, &desired([]), &note).await, ActionOutcome::Done);
    assert!(scene.journal.view().entries.is_empty());
}
