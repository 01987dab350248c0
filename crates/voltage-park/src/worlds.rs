//! What the tests of volumes, keys, bill and catalog share: documents as resources, declared and
//! live worlds, and requests as lines.

#![expect(clippy::needless_pass_by_value, reason = "body! reads best by value")]

use crate::{KINDS, ids};
use plumb_kind::{
    CannotBuild, Collection, Context, Kind, Reading, Request, Snapshot, Step, Surroundings,
};
use plumb_model::finding::Span;
use plumb_model::ledger::{Entry, Protections, Provenance};
use plumb_model::plan::{ChangeEffect, FieldChange, Shown};
use plumb_model::resource::{Origin, OutputReference};
use plumb_model::{
    Body, Desired, Finding, KindTable, Live, LiveObject, Observation, RemoteId, Resource,
    ResourceKey, Scope, Wishes, body,
};
use std::collections::{BTreeMap, BTreeSet};

/// Ids in the order of their letters.
pub(crate) const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
pub(crate) const V: &str = "ffffffff-0000-4000-8000-00000000000a";

/// A document as its kind prepares it.
pub(crate) fn resource(
    kind: &dyn Kind,
    metadata: impl Into<Body>,
    spec: impl Into<Body>,
) -> Resource {
    let mut resource = unprepared(kind, metadata.into(), spec.into());
    kind.prepare(&mut resource);
    resource
}

/// A document as it comes from the front end.
pub(crate) fn unprepared(kind: &dyn Kind, metadata: Body, spec: Body) -> Resource {
    let rules = kind.rules();
    let body = body!({
        "apiVersion": rules.api_version, "kind": rules.id.kind, "metadata": metadata, "spec": spec,
    });
    let (_, name) = kind.identify(&body).unwrap();
    bare(ids::key(rules.id.clone(), &name), body)
}

fn bare(key: ResourceKey, body: Body) -> Resource {
    let span = Span { file: "a.yaml".into(), line: 1, column: 1, start: 0, end: 10 };
    Resource {
        key,
        body,
        wishes: Wishes::default().into(),
        origin: Origin { file: "a.yaml".into(), document: 0, item: None, span },
    }
}

/// A declared rental that mounts a volume: by name, by id, or none.
pub(crate) fn rental(name: &str, volume: Option<&str>) -> Resource {
    let key = ids::key(ids::bare_metal(), name);
    let id = volume.and_then(ids::uuid);
    let mut rental = bare(key, body!({"metadata": {"name": name}, "spec": {"storage_id": id}}));
    if let Some(volume) = volume.filter(|_| id.is_none()) {
        let key = ids::key(ids::storage_volume(), volume);
        let path = "id".parse().unwrap();
        let output = OutputReference { key, path };
        rental.body = rental.body.with(&"spec.storage_id".parse().unwrap(), output.into());
    }
    rental
}

/// A live object of the kind that reads it.
pub(crate) fn live(kind: &dyn Kind, item: &Body) -> LiveObject {
    kind.read(item, &Scope::Global).unwrap()
}

/// A live rental, of which only the id matters here.
pub(crate) fn live_rental(name: &str, id: &str) -> LiveObject {
    let key = ids::key(ids::bare_metal(), name);
    let volume = body!({"id": id, "name": name, "status": "active"});
    let object = live(&crate::volume::StorageVolume, &volume);
    LiveObject { key, ..object }
}

/// A world that is declared, live and listed.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) declared: Vec<Resource>,
    pub(crate) live: Live,
    pub(crate) snapshot: Snapshot,
}

impl World {
    pub(crate) fn declare(mut self, resource: Resource) -> Self {
        self.declared.push(resource);
        self
    }

    pub(crate) fn with(mut self, object: LiveObject) -> Self {
        let key = object.key.clone();
        self.live.objects.insert(key, Observation::Present(Box::new(object)));
        self
    }

    pub(crate) fn absent(mut self, key: &ResourceKey) -> Self {
        self.live.objects.insert(key.clone(), Observation::Absent);
        self
    }

    pub(crate) fn listing(mut self, collection: Collection, items: Body) -> Self {
        let Body::List(items) = items else { panic!("a list") };
        self.snapshot.0.insert(collection.id, Reading::Items(items.to_vec()));
        self
    }

    pub(crate) fn missing(mut self, collection: Collection) -> Self {
        self.snapshot.0.insert(collection.id, Reading::Missing);
        self
    }

    /// Asks something about the surroundings.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let table = KindTable::new(KINDS.iter().map(|kind| kind.rules().clone()));
        let desired = Desired::new(table, self.declared.clone()).unwrap();
        let (live, snapshot) = (&self.live, &self.snapshot);
        question(&Surroundings::new(&desired, live, snapshot))
    }
}

/// Everything a request is built from.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) live: Option<LiveObject>,
    pub(crate) entry: Option<Entry>,
    pub(crate) changed: Vec<&'static str>,
    pub(crate) snapshot: Snapshot,
    pub(crate) ids: BTreeMap<ResourceKey, RemoteId>,
}

impl Known {
    /// The requests of a step, for a body in which outputs are in place.
    pub(crate) fn requests(
        &self,
        kind: &dyn Kind,
        key: &ResourceKey,
        body: Option<&Body>,
        step: Step<'_>,
    ) -> Result<Vec<String>, CannotBuild> {
        let requests = self.lend(key, body, |context| kind.requests(step, context))?;
        Ok(requests.iter().map(line).collect())
    }

    /// Lends everything.
    pub(crate) fn lend<T>(
        &self,
        key: &ResourceKey,
        body: Option<&Body>,
        use_it: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let change = |at: &&str| FieldChange {
            path: at.parse().unwrap(),
            before: Shown::Absent,
            after: Shown::Absent,
            effect: ChangeEffect::InPlace,
        };
        let changes: Vec<FieldChange> = self.changed.iter().map(change).collect();
        use_it(&Context {
            key,
            body,
            live: self.live.as_ref(),
            entry: self.entry.as_ref(),
            changes: &changes,
            stack: "fleet",
            uid: "uid",
            snapshot: &self.snapshot,
            ids: &self.ids,
            parts: &[],
        })
    }
}

/// What the ledger has of a resource that was sent like this, after these.
pub(crate) fn entry(key: &ResourceKey, sent: Body, requires: &[ResourceKey]) -> Entry {
    Entry {
        key: key.clone(),
        remote_id: None,
        provenance: Provenance::Created,
        since: None,
        sent: sent.into(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: requires.iter().cloned().collect::<BTreeSet<_>>(),
    }
}

/// A request as one line: method, path, query, effect and body.
pub(crate) fn line(request: &Request) -> String {
    let query: Vec<String> =
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let effect = format!("{:?}", request.effect).to_lowercase();
    let body = request
        .body
        .as_ref()
        .map(|body| format!(" {}", body.with_secrets_in_clear()))
        .unwrap_or_default();
    format!("{}{mark}{} ({effect}){body}", request.summary(), query.join("&"))
}

/// Findings, one line each.
pub(crate) fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let path = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{:?} {path}: {}", finding.severity, finding.message)
    };
    findings.iter().map(line).collect()
}

/// The places in a document that its schema refuses.
pub(crate) fn refused(kind: &dyn Kind, resource: &Resource) -> Vec<String> {
    let schema = kind.schema().to_value();
    let written = resource.body.with_secrets_in_clear();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors = validator.iter_errors(&written);
    errors.map(|error| error.instance_path().to_string()).collect()
}
