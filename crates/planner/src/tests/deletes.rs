//! What is ours and not declared.

use super::toys::key;
use super::world::{World, contract, house};
use plumb_model::ledger::Provenance;
use plumb_model::plan::Because;
use plumb_model::policy::{Prune, Purpose};
use plumb_model::{Phase, Scope, body};

fn pruning(world: World) -> World {
    world.policy(|policy| policy.prune = Prune::On)
}

fn destroying(world: World) -> World {
    world.policy(|policy| policy.purpose = Purpose::Destroy)
}

fn room() -> World {
    World::new().owned("Room/h/r", body!({"a": 1}))
}

#[test]
fn without_prune_it_stays_and_is_said() {
    room().gives(&["# PL0530 Room/h/r"]);
    World::new().live("Room/h/r", body!({})).gives(&["# PL0530 Room/h/r"]);
    World::new().recorded("Room/h/r", body!({})).unknown("Room/h/r").gives(&["# PL0537 Room/h/r"]);
}

#[test]
fn with_prune_it_is_deleted() {
    let world = pruning(room()).gives(&["delete Room/h/r"]);
    let plan = world.plan();
    assert_eq!(plan.actions[0].because, [Because::NotDeclared].into());
    let precondition = plan.actions[0].precondition.as_ref().unwrap();
    assert!(precondition.remote_id.is_some() && precondition.phase == Some(Phase::Ready));
    world.then_nothing();
}

#[test]
fn a_delete_needs_mark_and_ledger() {
    let proof = "! PL0510 Room/h/r";
    pruning(World::new().live("Room/h/r", body!({}))).gives(&[proof]);
    pruning(room()).seen("Room/h/r", |object| object.mark = None).gives(&[proof]);
    pruning(room())
        .seen("Room/h/r", |object| object.remote_id = "another".parse().ok())
        .gives(&[proof]);
    // Somebody else's by now.
    pruning(room())
        .seen("Room/h/r", |object| object.mark = Some("theirs".to_owned()))
        .gives(&["# PL0530 Room/h/r"]);
}

/// A run that was to delete everything says what it leaves, and does not count as done.
#[test]
fn a_mark_that_somebody_changed_keeps_destroy_from_being_done() {
    let theirs = || room().seen("Room/h/r", |object| object.mark = Some("theirs".to_owned()));
    let world = destroying(theirs()).gives(&["! PL0502 Room/h/r"]);
    assert!(world.plan().blocked[0].message.contains("\"theirs\": it is left alone, and runs on"));
    pruning(theirs()).gives(&["# PL0530 Room/h/r"]);
}

/// R-10: where the server does not show marks, the record is all the proof there is.
#[test]
fn what_never_showed_its_mark_is_deleted_by_the_record() {
    let unmarked = || {
        pruning(room())
            .kept("Room/h/r", |entry| entry.provenance = Provenance::CreatedUnmarked)
            .seen("Room/h/r", |object| object.mark = None)
    };
    unmarked().gives(&["delete Room/h/r"]).then_nothing();
    unmarked()
        .seen("Room/h/r", |object| object.remote_id = "another".parse().ok())
        .gives(&["! PL0510 Room/h/r"]);
    unmarked()
        .seen("Room/h/r", |object| object.mark = Some("theirs".to_owned()))
        .gives(&["# PL0530 Room/h/r"]);
}

#[test]
fn kinds_without_a_mark_are_deleted_only_when_made_here() {
    let person = || pruning(World::new().owned("Person/p", body!({})));
    person().gives(&["delete Person/p"]).then_nothing();
    person()
        .kept("Person/p", |entry| entry.provenance = Provenance::Adopted)
        .gives(&["! PL0510 Person/p"]);
}

