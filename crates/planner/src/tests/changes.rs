//! What is ours and differs, or is in some phase of its life.

use super::toys::key;
use super::world::{World, contract, house, path};
use plumb_model::live::{LiveStatus, StatusOperation};
use plumb_model::plan::{Because, ChangeEffect, HiddenReason, Operation, Shown};
use plumb_model::resource::ReplaceWish;
use plumb_model::rules::{Aspect, FieldRule};
use plumb_model::{
    Body, Phase, Power, Refinement, Resource, ResourceKey, Secret, ServerText, body,
};

const MACHINE: &str = "Machine/h/r/m";

/// A machine of ours with this spec live and on record, declared with another.
fn machine(declared: Body, live: Body) -> World {
    World::new().declare(MACHINE, body!({"spec": declared})).owned(MACHINE, body!({"spec": live}))
}

fn same() -> World {
    machine(body!({"a": 1}), body!({"a": 1}))
}

fn because(world: &World, operation: Operation, of: &str) -> Vec<Because> {
    let plan = world.plan();
    let action = plan.actions_on(&key(of)).find(|a| a.operation == operation).cloned().unwrap();
    action.because.into_iter().collect()
}

#[test]
fn what_is_as_declared_is_left_alone() {
    let plan = same().gives(&[]).plan();
    assert_eq!(plan.unchanged, [key(MACHINE)]);
    assert!(plan.is_empty());
}

#[test]
fn a_change_is_an_update_and_where_deployed_a_publish() {
    let world = machine(body!({"a": 2}), body!({"a": 1}))
        .gives(&["update Machine/h/r/m", "publish Machine/h/r/m"]);
    assert_eq!(because(&world, Operation::Publish, MACHINE), [Because::Updated]);
    let plan = world.plan();
    let change = &plan.actions[0].changes[0];
    assert_eq!((&change.before, &change.after), (&Shown::Plain(1.into()), &Shown::Plain(2.into())));
    assert_eq!(change.effect, ChangeEffect::Publish);
    world.then_nothing();
    World::new()
        .declare("Room/h/r", body!({"a": 2}))
        .owned("Room/h/r", body!({"a": 1}))
        .gives(&["update Room/h/r"])
        .then_nothing();
}

#[test]
fn a_quiet_change_needs_no_publish() {
    let labels = |value: &str| body!({"metadata": {"labels": {"a": value}}});
    World::new()
        .declare(MACHINE, labels("2"))
        .owned(MACHINE, labels("1"))
        .gives(&["update Machine/h/r/m"])
        .then_nothing();
}

#[test]
fn a_change_outside_and_a_change_in_git_are_both_seen() {
    // Git says 1, as was sent; somebody made it 2.
    World::new()
        .declare("Room/h/r", body!({"a": 1}))
        .live("Room/h/r", body!({"a": 2}))
        .recorded("Room/h/r", body!({"a": 1}))
        .gives(&["update Room/h/r"]);
    // The field was taken out of Git.
    let removed = World::new()
        .declare("Room/h/r", body!({}))
        .owned("Room/h/r", body!({"a": 2}))
        .gives(&["update Room/h/r"]);
    assert_eq!(removed.plan().actions[0].changes[0].after, Shown::Absent);
    removed.then_nothing();
    // What the server put there was never ours.
    World::new()
        .declare("Room/h/r", body!({}))
        .live("Room/h/r", body!({"a": 2}))
        .recorded("Room/h/r", body!({}))
        .gives(&[]);
}

#[test]
fn an_update_holds_on_to_what_it_was_planned_from() {
    let plan = machine(body!({"a": 2, "b": 1}), body!({"a": 1, "b": 1})).plan();
    let first = plan.actions[0].precondition.as_ref().unwrap();
    assert_eq!(first.phase, Some(Phase::Ready));
    assert!(first.remote_id.is_some());
    assert_eq!(first.fields.keys().cloned().collect::<Vec<_>>(), [path("spec.a"), path("spec.b")]);
    let second = plan.actions[1].precondition.as_ref().unwrap();
    assert_eq!((second.phase.as_ref(), second.fields.len()), (None, 0));
    assert_eq!(second.remote_id, first.remote_id);
}

