//! The groups of the platform: how they speak of objects, what all their kinds have in common.

use crate::documents::Metadata;
use crate::paas::{LIST, PAGED, post};
use plumb_kind::row::Api;
use plumb_kind::{KindType, Row};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{CreateSafety, Lifecycle};
use plumb_model::{KindId, KindRules};
use schemars::JsonSchema;

/// A POST to the collection makes and replaces, and nothing else writes.
pub(crate) static API: Api = Api {
    cloud: crate::NAME,
    paging: PAGED,
    envelope: LIST,
    identity: &["/metadata/id", "/metadata/name"],
    create: post(&[]),
    update: post(&[]),
    texts: &["displayName", "description"],
    maps: &["labels", "annotations"],
};

/// A group of the platform: its `apiVersion`, and where its objects are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group(&'static str, &'static str);

pub(super) const INFRA: Group = Group("infra.k8smgmt.io/v3", "apis/infra.k8smgmt.io/v3");
pub(super) const APPS: Group = Group("apps.k8smgmt.io/v3", "apis/apps.k8smgmt.io/v3");
pub(super) const GITOPS: Group = Group("gitops.k8smgmt.io/v3", "apis/gitops.k8smgmt.io/v3");
pub(super) const INTEGRATIONS: Group =
    Group("integrations.k8smgmt.io/v3", "apis/integrations.k8smgmt.io/v3");
pub(super) const OPA: Group = Group("opa.k8smgmt.io/v3", "apis/opa.k8smgmt.io/v3");
pub(super) const SECURITY: Group = Group("security.k8smgmt.io/v3", "apis/security.k8smgmt.io/v3");
pub(super) const COST: Group = Group("cost.k8smgmt.io/v3", "apis/cost.k8smgmt.io/v3");
pub(super) const TAGS: Group = Group("tags.k8smgmt.io/v3", "apis/tags.k8smgmt.io/v3");
pub(super) const SYSTEM: Group = Group("system.k8smgmt.io/v3", "apis/system.k8smgmt.io/v3");

impl Group {
    /// A kind of the group, in a project, that is there as soon as it is made.
    pub(super) const fn row(self, plural: &'static str, kind: fn() -> KindType) -> Row {
        Row::new(&API, (self.1, plural), kind)
    }

    /// What a kind of the group says of itself, with a spec of type `S`.
    pub(super) fn kind<S: JsonSchema>(self, name: &str, summary: &'static str) -> KindType {
        KindType::of::<Metadata, S>(self.rules(name), summary).with_status()
    }

    /// One whose status says when it is in effect (api §4.5, §7.4).
    pub(super) fn deployed<S: JsonSchema>(self, name: &str, summary: &'static str) -> KindType {
        let rules = KindRules { lifecycle: Lifecycle::Waited, ..self.rules(name) };
        KindType::of::<Metadata, S>(rules, summary).with_status()
    }

    pub(super) fn rules(self, name: &str) -> KindRules {
        rules(self.0, name, ScopeLevel::Project)
    }

    pub(super) fn id(self, name: &str) -> KindId {
        self.rules(name).id
    }
}

/// The rules of what a POST writes over.
pub(crate) fn rules(api_version: &'static str, name: &str, level: ScopeLevel) -> KindRules {
    KindRules {
        create_safety: CreateSafety::Overwriting,
        family: Some(FAMILY),
        ..KindRules::plain(api_version, name, level)
    }
}

/// The family of these kinds.
const FAMILY: &str = "platform";
