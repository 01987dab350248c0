//! Which keys are meant, and what is sent for them.

use super::*;
use crate::virtual_machine::VirtualMachine;
use crate::worlds::{A, B, Known, V, World, lines, resource};
use plumb_kind::Kind;
use plumb_model::{Body, body};

fn machine(keys: &Body) -> Resource {
    let spec = body!({"organization_ssh_keys": keys});
    resource(&VirtualMachine as &dyn Kind, body!({"name": "m"}), spec)
}

fn listed(keys: Body) -> World {
    World::default().listing(collections::ssh_keys(), keys)
}

#[test]
fn a_choice_and_its_mode_agree() {
    for (keys, said) in [
        (body!({"mode": "none"}), None),
        (body!({"mode": "all"}), None),
        (body!({"mode": "selective", "ssh_key_names": ["a"]}), None),
        (body!({"mode": "selective", "ssh_key_ids": [A]}), None),
        (body!({"mode": "selective"}), Some("the mode is selective and no key is named")),
        (
            body!({"mode": "selective", "ssh_key_names": []}),
            Some("the mode is selective and no key is named"),
        ),
        (
            body!({"mode": "all", "ssh_key_names": ["a"]}),
            Some("keys are named and the mode is not selective"),
        ),
    ] {
        let finding = check(&machine(&keys));
        assert_eq!(finding.map(|finding| finding.message).as_deref(), said, "{keys:?}");
    }
}

#[test]
fn documents_are_written_in_one_form() {
    assert_eq!(machine(&body!({"mode": "none"})).body["spec"], body!({}));
    let upper = A.to_uppercase().replace('-', "");
    let keys = machine(&body!({"mode": "selective", "ssh_key_ids": [upper]}));
    assert_eq!(keys.body.pointer("/spec/organization_ssh_keys/ssh_key_ids/0"), Some(&body!(A)));
}

#[test]
fn keys_are_listed_only_where_names_are_used() {
    assert_eq!(lookups(&machine(&body!({"mode": "selective", "ssh_key_ids": [A]}))), []);
    let named = machine(&body!({"mode": "selective", "ssh_key_names": ["a"]}));
    assert_eq!(lookups(&named), [collections::ssh_keys()]);
}

#[test]
fn a_name_is_declared_or_listed_or_a_mistake() {
    let named = machine(&body!({"mode": "selective", "ssh_key_names": ["laptop", "labtop"]}));
    let key = resource(&crate::ssh_key::SshKey, body!({"name": "laptop"}), body!({"content": "x"}));
    for world in [listed(body!([{"id": A, "name": "laptop"}])), listed(body!([])).declare(key)] {
        let findings = world.ask(|around| refine(&named, around));
        assert_eq!(
            lines(&findings),
            ["Error spec.organization_ssh_keys.ssh_key_names[1]: there is no SSH key \"labtop\""]
        );
        assert_eq!(findings[0].help.as_deref(), Some("did you mean \"laptop\"?"));
    }
    // A list that was not read proves nothing.
    assert_eq!(World::default().ask(|around| refine(&named, around)), []);
}

#[test]
fn names_become_ids_of_this_run_first() {
    let world = listed(body!([
        {"id": A, "name": "laptop"}, {"id": B, "name": "twice"}, {"id": A, "name": "twice"},
        {"id": "x", "name": "odd"}, {"id": V, "name": "ci"}
    ]));
    let made: RemoteId = B.parse().unwrap();
    let known = Known {
        snapshot: world.snapshot,
        ids: [(ids::key(ids::ssh_key(), "ci"), made)].into(),
        ..Known::default()
    };
    for (keys, sent) in [
        (body!({"mode": "all"}), Ok(body!({"mode": "all"}))),
        (
            body!({"mode": "selective", "ssh_key_ids": [A], "ssh_key_names": ["ci", "laptop"]}),
            Ok(body!({"mode": "selective", "ssh_key_ids": [A, B]})),
        ),
        (
            body!({"mode": "selective", "ssh_key_names": ["twice"]}),
            Err("several SSH keys are called \"twice\""),
        ),
        (
            body!({"mode": "selective", "ssh_key_names": ["odd"]}),
            Err("the id of SSH key \"odd\" cannot be read"),
        ),
        (
            body!({"mode": "selective", "ssh_key_names": ["gone"]}),
            Err("there is no SSH key \"gone\""),
        ),
    ] {
        let declared = machine(&keys);
        let built = known
            .lend(&declared.key, Some(&declared.body), |context| request(&declared.body, context));
        let built = built.map(Option::unwrap_or_default).map_err(|error| error.message);
        assert_eq!(built, sent.map_err(str::to_owned), "{keys:?}");
    }
}
