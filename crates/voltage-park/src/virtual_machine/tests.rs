//! The vendor's answers and what they are read as, documents and what is wrong with them in which
//! world, steps and what is sent.

use super::*;
use crate::worlds::{A, B, Known, V, World, entry, lines, live, refused, resource};
use plumb_model::compare::{Comparison, Sent};
use plumb_model::digest::HashKey;
use plumb_model::live::Completeness;
use plumb_model::resource::ReplaceWish;
use plumb_model::rules::RuleSet;
use plumb_model::{Body, Live, body};
use std::collections::BTreeMap;

const VM: &dyn Kind = &VirtualMachine;
const PRINTED_ID: &str = "123e4567-e89b-12d3-a456-426614174000";
const MARKS: [&str; 3] =
    ["plumb.dev/stack=fleet", "plumb.dev/uid=uid", "plumb.dev/key=VirtualMachine/vm"];

/// The machine of the vendor's page.
fn printed() -> Body {
    body!({
        "id": PRINTED_ID,
        "hostnode_id": PRINTED_ID,
        "type": "ondem",
        "status": "Running",
        "name": "text",
        "resources": {"gpus": {"h100-sxm5-80gb": {"count": 1}},
                      "vcpu_count": 4, "ram_gb": 16, "storage_gb": 40},
        "operating_system": "Ubuntu 20.04 LTS",
        "pricing": {"gpus_per_hr": "text", "vcpus_per_hr": "text", "ram_per_hr": "text",
                    "storage_per_hr": "text", "total_associated_per_hr": "text",
                    "total_disassociated_per_hr": "text"},
        "public_ip": "text",
        "port_forwards": [{"internal_port": 22, "external_port": 20040}],
        "timestamp_creation": "2025-05-16T08:45:32.108Z",
        "tags": ["text"]
    })
}

fn item(status: &str) -> Body {
    let mut item = printed();
    item["id"] = A.into();
    item["name"] = "vm".into();
    item["status"] = status.into();
    item["pricing"]["total_associated_per_hr"] = "1.990000".into();
    item["pricing"]["total_disassociated_per_hr"] = body!(0.1);
    item
}

fn declared(spec: Body) -> Resource {
    resource(VM, body!({"name": "vm"}), spec)
}

fn preset(count: u64) -> Body {
    body!({"preset": {"gpu_count": count}})
}

fn offer(id: &str, count: u64, system: &str, free: u64) -> Body {
    body!({
        "id": id, "resources": {"gpus": {"h100-sxm5-80gb": {"count": count}}},
        "operating_system": system, "compute_rate_hourly": "1.890000",
        "storage_rate_hourly": "0.100000", "available_vms": free
    })
}

/// One machine of each of two sizes; the smaller with two systems.
fn stocked(small: u64, large: u64) -> World {
    let presets =
        body!([offer(A, 1, "Ubuntu 20.04 LTS", small), offer(B, 8, "TensorML 24", large)]);
    let place = body!([{"id": V, "available_presets": presets}]);
    World::default().listing(collections::stock_by_location(), place)
}

fn refined(world: &World, resource: &Resource) -> Refinement {
    world.ask(|around| VM.refine(resource, around))
}

#[test]
fn the_vendors_machine_is_read() {
    let machine = live(VM, &printed());
    assert_eq!(machine.key.canonical(), "VirtualMachine.voltagepark.com/text");
    assert_eq!(machine.remote_id.as_ref().map(RemoteId::as_str), Some(PRINTED_ID));
    assert_eq!(
        machine.body["spec"],
        body!({
            "preset": {"gpu_model": "h100-sxm5-80gb", "gpu_count": 1,
                       "operating_system": "Ubuntu 20.04 LTS"},
            "tags": ["text"]
        })
    );
    assert_eq!(
        machine.outputs,
        body!({"id": PRINTED_ID, "hostnode_id": PRINTED_ID, "public_ip": "text"})
    );
    assert_eq!((machine.status.phase, machine.status.power), (Phase::Ready, Some(Power::On)));
    assert_eq!((machine.mark, machine.uid, machine.hourly), (None, None, None));
}

