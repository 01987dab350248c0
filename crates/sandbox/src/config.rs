//! What a world is made from: seed, clock, keys, knobs, fault rules and what exists at the start.
//!
//! Everything has a default, so `{}` is a configuration.

mod choice;
mod knobs;
mod seeded;
mod voltage_park;

use serde::{Deserialize, Serialize};

pub use knobs::*;
pub use seeded::Seeded;
pub use voltage_park::*;

use crate::faults::FaultRule;
use crate::ids::Random;
use crate::time::Timestamp;

/// The configuration of a world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorldConfig {
    /// All randomness comes from here. Read at the start only.
    pub seed: u64,
    /// Where virtual time begins; absent means 2026-01-01T00:00:00Z. Read at the start only.
    pub epoch: Option<Timestamp>,
    /// Virtual seconds in a real second; 0 stands still.
    pub time_scale: u32,
    /// How long the server holds back every answer, in real milliseconds.
    pub latency_ms: u64,
    /// The keys that open the clouds. Empty means one administrator key made from the seed.
    pub api_keys: Vec<ApiKey>,
    /// The keys that open Voltage Park. Empty means one key made from the seed.
    pub voltage_park_keys: Vec<VoltageParkKey>,
    /// How long things take, in virtual seconds.
    pub durations: Durations,
    /// Quirks of the API.
    pub knobs: Knobs,
    /// Faults injected between client and cloud.
    pub faults: Vec<FaultRule>,
    /// Secrets that outputs carry; synthetic, so tests can look for them where they must not be.
    pub secrets: OutputSecrets,
    /// The origin of absolute links in answers. Foreign by default: no client should follow it.
    pub link_origin: String,
    /// What exists at the start. Read at the start only.
    pub seeded: Seeded,
}

/// A key to the simulated clouds. Synthetic, yet treated as a secret: logs carry [`ApiKey::id`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
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

/// How long each phase takes, in virtual seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// From submitted to the first sign of work; at most the whole deployment.
    pub submit: u64,
    /// A VPC or any other service, from publish to deployed.
    pub service: u64,
    /// A bare-metal instance, from publish to success.
    pub baremetal: u64,
    /// A Kubernetes instance.
    pub k8s: u64,
    /// A virtual machine.
    pub vm: u64,
    /// A power action.
    pub action: u64,
    /// From an accepted delete to 404.
    pub delete: u64,
}

/// Secrets that outputs carry.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputSecrets {
    /// The login password of machines; masked by default as the `mask` knob says.
    pub node_login_password: String,
    /// The kubeconfig of clusters; never masked, as the real nested outputs are not (contract 3.8).
    pub kubeconfig: String,
    /// The kubeconfig every bare-metal rental of Voltage Park carries, in lists too.
    pub voltage_park_kubeconfig: String,
}

impl Default for WorldConfig {
    fn default() -> Self {
        WorldConfig {
            seed: 1,
            epoch: None,
            time_scale: 1,
            latency_ms: 0,
            api_keys: Vec::new(),
            voltage_park_keys: Vec::new(),
            durations: Durations::default(),
            knobs: Knobs::default(),
            faults: Vec::new(),
            secrets: OutputSecrets::default(),
            link_origin: "https://console.sandbox.invalid".to_owned(),
            seeded: Seeded::default(),
        }
    }
}

impl Default for Durations {
    fn default() -> Self {
        Durations {
            submit: 10,
            service: 120,
            baremetal: 900,
            k8s: 1200,
            vm: 300,
            action: 60,
            delete: 120,
        }
    }
}

impl Default for OutputSecrets {
    fn default() -> Self {
        OutputSecrets {
            node_login_password: "sandbox-node-password-7f3a91c5".to_owned(),
            kubeconfig: "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    \
                         token: sandbox-kubeconfig-token-e81d40b2\n"
                .to_owned(),
            voltage_park_kubeconfig: "apiVersion: v1\nkind: Config\nusers:\n- name: default\n  \
                                      user:\n    token: sandbox-rental-token-5c0d97fa\n"
                .to_owned(),
        }
    }
}

