//! The identity of an object (contract 2.2).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kinds::{Kind, Scope};
use super::table;

/// The identity of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObjectKey {
    /// The kind.
    pub kind: &'static Kind,
    /// The name of the project; empty where it lives in the organization.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// The name of the workspace, for what lives in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectKey {
    /// The key of a thing directly in a project.
    #[must_use]
    pub fn in_project(kind: &'static Kind, project: &str, name: &str) -> Self {
        let (project, name) = (project.to_owned(), name.to_owned());
        ObjectKey { kind, project, workspace: None, name }
    }

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
        Some(ObjectKey { workspace, ..Self::in_project(kind, project, name) })
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/", self.kind.name)?;
        if !self.project.is_empty() {
            write!(formatter, "{}/", self.project)?;
        }
        if let Some(workspace) = &self.workspace {
            write!(formatter, "{workspace}/")?;
        }
        formatter.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_print_as_they_are_read() {
        for text in [
            "Blueprint/ml/base",
            "ComputeInstance/ml/research/one",
            "VirtualMachine/ml/research/one",
            "VirtualMachine/ml/one",
            "ChargebackGroup/all",
        ] {
            assert_eq!(ObjectKey::parse(text).unwrap().to_string(), text);
        }
        for text in ["Blueprint/base", "Blueprint/ml/research/base", "Nothing/ml/a", "Blueprint"] {
            assert_eq!(ObjectKey::parse(text), None, "{text}");
        }
    }
}