#[test]
fn statuses_are_phases_and_power() {
    let unknown = |text: &str| Phase::Unknown(ServerText::new(text));
    for (status, phase, power, hourly) in [
        ("Running", Phase::Ready, Some(Power::On), "$1.99"),
        ("Stopped", Phase::Ready, Some(Power::Off), "$1.99"),
        ("Outbid", Phase::Ready, Some(Power::Off), "$1.99"),
        ("StoppedDisassociated", Phase::Ready, Some(Power::Disassociated), "$0.10"),
        ("Relocating", Phase::Pending, None, "$1.99"),
        ("Terminated", Phase::Deleting, None, "$1.99"),
        ("Hovering", unknown("Hovering"), None, "$1.99"),
    ] {
        let machine = live(VM, &item(status));
        assert_eq!((machine.status.phase, machine.status.power), (phase, power), "{status}");
        assert_eq!(machine.hourly.unwrap().to_string(), hourly, "{status}");
        assert_eq!(VM.is_gone(&item(status)), status == "Terminated");
    }
}

#[test]
fn a_machine_without_an_address_is_still_coming() {
    for address in [body!(null), body!(""), body!(" ")] {
        let mut young = item("Running");
        young["public_ip"] = address;
        let machine = live(VM, &young);
        assert_eq!((machine.status.phase, machine.status.power), (Phase::Pending, None));
        assert_eq!(machine.completeness, Completeness::Full);
        young["tags"] = Body::Null;
        assert_eq!(live(VM, &young).completeness, Completeness::Thin);
    }
    let mut ready = item("Running");
    ready["tags"] = Body::Null;
    assert_eq!(live(VM, &ready).completeness, Completeness::Full);
}

#[test]
fn what_cannot_be_known_is_not_read() {
    for (field, value, why) in [
        ("id", body!("7"), "its id is missing or no UUID"),
        ("id", Body::Null, "its id is missing or no UUID"),
        ("name", Body::Null, "its name is missing"),
        ("status", Body::Null, "its status is missing"),
    ] {
        let mut broken = item("Running");
        broken[field] = value;
        assert_eq!(VM.read(&broken, &Scope::Global).unwrap_err().why, why);
    }
    let mut shouted = item("Running");
    shouted["id"] = A.to_uppercase().replace('-', "").into();
    assert_eq!(live(VM, &shouted).remote_id.unwrap().as_str(), A);
}

#[test]
fn the_vendors_request_is_sent() {
    // The vendor's example: everything a create may say, and nothing else.
    let example = body!({
        "config_id": PRINTED_ID,
        "name": "My Instant Virtual Machine",
        "password": "super_secret_instant_vm_password",
        "organization_ssh_keys": {"mode": "selective", "ssh_key_ids": [PRINTED_ID]},
        "ssh_keys": ["ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N..."],
        "cloud_init": {
            "packages": ["text"],
            "write_files": [{"encoding": "text", "content": "text", "owner": "text",
                             "path": "text", "permissions": "0755"}],
            "runcmd": ["text"]
        },
        "tags": ["tag1", "tag2"]
    });
    let mut spec = example.clone();
    spec.as_object_mut().unwrap().remove("name");
    spec["power"] = "stopped".into();
    let whole = resource(VM, body!({"name": "My Instant Virtual Machine"}), spec);
    assert_eq!(refused(VM, &whole), [""; 0]);
    assert_eq!(VM.check(&whole), []);
    let known = Known::default();
    let requests = known
        .lend(&whole.key, Some(&whole.body), |context| VM.requests(Step::Create, context).unwrap());
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.summary(), "POST /api/v1/virtual-machines/instant");
    assert_eq!(request.effect, Effect::Create);
    let mut expected = example;
    expected["tags"] = body!([
        "plumb.dev/stack=fleet",
        "plumb.dev/uid=uid",
        "plumb.dev/key=VirtualMachine/My Instant Virtual Machine",
        "tag1",
        "tag2"
    ]);
    assert_eq!(request.body.clone().unwrap(), expected);
}

