//! Tables: answers and what they are read as, documents and what is wrong with them in which
//! world, steps and what is sent.

#![expect(clippy::needless_pass_by_value, reason = "body! reads best by value")]

use super::*;
use crate::worlds::{
    A, B, Known, V, World, entry, lines, live, live_rental, refused, rental, resource, unprepared,
};
use plumb_kind::Reading;
use plumb_model::compare::Comparison;
use plumb_model::digest::HashKey;
use plumb_model::rules::RuleSet;
use plumb_model::{Body, Money, Secret, body};

const VOLUME: &dyn Kind = &StorageVolume;

/// The volume of the vendor's page.
fn printed() -> Body {
    body!({
        "id": "123e4567-e89b-12d3-a456-426614174000",
        "size_in_gb": 100,
        "name": "My Storage Volume",
        "status": "active",
        "rate_hourly": "0.017408",
        "order_ids": ["e724424f-a73c-499e-b307-0a63d9b71b5b"],
        "tenant_id": 123,
        "vip": "0.0.0.0"
    })
}

fn item(size: u64, order_ids: Body) -> Body {
    body!({"id": V, "name": "data", "status": "active", "size_in_gb": size,
           "rate_hourly": "0.017408", "order_ids": order_ids, "vip": "10.0.0.5"})
}

