//! The log of requests to the clouds: what was asked, what was answered, what came of it.
//!
//! Kept in memory only and bounded; secrets of headers never enter it.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

/// Records kept; the oldest are forgotten first.
const CAPACITY: usize = 100_000;

/// What the client got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// A whole answer.
    Answered,
    /// Nothing; the connection was closed.
    Dropped,
    /// A part of an answer.
    Truncated,
}

/// One request to a cloud.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Counts calls to clouds from 1.
    pub number: u64,
    /// The `X-Request-Id` of the answer.
    pub id: String,
    /// Real time since the world began.
    pub real: Duration,
    /// Virtual time.
    pub at: Timestamp,
    /// The name of the cloud, when the path belongs to one.
    pub cloud: Option<String>,
    /// The id of the operation, when the route is known.
    pub operation: Option<String>,
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent.
    pub query: String,
    /// The names of the headers as sent, lower case, in order.
    pub header_names: Vec<String>,
    /// The body, when it is JSON.
    pub body: Option<Value>,
    /// The id of the key, or empty.
    pub actor: String,
    /// The status answered; 0 when nothing was.
    pub status: u16,
    /// What the client got of it.
    pub delivery: Delivery,
    /// The name of the fault rule that fired.
    pub fault: Option<String>,
    /// The effects the request had, including those of a duplicate delivery.
    pub effects: Vec<u64>,
}

/// The requests of a world, oldest first.
#[derive(Debug, Clone, Default)]
pub struct RequestLog {
    records: VecDeque<RequestRecord>,
}

impl RequestLog {
    /// Every record kept, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &RequestRecord> {
        self.records.iter()
    }

    /// The records with a greater number than this one; 0 gives all.
    pub fn since(&self, number: u64) -> impl Iterator<Item = &RequestRecord> {
        let start = self.records.partition_point(|record| record.number <= number);
        self.records.iter().skip(start)
    }

    /// Whether only GETs arrived after the record of this number.
    #[must_use]
    pub fn is_get_only(&self, since: u64) -> bool {
        self.since(since).all(|record| record.method == "GET")
    }

    /// The number of the last record; 0 when there is none.
    #[must_use]
    pub fn last_number(&self) -> u64 {
        self.records.back().map_or(0, |record| record.number)
    }

    pub(crate) fn push(&mut self, record: RequestRecord) {
        if self.records.len() == CAPACITY {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }
}
