//! What a simulated cloud is to the stage: a set of operations with a state of its own.
//!
//! The stage holds its clouds as trait objects and asks them, by path and by name; it knows none.
//! A cloud in turn changes nothing but its own state and the [`Stage`] it is handed.

use std::any::Any;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::edit::Edit;
use crate::http::{Request, Response};
use crate::ids;
use crate::operation::{Routes, Schema};
use crate::stage::Stage;
use crate::time::Timestamp;

/// One simulated cloud: its settings, its state, and how it answers.
///
/// # Guarantees
///
/// The same cloud, stage and request give the same answer, cloud and stage. No input panics.
pub trait Cloud: Kept {
    /// The name in effects, of its section in a configuration and of its OpenAPI document; the
    /// ids of its operations begin with it and a dot.
    fn name(&self) -> &'static str;

    /// Its route table.
    fn routes(&self) -> &'static dyn Routes;

    /// What else its OpenAPI document says.
    fn description(&self) -> Description;

    /// Whether a path belongs to it; the paths of clouds that stand together do not meet.
    fn owns(&self, path: &str) -> bool;

    /// Whether objects of this name, as edits use them, belong to it.
    fn has_objects_named(&self, object: &str) -> bool {
        object.split_once('/').is_some_and(|(first, _)| first == self.name())
    }

    /// The id of the key a request carries, when it is one that is let in.
    fn caller(&self, stage: &Stage, request: &Request) -> Option<String>;

    /// Carries a request out.
    fn answer(&mut self, stage: &mut Stage, request: &Request) -> Response;

    /// An error in its form, for faults.
    fn refusal(&self, status: u16, text: &str) -> Response;

    /// Makes an edit by somebody else.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with the edit; nothing has changed then.
    fn edit(&mut self, stage: &mut Stage, edit: &Edit) -> Result<(), String>;

    /// When something happens next by itself.
    fn next_due(&self) -> Option<Timestamp> {
        None
    }

    /// Lets happen what is due now, and moves [`Cloud::next_due`].
    fn step(&mut self, _stage: &mut Stage) {}

    /// How many objects it holds.
    fn object_count(&self) -> usize;

    /// Its settings, as its section of a configuration has them; keys and secrets included.
    fn settings(&self) -> Value;

    /// Takes other settings: knobs and keys at any time, what is seeded only before
    /// [`Cloud::plant`].
    ///
    /// # Errors
    ///
    /// A text that names what it does not know or cannot read; nothing has changed then.
    fn configure(&mut self, stage: &Stage, settings: &Value) -> Result<(), String>;

    /// Makes what its settings seed, once, at the start; says what could not be made.
    fn plant(&mut self, stage: &mut Stage) -> Vec<String>;

    /// A key to hand to a client: the first of its settings.
    fn first_key(&self) -> String;

    /// What may be shown of a key.
    fn key_id(&self, key: &str) -> String {
        ids::key_id(key)
    }
}

/// What every cloud can do whose type can be copied and written down.
pub trait Kept: Any + fmt::Debug + Send + Sync {
    /// A copy that goes its own way.
    fn copy(&self) -> Box<dyn Cloud>;

    /// Everything it holds, settings included, to be [restored](Kept::restore).
    ///
    /// # Errors
    ///
    /// Where something has no JSON form.
    fn state(&self) -> Result<Value, serde_json::Error>;

    /// Takes over a saved state.
    ///
    /// # Errors
    ///
    /// When it is none of this cloud's; nothing has changed then.
    fn restore(&mut self, state: &Value) -> Result<(), serde_json::Error>;
}

impl<C: Cloud + Clone + Serialize + DeserializeOwned> Kept for C {
    fn copy(&self) -> Box<dyn Cloud> {
        Box::new(self.clone())
    }

    fn state(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    fn restore(&mut self, state: &Value) -> Result<(), serde_json::Error> {
        *self = C::deserialize(state)?;
        Ok(())
    }
}

impl Clone for Box<dyn Cloud> {
    fn clone(&self) -> Self {
        self.copy()
    }
}

/// What a cloud's document says that its route table does not.
#[derive(Debug)]
pub struct Description {
    /// Whose API it is.
    pub title: &'static str,
    /// The `securitySchemes`, by the names operations have them under.
    pub security_schemes: Value,
    /// The schema of a path parameter, by its name.
    pub path_parameter: fn(&str) -> Value,
    /// The schema of an error's body, by its status.
    pub error: fn(u16) -> Schema,
}
