//! The kinds that are rows: every one through the same life, and what differs between them.

use std::collections::BTreeSet;

use plumb_sandbox::{EffectKind, FindingKind, Method, Operation, Request};
use plumb_sandbox_rafay::knobs::{DeployResult, ImmutableChange, LabelStyle, Mask, NotFoundStyle};
use serde_json::{Value, json};

use crate::client::{Client, names, operations_of};
use crate::described::described;

const INFRA: &str = "/apis/infra.k8smgmt.io/v3/projects/defaultproject";
const INTEGRATIONS: &str = "/apis/integrations.k8smgmt.io/v3/projects/defaultproject";
const APPS: &str = "/apis/apps.k8smgmt.io/v3/projects/defaultproject";
const EAAS: &str = "/apis/eaas.envmgmt.io/v1/projects/defaultproject";
const DEVELOPERS: &str = "/apis/dev.envmgmt.io/v1/projects/defaultproject";
const MANAGED: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/mksclusters";

/// What each kind must have in its spec, and a little more.
pub(crate) fn spec(kind: &str) -> Value {
    match kind {
        "Cluster" => json!({ "type": "imported", "blueprintConfig": { "name": "base" } }),
        "Blueprint" => json!({ "version": "v1", "base": { "name": "minimal" } }),
        "Addon" => json!({ "version": "v1", "namespace": "web", "sharing": { "enabled": false },
            "artifact": { "type": "Yaml", "artifact": { "repository": "charts" } } }),
        "Namespace" => json!({ "drift": { "enabled": false }, "psp": { "name": "none" },
            "placement": { "labels": [{ "key": "rafay.dev/clusterName", "value": "gpu-1" }] } }),
        "Credentials" => json!({ "type": "DataBackup", "provider": "aws",
            "credentials": { "accessKey": "hunter2" } }),
        "Workload" => json!({ "namespace": "web", "version": "v1",
            "artifact": { "artifact": { "repository": "charts" } } }),
        "Catalog" => json!({ "repository": "charts", "type": "HelmRepository" }),
        "Override" => json!({ "type": "ClusterOverrideTypeWorkload",
            "resource": { "selector": "a=b", "type": "Workload" } }),
        "Agent" => json!({ "type": "Cluster", "cluster": { "name": "gpu-1" } }),
        "Pipeline" => json!({ "active": true, "stages": [
            { "name": "one", "type": "Approval", "next": [{ "name": "two" }] },
            { "name": "two", "type": "InfraProvisioner" },
        ], "triggers": [{ "name": "push", "type": "Webhook", "config": { "secret": "hunter2" } }] }),
        "InfraProvisioner" => json!({ "type": "Terraform", "repository": "charts",
            "revision": "main", "folderPath": { "name": "tf" }, "config": { "version": "v1" } }),
        "Repository" => json!({ "type": "Git", "endpoint": "https://git.example/x.git",
            "credentials": { "password": "hunter2" }, "agents": [{ "name": "pusher" }] }),
        "ResourceTemplate" | "EnvironmentTemplate" => json!({ "version": "v1" }),
        "Environment" => json!({ "template": { "name": "lab", "version": "v1" } }),
        "VirtualMachine" => json!({ "virtual_machine": { "name": "gpu-vm", "systemCatalog": true },
            "ssh_key": "mine", "guest_password": "hunter2" }),
        "Storage" => json!({ "storage": { "name": "block", "systemCatalog": true }, "size": "10" }),
        "SshKey" => json!({ "ssh_key": { "name": "key", "systemCatalog": true },
            "public_key": "ssh-ed25519 AAAA" }),
        "MKSCluster" => json!({ "kubernetesVersion": "v1.33.0", "workerNodeGroups": [
            { "id": "gpu", "sku": "h100", "nodeCount": 1 },
        ] }),
        _ => json!({ "note": "x" }),
    }
}

/// The body of an object of a kind.
pub(crate) fn body(version: &str, kind: &str, name: &str) -> Value {
    json!({
        "apiVersion": version,
        "kind": kind,
        "metadata": { "name": name, "project": "defaultproject" },
        "spec": spec(kind),
    })
}

fn infra(kind: &str, name: &str) -> Value {
    body("infra.k8smgmt.io/v3", kind, name)
}

fn put(client: &mut Client, target: &str, body: &Value) -> Value {
    let answer = client.post(target, body);
    assert_eq!(answer.status, 200, "{target}: {}", answer.body_json());
    answer.body_json()
}

