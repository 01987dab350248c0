//! How many requests are in flight to one host, and when: halved when the server says it is too
//! many and recovering slowly, and after a refusal one at a time, at growing distance, until the server
//! takes one. Knows nothing of what is sent.
//!
//! # Guarantees
//! - While the server refuses, one request at a time asks whether it still does.
//! - The pauses grow with the time it has refused for, so that waiting costs no more than a tenth
//!   above what the server's own count demands.
//! - Once it has refused for longer than the patience, or asks for more, nothing is sent any more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Successes for each place in flight before one more is tried.
const SUCCESSES_PER_PLACE: usize = 4;
/// The shortest pause after a refusal.
const SHORTEST_QUIET: Duration = Duration::from_secs(1);
/// Which part of the time that the server has refused for the next pause is.
const QUIET_PART: u32 = 10;

/// A limit that adapts.
#[derive(Debug)]
pub(crate) struct Limiter {
    most: usize,
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
    pub(crate) fn new(most: usize, patience: Duration) -> Self {
        let most = most.max(1);
        let state = State {
            limit: most,
            debt: 0,
            successes: 0,
            halved: None,
            refusing: None,
            given_up: false,
        };
        let (places, news) = (Semaphore::new(most), Notify::new());
        Self { most, patience, places, state: Mutex::new(state), news }
    }

    /// Waits for a place, and until the server wants to hear from us again. `None`, which means
    /// that nothing may be sent, cannot be: the semaphore is never closed.
    pub(crate) async fn enter(&self) -> Option<Place<'_>> {
        let permit = self.places.acquire().await.ok()?;
        let mut place = Place { limiter: self, permit: Some(permit), is_asking: false };
        loop {
            let news = self.news.notified();
            match self.turn() {
                Turn::Now => return Some(place),
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
        if state.limit >= self.most {
            return;
        }
        state.successes += 1;
        if state.successes >= state.limit * SUCCESSES_PER_PLACE {
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
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_mins(5);

    async fn free(limiter: &Limiter) -> usize {
        let mut places = Vec::new();
        while let Ok(place) = tokio::time::timeout(Duration::from_millis(1), limiter.enter()).await
        {
            places.push(place);
        }
        places.len()
    }

    #[tokio::test(start_paused = true)]
    async fn it_halves_once_for_a_burst_and_recovers_slowly() {
        let limiter = Limiter::new(8, PATIENCE);
        let sent = Instant::now();
        let places = [limiter.enter().await, limiter.enter().await, limiter.enter().await];
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(sent, None);
        limiter.throttled(sent, None);
        drop(places);
        limiter.succeeded(Instant::now());
        assert_eq!(free(&limiter).await, 4);
        for _ in 0..4 * SUCCESSES_PER_PLACE {
            limiter.succeeded(Instant::now());
        }
        assert_eq!(free(&limiter).await, 5);
        for _ in 0..1000 {
            limiter.succeeded(Instant::now());
        }
        assert_eq!(free(&limiter).await, 8);
    }

    #[tokio::test(start_paused = true)]
    async fn places_in_use_are_taken_away_when_given_back() {
        let limiter = Limiter::new(2, PATIENCE);
        let places = [limiter.enter().await, limiter.enter().await];
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(Instant::now(), None);
        drop(places);
        limiter.succeeded(Instant::now());
        assert_eq!(free(&limiter).await, 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(Instant::now(), None);
        limiter.succeeded(Instant::now());
        assert_eq!(free(&limiter).await, 1, "one always stays");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_enters_before_the_server_wants_it() {
        let limiter = Limiter::new(2, PATIENCE);
        let start = Instant::now();
        limiter.throttled(start, Some(Duration::from_secs(30)));
        let _place = limiter.enter().await;
        assert_eq!(start.elapsed().as_secs(), 30);
    }

    /// A server that takes `most` requests a minute, by whole minutes, and refuses the rest.
    struct Counting {
        began: Instant,
        most: u64,
        taken: Mutex<(u64, u64)>,
        refused: Mutex<u64>,
    }

    impl Counting {
        fn takes(&self) -> bool {
            let minute = self.began.elapsed().as_secs() / 60;
            let mut taken = self.taken.lock().unwrap();
            if taken.0 != minute {
                *taken = (minute, 0);
            }
            if taken.1 < self.most {
                taken.1 += 1;
                return true;
            }
            *self.refused.lock().unwrap() += 1;
            false
        }
    }

    async fn send(limiter: &Limiter, server: &Counting) {
        while let Some(place) = limiter.enter().await {
            let sent = Instant::now();
            tokio::time::sleep(Duration::from_millis(50)).await;
            if server.takes() {
                limiter.succeeded(sent);
                return;
            }
            limiter.throttled(sent, None);
            drop(place);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_counts_is_asked_seldom_and_waited_for_no_longer_than_it_counts() {
        let limiter = Limiter::new(10, PATIENCE);
        let server = Counting {
            began: Instant::now(),
            most: 100,
            taken: Mutex::default(),
            refused: Mutex::default(),
        };
        futures_util::future::join_all((0..1_000).map(|_| send(&limiter, &server))).await;
        let (took, refused) = (server.began.elapsed(), *server.refused.lock().unwrap());
        assert!(!limiter.has_given_up());
        // Ten minutes' worth, the first of which is taken at once.
        assert!(took <= Duration::from_secs(540 + 54 + 10), "{took:?}");
        assert!(refused <= 9 * 40, "{refused} refusals");
    }

    #[tokio::test(start_paused = true)]
    async fn one_at_a_time_asks_a_server_that_refuses() {
        let limiter = Limiter::new(4, PATIENCE);
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(Instant::now(), None);
        tokio::time::advance(Duration::from_secs(2)).await;
        let asking = limiter.enter().await;
        assert_eq!(free(&limiter).await, 0, "somebody is asking");
        drop(asking);
        let sent = Instant::now();
        let asking = limiter.enter().await;
        limiter.succeeded(sent);
        drop(asking);
        assert_eq!(free(&limiter).await, 2, "half of four, and no more questions");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let limiter = Limiter::new(4, PATIENCE);
        let began = Instant::now();
        while !limiter.has_given_up() {
            let place = limiter.enter().await;
            limiter.throttled(Instant::now(), None);
            drop(place);
        }
        let took = began.elapsed();
        assert!(took >= PATIENCE * 4 / 5 && took <= PATIENCE, "{took:?}");
        let limiter = Limiter::new(4, PATIENCE);
        limiter.throttled(Instant::now(), Some(Duration::from_mins(4)));
        assert!(!limiter.has_given_up());
        let limiter = Limiter::new(4, PATIENCE);
        limiter.throttled(Instant::now(), Some(Duration::from_hours(1)));
        assert!(limiter.has_given_up(), "it asks for more than there is");
    }
}
