//! Limits on how often clouds are called, each counted by itself. What goes beyond one is answered 429,
//! without an effect.
//!
//! They are counted in real time, as latency is: they belong to the way to a cloud, not to its life.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::choice;

choice!(
    /// How calls are counted.
    Counting {
        /// By whole stretches of time: at the beginning of each all may come at once.
        #[default]
        Window = "window",
        /// Evenly: each call that was let through comes back after its share of the stretch.
        Bucket = "bucket",
    }
);
choice!(
    /// What a refusal says about when to come back.
    ComeBack {
        /// Nothing.
        #[default]
        Silent = "none",
        /// So many seconds.
        Seconds = "seconds",
        /// A date.
        Date = "date",
    }
);

/// A limit on how often something is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The cloud it is of; all clouds together where none is named.
    #[serde(default)]
    pub cloud: Option<String>,
    /// The calls it lets through in each stretch; at least 1.
    pub calls: u32,
    /// The length of a stretch in real seconds; at least 1.
    #[serde(default = "a_minute")]
    pub seconds: u64,
    /// How calls are counted.
    #[serde(default)]
    pub counting: Counting,
    /// What a refusal says about when to come back.
    #[serde(default)]
    pub retry_after: ComeBack,
}

fn a_minute() -> u64 {
    60
}

/// A call that goes beyond a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Beyond {
    /// When the next one is let through, from now on.
    pub(crate) wait: Duration,
    /// What is said of that.
    pub(crate) retry_after: ComeBack,
}

/// What the limits have let through, in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LimitBook(Vec<Taken>);

/// What one limit has let through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Taken {
    /// The stretch that is counted, by its number.
    stretch: u64,
    /// The calls of that stretch.
    calls: u32,
    /// When a bucket is full again.
    full: Duration,
}

impl LimitBook {
    /// Counts a call to a cloud at a real moment; the first limit that it goes beyond, if any. What is
    /// refused counts nowhere.
    pub(crate) fn take(
        &mut self,
        limits: &[RateLimit],
        cloud: Option<&str>,
        now: Duration,
    ) -> Option<Beyond> {
        self.0.resize(limits.len(), Taken::default());
        let is_of = |limit: &RateLimit| limit.cloud.is_none() || limit.cloud.as_deref() == cloud;
        let counted = limits.iter().zip(&mut self.0).filter(|(limit, _)| is_of(limit));
        let mut counted: Vec<(&RateLimit, &mut Taken)> = counted.collect();
        for (limit, taken) in &counted {
            let wait = limit.wait(**taken, now);
            if !wait.is_zero() {
                return Some(Beyond { wait, retry_after: limit.retry_after });
            }
        }
        for (limit, taken) in &mut counted {
            limit.count(taken, now);
        }
        None
    }
}

impl RateLimit {
    fn stretch(&self) -> Duration {
        Duration::from_secs(self.seconds.max(1))
    }

    /// The number of the stretch that a moment is in.
    fn number(&self, now: Duration) -> u64 {
        now.as_secs() / self.seconds.max(1)
    }

    fn each(&self) -> Duration {
        self.stretch() / self.calls.max(1)
    }

    /// How long a call has to wait until it is let through.
    fn wait(&self, taken: Taken, now: Duration) -> Duration {
        match self.counting {
            Counting::Window => {
                let number = self.number(now);
                let is_used_up = taken.stretch == number && taken.calls >= self.calls.max(1);
                let next = Duration::from_secs(number.saturating_add(1) * self.seconds.max(1));
                if is_used_up { next.saturating_sub(now) } else { Duration::ZERO }
            }
            Counting::Bucket => {
                let room = self.stretch().saturating_sub(self.each());
                taken.full.saturating_sub(now.saturating_add(room))
            }
        }
    }

    fn count(&self, taken: &mut Taken, now: Duration) {
        let number = self.number(now);
        if taken.stretch != number {
            (taken.stretch, taken.calls) = (number, 0);
        }
        taken.calls += 1;
        taken.full = taken.full.max(now).saturating_add(self.each());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(counting: Counting) -> RateLimit {
        RateLimit {
            cloud: Some("toy".to_owned()),
            calls: 3,
            seconds: 60,
            counting,
            retry_after: ComeBack::Seconds,
        }
    }

    /// The waits of calls at these seconds; 0 of those that are let through.
    fn waits(limit: &RateLimit, seconds: &[u64]) -> Vec<u64> {
        let mut book = LimitBook::default();
        let mut wait = |at: &u64| {
            let now = Duration::from_secs(*at);
            let limits = std::slice::from_ref(limit);
            book.take(limits, Some("toy"), now).map_or(0, |beyond| beyond.wait.as_secs())
        };
        seconds.iter().map(&mut wait).collect()
    }

    #[test]
    fn a_window_lets_all_come_at_its_beginning() {
        let seconds = [70, 71, 72, 73, 119, 120, 120, 120, 121];
        assert_eq!(waits(&limit(Counting::Window), &seconds), [0, 0, 0, 47, 1, 0, 0, 0, 59]);
    }

    #[test]
    fn a_bucket_fills_up_evenly() {
        let seconds = [70, 71, 72, 73, 89, 90, 91, 110, 200, 200, 200, 200];
        let expected = [0, 0, 0, 17, 1, 0, 19, 0, 0, 0, 0, 20];
        assert_eq!(waits(&limit(Counting::Bucket), &seconds), expected);
    }

    #[test]
    fn clouds_are_counted_apart() {
        let mut book = LimitBook::default();
        let limits = [RateLimit { calls: 1, ..limit(Counting::Window) }];
        let mut take = |cloud| book.take(&limits, Some(cloud), Duration::ZERO).is_none();
        let taken = [take("toy"), take("other"), take("toy"), take("other")];
        assert_eq!(taken, [true, true, false, true]);
    }

    #[test]
    fn limits_read_as_json() {
        let text = r#"{"cloud": "toy", "calls": 100}"#;
        let limit: RateLimit = serde_json::from_str(text).unwrap();
        assert_eq!((limit.calls, limit.seconds), (100, 60));
        assert!(serde_json::from_str::<RateLimit>(r#"{"calls": 1, "per": 2}"#).is_err());
    }
}
