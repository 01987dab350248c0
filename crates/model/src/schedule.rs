//! Times of the week: when machines run, and when something may be changed. A zone is part of them, so
//! that eight o'clock stays eight o'clock when clocks are put forward.

use crate::phase::Power;
use crate::prices::Fit;
use crate::resource::{Resource, Scheduled};
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Stretches of the week in one time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Week {
    /// The stretches; what is in one of them is in the week.
    pub hours: Vec<Hours>,
    /// Where the clock hangs.
    pub zone: Zone,
}

/// Days and a stretch of each: `Mon-Fri 08:00-20:00`. One that ends before it begins ends on the next
/// day; 24:00 is midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    text: String,
    days: BTreeSet<i8>,
    from: Time,
    until: Time,
}

/// A time zone by its name in the IANA database, which is built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// When machines run: in these hours as they are declared, else off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    /// What it is called.
    pub name: String,
    /// Where it stands: `plumb.yaml:12`.
    #[serde(skip)]
    pub place: String,
    /// Which machines.
    pub of: Fit,
    /// When they run.
    pub week: Week,
    /// How they are off in between.
    pub otherwise: Power,
}

/// When something may be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Window {
    /// What it is called.
    pub name: String,
    /// Where it stands: `plumb.yaml:12`.
    #[serde(skip)]
    pub place: String,
    /// Which things; all when it names no kind.
    pub about: Option<Fit>,
    /// When it is open.
    pub week: Week,
    /// What is held back while it is closed.
    pub holds: BTreeSet<Disturbance>,
}

/// What a change does to what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Disturbance {
    /// It is changed or deployed again.
    Update,
    /// It is switched on or off.
    Power,
    /// It is deleted, or replaced.
    Delete,
}

impl Week {
    /// Whether a moment is in it.
    #[must_use]
    pub fn covers(&self, now: Timestamp) -> bool {
        self.spans(now).any(|(from, until)| from <= now && now < until)
    }

    /// When that changes next; `None` when it never does.
    #[must_use]
    pub fn turns(&self, now: Timestamp) -> Option<Timestamp> {
        let covered = self.covers(now);
        let edges = self.spans(now).flat_map(<[Timestamp; 2]>::from).filter(|edge| *edge > now);
        edges.filter(|edge| self.covers(*edge) != covered).min()
    }

    /// A moment on its own clock: `Mon 2026-11-30 08:00 Europe/Berlin`.
    #[must_use]
    pub fn shown(&self, moment: Timestamp) -> String {
        let moment = self.zone.at(moment);
        format!("{} {}", moment.strftime("%a %Y-%m-%d %H:%M"), self.zone)
    }

    /// All stretches that are near a moment: of the day before it, which may last into its day, to a
    /// week after it.
    fn spans(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let today = self.zone.at(now);
        let days = (-1..=8_i64)
            .filter_map(move |day| today.checked_add(Span::new().try_days(day).ok()?).ok());
        days.flat_map(|day| self.hours.iter().filter_map(move |hours| hours.on(&day)))
    }
}

impl Hours {
    /// The stretch of a day, where there is one.
    fn on(&self, day: &Zoned) -> Option<(Timestamp, Timestamp)> {
        let date = day.date();
        if !self.days.contains(&date.weekday().to_monday_zero_offset()) {
            return None;
        }
        let last = if self.until <= self.from { date.tomorrow().ok()? } else { date };
        let at = |date: jiff::civil::Date, time| {
            Some(date.to_datetime(time).to_zoned(day.time_zone().clone()).ok()?.timestamp())
        };
        Some((at(date, self.from)?, at(last, self.until)?))
    }
}

/// How hours are written, for those who wrote them otherwise.
const FORM: &str =
    "expected days and a stretch of them, like Mon-Fri 08:00-20:00 or Sat 22:00-06:00";

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (days, stretch) = text.split_once(' ')?;
            let (from, until) = stretch.split_once('-')?;
            let days = days.split(',').map(days_of).collect::<Option<Vec<_>>>()?;
            let until = if until == "24:00" { Time::midnight() } else { time(until)? };
            let (text, days) = (text.to_owned(), days.into_iter().flatten().collect());
            Some(Self { text, days, from: time(from)?, until })
        };
        read().ok_or_else(|| FORM.to_owned())
    }
}

/// The days of `Mon` or `Fri-Mon`, as offsets from Monday.
fn days_of(text: &str) -> Option<Vec<i8>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (weekday(first)?, weekday(last)?);
    let days = first.cycle_forward().take(7);
    let until_last = days.scan(false, |ended, day| {
        let goes_on = !*ended;
        *ended |= day == last;
        goes_on.then_some(day.to_monday_zero_offset())
    });
    Some(until_last.collect())
}

fn weekday(text: &str) -> Option<Weekday> {
    const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let offset = NAMES.iter().position(|name| *name == text)?;
    Weekday::from_monday_zero_offset(i8::try_from(offset).ok()?).ok()
}

/// A time of day, as two digits each of hours and minutes.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':').filter(|_| text.len() == "00:00".len())?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

