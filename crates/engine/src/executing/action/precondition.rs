//! The last look before something is sent: what moved since the plan is not acted upon.

use crate::executing::action::{Doing, Stop};
use crate::executing::failure::failure;
use crate::observing::look::Looked;
use plumb_model::claim::{Beside, Claim, Proof};
use plumb_model::compare::digests_at;
use plumb_model::event::{ActionOutcome, Failure};
use plumb_model::ledger::{Entry, Provenance};
use plumb_model::live::Completeness;
use plumb_model::plan::Precondition;
use plumb_model::rules::MarkPlace;
use plumb_model::{FieldPath, LiveObject, Observation, Operation};

impl Doing<'_> {
    /// Looks again and compares with what the plan was made from. The object is there, or it is
    /// gone and the caller decides.
    pub(super) async fn look_again(&self) -> Result<Looked, Stop> {
        self.check(self.look().await)
    }

    /// Compares a look with what the plan was made from.
    pub(super) fn check(&self, looked: Looked) -> Result<Looked, Stop> {
        let checked = match (&looked.observation, &self.action.precondition) {
            (Observation::Unknown(reason), _) => {
                return Err(Failure {
                    said: Some(reason.clone()),
                    ..failure(
                        format!("{} cannot be looked at; nothing was sent", self.action.key),
                        "run it again when it can be read",
                    )
                }
                .into());
            }
            (Observation::Present(object), precondition) => self
                .is_still_ours(object)
                .and_then(|()| precondition.as_ref().map_or(Ok(()), |it| holds(it, object))),
            (Observation::Absent, _) => Ok(()),
        };
        match checked {
            Ok(()) => Ok(looked),
            Err((what, fields)) => Err(Stop::With(ActionOutcome::Moved { fields, what })),
        }
    }

    /// Whether nobody else took it since the plan. What is deleted carries our mark to the end,
    /// where its kind has a place for one: without it there would have been no plan to delete it.
    fn is_still_ours(&self, object: &LiveObject) -> Result<(), Moved> {
        let key = &object.key;
        let record = self.run.entry(key);
        let is_seen = object.completeness == Completeness::Full;
        let needs_mark = self.action.operation == Operation::Delete
            && self.rules().mark == MarkPlace::Object
            && is_seen;
        match self.claim(object, Beside::Record(record.as_ref())) {
            Claim::AnotherStacks(mark) => {
                Err((format!("{key} carries the mark of stack {mark} now"), Vec::new()))
            }
            // Which one it is says the id in the precondition.
            Claim::Ours(Proof::Mark) | Claim::Copied => Ok(()),
            Claim::Ours(Proof::Record) if is_unmarked(record.as_ref()) => Ok(()),
            _ if needs_mark => {
                Err((format!("{key} does not carry this stack's mark any more"), Vec::new()))
            }
            _ => Ok(()),
        }
    }

    /// As [`Self::look_again`], for operations that need the object to be there.
    pub(super) async fn look_again_at_it(&self) -> Result<(LiveObject, Looked), Stop> {
        let looked = self.look_again().await?;
        match looked.present() {
            Some(object) => Ok((object.clone(), looked)),
            None => Err(Stop::With(ActionOutcome::Moved {
                fields: Vec::new(),
                what: format!("{} is not there any more", self.action.key),
            })),
        }
    }
}

/// Whether its mark was never shown.
fn is_unmarked(record: Option<&Entry>) -> bool {
    record.is_some_and(|entry| entry.provenance == Provenance::CreatedUnmarked)
}

/// What moved since the plan: in words, and the fields.
type Moved = (String, Vec<FieldPath>);

/// Whether an object still is what the plan saw; what moved, if not.
fn holds(precondition: &Precondition, object: &LiveObject) -> Result<(), Moved> {
    let Precondition { remote_id, phase, fields } = precondition;
    if remote_id.is_some() && object.remote_id != *remote_id {
        return Err((format!("{} is another object now", object.key), Vec::new()));
    }
    if let Some(phase) = phase
        && object.status.phase != *phase
    {
        let now = &object.status.phase;
        return Err((format!("{} was {phase} and is {now} now", object.key), Vec::new()));
    }
    let now = digests_at(&object.body, fields.keys());
    let moved: Vec<FieldPath> = fields
        .iter()
        .filter(|(path, planned)| now.get(path) != Some(planned))
        .map(|(path, _)| path.clone())
        .collect();
    if moved.is_empty() {
        Ok(())
    } else {
        Err((format!("{} was changed since the plan", object.key), moved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::live::{Completeness, LiveStatus};
    use plumb_model::{Body, KindId, Phase, ResourceKey, Scope, body};

    fn object() -> LiveObject {
        LiveObject {
            key: ResourceKey::new(KindId::new("toy", "Thing"), Scope::Global, "a".into()),
            remote_id: Some("id-1".parse().unwrap()),
            body: body!({"spec": {"size": 3, "note": ""}}),
            status: LiveStatus::ready(),
            outputs: Body::Null,
            mark: None,
            uid: None,
            hourly: None,
            completeness: Completeness::Full,
        }
    }

    #[test]
    fn what_moved_is_named() {
        let size: FieldPath = "spec.size".parse().unwrap();
        let note: FieldPath = "spec.note".parse().unwrap();
        let planned = |body: Body| digests_at(&body, [&size, &note]);
        let same = planned(body!({"spec": {"size": 3}}));
        let other = planned(body!({"spec": {"size": 4}}));
        let id = |text: &str| Some(text.parse().unwrap());
        let cases = [
            ("nothing", Precondition::default(), None),
            (
                "same",
                Precondition { remote_id: id("id-1"), phase: Some(Phase::Ready), fields: same },
                None,
            ),
            ("id", Precondition { remote_id: id("id-2"), ..Precondition::default() }, Some(vec![])),
            (
                "phase",
                Precondition { phase: Some(Phase::Failed), ..Precondition::default() },
                Some(vec![]),
            ),
            (
                "field",
                Precondition { fields: other, ..Precondition::default() },
                Some(vec![size.clone()]),
            ),
        ];
        for (name, precondition, expected) in cases {
            let moved = holds(&precondition, &object()).err().map(|(_, fields)| fields);
            assert_eq!(moved, expected, "{name}");
        }
    }
}
