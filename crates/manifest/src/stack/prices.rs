//! `spec.prices`: what things cost an hour of which no cloud tells a price.

use super::document::StackPrice;
use super::named_kinds::{NamedKind, Setting, setting};
use crate::tree::{NodeId, Tree};
use plumb_model::text::escape;
use plumb_model::{Code, FieldPath, Finding, Money, Price, PriceBook, Span};

/// The book, and the kinds that are named in it.
pub(super) fn read(
    written: &[StackPrice],
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (PriceBook, Vec<NamedKind>) {
    let list = setting(tree, root, "prices").map(|list| tree.elements(list));
    let mut places = list.unwrap_or_default().iter().map(|node| tree.head(*node));
    let (mut book, mut named) = (Vec::new(), Vec::new());
    for price in written {
        let place = places.next().unwrap_or_else(|| tree.head(root));
        match read_one(price) {
            Ok(price) => book.push(price),
            Err(why) => {
                findings.push(Finding::error(Code::BAD_STACK_FILE, why).at(place.clone()));
            }
        }
        named.push(of_kind(price, place));
    }
    (PriceBook(book), named)
}

fn of_kind(price: &StackPrice, place: Span) -> NamedKind {
    NamedKind { name: price.kind.clone(), setting: Setting::Price, place }
}

fn read_one(written: &StackPrice) -> Result<Price, String> {
    let field = |text: &str| {
        let path = text.parse::<FieldPath>();
        path.map_err(|error| format!("spec.prices names the field {:?}: {error}", escape(text)))
    };
    let having = written.having.iter().map(|(name, text)| Ok((field(name)?, text.clone())));
    Ok(Price {
        kind: written.kind.clone(),
        having: having.collect::<Result<_, String>>()?,
        hourly: Money::read(&(&written.hourly).into())
            .ok_or("spec.prices has a price that is no amount")?,
        times: written.times.as_deref().map(field).transpose()?,
    })
}
