//! The store of objects of every kind, with the orders they are listed in and the timers that move
//! them.
//!
//! What a move means is decided in `lifecycle`, what a client sees of an object in `render`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::described::Described;
use super::key::ObjectKey;
use super::kinds::Kind;
use super::lifecycle::{Class, Lifecycle, Status};
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
    /// What a client wrote of `metadata`.
    #[serde(flatten)]
    pub about: Described,
    /// Who set each label first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub label_writers: BTreeMap<String, String>,
    /// The spec, as it was sent but for the variables of what is made from a profile; of a kind with
    /// versions that of the newest.
    #[serde(default)]
    pub spec: Map<String, Value>,
    /// The specs of earlier versions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub older: Vec<Map<String, Value>>,
    /// The merged variables of what is deployed from a profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// Where it stands, for what takes time.
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
    /// For each kind and part of a project the objects there in order of creation.
    order: BTreeMap<(&'static Kind, String, Within), BTreeSet<u64>>,
    /// When each moving object moves next; the sequence number breaks ties.
    timers: BTreeSet<(Timestamp, u64)>,
    next_sequence: u64,
}

/// A part of a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Within {
    /// All of it, its workspaces too.
    Everywhere,
    /// One workspace, or what is in none.
    Workspace(Option<String>),
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
        let (_, field) = self.key.kind.made_from?;
        self.spec.get(field)?.get("name")?.as_str()
    }

    /// What its state means for the next operation.
    pub(crate) fn class(&self) -> Option<Class> {
        self.lifecycle.as_ref().map(|life| life.now.status.class())
    }

    /// The version of the spec.
    pub(crate) fn version(spec: &Map<String, Value>) -> Option<&str> {
        spec.get("version").and_then(Value::as_str)
    }

    /// Takes another spec; one of another version stands before the one there was.
    pub(crate) fn respecify(&mut self, spec: Map<String, Value>) {
        if self.older.contains(&spec) {
            return;
        }
        let before = std::mem::replace(&mut self.spec, spec);
        if self.key.kind.versioned && Self::version(&before) != Self::version(&self.spec) {
            self.older.push(before);
        }
    }

    /// Whether this key made the object or marked it with a label.
    pub(crate) fn is_owned_by(&self, actor: &str) -> bool {
        self.created_by == actor || self.label_writers.values().any(|writer| writer == actor)
    }

    /// Labels nobody had set are the writer's.
    pub(crate) fn sign_labels(&mut self, writer: &str) {
        let labels = &self.about.labels;
        self.label_writers.retain(|name, _| labels.contains_key(name));
        for name in labels.keys() {
            self.label_writers.entry(name.clone()).or_insert_with(|| writer.to_owned());
        }
    }

    /// When it moves next.
    fn due(&self) -> Option<Timestamp> {
        self.lifecycle.as_ref().and_then(|life| life.due)
    }

    /// Whether writes take it for absent: deleted, though reads may still show it.
    pub(crate) fn is_destroyed(&self) -> bool {
        self.lifecycle.as_ref().is_some_and(|life| life.now.status == Status::Destroyed)
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
        for slot in slots(&object.key) {
            self.order.entry(slot).or_default().insert(sequence);
        }
        self.timers.extend(object.due().map(|due| (due, sequence)));
        self.sequences.insert(object.key.clone(), sequence);
        self.by_sequence.insert(sequence, object);
    }

    pub(crate) fn remove(&mut self, key: &ObjectKey) -> Option<Object> {
        let sequence = self.sequences.remove(key)?;
        let object = self.by_sequence.remove(&sequence)?;
        for slot in slots(key) {
            if let Some(order) = self.order.get_mut(&slot) {
                order.remove(&sequence);
            }
        }
        if let Some(due) = object.due() {
            self.timers.remove(&(due, sequence));
        }
        Some(object)
    }

    /// Sets when the object moves next.
    pub(crate) fn schedule(&mut self, key: &ObjectKey, due: Option<Timestamp>) {
        let found = self.sequences.get(key).and_then(|it| self.by_sequence.get_mut(it));
        let Some((sequence, life)) =
            found.and_then(|it| Some((it.sequence, it.lifecycle.as_mut()?)))
        else {
            return;
        };
        if let Some(old) = std::mem::replace(&mut life.due, due) {
            self.timers.remove(&(old, sequence));
        }
        self.timers.extend(due.map(|due| (due, sequence)));
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
        kind: &'static Kind,
        project: &str,
    ) -> impl DoubleEndedIterator<Item = &Object> {
        self.of(self.order(kind, project, Within::Everywhere))
    }

    /// The numbers of the objects of a kind in a part of a project, oldest first.
    pub(crate) fn order(
        &self,
        kind: &'static Kind,
        project: &str,
        within: Within,
    ) -> &BTreeSet<u64> {
        static NONE: BTreeSet<u64> = BTreeSet::new();
        self.order.get(&(kind, project.to_owned(), within)).unwrap_or(&NONE)
    }

    /// The objects of these numbers.
    pub(crate) fn of<'o, 's: 'o>(
        &'o self,
        sequences: impl IntoIterator<Item = &'s u64, IntoIter: DoubleEndedIterator>,
    ) -> impl DoubleEndedIterator<Item = &'o Object> {
        sequences.into_iter().filter_map(|sequence| self.by_sequence.get(sequence))
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
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.by_sequence.values()
    }
}

/// Where an object stands in lists.
fn slots(key: &ObjectKey) -> [(&'static Kind, String, Within); 2] {
    [Within::Everywhere, Within::Workspace(key.workspace.clone())]
        .map(|within| (key.kind, key.project.clone(), within))
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
