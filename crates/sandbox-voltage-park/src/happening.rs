//! What happens when a timer is due.

use super::timers::Event;
use super::world::World;
use super::{billing, machines, rentals, volumes};

/// Lets the first event happen.
pub(crate) fn step(world: &mut World) {
    let Some(event) = world.state.timers.pop() else { return };
    match event {
        Event::MachineReady(id) => machines::ready(world, &id),
        Event::Relocated(id) => machines::relocated(world, &id),
        Event::RentalReady(id) => rentals::ready(world, &id),
        Event::VolumeActive(id) => volumes::active(world, &id),
        Event::OutOfMoney => billing::terminate_all(world),
    }
}
