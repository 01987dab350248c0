//! The control routes and determinism.

use std::time::Duration;

use plumb_sandbox::{Reply, Request, WorldConfig, handle};
use plumb_sandbox_rafay::settings::Key;
use serde_json::json;

use crate::client::{Client, instance, new_world, set, workspace};

#[test]
fn the_clock_is_shown_set_and_scaled() {
    let mut client = Client::new();
    let clock = client.get("/_sandbox/clock").body_json();
    assert_eq!(clock["now"], "2026-01-01T00:00:00.000000Z");
    let moved = client.post("/_sandbox/clock", &json!({ "scale": 60, "advanceSeconds": 30 }));
    assert_eq!(moved.body_json()["now"], "2026-01-01T00:00:30.000000Z");
    let later = Request::new("GET", "/_sandbox/clock").at(Duration::from_secs(2));
    assert_eq!(client.answer(later).body_json()["now"], "2026-01-01T00:02:30.000000Z");
    let set = client.post("/_sandbox/clock", &json!({ "now": "2027-01-01T00:00:00Z" }));
    assert_eq!(set.body_json()["now"], "2027-01-01T00:00:00.000000Z");
    assert_eq!(client.post("/_sandbox/clock", &json!({ "speed": 1 })).status, 400);
}

#[test]
fn the_configuration_is_patched_and_hides_keys() {
    let mut client = Client::new();
    let shown = client.get("/_sandbox/config");
    assert!(!String::from_utf8(shown.body).unwrap().contains(&client.key));
    let patch = json!({ "rafay": { "knobs": { "page_cap": 3 }, "durations": { "vm": 7 } } });
    let patched = client.post("/_sandbox/config", &patch).body_json();
    assert_eq!(
        (&patched["rafay"]["knobs"]["page_cap"], &patched["rafay"]["durations"]["vm"]),
        (&json!(3), &json!(7))
    );
    assert_eq!(client.get("/auth/v1/projects/").status, 200, "the key is still good");
    assert_eq!(
        client.post("/_sandbox/config", &json!({ "rafay": { "knobs": { "nothing": 1 } } })).status,
        400
    );
    assert_eq!(
        client
            .post("/_sandbox/config", &json!({ "rafay": { "knobs": { "mask": "blue" } } }))
            .status,
        400
    );
}

#[test]
fn faults_edits_and_logs() {
    let mut client = Client::new();
    let rule =
        json!({ "match": { "method": "GET" }, "effect": { "type": "respond", "status": 503 } });
    assert_eq!(client.post("/_sandbox/faults", &rule).status, 200);
    assert_eq!(client.get("/auth/v1/projects/").status, 503);
    assert_eq!(client.get("/_sandbox/faults").body_json()[0]["fired"], 1);
    client.delete("/_sandbox/faults");
    assert_eq!(client.get("/auth/v1/projects/").status, 200);
    let edit = json!([{ "op": "create", "object": workspace("vm-project", "a") }]);
    let made = client.post("/_sandbox/edit", &edit).body_json();
    assert_eq!(made["effects"][0]["object"], "Workspace/vm-project/a");
    assert_eq!(client.post("/_sandbox/edit", &json!({ "op": "explode" })).status, 400);
    let effects = client.get("/_sandbox/effects?since=0").body_json();
    assert_eq!((effects.as_array().unwrap().len(), &effects[0]["kind"]), (1, &json!("created")));
    let requests = client.get("/_sandbox/requests?since=1").body_json();
    assert_eq!(requests.as_array().unwrap().len(), 1);
    assert_eq!(requests[0]["operation"], "rafay.projects.list");
    assert_eq!(requests[0]["headerNames"], json!(["x-api-key"]));
    assert_eq!(client.get("/_sandbox/findings").body_json(), json!([]));
    assert_eq!(client.get("/_sandbox/health").body_json()["calls"], 2);
    assert_eq!(client.get("/_sandbox/nothing").status, 404);
    assert_eq!(client.delete("/_sandbox/health").status, 405);
}

#[test]
fn a_state_is_dumped_and_loaded() {
    let mut client = Client::with_workspace();
    client.deploy_instance("a");
    let dump = client.get("/_sandbox/state").body_json();
    let mut other = Client::new();
    other.key.clone_from(&client.key);
    assert_eq!(other.post("/_sandbox/state", &dump).status, 200);
    assert_eq!(other.status("a"), "success");
    assert_eq!(other.world.effects(), client.world.effects());
    assert_eq!(other.post("/_sandbox/state", &json!({})).status, 400);
    assert_eq!(other.status("a"), "success");
}

#[test]
fn openapi_documents_are_served() {
    let mut client = Client::new();
    let document = client.get("/openapi/rafay.json").body_json();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/auth/v1/users/"]["post"]["operationId"].is_string());
}

fn history() -> Vec<Request> {
    let instances =
        "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev/computeinstances";
    let workspaces = "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces";
    let post = |target: &str, body| Request::new("POST", target).json(&body);
    let requests = vec![
        post(workspaces, workspace("defaultproject", "dev")),
        post(&format!("{instances}?auto-publish=true"), instance("a", &[])),
        post("/auth/v1/projects/", json!({ "name": "ml" })),
        Request::new("GET", instances),
        Request::new("GET", &format!("{instances}/a")),
        Request::new("POST", &format!("{instances}/a/publish")),
        Request::new("GET", "/auth/v1/projects/"),
        Request::new("GET", "/_sandbox/state"),
    ];
    let timed = requests.into_iter().zip(0..);
    timed.map(|(request, number)| request.at(Duration::from_secs(number * 600))).collect()
}

fn replies(seed: u64) -> Vec<Reply> {
    let mut config = WorldConfig { seed, ..WorldConfig::default() };
    set(&mut config, |settings| {
        settings.knobs.shuffle_variables = true;
        settings.keys = vec![Key::admin("ra2.a.b")];
    });
    let (mut world, _) = new_world(config);
    let signed = history().into_iter().map(|request| request.header("x-api-key", "ra2.a.b"));
    signed.map(|request| handle(&mut world, &request)).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(replies(7), replies(7));
    assert_ne!(replies(7), replies(8));
}

#[test]
fn odd_requests_are_answered() {
    let mut client = Client::with_workspace();
    let paths = [
        "",
        "/",
        "//",
        "/auth",
        "/auth/v1/projects/%ff/",
        "/apis/%2e%2e/",
        "/auth/v1/users/../",
        "/_sandbox/",
        "/openapi/nothing.json",
        "/apis/paas.envmgmt.io/v1/projects//workspaces",
    ];
    for path in paths {
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "", "GÉT"] {
            for body in [&b""[..], b"{}", b"[]", b"null", b"\xff\xfe", b"{\"metadata\":[]}"] {
                let request = Request {
                    body: body.to_vec(),
                    query: "limit=99999999999999999999&&=&%zz=%".to_owned(),
                    ..Request::new(method, path)
                };
                let reply = client.send(request);
                assert!((400..500).contains(&reply.answer().unwrap().status), "{method} {path}");
            }
        }
    }
}
