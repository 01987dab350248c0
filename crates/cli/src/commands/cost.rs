//! `plumb cost`: what runs, whose it is, and what it costs, in every cloud. What one cloud has is in
//! [`account`], one thing in [`item`], months in [`spent`]; charges and monthly accounts are in
//! [`ledger`].

mod account;
mod item;
pub(crate) mod ledger;
mod rate;
mod spent;

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Manifests, Output, Part, Place, Problem, Serialize,
    Subcommand, TableFormat, Tables, broken, place,
};
use crate::clouds::Clouds;
use crate::live::{self, Which};
pub(crate) use account::surplus;
use account::{Account, Share};
use item::{Ground, Item};
use jiff::Timestamp;
use plumb_kind::LookedUp;
use plumb_model::{LedgerView, Money};
use plumb_render::sheet::{Sheet, dollars};
use rate::Sum;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Show what runs, whose it is, and what it costs: in the whole account; with manifests, of their
/// stack alone.
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

/// What runs, whose it is, and what it costs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Costs {
    /// Of every amount, which is decimal text.
    currency: &'static str,
    /// When it was looked at.
    #[schemars(with = "String")]
    at: Timestamp,
    /// The stack whose share this is; null when it is the whole account.
    stack: Option<String>,
    /// What all of it comes to.
    total: Sum,
    /// What it comes to by whose it is, the dearest first.
    owners: Vec<Owner>,
    /// The clouds.
    accounts: Vec<Account>,
}

/// What is somebody's.
#[derive(Debug, Serialize, JsonSchema)]
struct Owner {
    /// The stack; `(nobody)`, or `(not this stack's)` where nothing says whose it is.
    owner: String,
    /// What it comes to.
    #[serde(flatten)]
    sum: Sum,
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
        let share = if self.manifests.are_named() { Share::Stack } else { Share::Account };
        let (costs, seen) = context.block_on(Costs::read((&place, &view), share, context))?;
        self.format.print(&costs, &context.output);
        Ok(live::partly(seen))
    }
}

impl Costs {
    async fn read(
        (place, view): (&Place, &LedgerView),
        share: Share,
        context: &Context,
    ) -> Result<(Self, Exit), Problem> {
        let clouds = Clouds::anywhere(context).await?;
        let output = &context.output;
        let registry = clouds.engine.registry();
        match share {
            Share::Stack => {
                let mut known = view.entries.keys();
                known.try_for_each(|key| clouds.require(&key.kind, &key.to_string()))?;
            }
            Share::Account => tell_unconnected(&clouds, output),
        }
        let observed = clouds.engine.discover_costs().await;
        let at = context.environment.now();
        let ground = Ground {
            registry,
            looked_up: &LookedUp::new(&observed.snapshot),
            view,
            prices: &place.settings.prices,
            now: at,
        };
        let mut accounts = Vec::new();
        for provider in clouds.connected() {
            let seen = (&observed, &ground);
            accounts.push(account::read(provider, &clouds, seen, share, output).await);
        }
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        let gaps = live::tell_gaps(&observed.live, &Which::default(), registry, output);
        let seen = accounts.iter().map(|account| account.seen).chain([gaps]).max();
        let items = || accounts.iter().flat_map(|account| &account.resources);
        let stack = (share == Share::Stack).then(|| place.settings.name.clone());
        let (total, owners) = (items().collect(), owners(items()));
        let costs = Self { currency: Money::CURRENCY, at, stack, total, owners, accounts };
        Ok((costs, seen.unwrap_or(Exit::Done)))
    }

    /// Money first: what all of it comes to, and what of that could be spared or cannot.
    fn summary(&self) -> String {
        let whose = match &self.stack {
            Some(stack) => format!("The stack {stack} costs"),
            None => "Everything that runs costs".to_owned(),
        };
        let Sum { idle_hourly, stopping_saves_hourly, owed, .. } = &self.total;
        let some = |amount: &Money, words: &str| {
            (*amount > Money::ZERO).then(|| format!("{words} {}", dollars(*amount)))
        };
        let more = [
            some(owed, "owed until its contracts end:"),
            some(idle_hourly, "stopped, and billed all the same, an hour:"),
            some(stopping_saves_hourly, "stopping what can be stopped would save an hour:"),
        ];
        let more = more.into_iter().flatten().map(|line| format!("  {line}\n"));
        let more: Vec<String> = more.collect();
        format!("{whose} {}.\n{}", self.total.words(), more.concat())
    }

    fn by_owner(&self) -> Sheet {
        let columns = ["Owner", "Hourly", "Monthly", "Resources", "Not known", "Owed"];
        let row = |owner: &str, sum: &Sum| {
            let amounts = [sum.hourly, sum.monthly.to_cents()].map(|amount| amount.to_string());
            let counts = [sum.resources, sum.unpriced].map(|count| count.to_string());
            let owed = sum.owed.to_cents().to_string();
            [vec![owner.to_owned()], amounts.to_vec(), counts.to_vec(), vec![owed]].concat()
        };
        Sheet {
            title: "Whose it is".to_owned(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: self.owners.iter().map(|Owner { owner, sum }| row(owner, sum)).collect(),
            total: Some(row("In all", &self.total)),
        }
    }
}

impl Tables for Costs {
    fn parts(&self) -> Vec<Part> {
        let owners = (self.stack.is_none()).then(|| Part::Table(self.by_owner()));
        let head = [Part::Text(self.summary())].into_iter().chain(owners);
        head.chain(self.accounts.iter().flat_map(Account::parts)).collect()
    }
}

/// Says which clouds are not counted, so that the sum is not taken for all of it.
fn tell_unconnected(clouds: &Clouds, output: &Output) {
    let known = clouds.engine.registry().providers().iter().map(|provider| provider.name());
    for name in known.filter(|name| !clouds.reaches(name)) {
        output.message(&format!("note: {name} is not connected, and not counted."));
    }
}

/// What things come to by whose they are.
fn owners<'i>(items: impl Iterator<Item = &'i Item>) -> Vec<Owner> {
    let mut whose: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in items {
        whose.entry(item.owner()).or_default().push(item);
    }
    let owner = |(owner, items): (&str, Vec<&Item>)| Owner {
        owner: owner.to_owned(),
        sum: items.into_iter().collect(),
    };
    let mut owners: Vec<Owner> = whose.into_iter().map(owner).collect();
    owners.sort_by_key(|owner| Reverse(owner.sum.hourly));
    owners
}
