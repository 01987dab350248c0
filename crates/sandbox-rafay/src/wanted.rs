//! What an object is to become.

use serde_json::{Map, Value};

use super::described::Described;
use super::key::ObjectKey;
use super::knobs::MergeMode;
use super::objects::Object;
use super::variables::Variable;

/// What a body asks an object to be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) key: ObjectKey,
    pub(crate) about: Described,
    pub(crate) spec: Map<String, Value>,
    /// Those of what is made from a profile, which are not in its spec.
    pub(crate) variables: Vec<Variable>,
}

impl Wanted {
    /// What the body leaves out stays, when the knob says so.
    pub(crate) fn merged_onto(mut self, before: &Object, mode: MergeMode) -> Self {
        if mode == MergeMode::Merge {
            self.about.merge(&before.about);
            for (name, value) in &before.spec {
                self.spec.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self
    }
}
