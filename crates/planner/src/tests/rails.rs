//! The guard rails of a stack, over the whole planned world.

use super::world::World;
use plumb_model::policy::{Prune, Purpose};
use plumb_model::rails::Measure;
use plumb_model::{Fit, Money, Rail, Rails, body};
use std::collections::{BTreeMap, BTreeSet};

fn rail() -> Rail {
    Rail {
        name: "small".to_owned(),
        place: "plumb.yaml:7".to_owned(),
        about: Some(Fit { kind: "Rental".to_owned(), having: BTreeMap::new() }),
        most: BTreeMap::new(),
        most_each: BTreeMap::new(),
        among: BTreeMap::new(),
        like: BTreeMap::new(),
        has: BTreeMap::new(),
    }
}

fn most(measure: Measure, figure: u64) -> Rail {
    Rail { most: [(measure, Money::of_count(figure))].into(), ..rail() }
}

/// Eight GPUs that run and are declared, eight that run and are not, and so many that are declared.
fn fleet(more: u64) -> World {
    let spec = |gpus: u64| body!({"spec": {"gpus": gpus, "place": "Dallas", "tags": ["team"]}});
    let world = World::new()
        .settled("Rental/kept", spec(8))
        .owned("Rental/forgotten", spec(8))
        .priced("Rental/kept", Some("2"), Some("2"))
        .priced("Rental/forgotten", Some("2"), None);
    let new = |world: World| {
        world.declare("Rental/new", spec(more)).priced("Rental/new", None, Some("1"))
    };
    if more == 0 { world } else { new(world) }
}

fn refused(world: World, rail: Rail) -> Vec<String> {
    let rails = Rails { rails: vec![rail], gpus: Vec::new() };
    let plan = world.policy(|policy| policy.rails = rails.clone()).plan();
    plan.tripped.iter().map(|it| format!("{} {}", it.code.as_str(), it.message)).collect()
}

#[test]
fn what_stays_counts_as_what_is_made_does() {
    use Measure::{ContractMonths, Gpus, Hourly, Monthly, Resources};
    for (measure, figure, says) in [
        (Gpus, 24, None),
        (Gpus, 23, Some("24 GPUs planned, and the most is 23 GPUs: Rental/kept")),
        (Hourly, 5, None),
        (Hourly, 4, Some("$5.00 an hour planned, and the most is $4.00 an hour")),
        (Monthly, 3650, None),
        (Monthly, 3649, Some("$3650.00 a month planned")),
        (Resources, 3, None),
        (Resources, 2, Some("3 resources planned")),
        (ContractMonths, 0, None),
    ] {
        let found = refused(fleet(8), most(measure, figure));
        match says {
            None => assert_eq!(found, [""; 0], "{measure:?} {figure}"),
            Some(part) => {
                assert!(found[0].starts_with("PL0524 guard rail small (plumb.yaml:7): "));
                assert!(found[0].contains(part), "{found:?}");
            }
        }
    }
}

/// A rail holds up what makes and changes; never what only takes away, nor a plan of nothing.
#[test]
fn what_only_takes_away_passes() {
    let tight = || most(Measure::Gpus, 1);
    assert_eq!(refused(fleet(0), tight()), [""; 0]);
    let pruned = fleet(0).policy(|policy| policy.prune = Prune::On);
    assert_eq!(refused(pruned, tight()), [""; 0]);
    let destroyed = fleet(8).policy(|policy| policy.purpose = Purpose::Destroy);
    assert_eq!(refused(destroyed, tight()), [""; 0]);
    assert_eq!(refused(fleet(8), tight()).len(), 1);
    // What the run deletes is gone from the planned world.
    let swapped = fleet(8).policy(|policy| policy.prune = Prune::On);
    assert_eq!(refused(swapped, most(Measure::Gpus, 16)), [""; 0]);
}

