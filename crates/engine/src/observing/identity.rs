//! Which live object is which resource. Where names do not say (docs/rules.md §9.1): by the id on record,
//! then by the uid it carries, then by its name when one unmarked object has it. Two candidates are
//! never guessed between. Where names say, the id on record counts before the name all the same: some
//! servers write a name in their own way. Pure.

use plumb_kind::Collection;
use plumb_model::live::{Candidate, Completeness, Rivals};
use plumb_model::mark;
use plumb_model::rules::Identity;
use plumb_model::text::ServerText;
use plumb_model::{
    Desired, FieldPath, KindId, KindTable, LedgerView, LiveObject, Observation, Phase, RemoteId,
    ResourceKey, Sorted,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// A live object on its way from list to list: it stays where it is in memory.
pub(crate) type Boxed = Box<LiveObject>;

/// What is known of identities before looking.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    stack: String,
    /// The keys that could be found, of kinds whose names do not say what they are.
    expected: BTreeSet<ResourceKey>,
    /// The same by the uids they may carry, for the first object that no id tells.
    uids: OnceLock<BTreeMap<String, ResourceKey>>,
    /// The id on record, by key.
    ids: BTreeMap<ResourceKey, RemoteId>,
    /// The same, by kind and id.
    keys: BTreeMap<(KindId, RemoteId), ResourceKey>,
    /// What manifests name by id, which counts where nothing is on record under its own id.
    named: BTreeMap<(KindId, RemoteId), ResourceKey>,
    /// What is on record, of all kinds.
    recorded: BTreeMap<ResourceKey, Option<RemoteId>>,
    /// What was made and is not in there.
    made: BTreeSet<ResourceKey>,
    /// The ids known of kinds whose names say what they are.
    spelled: BTreeMap<(KindId, RemoteId), ResourceKey>,
}

/// What a list's objects came to.
#[derive(Debug, Default)]
pub(crate) struct Assigned {
    pub(crate) objects: Sorted<ResourceKey, Observation>,
    /// Those that are nobody's, under names that are free.
    strangers: BTreeMap<ResourceKey, Observation>,
    pub(crate) rivals: BTreeMap<ResourceKey, Rivals>,
}

/// The objects that could be one resource.
#[derive(Debug, Default)]
struct Claims {
    on_record: Option<Boxed>,
    named: Option<Boxed>,
    by_uid: Vec<Boxed>,
    by_name: Vec<Boxed>,
}

impl Bindings {
    /// What manifests and ledger know. An id on record counts before one that a manifest names.
    pub(crate) fn new(table: &KindTable, desired: &Desired, ledger: &LedgerView) -> Self {
        let by_id = |key: &&ResourceKey| is_by_id(table, &key.kind);
        let known = desired.resources().keys().chain(ledger.entries.keys());
        let known = known.chain(ledger.open_intents.keys()).filter(by_id);
        let entries = ledger.entries.values();
        let (bound, spelled): (Vec<_>, Vec<_>) = entries
            .clone()
            .filter_map(|entry| Some((&entry.key, entry.remote_id.as_ref()?)))
            .partition(|(key, _)| by_id(key));
        let place =
            |(key, id): (&ResourceKey, &RemoteId)| ((key.kind.clone(), id.clone()), key.clone());
        // Each is made at once: most of it is in order.
        let mut bindings = Self {
            stack: ledger.stack.clone(),
            expected: known.cloned().collect(),
            ids: bound
                .iter()
                .map(|(key, id)| (ResourceKey::clone(key), RemoteId::clone(id)))
                .collect(),
            keys: bound.into_iter().map(place).collect(),
            recorded: entries.map(|entry| (entry.key.clone(), entry.remote_id.clone())).collect(),
            spelled: spelled.into_iter().map(place).collect(),
            ..Self::default()
        };
        for resource in desired.resources().values() {
            if let Some(id) = &resource.wishes.remote_id
                && is_by_id(table, &resource.key.kind)
            {
                bindings.name(table, desired, &resource.key, id);
            }
        }
        bindings
    }

    /// Takes note of the id a manifest names. An object on record under a key that is not declared
    /// any more is thereby renamed.
    fn name(&mut self, table: &KindTable, desired: &Desired, key: &ResourceKey, id: &RemoteId) {
        let place = (key.kind.clone(), id.clone());
        let old = self.keys.get(&place).filter(|old| desired.get(old).is_none()).cloned();
        match old {
            Some(old) if !self.ids.contains_key(key) => {
                self.release(&old);
                self.bind(table, key, id);
            }
            _ => {
                self.named.insert(place, key.clone());
            }
        }
    }

