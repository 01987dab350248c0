//! Voltage Park's examples: a key, a machine, a rental and a volume as they are printed, with others
//! beside them where two examples contradict each other, and everything `plumb get`, `plumb catalog`
//! and `plumb cost` read.

use super::fleet::{Fleet, Manner};
use super::{Document, Life};
use plumb_engine::Engine;
use plumb_kind::{Collection, Provider, Snapshot};
use plumb_model::policy::Prune;
use plumb_model::{KindId, Observation, ResourceKey, Scope};
use plumb_sandbox::Edit;
use plumb_tests::oracle;
use plumb_tests::simulated::operations;
use plumb_voltage_park::VOLTAGE_PARK;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A preset of the default catalog.
pub(crate) const PRESET: &str = "c6fd6253-cbb6-4ea8-a20c-47644b431f1c";
/// A public key: the printed one is cut.
const CONTENT: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICh3gu9CNW7z1lUVkPHvARe3HYdt8Pmz61jQiIZHcMdM";
/// How often a kind may ask for more when one object is described.
const ROUNDS: usize = 3;

/// The vendor's bodies as a repository, from the first apply to the last delete.
pub(crate) async fn life() -> Life {
    live(Manner::Smooth).await
}

/// The same life while the server answers every call with each of the other codes that are
/// documented for it, before it answers well.
pub(crate) async fn refused_life() -> Life {
    live(Manner::Refused).await
}

/// The first calls of each operation are answered with the codes the document names for it, one
/// after the other.
fn refusals(manner: Manner) -> Vec<Value> {
    if manner == Manner::Smooth {
        return Vec::new();
    }
    let rule = |row: &str, nth: usize, code: u16| {
        let operation = operations().find(|operation| operation.coverage.contains(&row))?;
        let body = if code == 422 {
            json!({"detail": [{"type": "value_error", "loc": ["body"], "msg": "no", "input": {}}]})
        } else {
            json!({"detail": "no"})
        };
        Some(json!({
            "match": {"operation": operation.id},
            "when": {"nth": nth},
            "effect": {
                "type": "respond", "status": code, "body": body.to_string(),
                "headers": {"content-type": "application/json"},
            },
        }))
    };
    let shown = Document::VoltagePark.shown();
    let refused = shown.iter().flat_map(|shown| {
        let others = shown.codes.iter().skip(1).enumerate();
        others.filter_map(|(at, code)| rule(&shown.row, at + 1, *code))
    });
    refused.collect()
}

async fn live(manner: Manner) -> Life {
    let mut fleet = Fleet::new(json!({"faults": refusals(manner)}), manner);
    let machine = Document::VoltagePark.parsed("create-machine.json");
    let password = machine["password"].as_str().unwrap();
    fleet.plumb.variables.insert("PASSWORD".to_owned(), password.to_owned());
    fleet.write("key.json", &key());
    fleet.write("machine.json", &printed_machine(machine));
    fleet.write("mounted.json", &volume("mounted", 100, None));
    fleet.write("rental.json", &printed_rental());
    fleet.write("volume.json", &printed_volume());
    fleet.write("text-machine.json", &text_machine());
    fleet.write("text-rental.json", &text_rental());
    fleet.write("text-volume.json", &volume("text", 1, Some("text")));
    fleet.apply(Prune::Off).await;

    edit_by_hand(&fleet);
    fleet.apply(Prune::Off).await;
    let rental = ResourceKey::new(
        KindId::new("voltagepark.com", "BareMetal"),
        Scope::Global,
        "My Baremetal Rental".to_owned(),
    );
    fleet.act(&rental, "reboot").await;
    // Each look may be refused twice, and one thing after the other.
    for _ in 0..if manner == Manner::Refused { 4 } else { 0 } {
        read_everything(&fleet.plumb.engine(), Manner::Refused).await;
    }
    read_everything(&fleet.plumb.engine(), Manner::Smooth).await;
    look_for_a_preset_that_is_not_listed(&fleet, manner).await;

    for entry in std::fs::read_dir(fleet.plumb.root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::fs::remove_file(path).unwrap();
        }
    }
    // A stack without a document is refused, so one that needs nothing stays.
    fleet.write("stays.json", &volume("stays", 1, None));
    fleet.apply(Prune::On).await;
    let complaints = oracle::complaints(&fleet.plumb.cloud.world(), &BTreeSet::new());
    let complaints: Vec<_> = complaints.iter().filter(|it| !it.contains("never fired")).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    fleet.end()
}

fn document(kind: &str, name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "voltagepark.com/v1", "kind": kind, "metadata": {"name": name}, "spec": spec,
    })
}

fn key() -> Value {
    let body = Document::VoltagePark.parsed("add-key.json");
    document("SSHKey", body["name"].as_str().unwrap(), &json!({"content": CONTENT}))
}

/// The keys as manifests name them.
fn keys() -> Value {
    json!({"mode": "selective", "ssh_key_names": ["My-SSH-Public-Key"]})
}

/// The printed file, with what the server takes where a text stands.
fn files() -> Value {
    json!([{
        "path": "/text", "content": "text", "owner": "text", "encoding": "b64",
        "permissions": "0644",
    }])
}

fn printed_machine(body: Value) -> Value {
    let mut spec = body;
    let name = spec.as_object_mut().unwrap().remove("name").unwrap();
    spec["config_id"] = PRESET.into();
    spec["password"] = json!({"valueFrom": {"var": "PASSWORD"}});
    spec["organization_ssh_keys"] = keys();
    spec["cloud_init"]["write_files"] = files();
    document("VirtualMachine", name.as_str().unwrap(), &spec)
}

