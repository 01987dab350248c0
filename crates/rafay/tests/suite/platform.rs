//! Kinds that are rows: v3, environments, developer resources, managed Kubernetes. What is sent, what
//! is secret, what a version is, what names what.

use crate::common::{Known, STACK, kind, live, path, refine, resource};
use plumb_kind::request::Effect;
use plumb_kind::{Provider, Registry, Request, Step, Surroundings};
use plumb_model::plan::{ChangeEffect, FieldChange, Shown};
use plumb_model::rules::{CreateSafety, KindTable, RuleSet};
use plumb_model::{Body, Code, Desired, Live, Observation, Power, body};
use plumb_rafay::RAFAY;

fn only(requests: Vec<Request>) -> Request {
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.into_iter().next().unwrap()
}

fn blueprint(version: &str, addon: &str) -> Body {
    body!({
        "apiVersion": "infra.k8smgmt.io/v3", "kind": "Blueprint",
        "metadata": {"name": "base", "project": "ml"},
        "spec": {
            "version": version,
            "customAddons": [{"name": addon}],
            "sharing": {"enabled": true, "projects": [{"name": "b"}, {"name": "a"}]},
        },
    })
}

fn repository(password: Option<&str>) -> Body {
    let mut document = body!({
        "apiVersion": "integrations.k8smgmt.io/v3", "kind": "Repository",
        "metadata": {"name": "charts", "project": "ml"},
        "spec": {"type": "Helm", "endpoint": "https://charts.example", "agents": [{"name": "one"}]},
    });
    if let Some(password) = password {
        document["spec"]["credentials"] = body!({"username": "bot", "password": password});
    }
    document
}

#[test]
fn what_a_row_sends_goes_to_the_collection_and_to_the_object() {
    let document = blueprint("1", "ingress");
    let known = Known::default();
    let send = |step| only(known.requests(&document, step).unwrap());
    let create = send(Step::Create);
    let collection = "/apis/infra.k8smgmt.io/v3/projects/ml/blueprints";
    assert_eq!(create.summary(), format!("POST {collection}"));
    assert_eq!((create.query.len(), create.effect), (0, Effect::Create));
    let mut marked = document.clone();
    marked["metadata"]["labels"] = body!({"plumb.dev/stack": STACK});
    assert_eq!(create.body.as_ref(), Some(&marked));
    assert_eq!(send(Step::Update).effect, Effect::Upsert);
    assert_eq!(send(Step::Delete).summary(), format!("DELETE {collection}/base"));
    assert!(known.requests(&document, Step::Power(Power::On)).is_err());
    assert!(known.requests(&document, Step::Publish).is_err());
}

#[test]
fn what_would_be_written_over_is_looked_for_first() {
    for kind in RAFAY.kinds() {
        let rules = kind.rules();
        let overwrites = rules.create_safety == CreateSafety::Overwriting;
        let group = rules.id.group.as_str();
        let is_of_v3 = group.ends_with("k8smgmt.io") || group.starts_with("eaas");
        assert_eq!(overwrites, is_of_v3, "{}", rules.id);
    }
}

#[test]
fn a_changed_spec_needs_a_new_version() {
    let there = live(&blueprint("1", "ingress"), "ml");
    let finds = |document: Body| {
        let declared = resource(document);
        let mut world = Live::default();
        let seen = Observation::Present(Box::new(there.clone()));
        world.objects.insert(declared.key.clone(), seen);
        let desired = Desired::default();
        let known = Known::default();
        let around = Surroundings::new(&desired, &world, &known.snapshot);
        kind("Blueprint").refine(&declared, &around).findings
    };
    assert_eq!(finds(blueprint("1", "ingress")), []);
    assert_eq!(finds(blueprint("2", "egress")), []);
    let found = finds(blueprint("1", "egress"));
    assert_eq!((found.len(), found[0].code), (1, Code::VERSION_UNCHANGED));
    // Order means nothing, and so do fields that the server adds.
    let mut turned = blueprint("1", "ingress");
    turned["spec"]["sharing"]["projects"] = body!([{"name": "a"}, {"name": "b"}]);
    turned["metadata"]["description"] = "new".into();
    assert_eq!(finds(turned), []);
}

