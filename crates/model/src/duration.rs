//! Spans of time as people write them in manifests, in plumb.yaml and on the command line: hours,
//! minutes and whole seconds, in that order.

use jiff::SignedDuration;
use std::time::Duration;

/// Reads `1h30m`, `90m`, `45s`; `None` when it is written otherwise.
#[must_use]
pub fn read(text: &str) -> Option<Duration> {
    // jiff understands more: signs, fractions, other units and words.
    let known = text.bytes().all(|byte| byte.is_ascii_digit() || b"hms".contains(&byte));
    let span: SignedDuration = text.parse().ok().filter(|_| known && !text.contains("ms"))?;
    span.try_into().ok()
}

/// Writes a span that [`read`] reads.
#[must_use]
pub fn written(span: Duration) -> String {
    let span = SignedDuration::from_secs(i64::try_from(span.as_secs()).unwrap_or(i64::MAX));
    format!("{span:#}").replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for (text, seconds) in [
            ("90m", 5400),
            ("1h30m", 5400),
            ("45s", 45),
            ("2h5s", 7205),
            ("0s", 0),
            ("24h", 86_400),
        ] {
            assert_eq!(read(text), Some(Duration::from_secs(seconds)), "{text}");
            let again = written(Duration::from_secs(seconds));
            assert_eq!(read(&again), Some(Duration::from_secs(seconds)), "{again}");
        }
        let others = ["", "90", "m", "1m1h", "-1m", "1d", "1.5h", "+1m", "1m ", "5ms", "PT1H", "h"];
        for wrong in others {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(written(Duration::from_hours(24)), "24h");
    }
}
