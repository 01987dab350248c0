//! Maps that are made at once, and then asked for one key after the other.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Entries in the order of their keys. Looking one up begins where the last one was found, so that whoever
/// asks for all of them in their order searches for none. What grows one by one, in any order, is better
/// kept in a `BTreeMap`: each entry that comes between others moves those behind it.
pub struct Sorted<K, V> {
    entries: Vec<(K, V)>,
    /// Where the last one was found. Only a hint: whatever it says, the same is found.
    last: AtomicUsize,
}

impl<K: Ord, V> Sorted<K, V> {
    /// The map of these entries. Of two with the same key the first stays; `meet` sees what else there is.
    pub fn of(
        entries: impl IntoIterator<Item = (K, V)>,
        mut meet: impl FnMut(&K, &mut V, V),
    ) -> Self {
        let mut unsorted: Vec<(K, V)> = entries.into_iter().collect();
        if unsorted.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Self { entries: unsorted, last: AtomicUsize::default() };
        }
        unsorted.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut entries: Vec<(K, V)> = Vec::with_capacity(unsorted.len());
        for (key, value) in unsorted {
            match entries.last_mut() {
                Some((same, first)) if *same == key => meet(same, first, value),
                _ => entries.push((key, value)),
            }
        }
        Self { entries, last: AtomicUsize::default() }
    }

    /// Where an entry is, or would be.
    fn find(&self, key: &K) -> Result<usize, usize> {
        let last = self.last.load(Relaxed);
        let is_here = |at: &usize| self.entries.get(*at).is_some_and(|(it, _)| it == key);
        if is_here(&last) {
            return Ok(last);
        }
        let next = Some(last.saturating_add(1)).filter(is_here);
        let found = next.map_or_else(|| self.entries.binary_search_by(|(it, _)| it.cmp(key)), Ok);
        if let Ok(at) = found {
            self.last.store(at, Relaxed);
        }
        found
    }

    /// A key and its value.
    pub fn get_key_value(&self, key: &K) -> Option<(&K, &V)> {
        self.entries.get(self.find(key).ok()?).map(|(key, value)| (key, value))
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.find(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Whether there is a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// Sets the value of a key, and gives the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let behind_all = self.entries.last().is_none_or(|(last, _)| *last < key);
        let at = if behind_all { Err(self.entries.len()) } else { self.find(&key) };
        match at {
            Ok(at) => self.entries.get_mut(at).map(|(_, it)| std::mem::replace(it, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.find(key).ok().map(|at| self.entries.remove(at).1)
    }

    /// The entries from a key on, which need not be one of them.
    pub fn from_key<'s>(
        &'s self,
        first: &K,
    ) -> impl DoubleEndedIterator<Item = (&'s K, &'s V)> + use<'s, K, V> {
        let first = self.entries.partition_point(|(key, _)| key < first);
        self.entries.iter().skip(first).map(|(key, value)| (key, value))
    }
}

impl<K, V> Sorted<K, V> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All entries.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + DoubleEndedIterator + Clone {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// All keys.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> + DoubleEndedIterator + Clone {
        self.entries.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> + DoubleEndedIterator + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }
}

/// Of two entries with the same key the later one stays.
impl<K: Ord, V> FromIterator<(K, V)> for Sorted<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::of(entries, |_, first, second| *first = second)
    }
}

impl<K: Ord, V> Extend<(K, V)> for Sorted<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, more: I) {
        *self = std::mem::take(&mut self.entries).into_iter().chain(more).collect();
    }
}

impl<K, V> IntoIterator for Sorted<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), last: AtomicUsize::default() }
    }
}

impl<K: Clone, V: Clone> Clone for Sorted<K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), last: AtomicUsize::default() }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Sorted<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Sorted<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Sorted;
    use std::collections::BTreeMap;

    /// Numbers that jump about, each seed in its own way.
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        let next = |it: &u64| Some(it.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99));
        std::iter::successors(Some(seed), next).map(|it| it >> 59)
    }

    #[test]
    fn it_holds_what_a_tree_holds_in_whatever_order_it_is_asked() {
        for seed in 0..200 {
            let (mut tree, mut sorted) = (BTreeMap::new(), Sorted::default());
            let mut more = numbers(seed);
            for (at, key) in more.by_ref().take(60).enumerate() {
                match key % 4 {
                    0 => assert_eq!(tree.remove(&(key / 2)), sorted.remove(&(key / 2))),
                    _ => assert_eq!(tree.insert(key, at), sorted.insert(key, at)),
                }
                if let Some(value) = sorted.get_mut(&(at as u64)) {
                    *value += 100;
                    *tree.get_mut(&(at as u64)).unwrap() += 100;
                }
            }
            for key in more.take(60).chain(0..40) {
                assert_eq!(tree.get(&key), sorted.get(&key), "{seed}: {key}");
                assert_eq!(tree.contains_key(&key), sorted.contains_key(&key));
                let from: Vec<_> = sorted.from_key(&key).collect();
                assert_eq!(tree.range(&key..).collect::<Vec<_>>(), from, "{seed}: {key}");
            }
            let more: Vec<(u64, usize)> = numbers(seed + 7).zip(0..).take(30).collect();
            tree.extend(more.clone());
            sorted.extend(more);
            assert!(sorted.iter().eq(tree.iter()), "{seed}");
            assert!(sorted.into_iter().eq(tree), "{seed}");
        }
    }

    #[test]
    fn of_two_with_the_same_key_both_are_seen() {
        let entries = [("b", 1), ("a", 2), ("b", 3), ("b", 4)];
        let together = Sorted::of(entries, |_, sum, more| *sum += more);
        assert_eq!(together.into_iter().collect::<Vec<_>>(), [("a", 2), ("b", 8)]);
        let later: Sorted<_, _> = entries.into_iter().collect();
        assert_eq!(later.into_iter().collect::<Vec<_>>(), [("a", 2), ("b", 4)]);
    }
}
