//! What one organization holds.

use serde::{Deserialize, Serialize};

use super::chronicle::Chronicle;
use super::directory::Directory;
use super::key::ObjectKey;
use super::keys::ApiKeys;
use super::objects::{Object, Objects};
use super::records::OrganizationRecord;
use plumb_sandbox::ids;
use plumb_sandbox::time::Timestamp;

/// The id of the organization that is seeded, and its name.
const SEEDED_ID: &str = "d2y5kol";
const SEEDED_NAME: &str = "default";

/// The id of the partner whose organizations they all are.
pub(crate) const PARTNER_ID: &str = "rx28oml";

/// A Rafay organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Organization {
    /// The name, when it is not the one that is seeded.
    #[serde(default)]
    name: Option<String>,
    /// What the partner console says of it.
    #[serde(default = "OrganizationRecord::in_use")]
    pub(crate) record: OrganizationRecord,
    /// When it was made; none is before anybody looked.
    #[serde(default)]
    pub(crate) created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default)]
    pub(crate) modified_at: Option<Timestamp>,
    pub(crate) directory: Directory,
    pub(crate) objects: Objects,
    /// The API keys of its users.
    #[serde(default)]
    pub(crate) keys: ApiKeys,
    /// What happened to what is deployed.
    #[serde(default)]
    pub(crate) chronicle: Chronicle,
}

impl Default for Organization {
    fn default() -> Self {
        Organization {
            name: None,
            record: OrganizationRecord::in_use(),
            created_at: None,
            modified_at: None,
            directory: Directory::default(),
            objects: Objects::default(),
            keys: ApiKeys::default(),
            chronicle: Chronicle::default(),
        }
    }
}

impl Organization {
    /// An empty organization of this name.
    pub(crate) fn called(name: &str) -> Self {
        Organization { name: Some(name.to_owned()), ..Organization::default() }
    }

    /// Its id: seven characters.
    pub(crate) fn id(&self) -> String {
        self.name.as_deref().map_or_else(|| SEEDED_ID.to_owned(), id_of)
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

    /// The API keys of its users.
    #[must_use]
    pub fn api_keys(&self) -> &ApiKeys {
        &self.keys
    }

    /// The stored object of this key, e.g. `ComputeInstance/ml/research/train-01`.
    #[must_use]
    pub fn object(&self, key: &str) -> Option<&Object> {
        self.objects.get(&ObjectKey::parse(key)?)
    }

    /// When something moves next by itself.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let dues = [self.objects.next_due(), self.keys.next_due()];
        dues.into_iter().flatten().min()
    }

    /// Every object, oldest first.
    pub fn all_objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.all()
    }
}

/// The id of the organization of this name, that is not the seeded one.
pub(crate) fn id_of(name: &str) -> String {
    ids::digest(name.as_bytes()).chars().take(7).collect()
}
