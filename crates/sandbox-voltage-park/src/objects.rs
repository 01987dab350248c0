//! What calls on single objects have in common: finding the caller's, showing it, deleting it.

use serde::Serialize;
use serde_json::json;

use super::errors::missing;
use super::input;
use super::knobs::MissingCode;
use super::record::Family;
use super::state::Stored;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::Response;

/// What marks an object as a stack's.
const MARK: &str = "plumb.dev/stack=";

/// Answers the caller's object that the path names; one read less shows an old state of it then.
pub(crate) fn shown<T: Stored, S: Serialize>(
    world: &mut World,
    call: &Call<'_>,
    code: MissingCode,
    show: fn(&World, &T) -> S,
) -> Result<Response, Response> {
    let id = input::id(world, call)?;
    let found = T::table(world.state).shown(&call.caller, &id);
    let object = found.ok_or_else(|| missing(code, T::CALLED))?;
    let response = Response::json(200, &show(world, object));
    if T::table_mut(world.state).get_mut(&id).is_some_and(T::forget_one_stale_read) {
        world.touch();
    }
    Ok(response)
}

/// The id of the caller's object that a delete names.
pub(crate) fn deleted<T: Stored>(world: &mut World, call: &Call<'_>) -> Result<String, Response> {
    let id = input::id(world, call)?;
    if T::table(world.state).has(&call.caller, &id) {
        return Ok(id);
    }
    Err(missing(world.config.knobs.delete_gone_code, T::CALLED))
}

/// The caller's object of this id.
pub(crate) fn existing<T: Stored>(world: &World, call: &Call<'_>, id: &str) -> Result<T, Response> {
    let found = T::table(world.state).get(id);
    let owned = found.filter(|it| it.record().organization == call.caller).cloned();
    owned.ok_or_else(|| missing(world.config.knobs.missing_id_code, T::CALLED))
}

/// Records a delete, and notices one of what no stack has marked, or for want of tags of what the
/// caller has not made.
pub(crate) fn note_delete<T: Stored>(world: &mut World, id: &str) {
    let Some(kept) = T::table(world.state).get(id) else { return };
    let record = kept.record().clone();
    let owned = match T::FAMILY {
        Family::Machines | Family::Rentals => record.tags.iter().any(|tag| tag.starts_with(MARK)),
        Family::Volumes | Family::Keys => record.created_by == world.actor(),
    };
    if !owned {
        let object = T::FAMILY.object_name(id);
        world.notice(FindingKind::DeleteWithoutOwnership, &object, &record.name);
    }
    world.tell(EffectKind::Deleted, T::FAMILY, &record, &json!({}));
}