#[test]
fn what_never_comes_back_is_sent_again_when_an_object_is_taken_over() {
    let adopt = |there: Body, declared: Body| {
        let known = Known { live: Some(sealed(&there)), ..Known::default() };
        known.requests(&declared, Step::Adopt).map(only)
    };
    let mut masked = repository(Some("********"));
    masked["spec"]["options"] = body!({"insecure": true});
    let sent = adopt(masked.clone(), repository(Some("hunter2"))).unwrap().body.unwrap();
    let clear = |body: &Body, at: &str| body.pointer(at).unwrap().with_secrets_in_clear();
    assert_eq!(clear(&sent, "/spec/credentials/password"), "hunter2");
    assert_eq!(clear(&sent, "/spec/options/insecure"), true);
    // What is left out of the answer is as much to be said.
    let sent = adopt(repository(None), repository(Some("hunter2"))).unwrap().body.unwrap();
    assert_eq!(clear(&sent, "/spec/credentials/password"), "hunter2");
    assert_eq!(sent.pointer("/spec/endpoint"), repository(None).pointer("/spec/endpoint"));
    let mut half = repository(Some("x"));
    half["spec"]["credentials"] = body!({"username": "********"});
    let sent = adopt(half, repository(Some("hunter2"))).unwrap().body.unwrap();
    assert_eq!(clear(&sent, "/spec/credentials/password"), "hunter2");
    // A mask is never sent.
    let refused = adopt(masked, repository(None)).unwrap_err();
    assert!(refused.message.contains("spec.credentials"), "{}", refused.message);
}

fn sealed(item: &Body) -> plumb_model::LiveObject {
    let kind = crate::common::kind_of(item);
    live(item, "ml").sealed(RuleSet::new(&kind.rules().fields, &[]))
}

#[test]
fn what_a_field_names_comes_first() {
    let workload = body!({
        "apiVersion": "apps.k8smgmt.io/v3", "kind": "Workload",
        "metadata": {"name": "web", "project": "ml"},
        "spec": {"namespace": "shop", "artifact":
            {"type": "Helm", "artifact": {"repository": "charts", "chartName": "web"}}},
    });
    let namespace = body!({
        "apiVersion": "infra.k8smgmt.io/v3", "kind": "Namespace",
        "metadata": {"name": "shop", "project": "ml"}, "spec": {},
    });
    let table = KindTable::new(RAFAY.kinds().iter().map(|kind| kind.rules().clone()));
    let all = [workload, namespace, repository(None), blueprint("1", "a")].map(resource);
    let desired = Desired::new(table, all).unwrap();
    let needed: Vec<String> = desired
        .edges()
        .iter()
        .find(|(key, _)| key.name == "web")
        .map(|(_, needed)| needed.iter().map(ToString::to_string).collect())
        .unwrap();
    assert_eq!(needed, ["Namespace/ml/shop", "Repository/ml/charts"]);
}

#[test]
fn variables_that_say_they_are_sensitive_are_secrets() {
    let environment = resource(body!({
        "apiVersion": "eaas.envmgmt.io/v1", "kind": "Environment",
        "metadata": {"name": "dev", "project": "ml"},
        "spec": {
            "template": {"name": "gpu"},
            "variables": [
                {"name": "size", "value": "8"},
                {"name": "token", "value": "x", "options": {"sensitive": true}},
            ],
            "envs": [{"key": "KEY", "value": "y", "options": {"sensitive": true}}],
        },
    }));
    let refined = refine(&environment, &Known::default().snapshot);
    let rules = RuleSet::new(&kind("Environment").rules().fields, &refined.rules);
    let secret = |at: &str| rules.at(&path(at)).secret;
    assert!(secret("spec.variables[token].value"));
    assert!(secret("spec.envs[key=KEY].value"));
    assert!(!secret("spec.variables[size].value"));
}

#[test]
fn how_far_an_environment_is_stands_in_either_spelling() {
    for field in ["digestedStatus", "digested_status"] {
        let mut item = body!({
            "apiVersion": "eaas.envmgmt.io/v1", "kind": "Environment",
            "metadata": {"name": "dev", "project": "ml"},
            "spec": {"template": {"name": "gpu"}},
        });
        item["status"] = Body::Fields(
            [(field.to_owned(), body!({"conditionStatus": "StatusFailed", "reason": "no quota"}))]
                .into_iter()
                .collect(),
        );
        let status = live(&item, "ml").status;
        assert_eq!(status.phase, plumb_model::Phase::Failed);
        assert_eq!(status.reason.unwrap().raw(), "no quota");
    }
}

