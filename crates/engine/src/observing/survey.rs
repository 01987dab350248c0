//! From readings to Live: what is to be listed, and what the lists say about each key. Pure; the
//! reading itself is `observe`'s.

use crate::observing::identity::{self, Bindings, Boxed};
use plumb_kind::{Collection, CollectionId, Kind, NotReadable, Reading, Registry, Snapshot};
use plumb_model::live::{Completeness, Rivals};
use plumb_model::rules::Identity;
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Gap, KindId, KindRules, KindTable, LiveObject, Observation, Phase, RemoteId, Resource,
    ResourceKey, Scope, Sorted,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A chain of parents is at most as long as scopes are deep; one more for the object itself.
const DEEPEST_CHAIN: usize = 4;

/// What is to be looked at.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Every collection, with the kind whose provider serves it.
    pub(crate) collections: BTreeMap<CollectionId, (KindId, Collection)>,
    /// Collections in which names are looked up later: their items are kept.
    pub(crate) looked_up: BTreeSet<CollectionId>,
    /// The collections that show every object of a kind in a scope.
    pub(crate) places: BTreeMap<KindId, BTreeMap<Scope, Vec<CollectionId>>>,
    /// The keys that are asked about, beside whatever is found.
    pub(crate) keys: BTreeSet<ResourceKey>,
    /// Which thin items are read again on their own.
    pub(crate) depth: Depth,
    /// What is known of identities.
    pub(crate) bindings: Arc<Bindings>,
}

/// Which thin items are read again on their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Those that are asked about.
    #[default]
    Asked,
    /// All.
    Everything,
}

impl Wanted {
    /// Nothing yet, with these identities.
    pub(crate) fn known(bindings: Arc<Bindings>) -> Self {
        Self { bindings, ..Self::default() }
    }

    /// Asks about keys and the chains of their parents.
    pub(crate) fn keys<'k>(
        &mut self,
        registry: &Registry,
        table: &KindTable,
        keys: impl Iterator<Item = &'k ResourceKey>,
    ) {
        let mut asked: BTreeSet<ResourceKey> = keys.cloned().collect();
        let mut last = None;
        for key in &asked {
            // Neighbours have one list and one parent.
            let place = (&key.kind, &key.scope);
            if last.replace(place) != Some(place) {
                self.place(registry, &key.kind, &key.scope);
                let parents = table.parent_of(key);
                self.keys(registry, table, parents.iter());
            }
        }
        self.keys.append(&mut asked);
    }

    /// Asks about a kind in a scope.
    pub(crate) fn place(&mut self, registry: &Registry, kind: &KindId, scope: &Scope) {
        if self.places.get(kind).is_some_and(|scopes| scopes.contains_key(scope)) {
            return;
        }
        let collections = registry.kind(kind).map(|kind| kind.collections(scope));
        let collections = collections.unwrap_or_default();
        let ids = collections.iter().map(|collection| collection.id.clone()).collect();
        self.places.entry(kind.clone()).or_default().insert(scope.clone(), ids);
        for collection in collections {
            self.collection(kind, collection);
        }
    }

    /// Asks for what lives directly in a resource, of some kinds: to delete it, one must know.
    pub(crate) fn inside<'r>(
        &mut self,
        registry: &Registry,
        key: &ResourceKey,
        kinds: impl Iterator<Item = &'r KindRules>,
    ) {
        let inside = match &*key.scope {
            Scope::Global => Scope::Project(key.name.clone()),
            Scope::Project(project) | Scope::Workspace { project, .. } => {
                Scope::Workspace { project: project.clone(), workspace: key.name.clone() }
            }
        };
        for rules in kinds {
            self.place(registry, &rules.id, &inside);
        }
    }

    /// Asks for what a declared resource needs beside its own collections.
    pub(crate) fn lookups(&mut self, kind: &dyn Kind, resource: &Resource) {
        for collection in kind.lookups(resource) {
            self.lookup(resource.kind(), collection);
        }
    }

    /// Asks for a collection in which something is looked up later.
    pub(crate) fn lookup(&mut self, kind: &KindId, collection: Collection) {
        self.looked_up.insert(collection.id.clone());
        self.collection(kind, collection);
    }

    /// Keeps the items of a collection for later, if it is read.
    pub(crate) fn keep(&mut self, id: CollectionId) {
        self.looked_up.insert(id);
    }

    /// Whether the items of a collection are needed after its objects were read. Of a large fleet
    /// they are as much memory again as the objects.
    pub(crate) fn keeps(&self, id: &CollectionId) -> bool {
        self.depth == Depth::Everything || self.looked_up.contains(id)
    }

    /// Asks for a collection, which the provider of `kind` serves.
    pub(crate) fn collection(&mut self, kind: &KindId, collection: Collection) {
        let entry = self.collections.entry(collection.id.clone());
        entry.or_insert_with(|| (kind.clone(), collection));
    }
}

/// What the lists said, before absent keys are judged.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) objects: Sorted<ResourceKey, Observation>,
    pub(crate) gaps: BTreeSet<Gap>,
    pub(crate) rivals: BTreeMap<ResourceKey, Rivals>,
    /// Collections with items that could not be read: what is not found in them may be there.
    tainted: BTreeMap<CollectionId, ServerText>,
}

