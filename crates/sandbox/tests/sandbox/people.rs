//! Groups with roles, users read back, collaborators, v3 projects, custom roles.

use plumb_sandbox::{EffectKind, Request};
use serde_json::{Value, json};

use crate::client::{Client, PAAS, names};

const WORKSPACE: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev";
const SYSTEM: &str = "/apis/system.k8smgmt.io/v3";

/// Makes a user who may use the API only; answers the id.
pub(crate) fn machine_user(client: &mut Client, name: &str) -> String {
    let account = json!({ "username": name, "password": "x", "user_type": "API" });
    let made = client.post("/auth/v1/users/", &json!({ "account": account }));
    assert_eq!(made.status, 201, "{}", made.body_json());
    made.body_json()["account"]["id"].as_str().unwrap().to_owned()
}

/// The id of a role by its name.
pub(crate) fn role_id(client: &mut Client, name: &str) -> String {
    let role = client.get(&format!("{SYSTEM}/roles/{name}")).body_json();
    role["metadata"]["id"].as_str().unwrap().to_owned()
}

fn group(client: &mut Client, name: &str) -> String {
    let made = client.post("/auth/v1/groups/", &json!({ "name": name }));
    made.body_json()["id"].as_str().unwrap().to_owned()
}

fn put(client: &mut Client, target: &str, body: &Value) -> u16 {
    client.answer(Request::new("PUT", target).json(body)).status
}

#[test]
fn a_machine_user_needs_no_names_and_a_person_does() {
    let mut client = Client::new();
    machine_user(&mut client, "ci@x.io");
    let person = json!({ "username": "a@x.io", "password": "x", "user_type": "CONSOLE" });
    assert_eq!(client.post("/auth/v1/users/", &json!({ "account": person })).status, 400);
    let mut person = person;
    person["first_name"] = json!("A");
    person["last_name"] = json!("B");
    person["phone"] = json!("+41 44 000 00 00");
    let made = client.post("/auth/v1/users/", &json!({ "account": person })).body_json();
    assert_eq!(made["account"]["phone"], "+41 44 000 00 00");
}

#[test]
fn a_group_is_renamed_and_keeps_members_and_roles() {
    let mut client = Client::new();
    let id = group(&mut client, "ops");
    let user = machine_user(&mut client, "ci@x.io");
    let member = json!([{ "id": id, "type": "SYSTEM", "name": "ops" }]);
    client.post(&format!("/auth/v1/users/{user}/addtogroups/"), &member);
    let one = format!("/auth/v1/groups/{id}/");
    assert_eq!(put(&mut client, &one, &json!({ "name": "DemoAdmin" })), 409, "R-94");
    assert_eq!(put(&mut client, &one, &json!({ "name": "" })), 400);
    let renamed = json!({ "name": "operators", "description": "all of us", "type": "SYSTEM" });
    assert_eq!(put(&mut client, &one, &renamed), 200);
    let shown = client.get(&one).body_json();
    assert_eq!((&shown["name"], &shown["description"]), (&json!("operators"), &json!("all of us")));
    let read = client.get(&format!("/auth/v1/users/{user}/")).body_json();
    assert_eq!(read["groups"], json!([{ "id": id, "name": "operators", "type": "SYSTEM" }]));
}

