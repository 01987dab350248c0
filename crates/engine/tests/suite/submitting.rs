//! The one loop in which every operation sends: how often, when it stops, and that it never ends
//! well by itself.

use crate::cloud::{Fault, Strike};
use crate::scene::{Scene, declare, desired, key, plan, step};
use plumb_model::event::ActionOutcome;
use plumb_model::plan::{ChangeEffect, FieldChange, Shown};
use plumb_model::{Action, ActionId, Desired, Operation, Power, ResourceKey, body};
use std::time::Duration;

/// One operation on an object that is there, if it has to be.
struct Case {
    name: &'static str,
    action: Action,
    desired: Desired,
    /// How the request begins that is sent.
    write: &'static str,
    /// How often it is sent when every try is lost on its way.
    tries: usize,
}

impl Case {
    fn new(
        operation: Operation,
        kind: &'static str,
        write: &'static str,
        (name, tries): (&'static str, usize),
    ) -> Self {
        let key = key(kind, "ml", "it");
        let mut action = step(operation, &key, &[]);
        if operation == Operation::Update {
            action.changes = vec![FieldChange {
                path: "spec.text".parse().unwrap(),
                before: Shown::Absent,
                after: Shown::Absent,
                effect: ChangeEffect::InPlace,
            }];
        }
        let declared = (operation != Operation::Delete)
            .then(|| declare(&key, body!({"text": if kind == "Note" { "2" } else { "1" }})));
        Self { name, action, desired: desired(declared), write, tries }
    }

    fn key(&self) -> &ResourceKey {
        &self.action.key
    }

    async fn scene(&self) -> Scene {
        let scene = Scene::new();
        scene.cloud.state().world.put("/folders", "ml", body!({}), None);
        if self.action.operation == Operation::Create {
            return scene;
        }
        if self.action.operation == Operation::Adopt {
            scene.cloud.state().world.put("/in/ml/notes", "it", body!({"text": "1"}), None);
            return scene;
        }
        let made = desired([declare(self.key(), body!({"text": "1"}))]);
        scene.done(&made, &plan(&[step(Operation::Create, self.key(), &[])])).await;
        if let Operation::Power(_) = self.action.operation {
            let mut state = scene.cloud.state();
            state.world.find("/in/ml/things", "it").unwrap().status.phase = "ready";
        }
        scene
    }

    /// The outcome, and how often it was sent.
    async fn run(&self, scene: &Scene) -> (ActionOutcome, usize) {
        let before = scene.cloud.sent(self.write);
        let plan = plan(std::slice::from_ref(&self.action));
        let report = scene.execute(&self.desired, &plan).await.unwrap();
        let id = ActionId::new(self.action.operation, self.key());
        (report.outcomes[&id].clone(), scene.cloud.sent(self.write) - before)
    }
}

fn cases() -> Vec<Case> {
    let upsert = "POST /in/ml/notes?fail-on-exists=false";
    vec![
        Case::new(Operation::Create, "Note", "POST /in/ml/notes", ("create", 5)),
        Case::new(Operation::Create, "Machine", "POST /in/ml/machines", ("create once", 1)),
        Case::new(Operation::Update, "Note", upsert, ("update", 5)),
        Case::new(Operation::Adopt, "Note", upsert, ("adopt", 5)),
        Case::new(Operation::Publish, "Thing", "POST /in/ml/things/it/publish", ("publish", 5)),
        Case::new(
            Operation::Power(Power::Off),
            "Thing",
            "POST /in/ml/things/it/stop",
            ("switch", 5),
        ),
        Case::new(Operation::Delete, "Thing", "DELETE /in/ml/things/it", ("delete", 5)),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_operation_ends_well_when_every_try_is_lost() {
    for case in cases() {
        for fault in [Fault::LostBefore, Fault::TroubleBefore] {
            let scene = case.scene().await;
            scene.cloud.fault_next(case.write, usize::MAX, fault);
            let (outcome, sent) = case.run(&scene).await;
            let name = format!("{} {fault:?}", case.name);
            assert!(
                matches!(outcome, ActionOutcome::Failed(_) | ActionOutcome::Indeterminate(_)),
                "{name}: {outcome:?}"
            );
            assert_eq!(sent, case.tries, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_try_counts_like_the_first() {
    for case in cases().into_iter().filter(|case| case.tries > 1) {
        let scene = case.scene().await;
        scene.cloud.fault_next(case.write, case.tries - 1, Fault::LostBefore);
        let (outcome, sent) = case.run(&scene).await;
        assert_eq!(outcome, ActionOutcome::Done, "{}", case.name);
        assert_eq!(sent, case.tries, "{}", case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_something_at_rest_is_final() {
    for case in cases() {
        let scene = case.scene().await;
        scene.cloud.fault_next(case.write, usize::MAX, Fault::Conflict);
        let (outcome, sent) = case.run(&scene).await;
        assert!(matches!(outcome, ActionOutcome::Failed(_)), "{}: {outcome:?}", case.name);
        assert_eq!(sent, 1, "{}", case.name);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_when_a_write_is_in_doubt_is_not_written_again() {
    let gone = |operation| !matches!(operation, Operation::Create | Operation::Delete);
    for case in cases().into_iter().filter(|case| gone(case.action.operation)) {
        let scene = case.scene().await;
        let observed = scene.observe(&case.desired).await;
        let now = scene.cloud.state().log.len();
        // The look before it, the write, and the look after it.
        scene.cloud.fault_next(case.write, 1, Fault::LostBefore);
        scene.cloud.fault(Strike::Call(now + 2), Fault::NotFound);
        let plan = plan(std::slice::from_ref(&case.action));
        let report = scene.execute_seen(&case.desired, &observed, &plan).await.unwrap();
        let outcome = &report.outcomes[&case.action.id];
        assert!(matches!(outcome, ActionOutcome::Failed(_)), "{}: {outcome:?}", case.name);
        assert_eq!(scene.cloud.state().log.len(), now + 3, "{}", case.name);
    }
}

/// While something else is under way the action waits, and others may send.
#[tokio::test(start_paused = true)]
async fn a_place_is_given_back_while_an_object_is_busy() {
    let settings = plumb_engine::Settings { parallelism: 1, ..plumb_engine::Settings::default() };
    let scene = Scene::with(settings);
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let (busy, other) = (key("Thing", "ml", "busy"), key("Thing", "ml", "other"));
    let both = [&busy, &other].map(|key| declare(key, body!({})));
    let made = [&busy, &other].map(|key| step(Operation::Create, key, &[]));
    scene.done(&desired(both), &plan(&made)).await;
    {
        let mut state = scene.cloud.state();
        let later = state.world.now() + Duration::from_mins(5);
        let object = state.world.find("/in/ml/things", "busy").unwrap();
        object.status.phase = "pending";
        object.status.then = Some((later, "ready"));
    }
    let began = scene.cloud.state().world.now();
    let deletes = [&busy, &other].map(|key| step(Operation::Delete, key, &[]));
    scene.done(&desired([]), &plan(&deletes)).await;
    let state = scene.cloud.state();
    let sent = |text: &str| {
        state
            .log
            .iter()
            .filter(|logged| logged.text == text)
            .map(|logged| logged.at.saturating_sub(began))
            .max()
    };
    assert!(sent("DELETE /in/ml/things/busy") > Some(Duration::from_mins(5)));
    assert!(sent("DELETE /in/ml/things/other") < Some(Duration::from_mins(1)));
}
