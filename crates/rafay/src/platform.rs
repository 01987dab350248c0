//! Rafay's platform, `*.k8smgmt.io/v3`: how it speaks of objects (api §7.1), and its kinds, which are
//! rows of data in a file for each group. A kind is its `spec` and its row, and one name in the list
//! at the end of its file.
//!
//! What a POST does where an object of the name exists, nobody documents; it is taken to write over it
//! . So a create is sent only right after a look that proved the name free.

mod apps;
mod cluster;
mod gitops;
mod groups;
mod infra;
mod integrations;
mod policies;
mod shared;
mod system;

pub(crate) use groups::{API, rules};

use plumb_kind::{Kind, Unmanageable};

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