#[test]
fn a_shape_is_sent_as_the_id_of_its_preset() {
    let vm = declared(preset(8));
    let sent = |world: World| {
        let known = Known { snapshot: world.snapshot, ..Known::default() };
        let lines = known.requests(VM, &vm.key, Some(&vm.body), Step::Create);
        lines.map_err(|error| error.message)
    };
    let body = body!({"config_id": B, "name": "vm", "tags": MARKS});
    assert_eq!(
        sent(stocked(1, 1)).unwrap(),
        [format!("POST /api/v1/virtual-machines/instant (create) {body:?}")]
    );
    assert_eq!(
        sent(World::default()).unwrap_err(),
        "the preset of VirtualMachine/vm was not looked up"
    );
    let none = World::default().listing(collections::stock_by_location(), body!([]));
    assert_eq!(sent(none).unwrap_err(), "there is no preset 8 x any GPU");
}

#[test]
fn every_step_is_one_documented_call() {
    let known = |changed: Vec<&'static str>| {
        let mut item = item("Running");
        item["tags"] = body!(["plumb.dev/stack=fleet", "theirs", "old"]);
        let vm = declared(body!({"tags": ["blue"]}));
        Known {
            live: Some(live(VM, &item)),
            entry: Some(entry(&vm.key, body!({"spec": {"tags": ["old"]}}), &[])),
            changed,
            ..Known::default()
        }
    };
    let vm = declared(body!({"tags": ["blue"]}));
    let [stack, uid, key] = MARKS;
    let path = format!("/api/v1/virtual-machines/{A}");
    let power =
        |status: &str| format!("PUT {path}/power-status (act) {:?}", body!({"status": status}));
    let change = |effect: &str, body: Body| format!("PATCH {path} ({effect}) {body:?}");
    for (step, changed, lines) in [
        (
            Step::Adopt,
            vec![],
            vec![change("assign", body!({"tags": [stack, uid, key, "theirs", "old"]}))],
        ),
        (Step::Update, vec!["metadata.name"], vec![change("act", body!({"name": "vm"}))]),
        (
            Step::Update,
            vec!["spec.tags", "metadata.name"],
            vec![change("act", body!({"name": "vm", "tags": [stack, uid, key, "blue", "theirs"]}))],
        ),
        (Step::Update, vec![], vec![]),
        (Step::Power(Power::On), vec![], vec![power("started")]),
        (Step::Power(Power::Off), vec![], vec![power("stopped")]),
        (Step::Power(Power::Disassociated), vec![], vec![power("stopped_disassociated")]),
        (Step::Act("start"), vec![], vec![power("started")]),
        (Step::Act("stop"), vec![], vec![power("stopped")]),
        (Step::Act("disassociate"), vec![], vec![power("stopped_disassociated")]),
        (Step::Delete, vec![], vec![format!("DELETE {path} (delete)")]),
    ] {
        let sent = known(changed).requests(VM, &vm.key, Some(&vm.body), step).unwrap();
        assert_eq!(sent, lines, "{step:?}");
    }
    for step in [Step::Publish, Step::Act("reboot")] {
        assert!(known(vec![]).requests(VM, &vm.key, None, step).is_err(), "{step:?}");
    }
    assert!(Known::default().requests(VM, &vm.key, None, Step::Delete).is_err());
    let id: RemoteId = A.parse().unwrap();
    assert_eq!(VM.item(&vm.key, Some(&id)).unwrap().summary(), format!("GET {path}"));
    assert_eq!(VM.item(&vm.key, None), None);
    for (answer, id) in [
        (body!({"vm_id": A.to_uppercase()}), Some(A)),
        (body!({"vm_id": "../x"}), None),
        (body!({"id": A}), None),
    ] {
        assert_eq!(VM.created_id(&answer).as_ref().map(RemoteId::as_str), id);
    }
}

