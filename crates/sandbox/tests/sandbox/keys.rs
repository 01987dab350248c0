//! API keys of users: made, limited, expired, purged; and what they open, by roles.

use plumb_sandbox::{EffectKind, Request, Response, WorldConfig, handle};
use plumb_sandbox_rafay::settings::Key;
use serde_json::{Value, json};

use crate::client::{Client, DEV, PAAS, instance, set, workspace};
use crate::people::{machine_user, role_id};

const DAY: u64 = 86_400;

fn create(client: &mut Client, user: &str, body: &Value) -> Response {
    client.post(&format!("/auth/v1/users/{user}/apikey/"), body)
}

/// Makes a key of a user who may use the API only; answers the key's text.
fn key(client: &mut Client, user: &str, hours: u64) -> String {
    let body = json!({ "name": "ci", "never_expire": false, "validity_hour": hours });
    let made = create(client, user, &body);
    assert_eq!(made.status, 201, "{}", made.body_json());
    made.body_json()["key"].as_str().unwrap().to_owned()
}

/// Asks with another key.
fn asked(client: &mut Client, key: &str, request: Request) -> Response {
    let request = request.header("X-API-KEY", key);
    handle(&mut client.world, &request).answer().unwrap().clone()
}

fn get(client: &mut Client, key: &str, target: &str) -> u16 {
    asked(client, key, Request::new("GET", target)).status
}

fn give(client: &mut Client, user: &str, role: &str) {
    let id = role_id(client, role);
    let body = json!({ "project": { "id": "lk5rw2e", "name": "defaultproject" },
        "roles": [{ "id": id, "name": role, "scope": "PROJECT", "role_type": "BASE" }] });
    let target = format!("/auth/v1/users/{user}/assigntoproject/");
    assert_eq!(client.post(&target, &body).status, 200, "{role}");
}

#[test]
fn a_key_works_at_once_and_its_secret_is_shown_once() {
    let mut client = Client::new();
    let user = machine_user(&mut client, "ci@x.io");
    let body = json!({ "name": "ci", "never_expire": false, "validity_hour": 24 });
    let made = create(&mut client, &user, &body).body_json();
    let (text, secret) = (made["key"].as_str().unwrap(), made["secret"].as_str().unwrap());
    assert_eq!(text.matches('.').count(), 2);
    assert!(text.starts_with("ra2.") && text.ends_with(secret) && secret.len() > 20);
    assert_eq!(made["expires_at"], "2026-01-02T00:00:00.000000Z");
    assert_eq!(get(&mut client, text, "/auth/v1/users/-/profile"), 200);
    let second = key(&mut client, &user, 1);
    assert_ne!(second, text, "many keys of one user");
    let list = client.get(&format!("/auth/v1/users/{user}/apikeys/"));
    assert_eq!(list.body_json().as_array().unwrap().len(), 2);
    let kept = serde_json::to_string(&client.world.dump()).unwrap();
    let listed = String::from_utf8(list.body).unwrap();
    let logged = client.get("/_sandbox/requests").body_json().to_string();
    for shown in [kept, listed, logged] {
        assert!(!shown.contains(secret));
    }
    let id = made["id"].as_str().unwrap();
    assert_eq!(client.delete(&format!("/auth/v1/apikeys/{id}/")).status, 204);
    assert_eq!(get(&mut client, text, "/auth/v1/users/-/profile"), 401);
    assert_eq!(client.delete(&format!("/auth/v1/apikeys/{id}/")).status, 404);
    assert_eq!(create(&mut client, "nobody", &body).status, 404);
    assert_eq!(client.delete(&format!("/auth/v1/users/{user}/")).status, 204);
    assert_eq!(get(&mut client, &second, "/auth/v1/users/-/profile"), 401, "gone with its user");
}

