//! The vendor's own example requests, one test for each row of the coverage checklist: method,
//! path, query and body as printed, and the answer it documents.

use plumb_sandbox::{Request, Response};
use serde_json::{Value, json};

use crate::client::{Client, PAAS, Seen as _, all_operations, compute, instance};

const USER: &str = r#"{
  "account": {
    "username": "user@domain.co",
    "first_name": "User",
    "last_name": "Domain",
    "password": "test0123",
    "user_type": "CONSOLE"
  }
}"#;
const GROUPS: &str = r#"[{ "id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin" }]"#;
const ASSIGN: &str = r#"{
  "roles": [{ "id": "gdk6g21", "name": "PROJECT_ADMIN", "scope": "PROJECT" }],
  "project": { "id": "lk5rw2e", "name": "defaultproject" }
}"#;
const UNASSIGN: &str = r#"{
  "project": { "id": "2wxr66m", "name": "actions" },
  "roles": [{ "role": { "id": "w2lrn2p", "scope": "PROJECT" } }]
}"#;
const VPC: &str = r#"{
    "apiVersion": "paas.envmgmt.io/v1",
    "kind": "Service",
    "metadata": { "name": "vpc-test-1", "project": "system-catalog" },
    "spec": {
      "serviceProfile": { "name": "vpc", "systemCatalog": true },
      "variables": [
        { "name": "Default Subnet CIDR", "value": "192.168.16.0" },
        { "name": "Default Subnet Gateway", "value": "192.168.16.254" },
        { "name": "Public IP Enabled", "value": "True" }
      ],
      "serviceType": "custom"
    },
    "status": { "status": "not_deployed" }
  }"#;
const WORKSPACE: &str = r#"{
    "apiVersion": "paas.envmgmt.io/v1",
    "kind": "Workspace",
    "metadata": { "name": "dev", "project": "vm-project" }
  }"#;
const BARE_METAL: &str = r#"{
  "apiVersion": "paas.envmgmt.io/v1",
  "kind": "ComputeInstance",
  "metadata": { "name": "create-bm-api", "project": "system-catalog", "workspace": "dev1" },
  "spec": {
    "computeType": "baremetal",
    "computeProfile": { "name": "bmaas-h100", "systemCatalog": true },
    "variables": [
      { "name": "assign_public_ip", "valueType": "text", "value": "false" },
      { "name": "node_os_image", "valueType": "text", "value": "default-image" },
      { "name": "Contract Term", "valueType": "text", "value": "1" },
      { "name": "NVAIE License", "valueType": "text", "value": "false" },
      { "name": "hss_storage", "valueType": "text", "value": "hss-storage-1" },
      { "name": "object_storage", "valueType": "text", "value": "object-storage-1" },
      { "name": "Security Policies", "valueType": "json", "value": "[{\"source_cidr\":\"any\",\"action\":\"allow\",\"application\":\"ssh\",\"port\":22,\"protocol\":\"tcp\"}]" },
      { "name": "Infiniband Configuration", "valueType": "text", "value": "true" }
    ]
  }
}"#;
const BARE_METAL_UPDATE: &str = r#"{
  "apiVersion": "paas.envmgmt.io/v1",
  "kind": "ComputeInstance",
  "metadata": { "name": "create-bm-api", "project": "techproject", "workspace": "techproject" },
  "spec": {
    "computeType": "baremetal",
    "computeProfile": { "name": "bmaas-h100", "systemCatalog": true },
    "variables": [
      { "name": "assign_public_ip", "valueType": "text", "value": "true" },
      { "name": "node_os_image", "valueType": "text", "value": "default-image" },
      { "name": "Contract Term", "valueType": "text", "value": "1" },
      { "name": "NVAIE License", "valueType": "text", "value": "true" },
      { "name": "Infiniband Configuration", "valueType": "text", "value": "true" }
    ]
  }
}"#;
const KUBERNETES: &str = r#"{
  "apiVersion": "paas.envmgmt.io/v1",
  "kind": "ComputeInstance",
  "metadata": { "name": "rafay-test", "workspace": "dev1", "project": "system-catalog" },
  "spec": {
    "computeType": "k8s",
    "computeProfile": { "name": "k8s-v4-1", "systemCatalog": true },
    "variables": [
      { "name": "Cluster Kubernetes Version", "value": "v1.34.1" },
      { "name": "Master Node SKU", "value": "vm-8x-cpu" },
      { "name": "Master Nodes", "value": "1" },
      { "name": "H100 Worker Nodes", "value": "0" },
      { "name": "L40 Worker Nodes", "value": "1" },
      { "name": "OS", "value": "Ubuntu 22.04" },
      { "name": "Enable Infiniband Configuration", "value": "true" },
      { "name": "Enable NVAIE License", "value": "true" }
    ]
  }
}"#;

