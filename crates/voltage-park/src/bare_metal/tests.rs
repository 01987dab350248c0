//! The vendor's answers and what they are read as, documents and what is wrong with them in which
//! world, steps and what is sent.

use super::*;
use crate::worlds::{A, B, Known, V, World, lines, live, refused, resource};
use plumb_model::Aspect;
use plumb_model::live::Completeness;
use plumb_model::{Body, FieldPath, Phase, Severity, body};

const METAL: &dyn Kind = &BareMetal;
const PRINTED_ID: &str = "123e4567-e89b-12d3-a456-426614174000";
const MARKS: [&str; 3] =
    ["plumb.dev/stack=fleet", "plumb.dev/uid=uid", "plumb.dev/key=BareMetal/r"];

/// The rental of the vendor's page.
fn printed() -> Body {
    body!({
        "id": PRINTED_ID,
        "name": "text",
        "creation_timestamp": "2022-01-01T00:00:00Z",
        "status": "Running",
        "power_status": "Running",
        "node_count": 1,
        "specs_per_node": {"gpu_model": "h100-sxm5-80gb", "gpu_count": 8,
                           "cpu_model": "Intel Xeon Platinum 8470", "cpu_count": 4, "ram_gb": 16,
                           "storage_gb": 40},
        "rate_hourly": "text",
        "network_type": "infiniband",
        "username": "text",
        "node_networking": [{"public_ip": "68.25.82.82", "private_ip": "192.168.0.1"}],
        "sub_order": "text",
        "storage_id": PRINTED_ID,
        "storage_pv": "text",
        "storage_pvc": "text",
        "k8s_cluster_id": PRINTED_ID,
        "kubeconfig": "text",
        "tags": ["text"]
    })
}

fn item(status: &str, power: &str) -> Body {
    let mut item = printed();
    item["id"] = A.into();
    item["name"] = "r".into();
    item["status"] = status.into();
    item["power_status"] = power.into();
    item["rate_hourly"] = "39.840000".into();
    item["node_count"] = 2.into();
    item["sub_order"] = "12345".into();
    item["storage_id"] = Body::Null;
    let node = body!({"public_ip": "68.25.82.83", "private_ip": "192.168.0.2"});
    let mut nodes = item["node_networking"].as_array().unwrap().to_vec();
    nodes.push(node);
    item["node_networking"] = nodes.into();
    item
}

fn spec() -> Body {
    body!({"location_id": "Dallas", "gpu_count": 16, "network_type": "infiniband"})
}

fn with(mut spec: Body, field: &str, value: Body) -> Body {
    spec[field] = value;
    spec
}

fn declared(spec: Body) -> Resource {
    resource(METAL, body!({"name": "r"}), spec)
}

/// Two cities with bare metal, and so many GPUs on either network of each.
fn stocked(dallas: (u64, u64), toronto: (u64, u64)) -> World {
    let place = |id: &str, (infiniband, ethernet): (u64, u64)| {
        body!({"id": id, "gpu_count_infiniband": infiniband, "gpu_price_infiniband": 2.49,
               "gpu_count_ethernet": ethernet, "gpu_price_ethernet": "1.990000"})
    };
    World::default()
        .listing(
            collections::locations(),
            body!([{"id": A, "city": "Dallas"}, {"id": B, "city": "Toronto-1"}]),
        )
        .listing(collections::bare_metal_locations(), body!([place(A, dallas), place(B, toronto)]))
}

fn refined(world: &World, resource: &Resource) -> Refinement {
    world.ask(|around| METAL.refine(resource, around))
}

