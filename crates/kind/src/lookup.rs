//! What looking for something in what was read comes to, with every way of not knowing named.

use crate::collection::{Collection, Reading, Snapshot, first_of};
use crate::kind::CannotBuild;
use plumb_model::Body;
use plumb_model::finding::nearest;
use plumb_model::text::escape;

/// What looking for something came to. What is absent may be explained: by default with the name
/// that was perhaps meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T, A = Option<String>> {
    /// Not everything was read: nothing can be said.
    NotRead,
    /// It cannot be seen, with the reason.
    Hidden(String),
    /// It is not there.
    Absent(A),
    /// Here it is.
    Found(T),
}

impl<T, A> Lookup<T, A> {
    /// Goes on with what was found.
    pub fn and_then<U>(self, next: impl FnOnce(T) -> Lookup<U, A>) -> Lookup<U, A> {
        match self {
            Self::NotRead => Lookup::NotRead,
            Self::Hidden(why) => Lookup::Hidden(why),
            Self::Absent(how) => Lookup::Absent(how),
            Self::Found(found) => next(found),
        }
    }

    /// What was found, if it was.
    pub fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::NotRead | Self::Hidden(_) | Self::Absent(_) => None,
        }
    }
}

impl<'s, A> Lookup<&'s [Body], A> {
    /// A list, as it was read.
    #[must_use]
    pub fn list(snapshot: &'s Snapshot, collection: &Collection) -> Self {
        match snapshot.reading(&collection.id) {
            None => Self::NotRead,
            Some(Reading::Missing) => Self::Hidden("the server has no such list".to_owned()),
            Some(Reading::Unknown(why)) => Self::Hidden(why.to_string()),
            Some(Reading::Items(items)) => Self::Found(items),
        }
    }
}

impl<'s> Lookup<&'s Body> {
    /// The item of a list that has exactly this name, at the first of some JSON pointers that says one.
    #[must_use]
    pub fn item(
        snapshot: &'s Snapshot,
        collection: &Collection,
        pointers: &[&str],
        name: &str,
    ) -> Self {
        let called = |item: &'s Body| first_of(item, pointers).and_then(Body::as_str);
        Lookup::list(snapshot, collection).and_then(|items| {
            match items.iter().find(|item| called(item) == Some(name)) {
                Some(item) => Self::Found(item),
                None => {
                    Self::Absent(nearest(name, items.iter().filter_map(called)).map(str::to_owned))
                }
            }
        })
    }
}

impl<T> Lookup<T> {
    /// The id that was found; else the reason, as a person can act on it.
    ///
    /// # Errors
    /// When it was not found.
    pub fn or_reason(self, what: &str, name: &str) -> Result<T, CannotBuild> {
        let (message, help) = match self {
            Self::Found(found) => return Ok(found),
            Self::NotRead => (
                format!("the id of {what} {name:?} was not looked up"),
                "run again; the list was not read".to_owned(),
            ),
            Self::Hidden(why) => (
                format!("the id of {what} {name:?} cannot be looked up: {why}"),
                "check the key's permissions, or write the id in the manifest".to_owned(),
            ),
            Self::Absent(meant) => {
                (format!("there is no {what} {name:?}"), suggestion(meant, "check the name"))
            }
        };
        Err(CannotBuild { message, help })
    }
}

/// "Did you mean", or what else to do.
#[must_use]
pub fn suggestion(meant: Option<String>, otherwise: &str) -> String {
    meant
        .map_or_else(|| otherwise.to_owned(), |meant| format!("did you mean {:?}?", escape(&meant)))
}
