//! What was decided about one resource, before it is put in order with the others.

use crate::is_write;
use plumb_model::plan::{Because, Hidden, Operation, Precondition};
use plumb_model::{Blocked, Code, FieldChange, Finding, Note, ResourceKey};
use std::collections::BTreeSet;

/// One step of a resource; each requires the one before it.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    pub(crate) changes: Vec<FieldChange>,
    pub(crate) because: BTreeSet<Because>,
    pub(crate) precondition: Option<Precondition>,
}

impl Step {
    pub(crate) fn new(operation: Operation, because: Because) -> Self {
        Self {
            operation,
            changes: Vec::new(),
            because: BTreeSet::from([because]),
            precondition: None,
        }
    }

    /// Whether it only takes on record what is there: nothing is sent.
    pub(crate) fn only_records(&self) -> bool {
        self.operation == Operation::Adopt && self.because == BTreeSet::from([Because::Unrecorded])
    }

    pub(crate) fn with(mut self, changes: Vec<FieldChange>) -> Self {
        self.changes = changes;
        self
    }
}

/// What one resource comes to. No steps and no block means it is as declared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decision {
    pub(crate) steps: Vec<Step>,
    pub(crate) blocked: Option<Blocked>,
    /// Further objects that carry its mark, where they do not hold up its own steps.
    pub(crate) duplicates: Option<Blocked>,
    pub(crate) notes: Vec<Note>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) hidden: Vec<Hidden>,
}

impl Decision {
    /// Nothing but a block.
    pub(crate) fn only(blocked: Blocked) -> Self {
        Self { blocked: Some(blocked), ..Self::default() }
    }

    /// Whether a step changes something at the server.
    pub(crate) fn writes(&self) -> bool {
        self.steps.iter().any(|step| is_write(step.operation) && !step.only_records())
    }

    /// Whether a step sends declared fields, or takes on record what was sent.
    pub(crate) fn sends_fields(&self) -> bool {
        let sends = |step: &Step| {
            matches!(step.operation, Operation::Create | Operation::Update | Operation::Adopt)
        };
        self.steps.iter().any(sends)
    }

    /// Takes all steps back; what they would have changed is listed with the block. It stands
    /// before any other.
    pub(crate) fn block(&mut self, mut blocked: Blocked) {
        let held_up = self.blocked.take().into_iter().flat_map(|other| other.changes);
        let changes = self.steps.drain(..).flat_map(|step| step.changes);
        blocked.changes.extend(held_up.chain(changes));
        self.blocked = Some(blocked);
    }

    pub(crate) fn note(&mut self, key: &ResourceKey, code: Code, message: impl Into<String>) {
        self.notes.push(note(key, code, message));
    }

    /// The position of the delete, if there is one.
    pub(crate) fn delete(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.operation == Operation::Delete)
    }

    /// The first and last step that make or change something that is to stay: all of them, or of
    /// a replace those after the delete.
    pub(crate) fn forward(&self) -> Option<(usize, usize)> {
        let first = self.delete().map_or(0, |delete| delete + 1);
        let last = self.steps.len().checked_sub(1)?;
        (first <= last).then_some((first, last))
    }

    /// Whether it is deleted and made again.
    pub(crate) fn replaces(&self) -> bool {
        self.delete().is_some() && self.forward().is_some()
    }
}

pub(crate) fn blocked(
    key: &ResourceKey,
    code: Code,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Blocked {
    let (message, help) = (message.into(), help.into());
    Blocked { key: key.clone(), code, message, help, changes: Vec::new() }
}

pub(crate) fn note(key: &ResourceKey, code: Code, message: impl Into<String>) -> Note {
    Note { key: Some(key.clone()), code, message: message.into() }
}
