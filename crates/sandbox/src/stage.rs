//! The stage: what all clouds of a world share, and what they may do to it.
//!
//! No I/O. The effect ledger and the request log are not part of the serialised form: the first
//! has a file of its own, the second lives in memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::WorldConfig;
use crate::effects::{Effect, EffectKind, EffectLedger, SOMEBODY_ELSE};
use crate::faults::{FaultBook, LateCall};
use crate::findings::{Finding, FindingKind};
use crate::ids::{self, Random};
use crate::limits::{Beyond, LimitBook};
use crate::requests::RequestLog;
use crate::time::{Clock, DEFAULT_EPOCH, Timestamp};

/// Findings kept; later ones are not recorded.
const MOST_FINDINGS: usize = 10_000;

/// Clock, randomness, ledger, faults and logs of a world.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stage {
    /// Without the sections of clouds, which are with the clouds.
    pub(crate) config: WorldConfig,
    pub(crate) clock: Clock,
    /// The virtual moment of what is happening now; behind the clock only while timers run.
    pub(crate) now: Timestamp,
    random: Random,
    pub(crate) faults: FaultBook,
    /// What the limits have let through.
    #[serde(default)]
    limits: LimitBook,
    pub(crate) late: Vec<LateCall>,
    /// Calls to clouds so far.
    pub(crate) calls: u64,
    findings: Vec<Finding>,
    /// The number of effects; on loading, how many of the saved effects belong to this state.
    effect_count: u64,
    #[serde(skip)]
    effects: EffectLedger,
    #[serde(skip)]
    pub(crate) requests: RequestLog,
    #[serde(skip)]
    current: CurrentCall,
    /// Moves with every change that must survive a restart.
    #[serde(skip)]
    pub(crate) revision: u64,
    /// How often a whole state was loaded into this one.
    #[serde(skip)]
    pub(crate) loads: u64,
}

/// On whose behalf things happen at the moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentCall {
    /// The `X-Request-Id`.
    pub(crate) request: String,
    pub(crate) actor: String,
    /// Digest of the body.
    pub(crate) digest: String,
}

impl Stage {
    /// An empty stage at the beginning of its time.
    pub(crate) fn new(config: WorldConfig) -> Self {
        let epoch = config.epoch.unwrap_or(DEFAULT_EPOCH);
        let mut faults = FaultBook::default();
        faults.extend(config.faults.clone());
        Stage {
            clock: Clock::new(epoch, config.time_scale),
            now: epoch,
            random: Random::new(config.seed),
            faults,
            limits: LimitBook::default(),
            late: Vec::new(),
            calls: 0,
            findings: Vec::new(),
            effect_count: 0,
            effects: EffectLedger::default(),
            requests: RequestLog::default(),
            current: CurrentCall::default(),
            revision: 0,
            loads: 0,
            config,
        }
    }

    /// Every effect so far.
    #[must_use]
    pub fn effects(&self) -> &EffectLedger {
        &self.effects
    }

    /// The requests to clouds.
    #[must_use]
    pub fn requests(&self) -> &RequestLog {
        &self.requests
    }

    /// What was noticed about clients.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The fault rules with their counters.
    #[must_use]
    pub fn faults(&self) -> &FaultBook {
        &self.faults
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The virtual moment of what is happening now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Calls to clouds so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// What all randomness comes from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.config.seed
    }

    /// The source of whatever must not repeat.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// A number that moves with every change that must survive a restart.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Says that something changed that must survive a restart.
    pub fn touch(&mut self) {
        self.revision += 1;
    }

    /// The id of the key that asks, or [`SOMEBODY_ELSE`].
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.current.actor
    }

    /// Says who asks, by the id of the key.
    pub fn set_actor(&mut self, actor: &str) {
        actor.clone_into(&mut self.current.actor);
    }

    /// Records what took effect in a cloud.
    pub fn record(&mut self, cloud: &str, kind: EffectKind, object: &str, detail: Value) {
        self.effect_count += 1;
        self.touch();
        self.effects.push(Effect {
            id: self.effect_count,
            at: self.now,
            cloud: cloud.to_owned(),
            kind,
            object: object.to_owned(),
            actor: self.current.actor.clone(),
            request: self.current.request.clone(),
            digest: self.current.digest.clone(),
            detail,
        });
    }

    /// Notes bad manners of the client.
    pub fn notice(&mut self, kind: FindingKind, object: &str, detail: &str) {
        if self.findings.len() < MOST_FINDINGS {
            self.touch();
            self.findings.push(Finding {
                kind,
                at: self.now,
                object: object.to_owned(),
                actor: self.current.actor.clone(),
                request: self.current.request.clone(),
                detail: detail.to_owned(),
            });
        }
    }

    /// Says that somebody acts who does not ask the API; answers who acted before, to be
    /// [put back](Stage::set_current).
    pub(crate) fn begin_as_somebody_else(&mut self) -> CurrentCall {
        self.set_current(CurrentCall { actor: SOMEBODY_ELSE.to_owned(), ..CurrentCall::default() })
    }

    /// Says on whose behalf things happen from now on; answers what held before.
    pub(crate) fn set_current(&mut self, current: CurrentCall) -> CurrentCall {
        std::mem::replace(&mut self.current, current)
    }

    /// The `X-Request-Id` of the call with this number.
    pub(crate) fn request_id(&self, number: u64) -> String {
        format!("{:016x}", ids::hash(self.config.seed, &format!("request-{number}")))
    }

    /// Counts a call to a cloud; the limit that it goes beyond, if any.
    pub(crate) fn beyond_limits(&mut self, cloud: Option<&str>) -> Option<Beyond> {
        self.limits.take(&self.config.limits, cloud, self.clock.real())
    }

    /// Takes note of the real time.
    pub(crate) fn observe(&mut self, real: Duration) {
        self.clock.observe(real);
    }

    /// The effects that belong to this state, when it was saved without them.
    pub(crate) fn saved_effect_count(&self) -> u64 {
        self.effect_count
    }

    /// Gives a loaded state its effects back.
    pub(crate) fn restore_effects(&mut self, effects: Vec<Effect>) {
        self.effect_count = effects.len() as u64;
        self.effects = EffectLedger::from_effects(effects);
    }
}

/// What a cloud shows its own code: something that leads to the stage, and can act for others.
pub trait OnStage {
    /// The stage.
    fn stage(&mut self) -> &mut Stage;

    /// Lets somebody act who does not ask the API.
    fn as_somebody_else<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let caller = self.stage().begin_as_somebody_else();
        let result = act(self);
        self.stage().set_current(caller);
        result
    }

    /// Makes what was there before anybody looked: it is somebody else's, and no effect.
    fn unrecorded<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let stage = self.stage();
        let (count, effects) = (stage.effect_count, std::mem::take(&mut stage.effects));
        let result = self.as_somebody_else(act);
        let stage = self.stage();
        (stage.effect_count, stage.effects) = (count, effects);
        result
    }
}

impl OnStage for Stage {
    fn stage(&mut self) -> &mut Stage {
        self
    }
}
