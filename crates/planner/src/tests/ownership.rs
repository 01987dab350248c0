//! What is there, and whose it is.

use super::toys::key;
use super::world::World;
use plumb_model::ledger::Provenance;
use plumb_model::plan::Because;
use plumb_model::policy::Prune;
use plumb_model::resource::ReplaceWish;
use plumb_model::{Body, Phase, Power, body};

fn unmarked(declared: Body, live: Body) -> World {
    World::new()
        .declare("Room/h/r", declared)
        .live("Room/h/r", live)
        .seen("Room/h/r", |object| object.mark = None)
}

#[test]
fn what_nobody_owns_is_adopted_when_it_agrees() {
    let world = unmarked(body!({"a": 1}), body!({"a": 1, "b": 2})).gives(&["adopt Room/h/r"]);
    let plan = world.plan();
    assert_eq!(plan.actions[0].because, [Because::Unmarked].into());
    assert!(plan.actions[0].precondition.as_ref().unwrap().fields.len() == 1);
    world.then_nothing();
}

#[test]
fn what_nobody_owns_and_differs_is_left_alone_until_somebody_says_so() {
    let differs = || unmarked(body!({"a": 2}), body!({"a": 1}));
    let plan = differs().gives(&["! PL0501 Room/h/r"]).plan();
    assert_eq!(plan.blocked[0].changes.len(), 1);
    assert!(plan.blocked[0].help.contains("plumb.dev/adopt"));
    let taken = &["adopt Room/h/r", "update Room/h/r"];
    differs().wish("Room/h/r", |resource| resource.wishes.adopt = true).gives(taken).then_nothing();
    differs()
        .policy(|policy| {
            policy.adopt.insert(key("Room/h/r"));
        })
        .gives(taken)
        .then_nothing();
    let id = differs().live.present(&key("Room/h/r")).unwrap().remote_id.clone();
    differs().wish("Room/h/r", |r| r.wishes.remote_id = id).gives(taken).then_nothing();
}

#[test]
fn another_stacks_mark_is_always_in_the_way() {
    let theirs = || {
        World::new()
            .settled("Room/h/r", body!({}))
            .seen("Room/h/r", |object| object.mark = Some("theirs".to_owned()))
    };
    theirs().gives(&["! PL0502 Room/h/r"]);
    theirs()
        .wish("Room/h/r", |resource| resource.wishes.adopt = true)
        .policy(|policy| {
            policy.adopt.insert(key("Room/h/r"));
        })
        .gives(&["! PL0502 Room/h/r"]);
}

#[test]
fn the_mark_alone_is_enough_to_change_something() {
    let world = World::new().declare("Room/h/r", body!({"a": 2})).live("Room/h/r", body!({"a": 1}));
    let both = ["adopt Room/h/r", "update Room/h/r"];
    world.gives(&both).then_nothing();
}

/// Marked and declared, and in no ledger: it was lost, or somebody said that nothing was made.
fn unrecorded() -> World {
    World::new().declare("Room/h/r", body!({"a": 1})).live("Room/h/r", body!({"a": 1}))
}

#[test]
fn what_the_ledger_lost_is_taken_on_record_so_that_it_can_go_when_its_document_goes() {
    let plan = unrecorded().gives(&["adopt Room/h/r"]).plan();
    assert_eq!(plan.actions[0].because, [Because::Unrecorded].into());
    assert_eq!(plan.actions[0].precondition.as_ref().unwrap().fields.len(), 1);
    unrecorded().then_nothing();
    let undeclared = |world: World| {
        let mut world = world.policy(|policy| policy.prune = Prune::On);
        world.documents.clear();
        world
    };
    undeclared(unrecorded()).gives(&["! PL0510 Room/h/r"]);
    let mut recorded = unrecorded();
    recorded.apply(&plan);
    assert_eq!(recorded.ledger.entries[&key("Room/h/r")].provenance, Provenance::Adopted);
    undeclared(recorded).gives(&["delete Room/h/r"]);
}

#[test]
fn taking_on_record_sends_nothing_and_is_held_up_by_nothing() {
    let mut refused = unrecorded();
    let finding = plumb_model::Finding::error(plumb_model::Code::VALUE_NOT_ALLOWED, "too large");
    let refinement =
        plumb_model::Refinement { findings: vec![finding], ..plumb_model::Refinement::default() };
    refused.live.refinements.insert(key("Room/h/r"), refinement);
    refused.clone().gives(&["adopt Room/h/r", "# PL0507 Room/h/r"]);
    let differs = refused.wish("Room/h/r", |resource| resource.body["a"] = body!(2));
    differs.gives(&["! PL0507 Room/h/r"]);
    let needs = || {
        unrecorded()
            .declare("Key/k", body!({}))
            .unknown("Key/k")
            .wish("Room/h/r", |r| r.wishes.depends_on = vec!["Key/k".parse().unwrap()])
    };
    needs().gives(&["adopt Room/h/r", "! PL0506 Key/k"]);
    let differs = needs().wish("Room/h/r", |resource| resource.body["a"] = body!(2));
    differs.gives(&["! PL0506 Key/k", "! PL0508 Room/h/r"]);
}

