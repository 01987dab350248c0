//! Reading the world: in bulk, completely, and never taking doubt for absence.

use crate::cloud::{Cloud, Fault};
use crate::scene::{STACK, Scene, declare, desired, folder, key, on_record, on_record_as};
use plumb_engine::Observed;
use plumb_kind::Reading;
use plumb_model::{Desired, Observation, ResourceKey, Scope, body};
use std::time::Duration;
use tokio::time::Instant;

fn put_notes(cloud: &Cloud, count: usize) {
    put_notes_called(cloud, "n", count);
}

fn put_notes_called(cloud: &Cloud, called: &str, count: usize) {
    let mut state = cloud.state();
    state.world.put("/folders", "ml", body!({}), None);
    for at in 0..count {
        state.world.put(
            "/in/ml/notes",
            &format!("{called}{at}"),
            body!({"text": "x"}),
            Some(STACK),
        );
    }
}

fn declared(names: &[&str]) -> (Desired, Vec<ResourceKey>) {
    let keys: Vec<_> = names.iter().map(|name| key("Note", "ml", name)).collect();
    (desired(keys.iter().map(|key| declare(key, body!({"text": "x"})))), keys)
}

fn says(observed: &Observed, key: &ResourceKey) -> &'static str {
    match observed.live.objects.get(key) {
        Some(Observation::Present(_)) => "present",
        Some(Observation::Absent) => "absent",
        Some(Observation::Unknown(_)) => "unknown",
        None => "nothing",
    }
}

/// docs/rules.md §10: pages after the first at once.
#[tokio::test(start_paused = true)]
async fn a_thousand_objects_are_read_in_three_round_trips() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 1000);
    let (desired, keys) = declared(&["n0", "n999", "none"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(observed.requests, 22, "21 pages of notes and one of folders");
    assert_eq!(scene.cloud.state().world.now(), Duration::from_millis(150));
    let said: Vec<_> = keys.iter().map(|key| says(&observed, key)).collect();
    assert_eq!(said, ["present", "present", "absent"]);
    assert_eq!(says(&observed, &folder("ml")), "present", "parents are looked at too");
    assert_eq!(observed.live.objects.len(), 1002, "and everything that is found");
    assert!(observed.snapshot.0.is_empty(), "nothing will be looked up in these lists");
}

/// What waits for a place is sent before a page that is there is looked into.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_there_holds_no_place() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 1000);
    let (desired, _) = declared(&["n0"]);
    scene.observe(&desired).await;
    let state = scene.cloud.state();
    let last = state.log.iter().filter(|logged| logged.at == Duration::from_millis(100));
    let looked_into: Vec<usize> = last.map(|logged| logged.looked_into).collect();
    assert_eq!(looked_into, [2; 10], "the folders, the first page, and none of the ten that came");
}

/// What objects of different pages have in common is there once.
#[tokio::test(start_paused = true)]
async fn what_repeats_in_answers_is_kept_once() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 1000);
    let (desired, keys) = declared(&["n0", "n999"]);
    let observed = scene.observe(&desired).await;
    let text = |key| observed.live.present(key)?.body.get("spec")?.get("text")?.as_str();
    let texts: Vec<_> = keys.iter().map(|key| text(key).unwrap()).collect();
    assert_eq!(texts, ["x", "x"]);
    assert!(std::ptr::eq(texts[0], texts[1]), "two texts in memory");
}

#[tokio::test(start_paused = true)]
async fn every_number_of_objects_is_read_completely() {
    for cap in [1, 2, 3, 50] {
        for count in [0, 1, 2, 3, 4, 5, 6, 49, 50, 51, 99, 100, 101] {
            let scene = Scene::new();
            scene.cloud.state().world.page_cap = cap;
            put_notes(&scene.cloud, count);
            let (desired, _) = declared(&["none"]);
            let observed = scene.observe(&desired).await;
            assert_eq!(observed.live.objects.len(), count + 2, "{count} by {cap}");
        }
    }
}

/// Puts so many notes on record, with their ids.
fn record_notes(scene: &Scene, count: usize) {
    for at in 0..count {
        let name = format!("n{at}");
        let mut state = scene.cloud.state();
        let id = state.world.find("/in/ml/notes", &name).map(|note| note.id.parse().unwrap());
        drop(state);
        on_record_as(scene, &key("Note", "ml", &name), id);
    }
}

/// The record says how long a list is: once it is known what a page shows, nobody waits for the first one.
#[tokio::test(start_paused = true)]
async fn a_list_whose_length_is_on_record_is_asked_for_at_once() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 420);
    record_notes(&scene, 420);
    let (desired, _) = declared(&["n0"]);
    let mut took = Vec::new();
    for _ in 0..2 {
        let began = Instant::now();
        let observed = scene.observe(&desired).await;
        assert_eq!((observed.live.objects.len(), observed.requests), (421, 10));
        took.push(began.elapsed().as_millis());
    }
    assert_eq!(took, [100, 50], "nine pages of notes and one of folders");
}

