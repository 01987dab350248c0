//! What one organization holds.

use serde::{Deserialize, Serialize};

use super::directory::Directory;
use super::hub::key::HubKey;
use super::hub::store::{HubObject, HubObjects};
use super::kinds::ObjectKey;
use super::objects::{Object, Objects};
use plumb_sandbox::ids;
use plumb_sandbox::time::Timestamp;

/// The id of the organization that is seeded, and its name.
const SEEDED_ID: &str = "d2y5kol";
const SEEDED_NAME: &str = "default";

/// A Rafay organization.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Organization {
    /// The name, when it is not the one that is seeded.
    #[serde(default)]
    name: Option<String>,
    pub(crate) directory: Directory,
    pub(crate) objects: Objects,
    /// What is declared and no profile's.
    #[serde(default)]
    pub(crate) hub: HubObjects,
}

impl Organization {
    /// An empty organization of this name.
    pub(crate) fn called(name: &str) -> Self {
        Organization { name: Some(name.to_owned()), ..Organization::default() }
    }

    /// Its id: seven characters.
    pub(crate) fn id(&self) -> String {
        match &self.name {
            Some(name) => ids::digest(name.as_bytes()).chars().take(7).collect(),
            None => SEEDED_ID.to_owned(),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(SEEDED_NAME)
    }

    /// Projects, users, groups and roles.
    #[must_use]
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The stored object of this key, e.g. `ComputeInstance/ml/research/train-01`.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<&Object> {
        self.objects.get(&ObjectKey::parse(key)?)
    }

    /// The stored object of this key whose kind is a row, e.g. `Blueprint/ml/base`.
    #[must_use]
    pub fn hub_object(&self, key: &str) -> Option<&HubObject> {
        self.hub.get(&HubKey::parse(key)?)
    }

    /// Whether a project still holds anything.
    pub(crate) fn has_content(&self, project: &str) -> bool {
        self.objects.has_content(project, None) || self.hub.has_content(project, None)
    }

    /// When something moves next by itself.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.objects.next_due().into_iter().chain(self.hub.next_due()).min()
    }

    /// Every platform object, oldest first.
    pub fn all_objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.all()
    }
}