#[test]
fn the_vendors_rental_is_read() {
    let rental = live(METAL, &printed());
    assert_eq!(rental.key.canonical(), "BareMetal.voltagepark.com/text");
    assert_eq!(rental.remote_id.as_ref().map(RemoteId::as_str), Some(PRINTED_ID));
    assert_eq!(
        rental.body["spec"],
        body!({"gpu_count": 8, "network_type": "infiniband", "sub_order": "text",
               "storage_id": PRINTED_ID, "tags": ["text"]})
    );
    assert_eq!(
        rental.outputs,
        body!({
            "id": PRINTED_ID, "username": "text", "kubeconfig": "text", "storage_pv": "text",
            "storage_pvc": "text", "k8s_cluster_id": PRINTED_ID, "public_ip": "68.25.82.82",
            "public_ips": ["68.25.82.82"], "private_ip": "192.168.0.1",
            "private_ips": ["192.168.0.1"]
        })
    );
    assert_eq!((rental.status.phase, rental.status.power), (Phase::Ready, Some(Power::On)));
    assert_eq!((rental.mark, rental.hourly), (None, None));
    assert_eq!(rental.completeness, Completeness::Full);
}

#[test]
fn statuses_are_phases_and_power() {
    let unknown = |text: &str| Phase::Unknown(ServerText::new(text));
    for (status, power_status, phase, power, hourly) in [
        ("Running", "Running", Phase::Ready, Some(Power::On), "$39.84"),
        ("Running", "Stopped", Phase::Ready, Some(Power::Off), "$39.84"),
        ("Running", "Dozing", Phase::Ready, None, "$39.84"),
        ("Pending", "Running", Phase::Pending, None, "$39.84"),
        ("Failed", "Running", Phase::Failed, None, "$0.00"),
        ("Terminated", "Running", Phase::Deleting, None, "$39.84"),
        ("Melting", "Running", unknown("Melting"), None, "$39.84"),
    ] {
        let rental = live(METAL, &item(status, power_status));
        assert_eq!((rental.status.phase, rental.status.power), (phase, power), "{status}");
        assert_eq!(rental.hourly.unwrap().to_string(), hourly, "{status}");
        assert_eq!(METAL.is_gone(&item(status, "")), status == "Terminated");
    }
}

/// What a young rental tells of itself.
fn young() -> Body {
    body!({"id": A, "name": "r", "status": "Pending", "rate_hourly": "39.840000",
           "creation_timestamp": "2026-08-25T09:30:00Z",
           "tags": ["plumb.dev/stack=fleet", "plumb.dev/uid=0123"]})
}

#[test]
fn a_young_rental_is_whose_its_tags_say() {
    let rental = live(METAL, &young());
    assert_eq!((rental.mark.as_deref(), rental.uid.as_deref()), (Some("fleet"), Some("0123")));
    assert_eq!((&rental.status.phase, rental.completeness), (&Phase::Pending, Completeness::Thin));
    assert_eq!(rental.body["spec"], body!({}));
    for tags in [body!(null), body!("x")] {
        let rental = live(METAL, &with(young(), "tags", tags));
        assert_eq!((rental.mark, rental.completeness), (None, Completeness::Thin));
    }
    let silent = with(item("Running", "Running"), "tags", Body::Null);
    assert_eq!(live(METAL, &silent).completeness, Completeness::Full);
}

#[test]
fn what_a_young_rental_does_not_tell_is_compared_with_what_was_sent() {
    let rental = live(METAL, &young());
    let resource = declared(with(spec(), "tags", body!(["blue"])));
    let refinement = refined(&World::default().with(rental), &resource);
    let fields = ["gpu_count", "network_type", "sub_order", "storage_id", "tags"];
    let recorded = |field: &str| {
        let path: FieldPath = format!("spec.{field}").parse().unwrap();
        plumb_model::FieldRule::exactly(&path, Aspect::Recorded)
    };
    assert_eq!(refinement.rules[..fields.len()], fields.map(recorded));
    let ready = World::default().with(live(METAL, &item("Running", "Running")));
    let rules = refined(&ready, &resource).rules;
    assert!(rules.iter().all(|rule| rule.aspect == Aspect::ServerOwned), "{rules:?}");
}