impl WorldConfig {
    /// The key to hand to a client: the first one, or the one made from the seed.
    #[must_use]
    pub fn first_api_key(&self) -> String {
        self.api_keys.first().map_or_else(|| seeded_key(self.seed), |key| key.key.clone())
    }

    /// The Voltage Park key to hand to a client: the first one, or the one made from the seed.
    #[must_use]
    pub fn first_voltage_park_key(&self) -> String {
        let seeded = || VoltageParkKey::seeded(self.seed).key;
        self.voltage_park_keys.first().map_or_else(seeded, |key| key.key.clone())
    }

    /// The same configuration with its default keys spelled out.
    pub(crate) fn with_keys(mut self) -> Self {
        if self.api_keys.is_empty() {
            self.api_keys.push(ApiKey::admin(&seeded_key(self.seed)));
        }
        if self.voltage_park_keys.is_empty() {
            self.voltage_park_keys.push(VoltageParkKey::seeded(self.seed));
        }
        self
    }

    /// The configuration a saved world goes on with when it is started with `started`: what can
    /// change at runtime comes from the start, the rest stays as it was saved.
    pub(crate) fn restarted_with(self, started: WorldConfig) -> Self {
        WorldConfig { seed: self.seed, epoch: self.epoch, seeded: self.seeded, ..started }
    }
}

impl ApiKey {
    /// A key that may do everything and never expires.
    #[must_use]
    pub fn admin(key: &str) -> Self {
        let (key, role) = (key.to_owned(), KeyRole::Admin);
        ApiKey { key, role, organization: None, projects: None, expires_at: None }
    }

    /// A key that may do everything in another organization.
    #[must_use]
    pub fn of(organization: &str, key: &str) -> Self {
        ApiKey { organization: Some(organization.to_owned()), ..ApiKey::admin(key) }
    }

    /// The part that may be shown: `ra2.<id>` of `ra2.<id>.<secret>`, a digest of other texts.
    #[must_use]
    pub fn id(&self) -> String {
        match self.key.rsplit_once('.') {
            Some((id, _)) if id.starts_with("ra2.") => id.to_owned(),
            _ => shown_id(&self.key),
        }
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ApiKey").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OutputSecrets {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OutputSecrets").finish_non_exhaustive()
    }
}

/// What may be shown of a key that has no part for it.
fn shown_id(key: &str) -> String {
    format!("key-{}", crate::ids::digest(key.as_bytes()))
}

fn seeded_key(seed: u64) -> String {
    let mut random = Random::new(seed ^ 0x5eed_0f4b_e75a_11b0);
    format!("ra2.{:08x}.{:016x}{:016x}", random.next() >> 32, random.next(), random.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_is_the_default() {
        let config: WorldConfig = serde_json::from_str("{}").unwrap();
        assert_eq!(config, WorldConfig::default());
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<WorldConfig>(&text).unwrap(), config);
    }

    #[test]
    fn key_ids_do_not_carry_the_secret() {
        let key = ApiKey::admin("ra2.abc.secret");
        assert_eq!(key.id(), "ra2.abc");
        let plain = ApiKey::admin("hunter2");
        assert!(!plain.id().contains("hunter2"));
        assert!(!format!("{key:?}{plain:?}").contains("hunter2"));
        assert!(!format!("{key:?}").contains("secret"));
    }

    #[test]
    fn knobs_carry_the_names_of_the_contract() {
        let knobs = serde_json::to_value(Knobs::default()).unwrap();
        for name in [
            "fail_on_exists_default",
            "conflict_style",
            "merge_mode",
            "status_style",
            "stale_terminal_polls",
            "republish",
            "post_resets_status",
            "immutable_change",
            "labels",
            "list_thin",
            "merged_variables",
            "shuffle_variables",
            "drop_zero_values",
            "add_defaults",
            "mask",
            "spec_as_string",
            "output_layout",
            "page_cap",
            "count_mode",
            "insert_between_pages",
            "projects_shape",
            "error_in_200",
            "not_found_style",
            "deploy_result",
            "delete_result",
            "transport",
            "out_of_band",
            "paas_disabled",
            "profile_hidden",
            "shared_profiles",
            "key_expires_at",
            "strict_scope_match",
            "require_vpc",
        ] {
            assert!(knobs.get(name).is_some(), "{name}");
        }
    }
}