impl Serialize for Hours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Zone {
    /// The zone of universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    fn at(&self, moment: Timestamp) -> Zoned {
        moment.to_zoned(self.0.clone())
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let unknown = |_| "expected the name of a time zone, like Europe/Berlin or UTC".to_owned();
        TimeZone::get(name).map(Self).map_err(unknown)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Schedule {
    /// Puts the power of a machine as this has it at a moment, when it is about that machine.
    fn apply(&self, resource: &mut Resource, now: Timestamp) -> bool {
        if !self.of.fits(&resource.key, &resource.body) {
            return false;
        }
        let declared = resource.wishes.power.unwrap_or(Power::On);
        let runs = self.week.covers(now);
        resource.wishes.power =
            Some(if runs || declared != Power::On { declared } else { self.otherwise });
        let until = self.week.turns(now).map(|turn| format!(" until {}", self.week.shown(turn)));
        let (name, place) = (crate::text::escape(&self.name), &self.place);
        let hours = if runs { "in" } else { "outside" };
        let message = format!(
            "it is {hours} the hours of the schedule {name} ({place}){}",
            until.unwrap_or_default()
        );
        resource.wishes.scheduled = Some(Scheduled(message.into()));
        true
    }
}

/// Puts the power of a machine as the first schedule has it that is about it.
pub(crate) fn apply(schedules: &[Schedule], resource: &mut Resource, now: Timestamp) {
    let _ = schedules.iter().any(|schedule| schedule.apply(resource, now));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(hours: &[&str], zone: &str) -> Week {
        let hours = hours.iter().map(|text| text.parse().unwrap()).collect();
        Week { hours, zone: zone.parse().unwrap() }
    }

    #[test]
    fn a_moment_is_in_a_week_or_not_and_that_turns() {
        // 2026-11-30 is a Monday; Berlin is an hour ahead of universal time in winter, two in summer.
        for (hours, zone, now, covered, turn) in [
            (
                &["Mon-Fri 08:00-20:00"][..],
                "UTC",
                "2026-11-30T07:59:59Z",
                false,
                "2026-11-30T08:00:00Z",
            ),
            (&["Mon-Fri 08:00-20:00"], "UTC", "2026-11-30T08:00:00Z", true, "2026-11-30T20:00:00Z"),
            (
                &["Mon-Fri 08:00-20:00"],
                "UTC",
                "2026-12-04T20:00:00Z",
                false,
                "2026-12-07T08:00:00Z",
            ),
            (
                &["Mon-Fri 08:00-20:00"],
                "Europe/Berlin",
                "2026-11-30T07:00:00Z",
                true,
                "2026-11-30T19:00:00Z",
            ),
            (
                &["Mon-Fri 08:00-20:00"],
                "Europe/Berlin",
                "2026-06-01T06:00:00Z",
                true,
                "2026-06-01T18:00:00Z",
            ),
            // The clocks are put forward in the night to Sunday: the next Monday begins an hour sooner.
            (
                &["Mon-Fri 08:00-20:00"],
                "Europe/Berlin",
                "2026-03-27T19:00:00Z",
                false,
                "2026-03-30T06:00:00Z",
            ),
            (&["Fri 22:00-06:00"], "UTC", "2026-12-05T05:59:00Z", true, "2026-12-05T06:00:00Z"),
            (&["Sun-Mon 22:00-24:00"], "UTC", "2026-11-30T23:00:00Z", true, "2026-12-01T00:00:00Z"),
            (
                &["Sat-Mon 10:00-11:00"],
                "UTC",
                "2026-12-01T10:30:00Z",
                false,
                "2026-12-05T10:00:00Z",
            ),
            // Two that touch are one.
            (
                &["Mon 08:00-12:00", "Mon 12:00-13:00"],
                "UTC",
                "2026-11-30T09:00:00Z",
                true,
                "2026-11-30T13:00:00Z",
            ),
            (
                &["Mon,Wed 08:00-09:00"],
                "UTC",
                "2026-11-30T09:00:00Z",
                false,
                "2026-12-02T08:00:00Z",
            ),
        ] {
            let week = week(hours, zone);
            let moment: Timestamp = now.parse().unwrap();
            assert_eq!(week.covers(moment), covered, "{hours:?} {zone} {now}");
            let found = week.turns(moment).unwrap();
            assert_eq!(found, turn.parse().unwrap(), "{hours:?} {zone} {now}");
        }
        let always = week(&["Mon-Sun 00:00-24:00"], "UTC");
        assert!(always.covers("2026-11-30T00:00:00Z".parse().unwrap()));
        let berlin = week(&["Mon 08:00-09:00"], "Europe/Berlin");
        let shown = berlin.shown("2026-11-30T07:00:00Z".parse().unwrap());
        assert_eq!(shown, "Mon 2026-11-30 08:00 Europe/Berlin");
    }

    #[test]
    fn hours_that_are_written_otherwise_are_refused() {
        for wrong in [
            "",
            "Mon",
            "Mon 08:00",
            "mon 08:00-20:00",
            "Mon-Fry 08:00-20:00",
            "Mon 8:00-20:00",
            "Mon 08:00-25:00",
            "Mon 08:60-20:00",
            "Mon  08:00-20:00",
            "Mon 08:00 - 20:00",
            "Mon- 08:00-09:00",
            "Mon 24:00-08:00",
            "Mon +8:00-09:00",
            ", 08:00-09:00",
        ] {
            assert!(wrong.parse::<Hours>().is_err(), "{wrong:?}");
        }
        for wrong in ["", "Berlin", "CEST", "Europe/Nowhere"] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong:?}");
        }
    }
}
