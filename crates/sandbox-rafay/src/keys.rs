//! The API keys of users: what is kept of them, and what time does to them (contract 1.4, 6.2).
//!
//! Of a key only a digest is kept: its secret is shown once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use plumb_sandbox::ids;
use plumb_sandbox::time::Timestamp;

const DAY: i64 = 86_400;

/// A key of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Seven characters, by which it is deleted.
    pub id: String,
    /// What the user calls it.
    pub name: String,
    /// The id of the user.
    pub user: String,
    /// The part of its text that lists show.
    pub beginning: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none is never.
    pub expires_at: Option<Timestamp>,
    digest: String,
    /// How many of its events have happened.
    happened: usize,
}

/// What time does to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyEvent {
    /// Its user is told that it ends in so many days.
    Notice(u64),
    /// It ends.
    Expiry,
    /// It is forgotten.
    Purge,
}

/// The keys of an organization, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKeys(Vec<ApiKey>);

impl ApiKey {
    /// A key of this text.
    pub(crate) fn new(
        (id, name, user): (String, String, String),
        text: &str,
        created_at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Self {
        let beginning = text.rsplit_once('.').map_or(text, |(beginning, _)| beginning).to_owned();
        let digest = ids::digest(text.as_bytes());
        let mut key =
            ApiKey { id, name, user, beginning, created_at, expires_at, digest, happened: 0 };
        // Of what ends in three days nobody is told that it ends in seven.
        while key.next().is_some_and(|(at, _)| at <= created_at) {
            key.happened += 1;
        }
        key
    }

    /// What happens to it next, and when.
    fn next(&self) -> Option<(Timestamp, KeyEvent)> {
        let ends = self.expires_at?;
        let events = [
            (-7 * DAY, KeyEvent::Notice(7)),
            (-DAY, KeyEvent::Notice(1)),
            (0, KeyEvent::Expiry),
            (90 * DAY, KeyEvent::Purge),
        ];
        let (seconds, event) = events.get(self.happened)?;
        let at = ends.as_micros().saturating_add(seconds * 1_000_000);
        Some((Timestamp::from_micros(at), *event))
    }
}

impl ApiKeys {
    /// Every key, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &ApiKey> {
        self.0.iter()
    }

    pub(crate) fn push(&mut self, key: ApiKey) {
        self.0.push(key);
    }

    /// The key of this text.
    pub(crate) fn of_text(&self, text: &str) -> Option<&ApiKey> {
        if self.0.is_empty() {
            return None;
        }
        let digest = ids::digest(text.as_bytes());
        self.0.iter().find(|key| key.digest == digest)
    }

    /// The key of this id.
    pub(crate) fn of_id(&self, id: &str) -> Option<&ApiKey> {
        self.0.iter().find(|key| key.id == id)
    }

    /// Removes the key of this id.
    pub(crate) fn remove(&mut self, id: &str) {
        self.0.retain(|key| key.id != id);
    }

    /// When something happens to a key next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(ApiKey::next).map(|(at, _)| at).min()
    }

    /// Lets the next thing happen that is due; says to which key, as it was.
    pub(crate) fn step(&mut self) -> Option<(ApiKey, KeyEvent)> {
        let due = self.next_due()?;
        let found = self.0.iter_mut().find(|key| key.next().is_some_and(|(at, _)| at == due))?;
        let (_, event) = found.next()?;
        found.happened += 1;
        let key = found.clone();
        if event == KeyEvent::Purge {
            self.remove(&key.id);
        }
        Some((key, event))
    }
}

/// So many hours.
pub(crate) fn hours(count: u64) -> Duration {
    Duration::from_secs(count.saturating_mul(3600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_sandbox::time::DEFAULT_EPOCH;

    fn key(hours_left: u64) -> ApiKey {
        let ends = Some(DEFAULT_EPOCH.after(hours(hours_left)));
        let named = ("abc".to_owned(), "ci".to_owned(), "user".to_owned());
        ApiKey::new(named, "ra2.abc.secret", DEFAULT_EPOCH, ends)
    }

    #[test]
    fn the_secret_is_not_kept() {
        let kept = serde_json::to_string(&key(24)).unwrap();
        assert!(kept.contains("ra2.abc") && !kept.contains("secret"), "{kept}");
    }

    #[test]
    fn notices_come_before_the_end_and_the_purge_long_after() {
        for (hours_left, expected) in [
            (30 * 24, vec![KeyEvent::Notice(7), KeyEvent::Notice(1)]),
            (3 * 24, vec![KeyEvent::Notice(1)]),
            (1, vec![]),
        ] {
            let mut keys = ApiKeys::default();
            keys.push(key(hours_left));
            let happened: Vec<KeyEvent> =
                std::iter::from_fn(|| keys.step()).map(|(_, event)| event).collect();
            let mut expected = expected;
            expected.extend([KeyEvent::Expiry, KeyEvent::Purge]);
            assert_eq!(happened, expected, "{hours_left}");
            assert_eq!(keys.iter().count(), 0);
        }
    }
}
