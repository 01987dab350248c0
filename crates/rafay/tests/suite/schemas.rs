//! The schemas take every body the vendor prints, refuse what the API does not know, and use only
//! the keywords the front end checks.

use crate::common::kind;
use plumb_kind::Provider;
use plumb_model::body;
use plumb_rafay::RAFAY;
use serde_json::{Value, json};

fn seed(name: &str) -> Value {
    crate::common::seed(name).shown()
}

fn errors(document: &Value) -> Vec<String> {
    let schema = kind(document["kind"].as_str().unwrap()).schema().to_value();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(document).map(|error| error.instance_path().to_string()).collect()
}

#[test]
fn every_body_of_the_vendor_is_a_manifest() {
    for name in [
        "create-vpc",
        "create-workspace",
        "create-bare-metal",
        "update-bare-metal",
        "create-kubernetes",
        "get-bare-metal",
    ] {
        assert_eq!(errors(&seed(name)), [""; 0], "{name}");
    }
    for name in ["create-user", "created-user"] {
        let document = kind("User").read_bare(&crate::common::seed(name)).unwrap();
        assert_eq!(errors(&document.shown()), [""; 0], "{name}");
    }
    assert_eq!(kind("User").read_bare(&body!({"account": {}, "kind": "x"})), None);
    assert_eq!(kind("User").read_bare(&body!({"account": "x"})), None);
    assert_eq!(kind("User").read_bare(&body!([])), None);
}

#[test]
fn what_an_export_writes_is_a_manifest() {
    let mut document = seed("get-bare-metal");
    document["metadata"]["createdBy"] = json!({"username": "a@b.c"});
    document["metadata"]["projectID"] = "qkolyjk".into();
    document["spec"]["variables"] =
        json!([{"name": "A", "value": "1", "options": {"mask": true, "override": {}}}]);
    assert_eq!(errors(&document), [""; 0]);
}

#[test]
fn a_user_may_be_written_in_every_shape() {
    let user = |groups: Value, roles: Value| {
        json!({"apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "a@b.c"},
            "spec": {"first_name": "A", "last_name": "B", "user_type": "API",
                     "groups": groups, "projectRoles": roles}})
    };
    let full = json!([{"id": "lk557ke", "type": "SYSTEM", "name": "DemoAdmin"}]);
    assert_eq!(errors(&user(full, json!([seed("assign-to-project")]))), [""; 0]);
    let named = json!([{"project": "ml", "roles": ["PROJECT_ADMIN"]}]);
    assert_eq!(errors(&user(json!(["devs"]), named)), [""; 0]);
    let wrong = json!([{"project": "ml", "roles": []}]);
    assert_eq!(errors(&user(json!([]), wrong)), ["/spec/projectRoles/0/roles"]);
    assert_eq!(errors(&user(json!([{"name": "x"}]), json!([]))), ["/spec/groups/0"]);
}

#[test]
fn what_the_api_does_not_know_is_refused() {
    for (pointer, value, at) in [
        ("/extra", json!(1), ""),
        ("/metadata/extra", json!(1), "/metadata"),
        ("/spec/extra", json!(1), "/spec"),
        ("/spec/computeProfile/extra", json!(1), "/spec/computeProfile"),
        ("/spec/computeProfile", json!("bmaas-h100"), "/spec/computeProfile"),
        ("/spec/computeType", json!("bare-metal"), "/spec/computeType"),
        ("/spec/variables/0/extra", json!(1), "/spec/variables/0"),
        ("/spec/variables/0/value", json!(1), "/spec/variables/0/value"),
        ("/spec/variables/0/value", json!(true), "/spec/variables/0/value"),
        ("/spec/variables/0/valueType", json!("number"), "/spec/variables/0/valueType"),
        ("/spec/datacenter/extra", json!(1), "/spec/datacenter"),
        ("/metadata/name", json!("Upper"), "/metadata/name"),
        ("/metadata/name", json!("a".repeat(64)), "/metadata/name"),
        ("/metadata/name", json!("a.b"), "/metadata/name"),
        ("/metadata/labels/a", json!(1), "/metadata/labels/a"),
        ("/apiVersion", json!("paas.envmgmt.io/v2"), "/apiVersion"),
    ] {
        let mut document = seed("create-bare-metal");
        document["metadata"]["labels"] = json!({});
        document["spec"]["datacenter"] = json!({});
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[field] = value;
        assert_eq!(errors(&document), [at], "{pointer}");
    }
    let mut workspace = seed("create-workspace");
    workspace["metadata"]["workspace"] = "dev".into();
    assert_eq!(errors(&workspace), ["/metadata"]);
    for missing in ["name", "project", "workspace"] {
        let mut document = seed("create-bare-metal");
        document["metadata"].as_object_mut().unwrap().remove(missing);
        assert_eq!(errors(&document), ["/metadata"], "{missing}");
    }
}

#[test]
fn every_field_has_a_text_and_one_type() {
    fn check(name: &str, schema: &Value, hovers: &mut usize) {
        let Some(fields) = schema.as_object() else {
            assert!(schema.is_boolean(), "{name} {schema}");
            return;
        };
        for (keyword, value) in fields {
            match keyword.as_str() {
                "properties" => {
                    for (field, value) in value.as_object().unwrap() {
                        let described = value["description"].as_str().is_some_and(|t| t.len() > 8);
                        assert!(described, "{name} {field} has no text");
                        *hovers += 1;
                        check(name, value, hovers);
                    }
                }
                "items" | "additionalProperties" => check(name, value, hovers),
                "anyOf" | "oneOf" => {
                    value.as_array().unwrap().iter().for_each(|value| check(name, value, hovers));
                }
                "type" => assert!(value.is_string() && value != "null", "{name} {value}"),
                _ => {}
            }
        }
    }
    for kind in RAFAY.kinds() {
        let mut hovers = 0;
        check(&kind.rules().id.kind, kind.schema().as_value(), &mut hovers);
        assert!(hovers > 4);
        assert!(kind.summary().ends_with('.'));
    }
}
