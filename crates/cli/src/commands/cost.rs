//! `plumb cost`: what the account costs an hour, and what for. Charges and monthly accounts are in
//! [`ledger`].

pub(crate) mod ledger;

use crate::arguments::Shared;
use crate::clouds::Clouds;
use crate::commands::findings::pretty;
use crate::commands::{live, look};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, broken};
use plumb_engine::Observed;
use plumb_kind::{Billing, Provider, Snapshot, Unexplained};
use plumb_model::rules::{Access, Lifecycle, MarkPlace};
use plumb_model::{Code, Finding, LedgerView, LiveObject, Money, Observation, Scope, mark};
use plumb_render::sheet::{self, Sheet, dollars};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::path::PathBuf;

/// What runs in one cloud, and what it costs.
struct Account {
    provider: &'static str,
    rate: Option<Money>,
    items: Vec<Item>,
    unexplained: Option<Unexplained>,
    /// Whether everything that may cost money could be listed: `Exit::Done`, or `Exit::Error`.
    seen: Exit,
}

/// One thing that costs money.
struct Item {
    object: LiveObject,
    owner: Owner,
}

/// Whose a thing is.
enum Owner {
    /// A stack's, by its mark or by this ledger.
    Stack(String),
    /// Nobody's: it could carry a mark and carries none.
    Nobody,
    /// Not this stack's: its kind carries no mark.
    NotHere,
}

/// Shows what runs now.
pub(crate) async fn run(
    manifests: Option<PathBuf>,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    super::refuse_other_formats(shared.format, "what things cost")?;
    let place = look::place(manifests, shared)?;
    let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
    let clouds = Clouds::anywhere(shared, environment).await?;
    let mut accounts = Vec::new();
    for (provider, billing) in billed(&clouds)? {
        accounts.push(account(&clouds, provider, billing, &view, output).await);
    }
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    clouds.stop().await;
    if shared.format == crate::arguments::Format::Json {
        let list: Vec<Value> = accounts.iter().map(Account::json).collect();
        output.data(&pretty(&json!({"accounts": list})));
    } else {
        let texts: Vec<String> = accounts.iter().map(|account| account.human(output)).collect();
        output.data(&texts.join("\n"));
    }
    let rated = accounts.iter().all(|account| account.rate.is_some());
    let seen = accounts.iter().map(|account| account.seen).max().unwrap_or(Exit::Done);
    Ok(if rated { seen } else { Exit::Error })
}

/// The connected clouds that say what things cost.
pub(super) fn billed(
    clouds: &Clouds,
) -> Result<Vec<(&'static dyn Provider, &'static dyn Billing)>, Problem> {
    let billed = |provider: &'static dyn Provider| Some((provider, provider.billing()?));
    let found: Vec<_> = clouds.connected().filter_map(billed).collect();
    if found.is_empty() {
        let known = clouds.engine.registry().providers();
        if let Some(provider) = known.iter().find(|provider| provider.billing().is_some()) {
            clouds.require_provider(provider.name(), "a bill")?;
        }
        let message = "no connected cloud says what things cost";
        return Err(Finding::error(Code::NO_CONNECTION, message).into());
    }
    Ok(found)
}

async fn account(
    clouds: &Clouds,
    provider: &'static dyn Provider,
    billing: &'static dyn Billing,
    view: &LedgerView,
    output: &Output,
) -> Account {
    let kinds = provider.kinds().iter().filter(|kind| kind.rules().access == Access::Managed);
    let places: Vec<_> = kinds.map(|kind| (kind.rules().id.clone(), Scope::Global)).collect();
    let Observed { live, mut snapshot, .. } = clouds.engine.observe_scopes(&places).await;
    let seen = live::tell_gaps(&live, &live::Which::default(), clouds.engine.registry(), output);
    let mut evidence = billing.evidence();
    evidence.push(billing.rate());
    evidence.retain(|collection| snapshot.reading(&collection.id).is_none());
    snapshot.0.extend(clouds.engine.read_lookups(provider.name(), &evidence).await.0);
    let present = live.objects.into_values().filter_map(|observation| match observation {
        Observation::Present(object) => Some(*object),
        Observation::Absent | Observation::Unknown(_) => None,
    });
    let mut items: Vec<Item> = present
        .filter(|object| object.hourly.is_some() || is_rented(provider, object))
        .map(|object| Item { owner: owner(provider, &object, view), object })
        .collect();
    items.sort_by_key(|item| (Reverse(item.object.hourly), item.object.key.clone()));
    let rate = read_rate(billing, &snapshot, output);
    let unexplained = billing.unexplained(&snapshot);
    Account { provider: provider.name(), rate, items, unexplained, seen }
}

