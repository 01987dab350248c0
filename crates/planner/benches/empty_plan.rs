//! An empty plan of many resources: time grows with their number and no faster.

#![allow(missing_docs, reason = "criterion's macros make undocumented functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use plumb_model::digest::HashKey;
use plumb_model::finding::Span;
use plumb_model::key::ScopeLevel;
use plumb_model::ledger::{Protections, Provenance};
use plumb_model::live::{Completeness, LiveStatus, Observation};
use plumb_model::resource::{Origin, Wishes};
use plumb_model::rules::{Aspect, Lifecycle, PowerControl, field_rules};
use plumb_model::{
    Body, Desired, Entry, KindRules, KindTable, LedgerView, Live, LiveObject, Policy, Resource,
    ResourceKey, Scope, body,
};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

fn rules() -> KindRules {
    KindRules {
        lifecycle: Lifecycle::Published,
        power: PowerControl::Switchable,
        fields: field_rules(&[
            ("metadata.id", Aspect::ServerOwned),
            ("metadata.createdAt", Aspect::ServerOwned),
            ("metadata.labels", Aspect::Quiet),
            ("status", Aspect::ServerOwned),
            ("spec.computeProfile", Aspect::Immutable),
            ("spec.variables", Aspect::UnorderedBy("name")),
            ("spec.variables[*].options", Aspect::ServerOwned),
            ("spec.variables[*].valueType", Aspect::Default("text".into())),
        ]),
        ..KindRules::plain("bench/v1", "Machine", ScopeLevel::Workspace)
    }
}

/// A machine as the seed documents have them: eight variables and a few fields more.
fn body(name: &str) -> Body {
    let variables: Vec<Body> = (0..8)
        .map(|at| body!({"name": format!("Variable {at}"), "valueType": "text", "value": "1"}))
        .collect();
    body!({
        "metadata": {"name": name, "project": "p", "workspace": "w", "labels": {"team": "ml"}},
        "spec": {"computeProfile": {"name": "gpu", "systemCatalog": true}, "variables": variables},
    })
}

fn world(count: usize) -> (Desired, Live, LedgerView) {
    let span = Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
    let origin = Origin { file: "f".into(), document: 0, item: None, span };
    let scope = Scope::Workspace { project: "p".to_owned(), workspace: "w".to_owned() };
    let (mut resources, mut live) = (Vec::new(), Live::default());
    let mut ledger = LedgerView {
        stack: "s".to_owned(),
        hash_key: HashKey::new(vec![1; 32]),
        ..LedgerView::default()
    };
    for number in 0..count {
        let name = format!("machine-{number:06}");
        let key = ResourceKey::new(rules().id, scope.clone(), name.clone());
        let remote_id = format!("id-{number}").parse().ok();
        resources.push(Resource {
            key: key.clone(),
            body: body(&name),
            wishes: Wishes::default().into(),
            origin: origin.clone(),
        });
        let object = LiveObject {
            key: key.clone(),
            remote_id: remote_id.clone(),
            body: body(&name),
            status: LiveStatus::ready(),
            outputs: Body::Null,
            mark: Some("s".to_owned()),
            uid: None,
            hourly: None,
            completeness: Completeness::Full,
        };
        live.objects.insert(key.clone(), Observation::Present(Box::new(object)));
        let entry = Entry {
            key: key.clone(),
            remote_id,
            provenance: Provenance::Created,
            since: None,
            sent: body(&name).into(),
            hashes: BTreeMap::new(),
            protections: Protections::default(),
            requires: BTreeSet::new(),
        };
        ledger.entries.insert(key, entry.into());
    }
    let desired = Desired::new(KindTable::new([rules()]), resources).unwrap_or_default();
    (desired, live, ledger)
}

fn empty_plan(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("empty plan");
    group.sample_size(10);
    for count in [1_000, 10_000] {
        let (desired, live, ledger) = world(count);
        let policy = Policy::default();
        assert!(plumb_planner::plan(&desired, &live, &ledger, &policy).is_empty());
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| black_box(plumb_planner::plan(&desired, &live, &ledger, &policy)));
        });
    }
    group.finish();
}

criterion_group!(benches, empty_plan);
criterion_main!(benches);