fn declared(spec: Body) -> Resource {
    resource(VOLUME, body!({"name": "data"}), spec)
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

#[test]
fn the_vendors_volume_is_read() {
    let volume = live(VOLUME, &printed());
    assert_eq!(volume.key.canonical(), "StorageVolume.voltagepark.com/My Storage Volume");
    let id = "123e4567-e89b-12d3-a456-426614174000";
    assert_eq!(volume.remote_id.as_ref().map(RemoteId::as_str), Some(id));
    assert_eq!(
        volume.body["spec"],
        body!({"size_in_gb": 100, "order_ids": ["e724424f-a73c-499e-b307-0a63d9b71b5b"]})
    );
    assert_eq!(volume.outputs, body!({"id": id, "vip": "0.0.0.0"}));
    assert_eq!(volume.hourly, Some(money("0.017408")));
    assert_eq!((volume.status.phase, volume.mark), (Phase::Ready, None));
}

#[test]
fn answers_are_read_in_every_shape() {
    let with = |field: &str, value: Body| {
        let mut item = printed();
        item[field] = value;
        live(VOLUME, &item)
    };
    for (status, phase) in [
        (body!("active"), Phase::Ready),
        (body!("inactive"), Phase::Pending),
        (body!("moving"), Phase::Unknown(ServerText::new("moving"))),
        (body!(null), Phase::Unknown(ServerText::new("none"))),
    ] {
        assert_eq!(with("status", status).status.phase, phase);
    }
    for (size, read) in [(body!("100"), body!(100)), (body!(100.0), body!(100))] {
        assert_eq!(with("size_in_gb", size).body["spec"]["size_in_gb"], read);
    }
    for (rate, read) in [(body!(0.017_408), Some("0.017408")), (body!(null), None)] {
        assert_eq!(with("rate_hourly", rate).hourly, read.map(money));
    }
    for (order_ids, read) in [
        (body!(null), body!([])),
        (body!([]), body!([])),
        (body!([B.to_uppercase(), A.replace('-', "")]), body!([A, B])),
    ] {
        assert_eq!(with("order_ids", order_ids).body["spec"]["order_ids"], read);
    }
    for (field, value) in [("id", body!("../storage")), ("id", body!(null)), ("name", body!(7))] {
        let mut item = printed();
        item[field] = value;
        assert!(VOLUME.read(&item, &Scope::Global).is_err(), "{field}");
    }
}

#[test]
fn the_schema_keeps_to_the_strict_names() {
    let spec = body!({"size_in_gb": 1});
    for (name, refusals) in [
        ("a", 0),
        ("data.set_1-b", 0),
        ("My Storage Volume", 1),
        ("-a", 1),
        ("a-", 1),
        ("A", 1),
        (&"a".repeat(60), 0),
        (&"a".repeat(61), 1),
    ] {
        let document = unprepared(VOLUME, body!({"name": name}), spec.clone());
        assert_eq!(refused(VOLUME, &document).len(), refusals, "{name}");
        assert_eq!(is_name(name), refusals == 0, "{name}");
    }
    for (spec, refusals) in [
        (body!({"size_in_gb": 100, "order_ids": ["trainer-a", A]}), vec![]),
        (body!({"size_in_gb": 0}), vec!["/spec/size_in_gb"]),
        (body!({"size_in_gb": 1, "order_ids": [""]}), vec!["/spec/order_ids/0"]),
        (body!({"size_in_gb": 1, "status": "active"}), vec!["/spec"]),
        (body!({}), vec!["/spec"]),
    ] {
        let document = unprepared(VOLUME, body!({"name": "a"}), spec.clone());
        assert_eq!(refused(VOLUME, &document), refusals, "{spec:?}");
    }
}

#[test]
fn names_of_rentals_become_their_outputs() {
    let mut volume = unprepared(
        VOLUME,
        body!({"name": "data"}),
        body!({"size_in_gb": 1, "order_ids": ["trainer-a", B.to_uppercase(), "(secret)", null]}),
    );
    let secret = Secret::new(A.to_uppercase());
    volume.put(&"spec.order_ids[2]".parse().unwrap(), secret);
    VOLUME.prepare(&mut volume);
    let ids = &volume.body["spec"]["order_ids"];
    assert_eq!(ids.shown(), serde_json::json!([null, B, "(secret)", null]));
    let output = ids[0].as_output().unwrap();
    assert_eq!(format!("{}.{}", output.key, output.path), "BareMetal/trainer-a.id");
    assert_eq!(ids[2], Body::from(Secret::new(A)));
    assert_eq!(VOLUME.check(&volume), []);
}

#[test]
fn a_list_by_itself_can_be_wrong() {
    for (order_ids, found) in [
        (body!(["a", "b", A, B]), vec![]),
        (
            body!(["a", "a"]),
            vec!["Error spec.order_ids[1]: spec.order_ids[1] names a rental twice"],
        ),
        (
            body!([A, A.to_uppercase()]),
            vec!["Error spec.order_ids[1]: spec.order_ids[1] names a rental twice"],
        ),
    ] {
        let volume = declared(body!({"size_in_gb": 1, "order_ids": order_ids}));
        assert_eq!(lines(&VOLUME.check(&volume)), found);
    }
    let mut secret = declared(body!({"size_in_gb": 1, "order_ids": ["(secret)"]}));
    secret.put(&"spec.order_ids[0]".parse().unwrap(), Secret::new("trainer-a"));
    assert_eq!(
        lines(&VOLUME.check(&secret)),
        ["Error spec.order_ids[0]: spec.order_ids[0] is not the id of a rental"]
    );
    let annotated =
        resource(VOLUME, body!({"name": "a", "annotations": {"x": "y"}}), body!({"size_in_gb": 1}));
    assert_eq!(
        lines(&VOLUME.check(&annotated)),
        ["Error metadata.annotations.x: a StorageVolume has no annotation \"x\""]
    );
}

fn refine(volume: &Resource, world: World) -> Refinement {
    world.declare(volume.clone()).ask(|around| VOLUME.refine(volume, around))
}

#[test]
fn shrinking_is_held_against_what_is_used() {
    for (size, used, found) in [
        (100, Some(1), vec![]),
        (101, Some(1), vec![]),
        (
            80,
            Some(80_000_000_000),
            vec![
                "Warning spec.size_in_gb: StorageVolume/data shrinks from 100 GB to 80 GB; 80 GB \
                 of it is used",
            ],
        ),
        (
            80,
            Some(80_000_000_001_u64),
            vec![
                "Error spec.size_in_gb: StorageVolume/data cannot shrink to 80 GB, because 80.01 \
                 GB of it is used",
            ],
        ),
        (
            80,
            None,
            vec![
                "Warning spec.size_in_gb: StorageVolume/data shrinks from 100 GB to 80 GB; how \
                 much of it is used is not known",
            ],
        ),
    ] {
        let volume = declared(body!({"size_in_gb": size}));
        let mut item = item(100, body!([]));
        item["used_capacity_bytes"] = body!(used);
        let object = live(VOLUME, &item);
        assert_eq!(VOLUME.needs_detail(&volume, &object), size < 100, "{size}");
        let refinement = refine(&volume, World::default().with(object));
        assert_eq!(lines(&refinement.findings), found, "{size} {used:?}");
    }
    let volume = declared(body!({"size_in_gb": 70}));
    let mut item = item(100, body!([]));
    item["used_capacity_bytes"] = body!(75_100_000_000_u64);
    let refinement = refine(&volume, World::default().with(live(VOLUME, &item)));
    let help = refinement.findings[0].help.as_deref().unwrap();
    assert_eq!(help, "declare at least 76 GB, or delete data on it first");
    assert!(refinement.findings[0].message.contains("75.1 GB"));
}

#[test]
fn a_price_is_asked_for_only_where_it_changes() {
    let rate = || body!([{"hourly_rate_per_gb": "0.00017408"}]);
    let volume = declared(body!({"size_in_gb": 200}));
    let same = live(VOLUME, &item(200, body!([])));
    let smaller = live(VOLUME, &item(100, body!([])));
    for (world, asked, hourly) in [
        (World::default().absent(&volume.key), 1, Some("0.034816")),
        (World::default().with(smaller), 1, Some("0.034816")),
        (World::default().with(same), 0, Some("0.017408")),
        (World::default(), 0, None),
    ] {
        let world = world.declare(volume.clone());
        let collections = world.ask(|around| VOLUME.preflight(&volume, around));
        assert_eq!(collections.len(), asked);
        let world =
            if asked > 0 { world.listing(collections::storage_rate(), rate()) } else { world };
        let refinement = world.ask(|around| VOLUME.refine(&volume, around));
        assert_eq!(refinement.hourly, hourly.map(money));
    }
    let unread = World::default().absent(&volume.key);
    assert_eq!(refine(&volume, unread).hourly, None);
}

#[test]
fn both_sides_of_an_attachment_agree() {
    let volume = |order_ids: Body| declared(body!({"size_in_gb": 1, "order_ids": order_ids}));
    let silent = declared(body!({"size_in_gb": 1}));
    let other = || resource(VOLUME, body!({"name": "other"}), body!({"size_in_gb": 1}));
    let on_one_side = "Error spec.order_ids: BareMetal/a names StorageVolume/data in storage_id, \
                       and order_ids of the volume, which is the whole set, leaves it out";
    for (name, volume, rentals, found, rules) in [
        ("nobody speaks", silent.clone(), vec![rental("a", None)], vec![], 0),
        ("the rental speaks", silent.clone(), vec![rental("a", Some("data"))], vec![], 1),
        (
            "another volume",
            silent.clone(),
            vec![rental("a", Some("other")), rental("b", Some(B)), other()],
            vec![],
            0,
        ),
        ("the rental speaks by id", silent, vec![rental("a", Some(V))], vec![], 1),
        ("the volume speaks", volume(body!(["a"])), vec![rental("a", None)], vec![], 0),
        (
            "they contradict each other",
            volume(body!([])),
            vec![rental("a", Some("data"))],
            vec![on_one_side],
            0,
        ),
        (
            "by id too",
            volume(body!(["b"])),
            vec![rental("a", Some(V)), rental("b", None)],
            vec![on_one_side],
            0,
        ),
        ("both say the same", volume(body!(["a"])), vec![rental("a", Some(V))], vec![], 0),
        (
            "an id of a declared rental",
            volume(body!([B, A])),
            vec![rental("a", None)],
            vec!["Error spec.order_ids[1]: spec.order_ids[1] is the id of BareMetal/a"],
            0,
        ),
        ("an id of somebody's", volume(body!([B])), vec![rental("a", None)], vec![], 0),
    ] {
        let world =
            World::default().with(live(VOLUME, &item(1, body!([A])))).with(live_rental("a", A));
        let world = rentals.into_iter().fold(world, World::declare);
        let refinement = refine(&volume, world);
        assert_eq!(lines(&refinement.findings), found, "{name}");
        assert_eq!(refinement.rules.len(), rules, "{name}");
    }
}

#[test]
fn the_set_is_exact_and_has_no_order() {
    let differs = |order_ids: Body, listed: Body| {
        let volume = declared(body!({"size_in_gb": 100, "order_ids": order_ids}));
        let live = live(VOLUME, &item(100, listed));
        let outcome = Comparison {
            declared: &volume.body,
            live: &live.body,
            sent: None,
            rules: RuleSet::new(&VOLUME.rules().fields, &[]),
            ignore: &[],
            hash_key: &HashKey::new(vec![7; 32]),
        }
        .run();
        outcome.differences.iter().map(|found| found.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(differs(body!([B, A]), body!([A, B])), [""; 0]);
    assert_eq!(differs(body!([A.replace('-', "")]), body!([A.to_uppercase()])), [""; 0]);
    assert_eq!(differs(body!([]), body!(null)), [""; 0]);
    assert_eq!(differs(body!([A]), body!([A, B])), ["spec.order_ids"]);
    assert_eq!(differs(body!([A, B]), body!([A])), ["spec.order_ids"]);
}

#[test]
fn steps_become_requests() {
    let volume = declared(body!({"size_in_gb": 200, "order_ids": [A]}));
    let known = |changed: &[&'static str]| Known {
        live: Some(live(VOLUME, &item(100, body!([])))),
        changed: changed.to_vec(),
        ..Known::default()
    };
    let bare = body!({"spec": {"size_in_gb": 200}});
    let path = format!("/api/v1/storage/{V}");
    for (step, changed, body, sent) in [
        (Step::Adopt, vec![], &volume.body, vec![]),
        (
            Step::Create,
            vec![],
            &volume.body,
            vec![format!(
                "POST /api/v1/storage/ (create) \
                 {{\"name\":\"data\",\"order_ids\":[\"{A}\"],\"size_in_gb\":200}}"
            )],
        ),
        (
            Step::Create,
            vec![],
            &bare,
            vec![
                "POST /api/v1/storage/ (create) {\"name\":\"data\",\"size_in_gb\":200}".to_owned(),
            ],
        ),
        (
            Step::Update,
            vec!["spec.size_in_gb"],
            &volume.body,
            vec![format!("PATCH {path} (act) {{\"size_in_gb\":200}}")],
        ),
        (
            Step::Update,
            vec!["metadata.name", "spec.order_ids"],
            &volume.body,
            vec![format!("PATCH {path} (act) {{\"name\":\"data\",\"order_ids\":[\"{A}\"]}}")],
        ),
        (
            Step::Update,
            vec!["spec.order_ids"],
            &bare,
            vec![format!("PATCH {path} (act) {{\"order_ids\":[]}}")],
        ),
        (Step::Update, vec![], &volume.body, vec![]),
        (Step::Delete, vec![], &volume.body, vec![format!("DELETE {path} (delete)")]),
    ] {
        let requests = known(&changed).requests(VOLUME, &volume.key, Some(body), step);
        assert_eq!(requests.unwrap(), sent, "{step:?} {changed:?}");
    }
    assert!(Known::default().requests(VOLUME, &volume.key, None, Step::Publish).is_err());
    assert!(Known::default().requests(VOLUME, &volume.key, None, Step::Delete).is_err());
    assert_eq!(VOLUME.created_id(&printed()).unwrap().as_str(), printed()["id"].as_str().unwrap());
}

#[test]
fn only_what_was_attached_here_is_detached() {
    let volume = declared(body!({"size_in_gb": 1}));
    let trainer = ids::key(ids::bare_metal(), "trainer-a");
    let listed = |items: Body| {
        let Body::List(items) = items else { panic!("a list") };
        Snapshot([(collections::rentals().id, Reading::Items(items.to_vec()))].into())
    };
    let running = |id: &str| body!({"id": id, "name": "r", "status": "Running"});
    let both = || listed(body!([running(A), running(B)]));
    let sent = |order_ids: Body| body!({"spec": {"order_ids": order_ids}});
    let detached = [
        format!("PATCH /api/v1/storage/{V} (assign) {{\"order_ids\":[]}}"),
        format!("DELETE /api/v1/storage/{V} (delete)"),
    ];
    for (name, entry, snapshot, detaches) in [
        ("sent by id", entry(&volume.key, sent(body!([A])), &[]), both(), true),
        (
            "sent by name",
            entry(&volume.key, sent(body!([null])), std::slice::from_ref(&trainer)),
            both(),
            true,
        ),
        ("never sent", entry(&volume.key, sent(body!([])), &[]), both(), false),
        ("another was sent", entry(&volume.key, sent(body!([B])), &[]), both(), false),
        ("gone", entry(&volume.key, sent(body!([])), &[]), listed(body!([running(B)])), true),
        (
            "terminated",
            entry(&volume.key, sent(body!([])), &[]),
            listed(body!([{"id": A, "status": "Terminated"}])),
            true,
        ),
        ("not listed", entry(&volume.key, sent(body!([])), &[]), Snapshot::default(), false),
    ] {
        let known = Known {
            live: Some(live(VOLUME, &item(1, body!([A])))),
            entry: Some(entry),
            snapshot,
            ids: [(trainer.clone(), A.parse().unwrap())].into(),
            ..Known::default()
        };
        let requests = known.requests(VOLUME, &volume.key, None, Step::Delete);
        assert_eq!(requests.is_ok(), detaches, "{name}");
        match requests {
            Ok(requests) => assert_eq!(requests, detached, "{name}"),
            Err(refusal) => assert!(refusal.message.contains(A), "{}", refusal.message),
        }
        let first = |step: Step<'_>| {
            known.lend(&volume.key, None, |context| VOLUME.reads_first(step, context))
        };
        assert_eq!(first(Step::Delete), [collections::rentals()]);
        assert_eq!(first(Step::Update), []);
    }
}

#[test]
fn a_volume_is_described() {
    let mut detail = item(100, body!([A, B]));
    detail["used_capacity_bytes"] = body!(12_340_000_000_u64);
    let volume = live(VOLUME, &item(100, body!([A, B])));
    let world = World::default()
        .listing(collections::volume(V), body!([detail]))
        .listing(collections::rentals(), body!([{"id": A, "name": "trainer"}]));
    let told = |snapshot: &Snapshot| {
        let lines = VOLUME.describe(&volume, snapshot);
        lines.iter().map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&world.snapshot),
        [
            "mount address: 10.0.0.5".to_owned(),
            "size: 12.34 GB of 100 GB used".to_owned(),
            format!("attached to: trainer ({A}), {B}"),
        ]
    );
    assert_eq!(told(&Snapshot::default())[1], "size: 100 GB");
    let asked = VOLUME.details(&volume, &Snapshot::default());
    assert_eq!(asked, [collections::volume(V), collections::rentals()]);
}

#[test]
fn an_export_is_a_manifest() {
    let volume = live(VOLUME, &item(100, body!([A, B])));
    let export = |items: Body| {
        let world = World::default().listing(collections::rentals(), items);
        let exported = VOLUME.export(&volume, &world.snapshot).unwrap();
        let document = resource(VOLUME, exported["metadata"].clone(), exported["spec"].clone());
        assert_eq!(VOLUME.check(&document), []);
        exported
    };
    let named = export(body!([{"id": A, "name": "trainer"}, {"id": B, "name": "x"}]));
    assert_eq!(
        named,
        body!({"apiVersion": "voltagepark.com/v1", "kind": "StorageVolume",
               "metadata": {"name": "data"},
               "spec": {"size_in_gb": 100, "order_ids": ["trainer", "x"]}})
    );
    let twins = export(body!([{"id": A, "name": "x"}, {"id": B, "name": "x"}]));
    assert_eq!(twins["spec"]["order_ids"], body!([A, B]));
    let mounted = export(body!([{"id": A, "name": "x", "storage_id": V}]));
    assert_eq!(mounted["spec"], body!({"size_in_gb": 100}));
    let odd = live(VOLUME, &printed());
    assert_eq!(VOLUME.export(&odd, &Snapshot::default()), None);
}
