//! What is said of a kind in its row: of those of the platform, of v3, of the environment manager, of
//! developer resources and of managed Kubernetes (contract 3, 7 and 8).

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

use super::settings::Durations;

/// The `apiVersion` of the platform.
pub(crate) const API_VERSION: &str = "paas.envmgmt.io/v1";

/// A kind as a row of data.
#[derive(Debug)]
pub struct Kind {
    /// The kind as it stands in envelopes; no two rows have the same.
    pub name: &'static str,
    /// The words used in messages.
    pub(crate) words: &'static str,
    /// The API it belongs to.
    pub(crate) api: &'static Api,
    /// The spellings of its collection; the first one is the one to send (contract 7.1).
    pub(crate) plurals: &'static [&'static str],
    /// Where its objects live.
    pub(crate) scope: Scope,
    /// What its status looks like.
    pub(crate) form: Form,
    /// The kind of the profiles it is made from, and the field of the spec that names one.
    pub(crate) made_from: Option<(&'static Kind, &'static str)>,
    /// Whether it has `/status`.
    pub(crate) has_status: bool,
    /// Whether it has `/artifacts`.
    pub(crate) has_artifacts: bool,
    /// Whether `spec.version` names one of many versions.
    pub(crate) versioned: bool,
    /// How long a change takes, in virtual seconds.
    pub(crate) lasts: fn(&Durations) -> u64,
    /// How a delete ends.
    pub(crate) ends: Ends,
    /// What its objects name, and where in the spec.
    pub(crate) needs: &'static [Need],
    /// Paths of the spec that a body must have.
    pub(crate) requires: &'static [&'static str],
    /// What of the spec is fixed after creation.
    pub(crate) fixed: Fixed,
    /// Paths of the spec below which every text is a secret.
    pub(crate) secrets: &'static [&'static str],
    /// What the server adds to a spec that has it not, as JSON.
    pub(crate) adds: &'static str,
    /// The rows of the coverage checklist.
    pub(crate) coverage: &'static [&'static str],
}

/// An API that kinds belong to.
#[derive(Debug)]
pub(crate) struct Api {
    /// The group and the version, as in paths and envelopes.
    pub(crate) version: &'static str,
    /// How it answers writes.
    pub(crate) manner: Manner,
}

/// How writes are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// 200 and the object; 200 and nothing for a delete; `fail-on-exists` is ignored.
    Hub,
    /// Messages, as instances have them; `fail-on-exists` counts.
    Developer,
    /// 200 and the object; a message for a delete; `fail-on-exists` counts.
    Managed,
}

/// Where objects live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// In a project.
    Project,
    /// In a project, or in a workspace of it.
    ProjectOrWorkspace,
    /// In the organization.
    Organization,
}

/// What a status looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// There is none.
    None,
    /// That of a workspace, which is ready as soon as it is written.
    Workspace,
    /// `globalSettings`.
    Profile,
    /// That of what is made from a profile (contract 3.5).
    Made,
    /// `conditionType`, `conditionStatus`, `reason`.
    Condition,
    /// That of a cluster (contract 4.5).
    Cluster,
    /// `digestedStatus` and events (contract 4.5).
    Environment,
    /// `status`, `reason`, `action` (contract 8.1).
    Developer,
    /// That of a developer's machine, with outputs.
    Machine,
    /// That of managed Kubernetes (contract 3.10).
    Managed,
}

/// How a delete ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// At once.
    AtOnce,
    /// After a while; reads show the object until then.
    Slowly,
}

/// What of a spec is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// These paths.
    Paths(&'static [&'static str]),
    /// Everything but these members.
    AllBut(&'static [&'static str]),
    /// Everything; a write that says something else is accepted and takes the metadata only.
    Silently,
}

/// Where a spec names an object of another kind.
#[derive(Debug)]
pub(crate) struct Need {
    /// The kind of what is named.
    pub(crate) kind: &'static str,
    /// Where in the spec, e.g. `agents[].name`.
    pub(crate) path: &'static str,
}

impl Api {
    /// An API of this version.
    pub(crate) const fn new(version: &'static str, manner: Manner) -> Self {
        Api { version, manner }
    }
}

/// That a spec names another object.
pub(crate) const fn needs(kind: &'static str, path: &'static str) -> Need {
    Need { kind, path }
}

impl Kind {
    /// Whether its operations are written out one by one: a workspace, a profile, or what is made from
    /// one, which moves when it is published. What is declared moves when it is written.
    pub(crate) fn is_written_out(&self) -> bool {
        matches!(self.form, Form::Workspace | Form::Profile | Form::Made)
    }

    /// A kind without a status, in a project, that is all there as soon as it is written.
    pub(crate) const fn plain(
        api: &'static Api,
        name: &'static str,
        plurals: &'static [&'static str],
    ) -> Self {
        Kind {
            name,
            words: name,
            api,
            plurals,
            scope: Scope::Project,
            form: Form::None,
            made_from: None,
            has_status: false,
            has_artifacts: false,
            versioned: false,
            lasts: |times| times.hub,
            ends: Ends::AtOnce,
            needs: &[],
            requires: &[],
            fixed: Fixed::Paths(&[]),
            secrets: &[],
            adds: "{}",
            coverage: &[],
        }
    }

    /// With a status of the usual form, and `/status`.
    pub(crate) const fn with_status(self) -> Self {
        Kind { form: Form::Condition, has_status: true, ..self }
    }

    /// With `/artifacts`.
    pub(crate) const fn with_artifacts(self) -> Self {
        Kind { has_artifacts: true, ..self }
    }

    /// With versions.
    pub(crate) const fn with_versions(self) -> Self {
        Kind { versioned: true, ..self }
    }

    /// The same kind, in the organization.
    pub(crate) const fn in_organization(self) -> Self {
        Kind { scope: Scope::Organization, ..self }
    }

    /// The same kind for rows of the coverage checklist.
    pub(crate) const fn covers(self, coverage: &'static [&'static str]) -> Self {
        Kind { coverage, ..self }
    }
}

/// A kind is written down as its name.
impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(other.name)
    }
}
