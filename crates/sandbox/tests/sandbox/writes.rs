//! Upserts: what is checked, what is replaced, what is refused, and what is noticed.

use plumb_sandbox::{Edit, EffectKind, FindingKind};
use plumb_sandbox_rafay::knobs::{ConflictStyle, ImmutableChange, MergeMode, NotFoundStyle};
use serde_json::{Value, json};

use crate::client::{Client, DEV, PAAS, Seen as _, compute, instance, variable, vpc, workspace};

const INSTANCES: &str =
    "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev/computeinstances";

/// A body changed at one place.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[field] = value;
    body
}

#[test]
fn mistakes_in_a_body_answer_400_and_change_nothing() {
    let mut client = Client::with_workspace();
    let before = client.world.effects().count();
    let good = instance("a", &[]);
    for (what, body) in [
        ("no object", json!([])),
        ("apiVersion", with(good.clone(), "/apiVersion", json!("v2"))),
        ("kind", with(good.clone(), "/kind", json!("Workspace"))),
        ("upper case", with(good.clone(), "/metadata/name", json!("Big"))),
        ("long", with(good.clone(), "/metadata/name", json!("a".repeat(64)))),
        ("label", with(good.clone(), "/metadata/labels", json!({ "a b": "c" }))),
        ("label value", with(good.clone(), "/metadata/labels", json!({ "a": "c d" }))),
        ("label type", with(good.clone(), "/metadata/labels", json!({ "a": 1 }))),
        ("no spec", with(good.clone(), "/spec", Value::Null)),
        (
            "type of value",
            with(good.clone(), "/spec/variables", json!([{ "name": "x", "value": 1 }])),
        ),
        ("computeType", with(good.clone(), "/spec/computeType", json!("k8s"))),
        ("profile", with(good.clone(), "/spec/computeProfile", json!({ "name": "nothing" }))),
        (
            "own profile",
            with(good.clone(), "/spec/computeProfile", json!({ "name": "bmaas-h100" })),
        ),
        ("unknown variable", instance("a", &[("term", "1")])),
        ("restricted", instance("a", &[("Contract Term", "2")])),
        ("twice", instance("a", &[("Contract Term", "1"), ("Contract Term", "6")])),
        ("json", instance("a", &[("Security Policies", "[{")])),
        ("range", compute("a", "k8s", "k8s-v4-1", &[("L40 Worker Nodes", "-1")])),
        ("fixed", compute("a", "vm", "gpu-vm", &[("password", "x"), ("cpu", "64")])),
        ("required", compute("a", "vm", "gpu-vm", &[])),
        ("step", compute("a", "vm", "gpu-vm", &[("password", "x"), ("disk", "120")])),
    ] {
        let response = client.post(INSTANCES, &body);
        assert_eq!(response.status, 400, "{what}: {}", response.body_json());
        let error = response.body_json();
        assert!(
            error["code"] == 400 && error["external"].is_string() && error["internal"].is_string()
        );
    }
    assert_eq!(client.world.effects().count(), before);
}

#[test]
fn a_missing_parent_answers_404() {
    let mut client = Client::with_workspace();
    let body = instance("a", &[]);
    for target in [
        format!("{PAAS}/nothing/workspaces"),
        format!("{PAAS}/nothing/computeinstances"),
        format!("{PAAS}/defaultproject/workspaces/nothing/computeinstances"),
        format!("{PAAS}/defaultproject/workspaces/nothing/services"),
        format!("{PAAS}/nothing/services"),
        format!("{PAAS}/nothing/computeprofiles"),
    ] {
        assert_eq!(client.get(&target).status, 404, "GET {target}");
    }
    let workspace_missing = format!("{PAAS}/defaultproject/workspaces/nothing/computeinstances");
    assert_eq!(client.post(&workspace_missing, &body).status, 404);
    assert_eq!(client.post(&format!("{PAAS}/nothing/services"), &vpc("net")).status, 404);
    assert_eq!(
        client.post(&format!("{PAAS}/nothing/workspaces"), &workspace("nothing", "a")).status,
        404
    );
}