#[test]
fn groups_hold_roles_with_namespaces_and_without_a_project() {
    let mut client = Client::new();
    let id = group(&mut client, "ops");
    let (admin, read_only) =
        (role_id(&mut client, "ADMIN"), role_id(&mut client, "NAMESPACE_READ_ONLY"));
    let mut namespace = crate::hub::body("infra.k8smgmt.io/v3", "Namespace", "web");
    namespace["spec"]["placement"] = json!({ "selector": "a=b" });
    let target = "/apis/infra.k8smgmt.io/v3/projects/defaultproject/namespaces";
    let web = client.post(target, &namespace).body_json()["metadata"]["id"].clone();
    let custom = json!({ "apiVersion": "system.k8smgmt.io/v3", "kind": "Role",
        "metadata": { "name": "deployers" },
        "spec": { "baseRoleName": "NAMESPACE_ADMIN", "permissions": ["workload.write"] } });
    assert_eq!(client.post(&format!("{SYSTEM}/roles"), &custom).status, 200);
    let deployers = role_id(&mut client, "deployers");
    let project = json!({ "id": "lk5rw2e", "name": "defaultproject" });
    let assign = format!("/auth/v1/groups/{id}/assigntoproject/");
    let role = |id: &str, name: &str, namespaces: Value| {
        json!({ "id": id, "name": name, "scope": "PROJECT", "role_type": "BASE",
            "namespace_id_list": namespaces })
    };
    let body = json!({ "project": project, "roles": [
        role(&read_only, "NAMESPACE_READ_ONLY", json!([web])),
        role(&deployers, "deployers", json!([])),
    ] });
    assert_eq!(client.post(&assign, &body).status, 200);
    let again = client.post(&assign, &body);
    assert_eq!(again.status, 400, "R-93");
    assert!(again.body_json()["external"].as_str().unwrap().contains("already assigned"));
    let widened = json!({ "project": project, "roles": [role(&read_only, "NAMESPACE_READ_ONLY", json!([]))] });
    assert_eq!(client.post(&assign, &widened).status, 200, "other namespaces replace them");
    let whole = json!({ "roles": [{ "id": admin, "name": "ADMIN", "scope": "ORGANIZATION" }] });
    assert_eq!(client.post(&assign, &whole).status, 200);
    let misplaced = json!({ "project": project, "roles": [role(&admin, "ADMIN", json!([]))] });
    assert_eq!(client.post(&assign, &misplaced).status, 400);
    let unknown = json!({ "project": project, "roles": [role(&read_only, "NAMESPACE_READ_ONLY", json!(["no"]))] });
    assert_eq!(client.post(&assign, &unknown).status, 400);
    let read = client.get(&format!("/auth/v1/groups/{id}/projects/")).body_json();
    assert_eq!(read[0]["project"], Value::Null);
    assert_eq!(read[0]["roles"], json!([{ "role": { "name": "ADMIN" }, "namespace_id": null }]));
    assert_eq!(read[1]["project"], project);
    assert_eq!(
        read[1]["customRoles"],
        json!([{ "customRole": { "name": "deployers", "baseRoleName": "NAMESPACE_ADMIN" },
            "namespaces": [] }])
    );
    let entries = read[1]["roles"].as_array().unwrap();
    assert!(entries.iter().any(|it| it["role"]["name"] == "NAMESPACE_ADMIN"), "{read}");
    let unassign = format!("/auth/v1/groups/{id}/unassignfromproject/");
    let taken = json!({ "project": project, "roles": [{ "role": { "id": deployers, "scope": "PROJECT" } }] });
    assert_eq!(client.delete(&format!("{SYSTEM}/roles/deployers")).status, 409, "R-110");
    for _ in 0..2 {
        assert_eq!(client.post(&unassign, &taken).status, 200);
    }
    assert_eq!(client.delete(&format!("{SYSTEM}/roles/deployers")).status, 200);
    let kind = |kind| client.world.effects().of_kind(kind).count();
    assert_eq!((kind(EffectKind::RoleAssigned), kind(EffectKind::RoleUnassigned)), (4, 1));
}

#[test]
fn a_user_is_read_with_what_comes_through_groups() {
    let mut client = Client::new();
    let user = machine_user(&mut client, "ci@x.io");
    let base = format!("/auth/v1/users/{user}");
    let id = group(&mut client, "ops");
    let (admin, project_admin) =
        (role_id(&mut client, "ADMIN"), role_id(&mut client, "PROJECT_ADMIN"));
    let member = json!([{ "id": id, "type": "SYSTEM", "name": "ops" }]);
    client.post(&format!("{base}/addtogroups/"), &member);
    let whole = json!({ "roles": [{ "id": admin, "name": "ADMIN", "scope": "ORGANIZATION" }] });
    client.post(&format!("/auth/v1/groups/{id}/assigntoproject/"), &whole);
    let own = json!({ "project": { "id": "lk5rw2e", "name": "defaultproject" },
        "roles": [{ "id": project_admin, "name": "PROJECT_ADMIN", "scope": "PROJECT" }] });
    client.post(&format!("{base}/assigntoproject/"), &own);
    let read = client.get(&format!("{base}/")).body_json();
    assert_eq!(read["account"]["username"], "ci@x.io");
    assert_eq!(
        read["roles"],
        json!([
            { "project": { "id": "lk5rw2e", "name": "defaultproject" }, "group": null,
              "role": { "id": project_admin, "name": "PROJECT_ADMIN", "scope": "PROJECT",
                "role_type": "BASE", "namespace_id_list": [] } },
            { "project": null, "group": { "id": id, "name": "ops" },
              "role": { "id": admin, "name": "ADMIN", "scope": "ORGANIZATION",
                "role_type": "BASE", "namespace_id_list": [] } },
        ])
    );
    assert_eq!(client.get("/auth/v1/users/nobody/").status, 404);
}