#[test]
fn no_secret_is_digested_into_a_plan() {
    let plan = World::new()
        .declare("Room/h/r", body!({"p": "new", "a": 1}))
        .wish("Room/h/r", |resource| resource.hide(&path("p")))
        .owned("Room/h/r", body!({"p": "old", "a": 1}))
        .plan();
    assert_eq!(plan.actions[0].changes[0].before, Shown::Secret);
    let fields = &plan.actions[0].precondition.as_ref().unwrap().fields;
    assert_eq!(fields.keys().cloned().collect::<Vec<_>>(), [path("a")]);
}

#[test]
fn phases() {
    let unknown = Phase::Unknown(ServerText::new("odd"));
    let table: [(Phase, &[&str]); 7] = [
        (Phase::Ready, &[]),
        (Phase::NotDeployed, &["publish Machine/h/r/m"]),
        (Phase::Failed, &["publish Machine/h/r/m"]),
        (Phase::Pending, &["wait Machine/h/r/m", "# PL0532 Machine/h/r/m"]),
        (unknown, &["wait Machine/h/r/m", "# PL0533 Machine/h/r/m"]),
        (Phase::Deleting, &["! PL0515 Machine/h/r/m"]),
        (Phase::DeleteFailed, &["! PL0515 Machine/h/r/m"]),
    ];
    for (phase, expected) in table {
        let world = same().phase(MACHINE, phase).gives(expected);
        if world.plan().blocked.is_empty() {
            world.then_nothing();
        }
    }
}

#[test]
fn phases_of_something_that_differs() {
    let table: [(Phase, &[&str]); 5] = [
        (Phase::NotDeployed, &["update Machine/h/r/m", "publish Machine/h/r/m"]),
        (Phase::Failed, &["update Machine/h/r/m", "publish Machine/h/r/m"]),
        (
            Phase::Pending,
            &[
                "wait Machine/h/r/m",
                "update Machine/h/r/m",
                "publish Machine/h/r/m",
                "# PL0532 Machine/h/r/m",
            ],
        ),
        (Phase::Deleting, &["! PL0515 Machine/h/r/m"]),
        (Phase::DeleteFailed, &["! PL0515 Machine/h/r/m"]),
    ];
    for (phase, expected) in table {
        let world = machine(body!({"a": 2}), body!({"a": 1})).phase(MACHINE, phase).gives(expected);
        if world.plan().blocked.is_empty() {
            world.then_nothing();
        }
    }
    let failed = machine(body!({"a": 2}), body!({"a": 1})).phase(MACHINE, Phase::Failed);
    let reasons = because(&failed, Operation::Publish, MACHINE);
    assert_eq!(reasons, [Because::Failed, Because::Updated]);
}

#[test]
fn after_a_wait_the_fields_must_still_be_what_they_were() {
    let plan = machine(body!({"a": 2}), body!({"a": 1})).phase(MACHINE, Phase::Pending).plan();
    let [wait, update, _] = plan.actions.as_slice() else { panic!("{:?}", plan.actions) };
    let wait = wait.precondition.as_ref().unwrap();
    assert_eq!((wait.phase.as_ref(), wait.fields.len()), (None, 0), "phases move on");
    let update = update.precondition.as_ref().unwrap();
    assert_eq!((update.phase.as_ref(), update.fields.len()), (None, 1));
}

#[test]
fn what_needs_no_deployment_and_failed_cannot_be_mended_by_one() {
    let room = |declared: i64| {
        World::new()
            .declare("Room/h/r", body!({"a": declared}))
            .owned("Room/h/r", body!({"a": 1}))
            .phase("Room/h/r", Phase::Failed)
    };
    room(1).gives(&["! PL0504 Room/h/r"]);
    room(2).gives(&["update Room/h/r"]);
}