/// Sends a body as printed, and checks which row of the checklist served it.
fn post(client: &mut Client, row: &str, target: &str, body: &str) -> Response {
    let request = Request { body: body.as_bytes().to_vec(), ..Request::new("POST", target) };
    sent(client, row, request.header("Content-Type", "application/json"))
}

fn sent(client: &mut Client, row: &str, request: Request) -> Response {
    let response = client.answer(request);
    let record = client.world.requests().all().last().unwrap();
    let id = record.operation.as_deref().expect("a known route");
    let operation = all_operations().find(|it| it.id == id).unwrap();
    assert!(operation.coverage.contains(&row), "{row} was served by {id}");
    response
}

fn get(client: &mut Client, row: &str, target: &str) -> Response {
    sent(client, row, Request::new("GET", target))
}

fn delete(client: &mut Client, row: &str, target: &str) -> Response {
    sent(client, row, Request::new("DELETE", target))
}

/// Whether a value has all members and items the other has, values aside.
fn has_shape(value: &Value, shape: &Value) -> bool {
    match (value, shape) {
        (Value::Object(value), Value::Object(shape)) => shape
            .iter()
            .all(|(name, inner)| value.get(name).is_some_and(|value| has_shape(value, inner))),
        (Value::Array(value), Value::Array(shape)) => {
            shape.is_empty() || value.iter().all(|item| has_shape(item, &shape[0]))
        }
        (value, shape) => std::mem::discriminant(value) == std::mem::discriminant(shape),
    }
}

fn assert_shape(response: &Response, shape: &Value) {
    let body = response.body_json();
    assert!(has_shape(&body, shape), "{body}\nis not shaped like\n{shape}");
}

fn with_user() -> (Client, String) {
    let mut client = Client::new();
    let created = post(&mut client, "RAFAY-03", "/auth/v1/users/", USER);
    let id = created.body_json()["account"]["id"].as_str().unwrap().to_owned();
    (client, id)
}

fn with_bare_metal() -> Client {
    let mut client = Client::new();
    client.add_workspace("defaultproject", "dev1");
    let target = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances");
    let created =
        post(&mut client, "RAFAY-16", &format!("{target}?fail-on-exists=true"), BARE_METAL);
    assert_eq!(created.status, 201);
    client
}

/// The instance the examples act on, deployed.
fn with_running_l40s() -> Client {
    let mut client = Client::new();
    client.add_workspace("defaultproject", "dev1");
    let target = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances");
    let body = compute("baremetal-l40s", "baremetal", "bmaas-l40s", &[]);
    client.post(&format!("{target}?auto-publish=true"), &body);
    client.advance(900);
    client
}

#[test]
fn rafay_01_list_projects() {
    let mut client = Client::new();
    let target = "/auth/v1/projects/?limit=1000&order=ASC&orderby=name";
    let response = get(&mut client, "RAFAY-01", target);
    assert_eq!(response.status, 200);
    assert_shape(
        &response,
        &json!({ "count": 2, "results": [
        { "id": "", "name": "", "description": "", "created_at": "", "modified_at": "" }
    ] }),
    );
    client.turn(|knobs| knobs.projects_shape = plumb_sandbox_rafay::knobs::ProjectsShape::Items);
    let response = get(&mut client, "RAFAY-01", target);
    assert_shape(
        &response,
        &json!({ "count": 2, "items": [
        { "id": "", "name": "", "description": "", "createdAt": "", "modifiedAt": "" }
    ] }),
    );
}