/// What is made of an item as soon as it is there: the object it is, where it is one, and the item itself
/// only where something is looked up in it later.
#[derive(Debug)]
pub(crate) struct Seen {
    object: Option<Result<Boxed, NotReadable>>,
    item: Option<Body>,
}

impl Seen {
    /// The object, where it is certain already which resource it is.
    pub(crate) fn known(&self, table: &KindTable, bindings: &Bindings) -> Option<Boxed> {
        bindings.known(table, self.object.as_ref()?.as_ref().ok()?)
    }
}

/// What lists came to.
pub(crate) type Sights = BTreeMap<CollectionId, Reading<Seen>>;

/// What is made of the items of a collection.
pub(crate) fn seeing<'w>(
    registry: &'w Registry,
    wanted: &Wanted,
    collection: &'w Collection,
) -> impl Fn(Body) -> Seen + use<'w> {
    let kind = collection.kind.as_ref().and_then(|kind| registry.kind(kind));
    let keeps = wanted.keeps(&collection.id);
    move |item| {
        let kind = kind.filter(|kind| !kind.is_gone(&item));
        let read = |kind| plumb_kind::read(kind, &item, &collection.scope);
        let object = kind.map(|kind| read(kind).map(Box::new));
        Seen { object, item: keeps.then_some(item) }
    }
}

/// Brings the objects of all lists together, and keeps the items that are looked at later.
pub(crate) fn find(registry: &Registry, wanted: &Wanted, sights: Sights) -> (Found, Snapshot) {
    let (mut found, mut objects, mut snapshot) =
        (Found::default(), Vec::new(), Snapshot::default());
    for (id, reading) in sights {
        let collection = wanted.collections.get(&id).map(|(_, collection)| collection);
        let kind = collection.and_then(|collection| registry.kind(collection.kind.as_ref()?));
        let reading = match (reading, kind.zip(collection)) {
            (Reading::Items(seen), kind) => {
                let mut here = Here::default();
                let kept = seen.into_iter().filter_map(|seen| here.take(seen));
                let kept = Reading::Items(kept.collect());
                if let Some((kind, collection)) = kind {
                    objects.extend(here.identify(kind, &wanted.bindings));
                    found.merge(&id, kind, collection, here);
                }
                kept
            }
            (Reading::Unknown(reason), kind) => {
                if let Some((kind, collection)) = kind {
                    found.gap(kind, collection, reason.clone());
                }
                Reading::Unknown(reason)
            }
            (Reading::Missing, _) => Reading::Missing,
        };
        snapshot.0.insert(id, reading);
    }
    // An object may be in two collections; being unknown in one is not healed by another.
    found.objects = Sorted::of(objects, |_, known, new| {
        if better(&new, known) {
            *known = new;
        }
    });
    (found, snapshot)
}

/// What one collection holds.
#[derive(Debug, Default)]
struct Here {
    /// Objects that no resource is found for yet.
    unidentified: Vec<Boxed>,
    rivals: BTreeMap<ResourceKey, Rivals>,
    unreadable: Option<ServerText>,
    twice: Option<ServerText>,
}

impl Here {
    /// Takes an object in, and gives its item back where it is kept.
    fn take(&mut self, seen: Seen) -> Option<Body> {
        match seen.object {
            Some(Ok(object)) => self.unidentified.push(object),
            Some(Err(error)) => self.unreadable = Some(ServerText::new(&error.to_string())),
            None => {}
        }
        seen.item
    }

    /// The objects under the keys of the resources they are.
    fn identify(
        &mut self,
        kind: &dyn Kind,
        bindings: &Bindings,
    ) -> Sorted<ResourceKey, Observation> {
        let objects = std::mem::take(&mut self.unidentified);
        if kind.rules().identity == Identity::Id {
            let assigned = bindings.assign(objects);
            self.rivals = assigned.rivals;
            return assigned.objects;
        }
        let named = objects.into_iter().map(|object| {
            let object = bindings.spelled(object);
            (object.key.clone(), Observation::Present(object))
        });
        Sorted::of(named, |key, known, _| {
            let text = ServerText::new(&format!("there are two objects called {key}"));
            self.twice = Some(text.clone());
            *known = Observation::Unknown(text);
        })
    }
}

impl Found {
    fn merge(&mut self, id: &CollectionId, kind: &dyn Kind, collection: &Collection, here: Here) {
        for reason in [here.twice, here.unreadable.clone()].into_iter().flatten() {
            self.gap(kind, collection, reason);
        }
        if let Some(reason) = here.unreadable {
            self.tainted.insert(id.clone(), reason);
        }
        self.rivals.extend(here.rivals);
    }

    fn gap(&mut self, kind: &dyn Kind, collection: &Collection, reason: ServerText) {
        let (kind, scope) = (kind.rules().id.clone(), collection.scope.clone());
        self.gaps.insert(Gap { kind, scope, reason });
    }

    /// Why what is not found in a collection may be there all the same.
    pub(crate) fn taint(&self, id: &CollectionId) -> Option<&ServerText> {
        self.tainted.get(id)
    }