#[test]
fn the_profile_is_that_of_the_user_with_roles() {
    let mut client = Client::new();
    let user = machine_user(&mut client, "ci@x.io");
    give(&mut client, &user, "PROJECT_ADMIN");
    let text = key(&mut client, &user, 1);
    let profile = asked(&mut client, &text, Request::new("GET", "/auth/v1/users/-/profile"));
    let profile = profile.body_json();
    assert_eq!(profile["account"]["username"], "ci@x.io");
    assert_eq!(
        (&profile["account"]["user_type"], &profile["account"]["is_sso"]),
        (&json!("API"), &json!(false))
    );
    let role = &profile["roles"][0];
    assert_eq!(
        (&role["role"]["name"], &role["role"]["is_global"]),
        (&json!("PROJECT_ADMIN"), &json!(false))
    );
    assert_eq!(
        (&role["project"]["name"], &role["group"]),
        (&json!("defaultproject"), &Value::Null)
    );
    assert_eq!(role["organization"]["name"], "default");
    let own = client.get("/auth/v1/users/-/profile").body_json();
    assert_eq!(own["roles"][0]["role"]["name"], "ADMIN", "a key that is nobody's may do all");
}

#[test]
fn the_larger_default_counts_and_only_an_administrator_goes_beyond_the_limit() {
    let mut config = WorldConfig::default();
    set(&mut config, |settings| {
        settings.api_keys.organization_hours = 24;
        settings.api_keys.users.insert("more@x.io".to_owned(), 48);
        settings.api_keys.users.insert("less@x.io".to_owned(), 2);
    });
    let mut client = Client::with(config);
    let default = json!({ "name": "ci", "never_expire": false, "validity_hour": 0 });
    for (name, day) in [("ci@x.io", "02"), ("more@x.io", "03"), ("less@x.io", "02")] {
        let user = machine_user(&mut client, name);
        let made = create(&mut client, &user, &default).body_json();
        assert_eq!(made["expires_at"], format!("2026-01-{day}T00:00:00.000000Z"), "{name}");
    }
    let user = machine_user(&mut client, "self@x.io");
    let own = key(&mut client, &user, 1);
    let target = format!("/auth/v1/users/{user}/apikey/");
    let ask = |client: &mut Client, never: bool, hours: i64| {
        let body = json!({ "name": "mine", "never_expire": never, "validity_hour": hours });
        asked(client, &own, Request::new("POST", &target).json(&body))
    };
    let refused = ask(&mut client, false, 25);
    assert_eq!(refused.status, 400);
    assert!(refused.body_json()["external"].as_str().unwrap().contains("24"), "R-98");
    assert_eq!(ask(&mut client, false, -1).status, 400);
    assert_eq!(ask(&mut client, false, 24).status, 201);
    assert_eq!(ask(&mut client, true, 0).status, 403);
    let beyond = json!({ "name": "long", "never_expire": false, "validity_hour": 1000 });
    assert_eq!(create(&mut client, &user, &beyond).status, 201, "an administrator may");
    let never = json!({ "name": "ever", "never_expire": true });
    assert_eq!(create(&mut client, &user, &never).body_json()["expires_at"], Value::Null);
    let other = machine_user(&mut client, "other@x.io");
    let for_other = Request::new("POST", &format!("/auth/v1/users/{other}/apikey/")).json(&default);
    assert_eq!(asked(&mut client, &own, for_other).status, 403);
    assert_eq!(get(&mut client, &own, &format!("/auth/v1/users/{other}/apikeys/")), 403);
    assert_eq!(get(&mut client, &own, &format!("/auth/v1/users/{user}/apikeys/")), 200);
}

