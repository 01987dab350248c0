//! The words of each block of a declared resource: what stands in the way, and what a person can do.

use crate::difference::{Diff, NoSuchOutput};
use crate::draft::blocked;
use crate::rivals;
use crate::scene::Scene;
use crate::words;
use plumb_model::compare::Difference;
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use plumb_model::{Blocked, Code, LiveObject, Phase, RemoteId, Resource, ResourceKey, ServerText};

pub(super) fn unknown_kind(key: &ResourceKey) -> Blocked {
    let message = format!("no rules are known for the kind {}", key.kind);
    blocked(key, Code::UNKNOWN_KIND, message, "`plumb schema --list` shows all kinds")
}

pub(crate) fn indeterminate(scene: &Scene<'_>, key: &ResourceKey) -> Blocked {
    let message = format!(
        "an earlier run sent its create, and the answer was lost; whether it was made is not \
         known, and it is not sent again{}",
        rivals::suspects(scene, key)
    );
    blocked(key, Code::BLOCKED_INDETERMINATE, message, words::resolve(key))
}

pub(super) fn no_such_output(
    scene: &Scene<'_>,
    key: &ResourceKey,
    missing: &NoSuchOutput,
) -> Blocked {
    let NoSuchOutput { at, source, output } = missing;
    let output = output.to_string();
    let message = format!(
        "{} takes the output {} of {source}, which is ready and has no such output",
        escape(&at.to_string()),
        escape(&output)
    );
    let known = missing.known(scene);
    let help = match nearest(&output, known.iter().map(String::as_str)) {
        Some(name) => format!("did you mean {}?", escape(name)),
        None => format!("its outputs are: {}", escape(&words::few(&known))),
    };
    blocked(key, NoSuchOutput::CODE, message, help)
}

pub(crate) fn unknown(key: &ResourceKey, reason: Option<&ServerText>, thin: bool) -> Blocked {
    let message = match reason {
        Some(reason) => format!("it could not be seen: {reason}"),
        None if thin => "only its outline could be seen, not what is compared".to_owned(),
        None => "it was not looked at".to_owned(),
    };
    let help = "what cannot be seen is not taken for absent; run again when the server answers";
    blocked(key, Code::BLOCKED_UNKNOWN, message, help)
}

pub(super) fn other_stack(object: &LiveObject) -> Blocked {
    let owner = object.mark.as_deref().map(escape).unwrap_or_default();
    let message = format!("the live object carries the mark of the stack {owner:?}");
    let help = "two stacks must not manage one object: remove the document here or there; to move \
                the object, remove its plumb.dev/stack mark by hand, and adopt it";
    blocked(&object.key, Code::BLOCKED_OTHER_STACK, message, help)
}

/// The same of a kind in which names need not be unique. None is made beside it: a stack that was
/// renamed, or a document that was moved from another one, looks just like that.
pub(super) fn other_stacks_rental(object: &LiveObject) -> Blocked {
    let key = &object.key;
    let owner = object.mark.as_deref().map(escape).unwrap_or_default();
    let id = object.remote_id.as_ref().map_or("without an id", RemoteId::as_str);
    let price = object.hourly.map(|price| format!(", {price} an hour")).unwrap_or_default();
    let message = format!(
        "a {} of this name carries the mark of the stack {owner:?}: {id}{price}",
        key.kind.kind
    );
    let help = format!(
        "to have another one made, choose another name; to move this one, take its document out \
         there without pruning, take its plumb.dev tags off by hand, and run `plumb adopt {key}`"
    );
    blocked(key, Code::BLOCKED_OTHER_STACK, message, help)
}

pub(super) fn bound_to_nothing(key: &ResourceKey, id: &RemoteId) -> Blocked {
    let message = format!("plumb.dev/remote-id binds it to {id}, which does not exist");
    let help = "a create cannot give it that id: correct the id, or take the annotation out to \
                have it made";
    blocked(key, Code::BLOCKED_REFUSED, message, help)
}