    /// Binds a key to an id, as a create or a look showed it.
    pub(crate) fn bind(&mut self, table: &KindTable, key: &ResourceKey, id: &RemoteId) {
        if is_by_id(table, &key.kind) {
            self.expect(table, key);
            if let Some(old) = self.ids.insert(key.clone(), id.clone()) {
                self.keys.remove(&(key.kind.clone(), old));
            }
            self.keys.insert((key.kind.clone(), id.clone()), key.clone());
        } else {
            self.spelled.insert((key.kind.clone(), id.clone()), key.clone());
        }
    }

    /// Lets go of the id of something that is gone.
    pub(crate) fn release(&mut self, key: &ResourceKey) {
        if let Some(id) = self.ids.remove(key) {
            self.keys.remove(&(key.kind.clone(), id));
        }
        self.spelled.retain(|_, known| known != key);
        self.recorded.remove(key);
        self.made.remove(key);
    }

    /// The id on record of a key.
    pub(crate) fn id(&self, key: &ResourceKey) -> Option<&RemoteId> {
        self.ids.get(key)
    }

    /// Takes note of something that was made.
    pub(crate) fn made(&mut self, key: &ResourceKey) {
        if !self.recorded.contains_key(key) {
            self.made.insert(key.clone());
        }
    }

    /// How many objects are to be in a list, as far as is known.
    pub(crate) fn number_in(&self, collection: &Collection) -> usize {
        let Some(kind) = &collection.kind else { return 0 };
        let is_in = |key: &&ResourceKey| key.kind == *kind && *key.scope == collection.scope;
        let first = ResourceKey::new(kind.clone(), collection.scope.clone(), String::new());
        let recorded = self.recorded.range(&first..).map(|(key, _)| key).take_while(is_in);
        recorded.count() + self.made.range(&first..).take_while(is_in).count()
    }

    /// Whether a key is on record.
    pub(crate) fn is_recorded(&self, key: &ResourceKey) -> bool {
        self.recorded.contains_key(key)
    }

    /// The id on record of a key whose name says what it is.
    pub(crate) fn recorded_id(&self, key: &ResourceKey) -> Option<&RemoteId> {
        self.recorded.get(key)?.as_ref()
    }

    /// An object of a kind whose names say what they are, under the name by which it is on record
    /// with its id, where the server only writes that in its own way: an e-mail in lower case. A
    /// name that is another one is another resource's.
    pub(crate) fn spelled(&self, mut object: Boxed) -> Boxed {
        let place = object.remote_id.clone().map(|id| (object.key.kind.clone(), id));
        let known = place.and_then(|place| self.spelled.get(&place));
        let is_spelling = |key: &&ResourceKey| {
            key.scope == object.key.scope
                && key.name != object.key.name
                && key.name.to_lowercase() == object.key.name.to_lowercase()
        };
        let Some(key) = known.filter(is_spelling).cloned() else { return object };
        let name = FieldPath::root().key("metadata").key("name");
        object.body = object.body.with(&name, key.name.as_str().into());
        object.key = key;
        object
    }

    /// An object of which it is certain before the list is read to its end which of the resources it is
    /// that are there: its id or its name says so.
    pub(crate) fn known(&self, table: &KindTable, object: &Boxed) -> Option<Boxed> {
        let mut object = object.clone();
        if is_by_id(table, &object.key.kind) {
            let place = (object.key.kind.clone(), object.remote_id.clone()?);
            object.key = self.keys.get(&place)?.clone();
        } else {
            object = self.spelled(object);
        }
        let is_there = self.recorded.contains_key(&object.key) || self.made.contains(&object.key);
        is_there.then_some(object)
    }

    /// Takes a key among those that can be found.
    pub(crate) fn expect(&mut self, table: &KindTable, key: &ResourceKey) {
        if is_by_id(table, &key.kind) && self.expected.insert(key.clone()) {
            // They are those of the keys that are expected.
            self.uids.take();
        }
    }

    /// The key of which an object carries the uid.
    fn of_uid(&self, uid: &str) -> Option<&ResourceKey> {
        let carried =
            |key| mark::uids(&self.stack, key).map(move |uid| (uid, ResourceKey::clone(key)));
        self.uids.get_or_init(|| self.expected.iter().flat_map(carried).collect()).get(uid)
    }

    /// Gives the objects of one list the keys of the resources they are. What is nobody's keeps
    /// its name; where that is taken, its id follows the name.
    pub(crate) fn assign(&self, objects: Vec<Boxed>) -> Assigned {
        let mut claims: BTreeMap<ResourceKey, Claims> = BTreeMap::new();
        let mut others = Vec::new();
        for object in objects {
            self.sort(object, &mut claims, &mut others);
        }
        let mut assigned = Assigned::default();
        for (key, claims) in claims {
            assigned.settle(key, claims, &mut others);
        }
        for object in others {
            assigned.let_stand(object);
        }
        assigned.objects.extend(std::mem::take(&mut assigned.strangers));
        assigned
    }

