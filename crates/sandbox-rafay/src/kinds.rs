//! The kinds that are stored, and the identity of an object (contract 2.2).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The `apiVersion` of everything here.
pub(crate) const API_VERSION: &str = "paas.envmgmt.io/v1";

/// The kinds of `paas.envmgmt.io/v1` that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A workspace.
    Workspace,
    /// A service, e.g. a VPC.
    Service,
    /// A compute instance.
    ComputeInstance,
    /// What compute instances are made from.
    ComputeProfile,
    /// What services are made from.
    ServiceProfile,
}

/// The identity of an object (contract 2.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The kind.
    pub kind: Kind,
    /// The name of the project.
    pub project: String,
    /// The name of the workspace, for what lives in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The name.
    pub name: String,
}

impl Kind {
    /// The kind as it stands in envelopes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Workspace => "Workspace",
            Kind::Service => "Service",
            Kind::ComputeInstance => "ComputeInstance",
            Kind::ComputeProfile => "ComputeProfile",
            Kind::ServiceProfile => "ServiceProfile",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Kind::Workspace,
            Kind::Service,
            Kind::ComputeInstance,
            Kind::ComputeProfile,
            Kind::ServiceProfile,
        ];
        all.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kind of the profiles this kind is made from.
    pub(crate) fn profile_kind(self) -> Option<Kind> {
        match self {
            Kind::ComputeInstance => Some(Kind::ComputeProfile),
            Kind::Service => Some(Kind::ServiceProfile),
            Kind::Workspace | Kind::ComputeProfile | Kind::ServiceProfile => None,
        }
    }

    /// The field of the spec that names the profile.
    pub(crate) fn profile_field(self) -> Option<&'static str> {
        match self {
            Kind::ComputeInstance => Some("computeProfile"),
            Kind::Service => Some("serviceProfile"),
            Kind::Workspace | Kind::ComputeProfile | Kind::ServiceProfile => None,
        }
    }

    /// The kind whose collection stands in this path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let mut segments = path.split('/').rev();
        segments.find_map(|segment| match segment {
            "workspaces" => Some(Kind::Workspace),
            "services" => Some(Kind::Service),
            "computeinstances" => Some(Kind::ComputeInstance),
            "computeprofiles" => Some(Kind::ComputeProfile),
            "serviceprofiles" => Some(Kind::ServiceProfile),
            _ => None,
        })
    }

    /// The words used in messages.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Kind::Workspace => "Workspace",
            Kind::Service => "Service",
            Kind::ComputeInstance => "Compute instance",
            Kind::ComputeProfile => "Compute profile",
            Kind::ServiceProfile => "Service profile",
        }
    }
}

impl ObjectKey {
    /// The key of a thing directly in a project.
    #[must_use]
    pub fn in_project(kind: Kind, project: &str, name: &str) -> Self {
        let (project, name) = (project.to_owned(), name.to_owned());
        ObjectKey { kind, project, workspace: None, name }
    }

    /// The key of a thing in a workspace.
    #[must_use]
    pub fn in_workspace(kind: Kind, project: &str, workspace: &str, name: &str) -> Self {
        let workspace = Some(workspace.to_owned());
        ObjectKey { workspace, ..ObjectKey::in_project(kind, project, name) }
    }

    /// Reads the printed form: `Kind/project/name` or `Kind/project/workspace/name`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [kind, project, name] => Some(Self::in_project(Kind::parse(kind)?, project, name)),
            [kind, project, workspace, name] => {
                Some(Self::in_workspace(Kind::parse(kind)?, project, workspace, name))
            }
            _ => None,
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/", self.kind.as_str(), self.project)?;
        if let Some(workspace) = &self.workspace {
            write!(formatter, "{workspace}/")?;
        }
        formatter.write_str(&self.name)
    }
}