#[test]
fn what_the_ledger_lost_is_never_replaced() {
    let machine = World::new()
        .declare("Machine/h/r/m", body!({"spec": {"model": "a"}}))
        .live("Machine/h/r/m", body!({"spec": {"model": "b"}}))
        .wish("Machine/h/r/m", |r| r.wishes.replace = Some(ReplaceWish::Allowed));
    let plan = machine.gives(&["! PL0510 Machine/h/r/m"]).plan();
    assert!(plan.blocked[0].help.contains("declare it as it is"), "{}", plan.blocked[0].help);
}

#[test]
fn a_dropped_mark_is_made_up_for_by_the_recorded_id() {
    let dropped = || {
        World::new()
            .declare("Room/h/r", body!({"a": 2}))
            .owned("Room/h/r", body!({"a": 1}))
            .seen("Room/h/r", |object| object.mark = None)
    };
    dropped().gives(&["update Room/h/r"]).then_nothing();
    dropped()
        .seen("Room/h/r", |object| object.remote_id = "another".parse().ok())
        .gives(&["! PL0501 Room/h/r"]);
    dropped().kept("Room/h/r", |entry| entry.remote_id = None).gives(&["! PL0501 Room/h/r"]);
}

#[test]
fn plumb_adopt_puts_back_the_proof_that_is_missing() {
    let adopt = |world: World| {
        world.policy(|policy| {
            policy.adopt.insert(key("Room/h/r"));
        })
    };
    let settled = || World::new().settled("Room/h/r", body!({}));
    adopt(settled()).gives(&[]);
    adopt(settled().seen("Room/h/r", |object| object.mark = None))
        .gives(&["adopt Room/h/r"])
        .then_nothing();
    let mut unrecorded = adopt(settled());
    unrecorded.ledger.entries.clear();
    unrecorded.gives(&["adopt Room/h/r"]).then_nothing();
}

#[test]
fn kinds_without_a_mark_are_ours_by_the_ledger() {
    let person = |declared: &str| {
        World::new()
            .declare("Person/p", body!({"spec": {"name": declared}}))
            .live("Person/p", body!({"spec": {"name": "a"}}))
    };
    let record = body!({"spec": {"name": "a"}});
    person("b").recorded("Person/p", record.clone()).gives(&["update Person/p"]).then_nothing();
    person("a").gives(&["adopt Person/p"]).then_nothing();
    person("b").gives(&["! PL0501 Person/p"]);
    person("b")
        .recorded("Person/p", record)
        .kept("Person/p", |entry| entry.remote_id = "another".parse().ok())
        .gives(&["! PL0501 Person/p"]);
}

#[test]
fn what_cannot_be_read_is_sent_again_after_an_adopt() {
    let world = World::new()
        .declare("Person/p", body!({"spec": {"groups": ["a"], "name": "n"}}))
        .live("Person/p", body!({"spec": {"name": "n"}}))
        .gives(&["adopt Person/p", "update Person/p"]);
    world.then_nothing();
}

#[test]
fn a_bound_id_is_held_to() {
    let bound = |id: &str| {
        World::new()
            .settled("Room/h/r", body!({}))
            .wish("Room/h/r", |resource| resource.wishes.remote_id = id.parse().ok())
    };
    bound("another").gives(&["! PL0501 Room/h/r"]);
    bound("another").seen("Room/h/r", |o| o.remote_id = None).gives(&["! PL0501 Room/h/r"]);
    let meant = || bound("x1").seen("Room/h/r", |o| o.remote_id = "x1".parse().ok());
    meant().gives(&["adopt Room/h/r"]).then_nothing();
    meant().kept("Room/h/r", |entry| entry.remote_id = "x1".parse().ok()).gives(&[]);
}

#[test]
fn an_adopted_thing_is_deployed_and_switched_but_never_replaced() {
    let machine = |live: Body| {
        World::new()
            .declare("Machine/h/r/m", body!({"spec": {"model": "a"}}))
            .live("Machine/h/r/m", body!({ "spec": live }))
            .seen("Machine/h/r/m", |object| object.mark = None)
    };
    let adopt = "adopt Machine/h/r/m";
    let agrees = || machine(body!({"model": "a"}));
    agrees()
        .phase("Machine/h/r/m", Phase::NotDeployed)
        .gives(&[adopt, "publish Machine/h/r/m"])
        .then_nothing();
    agrees().phase("Machine/h/r/m", Phase::Pending).gives(&[
        "wait Machine/h/r/m",
        adopt,
        "# PL0532 Machine/h/r/m",
    ]);
    agrees().phase("Machine/h/r/m", Phase::Deleting).gives(&["! PL0515 Machine/h/r/m"]);
    let off = || agrees().wish("Machine/h/r/m", |r| r.wishes.power = Some(Power::Off));
    off().gives(&["! PL0501 Machine/h/r/m"]);
    off()
        .wish("Machine/h/r/m", |resource| resource.wishes.adopt = true)
        .gives(&[adopt, "power off Machine/h/r/m"])
        .then_nothing();
    machine(body!({"model": "b"}))
        .wish("Machine/h/r/m", |resource| {
            resource.wishes.adopt = true;
            resource.wishes.replace = Some(ReplaceWish::Allowed);
        })
        .gives(&["! PL0503 Machine/h/r/m"]);
}
