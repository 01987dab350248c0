//! What machines and rentals have in common: changes of name and tags, checks of orders, and what
//! is noticed about the manners of clients (contract 14.2, last paragraph).

use super::{lives, supply};
use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answers::Id;
use super::bodies::{KeyChoice, NameAndTags};
use super::errors::bad;
use super::record::{Family, Kept, Record};
use super::state::Stored;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// What tells two objects of a stack apart.
const UID: &str = "plumb.dev/uid=";

/// How long a look at the stock counts for orders after it.
const CAPACITY_READ_COUNTS: Duration = Duration::from_hours(24);

/// How much older a look at the stock must be for a new one to be worth saving.
const CAPACITY_READ_STEP: Duration = Duration::from_hours(1);

/// The most tags an object has, and the most characters of one (V-45).
const MOST_TAGS: usize = 20;
const LONGEST_TAG: usize = 64;

/// All a change of name and tags answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Renamed {
    name: String,
    tags: Vec<String>,
}

/// Makes a change of name and tags and answers both.
pub(crate) fn patch<T: Stored>(
    world: &mut World,
    id: &str,
    patch: NameAndTags,
) -> Result<Response, Response> {
    let actor = world.actor().to_owned();
    let object = T::FAMILY.object_name(id);
    let Some(kept) = T::table_mut(world.state).get_mut(id) else {
        return Err(bad("the object is gone"));
    };
    let record = kept.record_mut();
    let before = (record.name.clone(), record.tags.clone());
    let mut lost = Vec::new();
    if let Some(name) = patch.name {
        record.name = name;
    }
    if let Some(tags) = patch.tags {
        lost = record.foreign_tags_missing_in(&tags, &actor);
        record.set_tags(tags, &actor);
    }
    let record = record.clone();
    let changed = before != (record.name.clone(), record.tags.clone());
    for tag in lost {
        world.notice(FindingKind::ForeignLabelDropped, &object, &tag);
    }
    note_duplicate_uids(world, &record);
    world.tell(EffectKind::Updated, T::FAMILY, &record, &json!({ "changed": changed }));
    Ok(Response::json(200, &Renamed { name: record.name, tags: record.tags }))
}

/// Refuses more or odder tags than both programs assume to be allowed (V-45).
pub(crate) fn check_tags(world: &World, tags: &[String]) -> Result<(), Response> {
    let odd = |tag: &String| {
        tag.is_empty()
            || tag.len() > LONGEST_TAG
            || !tag.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    let distinct: BTreeSet<&String> = tags.iter().collect();
    if world.config.knobs.tag_limits && (distinct.len() > MOST_TAGS || tags.iter().any(odd)) {
        return Err(bad("at most 20 tags of at most 64 printable characters"));
    }
    Ok(())
}

/// Refuses keys the organization does not have.
pub(crate) fn check_keys(
    world: &World,
    organization: &str,
    keys: &KeyChoice,
) -> Result<(), Response> {
    let KeyChoice::Selective { ssh_key_ids } = keys else { return Ok(()) };
    match ssh_key_ids.iter().find(|Id(id)| !world.state.keys.has(organization, id)) {
        Some(Id(id)) => Err(bad(&format!("unknown SSH key {id}"))),
        None => Ok(()),
    }
}

/// A host of a location for so many GPUs: the first that has them free, or else the last.
pub(crate) fn hostnode(world: &World, location: &str, gpus: u64) -> String {
    let Some(location) = world.state.catalog.location(location) else {
        return String::new();
    };
    let nodes = &location.hostnodes;
    let roomy = nodes.iter().find(|node| supply::free_gpus(world, node) >= gpus);
    roomy.or(nodes.last()).cloned().unwrap_or_default()
}

/// Takes note that somebody of an organization looked at the stock of a family.
pub(crate) fn note_capacity_read(world: &mut World, organization: &str, family: Family) {
    let (now, key) = (world.now(), format!("{organization}/{}", family.as_str()));
    let before = world.state.capacity_reads.insert(key, now);
    if before.is_none_or(|before| before.after(CAPACITY_READ_STEP) < now) {
        world.touch();
    }
}

/// Notices an order nobody looked at the stock for.
pub(crate) fn check_capacity_was_read(world: &mut World, call: &Call<'_>, family: Family) {
    // The stock may be looked at without saying who one is.
    let keys = [&call.caller, ""].map(|who| format!("{who}/{}", family.as_str()));
    let reads = &world.state.capacity_reads;
    let read: Option<Timestamp> = keys.iter().filter_map(|key| reads.get(key).copied()).max();
    if read.is_none_or(|read| read.after(CAPACITY_READ_COUNTS) < world.now()) {
        world.notice(FindingKind::CreateWithoutCapacityRead, family.as_str(), call.operation.id);
    }
}

/// Notices a power call that asks for what is; records it as no change.
pub(crate) fn note_needless_power(world: &mut World, object: &str, wanted: &str) {
    world.notice(FindingKind::NeedlessPower, object, wanted);
    let detail = json!({ "verb": wanted, "changed": false });
    world.record(EffectKind::Action, object, detail);
}

/// Notices two live objects with one uid. Somebody else may copy tags; that is no client's doing.
pub(crate) fn note_duplicate_uids(world: &mut World, record: &Record) {
    let Some(uid) = record.tags.iter().find(|tag| tag.starts_with(UID)) else { return };
    if lives::is_somebody_else(world) {
        return;
    }
    let cloud = &*world.state;
    let machines = cloud.machines.of(&record.organization).map(Kept::record);
    let rentals = cloud.rentals.of(&record.organization).map(Kept::record);
    let twin = machines.chain(rentals).find(|it| it.id != record.id && it.tags.contains(uid));
    if let Some(twin) = twin {
        let (detail, object) = (format!("{uid} is also on {}", twin.id), record.id.clone());
        world.notice(FindingKind::DuplicateUid, &object, &detail);
    }
}
