//! What makes a set of documents a `Desired`, and the edges it gets.

use super::*;
use crate::body;
use crate::finding::Span;
use crate::key::{KindId, ScopeLevel};
use crate::resource::{Origin, OutputReference, Wishes};
use crate::rules::{ImpliedEdge, KindRules, ReferenceRule};

fn id(kind: &str) -> KindId {
    KindId::new("toy", kind)
}

fn rules(kind: &str, level: ScopeLevel, parent: Option<&str>) -> KindRules {
    KindRules { parent: parent.map(id), ..KindRules::plain("toy/v1", kind, level) }
}

fn kinds() -> KindTable {
    let mut machine = rules("Machine", ScopeLevel::Workspace, Some("Room"));
    machine.after = vec![ImpliedEdge { kind: id("Network") }];
    machine.references = vec![
        ReferenceRule { pattern: "spec.disks".parse().unwrap(), kind: id("Disk"), beside: None },
        ReferenceRule {
            pattern: "spec.keys[*].name".parse().unwrap(),
            kind: id("Key"),
            beside: None,
        },
    ];
    KindTable::new([
        rules("House", ScopeLevel::Global, None),
        rules("Room", ScopeLevel::Project, Some("House")),
        rules("Network", ScopeLevel::Project, Some("House")),
        rules("Key", ScopeLevel::Global, None),
        rules("Disk", ScopeLevel::Workspace, Some("Room")),
        machine,
    ])
}

/// `Kind/name`, `Kind/house/name` or `Kind/house/room/name`.
fn key(text: &str) -> ResourceKey {
    let address: Address = text.parse().unwrap();
    let full = match address.scope.as_slice() {
        [] => format!("{}.toy/{}", address.kind, address.name),
        scope => format!("{}.toy/{}/{}", address.kind, scope.join("/"), address.name),
    };
    full.parse().unwrap()
}

fn resource(text: &str) -> Resource {
    let span = Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
    Resource {
        key: key(text),
        body: body!({}),
        wishes: Wishes::default().into(),
        origin: Origin { file: "f".into(), document: 0, item: None, span },
    }
}

fn after(text: &str, addresses: &[&str]) -> Resource {
    let mut resource = resource(text);
    resource.wishes.depends_on = addresses.iter().map(|a| a.parse().unwrap()).collect();
    resource
}

fn edges(desired: &Desired, of: &str) -> Vec<String> {
    desired.edges()[&key(of)].iter().map(ToString::to_string).collect()
}

#[test]
fn duplicates_are_found_once_each() {
    let twice = [resource("House/h"), resource("House/h"), resource("Room/h/r")];
    let findings = Desired::new(kinds(), twice).unwrap_err();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, Code::DUPLICATE_RESOURCE);
    assert_eq!(findings[0].related.len(), 1, "the first one is pointed at");
}

#[test]
fn names_repeat_across_scopes_and_kinds() {
    let all = ["Room/a/x", "Room/b/x", "House/x", "Key/x", "Machine/a/x/x", "Machine/b/x/x"];
    assert_eq!(Desired::new(kinds(), all.map(resource)).unwrap().resources().len(), 6);
}

#[test]
fn cycles_are_named_with_all_their_members() {
    let circle = [after("Key/a", &["Key/b"]), after("Key/b", &["Key/a"]), resource("Key/c")];
    let findings = Desired::new(kinds(), circle).unwrap_err();
    assert_eq!(findings[0].code, Code::CYCLE);
    assert!(findings[0].message.contains("Key/a needs Key/b needs Key/a"));
    assert_eq!(findings[0].related.len(), 1);
    let itself = Desired::new(kinds(), [after("Key/a", &["Key/a"])]).unwrap_err();
    assert_eq!(itself[0].code, Code::CYCLE);
}

#[test]
fn depends_on_names_exactly_one_declared_resource() {
    let cases: [(&str, Option<Code>); 6] = [
        ("Key/k", None),
        ("Room/a/r", None),
        ("Room.toy/b/r", None),
        ("Room/r", Some(Code::AMBIGUOUS_REFERENCE)),
        ("Room/c/r", Some(Code::UNKNOWN_REFERENCE)),
        ("Nothing/k", Some(Code::UNKNOWN_REFERENCE)),
    ];
    for (address, expected) in cases {
        let all = [
            resource("Key/k"),
            resource("Room/a/r"),
            resource("Room/b/r"),
            after("House/h", &[address]),
        ];
        match (Desired::new(kinds(), all), expected) {
            (Ok(desired), None) => assert_eq!(edges(&desired, "House/h").len(), 1, "{address}"),
            (Err(findings), Some(code)) => assert_eq!(findings[0].code, code, "{address}"),
            (result, _) => panic!("{address}: {:?}", result.map(|_| ())),
        }
    }
}

#[test]
fn all_findings_come_at_once() {
    let all = [
        resource("Key/k"),
        resource("Key/k"),
        after("House/h", &["Key/no", "Key/neither"]),
        after("Room/h/a", &["Room/h/b"]),
        after("Room/h/b", &["Room/h/a"]),
    ];
    assert_eq!(Desired::new(kinds(), all).unwrap_err().len(), 4);
}