#[test]
fn what_cannot_be_read_back_is_left_alone_where_it_is_left_out() {
    let running = World::default().with(live(METAL, &item("Running", "Running")));
    let alone = |spec: Body, field: &str| {
        let path: FieldPath = format!("spec.{field}").parse().unwrap();
        let rule = plumb_model::FieldRule::exactly(&path, Aspect::ServerOwned);
        refined(&running, &declared(spec)).rules.contains(&rule)
    };
    let said = body!({"location_id": A, "organization_ssh_keys": {"mode": "all"}});
    for field in ["location_id", "organization_ssh_keys"] {
        assert!(alone(body!({"gpu_count": 16}), field), "{field}");
        assert!(!alone(said.clone(), field), "{field}");
    }
}

#[test]
fn the_vendors_request_is_sent() {
    let example = body!({
        "location_id": "a3111bd4-550a-47d0-838a-0a52bff2ae3f",
        "gpu_count": 8,
        "name": "My Baremetal Rental",
        "organization_ssh_keys": {"mode": "selective", "ssh_key_ids": [PRINTED_ID]},
        "ssh_keys": ["ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQDAKOgHv82A6Oi7AWLvBC9N..."],
        "network_type": "infiniband",
        // Printed as a text, and an integer in the schema.
        "sub_order": 12345,
        "storage_id": PRINTED_ID,
        "tags": ["tag1", "tag2"],
        "cloudinit_script": {
            "packages": ["text"],
            "write_files": [{"encoding": "text", "content": "text", "owner": "text",
                             "path": "text", "permissions": "0755"}],
            "runcmd": ["text"]
        }
    });
    let mut spec = example.clone();
    spec.as_object_mut().unwrap().remove("name");
    spec["power"] = "started".into();
    let whole = resource(METAL, body!({"name": "My Baremetal Rental"}), spec);
    assert_eq!(refused(METAL, &whole), [""; 0]);
    assert_eq!(METAL.check(&whole), []);
    let requests = Known::default().lend(&whole.key, Some(&whole.body), |context| {
        METAL.requests(Step::Create, context).unwrap()
    });
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.summary(), "POST /api/v1/bare-metal/");
    assert_eq!(request.effect, Effect::Create);
    let mut expected = example;
    expected["tags"] = body!([
        "plumb.dev/stack=fleet",
        "plumb.dev/uid=uid",
        "plumb.dev/key=BareMetal/My Baremetal Rental",
        "tag1",
        "tag2"
    ]);
    assert_eq!(request.body.clone().unwrap(), expected);
}

#[test]
fn a_city_is_sent_as_its_id() {
    let rental = declared(spec());
    let sent = |world: World| {
        let known = Known { snapshot: world.snapshot, ..Known::default() };
        let lines = known.requests(METAL, &rental.key, Some(&rental.body), Step::Create);
        lines.map_err(|error| error.message)
    };
    let body = body!({"gpu_count": 16, "location_id": A, "name": "r", "network_type": "infiniband",
                      "tags": MARKS});
    let line = format!("POST /api/v1/bare-metal/ (create) {body:?}");
    assert_eq!(sent(stocked((0, 0), (0, 0))).unwrap(), [line]);
    let message = "the location of BareMetal/r was not looked up";
    assert_eq!(sent(World::default()).unwrap_err(), message);
}