#[test]
fn rafay_02_list_users() {
    let (mut client, _) = with_user();
    let response = get(&mut client, "RAFAY-02", "/auth/v1/users/");
    assert_eq!(response.status, 200);
    assert_shape(
        &response,
        &json!({
            "users": [{ "account": {
                "id": "", "username": "", "first_name": "", "last_name": "", "user_type": "",
                "active": true,
            } }],
            "count": 1,
            "offset": 0,
            "limit": 0,
        }),
    );
    assert_eq!(response.body_json()["limit"], 0);
}

#[test]
fn rafay_03_create_user() {
    let mut client = Client::new();
    let response = post(&mut client, "RAFAY-03", "/auth/v1/users/", USER);
    assert_eq!(response.status, 201);
    let body = response.body_json();
    let id = body["account"]["id"].as_str().unwrap();
    assert_eq!(id.len(), 7);
    assert_eq!(
        body,
        json!({
            "account": {
                "id": id,
                "username": "user@domain.co",
                "first_name": "User",
                "last_name": "Domain",
                "user_type": "CONSOLE",
            },
            "sso_account": null,
            "is_sso": false,
        })
    );
}

#[test]
fn rafay_04_delete_user() {
    let (mut client, id) = with_user();
    let response = delete(&mut client, "RAFAY-04", &format!("/auth/v1/users/{id}/"));
    assert_eq!((response.status, response.body.len()), (204, 0));
}

#[test]
fn rafay_05_add_user_to_groups() {
    let (mut client, id) = with_user();
    let target = format!("/auth/v1/users/{id}/addtogroups/");
    assert_eq!(post(&mut client, "RAFAY-05", &target, GROUPS).status, 200);
    assert!(client.world.rafay().directory().users[0].groups.contains("lk557ke"));
}

#[test]
fn rafay_06_remove_user_from_groups() {
    let (mut client, id) = with_user();
    post(&mut client, "RAFAY-05", &format!("/auth/v1/users/{id}/addtogroups/"), GROUPS);
    let target = format!("/auth/v1/users/{id}/removefromgroups/");
    assert_eq!(post(&mut client, "RAFAY-06", &target, GROUPS).status, 200);
    assert!(client.world.rafay().directory().users[0].groups.is_empty());
}

#[test]
fn rafay_07_assign_user_to_project() {
    let (mut client, id) = with_user();
    let target = format!("/auth/v1/users/{id}/assigntoproject/");
    assert_eq!(post(&mut client, "RAFAY-07", &target, ASSIGN).status, 200);
    assert_eq!(client.world.rafay().directory().users[0].grants.len(), 1);
}

#[test]
fn rafay_08_unassign_user_from_project() {
    let (mut client, id) = with_user();
    let target = format!("/auth/v1/users/{id}/unassignfromproject/");
    assert_eq!(post(&mut client, "RAFAY-08", &target, UNASSIGN).status, 200);
    post(&mut client, "RAFAY-07", &format!("/auth/v1/users/{id}/assigntoproject/"), ASSIGN);
    let same = r#"{ "project": { "id": "lk5rw2e", "name": "defaultproject" },
        "roles": [{ "role": { "id": "gdk6g21", "scope": "PROJECT" } }] }"#;
    assert_eq!(post(&mut client, "RAFAY-08", &target, same).status, 200);
    assert!(client.world.rafay().directory().users[0].grants.is_empty());
}

#[test]
fn rafay_09_create_vpc_service() {
    let mut client = Client::new();
    let target = format!("{PAAS}/system-catalog/services");
    let response = post(&mut client, "RAFAY-09", &target, VPC);
    assert_eq!(response.status, 201);
    assert_eq!(
        response.body_json(),
        json!({
            "metadata": { "name": "vpc-test-1", "project": "system-catalog" },
            "status": { "status": "not_deployed" },
        })
    );
    let again = post(&mut client, "RAFAY-09", &format!("{target}?fail-on-exists=true"), VPC);
    assert_eq!(again.status, 409);
}

