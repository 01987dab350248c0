//! What holds for any fleet of both clouds: documents may come in any order, edges are respected, an export plans
//! empty, a plan after an apply is empty, and a fault anywhere makes nothing twice. Faults around
//! creates that cannot be repeated are `reliability`'s.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "properties/fleet.rs"]
mod fleet;
#[path = "properties/rented.rs"]
mod rented;

use fleet::{Fleet, both, fleet};
use plumb_engine::Interrupt;
use plumb_model::event::RunOutcome;
use plumb_model::policy::Prune;
use plumb_model::{Code, Desired, LedgerView, Plan, Policy, Report, ResourceKey};
use plumb_sandbox::{Edit, Effect, EffectKind, World};
use plumb_sandbox_voltage_park::catalog::DALLAS;
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, Refused, plain_policy};
use plumb_tests::simulated::Seen as _;
use plumb_tests::{listing, oracle};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Runs a property on cases that are the same in every run.
fn hold<S: Strategy>(
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, random).run(strategy, property).unwrap();
}

/// A property that awaits, under a clock of its own that stands still.
fn paused<F: Future<Output = Result<(), TestCaseError>>>(future: F) -> Result<(), TestCaseError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

/// A repository over a fresh cloud.
fn plumb() -> Plumb {
    let projects = json!([
        {"id": "syscat1", "name": "system-catalog"},
        {"id": "mlmlml1", "name": "ml"},
    ]);
    let cloud = Cloud::new(json!({
        "voltage-park": {"knobs": {"bm_provision_time": PROVISIONING_SECONDS}},
        "rafay": {"seeded": {"projects": projects}},
    }))
    .unwrap();
    // More than any fleet takes, the replaced machines included.
    let plenty = json!({"ethernet": 1000, "infiniband": 1000});
    let object = format!("voltage-park/stock/{DALLAS}");
    cloud.world().edit(&Edit::Patch { object, patch: plenty }).unwrap();
    let plumb = Plumb::new(cloud).unwrap();
    plumb.write("plumb.yaml", STACK).unwrap();
    plumb
}

/// How long a rental is pending.
const PROVISIONING_SECONDS: u64 = 60;

const STACK: &str = "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {name: fleet}\n";

fn write(plumb: &Plumb, documents: &[Value]) {
    plumb.write("fleet.yaml", &yaml(documents)).unwrap();
}

fn yaml(documents: &[Value]) -> String {
    let document = |value| format!("---\n{}", serde_yaml::to_string(value).unwrap());
    documents.iter().map(document).collect()
}

/// Everything a person could allow is allowed.
#[expect(clippy::unnecessary_wraps, reason = "the harness' shape of a policy")]
fn generous(declared: &Declared, view: &LedgerView) -> Result<Policy, String> {
    Ok(Policy {
        prune: Prune::On,
        allowed_deletes: Some(1_000),
        confirm_loss: true,
        early_terminations: view.entries.keys().cloned().collect(),
        ..plain_policy(declared)
    })
}

async fn apply(plumb: &mut Plumb) -> (Plan, Report) {
    let nothing = || Ok(());
    let ran = plumb.apply(&generous, &nothing, &Interrupt::never()).await;
    let ran = ran.unwrap_or_else(|refused| panic!("{refused:#?}"));
    assert!(ran.planned.plan.tripped.is_empty(), "{:#?}", ran.planned.plan.tripped);
    (ran.planned.plan, ran.report.unwrap())
}

async fn look(plumb: &Plumb) -> Plan {
    match plumb.plan(&generous).await {
        Ok(planned) => planned.plan,
        Err(Refused::Findings(findings)) => panic!("{findings:#?}"),
        Err(Refused::Harness(text)) => panic!("{text}"),
    }
}

fn done((plan, report): &(Plan, Report)) -> Result<(), TestCaseError> {
    let listing = listing::of_plan(plan, Some(report));
    let messages = listing::messages(plan, &[], Some(report));
    prop_assert_eq!(report.outcome(), RunOutcome::Done, "{}\n{}", listing, messages);
    prop_assert!(is_free(plan), "{}", listing);
    Ok(())
}

/// Whether nothing is in the way, but for a network that stays because machines that stay need it.
fn is_free(plan: &Plan) -> bool {
    plan.blocked.iter().all(|blocked| {
        blocked.code == Code::BLOCKED_STILL_NEEDED && blocked.key.kind.kind == "Service"
    })
}

