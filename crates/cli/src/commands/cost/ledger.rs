//! `plumb cost transactions` and `plumb cost report`: what was charged and paid.

use crate::arguments::{Format, Month, Shared};
use crate::clouds::Clouds;
use crate::commands::findings::pretty;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use plumb_kind::{Charge, ChargeFilter, Collection, Report, Snapshot};
use plumb_model::{Code, Finding, Money, ServerText};
use plumb_render::sheet::{self, Sheet};
use serde_json::{Value, json};

/// Shows charges and payments.
pub(crate) async fn transactions(
    filter: &ChargeFilter,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    refuse_backward(filter)?;
    super::super::refuse_other_formats(shared.format, "what was charged")?;
    let clouds = Clouds::anywhere(shared, environment).await?;
    let mut all = Vec::new();
    for (provider, billing) in super::billed(&clouds)? {
        let collection = billing.charges(filter);
        let snapshot = read(&clouds, provider.name(), &collection).await?;
        let charges =
            understood(billing.read_charges(&collection, &snapshot), &collection, &snapshot)?;
        all.push((provider.name(), charges));
    }
    clouds.stop().await;
    if shared.format == Format::Json {
        let list = all.iter().map(|(provider, charges)| {
            json!({"provider": provider, "transactions": charges.iter().map(as_json).collect::<Vec<_>>(), "sum": sum(charges)})
        });
        output.data(&pretty(&json!({"accounts": list.collect::<Vec<_>>()})));
    } else {
        let tables = all.iter().map(|(provider, charges)| {
            sheet::human(
                &table(&format!("{provider}: charges and payments"), charges),
                output.table_style(),
            )
        });
        output.data(&tables.collect::<Vec<_>>().join("\n"));
    }
    Ok(Exit::Done)
}

/// Shows a month's account.
pub(crate) async fn report(
    month: Month,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    super::super::refuse_other_formats(shared.format, "a month's account")?;
    let clouds = Clouds::anywhere(shared, environment).await?;
    let mut all = Vec::new();
    for (provider, billing) in super::billed(&clouds)? {
        let collection = billing.report(month.year, month.month);
        let snapshot = read(&clouds, provider.name(), &collection).await?;
        let report =
            understood(billing.read_report(&collection, &snapshot), &collection, &snapshot)?;
        all.push((provider.name(), report));
    }
    clouds.stop().await;
    if shared.format == Format::Json {
        let list = all.iter().map(|(provider, report)| report_json(provider, month, report));
        output.data(&pretty(&json!({"accounts": list.collect::<Vec<_>>()})));
    } else {
        let texts =
            all.iter().map(|(provider, report)| report_text(provider, month, report, output));
        output.data(&texts.collect::<Vec<_>>().join("\n"));
    }
    Ok(Exit::Done)
}

fn refuse_backward(filter: &ChargeFilter) -> Result<(), Problem> {
    match (filter.earliest, filter.latest) {
        (Some(since), Some(until)) if until < since => {
            let message = format!("--until {until} is before --since {since}");
            Err(Finding::error(Code::INVALID_VALUE, message).into())
        }
        _ => Ok(()),
    }
}

async fn read(
    clouds: &Clouds,
    provider: &str,
    collection: &Collection,
) -> Result<Snapshot, Problem> {
    let read = clouds.engine.read_lookups(provider, std::slice::from_ref(collection)).await;
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    Ok(read)
}

/// What was read, or why it was not.
fn understood<T>(
    read: Option<Result<T, ServerText>>,
    collection: &Collection,
    snapshot: &Snapshot,
) -> Result<T, Problem> {
    let why = match read {
        Some(Ok(found)) => return Ok(found),
        Some(Err(why)) => why.to_string(),
        None => super::super::why_unread(collection, snapshot),
    };
    let message = format!("the account could not be read: {why}");
    Err(Finding::error(Code::UNREACHABLE, message).into())
}

fn sum(charges: &[Charge]) -> Money {
    charges.iter().map(|charge| charge.amount).sum()
}

fn table(title: &str, charges: &[Charge]) -> Sheet {
    let row = |charge: &Charge| {
        let Charge { at, kind, subject, amount } = charge;
        vec![
            at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            kind.to_string(),
            subject.to_string(),
            amount.to_string(),
        ]
    };
    let total = ["Sum", "", "", &sum(charges).to_string()];
    Sheet {
        title: title.to_owned(),
        columns: ["When", "Type", "For", "Amount"].map(str::to_owned).to_vec(),
        rows: charges.iter().map(row).collect(),
        total: Some(total.map(str::to_owned).to_vec()),
    }
}

fn as_json(charge: &Charge) -> Value {
    let Charge { at, kind, subject, amount } = charge;
    json!({
        "at": at,
        "type": kind.to_string(),
        "for": subject.to_string(),
        "amount": amount,
    })
}

fn report_json(provider: &str, month: Month, report: &Report) -> Value {
    let Report { balance_at_start, change, balance_at_end, charges } = report;
    json!({
        "provider": provider,
        "month": month.to_string(),
        "balance_at_start": balance_at_start,
        "change": change,
        "balance_at_end": balance_at_end,
        "transactions": charges.iter().map(as_json).collect::<Vec<_>>(),
    })
}

fn report_text(provider: &str, month: Month, report: &Report, output: &Output) -> String {
    let Report { balance_at_start, change, balance_at_end, charges } = report;
    let row = |name: &str, amount: &Money| vec![name.to_owned(), amount.to_string()];
    let balances = Sheet {
        title: format!("{provider}: {month}"),
        columns: ["Balance", "Amount"].map(str::to_owned).to_vec(),
        rows: vec![
            row("at the beginning", balance_at_start),
            row("change", change),
            row("at the end", balance_at_end),
        ],
        total: None,
    };
    let style = output.table_style();
    let charges = table("Charges and payments", charges);
    format!("{}\n{}", sheet::human(&balances, style), sheet::human(&charges, style))
}
