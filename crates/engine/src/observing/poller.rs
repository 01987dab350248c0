//! One poller per collection serves every waiter: all who wait for objects of one collection share
//! one listing a round, and all who read back share one too.

use crate::engine::Engine;
use crate::observing::identity::Bindings;
use crate::observing::survey::{self, Wanted};
use crate::transport::pages::{List, Verdict};
use crate::transport::ways;
use plumb_kind::{Collection, CollectionId, Reading};
use plumb_model::text::ServerText;
use plumb_model::{KindId, Observation, ResourceKey, Scope, Shared, Sorted};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedRwLockReadGuard, RwLock};
use tokio::time::{Instant, sleep_until};

/// The first round comes soon, further ones at growing distance up to the provider's interval.
const FIRST_INTERVAL: Duration = Duration::from_secs(1);
/// How long a read-back waits for other writers, so that many writes are read back at once.
const GATHERING: Duration = Duration::from_secs(5);
/// How many times longer it waits for them when nothing waits for it.
const UNHURRIED: u32 = 12;

/// How often a listing that moves is read before something is made.
const PASSES: usize = 3;

/// What waits for a read-back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Another action of the run.
    Something,
    /// Nothing but the end of the run, which waits for all writers anyway.
    Nothing,
}

/// What one listing showed.
#[derive(Debug)]
pub(crate) struct Round {
    started: Instant,
    objects: Sorted<ResourceKey, Observation>,
    rest: Rest,
}

/// What is known of objects that were not in the list.
#[derive(Clone, Debug)]
enum Rest {
    Absent,
    Missing,
    Unknown(ServerText),
}

/// What a round says of one object.
#[derive(Clone, Debug)]
pub(crate) enum Sight {
    /// It was in the list, or could not be read there.
    Seen(Observation),
    /// The list itself is not there.
    NoList,
}

impl Round {
    /// What the round says of an object.
    pub(crate) fn sight(&self, key: &ResourceKey) -> Sight {
        match (self.objects.get(key), &self.rest) {
            (Some(observation), _) => Sight::Seen(observation.clone()),
            (None, Rest::Absent) => Sight::Seen(Observation::Absent),
            (None, Rest::Missing) => Sight::NoList,
            (None, Rest::Unknown(reason)) => Sight::Seen(Observation::Unknown(reason.clone())),
        }
    }
}

/// Reads one collection for everyone.
#[derive(Debug)]
pub(crate) struct Poller {
    kind: KindId,
    collection: Collection,
    longest: Duration,
    bindings: Known,
    schedule: Mutex<Schedule>,
    last: tokio::sync::Mutex<Option<Arc<Round>>>,
    /// What the one that is under way has shown, once it has shown all that is known to be in it.
    early: Early,
    /// Those who wait for a round, whoever lists included.
    waiting: Count,
    /// The last one that nobody of this run made anything beside.
    still: tokio::sync::Mutex<Option<Arc<Round>>>,
    /// Shared by those who make something in the collection, alone for who reads it undisturbed.
    making: Arc<RwLock<()>>,
    /// Those who have not written yet.
    writers: Count,
}

#[derive(Debug)]
struct Schedule {
    due: Instant,
    interval: Duration,
    /// Until when a read-back waits for other writers.
    gathering: Option<Instant>,
    /// How long the next one waits for them.
    stretch: Duration,
}

impl Poller {
    fn new(kind: KindId, collection: Collection, longest: Duration, bindings: Known) -> Self {
        let interval = FIRST_INTERVAL.min(longest);
        let schedule =
            Schedule { due: Instant::now(), interval, gathering: None, stretch: GATHERING };
        Self {
            kind,
            collection,
            longest,
            bindings,
            schedule: Mutex::new(schedule),
            last: tokio::sync::Mutex::new(None),
            early: Early::default(),
            waiting: Count::down_to(1),
            still: tokio::sync::Mutex::new(None),
            making: Arc::default(),
            writers: Count::down_to(0),
        }
    }

    /// The next round of the schedule.
    pub(crate) async fn next(&self, engine: &Engine) -> Arc<Round> {
        let due = self.due(Instant::now());
        sleep_until(due).await;
        self.round_since(engine, due, None).await
    }

