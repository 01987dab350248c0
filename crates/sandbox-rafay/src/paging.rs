//! Paging and ordering of lists (contract 2.5).

use super::errors::invalid;
use super::knobs::Knobs;
use super::world::Call;
use plumb_sandbox::http::Response;

/// What part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// Items the page may hold, already capped.
    pub(crate) limit: usize,
    /// Items before the page.
    pub(crate) offset: usize,
    pub(crate) order: Order,
}

/// The direction of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// The page a query asks for: `limit` above 0, silently capped; `offset` from 0.
pub(crate) fn page(call: &Call<'_>, knobs: &Knobs, default: Order) -> Result<Page, Response> {
    let order = match call.query("order") {
        None => default,
        Some("ASC") => Order::Ascending,
        Some("DESC") => Order::Descending,
        Some(_) => return Err(invalid("order must be ASC or DESC")),
    };
    page_in(call, knobs, order)
}

/// The page a query asks for, in a given order.
pub(crate) fn page_in(call: &Call<'_>, knobs: &Knobs, order: Order) -> Result<Page, Response> {
    let cap = knobs.page_cap.max(1);
    let limit = number(call, "limit", 1)?.map_or(cap, |limit| limit.min(cap));
    let offset = number(call, "offset", 0)?.unwrap_or(0);
    Ok(Page {
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        offset: usize::try_from(offset).unwrap_or(usize::MAX),
        order,
    })
}

/// A whole number in the query, at least this great.
pub(crate) fn number(call: &Call<'_>, name: &str, least: u64) -> Result<Option<u64>, Response> {
    let Some(text) = call.query(name) else { return Ok(None) };
    match text.parse::<u64>() {
        Ok(number) if number >= least => Ok(Some(number)),
        _ => Err(invalid(&format!("{name} must be a whole number not below {least}"))),
    }
}

/// A switch in the query.
pub(crate) fn switch(call: &Call<'_>, name: &str) -> Result<Option<bool>, Response> {
    match call.query(name) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(invalid(&format!("{name} must be true or false"))),
    }
}

impl Page {
    /// The items of the page out of all, oldest first.
    pub(crate) fn cut<T>(&self, items: impl DoubleEndedIterator<Item = T>) -> Vec<T> {
        match self.order {
            Order::Ascending => items.skip(self.offset).take(self.limit).collect(),
            Order::Descending => items.rev().skip(self.offset).take(self.limit).collect(),
        }
    }
}
