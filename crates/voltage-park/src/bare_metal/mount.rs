//! The volume a rental mounts. It is named at the create; later it changes through the volume's
//! `order_ids`, which is a set that others write to as well (V-22).

use crate::{collections, ids, volume};
use plumb_kind::{CannotBuild, Collection, Context, Reading, Request, Snapshot, Step};
use plumb_model::resource::OutputReference;
use plumb_model::text::escape;
use plumb_model::{Body, FieldPath, LiveObject, RemoteId, Resource};

fn path() -> FieldPath {
    FieldPath::root().key("spec").key("storage_id")
}

/// Writes an id in the form that is compared, and makes a name the id of the volume it names,
/// which is known once that volume is there.
pub(super) fn prepare(resource: &mut Resource) {
    let Some(place) = resource.body.find_mut(&path()) else { return };
    ids::normalise(place);
    let Some(name) = place.as_str().filter(|text| ids::uuid(text).is_none()) else { return };
    let key = ids::key(ids::storage_volume(), name);
    *place = OutputReference { key, path: FieldPath::root().key("id") }.into();
}

fn changes(context: &Context<'_>) -> bool {
    let path = path();
    context.changes.iter().any(|change| change.path == path)
}

/// The volumes as they are now: what is sent replaces who mounts them.
pub(super) fn reads_first(step: Step<'_>, context: &Context<'_>) -> Vec<Collection> {
    let wanted = step == Step::Update && changes(context);
    wanted.then(collections::volumes).into_iter().collect()
}

/// The requests that take the rental off the volume it mounts, and put it on the declared one.
pub(super) fn update(context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
    if !changes(context) {
        return Ok(Vec::new());
    }
    let own = context.own_id()?;
    let id = |body: Option<&Body>| ids::uuid_in(body?.find(&path())?);
    let mounted = id(context.live.map(|live| &live.body));
    let wanted = id(context.body);
    let mut requests = Vec::new();
    if let Some(mounted) = mounted.filter(|mounted| wanted.as_ref() != Some(mounted))
        && let Some((volume, mut rentals)) = find(&mounted, context.snapshot)
    {
        rentals.retain(|rental| rental != own.as_str());
        requests.push(volume::attach(&volume, &rentals));
    }
    if let Some(wanted) = wanted {
        let (volume, mut rentals) = find(&wanted, context.snapshot).ok_or_else(|| CannotBuild {
            message: format!("there is no volume {wanted} for {} to mount", context.key),
            help: "correct spec.storage_id; `plumb get` lists the volumes".to_owned(),
        })?;
        if !rentals.iter().any(|rental| rental == own.as_str()) {
            rentals.push(own.as_str().to_owned());
            requests.push(volume::attach(&volume, &rentals));
        }
    }
    Ok(requests)
}

/// A volume and the rentals that mount it, as they were listed.
fn find(id: &str, snapshot: &Snapshot) -> Option<(RemoteId, Vec<String>)> {
    let Reading::Items(listed) = snapshot.reading(&collections::volumes().id)? else { return None };
    let volume =
        listed.iter().find(|item| item.get("id").and_then(ids::uuid_in).as_deref() == Some(id))?;
    let rentals = volume.get("order_ids").and_then(Body::as_array).into_iter().flatten();
    Some((id.parse().ok()?, rentals.filter_map(ids::uuid_in).collect()))
}

/// The volume's name and id.
pub(super) fn describe(live: &LiveObject, snapshot: &Snapshot) -> Option<String> {
    let id = live.body.find(&path())?.as_str()?;
    let listed = snapshot.items(&collections::volumes().id).unwrap_or_default();
    let volume =
        listed.iter().find(|item| item.get("id").and_then(ids::uuid_in).as_deref() == Some(id));
    Some(match volume.and_then(|volume| volume.get("name")?.as_str()) {
        Some(name) => format!("{} ({id})", escape(name)),
        None => id.to_owned(),
    })
}
