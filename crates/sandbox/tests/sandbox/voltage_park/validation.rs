//! What is wrong with requests: every row of contract 9.2, and what is taken without complaint.

use plumb_sandbox::Request;
use serde_json::{Value, json};

use super::park::{ASHTON, NOBODY, ONE_GPU, Park, full, key, machine, rental, volume};

/// Sends a request; the type, place and context of every mistake of the 422.
fn mistakes(park: &mut Park, method: &str, path: &str, body: Option<&str>) -> Vec<Value> {
    let request = Request::new(method, &full(path));
    let request = match body {
        None => request,
        Some(text) => Request { body: text.as_bytes().to_vec(), ..request }
            .header("content-type", "application/json"),
    };
    let response = park.answer(request);
    let shown = response.body_json();
    assert_eq!(response.status, 422, "{method} {path} {body:?}: {shown}");
    let list = shown["detail"].as_array().unwrap();
    for mistake in list {
        assert!(mistake["msg"].is_string() && mistake.get("input").is_some(), "{mistake}");
    }
    list.iter().map(|it| json!([it["type"], it["loc"], it["ctx"]])).collect()
}

#[test]
fn limits_and_offsets() {
    let mut park = Park::new();
    for (path, most) in [
        ("/virtual-machines/", 100),
        ("/bare-metal/", 100),
        ("/storage/", 100),
        ("/organization/ssh-keys", 150),
        ("/locations/", 15),
    ] {
        let place = json!(["query", "limit"]);
        let sent = |park: &mut Park, limit: &str| {
            mistakes(park, "GET", &format!("{path}?limit={limit}"), None)
        };
        let low = json!(["greater_than_equal", place, { "ge": 1 }]);
        let high = json!(["less_than_equal", place, { "le": most }]);
        for limit in ["0", "-1"] {
            assert_eq!(sent(&mut park, limit), std::slice::from_ref(&low));
        }
        assert_eq!(sent(&mut park, &(most + 1).to_string()), [high]);
        assert_eq!(sent(&mut park, "ten"), [json!(["int_parsing", place, null])]);
        assert_eq!(park.get(&format!("{path}?limit={most}")).status, 200);
        assert_eq!(park.get(&format!("{path}?limit=1&offset=-1&other=x")).status, 200);
    }
    let bad = mistakes(&mut park, "GET", "/storage/?limit=0&offset=x", None);
    let offset = json!(["int_parsing", ["query", "offset"], null]);
    assert_eq!(bad, [json!(["greater_than_equal", ["query", "limit"], { "ge": 1 }]), offset]);
    assert_eq!(park.get("/billing/transactions?limit=1000000").status, 200);
    assert_eq!(park.get("/bare-metal/?limit=all").status, 200);
    mistakes(&mut park, "GET", "/storage/?limit=all", None);
    mistakes(&mut park, "GET", "/billing/transactions?limit=0", None);
}

#[test]
fn ids_in_paths() {
    let mut park = Park::new();
    let body = "{}";
    for (method, path, name) in [
        ("GET", "/virtual-machines/x", "virtual_machine_id"),
        ("GET", "/virtual-machines/instant", "virtual_machine_id"),
        ("DELETE", "/virtual-machines/x", "virtual_machine_id"),
        ("PATCH", "/virtual-machines/x", "virtual_machine_id"),
        ("GET", "/bare-metal/x", "baremetal_rental_id"),
        ("DELETE", "/bare-metal/locations", "baremetal_rental_id"),
        ("PATCH", "/bare-metal/x", "baremetal_rental_id"),
        ("GET", "/storage/x", "storage_id"),
        ("DELETE", "/storage/hourly-rate", "storage_id"),
        ("PATCH", "/storage/x", "storage_id"),
        ("DELETE", "/organization/ssh-keys/x", "ssh_key_id"),
        ("GET", "/locations/x", "location_id"),
        ("GET", "/hostnodes/x", "hostnode_id"),
        ("GET", "/instant-deploy-presets/x", "instant_deploy_preset_id"),
        ("GET", "/virtual-machines/instant/locations/x", "location_id"),
    ] {
        let found = mistakes(&mut park, method, path, Some(body));
        assert_eq!(found.len(), 1, "{method} {path}");
        assert_eq!(found[0][0], "uuid_parsing");
        assert_eq!(found[0][1], json!(["path", name]));
        assert!(found[0][2]["error"].is_string());
    }
}

