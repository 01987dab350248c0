//! What the code of this cloud sees of the world: its state, the settings, and the stage.

use std::ops::{Deref, DerefMut};

use serde_json::{Value, json};

use super::record::{Family, Record};
use super::settings::Settings;
use super::state::State;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::operation;
use plumb_sandbox::patch::merge;
use plumb_sandbox::stage::{OnStage, Stage};

/// The name of this cloud.
pub const NAME: &str = "voltage-park";

/// The cloud in its world.
#[derive(Debug)]
pub(crate) struct World<'a> {
    pub(crate) config: &'a mut Settings,
    pub(crate) state: &'a mut State,
    pub(crate) stage: &'a mut Stage,
}

/// A call by somebody of an organization; empty when the caller said nothing about itself.
pub(crate) type Call<'a> = operation::Call<'a, String>;

/// What carries an operation out; the error is a response as well.
pub(crate) type Handler = fn(&mut World<'_>, &Call<'_>) -> Result<Response, Response>;

impl World<'_> {
    /// Records what took effect on an object, and what more there is to say of it.
    pub(crate) fn tell(&mut self, kind: EffectKind, family: Family, of: &Record, more: &Value) {
        let mut detail =
            json!({ "organization": of.organization, "name": of.name, "tags": of.tags });
        merge(&mut detail, more, 0);
        self.record(kind, &family.object_name(&of.id), detail);
    }

    /// Records what took effect.
    pub(crate) fn record(&mut self, kind: EffectKind, object: &str, detail: Value) {
        self.stage.record(NAME, kind, object, detail);
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