#[test]
fn power() {
    let world = |wish, live| {
        same()
            .wish(MACHINE, |resource| resource.wishes.power = wish)
            .seen(MACHINE, |object| object.status.power = live)
    };
    let (on, off) = (Some(Power::On), Some(Power::Off));
    world(off, on).gives(&["power off Machine/h/r/m"]).then_nothing();
    world(on, off).gives(&["power on Machine/h/r/m"]).then_nothing();
    world(on, on).gives(&[]);
    world(None, off).gives(&[]);
    world(off, None).gives(&["# PL0536 Machine/h/r/m"]);
    // Only what is ready is switched; what is published runs.
    world(off, on)
        .phase(MACHINE, Phase::Pending)
        .gives(&["wait Machine/h/r/m", "# PL0532 Machine/h/r/m"]);
    // Where it is known what is under way, it is known what that leads to.
    let under_way = |wish, operation| {
        world(wish, None)
            .phase(MACHINE, Phase::Pending)
            .seen(MACHINE, |object| object.status.operation = Some(operation))
    };
    let both = ["wait Machine/h/r/m", "power off Machine/h/r/m", "# PL0532 Machine/h/r/m"];
    let wait = ["wait Machine/h/r/m", "# PL0532 Machine/h/r/m"];
    under_way(off, StatusOperation::Deploy).gives(&both);
    under_way(on, StatusOperation::Deploy).gives(&wait);
    under_way(off, StatusOperation::Power(Power::On)).gives(&both);
    under_way(off, StatusOperation::Power(Power::Off)).gives(&wait);
    world(off, off)
        .phase(MACHINE, Phase::Failed)
        .gives(&["publish Machine/h/r/m", "power off Machine/h/r/m"])
        .then_nothing();
    world(on, off).phase(MACHINE, Phase::Failed).gives(&["publish Machine/h/r/m"]).then_nothing();
    let plan = world(off, on).plan();
    let precondition = plan.actions[0].precondition.as_ref().unwrap();
    assert_eq!((precondition.phase.as_ref(), precondition.fields.len()), (Some(&Phase::Ready), 0));
}

#[test]
fn a_refused_change_holds_up_the_whole_resource() {
    let world = machine(body!({"storage": "b", "a": 2}), body!({"storage": "a", "a": 1}));
    let plan = world.gives(&["! PL0504 Machine/h/r/m"]).plan();
    assert!(plan.blocked[0].message.contains("nobody knows how"), "{}", plan.blocked[0].message);
    assert_eq!(plan.blocked[0].changes.len(), 2, "the other difference is listed");
}

#[test]
fn an_immutable_change_is_blocked_with_the_words_a_person_needs() {
    let world = machine(body!({"model": "b", "a": 2}), body!({"model": "a", "a": 1}))
        .kept(MACHINE, |entry| entry.protections.contract = Some(contract()))
        .gives(&["! PL0503 Machine/h/r/m"]);
    let plan = world.plan();
    let blocked = &plan.blocked[0];
    assert!(blocked.message.contains("spec.model (\"a\" → \"b\")"), "{}", blocked.message);
    for words in ["put the old value back", "plumb.dev/replace: allowed", "6 months"] {
        assert!(blocked.help.contains(words), "{}", blocked.help);
    }
    assert_eq!(blocked.changes[0].effect, ChangeEffect::Publish);
    assert_eq!(blocked.changes[1].effect, ChangeEffect::Replace);
}

fn allowed(world: World) -> World {
    world.wish(MACHINE, |resource| resource.wishes.replace = Some(ReplaceWish::Allowed))
}

fn other_model() -> World {
    machine(body!({"model": "b"}), body!({"model": "a"}))
}

