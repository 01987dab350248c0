//! The stage with a cloud it never heard of: a configuration of its own, pages by token, edits, saving.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_sandbox::{
    Edit, EffectKind, FaultEffect, FaultMatch, FaultRule, FaultTiming, Reply, Request, Response,
    World, WorldConfig, handle, openapi,
};
use plumb_tests::simulated::clouds;
use plumb_tests::toy_cloud::{KEY_HEADER, Toy};
use serde_json::{Value, json};

fn world(config: Value) -> World {
    let config: WorldConfig = serde_json::from_value(config).unwrap();
    let (world, problems) = World::new(config, vec![Box::new(Toy::default())]).unwrap();
    assert_eq!(problems, [""; 0]);
    world
}

fn send(world: &mut World, request: Request) -> Response {
    let request = request.header(KEY_HEADER, &world.first_keys()["toy"]);
    let Reply::Answer(answer) = handle(world, &request) else { panic!("no answer") };
    answer
}

fn create(world: &mut World, collection: &str, name: &str) -> u16 {
    let request = Request::new("POST", &format!("/toy/v1/{collection}"));
    send(world, request.json(&json!({ "name": name }))).status
}

/// Every name in a collection, page by page.
fn names(world: &mut World, collection: &str) -> Vec<String> {
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let target = format!("/toy/v1/{collection}?page_token={token}");
        let page = send(world, Request::new("GET", &target)).body_json();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|it| it["name"].as_str().unwrap().to_owned()));
        match page["next_page_token"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => return names,
        }
    }
}

#[test]
fn a_cloud_of_ones_own_stands_on_the_stage() {
    let mut world =
        world(json!({ "toy": { "seeded": [{ "kind": "toy/houses", "name": "old" }] } }));
    assert_eq!(world.effects().count(), 0, "what is seeded did not happen");
    for name in ["a", "b", "c"] {
        assert_eq!(create(&mut world, "houses", name), 200);
    }
    assert_eq!(create(&mut world, "houses", "a"), 409);
    assert_eq!(create(&mut world, "rooms", "a"), 200);
    assert_eq!(names(&mut world, "houses"), ["old", "a", "b", "c"]);
    let one = "/toy/v1/houses/b";
    let patch = Request::new("PATCH", one).json(&json!({ "floors": 3 }));
    assert_eq!(send(&mut world, patch).body_json()["floors"], 3);
    assert_eq!(send(&mut world, Request::new("DELETE", one)).status, 200);
    assert_eq!(send(&mut world, Request::new("GET", one)).status, 404);
    let Reply::Answer(refused) = handle(&mut world, &Request::new("GET", "/toy/v1/houses")) else {
        panic!()
    };
    assert_eq!(refused.status, 401);
    let kinds: Vec<EffectKind> = world.effects().all().iter().map(|it| it.kind).collect();
    use EffectKind::{Created, Deleted, Gone, Updated};
    assert_eq!(kinds, [Created, Created, Created, Created, Updated, Deleted, Gone]);
    assert!(world.effects().all().iter().all(|it| it.cloud == "toy" && !it.actor.is_empty()));
    assert_eq!(world.requests().all().last().unwrap().operation.as_deref(), Some("toy.list"));
    assert_eq!(world.object_count(), 4);
    let document = openapi::document(world.clouds().next().unwrap());
    assert_eq!(document["paths"].as_object().unwrap().len(), 2);
}

#[test]
fn faults_edits_and_dumps_know_it_by_its_name_alone() {
    let mut world = world(json!({}));
    world.faults_mut().extend(vec![FaultRule {
        name: "lost".to_owned(),
        matches: FaultMatch { operation: Some("toy.create".to_owned()), ..FaultMatch::default() },
        when: FaultTiming { nth: Some(1), ..FaultTiming::default() },
        effect: FaultEffect::LostAfter,
    }]);
    let key = world.first_keys()["toy"].clone();
    let lost = Request::new("POST", "/toy/v1/rooms").json(&json!({ "name": "a" }));
    assert_eq!(handle(&mut world, &lost.header(KEY_HEADER, &key)), Reply::Drop);
    assert_eq!(names(&mut world, "rooms"), ["a"]);
    world.edit(&Edit::Delete { object: "toy/rooms/a".to_owned() }).unwrap();
    let strange = world.edit(&Edit::Delete { object: "other/rooms/a".to_owned() }).unwrap_err();
    assert!(strange.contains("other/rooms/a"), "{strange}");
    assert_eq!(create(&mut world, "rooms", "b"), 200);
    let dump = world.dump();
    let mut again = self::world(json!({}));
    again.load(&dump).unwrap();
    assert_eq!(names(&mut again, "rooms"), ["b"]);
    let theirs = World::new(WorldConfig::default(), clouds()).unwrap().0.dump();
    let refused = again.load(&theirs).unwrap_err().to_string();
    assert!(refused.contains("the cloud toy"), "{refused}");
}

#[test]
fn a_wrong_setting_is_refused_by_name() {
    for (config, expected) in [
        (json!({ "knobs": {} }), "no setting and no cloud is called \"knobs\""),
        (json!({ "toy": { "knob": 1 } }), "settings of the cloud toy: unknown field `knob`"),
        (json!({ "toy": { "keys": 1 } }), "settings of the cloud toy: invalid type"),
    ] {
        let config: WorldConfig = serde_json::from_value(config).unwrap();
        let refused = World::new(config, vec![Box::new(Toy::default())]).unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}
