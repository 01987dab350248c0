//! What an object is to become.

use super::envelope::Checked;
use super::place::Place;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::kinds::ObjectKey;
use super::knobs::MergeMode;
use super::objects::Object;
use super::variables::Variable;

/// What a body asks an object to be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) key: ObjectKey,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) spec: Map<String, Value>,
    pub(crate) variables: Vec<Variable>,
}

impl Wanted {
    pub(crate) fn new<Spec>(place: &Place, checked: &Checked<Spec>) -> Self {
        let metadata = &checked.metadata;
        let mut spec = checked.raw_spec.clone();
        spec.remove("variables");
        Wanted {
            key: place.key(&metadata.name),
            display_name: metadata.display_name.clone(),
            description: metadata.description.clone(),
            labels: metadata.labels.clone().unwrap_or_default(),
            annotations: metadata.annotations.clone().unwrap_or_default(),
            spec,
            variables: Vec::new(),
        }
    }

    /// What the body leaves out stays, when the knob says so.
    pub(crate) fn merged_onto(mut self, before: &Object, mode: MergeMode) -> Self {
        if mode == MergeMode::Merge {
            self.display_name = self.display_name.or_else(|| before.display_name.clone());
            self.description = self.description.or_else(|| before.description.clone());
            keep(&mut self.labels, &before.labels);
            keep(&mut self.annotations, &before.annotations);
            for (name, value) in &before.spec {
                self.spec.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        self
    }
}

fn keep(wanted: &mut BTreeMap<String, String>, before: &BTreeMap<String, String>) {
    for (name, value) in before {
        wanted.entry(name.clone()).or_insert_with(|| value.clone());
    }
}