#[test]
fn where_allowed_an_immutable_change_is_a_replace() {
    let world = allowed(other_model()).gives(&[
        "delete Machine/h/r/m",
        "create Machine/h/r/m",
        "publish Machine/h/r/m",
    ]);
    assert_eq!(because(&world, Operation::Delete, MACHINE), [Because::Replaced]);
    assert_eq!(because(&world, Operation::Create, MACHINE), [Because::Replaced]);
    let plan = world.plan();
    assert!(plan.actions[0].precondition.is_some() && plan.actions[1].precondition.is_none());
    assert_eq!(plan.actions[0].changes[0].effect, ChangeEffect::Replace);
    world.then_nothing();
    allowed(other_model()).phase(MACHINE, Phase::Pending).gives(&[
        "wait Machine/h/r/m",
        "delete Machine/h/r/m",
        "create Machine/h/r/m",
        "publish Machine/h/r/m",
        "# PL0532 Machine/h/r/m",
    ]);
}

#[test]
fn a_replace_of_what_is_waited_for_anyway_comes_after_the_wait() {
    World::new()
        .declare("Disk/h/r/d", body!({"spec": {"model": "b"}}))
        .owned("Disk/h/r/d", body!({"spec": {"model": "a"}}))
        .wish("Disk/h/r/d", |resource| resource.wishes.replace = Some(ReplaceWish::Allowed))
        .gives(&["delete Disk/h/r/d", "create Disk/h/r/d", "wait Disk/h/r/d"])
        .phase("Disk/h/r/d", Phase::Pending)
        .gives(&["! PL0515 Disk/h/r/d", "# PL0532 Disk/h/r/d"]);
}

#[test]
fn the_kind_decides_where_the_manifest_does_not() {
    let world = || {
        World::new()
            .declare("Key/k", body!({"spec": {"text": "b"}}))
            .owned("Key/k", body!({"spec": {"text": "a"}}))
    };
    world().gives(&["delete Key/k", "create Key/k"]).then_nothing();
    world()
        .wish("Key/k", |resource| resource.wishes.replace = Some(ReplaceWish::Never))
        .gives(&["! PL0503 Key/k"]);
}

#[test]
fn a_replace_is_a_delete_and_needs_all_a_delete_needs() {
    let world = || allowed(other_model());
    world()
        .wish(MACHINE, |resource| resource.wishes.prevent_destroy = true)
        .gives(&["! PL0505 Machine/h/r/m"]);
    let contracted =
        || world().kept(MACHINE, |entry| entry.protections.contract = Some(contract()));
    contracted().gives(&["! PL0509 Machine/h/r/m"]);
    let approved = contracted().policy(|policy| {
        policy.early_terminations.insert(key(MACHINE));
    });
    assert_eq!(approved.plan().actions.len(), 3);
    let mut unrecorded = world();
    unrecorded.ledger.entries.clear();
    unrecorded.gives(&["! PL0510 Machine/h/r/m"]);
    world().seen(MACHINE, |object| object.mark = None).gives(&["! PL0510 Machine/h/r/m"]);
    world().gap("Machine", house("h")).gives(&["! PL0511 Machine/h/r/m", "# PL0537"]);
    world().gap("Network", house("h")).gap("Machine", house("other")).gives(&[
        "delete Machine/h/r/m",
        "create Machine/h/r/m",
        "publish Machine/h/r/m",
        "# PL0537",
        "# PL0537",
    ]);
}

#[test]
fn what_is_lived_in_is_not_replaced() {
    let room = World::new()
        .declare("Room/h/r", body!({"spec": {"model": "b"}}))
        .owned("Room/h/r", body!({"spec": {"model": "a"}}))
        .wish("Room/h/r", |resource| resource.wishes.replace = Some(ReplaceWish::Allowed));
    room.clone().gives(&["delete Room/h/r", "create Room/h/r"]);
    let plan = room
        .live("Disk/h/r/somebodys", body!({}))
        .seen("Disk/h/r/somebodys", |object| object.mark = Some("theirs".to_owned()))
        .gives(&["! PL0512 Room/h/r"])
        .plan();
    assert!(plan.blocked[0].message.contains("Disk/h/r/somebodys"));
}