/// What is expected decides nothing of what is seen: whatever became of a list, and of its pages, it is read
/// as by somebody who expects nothing.
#[tokio::test(start_paused = true)]
async fn a_list_that_is_not_as_expected_is_read_completely() {
    for recorded in [0, 1, 49, 50, 51, 100, 150] {
        for (now, cap) in [(0, 50), (1, 50), (50, 50), (99, 50), (100, 50), (151, 50)]
            .into_iter()
            .chain([(99, 30), (100, 20), (101, 7), (151, 60), (151, 1000)])
        {
            let mut scene = Scene::new();
            scene.cloud.state().world.page_cap = 50;
            put_notes(&scene.cloud, recorded);
            record_notes(&scene, recorded);
            let (desired, _) = declared(&["n0"]);
            scene.observe(&desired).await;
            {
                let mut state = scene.cloud.state();
                state.world.page_cap = cap;
                state.world.collections.values_mut().for_each(Vec::clear);
            }
            // Nothing on record: what is not listed is not read alone.
            put_notes_called(&scene.cloud, "m", now);
            let expecting = scene.observe(&desired).await;
            scene.restart();
            let fresh = scene.observe(&desired).await;
            assert_eq!(expecting.live, fresh.live, "{recorded} on record, {now} by {cap}");
            let there = expecting.live.objects.values();
            let there = there.filter(|it| matches!(it, Observation::Present(_))).count();
            assert_eq!(there, now + 1, "{recorded} on record, {now} by {cap}");
        }
    }
}

/// A list that leaves out what is on record proves nothing; one that leaves out anything else does.
#[tokio::test(start_paused = true)]
async fn what_is_on_record_and_not_listed_is_read_alone() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 2);
    scene.cloud.state().world.lists_lag_until = Duration::from_hours(1);
    let (desired, keys) = declared(&["n0", "n1", "gone"]);
    on_record(&scene, &keys[0]);
    on_record(&scene, &keys[2]);
    let observed = scene.observe(&desired).await;
    let said: Vec<_> = keys.iter().map(|key| says(&observed, key)).collect();
    assert_eq!(said, ["present", "absent", "absent"]);
    assert_eq!(observed.requests, 4, "two lists, and each of what is on record");
}

/// Whoever mistyped an endpoint does not wait for the tries of every list in turn.
#[tokio::test(start_paused = true)]
async fn a_cloud_that_was_never_reached_is_tried_in_full_once() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 1);
    let (desired, keys) = declared(&["n0"]);
    scene.cloud.fault_next("GET", 999, Fault::NotSent);
    let began = Instant::now();
    assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "unknown");
    let (first, again) = (began.elapsed(), Instant::now());
    assert!(first > Duration::from_secs(5) && first < Duration::from_secs(20), "{first:?}");
    assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "unknown");
    assert!(again.elapsed() < Duration::from_secs(1), "{:?}", again.elapsed());
    scene.cloud.mend();
    assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "present");
    // A connection that breaks later is worth its tries again.
    scene.cloud.fault_next("GET", 3, Fault::NotSent);
    assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "present");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_shifts_is_read_again_and_then_unknown() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 120);
    scene.cloud.state().world.intruder = Some("/in/ml/notes".into());
    let (desired, keys) = declared(&["none"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(says(&observed, &keys[0]), "unknown");
    assert!(!observed.live.gaps.is_empty());
    assert!(scene.cloud.sent("GET /in/ml/notes") >= 9, "three passes of three pages");
    scene.cloud.state().world.intruder = None;
    assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "absent");
}

