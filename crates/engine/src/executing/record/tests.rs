//! What goes into the ledger, and what never does.

use super::*;
use plumb_model::key::ScopeLevel;
use plumb_model::resource::Origin;
use plumb_model::rules::{Aspect, field_rules};
use plumb_model::{Scope, Secret, Span, Wishes, body};

fn rules() -> KindRules {
    KindRules {
        contract_term: Some("spec.variables[Contract Term].value".parse().unwrap()),
        fields: field_rules(&[
            ("spec.variables", Aspect::UnorderedBy("name")),
            ("spec.password", Aspect::WriteOnly),
            ("spec.groups", Aspect::AfterCreate),
            ("spec.notes", Aspect::Recorded),
        ]),
        ..KindRules::plain("toy/v1", "Thing", ScopeLevel::Global)
    }
}

fn resource() -> Resource {
    let span = Span { file: "a".into(), line: 1, column: 1, start: 0, end: 0 };
    let key = ResourceKey::new(rules().id, Scope::Global, "t".into());
    let mut resource = Resource {
        key,
        body: body!({"spec": {
            "password": "hunter2",
            "token": "tokentext",
            "groups": ["g"],
            "notes": "n",
            "variables": [
                {"name": "pin", "value": "1234"},
                {"name": "Contract Term", "value": "6"},
            ],
        }}),
        wishes: Wishes::default().into(),
        origin: Origin { file: "a".into(), document: 0, item: None, span },
    };
    resource.hide(&"spec.token".parse().unwrap());
    resource
}

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

fn entry(extent: Extent<'_>, earlier: Option<&Entry>) -> Entry {
    let refined = [FieldRule::exactly(&path("spec.variables[pin].value"), Aspect::WriteOnly)];
    Sending {
        resource: &resource(),
        rules: &rules(),
        refined: &refined,
        hash_key: &HashKey::new(vec![1; 32]),
        extent,
        provenance: Provenance::Created,
        remote_id: None,
        requires: &BTreeSet::new(),
        earlier,
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
    }
    .entry()
}

#[test]
fn no_secret_is_kept_wherever_it_is_known_from() {
    let entry = entry(Extent::Whole, None);
    let text = serde_json::to_string(&entry).unwrap();
    for secret in ["hunter2", "tokentext", "1234"] {
        assert!(!text.contains(secret), "{text}");
    }
    let hashed: Vec<String> = entry.hashes.keys().map(ToString::to_string).collect();
    assert_eq!(hashed, ["spec.password", "spec.token", "spec.variables[pin].value"]);
    let hash = HashKey::new(vec![1; 32]).hash("hunter2");
    assert_eq!(entry.hashes[&path("spec.password")], hash);
}

#[test]
fn each_extent_keeps_what_was_sent() {
    let created = entry(Extent::Create, None);
    assert_eq!(created.sent["spec"].get("groups"), None);
    assert_eq!(created.sent["spec"]["notes"], "n");
    let marked = entry(Extent::Mark, None);
    assert_eq!(marked.sent["spec"].get("notes"), None);
    assert!(marked.hashes.is_empty(), "a mark sends no secret");
    let changed = BTreeSet::from([path("spec.password")]);
    let updated = entry(Extent::Changes(&changed), Some(&marked));
    assert_eq!(updated.hashes.len(), 1);
    assert_eq!(updated.sent["spec"]["groups"], body!(["g"]));
    let again = entry(Extent::Changes(&BTreeSet::new()), Some(&created));
    assert_eq!(again.hashes, created.hashes, "what was sent before is still known");
}

#[test]
fn a_contract_keeps_its_beginning() {
    let mut first = entry(Extent::Create, None);
    let contract = first.protections.contract.clone().unwrap();
    assert_eq!(contract.months, 6);
    let since = "2025-06-01T00:00:00Z".parse().unwrap();
    first.protections.contract = Some(Contract { months: 12, since });
    let second = entry(Extent::Whole, Some(&first)).protections.contract.unwrap();
    assert_eq!((second.months, second.since), (6, since));
    for (term, months_there) in [
        (body!("12"), Some(12)),
        (body!(24), Some(24)),
        (body!("0"), None),
        (body!("soon"), None),
        (body!(null), None),
    ] {
        let body = body!({"spec": {"variables": [{"name": "Contract Term", "value": term}]}});
        assert_eq!(rules().contract_months(&body), months_there, "{body:?}");
    }
}

#[test]
fn the_digest_depends_on_what_it_should() {
    let (one, two) = (HashKey::new(vec![1]), HashKey::new(vec![2]));
    assert_eq!(digest(&resource(), &one), digest(&resource(), &one));
    assert_ne!(digest(&resource(), &one), digest(&resource(), &two));
    let mut changed = resource();
    changed.body["spec"]["notes"] = body!("m");
    assert_ne!(digest(&changed, &one), digest(&resource(), &one));
    changed = resource();
    changed.put(&path("spec.token"), Secret::new("another"));
    assert_eq!(digest(&changed, &one), digest(&resource(), &one), "placeholders stand for secrets");
}
