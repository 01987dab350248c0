//! What the code of this cloud sees of the world: one organization, or for partners every one, the
//! settings, and the stage.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::objects::{Object, Objects};
use super::organization::Organization;
use super::settings::Settings;
use super::shares::Shares;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::operation;
use plumb_sandbox::stage::{OnStage, Stage};

/// The name of this cloud.
pub const NAME: &str = "rafay";

/// One organization in its world.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) config: &'a Settings,
    pub(crate) rafay: &'a mut Organization,
    /// The objects of the organization that has the catalog, where that is another one.
    pub(crate) catalog: Option<&'a Objects>,
    pub(crate) shares: &'a Shares,
    pub(crate) stage: &'a mut Stage,
}

/// Every organization in its world, as a partner sees it.
#[derive(Debug)]
pub(crate) struct Partner<'a> {
    pub(crate) config: &'a Settings,
    /// The organization that is seeded and has the catalog.
    pub(crate) home: &'a mut Organization,
    /// Other organizations, by name.
    pub(crate) others: &'a mut BTreeMap<String, Organization>,
    pub(crate) shares: &'a mut Shares,
    pub(crate) stage: &'a mut Stage,
}

/// What a caller may do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    /// The names of the projects; none means all.
    pub(crate) projects: Option<Vec<String>>,
    /// The id of the user whose key it is, when it is somebody's.
    pub(crate) user: Option<String>,
    /// Whether it may do everything in its organization.
    pub(crate) administers: bool,
    /// Whether it may read everything in its organization.
    pub(crate) audits: bool,
    /// Whether it is a partner's.
    pub(crate) partner: bool,
}

/// A call by somebody.
pub(crate) type Call<'a> = operation::Call<'a, Reach>;

/// What carries an operation out inside an organization; the error is a response as well.
pub(crate) type Inside = fn(&mut World<'_>, &Call<'_>) -> Result<Response, Response>;

/// What carries an operation of partners out.
pub(crate) type OfPartners = fn(&mut Partner<'_>, &Call<'_>) -> Result<Response, Response>;

/// What carries an operation out.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    Inside(Inside),
    OfPartners(OfPartners),
}

impl<'a> Partner<'a> {
    /// The seeded organization in its world.
    pub(crate) fn into_home(self) -> World<'a> {
        let Partner { config, home, shares, stage, .. } = self;
        World { config, rafay: home, catalog: None, shares, stage }
    }

    /// An organization in its world, by its name; the seeded one has none of these.
    pub(crate) fn into_other(self, name: &str) -> Option<World<'a>> {
        let Partner { config, home, others, shares, stage } = self;
        let rafay = others.get_mut(name)?;
        Some(World { config, rafay, catalog: Some(&home.objects), shares, stage })
    }

    /// The same, to be given back.
    fn again(&mut self) -> Partner<'_> {
        let Partner { config, home, others, shares, stage } = self;
        Partner { config, home, others, shares, stage }
    }

    /// The seeded organization in its world.
    pub(crate) fn at_home(&mut self) -> World<'_> {
        self.again().into_home()
    }

    /// An organization in its world, by its name; the seeded one has none of these.
    pub(crate) fn elsewhere(&mut self, name: &str) -> Option<World<'_>> {
        self.again().into_other(name)
    }

    /// An organization in its world, by its id.
    pub(crate) fn of_id(&mut self, id: &str) -> Option<World<'_>> {
        if self.home.id() == id {
            return Some(self.at_home());
        }
        let found = self.others.iter().find(|(_, it)| it.id() == id);
        let name = found.map(|(name, _)| name.clone())?;
        self.elsewhere(&name)
    }
}

impl World<'_> {
    /// Records what took effect.
    pub(crate) fn record(&mut self, kind: EffectKind, object: &str, mut detail: Value) {
        // Objects of other organizations may have the same names.
        if self.catalog.is_some() {
            if !detail.is_object() {
                detail = json!({});
            }
            detail["organization"] = json!(self.rafay.name());
        }
        self.stage.record(NAME, kind, object, detail);
    }

    /// The objects among which the shared profiles are.
    pub(crate) fn shared(&self) -> &Objects {
        self.catalog.unwrap_or(&self.rafay.objects)
    }

    /// Whether the organization sees a shared profile.
    pub(crate) fn sees(&self, profile: &Object) -> bool {
        self.catalog.is_none() || self.shares.shows(&profile.id, &self.rafay.id())
    }
}

impl Reach {
    /// Whether the project of this name is among them.
    pub(crate) fn covers(&self, project: &str) -> bool {
        self.projects.as_ref().is_none_or(|names| names.iter().any(|name| name == project))
    }
}

impl Deref for World<'_> {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        self.stage
    }
}

impl DerefMut for World<'_> {
    fn deref_mut(&mut self) -> &mut Stage {
        self.stage
    }
}

impl OnStage for World<'_> {
    fn stage(&mut self) -> &mut Stage {
        self.stage
    }
}
