//! Finding a place in a body: by name, JSON pointer, path or pattern.

use super::{Body, Fields, Name};
use crate::path::{FieldPath, Matcher, PathPattern, Segment};
use std::borrow::Cow;
use std::ops::{Index, IndexMut};

/// The text by which an element of a keyed list is known. A secret is no such text.
#[must_use]
pub fn element_key<'b>(element: &'b Body, by: &str) -> Option<&'b str> {
    element.get(by)?.as_str()
}

impl Body {
    /// A field of a mapping.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.get(name)
    }

    /// A field of a mapping, to change it.
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.as_object_mut()?.get_mut(name)
    }

    /// An element of a list, by its position from 0.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<&Self> {
        self.as_array()?.get(position)
    }

    /// An element of a list, to change it.
    #[must_use]
    pub fn at_mut(&mut self, position: usize) -> Option<&mut Self> {
        self.as_array_mut()?.get_mut(position)
    }

    /// What one step leads to.
    #[must_use]
    pub fn step(&self, segment: &Segment) -> Option<&Self> {
        match segment {
            Segment::Key(name) => self.get(name),
            Segment::Index(position) => self.at(*position),
            Segment::Item { by, is } => self.at(self.position(by, is)?),
        }
    }

    /// The value at a JSON pointer, `/spec/variables/0`.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        steps_of(pointer)?.try_fold(self, |value, step| match value {
            Self::List(_) => value.at(step.parse().ok()?),
            _ => value.get(&step),
        })
    }

    /// The value at a JSON pointer, to change it.
    #[must_use]
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        self.pointer(pointer)?;
        steps_of(pointer)?.try_fold(self, |value, step| match value {
            Self::List(_) => value.at_mut(step.parse().ok()?),
            _ => value.get_mut(&step),
        })
    }

    /// The value at a path.
    #[must_use]
    pub fn find(&self, path: &FieldPath) -> Option<&Self> {
        path.segments().iter().try_fold(self, |value, segment| value.step(segment))
    }

    /// The value at a path, to change it. Nothing is copied where there is none.
    #[must_use]
    pub fn find_mut(&mut self, path: &FieldPath) -> Option<&mut Self> {
        self.find(path)?;
        path.segments().iter().try_fold(self, |value, segment| match segment {
            Segment::Key(name) => value.get_mut(name),
            Segment::Index(position) => value.at_mut(*position),
            Segment::Item { by, is } => value.at_mut(value.position(by, is)?),
        })
    }

    /// The same body with another value at a path; as it was where there is no such place.
    #[must_use]
    pub fn with(mut self, path: &FieldPath, value: Self) -> Self {
        if let Some(place) = self.find_mut(path) {
            *place = value;
        }
        self
    }

    /// Every place a pattern matches, with what stands there: elements of lists by position where
    /// the pattern takes any, by key where it names one.
    #[must_use]
    pub fn places(&self, pattern: &PathPattern) -> Vec<(FieldPath, &Self)> {
        let mut places = vec![(FieldPath::root(), self)];
        for matcher in pattern.matchers() {
            let mut next = Vec::new();
            for (path, value) in places {
                let below = value.below(matcher).into_iter();
                next.extend(below.map(|(segment, inner)| (path.then(segment), inner)));
            }
            places = next;
        }
        places
    }

    /// Whether a pattern matches any place.
    #[must_use]
    pub fn has_place(&self, pattern: &PathPattern) -> bool {
        self.has_place_below(pattern.matchers())
    }

    fn has_place_below(&self, matchers: &[Matcher]) -> bool {
        let Some((first, rest)) = matchers.split_first() else { return true };
        let goes_on = |inner: &Self| inner.has_place_below(rest);
        match (first, self) {
            (Matcher::Exactly(segment), _) => self.step(segment).is_some_and(goes_on),
            (Matcher::AnyKey, Self::Fields(fields)) => fields.values().any(goes_on),
            (Matcher::AnyElement, Self::List(items)) => items.iter().any(goes_on),
            (Matcher::AnyKey | Matcher::AnyElement | Matcher::Wrong(_), _) => false,
        }
    }

    fn below(&self, matcher: &Matcher) -> Vec<(Segment, &Self)> {
        match (matcher, self) {
            (Matcher::Exactly(segment), _) => {
                self.step(segment).map(|inner| (segment.clone(), inner)).into_iter().collect()
            }
            (Matcher::AnyKey, Self::Fields(fields)) => fields
                .iter()
                .map(|(name, inner)| (Segment::Key(Name::clone(name)), inner))
                .collect(),
            (Matcher::AnyElement, Self::List(items)) => {
                let numbered = items.iter().enumerate();
                numbered.map(|(at, inner)| (Segment::Index(at), inner)).collect()
            }
            (Matcher::AnyKey | Matcher::AnyElement | Matcher::Wrong(_), _) => Vec::new(),
        }
    }

    fn position(&self, by: &str, is: &str) -> Option<usize> {
        self.as_array()?.iter().position(|element| element_key(element, by) == Some(is))
    }
}

impl Index<&str> for Body {
    type Output = Self;

    /// A field of a mapping; null where there is none.
    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&Self::Null)
    }
}

impl IndexMut<&str> for Body {
    /// A field of a mapping, made where there is none; what is no mapping becomes one.
    fn index_mut(&mut self, name: &str) -> &mut Self {
        if !self.is_object() {
            *self = Self::Fields(Fields::new());
        }
        match self {
            Self::Fields(fields) => fields.or_insert(name),
            other => other,
        }
    }
}

impl Index<usize> for Body {
    type Output = Self;

    /// An element of a list; null where there is none.
    fn index(&self, position: usize) -> &Self {
        self.at(position).unwrap_or(&Self::Null)
    }
}

/// The steps of a JSON pointer (RFC 6901).
fn steps_of(pointer: &str) -> Option<impl Iterator<Item = Cow<'_, str>>> {
    let mut rest = if pointer.is_empty() { None } else { Some(pointer.strip_prefix('/')?) };
    // Pointers are short: what is made for long texts takes longer.
    let at = |text: &str, byte| text.bytes().position(|it| it == byte);
    Some(std::iter::from_fn(move || {
        let all = rest?;
        let (step, next) = at(all, b'/').map_or((all, ""), |slash| all.split_at(slash));
        rest = next.strip_prefix('/');
        let is_escaped = at(step, b'~').is_some();
        Some(if is_escaped {
            step.replace("~1", "/").replace("~0", "~").into()
        } else {
            step.into()
        })
    }))
}
