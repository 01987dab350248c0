//! `plumb cost transactions` and `plumb cost report`: what was charged and paid.

use crate::clouds::Clouds;
use crate::context::Context;
use crate::exit::{Ended, Exit};
use crate::live;
use crate::problem::Problem;
use crate::report::{Part, TableFormat, Tables};
use clap::Args;
use jiff::civil::Date;
use plumb_kind::{Billing, Charge, ChargeFilter, Collection, Report, Snapshot};
use plumb_model::{Code, Finding, Money, ServerText};
use plumb_render::sheet::Sheet;
use schemars::JsonSchema;
use serde::Serialize;

/// Show charges and payments.
#[derive(Debug, Args)]
pub(crate) struct Transactions {
    /// Not before this day, as 2026-01-31.
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Not after this day.
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// Only charges for this type of thing, in the cloud's words, for instance
    /// `virtual_machine`; may be given again.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
}

/// Show a month's account.
#[derive(Debug, Args)]
pub(crate) struct Month {
    /// The month, as 2026-01.
    #[arg(value_name = "YYYY-MM", value_parser = month)]
    month: Date,
}

/// Reads `2026-01`, as its first day.
fn month(text: &str) -> Result<Date, String> {
    let first: Result<Date, _> = format!("{text}-01").parse();
    let first = first.ok().filter(|_| text.len() == "2026-01".len());
    first.ok_or_else(|| format!("{text:?} is not a month; write 2026-01"))
}

/// What was charged and paid.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Accounts {
    /// Of every amount, which is decimal text.
    currency: &'static str,
    /// The accounts.
    accounts: Vec<Account>,
}

/// What was charged and paid in one cloud.
#[derive(Debug, Serialize, JsonSchema)]
struct Account {
    /// The cloud.
    provider: &'static str,
    /// The balances of the month, where one was asked for.
    #[serde(flatten)]
    balances: Option<Balances>,
    /// Charges and payments.
    transactions: Vec<Transaction>,
    /// What they come to.
    #[schemars(with = "String")]
    sum: Money,
}

/// What a month changed.
#[derive(Debug, Serialize, JsonSchema)]
struct Balances {
    /// The month: `2026-01`.
    month: String,
    /// The balance when it began.
    #[schemars(with = "String")]
    balance_at_start: Money,
    /// What it changed.
    #[schemars(with = "String")]
    change: Money,
    /// The balance when it ended, or now.
    #[schemars(with = "String")]
    balance_at_end: Money,
}

/// One charge or payment.
#[derive(Debug, Serialize, JsonSchema)]
struct Transaction {
    /// When (RFC 3339).
    #[schemars(with = "String")]
    at: jiff::Timestamp,
    /// What kind, in the cloud's words.
    #[serde(rename = "type")]
    kind: String,
    /// What it is for: an id or a note.
    #[serde(rename = "for")]
    subject: String,
    /// How much; negative where money went out.
    #[schemars(with = "String")]
    amount: Money,
}

impl Transactions {
    pub(super) fn run(&self, format: TableFormat, context: &Context) -> Result<Ended, Problem> {
        let (kinds, earliest, latest) = (self.types.clone(), self.since, self.until);
        let filter = ChargeFilter { kinds, earliest, latest };
        refuse_backward(&filter)?;
        let read = |billing: &dyn Billing, collection: &Collection, snapshot: &Snapshot| {
            let charges = billing.read_charges(collection, snapshot)?;
            Some(charges.map(|charges| (None, charges)))
        };
        print(|billing| billing.charges(&filter), read, format, context)
    }
}

impl Month {
    pub(super) fn run(&self, format: TableFormat, context: &Context) -> Result<Ended, Problem> {
        let month = self.month;
        let read = |billing: &dyn Billing, collection: &Collection, snapshot: &Snapshot| {
            let balances = |report: Report| Balances {
                month: month.strftime("%Y-%m").to_string(),
                balance_at_start: report.balance_at_start,
                change: report.change,
                balance_at_end: report.balance_at_end,
            };
            let report = billing.read_report(collection, snapshot)?;
            Some(report.map(|report| {
                let charges = report.charges.clone();
                (Some(balances(report)), charges)
            }))
        };
        print(|billing| billing.report(month.year(), month.month()), read, format, context)
    }
}

/// What was read of an account, or why that is not understood; `None` when nothing was read.
type Read = Option<Result<(Option<Balances>, Vec<Charge>), ServerText>>;

/// Asks every cloud that says what things cost, and prints what they say.
fn print(
    ask: impl Fn(&dyn Billing) -> Collection,
    understand: impl Fn(&dyn Billing, &Collection, &Snapshot) -> Read,
    format: TableFormat,
    context: &Context,
) -> Result<Ended, Problem> {
    let accounts = context.block_on(async {
        let clouds = Clouds::anywhere(context).await?;
        let mut accounts = Vec::new();
        for (provider, billing) in clouds.billed()? {
            let collection = ask(billing);
            let wanted = std::slice::from_ref(&collection);
            let snapshot = clouds.engine.read_lookups(provider.name(), wanted).await;
            clouds.refuse_unreachable()?;
            clouds.refuse_closed_keys()?;
            let why = match understand(billing, &collection, &snapshot) {
                Some(Ok((balances, charges))) => {
                    accounts.push(Account::of(provider.name(), balances, &charges));
                    continue;
                }
                Some(Err(why)) => why.to_string(),
                None => live::why_unread(&collection, &snapshot),
            };
            let message = format!("the account could not be read: {why}");
            return Err(Finding::error(Code::UNREACHABLE, message).into());
        }
        Ok(Accounts { currency: Money::CURRENCY, accounts })
    })?;
    format.print(&accounts, &context.output);
    Ok(Exit::Done.into())
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

impl Tables for Accounts {
    fn parts(&self) -> Vec<Part> {
        self.accounts.iter().flat_map(Account::sheets).map(Part::Table).collect()
    }
}

impl Account {
    fn of(provider: &'static str, balances: Option<Balances>, charges: &[Charge]) -> Self {
        let one = |Charge { at, kind, subject, amount }: &Charge| Transaction {
            at: *at,
            kind: kind.to_string(),
            subject: subject.to_string(),
            amount: *amount,
        };
        let sum = charges.iter().map(|charge| charge.amount).sum();
        Self { provider, balances, transactions: charges.iter().map(one).collect(), sum }
    }

    fn sheets(&self) -> Vec<Sheet> {
        let Some(balances) = &self.balances else {
            return vec![self.charges(format!("{}: charges and payments", self.provider))];
        };
        let Balances { month, balance_at_start, change, balance_at_end } = balances;
        let row = |name: &str, amount: &Money| vec![name.to_owned(), amount.to_string()];
        let balances = Sheet {
            title: format!("{}: {month}", self.provider),
            columns: ["Balance", "Amount"].map(str::to_owned).to_vec(),
            rows: vec![
                row("at the beginning", balance_at_start),
                row("change", change),
                row("at the end", balance_at_end),
            ],
            total: None,
        };
        vec![balances, self.charges("Charges and payments".to_owned())]
    }

    fn charges(&self, title: String) -> Sheet {
        let row = |Transaction { at, kind, subject, amount }: &Transaction| {
            let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            vec![at, kind.clone(), subject.clone(), amount.to_string()]
        };
        let total = ["Sum", "", "", &self.sum.to_string()];
        Sheet {
            title,
            columns: ["When", "Type", "For", "Amount"].map(str::to_owned).to_vec(),
            rows: self.transactions.iter().map(row).collect(),
            total: Some(total.map(str::to_owned).to_vec()),
        }
    }
}
