//! Why nothing comes for a while: of a cloud that refuses, or of creates in doubt that are looked for.

use crate::text::escape;
use crate::words::{append, counted, duration};
use plumb_model::{ResourceKey, ServerText};
use std::time::Duration;

/// What is said when a request is repeated: why, when, and for how long at most. Without a `patience`
/// tries are counted.
#[must_use]
pub fn silence(
    provider: &str,
    because: &ServerText,
    pause: Duration,
    patience: Option<Duration>,
) -> String {
    let until = patience.map_or_else(
        || "and so on, some times".to_owned(),
        |patience| format!("and so on, for {} at most", spoken(patience)),
    );
    format!("Waiting for {provider}: {because}. Trying again in {}, {until}.", spoken(pause))
}

/// What is said before creates that an earlier run left open are looked for, each for so long at most.
#[must_use]
pub fn settling(open: &[(ResourceKey, Duration)]) -> String {
    let creates = counted(open.len(), "create", "creates");
    let mut text = format!("Looking for what became of {creates} that an earlier run left open:\n");
    for (key, at_most) in open {
        let until = if at_most.is_zero() {
            "once".to_owned()
        } else {
            format!("for {} at most, unless it shows itself", spoken(*at_most))
        };
        append(&mut text, format_args!("  {}: {until}\n", escape(&key.to_string())));
    }
    text
}

fn spoken(time: Duration) -> String {
    duration(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::{KindId, Scope};

    #[test]
    fn it_says_why_when_and_for_how_long() {
        let because = ServerText::new("too many requests (GET /a: 429)");
        let (pause, patience) = (Duration::from_secs(2), Duration::from_mins(5));
        assert_eq!(
            silence("toy", &because, pause, Some(patience)),
            "Waiting for toy: too many requests (GET /a: 429). Trying again in 2.0s, and so on, for \
             5m00s at most."
        );
        assert!(silence("toy", &because, pause, None).ends_with("some times."));
    }

    #[test]
    fn what_is_looked_for_is_named_with_its_time() {
        let key =
            |name: &str| ResourceKey::new(KindId::new("toy", "Thing"), Scope::Global, name.into());
        let open = [(key("a"), Duration::from_secs(570)), (key("b"), Duration::ZERO)];
        assert_eq!(
            settling(&open),
            "Looking for what became of 2 creates that an earlier run left open:\n  \
             Thing/a: for 9m30s at most, unless it shows itself\n  Thing/b: once\n"
        );
    }
}
