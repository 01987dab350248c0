//! What the code of this cloud sees of the world: one organization, the settings, and the stage.

use std::ops::{Deref, DerefMut};

use serde_json::Value;

use super::organization::Organization;
use super::settings::Settings;
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
    pub(crate) stage: &'a mut Stage,
}

/// The projects a key reaches.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    /// Their names; none means all.
    pub(crate) projects: Option<Vec<String>>,
}

/// A call by somebody.
pub(crate) type Call<'a> = operation::Call<'a, Reach>;

/// What carries an operation out; the error is a response as well.
pub(crate) type Handler = fn(&mut World<'_>, &Call<'_>) -> Result<Response, Response>;

impl World<'_> {
    /// Records what took effect.
    pub(crate) fn record(&mut self, kind: EffectKind, object: &str, detail: Value) {
        self.stage.record(NAME, kind, object, detail);
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
