//! What is asked again and again about the same thing, one resource after the other.

use std::cell::RefCell;

/// What was worked out last, and what it is about: the resources of a fleet differ in a name and in
/// little else, so that most of what follows from one follows from the next one too.
#[derive(Debug)]
pub struct Last<A, T>(RefCell<Option<(A, T)>>);

impl<A, T> Default for Last<A, T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<A: PartialEq, T: Clone> Last<A, T> {
    /// What follows from something: worked out, unless it was asked for the last time too.
    pub fn of(&self, about: A, work_out: impl FnOnce() -> T) -> T {
        let known = self.0.borrow().as_ref().and_then(|(last, known)| {
            let is_same = *last == about;
            is_same.then(|| known.clone())
        });
        known.unwrap_or_else(|| {
            let made = work_out();
            *self.0.borrow_mut() = Some((about, made.clone()));
            made
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Last;

    #[test]
    fn what_was_asked_for_the_last_time_is_not_worked_out_again() {
        let (last, mut times) = (Last::default(), 0);
        let mut ask = |about: &str| {
            last.of(about.to_owned(), || {
                times += 1;
                format!("{about}{times}")
            })
        };
        let asked = ["a", "a", "b", "a"].map(&mut ask);
        assert_eq!(asked, ["a1", "a1", "b2", "a3"]);
    }
}
