//! How objects begin and end.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::billing;
use super::money::Money;
use super::record::{Family, Gone, Moment, Record};
use super::state::Stored;
use super::world::World;
use plumb_sandbox::effects::{EffectKind, SOMEBODY_ELSE};

/// A new object of the present caller with an id of its own.
pub(crate) fn new_record(
    world: &mut World,
    family: Family,
    organization: &str,
    name: &str,
) -> Record {
    let (now, actor) = (world.now(), world.actor().to_owned());
    let id = world.stage.random().uuid_v4();
    let lag = family.lag(world.config.knobs.create_visibility_lag);
    world.state.next_sequence += 1;
    Record {
        id,
        organization: organization.to_owned(),
        name: name.to_owned(),
        tags: Vec::new(),
        created_at: now,
        created_by: actor,
        sequence: world.state.next_sequence,
        tag_writers: BTreeMap::new(),
        listed_from: Moment::after(now, world.state.list_calls(family), lag),
        gone: None,
    }
}

/// Puts an object into the world, with its price where it has one.
pub(crate) fn begin<T: Stored>(world: &mut World, object: T, price: Money, more: &Value) {
    let record = object.record().clone();
    T::table_mut(world.state).insert(object);
    if price != Money::ZERO {
        billing::charge(world, &record.organization, T::FAMILY, &record.id, price);
    }
    world.tell(EffectKind::Created, T::FAMILY, &record, more);
}

/// Lets an object be gone: at once by id, in lists as the knobs say. Records it.
pub(crate) fn vanish<T: Stored>(world: &mut World, id: &str) {
    let now = world.now();
    let knobs = &world.config.knobs;
    let lag = T::FAMILY.lag(knobs.delete_visibility_lag);
    let lingers =
        knobs.linger_terminated && matches!(T::FAMILY, Family::Machines | Family::Rentals);
    let table = T::table_mut(world.state);
    let list_calls = table.list_calls();
    let Some(object) = table.get_mut(id) else { return };
    let record = object.record().clone();
    if lingers {
        object.record_mut().gone = Some(Gone::Lingering);
    } else if lag.seconds > 0 || lag.list_calls > 0 {
        let until = Moment::after(now, list_calls, lag);
        object.record_mut().gone = Some(Gone::ListedUntil(until));
    } else {
        table.forget(record.sequence);
    }
    world.tell(EffectKind::Gone, T::FAMILY, &record, &json!({}));
}

/// Whether what happens now is somebody's doing outside the API.
pub(crate) fn is_somebody_else(world: &World) -> bool {
    world.actor() == SOMEBODY_ELSE
}