#[test]
fn rafay_10_publish_vpc_service() {
    let mut client = Client::new();
    post(&mut client, "RAFAY-09", &format!("{PAAS}/system-catalog/services"), VPC);
    let target = format!("{PAAS}/system-catalog/services/vpc-test-1/publish");
    let response = sent(&mut client, "RAFAY-10", Request::new("POST", &target));
    assert_eq!(response.status, 202);
    assert_eq!(
        response.body_json(),
        json!({
            "metadata": { "name": "vpc-test-1", "project": "system-catalog" },
            "status": { "status": "deploying" },
        })
    );
    client.advance(120);
    let service = client.get(&format!("{PAAS}/system-catalog/services/vpc-test-1")).body_json();
    assert_eq!(service["status"]["status"], "deployed");
    let again = sent(&mut client, "RAFAY-10", Request::new("POST", &target));
    assert_eq!(again.status, 409);
    let absent = format!("{PAAS}/system-catalog/services/nothing/publish");
    assert_eq!(sent(&mut client, "RAFAY-10", Request::new("POST", &absent)).status, 404);
}

#[test]
fn rafay_11_list_workspaces() {
    let mut client = Client::new();
    client.add_workspace("vm-project", "dev");
    let target =
        format!("{PAAS}/vm-project/workspaces?limit=1000&offset=0&order=DESC&orderBy=createdAt");
    let response = get(&mut client, "RAFAY-11", &target);
    assert_eq!(response.status, 200);
    assert_shape(
        &response,
        &json!({
            "apiVersion": "", "kind": "", "metadata": { "count": 1, "limit": 50 },
            "items": [{ "kind": "", "metadata": {
                "name": "", "project": "", "id": "", "createdAt": "",
            } }],
        }),
    );
    let body = response.body_json();
    assert_eq!(body["kind"], "WorkspaceList");
    assert_eq!(body["metadata"], json!({ "count": 1, "limit": 50 }));
}

#[test]
fn rafay_12_create_workspace() {
    let mut client = Client::new();
    let target = format!("{PAAS}/vm-project/workspaces?fail-on-exists=true");
    let response = post(&mut client, "RAFAY-12", &target, WORKSPACE);
    assert_eq!(response.status, 200);
    let body = response.body_json();
    assert_eq!(body["metadata"]["name"], "dev");
    assert_shape(
        &response,
        &json!({
            "apiVersion": "", "kind": "", "metadata": { "name": "", "project": "", "createdAt": "" },
        }),
    );
    assert_eq!(post(&mut client, "RAFAY-12", &target, WORKSPACE).status, 409);
}

#[test]
fn rafay_13_update_workspace() {
    let mut client = Client::new();
    client.add_workspace("vm-project", "dev");
    let mut body: Value = serde_json::from_str(WORKSPACE).unwrap();
    body["metadata"]["displayName"] = json!("Development");
    let target = format!("{PAAS}/vm-project/workspaces");
    let response = post(&mut client, "RAFAY-13", &target, &body.to_string());
    assert_eq!(response.status, 200);
    assert_eq!(response.body_json()["metadata"]["displayName"], "Development");
}

#[test]
fn rafay_14_get_workspace() {
    let mut client = Client::new();
    client.add_workspace("vm-project", "dev1");
    let response = get(&mut client, "RAFAY-14", &format!("{PAAS}/vm-project/workspaces/dev1"));
    assert_eq!(response.status, 200);
    assert_shape(
        &response,
        &json!({
            "apiVersion": "", "kind": "", "metadata": { "name": "", "project": "", "createdAt": "" },
        }),
    );
}

#[test]
fn rafay_15_delete_workspace() {
    let mut client = Client::new();
    client.add_workspace("vm-project", "dev1");
    let target = format!("{PAAS}/vm-project/workspaces/dev1");
    let response = delete(&mut client, "RAFAY-15", &target);
    assert_eq!((response.status, response.body.as_slice()), (200, b"null".as_slice()));
    assert_eq!(delete(&mut client, "RAFAY-15", &target).status, 404);
}

#[test]
fn rafay_16_create_bare_metal_instance() {
    let mut client = with_bare_metal();
    let target =
        format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances?fail-on-exists=true");
    let again = post(&mut client, "RAFAY-16", &target, BARE_METAL);
    assert_eq!(again.status, 409);
    assert_shape(&again, &json!({ "code": 409, "internal": "", "external": "" }));
    let other = BARE_METAL.replace("create-bm-api", "other");
    assert_eq!(
        post(&mut client, "RAFAY-16", &target, &other).body_json(),
        json!({
            "status": "Success",
            "message": "Compute instance created successfully",
            "name": "other",
        })
    );
    assert_eq!(post(&mut client, "RAFAY-16", &target, "{").status, 400);
}