#[test]
fn a_key_is_announced_to_end_ends_and_is_purged() {
    let mut client = Client::new();
    let user = machine_user(&mut client, "ci@x.io");
    let text = key(&mut client, &user, 10 * 24);
    let happened = |client: &Client| -> Vec<(EffectKind, Value)> {
        let effects = client.world.effects().of_object("ApiKey/ci@x.io/ci").skip(1);
        effects.map(|it| (it.kind, it.detail["days"].clone())).collect()
    };
    client.advance(3 * DAY - 1);
    assert_eq!(happened(&client), []);
    client.advance(1);
    assert_eq!(happened(&client), [(EffectKind::Notified, json!(7))]);
    client.advance(6 * DAY);
    assert_eq!(happened(&client).last(), Some(&(EffectKind::Notified, json!(1))));
    assert_eq!(get(&mut client, &text, "/auth/v1/users/-/profile"), 200);
    client.advance(DAY);
    assert_eq!(happened(&client).last(), Some(&(EffectKind::Expired, Value::Null)));
    let refused = asked(&mut client, &text, Request::new("GET", "/auth/v1/users/-/profile"));
    assert_eq!(refused.status, 401);
    assert!(refused.body_json()["external"].as_str().unwrap().contains("expired"));
    let keys = format!("/auth/v1/users/{user}/apikeys/");
    assert_eq!(client.get(&keys).body_json().as_array().unwrap().len(), 1, "R-98");
    client.advance(90 * DAY);
    assert_eq!(happened(&client).last(), Some(&(EffectKind::Gone, Value::Null)));
    assert_eq!(client.get(&keys).body_json(), json!([]));
    let refused = asked(&mut client, &text, Request::new("GET", "/auth/v1/users/-/profile"));
    assert!(!refused.body_json()["external"].as_str().unwrap().contains("expired"));
}

/// Statuses of a read and a write inside the project, of one of the organization, and of a write.
fn rights(client: &mut Client, key: &str) -> [u16; 4] {
    let workspaces = format!("{PAAS}/defaultproject/workspaces");
    let write = Request::new("POST", &workspaces).json(&workspace("defaultproject", "made"));
    let group = Request::new("POST", "/auth/v1/groups/").json(&json!({ "name": "g" }));
    [
        get(client, key, &workspaces),
        asked(client, key, write).status,
        get(client, key, "/auth/v1/users/"),
        asked(client, key, group).status,
    ]
}

#[test]
fn roles_really_refuse() {
    for (role, expected) in [
        ("PROJECT_ADMIN", [200, 200, 403, 403]),
        ("INFRA_ADMIN", [200, 200, 403, 403]),
        ("PROJECT_READ_ONLY", [200, 403, 403, 403]),
        ("PAAS_WORKSPACE_ADMIN", [403, 200, 403, 403]),
        ("DEVELOPER", [403, 403, 403, 403]),
    ] {
        let mut client = Client::with_workspace();
        let user = machine_user(&mut client, "ci@x.io");
        let text = key(&mut client, &user, 1);
        assert_eq!(rights(&mut client, &text), [403; 4], "no role at all");
        give(&mut client, &user, role);
        assert_eq!(rights(&mut client, &text), expected, "{role}");
        let projects = asked(&mut client, &text, Request::new("GET", "/auth/v1/projects/"));
        assert_eq!(projects.body_json()["count"], 1, "{role}");
        assert_eq!(get(&mut client, &text, &format!("{PAAS}/vm-project/workspaces")), 403);
        assert_eq!(get(&mut client, &text, &format!("/auth/v1/users/{user}/")), 200, "oneself");
    }
}

#[test]
fn roles_of_the_whole_organization_come_through_groups() {
    for (role, expected) in
        [("ADMIN", [200, 200, 200, 201]), ("ADMINISTRATOR_READ_ONLY", [200, 403, 200, 403])]
    {
        let mut client = Client::with_workspace();
        let user = machine_user(&mut client, "ci@x.io");
        let text = key(&mut client, &user, 1);
        let id = role_id(&mut client, role);
        let body = json!({ "roles": [{ "id": id, "name": role, "scope": "ORGANIZATION" }] });
        client.post("/auth/v1/groups/lk557ke/assigntoproject/", &body);
        let member = json!([{ "id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin" }]);
        client.post(&format!("/auth/v1/users/{user}/addtogroups/"), &member);
        assert_eq!(rights(&mut client, &text), expected, "{role}");
    }
}