    /// The first round for someone who has written at `since`: one that began after that, as soon as
    /// everyone who is writing to this collection has written, and no later than the schedule's.
    pub(crate) async fn first(&self, engine: &Engine, since: Instant) -> Arc<Round> {
        let due = self.due(since);
        tokio::select! {
            biased;
            () = self.writers.has_fallen() => {}
            () = sleep_until(due) => {}
        }
        self.round_since(engine, since, None).await
    }

    /// A listing that began after now.
    pub(crate) async fn now(&self, engine: &Engine) -> Arc<Round> {
        self.round_since(engine, Instant::now(), None).await
    }

    /// A listing that began after somebody had written at `since`, as soon as everyone who is writing to
    /// this collection has, or has taken too long for whoever waits for it. One that shows the key is
    /// as good before it was read to its end.
    pub(crate) async fn read_back(
        &self,
        engine: &Engine,
        key: &ResourceKey,
        since: Instant,
        waits: Waits,
    ) -> Arc<Round> {
        let (stretch, until) = {
            let mut schedule = self.schedule();
            let stretch = schedule.stretch;
            match waits {
                Waits::Something => (stretch, *schedule.gathering.get_or_insert(since + stretch)),
                Waits::Nothing => (stretch, since + stretch.saturating_mul(UNHURRIED)),
            }
        };
        tokio::select! {
            biased;
            () = self.writers.has_fallen() => {}
            () = sleep_until(until) => self.gather_longer(engine, stretch),
        }
        self.round_since(engine, since, Some(key)).await
    }

    /// Not everyone had written: where requests are scarce, the next read-back waits twice as long, so that
    /// reading back takes no larger part of them the longer the writing goes on.
    fn gather_longer(&self, engine: &Engine, stretch: Duration) {
        let mut schedule = self.schedule();
        let is_scarce = engine.session(&self.kind).is_some_and(|session| session.was_refused());
        if schedule.stretch == stretch && is_scarce {
            schedule.stretch = stretch.saturating_mul(2);
            schedule.gathering = None;
        }
    }

    /// A listing for whoever is about to make something: so old at most, shared by everyone, and
    /// read while this run makes nothing in the collection, since that would shift
    /// its pages. What the run made since then it knows; what it shows may have gone since then.
    pub(crate) async fn before_making(&self, engine: &Engine, age: Duration) -> Arc<Round> {
        let now = Instant::now();
        let since = now.checked_sub(age).unwrap_or(now);
        let mut still = self.still.lock().await;
        if let Some(round) = still.as_ref().filter(|round| round.started >= since) {
            return round.clone();
        }
        let _alone = self.making.write().await;
        let mut round = self.list(engine).await;
        for _ in 1..PASSES {
            if !matches!(round.rest, Rest::Unknown(_)) {
                break;
            }
            round = self.list(engine).await;
        }
        let round = Arc::new(round);
        *still = Some(round.clone());
        round
    }

    /// Something is made in the collection until this is dropped.
    pub(crate) async fn making(&self) -> OwnedRwLockReadGuard<()> {
        self.making.clone().read_owned().await
    }

    /// Someone is about to write to this collection, and then to read it back or to wait for it.
    pub(crate) fn expect_writer(this: &Arc<Self>) -> Writer {
        this.writers.number.fetch_add(1, Ordering::AcqRel);
        Writer(this.clone())
    }

    /// When the next round is due: the one that is planned already, or a new one.
    fn due(&self, now: Instant) -> Instant {
        let mut schedule = self.schedule();
        if schedule.due > now {
            return schedule.due;
        }
        if now.duration_since(schedule.due) > self.longest {
            schedule.interval = FIRST_INTERVAL.min(self.longest);
        }
        schedule.due = now + schedule.interval;
        schedule.interval = (schedule.interval * 2).min(self.longest);
        schedule.due
    }

