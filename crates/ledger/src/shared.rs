//! A ledger that many machines share: numbered objects in a store, each one append.
//!
//! # Protocol
//! - **An append is the creation of the next numbered object**, which succeeds only where none is.
//!   Two writers never both succeed, and what is not confirmed is not sent.
//! - A run begins with an object of its own, its opening. Whoever wrote before and comes back later
//!   finds it where its own next append would go, and stops ([`LedgerError::Evicted`]). Openings
//!   are kept when everything else of their time is dropped, so that their numbers stay taken.
//! - Signs of life (each append, and the object `holder` between them) only save others from evicting a
//!   run that is well: nothing rests on them, nor on anybody's clock.
//! - Right before something is sent whose append was not just confirmed, a run whose last sign of
//!   life is too old makes sure by an empty append ([`crate::folder::Held::is_sure`]).
//!
//! # Objects
//! `journal-NNNNNN`, `snapshot-NNNNNN` and `key` are those of a folder; a journal object holds one append.

use crate::copied::Copied;
use crate::error::LedgerError;
use crate::files::{self, Contents, Files};
use crate::heartbeat::{Beat, Heartbeat, after};
use crate::history::{self, Past, Run};
use crate::holding::{Holding, Unlocked};
use crate::journal::{self, Owner, Wanted, Whole, damaged};
use crate::key::{self, NewKey};
use crate::ledger::{Ledger, check_key, check_stack, forget_hashes};
use crate::log::Log;
use crate::objects::{Creation, Dropped, HOLDER, Known, Objects, Shelf, Threads};
use crate::snapshot::{self, Snapshot};
use plumb_model::digest::HashKey;
use plumb_model::{Entry, LedgerView, Record};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// So many appends since the last snapshot, and opening the ledger makes another.
pub(crate) const MANY: u32 = 64;

/// How often a run that lost the race for an opening looks again.
const RACES: u32 = 5;

/// How often something is tried on a store that does not answer well, with growing pauses between.
const TRIES: u32 = 7;
const PAUSE: Duration = Duration::from_millis(100);

/// The ledger in a store.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    objects: Arc<dyn Objects>,
    known: Arc<Known>,
}

/// Whether somebody holds it.
enum Hold {
    Free,
    By(Holding),
    /// The promise of whoever did is over.
    Left(Holding),
}

impl Shared {
    pub(crate) fn new(objects: Arc<dyn Objects>) -> Self {
        Self { objects, known: Arc::default() }
    }

    pub(crate) fn place(&self) -> String {
        self.objects.place()
    }

    /// Opens it to write. What is answered lets others in when it ends.
    ///
    /// # Errors
    /// [`LedgerError::Held`] while another run shows signs of life; as [`Shared::read`].
    pub(crate) fn open(&self, stack: &str, holding: &Holding) -> Result<Ledger, LedgerError> {
        let mut last = None;
        for _ in 0..RACES {
            let found = self.found()?;
            let contents = self.contents(&found, stack)?;
            let evicted = match self.hold(&found, &contents)? {
                Hold::By(other) => return Err(self.held(Some(other))),
                Hold::Left(other) => Some(other),
                Hold::Free => None,
            };
            let (key, forgotten) = self.key(&found, &contents)?;
            self.turn_over(&contents, &key)?;
            if let Some(ledger) = self.begin((stack, holding), contents, key, &forgotten)? {
                return Ok(ledger.after(evicted));
            }
            last = self.read_opening().ok().flatten();
        }
        Err(self.held(last))
    }

    /// What it knows.
    ///
    /// # Errors
    /// When it is damaged, newer, another stack's, or the store does not answer.
    pub(crate) fn read(&self, stack: &str) -> Result<LedgerView, LedgerError> {
        let found = self.found()?;
        let contents = self.contents(&found, stack)?;
        let key = key::load(&found)?;
        check_key(&self.place(), contents.key.as_deref(), key.as_ref())?;
        let mut view = contents.view;
        if key.is_none() {
            forget_hashes(&mut view);
        }
        view.hash_key = key.unwrap_or_default();
        Ok(view)
    }

    /// All runs that are kept, the newest first.
    ///
    /// # Errors
    /// As [`Shared::read`].
    pub(crate) fn history(&self) -> Result<Vec<Run>, LedgerError> {
        let mut past = Past::default();
        tell(&self.objects, &mut |record| past.absorb(record))?;
        Ok(past.runs())
    }

