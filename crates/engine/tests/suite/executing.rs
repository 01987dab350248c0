//! The order of actions, what is skipped, and how a run is stopped.

use crate::cloud::Fault;
use crate::scene::{Scene, declare, desired, failed, key, on_record, plan, skipped, step};
use plumb_engine::{EngineError, Settings, interrupt};
use plumb_model::event::{ActionOutcome, RunOutcome, SkipReason};
use plumb_model::ledger::Record;
use plumb_model::plan::Precondition;
use plumb_model::resource::OutputReference;
use plumb_model::{ActionId, Code, Desired, Event, Operation, ResourceKey, body};
use std::sync::Arc;
use std::time::Duration;

fn id(operation: Operation, key: &ResourceKey) -> ActionId {
    ActionId::new(operation, key)
}

fn notes(names: &[&str]) -> (Scene, Desired, Vec<ResourceKey>) {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let keys: Vec<_> = names.iter().map(|name| key("Note", "ml", name)).collect();
    let desired = desired(keys.iter().map(|key| declare(key, body!({}))));
    (scene, desired, keys)
}

#[tokio::test(start_paused = true)]
async fn what_is_required_comes_first_and_runs_in_parallel_where_it_may() {
    let (scene, desired, keys) = notes(&["a", "b", "c", "d"]);
    let create = Operation::Create;
    let plan = plan(&[
        step(create, &keys[0], &[(create, &keys[3])]),
        step(create, &keys[1], &[]),
        step(create, &keys[2], &[(create, &keys[0]), (create, &keys[1])]),
        step(create, &keys[3], &[]),
    ]);
    scene.done(&desired, &plan).await;
    let events = scene.events.lock().unwrap();
    let at = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let started = |key: &ResourceKey| {
        at(
            &|event| matches!(event, Event::ActionStarted { id: seen, .. } if *seen == id(create, key)),
        )
    };
    let finished = |key: &ResourceKey| {
        at(
            &|event| matches!(event, Event::ActionFinished { id: seen, .. } if *seen == id(create, key)),
        )
    };
    assert!(finished(&keys[3]) < started(&keys[0]));
    assert!(finished(&keys[0]) < started(&keys[2]) && finished(&keys[1]) < started(&keys[2]));
    assert!(started(&keys[1]) < finished(&keys[3]), "independent ones run together");
    assert!(matches!(events.first(), Some(Event::RunStarted { actions: 4, .. })));
    assert!(matches!(events.last(), Some(Event::RunFinished { outcome: RunOutcome::Done, .. })));
}

#[tokio::test(start_paused = true)]
async fn a_failure_skips_what_requires_it_by_name_and_the_rest_goes_on() {
    let (scene, desired, keys) = notes(&["a", "b", "c", "d"]);
    let create = Operation::Create;
    // Somebody made `a` since the plan.
    let observed = scene.observe(&desired).await;
    scene.cloud.state().world.put("/in/ml/notes", "a", body!({"x": "1"}), None);
    let plan = plan(&[
        step(create, &keys[0], &[]),
        step(create, &keys[1], &[(create, &keys[0])]),
        step(create, &keys[2], &[(create, &keys[1])]),
        step(create, &keys[3], &[]),
    ]);
    let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
    failed(&report.outcomes[&id(create, &keys[0])]);
    assert_eq!(skipped(&report, create, &keys[1]), SkipReason::Requires(id(create, &keys[0])));
    assert_eq!(skipped(&report, create, &keys[2]), SkipReason::Requires(id(create, &keys[1])));
    assert_eq!(report.outcomes[&id(create, &keys[3])], ActionOutcome::Done);
    assert_eq!(report.outcome(), RunOutcome::Incomplete);
}

#[tokio::test(start_paused = true)]
async fn parallelism_bounds_what_is_sent_and_waits_hold_no_place() {
    let scene = Scene::with(Settings { parallelism: 2, seed: 0, ..Settings::default() });
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let keys: Vec<_> = (0..20).map(|at| key("Thing", "ml", &format!("t{at}"))).collect();
    for key in &keys {
        scene.cloud.state().world.put("/in/ml/things", &key.name, body!({}), Some("fleet"));
        on_record(&scene, key);
    }
    let desired = desired(keys.iter().map(|key| declare(key, body!({}))));
    let actions: Vec<_> = keys.iter().map(|key| step(Operation::Publish, key, &[])).collect();
    scene.done(&desired, &plan(&actions)).await;
    let took = scene.cloud.state().world.now();
    assert!(took < Duration::from_secs(50), "twenty deployments of 30 s side by side: {took:?}");
    assert!(scene.cloud.state().most_in_flight <= 5);
}

