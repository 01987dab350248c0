//! What the ledger should know although no action writes it.

use super::toys::key;
use super::world::{World, path};
use crate::records;
use plumb_model::policy::Prune;
use plumb_model::{Record, Secret};
use serde_json::json;

fn of(world: &World) -> Vec<Record> {
    records(&world.desired(), &world.live, &world.ledger, &world.plan())
}

fn only_entry(world: &World) -> plumb_model::Entry {
    match of(world).as_slice() {
        [Record::Applied(entry)] => (**entry).clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_new_is_not_recorded() {
    assert_eq!(of(&World::new().settled("House/h", json!({"a": 1}))), vec![]);
    assert_eq!(of(&World::new().declare("House/h", json!({}))), vec![], "the create records it");
}

#[test]
fn a_protection_set_or_lifted_on_something_unchanged_is_recorded() {
    let settled = || World::new().settled("Room/h/r", json!({}));
    let set = settled().wish("Room/h/r", |resource| resource.wishes.prevent_destroy = true);
    assert!(only_entry(&set).protections.prevent_destroy);
    let lifted = settled().kept("Room/h/r", |entry| entry.protections.prevent_destroy = true);
    assert!(!only_entry(&lifted).protections.prevent_destroy);
    // And so it protects once the document is gone.
    let mut world = set;
    let plan = world.plan();
    world.apply(&plan);
    world.documents.clear();
    world.policy(|policy| policy.prune = Prune::On).gives(&["! PL0505 Room/h/r"]);
}

#[test]
fn a_field_declared_with_the_value_it_has_is_noticed_when_it_goes() {
    let mut world = World::new()
        .declare("Room/h/r", json!({"a": 1}))
        .live("Room/h/r", json!({"a": 1}))
        .recorded("Room/h/r", json!({}))
        .gives(&[]);
    let plan = world.plan();
    world.apply(&plan);
    world.documents[0].body = json!({});
    world.gives(&["update Room/h/r"]).then_nothing();
}

#[test]
fn a_lost_ledger_is_built_again() {
    let world = World::new()
        .declare("Room/h/r", json!({"p": "x"}))
        .wish("Room/h/r", |resource| resource.hide(&path("p")))
        .live("Room/h/r", json!({"p": "********"}))
        .gives(&[]);
    let entry = only_entry(&world);
    assert_eq!(entry.sent, json!({"p": "(secret)"}));
    assert_eq!(entry.hashes[&path("p")], world.ledger.hash_key.hash(Secret::new("x").expose()));
    assert!(entry.remote_id.is_some());
}

#[test]
fn a_contract_found_is_kept_from_then_on() {
    let mut world = World::new()
        .declare("Machine/h/r/m", json!({"spec": {"term": "6"}}))
        .live("Machine/h/r/m", json!({"spec": {"term": "6"}}))
        .seen("Machine/h/r/m", |object| {
            object.status.completed_at = "2026-01-31T10:00:00Z".parse().ok();
        });
    let contract = only_entry(&world).protections.contract.unwrap();
    assert_eq!(contract, super::world::contract());
    let plan = world.plan();
    world.apply(&plan);
    assert_eq!(of(&world), vec![]);
}

#[test]
fn what_is_gone_and_not_declared_is_forgotten() {
    let world = World::new()
        .settled("House/a", json!({}))
        .settled("House/b", json!({}))
        .recorded("House/h", json!({}))
        .absent("House/h");
    assert_eq!(of(&world), [Record::Forgotten { key: key("House/h") }]);
    // Declared, it is made again, and until then still ours.
    assert_eq!(of(&world.declare("House/h", json!({}))), vec![]);
}

#[test]
fn a_stopped_plan_records_nothing() {
    let world = World::new()
        .recorded("House/a", json!({}))
        .absent("House/a")
        .recorded("House/b", json!({}))
        .absent("House/b");
    assert_eq!(world.plan().tripped.len(), 1);
    assert_eq!(of(&world), vec![]);
}