#[test]
fn an_absent_object_answers_404_in_the_style_of_the_knob() {
    let mut client = Client::with_workspace();
    for (style, status, text) in [
        (NotFoundStyle::NotFound, 404, "not found"),
        (NotFoundStyle::BadGateway, 502, "not found"),
        (NotFoundStyle::BadRequest, 400, "does not exist"),
    ] {
        client.turn(|knobs| knobs.not_found_style = style);
        let response = client.get(&format!("{INSTANCES}/nothing"));
        assert_eq!(response.status, status);
        assert!(response.body_json()["external"].as_str().unwrap().contains(text));
    }
}

#[test]
fn fail_on_exists_and_its_default() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    let body = instance("a", &[]);
    assert_eq!(client.post(&format!("{INSTANCES}?fail-on-exists=true"), &body).status, 409);
    assert_eq!(client.post(INSTANCES, &body).status, 201);
    assert_eq!(client.post(&format!("{INSTANCES}?fail-on-exists=maybe"), &body).status, 400);
    client.turn(|knobs| knobs.fail_on_exists_default = true);
    assert_eq!(client.post(INSTANCES, &body).status, 409);
    assert_eq!(client.post(&format!("{INSTANCES}?fail-on-exists=false"), &body).status, 201);
    client.turn(|knobs| knobs.conflict_style = ConflictStyle::AlreadyExists);
    let refused = client.post(INSTANCES, &body);
    assert_eq!(refused.status, 400);
    assert!(refused.body_json()["external"].as_str().unwrap().contains("AlreadyExists"));
    let missing =
        client.world.findings().iter().filter(|it| it.kind == FindingKind::FailOnExistsMissing);
    assert_eq!(missing.count(), 3);
}

#[test]
fn a_post_replaces_or_merges() {
    for (mode, public, label) in
        [(MergeMode::Replace, "false", None), (MergeMode::Merge, "true", Some("x"))]
    {
        let mut client = Client::with_workspace();
        client.turn(|knobs| knobs.merge_mode = mode);
        let first = instance("a", &[("assign_public_ip", "true")]);
        let first = with(first, "/metadata/labels", json!({ "one": "x" }));
        client.post(INSTANCES, &first);
        let second = instance("a", &[("NVAIE License", "true")]);
        let second = with(second, "/metadata/labels", json!({ "two": "y" }));
        client.post(INSTANCES, &second);
        let object = client.instance("a");
        assert_eq!(variable(&object, "assign_public_ip"), Some(public), "{mode:?}");
        assert_eq!(variable(&object, "NVAIE License"), Some("true"));
        assert_eq!(object["metadata"]["labels"]["one"].as_str(), label);
        assert_eq!(object["metadata"]["labels"]["two"], "y");
    }
}

#[test]
fn the_scope_of_the_path_wins_unless_it_must_match() {
    let mut client = Client::with_workspace();
    let body = with(instance("a", &[]), "/metadata/project", json!("vm-project"));
    assert_eq!(client.post(INSTANCES, &body).status, 201);
    assert_eq!(client.instance("a")["metadata"]["project"], "defaultproject");
    let finding = client.world.findings().iter().find(|it| it.kind == FindingKind::ScopeMismatch);
    assert_eq!(finding.unwrap().detail, "vm-project/dev");
    client.turn(|knobs| knobs.strict_scope_match = true);
    assert_eq!(client.post(INSTANCES, &body).status, 400);
}

#[test]
fn read_only_fields_are_ignored_and_noticed() {
    let mut client = Client::with_workspace();
    let body = with(instance("a", &[]), "/metadata/id", json!("mine"));
    let body = with(body, "/status", json!({ "status": "success" }));
    client.post(INSTANCES, &body);
    assert_ne!(client.instance("a")["metadata"]["id"], "mine");
    assert_eq!(client.status("a"), "not_deployed");
    let fields: Vec<&str> = client
        .world
        .findings()
        .iter()
        .filter(|it| it.kind == FindingKind::ReadOnlyFieldWritten)
        .map(|it| it.detail.as_str())
        .collect();
    assert_eq!(fields, ["metadata.id", "status"]);
}