#[test]
fn documents_are_checked() {
    for (spec, said) in [
        (body!({"config_id": A}), &[][..]),
        (preset(1), &[]),
        (body!({}), &["Error spec: nothing says what it is made of"]),
        (
            body!({"config_id": A, "preset": {"gpu_count": 1}}),
            &["Error spec.preset: config_id and preset both say what it is made of"],
        ),
    ] {
        assert_eq!(lines(&VM.check(&declared(spec))), said);
    }
    for (name, fits) in [
        ("Größe 7/β", true),
        (&"n".repeat(60), true),
        (&"n".repeat(61), false),
        ("a\u{7}", false),
        (" a", false),
    ] {
        let vm = resource(VM, body!({"name": name}), preset(1));
        assert_eq!(VM.check(&vm).is_empty(), fits, "{name:?}");
    }
}

#[test]
fn the_schema_refuses_what_the_api_would_drop() {
    let base = body!({"preset": {"gpu_count": 1, "gpu_model": "h100-sxm5-80gb"}});
    assert_eq!(refused(VM, &declared(base.clone())), [""; 0]);
    for (field, value, at) in [
        ("location_id", body!(A), "/spec"),
        ("config_id", body!("nope"), "/spec/config_id"),
        ("preset", body!({}), "/spec/preset"),
        ("preset", body!({"gpu_count": 0}), "/spec/preset/gpu_count"),
        ("password", body!("short"), "/spec/password"),
        ("ssh_keys", body!("x"), "/spec/ssh_keys"),
        ("organization_ssh_keys", body!({"mode": "some"}), "/spec/organization_ssh_keys/mode"),
        (
            "organization_ssh_keys",
            body!({"mode": "selective", "ssh_key_ids": ["x"]}),
            "/spec/organization_ssh_keys/ssh_key_ids/0",
        ),
        ("cloud_init", body!({"packages": "x"}), "/spec/cloud_init/packages"),
        ("cloud_init", body!({"users": []}), "/spec/cloud_init"),
        ("cloud_init", body!({"write_files": [{"path": "/a"}]}), "/spec/cloud_init/write_files/0"),
        ("cloudinit_script", body!({}), "/spec"),
        ("tags", body!([1]), "/spec/tags/0"),
    ] {
        let mut spec = base.clone();
        spec[field] = value;
        assert_eq!(refused(VM, &declared(spec)), [at], "{field}");
    }
    let mut power = declared(base);
    power.body["spec"]["power"] = "off".into();
    assert_eq!(refused(VM, &power), ["/spec/power"]);
}

#[test]
fn stock_is_asked_for_only_where_it_is_needed() {
    let asked = |world: World, vm: &Resource| -> usize {
        world.ask(|around| VM.preflight(vm, around).len())
    };
    let running = || World::default().with(live(VM, &item("Running")));
    let given_back = || World::default().with(live(VM, &item("StoppedDisassociated")));
    let started = declared(body!({"preset": {"gpu_count": 1}, "power": "started"}));
    assert_eq!(asked(World::default(), &declared(preset(1))), 1);
    assert_eq!(asked(running(), &declared(preset(1))), 0);
    assert_eq!(asked(given_back(), &declared(preset(1))), 0);
    assert_eq!(asked(given_back(), &started), 1);
    let with_script = declared(body!({"config_id": A, "cloud_init": {"runcmd": ["x"]}}));
    assert_eq!(asked(World::default(), &with_script), 2);
    assert_eq!(asked(running(), &with_script), 0);
}

