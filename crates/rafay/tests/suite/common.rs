//! What the tests of the provider share: kinds by name, documents as resources, listings.

use plumb_kind::{
    CannotBuild, Context, Kind, Provider, Reading, Request, Snapshot, Step, Surroundings,
};
use plumb_model::compare::{Comparison, Outcome, Sent};
use plumb_model::digest::HashKey;
use plumb_model::finding::Span;
use plumb_model::ledger::{Entry, Protections, Provenance};
use plumb_model::plan::{ChangeEffect, FieldChange, Shown};
use plumb_model::resource::Origin;
use plumb_model::rules::RuleSet;
use plumb_model::{
    Body, Desired, FieldPath, Live, LiveObject, Refinement, RemoteId, Resource, ResourceKey, Scope,
    Wishes, body,
};
use plumb_rafay::RAFAY;
use std::collections::{BTreeMap, BTreeSet};

/// The stack of all tests.
pub(crate) const STACK: &str = "fleet";

/// A kind by its name.
pub(crate) fn kind(name: &str) -> &'static dyn Kind {
    let found = RAFAY.kinds().iter().find(|kind| kind.rules().id.kind == name);
    *found.unwrap_or_else(|| panic!("no kind {name}"))
}

/// The kind of a document.
pub(crate) fn kind_of(document: &Body) -> &'static dyn Kind {
    kind(document["kind"].as_str().unwrap())
}

/// One of the vendor's request bodies.
pub(crate) fn seed(name: &str) -> Body {
    let path = format!("{}/tests/seed/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// A document as a checked resource.
pub(crate) fn resource(document: Body) -> Resource {
    let kind = kind_of(&document);
    let (scope, name) = kind.identify(&document).unwrap();
    let span = Span { file: "a.yaml".into(), line: 1, column: 1, start: 0, end: 0 };
    Resource {
        key: ResourceKey::new(kind.rules().id.clone(), scope, name),
        body: document,
        wishes: Wishes::default().into(),
        origin: Origin { file: "a.yaml".into(), document: 0, item: None, span },
    }
}

/// A path.
pub(crate) fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

/// Everything a request is built from, with nothing known but the document.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) live: Option<LiveObject>,
    pub(crate) entry: Option<Entry>,
    pub(crate) changes: Vec<FieldChange>,
    pub(crate) snapshot: Snapshot,
    pub(crate) ids: BTreeMap<ResourceKey, RemoteId>,
}

impl Known {
    /// The requests of a step.
    pub(crate) fn requests(
        &self,
        document: &Body,
        step: Step<'_>,
    ) -> Result<Vec<Request>, CannotBuild> {
        let resource = resource(document.clone());
        kind_of(document).requests(
            step,
            &Context {
                key: &resource.key,
                body: Some(document),
                live: self.live.as_ref(),
                entry: self.entry.as_ref(),
                changes: &self.changes,
                stack: STACK,
                uid: "uid",
                snapshot: &self.snapshot,
                ids: &self.ids,
                parts: &[],
            },
        )
    }

    /// With one more list of the collections of a kind.
    pub(crate) fn listing(mut self, name: &str, scope: &Scope, items: &[Body]) -> Self {
        for collection in kind(name).collections(scope) {
            self.snapshot.0.insert(collection.id, Reading::Items(items.to_vec()));
        }
        self
    }
}

/// A change of a field that is compared with what was last sent.
pub(crate) fn change(at: &str, before: Shown, after: Shown) -> FieldChange {
    FieldChange { path: path(at), before, after, effect: ChangeEffect::InPlace }
}

/// What the ledger has after a document was sent.
pub(crate) fn entry(document: &Body) -> Entry {
    Entry {
        key: resource(document.clone()).key,
        remote_id: None,
        provenance: Provenance::Created,
        since: None,
        sent: document.clone().into(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    }
}

/// A live object, as its kind reads it.
pub(crate) fn live(item: &Body, project: &str) -> LiveObject {
    kind_of(item).read(item, &Scope::Project(project.to_owned())).unwrap()
}

/// What the live world adds to a declared resource, with nothing around it but what was listed.
pub(crate) fn refine(declared: &Resource, snapshot: &Snapshot) -> Refinement {
    let (desired, live) = (Desired::default(), Live::default());
    let around = Surroundings::new(&desired, &live, snapshot);
    kind_of(&declared.body).refine(declared, &around)
}

/// Compares a declared resource with a live object under the kind's rules and the profile's.
pub(crate) fn compare(
    declared: &Resource,
    live: &LiveObject,
    snapshot: &Snapshot,
    sent: Sent<'_>,
) -> Outcome {
    let kind = kind_of(&declared.body);
    let refined = refine(declared, snapshot).rules;
    Comparison {
        declared: &declared.body,
        live: &live.body,
        sent: Some(sent),
        rules: RuleSet::new(&kind.rules().fields, &refined),
        ignore: &[],
        hash_key: &HashKey::new(vec![7; 32]),
    }
    .run()
}

/// A profile with variables of every sort.
pub(crate) fn profile(name: &str) -> Body {
    body!({
        "kind": "ComputeProfile",
        "metadata": {"name": name, "project": "system-catalog"},
        "spec": {"variables": [
            {"name": "assign_public_ip", "value": "false",
             "options": {"override": {"type": "restricted", "restrictedValues": ["true", "false"]}}},
            {"name": "node_os_image", "value": "default-image", "options": {"required": true}},
            {"name": "Contract Term", "options": {"required": true, "immutable": true,
                "override": {"type": "restricted", "restrictedValues": ["1", "6", "12", "24"]}}},
            {"name": "Security Policies", "valueType": "json", "value": "[]"},
            {"name": "hss_storage"},
            {"name": "object_storage", "value": ""},
            {"name": "NVAIE License", "value": "false"},
            {"name": "Infiniband Configuration", "value": "false",
             "options": {"displayMetadata": {"disableForDay2Operation": true}}},
            {"name": "Guest GPU Count", "value": "8",
             "options": {"override": {"type": "notallowed"}}},
            {"name": "disk", "value": "100", "options": {"displayMetadata": {
                "incrementDecrementMin": 100, "incrementDecrementMax": "2000",
                "incrementDecrementStep": 50}}},
            {"name": "zones", "value": "[\"a\"]", "options": {"override": {
                "type": "restricted", "restrictedValues": ["a", "b"], "multiSelect": true}}},
            {"name": "tags", "valueType": "hcl", "value": "{}"},
            {"name": "password", "options": {"sensitive": true}},
        ]},
    })
}

/// A snapshot with that profile in the system catalog.
pub(crate) fn catalog(names: &[&str]) -> Known {
    let items: Vec<Body> = names.iter().map(|name| profile(name)).collect();
    Known::default().listing("ComputeProfile", &Scope::Project("system-catalog".into()), &items)
}
