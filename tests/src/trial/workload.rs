//! What is applied in a trial: manifests that were read once, and the world they meet.

use crate::canary::keep;
use crate::canary::search::Search;
use crate::plumb::registry;
use crate::simulated::{self, Seen as _};
use crate::trial::course::Moment;
use crate::trial::oracle::Effects;
use crate::trial::seams::Seams;
use plumb_manifest::Outside;
use plumb_model::{Desired, Policy};
use plumb_sandbox::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// A key to the first cloud of an account that is not ours.
pub const STRANGERS_KEY: &str = "ra2.stranger.0123456789abcdef";
/// A key to the second.
pub const STRANGERS_VOLTAGE_PARK_KEY: &str = "vp_of-a-stranger-0123456789abcdef";

/// Manifests and the world they meet. Cheap to use many times.
#[derive(Debug)]
pub struct Workload {
    /// For people.
    pub name: &'static str,
    /// What is declared.
    pub desired: Desired,
    /// What is declared after so many runs of its machine instead, where Git takes something back.
    pub(super) taken_back: Option<(u32, Desired)>,
    /// The stack's name.
    pub stack: String,
    /// What a run may do.
    pub policy: Policy,
    /// The world at the beginning.
    pub world: World,
    /// Texts that must never be written anywhere.
    pub secrets: Vec<String>,
    /// Runs that the world itself may cost beyond O1, because its lists lag.
    pub slack: u32,
    /// What stands between plumb and what it stands on.
    pub seams: Seams,
    /// Where a trial begins, when it does not with an empty ledger.
    pub(super) begun: Option<Arc<Moment>>,
    /// Objects of ours that no ledger knows when a trial begins.
    pub(super) forgotten: BTreeSet<String>,
    /// What takes effect without faults; known once it was tried.
    undisturbed: OnceLock<Effects>,
    /// The search for the secrets and the clouds' keys in all their forms.
    search: Arc<Search>,
}

impl Workload {
    /// Reads manifests, with `secrets` as the variables `SECRET_1` and so on.
    ///
    /// # Errors
    /// When the manifests have findings, or the configuration is none.
    pub fn new(
        name: &'static str,
        config: Value,
        manifests: &str,
        secrets: &[&str],
    ) -> Result<Self, String> {
        let mut world = simulated::world(config)?;
        let strange = |cloud: &str, key: &str| {
            let strange = json!({"key": key, "organization": "strangers"});
            json!([{"key": world.key(cloud)}, strange])
        };
        let keys = json!({
            "rafay": {"keys": strange("rafay", STRANGERS_KEY)},
            "voltage-park": {"keys": strange("voltage-park", STRANGERS_VOLTAGE_PARK_KEY)},
        });
        simulated::configure(&mut world, &keys)?;
        let desired = declared(manifests, secrets)?;
        let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        for secret in &secrets {
            keep::secret(secret);
        }
        keep::world(&world);
        let keys = ["rafay", "voltage-park"].map(|cloud| world.key(cloud));
        let search = Search::new(&secrets.iter().cloned().chain(keys).collect())?;
        Ok(Self {
            name,
            desired,
            taken_back: None,
            stack: "trial".to_owned(),
            policy: Policy::default(),
            world,
            secrets,
            slack: 0,
            seams: Seams::default(),
            begun: None,
            forgotten: BTreeSet::new(),
            undisturbed: OnceLock::new(),
            search: Arc::new(search),
        })
    }

    /// What comes after this workload was applied without faults: other manifests, and what a run
    /// may do then.
    ///
    /// # Errors
    /// When the manifests have findings.
    pub fn then(
        &self,
        name: &'static str,
        manifests: &str,
        policy: Policy,
    ) -> Result<Self, String> {
        let begun = Some(Arc::new(self.applied()?));
        Ok(Self { name, begun, ..self.saying(manifests)?.allowing(policy) })
    }

    /// The same where Git takes back, after the first run, what that was to do to what was there:
    /// however far it came, nothing of it is to stay.
    ///
    /// # Errors
    /// When nothing was applied before.
    pub fn taken_back(self, manifests: &str) -> Result<Self, String> {
        let begun = self.begun.as_ref().ok_or("nothing was applied before it")?;
        let first = begun.machine_runs() + 1;
        let again = self.saying(manifests)?.desired;
        Ok(Self { taken_back: Some((first, again)), undisturbed: OnceLock::new(), ..self })
    }