#[test]
fn collaborators_are_invited_assigned_and_removed() {
    let mut client = Client::with_workspace();
    machine_user(&mut client, "ci@x.io");
    let envelope = |kind: &str, spec: Value| {
        json!({ "apiVersion": "paas.envmgmt.io/v1", "kind": kind,
            "metadata": { "name": "dev", "project": "defaultproject" }, "spec": spec })
    };
    let invite = envelope(
        "WorkspaceCollaborator",
        json!({ "email": "new@x.io", "firstName": "N", "lastName": "W", "userType": "CONSOLE",
            "role": "PAAS_WORKSPACE_COLLABORATOR" }),
    );
    let list = format!("{WORKSPACE}/collaborators");
    let invited = client.post(&list, &invite);
    assert_eq!((invited.status, invited.body_json()), (200, json!({})), "R-96");
    let assign = |names: Value, role: &str| {
        envelope("WorkspaceAddCollaborators", json!({ "Usernames": names, "role": role }))
    };
    let target = format!("{WORKSPACE}/assigncollaborators");
    let read_only = "PAAS_WORKSPACE_COLLABORATOR_READ_ONLY";
    for _ in 0..2 {
        assert_eq!(client.post(&target, &assign(json!(["ci@x.io"]), read_only)).status, 200);
    }
    assert_eq!(client.post(&target, &assign(json!(["nobody@x.io"]), read_only)).status, 400);
    assert_eq!(client.post(&target, &assign(json!(["ci@x.io"]), "ADMIN")).status, 400);
    let other = assign(json!(["ci@x.io"]), "PAAS_WORKSPACE_COLLABORATOR");
    client.post(&target, &other);
    let shown = client.get(&list).body_json();
    assert_eq!(names(&shown), ["new@x.io", "ci@x.io"]);
    assert_eq!(shown["items"][1]["spec"]["role"], read_only, "an assigned one keeps the role");
    let unassign = envelope("WorkspaceDeleteCollaborators", json!({ "Usernames": ["ci@x.io"] }));
    let target = format!("{WORKSPACE}/unassigncollaborators");
    for _ in 0..2 {
        assert_eq!(client.post(&target, &unassign).status, 200);
    }
    assert_eq!(names(&client.get(&list).body_json()), ["new@x.io"]);
    let effects = client.world.effects();
    let name = "WorkspaceCollaborator/defaultproject/dev/ci@x.io";
    let kinds: Vec<EffectKind> = effects.of_object(name).map(|it| it.kind).collect();
    assert_eq!(kinds, [EffectKind::Created, EffectKind::Deleted, EffectKind::Gone]);
    assert_eq!(client.delete(WORKSPACE).status, 200, "collaborators go with it");
    client.add_workspace("defaultproject", "dev");
    assert_eq!(names(&client.get(&list).body_json()), Vec::<String>::new());
}

#[test]
fn projects_are_the_same_in_v3() {
    let mut client = Client::new();
    let target = format!("{SYSTEM}/projects");
    let body = json!({ "apiVersion": "system.k8smgmt.io/v3", "kind": "Project",
        "metadata": { "name": "ml", "description": "learning", "labels": { "team": "ml" } },
        "spec": { "default": true, "clusterResourceQuota": { "pods": "10" } } });
    let made = client.post(&target, &body);
    assert_eq!(made.status, 200, "{}", made.body_json());
    let shown = client.get(&format!("{target}/ml")).body_json();
    assert_eq!(shown["metadata"]["labels"]["team"], "ml");
    assert_eq!(
        shown["spec"],
        json!({ "default": false, "clusterResourceQuota": { "pods": "10" } })
    );
    let listed = client.get("/auth/v1/projects/?name=ml").body_json();
    assert_eq!(listed["results"][0]["description"], "learning");
    let mut changed = body;
    changed["metadata"]["labels"] = json!({});
    client.post(&target, &changed);
    assert_eq!(client.get(&format!("{target}/ml")).body_json()["metadata"].get("labels"), None);
    client.add_workspace("ml", "dev");
    assert_eq!(client.delete(&format!("{target}/ml")).status, 409);
    client.delete(&format!("{PAAS}/ml/workspaces/dev"));
    assert_eq!(client.delete(&format!("{target}/ml")).status, 200);
    assert_eq!(client.get("/auth/v1/projects/?name=ml").body_json()["count"], 0);
    assert_eq!(client.delete(&format!("{target}/defaultproject")).status, 409);
    let kinds: Vec<EffectKind> =
        client.world.effects().of_object("Project/ml").map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [EffectKind::Created, EffectKind::Updated, EffectKind::Deleted, EffectKind::Gone]
    );
}

