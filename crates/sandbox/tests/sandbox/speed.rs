//! A thousand objects and more: generous bounds that a quadratic slip would break.

use std::time::{Duration, Instant};

use plumb_sandbox::store::Store;
use plumb_sandbox::{Request, SharedWorld, WorldConfig};
use tempfile::TempDir;

use crate::client::{Client, Seen as _, clouds, instance, names, set, workspace};

const DEV: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev";
const LIST: &str = "/apis/paas.envmgmt.io/v1/projects/defaultproject/computeinstances";

#[test]
fn ten_thousand_instances_are_listed_page_by_page() {
    let mut config = WorldConfig::default();
    let many = (0..10_000).map(|index| instance(&format!("i{index:05}"), &[]));
    let objects = std::iter::once(workspace("defaultproject", "dev")).chain(many);
    set(&mut config, |settings| {
        settings.seeded.get_or_insert_default().objects = objects.collect();
    });
    let mut client = Client::with(config);
    let start = Instant::now();
    let mut seen = std::collections::BTreeSet::new();
    for page in 0..200 {
        let target = format!("{LIST}?order=ASC&offset={}", page * 50);
        seen.extend(names(&client.get(&target).body_json()));
    }
    assert_eq!(seen.len(), 10_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_thousand_creates_are_saved_one_by_one() {
    let folder = TempDir::new().unwrap();
    let (world, store, _) = Store::open(folder.path(), WorldConfig::default(), clouds()).unwrap();
    let world = SharedWorld::with_store(world, store);
    let key = world.with(|world| world.key());
    let send = |target: &str, body: &serde_json::Value| {
        let request = Request::new("POST", target).json(body).header("x-api-key", &key);
        world.handle(&request).answer().unwrap().status
    };
    let start = Instant::now();
    send(DEV.strip_suffix("/dev").unwrap(), &workspace("defaultproject", "dev"));
    for index in 0..1000 {
        let target = format!("{DEV}/computeinstances?auto-publish=true");
        assert_eq!(send(&target, &instance(&format!("i{index:05}"), &[])), 201);
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}
