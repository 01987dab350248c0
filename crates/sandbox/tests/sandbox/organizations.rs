//! The partner console: organizations, who acts in which, shared profiles, events and usage.

use plumb_sandbox::{EffectKind, Request, Response, WorldConfig, handle};
use plumb_sandbox_rafay::settings::Key;
use serde_json::{Value, json};

use crate::client::{Client, DEV, PAAS, instance, set, vpc};

const ORGANIZATIONS: &str = "/auth/v1/organizations";

/// A world that a partner's key opens.
fn partner() -> Client {
    let mut config = WorldConfig::default();
    set(&mut config, |settings| {
        settings.keys = vec![Key::of_partner("ra2.p.q"), Key::admin("ra2.a.b")];
    });
    Client::with(config)
}

/// Asks with another key, in an organization.
fn asked(client: &mut Client, key: &str, organization: Option<&str>, request: Request) -> Response {
    let mut request = request.header("X-API-KEY", key);
    if let Some(id) = organization {
        request = request.header("X-ORGANIZATION-ID", id);
    }
    handle(&mut client.world, &request).answer().unwrap().clone()
}

/// The partner asks inside an organization.
fn inside(client: &mut Client, id: &str, request: Request) -> Response {
    let key = client.key.clone();
    asked(client, &key, Some(id), request)
}

fn sign_up(client: &mut Client, name: &str) -> String {
    let body = json!({ "username": format!("owner@{name}.io"), "organization_name": name,
        "first_name": "O", "last_name": "W", "password": "secret-pw" });
    let made = client.post("/auth/v1/signup/organization/", &body);
    assert_eq!(made.status, 201, "{}", made.body_json());
    made.body_json()["id"].as_str().unwrap().to_owned()
}

/// Changes an organization: reads the whole, changes it, writes the whole.
fn change(client: &mut Client, id: &str, patch: &Value) -> Value {
    let one = format!("{ORGANIZATIONS}/{id}/");
    let mut whole = client.get(&one).body_json();
    plumb_sandbox::patch::merge(&mut whole, patch, 0);
    let answer = client.answer(Request::new("PUT", &one).json(&whole));
    assert_eq!(answer.status, 200, "{}", answer.body_json());
    answer.body_json()
}

/// Makes a key of the one user there is, as the partner.
fn owner_key(client: &mut Client, id: &str) -> String {
    let users = inside(client, id, Request::new("GET", "/auth/v1/users/")).body_json();
    let user = users["users"][0]["account"]["id"].as_str().unwrap().to_owned();
    let body = json!({ "name": "first", "validity_hour": 24 });
    let target = format!("/auth/v1/users/{user}/apikey/");
    let made = inside(client, id, Request::new("POST", &target).json(&body));
    made.body_json()["key"].as_str().unwrap().to_owned()
}

#[test]
fn an_organization_signs_up_is_approved_used_and_deleted() {
    let mut client = partner();
    let id = sign_up(&mut client, "acme");
    let again = json!({ "username": "x@y.io", "organization_name": "acme", "first_name": "",
        "last_name": "", "password": "x" });
    assert_eq!(client.post("/auth/v1/signup/organization/", &again).status, 409);
    for target in [ORGANIZATIONS.to_owned(), format!("{ORGANIZATIONS}/")] {
        let list = client.get(&format!("{target}?name=acme")).body_json();
        assert_eq!(
            (&list["count"], &list["results"][0]["id"]),
            (&json!(1), &json!(id)),
            "{target}"
        );
    }
    let shown = client.get(&format!("{ORGANIZATIONS}/{id}/")).body_json();
    assert_eq!((&shown["active"], &shown["approved"]), (&json!(false), &json!(false)), "R-111");
    let key = owner_key(&mut client, &id);
    let projects = || Request::new("GET", "/auth/v1/projects/");
    assert_eq!(asked(&mut client, &key, None, projects()).status, 401, "not active");
    change(&mut client, &id, &json!({ "active": true, "approved": true }));
    assert_eq!(asked(&mut client, &key, None, projects()).status, 200);
    change(&mut client, &id, &json!({ "active": false }));
    assert_eq!(asked(&mut client, &key, None, projects()).status, 401);
    assert_eq!(client.delete(&format!("{ORGANIZATIONS}/{id}/")).status, 204);
    assert_eq!(client.get(&format!("{ORGANIZATIONS}/{id}/")).status, 404);
    let own = client.get(ORGANIZATIONS).body_json()["results"][0]["id"].clone();
    let own = own.as_str().unwrap();
    assert_eq!(client.delete(&format!("{ORGANIZATIONS}/{own}/")).status, 409);
    let everything = serde_json::to_string(&client.world.dump()).unwrap();
    assert!(!everything.contains("secret-pw"));
    let kinds: Vec<EffectKind> =
        client.world.effects().of_object("Organization/acme").map(|it| it.kind).collect();
    assert_eq!(
        (kinds.first(), kinds.last()),
        (Some(&EffectKind::Created), Some(&EffectKind::Gone))
    );
}