/// Every operation that writes an object of a kind that is a row.
fn upserts() -> impl Iterator<Item = (&'static Operation, String)> {
    let other = [
        "rafay.workspaces.",
        "rafay.services.",
        "rafay.instances.",
        "rafay.v3-projects.",
        "rafay.roles.",
        "rafay.workspace-services.",
        "rafay.compute-profiles.",
        "rafay.service-profiles.",
    ];
    let rows = operations_of("rafay").filter(|row| row.id.ends_with(".upsert"));
    let rows = rows.filter(move |row| !other.iter().any(|it| row.id.starts_with(it)));
    rows.map(|row| {
        let content = &described(row)["requestBody"]["content"];
        let kind = &content["application/json"]["schema"]["properties"]["kind"]["const"];
        (row, kind.as_str().unwrap().to_owned())
    })
}

#[test]
fn every_kind_is_created_changed_and_deleted_by_every_spelling() {
    let mut seen = BTreeSet::new();
    for (row, kind) in upserts() {
        let mut client = Client::with_workspace();
        let target = row.path.replace("{project}", "defaultproject").replace("{workspace}", "dev");
        let version = row.path.split('/').skip(2).take(2).collect::<Vec<_>>().join("/");
        let mut body = body(&version, &kind, "thing");
        body["metadata"]["labels"] = json!({ "team": "ml" });
        let made = client.post(&format!("{target}?fail-on-exists=true"), &body);
        assert!([200, 201].contains(&made.status), "{row:?}: {}", made.body_json());
        client.advance(10_000);
        let one = format!("{target}/thing");
        let read = client.get(&one).body_json();
        assert_eq!((&read["kind"], &read["metadata"]["name"]), (&json!(kind), &json!("thing")));
        assert_eq!(read["metadata"]["labels"]["team"], "ml", "{kind}");
        assert_eq!(names(&client.get(&target).body_json()), ["thing"], "{kind}");
        // The same again changes nothing and sets nothing in motion.
        let again = client.post(&format!("{target}?fail-on-exists=false"), &body);
        assert!([200, 201].contains(&again.status), "{row:?}: {}", again.body_json());
        assert_eq!(client.get(&one).body_json()["status"], read["status"], "{kind}");
        body["metadata"]["labels"] = json!({ "team": "ops" });
        client.post(&format!("{target}?fail-on-exists=false"), &body);
        assert_eq!(client.get(&one).body_json()["metadata"]["labels"]["team"], "ops", "{kind}");
        client.advance(10_000);
        let deleted = client.delete(&one);
        assert!([200, 202].contains(&deleted.status), "{kind}: {}", deleted.body_json());
        client.advance(10_000);
        assert_eq!(client.get(&one).status, 404, "{kind}");
        assert_eq!(client.delete(&one).status, 404, "{kind}");
        let kinds: Vec<EffectKind> =
            client.world.effects().all().iter().map(|it| it.kind).collect();
        assert_eq!(
            kinds[1..],
            [
                EffectKind::Created,
                EffectKind::Updated,
                EffectKind::Updated,
                EffectKind::Deleted,
                EffectKind::Gone,
            ],
            "{kind}"
        );
        seen.insert(kind);
    }
    assert!(seen.len() > 50, "{seen:?}");
}

#[test]
fn a_body_must_be_of_its_kind_and_have_what_the_kind_requires() {
    let mut client = Client::new();
    let target = format!("{INFRA}/blueprints");
    let good = infra("Blueprint", "base");
    for change in [
        json!({ "kind": "Addon" }),
        json!({ "apiVersion": "paas.envmgmt.io/v1" }),
        json!({ "metadata": { "name": "Not A Name" } }),
        json!({ "metadata": { "project": null } }),
        json!({ "metadata": { "labels": { "team": "no spaces" } } }),
        json!({ "spec": { "version": null } }),
        json!({ "spec": null }),
    ] {
        let mut body = good.clone();
        plumb_sandbox::patch::merge(&mut body, &change, 0);
        assert_eq!(client.post(&target, &body).status, 400, "{change}");
    }
    assert_eq!(client.post(&target, &good).status, 200);
    let catalog = body("apps.k8smgmt.io/v3", "Catalog", "hub");
    for field in ["repository", "type"] {
        let mut body = catalog.clone();
        body["spec"].as_object_mut().unwrap().remove(field);
        let refused = client.post(&format!("{APPS}/catalogs"), &body);
        assert_eq!(refused.status, 400);
        assert!(refused.body_json()["external"].as_str().unwrap().contains(field));
    }
    assert_eq!(client.get("/apis/infra.k8smgmt.io/v3/projects/none/blueprints").status, 404);
    assert_eq!(client.get(&format!("{INFRA}/clustertemplates")).status, 404, "R-59");
}