#[test]
fn rafay_17_update_bare_metal_instance() {
    let mut client = Client::new();
    client.add_project("techproject");
    client.add_workspace("techproject", "techproject");
    let target = format!("{PAAS}/techproject/workspaces/techproject/computeinstances");
    let first = post(&mut client, "RAFAY-16", &format!("{target}?fail-on-exists=true"), BARE_METAL);
    assert_eq!(first.status, 201);
    let response = post(&mut client, "RAFAY-17", &target, BARE_METAL_UPDATE);
    assert_eq!(response.status, 201, "{}", response.body_json());
    let object = client.get(&format!("{target}/create-bm-api")).body_json();
    assert_eq!(crate::client::variable(&object, "assign_public_ip"), Some("true"));
    assert_eq!(crate::client::variable(&object, "NVAIE License"), Some("true"));
    assert_eq!(crate::client::variable(&object, "hss_storage"), None);
}

#[test]
fn rafay_18_publish_bare_metal_instance() {
    let mut client = with_bare_metal();
    let base = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances/create-bm-api");
    let request = Request::new("POST", &format!("{base}/publish"));
    assert_eq!(sent(&mut client, "RAFAY-18", request).status, 202);
    client.advance(900);
    assert_eq!(client.get(&base).body_json()["status"]["status"], "success");
}

#[test]
fn rafay_19_get_bare_metal_instance() {
    let mut client = Client::new();
    client.add_workspace("defaultproject", "default");
    let target = format!("{PAAS}/defaultproject/workspaces/default/computeinstances");
    let body = instance("h100-demo-10", &[("assign_public_ip", "true")]);
    client.post(&format!("{target}?auto-publish=true"), &body);
    client.advance(900);
    let one = format!("{target}/h100-demo-10?computeType=baremetal");
    let response = get(&mut client, "RAFAY-19", &one);
    assert_eq!(response.status, 200);
    assert_shape(
        &response,
        &json!({
            "apiVersion": "", "kind": "",
            "metadata": { "name": "", "id": "", "project": "", "workspace": "", "createdAt": "" },
            "spec": { "computeProfile": { "name": "", "systemCatalog": true }, "computeType": "" },
            "status": { "status": "", "output": {
                "ip_address": { "value": "" },
                "public_ip_address": { "value": "" },
                "node_login_username": { "value": "" },
                "node_login_password": { "value": "" },
            } },
        }),
    );
    let body = response.body_json();
    assert_eq!(body["status"]["status"], "success");
    assert_eq!(body["status"]["output"]["node_login_password"]["value"], "********");
    let wrong = format!("{target}/h100-demo-10?computeType=k8s");
    assert_eq!(get(&mut client, "RAFAY-19", &wrong).status, 404);
}

#[test]
fn rafay_20_list_bare_metal_instances() {
    let mut client = with_bare_metal();
    let k8s = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances");
    assert_eq!(client.post(&k8s, &serde_json::from_str(KUBERNETES).unwrap()).status, 201);
    let target = format!(
        "{PAAS}/defaultproject/computeinstances?limit=10&offset=0&order=DESC&orderBy=createdAt&computeType=baremetal"
    );
    let response = get(&mut client, "RAFAY-20", &target);
    assert_eq!(response.status, 200);
    let body = response.body_json();
    assert_eq!(body["kind"], "ComputeInstanceList");
    assert_eq!(body["metadata"], json!({ "count": 1, "limit": 10 }));
    assert_eq!(crate::client::names(&body), ["create-bm-api"]);
    assert_shape(
        &response,
        &json!({ "items": [{
        "kind": "", "metadata": { "name": "", "project": "", "workspace": "" },
        "status": { "status": "" },
    }] }),
    );
}