    fn sort(
        &self,
        mut object: Boxed,
        claims: &mut BTreeMap<ResourceKey, Claims>,
        others: &mut Vec<Boxed>,
    ) {
        let kind = &object.key.kind;
        let place = object.remote_id.clone().map(|id| (kind.clone(), id));
        let named = place.as_ref().and_then(|place| self.named.get(place));
        let on_record = place.as_ref().and_then(|place| self.keys.get(place));
        if let (Some(key), None) = (named, on_record) {
            claims.entry(key.clone()).or_default().named = Some(object);
            return;
        }
        if let Some(key) = on_record {
            claims.entry(key.clone()).or_default().on_record = Some(object);
            return;
        }
        let ours = object.mark.as_ref().is_some_and(|carried| mark::is_of(carried, &self.stack));
        let by_uid = object.uid.as_ref().filter(|_| ours).and_then(|uid| self.of_uid(uid));
        if let Some(key) = by_uid.filter(|key| key.kind == *kind) {
            claims.entry(key.clone()).or_default().by_uid.push(object);
            return;
        }
        let is_expected = self.expected.contains(&object.key);
        if is_expected && (ours || object.mark.is_none()) {
            // A mark with a foreign uid was copied from somewhere: it proves nothing.
            object.mark = None;
            claims.entry(object.key.clone()).or_default().by_name.push(object);
            return;
        }
        others.push(object);
    }
}

impl Assigned {
    fn settle(&mut self, key: ResourceKey, claims: Claims, others: &mut Vec<Boxed>) {
        let Claims { on_record, named, mut by_uid, mut by_name } = claims;
        if let (Some(_), Some(named)) = (&on_record, &named) {
            others.push(named.clone());
        }
        if let Some(object) = on_record.or(named) {
            if !by_uid.is_empty() {
                let rivals = Rivals::Duplicates(candidates(&by_uid));
                self.rivals.insert(key.clone(), rivals);
            }
            self.take(key, object);
        } else if by_uid.len() > 1 {
            self.undecided(key, &by_uid, "objects carry its mark");
        } else if let Some(object) = by_uid.pop() {
            self.take(key, object);
        } else if by_name.len() > 1 {
            self.undecided(key, &by_name, "unmarked objects have its name");
        } else if let Some(object) = by_name.pop() {
            self.by_name(key, object);
        }
        others.extend(by_uid);
        others.extend(by_name);
    }

    fn take(&mut self, key: ResourceKey, mut object: Boxed) {
        object.key = key.clone();
        self.objects.insert(key, Observation::Present(object));
    }

    /// A young object may not show its tags yet (V-29): whose it is, is not known then.
    fn by_name(&mut self, key: ResourceKey, object: Boxed) {
        if object.completeness == Completeness::Thin && object.status.phase == Phase::Pending {
            let text = "an object of its name is being made and does not show its tags yet";
            self.objects.insert(key, Observation::Unknown(ServerText::new(text)));
        } else {
            self.take(key, object);
        }
    }

    fn undecided(&mut self, key: ResourceKey, objects: &[Boxed], what: &str) {
        let text = ServerText::new(&format!("{} {what}", objects.len()));
        self.rivals.insert(key.clone(), Rivals::Undecided(candidates(objects)));
        self.objects.insert(key, Observation::Unknown(text));
    }

    /// Lets an object that is nobody's stand under its name, or its name and id.
    fn let_stand(&mut self, mut object: Boxed) {
        let mut key = object.key.clone();
        let is_taken = self.objects.contains_key(&key) || self.strangers.contains_key(&key);
        if is_taken || self.rivals.contains_key(&key) {
            let id = object.remote_id.as_ref().map_or("", RemoteId::as_str);
            key = key.named(format!("{} ({id})", key.name));
        }
        object.key = key.clone();
        self.strangers.insert(key, Observation::Present(object));
    }
}

fn candidates(objects: &[Boxed]) -> Vec<Candidate> {
    let candidate = |object: &Boxed| {
        let name = ServerText::new(&object.key.name);
        Some(Candidate { id: object.remote_id.clone()?, name, hourly: object.hourly })
    };
    objects.iter().filter_map(candidate).collect()
}

pub(crate) fn is_by_id(table: &KindTable, kind: &KindId) -> bool {
    table.get(kind).is_some_and(|rules| rules.identity == Identity::Id)
}

#[cfg(test)]
mod tests;
