//! One poller per collection serves every waiter: all who wait for objects of one collection share
//! one listing a round, and all who read back share one too.

use crate::engine::Engine;
use crate::observing::identity::Bindings;
use crate::observing::survey::{self, Wanted};
use crate::transport::pages::Verdict;
use crate::transport::ways;
use plumb_kind::{Collection, CollectionId, Reading, Snapshot};
use plumb_model::text::ServerText;
use plumb_model::{KindId, Observation, ResourceKey, Sorted};
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
    /// The last one that nobody of this run made anything beside.
    still: tokio::sync::Mutex<Option<Arc<Round>>>,
    /// Shared by those who make something in the collection, alone for who reads it undisturbed.
    making: Arc<RwLock<()>>,
    writers: Writers,
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
            still: tokio::sync::Mutex::new(None),
            making: Arc::default(),
            writers: Writers::default(),
        }
    }

    /// The next round of the schedule.
    pub(crate) async fn next(&self, engine: &Engine) -> Arc<Round> {
        let due = self.due(Instant::now());
        sleep_until(due).await;
        self.round_since(engine, due).await
    }

    /// The first round for someone who has written at `since`: one that began after that, as soon as
    /// everyone who is writing to this collection has written, and no later than the schedule's.
    pub(crate) async fn first(&self, engine: &Engine, since: Instant) -> Arc<Round> {
        let due = self.due(since);
        tokio::select! {
            biased;
            () = self.writers.have_written() => {}
            () = sleep_until(due) => {}
        }
        self.round_since(engine, since).await
    }

    /// A listing that began after now.
    pub(crate) async fn now(&self, engine: &Engine) -> Arc<Round> {
        self.round_since(engine, Instant::now()).await
    }

    /// A listing that began after somebody had written at `since`, as soon as everyone who is writing to
    /// this collection has, or has taken too long for whoever waits for it.
    pub(crate) async fn read_back(
        &self,
        engine: &Engine,
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
            () = self.writers.have_written() => {}
            () = sleep_until(until) => self.gather_longer(engine, stretch),
        }
        self.round_since(engine, since).await
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
        this.writers.left.fetch_add(1, Ordering::AcqRel);
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
    /// waits for it.
    async fn round_since(&self, engine: &Engine, since: Instant) -> Arc<Round> {
        let mut last = self.last.lock().await;
        if let Some(round) = last.as_ref().filter(|round| round.started >= since) {
            return round.clone();
        }
        self.schedule().gathering = None;
        let round = Arc::new(self.list(engine).await);
        *last = Some(round.clone());
        round
    }

    async fn list(&self, engine: &Engine) -> Round {
        let started = Instant::now();
        let Some(session) = engine.session(&self.kind) else {
            let rest = Rest::Unknown(engine.not_connected(&self.kind));
            return Round { started, objects: Sorted::default(), rest };
        };
        let pass = ways::pass(session, &self.collection).await;
        let rest = match pass.verdict {
            Verdict::Steady => Rest::Absent,
            Verdict::Missing => Rest::Missing,
            Verdict::Shifting(why) => Rest::Unknown(ServerText::new(why)),
            Verdict::Refused(reason) | Verdict::Unknown(reason) => Rest::Unknown(reason),
        };
        let mut wanted = Wanted::known(self.bindings.get());
        wanted.collection(&self.kind, self.collection.clone());
        let id = self.collection.id.clone();
        let mut snapshot = Snapshot(BTreeMap::from([(id.clone(), Reading::Items(pass.items))]));
        let found = survey::find(&engine.registry, &wanted, &mut snapshot);
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

/// How many have not written yet. Whoever waits for them goes on in the order in which they came, so that what
/// a run does depends on nothing but its answers.
#[derive(Debug, Default)]
struct Writers {
    left: AtomicUsize,
    written: Notify,
}

impl Writers {
    /// Waits until all of them have.
    async fn have_written(&self) {
        let mut written = pin!(self.written.notified());
        loop {
            // Before looking, so that no word is missed.
            written.as_mut().enable();
            if self.left.load(Ordering::Acquire) == 0 {
                return;
            }
            written.as_mut().await;
            written.set(self.written.notified());
        }
    }
}

/// Someone who has not written yet; dropped when they have.
#[derive(Debug)]
pub(crate) struct Writer(Arc<Poller>);

impl Drop for Writer {
    fn drop(&mut self) {
        let Writers { left, written } = &self.0.writers;
        if left.fetch_sub(1, Ordering::AcqRel) == 1 {
            written.notify_waiters();
        }
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
    by_collection: Mutex<BTreeMap<CollectionId, Arc<Poller>>>,
    bindings: Known,
}

impl Pollers {
    /// Pollers that tell objects apart by what is known.
    pub(crate) fn new(bindings: Known) -> Self {
        Self { by_collection: Mutex::default(), bindings }
    }

    /// The pollers of all collections an object is in.
    pub(crate) fn of(&self, engine: &Engine, key: &ResourceKey) -> Vec<Arc<Poller>> {
        let Some(kind) = engine.kind(&key.kind) else { return Vec::new() };
        let longest = engine.session(&key.kind).map(|session| session.budgets().poll);
        let longest = longest.unwrap_or(FIRST_INTERVAL).max(Duration::from_millis(1));
        let mut known = self.by_collection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut poller = |collection: Collection| {
            let new = |collection| {
                let bindings = self.bindings.clone();
                Arc::new(Poller::new(key.kind.clone(), collection, longest, bindings))
            };
            known.entry(collection.id.clone()).or_insert_with(|| new(collection)).clone()
        };
        kind.collections(&key.scope).into_iter().map(&mut poller).collect()
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