    /// Whether there is a ledger.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) fn has_begun(&self) -> Result<bool, LedgerError> {
        let names = trying(&*self.objects, || self.objects.list());
        let names = names.map_err(LedgerError::io("read", self.place()))?;
        Ok(names.iter().any(|name| name == key::NAME))
    }

    /// Lets others in after a run that is gone. One that shows signs of life is left alone.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) fn unlock(&self) -> Result<Unlocked, LedgerError> {
        let found = self.found()?;
        let contents = files::load(&found)?;
        match self.hold(&found, &contents)? {
            Hold::Free => Ok(Unlocked::WasFree),
            Hold::By(holder) => Ok(Unlocked::StillHeld(Some(holder))),
            Hold::Left(holder) => {
                let opened = contents.openings.last().map_or(0, |(number, _)| *number);
                let released = Beat { opened, until: None };
                released.write(&*self.objects).map_err(LedgerError::io("write", self.place()))?;
                Ok(Unlocked::Cleared(holder))
            }
        }
    }

    /// Begins the ledger with what another one knows.
    ///
    /// # Errors
    /// [`LedgerError::NotEmpty`] when there is one already; when the store does not answer.
    pub(crate) fn begin_with(&self, copied: &Copied) -> Result<(), LedgerError> {
        let place = self.place();
        let write = || LedgerError::io("write", place.as_str());
        if !self.objects.list().map_err(LedgerError::io("read", place.as_str()))?.is_empty() {
            return Err(LedgerError::NotEmpty { place });
        }
        for (name, bytes) in copied.files().map_err(LedgerError::io("encode", place.as_str()))? {
            if create(&*self.objects, &name, &bytes).map_err(write())? == Creation::Refused {
                return Err(LedgerError::NotEmpty { place });
            }
        }
        Ok(())
    }

    /// The objects that say what the ledger knows, fetched together.
    fn found(&self) -> Result<Shelf, LedgerError> {
        let wanted = |names: &[String]| {
            let Files { segments, snapshots } = Files::among(names);
            let base = snapshots.last().copied().unwrap_or_default();
            let newer = segments.range(base.saturating_add(1)..);
            let apart = [key::NAME, HOLDER].map(str::to_owned).into_iter();
            let mut wanted: Vec<String> = newer.map(|number| journal::file_name(*number)).collect();
            wanted.extend(snapshots.last().map(|number| snapshot::file_name(*number)));
            wanted.extend(apart.filter(|name| names.contains(name)));
            wanted
        };
        fetched(&self.objects, &self.known, wanted)
    }

    fn contents(&self, found: &Shelf, stack: &str) -> Result<Contents, LedgerError> {
        let mut contents = files::load(found)?;
        if contents.torn {
            let file = journal::file_name(contents.newest);
            return Err(damaged(&file, 0, "its end is missing"));
        }
        check_stack(&self.place(), &contents.view, stack)?;
        stack.clone_into(&mut contents.view.stack);
        Ok(contents)
    }

    fn hold(&self, found: &Shelf, contents: &Contents) -> Result<Hold, LedgerError> {
        let Some((number, holding)) = contents.openings.last() else { return Ok(Hold::Free) };
        let beat = Beat::read(found).map_err(LedgerError::io("read", self.place()))?;
        let until = match beat.filter(|beat| beat.opened == *number) {
            Some(Beat { until: None, .. }) => return Ok(Hold::Free),
            Some(Beat { until, .. }) => until.max(contents.until),
            None => contents.until,
        };
        let holding = holding.clone();
        let holds = until.is_some_and(|until| until > self.objects.now());
        Ok(if holds { Hold::By(holding) } else { Hold::Left(holding) })
    }

    fn held(&self, holder: Option<Holding>) -> LedgerError {
        LedgerError::Held { place: self.place(), holder: holder.map(Box::new) }
    }

    /// The key of its hashes, made by whoever comes first; and the records that forget hashes of a key
    /// that is lost.
    fn key(
        &self,
        found: &Shelf,
        contents: &Contents,
    ) -> Result<(HashKey, Vec<Record>), LedgerError> {
        let place = self.place();
        let known = key::load(found)?;
        check_key(&place, contents.key.as_deref(), known.as_ref())?;
        if let Some(known) = known {
            return Ok((known, Vec::new()));
        }
        let forgotten = without_hashes(&contents.view);
        let new = NewKey::of(self.objects.random(key::BYTES), &place)?;
        match create(&*self.objects, key::NAME, new.bytes()) {
            Ok(Creation::Made) => Ok((new.key(), forgotten)),
            Ok(Creation::Refused) => {
                let other = key::load(&self.found()?)?.ok_or(LedgerError::Broken { place })?;
                Ok((other, forgotten))
            }
            Err(error) => Err(LedgerError::io("write", place)(error)),
        }
    }

    /// Makes a snapshot where many appends came after the last: while nobody holds the ledger, and
    /// before an opening, so that its number is the last one's.
    fn turn_over(&self, contents: &Contents, key: &HashKey) -> Result<(), LedgerError> {
        let Contents { view, newest, base, openings, .. } = contents;
        if newest.saturating_sub(*base) < MANY {
            return Ok(());
        }
        let openings = openings.iter().map(|(number, _)| *number).collect();
        let view = LedgerView { hash_key: key.clone(), ..view.clone() };
        let snapshot = Snapshot { since: *base, openings, ..Snapshot::of(&view) };
        let place = self.place();
        let bytes = snapshot::encoded(&snapshot).map_err(LedgerError::io("encode", &*place))?;
        // Refused where another run that is about to open it made the same.
        let made = create(&*self.objects, &snapshot::file_name(*newest), &bytes);
        made.map_err(LedgerError::io("write", place))?;
        if let Err(error) = self.forget_old() {
            tracing::warn!(%error, "old objects stay behind");
        }
        Ok(())
    }

    /// Drops what the oldest of the snapshots that are kept stands for, but for the openings.
    fn forget_old(&self) -> Result<(), LedgerError> {
        let found = fetched(&self.objects, &Known::default(), |_| Vec::new())?;
        let files = Files::list(&found)?;
        let Some(oldest) = files.oldest_kept() else { return Ok(()) };
        let segments: Vec<u32> = match self.objects.dropped() {
            Dropped::Fenced => files.segments.range(..=oldest).copied().collect(),
            Dropped::Free => {
                let Snapshot { since, openings, .. } = snapshot::read(&found, oldest)?;
                let covered = files.segments.range(since.saturating_add(1)..=oldest).copied();
                covered.filter(|number| !openings.contains(number)).collect()
            }
        };
        let snapshots = files.snapshots.range(..oldest).map(|number| snapshot::file_name(*number));
        let names: Vec<String> =
            segments.into_iter().map(journal::file_name).chain(snapshots).collect();
        self.objects.remove(&names).map_err(LedgerError::io("remove from", self.place()))
    }

    /// Writes the opening; none when another run was faster.
    fn begin(
        &self,
        (stack, holding): (&str, &Holding),
        contents: Contents,
        key: HashKey,
        forgotten: &[Record],
    ) -> Result<Option<Ledger>, LedgerError> {
        let place = self.place();
        let now = self.objects.now();
        let random = self.objects.random(8);
        let random = random.map_err(LedgerError::io("get random bytes for", place.as_str()))?;
        let number = random.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let session = format!("{number:016x}");
        let heartbeat = Heartbeat::new(self.objects.clone(), now);
        let mut log = SharedLog {
            objects: self.objects.clone(),
            stack: stack.to_owned(),
            key: key.clone(),
            session,
            number: contents.newest_written(),
            heartbeat: heartbeat.clone(),
            state: State::Sound,
        };
        let forgotten: Vec<&Record> = forgotten.iter().collect();
        match log.write(Some(holding), &forgotten) {
            Ok(()) => {}
            Err(LedgerError::Evicted { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        heartbeat.opened(log.number);
        let mut view = contents.view;
        view.hash_key = key;
        for record in forgotten {
            view.absorb(record);
        }
        let ledger = Ledger::over(place, Box::new(log), view);
        let beating = heartbeat.begin();
        Ok(Some(match self.objects.threads() {
            Threads::Own => ledger.with_clerk()?.locked_by(Box::new(beating?)),
            Threads::None => ledger.locked_by(Box::new(beating?)),
        }))
    }

    /// Who opened it last, for a message.
    fn read_opening(&self) -> Result<Option<Holding>, LedgerError> {
        Ok(files::load(&self.found()?)?.openings.pop().map(|(_, holding)| holding))
    }
}

/// Hands on the records that tell of the runs that are kept in a store.
fn tell(objects: &Arc<dyn Objects>, each: &mut dyn FnMut(Record)) -> Result<(), LedgerError> {
    let told = |names: &[String]| Files::among(names).told().map(journal::file_name).collect();
    history::tell(&fetched(objects, &Known::default(), told)?, each)
}

/// The objects of a store, those that are wanted fetched together. What went away between being listed
/// and being fetched is listed anew.
fn fetched(
    objects: &Arc<dyn Objects>,
    known: &Known,
    wanted: impl Fn(&[String]) -> Vec<String>,
) -> Result<Shelf, LedgerError> {
    let found = trying(&**objects, || Shelf::of(objects, known, &wanted));
    found.map_err(LedgerError::io("read", objects.place()))
}

/// Creates an object, and tries again where the store does not answer. One whose answer was lost is
/// found by its bytes: no two writers write the same.
fn create(objects: &dyn Objects, name: &str, bytes: &[u8]) -> io::Result<Creation> {
    let creation = trying(objects, || objects.create(name, bytes))?;
    if creation == Creation::Made {
        return Ok(Creation::Made);
    }
    let found = trying(objects, || match objects.read(&[name.to_owned()]) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found,
    })?;
    let ours = found.first().is_some_and(|found| found == bytes);
    Ok(if ours { Creation::Made } else { Creation::Refused })
}

/// Whether an error may be gone at another try: not where the store is none, or not for us.
fn may_pass(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput)
}