/// A tenant, and everything in it, is never deleted because a document is gone.
#[test]
fn some_kinds_are_deleted_only_by_name() {
    let tenant = || World::new().owned("Tenant/t", body!({}));
    pruning(tenant()).gives(&["# PL0530 Tenant/t"]);
    destroying(tenant()).gives(&["! PL0505 Tenant/t"]);
    let named =
        |world: World| world.policy(|policy| policy.selection.targets = [key("Tenant/t")].into());
    named(tenant()).gives(&["# PL0530 Tenant/t"]);
    named(pruning(tenant())).gives(&["delete Tenant/t"]).then_nothing();
    named(destroying(tenant())).gives(&["delete Tenant/t"]);
    // Another one that is named says nothing of this one.
    let both = pruning(tenant().owned("Room/h/r", body!({})));
    both.policy(|policy| policy.selection.targets = [key("Room/h/r")].into())
        .gives(&["delete Room/h/r", "# PL0535"]);
}

#[test]
fn a_delete_needs_a_complete_view() {
    let gaps = [
        ("Room", house("h"), true),
        ("Room", Scope::Global, true),
        ("Disk", house("h"), true),
        ("Machine", Scope::Workspace { project: "h".into(), workspace: "r".into() }, true),
        ("Machine", Scope::Workspace { project: "h".into(), workspace: "other".into() }, false),
        ("Room", house("other"), false),
        ("Network", house("h"), false),
        ("House", Scope::Global, false),
    ];
    for (kind, scope, blocks) in gaps {
        let expected = if blocks { "! PL0511 Room/h/r" } else { "delete Room/h/r" };
        pruning(room()).gap(kind, scope).gives(&[expected, "# PL0537"]);
    }
    pruning(World::new().recorded("Room/h/r", body!({})))
        .unknown("Room/h/r")
        .gives(&["! PL0506 Room/h/r"]);
}

#[test]
fn protection_outlives_the_text() {
    pruning(room())
        .kept("Room/h/r", |entry| entry.protections.prevent_destroy = true)
        .gives(&["! PL0505 Room/h/r"]);
    let contracted =
        || pruning(room()).kept("Room/h/r", |e| e.protections.contract = Some(contract()));
    let plan = contracted().gives(&["! PL0509 Room/h/r"]).plan();
    assert!(plan.blocked[0].message.contains("6 months since 2026-01-31"));
    assert!(plan.blocked[0].help.contains("--approve-early-termination Room/h/r"));
    contracted()
        .policy(|policy| {
            policy.early_terminations.insert(key("Room/h/r"));
        })
        .gives(&["delete Room/h/r"]);
}

#[test]
fn what_is_already_gone_is_said_and_forgotten() {
    let gone = || World::new().recorded("Room/h/r", body!({})).absent("Room/h/r");
    let world = gone().gives(&["# PL0534 Room/h/r"]);
    assert_eq!(world.plan().gone(), [&key("Room/h/r")].into());
    world.then_nothing();
    // Declared, it is made again, and until then still ours.
    assert!(gone().declare("Room/h/r", body!({})).plan().gone().is_empty());
    assert!(gone().declare("Room/h/r", body!({})).intent("Room/h/r").plan().gone().is_empty());
    // In a world that may not be ours nothing is forgotten.
    let lost = gone().recorded("Room/h/s", body!({})).absent("Room/h/s");
    assert_eq!(lost.plan().tripped.len(), 1);
    assert!(lost.plan().gone().is_empty());
}

#[test]
fn protection_set_on_something_unchanged_outlives_its_text() {
    let mut world = World::new()
        .settled("Room/h/r", body!({}))
        .wish("Room/h/r", |resource| resource.wishes.prevent_destroy = true);
    let plan = world.plan();
    assert_eq!(plan.unchanged, [key("Room/h/r")], "which is what the engine records");
    world.apply(&plan);
    world.documents.clear();
    pruning(world).gives(&["! PL0505 Room/h/r"]);
}

#[test]
fn phases() {
    let deleting = [Because::NotDeclared, Because::DeletionUnfinished].into();
    for (phase, because) in [
        (Phase::NotDeployed, [Because::NotDeclared].into()),
        (Phase::Failed, [Because::NotDeclared].into()),
        (Phase::Deleting, deleting),
        (Phase::DeleteFailed, [Because::NotDeclared, Because::DeletionUnfinished].into()),
    ] {
        let world = pruning(room()).phase("Room/h/r", phase).gives(&["delete Room/h/r"]);
        assert_eq!(world.plan().actions[0].because, because);
        world.then_nothing();
    }
    pruning(room())
        .phase("Room/h/r", Phase::Pending)
        .gives(&["wait Room/h/r", "delete Room/h/r"])
        .then_nothing();
}

