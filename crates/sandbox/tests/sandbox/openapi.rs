//! The documents of the clouds, against their route tables.

use std::collections::BTreeSet;

use plumb_sandbox::openapi::document;
use plumb_sandbox::{Operation, Reply, Request, WorldConfig, handle};
use serde_json::{Value, json};

use crate::client::{all_operations, clouds, new_world};
use crate::described;

#[test]
fn ids_and_routes_are_unique_and_say_whose_they_are() {
    let ids: BTreeSet<_> = all_operations().map(|row| row.id).collect();
    let routes: BTreeSet<_> = all_operations().map(|row| (row.method, row.path)).collect();
    assert_eq!(ids.len(), all_operations().count());
    assert_eq!(routes.len(), all_operations().count());
    for cloud in clouds() {
        for row in cloud.routes().operations() {
            assert_eq!(row.cloud(), cloud.name());
            let owners = clouds().iter().filter(|it| it.owns(row.path)).count();
            assert!(cloud.owns(row.path) && owners == 1, "{row:?}");
        }
    }
}

#[test]
fn every_operation_is_in_its_document() {
    let mut count = 0;
    for cloud in clouds() {
        let document = document(&*cloud);
        for operation in cloud.routes().operations() {
            let method = operation.method.as_str().to_lowercase();
            let described = &document["paths"][operation.path][&method];
            let codes: Vec<&str> =
                described["responses"].as_object().unwrap().keys().map(String::as_str).collect();
            let mut listed: Vec<String> =
                operation.responses.iter().map(|(status, _)| status.to_string()).collect();
            listed.sort_unstable();
            assert_eq!(codes, listed, "{operation:?}");
            count += 1;
        }
    }
    assert_eq!(count, all_operations().count());
    let document = document(&*clouds()[0]);
    let paths = document["paths"].as_object().unwrap();
    let create = &paths["/auth/v1/users/"]["post"]["requestBody"]["content"];
    assert_eq!(
        create["application/json"]["schema"],
        json!({ "$ref": "#/components/schemas/UserBody" })
    );
    let schema = &document["components"]["schemas"]["UserBody"];
    assert!(schema["properties"]["account"].is_object(), "{schema}");
}

#[test]
fn every_reference_leads_somewhere() {
    for cloud in clouds() {
        let document = document(&*cloud);
        let text = document.to_string();
        let known = document["components"]["schemas"].as_object().unwrap();
        let named = text.split("#/components/schemas/").skip(1);
        let named: BTreeSet<&str> =
            named.map(|rest| rest.split('"').next().unwrap_or_default()).collect();
        let known: BTreeSet<&str> = known.keys().map(String::as_str).collect();
        assert_eq!(named, known, "{}", cloud.name());
    }
}

/// The names of the schemas that a part of a document leads to.
fn named_in(document: &Value, part: &Value, found: &mut BTreeSet<String>) {
    let text = part.to_string();
    for rest in text.split("#/components/schemas/").skip(1) {
        let name = rest.split('"').next().unwrap_or_default();
        if found.insert(name.to_owned()) {
            named_in(document, &document["components"]["schemas"][name], found);
        }
    }
}

/// Objects of answers are closed, those of bodies are not, and one name has one schema.
#[test]
fn no_object_is_of_bodies_and_of_answers() {
    for cloud in clouds() {
        let document = document(&*cloud);
        let (mut taken, mut shown) = (BTreeSet::new(), BTreeSet::new());
        for operation in cloud.routes().operations() {
            let described = described::described(operation);
            named_in(&document, &described["requestBody"], &mut taken);
            named_in(&document, &described["responses"], &mut shown);
        }
        assert!(taken.len() > 10 && shown.len() > 10, "{taken:?}, {shown:?}");
        let schemas = &document["components"]["schemas"];
        let is_object = |name: &&String| schemas[name.as_str()]["properties"].is_object();
        let both: Vec<&String> = taken.intersection(&shown).filter(is_object).collect();
        assert!(both.is_empty(), "{}: {both:?}", cloud.name());
    }
}

#[test]
fn every_answer_but_an_empty_one_has_a_schema() {
    // Contract 5.2 leaves the bodies of these calls open; the sandbox sends none. The deletes and
    // publishes of v3 answer nothing (contract 7.1).
    let bare = |operation: &Operation| {
        let users = operation.id.starts_with("rafay.users.");
        let written = operation.path.contains("/v3/") || operation.path.contains("/eaas.");
        let ended = operation.id.ends_with(".delete") || operation.id.ends_with(".publish");
        (users || (written && ended)) && operation.answer.is_none()
    };
    for operation in all_operations().filter(|it| !bare(it)) {
        let empty = operation.responses.iter().any(|(status, _)| *status == 204);
        assert_eq!(operation.answer.is_none(), empty, "{operation:?}");
    }
}

/// Every schema of a document, with the operation or the component it stands at.
fn schemas(document: &Value) -> Vec<(String, &Value)> {
    let components = document["components"]["schemas"].as_object().into_iter().flatten();
    let mut found: Vec<(String, &Value)> =
        components.map(|(name, schema)| (name.clone(), schema)).collect();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let answers = operation["responses"].as_object().into_iter().flatten();
            let bodies = answers.map(|(_, answer)| answer).chain(operation.get("requestBody"));
            for body in bodies {
                let content = body["content"].as_object().into_iter().flatten();
                let place = format!("{method} {path}");
                found.extend(content.map(|(_, media)| (place.clone(), &media["schema"])));
            }
        }
    }
    found
}

#[test]
fn every_schema_is_one() {
    for cloud in clouds() {
        let document = document(&*cloud);
        let schemas = schemas(&document);
        assert!(schemas.len() > 100, "{}: {}", cloud.name(), schemas.len());
        for (place, schema) in schemas {
            let wrong = jsonschema::draft202012::meta::validate(schema).err();
            assert!(wrong.is_none(), "{place}: {wrong:?}");
        }
    }
}

/// Nothing is named that exists, and the bodies are too short: of each operation the first refusals,
/// and what it answers for names that nobody took.
#[test]
fn every_operation_called_with_nothing_answers_what_it_says() {
    let mut called = 0;
    for cloud in clouds() {
        let (mut world, _) = new_world(WorldConfig::default());
        let key = world.first_keys()[cloud.name()].clone();
        for row in cloud.routes().operations() {
            let named = row.path.replace(['{', '}'], "");
            let empty = Request::new(row.method.as_str(), &named);
            for request in [empty.clone(), empty.json(&json!({}))] {
                let keyed = ["X-API-KEY", "Authorization"].into_iter().fold(request, |it, name| {
                    let bearer = if name == "Authorization" { "Bearer " } else { "" };
                    it.header(name, &format!("{bearer}{key}"))
                });
                let Reply::Answer(response) = handle(&mut world, &keyed) else {
                    panic!("{row:?} does not answer")
                };
                assert_ne!(response.status, 401, "{row:?} does not let its first key in");
                described::check(row.id, None, &response);
                called += 1;
            }
        }
    }
    assert_eq!(called, 2 * all_operations().count());
}
