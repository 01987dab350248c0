//! The create that must not happen twice, under every single fault at every request.

use crate::cloud::{Fault, Strike};
use crate::scene::{STACK, Scene, declare, desired, failed, folder, key, on_record, plan, step};
use plumb_engine::Settings;
use plumb_model::event::ActionOutcome;
use plumb_model::ledger::{Record, Settlement};
use plumb_model::{Desired, Operation, ResourceKey, body};
use std::time::Duration;
use tokio::time::Instant;

const FAULTS: &[Fault] = &[
    Fault::NotSent,
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::Late(1),
    Fault::Late(3),
    Fault::Late(10),
    Fault::TroubleBefore,
    Fault::TroubleAfter,
    Fault::Truncated,
    Fault::Throttled(3),
    Fault::Silent,
];

fn fleet() -> Desired {
    desired([
        declare(&folder("ml"), body!({})),
        declare(&key("Note", "ml", "n"), body!({"text": "hello"})),
        declare(&key("Thing", "ml", "t"), body!({"size": "3"})),
        declare(&key("Machine", "ml", "m"), body!({"gpus": "8"})),
    ])
}

/// Applies as a run does: settle, look and plan, carry out.
async fn apply(scene: &Scene, desired: &Desired) -> usize {
    scene.settle(desired).await;
    let planned = scene.look(desired).await;
    scene.carry_out(desired, &planned).await.unwrap();
    planned.plan.actions.len()
}

fn assert_nothing_twice(scene: &Scene, what: &str) {
    for (path, count) in &scene.cloud.state().world.made {
        assert_eq!(*count, 1, "{path} was made {count} times: {what}");
    }
}

async fn under(faults: &[(usize, Fault)]) -> usize {
    let mut scene = Scene::new();
    for (call, fault) in faults {
        scene.cloud.fault(Strike::Call(*call), *fault);
    }
    let desired = fleet();
    let mut left = usize::MAX;
    for _ in 0..4 {
        left = apply(&scene, &desired).await;
        assert_nothing_twice(&scene, &format!("{faults:?}"));
        scene.restart();
    }
    let ledger = scene.journal.view();
    let machine = key("Machine", "ml", "m");
    if ledger.open_intents.contains_key(&machine) {
        // Stopping is the price of at most one; the request must really be in doubt.
        assert!(!ledger.entries.contains_key(&machine));
    } else {
        assert_eq!(left, 0, "did not converge: {faults:?}");
        assert_eq!(ledger.entries.len(), 4, "{faults:?}");
    }
    assert!(ledger.open_intents.keys().all(|open| *open == machine), "{faults:?}");
    scene.cloud.state().fired
}

