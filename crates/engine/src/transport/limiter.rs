//! How many requests are in flight to one host, and when: growing while the server takes all of them,
//! halved when it says it is too many and recovering slowly, and after a refusal one at a time, at
//! growing distance, until the server takes one. Knows nothing of what is sent.
//!
//! # Guarantees
//! - Never more are in flight than the window's most, and one more is tried only after the server took
//!   one while so many as there may be were in flight together.
//! - While the server refuses, one request at a time asks whether it still does.
//! - The pauses grow with the time it has refused for, so that waiting costs no more than a tenth
//!   above what the server's own count demands.
//! - Once it has refused for longer than the patience, or asks for more, nothing is sent any more.

use plumb_kind::InFlight;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Successes for each place in flight before one more is tried once the server has objected: four round
/// trips, since each further objection costs a pause. Until it has, each success is enough.
const SUCCESSES_AFTER_REFUSAL: usize = 4;
/// The shortest pause after a refusal.
const SHORTEST_QUIET: Duration = Duration::from_secs(1);
/// Which part of the time that the server has refused for the next pause is.
const QUIET_PART: u32 = 10;

/// A limit that adapts.
#[derive(Debug)]
pub(crate) struct Limiter {
    window: InFlight,
    patience: Duration,
    places: Semaphore,
    state: Mutex<State>,
    /// The server's mind may have changed.
    news: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Places to take away as soon as they are given back.
    debt: usize,
    successes: usize,
    /// When as many as there may be were last in flight together.
    full: Option<Instant>,
    halved: Option<Instant>,
    refusing: Option<Refusing>,
    given_up: bool,
}

/// The server has refused since it last took something.
#[derive(Clone, Copy, Debug)]
struct Refusing {
    since: Instant,
    last: Instant,
    quiet_until: Instant,
    is_asked: bool,
}

/// Whether a request may be sent now.
enum Turn {
    Now,
    /// To ask whether the server still refuses.
    Asking,
    At(Instant),
    /// Somebody else is asking.
    Later,
}

/// A place in flight.
#[derive(Debug)]
pub(crate) struct Place<'l> {
    limiter: &'l Limiter,
    permit: Option<SemaphorePermit<'l>>,
    is_asking: bool,
}

impl Limiter {
    pub(crate) fn new(window: InFlight, patience: Duration) -> Self {
        let first = window.first.max(1);
        let window = InFlight { first, most: window.most.max(first) };
        let state = State {
            limit: first,
            debt: 0,
            successes: 0,
            full: None,
            halved: None,
            refusing: None,
            given_up: false,
        };
        let (places, news) = (Semaphore::new(first), Notify::new());
        Self { window, patience, places, state: Mutex::new(state), news }
    }

    /// A new one that lets no more than so many in flight.
    pub(crate) fn at_most(&self, most: usize) -> Self {
        Self::new(self.window.at_most(most), self.patience)
    }

    /// Waits for a place, and until the server wants to hear from us again. `None`, which means
    /// that nothing may be sent, cannot be: the semaphore is never closed.
    pub(crate) async fn enter(&self) -> Option<Place<'_>> {
        let permit = self.places.acquire().await.ok()?;
        let mut place = Place { limiter: self, permit: Some(permit), is_asking: false };
        loop {
            let news = self.news.notified();
            match self.turn() {
                Turn::Now => {
                    if self.places.available_permits() == 0 {
                        self.state().full = Some(Instant::now());
                    }
                    return Some(place);
                }
                Turn::Asking => {
                    place.is_asking = true;
                    return Some(place);
                }
                Turn::At(moment) => tokio::time::sleep_until(moment).await,
                Turn::Later => news.await,
            }
        }
    }

    fn turn(&self) -> Turn {
        let mut state = self.state();
        if state.given_up {
            return Turn::Now;
        }
        match &mut state.refusing {
            None => Turn::Now,
            Some(refusing) if refusing.quiet_until > Instant::now() => {
                Turn::At(refusing.quiet_until)
            }
            Some(refusing) if refusing.is_asked => Turn::Later,
            Some(refusing) => {
                refusing.is_asked = true;
                Turn::Asking
            }
        }
    }

    /// Whether the server has refused for too long: nothing is to be sent any more.
    pub(crate) fn has_given_up(&self) -> bool {
        self.state().given_up
    }

    /// Whether the server has ever had too many requests.
    pub(crate) fn was_refused(&self) -> bool {
        self.state().halved.is_some()
    }

    /// How long the server may go on refusing.
    pub(crate) fn patience_left(&self) -> Duration {
        let refusing = self.state().refusing;
        let refused_for = refusing.map_or(Duration::ZERO, |refusing| refusing.since.elapsed());
        self.patience.saturating_sub(refused_for)
    }

    /// How long nothing is sent from now on.
    pub(crate) fn quiet(&self) -> Duration {
        let until = self.state().refusing.map(|refusing| refusing.quiet_until);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// The server answered what was sent at `sent`, and did not complain.
    pub(crate) fn succeeded(&self, sent: Instant) {
        let mut state = self.state();
        if state.refusing.is_some_and(|refusing| sent >= refusing.last) {
            state.refusing = None;
            self.news.notify_waiters();
        }
        // A window that is not full tells nothing of what the server takes.
        if state.limit >= self.window.most || state.full.is_none_or(|full| full < sent) {
            return;
        }
        state.successes += 1;
        let enough = state.halved.map_or(1, |_| state.limit * SUCCESSES_AFTER_REFUSAL);
        if state.successes >= enough {
            state.successes = 0;
            state.limit += 1;
            if state.debt > 0 {
                state.debt -= 1;
            } else {
                self.places.add_permits(1);
            }
        }
    }

    /// The server had too many requests when this one, sent at `sent`, arrived. Of several that
    /// were in flight together only the first counts.
    pub(crate) fn throttled(&self, sent: Instant, asked: Option<Duration>) {
        let mut state = self.state();
        let now = Instant::now();
        let since = state.refusing.map_or(now, |refusing| refusing.since);
        let refused_for = now.duration_since(since);
        let pause = SHORTEST_QUIET.max(refused_for / QUIET_PART).max(asked.unwrap_or_default());
        let longest = self.patience.saturating_sub(refused_for);
        state.given_up |= pause > longest;
        let planned = state.refusing.map_or(now, |refusing| refusing.quiet_until);
        let quiet_until = planned.max(now + pause.min(longest));
        state.refusing = Some(Refusing { since, last: now, quiet_until, is_asked: false });
        self.news.notify_waiters();
        if state.halved.is_some_and(|halved| sent <= halved) {
            return;
        }
        let halved = (state.limit / 2).max(1);
        let surplus = state.limit - halved;
        state.debt += surplus - self.places.forget_permits(surplus);
        (state.limit, state.successes, state.halved) = (halved, 0, Some(now));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        if self.is_asking
            && let Some(refusing) = &mut state.refusing
        {
            refusing.is_asked = false;
            self.limiter.news.notify_waiters();
        }
        if state.debt > 0
            && let Some(permit) = self.permit.take()
        {
            state.debt -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests;