fn printed_rental() -> Value {
    let mut spec = Document::VoltagePark.parsed("create-rental.json");
    let name = spec.as_object_mut().unwrap().remove("name").unwrap();
    spec["gpu_count"] = 8.into();
    spec["sub_order"] = 12345.into();
    spec["storage_id"] = "mounted".into();
    spec["organization_ssh_keys"] = keys();
    spec["cloudinit_script"]["write_files"] = files();
    document("BareMetal", name.as_str().unwrap(), &spec)
}

/// The volume of the vendor's page, with a name that is allowed.
fn printed_volume() -> Value {
    let body = Document::VoltagePark.parsed("create-volume.json");
    volume("my-storage-volume", body["size_in_gb"].as_u64().unwrap(), Some("text"))
}

fn volume(name: &str, size: u64, rental: Option<&str>) -> Value {
    let mut spec = json!({"size_in_gb": size});
    if let Some(rental) = rental {
        spec["order_ids"] = json!([rental]);
    }
    document("StorageVolume", name, &spec)
}

/// The machine that the vendor's change speaks of.
fn text_machine() -> Value {
    let spec = json!({"config_id": PRESET, "tags": ["text"], "power": "started"});
    document("VirtualMachine", "text", &spec)
}

fn text_rental() -> Value {
    let spec = json!({
        "location_id": "Dallas", "gpu_count": 8, "network_type": "ethernet", "tags": ["text"],
        "power": "started",
    });
    document("BareMetal", "text", &spec)
}

/// What the vendor's changes then put right.
fn edit_by_hand(fleet: &Fleet) {
    let mut world = fleet.plumb.cloud.world();
    for family in ["virtual-machines", "bare-metal"] {
        let object = format!("voltage-park/{family}/text");
        world.edit(&Edit::PowerOff { object: object.clone() }).unwrap();
        let patch = json!({"name": "changed", "tags": []});
        world.edit(&Edit::Patch { object, patch }).unwrap();
    }
    let patch = json!({"name": "changed", "size_in_gb": 5, "order_ids": []});
    let object = "voltage-park/storage/text".to_owned();
    world.edit(&Edit::Patch { object, patch }).unwrap();
}

/// What `plumb get` reads of each object, what `plumb catalog` lists, and what `plumb cost` asks.
async fn read_everything(engine: &Engine, manner: Manner) {
    let smooth = manner == Manner::Smooth;
    let kinds = VOLTAGE_PARK.kinds().iter().map(|kind| (kind.rules().id.clone(), Scope::Global));
    let observed = engine.observe_scopes(&kinds.collect::<Vec<_>>()).await;
    assert!(!smooth || observed.live.gaps.is_empty(), "{:#?}", observed.live.gaps);
    for observation in observed.live.objects.values() {
        let Observation::Present(object) = observation else { continue };
        let kind = engine.registry().kind(&object.key.kind).unwrap();
        let mut known = observed.snapshot.clone();
        for _ in 0..ROUNDS {
            let mut unread: Vec<Collection> = kind.details(object, &known);
            unread.retain(|collection| known.reading(&collection.id).is_none());
            known.0.extend(read(engine, &unread).await.0);
        }
        assert!(!kind.describe(object, &known).is_empty(), "{}", object.key);
    }
    for section in VOLTAGE_PARK.catalog() {
        let rows = (section.rows)(&read(engine, &section.collections).await);
        assert!(!smooth || rows.is_some_and(|rows| !rows.is_empty()), "{}", section.title);
    }
    let billing = VOLTAGE_PARK.billing().unwrap();
    let (rate, charges) = (billing.rate(), billing.charges(&plumb_kind::ChargeFilter::default()));
    let report = billing.report(2026, 1);
    let snapshot = read(engine, &[rate, charges.clone(), report.clone()]).await;
    if smooth {
        assert!(billing.read_rate(&snapshot).is_some());
        assert!(billing.read_charges(&charges, &snapshot).unwrap().is_ok());
        assert!(billing.read_report(&report, &snapshot).unwrap().is_ok());
    }
}

async fn read(engine: &Engine, collections: &[Collection]) -> Snapshot {
    engine.read_lookups(VOLTAGE_PARK.name(), collections).await
}

/// A preset that neither list shows is asked for by itself.
async fn look_for_a_preset_that_is_not_listed(fleet: &Fleet, manner: Manner) {
    let spec = json!({"config_id": PRESET});
    fleet.write("unlisted.json", &document("VirtualMachine", "unlisted", &spec));
    let nothing = json!({
        "match": {"operation": "voltage-park.presets.list"},
        "effect": {
            "type": "respond", "status": 200, "body": "[]",
            "headers": {"content-type": "application/json"},
        },
    });
    let refused = refusals(manner).into_iter();
    let refused = refused.filter(|rule| rule["match"]["operation"] == "voltage-park.presets.get");
    let faults: Vec<Value> = refused.chain([nothing]).collect();
    let older = json!({"voltage-park": {"knobs": {"optional_calls": "404"}}, "faults": faults});
    fleet.plumb.cloud.configure(&older).unwrap();
    let policy = |declared: &plumb_tests::plumb::Declared, _: &plumb_model::LedgerView| {
        Ok(plumb_tests::plumb::plain_policy(declared))
    };
    fleet.plumb.plan(&policy).await.unwrap();
    fleet.plumb.plan(&policy).await.unwrap();
    let faults = refusals(manner);
    let usual = json!({"voltage-park": {"knobs": {"optional_calls": "alive"}}, "faults": faults});
    fleet.plumb.cloud.configure(&usual).unwrap();
}
