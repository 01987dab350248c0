//! How many requests are in flight to one host: halved when the server says it is too many, and
//! recovering slowly. Knows nothing of what is sent.

use crate::transport::retry::LONGEST_RETRY_AFTER;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Successes for each place in flight before one more is tried.
const SUCCESSES_PER_PLACE: usize = 4;

/// A limit that adapts.
#[derive(Debug)]
pub(crate) struct Limiter {
    most: usize,
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Places to take away as soon as they are given back.
    debt: usize,
    successes: usize,
    halved: Option<Instant>,
    quiet_until: Option<Instant>,
}

/// A place in flight.
#[derive(Debug)]
pub(crate) struct Place<'l> {
    limiter: &'l Limiter,
    permit: Option<SemaphorePermit<'l>>,
}

impl Limiter {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        let state = State { limit: most, debt: 0, successes: 0, halved: None, quiet_until: None };
        Self { most, places: Semaphore::new(most), state: Mutex::new(state) }
    }

    /// Waits for a place, and until the server wants to hear from us again. `None`, which means
    /// that nothing may be sent, cannot be: the semaphore is never closed.
    pub(crate) async fn enter(&self) -> Option<Place<'_>> {
        let permit = self.places.acquire().await.ok()?;
        let place = Place { limiter: self, permit: Some(permit) };
        loop {
            let quiet_until = self.state().quiet_until;
            match quiet_until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return Some(place),
            }
        }
    }

    /// The server answered and did not complain.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state();
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
        if let Some(asked) = asked {
            let until = now + asked.min(LONGEST_RETRY_AFTER);
            state.quiet_until = state.quiet_until.max(Some(until));
        }
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
        let limiter = Limiter::new(8);
        let sent = Instant::now();
        let places = [limiter.enter().await, limiter.enter().await, limiter.enter().await];
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(sent, None);
        limiter.throttled(sent, None);
        drop(places);
        assert_eq!(free(&limiter).await, 4);
        for _ in 0..4 * SUCCESSES_PER_PLACE {
            limiter.succeeded();
        }
        assert_eq!(free(&limiter).await, 5);
        for _ in 0..1000 {
            limiter.succeeded();
        }
        assert_eq!(free(&limiter).await, 8);
    }

    #[tokio::test(start_paused = true)]
    async fn places_in_use_are_taken_away_when_given_back() {
        let limiter = Limiter::new(2);
        let places = [limiter.enter().await, limiter.enter().await];
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(Instant::now(), None);
        drop(places);
        assert_eq!(free(&limiter).await, 1);
        tokio::time::advance(Duration::from_secs(1)).await;
        limiter.throttled(Instant::now(), None);
        assert_eq!(free(&limiter).await, 1, "one always stays");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_enters_before_the_server_wants_it() {
        let limiter = Limiter::new(2);
        let start = Instant::now();
        limiter.throttled(start, Some(Duration::from_secs(30)));
        let _place = limiter.enter().await;
        assert_eq!(start.elapsed().as_secs(), 30);
    }
}
