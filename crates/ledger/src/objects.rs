//! The seam to a store that many machines share: the few operations that a ledger needs there. What
//! the objects hold is not known here.

use crate::reading::Reading;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What became of the creation of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is there now, and was not before.
    Made,
    /// Something is there already, or somebody else wrote meanwhile: nothing was made.
    Refused,
}

/// How the names of objects that are dropped may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// They can be created again: what must not be, stays.
    Free,
    /// Whoever did not see them dropped creates nothing.
    Fenced,
}

/// A flat place of objects, named without slashes, that other machines reach too. All of it blocks.
pub trait Objects: Debug + Send + Sync {
    /// What to call the place in messages: never a password.
    fn place(&self) -> String;

    /// The names of all objects.
    ///
    /// # Errors
    /// When the store cannot be asked.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Contents of objects, in the order of their names here.
    ///
    /// # Errors
    /// `NotFound` when one of them is not there, or what the store says.
    fn read(&self, names: &[String]) -> io::Result<Vec<Vec<u8>>>;

    /// Makes an object where none is. Of several who try at the same time one at most is told that
    /// it was made.
    ///
    /// # Errors
    /// When it is not known whether it was made, or the store does not answer.
    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<Creation>;

    /// Writes an object, whether it is there or not: for what saves waiting and decides nothing.
    ///
    /// # Errors
    /// What the store says.
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Drops objects; one that is not there is no error.
    ///
    /// # Errors
    /// What the store says; some may be gone.
    fn remove(&self, names: &[String]) -> io::Result<()>;

    /// Whether names of dropped objects can be created again by whoever did not see them go.
    fn dropped(&self) -> Dropped {
        Dropped::Free
    }

    /// How long a sign of life holds.
    fn promise(&self) -> Duration;

    /// Now, by the clock of this machine.
    fn now(&self) -> Timestamp;

    /// Lets time pass before another try.
    fn pause(&self, pause: Duration) {
        std::thread::sleep(pause);
    }

    /// Whether appends and signs of life have threads of their own.
    fn threads(&self) -> Threads {
        Threads::Own
    }

    /// Random bytes, from the operating system unless a test wants them to come from a seed.
    ///
    /// # Errors
    /// When the system has none.
    fn random(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(bytes)
    }
}

/// Who writes a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// Threads of the ledger's own: a store is far, and a disk may be slow.
    Own,
    /// Whoever appends, at once: tests decide what comes when.
    None,
}

/// The object that holds the last sign of life: the only one that is written over.
pub(crate) const HOLDER: &str = "holder";

/// What was fetched before and does not change: whoever waits for a ledger looks at it again and again.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<BTreeMap<String, Arc<[u8]>>>);

/// The objects of a store as they are found at one moment, those that a ledger reads fetched together.
#[derive(Debug)]
pub(crate) struct Shelf {
    objects: Arc<dyn Objects>,
    names: Vec<String>,
    fetched: BTreeMap<String, Arc<[u8]>>,
}

impl Shelf {
    /// Lists the store, and fetches what `wanted` names of that list and is not known from before.
    pub(crate) fn of(
        objects: &Arc<dyn Objects>,
        known: &Known,
        wanted: impl FnOnce(&[String]) -> Vec<String>,
    ) -> io::Result<Self> {
        let names = objects.list()?;
        let wanted = wanted(&names);
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|name, _| wanted.contains(name));
        let missing = wanted.into_iter().filter(|name| !known.contains_key(name));
        let missing: Vec<String> = missing.collect();
        let contents = objects.read(&missing)?;
        let mut fetched = known.clone();
        fetched.extend(missing.into_iter().zip(contents.into_iter().map(Arc::from)));
        known.clone_from(&fetched);
        // All that is ever written over.
        known.remove(HOLDER);
        Ok(Self { objects: objects.clone(), names, fetched })
    }
}

impl Reading for Shelf {
    fn called(&self) -> String {
        self.objects.place()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.names.clone())
    }

    fn stream(&self, name: &str) -> io::Result<Box<dyn Read + '_>> {
        if let Some(found) = self.fetched.get(name) {
            return Ok(Box::new(&**found));
        }
        if !self.names.iter().any(|known| known == name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut contents = self.objects.read(&[name.to_owned()])?;
        let content = contents.pop().ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(content)))
    }

    /// Who may read a store says the store.
    fn is_exposed(&self, _name: &str) -> io::Result<bool> {
        Ok(false)
    }
}
