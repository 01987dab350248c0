//! What a configuration may say of this cloud: keys, knobs, durations, secrets, and what exists at
//! the start. Everything has a default.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::knobs::Knobs;
use super::seed::Seed;
use plumb_sandbox::ids::{self, Random};
use plumb_sandbox::{Timestamp, knobs};

/// A key. Synthetic, yet treated as a secret: logs carry [`Key::id`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The whole text, of the form `ra2.<id>.<secret>` (contract 1.4), though any text works.
    pub key: String,
    /// What it may do.
    #[serde(default)]
    pub role: KeyRole,
    /// The organization it opens, by name; absent means the one that is seeded. Each other has a
    /// world of its own, with the catalog of the first and nothing else.
    #[serde(default)]
    pub organization: Option<String>,
    /// The names of the projects it reaches; absent means all.
    #[serde(default)]
    pub projects: Option<Vec<String>>,
    /// From this virtual moment on it is refused with a text that says "expired".
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The username of the user whose key it is, whose roles then say what it may do; absent
    /// means that it is nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether it is a partner's: it may call the partner console, and act inside any organization.
    #[serde(default)]
    pub partner: bool,
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRole {
    /// Everything.
    #[default]
    Admin,
    /// Only reading; writes answer 403.
    ReadOnly,
}

/// Secrets that outputs carry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// The login password of machines; masked by default as the `mask` knob says.
    pub node_login_password: String,
    /// The kubeconfig of clusters; never masked, as the real nested outputs are not (contract 3.8).
    pub kubeconfig: String,
}

impl Default for Secrets {
    fn default() -> Self {
        Secrets {
            node_login_password: "sandbox-node-password-7f3a91c5".to_owned(),
            kubeconfig: "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    \
                         token: sandbox-kubeconfig-token-e81d40b2\n"
                .to_owned(),
        }
    }
}

impl Key {
    /// A key that may do everything and never expires.
    #[must_use]
    pub fn admin(key: &str) -> Self {
        Key {
            key: key.to_owned(),
            role: KeyRole::Admin,
            organization: None,
            projects: None,
            expires_at: None,
            user: None,
            partner: false,
        }
    }

    /// A key that may do everything in another organization.
    #[must_use]
    pub fn of(organization: &str, key: &str) -> Self {
        Key { organization: Some(organization.to_owned()), ..Key::admin(key) }
    }

    /// The key of a user.
    #[must_use]
    pub fn of_user(user: &str, key: &str) -> Self {
        Key { user: Some(user.to_owned()), ..Key::admin(key) }
    }

    /// A key of the partner.
    #[must_use]
    pub fn of_partner(key: &str) -> Self {
        Key { partner: true, ..Key::admin(key) }
    }

    /// The part that may be shown: `ra2.<id>` of `ra2.<id>.<secret>`, a digest of other texts.
    #[must_use]
    pub fn id(&self) -> String {
        id_of(&self.key)
    }

    /// The key made from a seed.
    pub(crate) fn seeded(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x5eed_0f4b_e75a_11b0);
        let id = random.draw() >> 32;
        Key::admin(&format!("ra2.{id:08x}.{:016x}{:016x}", random.draw(), random.draw()))
    }
}

/// What may be shown of a key.
pub(crate) fn id_of(key: &str) -> String {
    match key.rsplit_once('.') {
        Some((id, _)) if id.starts_with("ra2.") => id.to_owned(),
        _ => ids::key_id(key),
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

knobs! {
    /// How long each phase takes, in virtual seconds.
    pub struct Durations {
        /// From submitted to the first sign of work; at most the whole deployment.
        pub submit: u64 = 10,
        /// A VPC or any other service, from publish to deployed.
        pub service: u64 = 120,
        /// A bare-metal instance, from publish to success.
        pub baremetal: u64 = 900,
        /// A Kubernetes instance.
        pub k8s: u64 = 1200,
        /// A virtual machine.
        pub vm: u64 = 300,
        /// What is declared and has a status, from its write to `StatusOK`.
        pub hub: u64 = 20,
        /// A namespace.
        pub namespace: u64 = 60,
        /// A cluster, managed or not.
        pub cluster: u64 = 1800,
        /// An environment.
        pub environment: u64 = 600,
        /// A developer's storage, security group or key.
        pub developer: u64 = 30,
        /// A power action.
        pub action: u64 = 60,
        /// From an accepted delete to 404.
        pub delete: u64 = 120,
    }
}

knobs! {
    /// How long API keys may live (contract 1.4, R-98). The API has no call for it.
    pub struct KeyPolicy {
        /// What a key has when nothing is asked, in hours.
        pub organization_hours: u64 = 8760,
        /// What users have instead, by username, where it is more.
        pub users: BTreeMap<String, u64>,
        /// The most a user may ask for; absent means what one has when nothing is asked.
        pub cap_hours: Option<u64>,
    }
}

impl KeyPolicy {
    /// What a key of this user has when nothing is asked: the larger of the two.
    pub(crate) fn usual_hours(&self, username: &str) -> u64 {
        let own = self.users.get(username).copied().unwrap_or_default();
        own.max(self.organization_hours).max(1)
    }
}

knobs! {
    /// This cloud's section of a configuration.
    pub struct Settings {
        /// The keys that open it. Empty means one administrator key made from the seed.
        pub keys: Vec<Key>,
        /// Quirks of the API.
        pub knobs: Knobs,
        /// How long things take, in virtual seconds.
        pub durations: Durations,
        /// How long API keys may live.
        pub api_keys: KeyPolicy,
        /// Secrets that outputs carry; synthetic, so tests can look for them where they must not be.
        pub secrets: Secrets,
        /// The origin of absolute links in answers. Foreign by default: no client should follow it.
        pub link_origin: String = "https://console.sandbox.invalid".to_owned(),
        /// What exists at the start, when it is not the usual. Read at the start only.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub seeded: Option<Seed>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids_do_not_carry_the_secret() {
        let key = Key::admin("ra2.abc.secret");
        assert_eq!(key.id(), "ra2.abc");
        let plain = Key::admin("hunter2");
        assert!(!plain.id().contains("hunter2"));
        assert!(!format!("{key:?}{plain:?}").contains("hunter2"));
        assert!(!format!("{key:?}").contains("secret"));
    }
}
