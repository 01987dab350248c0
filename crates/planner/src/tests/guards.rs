//! Limits that stop a run, and the basis.

use super::toys::{self, key};
use super::world::World;
use plumb_model::ledger::Record;
use plumb_model::live::{AccountProof, Cloud};
use plumb_model::policy::{Limits, Prune, Purpose};
use plumb_model::rules::{Aspect, FieldRule};
use plumb_model::{Refinement, body};

/// So many rooms of ours, of which the first so many are not declared.
fn rooms(all: usize, undeclared: usize) -> World {
    let names = (0..all).map(|number| format!("Room/h/r{number:02}"));
    let world = World::new().policy(|policy| policy.prune = Prune::On);
    names.enumerate().fold(world, |world, (number, name)| {
        let world = world.owned(&name, body!({}));
        if number < undeclared { world } else { world.declare(&name, body!({})) }
    })
}

#[test]
fn limits_of_number_and_share() {
    // (owned, deleted, --allow-deletes, trips): 10 deletes at most, 30 % of at least 10.
    for (owned, deleted, allowed, trips) in [
        (5, 5, None, false),
        (9, 9, None, false),
        (10, 3, None, false),
        (10, 4, None, true),
        (10, 4, Some(3), true),
        (10, 4, Some(4), false),
        (40, 10, None, false),
        (40, 11, None, true),
        (40, 11, Some(99), false),
        (10, 0, None, false),
    ] {
        let world = rooms(owned, deleted).policy(|policy| policy.allowed_deletes = allowed);
        let tripped = world.plan().tripped;
        let codes: Vec<&str> = tripped.iter().map(|tripped| tripped.code.as_str()).collect();
        let expected: &[&str] = if trips { &["PL0520"] } else { &[] };
        assert_eq!(codes, expected, "{deleted} of {owned}, allowed {allowed:?}");
    }
}

#[test]
fn a_tripped_limit_names_the_number_to_allow() {
    let plan = rooms(40, 11).plan();
    assert_eq!(plan.tripped[0].message, "the plan has 11 deletes, and the limit is 10");
    assert!(plan.tripped[0].help.contains("--allow-deletes 11"));
    let plan = rooms(10, 4).plan();
    assert_eq!(
        plan.tripped[0].message,
        "the plan has 4 deletes, and the limit is 30 % of 10 owned"
    );
}

#[test]
fn replaces_count() {
    let world = World::new()
        .policy(|policy| policy.limits = Limits { deletes: 0, ..Limits::default() })
        .declare("Key/k", body!({"spec": {"text": "b"}}))
        .owned("Key/k", body!({"spec": {"text": "a"}}));
    assert_eq!(world.plan().tripped.len(), 1);
}

#[test]
fn destroying_asks_for_the_name_instead() {
    let world = rooms(40, 40).policy(|policy| policy.purpose = Purpose::Destroy);
    let plan = world.plan();
    assert_eq!((plan.actions.len(), plan.tripped.len()), (40, 0));
}

#[test]
fn a_world_that_is_mostly_gone_is_not_rebuilt() {
    // (in the ledger, gone, not seen, trips)
    for (all, gone, unseen, trips) in [
        (1, 1, 0, false),
        (2, 1, 0, false),
        (2, 2, 0, true),
        (3, 1, 0, false),
        (3, 2, 0, true),
        (4, 2, 0, false),
        (10, 6, 0, true),
        (10, 5, 0, false),
        (10, 3, 5, true),
        (10, 2, 5, false),
        (10, 0, 10, false),
    ] {
        let world = (0..all).fold(rooms(all, 0), |world, number| {
            let name = format!("Room/h/r{number:02}");
            match number {
                number if number < gone => world.absent(&name),
                number if number < gone + unseen => world.unknown(&name),
                _ => world,
            }
        });
        let plan = world.plan();
        let codes: Vec<&str> = plan.tripped.iter().map(|tripped| tripped.code.as_str()).collect();
        let expected: &[&str] = if trips { &["PL0521"] } else { &[] };
        assert_eq!(codes, expected, "{gone} of {all} gone, {unseen} not seen");
        assert!(world.policy(|policy| policy.confirm_loss = true).plan().tripped.is_empty());
    }
}

/// A run that ended in the middle of its deletes must not keep the next from finishing.
#[test]
fn what_a_delete_of_ours_was_sent_for_is_no_loss() {
    let mut world = rooms(3, 0).absent("Room/h/r00").absent("Room/h/r01").absent("Room/h/r02");
    assert_eq!(world.plan().tripped.len(), 1);
    world.ledger.absorb(&Record::DeleteSent { key: key("Room/h/r00") });
    assert_eq!(world.plan().tripped.len(), 1, "the other two went by themselves");
    world.ledger.absorb(&Record::DeleteSent { key: key("Room/h/r01") });
    world.ledger.absorb(&Record::DeleteSent { key: key("Room/h/r02") });
    assert!(world.plan().tripped.is_empty());
    let seen = rooms(3, 0).absent("Room/h/r01").absent("Room/h/r02");
    let mut there = seen;
    there.ledger.absorb(&Record::DeleteSent { key: key("Room/h/r00") });
    assert_eq!(there.plan().tripped.len(), 1, "what is there was not deleted");
}

