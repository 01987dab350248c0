//! Persistence: what was answered is there after the process ends, at any moment.

use std::path::Path;
use std::time::Duration;

use plumb_sandbox::store::{Store, StoreError};
use plumb_sandbox::{Request, SharedWorld, WorldConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Seen as _, clouds, instance, set, workspace};

const WORKSPACES: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces";

fn open(folder: &Path) -> SharedWorld {
    let (world, store, problems) = Store::open(folder, WorldConfig::default(), clouds()).unwrap();
    assert_eq!(problems, Vec::<String>::new());
    SharedWorld::with_store(world, store)
}

fn send(world: &SharedWorld, request: Request) -> (u16, Value) {
    let key = world.with(|world| world.key());
    let at = request.at.max(world.with(|world| world.clock().real()));
    let reply = world.handle(&request.header("x-api-key", &key).at(at));
    let response = reply.answer().expect("an answer");
    (response.status, response.body_json())
}

fn fill(world: &SharedWorld) {
    let dev = workspace("defaultproject", "dev");
    assert_eq!(send(world, Request::new("POST", WORKSPACES).json(&dev)).0, 200);
    let target = format!("{WORKSPACES}/dev/computeinstances?auto-publish=true");
    assert_eq!(send(world, Request::new("POST", &target).json(&instance("a", &[]))).0, 201);
}

fn dump(world: &SharedWorld) -> Value {
    world.with(|world| world.dump())
}

/// A copy of the files as they are now: what a process killed at this moment leaves behind.
fn killed(folder: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

#[test]
fn a_killed_sandbox_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    fill(&world);
    let one = format!("{WORKSPACES}/dev/computeinstances/a");
    let later = Request::new("GET", &one).at(Duration::from_mins(15));
    assert_eq!(send(&world, later).1["status"]["status"], "success");
    let copy = killed(folder.path());
    let again = open(copy.path());
    assert!(dump(&again) == dump(&world));
    let (_, shown) = send(&again, Request::new("GET", &one));
    assert_eq!(shown["status"]["status"], "success", "what a read has shown stays so");
    assert_eq!(send(&again, Request::new("DELETE", &one)).0, 202);
}

#[test]
fn every_answered_write_survives_a_kill_right_after_it() {
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    fill(&world);
    for index in 0..5 {
        let body = workspace("vm-project", &format!("w{index}"));
        let target = WORKSPACES.replace("defaultproject", "vm-project");
        assert_eq!(send(&world, Request::new("POST", &target).json(&body)).0, 200);
        let copy = killed(folder.path());
        let again = open(copy.path());
        assert!(dump(&again) == dump(&world), "after {index}");
    }
}

#[test]
fn a_torn_last_entry_is_left_out_and_a_torn_middle_is_an_error() {
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    fill(&world);
    let before = killed(folder.path());
    let expected = dump(&open(killed(before.path()).path()));
    let log = std::fs::read_dir(before.path()).unwrap().map(|it| it.unwrap().path());
    let log = log.into_iter().find(|it| it.to_string_lossy().contains("log-")).unwrap();
    let whole = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("{whole}{{\"calls\": 12, \"requ")).unwrap();
    assert!(dump(&open(killed(before.path()).path())) == expected);
    std::fs::write(&log, format!("{{\"calls\": 12, \"requ\n{whole}")).unwrap();
    let damaged = Store::open(before.path(), WorldConfig::default(), clouds());
    assert!(matches!(damaged, Err(StoreError::Damaged(..))));
}

#[test]
fn fault_counters_and_late_effects_survive() {
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    let rule = json!({
        "match": { "method": "POST" }, "when": { "nth": 1 },
        "effect": { "type": "late_effect", "after_calls": 3 },
    });
    send(&world, Request::new("POST", "/_sandbox/faults").json(&rule));
    let key = world.with(|world| world.key());
    let create = Request::new("POST", WORKSPACES).json(&workspace("defaultproject", "dev"));
    assert!(world.handle(&create.header("x-api-key", &key)).answer().is_none());
    let one = format!("{WORKSPACES}/dev");
    assert_eq!(send(&world, Request::new("GET", &one)).0, 404);
    let copy = killed(folder.path());
    let config = world.with(|world| WorldConfig {
        faults: world.faults().states().iter().map(|it| it.rule.clone()).collect(),
        ..WorldConfig::default()
    });
    let (again, store, _) = Store::open(copy.path(), config, clouds()).unwrap();
    let again = SharedWorld::with_store(again, store);
    assert_eq!(again.with(|world| world.faults().states()[0].fired), 1);
    assert_eq!(send(&again, Request::new("GET", &one)).0, 404);
    assert_eq!(send(&again, Request::new("GET", &one)).0, 200);
}

#[test]
fn snapshots_replace_the_log_and_edits_from_code_are_saved() {
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    fill(&world);
    world.with(|world| world.advance(Duration::from_hours(1)));
    let logs = std::fs::read_dir(folder.path()).unwrap();
    let logs: Vec<_> = logs
        .map(|it| it.unwrap())
        .filter(|it| it.file_name().to_string_lossy().starts_with("log-"))
        .collect();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].metadata().unwrap().len(), 0);
    let copy = killed(folder.path());
    assert!(dump(&open(copy.path())) == dump(&world));
}

