//! What an earlier run left open is settled before anything is planned.

use crate::cloud::Fault;
use crate::scene::{STACK, Scene, declare, desired, folder, key, plan, step};
use plumb_engine::{EngineError, interrupt};
use plumb_model::ledger::{Record, Settlement};
use plumb_model::{Body, Desired, Operation, ResourceKey, Veiled, body};
use std::time::Duration;

/// A run that died after it wrote down the intent to make `key`.
async fn died(key: &ResourceKey) -> (Scene, Desired) {
    let mut scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let desired = desired([declare(key, body!({"text": "x"}))]);
    // The beginning and the intent are recorded; the settlement is not.
    *scene.journal.room.lock().unwrap() = Some(2);
    scene.cloud.fault_next("POST", 1, Fault::NotFound);
    let _ = scene.execute(&desired, &plan(&[step(Operation::Create, key, &[])])).await;
    *scene.journal.room.lock().unwrap() = None;
    assert!(scene.journal.view().open_intents.contains_key(key));
    scene.restart();
    (scene, desired)
}

/// A name, what is there (spec and mark), and whether it is ours.
type Case = (&'static str, Option<(Body, Option<&'static str>)>, bool);

fn settlement(records: &[Record]) -> Option<&Settlement> {
    records.iter().find_map(|record| match record {
        Record::IntentSettled { settlement, .. } => Some(settlement),
        _ => None,
    })
}

#[tokio::test(start_paused = true)]
async fn what_is_found_is_judged_by_its_mark_and_its_fields() {
    let note = key("Note", "ml", "n");
    let same = || body!({"text": "x"});
    let other = || body!({"text": "y"});
    let cases: [Case; 6] = [
        ("absent", None, false),
        ("our mark", Some((same(), Some(STACK))), true),
        ("our mark, changed since", Some((other(), Some(STACK))), true),
        ("another's mark", Some((same(), Some("other"))), false),
        ("no mark, the same", Some((same(), None)), true),
        ("no mark, different", Some((other(), None)), false),
    ];
    for (name, there, ours) in cases {
        let (scene, desired) = died(&note).await;
        if let Some((spec, label)) = there {
            scene.cloud.state().world.put("/in/ml/notes", "n", spec, label);
        }
        let settled = scene.settle(&desired).await;
        assert_eq!(settled.indeterminate, vec![], "{name}");
        let applied = matches!(settlement(&settled.records), Some(Settlement::Applied(Some(_))));
        assert_eq!(applied, ours, "{name}");
        assert_eq!(scene.journal.view().entries.contains_key(&note), ours, "{name}");
        assert_eq!(scene.cloud.sent("POST"), 1, "{name}: settling sends nothing");
    }
}