async fn settled(plumb: &Plumb) -> Result<(), TestCaseError> {
    let before = plumb.cloud.world().requests().last_number();
    let plan = look(plumb).await;
    let nothing = plan.actions.is_empty() && is_free(&plan);
    prop_assert!(nothing, "planning again does something:\n{}", listing::of_plan(&plan, None));
    prop_assert!(plumb.cloud.world().requests().is_get_only(before));
    let complaints = oracle::complaints(&plumb.cloud.world(), &BTreeSet::new());
    prop_assert!(complaints.is_empty(), "{complaints:#?}");
    Ok(())
}

#[test]
fn the_order_of_documents_and_files_means_nothing() {
    let splits = prop::collection::vec((any::<Index>(), 0..3_usize), 40);
    hold(24, &(both(), any::<Index>(), splits), |(fleet, part, splits)| {
        paused(async {
            let mut plumb = plumb();
            let (made, _) = fleet.documents.split_at(part.index(fleet.documents.len() + 1));
            write(&plumb, made);
            if !made.is_empty() {
                done(&apply(&mut plumb).await)?;
            }
            write(&plumb, &fleet.documents);
            let plan = look(&plumb).await;
            fs::remove_file(plumb.root().join("fleet.yaml")).unwrap();
            scatter(&plumb, &fleet, &splits);
            let other = look(&plumb).await;
            prop_assert_eq!(without_places(&plan), without_places(&other));
            Ok(())
        })
    });
}

/// A plan as text, but for where in the files its findings are.
fn without_places(plan: &Plan) -> String {
    let mut plan = plan.clone();
    for finding in &mut plan.findings {
        finding.span = None;
    }
    serde_json::to_string_pretty(&plan).unwrap()
}

/// The same documents in another order, over three files in two folders and two formats.
fn scatter(plumb: &Plumb, fleet: &Fleet, splits: &[(Index, usize)]) {
    let mut files: [Vec<Value>; 3] = Default::default();
    for (document, (index, file)) in fleet.documents.iter().zip(splits) {
        let list = &mut files[*file];
        list.insert(index.index(list.len() + 1), document.clone());
    }
    let [first, second, third] = files;
    plumb.write("z/first.yaml", &yaml(&first)).unwrap();
    plumb.write("a/second.yml", &yaml(&second)).unwrap();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": third});
    if !third.is_empty() {
        plumb.write("a/third.json", &list.to_string()).unwrap();
    }
}

#[test]
fn edges_are_respected_by_the_effects() {
    hold(24, &both(), |fleet| {
        paused(async {
            let mut plumb = plumb();
            write(&plumb, &fleet.documents);
            let ran = apply(&mut plumb).await;
            done(&ran)?;
            let declared = plumb.declare(&[plumb.root().to_owned()]).unwrap();
            orderly(&declared.desired, &plumb.cloud.world())?;
            settled(&plumb).await
        })
    });
}

/// Everything was ready before what needs it was made.
fn orderly(desired: &Desired, world: &World) -> Result<(), TestCaseError> {
    for (key, required) in desired.edges() {
        let began = created_at(world, key).unwrap();
        for other in required {
            let ready = ready_at(world, other).unwrap();
            prop_assert!(ready <= began, "{key} was made before {other} was ready");
        }
    }
    Ok(())
}

/// Whether an effect is of a resource: by its key, or by its family and name.
fn is_of(effect: &Effect, key: &ResourceKey) -> bool {
    match rented::family(&key.kind.kind) {
        None => effect.object == key.to_string(),
        Some(family) => {
            let place = format!("voltage-park/{family}/");
            effect.object.starts_with(&place) && effect.detail["name"] == key.name
        }
    }
}

fn created_at(world: &World, key: &ResourceKey) -> Option<i64> {
    let mut effects = world.effects().all().iter();
    let created = |effect: &&Effect| effect.kind == EffectKind::Created && is_of(effect, key);
    effects.find(created).map(|effect| effect.at.as_micros())
}

/// When a resource was usable: after its deployment, where it has one.
fn ready_at(world: &World, key: &ResourceKey) -> Option<i64> {
    let durations = &world.rafay().config().durations;
    let micros = |seconds: u64| i64::try_from(seconds * 1_000_000).unwrap();
    let mut effects = world.effects().all().iter().rev().filter(|effect| is_of(effect, key));
    effects.find_map(|effect| {
        let takes = match (effect.kind, key.kind.kind.as_str()) {
            (EffectKind::Created, "BareMetal") => PROVISIONING_SECONDS,
            (EffectKind::Created, _) => 0,
            (EffectKind::Published, "Service") => durations.service,
            (EffectKind::Published, _) => durations.baremetal.min(durations.k8s),
            _ => return None,
        };
        Some(effect.at.as_micros() + micros(takes))
    })
}

