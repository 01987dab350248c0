//! The signs of life of a run that holds a shared ledger: they keep others waiting instead of evicting it,
//! and tell itself that nobody has.

use crate::error::LedgerError;
use crate::folder::Held;
use crate::objects::{HOLDER, Objects, Shelf, Threads};
use crate::reading::Reading as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// So many signs of life are given in the time for which one holds.
const BEATS: u32 = 4;

/// A sign of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Beat {
    /// The number of the opening whose run gives it.
    pub(crate) opened: u32,
    /// Until when it holds; none after a run that has ended.
    pub(crate) until: Option<Timestamp>,
}

impl Beat {
    /// The last one. What cannot be understood is none: nothing rests on it.
    pub(crate) fn read(shelf: &Shelf) -> io::Result<Option<Self>> {
        match shelf.content(HOLDER) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => Ok(serde_json::from_slice(&found?).ok()),
        }
    }

    pub(crate) fn write(self, objects: &dyn Objects) -> io::Result<()> {
        objects.put(HOLDER, &serde_json::to_vec(&self)?)
    }
}

/// A moment so much later.
pub(crate) fn after(now: Timestamp, time: Duration) -> Timestamp {
    now.checked_add(time).unwrap_or(Timestamp::MAX)
}

/// What a run knows of its hold. Clones are handles on the same.
#[derive(Clone, Debug)]
pub(crate) struct Heartbeat(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Arc<dyn Objects>,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Debug)]
struct State {
    /// The number of the opening.
    opened: u32,
    /// The last moment at which nobody else had come.
    confirmed: Timestamp,
    ended: bool,
}

impl Heartbeat {
    pub(crate) fn new(objects: Arc<dyn Objects>, now: Timestamp) -> Self {
        let state = Mutex::new(State { opened: 0, confirmed: now, ended: false });
        Self(Arc::new(Inner { objects, state, bell: Condvar::new() }))
    }

    /// The ledger was opened by this object.
    pub(crate) fn opened(&self, number: u32) {
        self.0.state().opened = number;
    }

    /// An append that began at a moment succeeded: nobody had come before it.
    pub(crate) fn confirmed(&self, at: Timestamp) {
        let mut state = self.0.state();
        state.confirmed = state.confirmed.max(at);
    }

    /// Whether nobody may have come by now: our promise still holds.
    pub(crate) fn is_fresh(&self) -> bool {
        let confirmed = self.0.state().confirmed;
        // With room for what is sent on the strength of it to arrive.
        self.0.objects.now() < after(confirmed, self.0.objects.promise() / 2)
    }

    /// Begins to give signs of life, until what is answered is dropped.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn begin(self) -> Result<Beating, LedgerError> {
        let thread = match self.0.objects.threads() {
            Threads::None => {
                self.0.beat();
                None
            }
            Threads::Own => {
                let inner = self.0.clone();
                let work = move || while inner.beat_and_wait() {};
                let thread = std::thread::Builder::new().name("holder".to_owned()).spawn(work);
                let place = self.0.objects.place();
                Some(thread.map_err(LedgerError::io("start a thread for", place))?)
            }
        };
        Ok(Beating { heartbeat: self, thread })
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One sign of life, where no append was one just now, and the pause after it; whether there are
    /// more to come.
    fn beat_and_wait(&self) -> bool {
        let pause: Duration = self.objects.promise() / BEATS;
        if self.objects.now() >= after(self.state().confirmed, pause) {
            self.beat();
        }
        let waited = self.bell.wait_timeout_while(self.state(), pause, |state| !state.ended);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.ended
    }

    /// Gives a sign of life, unless somebody else gives them now.
    fn beat(&self) {
        let opened = self.state().opened;
        let now = self.objects.now();
        let told = self.last().and_then(|last| {
            if last.is_some_and(|last| last.opened > opened) {
                return Err(io::Error::other("another run writes the ledger now"));
            }
            let until = Some(after(now, self.objects.promise()));
            Beat { opened, until }.write(&*self.objects)
        });
        match told {
            // Nobody evicts a run whose sign of life still holds.
            Ok(()) => {
                let mut state = self.state();
                let held = now < after(state.confirmed, self.objects.promise());
                if held {
                    state.confirmed = state.confirmed.max(now);
                }
            }
            Err(error) => tracing::debug!(%error, "no sign of life could be given"),
        }
    }

    fn last(&self) -> io::Result<Option<Beat>> {
        match self.objects.read(&[HOLDER.to_owned()]) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            found => Ok(found?.pop().and_then(|found| serde_json::from_slice(&found).ok())),
        }
    }
}

/// A run that gives signs of life until this is dropped; then others are let in.
#[derive(Debug)]
pub(crate) struct Beating {
    heartbeat: Heartbeat,
    thread: Option<JoinHandle<()>>,
}

impl Held for Beating {
    fn is_sure(&self) -> bool {
        self.heartbeat.is_fresh()
    }
}

impl Drop for Beating {
    fn drop(&mut self) {
        let inner = &self.heartbeat.0;
        inner.state().ended = true;
        inner.bell.notify_all();
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the thread that gave signs of life ended before its time");
        }
        let opened = inner.state().opened;
        let released = inner.last().and_then(|last| match last {
            Some(last) if last.opened > opened => Ok(()),
            _ => Beat { opened, until: None }.write(&*inner.objects),
        });
        if let Err(error) = released {
            tracing::debug!(%error, "others wait until the last sign of life is over");
        }
    }
}
