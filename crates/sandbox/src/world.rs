//! The world: the stage and the clouds on it, as one value that requests change. No I/O.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Duration;

use serde::ser::{Error as _, SerializeStruct as _};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::config::{ConfigError, WorldConfig};
use crate::edit::Edit;
use crate::effects::Effect;
use crate::faults::FaultBook;
use crate::stage::{CurrentCall, OnStage as _, Stage};
use crate::time::Timestamp;

/// A simulated world. What its clouds share is read through [`Stage`].
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) stage: Stage,
    pub(crate) clouds: Vec<Box<dyn Cloud>>,
}

impl Deref for World {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl World {
    /// A new world with these clouds, which have not been in one before. Objects of the seed that
    /// cannot be made are left out; the texts say which.
    ///
    /// # Errors
    ///
    /// When a section of the configuration belongs to no cloud, or its cloud refuses it.
    pub fn new(
        mut config: WorldConfig,
        clouds: Vec<Box<dyn Cloud>>,
    ) -> Result<(Self, Vec<String>), ConfigError> {
        let sections = std::mem::take(&mut config.clouds);
        let mut world = World { stage: Stage::new(config), clouds };
        world.clouds = world.configured(sections)?;
        let World { stage, clouds } = &mut world;
        // What exists at the start did not happen: the ledger begins empty.
        let planted =
            |stage: &mut Stage| clouds.iter_mut().flat_map(|it| it.plant(stage)).collect();
        let problems = stage.unrecorded(planted);
        Ok((world, problems))
    }

    /// The configuration as it is now, of the stage and of every cloud.
    #[must_use]
    pub fn config(&self) -> WorldConfig {
        let section = |cloud: &dyn Cloud| (cloud.name().to_owned(), cloud.settings());
        let clouds = self.clouds().map(section).collect();
        WorldConfig { clouds, ..self.stage.config.clone() }
    }

    /// Changes the configuration; `seed`, `epoch` and what is seeded are read at the start only.
    ///
    /// # Errors
    ///
    /// As [`World::new`]; nothing has changed then.
    pub fn configure(&mut self, mut config: WorldConfig) -> Result<(), ConfigError> {
        self.clouds = self.configured(std::mem::take(&mut config.clouds))?;
        let stage = &mut self.stage;
        stage.clock.set_scale(config.time_scale);
        stage.faults.replace(config.faults.clone());
        stage.config = WorldConfig { seed: stage.config.seed, epoch: stage.config.epoch, ..config };
        stage.touch();
        Ok(())
    }

    /// The clouds with other settings; a cloud without a section gets its usual ones.
    fn configured(
        &self,
        mut sections: BTreeMap<String, Value>,
    ) -> Result<Vec<Box<dyn Cloud>>, ConfigError> {
        let mut clouds = self.clouds.clone();
        for cloud in &mut clouds {
            let section = sections.remove(cloud.name()).unwrap_or_else(|| json!({}));
            let configured = cloud.configure(&self.stage, &section);
            configured.map_err(|problem| ConfigError::Refused(cloud.name(), problem))?;
        }
        match sections.pop_first() {
            Some((name, _)) => Err(ConfigError::Unknown(name, self.cloud_names())),
            None => Ok(clouds),
        }
    }

    fn cloud_names(&self) -> String {
        let names: Vec<&str> = self.clouds.iter().map(|cloud| cloud.name()).collect();
        names.join(", ")
    }

    /// The cloud of this type, when there is one.
    #[must_use]
    pub fn cloud<C: Cloud>(&self) -> Option<&C> {
        let mut clouds = self.clouds.iter().map(|cloud| -> &dyn Any { &**cloud });
        clouds.find_map(|cloud| cloud.downcast_ref::<C>())
    }

    /// Every cloud.
    pub fn clouds(&self) -> impl Iterator<Item = &dyn Cloud> {
        self.clouds.iter().map(|cloud| &**cloud)
    }

    /// A key to hand to a client of each cloud, by the cloud's name.
    #[must_use]
    pub fn first_keys(&self) -> BTreeMap<&'static str, String> {
        self.clouds().map(|cloud| (cloud.name(), cloud.first_key())).collect()
    }

    /// The cloud a path belongs to, when it belongs to one, beside the stage.
    pub(crate) fn of_path(&mut self, path: &str) -> Option<(&mut dyn Cloud, &mut Stage)> {
        let World { stage, clouds } = self;
        let cloud = clouds.iter_mut().find(|cloud| cloud.owns(path))?;
        Some((&mut **cloud, stage))
    }

