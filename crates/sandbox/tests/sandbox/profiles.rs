//! Profiles: where shared ones are found, writing one, and what is put out by what is made from them.

use plumb_sandbox::{Request, Response};
use plumb_sandbox_rafay::knobs::SharedProfiles;
use serde_json::{Value, json};

use crate::client::{Client, DEV, PAAS, Seen as _, compute, names, variable, vpc};

fn list(client: &mut Client, project: &str) -> Vec<String> {
    names(&client.get(&format!("{PAAS}/{project}/computeprofiles")).body_json())
}

#[test]
fn shared_profiles_are_listed_or_read_by_name_or_only_in_the_catalog() {
    let all = ["bmaas-h100", "bmaas-l40s", "gpu-vm", "k8s-v4-1"];
    for (how, listed, by_name) in [
        (SharedProfiles::Listed, &all[..], 200),
        (SharedProfiles::ByName, &[], 200),
        (SharedProfiles::Catalog, &[], 404),
    ] {
        let mut client = Client::turned(|knobs| knobs.shared_profiles = how);
        let mut found = list(&mut client, "defaultproject");
        found.sort();
        assert_eq!(found, listed, "{how:?}");
        let path = format!("{PAAS}/defaultproject/computeprofiles/gpu-vm");
        assert_eq!(client.get(&format!("{path}?systemCatalog=true")).status, by_name, "{how:?}");
        assert_eq!(client.get(&path).status, 404, "{how:?}");
        assert_eq!(list(&mut client, "system-catalog").len(), all.len(), "{how:?}");
    }
}

fn own(disk: &str) -> Value {
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "ComputeProfile",
        "metadata": { "name": "own", "project": "defaultproject", "labels": { "sku": "own-1" } },
        "spec": { "computeType": "vm", "variables": [{ "name": "disk", "value": disk }] },
    })
}

#[test]
fn a_profile_is_written_and_what_is_made_from_it_keeps_its_values() {
    let mut client = Client::with_workspace();
    let target = format!("{PAAS}/defaultproject/computeprofiles?fail-on-exists=false");
    let made = client.post(&target, &own("100"));
    assert_eq!((made.status, &made.body_json()["kind"]), (200, &json!("ComputeProfile")));
    assert_eq!(made.body_json()["metadata"]["labels"], json!({ "sku": "own-1" }));
    let mut instance = compute("a", "vm", "own", &[]);
    instance["spec"]["computeProfile"] = json!({ "name": "own" });
    let instances = format!("{DEV}/computeinstances?fail-on-exists=true");
    assert_eq!(client.post(&instances, &instance).status, 201);
    assert_eq!(client.post(&target, &own("200")).status, 200);
    assert_eq!(variable(&client.instance("a"), "disk"), Some("100"));
    let only = target.replace("false", "true");
    assert_eq!(client.post(&only, &own("300")).status, 409);
    for (field, value) in [("computeType", json!("pod")), ("variables", json!([{ "value": "x" }]))]
    {
        let mut wrong = own("100");
        wrong["spec"][field] = value;
        assert_eq!(client.post(&target, &wrong).status, 400, "{field}");
    }
}

fn outputs_of(profile: &str) -> Value {
    let mut client = Client::new();
    let mut body = vpc("s");
    body["spec"] = json!({ "serviceProfile": { "name": profile, "systemCatalog": true } });
    let services = format!("{PAAS}/defaultproject/services");
    let made = client.post(&format!("{services}?fail-on-exists=true"), &body);
    assert_eq!(made.status, 201, "{}", made.body_json());
    assert_eq!(client.post_empty(&format!("{services}/s/publish")).status, 202);
    client.advance(120);
    client.get(&format!("{services}/s")).body_json()["status"]["output"].clone()
}

#[test]
fn services_put_out_what_their_profiles_give() {
    let network = outputs_of("vpc");
    assert_eq!(network["subnet_cidr"]["value"], "192.168.16.0");
    let pod = outputs_of("devpod");
    let command = pod["res"]["tasks"]["provision"]["ssh_command"].as_str().unwrap();
    assert!(command.starts_with("ssh -p 3") && command.contains(" ubuntu@"), "{command}");
    let files = outputs_of("shared-filesystem");
    assert_eq!(files["mount_path"]["value"], "/exports/s");
    assert!(files["server"]["value"].as_str().unwrap().starts_with("10.77."));
}

fn yaml(client: &mut Client, method: &str, target: &str, body: &str) -> Response {
    let request = Request { body: body.as_bytes().to_vec(), ..Request::new(method, target) };
    client.answer(request.header("content-type", "application/yaml; charset=utf-8"))
}

#[test]
fn bodies_may_be_yaml_and_v3_answers_in_it() {
    let mut client = Client::new();
    let target = format!("{PAAS}/defaultproject/workspaces?fail-on-exists=true");
    let workspace = "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata:\n  name: y\n  project: defaultproject\n";
    assert_eq!(yaml(&mut client, "POST", &target, workspace).status, 200);
    assert!(client.world.rafay().object("Workspace/defaultproject/y").is_some());
    let broken = yaml(&mut client, "POST", &target, "a: [");
    assert_eq!(broken.status, 400);
    let said = broken.body_json()["external"].as_str().unwrap().to_owned();
    assert!(
        said.starts_with("invalid request body: ") && said.contains("line 2 column 1"),
        "{said}"
    );
    let project = Request::new("GET", "/apis/system.k8smgmt.io/v3/projects/defaultproject");
    let answer = client.answer(project.header("accept", "application/yaml"));
    assert_eq!(answer.header_value("content-type"), Some("application/yaml"));
    assert!(String::from_utf8(answer.body).unwrap().contains("name: defaultproject"));
}

#[test]
fn a_role_is_read_by_its_name() {
    let mut client = Client::new();
    let roles = "/apis/system.k8smgmt.io/v3/roles";
    let role = client.get(&format!("{roles}/PROJECT_ADMIN")).body_json();
    assert_eq!((&role["metadata"]["id"], &role["kind"]), (&json!("gdk6g21"), &json!("Role")));
    assert_eq!(client.get(&format!("{roles}/NOBODY")).status, 404);
}
