//! What a plan without changes holds at most, in bytes that are allocated: the same on every machine.
//! The simulated cloud answers in the same process; what it makes of its answers is in the figures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../benches/budgets/counted.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod counted;
#[path = "../benches/budgets/fleet.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod fleet;
#[path = "../benches/budgets/wired.rs"]
#[allow(dead_code, reason = "the bench uses all of it")]
mod wired;

use fleet::Fleet;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const FEW: usize = 400;
const MANY: usize = 2_000;

/// Bytes that a plan of so many holds at most, beside what was there before.
fn of(fleet: Fleet) -> usize {
    let mut spent = 0;
    counted::plan_with(fleet, |moment| match moment {
        counted::Moment::Before => {
            MEMORY.reset_peak_usage();
            spent = MEMORY.current_usage();
        }
        counted::Moment::After => spent = MEMORY.peak_usage() - spent,
    });
    spent
}

/// One test, since the counter is the process's.
#[test]
fn a_resource_takes_what_is_its_own() {
    for (fleet, most) in [(Fleet::Machines as fn(usize) -> Fleet, 8_000), (Fleet::Rented, 6_000)] {
        let (few, many) = (of(fleet(FEW)), of(fleet(MANY)));
        let each = many / MANY;
        assert!(each < most, "{:?}: {each} bytes for each", fleet(MANY));
        assert!(many < 6 * few, "{:?}: {few} and {many} bytes", fleet(MANY));
    }
}