    /// The objects that lists showed without their content.
    pub(crate) fn thin(&self, table: &KindTable, wanted: &Wanted) -> Vec<LiveObject> {
        let asked =
            |key: &ResourceKey| wanted.depth == Depth::Everything || wanted.keys.contains(key);
        self.objects
            .values()
            .filter_map(|observation| match observation {
                Observation::Present(object) => Some(&**object),
                Observation::Absent | Observation::Unknown(_) => None,
            })
            .filter(|object| object.completeness == Completeness::Thin && asked(&object.key))
            // What is being made and known by its id shows little until it is ready (V-29).
            .filter(|object| {
                object.status.phase != Phase::Pending
                    || !identity::is_by_id(table, &object.key.kind)
            })
            .cloned()
            .collect()
    }

    /// The keys that were asked about, are on record, and were not listed: a list that lags or
    /// leaves something out is no proof that it is gone.
    pub(crate) fn unlisted<'w>(
        &'w self,
        wanted: &'w Wanted,
        snapshot: &'w Snapshot,
    ) -> impl Iterator<Item = (&'w ResourceKey, Option<&'w RemoteId>)> {
        wanted.keys.iter().filter_map(|key| {
            if let Some(id) = wanted.bindings.id(key) {
                let seen = match self.objects.get(key) {
                    Some(Observation::Present(object)) => object.remote_id.as_ref(),
                    Some(Observation::Absent | Observation::Unknown(_)) | None => None,
                };
                return (seen != Some(id)).then_some((key, Some(id)));
            }
            // Where the list itself failed, reading its objects one by one is no help.
            let left_out = wanted.bindings.is_recorded(key)
                && !self.objects.contains_key(key)
                && matches!(self.listed(wanted, snapshot, key), Listed::Absent);
            left_out.then(|| (key, wanted.bindings.recorded_id(key)))
        })
    }

    /// Judges every key that was asked about and not found.
    pub(crate) fn judge(&mut self, table: &KindTable, wanted: &Wanted, snapshot: &Snapshot) {
        let missing = wanted.keys.iter().filter(|key| !self.objects.contains_key(key));
        let judged = missing.map(|key| (key.clone(), self.missing(table, wanted, snapshot, key)));
        let judged: Vec<_> = judged.collect();
        for (key, observation) in &judged {
            if let Observation::Unknown(reason) = observation {
                let (kind, scope) = (key.kind.clone(), Scope::clone(&key.scope));
                self.gaps.insert(Gap { kind, scope, reason: reason.clone() });
            }
        }
        self.objects.extend(judged);
    }

    /// A key that no list showed. Walks up the parents while collections are missing: they are
    /// missing because something above them is.
    fn missing(
        &self,
        table: &KindTable,
        wanted: &Wanted,
        snapshot: &Snapshot,
        key: &ResourceKey,
    ) -> Observation {
        let mut key = key.clone();
        for step in 0..DEEPEST_CHAIN {
            match self.objects.get(&key) {
                Some(Observation::Present(_)) => {
                    let text = format!("a list inside {key} is missing although it exists");
                    return Observation::Unknown(ServerText::new(&text));
                }
                Some(known) if step > 0 => return known.clone(),
                _ => {}
            }
            match self.listed(wanted, snapshot, &key) {
                Listed::Absent => return Observation::Absent,
                Listed::Unknown(reason) => return Observation::Unknown(reason),
                Listed::Missing => {}
            }
            let Some(parent) = table.parent_of(&key) else { break };
            key = parent;
        }
        Observation::Unknown(ServerText::new("the list it would be in does not exist"))
    }

    fn listed(&self, wanted: &Wanted, snapshot: &Snapshot, key: &ResourceKey) -> Listed {
        let ids = wanted.places.get(&key.kind).and_then(|scopes| scopes.get(&*key.scope));
        let ids = ids.map(Vec::as_slice).unwrap_or_default();
        let mut listed = if ids.is_empty() {
            Listed::Unknown(ServerText::new("there is no list it would be in"))
        } else {
            Listed::Absent
        };
        for id in ids {
            match (snapshot.reading(id), self.tainted.get(id)) {
                (Some(Reading::Unknown(reason)), _) | (Some(Reading::Items(_)), Some(reason)) => {
                    return Listed::Unknown(reason.clone());
                }
                (None, _) => return Listed::Unknown(ServerText::new("it was not listed")),
                (Some(Reading::Missing), _) => listed = Listed::Missing,
                (Some(Reading::Items(_)), None) => {}
            }
        }
        listed
    }
}

enum Listed {
    Absent,
    Missing,
    Unknown(ServerText),
}

/// Whether what a further collection says of an object replaces what is known: doubt wins over
/// everything, content over its absence.
fn better(new: &Observation, known: &Observation) -> bool {
    match (new, known) {
        (_, Observation::Unknown(_)) => false,
        (Observation::Unknown(_), _) => true,
        (Observation::Present(new), Observation::Present(known)) => {
            known.completeness == Completeness::Thin && new.completeness == Completeness::Full
        }
        _ => false,
    }
}