#[test]
fn collaborators_work_in_their_workspace_only() {
    for (role, write) in
        [("PAAS_WORKSPACE_COLLABORATOR", 201), ("PAAS_WORKSPACE_COLLABORATOR_READ_ONLY", 403)]
    {
        let mut client = Client::with_workspace();
        client.add_workspace("defaultproject", "other");
        let user = machine_user(&mut client, "ci@x.io");
        let text = key(&mut client, &user, 1);
        let body = json!({ "apiVersion": "paas.envmgmt.io/v1", "kind": "WorkspaceAddCollaborators",
            "metadata": { "name": "dev", "project": "defaultproject" },
            "spec": { "Usernames": ["ci@x.io"], "role": role } });
        assert_eq!(client.post(&format!("{DEV}/assigncollaborators"), &body).status, 200);
        let target = format!("{DEV}/computeinstances");
        assert_eq!(get(&mut client, &text, &target), 200);
        let made = Request::new("POST", &target).json(&instance("mine", &[]));
        assert_eq!(asked(&mut client, &text, made).status, write, "{role}");
        assert_eq!(get(&mut client, &text, DEV), 200);
        assert_eq!(asked(&mut client, &text, Request::new("DELETE", DEV)).status, 403);
        let other = target.replace("/dev/", "/other/");
        assert_eq!(get(&mut client, &text, &other), 403);
        assert_eq!(get(&mut client, &text, &format!("{PAAS}/defaultproject/computeprofiles")), 200);
        assert_eq!(
            get(&mut client, &text, &format!("{PAAS}/defaultproject/computeinstances")),
            403
        );
    }
}

#[test]
fn a_key_of_the_settings_may_be_a_users() {
    let mut config = WorldConfig::default();
    let seeded: plumb_sandbox_rafay::seed::SeedUser = serde_json::from_value(json!({
        "username": "ops@x.io", "first_name": "O", "last_name": "P", "user_type": "API",
        "roles": [{ "role": "PROJECT_READ_ONLY", "project": "vm-project" }],
    }))
    .unwrap();
    set(&mut config, |settings| {
        settings.keys = vec![
            Key::admin("ra2.a.b"),
            Key::of_user("ops@x.io", "ra2.c.d"),
            Key::of_user("nobody@x.io", "ra2.e.f"),
        ];
        let users = vec![seeded];
        settings.seeded = Some(plumb_sandbox_rafay::seed::Seed { users, ..Default::default() });
    });
    let mut client = Client::with(config);
    assert_eq!(get(&mut client, "ra2.c.d", &format!("{PAAS}/vm-project/workspaces")), 200);
    assert_eq!(get(&mut client, "ra2.c.d", &format!("{PAAS}/defaultproject/workspaces")), 403);
    assert_eq!(get(&mut client, "ra2.e.f", "/auth/v1/projects/"), 401);
    let profile = asked(&mut client, "ra2.c.d", Request::new("GET", "/auth/v1/users/-/profile"));
    let id = profile.body_json()["account"]["id"].as_str().unwrap().to_owned();
    let keys = asked(
        &mut client,
        "ra2.c.d",
        Request::new("GET", &format!("/auth/v1/users/{id}/apikeys/")),
    );
    assert_eq!(keys.body_json()[0]["key"], "ra2.c");
}

#[test]
fn every_call_is_in_the_trail() {
    let mut client = Client::new();
    client.get("/auth/v1/projects/");
    client.delete("/auth/v1/projects/nothing/");
    let trail = client.get("/_sandbox/audit").body_json();
    let id = client.key.rsplit_once('.').unwrap().0.to_owned();
    for (entry, (method, status)) in
        trail.as_array().unwrap().iter().zip([("GET", 200), ("DELETE", 404)])
    {
        assert_eq!((&entry["method"], &entry["status"]), (&json!(method), &json!(status)));
        assert_eq!((&entry["actor"], entry.get("body")), (&json!(id), None));
        assert!(entry["at"].is_string() && entry["path"].is_string());
    }
    assert_eq!(client.delete("/_sandbox/audit").status, 405, "nobody changes it");
    assert_eq!(client.get("/_sandbox/audit?since=1").body_json().as_array().unwrap().len(), 1);
}
