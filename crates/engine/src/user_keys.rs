//! Keys of a cloud's users: whose the one in use is, which there are, making and deleting them. Apart
//! from every run: nothing of it is planned or recorded.
//!
//! # Guarantees
//! A key is asked for once. What is secret of it leaves in [`Made::Key`] and in nothing else: no answer
//! that has it is logged or told of.

use crate::engine::Engine;
use crate::transport::outcome::{Answer, Outcome};
use crate::transport::session::Session;
use jiff::Timestamp;
use plumb_kind::{KeyHolder, ListedKey, Lookup, MadeKey, NewKey, Provider, Request, UserKeys};
use plumb_model::RemoteId;
use plumb_model::event::Failure;
use std::sync::Arc;

/// What asking for a key came to.
#[derive(Debug)]
pub enum Made {
    /// It was made.
    Key(MadeKey),
    /// Nothing was made.
    Refused(Box<Failure>),
    /// Nobody knows whether one was made; what is secret of it is lost.
    InDoubt(Box<Failure>),
}

impl Engine {
    /// Asks a provider whose key is used, and until when it is accepted, as far as it says. Sends
    /// nothing but reads.
    pub async fn own_key(
        &self,
        provider: &'static dyn Provider,
    ) -> (Option<KeyHolder>, Option<Timestamp>) {
        let (Some(session), Some(asks)) = (self.session_with(provider.name()), provider.key_end())
        else {
            return (None, None);
        };
        let answer = session.read_aside(&asks.request).await;
        let Outcome::Applied(whose) = &answer.outcome else { return (None, None) };
        let holder = (asks.holder)(whose);
        let Some(list) = (asks.list)(whose) else { return (holder, None) };
        let answer = session.read_aside(&list).await;
        let end = match &answer.outcome {
            Outcome::Applied(keys) => (asks.read)(keys, session.key()),
            _ => None,
        };
        (holder, end)
    }

    /// Until when the key to a provider is accepted; `None` where nobody says, or it never ends.
    pub async fn key_end(&self, provider: &'static dyn Provider) -> Option<Timestamp> {
        self.own_key(provider).await.1
    }

    /// The user of a name.
    pub async fn find_holder(
        &self,
        provider: &str,
        keys: &dyn UserKeys,
        name: &str,
    ) -> Lookup<KeyHolder> {
        let snapshot = self.read_lookups(provider, &[keys.holders()]).await;
        keys.holder(&snapshot, name)
    }

    /// The keys of a user.
    pub async fn keys_of(
        &self,
        provider: &str,
        keys: &dyn UserKeys,
        holder: &RemoteId,
    ) -> Lookup<Vec<ListedKey>> {
        let collection = keys.keys(holder);
        let snapshot = self.read_lookups(provider, std::slice::from_ref(&collection)).await;
        Lookup::list(&snapshot, &collection)
            .and_then(|items| Lookup::Found(items.iter().filter_map(|it| keys.read(it)).collect()))
    }

    /// Makes a key, once: what becomes of a request whose answer is lost is not tried out.
    pub async fn make_key(
        &self,
        provider: &'static dyn Provider,
        keys: &dyn UserKeys,
        (holder, key): (&RemoteId, &NewKey<'_>),
    ) -> Made {
        let Some(session) = self.session_with(provider.name()) else {
            return Made::Refused(Box::new(not_connected(provider)));
        };
        let request = keys.create(holder, key);
        let answer = session.once(session.place().await, &request).await;
        let failed =
            |what: &str| Box::new(answer.failure(format!("{what}: {}", answer.why()), None));
        match &answer.outcome {
            Outcome::Applied(body) => Made::Key(keys.made(body)),
            Outcome::Unknown(_) => Made::InDoubt(failed("whether a key was made is not known")),
            _ => Made::Refused(failed("no key was made")),
        }
    }

    /// Deletes a key; one that is gone already is deleted.
    ///
    /// # Errors
    /// When it may still be there.
    pub async fn delete_key(
        &self,
        provider: &'static dyn Provider,
        keys: &dyn UserKeys,
        key: &RemoteId,
    ) -> Result<(), Box<Failure>> {
        let session = self.session_with(provider.name());
        let session = session.ok_or_else(|| Box::new(not_connected(provider)))?;
        let answer = deleted(session, &keys.delete(key)).await;
        match answer.outcome {
            Outcome::Applied(_) | Outcome::Gone => Ok(()),
            _ => {
                let message = format!("the key {key} was not deleted: {}", answer.why());
                Err(Box::new(answer.failure(message, None)))
            }
        }
    }
}

/// Sends a delete, and once more where nobody knows what became of it: deleting twice does nothing
/// else.
async fn deleted(session: &Arc<Session>, request: &Request) -> Answer {
    let answer = session.once(session.place().await, request).await;
    match answer.outcome {
        Outcome::Unknown(_) => session.once(session.place().await, request).await,
        _ => answer,
    }
}

fn not_connected(provider: &dyn Provider) -> Failure {
    Failure {
        message: format!("there is no connection to {}", provider.name()),
        said: None,
        help: None,
        request: None,
    }
}
