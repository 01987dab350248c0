//! Asking the server, and what it says.

use super::*;
use crate::virtual_machine::VirtualMachine;
use crate::worlds::{World, resource};
use plumb_kind::{Effect, Kind};
use plumb_model::resource::OutputReference;
use plumb_model::{Body, body};

const PLACE: Place = Place { field: "cloud_init", machine: "instant-vm" };

fn machine() -> Resource {
    let spec = body!({"cloud_init": {"runcmd": ["echo canary-command"]}});
    let mut machine = resource(&VirtualMachine as &dyn Kind, body!({"name": "m"}), spec);
    machine.hide(&"spec.cloud_init.runcmd[0]".parse().unwrap());
    machine
}

#[test]
fn the_question_carries_what_is_hidden_and_does_not_show_it() {
    let question = PLACE.question(&machine()).unwrap();
    assert_eq!(question.request.summary(), "POST /api/v1/validate/cloudinit");
    assert_eq!(question.request.effect, Effect::Read);
    assert_eq!(
        question.request.body.clone().unwrap().with_secrets_in_clear(),
        body!({"type": "instant-vm", "content": {"runcmd": ["echo canary-command"]}})
    );
    assert!(!format!("{question:?}").contains("canary"));
    assert_eq!(PLACE.question(&machine()).unwrap().id, question.id);
}

#[test]
fn what_is_not_known_yet_is_not_asked_about() {
    let mut open = machine();
    let key = open.key.clone();
    let output = OutputReference { key, path: "id".parse().unwrap() };
    open.put(&"spec.cloud_init.runcmd[0]".parse().unwrap(), output);
    assert_eq!(PLACE.question(&open), None);
    let none = resource(&VirtualMachine as &dyn Kind, body!({"name": "m"}), body!({}));
    assert_eq!(PLACE.question(&none), None);
}

#[test]
fn an_error_is_a_success_that_says_so() {
    let machine = machine();
    let question = || PLACE.question(&machine).unwrap();
    let said = |answer: Body| {
        let world = World::default().listing(question(), body!([answer]));
        PLACE.finding(&machine, &world.snapshot).map(|finding| finding.message)
    };
    assert_eq!(said(body!({"error": false, "message": null})), None);
    assert_eq!(
        said(body!({"error": true, "message": "bad line: echo canary-command\n"})).as_deref(),
        Some("the server does not take cloud_init: bad line: (secret)\\u{a}")
    );
    assert_eq!(
        said(body!({"error": true})).as_deref(),
        Some("the server does not take cloud_init: it gives no reason")
    );
    let mut world = World::default().missing(question());
    assert_eq!(PLACE.finding(&machine, &world.snapshot), None);
    let unknown = Reading::Unknown(plumb_model::ServerText::new("HTTP 503"));
    world.snapshot.0.insert(question().id, unknown);
    let finding = PLACE.finding(&machine, &world.snapshot).unwrap();
    assert_eq!(finding.severity, plumb_model::Severity::Warning);
    assert_eq!(PLACE.finding(&machine, &Snapshot::default()), None);
}
