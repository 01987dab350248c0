//! The identity of an object of a kind that is a row.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::{HubKind, Scope};
use super::table;

/// The identity of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HubKey {
    /// The kind.
    #[serde(with = "by_name")]
    pub kind: &'static HubKind,
    /// The name of the project; empty where it lives in the organization.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// The name of the workspace, for what lives in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The name.
    pub name: String,
}

impl HubKey {
    /// Reads the printed form: `Kind/project/name`, with a workspace before the name where there is
    /// one, and without a project where the kind lives in the organization.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/')?;
        let kind = table::of_name(kind)?;
        let parts: Vec<&str> = rest.split('/').collect();
        let (project, workspace, name) = match (kind.scope, parts.as_slice()) {
            (Scope::Organization, [name]) => ("", None, *name),
            (Scope::Project | Scope::ProjectOrWorkspace, [project, name]) => {
                (*project, None, *name)
            }
            (Scope::ProjectOrWorkspace, [project, workspace, name]) => {
                (*project, Some((*workspace).to_owned()), *name)
            }
            _ => return None,
        };
        Some(HubKey { kind, project: project.to_owned(), workspace, name: name.to_owned() })
    }
}

impl fmt::Display for HubKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/", self.kind.kind)?;
        if !self.project.is_empty() {
            write!(formatter, "{}/", self.project)?;
        }
        if let Some(workspace) = &self.workspace {
            write!(formatter, "{workspace}/")?;
        }
        formatter.write_str(&self.name)
    }
}

/// A kind is written down as its name.
mod by_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::hub::kind::HubKind;
    use crate::hub::table;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde wants")]
    pub(super) fn serialize<S: Serializer>(
        kind: &&'static HubKind,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.kind)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static HubKind, D::Error> {
        let name = String::deserialize(deserializer)?;
        table::of_name(&name).ok_or_else(|| de::Error::custom(format!("no kind {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_print_as_they_are_read() {
        for text in [
            "Blueprint/ml/base",
            "VirtualMachine/ml/research/one",
            "VirtualMachine/ml/one",
            "ChargebackGroup/all",
        ] {
            assert_eq!(HubKey::parse(text).unwrap().to_string(), text);
        }
        for text in ["Blueprint/base", "Blueprint/ml/research/base", "Nothing/ml/a", "Blueprint"] {
            assert_eq!(HubKey::parse(text), None, "{text}");
        }
    }
}