#[test]
fn a_loaded_state_is_saved() {
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    fill(&world);
    let state = dump(&world);
    let other_folder = TempDir::new().unwrap();
    let other = open(other_folder.path());
    assert_eq!(send(&other, Request::new("POST", "/_sandbox/state").json(&state)).0, 200);
    let copy = killed(other_folder.path());
    let again = open(copy.path());
    assert_eq!(dump(&again)["effects"], state["effects"]);
    assert_eq!(send(&again, Request::new("GET", &format!("{WORKSPACES}/dev"))).0, 200);
}

#[test]
fn the_start_decides_what_can_change_while_running() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()));
    let mut config = WorldConfig { seed: 99, time_scale: 5, ..WorldConfig::default() };
    set(&mut config, |settings| settings.knobs.page_cap = 3);
    let (world, _store, _) = Store::open(folder.path(), config, clouds()).unwrap();
    assert_eq!((world.config().seed, world.config().time_scale), (1, 5));
    assert_eq!(world.cloud::<plumb_sandbox_rafay::Rafay>().unwrap().config().knobs.page_cap, 3);
    assert!(world.rafay().object("ServiceProfile/system-catalog/vpc").is_some());
}

#[test]
fn files_of_an_older_version_are_refused_with_their_version() {
    let folder = TempDir::new().unwrap();
    let older = json!({ "format": 1, "generation": 3, "world": { "rafay": {} } });
    std::fs::write(folder.path().join("world.json"), older.to_string()).unwrap();
    let refused = Store::open(folder.path(), WorldConfig::default(), clouds()).unwrap_err();
    assert!(refused.to_string().contains("is of version 1"), "{refused}");
}

#[test]
fn a_folder_has_one_user_and_files_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().unwrap();
    let world = open(folder.path());
    fill(&world);
    let second = Store::open(folder.path(), WorldConfig::default(), clouds());
    assert!(matches!(second, Err(StoreError::Locked(_))));
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
    let effects = std::fs::read_to_string(folder.path().join("effects.jsonl")).unwrap();
    assert_eq!(effects.lines().count(), 3);
}

/// A small generator, so that a failing history can be named by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn random_request(dice: &mut Dice) -> Request {
    let name = format!("i{}", dice.roll(4));
    let collection = format!("{WORKSPACES}/dev/computeinstances");
    let one = format!("{collection}/{name}");
    let public = if dice.roll(2) == 0 { "true" } else { "false" };
    let post = |target: &str, body: &Value| Request::new("POST", target).json(body);
    match dice.roll(10) {
        0 | 1 => post(&collection, &instance(&name, &[("assign_public_ip", public)])),
        2 => post(&format!("{collection}?fail-on-exists=true"), &instance(&name, &[])),
        3 | 4 => Request::new("POST", &format!("{one}/publish")),
        5 => post(&format!("{one}/action/stop"), &json!({})),
        6 => Request::new("DELETE", &one),
        7 => Request::new("GET", &one),
        _ => Request::new("GET", &format!("{WORKSPACES}/dev/computeinstances?limit=2")),
    }
}

#[test]
fn random_histories_survive_a_kill_at_any_moment() {
    for seed in 0..6 {
        let mut config = WorldConfig { time_scale: 60, ..WorldConfig::default() };
        set(&mut config, |settings| {
            settings.knobs.stale_terminal_polls = 2;
            settings.knobs.insert_between_pages = seed % 2 == 0;
        });
        // Rules count every call, which alone would have each one logged.
        if seed >= 3 {
            config.faults = serde_json::from_value(json!([
                { "match": { "method": "GET" }, "when": { "every": 7 }, "effect": { "type": "lost_after" } },
                { "match": { "method": "POST" }, "when": { "every": 5 },
                  "effect": { "type": "late_effect", "after_calls": 4 } },
                { "when": { "every": 6 }, "effect": { "type": "duplicate" } },
            ]))
            .unwrap();
        }
        let folder = TempDir::new().unwrap();
        let (world, store, _) = Store::open(folder.path(), config.clone(), clouds()).unwrap();
        let world = SharedWorld::with_store(world, store);
        let key = world.with(|world| world.key());
        let mut dice = Dice(seed);
        let create = Request::new("POST", WORKSPACES).json(&workspace("defaultproject", "dev"));
        let _ = world.handle(&create.header("x-api-key", &key));
        let mut at = Duration::ZERO;
        for step in 0..120 {
            at += Duration::from_millis(dice.roll(4000));
            let request = random_request(&mut dice).at(at).header("x-api-key", &key);
            let _ = world.handle(&request);
            if step % 20 == 19 {
                // A write is logged whatever comes of it, so both worlds are at the same call.
                let _ = world.handle(&Request::new("POST", "/nothing").at(at));
                let copy = killed(folder.path());
                let (again, _store, _) =
                    Store::open(copy.path(), config.clone(), clouds()).unwrap();
                assert!(again.dump() == dump(&world), "seed {seed}, step {step}");
                assert_eq!(again.effects().duplicates(), Vec::<String>::new());
            }
        }
        assert!(world.with(|world| world.effects().count()) > 30, "seed {seed} did little");
    }
}