fn read_rate(billing: &dyn Billing, snapshot: &Snapshot, output: &Output) -> Option<Money> {
    let rate = billing.read_rate(snapshot);
    if rate.is_none() {
        let why = super::why_unread(&billing.rate(), snapshot);
        output.message(&format!("warning: the account's rate could not be read: {why}"));
    }
    rate
}

/// What is waited for runs somewhere, and costs money also when its price is not known.
fn is_rented(provider: &dyn Provider, object: &LiveObject) -> bool {
    let mut kinds = provider.kinds().iter().map(|kind| kind.rules());
    kinds.any(|rules| rules.id == object.key.kind && rules.lifecycle == Lifecycle::Waited)
}

fn owner(provider: &dyn Provider, object: &LiveObject, view: &LedgerView) -> Owner {
    let recorded = view.entries.values().any(|entry| {
        entry.key.kind == object.key.kind
            && entry.remote_id.is_some()
            && entry.remote_id == object.remote_id
    });
    let mut kinds = provider.kinds().iter().map(|kind| kind.rules());
    let marked = kinds.any(|rules| rules.id == object.key.kind && rules.mark == MarkPlace::Object);
    match (&object.mark, recorded, marked) {
        (Some(stack), _, _) => Owner::Stack(mark::base(stack).to_owned()),
        (None, true, _) => Owner::Stack(view.stack.clone()),
        (None, false, true) => Owner::Nobody,
        (None, false, false) => Owner::NotHere,
    }
}

impl Owner {
    fn shown(&self) -> String {
        match self {
            Self::Stack(name) => name.clone(),
            Self::Nobody => "(unmanaged)".to_owned(),
            Self::NotHere => "(not this stack's)".to_owned(),
        }
    }
}

impl Account {
    /// What everything that is listed comes to, where its price is known.
    fn listed(&self) -> Money {
        self.items.iter().filter_map(|item| item.object.hourly).sum()
    }

    fn human(&self, output: &Output) -> String {
        let style = output.table_style();
        let shown = |rate: Option<Money>| rate.map_or_else(|| "unknown".to_owned(), dollars);
        let (hour, month) = (shown(self.rate), shown(self.rate.map(Money::a_month)));
        let head = format!("{}: billed {hour} an hour, {month} a month\n\n", self.provider);
        let surplus = self.unexplained.map(|found| format!("\n{}\n", surplus(found)));
        let table = sheet::human(&self.sheet(), style);
        format!("{head}{table}{}", surplus.unwrap_or_default())
    }

    fn sheet(&self) -> Sheet {
        let columns = ["Kind", "Name", "Status", "Power", "Stack", "Hourly", "Monthly"];
        let (hour, month) = both(Some(self.listed()));
        let total = ["Everything listed", "", "", "", "", &hour, &month];
        Sheet {
            title: String::new(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: self.items.iter().map(Item::row).collect(),
            total: Some(total.map(str::to_owned).to_vec()),
        }
    }

    fn json(&self) -> Value {
        let unexplained = self.unexplained.map(|Unexplained { billed, listed }| {
            json!({"billed": billed, "listed": listed, "surplus": billed - listed})
        });
        json!({
            "provider": self.provider,
            "hourly": self.rate,
            "monthly": self.rate.map(Money::a_month),
            "listed_hourly": self.listed(),
            "resources": self.items.iter().map(Item::json).collect::<Vec<_>>(),
            "unexplained": unexplained,
        })
    }
}

impl Item {
    fn row(&self) -> Vec<String> {
        let LiveObject { key, status, hourly, .. } = &self.object;
        let (hour, month) = both(*hourly);
        let power = status.power.map_or_else(|| "-".to_owned(), |power| power.to_string());
        let (kind, name) = (key.kind.kind.clone(), key.name.clone());
        vec![kind, name, status.phase.to_string(), power, self.owner.shown(), hour, month]
    }

    fn json(&self) -> Value {
        let LiveObject { key, status, hourly, remote_id, .. } = &self.object;
        let stack = match &self.owner {
            Owner::Stack(name) => Some(name),
            Owner::Nobody | Owner::NotHere => None,
        };
        json!({
            "kind": key.kind.kind,
            "name": key.name,
            "id": remote_id,
            "status": status.phase.to_string(),
            "power": status.power.map(|power| power.to_string()),
            "stack": stack,
            "unmanaged": matches!(self.owner, Owner::Nobody),
            "hourly": hourly,
            "monthly": hourly.map(Money::a_month),
        })
    }
}

/// A rate an hour and a month, as they stand in a table.
fn both(rate: Option<Money>) -> (String, String) {
    let shown =
        |rate: Option<Money>| rate.map_or_else(|| "unknown".to_owned(), |rate| rate.to_string());
    (shown(rate), shown(rate.map(|rate| rate.a_month().to_cents())))
}

/// What a bill for more than the lists show means, in plain words.
pub(super) fn surplus(found: Unexplained) -> String {
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