#[test]
fn two_that_need_each_other_are_replaced_inside_out() {
    let replaced = |world: World, name: &str| {
        world
            .declare(name, body!({"spec": {"text": "b"}}))
            .owned(name, body!({"spec": {"text": "a"}}))
    };
    let world = replaced(replaced(World::new(), "Key/a"), "Key/b")
        .wish("Key/a", |resource| resource.wishes.depends_on = vec!["Key/b".parse().unwrap()])
        .requires("Key/a", &["Key/b"]);
    world.gives(&["delete Key/a", "delete Key/b", "create Key/b", "create Key/a"]).then_nothing();
}

#[test]
fn what_needs_something_replaced_follows_it() {
    World::new()
        .declare("Key/k", body!({"spec": {"text": "b"}}))
        .owned("Key/k", body!({"spec": {"text": "a"}}))
        .declare("House/h", body!({"ip": null}))
        .output("House/h", "ip", "Key/k", "ip")
        .owned("House/h", body!({"ip": "10.0.0.1"}))
        .gives(&["delete Key/k", "create Key/k", "update House/h"])
        .then_nothing();
}

#[test]
fn an_unknown_value_is_no_reason_to_replace() {
    let world = World::new()
        .settled("Network/h/n", body!({}))
        .phase("Network/h/n", Phase::Pending)
        .declare(MACHINE, body!({"spec": {"model": null}}))
        .output(MACHINE, "spec.model", "Network/h/n", "ip")
        .owned(MACHINE, body!({"spec": {"model": "10.0.0.1"}}));
    let plan = world.gives(&["wait Network/h/n", "# PL0532 Network/h/n"]).plan();
    let hidden: Vec<_> = plan.hidden.iter().map(|h| (h.path.clone(), h.reason)).collect();
    assert_eq!(hidden, [(path("spec.model"), HiddenReason::NotKnownYet)]);
}

#[test]
fn the_profile_adds_rules() {
    let variables =
        |value: &str| body!({"spec": {"variables": [{"name": "Term", "value": value}]}});
    let mut world = World::new().declare(MACHINE, variables("6")).owned(MACHINE, variables("1"));
    world.clone().gives(&["update Machine/h/r/m", "publish Machine/h/r/m"]);
    let rule = FieldRule::exactly(&path("spec.variables[Term].value"), Aspect::Immutable);
    let refinement = Refinement { rules: [rule].into(), ..Refinement::default() };
    world.live.refinements.insert(key(MACHINE), refinement);
    world.gives(&["! PL0503 Machine/h/r/m"]);
}

#[test]
fn what_is_not_shown_has_a_reason() {
    let world = machine(body!({"policy": "[1, 2]"}), body!({"policy": "[1,2]", "extra": 1}));
    let plan = world.wish(MACHINE, |resource| {
        resource.wishes.ignore.push("spec.ignored".parse().unwrap());
        resource.body["spec"]["ignored"] = body!(1);
    });
    let reasons: Vec<(ResourceKey, String, HiddenReason)> = plan
        .plan()
        .hidden
        .into_iter()
        .map(|h| (h.key.clone(), h.path.to_string(), h.reason))
        .collect();
    let of = |path: &str, reason| (key(MACHINE), path.to_owned(), reason);
    assert_eq!(
        reasons,
        [
            // Declared when it was last sent, and not now: see `removed`, so `extra` differs.
            of("spec.ignored", HiddenReason::Ignored),
            of("spec.policy", HiddenReason::SameJson),
        ]
    );
}

