//! More than one live object that could be a resource, and kinds in which names prove nothing.

use super::toys::key;
use super::world::{World, candidate};
use plumb_model::live::{Completeness, Rivals};
use plumb_model::plan::Because;
use plumb_model::policy::{Prune, Purpose};
use plumb_model::{Observation, Phase, Plan, Power, Scope, ServerText, body};

const RENTAL: &str = "Rental/r";

fn rental() -> World {
    World::new().declare(RENTAL, body!({"spec": {"a": 1}}))
}

fn settled() -> World {
    World::new().settled(RENTAL, body!({"spec": {"a": 1}}))
}

/// A second object of our mark, as the engine lets it stand: under its name and id.
fn twice(world: World) -> World {
    world
        .rivals(RENTAL, Rivals::Duplicates(vec![candidate("id-2", "r", Some("19.92"))]))
        .live("Rental/r (id-2)", body!({"spec": {"a": 1}}))
        .seen("Rental/r (id-2)", |object| object.remote_id = "id-2".parse().ok())
}

fn either(mut world: World) -> World {
    let reason = ServerText::new("2 objects carry its mark");
    world.live.objects.insert(key(RENTAL), Observation::Unknown(reason));
    let candidates =
        vec![candidate("id-1", "r", Some("19.92")), candidate("id-2", "other\nname", None)];
    let world = world.rivals(RENTAL, Rivals::Undecided(candidates));
    ["id-1", "id-2"].iter().fold(world, |world, id| {
        let name = format!("Rental/r ({id})");
        world
            .live(&name, body!({"spec": {"a": 1}}))
            .seen(&name, |object| object.remote_id = id.parse().ok())
    })
}

fn pruning(world: World) -> World {
    world.policy(|policy| policy.prune = Prune::On)
}

fn message(plan: &Plan) -> (&str, &str) {
    (&plan.blocked[0].message, &plan.blocked[0].help)
}

#[test]
fn a_duplicate_is_reported_with_its_price_and_nothing_is_touched() {
    for world in [settled(), settled().wish(RENTAL, |resource| resource.body["spec"] = body!({}))] {
        let plan = twice(pruning(world)).gives(&["! PL0516 Rental/r"]).plan();
        let (message, help) = message(&plan);
        assert_eq!(message, "a second Rental carries its mark: id-2 (\"r\", $19.92 an hour)");
        assert_eq!(help, "the recorded one is kept; delete the other by hand, plumb does not");
    }
    let changed = settled().wish(RENTAL, |resource| resource.body["spec"]["a"] = body!(2));
    assert_eq!(twice(changed).plan().blocked[0].changes.len(), 1);
}

#[test]
fn a_duplicate_comes_before_what_else_is_in_the_way() {
    let gpus = settled().wish(RENTAL, |resource| resource.body["spec"]["gpus"] = body!(8));
    gpus.clone().gives(&["! PL0503 Rental/r"]);
    let plan = twice(gpus).gives(&["! PL0516 Rental/r"]).plan();
    assert_eq!(plan.blocked[0].changes.len(), 1, "what differs is still shown");
}

#[test]
fn several_duplicates_are_counted() {
    let others = ["id-2", "id-3"].map(|id| candidate(id, "r", None)).to_vec();
    let plan = settled().rivals(RENTAL, Rivals::Duplicates(others)).plan();
    assert_eq!(
        message(&plan).0,
        "2 further Rentals carry its mark: id-2 (\"r\", its price is not known), id-3 (\"r\", its \
         price is not known)"
    );
}

#[test]
fn what_is_needed_and_there_twice_holds_nobody_up() {
    let world = twice(settled())
        .declare("Key/k", body!({}))
        .wish("Key/k", |resource| resource.wishes.depends_on = vec![RENTAL.parse().unwrap()]);
    world.gives(&["create Key/k", "! PL0516 Rental/r"]);
}

#[test]
fn what_goes_leaves_its_duplicate_behind_and_says_so() {
    let owned = || twice(World::new().owned(RENTAL, body!({})));
    owned().gives(&["! PL0516 Rental/r", "# PL0530 Rental/r"]);
    let both = ["delete Rental/r", "! PL0516 Rental/r"];
    pruning(owned()).gives(&both);
    twice(settled()).policy(|policy| policy.purpose = Purpose::Destroy).gives(&both);
    let kept = pruning(owned()).kept(RENTAL, |entry| entry.protections.prevent_destroy = true);
    kept.gives(&["! PL0516 Rental/r", "! PL0505 Rental/r"]);
    let elsewhere = pruning(owned()).policy(|policy| {
        policy.selection.targets.insert(key("Key/k"));
    });
    elsewhere.gives(&["# PL0535"]);
}