#[test]
fn fail_on_exists_counts_for_developers_only() {
    let mut client = Client::new();
    put(&mut client, &format!("{INFRA}/blueprints"), &infra("Blueprint", "base"));
    let again = client
        .post(&format!("{INFRA}/blueprints?fail-on-exists=true"), &infra("Blueprint", "base"));
    assert_eq!(again.status, 200, "R-100");
    let key = body("dev.envmgmt.io/v1", "SshKey", "mine");
    let target = format!("{DEVELOPERS}/sshkeys");
    let made = client.post(&format!("{target}?fail-on-exists=true"), &key);
    assert_eq!((made.status, &made.body_json()["name"]), (201, &json!("mine")));
    client.advance(60);
    assert_eq!(client.post(&format!("{target}?fail-on-exists=true"), &key).status, 409);
    client.post(&target, &key);
    let kinds: Vec<FindingKind> = client.world.findings().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [FindingKind::FailOnExistsMissing]);
}

#[test]
fn a_status_is_submitted_then_ok_or_failed() {
    let mut client = Client::new();
    let target = format!("{INFRA}/namespaces");
    let mut body = infra("Namespace", "web");
    let made = put(&mut client, &target, &body);
    assert_eq!(made["status"]["conditionStatus"], "StatusSubmitted");
    assert_eq!(made["metadata"]["id"].as_str().unwrap().len(), 7);
    client.advance(60);
    let status = client.get(&format!("{target}/web/status")).body_json();
    assert_eq!(status["status"]["conditionStatus"], "StatusOK");
    assert_eq!(client.get(&format!("{target}/web")).body_json()["status"], status["status"]);
    client.turn(|knobs| knobs.deploy_result = DeployResult::Failed);
    body["spec"]["psp"]["name"] = json!("other");
    assert_eq!(put(&mut client, &target, &body)["status"]["conditionStatus"], "StatusSubmitted");
    client.advance(60);
    let failed = client.get(&format!("{target}/web/status")).body_json();
    assert_eq!(failed["status"]["conditionStatus"], "StatusFailed");
    assert!(failed["status"]["reason"].as_str().unwrap().contains("failed"));
    let repository = crate::hub::body("integrations.k8smgmt.io/v3", "Repository", "charts");
    let shown = put(&mut client, &format!("{INTEGRATIONS}/repositories"), &repository);
    assert_eq!(shown.get("status"), None, "a kind without one (contract 7.4)");
}

#[test]
fn versions_are_kept_and_never_changed() {
    let mut client = Client::new();
    let target = format!("{INFRA}/blueprints");
    let mut body = infra("Blueprint", "base");
    put(&mut client, &target, &body);
    body["spec"]["base"]["name"] = json!("default");
    let refused = client.post(&target, &body);
    assert_eq!(refused.status, 400);
    assert!(refused.body_json()["external"].as_str().unwrap().contains("already exists"));
    body["spec"]["version"] = json!("v2");
    put(&mut client, &target, &body);
    assert_eq!(client.get(&format!("{target}/base")).body_json()["spec"]["version"], "v2");
    let versions = client.get(&format!("{target}/base/versions")).body_json();
    let shown: Vec<&str> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["spec"]["version"].as_str().unwrap())
        .collect();
    assert_eq!(shown, ["v2", "v1"]);
    // What an older version says may be said again, and is not the newest for it.
    put(&mut client, &target, &infra("Blueprint", "base"));
    assert_eq!(client.get(&format!("{target}/base")).body_json()["spec"]["version"], "v2");
    client.delete(&format!("{target}/base"));
    assert_eq!(client.get(&format!("{target}/base/versions")).status, 404, "all go at once");
}

