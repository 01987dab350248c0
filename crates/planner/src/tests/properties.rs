//! What holds for any world: `World::plan` itself checks that documents may come in any order,
//! that every requirement exists and comes first, and that no action is there twice.

use super::toys::key;
use super::world::{World, candidate};
use plumb_model::live::{Completeness, Observation, Rivals};
use plumb_model::plan::Operation;
use plumb_model::policy::{Prune, Purpose};
use plumb_model::resource::ReplaceWish;
use plumb_model::rules::MarkPlace;
use plumb_model::{Body, Phase, Plan, Power, ServerText, body};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Everything there could be, outside in.
const KEYS: [&str; 13] = [
    "House/h",
    "Key/k",
    "Key/l",
    "Person/p",
    "Rental/r",
    "Rental/s",
    "Network/h/n",
    "Room/h/r",
    "Room/h/s",
    "Disk/h/r/d",
    "Disk/h/r/e",
    "Machine/h/r/m",
    "Machine/h/s/m",
];

#[derive(Clone, Copy, Debug)]
enum Mark {
    Ours,
    None,
    Theirs,
}

/// What is the case for one key.
#[derive(Clone, Debug)]
struct Facts {
    declared: Option<Body>,
    live: Option<(Body, Mark, Phase)>,
    unseen: bool,
    recorded: Option<Body>,
    protected: bool,
    replace: Option<ReplaceWish>,
    power: Option<Power>,
    needs: usize,
    thin: bool,
    /// Of rentals: whether another object answers to the key too, or only others do.
    rivals: Option<bool>,
}

fn body() -> impl Strategy<Value = Body> {
    (0..3_u8, 0..2_u8, any::<bool>(), prop::sample::subsequence(vec!["d", "e"], 0..=2)).prop_map(
        |(size, model, label, disks)| {
            body!({
                "metadata": {"labels": {"l": label}},
                "spec": {
                    "size": size,
                    "model": model,
                    "text": model,
                    "disks": disks,
                    "groups": disks,
                    "variables": [{"name": "A", "value": size.to_string()}],
                },
            })
        },
    )
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        6 => Just(Phase::Ready),
        1 => Just(Phase::NotDeployed),
        1 => Just(Phase::Pending),
        1 => Just(Phase::Failed),
        1 => Just(Phase::Deleting),
        1 => Just(Phase::DeleteFailed),
        1 => Just(Phase::Unknown(ServerText::new("odd"))),
    ]
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![4 => Just(Mark::Ours), 2 => Just(Mark::None), 1 => Just(Mark::Theirs)]
}

const POWERS: [Power; 3] = [Power::On, Power::Off, Power::Disassociated];

fn facts() -> impl Strategy<Value = Facts> {
    let wishes = (
        prop::option::of(prop::sample::select(vec![ReplaceWish::Allowed, ReplaceWish::Never])),
        prop::option::of(prop::sample::select(POWERS.to_vec())),
        0..KEYS.len() * 2,
        prop::bool::weighted(0.1),
        prop::option::weighted(0.2, any::<bool>()),
    );
    (
        prop::option::weighted(0.7, body()),
        prop::option::weighted(0.7, (body(), mark(), phase())),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.6, body()),
        prop::bool::weighted(0.1),
        wishes,
    )
        .prop_map(|(declared, live, unseen, recorded, protected, wishes)| Facts {
            declared,
            live,
            unseen,
            recorded,
            protected,
            replace: wishes.0,
            power: wishes.1,
            needs: wishes.2,
            thin: wishes.3,
            rivals: wishes.4,
        })
}

fn add(mut world: World, at: usize, facts: &Facts) -> World {
    let name = KEYS[at];
    if let Some(body) = &facts.declared {
        world = world.declare(name, body.clone()).wish(name, |resource| {
            resource.wishes.replace = facts.replace;
            resource.wishes.power = facts.power;
            resource.wishes.prevent_destroy = facts.protected;
        });
    }
    if let Some((body, mark, phase)) = &facts.live {
        world = world.live(name, body.clone()).phase(name, phase.clone());
        world = world.seen(name, |object| match mark {
            Mark::Ours => {}
            Mark::None => object.mark = None,
            Mark::Theirs => object.mark = Some("theirs".to_owned()),
        });
        if facts.thin {
            world = world.seen(name, |object| object.completeness = Completeness::Thin);
        }
    }
    if facts.unseen {
        world = world.unknown(name);
    } else if !world.live.objects.contains_key(&key(name)) {
        world.live.objects.insert(key(name), Observation::Absent);
    }
    if let Some(twice) = facts.rivals.filter(|_| name.starts_with("Rental")) {
        world = compete(world, name, twice);
    }
    if let Some(sent) = &facts.recorded {
        world = world.recorded(name, sent.clone());
        world = world.kept(name, |entry| {
            entry.protections.prevent_destroy = facts.protected;
            entry.requires.extend(KEYS.get(facts.needs).map(|other| key(other)));
        });
    }
    world
}

/// Adds an object that answers to the key too. That of one rental may stand under the other's name.
fn compete(world: World, name: &str, twice: bool) -> World {
    let others = vec![candidate("id-of-a-rival", name, None)];
    let world = if twice {
        world.rivals(name, Rivals::Duplicates(others))
    } else {
        world.unknown(name).rivals(name, Rivals::Undecided(others))
    };
    let place = if name == "Rental/s" { "Rental/r" } else { "Rental/rival" };
    let id = "id-of-a-rival".parse().ok();
    world.live(place, body!({})).seen(place, |object| object.remote_id = id)
}

