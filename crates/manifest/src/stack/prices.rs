//! `spec.prices`: what things cost an hour of which no cloud tells a price.

use super::document::StackPrice;
use super::fields::{field, fit, places};
use super::named_kinds::{NamedKind, Setting};
use crate::tree::{NodeId, Tree};
use plumb_model::{Code, Finding, Money, Price, PriceBook};

const SETTING: &str = "spec.prices";

/// The book, and the kinds that are named in it.
pub(super) fn read(
    written: &[StackPrice],
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (PriceBook, Vec<NamedKind>) {
    let (mut book, mut named) = (Vec::new(), Vec::new());
    for (price, place) in written.iter().zip(places(tree, root, "prices")) {
        match read_one(price) {
            Ok(price) => book.push(price),
            Err(why) => {
                findings.push(Finding::error(Code::BAD_STACK_FILE, why).at(place.clone()));
            }
        }
        named.push(NamedKind { name: price.kind.clone(), setting: Setting::Price, place });
    }
    (PriceBook(book), named)
}

fn read_one(written: &StackPrice) -> Result<Price, String> {
    let hourly = Money::read(&(&written.hourly).into());
    Ok(Price {
        of: fit(SETTING, &written.kind, &written.having)?,
        hourly: hourly.ok_or("spec.prices has a price that is no amount")?,
        times: written.times.as_deref().map(|name| field(SETTING, name)).transpose()?,
    })
}