#[test]
fn what_a_change_leaves_out_is_lost() {
    let mut client = partner();
    let id = sign_up(&mut client, "acme");
    change(&mut client, &id, &json!({ "active": true, "city": "Zürich", "external_id": "e-1" }));
    let found = client.get(&format!("{ORGANIZATIONS}?external_id=e-1")).body_json();
    assert_eq!((&found["count"], &found["results"][0]["city"]), (&json!(1), &json!("Zürich")));
    let one = format!("{ORGANIZATIONS}/{id}/");
    let put = |body: Value| Request::new("PUT", &one).json(&body);
    assert_eq!(client.answer(put(json!({ "name": "acme" }))).status, 200);
    let shown = client.get(&one).body_json();
    assert_eq!((&shown["city"], &shown["active"]), (&json!(""), &json!(false)));
    assert_eq!(client.answer(put(json!({ "name": "other" }))).status, 400);
}

#[test]
fn only_partners_call_the_console_and_act_elsewhere() {
    let mut client = partner();
    let id = sign_up(&mut client, "acme");
    let own = client.get("/auth/v1/users/-/profile").body_json()["organization"]["id"].clone();
    let own = own.as_str().unwrap().to_owned();
    let get = |client: &mut Client, key: &str, organization: Option<&str>, target: &str| {
        asked(client, key, organization, Request::new("GET", target)).status
    };
    assert_eq!(get(&mut client, "ra2.a.b", None, ORGANIZATIONS), 403);
    let projects = "/auth/v1/projects/";
    assert_eq!(get(&mut client, "ra2.a.b", Some(&own), projects), 200, "R-97");
    assert_eq!(get(&mut client, "ra2.a.b", Some(&id), projects), 403);
    assert_eq!(get(&mut client, "ra2.p.q", Some("nothing"), projects), 404);
    let body = json!({ "name": "theirs", "description": "" });
    let made = inside(&mut client, &id, Request::new("POST", projects).json(&body));
    assert_eq!(made.body_json()["organization_id"], id);
    assert_eq!(client.get("/auth/v1/projects/?name=theirs").body_json()["count"], 0);
    let effect = client.world.effects().of_object("Project/theirs").next().unwrap();
    assert_eq!(effect.detail["organization"], "acme");
}