/// A house with everything in it, with the edges on record.
fn fleet() -> World {
    World::new()
        .owned("House/h", body!({}))
        .owned("Room/h/r", body!({}))
        .requires("Room/h/r", &["House/h"])
        .owned("Network/h/n", body!({}))
        .requires("Network/h/n", &["House/h"])
        .owned("Machine/h/r/m", body!({}))
        .requires("Machine/h/r/m", &["Room/h/r", "Network/h/n"])
}

#[test]
fn deletes_go_backwards() {
    pruning(fleet())
        .gives(&["delete Machine/h/r/m", "delete Network/h/n", "delete Room/h/r", "delete House/h"])
        .then_nothing();
}

#[test]
fn what_stays_keeps_what_it_needs() {
    // The machine is declared: its room, its network, and by these the house, stay.
    let world = pruning(fleet()).declare("Machine/h/r/m", body!({}));
    world.gives(&["! PL0512 House/h", "! PL0512 Network/h/n", "! PL0512 Room/h/r"]);
    // The same when it is only to be made.
    pruning(room()).declare("Disk/h/r/d", body!({})).gives(&[
        "create Disk/h/r/d",
        "wait Disk/h/r/d",
        "! PL0512 Room/h/r",
    ]);
    // A delete that is blocked keeps things, too.
    let plan = pruning(fleet())
        .kept("Machine/h/r/m", |entry| entry.protections.prevent_destroy = true)
        .gives(&[
            "! PL0512 House/h",
            "! PL0505 Machine/h/r/m",
            "! PL0512 Network/h/n",
            "! PL0512 Room/h/r",
        ])
        .plan();
    assert!(plan.blocked[2].message.contains("Machine/h/r/m"), "{}", plan.blocked[2].message);
    // And so does what is nobody's.
    pruning(room())
        .live("Disk/h/r/x", body!({}))
        .seen("Disk/h/r/x", |object| object.mark = None)
        .gives(&["! PL0512 Room/h/r"]);
    pruning(room()).unknown("Disk/h/r/x").gives(&["! PL0512 Room/h/r"]);
    pruning(room()).absent("Disk/h/r/x").gives(&["delete Room/h/r"]);
}

#[test]
fn what_stays_keeps_what_it_needs_by_way_of_others() {
    pruning(World::new())
        .owned("Key/a", body!({}))
        .owned("Key/b", body!({}))
        .requires("Key/b", &["Key/a"])
        .owned("Key/c", body!({}))
        .requires("Key/c", &["Key/b"])
        .kept("Key/c", |entry| entry.protections.prevent_destroy = true)
        .gives(&["! PL0512 Key/a", "! PL0512 Key/b", "! PL0505 Key/c"]);
}

#[test]
fn what_lives_in_something_goes_first_whatever_the_ledger_recorded() {
    pruning(World::new())
        .owned("House/h", body!({}))
        .owned("Room/h/r", body!({}))
        .owned("Machine/h/r/m", body!({}))
        .gives(&["delete Machine/h/r/m", "delete Room/h/r", "delete House/h"]);
    // The room is nobody's to delete here, and is not in the way: only the house's scope counts.
    pruning(World::new())
        .owned("House/h", body!({}))
        .owned("Machine/h/r/m", body!({}))
        .gives(&["delete Machine/h/r/m", "delete House/h"]);
}

#[test]
fn destroying_follows_the_documents_too() {
    destroying(World::new())
        .settled("Key/a", body!({}))
        .settled("Key/b", body!({}))
        .wish("Key/b", |resource| resource.wishes.depends_on = vec!["Key/a".parse().unwrap()])
        .gives(&["delete Key/b", "delete Key/a"]);
}