#[test]
fn two_candidates_are_never_guessed_between() {
    let plan = either(rental()).gives(&["! PL0514 Rental/r"]).plan();
    let (message, help) = message(&plan);
    assert_eq!(
        message,
        "2 objects carry its mark, and nothing on record says which one is meant: id-1 (\"r\", \
         $19.92 an hour), id-2 (\"other\\u{a}name\", its price is not known)"
    );
    assert!(help.contains("`plumb.dev/remote-id: ID`"), "{help}");
    either(settled()).gives(&["! PL0514 Rental/r"]);
    let adopt = either(rental()).wish(RENTAL, |resource| resource.wishes.adopt = true);
    adopt.gives(&["! PL0514 Rental/r"]);
}

#[test]
fn candidates_of_what_is_not_declared_are_left_alone() {
    let owned = || either(World::new().owned(RENTAL, body!({})));
    let plan = owned().gives(&["# PL0530 Rental/r"]).plan();
    assert!(plan.notes[0].message.contains("id-1 (\"r\", $19.92 an hour)"));
    pruning(owned()).gives(&["! PL0514 Rental/r"]);
    let destroy = |world: World| world.policy(|policy| policy.purpose = Purpose::Destroy);
    destroy(either(settled())).gives(&["! PL0514 Rental/r"]);
    // Not in the ledger, and still ours by the mark.
    destroy(either(rental())).gives(&["! PL0514 Rental/r"]);
}

#[test]
fn candidates_for_a_lost_create_are_named() {
    let plan = either(rental()).intent(RENTAL).gives(&["! PL0513 Rental/r"]).plan();
    let (message, help) = message(&plan);
    assert!(message.ends_with("its price is not known)"), "{message}");
    assert!(message.contains("it could be id-1 (\"r\", $19.92 an hour)"), "{message}");
    assert!(help.contains("plumb resolve Rental/r --adopt ID"), "{help}");
    twice(settled()).intent(RENTAL).gives(&["! PL0513 Rental/r"]);
    pruning(either(World::new())).intent(RENTAL).gives(&["! PL0513 Rental/r"]);
}

#[test]
fn a_rival_under_another_declared_name_is_not_taken_for_it() {
    // The duplicate was renamed, and a document declares that very name.
    let renamed = |world: World| {
        world
            .rivals(RENTAL, Rivals::Duplicates(vec![candidate("id-2", "s", Some("1"))]))
            .live("Rental/s", body!({"spec": {"a": 1}}))
            .seen("Rental/s", |object| object.remote_id = "id-2".parse().ok())
    };
    let declared = settled().declare("Rental/s", body!({"spec": {"a": 2}}));
    let plan = renamed(declared).gives(&["! PL0516 Rental/r", "! PL0514 Rental/s"]).plan();
    assert_eq!(plan.blocked[1].message, "the live object of this name, id-2, could be Rental/r");
    // Nor deleted under a name the ledger has without an id.
    let recorded = pruning(settled())
        .recorded("Rental/s", body!({}))
        .kept("Rental/s", |entry| entry.remote_id = None);
    renamed(recorded).gives(&["! PL0516 Rental/r", "# PL0530 Rental/s"]);
}

#[test]
fn a_name_alone_makes_no_rented_thing_ours() {
    let unmarked = || {
        rental().live(RENTAL, body!({"spec": {"a": 1}})).seen(RENTAL, |object| {
            object.mark = None;
            object.remote_id = "id-9".parse().ok();
            object.hourly = "1.99".parse().ok();
        })
    };
    let plan = unmarked().gives(&["! PL0501 Rental/r"]).plan();
    let (message, help) = message(&plan);
    assert_eq!(message, "an unmarked Rental has this name: id-9, $1.99 an hour");
    for words in ["`plumb.dev/remote-id: id-9`", "`plumb adopt Rental/r`", "choose another name"] {
        assert!(help.contains(words), "{help}");
    }
    let taken = &["adopt Rental/r"];
    unmarked().wish(RENTAL, |r| r.wishes.adopt = true).gives(taken).then_nothing();
    unmarked().wish(RENTAL, |r| r.wishes.remote_id = "id-9".parse().ok()).gives(taken);
    let named = |world: World| {
        world.policy(|policy| {
            policy.adopt.insert(key(RENTAL));
        })
    };
    named(unmarked()).gives(taken).then_nothing();
    let other = unmarked().recorded(RENTAL, body!({}));
    let plan = other.seen(RENTAL, |o| o.body["spec"]["a"] = body!(2)).plan();
    assert_eq!(
        plan.blocked[0].message,
        "an unmarked Rental has this name: id-9, $1.99 an hour; it is not the one the ledger \
         knows; it differs in spec.a"
    );
}