#[test]
fn rafay_21_to_24_power_actions() {
    let mut client = with_running_l40s();
    let base = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances/baremetal-l40s");
    for (row, verb, message) in [
        ("RAFAY-22", "stop", "stop initiated successfully"),
        ("RAFAY-21", "start", "start initiated successfully"),
        ("RAFAY-23", "Power%20reset", "Power reset initiated successfully"),
        ("RAFAY-24", "Power%20cycle", "Power cycle initiated successfully"),
    ] {
        let response = post(&mut client, row, &format!("{base}/action/{verb}"), "{}");
        assert_eq!(response.status, 200, "{verb}");
        assert_eq!(response.body_json(), json!({ "status": "Success", "message": message }));
        client.advance(60);
        let status = client.get(&base).body_json()["status"].clone();
        assert_eq!(status["status"], "actioncomplete", "{verb}");
    }
    let unknown = post(&mut client, "RAFAY-21", &format!("{base}/action/explode"), "{}");
    assert_eq!(unknown.status, 400);
    assert_eq!(post(&mut client, "RAFAY-21", &format!("{base}/action/start"), "{}").status, 409);
    let absent = base.replace("baremetal-l40s", "nothing");
    assert_eq!(post(&mut client, "RAFAY-21", &format!("{absent}/action/start"), "{}").status, 404);
}

#[test]
fn rafay_25_delete_bare_metal_instance() {
    let mut client = with_running_l40s();
    let target = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances/baremetal-l40s");
    let response = delete(&mut client, "RAFAY-25", &target);
    assert_eq!(response.status, 202);
    assert_eq!(
        response.body_json(),
        json!({
            "status": "Success",
            "message": "Compute instance deletion initiated",
        })
    );
    client.advance(120);
    assert_eq!(delete(&mut client, "RAFAY-25", &target).status, 404);
}

#[test]
fn rafay_26_create_kubernetes_instance() {
    let mut client = Client::new();
    client.add_workspace("system-catalog", "dev1");
    let target = format!("{PAAS}/system-catalog/workspaces/dev1/computeinstances");
    let response = post(&mut client, "RAFAY-26", &target, KUBERNETES);
    assert_eq!(response.status, 201);
    assert_eq!(
        response.body_json(),
        json!({
            "status": "Success",
            "message": "Compute instance created successfully",
            "name": "rafay-test",
        })
    );
}

#[test]
fn rafay_27_publish_kubernetes_instance() {
    let mut client = Client::new();
    client.add_workspace("system-catalog", "dev1");
    let target = format!("{PAAS}/system-catalog/workspaces/dev1/computeinstances");
    post(&mut client, "RAFAY-26", &target, KUBERNETES);
    let request = Request::new("POST", &format!("{target}/rafay-test/publish"));
    assert_eq!(sent(&mut client, "RAFAY-27", request).status, 202);
    client.advance(1200);
    let status = client.get(&format!("{target}/rafay-test")).body_json()["status"].clone();
    assert_eq!(status["status"], "success");
    let outputs = &status["output"]["cluster"]["tasks"]["provision"];
    assert!(outputs["kubeconfig"]["value"].as_str().unwrap().contains("token"));
}

#[test]
fn every_row_of_this_part_of_the_checklist_has_an_operation() {
    let covered: Vec<&str> = all_operations().flat_map(|it| it.coverage.iter().copied()).collect();
    for number in 1..=27 {
        let row = format!("RAFAY-{number:02}");
        assert!(covered.contains(&row.as_str()), "{row}");
    }
}

#[test]
fn any_field_of_the_examples_may_be_missing_without_a_panic() {
    let mut client = Client::new();
    client.add_workspace("defaultproject", "dev1");
    let target = format!("{PAAS}/defaultproject/workspaces/dev1/computeinstances");
    let body: Value = serde_json::from_str(BARE_METAL).unwrap();
    for pointer in [
        "/apiVersion",
        "/kind",
        "/metadata",
        "/metadata/name",
        "/metadata/project",
        "/spec",
        "/spec/computeProfile",
        "/spec/computeProfile/name",
        "/spec/variables/0/name",
        "/spec/variables/0/value",
    ] {
        let mut broken = body.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field);
        let response = client.post(&target, &broken);
        assert_eq!(response.status, 400, "{pointer}: {}", response.body_json());
    }
}
