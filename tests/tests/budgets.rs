//! The budgets that are counts: how many requests plumb sends, and how long that takes when working
//! takes no time and a request 50 ms. They hold in any profile and on any machine; seconds and bytes
//! are the bench's, `benches/budgets.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../benches/budgets/counted.rs"]
mod counted;
#[path = "../benches/budgets/fleet.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod fleet;
#[path = "budgets/limits.rs"]
mod limits;
#[path = "budgets/slow.rs"]
mod slow;
#[path = "../benches/budgets/wired.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod wired;

use counted::{
    BESIDE_RENTED, IN_FLIGHT, OTHER_COLLECTIONS, REQUEST_MILLISECONDS, pages, rented_floor,
    rented_pages, rented_round_trips,
};
use fleet::Fleet;
use plumb_engine::Interrupt;
use plumb_model::policy::Prune;
use plumb_model::{LedgerView, Policy};
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, plain_policy};
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn an_empty_plan_of_a_thousand_machines_takes_25_requests_in_three_round_trips() {
    let took = counted::empty_plan(Fleet::Machines(1_000));
    assert!(took.requests <= 25, "{took:?}");
    assert!(took.elapsed <= Duration::from_millis(150), "{took:?}");
}

/// The contract assumes that four calls in flight are safe (V-05), and that more are while none is refused:
/// ten pages, the keys and whose the key is, are four requests and then eight.
#[test]
fn an_empty_plan_of_a_thousand_rented_machines_takes_12_requests_in_two_round_trips() {
    let took = counted::empty_plan(Fleet::Rented(1_000));
    assert!(took.requests <= 12, "{took:?}");
    assert_eq!(rented_round_trips(1_000), 2);
    assert!(took.elapsed <= Duration::from_millis(2 * REQUEST_MILLISECONDS), "{took:?}");
}

#[test]
fn requests_of_an_empty_plan_of_rented_machines_grow_with_pages_alone() {
    for machines in [1_u16, 99, 100, 101, 250] {
        let took = counted::empty_plan(Fleet::Rented(machines.into()));
        let allowed = rented_pages(machines.into()) + BESIDE_RENTED;
        assert!(took.requests <= allowed, "{machines}: {took:?}");
        let round_trips = rented_round_trips(machines.into());
        let allowed = Duration::from_millis(round_trips * REQUEST_MILLISECONDS);
        assert!(took.elapsed <= allowed, "{machines}: {took:?}");
    }
}

#[test]
fn requests_of_an_empty_plan_grow_with_pages_alone() {
    for machines in [1, 49, 50, 51, 149] {
        let took = counted::empty_plan(Fleet::Machines(machines));
        let allowed = pages(machines) + OTHER_COLLECTIONS;
        assert!(took.requests <= allowed, "{machines}: {took:?}");
    }
}

#[test]
fn a_thousand_creates_take_the_time_of_their_requests_and_one_listing() {
    let took = counted::creates(Fleet::Workspaces(1_000));
    assert_eq!(took.posts, 1_000, "{took:?}");
    assert!(took.reads <= pages(1_000), "{took:?}");
    assert!(took.elapsed <= took.floor(IN_FLIGHT).mul_f64(1.05), "{took:?}");
}

/// What nothing waits for is read back when everything is written, however long that takes.
#[test]
fn two_thousand_creates_are_read_back_by_one_listing() {
    let took = counted::creates(Fleet::Workspaces(2_000));
    assert_eq!(took.posts, 2_000, "{took:?}");
    assert!(took.reads <= pages(2_000), "{took:?}");
    assert!(took.elapsed <= took.floor(IN_FLIGHT).mul_f64(1.05), "{took:?}");
}

/// What is made shifts the pages of the list in which nothing may be there yet, and must not be taken
/// for a list that does not hold still; nor is there a list for each create.
#[test]
fn three_hundred_rentals_are_made_beside_a_few_lists() {
    let took = counted::creates(Fleet::Rented(300));
    assert_eq!(took.posts, 300, "{took:?}");
    // A look before anything is made and one each few seconds, and one for each round of waiting.
    assert!(took.reads <= 40, "{took:?}");
    assert!(took.elapsed <= rented_floor(300).mul_f64(1.3), "{took:?}");
}