/// Does something again while the store does not answer well, with growing pauses.
fn trying<T>(objects: &dyn Objects, once: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let mut pause = PAUSE;
    for _ in 1..TRIES {
        match once() {
            Err(error) if may_pass(&error) => {
                tracing::warn!(%error, "the ledger's store did not answer well and is asked again");
            }
            ended => return ended,
        }
        objects.pause(pause);
        pause = pause.saturating_mul(2);
    }
    once()
}

/// The records that take the hashes out of what is recorded, and change nothing else.
fn without_hashes(view: &LedgerView) -> Vec<Record> {
    let hashed = view.entries.values().filter(|entry| !entry.hashes.is_empty());
    hashed
        .flat_map(|entry| {
            let key = &entry.key;
            let bare = Entry { hashes: BTreeMap::new(), ..(**entry).clone() };
            let attempted = view
                .attempted
                .get(key)
                .map(|body| Record::Attempted { key: key.clone(), body: body.clone() });
            let leaving = view.leaving.contains(key);
            let leaving = leaving.then(|| Record::DeleteSent { key: key.clone() });
            // The first takes the others back.
            [Some(Record::Applied(Arc::new(bare))), attempted, leaving].into_iter().flatten()
        })
        .collect()
}

impl Contents {
    /// The number of the newest object that was written: a snapshot may stand for it.
    fn newest_written(&self) -> u32 {
        if self.whole.is_none() { self.base } else { self.newest }
    }
}