#[test]
fn a_preset_that_cannot_be_had_is_told() {
    let title = format!("8 x h100-sxm5-80gb, TensorML 24 ({B})");
    let small = format!("1 x h100-sxm5-80gb, Ubuntu 20.04 LTS ({A})");
    for (spec, world, said, help) in [
        (preset(1), stocked(1, 1), None, ""),
        (body!({"config_id": B}), stocked(0, 1), None, ""),
        (
            preset(8),
            stocked(2, 0),
            Some(format!("Error spec.preset: 1 machine of {title} is wanted, and 0 are free")),
            &*format!("free are: {small} has 2"),
        ),
        (
            body!({"config_id": B}),
            stocked(0, 0),
            Some(format!("Error spec.config_id: 1 machine of {title} is wanted, and 0 are free")),
            "nothing else is free either: try again later",
        ),
        (
            preset(4),
            stocked(1, 1),
            Some("Error spec.preset: there is no preset 4 x any GPU".to_owned()),
            "there are: 1 x h100-sxm5-80gb, Ubuntu 20.04 LTS; 8 x h100-sxm5-80gb, TensorML 24",
        ),
        (
            body!({"preset": {"gpu_count": 1, "gpu_model": "h100-smx5-80gb"}}),
            stocked(1, 1),
            Some("Error spec.preset: there is no preset 1 x h100-smx5-80gb".to_owned()),
            "did you mean \"h100-sxm5-80gb\"?",
        ),
        (
            body!({"preset": {"gpu_count": 1, "operating_system": "Ubuntu 20.04"}}),
            stocked(1, 1),
            Some("Error spec.preset: there is no preset 1 x any GPU, Ubuntu 20.04".to_owned()),
            "did you mean \"Ubuntu 20.04 LTS\"?",
        ),
    ] {
        let vm = declared(spec);
        let world = world.declare(vm.clone());
        let refinement = refined(&world, &vm);
        assert_eq!(lines(&refinement.findings), said.into_iter().collect::<Vec<_>>());
        let found = refinement.findings.first().and_then(|finding| finding.help.clone());
        assert_eq!(found.unwrap_or_default(), help);
    }
    let two = body!([offer(A, 1, "Ubuntu 20.04 LTS", 1), offer(B, 1, "TensorML 24", 1)]);
    let place = body!([{"id": V, "available_presets": two}]);
    let world = World::default().listing(collections::stock_by_location(), place);
    let several = lines(&refined(&world, &declared(preset(1))).findings);
    assert_eq!(several, ["Error spec.preset: 2 presets are 1 x any GPU"]);
}

#[test]
fn machines_share_the_stock_in_their_order() {
    let named = |name: &str, spec: Body| resource(VM, body!({"name": name}), spec);
    let all = [
        named("a", preset(1)),
        named("b", body!({"config_id": A})),
        named("c", preset(8)),
        named("d", preset(1)),
        named("e", body!({"preset": {"gpu_count": 1}, "power": "started"})),
    ];
    let short = |free: u64, given_back: bool| -> Vec<String> {
        let mut world = stocked(free, 1);
        for vm in &all {
            world = world.declare(vm.clone());
        }
        if given_back {
            let mut item = item("StoppedDisassociated");
            item["name"] = "e".into();
            world = world.with(live(VM, &item));
        }
        let findings = all.iter().flat_map(|vm| refined(&world, vm).findings);
        findings
            .map(|finding| format!("{:?} {}", finding.severity, finding.key.unwrap().name))
            .collect()
    };
    assert_eq!(short(5, false), [""; 0]);
    assert_eq!(short(4, false), [""; 0]);
    assert_eq!(short(3, false), ["Error e"]);
    assert_eq!(short(2, false), ["Error d", "Error e"]);
    assert_eq!(short(0, false), ["Error a", "Error b", "Error d", "Error e"]);
    // Starting what was given back needs stock too, and is not refused beforehand.
    assert_eq!(short(3, true), ["Warning e"]);
}

#[test]
fn a_machine_that_is_replaced_needs_stock_first() {
    let judged = |count: u64, replace: Option<ReplaceWish>| {
        let mut vm = declared(preset(count));
        vm.wishes.replace = replace;
        let world = stocked(0, 0).with(live(VM, &item("Running"))).declare(vm.clone());
        let asked = world.ask(|around| VM.preflight(&vm, around).len());
        (asked, lines(&refined(&world, &vm).findings))
    };
    let large =
        format!("1 machine of 8 x h100-sxm5-80gb, TensorML 24 ({B}) is wanted, and 0 are free");
    let small = format!(
        "1 machine of 1 x h100-sxm5-80gb, Ubuntu 20.04 LTS ({A}) is wanted, and 0 are free"
    );
    let error = format!("Error spec.preset: {large}");
    assert_eq!(judged(8, Some(ReplaceWish::Allowed)), (1, vec![error]));
    assert_eq!(judged(8, Some(ReplaceWish::Never)), (0, vec![]));
    assert_eq!(judged(8, None), (0, vec![]));
    // What cannot be read may have changed: the preset is looked up all the same.
    let warning = format!("Warning spec.preset: were it replaced: {small}");
    assert_eq!(judged(1, Some(ReplaceWish::Allowed)), (1, vec![warning]));
}