    /// What is declared at a run of its machine, the first of which is 1.
    #[must_use]
    pub fn declared_at(&self, run: u32) -> &Desired {
        let taken_back = self.taken_back.as_ref().filter(|(first, _)| run > *first);
        taken_back.map_or(&self.desired, |(_, desired)| desired)
    }

    /// The same with other rules for what a run may do.
    #[must_use]
    pub fn allowing(self, policy: Policy) -> Self {
        Self { policy, undisturbed: OnceLock::new(), ..self }
    }

    /// The same of a stack with this mark.
    #[must_use]
    pub fn of_stack(self, mark: &str) -> Self {
        Self { stack: mark.to_owned(), undisturbed: OnceLock::new(), ..self }
    }

    /// The same, with so many runs that its world may cost beyond O1.
    #[must_use]
    pub fn with_slack(self, slack: u32) -> Self {
        Self { slack, ..self }
    }

    /// The same with something between, judged by what takes effect without it and without faults.
    #[must_use]
    pub fn through(&self, seams: Seams) -> Self {
        let undisturbed = OnceLock::from(self.undisturbed().clone());
        Self {
            seams,
            undisturbed,
            ..self.with(self.name, self.desired.clone(), self.world.clone())
        }
    }

    /// What takes effect without faults.
    pub fn undisturbed(&self) -> &Effects {
        self.undisturbed.get_or_init(|| super::course::run(self, &[], 1).effects)
    }

    /// What comes after this workload was applied without faults, and its ledger was lost.
    ///
    /// # Errors
    /// When applying it has a violation.
    pub fn without_ledger(&self, name: &'static str) -> Result<Self, String> {
        let begun = self.applied()?.without_ledger();
        let forgotten = begun.objects();
        let same = self.with(name, self.desired.clone(), self.world.clone());
        Ok(Self { begun: Some(Arc::new(begun)), forgotten, ..same })
    }

    /// The moment before the last run of an undisturbed trial, which finds nothing left to do.
    fn applied(&self) -> Result<Moment, String> {
        let (course, mut moments) = super::course::run_in_moments(self, &[], 1);
        if !course.violations.is_empty() {
            return Err(course.violations.join("; "));
        }
        moments.pop().ok_or_else(|| "there was no run".to_owned())
    }

    /// The same world with other manifests.
    ///
    /// # Errors
    /// When the manifests have findings.
    pub fn saying(&self, manifests: &str) -> Result<Self, String> {
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let desired = declared(manifests, &secrets)?;
        Ok(self.with(self.name, desired, self.world.clone()))
    }

    /// The same with another configuration of the world, by JSON merge patch over the old one.
    ///
    /// # Errors
    /// When the result is no configuration.
    pub fn in_world(&self, name: &'static str, patch: &Value) -> Result<Self, String> {
        let mut world = self.world.clone();
        simulated::configure(&mut world, patch)?;
        Ok(self.with(name, self.desired.clone(), world))
    }

    fn with(&self, name: &'static str, desired: Desired, world: World) -> Self {
        Self {
            name,
            desired,
            taken_back: self.taken_back.clone(),
            stack: self.stack.clone(),
            policy: self.policy.clone(),
            world,
            secrets: self.secrets.clone(),
            slack: self.slack,
            seams: self.seams,
            begun: self.begun.clone(),
            forgotten: self.forgotten.clone(),
            undisturbed: OnceLock::new(),
            search: self.search.clone(),
        }
    }

    /// The providers at which something is declared.
    #[must_use]
    pub fn providers(&self) -> BTreeSet<&'static str> {
        let registry = registry();
        let kinds = self.desired.resources().keys().map(|key| &key.kind);
        kinds.filter_map(|kind| Some(registry.provider(kind)?.name())).collect()
    }

    /// Where secrets stand in some bytes (O5).
    #[must_use]
    pub fn secrets_in(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        self.search.hits(place, bytes).iter().map(ToString::to_string).collect()
    }
}

/// What some manifests declare.
fn declared(manifests: &str, secrets: &[&str]) -> Result<Desired, String> {
    let variable = |name: &str| {
        let number: usize = name.strip_prefix("PLUMB_VAR_SECRET_")?.parse().ok()?;
        secrets.get(number.checked_sub(1)?).map(|secret| (*secret).to_owned())
    };
    let outside = Outside { variable: &variable, standard_input: Some(manifests.to_owned()) };
    let loaded = plumb_manifest::load(&["-".into()], &outside);
    let resolved = plumb_manifest::resolve(&loaded, &registry(), &outside);
    resolved.desired.ok_or_else(|| format!("{:?}", resolved.findings))
}
