//! What all organizations hold, and the stock they share.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::catalog::Catalog;
use super::holdings::{Machine, Rental, SshKey, Volume};
use super::money::Money;
use super::record::{Family, Table};
use super::stock::Stock;
use super::timers::Timers;
use plumb_sandbox::time::{DEFAULT_EPOCH, Timestamp};

/// All organizations of Voltage Park, and the stock they share.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) stock: Stock,
    pub(crate) machines: Table<Machine>,
    pub(crate) rentals: Table<Rental>,
    pub(crate) volumes: Table<Volume>,
    pub(crate) keys: Table<SshKey>,
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

impl State {
    /// Every machine of every organization, oldest first.
    #[must_use]
    pub fn machines(&self) -> impl DoubleEndedIterator<Item = &Machine> {
        self.machines.live()
    }

    /// Every rental of every organization, oldest first.
    #[must_use]
    pub fn rentals(&self) -> impl DoubleEndedIterator<Item = &Rental> {
        self.rentals.live()
    }

    /// Every volume of every organization, oldest first.
    #[must_use]
    pub fn volumes(&self) -> impl DoubleEndedIterator<Item = &Volume> {
        self.volumes.live()
    }

    /// Every SSH key of every organization, oldest first.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &SshKey> {
        self.keys.live()
    }

    /// The machine of this id, when it is not gone.
    #[must_use]
    pub fn machine(&self, id: &str) -> Option<&Machine> {
        self.machines.get(id)
    }

    /// The rental of this id, when it is not gone.
    #[must_use]
    pub fn rental(&self, id: &str) -> Option<&Rental> {
        self.rentals.get(id)
    }

    /// The volume of this id, when it is not gone.
    #[must_use]
    pub fn volume(&self, id: &str) -> Option<&Volume> {
        self.volumes.get(id)
    }

    /// The SSH key of this id, when it is not gone.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&SshKey> {
        self.keys.get(id)
    }

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

    /// What is offered.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// How many objects are kept, those that only lists still show included.
    pub(crate) fn object_count(&self) -> usize {
        self.machines.len() + self.rentals.len() + self.volumes.len() + self.keys.len()
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

/// Nothing is offered yet.
impl Default for State {
    fn default() -> Self {
        State {
            stock: Stock::default(),
            catalog: Arc::new(Catalog::none()),
            machines: Table::default(),
            rentals: Table::default(),
            volumes: Table::default(),
            keys: Table::default(),
            accounts: BTreeMap::new(),
            organizations: BTreeMap::new(),
            deposit: Money::ZERO,
            opened_at: DEFAULT_EPOCH,
            timers: Timers::default(),
            next_sequence: 0,
            capacity_reads: BTreeMap::new(),
            redirected: None,
        }
    }
}

/// What was changed of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Organization {
    pub(crate) name: Option<String>,
    pub(crate) emails: Vec<String>,
}
