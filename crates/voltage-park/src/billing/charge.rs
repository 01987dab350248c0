//! How transactions and monthly reports read (contract §3.4).

use plumb_kind::{Charge, Report};
use plumb_model::text::ServerText;
use plumb_model::{Body, Money};

/// Where it stands what a transaction is for: the machine or rental, the volume, a note.
const SUBJECTS: [&str; 4] = [
    "/details/linked_instance/virtual_machine_id",
    "/details/linked_instance/baremetal_rental_id",
    "/details/linked_instance/id",
    "/details/note_public",
];

/// Reads one transaction.
///
/// # Errors
/// What of it cannot be read.
pub(super) fn read(item: &Body) -> Result<Charge, ServerText> {
    let text = |pointer: &str| {
        item.pointer(pointer).and_then(Body::as_str).filter(|text| !text.trim().is_empty())
    };
    let missing = |what: &str| {
        let id = text("/id").unwrap_or("without an id");
        ServerText::new(&format!("cannot read the transaction {id}: {what}"))
    };
    let at = text("/timestamp_creation").and_then(|at| at.parse().ok());
    let at = at.ok_or_else(|| missing("its timestamp_creation is no time"))?;
    let kind = text("/details/type").ok_or_else(|| missing("its details have no type"))?;
    let subject = SUBJECTS.into_iter().find_map(text).or_else(|| text("/id")).unwrap_or_default();
    let amount = amount(item).ok_or_else(|| missing("its amount is no amount of money"))?;
    Ok(Charge {
        at,
        kind: ServerText::new(kind),
        subject: ServerText::new(subject),
        amount: signed(kind, amount),
    })
}

/// What falls into the period that was asked for, else all of it (V-60).
fn amount(item: &Body) -> Option<Money> {
    let of = |field: &str| item.get(field).and_then(Money::read);
    of("period_amount").or_else(|| of("total_amount"))
}

/// The direction is in the type: charges are money that went out, whatever their sign (V-60).
fn signed(kind: &str, amount: Money) -> Money {
    if kind.ends_with("charge") { Money::ZERO - amount.magnitude() } else { amount }
}

/// Reads a month's report.
///
/// # Errors
/// What of it cannot be read.
pub(super) fn report(item: &Body) -> Result<Report, ServerText> {
    let balance = |field: &str| {
        let text = format!("cannot read the report: {field} is no amount of money");
        item.get(field).and_then(Money::read).ok_or_else(|| ServerText::new(&text))
    };
    let transactions = item.get("transactions").and_then(Body::as_array);
    let transactions = transactions
        .ok_or_else(|| ServerText::new("cannot read the report: it has no transactions"))?;
    Ok(Report {
        balance_at_start: balance("balance_at_period_start")?,
        change: balance("balance_delta_in_period")?,
        balance_at_end: balance("balance_at_period_end")?,
        charges: transactions.iter().map(read).collect::<Result<_, _>>()?,
    })
}
