//! `auth/v1`, keys and their rights, roles.

use plumb_sandbox::{Request, Timestamp, WorldConfig, handle};
use plumb_sandbox_rafay::settings::{Key, KeyRole};
use serde_json::json;

use crate::client::{Client, PAAS, set, workspace};

fn status(client: &mut Client, request: &Request) -> u16 {
    handle(&mut client.world, request).answer().unwrap().status
}

#[test]
fn either_header_opens_every_path_and_nothing_else_does() {
    let mut client = Client::new();
    for target in
        ["/auth/v1/projects/", "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces"]
    {
        for header in ["X-API-KEY", "x-rafay-api-keyid"] {
            let request = Request::new("GET", target).header(header, &client.key.clone());
            assert_eq!(status(&mut client, &request), 200, "{header} {target}");
        }
        assert_eq!(status(&mut client, &Request::new("GET", target)), 401);
        let wrong = Request::new("GET", target).header("X-API-KEY", "ra2.wrong.key");
        assert_eq!(status(&mut client, &wrong), 401);
    }
}

#[test]
fn an_expired_key_is_told_so() {
    let mut config = WorldConfig::default();
    let expires_at = Timestamp::parse("2026-01-01T01:00:00Z");
    let keys = vec![Key { expires_at, ..Key::admin("ra2.a.b") }];
    set(&mut config, |settings| settings.keys = keys);
    let mut client = Client::with(config);
    assert_eq!(client.get("/auth/v1/projects/").status, 200);
    client.advance(3600);
    let refused = client.get("/auth/v1/projects/");
    assert_eq!(refused.status, 401);
    assert!(refused.body_json()["external"].as_str().unwrap().contains("expired"));
    let mut client = Client::new();
    client.turn(|knobs| knobs.key_expires_at = Timestamp::parse("2026-01-01T00:00:00Z"));
    assert_eq!(client.get("/auth/v1/projects/").status, 401);
}

#[test]
fn a_read_only_key_reads_and_a_scoped_one_stays_in_its_projects() {
    let keys = vec![Key { role: KeyRole::ReadOnly, ..Key::admin("ra2.a.b") }];
    let mut config = WorldConfig::default();
    set(&mut config, |settings| settings.keys = keys);
    let mut client = Client::with(config.clone());
    let workspaces = format!("{PAAS}/defaultproject/workspaces");
    assert_eq!(client.get(&workspaces).status, 200);
    assert_eq!(client.post(&workspaces, &workspace("defaultproject", "a")).status, 403);
    let projects = Some(vec!["vm-project".to_owned()]);
    set(&mut config, |settings| settings.keys[0].projects = projects);
    let mut client = Client::with(config);
    assert_eq!(client.get(&workspaces).status, 401);
    assert_eq!(client.get(&format!("{PAAS}/vm-project/workspaces")).status, 200);
    assert_eq!(client.get("/auth/v1/projects/").body_json()["count"], 1);
    assert_eq!(client.get("/auth/v1/projects/lk5rw2e/").status, 401);
}

#[test]
fn slashes_methods_and_unknown_paths() {
    let mut client = Client::new();
    assert_eq!(client.get("/auth/v1/projects").status, 404, "R-66");
    assert_eq!(client.get("/auth/v1/users").status, 404);
    assert_eq!(client.get(&format!("{PAAS}/defaultproject/workspaces/")).status, 404);
    assert_eq!(client.get("/nothing").status, 404);
    let put = Request::new("PUT", &format!("{PAAS}/defaultproject/workspaces"));
    let refused = client.answer(put);
    assert_eq!((refused.status, refused.header_value("allow")), (405, Some("GET, POST")));
}

#[test]
fn every_answer_carries_an_id_and_the_virtual_date() {
    let mut client = Client::new();
    client.advance(90);
    let response = client.get("/nothing");
    assert_eq!(response.header_value("date"), Some("Thu, 01 Jan 2026 00:01:30 GMT"));
    let id = response.header_value("x-request-id").unwrap().to_owned();
    assert_eq!(client.world.requests().all().last().unwrap().id, id);
}

