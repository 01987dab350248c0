//! `plumb cost`: what the account costs an hour, and what for. Charges and monthly accounts are in
//! [`ledger`].

pub(crate) mod ledger;

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Manifests, Output, Part, Problem, Serialize,
    Subcommand, TableFormat, Tables, broken, place,
};
use crate::clouds::Clouds;
use crate::live::{self, Which};
use plumb_engine::Observed;
use plumb_kind::{Billing, Provider, Snapshot, Unexplained};
use plumb_model::rules::{Access, Lifecycle, MarkPlace};
use plumb_model::{LedgerView, LiveObject, Money, Observation, RemoteId, Scope, mark};
use plumb_render::sheet::{Sheet, dollars};
use std::cmp::Reverse;

/// Show what the account costs an hour, and what for.
#[derive(Debug, Args)]
pub(crate) struct Cost {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Output")]
    format: TableFormat,
}

/// What there is beside what runs now.
#[derive(Debug, Subcommand)]
enum Other {
    Transactions(ledger::Transactions),
    Report(ledger::Month),
}

/// What runs, and what it costs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Costs {
    /// Of every amount, which is decimal text.
    currency: &'static str,
    /// The accounts.
    accounts: Vec<Account>,
}

/// What runs in one cloud, and what it costs. A rate that is not known is null.
#[derive(Debug, Serialize, JsonSchema)]
struct Account {
    /// The cloud.
    provider: &'static str,
    /// What the account is billed.
    #[serde(flatten)]
    rate: Rate,
    /// What everything that is listed comes to, where its price is known.
    #[schemars(with = "String")]
    listed_hourly: Money,
    /// What costs money, the dearest first.
    resources: Vec<Item>,
    /// What the bill is for beyond what is listed.
    unexplained: Option<Discrepancy>,
    /// Whether everything that may cost money could be listed: `Exit::Done`, or `Exit::Error`.
    #[serde(skip)]
    seen: Exit,
}

/// One thing that costs money.
#[derive(Debug, Serialize, JsonSchema)]
struct Item {
    /// Its kind.
    kind: String,
    /// Its name.
    name: String,
    /// The vendor's id.
    #[schemars(with = "Option<String>")]
    id: Option<RemoteId>,
    /// Its phase.
    status: String,
    /// On, off, or disassociated, where that is known.
    power: Option<String>,
    /// The stack whose it is, by its mark or by this ledger.
    stack: Option<String>,
    /// Whether it is nobody's: it could carry a mark and carries none.
    unmanaged: bool,
    /// What it costs.
    #[serde(flatten)]
    rate: Rate,
}

/// What something costs; null where nobody knows.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
struct Rate {
    /// What it costs an hour.
    #[schemars(with = "Option<String>")]
    hourly: Option<Money>,
    /// The same in a month of 730 hours.
    #[schemars(with = "Option<String>")]
    monthly: Option<Money>,
}

impl Rate {
    fn of(hourly: Option<Money>) -> Self {
        Self { hourly, monthly: hourly.map(Money::a_month) }
    }
}

/// A bill for more than the lists show.
#[derive(Debug, Serialize, JsonSchema)]
struct Discrepancy {
    /// What the account is billed an hour.
    #[schemars(with = "String")]
    billed: Money,
    /// What all that is listed costs an hour.
    #[schemars(with = "String")]
    listed: Money,
    /// The difference.
    #[schemars(with = "String")]
    surplus: Money,
}

impl Cost {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        match &self.other {
            None => self.now(context),
            Some(Other::Transactions(other)) => other.run(self.format, context),
            Some(Other::Report(other)) => other.run(self.format, context),
        }
    }

    fn now(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.manifests.all(), context)?;
        let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
        let costs = context.block_on(Costs::read(&view, context))?;
        self.format.print(&costs, &context.output);
        let rated = costs.accounts.iter().all(|account| account.rate.hourly.is_some());
        let seen = costs.accounts.iter().map(|account| account.seen).max().unwrap_or(Exit::Done);
        Ok(live::partly(if rated { seen } else { Exit::Error }))
    }
}

impl Costs {
    async fn read(view: &LedgerView, context: &Context) -> Result<Self, Problem> {
        let clouds = Clouds::anywhere(context).await?;
        let mut accounts = Vec::new();
        for (provider, billing) in clouds.billed()? {
            accounts.push(account(&clouds, (provider, billing), view, &context.output).await);
        }
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        Ok(Self { currency: Money::CURRENCY, accounts })
    }
}

impl Tables for Costs {
    fn parts(&self) -> Vec<Part> {
        self.accounts.iter().flat_map(Account::parts).collect()
    }
}

