//! What a world is made from: seed, clock, fault rules, trouble on the way, and a section for each
//! cloud, which only the cloud itself can read.
//!
//! Everything has a default, so `{}` is a configuration.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::edit::Edit;
use crate::faults::FaultRule;
use crate::limits::RateLimit;
use crate::time::Timestamp;
use crate::{choice, knobs};

/// The configuration of a world.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorldConfig {
    /// All randomness comes from here. Read at the start only.
    pub seed: u64,
    /// Where virtual time begins; absent means 2026-01-01T00:00:00Z. Read at the start only.
    pub epoch: Option<Timestamp>,
    /// Virtual seconds in a real second; 0 stands still.
    pub time_scale: u32,
    /// How long every call takes from its arrival, in real milliseconds.
    pub latency_ms: u64,
    /// Trouble on the way, without writing a fault rule.
    pub transport: Transport,
    /// How often clouds may be called.
    pub limits: Vec<RateLimit>,
    /// Edits by somebody else at a given call.
    pub out_of_band: Vec<ScheduledEdit>,
    /// Faults injected between client and cloud.
    pub faults: Vec<FaultRule>,
    /// The sections of the clouds, by name: `keys`, `knobs`, `secrets`, and `seeded`, which is what
    /// exists at the start and read then only.
    #[serde(flatten)]
    pub clouds: BTreeMap<String, Value>,
}

/// Why a configuration is none.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A name is neither a setting of the stage nor that of a cloud.
    #[error("no setting and no cloud is called {0:?}; the clouds are {1}")]
    Unknown(String, String),
    /// A cloud does not understand its section.
    #[error("settings of the cloud {0}: {1}")]
    Refused(&'static str, String),
}

choice!(
    /// Trouble on the way.
    TransportFault {
        /// None.
        #[default]
        None = "none",
        /// The answer takes `slow_ms`.
        Slow = "slow",
        /// 429 with `Retry-After`, without an effect.
        TooManyRequests = "429",
        /// 429 without `Retry-After`, without an effect.
        TooManyRequestsBare = "429_bare",
        /// 500 without an effect.
        InternalError = "500",
        /// 502 without an effect.
        BadGateway = "502",
        /// 503 without an effect.
        Unavailable = "503",
        /// 504 without an effect.
        GatewayTimeout = "504",
        /// 502 with a page of HTML, without an effect.
        Html = "html",
        /// The effect takes place, the answer is lost.
        LostAfterCommit = "lost_after_commit",
    }
);

/// An edit by somebody else, made just before the call of this number is carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduledEdit {
    /// The number of the call, counted over all calls to clouds from 1.
    pub at_call: u64,
    /// What is done.
    pub edit: Edit,
}

impl Default for WorldConfig {
    fn default() -> Self {
        WorldConfig {
            seed: 1,
            epoch: None,
            time_scale: 1,
            latency_ms: 0,
            transport: Transport::default(),
            limits: Vec::new(),
            out_of_band: Vec::new(),
            faults: Vec::new(),
            clouds: BTreeMap::new(),
        }
    }
}

impl WorldConfig {
    /// Changes the section of a cloud.
    ///
    /// # Errors
    ///
    /// When what stands there is none.
    pub fn change<Settings: Serialize + DeserializeOwned>(
        &mut self,
        cloud: &str,
        change: impl FnOnce(&mut Settings),
    ) -> Result<(), serde_json::Error> {
        let section = self.clouds.entry(cloud.to_owned()).or_insert_with(|| json!({}));
        let mut settings = Settings::deserialize(&*section)?;
        change(&mut settings);
        *section = serde_json::to_value(&settings)?;
        Ok(())
    }
}

/// The sections of clouds hold keys, of which nothing is shown.
impl fmt::Debug for WorldConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clouds: Vec<&String> = self.clouds.keys().collect();
        let mut shown = formatter.debug_struct("WorldConfig");
        shown.field("seed", &self.seed).field("clouds", &clouds).finish_non_exhaustive()
    }
}

knobs! {
    /// Trouble on the way: of every `every` calls the last `burst` meet the fault.
    pub struct Transport {
        /// What happens.
        pub fault: TransportFault,
        /// The length of a period in calls; at least 1.
        pub every: u64 = 1,
        /// How many calls at the end of a period meet the fault.
        pub burst: u64 = 1,
        /// The real milliseconds a slow answer takes.
        pub slow_ms: u64 = 61_000,
        /// The value of `Retry-After` in seconds.
        pub retry_after: u64 = 1,
    }
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
    fn sections_are_kept_as_they_are_and_shown_by_name_only() {
        let text = json!({ "seed": 7, "toy": { "keys": [{ "key": "hunter2" }] } });
        let config: WorldConfig = serde_json::from_value(text.clone()).unwrap();
        assert_eq!((config.seed, &config.clouds["toy"]), (7, &text["toy"]));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