#[test]
fn every_step_is_one_documented_call() {
    let known = |changed: Vec<&'static str>| Known {
        live: Some(live(METAL, &item("Running", "Running"))),
        changed,
        ..Known::default()
    };
    let rental = declared(spec());
    let path = format!("/api/v1/bare-metal/{A}");
    let power =
        |status: &str| format!("PUT {path}/power-status (act) {:?}", body!({"status": status}));
    let [stack, uid, key] = MARKS;
    let tags =
        |effect: &str, tags: Body| format!("PATCH {path} ({effect}) {:?}", body!({"tags": tags}));
    let reboot = format!(
        "POST {path}/reboot (act) {:?}",
        body!({"public_ips": ["68.25.82.82", "68.25.82.83"]})
    );
    for (step, changed, lines) in [
        (Step::Adopt, vec![], vec![tags("assign", body!([stack, uid, key, "text"]))]),
        (Step::Update, vec!["spec.tags"], vec![tags("act", body!([stack, uid, key, "text"]))]),
        (Step::Power(Power::On), vec![], vec![power("started")]),
        (Step::Power(Power::Off), vec![], vec![power("stopped")]),
        (Step::Act("start"), vec![], vec![power("started")]),
        (Step::Act("stop"), vec![], vec![power("stopped")]),
        (Step::Act("reboot"), vec![], vec![reboot]),
        (Step::Delete, vec![], vec![format!("DELETE {path} (delete)")]),
    ] {
        let sent = known(changed).requests(METAL, &rental.key, Some(&rental.body), step).unwrap();
        assert_eq!(sent, lines, "{step:?}");
    }
    for step in [Step::Publish, Step::Act("disassociate"), Step::Power(Power::Disassociated)] {
        assert!(known(vec![]).requests(METAL, &rental.key, None, step).is_err(), "{step:?}");
    }
    assert_eq!(METAL.item(&rental.key, A.parse().ok().as_ref()), None);
    let answer = body!({"rental_id": A, "warning": "short of nodes"});
    assert_eq!(METAL.created_id(&answer).unwrap().as_str(), A);
    assert_eq!(METAL.created_warning(&answer).unwrap().raw(), "short of nodes");
    assert_eq!(METAL.created_warning(&body!({"rental_id": A, "warning": null})), None);
}

#[test]
fn a_reboot_may_be_limited_to_nodes_of_its_own() {
    let rental = live(METAL, &item("Running", "Running"));
    assert_eq!(METAL.parts("reboot", &rental), ["68.25.82.82", "68.25.82.83"]);
    assert_eq!(METAL.parts("stop", &rental), [""; 0]);
    let key = rental.key.clone();
    let known = Known { live: Some(rental), ..Known::default() };
    let sent = |parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        known.lend(&key, None, |context| {
            METAL.requests(Step::Act("reboot"), &Context { parts: &parts, ..*context })
        })
    };
    let request = sent(&["68.25.82.83"]).unwrap().remove(0);
    assert_eq!(request.body.clone().unwrap(), body!({"public_ips": ["68.25.82.83"]}));
    let refused = sent(&["68.25.82.83", "10.0.0.1"]).unwrap_err();
    assert_eq!(refused.message, "BareMetal/r has no node \"10.0.0.1\"");
    let bare = Known { live: Some(live(METAL, &young())), ..Known::default() };
    assert!(bare.requests(METAL, &key, None, Step::Act("reboot")).is_err());
}

#[test]
fn a_volume_is_mounted_by_name_or_id() {
    let storage = |value: Body| declared(with(spec(), "storage_id", value));
    let by_id = storage(body!(V.to_uppercase()));
    assert_eq!(by_id.body["spec"]["storage_id"], V);
    let by_name = storage(body!("data"));
    let reference = by_name.body["spec"]["storage_id"].as_output().unwrap();
    assert_eq!(reference.key, ids::key(ids::storage_volume(), "data"));
    assert_eq!(reference.path, "id".parse().unwrap());
}

