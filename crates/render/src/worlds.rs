//! The worlds between which a plan was made, for whoever judges the whole of them: each resource of the
//! stack as it is and as it will be, in the shape of Terraform's `prior_state` and `planned_values`.

pub use plumb_model::worlds::{Shadowed, Worlds};

use plumb_model::ResourceKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The resources of the stack at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateDocument {
    /// Its values.
    pub values: StateValues,
}

/// Values of a state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateValues {
    /// All of them: plumb has no modules.
    pub root_module: StateModule,
}

/// A module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateModule {
    /// Its resources, by address.
    pub resources: Vec<StateResource>,
}

/// A resource at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StateResource {
    /// The full address: `Kind.group/scope/name`.
    pub address: String,
    /// Always `managed`.
    pub mode: String,
    /// The kind's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The resource's name in its scope.
    pub name: String,
    /// The kind's API group.
    pub provider_name: String,
    /// Its document, without what the server owns; secrets are veiled, and what is not known yet is
    /// left out.
    pub values: Value,
    /// True where a secret stands.
    pub sensitive_values: Value,
}

impl StateResource {
    /// A resource with its document.
    pub(crate) fn new(key: &ResourceKey, document: &Value, sensitive: &Value) -> Self {
        Self {
            address: key.canonical(),
            mode: "managed".to_owned(),
            kind: key.kind.kind.clone(),
            name: key.name.clone(),
            provider_name: key.kind.group.clone(),
            values: document.clone(),
            sensitive_values: sensitive.clone(),
        }
    }
}