#[test]
fn a_changed_secret_is_noticed_by_its_hash() {
    let person = |password: &str| {
        let mut world = World::new()
            .declare("Person/p", body!({"spec": {"password": "(secret)"}}))
            .owned("Person/p", body!({}));
        let hash = world.ledger.hash_key.hash("hunter2");
        world = world.kept("Person/p", |entry| {
            entry.hashes.insert(path("spec.password"), hash);
        });
        world.wish("Person/p", |resource| {
            resource.put(&path("spec.password"), Secret::new(password));
        })
    };
    person("hunter2").gives(&[]).then_nothing();
    let changed = person("correct horse").gives(&["update Person/p"]);
    let text = super::world::text(&changed.plan());
    assert!(!text.contains("hunter2") && !text.contains("correct horse"));
    changed.then_nothing();
}

/// Only what has to be sent needs the value of a variable.
#[test]
fn a_variable_that_is_not_set_is_not_compared() {
    let unset = |resource: &mut Resource| {
        let at = path("spec.password");
        *resource.body.find_mut(&at).unwrap() = Body::Unset("PLUMB_VAR_P".into());
    };
    let body = || body!({"spec": {"password": "hunter2", "name": "a"}});
    let world = || World::new().settled("Person/p", body());
    world().wish("Person/p", unset).gives(&["# PL0539"]);
    let plan = world().wish("Person/p", unset).plan();
    assert!(plan.has_unset(), "{:?}", plan.notes);
    let hidden = plan.hidden.iter().map(|hidden| (hidden.path.clone(), hidden.reason));
    assert_eq!(hidden.collect::<Vec<_>>(), [(path("spec.password"), HiddenReason::NotSet)]);
    assert!(!world().plan().has_unset());

    let made = World::new().declare("Person/p", body()).wish("Person/p", unset);
    made.gives(&["! PL0305 Person/p", "# PL0539"]);
    let renamed = World::new().declare("Person/p", body()).wish("Person/p", unset);
    renamed
        .owned("Person/p", body!({"spec": {"name": "b"}}))
        .gives(&["! PL0305 Person/p", "# PL0539"]);
    let gone = world().wish("Person/p", unset).absent("Person/p");
    gone.gives(&["! PL0305 Person/p", "# PL0539", "# PL0534 Person/p"]);
}

#[test]
fn dependants_wait_for_what_is_under_way() {
    let world = World::new()
        .settled("Room/h/r", body!({}))
        .settled("Network/h/n", body!({}))
        .phase("Network/h/n", Phase::Pending)
        .declare(MACHINE, body!({}))
        .gives(&[
            "wait Network/h/n",
            "create Machine/h/r/m",
            "publish Machine/h/r/m",
            "# PL0532 Network/h/n",
        ]);
    let plan = world.plan();
    assert!(plan.actions[1].requires.contains(&plan.actions[0].id));
    world.then_nothing();
}

#[test]
fn a_status_says_why_in_the_servers_words() {
    let plan = same()
        .seen(MACHINE, |object| {
            object.status = LiveStatus {
                phase: Phase::Pending,
                reason: Some(ServerText::new("booting\n::error")),
                ..LiveStatus::ready()
            };
        })
        .plan();
    assert_eq!(plan.notes[0].message, "an operation on it is under way: booting\\u{a}::error");
}

#[test]
fn what_is_used_at_creation_is_told_and_replaced_only_where_that_is_allowed() {
    let rental = |script: &str| {
        World::new()
            .declare("Rental/r", body!({"spec": {"script": script}}))
            .owned("Rental/r", body!({}))
            .kept("Rental/r", |entry| entry.sent = body!({"spec": {"script": "a"}}).into())
    };
    rental("a").gives(&[]).then_nothing();
    let told = rental("b").gives(&["# PL0536 Rental/r"]).plan();
    assert!(told.notes[0].message.contains("spec.script (\"a\" → \"b\")"), "{:?}", told.notes);
    let allowed = rental("b").wish("Rental/r", |resource| {
        resource.wishes.replace = Some(plumb_model::resource::ReplaceWish::Allowed);
    });
    allowed.gives(&["delete Rental/r", "create Rental/r", "wait Rental/r"]);
}
