//! `paas.envmgmt.io/v1`: how it speaks of objects, and the kinds of it that are nothing but that
//! (api §3.2, §3.3, §3.6). What is deployed is in `deployed`; what a profile says in `profile`.

use crate::documents::{Metadata, Profile, WorkspaceSpec};
use crate::status;
use plumb_kind::row::{Api, Target, Write};
use plumb_kind::{Counts, Envelope, KindType, Method, Paging, Row};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::Access;
use plumb_model::{FieldPath, KindId, KindRules};
use schemars::JsonSchema;

/// The `apiVersion` of these kinds.
pub(crate) const API_VERSION: &str = "paas.envmgmt.io/v1";
/// Where they are.
pub(crate) const BASE: &str = "apis/paas.envmgmt.io/v1";
/// Objects oldest first: what is created between two pages comes after both.
pub(crate) const OLDEST_FIRST: &[(&str, &str)] = &[("order", "ASC"), ("orderBy", "createdAt")];

/// Asked for on every list; the server caps it silently, and says at how many.
pub(crate) const PAGED: Paging =
    Paging::LimitOffset { limit: "limit", offset: "offset", size: 1000 };

/// How a list answers. Whether the count is that of all or of the page is not known.
pub(crate) const LIST: Envelope = Envelope {
    items: &["/items"],
    total: &["/metadata/count"],
    counts: Counts::Something,
    limit: &["/metadata/limit"],
};

/// A POST to the collection makes and replaces; a clash of names is a 409. The
/// vendor's example leaves `fail-on-exists` out; its default is contradictory, so it is always sent.
pub(crate) static API: Api = Api {
    cloud: crate::NAME,
    paging: PAGED,
    envelope: LIST,
    identity: &["/metadata/id", "/metadata/name"],
    create: post(&[("fail-on-exists", "true")]),
    update: post(&[("fail-on-exists", "false")]),
    texts: &["displayName", "description"],
    maps: &["labels", "annotations"],
};

pub(crate) const fn post(query: &'static [(&'static str, &'static str)]) -> Write {
    Write { method: Method::Post, target: Target::Collection, query }
}

/// Workspaces: made at once, nothing to publish.
pub(crate) static WORKSPACE: Row = row("workspaces", || {
    let summary = "A place inside a project for the machines of one group of people.";
    kind::<Option<WorkspaceSpec>>(rules("Workspace", ScopeLevel::Project), summary)
})
.ordered_by(OLDEST_FIRST)
.ready_as(status::common)
.with_or_without_spec();

/// What a compute instance can be made from.
pub(crate) static COMPUTE_PROFILE: Row = row("computeprofiles", || {
    profile(
        "ComputeProfile",
        "What a compute instance can be made from: its variables, their limits, its price. Read \
         only.",
    )
});

/// What a service can be made from.
pub(crate) static SERVICE_PROFILE: Row = row("serviceprofiles", || {
    profile(
        "ServiceProfile",
        "What a service can be made from: its variables, their limits, its price. Read only.",
    )
});

/// A kind of profile: listed, and nothing else.
fn profile(name: &str, summary: &'static str) -> KindType {
    let rules = KindRules { access: Access::ReadOnly, ..rules(name, ScopeLevel::Project) };
    kind::<Option<Profile>>(rules, summary)
}

/// A row of this API.
pub(crate) const fn row(plural: &'static str, kind: fn() -> KindType) -> Row {
    Row::new(&API, (BASE, plural), kind)
}

/// A kind of this API with a spec of type `S`.
pub(crate) fn kind<S: JsonSchema>(rules: KindRules, summary: &'static str) -> KindType {
    KindType::of::<Metadata, S>(rules, summary).with_status()
}

/// The rules of a kind of this API.
pub(crate) fn rules(name: &str, level: ScopeLevel) -> KindRules {
    let made_at = Some(FieldPath::root().key("metadata").key("createdAt"));
    KindRules { made_at, ..KindRules::plain(API_VERSION, name, level) }
}

/// The id of a kind of this API.
pub(crate) fn id(name: &str) -> KindId {
    rules(name, ScopeLevel::Global).id
}