#[test]
fn a_plan_of_an_export_is_empty() {
    hold(24, &both(), |fleet| {
        paused(async {
            let mut plumb = plumb();
            write(&plumb, &fleet.documents);
            done(&apply(&mut plumb).await)?;
            let declared = plumb.declare(&[plumb.root().to_owned()]).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let include = |key: &ResourceKey| declared.desired.get(key).is_some();
            plumb.export(folder.path(), &include).await.unwrap();
            fs::write(folder.path().join("plumb.yaml"), STACK).unwrap();
            let plan = plan_of(&plumb, folder.path()).await;
            prop_assert!(plan.is_empty(), "{}", listing::of_plan(&plan, None));
            prop_assert_eq!(plan.unchanged.len(), fleet.documents.len());
            Ok(())
        })
    });
}

async fn plan_of(plumb: &Plumb, folder: &Path) -> Plan {
    plumb.plan_of(folder).await.unwrap_or_else(|refused| panic!("{refused:#?}")).plan
}

#[test]
fn a_plan_after_an_apply_is_empty_and_after_a_change_of_everything_too() {
    hold(20, &(both(), both()), |(first, second)| {
        paused(async {
            let mut plumb = plumb();
            for fleet in [&first, &second, &first] {
                write(&plumb, &fleet.documents);
                done(&apply(&mut plumb).await)?;
                settled(&plumb).await?;
            }
            Ok(())
        })
    });
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug)]
enum Fault {
    LostAfter,
    LostBefore,
    Trouble,
    Throttled,
    BrokenOff,
    Twice,
    Late,
    Slow,
}

impl Fault {
    fn effect(self) -> Value {
        match self {
            Fault::LostAfter => json!({"type": "lost_after"}),
            Fault::LostBefore => json!({"type": "lost_before"}),
            Fault::Trouble => json!({"type": "respond", "status": 500}),
            Fault::Throttled => {
                json!({"type": "respond", "status": 429, "headers": {"retry-after": "7"}})
            }
            Fault::BrokenOff => json!({"type": "close_mid_body", "bytes": 5}),
            Fault::Twice => json!({"type": "duplicate", "answer": "second"}),
            Fault::Late => json!({"type": "late_effect", "after_calls": 4}),
            Fault::Slow => json!({"type": "delay", "ms": 90_000}),
        }
    }
}

fn faults() -> impl Strategy<Value = Vec<(Fault, &'static str, u64)>> {
    let fault = prop::sample::select(vec![
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::Trouble,
        Fault::Throttled,
        Fault::BrokenOff,
        Fault::Twice,
        Fault::Late,
        Fault::Slow,
    ]);
    // Mostly at writes, which are few among all the reads.
    let method = prop_oneof![4 => Just("POST"), 1 => Just("GET")];
    prop::collection::vec((fault, method, 1..12_u64), 1..4)
}

#[test]
fn a_fault_anywhere_makes_nothing_twice_and_the_next_runs_finish() {
    hold(64, &(fleet(), faults()), |(fleet, faults)| {
        paused(async {
            let mut plumb = plumb();
            let rules: Vec<Value> = faults
                .iter()
                .map(|(fault, method, nth)| {
                    json!({"match": {"method": method}, "when": {"nth": nth}, "effect": fault.effect()})
                })
                .collect();
            plumb.cloud.configure(&json!({"faults": rules})).unwrap();
            write(&plumb, &fleet.documents);
            let mut ran = apply(&mut plumb).await;
            plumb.cloud.configure(&json!({"faults": []})).unwrap();
            for _ in 0..2 {
                if ran.1.outcome() == RunOutcome::Done && is_free(&ran.0) {
                    break;
                }
                tokio::time::sleep(Duration::from_mins(1)).await;
                ran = apply(&mut plumb).await;
            }
            done(&ran)?;
            settled(&plumb).await?;
            let creates = plumb.cloud.world().effects().creates_per_object();
            prop_assert!(creates.values().all(|count| *count == 1), "{creates:#?}");
            prop_assert_eq!(creates.len(), fleet.documents.len());
            Ok(())
        })
    });
}