#[test]
fn what_others_need_stays() {
    let mut client = Client::new();
    let chain = [
        (
            format!("{INTEGRATIONS}/repositories"),
            "integrations.k8smgmt.io/v3",
            "Repository",
            "charts",
        ),
        (format!("{APPS}/catalogs"), "apps.k8smgmt.io/v3", "Catalog", "hub"),
        (format!("{INFRA}/blueprints"), "infra.k8smgmt.io/v3", "Blueprint", "base"),
        (format!("{INFRA}/clusters"), "infra.k8smgmt.io/v3", "Cluster", "gpu-1"),
        (format!("{INFRA}/namespaces"), "infra.k8smgmt.io/v3", "Namespace", "web"),
        (format!("{APPS}/workloads"), "apps.k8smgmt.io/v3", "Workload", "site"),
    ];
    for (target, version, kind, name) in &chain {
        put(&mut client, target, &body(version, kind, name));
    }
    let mut needed = chain.iter().filter(|it| !["Catalog", "Workload"].contains(&it.2));
    assert!(needed.all(|(target, _, kind, name)| {
        let refused = client.delete(&format!("{target}/{name}"));
        let text = refused.body_json()["external"].as_str().unwrap_or_default().to_owned();
        assert!(text.contains("is used by"), "{kind}: {text}");
        refused.status == 409
    }));
    for (target, _, kind, name) in chain.iter().rev() {
        assert_eq!(client.delete(&format!("{target}/{name}")).status, 200, "{kind}");
        client.advance(200);
    }
}

#[test]
fn a_project_with_anything_in_it_stays() {
    let mut client = Client::new();
    let id = client.add_project("ml");
    let mut blueprint = infra("Blueprint", "base");
    blueprint["metadata"]["project"] = json!("ml");
    put(&mut client, "/apis/infra.k8smgmt.io/v3/projects/ml/blueprints", &blueprint);
    assert_eq!(client.delete(&format!("/auth/v1/projects/{id}/")).status, 409);
    client.delete("/apis/infra.k8smgmt.io/v3/projects/ml/blueprints/base");
    assert_eq!(client.delete(&format!("/auth/v1/projects/{id}/")).status, 204);
}

#[test]
fn clusters_become_ready_and_go_slowly() {
    let mut client = Client::new();
    let target = format!("{INFRA}/clusters");
    put(&mut client, &target, &infra("Cluster", "gpu-1"));
    let ready = |client: &mut Client| {
        let shown = client.get(&format!("{INFRA}/clusters/gpu-1")).body_json();
        let conditions = shown["status"]["conditions"].as_array().unwrap().clone();
        let ready = conditions.iter().find(|it| it["type"] == "ClusterReady").unwrap();
        (shown["status"]["commonStatus"]["conditionStatus"].clone(), ready["status"].clone())
    };
    assert_eq!(ready(&mut client), (json!("StatusSubmitted"), json!("False")));
    client.advance(1800);
    assert_eq!(ready(&mut client), (json!("StatusOK"), json!("True")));
    for sub in ["kubeconfig", "bootstrap"] {
        let text = String::from_utf8(client.get(&format!("{target}/gpu-1/{sub}")).body).unwrap();
        assert!(text.contains("sandbox-kubeconfig-token"), "{sub}");
    }
    let user = "/v2/sentry/kubeconfig/user?opts.selector=rafay.dev/clusterName=";
    assert!(client.get(&format!("{user}gpu-1")).body_json()["data"].is_string());
    assert_eq!(client.get(&format!("{user}other")).status, 404);
    let mut body = infra("Cluster", "gpu-1");
    body["spec"]["type"] = json!("eks");
    assert_eq!(client.post(&target, &body).status, 400, "R-65");
    client.turn(|knobs| knobs.immutable_change = ImmutableChange::Ignored);
    assert_eq!(put(&mut client, &target, &body)["spec"]["type"], "imported");
    assert_eq!(client.delete(&format!("{target}/gpu-1")).status, 200);
    assert_eq!(client.get(&format!("{target}/gpu-1")).status, 200, "it takes a while");
    client.advance(120);
    assert_eq!(client.get(&format!("{target}/gpu-1")).status, 404);
}