#[test]
fn dropping_a_foreign_label_is_noticed() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    let object = "ComputeInstance/defaultproject/dev/a".to_owned();
    let labels = [("billing".to_owned(), Some("team-1".to_owned()))].into();
    client.world.edit(&Edit::Relabel { object, labels }).unwrap();
    client.post(
        INSTANCES,
        &with(instance("a", &[]), "/metadata/labels", json!({ "billing": "team-1" })),
    );
    let dropped = |client: &Client| {
        let mut all = client.world.findings().iter();
        all.any(|it| it.kind == FindingKind::ForeignLabelDropped && it.detail == "billing")
    };
    assert!(!dropped(&client));
    client.post(INSTANCES, &instance("a", &[]));
    assert!(dropped(&client));
}

#[test]
fn deleting_what_one_neither_made_nor_marked_is_noticed() {
    let mut client = Client::with_workspace();
    let body = instance("theirs", &[]);
    client.world.edit(&Edit::Create { object: body }).unwrap();
    client.add_instance("ours");
    client.delete(&format!("{INSTANCES}/ours"));
    client.delete(&format!("{INSTANCES}/theirs"));
    let unowned: Vec<_> = client
        .world
        .findings()
        .iter()
        .filter(|it| it.kind == FindingKind::DeleteWithoutOwnership)
        .map(|it| it.object.clone())
        .collect();
    assert_eq!(unowned, ["ComputeInstance/defaultproject/dev/theirs"]);
}

#[test]
fn forbidden_changes_are_refused_ignored_or_partly_applied() {
    let both = [("Contract Term", "12"), ("assign_public_ip", "true")];
    for (mode, status, term, public) in [
        (ImmutableChange::Refused, 400, "1", "false"),
        (ImmutableChange::Ignored, 201, "1", "false"),
        (ImmutableChange::PartlyApplied, 201, "1", "true"),
    ] {
        let mut client = Client::with_workspace();
        client.add_instance("a");
        client.turn(|knobs| knobs.immutable_change = mode);
        assert_eq!(client.post(INSTANCES, &instance("a", &both)).status, status, "{mode:?}");
        let object = client.instance("a");
        assert_eq!(variable(&object, "Contract Term"), Some(term), "{mode:?}");
        assert_eq!(variable(&object, "assign_public_ip"), Some(public), "{mode:?}");
    }
    let mut client = Client::with_workspace();
    client.add_instance("a");
    let other = compute("a", "baremetal", "bmaas-l40s", &[]);
    let refused = client.post(INSTANCES, &other);
    assert_eq!(refused.status, 400);
    assert!(refused.body_json()["external"].as_str().unwrap().contains("computeProfile"));
}

#[test]
fn full_scopes_are_not_deleted() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    assert_eq!(client.delete(DEV).status, 409);
    client.delete(&format!("{INSTANCES}/a"));
    assert_eq!(client.delete(DEV).status, 200);
}

#[test]
fn services_live_in_projects_and_in_workspaces() {
    let mut client = Client::with_workspace();
    let base = format!("{DEV}/services");
    assert_eq!(client.post(&base, &vpc("net")).status, 201);
    assert_eq!(client.get(&format!("{base}/net")).status, 200);
    assert_eq!(client.get(&format!("{PAAS}/defaultproject/services/net")).status, 404);
    assert_eq!(client.delete(DEV).status, 409);
    assert_eq!(client.post_empty(&format!("{base}/net/publish")).status, 202);
    client.advance(120);
    assert_eq!(client.delete(&format!("{base}/net")).status, 202);
    client.advance(120);
    assert_eq!(client.get(&format!("{base}/net")).status, 404);
}

#[test]
fn the_organization_can_switch_new_objects_off() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    client.turn(|knobs| {
        knobs.paas_disabled.compute = true;
        knobs.paas_disabled.message = "over budget".to_owned();
    });
    let refused = client.post(INSTANCES, &instance("b", &[]));
    assert_eq!((refused.status, &refused.body_json()["external"]), (403, &json!("over budget")));
    assert_eq!(client.post(INSTANCES, &instance("a", &[])).status, 201, "updates go on");
    assert_eq!(client.post(&format!("{PAAS}/defaultproject/services"), &vpc("net")).status, 201);
    client.turn(|knobs| knobs.paas_disabled.service = true);
    assert_eq!(client.post(&format!("{PAAS}/defaultproject/services"), &vpc("n2")).status, 403);
}

