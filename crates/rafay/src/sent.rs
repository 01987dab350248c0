//! A list of which only a part is ours: what of it was sent, what may have been, and what is declared
//! now. What others put there is in none of them.

use plumb_kind::{CannotBuild, Context, Lookup};
use plumb_model::plan::Shown;
use plumb_model::{Body, FieldPath};

/// What a name that is not there any more means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It cannot be given.
    Refused,
    /// It cannot be taken, and need not be.
    Skipped,
}

impl Missing {
    /// What was found; `None` where it need not be there.
    pub(crate) fn judge<T>(
        self,
        found: Lookup<T>,
        what: &str,
        name: &str,
    ) -> Result<Option<T>, CannotBuild> {
        match (self, found) {
            (Self::Skipped, Lookup::Absent(_)) => Ok(None),
            (_, found) => found.or_reason(what, name).map(Some),
        }
    }
}

/// One list, as it may be and as it is declared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// What is known to have been sent.
    pub(crate) sent: Vec<Body>,
    /// What is in effect of what was sent, where that is known; else what was sent, and what may have
    /// been.
    pub(crate) before: Vec<Body>,
    /// What is declared.
    pub(crate) after: Vec<Body>,
}

impl Change {
    /// The plan's change of a field says what was there before. A field the plan does not change
    /// stays as it is; without any changes the ledger is asked.
    pub(crate) fn of(context: &Context<'_>, field: &str) -> Self {
        let path = FieldPath::root().key("spec").key(field);
        let items = |body: Option<&Body>| -> Vec<Body> {
            let list = body.and_then(|body| body.find(&path)).and_then(Body::as_array);
            list.map(<[Body]>::to_vec).unwrap_or_default()
        };
        let after = items(context.body);
        let recorded = || items(context.entry.map(|entry| &*entry.sent));
        let planned = context
            .changes
            .iter()
            .find(|change| change.path.is_within(&path) || path.is_within(&change.path));
        let before = match planned {
            None if context.changes.is_empty() => recorded(),
            None => after.clone(),
            Some(change) if change.path == path => match &change.before {
                Shown::Plain(before) => {
                    before.as_array().into_iter().flatten().map(Body::from).collect()
                }
                Shown::Absent => Vec::new(),
                Shown::Secret
                | Shown::SecretLineEnds
                | Shown::KnownAfterApply
                | Shown::Default(_) => recorded(),
            },
            Some(_) => recorded(),
        };
        // What an update attempted, which the plan counts among what was before, may not be in effect.
        let sent = match (planned, context.entry) {
            (Some(_), Some(_)) => recorded(),
            (None, _) | (_, None) => before.clone(),
        };
        Self { sent, before, after }
    }

    /// The elements that are declared and not known to be in effect, by name.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&str, &Body)> {
        let has = |list: &[Body], name: &str| list.iter().any(|it| name_of(it) == Some(name));
        let named = self.after.iter().filter_map(|item| Some((name_of(item)?, item)));
        named.filter(move |(name, _)| !(has(&self.sent, name) && has(&self.before, name)))
    }

    /// The elements that were sent and are declared no more, by name.
    pub(crate) fn taken(&self) -> impl Iterator<Item = (&str, &Body)> {
        let stays = |name: &str| self.after.iter().any(|it| name_of(it) == Some(name));
        let named = self.before.iter().filter_map(|item| Some((name_of(item)?, item)));
        named.filter(move |(name, _)| !stays(name))
    }
}

/// A name given as text, or as the `name` of an object.
pub(crate) fn name_of(value: &Body) -> Option<&str> {
    value.to_look_up().or_else(|| value.get("name")?.to_look_up())
}
