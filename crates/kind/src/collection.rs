//! Collections: what is listed, how its pages look, and what listing came to.

use crate::request::Request;
use plumb_model::text::ServerText;
use plumb_model::{Body, KindId, Scope};
use std::collections::BTreeMap;

/// Names a collection inside a run; collections of one id are read once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(pub String);

/// What the total in an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Everything there is: a list that holds less is not complete, and one of several pages that
    /// holds as much is.
    Everything,
    /// That is not known: it may be the page.
    Something,
}

/// Where in an answer the items and the page's facts are. Each is a list of alternatives, since
/// the same call answers in more than one shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// JSON pointers to the array of items; an empty pointer is a bare array.
    pub items: &'static [&'static str],
    /// JSON pointers to the number of all items. A hint for reading ahead, never a reason to stop
    ///
    pub total: &'static [&'static str],
    /// What that number counts.
    pub counts: Counts,
    /// JSON pointers to the page size the server really used. None where a page shows as many items as it
    /// is asked for: where the next one begins is known then before the first is there.
    pub limit: &'static [&'static str],
}

/// How pages are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// One answer is all.
    None,
    /// The answer is no list but one item; the envelope says nothing.
    Single,
    /// `limit` and `offset` parameters.
    LimitOffset {
        /// The name of the page size parameter.
        limit: &'static str,
        /// The name of the offset parameter.
        offset: &'static str,
        /// The page size to ask for; the server may cap it.
        size: u32,
    },
    /// A text that leads from one page to the next, one after the other.
    Token {
        /// The name of the page size parameter, and the size to ask for, where there is one.
        limit: Option<(&'static str, u32)>,
        /// The name of the parameter that says where to go on.
        token: &'static str,
        /// Where that is said.
        next: Next,
    },
}

/// Where a page says how to go on after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// JSON pointers to a token in the answer; the last page has none.
    Answer(&'static [&'static str]),
    /// JSON pointers to a cursor in the page's last item; the last page has no items.
    LastItem(&'static [&'static str]),
}

impl Next {
    /// The text that leads on from a page; `None` when it was the last.
    #[must_use]
    pub fn after(self, answer: &Body, items: &[Body]) -> Option<String> {
        let found = match self {
            Self::Answer(pointers) => first_of(answer, pointers),
            Self::LastItem(pointers) => first_of(items.last()?, pointers),
        };
        let text = match found? {
            Body::Number(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        };
        (!text.is_empty()).then_some(text)
    }
}

/// Something to list.
#[derive(Clone, Debug, PartialEq)]
pub struct Collection {
    /// Its name in the run.
    pub id: CollectionId,
    /// The kind whose objects it lists; `None` for a lookup (groups, roles) that is no kind's.
    pub kind: Option<KindId>,
    /// The scope that is listed; objects in it may live deeper.
    pub scope: Scope,
    /// The request for the first page, without paging parameters.
    pub request: Request,
    /// How pages are asked for.
    pub paging: Paging,
    /// How answers look.
    pub envelope: Envelope,
    /// JSON pointers to an item's id or name, for finding an item that came twice.
    pub identity: &'static [&'static str],
    /// Other ways to all of the items, for a key that may not read this list; tried in turn, and
    /// only when the server refused the list itself.
    pub otherwise: Vec<Way>,
}

/// Another way to all items of a collection. Pages and items look as in the collection itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// These lists together have them.
    Together(Vec<Request>),
    /// Every item of `parents` has a list of its own, below its name.
    Inside {
        /// What is listed first.
        parents: Box<Collection>,
        /// A JSON pointer to a parent's name.
        name: &'static str,
        /// The last segment of the path of a parent's list.
        list: &'static str,
    },
}

/// What listing came to: the items as they were answered, or what was made of each.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading<T = Body> {
    /// All items, complete and without repeats.
    Items(Vec<T>),
    /// The collection does not exist: its parent does not.
    Missing,
    /// It could not be read completely.
    Unknown(ServerText),
}

/// Everything that was listed. Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq)]
pub struct Snapshot(pub BTreeMap<CollectionId, Reading>);

impl Snapshot {
    /// The items of a collection; `None` when it was not read, is missing or unknown.
    #[must_use]
    pub fn items(&self, id: &CollectionId) -> Option<&[Body]> {
        match self.0.get(id) {
            Some(Reading::Items(items)) => Some(items),
            Some(Reading::Missing | Reading::Unknown(_)) | None => None,
        }
    }

    /// What reading a collection came to.
    #[must_use]
    pub fn reading(&self, id: &CollectionId) -> Option<&Reading> {
        self.0.get(id)
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// The first of some JSON pointers that finds something.
#[must_use]
pub fn first_of<'v>(value: &'v Body, pointers: &[&str]) -> Option<&'v Body> {
    pointers.iter().find_map(|pointer| value.pointer(pointer)).filter(|found| !found.is_null())
}
