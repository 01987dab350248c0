//! What people say of an object in its `metadata`, as it is written, kept and shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use plumb_sandbox::patch::merge;

/// Names for people, labels and annotations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Described {
    /// A name for people.
    #[serde(rename = "displayName", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The labels.
    #[serde(deserialize_with = "given", skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The annotations.
    #[serde(deserialize_with = "given", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Null is as good as nothing.
fn given<'de, D: Deserializer<'de>>(read: D) -> Result<BTreeMap<String, String>, D::Error> {
    Option::deserialize(read).map(Option::unwrap_or_default)
}

impl Described {
    /// What is left out stays as it was.
    pub(crate) fn merge(&mut self, before: &Self) {
        self.display_name = self.display_name.take().or_else(|| before.display_name.clone());
        self.description = self.description.take().or_else(|| before.description.clone());
        for (wanted, before) in
            [(&mut self.labels, &before.labels), (&mut self.annotations, &before.annotations)]
        {
            for (name, value) in before {
                wanted.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }

    /// What a merge patch of the `metadata` makes of it.
    pub(crate) fn patched(&self, patch: Option<&Value>) -> Result<Self, String> {
        let mut metadata = json!(self);
        merge(&mut metadata, patch.unwrap_or(&json!({})), 0);
        Self::deserialize(&metadata).map_err(|problem| problem.to_string())
    }
}
