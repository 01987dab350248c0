//! What happens when a timer is due.

use super::knobs::ZeroBalance;
use super::record::Kept;
use super::timers::Event;
use super::world::World;
use super::{machines, rentals, volumes};
use plumb_sandbox::stage::OnStage as _;

/// Lets the first event happen.
pub(crate) fn step(world: &mut World) {
    let Some(event) = world.state.timers.pop() else { return };
    match event {
        Event::MachineReady(id) => machines::ready(world, &id),
        Event::Relocated(id) => machines::relocated(world, &id),
        Event::RentalReady(id) => rentals::ready(world, &id),
        Event::VolumeActive(id) => volumes::active(world, &id),
        Event::OutOfMoney => terminate_all(world),
    }
}

/// Everything that costs money is terminated, unless somebody has paid in the meantime.
pub(crate) fn terminate_all(world: &mut World) {
    if world.config.knobs.zero_balance != ZeroBalance::Terminate {
        return;
    }
    let cloud = &*world.state;
    let machines = ids_of(cloud.machines.live());
    let rentals = ids_of(cloud.rentals.live());
    let volumes = ids_of(cloud.volumes.live());
    world.as_somebody_else(|world| {
        for id in machines {
            machines::remove(world, &id);
        }
        for id in rentals {
            rentals::remove(world, &id);
        }
        for id in volumes {
            volumes::remove(world, &id);
        }
    });
}

fn ids_of<'a, T: Kept + 'a>(objects: impl Iterator<Item = &'a T>) -> Vec<String> {
    objects.map(|object| object.record().id.clone()).collect()
}
