//! Policies as expressions, over the whole planned world.

use super::world::World;
use plumb_model::policy::{Prune, Purpose};
use plumb_model::text::Secret;
use plumb_model::{Body, CelPolicy, Fit, body};

fn policy(cel: &str) -> CelPolicy {
    CelPolicy {
        name: "small".to_owned(),
        place: "plumb.yaml:7".to_owned(),
        about: None,
        cel: cel.to_owned(),
        message: None,
    }
}

/// Eight GPUs that run and are declared, eight that run and are not, and eight more.
fn fleet() -> World {
    let spec = |place: &str| body!({"spec": {"gpus": 8, "place": (place.to_owned())}});
    World::new()
        .settled("Rental/kept", spec("Dallas"))
        .owned("Rental/forgotten", spec("Dallas"))
        .priced("Rental/kept", Some("2"), Some("2"))
        .priced("Rental/forgotten", Some("2.1"), None)
        .declare("Rental/new", spec("Ashton"))
        .priced("Rental/new", None, Some("1"))
}

fn refused(world: World, policy: &CelPolicy) -> Vec<String> {
    let plan = world.policy(|it| it.policies = vec![policy.clone()]).plan();
    plan.tripped.iter().map(|it| format!("{} {}", it.code.as_str(), it.message)).collect()
}

#[test]
fn the_whole_planned_world_is_judged() {
    let all = "Rental/kept, Rental/new";
    for (cel, says) in [
        ("totals.gpus <= 24", None),
        (
            "totals.gpus <= 16",
            Some("totals.gpus is 24, and not <= 16: Rental/forgotten, Rental/kept, Rental/new"),
        ),
        ("totals.hourly == 5.1 && totals.monthly == 3723 && totals.resources == 3", None),
        ("totals.hourly < 5", Some("totals.hourly is 5.1, and not < 5: Rental/forgotten")),
        ("resources.filter(r, r.declared).map(r, r.hourly).sum() == 3", None),
        (
            "resource.spec.place == 'Dallas'",
            Some("resource.spec.place is \"Ashton\", and not == \"Dallas\": Rental/new"),
        ),
        ("resource.gpus < 8 || !resource.declared", Some(all)),
        ("resources.all(r, r.action == 'none' || r.name == 'new' && r.action == 'create')", None),
        (
            "changes.add == 1 && changes.destroy == 0 && removed.size() == 0 && stack == 'ours'",
            None,
        ),
        ("resource.kind == 'Rental' && resource.group == 'toy' && resource.scope == ''", None),
        ("resource.contract_months == 0", None),
        ("resource.spec.none == 1", Some("cannot be judged: Rental/kept, no such key: none")),
        ("totals.gpus <=", Some("cannot be judged: line 1, column 15: it does not parse")),
    ] {
        let found = refused(fleet(), &policy(cel));
        match says {
            None => assert_eq!(found, [""; 0], "{cel}"),
            Some(part) => {
                assert!(found[0].starts_with("PL0525 policy small (plumb.yaml:7): "), "{found:?}");
                assert!(found[0].contains(part), "{cel}: {found:?}");
            }
        }
    }
}

/// A policy about some things sees no others, and says what its author had to say.
#[test]
fn some_things_are_a_world_of_their_own() {
    let fit = |place: &str| Fit {
        kind: "Rental".to_owned(),
        having: [("spec.place".parse().unwrap(), place.to_owned())].into(),
    };
    let about = |place: &str| CelPolicy {
        about: Some(fit(place)),
        message: Some("ask the owner".to_owned()),
        ..policy("totals.gpus <= 8")
    };
    assert_eq!(refused(fleet(), &about("Ashton")), [""; 0]);
    let found = refused(fleet(), &about("Dallas"));
    let says = "ask the owner; totals.gpus is 16, and not <= 8: Rental/forgotten, Rental/kept";
    assert!(found[0].ends_with(says), "{found:?}");
}

#[test]
fn what_is_not_known_is_not_kept() {
    let unpriced = || fleet().declare("Rental/odd", body!({"spec": {}}));
    for (cel, why) in [
        (
            "totals.hourly < 1000",
            "no such key: hourly (Rental/odd, of which nobody knows the price",
        ),
        ("totals.gpus < 1000", "no such key: gpus (Rental/odd, of which nobody says how many GPUs"),
        ("resource.monthly < 10000", "Rental/odd, no such key: monthly (of which nobody knows"),
    ] {
        let found = refused(unpriced(), &policy(cel));
        assert!(found[0].contains("cannot be judged: ") && found[0].contains(why), "{found:?}");
    }
    assert_eq!(refused(unpriced(), &policy("!has(resource.gpus) || resource.gpus == 8")), [""; 0]);
}

/// What only takes away is asked by those policies alone that speak of what goes.
#[test]
fn what_only_takes_away_passes_but_for_what_speaks_of_it() {
    let pruned = || {
        let spec = body!({"spec": {"gpus": 8}});
        World::new().owned("Rental/gone", spec).policy(|it| it.prune = Prune::On)
    };
    let destroyed = || fleet().policy(|it| it.purpose = Purpose::Destroy);
    for world in [pruned, destroyed] {
        assert_eq!(refused(world(), &policy("totals.resources < 0")), [""; 0]);
        let found = refused(world(), &policy("removed.all(r, r.kind != 'Rental')"));
        assert!(
            found[0].contains("r.kind is \"Rental\", and not != \"Rental\": Rental/"),
            "{found:?}"
        );
        assert_eq!(
            refused(world(), &policy("changes.destroy > 0 && totals.resources == 0")),
            [""; 0]
        );
    }
}

/// What is secret is veiled before an expression sees it.
#[test]
fn no_secret_is_seen() {
    let password = Body::from(Secret::new("hush-hush"));
    let world =
        || World::new().declare("Person/ada", body!({"spec": {"password": (password.clone())}}));
    let found = refused(world(), &policy("resource.spec.password == 'hush-hush'"));
    assert!(
        found[0].contains("(secret)")
            && !found[0].contains("\"(secret)\", and not == \"(secret)\""),
        "{found:?}"
    );
    assert_eq!(refused(world(), &policy("resource.spec.password == '(secret)'")), [""; 0]);
}

/// The fingerprint of a plan covers the policies, wherever they stand in their file.
#[test]
fn policies_are_settings_of_the_run() {
    let settings = |policy: CelPolicy| {
        fleet().policy(|it| it.policies = vec![policy.clone()]).policy.settings()
    };
    let one = settings(policy("true"));
    assert_ne!(one, settings(policy("1 == 1")));
    let moved = CelPolicy { place: "plumb.yaml:9".to_owned(), ..policy("true") };
    assert_eq!(one, settings(moved));
}
