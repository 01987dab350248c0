//! A store of a shared ledger as far away as one in the same region: each request takes its time, and is counted.

use jiff::Timestamp;
use plumb_engine::{Clock as _, SystemClock};
use plumb_ledger::objects::{Creation, Dropped};
use plumb_ledger::{MemoryObjects, Objects};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What a request to the store takes, in milliseconds.
pub(crate) const STORE_MILLISECONDS: u64 = 20;

/// How many objects are read at the same time.
const READS: usize = 8;

/// A store behind a network.
#[derive(Clone, Debug)]
pub(crate) struct Distant(MemoryObjects);

impl Distant {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(MemoryObjects::new(1, Arc::new(|| SystemClock.now())))
    }

    /// How many requests were sent to it.
    pub(crate) fn requests(&self) -> u64 {
        self.0.steps()
    }

    fn travel() {
        std::thread::sleep(Duration::from_millis(STORE_MILLISECONDS));
    }
}

impl Objects for Distant {
    fn place(&self) -> String {
        self.0.place()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Self::travel();
        self.0.list()
    }

    fn read(&self, names: &[String]) -> io::Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for together in names.chunks(READS) {
            Self::travel();
            for name in together {
                found.extend(self.0.read(std::slice::from_ref(name))?);
            }
        }
        Ok(found)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<Creation> {
        Self::travel();
        self.0.create(name, bytes)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        Self::travel();
        self.0.put(name, bytes)
    }

    fn remove(&self, names: &[String]) -> io::Result<()> {
        Self::travel();
        self.0.remove(names)
    }

    fn dropped(&self) -> Dropped {
        self.0.dropped()
    }

    fn promise(&self) -> Duration {
        self.0.promise()
    }

    fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}
