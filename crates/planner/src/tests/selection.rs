//! `--target` and `--exclude`.

use super::toys::key;
use super::world::World;
use plumb_model::body;
use plumb_model::policy::{Prune, Purpose};

fn fleet() -> World {
    World::new()
        .declare("House/h", body!({}))
        .declare("Room/h/r", body!({}))
        .declare("Room/h/s", body!({}))
        .declare("Disk/h/r/d", body!({}))
        .declare("Key/k", body!({}))
}

fn target(world: World, keys: &[&str]) -> World {
    world.policy(|policy| policy.selection.targets = keys.iter().map(|k| key(k)).collect())
}

fn exclude(world: World, keys: &[&str]) -> World {
    world.policy(|policy| policy.selection.excludes = keys.iter().map(|k| key(k)).collect())
}

#[test]
fn a_target_brings_what_it_needs() {
    target(fleet(), &["Room/h/r"]).gives(&["create House/h", "create Room/h/r", "# PL0535"]);
    let plan = target(fleet(), &["Room/h/r"]).plan();
    let message = &plan.notes[0].message;
    assert!(message.starts_with("3 resources are left out"), "{message}");
    target(fleet(), &["Key/k", "House/h"]).gives(&["create House/h", "create Key/k", "# PL0535"]);
    target(fleet(), &["Disk/h/r/d", "Room/h/s", "Key/k"]).then_nothing();
}

#[test]
fn an_exclude_takes_what_needs_it() {
    exclude(fleet(), &["Room/h/r"]).gives(&[
        "create House/h",
        "create Key/k",
        "create Room/h/s",
        "# PL0535",
    ]);
    exclude(fleet(), &["House/h"]).gives(&["create Key/k", "# PL0535"]);
    exclude(target(fleet(), &["Room/h/r"]), &["House/h"]).gives(&["# PL0535"]);
}

fn owned() -> World {
    World::new()
        .owned("Room/h/r", body!({}))
        .owned("Disk/h/r/d", body!({}))
        .requires("Disk/h/r/d", &["Room/h/r"])
        .owned("Key/k", body!({}))
        .policy(|policy| policy.prune = Prune::On)
}

#[test]
fn nothing_outside_the_targets_is_deleted() {
    target(owned(), &["Disk/h/r/d"]).gives(&["delete Disk/h/r/d", "# PL0535"]);
    target(owned(), &["Room/h/r"]).gives(&["! PL0512 Room/h/r", "# PL0535"]);
    target(owned(), &["Room/h/r", "Disk/h/r/d", "Key/k"]).gives(&[
        "delete Disk/h/r/d",
        "delete Key/k",
        "delete Room/h/r",
    ]);
    let destroying = |world: World| world.policy(|policy| policy.purpose = Purpose::Destroy);
    destroying(target(owned(), &["Key/k"])).gives(&["delete Key/k", "# PL0535"]);
}

#[test]
fn an_excluded_resource_and_what_it_needs_is_not_deleted() {
    exclude(owned(), &["Disk/h/r/d"]).gives(&["delete Key/k", "! PL0512 Room/h/r", "# PL0535"]);
    exclude(owned(), &["Room/h/r"]).gives(&["delete Key/k", "# PL0535"]);
}
