//! Tables: lists of objects, what is on record, and which resource each object is.

use super::*;
use plumb_model::ledger::{Entry, Protections, Provenance};
use plumb_model::live::LiveStatus;
use plumb_model::rules::{CreateSafety, KindRules, Lifecycle};
use plumb_model::{Body, Scope, Veiled, key::ScopeLevel};
use std::collections::BTreeSet;

const STACK: &str = "fleet";

fn kind() -> KindId {
    KindId::new("toy", "Robot")
}

fn key(name: &str) -> ResourceKey {
    ResourceKey::new(kind(), Scope::Global, name.to_owned())
}

fn table() -> KindTable {
    KindTable::new([KindRules {
        lifecycle: Lifecycle::Waited,
        identity: Identity::Id,
        create_safety: CreateSafety::AtMostOnce,
        ..KindRules::plain("toy/v1", "Robot", ScopeLevel::Global)
    }])
}

/// What is known: `a` is on record with the id `id-a`, `b` without an id, `c` not at all.
fn bindings() -> Bindings {
    let entry = |name: &str, id: Option<&str>| Entry {
        key: key(name),
        remote_id: id.map(|id| id.parse().unwrap()),
        provenance: Provenance::Created,
        since: None,
        sent: Veiled::default(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    };
    let entries = [entry("a", Some("id-a")), entry("b", None)];
    let ledger = LedgerView {
        stack: STACK.to_owned(),
        entries: entries.into_iter().map(|entry| (entry.key.clone(), entry.into())).collect(),
        ..LedgerView::default()
    };
    Bindings::new(&table(), &Desired::default(), &ledger)
}

fn object(name: &str, id: &str) -> LiveObject {
    LiveObject {
        key: key(name),
        remote_id: Some(id.parse().unwrap()),
        body: Body::Null,
        status: LiveStatus::ready(),
        outputs: Body::Null,
        mark: None,
        uid: None,
        hourly: None,
        completeness: Completeness::Full,
    }
}

/// An object with our mark and the uid of a key.
fn marked(name: &str, id: &str, uid_of: &str) -> LiveObject {
    let uid = mark::uid(STACK, &key(uid_of));
    LiveObject { mark: Some(STACK.to_owned()), uid: Some(uid), ..object(name, id) }
}

/// One line a key: what it is.
fn lines(objects: Vec<LiveObject>) -> Vec<String> {
    let assigned = bindings().assign(objects.into_iter().map(Box::new).collect());
    let seen = assigned.objects.iter().map(|(key, observation)| match observation {
        Observation::Present(object) => {
            let mark = object.mark.as_deref().unwrap_or("nobody");
            let id = object.remote_id.as_ref().map_or("", RemoteId::as_str);
            format!("{} is {id} of {mark}", key.name)
        }
        Observation::Absent => format!("{} is absent", key.name),
        Observation::Unknown(reason) => format!("{} is unknown: {reason}", key.name),
    });
    let rivals = assigned.rivals.iter().map(|(key, rivals)| {
        let (what, candidates) = match rivals {
            Rivals::Duplicates(candidates) => ("also", candidates),
            Rivals::Undecided(candidates) => ("one of", candidates),
        };
        let ids: Vec<&str> = candidates.iter().map(|candidate| candidate.id.as_str()).collect();
        format!("{} {what} {}", key.name, ids.join(", "))
    });
    seen.chain(rivals).collect()
}

#[test]
fn objects_are_known_by_record_then_uid_then_name() {
    let stolen = LiveObject { mark: Some("other".to_owned()), ..object("b", "id-o") };
    let unknown_uid = LiveObject { uid: Some("0".repeat(32)), ..marked("b", "id-u", "b") };
    let cases = [
        ("renamed", vec![object("x", "id-a")], vec!["a is id-a of nobody"]),
        ("by uid", vec![marked("y", "id-9", "b")], vec!["b is id-9 of fleet"]),
        ("by name", vec![object("b", "id-9")], vec!["b is id-9 of nobody"]),
        (
            "the record counts before the name",
            vec![object("a", "id-9"), object("z", "id-a")],
            vec!["a is id-a of nobody", "a (id-9) is id-9 of nobody"],
        ),
        (
            "the uid counts before the name",
            vec![object("b", "id-8"), marked("b", "id-9", "b")],
            vec!["b is id-9 of fleet", "b (id-8) is id-8 of nobody"],
        ),
        (
            "a second one with the uid is a duplicate",
            vec![marked("a", "id-a", "a"), marked("a", "id-9", "a")],
            vec!["a is id-a of fleet", "a (id-9) is id-9 of fleet", "a also id-9"],
        ),
        (
            "two with the uid and none on record",
            vec![marked("b", "id-8", "b"), marked("b", "id-9", "b")],
            vec![
                "b is unknown: 2 objects carry its mark",
                "b (id-8) is id-8 of fleet",
                "b (id-9) is id-9 of fleet",
                "b one of id-8, id-9",
            ],
        ),
        (
            "two unmarked of the name",
            vec![object("b", "id-8"), object("b", "id-9")],
            vec![
                "b is unknown: 2 unmarked objects have its name",
                "b (id-8) is id-8 of nobody",
                "b (id-9) is id-9 of nobody",
                "b one of id-8, id-9",
            ],
        ),
        ("another stack's keeps its mark", vec![stolen], vec!["b is id-o of other"]),
        ("a copied mark proves nothing", vec![unknown_uid], vec!["b is id-u of nobody"]),
        ("nobody's stays as it is", vec![object("c", "id-9")], vec!["c is id-9 of nobody"]),
        (
            "two of nobody's with one name",
            vec![object("c", "id-8"), object("c", "id-9")],
            vec!["c is id-8 of nobody", "c (id-9) is id-9 of nobody"],
        ),
    ];
    for (name, objects, expected) in cases {
        assert_eq!(lines(objects), expected, "{name}");
    }
}

#[test]
fn a_young_object_without_tags_is_not_yet_known() {
    let pending = LiveStatus { phase: Phase::Pending, ..LiveStatus::ready() };
    let young = |id: &str| LiveObject {
        status: pending.clone(),
        completeness: Completeness::Thin,
        ..object("b", id)
    };
    let text = "b is unknown: an object of its name is being made and does not show its tags yet";
    assert_eq!(lines(vec![young("id-9")]), [text]);
    let on_record = LiveObject { key: key("a"), ..young("id-a") };
    assert_eq!(lines(vec![on_record]), ["a is id-a of nobody"]);
}

#[test]
fn what_was_bound_and_is_gone_is_let_go() {
    let mut bindings = bindings();
    bindings.bind(&table(), &key("b"), &"id-b".parse().unwrap());
    assert_eq!(bindings.id(&key("b")).map(RemoteId::as_str), Some("id-b"));
    bindings.bind(&table(), &key("b"), &"id-c".parse().unwrap());
    let assigned = bindings.assign([object("q", "id-b"), object("r", "id-c")].map(Box::new).into());
    let names: Vec<&str> = assigned.objects.keys().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["b", "q"], "the newer id counts");
    bindings.release(&key("b"));
    assert_eq!(bindings.id(&key("b")), None);
}

