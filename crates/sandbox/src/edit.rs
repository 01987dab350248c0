//! Out-of-band edits: what somebody else does to the clouds without asking the API.
//!
//! Edits check nothing but that their object exists; a person with database access would not
//! either. Every edit is an effect of [`SOMEBODY_ELSE`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::effects::SOMEBODY_ELSE;
use crate::rafay;
use crate::world::{CurrentCall, World};

/// One edit. Objects are named by their key: `Kind/project/name`, `Kind/project/workspace/name`,
/// `Project/name`, `User/username` or `Group/name`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Makes an object from an envelope; an existing one is replaced. `status.status` may give a
    /// state. Kinds Project, User and Group take `metadata.name` and `spec`.
    Create {
        /// The envelope.
        object: Value,
    },
    /// Merges a JSON merge patch into `metadata` (`displayName`, `description`, `labels`,
    /// `annotations`) and `spec`. In `spec.variables` entries are merged by name, and one whose
    /// value is null falls back to the profile's default.
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

impl World {
    /// Makes an edit.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with the edit; nothing has changed then.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), String> {
        let current = CurrentCall { actor: SOMEBODY_ELSE.to_owned(), ..CurrentCall::default() };
        let caller = self.set_current(current);
        let result = rafay::edits::apply(self, edit);
        self.set_current(caller);
        self.touch();
        result
    }
}