/// `plumb.dev/moved-from` of a kind that has its name for good.
pub(super) fn never_renamed(key: &ResourceKey, old: &LiveObject) -> Blocked {
    let message = format!("it was {}, which cannot be renamed", old.key);
    let help = "take plumb.dev/moved-from out to have another one made, and the old one deleted when \
                it is pruned; or put the old name back";
    blocked(key, Code::BLOCKED_REFUSED, message, help)
}

/// `plumb.dev/moved-from` of something that the ledger does not know.
pub(super) fn moved_and_not_on_record(key: &ResourceKey, old: &LiveObject) -> Blocked {
    let id = old.remote_id.as_ref().map_or("ID", RemoteId::as_str);
    let message = format!("it was {}, which is there and not on record: {id}", old.key);
    let help = format!(
        "if that is the one, set `plumb.dev/remote-id: {id}`; to have another one made, take \
         plumb.dev/moved-from out"
    );
    blocked(key, Code::BLOCKED_NOT_OURS, message, help)
}

pub(super) fn bound_to_another(object: &LiveObject, bound: &RemoteId) -> Blocked {
    let id = object.remote_id.as_ref().map_or("none", RemoteId::as_str);
    let message =
        format!("plumb.dev/remote-id binds it to {bound}, and the live object's id is {id}");
    let help = "correct the id, or take the annotation out";
    blocked(&object.key, Code::BLOCKED_NOT_OURS, message, help)
}

pub(super) fn going_away(object: &LiveObject) -> Blocked {
    let reason = object.status.reason.as_ref();
    let said = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let (message, help) = if object.status.phase == Phase::DeleteFailed {
        let help = "delete it by hand, or take its document out and prune; it is made again once \
                    its name is free";
        (format!("its deletion failed{said}"), help)
    } else {
        let help = "run again when it is gone: its name is free only then";
        (format!("it is being deleted{said}"), help)
    };
    blocked(&object.key, Code::BLOCKED_BUSY, message, help)
}

pub(super) fn not_ours(scene: &Scene<'_>, object: &LiveObject, diff: &Diff) -> Blocked {
    let fields = diff.differences.iter().filter(|difference| !difference.facets.recorded);
    let fields = words::few(fields.map(|difference| escape(&difference.path.to_string())));
    let differs = if fields.is_empty() { "its power".to_owned() } else { fields };
    let whose = if scene.entry(&object.key).is_some() {
        "a live object of this name is not the one the ledger knows"
    } else {
        "a live object of this name carries no mark"
    };
    let message = format!("{whose}, and differs in {differs}");
    let help = "to take it over as declared, set `plumb.dev/adopt: \"true\"` or run `plumb adopt`; \
                else choose another name";
    blocked(&object.key, Code::BLOCKED_NOT_OURS, message, help)
}

/// An unmarked object of a kind in which names prove nothing.
pub(super) fn same_name(scene: &Scene<'_>, object: &LiveObject, diff: &Diff) -> Blocked {
    let key = &object.key;
    let kind = &key.kind.kind;
    let id = object.remote_id.as_ref().map_or("without an id", RemoteId::as_str);
    let annotation = object.remote_id.as_ref().map_or_else(
        || "plumb.dev/adopt: \"true\"".to_owned(),
        |id| format!("plumb.dev/remote-id: {id}"),
    );
    let price = object.hourly.map(|price| format!(", {price} an hour")).unwrap_or_default();
    let recorded =
        if scene.entry(key).is_some() { "; it is not the one the ledger knows" } else { "" };
    let fields = diff.differences.iter().filter(|difference| !difference.facets.recorded);
    let fields = words::few(fields.map(|difference| escape(&difference.path.to_string())));
    let differs =
        if fields.is_empty() { String::new() } else { format!("; it differs in {fields}") };
    let message = format!("an unmarked {kind} has this name: {id}{price}{recorded}{differs}");
    let help = format!(
        "names prove nothing here: to take it over, set `{annotation}` or run `plumb \
         adopt {key}`; to have another one made, choose another name"
    );
    blocked(key, Code::BLOCKED_NOT_OURS, message, help)
}

