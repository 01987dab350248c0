//! What the four families of objects have in common: identity, tags, age, and how long lists lag
//! behind the truth. A [`Table`] holds one family.
//!
//! What an object is made of is in `holdings`, in which table it stands in `state`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::knobs::{Lag, ListOrder};
use plumb_sandbox::ids;
use plumb_sandbox::time::Timestamp;

/// What the names of this cloud's objects begin with.
pub const PREFIX: &str = "voltage-park/";

/// A family of objects, named as in paths and object names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    Machines,
    Rentals,
    Volumes,
    Keys,
}

/// What every object has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// A UUID of version 4, canonical.
    pub id: String,
    /// The organization it belongs to.
    pub organization: String,
    /// The name; unique only where the API makes it so.
    pub name: String,
    /// The tags, always empty for volumes and keys.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The id of the key that asked for it.
    pub created_by: String,
    /// Counts every object of the cloud from 1, by age.
    pub sequence: u64,
    /// Who put each tag there.
    pub(crate) tag_writers: BTreeMap<String, String>,
    pub(crate) listed_from: Moment,
    /// Set when it is gone and something still shows it.
    pub(crate) gone: Option<Gone>,
}

/// A moment of a lagging list: both must have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    at: Timestamp,
    list_calls: u64,
}

/// What still shows an object that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Gone {
    /// Lists, for a while.
    ListedUntil(Moment),
    /// Everything, as `Terminated`.
    Lingering,
}

/// An old state that reads still show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stale<S> {
    reads: u64,
    pub(crate) state: S,
}

/// An object of one of the families.
pub trait Kept {
    const FAMILY: Family;

    fn record(&self) -> &Record;

    fn record_mut(&mut self) -> &mut Record;

    /// A read less that shows an old state; whether there was one.
    fn forget_one_stale_read(&mut self) -> bool {
        false
    }
}

/// The objects of one family, by age.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "StoredTable<T>", into = "StoredTable<T>")]
#[serde(bound(
    serialize = "T: Kept + Clone + Serialize",
    deserialize = "T: Kept + Deserialize<'de>"
))]
pub struct Table<T> {
    rows: BTreeMap<u64, T>,
    by_id: BTreeMap<String, u64>,
    /// Lists of the family so far, counted while lists lag by them.
    list_calls: u64,
    /// The last list, while nothing makes another one of it: the pages of one need not go through all
    /// objects again.
    settled: Option<Settled>,
}

/// What a list shows until an object changes.
#[derive(Debug, Clone)]
struct Settled {
    organization: String,
    order: ListOrder,
    sequences: Arc<[u64]>,
}

#[derive(Serialize, Deserialize)]
struct StoredTable<T> {
    rows: Vec<T>,
    list_calls: u64,
}

impl Family {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Family::Machines => "virtual-machines",
            Family::Rentals => "bare-metal",
            Family::Volumes => "storage",
            Family::Keys => "ssh-keys",
        }
    }

    /// The name of an object in ledgers and edits.
    pub(crate) fn object_name(self, id: &str) -> String {
        format!("{PREFIX}{}/{id}", self.as_str())
    }

    /// A lag as it holds for this family.
    pub(crate) fn lag(self, lag: Lag) -> Lag {
        match self {
            Family::Machines | Family::Rentals => lag,
            Family::Volumes | Family::Keys if lag.everywhere => lag,
            Family::Volumes | Family::Keys => Lag::default(),
        }
    }
}

impl<S> Stale<S> {
    /// What so many reads still show; none where they are none.
    pub(crate) fn during(reads: u64, state: S) -> Option<Self> {
        (reads > 0).then_some(Stale { reads, state })
    }

    /// A read less; whether there was one.
    pub(crate) fn forget_one(stale: &mut Option<Self>) -> bool {
        let Some(left) = stale else { return false };
        left.reads = left.reads.saturating_sub(1);
        if left.reads == 0 {
            *stale = None;
        }
        true
    }
}

impl Moment {
    pub(crate) fn after(now: Timestamp, list_calls: u64, lag: Lag) -> Self {
        Moment {
            at: now.after(std::time::Duration::from_secs(lag.seconds)),
            list_calls: list_calls.saturating_add(lag.list_calls),
        }
    }

    fn has_passed(self, now: Timestamp, list_calls: u64) -> bool {
        now >= self.at && list_calls >= self.list_calls
    }
}

impl<T: Kept> Table<T> {
    pub(crate) fn insert(&mut self, object: T) {
        self.settled = None;
        let record = object.record();
        self.by_id.insert(record.id.clone(), record.sequence);
        self.rows.insert(record.sequence, object);
    }

