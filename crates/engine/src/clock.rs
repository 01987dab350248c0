//! Time and chance as inputs: a wall clock for records, and jitter from a seed. Sleeping goes
//! through tokio, whose clock tests can stop.

use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Tells the time of day.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock everything else takes")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Chance from a seed (splitmix64): the same seed gives the same pauses.
#[derive(Debug)]
pub struct Jitter(Mutex<u64>);

impl Jitter {
    /// A source that starts from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Between half of `pause` and all of it.
    #[must_use]
    pub fn shorten(&self, pause: Duration) -> Duration {
        let half = pause / 2;
        let span = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(self.next() % span.saturating_add(1))
    }

    fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// The end of a stretch of time from `now`; the furthest time there is when it does not fit.
pub(crate) fn after(now: Timestamp, stretch: Duration) -> Timestamp {
    now.checked_add(stretch).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_after_the_last() {
        let hour = Duration::from_hours(1);
        assert_eq!(after(Timestamp::MAX, hour), Timestamp::MAX);
        assert_eq!(after(Timestamp::UNIX_EPOCH, hour).as_second(), 3_600);
    }

    #[test]
    fn jitter_repeats_with_its_seed_and_stays_within_bounds() {
        let (one, two) = (Jitter::new(7), Jitter::new(7));
        for seconds in 0..200 {
            let pause = Duration::from_secs(seconds);
            let shortened = one.shorten(pause);
            assert_eq!(shortened, two.shorten(pause));
            assert!(shortened >= pause / 2 && shortened <= pause, "{shortened:?} of {pause:?}");
        }
        assert_ne!(
            Jitter::new(1).shorten(Duration::from_secs(99)),
            one.shorten(Duration::from_secs(99))
        );
    }
}
