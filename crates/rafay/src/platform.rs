//! Rafay's platform, `*.k8smgmt.io/v3`: how it speaks of objects (api §7.1), and its kinds, which are
//! rows of data in a file for each group. A kind is its `spec` and its row, and one name in the list
//! at the end of its file.
//!
//! What a POST does where an object of the name exists, nobody documents; it is taken to write over it
//! . So a create is sent only right after a look that proved the name free.

mod apps;
mod cluster;
mod gitops;
mod infra;
mod integrations;
mod policies;
mod shared;
mod system;

use crate::documents::Metadata;
use crate::paas::{LIST, PAGED, post};
use plumb_kind::row::Api;
use plumb_kind::{Kind, KindType, Row, Unmanageable};
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

/// The kinds of all groups.
pub(crate) fn kinds() -> impl Iterator<Item = &'static dyn Kind> {
    let groups = [
        infra::KINDS,
        cluster::KINDS,
        apps::KINDS,
        gitops::KINDS,
        integrations::KINDS,
        policies::KINDS,
        system::KINDS,
    ];
    groups.into_iter().flatten().copied()
}

/// What the platform has and no public path leads to.
pub(crate) const UNMANAGEABLE: &[Unmanageable] = &[
    Unmanageable {
        kinds: &["ClusterTemplate", "ClusterTemplates"],
        why: "cluster templates are made and used in the console alone",
    },
    Unmanageable {
        kinds: &["Gateway", "Gateways"],
        why: "gateways are set up in the console alone; an Agent of gitops.k8smgmt.io/v3 is something else",
    },
    Unmanageable {
        kinds: &["ConvertToManaged", "ManagedCluster"],
        why: "an imported cluster is taken under management in the console alone; declare what it becomes \
              as a Cluster of infra.k8smgmt.io/v3, and adopt it",
    },
    Unmanageable {
        kinds: &["Backup", "BackupPolicy", "BackupLocation", "Restore", "RestorePolicy"],
        why: "backups are set up and restored in the console alone; what can be declared is the access, as \
              Credentials of type DataBackup",
    },
];

/// A group of the platform: its `apiVersion`, and where its objects are.
#[derive(Clone, Copy, Debug)]
struct Group(&'static str, &'static str);

const INFRA: Group = Group("infra.k8smgmt.io/v3", "apis/infra.k8smgmt.io/v3");
const APPS: Group = Group("apps.k8smgmt.io/v3", "apis/apps.k8smgmt.io/v3");
const GITOPS: Group = Group("gitops.k8smgmt.io/v3", "apis/gitops.k8smgmt.io/v3");
const INTEGRATIONS: Group = Group("integrations.k8smgmt.io/v3", "apis/integrations.k8smgmt.io/v3");
const OPA: Group = Group("opa.k8smgmt.io/v3", "apis/opa.k8smgmt.io/v3");
const SECURITY: Group = Group("security.k8smgmt.io/v3", "apis/security.k8smgmt.io/v3");
const COST: Group = Group("cost.k8smgmt.io/v3", "apis/cost.k8smgmt.io/v3");
const TAGS: Group = Group("tags.k8smgmt.io/v3", "apis/tags.k8smgmt.io/v3");
const SYSTEM: Group = Group("system.k8smgmt.io/v3", "apis/system.k8smgmt.io/v3");

impl Group {
    /// A kind of the group, in a project, that is there as soon as it is made.
    const fn row(self, plural: &'static str, kind: fn() -> KindType) -> Row {
        Row::new(&API, (self.1, plural), kind)
    }

    /// What a kind of the group says of itself, with a spec of type `S`.
    fn kind<S: JsonSchema>(self, name: &str, summary: &'static str) -> KindType {
        KindType::of::<Metadata, S>(self.rules(name), summary).with_status()
    }

    /// One whose status says when it is in effect (api §4.5, §7.4).
    fn deployed<S: JsonSchema>(self, name: &str, summary: &'static str) -> KindType {
        let rules = KindRules { lifecycle: Lifecycle::Waited, ..self.rules(name) };
        KindType::of::<Metadata, S>(rules, summary).with_status()
    }

    fn rules(self, name: &str) -> KindRules {
        rules(self.0, name, ScopeLevel::Project)
    }

    fn id(self, name: &str) -> KindId {
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