fn any_world() -> impl Strategy<Value = World> {
    let policy =
        (any::<bool>(), prop::bool::weighted(0.2), prop::sample::subsequence(KEYS.to_vec(), 0..3));
    (prop::collection::vec(facts(), KEYS.len()), policy, any::<bool>()).prop_map(
        |(all, (prune, destroy, chosen), target)| {
            let world = all.iter().enumerate().fold(World::new(), |w, (at, f)| add(w, at, f));
            let mut world = world.policy(|policy| {
                policy.prune = if prune { Prune::On } else { Prune::Off };
                policy.purpose = if destroy { Purpose::Destroy } else { Purpose::Converge };
                let chosen = chosen.iter().map(|name| key(name)).collect();
                if target {
                    policy.selection.targets = chosen;
                } else {
                    policy.selection.excludes = chosen;
                }
            });
            // Later keys may come after earlier ones, so that no circle arises.
            for (at, facts) in all.iter().enumerate().filter(|(_, f)| f.declared.is_some()) {
                let earlier = KEYS.get(facts.needs).filter(|_| facts.needs < at);
                let declared = earlier.filter(|_| all[facts.needs].declared.is_some());
                if let Some(other) = declared {
                    world = world.wish(KEYS[at], |resource| {
                        resource.wishes.depends_on.push(other.parse().unwrap());
                    });
                }
            }
            world
        },
    )
}

fn position(plan: &Plan) -> BTreeMap<(Operation, String), usize> {
    let place = |(at, action): (usize, &plumb_model::Action)| {
        ((action.operation, action.key.canonical()), at)
    };
    plan.actions.iter().enumerate().map(place).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn the_same_world_gives_the_same_plan(world in any_world()) {
        prop_assert_eq!(super::world::text(&world.plan()), super::world::text(&world.plan()));
    }

    #[test]
    fn nothing_is_deleted_without_proof(world in any_world()) {
        for action in world.plan().actions {
            if action.operation != Operation::Delete {
                continue;
            }
            let replaced = world.documents.iter().any(|resource| resource.key == action.key)
                && world.policy.purpose == Purpose::Converge;
            let pruning = world.policy.prune == Prune::On
                || world.policy.purpose == Purpose::Destroy;
            prop_assert!(replaced || pruning, "{} without prune", action.id);
            let entry = world.ledger.entries.get(&action.key);
            prop_assert!(entry.is_some(), "{} is not in the ledger", action.id);
            let object = world.live.present(&action.key);
            prop_assert!(object.is_some(), "{} was not seen", action.id);
            let marked = object.unwrap().mark.as_deref() == Some(super::world::STACK);
            let rules = super::toys::kinds();
            let has_place = rules.get(&action.key.kind).unwrap().mark == MarkPlace::Object;
            prop_assert!(marked || !has_place, "{} without a mark", action.id);
            if !replaced {
                prop_assert!(!entry.unwrap().protections.prevent_destroy);
            }
        }
    }

    #[test]
    fn what_was_not_seen_or_is_anothers_is_not_touched(world in any_world()) {
        for action in world.plan().actions {
            match world.live.objects.get(&action.key).unwrap() {
                Observation::Unknown(_) => prop_assert!(false, "{}", action.id),
                Observation::Present(object) => {
                    prop_assert_ne!(object.mark.as_deref(), Some("theirs"));
                    prop_assert!(object.status.phase != Phase::Deleting || action.operation == Operation::Delete);
                }
                Observation::Absent => {
                    prop_assert_ne!(action.operation, Operation::Delete);
                }
            }
        }
    }

    #[test]
    fn of_several_candidates_none_is_touched(world in any_world()) {
        let rival = "id-of-a-rival".parse().ok();
        for action in world.plan().actions {
            if let Observation::Present(object) = world.live.objects.get(&action.key).unwrap() {
                prop_assert_ne!(&object.remote_id, &rival, "{}", action.id);
            }
            let declared = world.policy.purpose == Purpose::Converge
                && world.documents.iter().any(|resource| resource.key == action.key);
            match world.live.rivals.get(&action.key) {
                Some(Rivals::Undecided(_)) => prop_assert!(false, "{}", action.id),
                Some(Rivals::Duplicates(_)) => prop_assert!(!declared, "{}", action.id),
                None => {}
            }
        }
    }

    #[test]
    fn edges_are_respected(world in any_world()) {
        let plan = world.plan();
        let desired = world.desired();
        let at = position(&plan);
        let first = |k: &plumb_model::ResourceKey, wanted: &[Operation]| {
            wanted.iter().filter_map(|o| at.get(&(*o, k.canonical()))).min().copied()
        };
        let made = [Operation::Create, Operation::Update, Operation::Publish];
        for (key, required) in desired.edges() {
            for other in required {
                if let (Some(later), Some(earlier)) = (first(key, &made), first(other, &made)) {
                    prop_assert!(earlier < later, "{other} before {key}");
                }
            }
        }
        for action in plan.actions.iter().filter(|a| a.operation == Operation::Delete) {
            for parent in desired.ancestors(&action.key) {
                if let Some(later) = first(&parent, &[Operation::Delete]) {
                    prop_assert!(at[&(Operation::Delete, action.key.canonical())] < later);
                }
            }
        }
    }

    #[test]
    fn an_applied_plan_leaves_nothing_to_do_but_what_is_blocked(world in any_world()) {
        let mut world = world;
        world.policy.confirm_loss = true;
        world.policy.allowed_deletes = Some(u32::MAX);
        // What was blocked may be freed by what was done; it takes a few runs at most.
        for _ in 0..3 {
            let plan = world.plan();
            world.apply(&plan);
        }
        let last = world.plan();
        prop_assert!(last.actions.is_empty(), "{:?}", super::world::lines(&last));
    }
}
