//! Out-of-band edits: what somebody else does to the clouds without asking the API.
//!
//! Edits check nothing but that their object exists; a person with database access would not
//! either. Every edit is an effect of [`SOMEBODY_ELSE`](crate::effects::SOMEBODY_ELSE).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::world::World;
use crate::{rafay, voltage_park};

/// One edit. Objects are named by their key: `Kind/project/name`, `Kind/project/workspace/name`,
/// `Project/name`, `User/username` or `Group/name`.
///
/// Voltage Park's are `voltage-park/COLLECTION/ID`, where the collection is `virtual-machines`,
/// `bare-metal`, `storage` or `ssh-keys`; a name will do for the id where only one object has it.
/// `voltage-park/stock/LOCATION` is what a location has left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Makes an object from an envelope; an existing one is replaced. `status.status` may give a
    /// state. Kinds Project, User and Group take `metadata.name` and `spec`. The kind
    /// `voltage-park/COLLECTION` takes the fields a read shows beside it, and `organization`.
    Create {
        /// The envelope.
        object: Value,
    },
    /// Merges a JSON merge patch into `metadata` (`displayName`, `description`, `labels`,
    /// `annotations`) and `spec`. In `spec.variables` entries are merged by name, and one whose
    /// value is null falls back to the profile's default. Of a Voltage Park object the patch is
    /// of the fields a read shows; of a stock of `ethernet`, `infiniband` and `presets`.
    Patch {
        /// The key.
        object: String,
        /// The patch.
        patch: Value,
    },
    /// Sets labels, or removes those given as null. On Voltage Park the tags `name=value`; an
    /// empty value makes the tag `name`.
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
    fn object_name(&self) -> &str {
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

impl World {
    /// Makes an edit.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with the edit; nothing has changed then.
    pub fn edit(&mut self, edit: &Edit) -> Result<(), String> {
        let result = self.as_somebody_else(|world| {
            if edit.object_name().starts_with(voltage_park::PREFIX) {
                voltage_park::edits::apply(world, edit)
            } else {
                rafay::edits::apply(world, edit)
            }
        });
        self.touch();
        result
    }
}
