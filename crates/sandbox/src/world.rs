//! The world: everything that is, as one value that requests change.
//!
//! No I/O. The effect ledger and the request log are not part of the serialised form: the first
//! has a file of its own, the second lives in memory.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::{Seeded, WorldConfig};
use crate::effects::{Effect, EffectKind, EffectLedger, SOMEBODY_ELSE};
use crate::faults::{FaultBook, LateCall};
use crate::findings::{Finding, FindingKind};
use crate::ids::{self, Random};
use crate::operation::Cloud;
use crate::rafay::{self, Rafay};
use crate::requests::RequestLog;
use crate::time::{Clock, DEFAULT_EPOCH, Timestamp};
use crate::voltage_park::{self, VoltagePark};

/// Findings kept; later ones are not recorded.
const MOST_FINDINGS: usize = 10_000;

/// A simulated world: clouds, clock, ledger, faults.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    pub(crate) config: WorldConfig,
    clock: Clock,
    /// The virtual moment of what is happening now; behind the clock only while timers run.
    now: Timestamp,
    pub(crate) random: Random,
    pub(crate) faults: FaultBook,
    pub(crate) late: Vec<LateCall>,
    /// Calls to clouds so far.
    pub(crate) calls: u64,
    findings: Vec<Finding>,
    pub(crate) rafay: Rafay,
    /// Other organizations, by name.
    #[serde(default)]
    pub(crate) other_rafays: BTreeMap<String, Rafay>,
    #[serde(default)]
    pub(crate) voltage_park: VoltagePark,
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
    revision: u64,
    /// How often a whole state was loaded into this one.
    #[serde(skip)]
    loads: u64,
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

impl World {
    /// A new world. Objects of the seed that cannot be made are left out; the errors say which.
    #[must_use]
    pub fn new(config: WorldConfig) -> (Self, Vec<String>) {
        let mut config = config.with_keys();
        let seeded = std::mem::replace(&mut config.seeded, Seeded::none());
        let epoch = config.epoch.unwrap_or(DEFAULT_EPOCH);
        let mut faults = FaultBook::default();
        faults.extend(config.faults.clone());
        let mut world = World {
            clock: Clock::new(epoch, config.time_scale),
            now: epoch,
            random: Random::new(config.seed),
            faults,
            late: Vec::new(),
            calls: 0,
            findings: Vec::new(),
            rafay: Rafay::default(),
            other_rafays: BTreeMap::new(),
            voltage_park: VoltagePark::default(),
            effect_count: 0,
            effects: EffectLedger::default(),
            requests: RequestLog::default(),
            current: CurrentCall::default(),
            revision: 0,
            loads: 0,
            config,
        };
        world.set_actor(SOMEBODY_ELSE);
        let mut problems = rafay::plant(&mut world, seeded.rafay);
        problems.extend(voltage_park::plant(&mut world, seeded.voltage_park));
        // What exists at the start did not happen: the ledger begins empty.
        world.restore_effects(Vec::new());
        world.set_current(CurrentCall::default());
        (world, problems)
    }

    /// The configuration as it is now.
    #[must_use]
    pub fn config(&self) -> &WorldConfig {
        &self.config
    }