#[test]
fn a_mount_changes_through_both_volumes() {
    let volumes = body!([
        {"id": V, "name": "old", "order_ids": [A.to_uppercase(), B]},
        {"id": PRINTED_ID, "name": "new", "order_ids": [B]},
    ]);
    let change = |mounted: Option<&str>, wanted: Option<&str>, listed: Body| {
        let known = Known {
            live: Some(live(
                METAL,
                &with(item("Running", "Running"), "storage_id", mounted.into()),
            )),
            changed: vec!["spec.storage_id"],
            snapshot: World::default().listing(collections::volumes(), listed).snapshot,
            ..Known::default()
        };
        let rental = declared(with(spec(), "storage_id", wanted.into()));
        known.lend(&rental.key, Some(&rental.body), |context| {
            assert_eq!(METAL.reads_first(Step::Update, context), [collections::volumes()]);
            assert_eq!(METAL.reads_first(Step::Delete, context), []);
        });
        known.requests(METAL, &rental.key, Some(&rental.body), Step::Update)
    };
    let attach = |volume: &str, rentals: Body| {
        let body = body!({"order_ids": rentals});
        format!("PATCH /api/v1/storage/{volume} (assign) {body:?}")
    };
    let (off, on) = (attach(V, body!([B])), attach(PRINTED_ID, body!([B, A])));
    let made = |mounted, wanted| change(mounted, wanted, volumes.clone()).unwrap();
    assert_eq!(made(Some(V), Some(PRINTED_ID)), [off.clone(), on.clone()]);
    assert_eq!(made(Some(V), None), [off]);
    assert_eq!(made(None, Some(PRINTED_ID)), [on]);
    // It is on already: somebody else was faster.
    assert_eq!(made(None, Some(V)), [""; 0]);
    assert!(change(None, Some(PRINTED_ID), body!([])).is_err());
}

#[test]
fn documents_are_checked() {
    for (spec, said) in [
        (spec(), &[][..]),
        (
            with(spec(), "gpu_count", body!(12)),
            &["Error spec.gpu_count: 12 GPUs are not whole nodes of 8"],
        ),
    ] {
        assert_eq!(lines(&METAL.check(&declared(spec))), said);
    }
    let mut given_back = declared(spec());
    given_back.wishes.power = Some(Power::Disassociated);
    assert_eq!(METAL.check(&given_back).len(), 1);
    for (field, value, at) in [
        ("gpu_count", body!(1), "/spec/gpu_count"),
        ("gpu_count", body!("16"), "/spec/gpu_count"),
        ("network_type", body!("wifi"), "/spec/network_type"),
        ("sub_order", body!("12345"), "/spec/sub_order"),
        ("cloud_init", body!({}), "/spec"),
        ("password", body!("longenough"), "/spec"),
    ] {
        assert_eq!(refused(METAL, &declared(with(spec(), field, value))), [at], "{field}");
    }
    let mut power = declared(spec());
    power.body["spec"]["power"] = "stopped_disassociated".into();
    assert_eq!(refused(METAL, &power), ["/spec/power"]);
}

#[test]
fn stock_is_asked_for_only_where_it_is_needed() {
    let asked = |world: World, rental: &Resource| -> Vec<String> {
        let collections = world.ask(|around| METAL.preflight(rental, around)).into_iter();
        collections.map(|collection| collection.request.path.to_string()).collect()
    };
    let (stock, cities) = ("/api/v1/bare-metal/locations", "/api/v1/locations/");
    assert_eq!(asked(World::default(), &declared(spec())), [stock, cities]);
    let by_id = declared(with(spec(), "location_id", body!(A)));
    assert_eq!(asked(World::default(), &by_id), [stock]);
    let there = World::default().with(live(METAL, &item("Running", "Running")));
    assert_eq!(asked(there, &declared(spec())), [""; 0]);
    let script = declared(with(spec(), "cloudinit_script", body!({"runcmd": ["x"]})));
    assert_eq!(asked(World::default(), &script)[2], "/api/v1/validate/cloudinit");
}