#[tokio::test(start_paused = true)]
async fn what_moved_since_the_plan_is_not_touched() {
    let (scene, desired, keys) = notes(&["a"]);
    scene.cloud.state().world.put("/in/ml/notes", "a", body!({"text": "1"}), Some("fleet"));
    let path: plumb_model::FieldPath = "spec.text".parse().unwrap();
    let planned = body!({"spec": {"text": "0"}});
    for operation in [Operation::Update, Operation::Delete, Operation::Adopt] {
        let mut action = step(operation, &keys[0], &[]);
        action.precondition = Some(Precondition {
            fields: plumb_model::compare::digests_at(&planned, [&path]),
            ..Precondition::default()
        });
        let report = scene.execute(&desired, &plan(&[action])).await.unwrap();
        match &report.outcomes[&id(operation, &keys[0])] {
            ActionOutcome::Moved { fields, .. } => assert_eq!(fields, std::slice::from_ref(&path)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(scene.cloud.sent("POST") + scene.cloud.sent("DELETE"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_took_since_the_plan_is_not_touched() {
    let (scene, desired, keys) = notes(&["a"]);
    for (operation, mark) in [
        (Operation::Update, Some("other")),
        (Operation::Adopt, Some("other")),
        (Operation::Delete, Some("other")),
        // Whoever takes our mark off takes it from us.
        (Operation::Delete, None),
    ] {
        scene.cloud.state().world.collections.remove("/in/ml/notes");
        scene.cloud.state().world.put("/in/ml/notes", "a", body!({"text": "1"}), mark);
        let report = scene.execute(&desired, &plan(&[step(operation, &keys[0], &[])])).await;
        let outcome = &report.unwrap().outcomes[&id(operation, &keys[0])];
        assert!(
            matches!(outcome, ActionOutcome::Moved { .. }),
            "{operation} {mark:?}: {outcome:?}"
        );
    }
    assert_eq!(scene.cloud.sent("POST") + scene.cloud.sent("DELETE"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_is_not_touched() {
    let (scene, desired, keys) = notes(&["a"]);
    scene.cloud.state().world.put("/in/ml/notes", "a", body!({}), Some("fleet"));
    let observed = scene.observe(&desired).await;
    scene.cloud.fault_next("GET", 99, Fault::TroubleBefore);
    let plan = plan(&[step(Operation::Delete, &keys[0], &[])]);
    let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
    let failure = failed(&report.outcomes[&id(Operation::Delete, &keys[0])]).clone();
    assert!(failure.message.contains("nothing was sent"), "{failure:?}");
    assert_eq!(scene.cloud.sent("DELETE"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_ends_everything_with_this_provider() {
    let (scene, desired, keys) = notes(&["a", "b", "c"]);
    let observed = scene.observe(&desired).await;
    scene.cloud.fault_next("POST", 1, Fault::KeyRefused);
    let create = Operation::Create;
    let plan = plan(&[
        step(create, &keys[0], &[]),
        step(create, &keys[1], &[(create, &keys[0])]),
        step(create, &keys[2], &[]),
    ]);
    let report = scene.execute_seen(&desired, &observed, &plan).await.unwrap();
    let outcome = &report.outcomes[&id(create, &keys[0])];
    assert!(failed(outcome).help.as_ref().unwrap().contains("expired"));
    assert_eq!(skipped(&report, create, &keys[1]), SkipReason::Requires(id(create, &keys[0])));
    assert_eq!(scene.engine.refused_keys(), ["toy"]);
    let sent = scene.cloud.state().log.len();
    scene.observe(&desired).await;
    assert_eq!(scene.cloud.state().log.len(), sent, "nothing further is sent");
}

#[tokio::test(start_paused = true)]
async fn outputs_are_filled_in_or_named() {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let (thing, note) = (key("Thing", "ml", "t"), key("Note", "ml", "n"));
    scene.cloud.state().world.put("/in/ml/things", "t", body!({}), Some("fleet"));
    on_record(&scene, &thing);
    let mut with_output = declare(&note, body!({"host": null}));
    let reference = OutputReference { key: thing.clone(), path: "address".parse().unwrap() };
    with_output.put(&"spec.host".parse().unwrap(), reference);
    let desired = desired([declare(&thing, body!({})), with_output]);
    let outcome = scene.one(&desired, Operation::Create, &note).await;
    assert!(failed(&outcome).message.contains("Thing/ml/t has no output address"));
    let plan = plan(&[
        step(Operation::Publish, &thing, &[]),
        step(Operation::Create, &note, &[(Operation::Publish, &thing)]),
    ]);
    scene.done(&desired, &plan).await;
    let made = scene.cloud.state().world.find("/in/ml/notes", "n").unwrap().body.clone();
    assert_eq!(made["spec"]["host"], "10.0.0.4");
    assert_eq!(scene.journal.view().entries[&note].sent["spec"]["host"], "(output)");
}

#[tokio::test(start_paused = true)]
async fn one_interrupt_finishes_what_is_in_flight_and_starts_nothing() {
    let (mut scene, desired, keys) = notes(&["a", "b"]);
    let thing = key("Thing", "ml", "t");
    let desired = plumb_desired(&desired, &thing);
    scene.cloud.state().world.put("/in/ml/things", "t", body!({}), Some("fleet"));
    on_record(&scene, &thing);
    let (interrupter, watched) = interrupt();
    scene.interrupt = watched;
    let scene = Arc::new(scene);
    let plan = plan(&[
        step(Operation::Publish, &thing, &[]),
        step(Operation::Create, &keys[0], &[]),
        step(Operation::Create, &keys[1], &[(Operation::Publish, &thing)]),
    ]);
    let observed = scene.observe(&desired).await;
    let began = scene.cloud.state().world.now();
    let (report, ()) = tokio::join!(scene.execute_seen(&desired, &observed, &plan), async {
        // The POST of the note is in flight, the thing has not been published yet.
        tokio::time::sleep(Duration::from_millis(20)).await;
        interrupter.interrupt();
    });
    let report = report.unwrap();
    assert!(report.interrupted);
    assert_eq!(report.outcome(), RunOutcome::Interrupted);
    let published = &report.outcomes[&id(Operation::Publish, &thing)];
    assert_eq!(*published, ActionOutcome::Interrupted { sent: false });
    assert!(scene.journal.view().entries.contains_key(&keys[0]), "what was sent is recorded");
    assert!(scene.journal.view().open_intents.is_empty());
    assert_eq!(skipped(&report, Operation::Create, &keys[1]), SkipReason::Interrupted);
    assert!(scene.cloud.since(began) < Duration::from_secs(2));
    let records = scene.journal.records.lock().unwrap();
    assert!(matches!(
        records.last(),
        Some(Record::RunFinished { outcome: RunOutcome::Interrupted, .. })
    ));
}

fn plumb_desired(notes: &Desired, thing: &ResourceKey) -> Desired {
    desired(notes.resources().values().cloned().chain([declare(thing, body!({}))]))
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_waits_and_a_second_one_everything() {
    for interrupts in [1, 2] {
        let (mut scene, desired, _) = notes(&["a"]);
        let thing = key("Thing", "ml", "t");
        let desired = plumb_desired(&desired, &thing);
        scene.cloud.state().world.put("/in/ml/things", "t", body!({}), Some("fleet"));
        on_record(&scene, &thing);
        let (interrupter, watched) = interrupt();
        scene.interrupt = watched;
        let plan = plan(&[step(Operation::Publish, &thing, &[])]);
        let observed = scene.observe(&desired).await;
        let began = scene.cloud.state().world.now();
        let (report, ()) = tokio::join!(scene.execute_seen(&desired, &observed, &plan), async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            (0..interrupts).for_each(|_| interrupter.interrupt());
        });
        let report = report.unwrap();
        let outcome = &report.outcomes[&id(Operation::Publish, &thing)];
        assert_eq!(*outcome, ActionOutcome::Interrupted { sent: true });
        assert!(scene.cloud.since(began) < Duration::from_secs(6));
    }
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_pauses_between_tries() {
    for fault in [Fault::Throttled(100), Fault::LostBefore, Fault::NotSent] {
        let (mut scene, desired, keys) = notes(&["a"]);
        let (interrupter, watched) = interrupt();
        scene.interrupt = watched;
        scene.cloud.fault_next("POST", usize::MAX, fault);
        let plan = plan(&[step(Operation::Create, &keys[0], &[])]);
        let observed = scene.observe(&desired).await;
        let began = scene.cloud.state().world.now();
        let (report, ()) = tokio::join!(scene.execute_seen(&desired, &observed, &plan), async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            interrupter.interrupt();
        });
        let outcome = &report.unwrap().outcomes[&id(Operation::Create, &keys[0])];
        assert_ne!(*outcome, ActionOutcome::Done);
        assert!(scene.cloud.since(began) < Duration::from_secs(4), "{fault:?}");
        // What may have arrived stays in doubt.
        let in_doubt = !scene.journal.view().open_intents.is_empty();
        assert_eq!(in_doubt, fault == Fault::LostBefore, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_stops_everything_and_reports_what_was_done() {
    let (scene, desired, keys) = notes(&["a", "b", "c", "d", "e", "f"]);
    let mut actions = vec![step(Operation::Create, &keys[0], &[])];
    for pair in keys.windows(2) {
        actions.push(step(Operation::Create, &pair[1], &[(Operation::Create, &pair[0])]));
    }
    // The beginning, two intents and one settlement.
    *scene.journal.room.lock().unwrap() = Some(4);
    let error = scene.execute(&desired, &plan(&actions)).await.unwrap_err();
    let EngineError::Journal { report, .. } = error else { panic!("{error:?}") };
    assert_eq!(report.outcomes[&id(Operation::Create, &keys[0])], ActionOutcome::Done);
    failed(&report.outcomes[&id(Operation::Create, &keys[1])]);
    assert_eq!(scene.cloud.sent("POST"), 2);
    let view = scene.journal.view();
    assert!(view.open_intents.contains_key(&keys[1]), "the next run settles it");
}

/// A plan that cannot be carried out to its end is not begun.
#[tokio::test(start_paused = true)]
async fn a_plan_that_contradicts_itself_is_refused() {
    let (scene, desired, keys) = notes(&["a", "b"]);
    let create = |key, requires: &[_]| step(Operation::Create, key, requires);
    let (to_a, to_b) = ((Operation::Create, &keys[0]), (Operation::Create, &keys[1]));
    for (actions, expected) in [
        (vec![create(&keys[0], &[to_b])], "is required and not planned"),
        (vec![create(&keys[0], &[]), create(&keys[0], &[])], "is planned twice"),
        (vec![create(&keys[0], &[to_b]), create(&keys[1], &[to_a])], "require each other"),
    ] {
        let error = scene.execute(&desired, &plan(&actions)).await.unwrap_err();
        let EngineError::Contradiction(message) = &error else { panic!("{error:?}") };
        assert!(message.contains(expected), "{message}");
        assert_eq!(error.code(), Some(Code::INTERNAL));
    }
    assert_eq!(scene.cloud.sent("POST"), 0);
    assert!(scene.journal.records.lock().unwrap().is_empty());
}

/// An action without what it needs fails by name, and sends nothing.
#[tokio::test(start_paused = true)]
async fn an_action_without_its_resource_is_a_contradiction() {
    let (scene, _, keys) = notes(&["a"]);
    scene.cloud.state().world.put("/in/ml/notes", "a", body!({}), Some(crate::scene::STACK));
    for operation in [Operation::Create, Operation::Adopt, Operation::Update] {
        let outcome = scene.one(&desired([]), operation, &keys[0]).await;
        assert!(failed(&outcome).message.starts_with("PL0901: "), "{outcome:?}");
    }
    assert_eq!(scene.cloud.sent("POST"), 0);
}

#[tokio::test(start_paused = true)]
async fn after_one_failed_record_nothing_is_sent_although_the_next_would_be_written() {
    for hiccup in 2..6 {
        let (mut scene, desired, keys) = notes(&["a", "b", "c", "d", "e"]);
        scene.restart_with(Settings { parallelism: 1, seed: 0, ..Settings::default() });
        let actions: Vec<_> = keys.iter().map(|key| step(Operation::Create, key, &[])).collect();
        *scene.journal.hiccup.lock().unwrap() = Some(hiccup);
        let error = scene.execute(&desired, &plan(&actions)).await;
        assert!(error.is_err(), "{hiccup}");
        let recorded = scene.journal.records.lock().unwrap().len();
        assert!(scene.cloud.sent("POST") <= hiccup / 2, "{hiccup}: {recorded} records");
    }
}

#[tokio::test(start_paused = true)]
async fn protections_of_unchanged_resources_reach_the_ledger() {
    let (scene, plain, keys) = notes(&["a"]);
    scene.done(&plain, &plan(&[step(Operation::Create, &keys[0], &[])])).await;
    let mut protected = declare(&keys[0], body!({}));
    protected.wishes.prevent_destroy = true;
    let protected = desired([protected]);
    let unchanged = plumb_model::Plan { unchanged: keys.clone(), ..plan(&[]) };
    scene.done(&protected, &unchanged).await;
    assert!(scene.journal.view().entries[&keys[0]].protections.prevent_destroy);
    scene.done(&plain, &unchanged).await;
    assert!(!scene.journal.view().entries[&keys[0]].protections.prevent_destroy);
}

#[tokio::test(start_paused = true)]
async fn throttling_is_honoured_and_told() {
    let (scene, desired, keys) = notes(&["a"]);
    scene.cloud.fault_next("POST", 1, Fault::Throttled(30));
    let plan = plan(&[step(Operation::Create, &keys[0], &[])]);
    scene.done(&desired, &plan).await;
    assert!(scene.cloud.state().world.now() >= Duration::from_secs(30));
    let events = scene.events.lock().unwrap();
    let told = events.iter().any(|event| {
        // A refusal is no try.
        matches!(event, Event::ActionRetried { attempt: 1, because, .. } if because.contains("too many"))
    });
    assert!(told);
}