#[test]
fn roles_of_the_product_stay_as_they_are() {
    let mut client = Client::new();
    let body = json!({ "apiVersion": "system.k8smgmt.io/v3", "kind": "Role",
        "metadata": { "name": "ADMIN" }, "spec": { "permissions": [] } });
    assert_eq!(client.post(&format!("{SYSTEM}/roles"), &body).status, 400);
    assert_eq!(client.delete(&format!("{SYSTEM}/roles/ADMIN")).status, 400);
    let mut own = body;
    own["metadata"]["name"] = json!("readers");
    own["spec"] = json!({ "permissions": ["project.read"], "scope": "PROJECT" });
    let made = client.post(&format!("{SYSTEM}/roles"), &own).body_json();
    assert_eq!(made["spec"]["roleType"], "CUSTOM");
    assert_eq!(made["spec"]["permissions"], json!(["project.read"]));
}

#[test]
fn somebody_else_changes_who_belongs_where() {
    let mut client = Client::with_workspace();
    let user = machine_user(&mut client, "ci@x.io");
    let edit = |client: &mut Client, edit: Value| client.post("/_sandbox/edit", &edit).status;
    let patch = json!({ "op": "patch", "object": "User/ci@x.io", "patch": { "spec": {
        "groups": ["DemoAdmin"],
        "roles": [{ "project": "defaultproject", "role": "PROJECT_ADMIN" }] } } });
    assert_eq!(edit(&mut client, patch), 200);
    let read = client.get(&format!("/auth/v1/users/{user}/")).body_json();
    assert_eq!(read["groups"][0]["name"], "DemoAdmin");
    assert_eq!(read["roles"][0]["role"]["name"], "PROJECT_ADMIN");
    let unknown = json!({ "op": "patch", "object": "User/ci@x.io",
        "patch": { "spec": { "groups": ["nothing"] } } });
    assert_eq!(edit(&mut client, unknown), 400);
    let roles = json!({ "op": "patch", "object": "Group/DemoAdmin",
        "patch": { "spec": { "roles": [{ "role": "ADMIN" }] } } });
    assert_eq!(edit(&mut client, roles), 200);
    let read = client.get("/auth/v1/groups/lk557ke/projects/").body_json();
    assert_eq!(read[0]["roles"][0]["role"]["name"], "ADMIN");
    let collaborator = json!({ "op": "create", "object": { "kind": "WorkspaceCollaborator",
        "metadata": { "name": "ci@x.io", "project": "defaultproject", "workspace": "dev" },
        "spec": { "role": "PAAS_WORKSPACE_COLLABORATOR" } } });
    assert_eq!(edit(&mut client, collaborator), 200);
    let list = format!("{WORKSPACE}/collaborators");
    assert_eq!(names(&client.get(&list).body_json()), ["ci@x.io"]);
    let gone = json!({ "op": "delete",
        "object": "WorkspaceCollaborator/defaultproject/dev/ci@x.io" });
    assert_eq!(edit(&mut client, gone.clone()), 200);
    assert_eq!(edit(&mut client, gone), 400);
    let labels = json!({ "op": "relabel", "object": "Project/defaultproject",
        "labels": { "owner": "them" } });
    assert_eq!(edit(&mut client, labels), 200);
    let project = client.get(&format!("{SYSTEM}/projects/defaultproject")).body_json();
    assert_eq!(project["metadata"]["labels"]["owner"], "them");
}