#[test]
fn environments_deploy_by_themselves() {
    let mut client = Client::new();
    let target = format!("{EAAS}/environments");
    put(&mut client, &target, &body("eaas.envmgmt.io/v1", "Environment", "lab"));
    let one = format!("{target}/lab");
    let digested = |client: &mut Client| {
        let status = client.get(&format!("{EAAS}/environments/lab/status")).body_json();
        let object = client.get(&format!("{EAAS}/environments/lab")).body_json();
        assert_eq!(status["status"], object["status"], "R-105");
        let event = &status["status"]["latest_events"][0]["workflowDetails"]["state"];
        (status["status"]["digestedStatus"]["conditionStatus"].clone(), event.clone())
    };
    assert_eq!(digested(&mut client), (json!("StatusSubmitted"), json!("pending")));
    client.advance(10);
    assert_eq!(digested(&mut client), (json!("StatusSubmitted"), json!("inprogress")));
    client.advance(600);
    assert_eq!(digested(&mut client), (json!("StatusOK"), json!("complete")));
    assert_eq!(client.post_empty(&format!("{one}/publish")).status, 200);
    assert_eq!(client.delete(&one).status, 200);
    assert_eq!(digested(&mut client).0, "StatusSubmitted");
    client.advance(120);
    assert_eq!(client.get(&format!("{one}/status")).status, 404);
}

#[test]
fn developers_machines_live_and_are_switched() {
    let mut client = Client::with_workspace();
    let target = format!("{DEVELOPERS}/workspaces/dev/virtualmachines");
    let mut body = body("dev.envmgmt.io/v1", "VirtualMachine", "one");
    body["metadata"]["workspace"] = json!("dev");
    assert_eq!(client.post(&format!("{target}?fail-on-exists=true"), &body).status, 201);
    let status = |client: &mut Client| {
        let path = format!("{DEVELOPERS}/workspaces/dev/virtualmachines/one/status");
        client.get(&path).body_json()["status"]["status"].clone()
    };
    assert_eq!(status(&mut client), "submitted");
    assert_eq!(client.delete(&format!("{target}/one")).status, 409, "R-40");
    client.advance(300);
    assert_eq!(status(&mut client), "success");
    let shown = client.get(&format!("{target}/one")).body_json();
    assert_eq!(shown["spec"]["guest_password"], "********");
    assert_eq!(shown["status"]["output"]["user_name"], "ubuntu");
    assert_eq!(client.get(&format!("{DEVELOPERS}/virtualmachines/one")).status, 404);
    assert_eq!(
        client.get(&format!("{DEVELOPERS}/virtualmachines")).body_json()["items"],
        json!([])
    );
    let act = |client: &mut Client, verb: &str| {
        client.post(&format!("{target}/one/action/{verb}"), &json!({})).status
    };
    assert_eq!((act(&mut client, "start"), act(&mut client, "explode")), (409, 400));
    assert_eq!(act(&mut client, "stop"), 200);
    client.advance(60);
    assert_eq!((status(&mut client), act(&mut client, "reboot")), (json!("actioncomplete"), 409));
    body["spec"]["memory"] = json!("64");
    assert_eq!(client.post(&target, &body).status, 400, "contract 10");
    body["spec"].as_object_mut().unwrap().remove("memory");
    body["spec"]["guest_password"] = json!("other");
    assert_eq!(client.post(&target, &body).status, 201);
    assert_eq!(status(&mut client), "submitted");
    assert_eq!(
        client.delete("/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev").status,
        409
    );
}

#[test]
fn managed_clusters_change_by_their_actions_only() {
    let mut client = Client::new();
    let mut body = body("paas.envmgmt.io/v1", "MKSCluster", "gpu");
    put(&mut client, MANAGED, &body);
    let condition = |client: &mut Client| {
        client.get(&format!("{MANAGED}/gpu")).body_json()["status"]["condition"].clone()
    };
    assert_eq!(condition(&mut client), "MKS_CLUSTER_STATUS_PROVISIONING");
    let scale = json!({ "nodeGroupName": "gpu", "desiredCount": 3 });
    let act = |client: &mut Client, verb: &str, body: &Value| {
        client.post(&format!("{MANAGED}/gpu/{verb}"), body).status
    };
    assert_eq!(act(&mut client, "scaleNodeGroup", &scale), 409);
    client.advance(1800);
    assert_eq!(condition(&mut client), "MKS_CLUSTER_STATUS_RUNNING");
    body["spec"]["kubernetesVersion"] = json!("v1.34.1");
    assert_eq!(put(&mut client, MANAGED, &body)["spec"]["kubernetesVersion"], "v1.33.0", "R-103");
    let steps = [
        ("scaleNodeGroup", scale),
        ("upgrade", json!({ "k8sVersion": "v1.34.1" })),
        ("addNodeGroup", json!({ "nodeGroup": { "id": "cpu", "sku": "c", "nodeCount": 2 } })),
        ("removeNodeGroup", json!({ "nodeGroupName": "gpu" })),
    ];
    for (verb, body) in &steps {
        assert_eq!(act(&mut client, verb, body), 200, "{verb}");
        assert_eq!(condition(&mut client), "MKS_CLUSTER_STATUS_PROVISIONING");
        client.advance(1800);
        if *verb == "scaleNodeGroup" {
            let spec = client.get(&format!("{MANAGED}/gpu")).body_json()["spec"].clone();
            assert_eq!(spec["workerNodeGroups"][0]["nodeCount"], 3);
        }
    }
    let shown = client.get(&format!("{MANAGED}/gpu")).body_json();
    assert_eq!(shown["spec"]["kubernetesVersion"], "v1.34.1");
    assert_eq!(
        shown["spec"]["workerNodeGroups"],
        json!([{ "id": "cpu", "sku": "c", "nodeCount": 2 }])
    );
    assert!(shown["status"]["output"]["apiServerEndpoint"].is_string());
    assert_eq!(act(&mut client, "removeNodeGroup", &json!({ "nodeGroupName": "gpu" })), 400);
}