    /// The object of this id, unless it is gone.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.by_id.get(id).and_then(|it| self.rows.get(it)).filter(|it| it.record().gone.is_none())
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.settled = None;
        let found = self.by_id.get(id).and_then(|it| self.rows.get_mut(it));
        found.filter(|it| it.record().gone.is_none())
    }

    /// The object of this id as its organization reads it: one that lingers, too.
    pub(crate) fn shown(&self, organization: &str, id: &str) -> Option<&T> {
        let found = self.by_id.get(id).and_then(|it| self.rows.get(it));
        found.filter(|it| {
            let record = it.record();
            record.organization == organization
                && matches!(record.gone, None | Some(Gone::Lingering))
        })
    }

    /// Whether an organization has an object of this id that is not gone.
    pub(crate) fn has(&self, organization: &str, id: &str) -> bool {
        self.get(id).is_some_and(|it| it.record().organization == organization)
    }

    /// Every object that is not gone, oldest first.
    #[must_use]
    pub fn live(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values().filter(|it| it.record().gone.is_none())
    }

    /// The live objects of an organization, oldest first.
    pub(crate) fn of(&self, organization: &str) -> impl DoubleEndedIterator<Item = &T> {
        self.live().filter(move |it| it.record().organization == organization)
    }

    /// What a list shows, in order: the sequences of the objects.
    pub(crate) fn listed(
        &mut self,
        organization: &str,
        now: Timestamp,
        order: ListOrder,
    ) -> Arc<[u64]> {
        let is_same = |it: &&Settled| it.organization == organization && it.order == order;
        if let Some(settled) = self.settled.as_ref().filter(is_same) {
            return Arc::clone(&settled.sequences);
        }
        let mut is_settled = true;
        let mut shown: Vec<&Record> = Vec::new();
        for record in self.rows.values().map(Kept::record) {
            is_settled &= record.is_settled(now, self.list_calls);
            if record.organization == organization && record.is_listed(now, self.list_calls) {
                shown.push(record);
            }
        }
        match order {
            ListOrder::NewestFirst => shown.reverse(),
            ListOrder::OldestFirst => {}
            ListOrder::Random => shown.sort_by_cached_key(|it| ids::hash(0, &it.id)),
        }
        let sequences: Arc<[u64]> = shown.into_iter().map(|it| it.sequence).collect();
        self.settled = is_settled.then(|| Settled {
            organization: organization.to_owned(),
            order,
            sequences: Arc::clone(&sequences),
        });
        sequences
    }

    /// An object that a list shows.
    pub(crate) fn row(&self, sequence: u64) -> Option<&T> {
        self.rows.get(&sequence)
    }

    /// A read less of those that show an old state, for each of these objects; whether there was one.
    pub(crate) fn forget_stale_reads(&mut self, sequences: &[u64]) -> bool {
        let mut forgot = false;
        for sequence in sequences {
            let row = self.rows.get_mut(sequence).filter(|it| it.record().gone.is_none());
            forgot |= row.is_some_and(T::forget_one_stale_read);
        }
        forgot
    }

    pub(crate) fn list_calls(&self) -> u64 {
        self.list_calls
    }

    /// Takes note of a list; forgets what no list shows any more. Whether anything changed.
    pub(crate) fn count_list(&mut self, now: Timestamp, counted: Counted) -> bool {
        if counted == Counted::Yes {
            self.list_calls = self.list_calls.saturating_add(1);
        }
        if self.settled.is_some() {
            return counted == Counted::Yes;
        }
        let list_calls = self.list_calls;
        let forgotten: Vec<u64> = self
            .rows
            .values()
            .filter(|it| match it.record().gone {
                Some(Gone::ListedUntil(until)) => until.has_passed(now, list_calls),
                None | Some(Gone::Lingering) => false,
            })
            .map(|it| it.record().sequence)
            .collect();
        for sequence in &forgotten {
            self.forget(*sequence);
        }
        counted == Counted::Yes || !forgotten.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn forget(&mut self, sequence: u64) {
        self.settled = None;
        if let Some(object) = self.rows.remove(&sequence) {
            self.by_id.remove(&object.record().id);
        }
    }
}

/// Whether a list counts for lags by calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Yes,
    No,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table { rows: BTreeMap::new(), by_id: BTreeMap::new(), list_calls: 0, settled: None }
    }
}

impl<T: PartialEq> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.list_calls == other.list_calls
    }
}

impl<T: Kept> From<StoredTable<T>> for Table<T> {
    fn from(stored: StoredTable<T>) -> Self {
        let mut table = Table { list_calls: stored.list_calls, ..Table::default() };
        for row in stored.rows {
            table.insert(row);
        }
        table
    }
}

impl<T: Clone> From<Table<T>> for StoredTable<T> {
    fn from(table: Table<T>) -> Self {
        StoredTable { rows: table.rows.into_values().collect(), list_calls: table.list_calls }
    }
}