#[test]
fn a_manifest_names_an_object_by_its_id() {
    let declared = |name: &str, id: &str| {
        let wishes =
            plumb_model::Wishes { remote_id: Some(id.parse().unwrap()), ..Default::default() };
        let span = plumb_model::Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
        let origin =
            plumb_model::resource::Origin { file: "f".into(), document: 0, item: None, span };
        plumb_model::Resource { key: key(name), body: Body::Null, wishes: wishes.into(), origin }
    };
    let ledger = |entries: &[(&str, &str)]| {
        let mut ledger = LedgerView { stack: STACK.to_owned(), ..LedgerView::default() };
        for (name, id) in entries {
            let entry = Entry {
                key: key(name),
                remote_id: Some(id.parse().unwrap()),
                provenance: Provenance::Created,
                since: None,
                sent: Veiled::default(),
                hashes: BTreeMap::new(),
                protections: Protections::default(),
                requires: BTreeSet::new(),
            };
            ledger.entries.insert(entry.key.clone(), entry.into());
        }
        ledger
    };
    let known = |resource: plumb_model::Resource, ledger: &LedgerView| {
        let desired = Desired::new(table(), [resource]).unwrap();
        let objects = vec![marked("old", "id-1", "old"), marked("old", "id-2", "old")];
        let assigned = Bindings::new(&table(), &desired, ledger)
            .assign(objects.into_iter().map(Box::new).collect());
        let line = |(key, seen): (&ResourceKey, &Observation)| match seen {
            Observation::Present(object) => {
                format!("{} is {}", key.name, object.remote_id.as_ref().unwrap())
            }
            other => format!("{} is {other:?}", key.name),
        };
        assigned.objects.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        known(declared("new", "id-1"), &ledger(&[("old", "id-1")])),
        ["new is id-1", "old is id-2"],
        "renamed: the old key lets go of it"
    );
    assert_eq!(
        known(declared("old", "id-2"), &ledger(&[("old", "id-gone")])),
        ["old is id-2", "old (id-1) is id-1"],
        "what is on record is gone: the manifest decides between two"
    );
    assert_eq!(
        known(declared("old", "id-2"), &ledger(&[("old", "id-1")])),
        ["old is id-1", "old (id-2) is id-2"],
        "what is on record counts before"
    );
}

/// A server may write a name in its own way: what has the id on record is what is on record.
#[test]
fn a_name_in_another_case_is_the_one_on_record_by_its_id() {
    let people = KindId::new("toy", "Person");
    let person = |name: &str| ResourceKey::new(people.clone(), Scope::Global, name.to_owned());
    let mut bindings = bindings();
    bindings.bind(&table(), &person("Ada@x.org"), &"id-7".parse().unwrap());
    for (name, id, expected) in [
        ("ada@x.org", "id-7", "Ada@x.org"),
        ("Ada@x.org", "id-7", "Ada@x.org"),
        ("ada@x.org", "id-8", "ada@x.org"),
        // Renamed: that is no spelling.
        ("bob@x.org", "id-7", "bob@x.org"),
    ] {
        let body = plumb_model::body!({"metadata": {"name": name}});
        let object = LiveObject { key: person(name), body, ..object(name, id) };
        let named = bindings.spelled(Box::new(object));
        assert_eq!(named.key.name, expected, "{name} {id}");
        let shown = named.body.pointer("/metadata/name").and_then(Body::as_str);
        assert_eq!(shown, Some(expected), "{name} {id}");
    }
    bindings.release(&person("Ada@x.org"));
    let object = LiveObject { key: person("ada@x.org"), ..object("ada@x.org", "id-7") };
    assert_eq!(bindings.spelled(Box::new(object)).key.name, "ada@x.org");
}
