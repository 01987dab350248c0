//! What costs money in one cloud, beside what the cloud bills.

use super::item::{self, Ground, Item};
use super::rate::{Rate, Sum};
use super::spent::{self, Period, Spent};
use crate::clouds::Clouds;
use crate::exit::Exit;
use crate::live;
use crate::output::Output;
use crate::report::Part;
use plumb_engine::Observed;
use plumb_kind::{Billing, Provider, Unexplained};
use plumb_model::rules::Costs;
use plumb_model::{Money, Observation};
use plumb_render::sheet::{Sheet, dollars};
use schemars::JsonSchema;
use serde::Serialize;

/// What runs in one cloud, and what it costs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Account {
    /// The cloud.
    pub(super) provider: &'static str,
    /// What the whole account is billed at present.
    #[serde(flatten)]
    pub(super) rate: Rate,
    /// What everything that is listed comes to an hour, where its price is known.
    #[schemars(with = "String")]
    listed_hourly: Money,
    /// What costs money: what has a price that nobody knows, then the dearest.
    pub(super) resources: Vec<Item>,
    /// What the bill is for beyond what is listed.
    unexplained: Option<Discrepancy>,
    /// What was charged in the last months, this one last; empty where the cloud does not say.
    months: Vec<Period>,
    /// Whether everything that may cost money could be listed: `Exit::Done`, or `Exit::Error`.
    #[serde(skip)]
    pub(super) seen: Exit,
    /// Whether the cloud tells what it bills.
    #[serde(skip)]
    is_billed: bool,
    /// How much of it is shown.
    #[serde(skip)]
    share: Share,
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

/// How much of the account is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// All of it.
    Account,
    /// What is the stack's.
    Stack,
}