async fn account(
    clouds: &Clouds,
    (provider, billing): (&'static dyn Provider, &'static dyn Billing),
    view: &LedgerView,
    output: &Output,
) -> Account {
    let kinds = provider.kinds().iter().filter(|kind| kind.rules().access == Access::Managed);
    let places: Vec<_> = kinds.map(|kind| (kind.rules().id.clone(), Scope::Global)).collect();
    let Observed { live, mut snapshot, .. } = clouds.engine.observe_scopes(&places).await;
    let seen = live::tell_gaps(&live, &Which::default(), clouds.engine.registry(), output);
    let mut evidence = billing.evidence();
    evidence.push(billing.rate());
    evidence.retain(|collection| snapshot.reading(&collection.id).is_none());
    snapshot.0.extend(clouds.engine.read_lookups(provider.name(), &evidence).await.0);
    let present = live.objects.into_values().filter_map(|observation| match observation {
        Observation::Present(object) => Some(*object),
        Observation::Absent | Observation::Unknown(_) => None,
    });
    let mut objects: Vec<LiveObject> =
        present.filter(|object| object.hourly.is_some() || is_rented(provider, object)).collect();
    objects.sort_by_key(|object| (Reverse(object.hourly), object.key.clone()));
    let hourly = read_rate(billing, &snapshot, output);
    let surplus =
        |Unexplained { billed, listed }| Discrepancy { billed, listed, surplus: billed - listed };
    Account {
        provider: provider.name(),
        rate: Rate::of(hourly),
        listed_hourly: objects.iter().filter_map(|object| object.hourly).sum(),
        resources: objects.into_iter().map(|object| Item::of(provider, object, view)).collect(),
        unexplained: billing.unexplained(&snapshot).map(surplus),
        seen,
    }
}

fn read_rate(billing: &dyn Billing, snapshot: &Snapshot, output: &Output) -> Option<Money> {
    let rate = billing.read_rate(snapshot);
    if rate.is_none() {
        let why = live::why_unread(&billing.rate(), snapshot);
        output.message(&format!("warning: the account's rate could not be read: {why}"));
    }
    rate
}

/// What is waited for runs somewhere, and costs money also when its price is not known.
fn is_rented(provider: &dyn Provider, object: &LiveObject) -> bool {
    let mut kinds = provider.kinds().iter().map(|kind| kind.rules());
    kinds.any(|rules| rules.id == object.key.kind && rules.lifecycle == Lifecycle::Waited)
}

impl Account {
    fn parts(&self) -> Vec<Part> {
        let shown = |rate: Option<Money>| rate.map_or_else(|| "unknown".to_owned(), dollars);
        let (hour, month) = (shown(self.rate.hourly), shown(self.rate.monthly));
        let head = format!("{}: billed {hour} an hour, {month} a month\n", self.provider);
        let found = self.unexplained.as_ref();
        let found = found.map(|found| Unexplained { billed: found.billed, listed: found.listed });
        let surplus = found.map(|found| Part::Text(format!("{}\n", surplus(found))));
        [Part::Text(head), Part::Table(self.sheet())].into_iter().chain(surplus).collect()
    }

    fn sheet(&self) -> Sheet {
        let columns = ["Kind", "Name", "Status", "Power", "Stack", "Hourly", "Monthly"];
        let (hour, month) = both(Some(self.listed_hourly));
        let total = ["Everything listed", "", "", "", "", &hour, &month];
        Sheet {
            title: String::new(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: self.resources.iter().map(Item::row).collect(),
            total: Some(total.map(str::to_owned).to_vec()),
        }
    }
}

impl Item {
    fn of(provider: &dyn Provider, object: LiveObject, view: &LedgerView) -> Self {
        let LiveObject { key, status, hourly, remote_id, mark, .. } = object;
        let recorded = view.entries.values().any(|entry| {
            entry.key.kind == key.kind && entry.remote_id.is_some() && entry.remote_id == remote_id
        });
        let mut kinds = provider.kinds().iter().map(|kind| kind.rules());
        let marked = kinds.any(|rules| rules.id == key.kind && rules.mark == MarkPlace::Object);
        let by_mark = mark.map(|stack| mark::base(&stack).to_owned());
        let stack = by_mark.or_else(|| recorded.then(|| view.stack.clone()));
        Self {
            kind: key.kind.kind,
            name: key.name,
            id: remote_id,
            status: status.phase.to_string(),
            power: status.power.map(|power| power.to_string()),
            unmanaged: stack.is_none() && marked,
            stack,
            rate: Rate::of(hourly),
        }
    }

    fn row(&self) -> Vec<String> {
        let Self { kind, name, id: _, status, power, stack, unmanaged, rate } = self;
        let (hour, month) = both(rate.hourly);
        let power = power.clone().unwrap_or_else(|| "-".to_owned());
        let nobody = if *unmanaged { "(unmanaged)" } else { "(not this stack's)" };
        let owner = stack.clone().unwrap_or_else(|| nobody.to_owned());
        vec![kind.clone(), name.clone(), status.clone(), power, owner, hour, month]
    }
}

/// A rate an hour and a month, as they stand in a table.
fn both(rate: Option<Money>) -> (String, String) {
    let shown =
        |rate: Option<Money>| rate.map_or_else(|| "unknown".to_owned(), |rate| rate.to_string());
    (shown(rate), shown(rate.map(|rate| rate.a_month().to_cents())))
}

/// What a bill for more than the lists show means, in plain words.
pub(crate) fn surplus(found: Unexplained) -> String {
    let Unexplained { billed, listed } = found;
    let surplus = billed - listed;
    let (hour, month) = (dollars(surplus), dollars(surplus.a_month()));
    let (billed, listed) = (dollars(billed), dollars(listed));
    format!(
        "The account is billed {billed} an hour, and everything that is listed comes to {listed}: \
         {hour} an hour ({month} a month) is for something no list shows. A machine may be running \
         that plumb cannot see; look in the console before anything else is made."
    )
}