#[test]
fn projects_are_created_changed_and_deleted() {
    let mut client = Client::new();
    let id = client.add_project("ml");
    let again = json!({ "name": "ml", "description": "" });
    assert_eq!(client.post("/auth/v1/projects/", &again).status, 409);
    assert_eq!(client.post("/auth/v1/projects/", &json!({ "name": "No" })).status, 400);
    let one = format!("/auth/v1/projects/{id}/");
    let put =
        |name: &str| Request::new("PUT", &one).json(&json!({ "name": name, "description": "new" }));
    assert_eq!(client.answer(put("ml")).body_json()["description"], "new");
    assert_eq!(client.answer(put("other")).status, 400, "R-09");
    client.add_workspace("ml", "dev");
    assert_eq!(client.delete(&one).status, 409);
    client.delete(&format!("{PAAS}/ml/workspaces/dev"));
    assert_eq!(client.delete(&one).status, 204);
    assert_eq!(client.get(&one).status, 404);
    assert_eq!(client.delete("/auth/v1/projects/lk5rw2e/").status, 409, "the default project");
}

#[test]
fn projects_are_searched_sorted_and_paged() {
    let mut client = Client::new();
    for name in ["b1", "b3", "b2"] {
        client.add_project(name);
        client.advance(1);
    }
    let page = client.get("/auth/v1/projects/?q=b&orderby=name&order=ASC&limit=2").body_json();
    let names: Vec<_> = page["results"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["b1", "b2"]);
    assert_eq!((&page["count"], &page["previous"]), (&json!(3), &json!(null)));
    let next = page["next"].as_str().unwrap();
    assert!(next.starts_with("https://console.sandbox.invalid/auth/v1/projects/?limit=2&offset=2"));
    assert!(next.contains("orderby=name"), "{next}");
    let last = client.get("/auth/v1/projects/?q=b&limit=2&offset=2").body_json();
    assert_eq!(last["next"], json!(null));
    assert!(last["previous"].is_string());
    assert_eq!(client.get("/auth/v1/projects/?name=b").body_json()["count"], 0);
    for query in ["limit=0", "limit=x", "offset=-1", "order=asc", "orderby=colour"] {
        assert_eq!(client.get(&format!("/auth/v1/projects/?{query}")).status, 400, "{query}");
    }
}

#[test]
fn v3_shows_projects_and_roles() {
    let mut client = Client::new();
    let project = client.get("/apis/system.k8smgmt.io/v3/projects/defaultproject").body_json();
    assert_eq!((&project["kind"], &project["spec"]["default"]), (&json!("Project"), &json!(true)));
    assert_eq!(client.get("/apis/system.k8smgmt.io/v3/projects/nothing").status, 404);
    let roles = client.get("/apis/system.k8smgmt.io/v3/roles?limit=1000").body_json();
    let role =
        roles["items"].as_array().unwrap().iter().find(|it| it["metadata"]["id"] == "gdk6g21");
    let role = role.unwrap();
    assert_eq!(role["metadata"]["name"], "PROJECT_ADMIN");
    assert_eq!(
        (&role["spec"]["scope"], &role["spec"]["roleType"]),
        (&json!("PROJECT"), &json!("BASE"))
    );
}

fn user(name: &str) -> serde_json::Value {
    json!({ "account": {
        "username": name, "first_name": "A", "last_name": "B", "password": "secret-pw",
        "user_type": "API",
    } })
}

