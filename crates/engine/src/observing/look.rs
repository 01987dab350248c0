//! Looking at one object: alone where its kind can, else in its collections.

use crate::engine::Engine;
use crate::observing::identity::Bindings;
use crate::observing::survey;
use crate::transport::outcome::Outcome;
use jiff::Timestamp;
use plumb_kind::{Kind, Request, Snapshot};
use plumb_model::live::Completeness;
use plumb_model::rules::Identity;
use plumb_model::text::ServerText;
use plumb_model::{Body, LiveObject, Observation, RemoteId, ResourceKey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a look came to, and the server's clock then.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub(crate) observation: Observation,
    pub(crate) date: Option<Timestamp>,
}

impl Looked {
    /// The object, when it is there.
    pub(crate) fn present(&self) -> Option<&LiveObject> {
        match &self.observation {
            Observation::Present(object) => Some(object),
            Observation::Absent | Observation::Unknown(_) => None,
        }
    }
}

impl Engine {
    /// Looks alone at an object that was seen before; `None` when its kind cannot.
    pub(crate) async fn look_again(&self, live: &LiveObject) -> Option<Looked> {
        let request = self.kind(&live.key.kind)?.item_again(live)?;
        self.ask(&live.key, live.remote_id.as_ref(), &request).await
    }

    /// Looks at an object alone; `None` when its kind cannot, or when the server's words leave it open.
    pub(crate) async fn look_alone(
        &self,
        key: &ResourceKey,
        id: Option<&RemoteId>,
    ) -> Option<Looked> {
        let request = self.kind(&key.kind)?.item(key, id)?;
        self.ask(key, id, &request).await
    }

    async fn ask(
        &self,
        key: &ResourceKey,
        id: Option<&RemoteId>,
        request: &Request,
    ) -> Option<Looked> {
        let kind = self.kind(&key.kind)?;
        let answer = self.session(&key.kind)?.read(request).await;
        let observation = match &answer.outcome {
            Outcome::Applied(body) => read_item(kind, key, id, body),
            Outcome::Gone => Observation::Absent,
            // The words may be about something else: it is as if it could not be read alone.
            Outcome::SaidGone => return None,
            _ => Observation::Unknown(answer.reason()),
        };
        Some(Looked { observation, date: answer.date })
    }

    /// Looks for an object in complete listings of its collections: the proof of absence.
    pub(crate) async fn look_listed(&self, key: &ResourceKey, bindings: Arc<Bindings>) -> Looked {
        let found = self.observe_keys(std::slice::from_ref(key), bindings).await;
        let observation = found.get(key).cloned();
        let unknown = || Observation::Unknown(ServerText::new("it was not looked for"));
        Looked { observation: observation.unwrap_or_else(unknown), date: None }
    }

    /// Looks for objects in complete listings of their collections, each collection read once.
    pub(crate) async fn observe_keys(
        &self,
        keys: &[ResourceKey],
        bindings: Arc<Bindings>,
    ) -> BTreeMap<ResourceKey, Observation> {
        let mut wanted = survey::Wanted::known(bindings);
        wanted.keys(&self.registry, &self.table, keys.iter());
        let mut observed = self.survey(wanted, &Snapshot::default()).await;
        keys.iter()
            .filter_map(|key| Some((key.clone(), observed.live.objects.remove(key)?)))
            .collect()
    }
}

/// Reads the answer to a request for one object, and makes sure that it is that object.
/// What is known by id is that object when its id is; its name may have changed.
pub(crate) fn read_item(
    kind: &dyn Kind,
    key: &ResourceKey,
    id: Option<&RemoteId>,
    body: &Body,
) -> Observation {
    if kind.is_gone(body) {
        return Observation::Absent;
    }
    match plumb_kind::read(kind, body, &key.scope) {
        // What a read of one object does not carry, the object does not have: a workspace may be
        // without spec and labels.
        Ok(object) if is_asked(kind, key, id, &object) => {
            let (key, completeness) = (key.clone(), Completeness::Full);
            Observation::Present(Box::new(LiveObject { key, completeness, ..object }))
        }
        Ok(object) => {
            let text = format!("the server answered with {} instead", object.key);
            Observation::Unknown(ServerText::new(&text))
        }
        Err(error) => Observation::Unknown(ServerText::new(&error.to_string())),
    }
}

fn is_asked(
    kind: &dyn Kind,
    key: &ResourceKey,
    id: Option<&RemoteId>,
    object: &LiveObject,
) -> bool {
    match kind.rules().identity {
        Identity::Name => object.key == *key,
        Identity::Id => id.is_some() && object.remote_id.as_ref() == id,
    }
}