#[test]
fn prices_follow_the_wished_power() {
    let hourly = |world: World, spec: Body| {
        let vm = declared(spec);
        refined(&world.declare(vm.clone()), &vm).hourly.map(|rate| rate.to_string())
    };
    let given_back = body!({"config_id": A, "power": "stopped_disassociated"});
    assert_eq!(hourly(stocked(1, 1), body!({"config_id": A})).as_deref(), Some("$1.99"));
    assert_eq!(hourly(stocked(1, 1), given_back.clone()).as_deref(), Some("$0.10"));
    assert_eq!(hourly(World::default(), body!({"config_id": A})), None);
    let running = || World::default().with(live(VM, &item("Running")));
    assert_eq!(hourly(running(), body!({"config_id": A})).as_deref(), Some("$1.99"));
    assert_eq!(hourly(running(), given_back).as_deref(), Some("$0.10"));
}

/// What differs between a document and the live machine.
fn differences(vm: &Resource, sent: Option<&Body>, hashes: &[&str]) -> Vec<String> {
    let sent = sent.cloned().map(plumb_model::Veiled::from);
    let machine = live(VM, &item("Running"));
    let world = World { live: Live::default(), ..World::default() }.with(machine.clone());
    let refined = refined(&world, vm).rules;
    let hash_key = HashKey::new(vec![7; 32]);
    let hashes: BTreeMap<_, _> = hashes
        .iter()
        .filter_map(|place| {
            let path: plumb_model::FieldPath = place.parse().unwrap();
            let hash = hash_key.of(vm.field(&path)?.as_secret()?);
            Some((path, hash))
        })
        .collect();
    let outcome = Comparison {
        declared: &vm.body,
        live: &machine.body,
        sent: sent.as_ref().map(|body| Sent { body, hashes: &hashes, attempted: None }),
        rules: RuleSet::new(&VM.rules().fields, &refined),
        ignore: &[],
        hash_key: &hash_key,
    }
    .run();
    outcome.differences.iter().map(|difference| difference.path.to_string()).collect()
}

#[test]
fn what_cannot_be_read_back_is_no_difference_when_it_is_left_out() {
    let sent = body!({
        "metadata": {"name": "vm"},
        "spec": {"config_id": A, "organization_ssh_keys": {"mode": "all"}},
    });
    assert_eq!(differences(&declared(preset(1)), Some(&sent), &[]), [""; 0]);
    let keys = body!({"mode": "selective", "ssh_key_ids": [B]});
    let others = body!({"preset": {"gpu_count": 1}, "organization_ssh_keys": keys});
    assert_ne!(differences(&declared(others), Some(&sent), &[]), [""; 0]);
}

#[test]
fn an_applied_document_does_not_differ() {
    let mut vm = declared(body!({
        "preset": {"gpu_count": 1}, "tags": ["text"], "password": "hunter22", "ssh_keys": ["k"],
        "cloud_init": {"packages": ["vim"], "write_files": [{"path": "/a", "content": "b"}]},
        "organization_ssh_keys": {"mode": "selective", "ssh_key_names": ["b", "a"]}
    }));
    let hidden = [
        "spec.password",
        "spec.ssh_keys[0]",
        "spec.cloud_init.packages[0]",
        "spec.cloud_init.write_files[0].path",
        "spec.cloud_init.write_files[0].content",
    ];
    for place in hidden {
        vm.hide(&place.parse().unwrap());
    }
    let mut sent = vm.body.clone();
    sent["spec"]["organization_ssh_keys"]["ssh_key_names"] = body!(["a", "b"]);
    assert_eq!(differences(&vm, Some(&sent), &hidden), [""; 0]);
    // Nothing on record: what is fixed and cannot be read is believed.
    assert_eq!(differences(&vm, None, &[]), [""; 0]);
    sent["spec"]["organization_ssh_keys"] = body!({"mode": "all"});
    let mut other = vm.clone();
    other.put(&"spec.password".parse().unwrap(), plumb_model::Secret::new("hunter23"));
    let changed = differences(&other, Some(&sent), &hidden[1..]);
    assert_eq!(
        changed,
        ["spec.organization_ssh_keys.mode", "spec.organization_ssh_keys.ssh_key_names"]
    );
}