#[test]
fn users_are_listed_and_checked() {
    let mut client = Client::new();
    for name in ["c@x.io", "a@x.io", "b@y.io"] {
        assert_eq!(client.post("/auth/v1/users/", &user(name)).status, 201);
    }
    assert_eq!(client.post("/auth/v1/users/", &user("a@x.io")).status, 400);
    assert_eq!(client.post("/auth/v1/users/", &user("no-mail")).status, 400);
    let mut body = user("d@x.io");
    body["account"]["user_type"] = json!("ROBOT");
    assert_eq!(client.post("/auth/v1/users/", &body).status, 400);
    let page = client.get("/auth/v1/users/?limit=2&orderBy=username&order=ASC&q=x.io").body_json();
    let names: Vec<_> =
        page["users"].as_array().unwrap().iter().map(|it| &it["account"]["username"]).collect();
    assert_eq!(names, ["a@x.io", "c@x.io"]);
    assert_eq!((&page["count"], &page["limit"]), (&json!(2), &json!(2)));
    let everything = serde_json::to_string(&client.world.dump()).unwrap();
    assert!(!everything.contains("secret-pw"), "passwords are not kept");
}

#[test]
fn assignments_are_idempotent_and_checked() {
    let mut client = Client::new();
    let created = client.post("/auth/v1/users/", &user("a@x.io")).body_json();
    let base = format!("/auth/v1/users/{}", created["account"]["id"].as_str().unwrap());
    let group = json!([{ "id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin" }]);
    for _ in 0..2 {
        assert_eq!(client.post(&format!("{base}/addtogroups/"), &group).status, 200);
    }
    for _ in 0..2 {
        assert_eq!(client.post(&format!("{base}/removefromgroups/"), &group).status, 200);
    }
    let wrong = json!([{ "id": "lk557ke", "type": "SYSTEM", "name": "Other" }]);
    assert_eq!(client.post(&format!("{base}/addtogroups/"), &wrong).status, 400);
    assert_eq!(client.post(&format!("{base}/addtogroups/"), &json!([])).status, 400);
    let assign = |project: &str, role: &str, name: &str| {
        json!({
            "project": { "id": project, "name": "defaultproject" },
            "roles": [{ "id": role, "name": name, "scope": "PROJECT", "role_type": "BASE" }],
        })
    };
    let target = format!("{base}/assigntoproject/");
    for _ in 0..2 {
        assert_eq!(
            client.post(&target, &assign("lk5rw2e", "gdk6g21", "PROJECT_ADMIN")).status,
            200
        );
    }
    assert_eq!(client.post(&target, &assign("nothing", "gdk6g21", "PROJECT_ADMIN")).status, 400);
    assert_eq!(client.post(&target, &assign("lk5rw2e", "nothing", "PROJECT_ADMIN")).status, 400);
    assert_eq!(client.post(&target, &assign("lk5rw2e", "gdk6g21", "ADMIN")).status, 400);
    assert_eq!(client.post("/auth/v1/users/nothing/assigntoproject/", &json!({})).status, 404);
    let kinds: Vec<_> =
        client.world.effects().all().iter().map(|it| format!("{:?}", it.kind)).collect();
    assert_eq!(kinds, ["Created", "GroupAdded", "GroupRemoved", "RoleAssigned"]);
    assert_eq!(client.delete(&format!("{base}/")).status, 204);
    assert_eq!(client.delete(&format!("{base}/")).status, 404);
}

#[test]
fn groups_are_created_and_deleted() {
    let mut client = Client::new();
    let created = client.post("/auth/v1/groups/", &json!({ "name": "ops", "description": "x" }));
    assert_eq!(created.status, 201);
    let id = created.body_json()["id"].as_str().unwrap().to_owned();
    assert_eq!(client.post("/auth/v1/groups/", &json!({ "name": "ops" })).status, 409);
    let list = client.get("/auth/v1/groups/").body_json();
    assert_eq!((&list["count"], &list["results"][0]["name"]), (&json!(2), &json!("DemoAdmin")));
    assert_eq!(client.get(&format!("/auth/v1/groups/{id}/")).body_json()["name"], "ops");
    assert_eq!(client.delete(&format!("/auth/v1/groups/{id}/")).status, 204);
    assert_eq!(client.get(&format!("/auth/v1/groups/{id}/")).status, 404);
}
