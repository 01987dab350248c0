//! Objects of the second cloud, which are known by ids the server makes up: what they are to a
//! stack is a uid in their tags, or a name where names are unique.

use crate::Complaint;
use crate::simulated::Seen as _;
use plumb_sandbox::effects::SOMEBODY_ELSE;
use plumb_sandbox::{Effect, EffectKind, World};
use std::collections::BTreeMap;

/// What the names of its objects begin with.
const CLOUD: &str = "voltage-park/";
/// The tag that holds a create's uid.
const UID: &str = "plumb.dev/uid=";
/// What the ids of the decoys begin with.
const DECOY: &str = "/dec0dec0-";

/// Whether an object's name is one of this cloud's.
pub(crate) fn is_here(object: &str) -> bool {
    object.starts_with(CLOUD)
}

/// Whether an object is one nobody may touch.
pub(crate) fn is_decoy(object: &str) -> bool {
    is_here(object) && object.contains(DECOY)
}

/// Resources of which there were two objects at any moment, as far as a client made or marked
/// them. What somebody else copied is not the client's doing.
pub(crate) fn duplicates(world: &World) -> Vec<Complaint> {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    let mut complaints = Vec::new();
    for effect in world.effects().all().iter().filter(|effect| is_here(&effect.object)) {
        match effect.kind {
            EffectKind::Created | EffectKind::Updated if effect.actor != SOMEBODY_ELSE => {
                let identity = identity(effect);
                let twin = known.iter().find(|(id, it)| **id != effect.object && **it == identity);
                if let Some((twin, _)) = twin {
                    let object = &effect.object;
                    complaints.push(format!("{identity} exists twice: {twin} and {object}"));
                }
                known.insert(&effect.object, identity);
            }
            EffectKind::Gone => drop(known.remove(effect.object.as_str())),
            _ => {}
        }
    }
    complaints
}

/// Whether an effect is of the object a text names: by its id, or by its family and name.
pub(crate) fn is_called(effect: &Effect, object: &str) -> bool {
    let named = || {
        let (family, _) = effect.object.rsplit_once('/')?;
        Some(format!("{family}/{}", effect.detail["name"].as_str()?) == object)
    };
    effect.object == object || (is_here(object) && named().unwrap_or(false))
}

/// An object as the sandbox stores it, by its id, or by its name where one live object has it.
pub(crate) fn stored(world: &World, object: &str) -> Option<serde_json::Value> {
    let (family, wanted) = object.strip_prefix(CLOUD)?.split_once('/')?;
    let cloud = world.park();
    let all: Vec<serde_json::Value> = match family {
        "virtual-machines" => values(cloud.machines.live()),
        "bare-metal" => values(cloud.rentals.live()),
        "storage" => values(cloud.volumes.live()),
        "ssh-keys" => values(cloud.keys.live()),
        _ => return None,
    };
    let is =
        |field: &str, value: &serde_json::Value| value["record"][field].as_str() == Some(wanted);
    let mut found = all.into_iter().filter(|value| is("id", value) || is("name", value));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn values<'o, T: serde::Serialize + 'o>(
    objects: impl Iterator<Item = &'o T>,
) -> Vec<serde_json::Value> {
    objects.filter_map(|object| serde_json::to_value(object).ok()).collect()
}

/// What an object is to its stack.
fn identity(effect: &Effect) -> String {
    let tags = effect.detail["tags"].as_array().into_iter().flatten();
    let uid = tags.filter_map(|tag| tag.as_str()).find(|tag| tag.starts_with(UID));
    let unique = ["voltage-park/storage", "voltage-park/ssh-keys"];
    let name = effect.detail["name"].as_str();
    match (uid, effect.object.rsplit_once('/'), name) {
        (Some(uid), _, _) => uid.to_owned(),
        (None, Some((family, _)), Some(name)) if unique.contains(&family) => {
            format!("{family}/{name}")
        }
        _ => effect.object.clone(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use plumb_sandbox::{Edit, Request, handle};
    use serde_json::{Value, json};

    const ONE_GPU: &str = "c6fd6253-cbb6-4ea8-a20c-47644b431f1c";

    fn world() -> World {
        crate::simulated::world(json!({})).unwrap()
    }

    fn send(world: &mut World, method: &str, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", world.key("voltage-park"));
        let request = Request::new(method, path).header("authorization", &bearer).json(body);
        let plumb_sandbox::Reply::Answer(answer) = handle(world, &request) else { panic!() };
        assert!(answer.status < 300, "{}", answer.body_json());
        answer.body_json()
    }

    fn machine(world: &mut World, name: &str, uid: &str) -> String {
        let body = json!({"config_id": ONE_GPU, "name": name, "tags": [format!("{UID}{uid}")]});
        let made = send(world, "POST", "/api/v1/virtual-machines/instant", &body);
        made["vm_id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn two_machines_of_one_uid_are_noticed_also_when_one_is_gone_again() {
        let mut world = world();
        let first = machine(&mut world, "a", "1");
        machine(&mut world, "b", "2");
        assert_eq!(duplicates(&world), [""; 0]);
        machine(&mut world, "a", "1");
        let path = format!("/api/v1/virtual-machines/{first}");
        send(&mut world, "DELETE", &path, &Value::Null);
        assert_eq!(duplicates(&world).len(), 1);
        let object = format!("voltage-park/virtual-machines/{first}");
        let of_it = |effect: &&Effect| is_called(effect, &object);
        assert_eq!(world.effects().all().iter().filter(of_it).count(), 3);
    }

    #[test]
    fn a_second_machine_after_the_first_and_a_copy_by_hand_are_no_duplicates() {
        let mut world = world();
        let first = machine(&mut world, "a", "1");
        let path = format!("/api/v1/virtual-machines/{first}");
        send(&mut world, "DELETE", &path, &Value::Null);
        machine(&mut world, "a", "1");
        let copy = json!({"kind": "voltage-park/virtual-machines", "name": "copy", "tags": ["plumb.dev/uid=1"]});
        world.edit(&Edit::Create { object: copy }).unwrap();
        assert_eq!(duplicates(&world), [""; 0]);
    }

    #[test]
    fn stored_objects_are_found_by_name_when_only_one_has_it() {
        let mut world = world();
        machine(&mut world, "a", "1");
        let object = "voltage-park/virtual-machines/a";
        assert_eq!(stored(&world, object).unwrap()["record"]["tags"][0], "plumb.dev/uid=1");
        machine(&mut world, "a", "2");
        assert_eq!(stored(&world, object), None);
    }
}
