//! What stands around declared resources when they are judged, one after the other.

use crate::collection::Snapshot;
use plumb_model::{Desired, Live};
use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// What was worked out, by its type, and by what it is about.
type Known = RefCell<BTreeMap<TypeId, BTreeMap<String, Rc<dyn Any>>>>;

/// What was listed, and what follows from it alone.
pub struct LookedUp<'a> {
    /// What was listed, for lookups of names.
    pub snapshot: &'a Snapshot,
    known: Known,
}

impl<'a> LookedUp<'a> {
    /// Lists of which nothing is worked out yet.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, known: Known::default() }
    }

    /// What follows from the lists alone, worked out for the first that asks: of a fleet all ask for the
    /// same. `about` names it among others of its type.
    pub fn once<T: Any>(&self, about: &str, work_out: impl FnOnce() -> T) -> Rc<T> {
        let of_type = TypeId::of::<T>();
        let known = self.known.borrow().get(&of_type).and_then(|known| known.get(about)).cloned();
        if let Some(Ok(known)) = known.map(Rc::downcast) {
            return known;
        }
        // Working it out may ask for other things.
        let made = Rc::new(work_out());
        let mut known = self.known.borrow_mut();
        known.entry(of_type).or_default().insert(about.to_owned(), Rc::<T>::clone(&made));
        made
    }
}

/// What stands around a declared resource when it is judged.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Everything that is declared with it.
    pub desired: &'a Desired,
    /// What is live, of all keys.
    pub live: &'a Live,
    /// What was listed, for lookups of names.
    pub snapshot: &'a Snapshot,
    /// The same, with what follows from it.
    pub looked_up: LookedUp<'a>,
}

impl<'a> Surroundings<'a> {
    /// These, of which nothing is worked out yet.
    #[must_use]
    pub fn new(desired: &'a Desired, live: &'a Live, snapshot: &'a Snapshot) -> Self {
        Self { desired, live, snapshot, looked_up: LookedUp::new(snapshot) }
    }

    /// What follows from all surroundings, worked out once; see [`LookedUp::once`].
    pub fn once<T: Any>(&self, about: &str, work_out: impl FnOnce() -> T) -> Rc<T> {
        self.looked_up.once(about, work_out)
    }
}

impl fmt::Debug for LookedUp<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("LookedUp").field(self.snapshot).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn what_is_asked_for_twice_is_worked_out_once() {
        let (desired, live, snapshot) = (Desired::default(), Live::default(), Snapshot::default());
        let around = Surroundings::new(&desired, &live, &snapshot);
        let times = Cell::new(0);
        let ask = |about: &str| {
            around.once(about, || {
                times.set(times.get() + 1);
                // Another type of the same name is another thing.
                around.once(about, || about.to_owned()).len()
            })
        };
        assert_eq!([*ask("one"), *ask("three"), *ask("one")], [3, 5, 3]);
        assert_eq!((times.get(), &**around.once("one", String::new)), (2, "one"));
    }
}
