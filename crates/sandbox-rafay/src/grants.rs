//! Roles that users and groups hold.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A role that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The id of the project it is held in; none is the whole organization.
    pub project: Option<String>,
    /// The id of the role.
    pub role: String,
    /// The ids of the namespaces it is limited to; none is all.
    #[serde(default)]
    pub namespaces: BTreeSet<String>,
}

/// What came of giving a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// It was not held.
    New,
    /// It was held with other namespaces.
    Replaced,
    /// It was held as it is given.
    Held,
}

/// Roles, one of each in each project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeSet<Grant>);

impl Grants {
    /// Every role that is held.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    /// How many roles are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives a role.
    pub(crate) fn give(&mut self, grant: Grant) -> Given {
        if self.0.contains(&grant) {
            return Given::Held;
        }
        let replaced = self.take(grant.project.as_deref(), &grant.role);
        self.0.insert(grant);
        if replaced { Given::Replaced } else { Given::New }
    }

    /// Takes a role away; says whether it was held.
    pub(crate) fn take(&mut self, project: Option<&str>, role: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|it| it.project.as_deref() != project || it.role != role);
        self.0.len() < before
    }

    /// Takes every role in a project away.
    pub(crate) fn leave(&mut self, project: &str) {
        self.0.retain(|it| it.project.as_deref() != Some(project));
    }

    /// Whether a role is held anywhere.
    pub(crate) fn holds(&self, role: &str) -> bool {
        self.0.iter().any(|it| it.role == role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(project: Option<&str>, role: &str, namespaces: &[&str]) -> Grant {
        let namespaces = namespaces.iter().map(|it| (*it).to_owned()).collect();
        Grant { project: project.map(str::to_owned), role: role.to_owned(), namespaces }
    }

    #[test]
    fn a_role_is_held_once_in_a_project() {
        let mut grants = Grants::default();
        assert_eq!(grants.give(grant(Some("p"), "r", &["a"])), Given::New);
        assert_eq!(grants.give(grant(Some("p"), "r", &["a"])), Given::Held);
        assert_eq!(grants.give(grant(Some("p"), "r", &["b"])), Given::Replaced);
        assert_eq!(grants.give(grant(None, "r", &[])), Given::New);
        assert_eq!(grants.len(), 2);
        assert!(grants.take(Some("p"), "r") && !grants.take(Some("p"), "r"));
        assert!(grants.holds("r"));
    }
}