#[test]
fn a_shortage_names_what_is_free_and_where_else() {
    for (world, wanted, said, help) in [
        (stocked((16, 0), (0, 0)), 16, None, ""),
        (
            stocked((16, 0), (64, 0)),
            24,
            Some("24 GPUs on infiniband are wanted in Dallas (a), and 16 are free"),
            "Toronto-1 (b) has 64",
        ),
        (
            stocked((0, 16), (8, 0)),
            16,
            Some("16 GPUs on infiniband are wanted in Dallas (a), and 0 are free"),
            "ethernet has 16 here",
        ),
        (
            stocked((8, 8), (8, 8)),
            16,
            Some("16 GPUs on infiniband are wanted in Dallas (a), and 8 are free"),
            "no other location has enough: declare fewer, or try again later",
        ),
    ] {
        let rental = declared(with(spec(), "gpu_count", body!(wanted)));
        let findings = refined(&world.declare(rental.clone()), &rental).findings;
        let short = |text: &str| text.replace(A, "a").replace(B, "b");
        let found: Vec<String> = findings.iter().map(|it| short(&it.message)).collect();
        assert_eq!(found, said.into_iter().collect::<Vec<_>>());
        let found =
            findings.first().and_then(|finding| finding.help.as_deref()).unwrap_or_default();
        assert_eq!(short(found), help);
    }
}

#[test]
fn rentals_share_the_stock_in_their_order() {
    let rental = |name: &str, gpus: u64, place: &str, network: &str| {
        let spec = body!({"location_id": place, "gpu_count": gpus, "network_type": network});
        resource(METAL, body!({"name": name}), spec)
    };
    let all = [
        rental("a", 16, "Dallas", "infiniband"),
        rental("b", 16, A, "infiniband"),
        rental("c", 8, "dallas", "infiniband"),
        rental("d", 8, "Dallas", "ethernet"),
        rental("e", 8, "Toronto-1", "infiniband"),
    ];
    let short = |world: World| -> Vec<String> {
        let world = all.iter().fold(world, |world, rental| world.declare(rental.clone()));
        let findings = all.iter().flat_map(|rental| refined(&world, rental).findings);
        findings.map(|finding| finding.key.unwrap().name.clone()).collect()
    };
    assert_eq!(short(stocked((40, 8), (8, 0))), [""; 0]);
    // The second does not fit any more; the third, which is smaller, does.
    assert_eq!(short(stocked((24, 8), (8, 0))), ["b"]);
    assert_eq!(short(stocked((16, 0), (0, 0))), ["b", "c", "d", "e"]);
    let mut there = item("Running", "Running");
    there["name"] = "a".into();
    assert_eq!(short(stocked((24, 8), (8, 0)).with(live(METAL, &there))), [""; 0]);
}

#[test]
fn a_rental_that_is_replaced_needs_stock_first() {
    let judged = |gpus: u64, free: u64| {
        let mut rental = declared(with(spec(), "gpu_count", body!(gpus)));
        rental.wishes.replace = Some(plumb_model::resource::ReplaceWish::Allowed);
        let there = live(METAL, &item("Running", "Running"));
        let world = stocked((free, 0), (0, 0)).with(there).declare(rental.clone());
        let asked = world.ask(|around| METAL.preflight(&rental, around).len());
        let findings = refined(&world, &rental).findings;
        let severities: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
        (asked, severities)
    };
    assert_eq!(judged(16, 16), (2, vec![]));
    assert_eq!(judged(16, 8), (2, vec![Severity::Warning]));
    assert_eq!(judged(24, 16), (2, vec![Severity::Error]));
    assert_eq!(judged(8, 16), (2, vec![Severity::Error]));
}

#[test]
fn what_cannot_be_made_or_judged_is_told() {
    let of = |world: World, spec: Body| lines(&refined(&world, &declared(spec)).findings);
    let full = || stocked((16, 16), (16, 16));
    let mut nowhere = spec();
    nowhere.as_object_mut().unwrap().remove("location_id");
    assert_eq!(
        of(full(), nowhere.clone()),
        ["Error spec.location_id: nothing says where it is to be"]
    );
    let there = World::default().with(live(METAL, &item("Running", "Running")));
    assert_eq!(of(there, nowhere), [""; 0]);
    let elsewhere = with(spec(), "location_id", body!(V));
    assert_eq!(of(full(), elsewhere), [format!("Error spec.location_id: {V} has no bare metal")]);
    let misspelled = with(spec(), "location_id", body!("Dalas"));
    assert_eq!(
        of(full(), misspelled),
        ["Error spec.location_id: there is no location in \"Dalas\""]
    );
    let hidden = full().missing(collections::bare_metal_locations());
    let said = "Warning spec.location_id: whether enough is free cannot be told: the server has no \
                such list";
    assert_eq!(of(hidden, spec()), [said]);
    assert_eq!(of(World::default(), spec()), [""; 0]);
    let smaller = with(spec(), "gpu_count", body!(8));
    let there = World::default().with(live(METAL, &item("Running", "Running")));
    let said = "Error spec.gpu_count: it has 16 GPUs, and a rental cannot be made smaller, to 8";
    assert_eq!(of(there, smaller), [said]);
}