#[test]
fn a_developers_machine_is_switched_by_its_own_verbs() {
    let machine = body!({
        "apiVersion": "dev.envmgmt.io/v1", "kind": "VirtualMachine",
        "metadata": {"name": "box", "project": "ml", "workspace": "lab"},
        "spec": {"virtual_machine": {"name": "small"}},
    });
    let line = |step| only(Known::default().requests(&machine, step).unwrap()).summary();
    let object = "/apis/dev.envmgmt.io/v1/projects/ml/workspaces/lab/virtualmachines/box";
    assert_eq!(line(Step::Power(Power::Off)), format!("POST {object}/action/stop"));
    assert_eq!(line(Step::Act("reboot")), format!("POST {object}/action/reboot"));
    let refused = Known::default().requests(&machine, Step::Act("fly")).unwrap_err();
    assert!(refused.help.contains("reboot"), "{}", refused.help);
}

fn cluster(version: &str, groups: Body) -> Body {
    body!({
        "apiVersion": "paas.envmgmt.io/v1", "kind": "MKSCluster",
        "metadata": {"name": "prod", "project": "ml"},
        "spec": {"kubernetesVersion": version, "workerNodeGroups": groups},
    })
}

#[test]
fn each_change_of_a_managed_cluster_is_a_call_of_its_own() {
    let there =
        cluster("v1.33", body!([{"id": "gpu", "nodeCount": 2}, {"id": "old", "nodeCount": 1}]));
    let declared = cluster(
        "v1.34",
        body!([{"id": "gpu", "nodeCount": 4}, {"id": "new", "minNodes": 1, "maxNodes": 3}]),
    );
    let change = |at: &str| FieldChange {
        path: path(at),
        before: Shown::Absent,
        after: Shown::Absent,
        effect: ChangeEffect::InPlace,
    };
    let changes = [
        "spec.kubernetesVersion",
        "spec.workerNodeGroups[id=gpu].nodeCount",
        "spec.workerNodeGroups[id=new]",
        "spec.workerNodeGroups[id=old]",
    ];
    let known = Known {
        live: Some(live(&there, "ml")),
        changes: changes.map(change).to_vec(),
        ..Known::default()
    };
    let sent = known.requests(&declared, Step::Update).unwrap();
    let object = "/apis/paas.envmgmt.io/v1/projects/ml/mksclusters/prod";
    let lines: Vec<_> = sent.iter().map(|it| (it.summary(), it.body.clone().unwrap())).collect();
    let group = body!({"id": "new", "minNodes": 1, "maxNodes": 3});
    assert_eq!(
        lines,
        [
            (format!("POST {object}/upgrade"), body!({"k8sVersion": "v1.34"})),
            (format!("POST {object}/addNodeGroup"), body!({"nodeGroup": group})),
            (
                format!("POST {object}/scaleNodeGroup"),
                body!({"nodeGroupName": "gpu", "desiredCount": 4})
            ),
            (format!("POST {object}/removeNodeGroup"), body!({"nodeGroupName": "old"})),
        ]
    );
    let described = Known { changes: vec![change("metadata.description")], ..known };
    let sent = only(described.requests(&declared, Step::Update).unwrap());
    assert_eq!(sent.summary(), "POST /apis/paas.envmgmt.io/v1/projects/ml/mksclusters");
}

#[test]
fn what_no_public_path_leads_to_says_so() {
    let registry = Registry::new(&[&RAFAY]).unwrap();
    for (version, kind) in [
        ("infra.k8smgmt.io/v3", "ClusterTemplate"),
        ("config.rafay.dev/v2", "Gateway"),
        ("infra.k8smgmt.io/v3", "ConvertToManaged"),
        ("infra.k8smgmt.io/v3", "Backup"),
        ("infra.k8smgmt.io/v3", "Restore"),
    ] {
        assert!(registry.unmanageable(version, kind).is_some(), "{kind}");
    }
    assert_eq!(registry.unmanageable("example.com/v1", "Gateway"), None);
    assert_eq!(registry.unmanageable("infra.k8smgmt.io/v3", "Cluster"), None);
}