#[test]
fn fields_that_are_missing() {
    let mut park = Park::new();
    let missing = |fields: &[&str]| -> Vec<Value> {
        fields.iter().map(|field| json!(["missing", ["body", field], null])).collect()
    };
    for (method, path, fields) in [
        ("POST", "/virtual-machines/instant", &["config_id", "name"][..]),
        ("POST", "/bare-metal/", &["location_id", "gpu_count", "name", "network_type"]),
        ("POST", "/storage/", &["size_in_gb", "name"]),
        ("POST", "/organization/ssh-keys", &["name", "content"]),
        ("POST", "/validate/cloudinit", &["type", "content"]),
        ("PUT", &format!("/virtual-machines/{NOBODY}/power-status"), &["status"]),
        ("PUT", &format!("/bare-metal/{NOBODY}/power-status"), &["status"]),
        ("POST", &format!("/bare-metal/{NOBODY}/reboot"), &["public_ips"]),
    ] {
        let found = mistakes(&mut park, method, path, Some("{}"));
        let found: Vec<Value> = found.into_iter().filter(|it| it[0] == "missing").collect();
        assert_eq!(found, missing(fields), "{path}");
        let all = mistakes(&mut park, method, path, Some("{}"));
        assert_eq!(all.len(), fields.len(), "{path}: one entry for each field: {all:?}");
        let none = json!(["missing", ["body"], null]);
        for body in [None, Some("null")] {
            let found = mistakes(&mut park, method, path, body);
            assert_eq!(found, std::slice::from_ref(&none), "{path}");
        }
        let list = mistakes(&mut park, method, path, Some("[]"));
        assert_eq!(list, [json!(["model_attributes_type", ["body"], null])], "{path}");
    }
}

#[test]
fn json_that_breaks() {
    let mut park = Park::new();
    let name = "Expecting property name enclosed in double quotes";
    for (text, at, error) in [
        ("{", 1, name),
        ("{\"name\": }", 9, "Expecting value"),
        ("{\n\"näme\":,}", 9, "Expecting value"),
        ("nope", 0, "Expecting value"),
        ("{\"name\": 1,}", 11, name),
        ("{} {}", 3, "Extra data"),
    ] {
        let found = mistakes(&mut park, "POST", "/storage/", Some(text));
        let expected = json!(["json_invalid", ["body", at], { "error": error }]);
        assert_eq!(found, [expected], "{text}");
    }
    let request = Request { body: vec![b'{'], ..Request::new("POST", &full("/storage/")) };
    let unsigned = request.clone().header("content-type", "application/json; charset=utf-8");
    assert_eq!(park.anonymous(&unsigned).status, 422);
    let unlabelled = Request { body: b"{}".to_vec(), ..request };
    assert_eq!(park.anonymous(&unlabelled).status, 401);
    let answer = park.answer(unlabelled).body_json();
    assert_eq!(answer["detail"][0]["type"], "model_attributes_type");
    assert_eq!(answer["detail"][0]["input"], "{}");
    let odd = Request { body: vec![0xff], ..Request::new("POST", &full("/storage/")) };
    assert_eq!(park.answer(odd.header("content-type", "application/json")).status, 400);
}

/// A field's wrong value, the type of the mistake, the place below `body`, and the context.
type Wrong = (&'static str, Value, &'static str, Value, Value);

/// Puts one wrong value after the other into a good body.
fn check_wrong(path: &str, good: &Value, cases: Vec<Wrong>) {
    let mut park = Park::new();
    for (field, value, kind, place, context) in cases {
        let mut body = good.clone();
        body[field] = value.clone();
        let mut location = vec![json!("body")];
        location.extend(place.as_array().unwrap().iter().cloned());
        let found = mistakes(&mut park, "POST", path, Some(&body.to_string()));
        assert_eq!(found, [json!([kind, location, context])], "{path} {field} {value}");
    }
    assert_eq!(park.world.effects().count(), 0);
}

