//! The fields of a mapping: sorted by name, shared, and small, since a fleet has millions of them.

use super::Body;
use crate::name::{self, Name};
use std::sync::Arc;

/// A mapping, in the order of its names. Clones share it until one is changed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Arc<[(Name, Body)]>);

/// What goes through the fields of a mapping.
type Entries<'f> =
    std::iter::Map<std::slice::Iter<'f, (Name, Body)>, fn(&(Name, Body)) -> (&Name, &Body)>;

impl Fields {
    /// No fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, by name.
    pub fn iter(&self) -> Entries<'_> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// The names.
    pub fn keys(&self) -> impl Iterator<Item = &Name> {
        self.0.iter().map(|(name, _)| name)
    }

    /// The values, by name.
    pub fn values(&self) -> impl Iterator<Item = &Body> {
        self.0.iter().map(|(_, value)| value)
    }

    /// The values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Body> {
        Arc::make_mut(&mut self.0).iter_mut().map(|(_, value)| value)
    }

    /// A field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Body> {
        let at = self.place(name)?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// A field, to change it.
    #[must_use]
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Body> {
        let at = self.place(name)?;
        Arc::make_mut(&mut self.0).get_mut(at).map(|(_, value)| value)
    }

    /// Whether there is a field.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Sets a field.
    pub fn insert(&mut self, name: impl AsRef<str>, value: Body) {
        if let Some(place) = self.get_mut(name.as_ref()) {
            *place = value;
            return;
        }
        self.extend([(name, value)]);
    }

    /// Takes a field away.
    pub fn remove(&mut self, name: &str) -> Option<Body> {
        let at = self.place(name)?;
        let mut fields = self.0.to_vec();
        let (_, value) = fields.remove(at);
        self.0 = fields.into();
        Some(value)
    }

    /// A field, to change it; null at first where there is none.
    pub fn or_insert(&mut self, name: &str) -> &mut Body {
        if !self.contains_key(name) {
            self.insert(name, Body::Null);
        }
        let at = self.place(name).unwrap_or_default();
        &mut Arc::make_mut(&mut self.0)[at].1
    }

    /// Where it is kept, which clones share.
    pub(super) fn place_in_memory(&self) -> *const (Name, Body) {
        self.0.as_ptr()
    }

    fn place(&self, name: &str) -> Option<usize> {
        /// Among so many, what is as long is soon found.
        const FEW: usize = 8;
        if self.0.len() <= FEW {
            return self.0.iter().position(|(other, _)| **other == *name);
        }
        self.0.binary_search_by(|(other, _)| (**other).cmp(name)).ok()
    }
}

impl From<Vec<(Name, Body)>> for Fields {
    /// Of two of one name the later stays, as in JSON.
    fn from(mut fields: Vec<(Name, Body)>) -> Self {
        sort(&mut fields);
        Self(fields.into())
    }
}

/// Brings fields into the order of their names; of two of one name the later stays.
pub(super) fn sort(fields: &mut Vec<(Name, Body)>) {
    // What is read was mostly written in order.
    if !fields.is_sorted_by(|(one, _), (other, _)| one < other) {
        fields.reverse();
        // Sorting keeps the order of equals.
        fields.sort_by(|(one, _), (other, _)| one.cmp(other));
        fields.dedup_by(|(earlier, _), (later, _)| earlier == later);
    }
}

impl<N: AsRef<str>> Extend<(N, Body)> for Fields {
    fn extend<I: IntoIterator<Item = (N, Body)>>(&mut self, added: I) {
        let mut fields = self.0.to_vec();
        let added = added.into_iter();
        fields.extend(added.map(|(name, value)| (name::name(name.as_ref()), value)));
        *self = fields.into();
    }
}

impl<N: AsRef<str>> FromIterator<(N, Body)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, Body)>>(fields: I) -> Self {
        let mut all = Self::new();
        all.extend(fields);
        all
    }
}

impl IntoIterator for Fields {
    type Item = (Name, Body);
    type IntoIter = std::vec::IntoIter<(Name, Body)>;

    #[expect(clippy::unnecessary_to_owned, reason = "the iterator has to have a name")]
    fn into_iter(self) -> Self::IntoIter {
        self.0.to_vec().into_iter()
    }
}

impl<'f> IntoIterator for &'f Fields {
    type Item = (&'f Name, &'f Body);
    type IntoIter = Entries<'f>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