#[test]
fn users_are_added_with_roles() {
    let mut client = partner();
    let id = sign_up(&mut client, "acme");
    let role =
        inside(&mut client, &id, Request::new("GET", "/apis/system.k8smgmt.io/v3/roles/ADMIN"));
    let role = role.body_json()["metadata"]["id"].clone();
    let body = |name: &str, role: &Value| {
        json!({ "account": { "username": name, "first_name": "A", "last_name": "B", "phone": "1" },
            "role": { "id": role, "name": "ADMIN", "is_global": true, "scope": "ORGANIZATION" },
            "roles": [{ "role": { "id": role, "name": "ADMIN" } }] })
    };
    let target = format!("{ORGANIZATIONS}/{id}/adduser/");
    assert_eq!(client.post(&target, &body("new@acme.io", &role)).status, 201);
    assert_eq!(client.post(&target, &body("new@acme.io", &role)).status, 400);
    assert_eq!(client.post(&target, &body("other@acme.io", &json!("nothing"))).status, 400);
    let users = client.get(&format!("{ORGANIZATIONS}/{id}/accountroles/")).body_json();
    let seen: Vec<(&Value, &Value)> = users
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["account"]["username"], &it["roles"][0]["role"]["name"]))
        .collect();
    let (owner, new) = (json!("owner@acme.io"), json!("new@acme.io"));
    assert_eq!(seen, [(&owner, &json!("ADMIN")), (&new, &json!("ADMIN"))]);
}

#[test]
fn a_switched_off_platform_says_its_message() {
    let mut client = partner();
    client.add_workspace("defaultproject", "dev");
    let own = client.get("/auth/v1/users/-/profile").body_json()["organization"]["id"].clone();
    let settings = json!({ "settings": { "paas_compute_disabled": true,
        "paas_compute_disable_message": "no compute this week" } });
    change(&mut client, own.as_str().unwrap(), &settings);
    let refused = client.post(&format!("{DEV}/computeinstances"), &instance("a", &[]));
    assert_eq!(
        (refused.status, &refused.body_json()["external"]),
        (403, &json!("no compute this week"))
    );
    let service = client.post(&format!("{PAAS}/defaultproject/services"), &vpc("net"));
    assert_eq!(service.status, 201, "services are another switch");
}

/// The ids of the profiles an organization sees, by name.
fn profile(client: &mut Client, id: &str, name: &str) -> Option<String> {
    let target = format!("{PAAS}/defaultproject/computeprofiles?limit=50");
    let list = inside(client, id, Request::new("GET", &target)).body_json();
    let found = list["items"].as_array()?.iter().find(|it| it["metadata"]["name"] == name)?;
    Some(found["metadata"]["id"].as_str()?.to_owned())
}

#[test]
fn profiles_are_shared_with_organizations() {
    let mut client = partner();
    let (acme, other) = (sign_up(&mut client, "acme"), sign_up(&mut client, "other"));
    let shared = profile(&mut client, &acme, "bmaas-h100").unwrap();
    let share = |client: &mut Client, kind: &str, ids: Value| {
        let body = json!({ "system_resource_type": "PAAS_COMPUTE_PROFILE",
            "system_resource_id": shared, "share_type": kind, "org_id_list": ids });
        client.post("/v2/sentry/updatesystemresourcemembership", &body).status
    };
    let seen =
        |client: &mut Client| [&acme, &other].map(|id| profile(client, id, "bmaas-h100").is_some());
    assert_eq!(seen(&mut client), [true, true]);
    for (kind, ids, expected) in [
        ("CUSTOM", json!([acme]), [true, false]),
        ("CUSTOM", json!([other]), [false, true]),
        ("NONE", json!([]), [false, false]),
        ("ALL", json!([]), [true, true]),
    ] {
        assert_eq!(share(&mut client, kind, ids), 200);
        assert_eq!(seen(&mut client), expected, "{kind}");
    }
    assert_eq!(share(&mut client, "ALL", json!([acme])), 400);
    assert_eq!(share(&mut client, "CUSTOM", json!(["nothing"])), 404);
    share(&mut client, "CUSTOM", json!([other]));
    let one = format!("{PAAS}/defaultproject/computeprofiles/bmaas-h100?systemCatalog=true");
    assert_eq!(inside(&mut client, &acme, Request::new("GET", &one)).status, 404);
    assert_eq!(inside(&mut client, &other, Request::new("GET", &one)).status, 200);
    let dev = crate::client::workspace("defaultproject", "dev");
    let workspaces = format!("{PAAS}/defaultproject/workspaces");
    for (id, expected) in [(&acme, 400), (&other, 201)] {
        inside(&mut client, id, Request::new("POST", &workspaces).json(&dev));
        let body = instance("a", &[]);
        let made = Request::new("POST", &format!("{DEV}/computeinstances")).json(&body);
        assert_eq!(inside(&mut client, id, made).status, expected);
    }
    let mut own = client.get(&one).body_json();
    own["metadata"] = json!({ "name": "mine", "project": "system-catalog" });
    own.as_object_mut().unwrap().remove("status");
    let catalog = format!("{PAAS}/system-catalog/computeprofiles");
    let theirs = Request::new("POST", &catalog).json(&own);
    assert_eq!(inside(&mut client, &acme, theirs).status, 403, "it is the partner's");
    assert_eq!(client.post(&catalog, &own).status, 200);
    assert!(profile(&mut client, &acme, "mine").is_some(), "a new one is seen by all");
}

