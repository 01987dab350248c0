//! What the account is billed: rate, transactions, monthly reports, and whether the rate speaks of
//! something that no list shows (contract §2.6, §10). How a transaction reads is in `charge`.

mod charge;
mod evidence;

#[cfg(test)]
mod tests;

use crate::collections;
use jiff::civil::Date;
use plumb_kind::{Billing, Charge, ChargeFilter, Collection, Report, Snapshot, Unexplained};
use plumb_model::text::ServerText;
use plumb_model::{Body, Money};

/// The bill of Voltage Park.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account;

/// The one bill.
pub(crate) static ACCOUNT: Account = Account;

impl Billing for Account {
    fn rate(&self) -> Collection {
        collections::hourly_rate()
    }

    fn read_rate(&self, snapshot: &Snapshot) -> Option<Money> {
        let items = snapshot.items(&self.rate().id)?;
        Money::read(items.first()?.get("rate_hourly")?)
    }

    fn charges(&self, filter: &ChargeFilter) -> Collection {
        let kinds = filter.kinds.iter().map(|kind| ("types".to_owned(), kind.clone()));
        let day = |name: &str, day: Option<Date>| day.map(|day| (name.to_owned(), day.to_string()));
        let days = [day("earliest", filter.earliest), day("latest", filter.latest)];
        collections::transactions(kinds.chain(days.into_iter().flatten()).collect())
    }

    fn read_charges(
        &self,
        collection: &Collection,
        snapshot: &Snapshot,
    ) -> Option<Result<Vec<Charge>, ServerText>> {
        let items = snapshot.items(&collection.id)?;
        Some(items.iter().map(charge::read).collect())
    }

    fn report(&self, year: i16, month: i8) -> Collection {
        collections::monthly_report(year, month)
    }

    fn read_report(
        &self,
        collection: &Collection,
        snapshot: &Snapshot,
    ) -> Option<Result<Report, ServerText>> {
        let items = snapshot.items(&collection.id)?;
        Some(charge::report(items.first().unwrap_or(&Body::Null)))
    }

    fn evidence(&self) -> Vec<Collection> {
        let lists =
            [collections::virtual_machines(), collections::rentals(), collections::volumes()];
        lists.into_iter().chain([self.rate()]).collect()
    }

    fn unexplained(&self, snapshot: &Snapshot) -> Option<Unexplained> {
        evidence::unexplained(self.read_rate(snapshot)?, snapshot)
    }
}
