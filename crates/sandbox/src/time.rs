//! Virtual time: a clock that runs `scale` times as fast as real time and can be set.
//!
//! Real time is an input, never read here: every request says when it arrived.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Where a world's virtual time begins unless the configuration says otherwise:
/// 2026-01-01T00:00:00Z. A constant, so that the same inputs give the same bytes.
pub const DEFAULT_EPOCH: Timestamp = Timestamp(1_767_225_600_000_000);

/// The longest step the clock takes at once: a hundred years. Keeps sums far from overflow.
const LONGEST_STEP: i64 = 100 * 366 * 86_400 * 1_000_000;

/// The range of moments a clock may be set to, in microseconds: the years 1970 to 9000.
const LATEST: i64 = 221_845_392_000_000_000;

/// A moment of virtual time in microseconds since 1970, written as RFC 3339 in UTC with six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Timestamp(i64);

/// The moment worlds begin at.
impl Default for Timestamp {
    fn default() -> Self {
        DEFAULT_EPOCH
    }
}

impl Timestamp {
    /// The moment so many microseconds after 1970, held between 1970 and the year 9000.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Timestamp(micros.clamp(0, LATEST))
    }

    /// The present moment of the machine's own clock; for whoever starts a world, not for the world.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "a served world begins at the real time")]
    pub fn of_the_machine() -> Self {
        Self::from_micros(jiff::Timestamp::now().as_microsecond())
    }

    /// Microseconds since 1970.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// The moment this much later.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(LONGEST_STEP).min(LONGEST_STEP);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// The form of the `Date` header.
    #[must_use]
    pub fn http_date(self) -> String {
        self.jiff().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// RFC 3339 in UTC with milliseconds.
    #[must_use]
    pub fn with_millis(self) -> String {
        self.jiff().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
    }

    /// The beginning of a day in UTC; none when there is no such day.
    #[must_use]
    pub fn of_date(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        let start = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Self::from_micros(start.timestamp().as_microsecond()))
    }

    /// Reads RFC 3339 text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parsed = text.parse::<jiff::Timestamp>().ok()?;
        Some(Self::from_micros(parsed.as_microsecond()))
    }

    fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.jiff().strftime("%Y-%m-%dT%H:%M:%S.%6fZ"))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

/// The relation of real to virtual time, and the latest moment reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Virtual seconds in a real second; 0 stands still.
    scale: u32,
    /// Real time at which `virtual_base` held.
    real_base: Duration,
    virtual_base: Timestamp,
    /// The latest real time seen.
    real: Duration,
}

impl Clock {
    /// A clock that shows `epoch` at real time zero.
    #[must_use]
    pub fn new(epoch: Timestamp, scale: u32) -> Self {
        let zero = Duration::ZERO;
        Clock { scale, real_base: zero, virtual_base: epoch, real: zero }
    }

    /// Takes note of the real time; an earlier one than the latest seen changes nothing.
    pub fn observe(&mut self, real: Duration) {
        self.real = self.real.max(real);
    }

    /// The virtual time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let passed = self.real.saturating_sub(self.real_base);
        self.virtual_base.after(passed.saturating_mul(self.scale))
    }

    /// The latest real time seen.
    #[must_use]
    pub fn real(&self) -> Duration {
        self.real
    }

    /// Virtual seconds in a real second.
    #[must_use]
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// Changes the speed from now on.
    pub fn set_scale(&mut self, scale: u32) {
        if scale != self.scale {
            self.set(self.now());
            self.scale = scale;
        }
    }

    /// Goes on at the present virtual time from another real time.
    pub(crate) fn rebase(&mut self, real: Duration) {
        let now = self.now();
        self.real = real;
        self.set(now);
    }

    /// Sets the virtual time. Going back is allowed; what has happened stays happened.
    pub fn set(&mut self, moment: Timestamp) {
        self.virtual_base = moment;
        self.real_base = self.real;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_print_and_parse() {
        assert_eq!(DEFAULT_EPOCH.to_string(), "2026-01-01T00:00:00.000000Z");
        assert_eq!(DEFAULT_EPOCH.http_date(), "Thu, 01 Jan 2026 00:00:00 GMT");
        let parsed = Timestamp::parse("2026-01-01T00:00:01.5Z").unwrap();
        assert_eq!(parsed, DEFAULT_EPOCH.after(Duration::from_millis(1500)));
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn the_clock_scales_stands_still_and_never_runs_back() {
        let mut clock = Clock::new(DEFAULT_EPOCH, 60);
        clock.observe(Duration::from_secs(2));
        assert_eq!(clock.now(), DEFAULT_EPOCH.after(Duration::from_mins(2)));
        clock.observe(Duration::from_secs(1));
        assert_eq!(clock.now(), DEFAULT_EPOCH.after(Duration::from_mins(2)));
        clock.set_scale(0);
        clock.observe(Duration::from_hours(1));
        assert_eq!(clock.now(), DEFAULT_EPOCH.after(Duration::from_mins(2)));
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let mut clock = Clock::new(Timestamp::from_micros(i64::MAX), u32::MAX);
        clock.observe(Duration::MAX);
        let _ = (clock.now().to_string(), clock.now().http_date());
    }
}