#[test]
fn an_output_needs_a_declared_resource_and_makes_an_edge() {
    let with = |source: &str| {
        let mut house = resource("House/h");
        let reference = OutputReference { key: key(source), path: "ip".parse().unwrap() };
        house.body = body!({"spec": {"ip": reference}});
        Desired::new(kinds(), [house, resource("Key/k")])
    };
    assert_eq!(edges(&with("Key/k").unwrap(), "House/h"), ["Key/k"]);
    assert_eq!(with("Key/no").unwrap_err()[0].code, Code::UNKNOWN_REFERENCE);
}

#[test]
fn a_scope_is_an_edge_to_the_nearest_declared_parent() {
    let desired =
        |all: &[&str]| Desired::new(kinds(), all.iter().map(|text| resource(text))).unwrap();
    let all = desired(&["House/h", "Room/h/r", "Disk/h/r/d"]);
    assert_eq!(edges(&all, "Disk/h/r/d"), ["Room/h/r"]);
    assert_eq!(edges(&all, "Room/h/r"), ["House/h"]);
    let without_room = desired(&["House/h", "Disk/h/r/d"]);
    assert_eq!(edges(&without_room, "Disk/h/r/d"), ["House/h"]);
    assert_eq!(without_room.ancestors(&key("Disk/h/r/d")), [key("Room/h/r"), key("House/h")]);
}

#[test]
fn kinds_that_come_first_do_so_in_their_project_only() {
    let all = ["Network/a/n", "Network/b/n", "Machine/a/r/m"].map(resource);
    let desired = Desired::new(kinds(), all).unwrap();
    assert_eq!(edges(&desired, "Machine/a/r/m"), ["Network/a/n"]);
}

#[test]
fn an_implied_edge_yields_to_an_explicit_one() {
    // Directly, through others, and in a circle that only two implied edges close.
    let of_rooms = |networks: &[(&str, &[&str])]| {
        let networks = networks.iter().map(|(name, before)| after(name, before));
        let machines = ["Machine/a/r/m", "Machine/a/r/o"].map(resource);
        let disk = after("Disk/a/r/d", &["Machine/a/r/m"]);
        Desired::new(kinds(), networks.chain(machines).chain([disk])).unwrap()
    };
    let direct = of_rooms(&[("Network/a/n", &["Machine/a/r/m"]), ("Network/a/p", &[])]);
    assert_eq!(edges(&direct, "Network/a/n"), ["Machine/a/r/m"]);
    assert_eq!(edges(&direct, "Machine/a/r/m"), ["Network/a/p"]);
    assert_eq!(edges(&direct, "Machine/a/r/o"), ["Network/a/n", "Network/a/p"]);
    let machine = direct.get(&key("Machine/a/r/m")).unwrap();
    assert!(!direct.needs(machine, &key("Network/a/n")));
    assert!(direct.needs(machine, &key("Network/a/p")));
    assert!(direct.needs(machine, &key("Network/a/gone")));

    let through = of_rooms(&[("Network/a/n", &["Disk/a/r/d"])]);
    assert_eq!(edges(&through, "Machine/a/r/m"), [""; 0]);
    assert_eq!(edges(&through, "Machine/a/r/o"), ["Network/a/n"]);

    let crossed =
        of_rooms(&[("Network/a/n", &["Machine/a/r/m"]), ("Network/a/p", &["Machine/a/r/o"])]);
    assert_eq!(edges(&crossed, "Machine/a/r/m"), [""; 0]);
    assert_eq!(edges(&crossed, "Machine/a/r/o"), [""; 0]);
}

#[test]
fn a_circle_of_explicit_edges_stays_one() {
    let machine = after("Machine/a/r/m", &["Network/a/n"]);
    let network = after("Network/a/n", &["Machine/a/r/m"]);
    let findings = Desired::new(kinds(), [machine, network]).unwrap_err();
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code::CYCLE]);
}

#[test]
fn fields_that_name_resources_are_edges() {
    let mut machine = resource("Machine/a/r/m");
    machine.body = body!({"spec": {"disks": ["one", "gone"], "keys": [{"name": "k"}]}});
    let all = ["Disk/a/r/one", "Disk/a/other/one", "Disk/a/r/two", "Key/k"].map(resource);
    let desired = Desired::new(kinds(), all.into_iter().chain([machine])).unwrap();
    assert_eq!(edges(&desired, "Machine/a/r/m"), ["Disk/a/r/one", "Key/k"]);
}

#[test]
fn needs_reaches_beyond_what_is_declared() {
    let mut machine = resource("Machine/a/r/m");
    machine.body = body!({"spec": {"disks": ["one"]}});
    let desired = Desired::new(kinds(), [machine.clone()]).unwrap();
    for (other, needed) in [
        ("Disk/a/r/one", true),
        ("Disk/a/r/two", false),
        ("Disk/a/other/one", false),
        ("Room/a/r", true),
        ("House/a", true),
        ("House/b", false),
        ("Network/a/any", true),
        ("Network/b/any", false),
        ("Key/one", false),
    ] {
        assert_eq!(desired.needs(&machine, &key(other)), needed, "{other}");
    }
}
