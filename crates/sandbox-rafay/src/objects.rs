//! The store of the platform objects: workspaces, services, instances and profiles, with the orders
//! they are listed in and the timers that move them.
//!
//! What a move means is decided in `lifecycle`, what a client sees of an object in `render`.

use super::kinds::{Kind, ObjectKey};
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lifecycle::{Lifecycle, Status};
use super::variables::Variable;
use plumb_sandbox::time::Timestamp;

/// One stored object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its identity.
    pub key: ObjectKey,
    /// Its place in the order of creation.
    pub sequence: u64,
    /// Its `metadata.id`.
    pub id: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The id of the key that created it.
    pub created_by: String,
    /// When it was last written.
    pub modified_at: Timestamp,
    /// The id of the key that wrote it last.
    pub modified_by: String,
    /// `metadata.displayName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// `metadata.description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `metadata.labels`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Who set each label first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub label_writers: BTreeMap<String, String>,
    /// The spec but for its variables.
    #[serde(default)]
    pub spec: serde_json::Map<String, Value>,
    /// The merged variables of what is deployed from a profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// The state of what is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// A profile's `status.globalSettings`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub global_settings: Value,
}

/// All objects with their indexes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredObjects", into = "StoredObjects")]
pub struct Objects {
    /// By place in the order of creation: lists walk numbers, not names.
    by_sequence: BTreeMap<u64, Object>,
    sequences: BTreeMap<ObjectKey, u64>,
    /// For each kind and project its objects in order of creation.
    order: BTreeMap<(Kind, String), BTreeSet<u64>>,
    /// When each moving object moves next; the sequence number breaks ties.
    timers: BTreeSet<(Timestamp, u64)>,
    next_sequence: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredObjects {
    objects: Vec<Object>,
    next_sequence: u64,
}

impl Object {
    /// `spec.computeType`; empty where there is none.
    pub(crate) fn compute_type(&self) -> &str {
        self.spec.get("computeType").and_then(Value::as_str).unwrap_or_default()
    }

    /// The name of the profile it is made from.
    pub(crate) fn profile_name(&self) -> Option<&str> {
        let field = self.key.kind.profile_field()?;
        self.spec.get(field)?.get("name")?.as_str()
    }

    /// When it moves next.
    fn due(&self) -> Option<Timestamp> {
        self.lifecycle.as_ref().and_then(|life| life.due)
    }

    /// Whether writes take it for absent: deleted, though reads may still show it.
    pub(crate) fn is_destroyed(&self) -> bool {
        self.lifecycle.as_ref().is_some_and(|life| life.status == Status::Destroyed)
    }
}

impl Objects {
    pub(crate) fn get(&self, key: &ObjectKey) -> Option<&Object> {
        self.by_sequence.get(self.sequences.get(key)?)
    }

    pub(crate) fn get_mut(&mut self, key: &ObjectKey) -> Option<&mut Object> {
        self.by_sequence.get_mut(self.sequences.get(key)?)
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> usize {
        self.by_sequence.len()
    }

    /// The next place in the order of creation.
    pub(crate) fn take_sequence(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }

    pub(crate) fn insert(&mut self, object: Object) {
        self.remove(&object.key);
        let sequence = object.sequence;
        self.next_sequence = self.next_sequence.max(sequence);
        let slot = (object.key.kind, object.key.project.clone());
        self.order.entry(slot).or_default().insert(sequence);
        if let Some(due) = object.due() {
            self.timers.insert((due, sequence));
        }
        self.sequences.insert(object.key.clone(), sequence);
        self.by_sequence.insert(sequence, object);
    }

    pub(crate) fn remove(&mut self, key: &ObjectKey) -> Option<Object> {
        let sequence = self.sequences.remove(key)?;
        let object = self.by_sequence.remove(&sequence)?;
        if let Some(order) = self.order.get_mut(&(key.kind, key.project.clone())) {
            order.remove(&sequence);
        }
        if let Some(due) = object.due() {
            self.timers.remove(&(due, sequence));
        }
        Some(object)
    }

    /// Sets when the object moves next.
    pub(crate) fn schedule(&mut self, key: &ObjectKey, due: Option<Timestamp>) {
        let Some(object) = self.sequences.get(key).and_then(|it| self.by_sequence.get_mut(it))
        else {
            return;
        };
        let Some(life) = &mut object.lifecycle else { return };
        if let Some(old) = life.due.take() {
            self.timers.remove(&(old, object.sequence));
        }
        life.due = due;
        if let Some(due) = due {
            self.timers.insert((due, object.sequence));
        }
    }

    /// When the next object moves.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// Takes the earliest timer that is due at this moment.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, ObjectKey)> {
        let (due, sequence) = *self.timers.first()?;
        if due > now {
            return None;
        }
        self.timers.pop_first();
        let object = self.by_sequence.get_mut(&sequence)?;
        if let Some(life) = &mut object.lifecycle {
            life.due = None;
        }
        Some((due, object.key.clone()))
    }

    /// The objects of a kind in a project, oldest first.
    pub(crate) fn list(
        &self,
        kind: Kind,
        project: &str,
    ) -> impl DoubleEndedIterator<Item = &Object> {
        let order = self.order.get(&(kind, project.to_owned()));
        order.into_iter().flatten().filter_map(|sequence| self.by_sequence.get(sequence))
    }

    /// Whether a project, or one workspace of it, still holds anything.
    pub(crate) fn has_content(&self, project: &str, workspace: Option<&str>) -> bool {
        let all = [
            Kind::Workspace,
            Kind::Service,
            Kind::ComputeInstance,
            Kind::ComputeProfile,
            Kind::ServiceProfile,
        ];
        let within =
            |object: &Object| workspace.is_none() || object.key.workspace.as_deref() == workspace;
        let mut content = all.into_iter().flat_map(|kind| self.list(kind, project));
        content.any(|object| within(object) && !object.is_destroyed())
    }

    /// Every object, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.by_sequence.values()
    }
}

impl From<StoredObjects> for Objects {
    fn from(stored: StoredObjects) -> Self {
        let mut objects = Objects { next_sequence: stored.next_sequence, ..Objects::default() };
        for object in stored.objects {
            objects.insert(object);
        }
        objects
    }
}

impl From<Objects> for StoredObjects {
    fn from(objects: Objects) -> Self {
        StoredObjects {
            next_sequence: objects.next_sequence,
            objects: objects.by_sequence.into_values().collect(),
        }
    }
}