impl Record {
    /// Replaces the tags; who wrote each that stays is remembered.
    pub(crate) fn set_tags(&mut self, tags: Vec<String>, actor: &str) {
        self.tag_writers.retain(|tag, _| tags.contains(tag));
        for tag in &tags {
            self.tag_writers.entry(tag.clone()).or_insert_with(|| actor.to_owned());
        }
        self.tags = tags;
    }

    /// Tags another has written that a list of tags does not have.
    pub(crate) fn foreign_tags_missing_in(&self, tags: &[String], actor: &str) -> Vec<String> {
        let lost = self.tag_writers.iter().filter(|(tag, writer)| {
            *writer != actor && !tag.starts_with("plumb.dev/") && !tags.contains(tag)
        });
        lost.map(|(tag, _)| tag.clone()).collect()
    }

    /// Whether it is shown as `Terminated`.
    pub(crate) fn is_lingering(&self) -> bool {
        self.gone == Some(Gone::Lingering)
    }

    /// Whether time and further lists change nothing of whether it is listed.
    fn is_settled(&self, now: Timestamp, list_calls: u64) -> bool {
        let stays = !matches!(self.gone, Some(Gone::ListedUntil(_)));
        stays && self.listed_from.has_passed(now, list_calls)
    }

    fn is_listed(&self, now: Timestamp, list_calls: u64) -> bool {
        let still = match self.gone {
            None | Some(Gone::Lingering) => true,
            Some(Gone::ListedUntil(until)) => !until.has_passed(now, list_calls),
        };
        still && self.listed_from.has_passed(now, list_calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// An object that is nothing more.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Plain(Record);

    impl Kept for Plain {
        const FAMILY: Family = Family::Machines;

        fn record(&self) -> &Record {
            &self.0
        }

        fn record_mut(&mut self) -> &mut Record {
            &mut self.0
        }
    }

    fn object(sequence: u64, organization: &str, listed_from: Moment) -> Plain {
        Plain(Record {
            id: format!("id-{sequence}"),
            organization: organization.to_owned(),
            name: String::new(),
            tags: Vec::new(),
            created_at: Timestamp::from_micros(0),
            created_by: String::new(),
            sequence,
            tag_writers: BTreeMap::new(),
            listed_from,
            gone: None,
        })
    }

    /// What a list shows is what it shows to a table that remembers none, whatever happens between two
    /// lists.
    #[test]
    fn a_list_that_is_remembered_is_the_list() {
        let orders = [ListOrder::NewestFirst, ListOrder::OldestFirst, ListOrder::Random];
        let mut remembered = 0;
        for seed in 0..200_u64 {
            let (mut table, mut now) = (Table::<Plain>::default(), Timestamp::from_micros(0));
            for step in 0..80_u64 {
                let number = ids::hash(seed, &step.to_string());
                let organization = ["one", "other"][usize::from(number.is_multiple_of(16))];
                // Most are there at once.
                let rarely = |number: u64| (number % 8).saturating_sub(5);
                let (seconds, list_calls) = (rarely(number / 8), rarely(number / 64));
                let lag = Lag { seconds, list_calls, everywhere: true };
                let later = Moment::after(now, table.list_calls(), lag);
                let places = u64::try_from(table.rows.len().max(1)).unwrap();
                let place = usize::try_from(number / 128 % places).unwrap();
                let sequence = table.rows.keys().nth(place).copied().unwrap_or_default();
                let id = format!("id-{sequence}");
                match number % 11 {
                    0 => table.insert(object(step, organization, later)),
                    1 => {
                        let gone =
                            if step % 2 == 0 { Gone::Lingering } else { Gone::ListedUntil(later) };
                        table.get_mut(&id).into_iter().for_each(|it| it.0.gone = Some(gone));
                    }
                    2 => table.forget(sequence),
                    3 => now = now.after(Duration::from_secs(1)),
                    4 => {
                        table.get_mut(&id).into_iter().for_each(|it| it.0.listed_from = later);
                    }
                    other => {
                        let counted = if other == 5 { Counted::Yes } else { Counted::No };
                        let mut fresh = Table { settled: None, ..table.clone() };
                        let order = orders[usize::try_from(number / 16 % 32 / 15).unwrap()];
                        remembered += u32::from(table.settled.is_some());
                        let listed = table.listed(organization, now, order);
                        assert_eq!(listed, fresh.listed(organization, now, order), "{seed} {step}");
                        fresh.settled = None;
                        let counts =
                            (table.count_list(now, counted), fresh.count_list(now, counted));
                        assert_eq!((counts.0, &table), (counts.1, &fresh), "{seed} {step}");
                    }
                }
            }
        }
        assert!(remembered > 1_000, "{remembered}");
    }
}
