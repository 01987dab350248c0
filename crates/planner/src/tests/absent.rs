//! What is declared and not there, or not seen.

use super::toys::key;
use super::world::{World, path};
use plumb_model::Sorted;
use plumb_model::plan::{Because, Operation, Shown};
use plumb_model::{ActionId, Code, Finding, Phase, Power, Refinement, body};

#[test]
fn what_is_missing_is_made() {
    World::new().declare("House/h", body!({"spec": {}})).gives(&["create House/h"]).then_nothing();
    World::new()
        .settled("House/h", body!({}))
        .declare("Network/h/n", body!({}))
        .gives(&["create Network/h/n", "publish Network/h/n"])
        .then_nothing();
}

#[test]
fn a_kind_that_starts_by_itself_is_waited_for() {
    World::new()
        .settled("Room/h/r", body!({}))
        .declare("Disk/h/r/d", body!({}))
        .gives(&["create Disk/h/r/d", "wait Disk/h/r/d"])
        .then_nothing();
}

#[test]
fn fields_that_cannot_be_part_of_the_create_follow_it() {
    let world = World::new()
        .declare("Person/p", body!({"spec": {"groups": ["a"], "email": "x"}}))
        .gives(&["create Person/p", "update Person/p"]);
    let plan = world.plan();
    assert_eq!(plan.actions[0].changes.len(), 1);
    assert_eq!(plan.actions[1].changes[0].path, path("spec.groups"));
    assert!(plan.actions[1].because.contains(&Because::AfterCreate));
    assert!(plan.actions.iter().all(|action| action.precondition.is_none()));
    world.then_nothing();
    World::new().declare("Person/p", body!({"spec": {"groups": []}})).gives(&["create Person/p"]);
}

#[test]
fn what_is_to_be_off_is_switched_off_once_it_runs() {
    let off = |power| {
        World::new()
            .settled("Room/h/r", body!({}))
            .declare("Machine/h/r/m", body!({}))
            .wish("Machine/h/r/m", |resource| resource.wishes.power = Some(power))
    };
    off(Power::Off)
        .gives(&["create Machine/h/r/m", "publish Machine/h/r/m", "power off Machine/h/r/m"])
        .then_nothing();
    off(Power::On).gives(&["create Machine/h/r/m", "publish Machine/h/r/m"]).then_nothing();
}

#[test]
fn what_could_not_be_seen_is_never_made() {
    World::new().declare("House/h", body!({})).unknown("House/h").gives(&["! PL0506 House/h"]);
    let mut nobody_looked = World::new().declare("House/h", body!({}));
    nobody_looked.live.objects = Sorted::default();
    nobody_looked.gives(&["! PL0506 House/h"]);
    World::new()
        .settled("House/h", body!({"spec": 1}))
        .seen("House/h", |object| {
            object.completeness = plumb_model::live::Completeness::Thin;
        })
        .gives(&["! PL0506 House/h"]);
}

#[test]
fn what_was_deleted_outside_is_made_again() {
    World::new()
        .settled("House/a", body!({}))
        .settled("House/h", body!({}))
        .absent("House/h")
        .gives(&["create House/h", "# PL0534 House/h"])
        .then_nothing();
}

#[test]
fn a_create_that_is_not_settled_is_not_sent_again() {
    let world = World::new().declare("Rental/h", body!({})).intent("Rental/h");
    let help = world.clone().gives(&["! PL0513 Rental/h"]).plan().blocked[0].help.clone();
    assert!(help.contains("plumb resolve Rental/h --adopt ID"), "{help}");
    assert!(help.contains("plumb resolve Rental/h --not-created"), "{help}");
    // Where the server refuses a second one, the create takes it up.
    World::new().declare("House/h", body!({})).intent("House/h").gives(&["create House/h"]);
    World::new()
        .declare("House/h", body!({}))
        .intent("House/h")
        .unknown("House/h")
        .gives(&["! PL0513 House/h"]);
    World::new().settled("House/h", body!({})).intent("House/h").gives(&["! PL0513 House/h"]);
    // Also when the document is gone, whatever prune says.
    World::new().intent("House/h").gives(&["! PL0513 House/h"]);
}

#[test]
fn a_scope_must_be_declared_or_there() {
    let room = || World::new().declare("Room/haus/r", body!({}));
    let world = room().absent("House/haus").live("House/haut", body!({}));
    let plan = world.gives(&["! PL0308 Room/haus/r"]).plan();
    assert!(plan.blocked[0].help.contains("did you mean \"haut\"?"), "{}", plan.blocked[0].help);
    // Not known, there, or declared: go on.
    room().gives(&["create Room/haus/r"]);
    room().unknown("House/haus").gives(&["create Room/haus/r"]);
    room().live("House/haus", body!({})).gives(&["create Room/haus/r"]);
    room().declare("House/haus", body!({})).gives(&["create House/haus", "create Room/haus/r"]);
    // The room is missing, although its house is declared.
    World::new()
        .settled("House/h", body!({}))
        .declare("Disk/h/r/d", body!({}))
        .absent("Room/h/r")
        .gives(&["! PL0308 Disk/h/r/d"]);
}

#[test]
fn what_needs_something_blocked_is_blocked_down_the_line() {
    World::new()
        .declare("House/h", body!({}))
        .unknown("House/h")
        .declare("Room/h/r", body!({}))
        .declare("Machine/h/r/m", body!({}))
        .declare("Key/k", body!({}))
        .gives(&[
            "create Key/k",
            "! PL0506 House/h",
            "! PL0508 Machine/h/r/m",
            "! PL0508 Room/h/r",
        ]);
}

