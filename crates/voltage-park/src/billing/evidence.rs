//! The bill as a witness: what everything that is listed costs, against what the account is
//! billed (docs/rules.md §2). A surplus means that something runs that no list shows.
//!
//! # Assumptions
//! - The rate counts machines, rentals and volumes (V-56).
//! - Where it is not known what a thing costs now, it is taken to cost the least it may: doubt is
//!   to be seen, not explained away.

use crate::collections;
use plumb_kind::{Snapshot, Unexplained};
use plumb_model::{Body, Money};

/// How much each listed thing may be rounded by: prices have six places (contract §1.1).
const ROUNDING: Money = Money::MILLIONTH;

/// The surplus of a bill over the lists; `None` when there is none, or a list was not read.
pub(super) fn unexplained(billed: Money, snapshot: &Snapshot) -> Option<Unexplained> {
    let machines = snapshot.items(&collections::virtual_machines().id)?;
    let rentals = snapshot.items(&collections::rentals().id)?;
    let volumes = snapshot.items(&collections::volumes().id)?;
    let listed: Money = machines
        .iter()
        .map(of_machine)
        .chain(rentals.iter().map(of_rental))
        .chain(volumes.iter().map(rate_hourly))
        .sum();
    let count = [machines.len(), rentals.len(), volumes.len()].into_iter().sum::<usize>();
    let tolerance = ROUNDING * u64::try_from(count).unwrap_or(u64::MAX);
    (billed - listed > tolerance).then_some(Unexplained { billed, listed })
}

/// A machine is billed as running while it is stopped; one that gave its resources back costs its
/// storage only (contract §10).
fn of_machine(item: &Body) -> Money {
    let total = match item.get("status").and_then(Body::as_str) {
        Some("Running" | "Stopped") => "total_associated_per_hr",
        Some("Terminated") => return Money::ZERO,
        // Disassociated, on its way between hosts, outbid, or something new.
        Some(_) | None => "total_disassociated_per_hr",
    };
    amount(item.get("pricing").and_then(|pricing| pricing.get(total)))
}

/// A stopped rental is billed in full (V-50), a failed one not at all (V-33).
fn of_rental(item: &Body) -> Money {
    match item.get("status").and_then(Body::as_str) {
        Some("Failed" | "Terminated") => Money::ZERO,
        Some(_) | None => rate_hourly(item),
    }
}

fn rate_hourly(item: &Body) -> Money {
    amount(item.get("rate_hourly"))
}

fn amount(value: Option<&Body>) -> Money {
    value.and_then(Money::read).unwrap_or_default()
}