#[test]
fn some_reads_of_bare_metal_act() {
    let mut client = Client::new();
    let target = format!("{INFRA}/baremetalmachines");
    put(&mut client, &target, &infra("BaremetalMachine", "rack-1"));
    assert_eq!(client.get(&format!("{target}/rack-1/powerOn")).status, 200);
    assert_eq!(client.get(&format!("{target}/rack-1/reboot")).status, 409);
    client.advance(60);
    let status = client.get(&format!("{target}/rack-1/status")).body_json();
    assert_eq!(status["data"]["fields"], json!({ "powerState": "on", "busy": false }));
    let console =
        client.post(&format!("{target}/rack-1/consoleSessions"), &json!({ "compute_id": "x" }));
    assert!(console.body_json()["console_url"].is_string());
    let acted = client.world.effects().of_kind(EffectKind::Action).count();
    assert_eq!(acted, 1);
    let acting =
        operations_of("rafay").filter(|row| row.id.starts_with("rafay.baremetalmachines.power"));
    assert!(acting.into_iter().all(|row| row.method == Method::Get));
}

#[test]
fn reads_differ_from_writes_as_the_knobs_say() {
    let mut client = Client::new();
    let target = format!("{INTEGRATIONS}/repositories");
    let mut body = body("integrations.k8smgmt.io/v3", "Repository", "charts");
    body["spec"]["sharing"] = json!({ "enabled": false });
    body["spec"]["agents"] = json!([{ "name": "a" }, { "name": "b" }, { "name": "c" }]);
    body["metadata"]["labels"] = json!({ "team": "ml" });
    put(&mut client, &target, &body);
    let one = format!("{target}/charts");
    let shown = client.get(&one).body_json();
    assert_eq!(shown["spec"].get("sharing"), None, "zero values vanish");
    assert_eq!(shown["spec"]["credentials"]["password"], "********");
    client.turn(|knobs| {
        knobs.mask = Mask::Omit;
        knobs.drop_zero_values = false;
        knobs.labels = LabelStyle::DroppedInLists;
        knobs.list_thin = true;
    });
    let shown = client.get(&one).body_json();
    assert_eq!(
        (&shown["spec"]["sharing"]["enabled"], shown["spec"].get("credentials")),
        (&json!(false), None)
    );
    let item = client.get(&target).body_json()["items"][0].clone();
    assert_eq!((item.get("spec"), item["metadata"].get("labels")), (None, None));
    client.turn(|knobs| knobs.shuffle_variables = true);
    let orders: BTreeSet<String> =
        (0..20).map(|_| client.get(&one).body_json()["spec"]["agents"].to_string()).collect();
    assert!(orders.len() > 1, "{orders:?}");
    put(&mut client, &format!("{INFRA}/blueprints"), &infra("Blueprint", "base"));
    let base = format!("{INFRA}/blueprints/base");
    assert_eq!(client.get(&base).body_json()["spec"]["drift"]["action"], "Notify");
    client.turn(|knobs| knobs.add_defaults = false);
    assert_eq!(client.get(&base).body_json()["spec"].get("drift"), None);
    for (style, status) in [(NotFoundStyle::BadGateway, 502), (NotFoundStyle::BadRequest, 400)] {
        client.turn(|knobs| knobs.not_found_style = style);
        assert_eq!(client.get(&format!("{INFRA}/blueprints/none")).status, status);
        assert_eq!(client.delete(&format!("{INFRA}/blueprints/none")).status, status);
    }
    client.turn(|knobs| knobs.error_in_200 = true);
    let hidden = client.get(&format!("{INFRA}/blueprints/none"));
    assert!(hidden.status == 200 && hidden.body_json()["code"].is_number());
}

