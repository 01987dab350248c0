//! Power in documents, and its price.

use super::*;
use crate::bare_metal::BareMetal;
use crate::virtual_machine::VirtualMachine;
use crate::worlds::{A, live, resource, unprepared};
use plumb_kind::Kind;
use plumb_model::body;

fn machine(power: &str) -> Resource {
    resource(&VirtualMachine as &dyn Kind, body!({"name": "m"}), body!({"power": power}))
}

#[test]
fn power_is_a_wish_and_not_part_of_the_document() {
    for (text, power) in [
        ("started", Power::On),
        ("stopped", Power::Off),
        ("stopped_disassociated", Power::Disassociated),
    ] {
        let machine = machine(text);
        assert_eq!((machine.wishes.power, &machine.body["spec"]), (Some(power), &body!({})));
        assert_eq!(check(&machine), None);
        assert_eq!(spelled(power), text);
    }
    let mut twice = unprepared(&BareMetal, body!({"name": "m"}), body!({"power": "stopped"}));
    twice.wishes.power = Some(Power::On);
    BareMetal.prepare(&mut twice);
    assert_eq!(twice.wishes.power, Some(Power::On));
    assert!(check(&twice).is_some());
}

#[test]
fn a_change_of_power_says_what_it_costs() {
    let rates = Rates { associated: "1.99".parse().ok(), disassociated: "0.10".parse().ok() };
    let machine_is = |status: &str| {
        let item = body!({"id": A, "name": "m", "status": status, "public_ip": "1.2.3.4"});
        live(&VirtualMachine as &dyn Kind, &item)
    };
    let said = |power: &str, live: Option<&LiveObject>, rates: Rates| {
        warn(&machine(power), live, rates).map(|finding| finding.message)
    };
    let (running, stopped) = (machine_is("Running"), machine_is("Stopped"));
    assert_eq!(said("started", Some(&stopped), rates), None);
    assert_eq!(said("stopped", Some(&stopped), rates), None);
    assert_eq!(
        said("stopped", Some(&running), rates).as_deref(),
        Some("a stopped machine is billed as a running one: $1.99 an hour")
    );
    assert_eq!(
        said("stopped", None, Rates::default()).as_deref(),
        Some("a stopped machine is billed as a running one")
    );
    assert_eq!(
        said("stopped_disassociated", Some(&stopped), rates).as_deref(),
        Some(
            "disassociating saves $1.89 an hour, and gives the machine's resources back: \
             starting it again needs free stock"
        )
    );
    assert_eq!(
        said("stopped_disassociated", None, Rates::default()).as_deref(),
        Some(
            "disassociating gives the machine's resources back: starting it again needs free stock"
        )
    );
}
