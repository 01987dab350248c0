//! Shared storage volumes, mounted over NFS by bare-metal rentals (contract §2.4, §5.3). What may
//! be attached, and by whom, is in `attachment`; sizes and what they cost in `size`.

mod attachment;
mod size;

#[cfg(test)]
mod tests;

use crate::documents::{self, LONGEST_VOLUME_NAME, VolumeMetadata};
use crate::{collections, ids, paths};
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Request,
    Snapshot, Step, Surroundings, check, export,
};
use plumb_model::live::LiveStatus;
use plumb_model::rules::{Costs, Identity, Lifecycle, MarkPlace};
use plumb_model::text::ServerText;
use plumb_model::{
    Body, FieldChange, FieldPath, Fields, Finding, KindRules, LiveObject, Money, Phase, Refinement,
    RemoteId, Resource, ResourceKey, Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// `voltagepark.com/v1` `StorageVolume`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StorageVolume;

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let rules = KindRules {
        lifecycle: Lifecycle::Waited,
        costs: Costs::ByTheHour,
        identity: Identity::Id,
        // A second volume of the name is refused (V-21).
        mark: MarkPlace::Ledger,
        // A volume is active at once (V-36); this is for a server that takes its time.
        timeout_seconds: 15 * 60,
        ..ids::rules("StorageVolume")
    };
    let summary = "A shared storage volume, mounted over NFS by bare-metal rentals.";
    KindType::of::<VolumeMetadata, documents::StorageVolumeSpec>(rules, summary)
});

/// What the server says of a volume beside what is declared.
const STATUS: [&str; 5] = ["status", "rate_hourly", "vip", "tenant_id", "used_capacity_bytes"];

impl Kind for StorageVolume {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn prepare(&self, resource: &mut Resource) {
        attachment::prepare(resource);
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        let mut findings = check::foreign_annotations(resource);
        findings.extend(attachment::check(resource));
        findings
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::volumes()]
    }

    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let (id, name) = ids::identity(&self.rules().id, item)?;
        let kept = |field: &&str| item.get(field).is_some_and(|value| !value.is_null());
        let status: Fields = STATUS
            .into_iter()
            .filter(kept)
            .filter_map(|field| Some((field.to_owned(), item.get(field)?.clone())))
            .collect();
        let mut spec = Fields::new();
        if let Some(gigabytes) = size::of_item(item) {
            spec.insert("size_in_gb", gigabytes.into());
        }
        spec.insert("order_ids", attachment::of_item(item).into());
        let vip = item.get("vip").and_then(Body::as_str).unwrap_or_default();
        let key = ids::key(self.rules().id.clone(), &name);
        let body = body!({
            "apiVersion": ids::API_VERSION,
            "kind": self.rules().id.kind,
            "metadata": {"name": name},
            "spec": spec,
            "status": status,
        });
        Ok(LiveObject {
            status: LiveStatus { phase: phase(item), ..LiveStatus::ready() },
            outputs: body!({"id": id.as_str(), "vip": vip}),
            remote_id: Some(id),
            hourly: item.get("rate_hourly").and_then(Money::read),
            ..LiveObject::of(key, body)
        })
    }

    fn item(&self, _key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(paths::item("storage", id?.as_str())))
    }

    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        size::preflight(resource, around)
    }

    fn needs_detail(&self, resource: &Resource, live: &LiveObject) -> bool {
        size::shrinks(resource, live).is_some()
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        let attached = attachment::judge(resource, around);
        let mut findings = attached.findings;
        findings.extend(size::judge(resource, around));
        Refinement {
            findings,
            rules: attached.rules.into(),
            hourly: size::hourly(resource, around),
            ..Refinement::default()
        }
    }

    fn reads_first(&self, step: Step<'_>, context: &Context<'_>) -> Vec<Collection> {
        attachment::reads_first(step, context)
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        match step {
            Step::Adopt => Ok(Vec::new()),
            Step::Create => Ok(vec![create(context)]),
            Step::Update => update(context),
            Step::Delete => delete(context),
            Step::Publish | Step::Power(_) | Step::Act(_) => Err(CannotBuild {
                message: format!("{} cannot be published or switched", context.key),
                help: "a volume has no such operation".to_owned(),
            }),
        }
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        ids::remote_id(answer, "id")
    }

    fn details(&self, live: &LiveObject, _snapshot: &Snapshot) -> Vec<Collection> {
        let detail = live.remote_id.as_ref().map(|id| collections::volume(id.as_str()));
        let rentals = (!attachment::of_body(&live.body).is_empty()).then(collections::rentals);
        detail.into_iter().chain(rentals).collect()
    }

    fn describe(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<(&'static str, ServerText)> {
        let mut lines = Vec::new();
        let vip = live.body.pointer("/status/vip").and_then(Body::as_str);
        lines.extend(vip.map(|vip| ("mount address", ServerText::new(vip))));
        lines.extend(size::describe(live, snapshot));
        lines.push(("attached to", attachment::describe(live, snapshot)));
        lines
    }

    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        if !is_name(&live.key.name) {
            // Made when names were free text (V-21): no manifest may say it.
            return None;
        }
        let body = attachment::exported(live, snapshot);
        Some(export::plain(&LiveObject { body, ..live.clone() }, self.rules(), &[]))
    }

    fn export_lookups(&self, live: &LiveObject, _snapshot: &Snapshot) -> Vec<Collection> {
        let attached = !attachment::of_body(&live.body).is_empty();
        attached.then(collections::rentals).into_iter().collect()
    }
}

