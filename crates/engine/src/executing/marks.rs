//! Where marks live. A server may take a mark and not show it: from then on the ledger alone
//! says whose the thing is, and its record has to know that.

use crate::executing::run::Run;
use plumb_model::ledger::{Entry, Provenance, Record};
use plumb_model::live::Completeness;
use plumb_model::rules::{Identity, MarkPlace};
use plumb_model::{LiveObject, Operation, Plan};
use std::sync::Arc;

/// Records which of the things this run made do not show the mark that they were given. Of what is
/// known by its id alone a missing mark is put on again instead.
pub(crate) fn learn_of_marks(run: &Run<'_>, plan: &Plan) {
    let made = plan.actions.iter().filter(|action| action.operation == Operation::Create);
    for action in made {
        let Some(rules) = run.engine.table.get(&action.key.kind) else { continue };
        let is_marked = rules.mark == MarkPlace::Object && rules.identity == Identity::Name;
        let Some(entry) = run.entry(&action.key).filter(|_| is_marked) else { continue };
        let unmarked = run.freshest(&action.key).is_some_and(|object| shows_no_mark(&object));
        if unmarked && entry.provenance == Provenance::Created {
            let entry = Entry { provenance: Provenance::CreatedUnmarked, ..entry };
            run.append_later(Record::Applied(Arc::new(entry)));
        }
    }
}

fn shows_no_mark(object: &LiveObject) -> bool {
    object.mark.is_none()
        && object.completeness == Completeness::Full
        && object.status.phase.is_terminal()
}
