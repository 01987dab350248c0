//! What shared storage costs (contract §2.4). The meaning of the published rate is in doubt, so
//! what it comes to for a terabyte is shown beside it (V-49).

use super::items;
use crate::{collections, volume};
use plumb_kind::Snapshot;
use plumb_model::text::ServerText;

/// Gigabytes in a terabyte.
const TERABYTE: u64 = 1_000;

/// The columns.
pub(super) const COLUMNS: &[&str] = &["Per GB hourly", "Per TB hourly", "Per TB monthly"];

/// The one row.
pub(super) fn rows(snapshot: &Snapshot) -> Option<Vec<Vec<ServerText>>> {
    items(snapshot, &collections::storage_rate().id)?;
    let row = volume::rate(snapshot).map(|rate| {
        let terabyte = rate * TERABYTE;
        let amounts = [rate, terabyte, terabyte.a_month()];
        amounts.iter().map(|amount| ServerText::new(&amount.to_string())).collect()
    });
    Some(row.into_iter().collect())
}