/// Where a volume is in its life (contract §4).
fn phase(item: &Body) -> Phase {
    match item.get("status").and_then(Body::as_str) {
        Some("active") => Phase::Ready,
        Some("inactive") => Phase::Pending,
        other => Phase::Unknown(ServerText::new(other.unwrap_or("none"))),
    }
}

/// A field of `spec`, as declared, with outputs in place.
fn spec<'c>(context: &Context<'c>, field: &str) -> Option<&'c Body> {
    context.body?.get("spec")?.get(field).filter(|value| !value.is_null())
}

fn create(context: &Context<'_>) -> Request {
    let mut body = Fields::new();
    body.insert("name", context.key.name.as_str().into());
    for field in ["size_in_gb", "order_ids"] {
        if let Some(value) = spec(context, field) {
            body.insert(field, value.clone());
        }
    }
    Request::write(Method::Post, paths::slashed("storage"), Effect::Create).json(Body::Fields(body))
}

/// Only what changes is sent: the rest is unchanged when it is absent (V-46).
fn update(context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
    let mut body = Fields::new();
    if changes(context, &FieldPath::root().key("metadata").key("name")) {
        body.insert("name", context.key.name.as_str().into());
    }
    if let Some(size) = spec(context, "size_in_gb").filter(|_| changes(context, &size::FIELD)) {
        body.insert("size_in_gb", size.clone());
    }
    if changes(context, &attachment::RENTALS) {
        // What is declared no longer is no longer attached.
        let declared = spec(context, "order_ids").cloned();
        body.insert("order_ids", declared.unwrap_or_else(|| body!([])));
    }
    if body.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![patch(&context.own_id()?, Effect::Act, Body::Fields(body))])
}

fn changes(context: &Context<'_>, field: &FieldPath) -> bool {
    let about = |change: &FieldChange| change.path.is_within(field);
    context.changes.iter().any(about)
}

/// A volume that is attached cannot be deleted (V-38).
fn delete(context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
    let id = context.own_id()?;
    let path = paths::item("storage", id.as_str());
    let mut requests = Vec::new();
    if attachment::may_detach(context)? == attachment::Detach::First {
        requests.push(attach(&id, &[]));
    }
    requests.push(Request::write(Method::Delete, path, Effect::Delete));
    Ok(requests)
}

fn patch(id: &RemoteId, effect: Effect, body: Body) -> Request {
    Request::write(Method::Patch, paths::item("storage", id.as_str()), effect).json(body)
}

/// Attaches a volume to exactly these rentals (V-22). May be sent again.
pub(crate) fn attach(volume: &RemoteId, rentals: &[String]) -> Request {
    patch(volume, Effect::Assign, body!({"order_ids": rentals}))
}

/// What a gigabyte costs an hour, when the rate was read.
pub(crate) fn rate(snapshot: &Snapshot) -> Option<Money> {
    size::rate(snapshot)
}

/// Whether a manifest may have this name, by the rule of its schema.
fn is_name(text: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=LONGEST_VOLUME_NAME).contains(&bytes.len())
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
        && bytes.iter().all(|byte| plain(byte) || b"._-".contains(byte))
}