#[tokio::test(start_paused = true)]
async fn doubt_is_never_absence() {
    for fault in [
        Fault::TroubleBefore,
        Fault::LostBefore,
        Fault::NotSent,
        Fault::Truncated,
        Fault::Silent,
        Fault::KeyRefused,
        Fault::NotFound,
    ] {
        let scene = Scene::new();
        put_notes(&scene.cloud, 3);
        scene.cloud.fault_next("GET /in/ml/notes", usize::MAX, fault);
        let (desired, keys) = declared(&["none", "n1"]);
        let observed = scene.observe(&desired).await;
        for key in &keys {
            assert_eq!(says(&observed, key), "unknown", "{fault:?}");
        }
        assert!(observed.live.gaps.iter().any(|gap| gap.scope == *keys[0].scope), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trouble_that_passes_is_waited_out() {
    for fault in [Fault::TroubleBefore, Fault::LostAfter, Fault::NotSent, Fault::Throttled(5)] {
        let scene = Scene::new();
        put_notes(&scene.cloud, 3);
        scene.cloud.fault_next("GET /in/ml/notes", 3, fault);
        let (desired, keys) = declared(&["n1"]);
        assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "present", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_inside_an_absent_folder_is_absent() {
    let scene = Scene::new();
    let (desired, keys) = declared(&["n1"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(says(&observed, &keys[0]), "absent");
    assert_eq!(says(&observed, &folder("ml")), "absent");
    scene.cloud.fault_next("GET /folders", usize::MAX, Fault::TroubleBefore);
    assert_eq!(says(&scene.observe(&desired).await, &keys[0]), "unknown");
}

#[tokio::test(start_paused = true)]
async fn two_objects_of_one_name_are_unknown_and_a_gap() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 2);
    scene.cloud.state().world.put("/in/ml/notes", "n1", body!({"text": "y"}), None);
    let (desired, keys) = declared(&["n0", "n1"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(says(&observed, &keys[0]), "present");
    assert_eq!(says(&observed, &keys[1]), "unknown");
    assert_eq!(observed.live.gaps.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_cannot_be_read_leaves_room_for_what_is_missing() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 2);
    {
        let mut state = scene.cloud.state();
        let odd = state.world.put("/in/ml/notes", "odd", body!({}), None);
        odd.body["metadata"].as_object_mut().unwrap().remove("name");
    }
    let (desired, keys) = declared(&["n0", "none"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(says(&observed, &keys[0]), "present");
    assert_eq!(says(&observed, &keys[1]), "unknown", "the odd one may be it");
}

#[tokio::test(start_paused = true)]
async fn thin_items_that_are_asked_about_are_read_alone() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 20);
    scene.cloud.state().world.thin_lists = true;
    let (desired, keys) = declared(&["n3", "n4"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(scene.cloud.sent("GET /in/ml/notes/"), 2);
    assert_eq!(observed.live.present(&keys[0]).unwrap().body["spec"]["text"], "x");
    scene.cloud.fault_next("GET /in/ml/notes/n3", usize::MAX, Fault::TroubleBefore);
    let observed = scene.observe(&desired).await;
    assert_eq!(says(&observed, &keys[0]), "unknown");
    assert_eq!(says(&observed, &keys[1]), "present");
}

#[tokio::test(start_paused = true)]
async fn everything_is_discovered_from_the_outside_in() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 3);
    scene.cloud.state().world.put("/folders", "other", body!({}), None);
    scene.cloud.state().world.put("/in/other/things", "t", body!({}), None);
    let observed = scene.engine.discover(|_| true).await;
    assert_eq!(observed.live.objects.len(), 2 + 3 + 1);
    assert_eq!(says(&observed, &key("Thing", "other", "t")), "present");
    assert_eq!(observed.requests, 1 + 2 * 3);
    assert!(observed.live.gaps.is_empty());
    let note = key("Note", "ml", "n0").kind.clone();
    let some = scene.engine.observe_scopes(&[(note, Scope::Project("ml".into()))]).await;
    assert_eq!((some.live.objects.len(), some.requests), (3, 1));
}

/// A catalog or a bill is read without any resource being declared.
#[tokio::test(start_paused = true)]
async fn collections_of_a_cloud_are_read_once_each() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 3);
    let note = key("Note", "ml", "n0");
    let kind = scene.engine.registry().kind(&note.kind).unwrap();
    let mut collections = kind.collections(&note.scope);
    collections.extend(collections.clone());
    let before = scene.engine.requests();
    let read = scene.engine.read_lookups("toy", &collections).await;
    assert_eq!(read.items(&collections[0].id).map(<[_]>::len), Some(3));
    assert_eq!(scene.engine.requests() - before, 1);
    let read = scene.engine.read_lookups("nowhere", &collections).await;
    assert!(matches!(read.reading(&collections[0].id), Some(Reading::Unknown(_))));
    assert_eq!(scene.engine.requests() - before, 1);
}

#[tokio::test(start_paused = true)]
async fn the_key_goes_out_with_every_request_and_into_no_message() {
    let scene = Scene::new();
    put_notes(&scene.cloud, 1);
    scene.cloud.fault_next("GET", usize::MAX, Fault::KeyRefused);
    let (desired, keys) = declared(&["n0"]);
    let observed = scene.observe(&desired).await;
    assert_eq!(says(&observed, &keys[0]), "unknown");
    assert_eq!(scene.engine.refused_keys(), ["toy"]);
    assert!(!format!("{observed:?} {:?}", scene.engine).contains("sesame"));
    let carried = scene.cloud.state().keys.clone();
    assert!(!carried.is_empty() && carried.iter().all(|key| key == "sesame"));
}
