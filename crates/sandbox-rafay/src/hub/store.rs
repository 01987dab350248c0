//! The store of objects whose kinds are rows, with the orders they are listed in and the timers that
//! move them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key::HubKey;
use super::kind::HubKind;
use crate::lifecycle::{Class, Lifecycle, Status};
use plumb_sandbox::time::Timestamp;

/// One stored object. Its body is kept as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HubObject {
    /// Its identity.
    pub key: HubKey,
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
    /// What a client wrote of `metadata`: names for people, labels, annotations.
    pub metadata: Map<String, Value>,
    /// Who set each label first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub label_writers: BTreeMap<String, String>,
    /// The spec; of a kind with versions that of the newest.
    pub spec: Map<String, Value>,
    /// The specs of earlier versions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Map<String, Value>>,
    /// Where it stands, for what takes time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub life: Option<Lifecycle>,
}

/// All objects with their indexes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct HubObjects {
    by_sequence: BTreeMap<u64, HubObject>,
    sequences: BTreeMap<HubKey, u64>,
    /// For each kind and project its objects in order of creation.
    order: BTreeMap<(&'static str, String), BTreeSet<u64>>,
    timers: BTreeSet<(Timestamp, u64)>,
    next_sequence: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    objects: Vec<HubObject>,
    next_sequence: u64,
}

impl HubObject {
    /// The labels.
    pub(crate) fn labels(&self) -> impl Iterator<Item = &String> {
        self.metadata.get("labels").and_then(Value::as_object).into_iter().flat_map(Map::keys)
    }

    /// What its state means for the next operation.
    pub(crate) fn class(&self) -> Option<Class> {
        self.life.as_ref().map(|life| life.status.class())
    }

    /// Whether writes take it for absent: deleted, though reads may still show it.
    pub(crate) fn is_destroyed(&self) -> bool {
        self.life.as_ref().is_some_and(|life| life.status == Status::Destroyed)
    }

    fn due(&self) -> Option<Timestamp> {
        self.life.as_ref().and_then(|life| life.due)
    }
}

impl HubObjects {
    /// The object of this key.
    #[must_use]
    pub fn get(&self, key: &HubKey) -> Option<&HubObject> {
        self.by_sequence.get(self.sequences.get(key)?)
    }

    pub(crate) fn get_mut(&mut self, key: &HubKey) -> Option<&mut HubObject> {
        self.by_sequence.get_mut(self.sequences.get(key)?)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_sequence.len()
    }

    /// The next place in the order of creation.
    pub(crate) fn take_sequence(&mut self) -> u64 {
        self.next_sequence += 1;
        self.next_sequence
    }

    pub(crate) fn insert(&mut self, object: HubObject) {
        self.remove(&object.key);
        let sequence = object.sequence;
        self.next_sequence = self.next_sequence.max(sequence);
        self.order.entry(slot(&object.key)).or_default().insert(sequence);
        if let Some(due) = object.due() {
            self.timers.insert((due, sequence));
        }
        self.sequences.insert(object.key.clone(), sequence);
        self.by_sequence.insert(sequence, object);
    }

    pub(crate) fn remove(&mut self, key: &HubKey) -> Option<HubObject> {
        let sequence = self.sequences.remove(key)?;
        let object = self.by_sequence.remove(&sequence)?;
        if let Some(order) = self.order.get_mut(&slot(key)) {
            order.remove(&sequence);
        }
        if let Some(due) = object.due() {
            self.timers.remove(&(due, sequence));
        }
        Some(object)
    }

    /// Sets when the object moves next.
    pub(crate) fn schedule(&mut self, key: &HubKey, due: Option<Timestamp>) {
        let found = self.sequences.get(key).and_then(|it| self.by_sequence.get_mut(it));
        let Some((sequence, life)) = found.and_then(|it| Some((it.sequence, it.life.as_mut()?)))
        else {
            return;
        };
        if let Some(old) = life.due.take() {
            self.timers.remove(&(old, sequence));
        }
        life.due = due;
        if let Some(due) = due {
            self.timers.insert((due, sequence));
        }
    }

    /// When the next object moves.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// Takes the earliest timer that is due at this moment.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, HubKey)> {
        let (due, sequence) = *self.timers.first()?;
        if due > now {
            return None;
        }
        self.timers.pop_first();
        let object = self.by_sequence.get_mut(&sequence)?;
        if let Some(life) = &mut object.life {
            life.due = None;
        }
        Some((due, object.key.clone()))
    }

    /// The objects of a kind in a project, oldest first.
    pub(crate) fn list(
        &self,
        kind: &HubKind,
        project: &str,
    ) -> impl DoubleEndedIterator<Item = &HubObject> {
        let order = self.order.get(&(kind.kind, project.to_owned()));
        order.into_iter().flatten().filter_map(|sequence| self.by_sequence.get(sequence))
    }

    /// Whether a project, or one workspace of it, still holds anything.
    pub(crate) fn has_content(&self, project: &str, workspace: Option<&str>) -> bool {
        self.all().any(|object| {
            object.key.project == project
                && (workspace.is_none() || object.key.workspace.as_deref() == workspace)
                && !object.is_destroyed()
        })
    }

    /// Every object, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &HubObject> {
        self.by_sequence.values()
    }
}

fn slot(key: &HubKey) -> (&'static str, String) {
    (key.kind.kind, key.project.clone())
}

impl From<Stored> for HubObjects {
    fn from(stored: Stored) -> Self {
        let mut objects =
            HubObjects { next_sequence: stored.next_sequence, ..HubObjects::default() };
        for object in stored.objects {
            objects.insert(object);
        }
        objects
    }
}

impl From<HubObjects> for Stored {
    fn from(objects: HubObjects) -> Self {
        Stored {
            next_sequence: objects.next_sequence,
            objects: objects.by_sequence.into_values().collect(),
        }
    }
}
