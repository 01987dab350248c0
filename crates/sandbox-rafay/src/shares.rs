//! Which organizations see which shared profiles (contract 6.3, R-53).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Who sees one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Share {
    /// Every organization, as long as nothing else was said.
    All,
    /// These, by their ids.
    Custom(BTreeSet<String>),
    /// None but the one that has it.
    None,
}

/// What was said of profiles, by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Shares(BTreeMap<String, Share>);

impl Shares {
    /// Says who sees a profile; what was said before is forgotten.
    pub(crate) fn set(&mut self, profile: &str, share: Share) {
        self.0.insert(profile.to_owned(), share);
    }

    /// Whether an organization that does not have the profile sees it.
    pub(crate) fn shows(&self, profile: &str, organization: &str) -> bool {
        match self.0.get(profile) {
            None | Some(Share::All) => true,
            Some(Share::Custom(ids)) => ids.contains(organization),
            Some(Share::None) => false,
        }
    }
}