/// The next object of a store.
#[derive(Debug)]
struct SharedLog {
    objects: Arc<dyn Objects>,
    stack: String,
    key: HashKey,
    session: String,
    /// Of the last append.
    number: u32,
    heartbeat: Heartbeat,
    state: State,
}

#[derive(Debug)]
enum State {
    Sound,
    /// It is not known whether the last append is there.
    Unknown,
    /// Another run writes now.
    Evicted(Option<Holding>),
}

impl SharedLog {
    fn write(&mut self, opened: Option<&Holding>, records: &[&Record]) -> Result<(), LedgerError> {
        let place = self.objects.place();
        match &self.state {
            State::Sound => {}
            State::Unknown => return Err(LedgerError::Broken { place }),
            State::Evicted(by) => return Err(evicted(place, by.clone())),
        }
        let number = self.number.saturating_add(1);
        let owner = Owner { stack: &self.stack, key: &self.key };
        let began = self.objects.now();
        let until = Some(after(began, self.objects.promise()));
        let whole = Whole { owner, session: &self.session, opened, until, records };
        let bytes = whole.bytes(number).map_err(LedgerError::io("encode", place.as_str()))?;
        match create(&*self.objects, &journal::file_name(number), &bytes) {
            Ok(Creation::Made) => {
                self.number = number;
                self.heartbeat.confirmed(began);
                Ok(())
            }
            Ok(Creation::Refused) => {
                let by = self.successor(number);
                self.state = State::Evicted(by.clone());
                Err(evicted(place, by))
            }
            Err(error) => {
                self.state = State::Unknown;
                Err(LedgerError::io("write", place)(error))
            }
        }
    }

    /// Who opened the ledger where our next append would have gone.
    fn successor(&self, number: u32) -> Option<Holding> {
        let found = self.objects.read(&[journal::file_name(number)]).ok()?.pop()?;
        journal::parsed(&*found, number, Wanted::Runs, &mut |_| {}).ok()?.opened
    }
}

fn evicted(place: String, by: Option<Holding>) -> LedgerError {
    LedgerError::Evicted { place, by: by.map(Box::new) }
}

impl Log for SharedLog {
    fn append(&mut self, records: &[&Record]) -> Result<(), LedgerError> {
        self.write(None, records)
    }

    fn hold(&mut self) -> Result<(), LedgerError> {
        if self.heartbeat.is_fresh() && matches!(self.state, State::Sound) {
            return Ok(());
        }
        self.write(None, &[])
    }

    fn tell(&self, each: &mut dyn FnMut(Record)) -> Result<(), LedgerError> {
        tell(&self.objects, each)
    }
}