/// Reading back ends when the list has shown everything that is known to be in it: the page that proves its
/// end is nobody's question. Where something is not shown, all wait for the end.
#[tokio::test(start_paused = true)]
async fn reading_back_waits_for_what_is_read_back_and_not_for_the_end() {
    const NOTES: usize = 10;
    for (gone, took) in [(false, 100), (true, 150)] {
        let scene = Scene::new();
        scene.cloud.state().world.put("/folders", "ml", body!({}), None);
        // Ten pages in one round trip, and one that proves the end.
        scene.cloud.state().world.page_cap = 1;
        if gone {
            on_record(&scene, &key("Note", "ml", "gone"));
        }
        let keys: Vec<_> = (0..NOTES).map(|at| key("Note", "ml", &format!("n{at}"))).collect();
        let desired = desired(keys.iter().map(|key| declare(key, body!({"text": "x"}))));
        let creates: Vec<_> = keys.iter().map(|key| step(Operation::Create, key, &[])).collect();
        let observed = scene.observe(&desired).await;
        let began = Instant::now();
        let report = scene.execute_seen(&desired, &observed, &plan(&creates)).await.unwrap();
        let elapsed = began.elapsed().as_millis();
        let is_done = |outcome: &ActionOutcome| *outcome == ActionOutcome::Done;
        assert!(report.outcomes.values().all(is_done), "{:?}", report.outcomes);
        assert_eq!((report.outcomes.len(), elapsed), (NOTES, took), "one is gone: {gone}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_single_fault_at_every_request() {
    let mut fired = 0;
    for call in 0..30 {
        for fault in FAULTS {
            fired += under(&[(call, *fault)]).await;
        }
    }
    assert!(fired > 200, "only {fired} faults fired");
}

#[tokio::test(start_paused = true)]
async fn pairs_of_faults_around_the_creates() {
    let mut fired = 0;
    for first in (4..14).step_by(2) {
        for second in first + 1..first + 5 {
            for (one, two) in [
                (Fault::LostAfter, Fault::LostBefore),
                (Fault::LostBefore, Fault::LostBefore),
                (Fault::Late(3), Fault::TroubleBefore),
                (Fault::Late(2), Fault::LostAfter),
                (Fault::TroubleAfter, Fault::Truncated),
            ] {
                fired += under(&[(first, one), (second, two)]).await;
            }
        }
    }
    assert!(fired > 100, "only {fired} faults fired");
}

fn machine_scene() -> (Scene, Desired, ResourceKey) {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let machine = key("Machine", "ml", "m");
    (scene, desired([declare(&machine, body!({"gpus": "8"}))]), machine)
}

#[tokio::test(start_paused = true)]
async fn a_lost_machine_that_never_comes_stops_and_stays_open() {
    let (mut scene, desired, machine) = machine_scene();
    scene.cloud.fault_next("POST", 1, Fault::LostBefore);
    let outcome = scene.one(&desired, Operation::Create, &machine).await;
    assert!(matches!(outcome, ActionOutcome::Indeterminate(_)), "{outcome:?}");
    assert_eq!(scene.cloud.sent("POST"), 1);
    assert!(scene.cloud.state().world.now() > Duration::from_mins(8), "it looked for the window");
    scene.restart();
    let before = scene.cloud.sent("GET");
    tokio::time::sleep(Duration::from_mins(11)).await;
    let settled = scene.settle(&desired).await;
    assert_eq!(settled.indeterminate.len(), 1);
    assert_eq!(scene.cloud.sent("GET") - before, 2, "past the deadline one look is enough");
    assert_eq!(scene.cloud.sent("POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_appears_later_is_taken_by_the_next_run() {
    let (mut scene, desired, machine) = machine_scene();
    scene.cloud.fault_next("POST", 1, Fault::LostBefore);
    scene.one(&desired, Operation::Create, &machine).await;
    scene.restart();
    scene.cloud.state().world.put("/in/ml/machines", "m", body!({"gpus": "8"}), Some(STACK));
    let settled = scene.settle(&desired).await;
    assert_eq!(settled.indeterminate, vec![]);
    let entry = scene.journal.view().entries[&machine].clone();
    assert_eq!(entry.sent["spec"]["gpus"], "8");
    assert!(entry.remote_id.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_appears_while_looking_is_done() {
    let (scene, desired, machine) = machine_scene();
    scene.cloud.fault_next("POST", 1, Fault::Late(3));
    assert_eq!(scene.one(&desired, Operation::Create, &machine).await, ActionOutcome::Done);
    assert_nothing_twice(&scene, "late");
}

/// Minutes of silence would look like hanging; a machine that is there at once needs no words.
#[tokio::test(start_paused = true)]
async fn that_a_machine_is_looked_for_is_told_once() {
    for (fault, told) in [(Fault::LostAfter, 0), (Fault::Late(3), 1), (Fault::LostBefore, 1)] {
        let (scene, desired, machine) = machine_scene();
        scene.cloud.fault_next("POST", 1, fault);
        scene.one(&desired, Operation::Create, &machine).await;
        assert_eq!(scene.warnings(), told, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_is_recorded_as_not_made() {
    let (scene, desired, machine) = machine_scene();
    scene.cloud.fault_next("POST", 1, Fault::NotFound);
    let outcome = scene.one(&desired, Operation::Create, &machine).await;
    assert!(failed(&outcome).message.contains("was not created"));
    let records = scene.journal.records.lock().unwrap();
    let aborted = records.iter().any(|record| {
        matches!(record, Record::IntentSettled { settlement: Settlement::NotApplied, .. })
    });
    assert!(aborted);
}

#[tokio::test(start_paused = true)]
async fn a_conflict_with_nothing_there_is_a_refusal() {
    let (scene, desired, machine) = machine_scene();
    scene.cloud.fault_next("POST", 1, Fault::Conflict);
    let outcome = scene.one(&desired, Operation::Create, &machine).await;
    assert_eq!(failed(&outcome).said.as_ref().unwrap().raw(), "no capacity");
    assert_eq!(scene.cloud.sent("POST"), 1);
    assert!(scene.journal.view().open_intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_object_of_somebody_else_is_not_taken() {
    for label in [None, Some("other"), Some(STACK)] {
        let scene = Scene::new();
        scene.cloud.state().world.put("/folders", "ml", body!({}), None);
        let note = key("Note", "ml", "n");
        let desired = desired([declare(&note, body!({"text": "ours"}))]);
        let observed = scene.observe(&desired).await;
        scene.cloud.state().world.put("/in/ml/notes", "n", body!({"text": "theirs"}), label);
        let plan = plan(&[step(Operation::Create, &note, &[])]);
        let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
        let outcome = report.outcomes.values().next().unwrap();
        assert!(failed(outcome).message.contains("exists and is not ours"), "{label:?}");
        assert!(scene.journal.view().entries.is_empty());
        assert!(scene.journal.view().open_intents.is_empty());
        let theirs = scene.cloud.state().world.find("/in/ml/notes", "n").unwrap().body.clone();
        assert_eq!(theirs["spec"]["text"], "theirs");
    }
}

#[tokio::test(start_paused = true)]
async fn our_own_earlier_attempt_is_recognised_at_the_conflict() {
    for dropped in [false, true] {
        let scene = Scene::new();
        scene.cloud.state().world.put("/folders", "ml", body!({}), None);
        scene.cloud.state().world.drop_labels = dropped;
        let note = key("Note", "ml", "n");
        let desired = desired([declare(&note, body!({"text": "ours"}))]);
        // Acts only after the look that does not find it, so that the second POST meets it.
        scene.cloud.fault_next("POST", 1, Fault::Late(2));
        assert_eq!(scene.one(&desired, Operation::Create, &note).await, ActionOutcome::Done);
        assert_eq!(scene.cloud.sent("POST"), 2);
        assert_nothing_twice(&scene, "conflict");
    }
}

#[tokio::test(start_paused = true)]
async fn no_record_no_request() {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let note = key("Note", "ml", "n");
    let desired = desired([declare(&note, body!({}))]);
    // The beginning of the run is recorded, the intent is not.
    *scene.journal.room.lock().unwrap() = Some(1);
    let error = scene.execute(&desired, &plan(&[step(Operation::Create, &note, &[])])).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("nothing further was sent"), "{text}");
    assert_eq!(scene.cloud.sent("POST"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_made_and_not_recorded_is_found_by_the_next_run() {
    let mut scene = Scene::new();
    let desired = fleet();
    for room in 1..12 {
        *scene.journal.room.lock().unwrap() = Some(room);
        let planned = scene.look(&desired).await;
        let _ = scene.carry_out(&desired, &planned).await;
        *scene.journal.room.lock().unwrap() = None;
        scene.restart();
        scene.settle(&desired).await;
        assert_nothing_twice(&scene, &format!("room for {room}"));
    }
    apply(&scene, &desired).await;
    assert_eq!(apply(&scene, &desired).await, 0);
    assert_eq!(scene.journal.view().entries.len(), 4);
}

/// A refusal for too many requests did nothing: a run that is killed while it waits leaves nothing in
/// doubt.
#[tokio::test(start_paused = true)]
async fn nothing_is_in_doubt_while_a_create_waits_to_be_sent_again() {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let machine = key("Machine", "ml", "m");
    let desired = desired([declare(&machine, body!({"text": "x"}))]);
    scene.cloud.fault_next("POST", 2, Fault::Throttled(60));
    let waiting = async {
        tokio::time::sleep(Duration::from_secs(90)).await;
        assert_eq!(scene.cloud.sent("POST"), 2);
        assert!(scene.journal.view().open_intents.is_empty());
    };
    let plan = plan(&[step(Operation::Create, &machine, &[])]);
    let (report, ()) = tokio::join!(scene.execute(&desired, &plan), waiting);
    assert_eq!(report.unwrap().outcomes.values().next(), Some(&ActionOutcome::Done));
    assert_eq!(scene.cloud.sent("POST"), 3);
}

/// The budget of docs/rules.md §10: one request for each create. Each is announced with its place in flight
/// in hand, which costs the time of the announcement: 3 ms of 53.
#[tokio::test(start_paused = true)]
async fn a_thousand_creates_are_a_thousand_requests_and_one_reading() {
    let mut scene = Scene::with(Settings { parallelism: 10, seed: 1, ..Settings::default() });
    scene.journal.takes = Duration::from_millis(3);
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let keys: Vec<_> = (0..1000).map(|at| key("Note", "ml", &format!("n{at}"))).collect();
    let desired = desired(keys.iter().map(|key| declare(key, body!({"text": "x"}))));
    let plan = plan(&keys.iter().map(|key| step(Operation::Create, key, &[])).collect::<Vec<_>>());
    let observed = scene.observe(&desired).await;
    let began = scene.cloud.state().world.now();
    let before = scene.cloud.sent("GET");
    let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
    assert!(report.outcomes.values().all(|outcome| *outcome == ActionOutcome::Done));
    assert_eq!(scene.cloud.sent("POST"), 1000);
    let took = scene.cloud.since(began);
    let reads = scene.cloud.sent("GET") - before;
    assert!(took <= Duration::from_millis(5600), "{took:?}");
    assert!(reads <= 2 * 21, "{reads} reads");
    assert_eq!(scene.cloud.state().most_in_flight, 10);
    let live = scene.observe(&desired).await.live;
    assert!(keys.iter().all(|key| live.present(key).is_some()));
}

/// Who has written waits for the others' writes, and not until the ledger knows of them.
#[tokio::test(start_paused = true)]
async fn what_was_made_is_read_back_while_the_ledger_is_written() {
    const TAKES: Duration = Duration::from_millis(40);
    for written in [Operation::Create, Operation::Update] {
        let settings = Settings { parallelism: 2, ..Settings::default() };
        let mut scene = Scene::with(settings);
        scene.journal.takes = TAKES;
        let keys: Vec<_> = (0..5).map(|at| folder(&format!("f{at}"))).collect();
        if written == Operation::Update {
            for key in &keys {
                scene.cloud.state().world.put("/folders", &key.name, body!({"text": "1"}), None);
            }
        }
        let desired = desired(keys.iter().map(|key| declare(key, body!({"text": "2"}))));
        let plan = plan(&keys.iter().map(|key| step(written, key, &[])).collect::<Vec<_>>());
        let observed = scene.observe(&desired).await;
        let began = scene.cloud.state().log.len();
        let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
        assert!(report.outcomes.values().all(|outcome| *outcome == ActionOutcome::Done));
        let log = &scene.cloud.state().log[began..];
        let last = log.iter().rposition(|logged| !logged.text.starts_with("GET")).unwrap();
        let after: Vec<_> =
            log[last..].iter().map(|logged| logged.at.saturating_sub(log[last].at)).collect();
        // The write takes 50 ms, and one listing of one page follows at once.
        let reads: Vec<_> = log[last + 1..].iter().map(|logged| logged.text.clone()).collect();
        assert!(after[1] < Duration::from_millis(50) + TAKES, "{written:?}: {after:?}");
        assert_eq!(reads.len(), 1, "{written:?}: {reads:?}");
    }
}