#[test]
fn none_is_made_beside_another_stacks_rental_of_that_name() {
    let theirs = rental().live(RENTAL, body!({"spec": {"a": 1}})).seen(RENTAL, |object| {
        object.mark = Some("theirs".to_owned());
        object.remote_id = "id-9".parse().ok();
        object.hourly = "1.99".parse().ok();
    });
    let plan = theirs.gives(&["! PL0502 Rental/r"]).plan();
    let (message, help) = message(&plan);
    assert_eq!(
        message,
        "a Rental of this name carries the mark of the stack \"theirs\": id-9, $1.99 an hour"
    );
    for words in ["choose another name", "without pruning", "`plumb adopt Rental/r`"] {
        assert!(help.contains(words), "{help}");
    }
}

#[test]
fn of_rented_things_the_ledger_says_which_one_and_a_mark_does_not_overrule_it() {
    let lost = || {
        rental().live(RENTAL, body!({"spec": {"a": 1}})).seen(RENTAL, |object| {
            object.remote_id = "id-2".parse().ok();
            object.hourly = "1.99".parse().ok();
        })
    };
    lost().gives(&["adopt Rental/r"]).then_nothing();
    // The one on record is gone, and something else carries its mark: a copy, for all we know.
    let copy = |world: World| {
        let world = world.recorded(RENTAL, body!({"spec": {"a": 1}}));
        world.kept(RENTAL, |entry| entry.remote_id = "id-1".parse().ok())
    };
    let plan = copy(lost()).gives(&["! PL0501 Rental/r"]).plan();
    let (message, help) = message(&plan);
    assert_eq!(
        message,
        "the one on record is gone, and another Rental carries its mark: id-2, $1.99 an hour"
    );
    assert!(help.contains("`plumb adopt Rental/r`"), "{help}");
    let differs = copy(lost()).wish(RENTAL, |resource| resource.body["spec"]["a"] = body!(2));
    differs.gives(&["! PL0501 Rental/r"]);
    let meant = copy(lost()).wish(RENTAL, |r| r.wishes.remote_id = "id-2".parse().ok());
    meant.gives(&["adopt Rental/r"]).then_nothing();
    let named = copy(lost()).policy(|policy| {
        policy.adopt.insert(key(RENTAL));
    });
    named.gives(&["adopt Rental/r"]).then_nothing();
    // Where names are unique the name says which one.
    let room = World::new().declare("Room/h/r", body!({})).live("Room/h/r", body!({}));
    let room = room.recorded("Room/h/r", body!({}));
    room.kept("Room/h/r", |entry| entry.remote_id = "before".parse().ok())
        .gives(&["adopt Room/h/r"])
        .then_nothing();
}

#[test]
fn what_cannot_be_read_and_is_fixed_keeps_nothing_from_being_taken_over() {
    let world = || {
        World::new()
            .declare(RENTAL, body!({"spec": {"place": "here"}}))
            .live(RENTAL, body!({"spec": {}}))
    };
    // The ledger is lost; the mark is not.
    world().gives(&["adopt Rental/r"]).then_nothing();
    let adopted = world()
        .seen(RENTAL, |object| object.mark = None)
        .wish(RENTAL, |resource| resource.wishes.adopt = true);
    adopted.gives(&["adopt Rental/r"]).then_nothing();
    // What was made here was made without it.
    world().recorded(RENTAL, body!({"spec": {}})).gives(&["! PL0503 Rental/r"]);
    world().recorded(RENTAL, body!({"spec": {"place": "there"}})).gives(&["! PL0503 Rental/r"]);
}