#[test]
fn what_is_not_needed_any_more_goes_after_the_change() {
    // The machine had the disk and does not name it any more.
    let world = pruning(World::new())
        .settled("Room/h/r", body!({}))
        .declare("Machine/h/r/m", body!({"spec": {"disks": []}}))
        .owned("Machine/h/r/m", body!({"spec": {"disks": ["d"]}}))
        .requires("Machine/h/r/m", &["Room/h/r", "Disk/h/r/d"])
        .owned("Disk/h/r/d", body!({}));
    world
        .gives(&["update Machine/h/r/m", "publish Machine/h/r/m", "delete Disk/h/r/d"])
        .then_nothing();
}

#[test]
fn records_that_contradict_each_other_do_not_stop_anything() {
    let world = World::new()
        .owned("Key/a", body!({}))
        .requires("Key/a", &["Key/b"])
        .owned("Key/b", body!({}))
        .requires("Key/b", &["Key/a"]);
    assert_eq!(pruning(world).plan().actions.len(), 2);
}

#[test]
fn destroying_deletes_everything_that_is_owned() {
    let world = destroying(fleet())
        .declare("Machine/h/r/m", body!({"changed": true}))
        .declare("Machine/h/r/never-made", body!({}))
        .live("Disk/elsewhere/r/x", body!({}))
        .seen("Disk/elsewhere/r/x", |object| object.mark = None)
        .gives(&[
            "delete Machine/h/r/m",
            "delete Network/h/n",
            "delete Room/h/r",
            "delete House/h",
        ]);
    assert_eq!(world.plan().actions[0].because, [Because::Destroyed].into());
    world.then_nothing();
}

#[test]
fn destroying_respects_protections_and_proofs() {
    destroying(room())
        .declare("Room/h/r", body!({}))
        .live("Room/h/r", body!({}))
        .wish("Room/h/r", |resource| resource.wishes.prevent_destroy = true)
        .gives(&["! PL0505 Room/h/r"]);
    destroying(World::new())
        .declare("Room/h/r", body!({}))
        .live("Room/h/r", body!({}))
        .gives(&["! PL0510 Room/h/r"]);
    destroying(World::new())
        .declare("Room/h/r", body!({}))
        .live("Room/h/r", body!({}))
        .seen("Room/h/r", |object| object.mark = None)
        .gives(&[]);
}

#[test]
fn what_nobody_manages_is_said_where_the_stack_has_something() {
    let nobodys = |world: World, name: &str| {
        world.live(name, body!({})).seen(name, |object| object.mark = None)
    };
    let world = World::new().settled("Room/h/r", body!({}));
    let world = nobodys(world, "Room/h/x");
    let world = nobodys(world, "Room/other/x");
    let world = nobodys(world, "Profile/h/p");
    let world = nobodys(world, "Key/somebodys");
    world.gives(&["# PL0531 Room/h/x"]);
}

#[test]
fn what_ended_stays_on_record_until_it_is_destroyed_or_taken_out() {
    let ends = |resource: &mut plumb_model::Resource| {
        resource.wishes.expires = Some("2026-01-01T00:00:00Z".parse().unwrap());
    };
    let there = World::new().settled("House/h", body!({})).wish("House/h", ends);
    let there = there.at("2026-01-01T00:00:00Z");
    let plan = there.clone().gives(&["delete House/h"]).plan();
    assert_eq!(plan.actions[0].because, [Because::Expired].into());
    let gone = there.absent("House/h");
    let plan = gone.clone().gives(&["# PL0549 House/h"]).plan();
    assert!(plan.gone().is_empty(), "it is not forgotten");
    // Whoever destroys asks for no time, and nothing is left behind in the ledger.
    let plan = destroying(gone.clone()).plan();
    assert_eq!(plan.gone(), [&key("House/h")].into());
    let taken_out = World::new().recorded("House/h", body!({})).absent("House/h");
    assert_eq!(taken_out.at("2026-02-01T00:00:00Z").plan().gone(), [&key("House/h")].into());
}
