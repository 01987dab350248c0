//! Verbs by hand.

use crate::cloud::Fault;
use crate::scene::{Scene, declare, desired, failed, head, key};
use plumb_engine::{Acting, EngineError};
use plumb_model::event::ActionOutcome;
use plumb_model::{Report, ResourceKey, body};

const THINGS: &str = "/in/ml/things";

fn scene() -> (Scene, ResourceKey) {
    let scene = Scene::new();
    scene.cloud.state().world.put("/folders", "ml", body!({}), None);
    let object_status = "ready";
    scene.cloud.state().world.put(THINGS, "t", body!({}), None).status.phase = object_status;
    (scene, key("Thing", "ml", "t"))
}

async fn act(scene: &Scene, key: &ResourceKey, verb: &str) -> Result<Report, EngineError> {
    let (ledger, head) = (scene.journal.view(), head());
    let acting = Acting {
        key,
        verb,
        parts: &[],
        patience: None,
        ledger: &ledger,
        journal: &scene.journal,
        events: &|event| scene.events.lock().unwrap().push(event),
        interrupt: &scene.interrupt,
        head: &head,
    };
    scene.engine.act(acting).await
}

async fn outcome(scene: &Scene, key: &ResourceKey, verb: &str) -> ActionOutcome {
    act(scene, key, verb).await.unwrap().outcomes.into_values().next().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_verb_is_sent_and_waited_for() {
    let (scene, thing) = scene();
    assert_eq!(outcome(&scene, &thing, "stop").await, ActionOutcome::Done);
    assert_eq!(outcome(&scene, &thing, "stop").await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("POST"), 1, "what is stopped is not stopped again");
    assert_eq!(outcome(&scene, &thing, "reset").await, ActionOutcome::Done);
    let live = scene.observe(&desired([declare(&thing, body!({}))])).await.live;
    assert!(live.present(&thing).unwrap().status.phase.is_terminal());
}

#[tokio::test(start_paused = true)]
async fn a_verb_in_doubt_is_repeated_only_when_it_sets_a_state() {
    let (scene, thing) = scene();
    scene.cloud.fault_next("POST", 1, Fault::LostBefore);
    assert_eq!(outcome(&scene, &thing, "stop").await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("POST"), 2);

    let (scene, thing) = self::scene();
    scene.cloud.fault_next("POST", 1, Fault::LostBefore);
    let failure = failed(&outcome(&scene, &thing, "reset").await).clone();
    assert!(failure.help.unwrap().contains("not known"));
    assert_eq!(scene.cloud.sent("POST"), 1);

    let (scene, thing) = self::scene();
    scene.cloud.fault_next("POST", 1, Fault::LostAfter);
    assert_eq!(outcome(&scene, &thing, "reset").await, ActionOutcome::Done);
    assert_eq!(scene.cloud.sent("POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_verb_names_the_known_ones() {
    let (scene, thing) = scene();
    let error = act(&scene, &thing, "explode").await.unwrap_err().to_string();
    assert!(error.contains("stop, reset"), "{error}");
    assert_eq!(scene.cloud.state().log.len(), 0);
}