/// One cloud does not speak for another, and where nobody can say whose it is, one thing is enough.
#[test]
fn each_cloud_is_judged_by_itself() {
    let cloud = |provider: &str, kinds: &[&str], account: AccountProof| Cloud {
        provider: provider.to_owned(),
        kinds: kinds.iter().map(|kind| toys::id(kind)).collect(),
        account,
    };
    // Of nine rooms none is gone; of the people, all are.
    for (people, account, trips) in [
        (1, AccountProof::OnRecord, false),
        (1, AccountProof::Missing, true),
        (2, AccountProof::OnRecord, true),
    ] {
        let mut world = (0..people).fold(rooms(9, 0), |world, number| {
            let name = format!("Person/p{number}");
            world.owned(&name, body!({})).declare(&name, body!({})).absent(&name)
        });
        assert!(world.plan().tripped.is_empty(), "together they are few");
        world.live.clouds = vec![
            cloud("rooms", &["Room"], AccountProof::OnRecord),
            cloud("people", &["Person"], account),
        ];
        let tripped = world.plan().tripped;
        let codes: Vec<&str> = tripped.iter().map(|tripped| tripped.code.as_str()).collect();
        let expected: &[&str] = if trips { &["PL0521"] } else { &[] };
        assert_eq!(codes, expected, "{people} {account:?}");
        assert!(tripped.iter().all(|tripped| tripped.message.contains("in the ledger at people")));
    }
}

#[test]
fn a_ledger_that_is_older_than_what_it_wrote_stops_the_run() {
    // (what wrote it, what the ledger knows of, trips)
    for (mark, known, trips) in [
        ("stack.k3v9x2m4.7", 6, true),
        ("stack.k3v9x2m4.7", 7, false),
        ("stack.k3v9x2m4.7", 8, false),
        // It was lost, or is new.
        ("stack.k3v9x2m4.7", 0, false),
        ("stack.k3v9x2m4", 6, false),
        ("stack", 6, false),
        ("stack.a0b1c2d3.7", 6, false),
        ("theirs.k3v9x2m4.7", 6, false),
    ] {
        let mut world = rooms(2, 0);
        world = world.seen("Room/h/r01", |object| object.mark = Some(mark.to_owned()));
        world.ledger.stack = "stack.k3v9x2m4".to_owned();
        world.ledger.generation = known;
        let tripped = world.plan().tripped;
        let codes: Vec<&str> = tripped.iter().map(|tripped| tripped.code.as_str()).collect();
        let expected: &[&str] = if trips { &["PL0614"] } else { &[] };
        assert_eq!(codes, expected, "{mark} {known}");
    }
}

#[test]
fn what_is_in_a_gap_is_not_gone() {
    let world = rooms(2, 0).absent("Room/h/r00").absent("Room/h/r01");
    assert_eq!(world.plan().tripped.len(), 1);
    assert!(world.gap("Room", super::world::house("h")).plan().tripped.is_empty());
}

#[test]
fn the_basis_is_what_the_plan_was_made_from() {
    let world = World::new().settled("Room/h/r", body!({"a": 1}));
    let before = world.basis();
    let room = key("Room/h/r");
    let moved = |world: World| {
        let after = world.basis();
        [
            before.declared.get(&room) != after.declared.get(&room),
            before.live.get(&room) != after.live.get(&room),
            before.ledger.get(&room) != after.ledger.get(&room),
            before.policy != after.policy,
        ]
    };
    let world = || world.clone();
    assert_eq!(moved(world()), [false; 4]);
    assert!(moved(world().wish("Room/h/r", |r| r.body["b"] = body!(1)))[0]);
    assert!(moved(world().wish("Room/h/r", |r| r.wishes.adopt = true))[0]);
    assert_eq!(
        moved(world().seen("Room/h/r", |object| object.body["a"] = body!(2))),
        [false, true, false, false]
    );
    assert_eq!(
        moved(world().seen("Room/h/r", |object| object.body["undeclared"] = body!(2))),
        [false; 4],
        "what is not declared is not looked at"
    );
    assert_eq!(
        moved(world().kept("Room/h/r", |entry| entry.sent = body!({}).into())),
        [false, false, true, false]
    );
    assert_eq!(
        moved(world().policy(|policy| policy.prune = Prune::On)),
        [false, false, false, true]
    );
    let approved = world().policy(|policy| {
        policy.allowed_deletes = Some(9);
        policy.confirm_loss = true;
    });
    assert_eq!(moved(approved), [false; 4], "an approval changes no action");
}

#[test]
fn a_secret_moves_the_basis_and_is_not_in_it() {
    let world = |password: &str| {
        World::new().declare("Room/h/r", body!({ "p": password })).wish("Room/h/r", |resource| {
            resource.hide(&super::world::path("p"));
        })
    };
    assert_ne!(world("a").basis(), world("b").basis());
    assert_eq!(world("a").basis(), world("a").basis());
    // With another key the same secret has another digest: it cannot be guessed.
    let digest = |mut world: World, byte| {
        world.ledger.hash_key = plumb_model::digest::HashKey::new(vec![byte; 32]);
        world.basis().declared.remove(&key("Room/h/r")).unwrap()
    };
    assert_ne!(digest(world("a"), 1), digest(world("a"), 2));
    let by_rule = || {
        let mut world = World::new().declare("Room/h/r", body!({"p": "hunter2"}));
        let rule = FieldRule::exactly(&super::world::path("p"), Aspect::Secret);
        let refinement = Refinement { rules: [rule].into(), ..Refinement::default() };
        world.live.refinements.insert(key("Room/h/r"), refinement);
        world
    };
    assert_ne!(digest(by_rule(), 1), digest(by_rule(), 2));
    assert!(!super::world::text(&by_rule().plan()).contains("hunter2"));
    let plain = || World::new().declare("Room/h/r", body!({"a": 1}));
    assert_eq!(digest(plain(), 1), digest(plain(), 2));
}
