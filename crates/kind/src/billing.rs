//! What a cloud says about money: the account's rate, what was charged, a month's report, and
//! whether the bill speaks of something that no list shows.

use crate::collection::{Collection, Snapshot};
use jiff::Timestamp;
use jiff::civil::Date;
use plumb_model::Money;
use plumb_model::text::ServerText;
use std::fmt::Debug;

/// The account is billed for more than the lists show: evidence that something exists which was
/// not seen. It stops a create; its absence never permits one (docs/rules.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// What the account is billed an hour.
    pub billed: Money,
    /// What all that is listed costs an hour.
    pub listed: Money,
}

/// One charge or payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// When.
    pub at: Timestamp,
    /// What kind, in the server's words.
    pub kind: ServerText,
    /// What it is for: an id or a note.
    pub subject: ServerText,
    /// How much; negative where money went out.
    pub amount: Money,
}

/// Which charges are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChargeFilter {
    /// Kinds of things charged for, in the server's words; all when empty.
    pub kinds: Vec<String>,
    /// Not before this day.
    pub earliest: Option<Date>,
    /// Not after this day.
    pub latest: Option<Date>,
}

/// A month's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The balance when the month began.
    pub balance_at_start: Money,
    /// What the month changed.
    pub change: Money,
    /// The balance when it ended, or now.
    pub balance_at_end: Money,
    /// Its charges and payments.
    pub charges: Vec<Charge>,
}

/// What a cloud says about money. Every answer is read from collections of one item or many, so
/// that it is fetched like everything else.
pub trait Billing: Send + Sync + Debug {
    /// The account's present rate.
    fn rate(&self) -> Collection;

    /// The account's rate an hour, when it was read.
    fn read_rate(&self, snapshot: &Snapshot) -> Option<Money>;

    /// Charges and payments.
    fn charges(&self, filter: &ChargeFilter) -> Collection;

    /// The charges and payments that were read, in the server's order; `None` when they were not
    /// read. What cannot be understood is an error that names it.
    ///
    /// # Errors
    /// The first item that cannot be read.
    fn read_charges(
        &self,
        collection: &Collection,
        snapshot: &Snapshot,
    ) -> Option<Result<Vec<Charge>, ServerText>>;

    /// The report of a month; months count from 1.
    fn report(&self, year: i16, month: i8) -> Collection;

    /// The report that was read; `None` when it was not.
    ///
    /// # Errors
    /// What cannot be read.
    fn read_report(
        &self,
        collection: &Collection,
        snapshot: &Snapshot,
    ) -> Option<Result<Report, ServerText>>;

    /// Everything that must be read to compare the bill with what is listed, the rate included.
    fn evidence(&self) -> Vec<Collection>;

    /// What the bill says beyond the lists; `None` when it agrees, or when one of them could not
    /// be read.
    fn unexplained(&self, snapshot: &Snapshot) -> Option<Unexplained>;
}
