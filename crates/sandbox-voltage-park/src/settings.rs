//! What a configuration may say of this cloud: keys, knobs, secrets, and what exists at the start.
//! Everything has a default.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::knobs::Knobs;
use super::seed::Seed;
use plumb_sandbox::Timestamp;
use plumb_sandbox::ids::{self, Random};

/// The organization of keys and objects that name none.
pub const DEFAULT_ORGANIZATION: &str = "default";

/// This cloud's section of a configuration.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The keys that open it. Empty means one key made from the seed.
    pub keys: Vec<Key>,
    /// Quirks of the API.
    pub knobs: Knobs,
    /// Secrets that answers carry.
    pub secrets: Secrets,
    /// What exists at the start, when it is not the usual. Read at the start only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeded: Option<Seed>,
}

/// A key. Synthetic, yet treated as a secret: logs carry [`Key::id`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The whole text.
    pub key: String,
    /// The organization it opens; each has a world of its own, and shares only the stock.
    #[serde(default = "default_organization")]
    pub organization: String,
    /// From this virtual moment on it is refused.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// Secrets that answers carry; synthetic, so tests can look for them where they must not be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// The kubeconfig every bare-metal rental carries, in lists too.
    pub kubeconfig: String,
}

impl Default for Secrets {
    fn default() -> Self {
        Secrets {
            kubeconfig: "apiVersion: v1\nkind: Config\nusers:\n- name: default\n  user:\n    \
                         token: sandbox-rental-token-5c0d97fa\n"
                .to_owned(),
        }
    }
}

impl Key {
    /// A key of an organization that never expires.
    #[must_use]
    pub fn new(key: &str, organization: &str) -> Self {
        let (key, organization) = (key.to_owned(), organization.to_owned());
        Key { key, organization, expires_at: None }
    }

    /// What may be shown of it.
    #[must_use]
    pub fn id(&self) -> String {
        ids::key_id(&self.key)
    }

    /// The key made from a seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x70a7_4a6e_9a2c_51d3);
        let key = format!("vp_{:016x}{:016x}", random.draw(), random.draw());
        Key::new(&key, DEFAULT_ORGANIZATION)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Key").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Secrets").finish_non_exhaustive()
    }
}

pub(crate) fn default_organization() -> String {
    DEFAULT_ORGANIZATION.to_owned()
}