#[test]
fn a_publish_takes_no_body() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    let target = format!("{INSTANCES}/a/publish");
    assert_eq!(client.post(&target, &json!({ "a": 1 })).status, 400);
    assert_eq!(client.post(&target, &json!({})).status, 202);
}

#[test]
fn a_profile_edit_reaches_instances_with_the_next_publish() {
    let mut client = Client::with_workspace();
    client.deploy_instance("a");
    let object = "ComputeProfile/system-catalog/bmaas-h100".to_owned();
    let mut variables = client.world.rafay().object(&object).unwrap().spec["variables"].clone();
    variables[0]["value"] = json!("true");
    client
        .world
        .edit(&Edit::Patch { object, patch: json!({ "spec": { "variables": variables } }) })
        .unwrap();
    assert_eq!(variable(&client.instance("a"), "assign_public_ip"), Some("false"));
    assert_eq!(client.publish("a").status, 202, "what would be deployed has changed");
    assert_eq!(variable(&client.instance("a"), "assign_public_ip"), Some("true"));
}

#[test]
fn edits_of_every_kind() {
    let mut client = Client::with_workspace();
    client.deploy_instance("a");
    let object = "ComputeInstance/defaultproject/dev/a".to_owned();
    let patch = json!({
        "metadata": { "description": "by hand" },
        "spec": { "variables": [{ "name": "NVAIE License", "value": "true" }] },
    });
    client.world.edit(&Edit::Patch { object: object.clone(), patch }).unwrap();
    let shown = client.instance("a");
    assert_eq!(shown["metadata"]["description"], "by hand");
    assert_eq!(variable(&shown, "NVAIE License"), Some("true"));
    client.world.edit(&Edit::PowerOff { object: object.clone() }).unwrap();
    assert_eq!(client.instance("a")["status"]["action"], "stop");
    assert_eq!(client.act("a", "stop").status, 409);
    client.world.edit(&Edit::Republish { object: object.clone() }).unwrap();
    assert_eq!(client.status("a"), "submitted");
    let (status, reason) = ("odd_state".to_owned(), Some("why".to_owned()));
    client.world.edit(&Edit::SetStatus { object: object.clone(), status, reason }).unwrap();
    client.advance(10_000);
    assert_eq!(client.status("a"), "odd_state");
    assert_eq!(client.instance("a")["status"]["reason"], "why");
    client.world.edit(&Edit::Delete { object: object.clone() }).unwrap();
    assert_eq!(client.status("a"), "404");
    assert!(client.world.edit(&Edit::Delete { object }).is_err());
    let foreign = client.world.effects().all().iter().filter(|it| it.actor == "somebody-else");
    assert_eq!(foreign.count(), 5);
    for (object, target) in [
        (
            json!({ "kind": "Project", "metadata": { "name": "new" } }),
            "/auth/v1/projects/?name=new",
        ),
        (json!({ "kind": "Group", "metadata": { "name": "new" } }), "/auth/v1/groups/?name=new"),
    ] {
        client.world.edit(&Edit::Create { object }).unwrap();
        assert_eq!(client.get(target).body_json()["count"], 1);
    }
}

#[test]
fn the_effect_ledger_counts_creates() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    client.post(INSTANCES, &instance("a", &[]));
    client.post(INSTANCES, &instance("a", &[("assign_public_ip", "true")]));
    let effects = client.world.effects();
    assert_eq!(effects.creates_per_object()["ComputeInstance/defaultproject/dev/a"], 1);
    assert_eq!(effects.duplicates(), Vec::<String>::new());
    let changed: Vec<bool> =
        effects.of_kind(EffectKind::Updated).map(|it| it.detail["changed"] == true).collect();
    assert_eq!(changed, [false, true]);
    let created = effects.of_object("ComputeInstance/defaultproject/dev/a").next().unwrap();
    assert!(client.key.starts_with(&created.actor) && client.key != created.actor);
    assert_eq!((created.digest.len(), created.request.len()), (16, 16));
}