    /// Changes the configuration; `seed`, `epoch` and `seeded` are read at the start only.
    pub fn configure(&mut self, config: WorldConfig) {
        let config = std::mem::take(&mut self.config).restarted_with(config).with_keys();
        self.clock.set_scale(config.time_scale);
        self.faults.replace(config.faults.clone());
        self.config = config;
        voltage_park::reconfigured(self);
        self.touch();
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

    /// The fault rules, to be changed.
    pub fn faults_mut(&mut self) -> &mut FaultBook {
        self.touch();
        &mut self.faults
    }

    /// The Rafay organization.
    #[must_use]
    pub fn rafay(&self) -> &Rafay {
        &self.rafay
    }

    /// The Voltage Park organizations.
    #[must_use]
    pub fn voltage_park(&self) -> &VoltagePark {
        &self.voltage_park
    }

    /// How many objects there are in all clouds.
    #[must_use]
    pub fn object_count(&self) -> usize {
        self.rafay.object_count() + self.voltage_park.object_count()
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

    /// Takes note of the real time and lets happen what is due. An earlier time than the latest
    /// one seen changes nothing.
    pub fn observe(&mut self, real: Duration) {
        self.clock.observe(real);
        self.settle();
    }

    /// Moves virtual time forward and lets happen what is due.
    pub fn advance(&mut self, span: Duration) {
        self.set_time(self.clock.now().after(span));
    }

    /// Sets virtual time, forward or back, and lets happen what is due. What has happened stays.
    pub fn set_time(&mut self, moment: Timestamp) {
        self.clock.set(moment);
        self.touch();
        self.settle();
    }

    /// Changes how fast virtual time runs.
    pub fn set_time_scale(&mut self, scale: u32) {
        self.clock.set_scale(scale);
        self.config.time_scale = scale;
        self.touch();
    }

    /// A number that moves with every change that must survive a restart.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The whole state with its effects, to be loaded again.
    #[must_use]
    pub fn dump(&self) -> Value {
        serde_json::json!({ "world": self, "effects": self.effects.all() })
    }

    /// Replaces the whole state by a dumped one. The request log stays.
    ///
    /// # Errors
    ///
    /// When the text is no dump; nothing has changed then.
    pub fn load(&mut self, dump: &Value) -> Result<(), serde_json::Error> {
        let part = |name: &str| dump.get(name).unwrap_or(&Value::Null);
        let mut loaded = World::deserialize(part("world"))?;
        loaded.restore_effects(Vec::<Effect>::deserialize(part("effects"))?);
        loaded.clock.rebase(self.clock.real());
        loaded.requests = std::mem::take(&mut self.requests);
        loaded.revision = self.revision + 1;
        loaded.loads = self.loads + 1;
        *self = loaded;
        Ok(())
    }

    pub(crate) fn loads(&self) -> u64 {
        self.loads
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

    pub(crate) fn touch(&mut self) {
        self.revision += 1;
    }

    pub(crate) fn current(&self) -> &CurrentCall {
        &self.current
    }

    /// Says on whose behalf things happen from now on; answers what held before.
    pub(crate) fn set_current(&mut self, current: CurrentCall) -> CurrentCall {
        std::mem::replace(&mut self.current, current)
    }

    pub(crate) fn set_actor(&mut self, actor: &str) {
        actor.clone_into(&mut self.current.actor);
    }

    /// The `X-Request-Id` of the call with this number.
    pub(crate) fn request_id(&self, number: u64) -> String {
        format!("{:016x}", ids::hash(self.config.seed, &format!("request-{number}")))
    }

    /// Lets somebody act who does not ask the API.
    pub(crate) fn as_somebody_else<T>(&mut self, act: impl FnOnce(&mut World) -> T) -> T {
        let current = CurrentCall { actor: SOMEBODY_ELSE.to_owned(), ..CurrentCall::default() };
        let caller = self.set_current(current);
        let result = act(self);
        self.set_current(caller);
        result
    }

    pub(crate) fn record(&mut self, cloud: Cloud, kind: EffectKind, object: &str, detail: Value) {
        self.effect_count += 1;
        self.touch();
        self.effects.push(Effect {
            id: self.effect_count,
            at: self.now,
            cloud,
            kind,
            object: object.to_owned(),
            actor: self.current.actor.clone(),
            request: self.current.request.clone(),
            digest: self.current.digest.clone(),
            detail,
        });
    }

    pub(crate) fn notice(&mut self, kind: FindingKind, object: &str, detail: &str) {
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

    /// Lets every timer that is due happen at its own moment, in order.
    fn settle(&mut self) {
        let target = self.clock.now();
        let caller = self.set_current(CurrentCall::default());
        while let Some((due, place)) = self.next_due().filter(|(due, _)| *due <= target) {
            self.now = due;
            self.touch();
            match place {
                Place::Rafay => rafay::lifecycle::step(self),
                Place::OtherRafay(name) => self.elsewhere(&name, rafay::lifecycle::step),
                Place::VoltagePark => voltage_park::timers::step(self),
            }
        }
        self.now = target;
        self.current = caller;
    }

    /// Lets something happen in another organization of Rafay's, which begins when it is first
    /// asked for.
    pub(crate) fn elsewhere<T>(&mut self, name: &str, act: impl FnOnce(&mut World) -> T) -> T {
        let known = self.other_rafays.remove(name);
        let is_new = known.is_none();
        let home = std::mem::replace(&mut self.rafay, known.unwrap_or_default());
        if is_new {
            // What exists at the start did not happen.
            let (count, effects) = (self.effect_count, std::mem::take(&mut self.effects));
            self.as_somebody_else(|world| rafay::found(world, name));
            (self.effect_count, self.effects) = (count, effects);
        }
        let result = act(self);
        let elsewhere = std::mem::replace(&mut self.rafay, home);
        self.other_rafays.insert(name.to_owned(), elsewhere);
        result
    }

    /// When something happens next, and where.
    fn next_due(&self) -> Option<(Timestamp, Place)> {
        let rafay = self.rafay.objects.next_due().map(|due| (due, Place::Rafay));
        let others = self.other_rafays.iter().filter_map(|(name, rafay)| {
            rafay.objects.next_due().map(|due| (due, Place::OtherRafay(name.clone())))
        });
        let voltage_park = self.voltage_park.timers.next_due();
        let voltage_park = voltage_park.map(|due| (due, Place::VoltagePark));
        rafay.into_iter().chain(others).chain(voltage_park).min()
    }
}

/// Where something happens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Rafay,
    OtherRafay(String),
    VoltagePark,
}