#[test]
fn events_and_usage_are_what_happened() {
    let mut client = partner();
    client.add_workspace("defaultproject", "dev");
    let mut body = instance("a", &[]);
    body["metadata"]["labels"] = json!({ "cost-center": "42" });
    client.post(&format!("{DEV}/computeinstances?fail-on-exists=true"), &body);
    client.publish("a");
    client.advance(900 + 2 * 3600);
    let range = "range_from=2026-01-01T00:00:00Z&range_to=2026-02-01T00:00:00Z";
    let events = "/apis/dashboard.envmgmt.io/v1/events/paas/partner/kind";
    let list = client.get(&format!("{events}/compute/instance?{range}&order=asc")).body_json();
    let seen: Vec<&str> = list["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].as_str().unwrap())
        .collect();
    assert_eq!(seen, ["created", "submitted", "pending", "success"]);
    let one = &list["events"][0];
    assert_eq!((&one["instance_name"], &one["workspace"]), (&json!("a"), &json!("dev")));
    let failed =
        client.get(&format!("{events}/compute/instance?{range}&status=failed")).body_json();
    assert_eq!(failed["count"], 0);
    let services = client.get(&format!("{events}/service/instance?{range}")).body_json();
    assert_eq!(services["events"], json!([]));
    assert_eq!(client.get(&format!("{events}/compute/instance")).status, 400, "range_from");
    let metrics = "/apis/billing.envmgmt.io/v1/metrics/partner";
    let usage = client.get(&format!("{metrics}/instance/kind/compute/usage?{range}")).body_json();
    let record = &usage["instance_usage_data"][0];
    assert_eq!((&record["usage"], &record["raw_usage"]), (&json!("2.00h"), &json!(2.0)));
    assert_eq!(record["parameters"][0]["label_value"], "42");
    assert_eq!(record["start_time"], "2026-01-01T00:15:00.000000Z");
    client.delete(&format!("{DEV}/computeinstances/a"));
    client.advance(3600);
    let usage = client.get(&format!("{metrics}/instance/kind/compute/usage?{range}")).body_json();
    let ended = &usage["instance_usage_data"][0]["raw_usage"];
    assert!(ended.as_f64().unwrap() < 2.1, "it counts no more: {ended}");
    let profiles = client.get(&format!("{metrics}/profile/kind/compute/usage?{range}")).body_json();
    assert_eq!(profiles["profile_usage_data"][0]["profile_name"], "bmaas-h100");
    let acme = sign_up(&mut client, "acme");
    let theirs = format!("{metrics}/instance/kind/compute/usage?{range}&instance_organization_id=");
    assert_eq!(client.get(&format!("{theirs}{acme}")).body_json()["count"], 0);
    let foreign = Request::new("GET", &format!("{theirs}{acme}"));
    assert_eq!(asked(&mut client, "ra2.a.b", None, foreign).status, 403, "R-104");
}