#[test]
fn fields_of_machines_that_are_wrong() {
    const KEYS: &str = "organization_ssh_keys";
    let none = Value::Null;
    let union = json!({
        "discriminator": "'mode'",
        "tag": "some",
        "expected_tags": "'none', 'all', 'selective'",
    });
    let untold = json!({ "discriminator": "'mode'" });
    let half_a_file = json!({ "write_files": [{ "path": "/x" }] });
    let content = json!(["cloud_init", "write_files", 0, "content"]);
    let short = json!({ "min_length": 8 });
    let object = "model_attributes_type";
    let cases = vec![
        ("name", json!(7), "string_type", json!(["name"]), none.clone()),
        ("name", none.clone(), "string_type", json!(["name"]), none.clone()),
        ("config_id", json!(7), "uuid_type", json!(["config_id"]), none.clone()),
        ("password", json!("short12"), "string_too_short", json!(["password"]), short),
        ("tags", none.clone(), "list_type", json!(["tags"]), none.clone()),
        ("tags", json!("a"), "list_type", json!(["tags"]), none.clone()),
        ("tags", json!(["a", 1]), "string_type", json!(["tags", 1]), none.clone()),
        ("cloud_init", half_a_file, "missing", content, none.clone()),
        ("cloud_init", json!("text"), object, json!(["cloud_init"]), none.clone()),
        (KEYS, json!({ "mode": "some" }), "union_tag_invalid", json!([KEYS]), union),
        (KEYS, json!({}), "union_tag_not_found", json!([KEYS]), untold),
        (KEYS, json!("all"), object, json!([KEYS]), none),
    ];
    check_wrong("/virtual-machines/instant", &machine("a"), cases);
    let mut park = Park::new();
    let body = json!({ "config_id": "x" }).to_string();
    let bad = mistakes(&mut park, "POST", "/virtual-machines/instant", Some(&body));
    assert_eq!(bad[0][0], "uuid_parsing");
    assert_eq!((&bad[0][1], &bad[1][1]), (&json!(["body", "config_id"]), &json!(["body", "name"])));
}

#[test]
fn fields_of_rentals_that_are_wrong() {
    const KEYS: &str = "organization_ssh_keys";
    let none = Value::Null;
    let selective = json!({ "mode": "selective" });
    let ids = json!([KEYS, "selective", "ssh_key_ids"]);
    let networks = json!({ "expected": "'infiniband' or 'ethernet'" });
    let count = json!(["gpu_count"]);
    let cases = vec![
        (KEYS, selective, "missing", ids, none.clone()),
        ("gpu_count", json!("eight"), "int_parsing", count.clone(), none.clone()),
        ("gpu_count", json!("8.5"), "int_parsing", count.clone(), none.clone()),
        ("gpu_count", json!(1.5), "int_from_float", count.clone(), none.clone()),
        ("gpu_count", json!([8]), "int_type", count, none.clone()),
        ("sub_order", json!("x"), "int_parsing", json!(["sub_order"]), none.clone()),
        ("network_type", json!("wifi"), "enum", json!(["network_type"]), networks),
        ("storage_id", json!(7), "uuid_type", json!(["storage_id"]), none),
    ];
    check_wrong("/bare-metal/", &rental("a"), cases);
}

#[test]
fn fields_of_volumes_and_keys_that_are_wrong() {
    let (name, size) = (json!(["name"]), json!(["size_in_gb"]));
    let pattern = json!({ "pattern": "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$" });
    let cases = vec![
        ("size_in_gb", json!(0), "greater_than_equal", size.clone(), json!({ "ge": 1 })),
        ("size_in_gb", json!("-1"), "greater_than_equal", size, json!({ "ge": 1 })),
        ("name", json!("My Volume"), "string_pattern_mismatch", name.clone(), pattern),
        ("order_ids", Value::Null, "list_type", json!(["order_ids"]), Value::Null),
    ];
    check_wrong("/storage/", &volume("a"), cases);
    let long = json!("x".repeat(65));
    let cases = vec![
        ("name", json!("ab"), "string_too_short", name.clone(), json!({ "min_length": 3 })),
        ("name", long, "string_too_long", name.clone(), json!({ "max_length": 64 })),
        ("name", json!("a_b!"), "value_error", name, json!({ "error": {} })),
    ];
    check_wrong("/organization/ssh-keys", &key("abc"), cases);
}

