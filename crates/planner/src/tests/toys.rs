//! A few kinds as data: houses with rooms, networks before machines, people without marks, rentals
//! that are known by their ids.

use plumb_model::key::ScopeLevel;
use plumb_model::rules::{
    Access, Aspect, Costs, CreateSafety, Deletion, Identity, ImpliedEdge, Lifecycle, MarkPlace,
    PowerControl, ReferenceRule, ReplaceDefault, field_rules,
};
use plumb_model::{Address, KindId, KindRules, KindTable, ResourceKey};

pub(super) fn id(kind: &str) -> KindId {
    KindId::new("toy", kind)
}

/// `Kind/name`, `Kind/house/name` or `Kind/house/room/name`.
pub(super) fn key(text: &str) -> ResourceKey {
    let address: Address = text.parse().unwrap();
    let path: Vec<&str> =
        address.scope.iter().map(String::as_str).chain([address.name.as_str()]).collect();
    format!("{}.toy/{}", address.kind, path.join("/")).parse().unwrap()
}

fn plain(kind: &str, level: ScopeLevel, parent: Option<&str>) -> KindRules {
    KindRules {
        parent: parent.map(id),
        timeout_seconds: 60,
        fields: field_rules(&[
            ("status", Aspect::ServerOwned),
            ("metadata.id", Aspect::ServerOwned),
        ]),
        ..KindRules::plain("toy/v1", kind, level)
    }
}

fn machine() -> KindRules {
    let mut rules = plain("Machine", ScopeLevel::Workspace, Some("Room"));
    rules.lifecycle = Lifecycle::Published;
    rules.power = PowerControl::Switchable;
    rules.contract_term = "spec.term".parse().ok();
    rules.after = vec![ImpliedEdge { kind: id("Network") }];
    rules.references = vec![ReferenceRule {
        pattern: "spec.disks".parse().unwrap(),
        kind: id("Disk"),
        beside: None,
    }];
    rules.fields.extend(field_rules(&[
        ("metadata.labels", Aspect::Quiet),
        ("spec.variables", Aspect::UnorderedBy("name")),
        ("spec.disks", Aspect::Unordered),
        ("spec.model", Aspect::Immutable),
        ("spec.storage", Aspect::Refused("nobody knows how")),
        ("spec.policy", Aspect::Json),
    ]));
    rules
}

fn person() -> KindRules {
    let mut rules = plain("Person", ScopeLevel::Global, None);
    rules.mark = MarkPlace::Ledger;
    rules.fields.extend(field_rules(&[
        ("spec.groups", Aspect::Recorded),
        ("spec.groups", Aspect::AfterCreate),
        ("spec.groups", Aspect::Unordered),
        ("spec.password", Aspect::WriteOnly),
        ("spec.email", Aspect::Refused("names of people are fixed")),
    ]));
    rules
}

/// Paid for by the hour, known by its id alone, and made twice when a create is sent twice.
fn rental() -> KindRules {
    let mut rules = plain("Rental", ScopeLevel::Global, None);
    rules.lifecycle = Lifecycle::Waited;
    rules.power = PowerControl::Switchable;
    rules.identity = Identity::Id;
    rules.create_safety = CreateSafety::AtMostOnce;
    rules.costs = Costs::ByTheHour;
    rules.gpus = vec!["spec.gpus".parse().unwrap()];
    rules.fields.extend(field_rules(&[
        ("spec.place", Aspect::Recorded),
        ("spec.place", Aspect::Immutable),
        ("spec.gpus", Aspect::Immutable),
        ("spec.script", Aspect::Recorded),
        ("spec.script", Aspect::AtCreation),
    ]));
    rules
}

pub(super) fn kinds() -> KindTable {
    let house = KindRules { mark: MarkPlace::Ledger, ..plain("House", ScopeLevel::Global, None) };
    let network = KindRules {
        lifecycle: Lifecycle::Published,
        ..plain("Network", ScopeLevel::Project, Some("House"))
    };
    let mut disk = plain("Disk", ScopeLevel::Workspace, Some("Room"));
    disk.lifecycle = Lifecycle::Waited;
    disk.fields.extend(field_rules(&[("spec.model", Aspect::Immutable)]));
    let mut key = plain("Key", ScopeLevel::Global, None);
    key.replace = ReplaceDefault::Allowed;
    key.fields.extend(field_rules(&[("spec.text", Aspect::Immutable)]));
    let mut room = plain("Room", ScopeLevel::Project, Some("House"));
    room.fields.extend(field_rules(&[
        ("spec.model", Aspect::Immutable),
        ("metadata.color", Aspect::Default("white".into())),
    ]));
    let profile =
        KindRules { access: Access::ReadOnly, ..plain("Profile", ScopeLevel::Project, None) };
    let tenant = KindRules {
        mark: MarkPlace::Ledger,
        deletion: Deletion::WhenNamed,
        ..plain("Tenant", ScopeLevel::Global, None)
    };
    KindTable::new([
        house,
        network,
        disk,
        key,
        room,
        profile,
        machine(),
        person(),
        rental(),
        tenant,
    ])
}
