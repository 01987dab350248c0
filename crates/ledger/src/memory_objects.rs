//! A shared store in memory, for tests: every operation is a step that can go wrong as a store on a network
//! goes wrong. Several runs hold handles on the same store.

use crate::objects::{Creation, Objects, Threads};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreTrouble {
    /// It is done, and the answer is lost.
    AnswerLost,
    /// The store says that it cannot, and does nothing.
    Unavailable,
    /// This and the next few are put off.
    Throttled,
    /// A creation is refused although nothing is there.
    Refused,
    /// This and everything later of this handle fails: the network between is cut.
    Cut,
    /// This and everything later of this handle fails; and this one is done.
    CutAfter,
}

/// How long a sign of life holds.
const PROMISE: Duration = Duration::from_mins(1);

/// So many steps are put off when one is.
const PUT_OFF: u64 = 3;

/// A store in memory. Clones are handles on the same store with the same troubles;
/// [`MemoryObjects::elsewhere`] is another machine's.
#[derive(Clone)]
pub struct MemoryObjects {
    store: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    way: Arc<Mutex<Way>>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// One machine's way to the store.
#[derive(Debug, Default)]
struct Way {
    steps: u64,
    troubles: BTreeMap<u64, StoreTrouble>,
    cut: bool,
    random: u64,
}

impl fmt::Debug for MemoryObjects {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MemoryObjects").field("way", &self.way).finish_non_exhaustive()
    }
}

impl MemoryObjects {
    /// An empty store, whose times a clock tells and whose random bytes come from a seed.
    #[must_use]
    pub fn new(seed: u64, clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        let way = Way { random: seed, ..Way::default() };
        Self { store: Arc::default(), way: Arc::new(Mutex::new(way)), clock }
    }

    /// The same store as another machine reaches it.
    #[must_use]
    pub fn elsewhere(&self, seed: u64) -> Self {
        let way = Way { random: seed, ..Way::default() };
        Self { way: Arc::new(Mutex::new(way)), ..self.clone() }
    }

    /// Another store with the same in it.
    #[must_use]
    pub fn copy(&self, seed: u64) -> Self {
        Self { store: Arc::new(Mutex::new(guard(&self.store).clone())), ..self.elsewhere(seed) }
    }

    /// Makes something go wrong at a step of this handle, counted from 1 over its life.
    pub fn trouble_at(&self, step: u64, trouble: StoreTrouble) {
        guard(&self.way).troubles.insert(step, trouble);
    }

    /// How many steps there were over this handle.
    #[must_use]
    pub fn steps(&self) -> u64 {
        guard(&self.way).steps
    }

    /// The names of what is there.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        guard(&self.store).keys().cloned().collect()
    }

    /// Puts something else where an object is: damage.
    pub fn overwrite(&self, name: &str, bytes: Vec<u8>) {
        guard(&self.store).insert(name.to_owned(), bytes);
    }

    /// Takes an object away: a loss.
    pub fn lose(&self, name: &str) {
        guard(&self.store).remove(name);
    }

    /// What an object holds.
    #[must_use]
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        guard(&self.store).get(name).cloned()
    }

    fn step(&self) -> Result<Option<StoreTrouble>, io::Error> {
        let mut way = guard(&self.way);
        way.steps += 1;
        if way.cut {
            return Err(failed("the network is cut"));
        }
        let step = way.steps;
        match way.troubles.get(&step).copied() {
            Some(StoreTrouble::Cut) => {
                way.cut = true;
                Err(failed("the network is cut"))
            }
            Some(StoreTrouble::CutAfter) => {
                way.cut = true;
                Ok(Some(StoreTrouble::AnswerLost))
            }
            Some(StoreTrouble::Unavailable) => Err(failed("503 Service Unavailable")),
            Some(StoreTrouble::Throttled) => {
                for later in step + 1..step + PUT_OFF {
                    way.troubles.insert(later, StoreTrouble::Unavailable);
                }
                Err(failed("429 Too Many Requests"))
            }
            other => Ok(other),
        }
    }

    fn ended<T>(trouble: Option<StoreTrouble>, answer: T) -> io::Result<T> {
        match trouble {
            Some(StoreTrouble::AnswerLost) => Err(failed("the connection was reset")),
            _ => Ok(answer),
        }
    }
}

impl Objects for MemoryObjects {
    fn place(&self) -> String {
        "memory://store".to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let trouble = self.step()?;
        Self::ended(trouble, self.names().into_iter().collect())
    }

    fn read(&self, names: &[String]) -> io::Result<Vec<Vec<u8>>> {
        let trouble = self.step()?;
        let store = guard(&self.store);
        let found: Option<Vec<Vec<u8>>> =
            names.iter().map(|name| store.get(name).cloned()).collect();
        Self::ended(trouble, found.ok_or(io::ErrorKind::NotFound)?)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<Creation> {
        let trouble = self.step()?;
        let mut store = guard(&self.store);
        if store.contains_key(name) || trouble == Some(StoreTrouble::Refused) {
            return Ok(Creation::Refused);
        }
        store.insert(name.to_owned(), bytes.to_vec());
        Self::ended(trouble, Creation::Made)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let trouble = self.step()?;
        guard(&self.store).insert(name.to_owned(), bytes.to_vec());
        Self::ended(trouble, ())
    }

    fn remove(&self, names: &[String]) -> io::Result<()> {
        let trouble = self.step()?;
        let mut store = guard(&self.store);
        for name in names {
            store.remove(name);
        }
        Self::ended(trouble, ())
    }

    fn promise(&self) -> Duration {
        PROMISE
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn pause(&self, _pause: Duration) {}

    fn threads(&self) -> Threads {
        Threads::None
    }

    fn random(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut way = guard(&self.way);
        Ok((0..count)
            .map(|_| {
                way.random = way.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                way.random.to_be_bytes().first().copied().unwrap_or_default()
            })
            .collect())
    }
}

fn failed(what: &'static str) -> io::Error {
    io::Error::other(what)
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