#[test]
fn leaving_out_what_a_machine_is_made_of_changes_nothing() {
    let whole = body!({"spec": {"preset": {
        "gpu_count": 1, "gpu_model": "h100-sxm5-80gb", "operating_system": "Ubuntu 20.04 LTS"}}});
    let sent = Some(&whole);
    assert_eq!(differences(&declared(preset(1)), sent, &[]), [""; 0]);
    assert_eq!(differences(&declared(preset(2)), sent, &[]), ["spec.preset.gpu_count"]);
}

#[test]
fn a_machine_is_described_with_its_place_and_price() {
    let machine = live(VM, &item("Running"));
    let asked = |world: &World| -> Vec<String> {
        let collections = VM.details(&machine, &world.snapshot).into_iter();
        collections.map(|collection| collection.request.path.to_string()).collect()
    };
    let host = format!("/api/v1/hostnodes/{PRINTED_ID}");
    let world = World::default();
    assert_eq!(asked(&world), [host.as_str()]);
    let node = body!([{"id": PRINTED_ID, "location_id": V}]);
    let world = world.listing(collections::host_node(PRINTED_ID), node);
    assert_eq!(asked(&world), [host, format!("/api/v1/locations/{V}")]);
    let described = |world: &World| -> Vec<String> {
        let lines = VM.describe(&machine, &world.snapshot).into_iter();
        lines.map(|(name, value)| format!("{name}: {value}")).collect()
    };
    assert_eq!(described(&world)[0], format!("location: {V}"));
    let city = body!([{"city": "Dallas", "region": "Texas", "country": "US"}]);
    let world = world.listing(collections::location(V), city);
    assert_eq!(
        described(&world),
        [
            "location: Dallas, Texas, US",
            "preset: 1 x h100-sxm5-80gb, Ubuntu 20.04 LTS",
            "price running or stopped: $1.99 an hour",
            "price disassociated: $0.10 an hour",
            "made at: 2025-05-16T08:45:32.108Z",
        ]
    );
}

#[test]
fn an_export_is_a_manifest() {
    let snapshot = Snapshot::default();
    for (status, power) in [
        ("Running", None),
        ("Stopped", Some("stopped")),
        ("StoppedDisassociated", Some("stopped_disassociated")),
    ] {
        let mut item = item(status);
        item["tags"] = body!(["plumb.dev/stack=fleet", "blue"]);
        let document = VM.export(&live(VM, &item), &snapshot).unwrap();
        let mut expected = body!({
            "apiVersion": "voltagepark.com/v1", "kind": "VirtualMachine",
            "metadata": {"name": "vm"},
            "spec": {"preset": {"gpu_model": "h100-sxm5-80gb", "gpu_count": 1,
                                "operating_system": "Ubuntu 20.04 LTS"}, "tags": ["blue"]},
        });
        if let Some(power) = power {
            expected["spec"]["power"] = power.into();
        }
        assert_eq!(document, expected);
    }
}

#[test]
fn a_preset_on_record_stands_instead_of_its_shape() {
    let mut document = serde_json::json!({"spec": {"config_id": "c", "preset": {"gpu_count": 1}}});
    VM.reconcile_export(&mut document);
    assert_eq!(document, body!({"spec": {"config_id": "c"}}));
    let mut document = serde_json::json!({"spec": {"preset": {"gpu_count": 1}}});
    VM.reconcile_export(&mut document);
    assert_eq!(document, body!({"spec": {"preset": {"gpu_count": 1}}}));
}