    /// The last round when it began late enough, else a new one. Everyone who asks meanwhile
    /// waits for it: for its end, or until it has shown a key. Where nobody waits for its end any more, it is
    /// left.
    async fn round_since(
        &self,
        engine: &Engine,
        since: Instant,
        key: Option<&ResourceKey>,
    ) -> Arc<Round> {
        let _waiting = self.waiting.enter();
        let mut last = tokio::select! {
            biased;
            early = self.early.shows(key, since) => return early,
            last = self.last.lock() => last,
        };
        if let Some(round) = last.as_ref().filter(|round| round.started >= since) {
            return round.clone();
        }
        self.schedule().gathering = None;
        let enough = async {
            let early = self.early.shows(key, since).await;
            self.waiting.has_fallen().await;
            early
        };
        let round = tokio::select! {
            biased;
            round = self.list(engine) => Arc::new(round),
            early = enough => return early,
        };
        *last = Some(round.clone());
        self.early.forget();
        round
    }

    async fn list(&self, engine: &Engine) -> Round {
        let started = Instant::now();
        let Some(session) = engine.session(&self.kind) else {
            let rest = Rest::Unknown(engine.not_connected(&self.kind));
            return Round { started, objects: Sorted::default(), rest };
        };
        let bindings = self.bindings.get();
        let (collection, expected) = (&self.collection, bindings.number_in(&self.collection));
        let mut wanted = Wanted::known(bindings);
        wanted.collection(&self.kind, collection.clone());
        let seeing = survey::seeing(&engine.registry, &wanted, collection);
        let known = Mutex::new(Vec::new());
        let make = |item| {
            let seen = seeing(item);
            if let Some(object) = seen.known(&engine.table, &wanted.bindings) {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                known.push((object.key.clone(), Observation::Present(object)));
                if known.len() == expected {
                    self.early.tell(started, std::mem::take(&mut known), expected);
                }
            }
            seen
        };
        let pass = ways::pass(session, &List { collection, expected, make }).await;
        let rest = match pass.verdict {
            Verdict::Steady => Rest::Absent,
            Verdict::Missing => Rest::Missing,
            Verdict::Shifting(why) => Rest::Unknown(ServerText::new(why)),
            Verdict::Refused(reason) | Verdict::Unknown(reason) => Rest::Unknown(reason),
        };
        // What was made known while the list was read tells whose its objects are.
        wanted.bindings = self.bindings.get();
        let id = collection.id.clone();
        let sights = BTreeMap::from([(id.clone(), Reading::Items(pass.items))]);
        let (found, _) = survey::find(&engine.registry, &wanted, sights);
        let rest = match (rest, found.taint(&id)) {
            (Rest::Absent, Some(reason)) => Rest::Unknown(reason.clone()),
            (rest, _) => rest,
        };
        Round { started, objects: found.objects, rest }
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a listing that is under way has shown of all that was known to be in it. Whoever reads back goes
/// on with that: the end of the list proves what is not in it, which is nobody's question then.
#[derive(Debug, Default)]
struct Early {
    round: Mutex<Option<Arc<Round>>>,
    told: Notify,
}

impl Early {
    /// Tells of so many objects, unless two of them are one.
    fn tell(&self, started: Instant, seen: Vec<(ResourceKey, Observation)>, expected: usize) {
        let objects: Sorted<_, _> = seen.into_iter().collect();
        if objects.len() < expected {
            return;
        }
        let rest = Rest::Unknown(ServerText::new("the list was not read to its end"));
        let round = Round { started, objects, rest };
        *self.round.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(round));
        self.told.notify_waiters();
    }

    fn forget(&self) {
        *self.round.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Waits until a listing that began after `since` has shown a key; for ever where there is none.
    async fn shows(&self, key: Option<&ResourceKey>, since: Instant) -> Arc<Round> {
        let mut told = pin!(self.told.notified());
        loop {
            // Before looking, so that no word is missed.
            told.as_mut().enable();
            let round = self.round.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let is_shown = |round: &Arc<Round>| {
                round.started >= since && key.is_some_and(|key| round.objects.contains_key(key))
            };
            if let Some(round) = round.filter(is_shown) {
                return round;
            }
            told.as_mut().await;
            told.set(self.told.notified());
        }
    }
}

/// How many there are of somebody. Whoever waits for them to be few enough goes on in the order in which they
/// came, so that what a run does depends on nothing but its answers.
#[derive(Debug)]
struct Count {
    number: AtomicUsize,
    /// How many are few enough.
    floor: usize,
    fallen: Notify,
}

/// One of those who are counted.
#[derive(Debug)]
struct Counted<'c>(&'c Count);

impl Count {
    fn down_to(floor: usize) -> Self {
        Self { number: AtomicUsize::new(0), floor, fallen: Notify::new() }
    }