#[test]
fn what_cannot_be_judged_is_not_kept() {
    let unknown = || fleet(8).declare("Rental/odd", body!({"spec": {}}));
    let found = refused(unknown(), most(Measure::Gpus, 1_000));
    assert!(found[0].contains("cannot be judged: Rental/odd"), "{found:?}");
    assert!(found[0].contains("spec.gpus"), "{found:?}");
    let found = refused(unknown(), most(Measure::Hourly, 1_000));
    assert!(found[0].contains("nobody knows the price"), "{found:?}");
    // What could not be seen is as it was when it was last sent, and nobody knows what it costs now.
    let unseen = || fleet(8).unknown("Rental/forgotten");
    assert_eq!(refused(unseen(), most(Measure::Gpus, 24)), [""; 0]);
    assert_eq!(refused(unseen(), most(Measure::Gpus, 23)).len(), 1);
    let found = refused(unseen(), most(Measure::Hourly, 1_000));
    assert!(found[0].contains("cannot be judged: Rental/forgotten"), "{found:?}");
    // The stack says how many there are.
    let fit = Fit { kind: "Rental".to_owned(), having: BTreeMap::new() };
    let rails = Rails { rails: vec![most(Measure::Gpus, 28)], gpus: vec![(fit, 4)] };
    let said = |most: u64| {
        let mut rails = rails.clone();
        rails.rails[0].most.insert(Measure::Gpus, Money::of_count(most));
        unknown().policy(|policy| policy.rails = rails.clone()).plan().tripped.len()
    };
    assert_eq!((said(28), said(27)), (0, 1));
}

#[test]
fn fields_are_held_to_values_patterns_and_what_they_must_have() {
    let field = |name: &str| name.parse().unwrap();
    let set = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    let among =
        |values: &[&str]| Rail { among: [(field("spec.place"), set(values))].into(), ..rail() };
    let like =
        |text: &str| Rail { like: [(field("spec.place"), text.to_owned())].into(), ..rail() };
    let has =
        |name: &str, values: &[&str]| Rail { has: [(field(name), set(values))].into(), ..rail() };
    let each = |figure: u64| Rail {
        most_each: [(Measure::Gpus, Money::of_count(figure))].into(),
        ..rail()
    };
    let having = |place: &str| Rail {
        about: Some(Fit {
            kind: "Rental".to_owned(),
            having: [(field("spec.place"), place.to_owned())].into(),
        }),
        ..each(1)
    };
    for (rail, count, part) in [
        (among(&["Dallas", "Ashton"]), 0, ""),
        (among(&["Ashton"]), 3, "spec.place is \"Dallas\", and Ashton is allowed"),
        (Rail { among: [(field("spec.none"), set(&["a"]))].into(), ..rail() }, 3, "no spec.none"),
        (like("Dal*"), 0, ""),
        (like("Ash*"), 3, "it must look like \"Ash*\""),
        (has("spec.tags", &["team"]), 0, ""),
        (has("spec.tags", &[]), 0, ""),
        (has("spec.tags", &["team", "cost"]), 3, "has no \"cost\" in spec.tags"),
        (has("spec.labels", &[]), 3, "has no spec.labels"),
        (each(8), 0, ""),
        (each(7), 3, "8 GPUs, and the most is 7 GPUs"),
        (having("Dallas"), 3, "8 GPUs"),
        (having("Ashton"), 0, ""),
    ] {
        let shown = format!("{rail:?}");
        let found = refused(fleet(8), rail);
        assert_eq!(found.len(), count, "{shown}: {found:?}");
        assert!(found.iter().all(|it| it.contains(part)), "{shown}: {found:?}");
    }
}

/// The fingerprint of a plan covers the rails, wherever they stand in their file.
#[test]
fn rails_are_settings_of_the_run() {
    let settings = |rail: Rail| {
        let world = fleet(8).policy(|policy| policy.rails.rails = vec![rail.clone()]);
        world.policy.settings()
    };
    let one = settings(most(Measure::Gpus, 24));
    assert!(!one.is_empty());
    assert_ne!(one, settings(most(Measure::Gpus, 25)));
    let moved = Rail { place: "plumb.yaml:9".to_owned(), ..most(Measure::Gpus, 24) };
    assert_eq!(one, settings(moved));
}
