//! Out-of-band edits: what somebody else does to the clouds without asking the API.
//!
//! Edits check nothing but that their object exists; a person with database access would not
//! either. Every edit is an effect of [`SOMEBODY_ELSE`](crate::effects::SOMEBODY_ELSE).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One edit. How objects are named is their cloud's, and says which cloud that is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Makes an object; an existing one is replaced.
    Create {
        /// The object with its `kind`, and as its cloud has objects otherwise.
        object: Value,
    },
    /// Merges a JSON merge patch into the fields that can be changed.
    Patch {
        /// The key.
        object: String,
        /// The patch.
        patch: Value,
    },
    /// Sets labels, or removes those given as null.
    Relabel {
        /// The key.
        object: String,
        /// The labels.
        labels: BTreeMap<String, Option<String>>,
    },
    /// Removes the object at once.
    Delete {
        /// The key.
        object: String,
    },
    /// Sets the status to a text; time moves it no further.
    SetStatus {
        /// The key.
        object: String,
        /// The status.
        status: String,
        /// The reason shown with it.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Powers a machine off, as a completed `stop` would have.
    PowerOff {
        /// The key.
        object: String,
    },
    /// Publishes the object, changed or not.
    Republish {
        /// The key.
        object: String,
    },
}

impl Edit {
    /// The key of the object; of a create the kind.
    #[must_use]
    pub fn object_name(&self) -> &str {
        match self {
            Edit::Create { object } => {
                object.get("kind").and_then(Value::as_str).unwrap_or_default()
            }
            Edit::Patch { object, .. }
            | Edit::Relabel { object, .. }
            | Edit::Delete { object }
            | Edit::SetStatus { object, .. }
            | Edit::PowerOff { object }
            | Edit::Republish { object } => object,
        }
    }
}