/// An object with the mark and uid of ours, of a kind in which names prove nothing, while the
/// ledger knows another one.
pub(super) fn not_on_record(object: &LiveObject) -> Blocked {
    let key = &object.key;
    let id = object.remote_id.as_ref().map_or("without an id", RemoteId::as_str);
    let price = object.hourly.map(|price| format!(", {price} an hour")).unwrap_or_default();
    let message = format!(
        "the one on record is gone, and another {} carries its mark: {id}{price}",
        key.kind.kind
    );
    let help = format!(
        "marks can be copied: if it is the one that is meant, run `plumb adopt {key}`; else delete \
         it by hand, and another one is made"
    );
    blocked(key, Code::BLOCKED_NOT_OURS, message, help)
}

pub(super) fn refused(key: &ResourceKey, difference: &Difference, reason: &str) -> Blocked {
    let message = format!("{}: {reason}", words::difference(difference));
    let path = escape(&difference.path.to_string());
    let help = format!(
        "put the old value back, or make the change by hand; to leave the field alone, set \
         `plumb.dev/ignore: {path}`"
    );
    blocked(key, Code::BLOCKED_REFUSED, message, help)
}

fn fixed(diff: &Diff) -> String {
    let fields = words::few(diff.immutable().map(words::difference));
    format!("{fields}: fixed when it is made")
}

pub(super) fn immutable(scene: &Scene<'_>, resource: &Resource, diff: &Diff) -> Blocked {
    let contract = scene.entry(&resource.key).and_then(|entry| entry.protections.contract.clone());
    let charge = contract.map_or_else(String::new, |contract| {
        format!("; its contract of {} may still be charged", words::months(contract.months))
    });
    let help = format!(
        "put the old value back, or allow it to be replaced with `plumb.dev/replace: allowed`: the \
         live object is deleted with everything on it, and a new one is made{charge}"
    );
    blocked(&resource.key, Code::BLOCKED_IMMUTABLE, fixed(diff), help)
}

pub(super) fn immutable_and_not_ours(key: &ResourceKey, diff: &Diff) -> Blocked {
    let help = "an object that is taken over is never replaced: declare the value it has, or \
                choose another name";
    blocked(key, Code::BLOCKED_IMMUTABLE, fixed(diff), help)
}

pub(super) fn protected_from_replace(key: &ResourceKey, diff: &Diff) -> Blocked {
    let message = format!("{}, and plumb.dev/prevent-destroy keeps it", fixed(diff));
    let help = "put the old value back, or take the annotation out to have it replaced";
    blocked(key, Code::BLOCKED_PROTECTED, message, help)
}

pub(super) fn busy(object: &LiveObject) -> Blocked {
    let message = "it is to be replaced, and an operation on it is under way";
    blocked(&object.key, Code::BLOCKED_BUSY, message, "run again when the operation has ended")
}

pub(super) fn inhabited(key: &ResourceKey, inhabitants: &[&ResourceKey]) -> Blocked {
    let message =
        format!("to be replaced it must be empty, and in it live {}", words::few(inhabitants));
    let help = "delete or move them first, or put the old value back";
    blocked(key, Code::BLOCKED_STILL_NEEDED, message, help)
}

pub(super) fn failed(object: &LiveObject) -> Blocked {
    let reason = object.status.reason.as_ref();
    let said = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let help = "nothing in the document differs, and this kind has no deployment to repeat: mend \
                it by hand, or delete it to have it made again";
    blocked(&object.key, Code::BLOCKED_REFUSED, format!("it failed{said}"), help)
}
