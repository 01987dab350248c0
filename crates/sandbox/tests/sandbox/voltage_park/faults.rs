//! Faults on calls that have no idempotency key: what they leave behind.

use plumb_sandbox::faults::DuplicateAnswer;
use plumb_sandbox::{EffectKind, FaultEffect, FaultMatch, FaultRule, FaultTiming, Reply, Request};
use serde_json::json;

use super::park::{Park, full, items, machine, rental};
use crate::client::Seen as _;

fn fault(operation: &str, effect: FaultEffect) -> FaultRule {
    FaultRule {
        name: "planned".to_owned(),
        matches: FaultMatch { operation: Some(operation.to_owned()), ..FaultMatch::default() },
        when: FaultTiming { nth: Some(1), ..FaultTiming::default() },
        effect,
    }
}

fn order(park: &mut Park, path: &str) -> Reply {
    let body = if path == "/bare-metal/" { rental("a") } else { machine("a") };
    park.send(Request::new("POST", &full(path)).json(&body))
}

fn live(park: &Park) -> usize {
    let cloud = park.world.voltage_park();
    cloud.machines.live().count() + cloud.rentals.live().count()
}

#[test]
fn lost_answers_and_duplicates_rent_what_they_rent() {
    for path in ["/bare-metal/", "/virtual-machines/instant"] {
        let creates = "voltage-park.*.create";
        for (effect, dropped, machines) in [
            (FaultEffect::LostBefore, true, 0),
            (FaultEffect::LostAfter, true, 1),
            (FaultEffect::Duplicate { answer: DuplicateAnswer::Second }, false, 2),
            (FaultEffect::CloseMidBody { bytes: 5 }, false, 1),
        ] {
            let mut park = Park::new();
            park.world.faults_mut().extend(vec![fault(creates, effect.clone())]);
            assert_eq!(order(&mut park, path) == Reply::Drop, dropped, "{effect:?}");
            assert_eq!(live(&park), machines, "{effect:?}");
            assert_eq!(park.world.effects().of_kind(EffectKind::Created).count(), machines);
            assert_eq!(park.world.faults().states()[0].fired, 1);
        }
    }
}

#[test]
fn a_late_order_acts_calls_later_with_its_key() {
    for after_calls in [1, 3, 40] {
        let mut park = Park::new();
        let late = FaultEffect::LateEffect { after_calls };
        park.world.faults_mut().extend(vec![fault("voltage-park.rentals.create", late)]);
        assert_eq!(order(&mut park, "/bare-metal/"), Reply::Drop);
        for call in 1..=after_calls {
            assert_eq!(live(&park), 0, "before call {call}");
            park.get("/bare-metal/");
        }
        assert_eq!(live(&park), 1);
        assert_eq!(items(&park.get("/bare-metal/").body_json()).len(), 1);
        let created = park.world.effects().all()[0].clone();
        assert_eq!(created.actor, park.world.park().config().keys[0].id());
    }
}

#[test]
fn a_person_may_act_between_two_calls() {
    let mut park = Park::new();
    let id = park.add_machine("a");
    let edit = json!({ "op": "power_off", "object": "voltage-park/virtual-machines/a" });
    let rule = json!({
        "match": { "method": "GET" },
        "when": { "nth": 1 },
        "effect": { "type": "edit", "edit": edit },
    });
    assert_eq!(park.post("/_sandbox/faults", &rule).status, 200);
    assert_eq!(park.machine(&id)["status"], "Stopped");
    assert_eq!(park.hourly_rate(), "1.990000");
}