/// Reads what one cloud bills, and puts it beside what was seen there.
pub(super) async fn read(
    provider: &'static dyn Provider,
    clouds: &Clouds,
    (observed, ground): (&Observed, &Ground<'_>),
    share: Share,
    output: &Output,
) -> Account {
    let is_its = |kind| {
        let its = ground.registry.provider(kind);
        its.is_some_and(|known| known.name() == provider.name())
    };
    let present = observed.live.objects.values().filter_map(|observation| match observation {
        Observation::Present(object) if is_its(&object.key.kind) => Some(&**object),
        _ => None,
    });
    let costly = present.filter(|object| {
        let rules = ground.registry.table().get(&object.key.kind);
        rules.is_some_and(|rules| rules.costs == Costs::ByTheHour)
    });
    let all = costly.filter_map(|object| Item::of(object, ground));
    let mut resources: Vec<Item> =
        all.filter(|item| share == Share::Account || item.ours).collect();
    item::sort(&mut resources);
    let listed = resources.iter().collect::<Sum>().hourly;
    let mut account = Account {
        provider: provider.name(),
        rate: Rate::of(Err("this cloud does not say what it bills".to_owned())),
        listed_hourly: listed,
        resources,
        unexplained: None,
        months: Vec::new(),
        seen: Exit::Done,
        is_billed: false,
        share,
    };
    if let Some(billing) = provider.billing() {
        account.bill(billing, clouds, (observed, ground), output).await;
    }
    account
}

impl Account {
    async fn bill(
        &mut self,
        billing: &dyn Billing,
        clouds: &Clouds,
        (observed, ground): (&Observed, &Ground<'_>),
        output: &Output,
    ) {
        let reports = spent::reports(billing, ground.now);
        let mut snapshot = observed.snapshot.clone();
        let mut wanted = billing.evidence();
        wanted.push(billing.rate());
        wanted.extend(reports.iter().map(|(_, report)| report.clone()));
        wanted.retain(|collection| snapshot.reading(&collection.id).is_none());
        snapshot.0.extend(clouds.engine.read_lookups(self.provider, &wanted).await.0);
        let rate = billing.read_rate(&snapshot);
        let why = || live::why_unread(&billing.rate(), &snapshot);
        self.is_billed = true;
        self.rate = Rate::of(rate.ok_or_else(why));
        if let Some(why) = &self.rate.unknown_because {
            output.message(&format!("warning: the account's rate could not be read: {why}"));
            self.seen = Exit::Error;
        }
        let spent = Spent::read(billing, &reports, &snapshot);
        for item in &mut self.resources {
            item.month_to_date = item.id.as_ref().and_then(|id| spent.this_month(id.as_str()));
        }
        let is_shown = |id: &str| {
            let mut ids = self.resources.iter().filter_map(|item| item.id.as_ref());
            self.share == Share::Account || ids.any(|known| known.as_str() == id)
        };
        let hourly = match self.share {
            Share::Account => self.rate.hourly,
            Share::Stack => Some(self.listed_hourly),
        };
        self.months = spent.months(is_shown, hourly, ground.now);
        self.warn_of_unread_months(output);
        let surplus = |Unexplained { billed, listed }| Discrepancy {
            billed,
            listed,
            surplus: billed - listed,
        };
        self.unexplained = billing.unexplained(&snapshot).map(surplus);
    }

    fn warn_of_unread_months(&mut self, output: &Output) {
        for Period { month, unknown_because, .. } in &self.months {
            if let Some(why) = unknown_because {
                output.message(&format!("warning: what {month} was charged is not known: {why}"));
                self.seen = Exit::Error;
            }
        }
    }

    /// What people read of it.
    pub(super) fn parts(&self) -> Vec<Part> {
        let billed = match (&self.rate.hourly, self.is_billed) {
            (Some(hourly), _) => {
                let month = dollars(hourly.a_month());
                format!("the account is billed {} an hour, {month} a month", dollars(*hourly))
            }
            (None, true) => "what the account is billed is unknown".to_owned(),
            (None, false) => "it does not say what the account is billed".to_owned(),
        };
        let heads = [Part::Text(format!("{}: {billed}\n", self.provider))];
        let surplus = self.unexplained.as_ref().map(|found| {
            let Discrepancy { billed, listed, surplus: _ } = *found;
            Part::Text(format!("{}\n", surplus(Unexplained { billed, listed })))
        });
        let sheets = [self.contracts(), self.idle(), self.savings(), self.unknown(), self.spent()];
        let sheets = sheets.into_iter().filter(|sheet| !sheet.rows.is_empty());
        let all = heads.into_iter().chain([Part::Table(self.listed())]);
        all.chain(surplus).chain(sheets.map(Part::Table)).collect()
    }

    fn listed(&self) -> Sheet {
        let columns = ["Resource", "Hourly", "Monthly", "Owner", "Since", "Status"];
        let month = self.listed_hourly.a_month().to_cents().to_string();
        let total = ["Everything listed", &self.listed_hourly.to_string(), &month, "", "", ""];
        let total = Some(total.map(str::to_owned).to_vec());
        Sheet { total, ..Sheet::new("", &columns, self.resources.iter().map(Item::row)) }
    }

    fn contracts(&self) -> Sheet {
        let columns = ["Resource", "Owed until it ends", "Months left", "Of", "Ends"];
        Sheet::new("Contracts", &columns, self.resources.iter().filter_map(Item::contract_row))
    }

    fn idle(&self) -> Sheet {
        let columns = ["Resource", "Hourly", "Monthly", "Owner", "Since", "Status"];
        let idle = self.resources.iter().filter(|item| item.idle);
        Sheet::new("Idle: stopped, and billed all the same", &columns, idle.map(Item::row))
    }

    fn savings(&self) -> Sheet {
        let saved = self.resources.iter().filter_map(|item| {
            let saved = item.stopping_saves_hourly.filter(|saved| *saved > Money::ZERO)?;
            let month = saved.a_month().to_cents();
            Some(vec![item.address(), saved.to_string(), month.to_string()])
        });
        Sheet::new("What stopping would save", &["Resource", "Hourly", "Monthly"], saved)
    }

    fn unknown(&self) -> Sheet {
        let unknown = self
            .resources
            .iter()
            .filter_map(|item| Some(vec![item.address(), item.rate.unknown_because.clone()?]));
        Sheet::new("Prices that nobody knows", &["Resource", "Why"], unknown)
    }

    fn spent(&self) -> Sheet {
        let cell = |amount: Option<Money>| {
            amount.map_or_else(|| "-".to_owned(), |amount| amount.to_cents().to_string())
        };
        let last = self.months.len();
        let row = |(at, month): (usize, &Period)| {
            let so_far = if at + 1 == last { " so far" } else { "" };
            let charged =
                month.charged.map_or_else(|| "unknown".to_owned(), |_| cell(month.charged));
            vec![format!("{}{so_far}", month.month), charged, cell(month.expected)]
        };
        let columns = ["Month", "Charged", "Expected at its end"];
        let title = match self.share {
            Share::Account => "Charged",
            Share::Stack => "Charged for what is there now",
        };
        Sheet::new(title, &columns, self.months.iter().enumerate().map(row))
    }
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