/// What is deleted before it is made again looks just like what was made.
#[tokio::test(start_paused = true)]
async fn what_is_on_its_way_out_settles_nothing() {
    for label in [Some(STACK), Some("other"), None] {
        let note = key("Note", "ml", "n");
        let (scene, desired) = died(&note).await;
        {
            let mut state = scene.cloud.state();
            let object = state.world.put("/in/ml/notes", "n", body!({"text": "x"}), label);
            object.status.phase = "deleting";
        }
        let settled = scene.settle(&desired).await;
        assert_eq!((settled.indeterminate.len(), settled.records.len()), (1, 0), "{label:?}");
        scene.cloud.state().world.collections.get_mut("/in/ml/notes").unwrap().clear();
        assert_eq!(scene.settle(&desired).await.indeterminate, vec![], "{label:?}");
        scene.done(&desired, &plan(&[step(Operation::Create, &note, &[])])).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_of_no_known_kind_is_refused_and_not_forgotten() {
    let note = key("Note", "ml", "n");
    let (scene, desired) = died(&note).await;
    let mut ledger = scene.journal.view();
    let mut intent = ledger.open_intents[&note].clone();
    intent.key = key("Castle", "ml", "c");
    ledger.open_intents.insert(intent.key.clone(), intent);
    let before = scene.journal.records.lock().unwrap().len();
    let error = scene.settle_over(&desired, &ledger).await.unwrap_err();
    assert!(matches!(error, EngineError::Contradiction(_)), "{error:?}");
    assert!(error.to_string().contains("Castle"), "{error}");
    assert_eq!(scene.journal.records.lock().unwrap().len(), before);
}

#[tokio::test(start_paused = true)]
async fn an_entry_knows_what_was_sent_only_when_the_manifest_is_the_same() {
    let note = key("Note", "ml", "n");
    let (scene, _) = died(&note).await;
    scene.cloud.state().world.put("/in/ml/notes", "n", body!({"text": "x"}), Some(STACK));
    let changed = desired([declare(&note, body!({"text": "z"}))]);
    scene.settle(&changed).await;
    assert_eq!(scene.journal.view().entries[&note].sent, Veiled::default());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_can_be_marked_a_person_decides() {
    let (scene, desired) = died(&folder("new")).await;
    scene.cloud.state().world.put("/folders", "new", body!({"text": "y"}), None);
    let settled = scene.settle(&desired).await;
    assert_eq!(settled.indeterminate.len(), 1);
    assert!(settled.records.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_stays_open() {
    for kind in ["Note", "Machine"] {
        let key = key(kind, "ml", "n");
        let (scene, desired) = died(&key).await;
        scene.cloud.fault_next("GET", usize::MAX, Fault::TroubleBefore);
        let settled = scene.settle(&desired).await;
        assert_eq!(settled.indeterminate.len(), 1, "{kind}");
        assert!(scene.journal.view().open_intents.contains_key(&key), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_looked_for_until_its_deadline_or_an_interrupt() {
    let machine = key("Machine", "ml", "m");
    let (mut scene, desired) = died(&machine).await;
    let (interrupter, watched) = interrupt();
    scene.interrupt = watched;
    let began = scene.cloud.state().world.now();
    let (settled, ()) = tokio::join!(scene.settle(&desired), async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        interrupter.interrupt();
    });
    assert_eq!(settled.indeterminate.len(), 1);
    assert!(scene.cloud.since(began) < Duration::from_secs(31));
    scene.interrupt = plumb_engine::Interrupt::never();
    scene.settle(&desired).await;
    let waited = scene.cloud.state().world.now();
    assert!(waited > Duration::from_mins(9) && waited < Duration::from_mins(12), "{waited:?}");
}

/// The window is bounded by what was waited, not by the clock of whoever opened it.
#[tokio::test(start_paused = true)]
async fn a_deadline_by_a_clock_that_was_years_ahead_holds_nothing_for_years() {
    for (kind, stays_open) in [("Machine", 1), ("Note", 0)] {
        let made = key(kind, "ml", "m");
        let (scene, _) = died(&made).await;
        let mut ledger = scene.journal.view();
        let ahead = jiff::SignedDuration::from_hours(24 * 3650);
        let intent = ledger.open_intents.get_mut(&made).unwrap();
        (intent.at, intent.deadline) = (intent.at + ahead, intent.deadline + ahead);
        let began = scene.cloud.state().world.now();
        // It is not declared any more: nothing takes it up.
        let settled = scene.settle_over(&desired([]), &ledger).await.unwrap();
        assert_eq!(settled.indeterminate.len(), stays_open, "{kind}");
        let took = scene.cloud.since(began);
        assert!(
            took > Duration::from_mins(1) && took < Duration::from_mins(12),
            "{kind}: {took:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_never_came_is_given_up_only_when_told_and_only_after_a_while() {
    let machine = key("Machine", "ml", "m");
    let (mut scene, desired) = died(&machine).await;
    scene.settle(&desired).await;
    let hour = Duration::from_hours(1);
    tokio::time::sleep(hour * 3).await;
    assert_eq!(scene.settle(&desired).await.indeterminate.len(), 1, "nobody said to give up");
    scene.give_up.insert(machine.kind.clone(), hour * 24);
    assert_eq!(scene.settle(&desired).await.indeterminate.len(), 1, "too early");
    tokio::time::sleep(hour * 22).await;
    scene.cloud.fault_next("GET", usize::MAX, Fault::TroubleBefore);
    assert_eq!(scene.settle(&desired).await.indeterminate.len(), 1, "nobody could look");
    scene.cloud.mend();
    assert_eq!(scene.settle(&desired).await.indeterminate, []);
    assert!(scene.journal.view().open_intents.is_empty());
}

/// However short the patience, a create may still come until its deadline.
#[tokio::test(start_paused = true)]
async fn nothing_is_given_up_before_its_deadline() {
    let machine = key("Machine", "ml", "m");
    let (mut scene, desired) = died(&machine).await;
    scene.give_up.insert(machine.kind.clone(), Duration::ZERO);
    let (interrupter, watched) = interrupt();
    scene.interrupt = watched;
    interrupter.interrupt();
    assert_eq!(scene.settle(&desired).await.indeterminate.len(), 1);
    tokio::time::sleep(Duration::from_mins(11)).await;
    assert_eq!(scene.settle(&desired).await.indeterminate, []);
}