#[test]
fn yaml_goes_both_ways() {
    let mut client = Client::new();
    let text = "apiVersion: infra.k8smgmt.io/v3\nkind: Blueprint\nmetadata: {name: base, project: \
                defaultproject}\nspec: {version: v1}\n";
    let request =
        Request { body: text.into(), ..Request::new("POST", &format!("{INFRA}/blueprints")) };
    let request = request.header("content-type", "application/yaml");
    let answer = client.answer(request.header("accept", "application/yaml"));
    assert_eq!(answer.header_value("content-type"), Some("application/yaml"));
    assert!(String::from_utf8(answer.body).unwrap().contains("kind: Blueprint"));
}

#[test]
fn somebody_else_makes_changes_and_takes_them_away() {
    let mut client = Client::new();
    let edit = |client: &mut Client, edit: Value| client.post("/_sandbox/edit", &edit).status;
    let object = infra("Cluster", "old");
    assert_eq!(edit(&mut client, json!({ "op": "create", "object": object })), 200);
    let one = format!("{INFRA}/clusters/old");
    let shown = client.get(&one).body_json();
    assert_eq!(shown["status"]["commonStatus"]["conditionStatus"], "StatusOK");
    let name = "Cluster/defaultproject/old";
    let patch = json!({ "op": "patch", "object": name, "patch": { "spec": { "type": "eks" } } });
    assert_eq!(edit(&mut client, patch), 200);
    let labels = json!({ "op": "relabel", "object": name, "labels": { "owner": "them" } });
    assert_eq!(edit(&mut client, labels), 200);
    let status = json!({ "op": "set_status", "object": name, "status": "StatusPartiallyReady" });
    assert_eq!(edit(&mut client, status), 200);
    let shown = client.get(&one).body_json();
    assert_eq!(
        (&shown["spec"]["type"], &shown["metadata"]["labels"]["owner"]),
        (&json!("eks"), &json!("them"))
    );
    assert_eq!(shown["status"]["commonStatus"]["conditionStatus"], "StatusPartiallyReady");
    let mut mine = infra("Cluster", "old");
    mine["spec"]["type"] = json!("eks");
    put(&mut client, &format!("{INFRA}/clusters"), &mine);
    let kinds: Vec<FindingKind> = client.world.findings().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [FindingKind::ForeignLabelDropped]);
    assert_eq!(edit(&mut client, json!({ "op": "delete", "object": name })), 200);
    assert_eq!(client.get(&one).status, 404);
    assert_eq!(edit(&mut client, json!({ "op": "delete", "object": name })), 400);
}

#[test]
fn what_is_declared_survives_a_dump() {
    let mut client = Client::new();
    put(&mut client, &format!("{INFRA}/namespaces"), &infra("Namespace", "web"));
    let dump = client.get("/_sandbox/state").body_json();
    let mut other = Client::new();
    other.key.clone_from(&client.key);
    assert_eq!(other.post("/_sandbox/state", &dump).status, 200);
    other.advance(60);
    let shown = other.get(&format!("{INFRA}/namespaces/web")).body_json();
    assert_eq!(shown["status"]["conditionStatus"], "StatusOK", "its timer goes on");
}

#[test]
fn a_status_may_lag_behind() {
    let mut client = Client::new();
    let target = format!("{INFRA}/namespaces");
    let mut body = infra("Namespace", "web");
    put(&mut client, &target, &body);
    client.advance(60);
    client.turn(|knobs| knobs.stale_terminal_polls = 2);
    body["spec"]["psp"]["name"] = json!("other");
    client.post(&target, &body);
    let seen: Vec<Value> = (0..3)
        .map(|_| {
            client.get(&format!("{target}/web")).body_json()["status"]["conditionStatus"].clone()
        })
        .collect();
    assert_eq!(seen, ["StatusOK", "StatusOK", "StatusSubmitted"]);
}
