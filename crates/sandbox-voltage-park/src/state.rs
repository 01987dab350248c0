//! What all organizations hold, and the stock they share.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::catalog::Catalog;
use super::holdings::{Machine, Rental, SshKey, Volume};
use super::money::Money;
use super::record::{Family, Kept, Record, Stale, Table};
use super::stock::Stock;
use super::timers::Timers;
use plumb_sandbox::time::Timestamp;

/// All organizations of Voltage Park, and the stock they share.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) stock: Stock,
    /// The machines of every organization.
    pub machines: Table<Machine>,
    /// Their rentals.
    pub rentals: Table<Rental>,
    /// Their volumes.
    pub volumes: Table<Volume>,
    /// Their SSH keys.
    pub keys: Table<SshKey>,
    pub(crate) accounts: BTreeMap<String, Account>,
    #[serde(default)]
    pub(crate) organizations: BTreeMap<String, Organization>,
    /// What every organization has paid in, and when.
    pub(crate) deposit: Money,
    pub(crate) opened_at: Timestamp,
    pub(crate) timers: Timers,
    pub(crate) next_sequence: u64,
    /// When an organization last looked at the stock of a family.
    pub(crate) capacity_reads: BTreeMap<String, Timestamp>,
    /// Where the last call was redirected to, when it was.
    pub(crate) redirected: Option<String>,
}

/// An object that stands in one of the tables.
pub(crate) trait Stored: Kept + Clone {
    /// What refusals call one.
    const CALLED: &'static str;

    fn table(state: &State) -> &Table<Self>;

    fn table_mut(state: &mut State) -> &mut Table<Self>;
}

/// Says of types which family they are and where, and which of them have a state that is stale.
macro_rules! stored {
    ($($type:ident: $family:ident in $table:ident, $called:literal $(, $stale:ident)?;)+) => {$(
        impl Kept for $type {
            const FAMILY: Family = Family::$family;

            fn record(&self) -> &Record {
                &self.record
            }

            fn record_mut(&mut self) -> &mut Record {
                &mut self.record
            }

            $(fn forget_one_stale_read(&mut self) -> bool {
                Stale::forget_one(&mut self.$stale)
            })?
        }

        impl Stored for $type {
            const CALLED: &'static str = $called;

            fn table(state: &State) -> &Table<Self> {
                &state.$table
            }

            fn table_mut(state: &mut State) -> &mut Table<Self> {
                &mut state.$table
            }
        }
    )+};
}

stored! {
    Machine: Machines in machines, "Virtual machine", stale;
    Rental: Rentals in rentals, "Rental", stale;
    Volume: Volumes in volumes, "Storage volume";
    SshKey: Keys in keys, "SSH key";
}

impl State {
    /// What an hour of everything an organization has costs at the moment.
    #[must_use]
    pub fn hourly_rate(&self, organization: &str) -> Money {
        self.accounts.get(organization).map(Account::rate).unwrap_or_default()
    }

    /// What an organization had spent at a moment.
    #[must_use]
    pub fn spent(&self, organization: &str, moment: Timestamp) -> Money {
        let account = self.accounts.get(organization);
        account.map(|account| account.spent_until(moment)).unwrap_or_default()
    }

    /// What had been paid in before a moment.
    pub(crate) fn paid_before(&self, moment: Timestamp) -> Money {
        if self.opened_at < moment { self.deposit } else { Money::ZERO }
    }

    /// How many objects are kept, those that only lists still show included.
    pub(crate) fn object_count(&self) -> usize {
        self.machines.len() + self.rentals.len() + self.volumes.len() + self.keys.len()
    }

    /// The objects of a family that are not gone, oldest first.
    pub(crate) fn records(&self, family: Family) -> Vec<&Record> {
        match family {
            Family::Machines => self.machines.live().map(Kept::record).collect(),
            Family::Rentals => self.rentals.live().map(Kept::record).collect(),
            Family::Volumes => self.volumes.live().map(Kept::record).collect(),
            Family::Keys => self.keys.live().map(Kept::record).collect(),
        }
    }

    pub(crate) fn record(&self, family: Family, id: &str) -> Option<&Record> {
        match family {
            Family::Machines => self.machines.get(id).map(Kept::record),
            Family::Rentals => self.rentals.get(id).map(Kept::record),
            Family::Volumes => self.volumes.get(id).map(Kept::record),
            Family::Keys => self.keys.get(id).map(Kept::record),
        }
    }

    pub(crate) fn list_calls(&self, family: Family) -> u64 {
        match family {
            Family::Machines => self.machines.list_calls(),
            Family::Rentals => self.rentals.list_calls(),
            Family::Volumes => self.volumes.list_calls(),
            Family::Keys => self.keys.list_calls(),
        }
    }
}

/// What was changed of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) name: Option<String>,
    pub(crate) emails: Vec<String>,
}