    /// The fault rules, to be changed.
    pub fn faults_mut(&mut self) -> &mut FaultBook {
        self.stage.touch();
        &mut self.stage.faults
    }

    /// How many objects there are in all clouds.
    #[must_use]
    pub fn object_count(&self) -> usize {
        self.clouds().map(Cloud::object_count).sum()
    }

    /// Takes note of the real time and lets happen what is due. An earlier time than the latest
    /// one seen changes nothing.
    pub fn observe(&mut self, real: Duration) {
        self.stage.observe(real);
        self.settle();
    }

    /// Moves virtual time forward and lets happen what is due.
    pub fn advance(&mut self, span: Duration) {
        self.set_time(self.clock().now().after(span));
    }

    /// Sets virtual time, forward or back, and lets happen what is due. What has happened stays.
    pub fn set_time(&mut self, moment: Timestamp) {
        self.stage.clock.set(moment);
        self.stage.touch();
        self.settle();
    }

    /// Changes how fast virtual time runs.
    pub fn set_time_scale(&mut self, scale: u32) {
        self.stage.clock.set_scale(scale);
        self.stage.config.time_scale = scale;
        self.stage.touch();
    }

    /// Makes an edit.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with the edit; nothing has changed then.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), String> {
        let World { stage, clouds } = self;
        let name = edit.object_name();
        let cloud = clouds.iter_mut().find(|cloud| cloud.has_objects_named(name));
        let cloud = cloud.ok_or_else(|| format!("no cloud has objects of the name {name:?}"))?;
        let result = stage.as_somebody_else(|stage| cloud.edit(stage, edit));
        stage.touch();
        result
    }

    /// The whole state with its effects, to be loaded again.
    #[must_use]
    pub fn dump(&self) -> Value {
        json!({ "world": self, "effects": self.effects().all() })
    }

    /// Replaces the whole state by a dumped one of the same clouds. The request log stays.
    ///
    /// # Errors
    ///
    /// When it is no dump; nothing has changed then.
    pub fn load(&mut self, dump: &Value) -> Result<(), serde_json::Error> {
        let part = |name: &str| dump.get(name).unwrap_or(&Value::Null);
        let mut loaded = World::restored(part("world"), self.clouds.clone())?;
        loaded.stage.restore_effects(Vec::<Effect>::deserialize(part("effects"))?);
        loaded.stage.clock.rebase(self.clock().real());
        loaded.stage.requests = std::mem::take(&mut self.stage.requests);
        loaded.stage.revision = self.stage.revision + 1;
        loaded.stage.loads = self.stage.loads + 1;
        *self = loaded;
        Ok(())
    }

    /// A saved world without its effects, which must be of exactly these clouds.
    pub(crate) fn restored(
        saved: &Value,
        mut clouds: Vec<Box<dyn Cloud>>,
    ) -> Result<Self, serde_json::Error> {
        let Saved { stage, clouds: mut states } = Saved::deserialize(saved)?;
        for cloud in &mut clouds {
            let state = states.remove(cloud.name());
            let missing = || unreadable(format!("nothing is said of the cloud {}", cloud.name()));
            cloud.restore(&state.ok_or_else(missing)?)?;
        }
        match states.pop_first() {
            Some((name, _)) => Err(unreadable(format!("there is no cloud called {name}"))),
            None => Ok(World { stage, clouds }),
        }
    }

    /// Lets every timer that is due happen at its own moment, in order.
    fn settle(&mut self) {
        let World { stage, clouds } = self;
        let target = stage.clock.now();
        let caller = stage.set_current(CurrentCall::default());
        loop {
            let due = clouds.iter_mut().filter_map(|cloud| Some((cloud.next_due()?, cloud)));
            let Some((due, cloud)) = due.min_by_key(|(due, _)| *due) else { break };
            if due > target {
                break;
            }
            stage.now = due;
            stage.touch();
            cloud.step(stage);
        }
        stage.now = target;
        stage.set_current(caller);
    }
}

fn unreadable(problem: String) -> serde_json::Error {
    serde::de::Error::custom(problem)
}

/// What is saved of a world.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    stage: Stage,
    clouds: BTreeMap<String, Value>,
}

impl Serialize for World {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let state = |cloud: &dyn Cloud| {
            cloud.state().map(|state| (cloud.name(), state)).map_err(S::Error::custom)
        };
        let clouds = self.clouds().map(state).collect::<Result<BTreeMap<_, _>, _>>()?;
        let mut saved = serializer.serialize_struct("World", 2)?;
        saved.serialize_field("stage", &self.stage)?;
        saved.serialize_field("clouds", &clouds)?;
        saved.end()
    }
}