    fn enter(&self) -> Counted<'_> {
        self.number.fetch_add(1, Ordering::AcqRel);
        Counted(self)
    }

    fn leave(&self) {
        if self.number.fetch_sub(1, Ordering::AcqRel) == self.floor + 1 {
            self.fallen.notify_waiters();
        }
    }

    /// Waits until they are few enough.
    async fn has_fallen(&self) {
        let mut fallen = pin!(self.fallen.notified());
        loop {
            // Before looking, so that no word is missed.
            fallen.as_mut().enable();
            if self.number.load(Ordering::Acquire) <= self.floor {
                return;
            }
            fallen.as_mut().await;
            fallen.set(self.fallen.notified());
        }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Someone who has not written yet; dropped when they have.
#[derive(Debug)]
pub(crate) struct Writer(Arc<Poller>);

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.writers.leave();
    }
}

/// What is known of identities at present, shared by a run and its pollers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Mutex<Arc<Bindings>>>);

impl Known {
    /// What was known at the beginning.
    pub(crate) fn new(bindings: Bindings) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(bindings))))
    }

    /// What is known now.
    pub(crate) fn get(&self) -> Arc<Bindings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes something new in.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Bindings)) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut known));
    }
}

/// The pollers of a run.
#[derive(Debug, Default)]
pub(crate) struct Pollers {
    state: Mutex<ByCollection>,
    bindings: Known,
}

/// The pollers of all collections an object is in.
pub(crate) type ListPollers = Arc<[Arc<Poller>]>;

/// The pollers that there are: each serves one collection.
#[derive(Debug, Default)]
struct ByCollection {
    all: BTreeMap<CollectionId, Arc<Poller>>,
    /// Those of the objects of a kind in a scope.
    of: BTreeMap<(KindId, Shared<Scope>), ListPollers>,
}

impl Pollers {
    /// Pollers that tell objects apart by what is known.
    pub(crate) fn new(bindings: Known) -> Self {
        Self { state: Mutex::default(), bindings }
    }

    /// The pollers of all collections an object is in.
    pub(crate) fn of(&self, engine: &Engine, key: &ResourceKey) -> ListPollers {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let ByCollection { all, of } = &mut *state;
        let of = of.entry((key.kind.clone(), key.scope.clone()));
        of.or_insert_with(|| self.made(engine, key, all)).clone()
    }

    fn made(
        &self,
        engine: &Engine,
        key: &ResourceKey,
        all: &mut BTreeMap<CollectionId, Arc<Poller>>,
    ) -> ListPollers {
        let Some(kind) = engine.kind(&key.kind) else { return Arc::default() };
        let longest = engine.session(&key.kind).map(|session| session.budgets().poll);
        let longest = longest.unwrap_or(FIRST_INTERVAL).max(Duration::from_millis(1));
        let poller = |collection: Collection| {
            let id = collection.id.clone();
            let new = || {
                let bindings = self.bindings.clone();
                Arc::new(Poller::new(key.kind.clone(), collection, longest, bindings))
            };
            all.entry(id).or_insert_with(new).clone()
        };
        kind.collections(&key.scope).into_iter().map(poller).collect()
    }
}

/// What several collections together say of one object: seen in any is there, absent only when
/// absent from all.
pub(crate) fn together(sights: Vec<Sight>) -> Sight {
    let unknown = || Sight::Seen(Observation::Unknown(ServerText::new("there is no list of it")));
    let rank = |sight: &Sight| match sight {
        Sight::Seen(Observation::Present(_)) => 0,
        Sight::Seen(Observation::Unknown(_)) => 1,
        Sight::NoList => 2,
        Sight::Seen(Observation::Absent) => 3,
    };
    sights.into_iter().min_by_key(rank).unwrap_or_else(unknown)
}