/// What was made is waited for and read back by lists that all share, the last one as soon as
/// everything is made.
#[test]
fn a_thousand_rentals_take_the_time_of_their_requests() {
    let took = counted::creates(Fleet::Rented(1_000));
    assert_eq!(took.posts, 1_000, "{took:?}");
    assert!(took.reads <= 100, "{took:?}");
    assert!(took.elapsed <= rented_floor(1_000).mul_f64(1.1), "{took:?}");
}

/// Between a create and the deployment of the same thing nothing is read: the answer says what is there.
#[test]
fn an_instance_is_made_and_deployed_with_two_requests() {
    const INSTANCES: usize = 200;
    let took = counted::creates(Fleet::Machines(INSTANCES));
    let workspaces = 1;
    assert_eq!(took.posts, 2 * INSTANCES as u64 + workspaces, "{took:?}");
    let rounds = 14;
    assert!(took.reads <= rounds * pages(INSTANCES), "{took:?}");
}

#[test]
fn a_thousand_keys_take_the_time_of_their_requests() {
    let took = counted::creates(Fleet::Keys(1_000));
    assert_eq!(took.posts, 1_000, "{took:?}");
    assert!(took.reads <= 20, "{took:?}");
    assert!(took.elapsed <= rented_floor(1_000).mul_f64(1.05), "{took:?}");
}

#[test]
fn waiting_costs_the_pages_of_the_list_each_round() {
    const MACHINES: usize = 150;
    let took = counted::waiting(Fleet::Machines(MACHINES));
    assert!(took.rounds.len() > 2, "there was nothing to wait for: {took:?}");
    assert!(took.rounds.iter().all(|requests| *requests <= pages(MACHINES)), "{took:?}");
    assert_eq!(took.others, 0, "{took:?}");
}

/// What lives in an owned project is listed where it may be deleted, and nowhere else.
#[tokio::test(start_paused = true)]
async fn a_plan_reads_no_list_that_nothing_in_the_stack_needs() {
    let cloud = Cloud::new(serde_json::json!({})).unwrap();
    let mut plumb = Plumb::new(cloud).unwrap();
    plumb
        .write("plumb.yaml", "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {name: a}\n")
        .unwrap();
    let project = "apiVersion: auth/v1\nkind: Project\nmetadata: {name: ml}\n";
    let workspace =
        "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: lab, project: ml}\n";
    plumb.write("fleet.yaml", &format!("{project}---\n{workspace}")).unwrap();
    let policy = |prune: Prune| {
        move |declared: &Declared, _: &LedgerView| -> Result<Policy, String> {
            Ok(Policy { prune, ..plain_policy(declared) })
        }
    };
    plumb.apply(&policy(Prune::Off), &|| Ok(()), &Interrupt::never()).await.unwrap();
    let asked = async |plumb: &Plumb, prune: Prune| {
        let before = plumb.cloud.world().requests().all().count();
        let plan = plumb.plan(&policy(prune)).await.unwrap().plan;
        let world = plumb.cloud.world();
        let paths = world.requests().all().skip(before).map(|record| record.path.clone());
        (plan, paths.collect::<BTreeSet<String>>())
    };
    let own = [
        "/apis/paas.envmgmt.io/v1/projects/ml/workspaces",
        "/auth/v1/projects/",
        "/auth/v1/users/-/profile",
    ];
    for prune in [Prune::Off, Prune::On] {
        let (plan, paths) = asked(&plumb, prune).await;
        assert!(plan.is_empty());
        assert_eq!(paths.iter().map(String::as_str).collect::<Vec<_>>(), own);
    }
    // To go, it must be empty: every kind that can live in it is looked for.
    plumb.write("fleet.yaml", project).unwrap();
    let (plan, paths) = asked(&plumb, Prune::On).await;
    assert_eq!(plan.actions.len(), 1, "{:?}", plan.actions);
    let inside = "/apis/paas.envmgmt.io/v1/projects/ml/workspaces/lab";
    let developers = inside.replace("paas.", "dev.");
    for list in [format!("{inside}/services"), format!("{developers}/sshkeys")] {
        assert!(paths.contains(&list), "{list}: {paths:?}");
    }
}
