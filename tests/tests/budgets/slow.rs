//! Machines that take half an hour hold up what depends on them, and nothing else, on virtual time.

use plumb_engine::Interrupt;
use plumb_model::event::ActionOutcome;
use plumb_model::{Event, LedgerView, Operation, Policy};
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, plain_policy};
use plumb_tests::trial::virtual_time::in_virtual_time;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::time::Instant;

/// More slow machines than actions are done at the same time.
const SLOW_ONES: u32 = 12;
/// How long a slow machine is deployed for.
const SLOW: Duration = Duration::from_mins(30);
/// How long the quick ones are.
const QUICK: Duration = Duration::from_mins(1);
/// Between two looks at most, and what the requests take.
const LATE: Duration = Duration::from_secs(15);
/// Machines of which each needs the one before it.
const CHAIN: u32 = 5;

const HEAD: &str = "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {name: a}\n---\n\
    apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: lab, project: ml-platform}\n";

/// The variables of a quick machine.
const PASSWORD: &str =
    "{name: disk, value: \"200\"}, {name: password, value: {valueFrom: {var: PASSWORD}}}";

fn machine(name: &str, profile: &str, annotation: Option<String>) -> String {
    let annotations = annotation.map(|text| format!("\n  annotations: {{{text}}}"));
    let (compute_type, variables) = match profile {
        "gpu-vm" => ("vm", PASSWORD),
        _ => ("baremetal", "{name: Contract Term, value: \"12\"}"),
    };
    format!(
        "---\napiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata:\n  name: {name}\n  \
         project: ml-platform\n  workspace: lab{}\nspec:\n  computeType: {compute_type}\n  \
         computeProfile: {{name: {profile}, systemCatalog: true}}\n  variables: [{variables}]\n",
        annotations.unwrap_or_default()
    )
}

/// The documents: slow machines with one that needs them, a chain of quick ones, and workspaces.
fn documents() -> String {
    let after =
        |name: &str| format!("plumb.dev/depends-on: ComputeInstance/ml-platform/lab/{name}");
    let mut text = machine("behind", "gpu-vm", Some(after("slow-0")));
    for number in 0..SLOW_ONES {
        let patient = "plumb.dev/timeout: 60m".to_owned();
        text += &machine(&format!("slow-{number}"), "bmaas-h100", Some(patient));
    }
    for number in 0..CHAIN {
        let before = number.checked_sub(1).map(|before| after(&format!("quick-{before}")));
        text += &machine(&format!("quick-{number}"), "gpu-vm", before);
    }
    for number in 0..200 {
        let _ = write!(
            text,
            "---\napiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {{name: w-{number}, \
             project: ml-platform}}\n"
        );
    }
    text
}

#[test]
fn slow_machines_hold_up_what_depends_on_them_and_nothing_else() {
    in_virtual_time(async {
        let config = json!({"latency_ms": 49, "rafay": {
            "durations": {"baremetal": SLOW.as_secs(), "vm": QUICK.as_secs()},
            "seeded": {"projects": [
                {"id": "syscat1", "name": "system-catalog"}, {"id": "mlmlml1", "name": "ml-platform"},
            ]},
        }});
        let mut plumb = Plumb::new(Cloud::new(config).unwrap()).unwrap();
        let (stack, lab) = HEAD.split_once("---\n").unwrap();
        plumb.variables.insert("PASSWORD".to_owned(), "long-enough-1".to_owned());
        plumb.write("plumb.yaml", stack).unwrap();
        plumb.write("fleet.yaml", &format!("{lab}{}", documents())).unwrap();
        let policy = |declared: &Declared, _: &LedgerView| -> Result<Policy, String> {
            Ok(plain_policy(declared))
        };
        let began = Instant::now();
        let ran = plumb.apply(&policy, &|| Ok(()), &Interrupt::never()).await.unwrap();
        let took = began.elapsed();
        let blocked = &ran.planned.plan.blocked;
        assert!(blocked.is_empty(), "{blocked:#?}");
        let report = ran.report.as_ref().unwrap();
        let failed = report.outcomes.iter().find(|(_, outcome)| **outcome != ActionOutcome::Done);
        assert_eq!(failed, None, "{:?}", report.skipped);
        // The one behind it is deployed after it.
        assert!(took >= SLOW + QUICK && took <= SLOW + QUICK + 2 * LATE, "{took:?}");
        let ended = ran.events.iter().filter_map(|event| match event {
            Event::ActionFinished { key, operation, outcome, elapsed_milliseconds, .. } => {
                assert_eq!(*outcome, ActionOutcome::Done, "{key}");
                let elapsed = Duration::from_millis(*elapsed_milliseconds);
                (*operation == Operation::Publish).then_some((key.name.as_str(), elapsed))
            }
            _ => None,
        });
        let ended: BTreeMap<&str, Duration> = ended.collect();
        assert_eq!(ended.len(), (1 + SLOW_ONES + CHAIN) as usize);
        let chain: Duration =
            ended.iter().filter(|(name, _)| name.starts_with("quick")).map(|(_, took)| took).sum();
        assert!(chain <= (QUICK + LATE) * CHAIN, "{ended:?}");
        let world = plumb.cloud.world();
        let sent = |path: &str| {
            let of = world.requests().all().filter(|record| record.method == "POST");
            of.filter(|record| record.path.contains(path)).map(|record| record.real).max().unwrap()
        };
        let last = sent(&format!("quick-{}/publish", CHAIN - 1));
        assert!(last <= (QUICK + LATE) * CHAIN, "{last:?}");
        let made = world.requests().all().filter(|record| record.path.ends_with("/workspaces"));
        let made = made.filter(|record| record.method == "POST").map(|record| record.real).max();
        assert!(made.unwrap() <= LATE, "{made:?}");
    })
    .unwrap();
}
