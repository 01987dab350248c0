//! Who gets in, and where: slashes, methods, keys, organizations.

use plumb_sandbox::{FindingKind, Request, Timestamp, WorldConfig};
use plumb_sandbox_voltage_park::knobs::AuthFailureCode;
use plumb_sandbox_voltage_park::settings::Key;
use serde_json::json;

use super::park::{NOBODY, Park, full, items, machine};
use crate::client::{operations_of, set_park};

/// A path of an operation with made-up parameters.
fn example(path: &str) -> String {
    let filled = path.split('/').map(|segment| match segment {
        "{year}" => "2026",
        "{month}" => "1",
        other if other.starts_with('{') => NOBODY,
        other => other,
    });
    filled.collect::<Vec<_>>().join("/")
}

#[test]
fn the_wrong_slash_redirects_and_goes_nowhere() {
    let mut park = Park::new();
    let rows = operations_of("voltage-park");
    for row in rows {
        let right = example(row.path);
        let wrong = match right.strip_suffix('/') {
            Some(bare) => bare.to_owned(),
            None => format!("{right}/"),
        };
        let request = Request::new(row.method.as_str(), &format!("{wrong}?a=%20b"));
        let response = park.anonymous(&request.header("host", "127.0.0.1:99"));
        assert_eq!((response.status, response.body.len()), (307, 0), "{row:?}");
        let location = response.header_value("location").unwrap();
        assert_eq!(location, format!("http://127.0.0.1:99{right}?a=%20b"));
    }
    park.turn(|knobs| knobs.redirect_origin = Some("http://cloud-api.voltagepark.com".to_owned()));
    let response = park.get("/storage");
    let location = response.header_value("location").unwrap();
    assert_eq!(location, "http://cloud-api.voltagepark.com/api/v1/storage/");
    assert_eq!(park.world.findings(), []);
    assert_eq!(park.get("/storage/").status, 200);
    assert_eq!(park.world.findings()[0].kind, FindingKind::RedirectFollowed);
    assert_eq!(park.get("/storage/").status, 200);
    assert_eq!(park.world.findings().len(), 1);
}

#[test]
fn unknown_paths_and_wrong_methods() {
    let mut park = Park::new();
    for path in ["/nothing", "/billing", "/virtual-machines/a/b/c", "/", "/storage//"] {
        let response = park.get(path);
        assert!([404, 307].contains(&response.status), "{path}");
        if response.status == 404 {
            assert_eq!(response.body_json(), json!({ "detail": "Not Found" }));
        }
    }
    for (method, path, allowed) in [
        ("PUT", "/storage/", "POST, GET"),
        ("HEAD", "/virtual-machines/", "GET"),
        ("GET", "/validate/cloudinit", "POST"),
        ("OPTIONS", "/billing/hourly-rate", "GET"),
    ] {
        let response = park.answer(Request::new(method, &full(path)));
        assert_eq!(response.status, 405, "{method} {path}");
        assert_eq!(response.body_json(), json!({ "detail": "Method Not Allowed" }));
        assert_eq!(response.header_value("allow"), Some(allowed));
    }
}

#[test]
fn each_family_takes_its_headers() {
    for strict in [false, true] {
        let mut park = Park::turned(|knobs| knobs.strict_auth_2025 = strict);
        let (bearer, token) = (format!("bearer {}", park.key), park.key.clone());
        for row in operations_of("voltage-park") {
            let request = Request::new(row.method.as_str(), &example(row.path));
            let mut lets_in = |name: &str, value: &str| {
                let request = request.clone().header(name, value);
                park.anonymous(&request).status != 401
            };
            let by = [lets_in("authorization", &bearer), lets_in("x-api-token", &token)];
            let anybody = lets_in("x", "y");
            let (expected, open) = match (row.security, strict) {
                (["bearer"], _) | (["", "bearer"], true) => ([true, false], false),
                (["token", "bearer"], false) => ([true, true], false),
                (["token", "bearer"], true) => ([false, true], false),
                ([""], _) | (["", "bearer"], false) => ([true, true], true),
                _ => panic!("{row:?}"),
            };
            assert_eq!((by, anybody), (expected, open), "{row:?} {strict}");
        }
    }
}

#[test]
fn refused_keys() {
    let mut park = Park::new();
    let path = full("/billing/hourly-rate");
    for header in ["Bearer wrong", "Bearer", "Basic abc", "wrong", ""] {
        let response = park.anonymous(&Request::new("GET", &path).header("authorization", header));
        assert_eq!(response.status, 401, "{header}");
        assert_eq!(response.header_value("www-authenticate"), Some("Bearer"));
        assert!(response.body_json()["detail"].is_string());
    }
    let response = park.anonymous(&Request::new("GET", &path));
    assert_eq!(response.body_json(), json!({ "detail": "Not authenticated" }));
    park.turn(|knobs| knobs.auth_failure_code = AuthFailureCode::Forbidden);
    assert_eq!(park.anonymous(&Request::new("GET", &path)).status, 403);
    park.turn(|knobs| knobs.key_expires_at = Timestamp::parse("2026-01-01T01:00:00Z"));
    assert_eq!(park.get("/billing/hourly-rate").status, 200);
    park.advance(3600);
    assert_eq!(park.get("/billing/hourly-rate").status, 403);
    assert_eq!(park.get("/bare-metal/locations").status, 200);
    let text = park.get("/storage/").body_json()["detail"].as_str().unwrap().to_owned();
    assert!(text.contains("expired"), "{text}");
}

#[test]
fn an_organization_sees_only_its_own_and_shares_the_stock() {
    let keys = vec![
        Key::new("vp_ours", "ours"),
        Key::new("vp_theirs", "theirs"),
        Key { expires_at: Timestamp::parse("2026-01-01T00:00:00Z"), ..Key::new("vp_old", "ours") },
    ];
    let mut config = WorldConfig::default();
    set_park(&mut config, |settings| settings.keys = keys);
    let mut park = Park::with(config);
    let id = park.add_machine("a");
    let key = park.add_key("someone");
    park.add_rental("a");
    park.add_volume("a");
    park.key = "vp_theirs".to_owned();
    for path in ["/virtual-machines/", "/bare-metal/", "/storage/", "/organization/ssh-keys"] {
        assert_eq!(items(&park.get(path).body_json()).len(), 0, "{path}");
    }
    assert_eq!(park.hourly_rate(), "0.000000");
    for (method, status) in [("GET", 404), ("PATCH", 404), ("DELETE", 404)] {
        let answer = park.write(method, &format!("/virtual-machines/{id}"), &json!({}));
        assert_eq!(answer.status, status, "{method}");
    }
    let mut order = machine("b");
    order["organization_ssh_keys"] = json!({ "mode": "selective", "ssh_key_ids": [key] });
    assert_eq!(park.post("/virtual-machines/instant", &order).status, 400);
    park.add_volume("a");
    park.key = "vp_old".to_owned();
    assert_eq!(park.get("/storage/").status, 401);
    park.key = "vp_ours".to_owned();
    assert_eq!(park.machine(&id)["name"], "a");
}