#[test]
fn what_is_blocked_and_ready_holds_nobody_up() {
    let world = |phase| {
        World::new()
            .settled("Room/h/r", body!({}))
            .settled("Network/h/n", body!({"a": 1}))
            .seen("Network/h/n", |object| object.mark = Some("theirs".to_owned()))
            .phase("Network/h/n", phase)
            .declare("Machine/h/r/m", body!({}))
    };
    world(Phase::Ready).gives(&[
        "create Machine/h/r/m",
        "publish Machine/h/r/m",
        "! PL0502 Network/h/n",
    ]);
    world(Phase::NotDeployed).gives(&["! PL0508 Machine/h/r/m", "! PL0502 Network/h/n"]);
}

#[test]
fn creates_follow_their_edges() {
    let world = World::new()
        .declare("House/h", body!({}))
        .declare("Room/h/r", body!({}))
        .declare("Network/h/n", body!({}))
        .declare("Disk/h/r/d", body!({}))
        .declare("Machine/h/r/m", body!({"spec": {"disks": ["d"]}}))
        .gives(&[
            "create House/h",
            "create Network/h/n",
            "publish Network/h/n",
            "create Room/h/r",
            "create Disk/h/r/d",
            "wait Disk/h/r/d",
            "create Machine/h/r/m",
            "publish Machine/h/r/m",
        ]);
    let plan = world.plan();
    let create = plan.action(&ActionId::new(Operation::Create, &key("Machine/h/r/m"))).unwrap();
    let required = [
        ActionId::new(Operation::Create, &key("Room/h/r")),
        ActionId::new(Operation::Publish, &key("Network/h/n")),
        ActionId::new(Operation::Wait, &key("Disk/h/r/d")),
    ];
    assert_eq!(create.requires, required.into_iter().collect());
    world.then_nothing();
}

#[test]
fn errors_of_the_live_checks_block_what_would_be_sent() {
    let with = |mut world: World, finding: Finding| {
        let refinement = Refinement { findings: vec![finding], ..Refinement::default() };
        world.live.refinements.insert(key("House/h"), refinement);
        world
    };
    let error = || Finding::error(Code::UNKNOWN_VARIABLE, "no such variable");
    let missing = World::new().declare("House/h", body!({}));
    let blocked = with(missing.clone(), error()).gives(&["! PL0507 House/h"]).plan();
    assert_eq!(blocked.findings.len(), 1);
    assert_eq!(blocked.findings[0].key, Some(key("House/h")));
    let warned = with(missing, Finding::warning(Code::UNKNOWN_VARIABLE, "odd"));
    assert_eq!(warned.gives(&["create House/h"]).plan().findings.len(), 1);
    // As declared already: a warning, and nothing is in the way.
    let settled = World::new().settled("House/h", body!({}));
    let plan = with(settled, error()).gives(&["# PL0507 House/h"]).plan();
    assert_eq!(plan.findings[0].severity, plumb_model::Severity::Warning);
    assert_eq!(plan.unchanged, [key("House/h")]);
}

#[test]
fn outputs_are_taken_from_what_is_ready() {
    let taken = || {
        World::new()
            .declare("Network/h/n", body!({}))
            .declare("Key/k", body!({"spec": {"ip": null}}))
            .output("Key/k", "spec.ip", "Network/h/n", "ip")
    };
    let world = taken().live("House/h", body!({}));
    let plan =
        world.clone().gives(&["create Network/h/n", "publish Network/h/n", "create Key/k"]).plan();
    assert_eq!(plan.actions[2].changes[0].after, Shown::KnownAfterApply);
    world.then_nothing();

    let ready = taken().owned("Network/h/n", body!({})).gives(&["create Key/k"]);
    assert_eq!(ready.plan().actions[0].changes[0].after, Shown::Secret);
    ready.then_nothing();

    let live =
        taken().owned("Network/h/n", body!({})).owned("Key/k", body!({"spec": {"ip": "10.0.0.9"}}));
    live.gives(&["update Key/k"]).then_nothing();
}

#[test]
fn an_output_that_will_never_be_there_is_blocked() {
    let world = World::new()
        .settled("Network/h/n", body!({}))
        .declare("Key/k", body!({"spec": {"ip": null}}))
        .output("Key/k", "spec.ip", "Network/h/n", "ipp");
    let plan = world.gives(&["! PL0307 Key/k"]).plan();
    assert_eq!(plan.blocked[0].help, "did you mean ip?");
}

#[test]
fn a_bound_id_that_is_not_there_is_not_made() {
    World::new()
        .declare("House/h", body!({}))
        .wish("House/h", |resource| resource.wishes.remote_id = "x1".parse().ok())
        .gives(&["! PL0504 House/h"]);
}

#[test]
fn a_kind_without_rules_is_blocked() {
    World::new().declare("Castle/c", body!({})).gives(&["! PL0202 Castle/c"]);
}

#[test]
fn a_mark_that_somebody_took_off_is_put_back_where_the_id_on_record_says_whose_it_is() {
    let unmarked =
        |key: &str| World::new().settled(key, body!({})).seen(key, |object| object.mark = None);
    unmarked("Rental/r").gives(&["adopt Rental/r"]);
    // Elsewhere a server may drop labels (R-10), and would drop them again.
    unmarked("Network/haus/n").gives(&[]);
}