#[test]
fn a_rental_has_its_price() {
    let hourly = |world: World, spec: Body| {
        refined(&world, &declared(spec)).hourly.map(|rate| rate.to_string())
    };
    let full = || stocked((16, 16), (16, 16));
    assert_eq!(hourly(full(), spec()).as_deref(), Some("$39.84"));
    let slower = with(spec(), "network_type", body!("ethernet"));
    assert_eq!(hourly(full(), slower).as_deref(), Some("$31.84"));
    assert_eq!(hourly(World::default(), spec()), None);
    // How many it is stands elsewhere: nobody knows the price yet, and nothing got smaller.
    let later = || with(spec(), "gpu_count", Body::Null);
    assert_eq!(hourly(full(), later()), None);
    let running = World::default().with(live(METAL, &item("Running", "Running")));
    assert!(refined(&running, &declared(later())).findings.is_empty());
    let there = World::default().with(live(METAL, &item("Running", "Stopped")));
    assert_eq!(hourly(there, spec()).as_deref(), Some("$39.84"));
}

#[test]
fn a_rental_is_described_with_its_nodes() {
    let rental = live(METAL, &with(item("Running", "Running"), "storage_id", V.into()));
    assert_eq!(METAL.details(&rental, &Snapshot::default()), [collections::volumes()]);
    let world = World::default()
        .listing(collections::volumes(), body!([{"id": V, "name": "data", "order_ids": [A]}]));
    let lines = METAL.describe(&rental, &world.snapshot).into_iter();
    let lines: Vec<String> = lines.map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        lines,
        [
            "nodes: 2, each with 8 x h100-sxm5-80gb",
            "network: infiniband",
            "sub-order: 12345",
            &format!("volume: data ({V})"),
            "made at: 2022-01-01T00:00:00Z",
        ]
    );
}

#[test]
fn every_node_of_a_rental_is_logged_in_to() {
    let reach = METAL.reach(&live(METAL, &item("Running", "Running")));
    let texts = |list: &[ServerText]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(texts(&reach.public), ["68.25.82.82", "68.25.82.83"]);
    assert_eq!(texts(&reach.private), ["192.168.0.1", "192.168.0.2"]);
    let logins = reach.logins.iter().map(|login| login.command.to_string());
    assert_eq!(logins.collect::<Vec<_>>(), ["ssh text@68.25.82.82", "ssh text@68.25.82.83"]);
    for (field, why) in [
        ("username", "its answer does not say who logs in"),
        ("node_networking", "its nodes have no public addresses yet"),
    ] {
        let reach = METAL.reach(&live(METAL, &with(item("Running", "Running"), field, Body::Null)));
        assert_eq!((reach.without.as_deref(), reach.logins.len()), (Some(why), 0));
    }
}

#[test]
fn an_export_is_a_manifest() {
    let document = METAL.export(&live(METAL, &item("Running", "Stopped")), &Snapshot::default());
    let document = document.unwrap();
    assert_eq!(
        document["spec"],
        body!({"gpu_count": 16, "network_type": "infiniband", "sub_order": 12345,
               "tags": ["text"], "power": "stopped"})
    );
    let exported = resource(METAL, document["metadata"].clone(), document["spec"].clone());
    assert_eq!(refused(METAL, &exported), [""; 0]);
}