#[test]
fn what_is_ours_and_shows_only_its_outline_is_waited_for() {
    let outline = |world: World| {
        world.seen(RENTAL, |object| {
            object.completeness = Completeness::Thin;
            object.status.phase = Phase::Pending;
        })
    };
    let changed = || settled().wish(RENTAL, |resource| resource.body["spec"]["a"] = body!(2));
    let wait = ["wait Rental/r", "# PL0532 Rental/r"];
    let plan = outline(changed()).gives(&wait).plan();
    assert_eq!(plan.actions[0].because, [Because::Pending].into());
    assert!(plan.actions[0].precondition.as_ref().unwrap().remote_id.is_some());
    assert!(plan.notes[0].message.contains("its fields are not shown yet"));
    outline(settled()).gives(&wait).then_nothing();
    // Its tags need not be shown yet either: its id is on record.
    let unmarked = || outline(settled()).seen(RENTAL, |object| object.mark = None);
    unmarked().gives(&wait);
    let unrecorded = || outline(rental().live(RENTAL, body!({})));
    unrecorded().gives(&wait);
    unrecorded().seen(RENTAL, |object| object.mark = None).gives(&["! PL0506 Rental/r"]);
    outline(settled()).phase(RENTAL, Phase::Ready).gives(&["! PL0506 Rental/r"]);
    let bound = |r: &mut plumb_model::Resource| r.wishes.remote_id = "x".parse().ok();
    outline(settled()).wish(RENTAL, bound).gives(&["! PL0501 Rental/r"]);
    let theirs = |o: &mut plumb_model::LiveObject| o.mark = Some("theirs".to_owned());
    outline(settled()).seen(RENTAL, theirs).gives(&["! PL0506 Rental/r"]);
    // Without its mark nothing proves enough to delete it.
    let gone = |world: World| {
        let mut world = pruning(world);
        world.documents.clear();
        world
    };
    gone(outline(settled())).gives(&["wait Rental/r", "delete Rental/r"]);
    gone(unmarked()).gives(&["! PL0506 Rental/r"]);
}

#[test]
fn what_must_not_be_made_twice_is_not_made_while_its_list_has_a_gap() {
    let plan =
        rental().gap("Rental", Scope::Global).gives(&["! PL0511 Rental/r", "# PL0537"]).plan();
    assert!(plan.blocked[0].message.contains("could not be listed whole: 500"));
    rental().gap("Key", Scope::Global).gives(&["create Rental/r", "wait Rental/r", "# PL0537"]);
    World::new()
        .declare("Key/k", body!({}))
        .gap("Key", Scope::Global)
        .gives(&["create Key/k", "# PL0537"]);
}

#[test]
fn disassociating_goes_through_every_path() {
    let (on, off, gone) = (Power::On, Power::Off, Power::Disassociated);
    let wish = |world: World, wish| world.wish(RENTAL, |r| r.wishes.power = Some(wish));
    let made = ["create Rental/r", "wait Rental/r", "disassociate Rental/r"];
    wish(rental(), gone).gives(&made).then_nothing();
    let table: [(Power, Power, &[&str]); 9] = [
        (on, on, &[]),
        (on, off, &["power off Rental/r"]),
        (on, gone, &["disassociate Rental/r"]),
        (off, on, &["power on Rental/r"]),
        (off, off, &[]),
        (off, gone, &["disassociate Rental/r"]),
        (gone, on, &["power on Rental/r"]),
        (gone, off, &["power on Rental/r", "power off Rental/r"]),
        (gone, gone, &[]),
    ];
    for (live, wished, expected) in table {
        let world = wish(settled(), wished).seen(RENTAL, |o| o.status.power = Some(live));
        world.gives(expected).then_nothing();
        // Where it is known what is under way, it is known what that leads to.
        let mut under_way = vec!["wait Rental/r"];
        under_way.extend(expected);
        under_way.push("# PL0532 Rental/r");
        let operation = plumb_model::live::StatusOperation::Power(live);
        wish(settled(), wished)
            .phase(RENTAL, Phase::Pending)
            .seen(RENTAL, |object| {
                (object.status.power, object.status.operation) = (None, Some(operation));
            })
            .gives(&under_way);
    }
}

#[test]
fn starting_what_was_given_back_needs_what_a_create_needs() {
    let error =
        plumb_model::Finding::error(plumb_model::Code::VALUE_NOT_ALLOWED, "no stock anywhere");
    let world = |power| {
        let mut world = settled()
            .wish(RENTAL, |resource| resource.wishes.power = Some(Power::On))
            .seen(RENTAL, |object| object.status.power = Some(power));
        let refinement = plumb_model::Refinement {
            findings: vec![error.clone()],
            ..plumb_model::Refinement::default()
        };
        world.live.refinements.insert(key(RENTAL), refinement);
        world
    };
    world(Power::Disassociated).gives(&["! PL0507 Rental/r"]);
    world(Power::Off).gives(&["power on Rental/r", "# PL0507 Rental/r"]);
}