#[test]
fn a_field_is_wrong_once() {
    let mut park = Park::new();
    let body = json!({ "name": "!", "content": "x" }).to_string();
    let found = mistakes(&mut park, "POST", "/organization/ssh-keys", Some(&body));
    assert_eq!(found, [json!(["string_too_short", ["body", "name"], { "min_length": 3 }])]);
    let body = json!({ "size_in_gb": "x", "name": "" }).to_string();
    let request = Request { body: body.into_bytes(), ..Request::new("POST", &full("/storage/")) };
    let answer = park.answer(request.header("content-type", "application/json")).body_json();
    let told: Vec<&str> =
        answer["detail"].as_array().unwrap().iter().filter_map(|it| it["msg"].as_str()).collect();
    let number = "Input should be a valid integer, unable to parse string as an integer";
    assert_eq!(told, [number, "String should have at least 1 character"]);
}

#[test]
fn of_repeated_query_values_the_last_counts() {
    let mut park = Park::new();
    assert_eq!(park.get("/storage/?limit=0&limit=5").status, 200);
    let found = mistakes(&mut park, "GET", "/storage/?limit=5&limit=0", None);
    assert_eq!(found[0][0], "greater_than_equal");
}

#[test]
fn power_states_that_do_not_exist() {
    let mut park = Park::new();
    for (path, status, expected) in [
        ("/virtual-machines", "on", "'started', 'stopped' or 'stopped_disassociated'"),
        ("/bare-metal", "stopped_disassociated", "'started' or 'stopped'"),
    ] {
        let path = format!("{path}/{NOBODY}/power-status");
        let body = json!({ "status": status }).to_string();
        let found = mistakes(&mut park, "PUT", &path, Some(&body));
        assert_eq!(found, [json!(["enum", ["body", "status"], { "expected": expected }])]);
    }
}

#[test]
fn a_refused_body_comes_back_with_its_secrets() {
    let mut park = Park::new();
    let body = json!({ "config_id": ONE_GPU, "password": "canary-password" });
    let answer = park.post("/virtual-machines/instant", &body).body_json();
    assert_eq!(answer["detail"][0]["input"]["password"], "canary-password");
}

#[test]
fn what_is_taken_without_complaint() {
    let mut park = Park::new();
    let id = park.add_machine("a");
    let path = format!("/virtual-machines/{id}");
    assert_eq!(park.patch(&path, &json!({})).status, 200);
    assert_eq!(park.patch(&path, &json!({ "tags": null })).status, 200);
    assert_eq!(park.patch(&path, &json!({ "tag": ["typo"] })).status, 200);
    assert_eq!(park.machine(&id)["tags"], json!([]));
    let order = json!({
        "location_id": ASHTON.to_uppercase(),
        "gpu_count": "8",
        "name": "a",
        "network_type": "ethernet",
        "sub_order": null,
        "storage_id": null,
        "cloudinit_script": null,
        "unknown": 1,
    });
    assert_eq!(park.post("/bare-metal/", &order).status, 201);
    for size in [json!("8"), json!(" 8 "), json!("8.0"), json!(8.0), json!(true)] {
        let name = format!("v{}", park.world.effects().count());
        let answer = park.post("/storage/", &json!({ "size_in_gb": size, "name": name }));
        let wanted = if size == json!(true) { 1 } else { 8 };
        assert_eq!(answer.body_json()["size_in_gb"], wanted, "{size}");
    }
    let request = Request::new("GET", &full("/storage/")).json(&json!({ "x": 1 }));
    assert_eq!(park.answer(request).status, 200);
}

#[test]
fn cloud_init_is_checked_with_200() {
    let mut park = Park::new();
    for (content, error) in [
        (json!({ "packages": ["htop"] }), false),
        (json!({ "package": ["htop"] }), true),
        (json!("#cloud-config\npackages: [htop]\n"), false),
        (json!("text"), true),
    ] {
        for kind in ["instant-vm", "vm", "baremetal"] {
            let body = json!({ "type": kind, "content": content });
            let request = Request::new("POST", &full("/validate/cloudinit")).json(&body);
            let answer = park.anonymous(&request);
            assert_eq!(answer.status, 200);
            let answer = answer.body_json();
            assert_eq!((&answer["error"], answer["message"].is_string()), (&json!(error), error));
        }
    }
    let body = json!({ "type": "pod", "content": 7 }).to_string();
    let found = mistakes(&mut park, "POST", "/validate/cloudinit", Some(&body));
    assert_eq!(found.len(), 2);
}
