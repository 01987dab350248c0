//! What the cloud offers, as tables for people: presets, bare-metal locations, stock, prices. One
//! section a file.

mod locations;
mod presets;
mod storage;

#[cfg(test)]
mod tests;

use crate::collections;
use plumb_kind::{CollectionId, Reading, Section, Snapshot};
use plumb_model::text::ServerText;
use plumb_model::{Body, Money};

/// All sections, in the order they are shown.
pub(crate) fn sections() -> Vec<Section> {
    vec![
        Section {
            title: "Virtual machine presets",
            collections: vec![
                collections::stock_by_location(),
                collections::presets(),
                collections::locations(),
            ],
            columns: presets::COLUMNS,
            rows: presets::rows,
        },
        Section {
            title: "Bare-metal locations",
            collections: vec![collections::bare_metal_locations(), collections::locations()],
            columns: locations::COLUMNS,
            rows: locations::rows,
        },
        Section {
            title: "Shared storage",
            collections: vec![collections::storage_rate()],
            columns: storage::COLUMNS,
            rows: storage::rows,
        },
    ]
}

/// The items of a list: none where the server has no such list, `None` where it was not read.
fn items<'s>(snapshot: &'s Snapshot, id: &CollectionId) -> Option<&'s [Body]> {
    match snapshot.reading(id) {
        Some(Reading::Items(items)) => Some(items),
        Some(Reading::Missing) => Some(&[]),
        Some(Reading::Unknown(_)) | None => None,
    }
}

/// A text or number as it stands; nothing when it is neither.
fn text(value: Option<&Body>) -> ServerText {
    match value {
        Some(Body::Text(text)) => ServerText::new(text),
        Some(Body::Number(number)) => ServerText::new(&number.to_string()),
        _ => ServerText::default(),
    }
}

/// An amount of money, written as a string or a number.
fn price(value: Option<&Body>) -> ServerText {
    let amount = value.and_then(Money::read);
    amount.map(|amount| ServerText::new(&amount.to_string())).unwrap_or_default()
}
