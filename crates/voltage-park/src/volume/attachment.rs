//! Which rentals mount a volume (V-22). `order_ids` is the whole set: what is declared replaces
//! what is there. A rental may say the same from its side, in `storage_id`; the two must agree.

use crate::{collections, ids};
use plumb_kind::{CannotBuild, Collection, Context, Snapshot, Step, Surroundings};
use plumb_model::resource::OutputReference;
use plumb_model::rules::FieldRule;
use plumb_model::text::ServerText;
use plumb_model::{
    Aspect, Body, Code, FieldPath, Finding, Live, LiveObject, PathPattern, Resource, ResourceKey,
    Scope,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The same as a path.
pub(super) static RENTALS: LazyLock<FieldPath> =
    LazyLock::new(|| FieldPath::root().key("spec").key("order_ids"));
/// Where a rental declares its volume.
static VOLUME: LazyLock<FieldPath> =
    LazyLock::new(|| FieldPath::root().key("spec").key("storage_id"));

/// The rentals in an answer, as ids in one form, sorted. Nothing and null mean none (V-54).
pub(super) fn of_item(item: &Body) -> Vec<String> {
    let ids = item.get("order_ids").and_then(Body::as_array).into_iter().flatten();
    let ids: BTreeSet<String> = ids.filter_map(id_of).collect();
    ids.into_iter().collect()
}

/// The rentals in a document.
pub(super) fn of_body(body: &Body) -> Vec<String> {
    body.get("spec").map(of_item).unwrap_or_default()
}

/// An id in the one form; what is none stays as it is, so that it is seen.
fn id_of(value: &Body) -> Option<String> {
    let text = value.as_str()?;
    Some(ids::uuid(text).unwrap_or_else(|| text.to_owned()))
}

/// Brings ids into one form, and makes each name the output of the rental it names.
pub(super) fn prepare(resource: &mut Resource) {
    let count = elements(&resource.body).len();
    for at in 0..count {
        let Some(place) = resource.body.find_mut(&RENTALS.index(at)) else { continue };
        ids::normalise(place);
        let name = place.as_str().filter(|text| ids::uuid(text).is_none());
        let Some(key) = name.map(|name| ids::key(ids::bare_metal(), name)) else { continue };
        *place = OutputReference { key, path: FieldPath::root().key("id") }.into();
    }
}

fn elements(body: &Body) -> &[Body] {
    body.find(&RENTALS).and_then(Body::as_array).unwrap_or_default()
}

/// A rental as it is declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Declared {
    Named(ResourceKey),
    WithId(String),
}

/// The declared rentals with their places; `None` when the field is not declared. What another
/// kind of output says is not known here.
fn declared(resource: &Resource) -> Option<Vec<(FieldPath, Declared)>> {
    resource.field(&RENTALS)?.as_array()?;
    let output = FieldPath::root().key("id");
    let read = |(at, value): (usize, &Body)| {
        let path = RENTALS.index(at);
        let rental = match value {
            Body::Output(reference) if reference.path == output => {
                Declared::Named(reference.key.clone())
            }
            other => Declared::WithId(other.to_look_up()?.to_owned()),
        };
        Some((path, rental))
    };
    Some(elements(&resource.body).iter().enumerate().filter_map(read).collect())
}

/// What is wrong with the list by itself: rentals named twice, and texts that are no ids.
pub(super) fn check(resource: &Resource) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (path, rental) in declared(resource).unwrap_or_default() {
        let mistake = match &rental {
            Declared::WithId(text) if ids::uuid(text).is_none() => {
                Some(("is not the id of a rental", "what comes from elsewhere must be a uuid"))
            }
            _ if !seen.insert(rental.clone()) => {
                Some(("names a rental twice", "remove one of the two"))
            }
            _ => None,
        };
        findings.extend(mistake.map(|(what, help)| {
            Finding::error(Code::INVALID_VALUE, format!("{path} {what}"))
                .of(&resource.key)
                .field(path)
                .help(help)
        }));
    }
    findings
}

/// What the live world adds.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) rules: Vec<FieldRule>,
}

/// Holds what the volume declares against what the rentals of the stack declare.
pub(super) fn judge(resource: &Resource, around: &Surroundings<'_>) -> Judged {
    let mut judged = Judged::default();
    let known = around.once("", || Rentals::of(around));
    let mounting = known.mounting(resource, around);
    let Some(declared) = declared(resource) else {
        if !mounting.is_empty() {
            // The rentals say it: what was declared here once is theirs now.
            let pattern = PathPattern::exactly(&RENTALS);
            judged.rules.push(FieldRule { pattern, aspect: Aspect::ServerOwned });
        }
        return judged;
    };
    for (path, rental) in &declared {
        if let Declared::WithId(id) = rental
            && let Some(named) = known.by_id.get(id)
        {
            judged.findings.push(write_its_name(resource, path, named));
        }
    }
    for rental in mounting {
        if !includes(&declared, rental, around.live) {
            judged.findings.push(on_one_side(resource, rental));
        }
    }
    judged
}

/// The declared rentals.
fn rentals<'a>(around: &Surroundings<'a>) -> impl Iterator<Item = &'a Resource> {
    let kind = ids::bare_metal();
    let first = ResourceKey::new(kind.clone(), Scope::Global, String::new());
    let from = around.desired.resources().from_key(&first);
    from.take_while(move |(key, _)| key.kind == kind).map(|(_, rental)| rental)
}

/// The declared rentals by what is asked of them for every volume.
#[derive(Default)]
struct Rentals {
    by_id: BTreeMap<String, ResourceKey>,
    /// Those that say that they mount a volume, by the volume's name or id.
    mounting: BTreeMap<Mounted, Vec<ResourceKey>>,
}

/// How a rental names its volume.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Mounted {
    Named(ResourceKey),
    WithId(String),
}

impl Rentals {
    fn of(around: &Surroundings<'_>) -> Self {
        let mut all = Self::default();
        for rental in rentals(around) {
            let key = || rental.key.clone();
            if let Some(id) = id_in(around.live, &rental.key) {
                all.by_id.insert(id.to_owned(), key());
            }
            let declared = rental.field(&VOLUME);
            let mounted = match declared.and_then(Body::as_output) {
                Some(reference) => Some(Mounted::Named(reference.key.clone())),
                None => declared.and_then(ids::uuid_in).map(Mounted::WithId),
            };
            if let Some(mounted) = mounted {
                all.mounting.entry(mounted).or_default().push(key());
            }
        }
        all
    }

    /// The rentals that declare that they mount a volume, by key.
    fn mounting<'a>(&self, volume: &Resource, around: &Surroundings<'a>) -> Vec<&'a Resource> {
        let id = id_in(around.live, &volume.key).map(|id| Mounted::WithId(id.to_owned()));
        let names = [Some(Mounted::Named(volume.key.clone())), id];
        let keys = names.iter().flatten().filter_map(|name| self.mounting.get(name)).flatten();
        let keys: BTreeSet<&ResourceKey> = keys.collect();
        keys.into_iter().filter_map(|key| around.desired.get(key)).collect()
    }
}

fn includes(declared: &[(FieldPath, Declared)], rental: &Resource, live: &Live) -> bool {
    declared.iter().any(|(_, listed)| match listed {
        Declared::Named(key) => *key == rental.key,
        Declared::WithId(id) => id_in(live, &rental.key) == Some(id),
    })
}

fn id_in<'l>(live: &'l Live, key: &ResourceKey) -> Option<&'l str> {
    live.present(key)?.remote_id.as_ref().map(plumb_model::RemoteId::as_str)
}

/// An id says nothing about order: the rental could be replaced without the volume's knowing.
fn write_its_name(resource: &Resource, path: &FieldPath, rental: &ResourceKey) -> Finding {
    Finding::error(Code::INVALID_VALUE, format!("{path} is the id of {rental}"))
        .of(&resource.key)
        .field(path.clone())
        .help(format!("write its name, {:?}: it is declared in this stack", rental.name))
}

fn on_one_side(resource: &Resource, rental: &Resource) -> Finding {
    let message = format!(
        "{} names {} in storage_id, and order_ids of the volume, which is the whole set, leaves \
         it out",
        rental.key, resource.key
    );
    Finding::error(Code::INVALID_VALUE, message)
        .of(&resource.key)
        .field(RENTALS.clone())
        .and(rental.origin.span.clone(), format!("{} is declared here", rental.key))
        .help("declare the attachment on one side: here in order_ids, or there in storage_id")
}

/// Whether a volume has to be detached before it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detach {
    First,
    NotNeeded,
}

/// Deleting needs to know which of the attached rentals are gone.
pub(super) fn reads_first(step: Step<'_>, context: &Context<'_>) -> Vec<Collection> {
    let attached = context.live.is_some_and(|live| !of_body(&live.body).is_empty());
    let wanted = step == Step::Delete && attached;
    wanted.then(collections::rentals).into_iter().collect()
}

/// Whether what is attached may be detached: rentals that we attached, and those that are gone.
///
/// # Errors
/// When the volume is mounted by a rental that somebody else attached.
pub(super) fn may_detach(context: &Context<'_>) -> Result<Detach, CannotBuild> {
    let attached = context.live.map(|live| of_body(&live.body)).unwrap_or_default();
    if attached.is_empty() {
        return Ok(Detach::NotNeeded);
    }
    let ours = attached_by_us(context);
    let listed = names(context.snapshot);
    let is_gone = |id: &String| listed.as_ref().is_some_and(|listed| !listed.contains_key(id));
    let foreign: Vec<String> = attached
        .into_iter()
        .filter(|id| !ours.contains(id) && !is_gone(id))
        .map(|id| shown(&id, listed.as_ref()))
        .collect();
    if foreign.is_empty() {
        return Ok(Detach::First);
    }
    Err(CannotBuild {
        message: format!(
            "{} is mounted by {}, which its own order_ids did not attach",
            context.key,
            foreign.join(", ")
        ),
        help: "take the storage_id out of the rental's document, declare the volume once more, \
               with order_ids: [], and apply; then it can be deleted"
            .to_owned(),
    })
}

/// The rentals that the ledger says this volume was attached to: the ids that were sent, and the
/// rentals it came after, whose ids were not known when it was declared.
fn attached_by_us(context: &Context<'_>) -> BTreeSet<String> {
    let Some(entry) = context.entry else { return BTreeSet::new() };
    let named = entry.requires.iter().filter(|key| key.kind == ids::bare_metal());
    let named = named.filter_map(|key| context.ids.get(key)).map(|id| id.as_str().to_owned());
    of_body(&entry.sent).into_iter().chain(named).collect()
}

/// The names of the rentals that exist, by id; `None` when they were not listed.
fn names(snapshot: &Snapshot) -> Option<BTreeMap<String, String>> {
    let items = snapshot.items(&collections::rentals().id)?;
    let there = items.iter().filter(|item| item.get("status") != Some(&"Terminated".into()));
    let named = there.filter_map(|item| {
        let name = item.get("name").and_then(Body::as_str).unwrap_or_default();
        Some((ids::uuid_in(item.get("id")?)?, name.to_owned()))
    });
    Some(named.collect())
}

/// `trainer-a (0d0c6e0e-…)`, or the id alone.
fn shown(id: &str, names: Option<&BTreeMap<String, String>>) -> String {
    match names.and_then(|names| names.get(id)).filter(|name| !name.is_empty()) {
        Some(name) => format!("{} ({id})", plumb_model::text::escape(name)),
        None => id.to_owned(),
    }
}

/// Who mounts a volume, for people.
pub(super) fn describe(live: &LiveObject, snapshot: &Snapshot) -> ServerText {
    let names = names(snapshot);
    let rentals: Vec<String> =
        of_body(&live.body).iter().map(|id| shown(id, names.as_ref())).collect();
    ServerText::new(&if rentals.is_empty() { "nothing".to_owned() } else { rentals.join(", ") })
}

/// The live document as it is best declared: rentals by name, and none at all when the rentals'
/// own documents say what they mount.
pub(super) fn exported(live: &LiveObject, snapshot: &Snapshot) -> Body {
    let mut body = live.body.clone();
    let items = snapshot.items(&collections::rentals().id).unwrap_or_default();
    let own_id = live.remote_id.as_ref().map(plumb_model::RemoteId::as_str);
    let says_so = |item: &Body| item.get("storage_id").and_then(ids::uuid_in).as_deref() == own_id;
    let attached = of_body(&live.body);
    let is_attached = |item: &&Body| {
        let id = item.get("id").and_then(ids::uuid_in);
        id.is_some_and(|id| attached.contains(&id))
    };
    let spec = body.get_mut("spec").and_then(Body::as_object_mut);
    let Some(spec) = spec else { return body };
    if items.iter().filter(is_attached).any(says_so) {
        spec.remove("order_ids");
        return body;
    }
    let unique = unique_names(items);
    let declared = attached.into_iter().map(|id| unique.get(&id).cloned().unwrap_or(id));
    spec.insert("order_ids", declared.collect());
    body
}

/// The names that one rental only has, by its id.
fn unique_names(items: &[Body]) -> BTreeMap<String, String> {
    let mut by_name: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for item in items {
        let id = item.get("id").and_then(ids::uuid_in);
        if let (Some(name), Some(id)) = (item.get("name").and_then(Body::as_str), id) {
            by_name.entry(name).or_default().push(id);
        }
    }
    let unique = by_name.into_iter().filter_map(|(name, mut ids)| {
        let id = ids.pop().filter(|_| ids.is_empty())?;
        // A name that looks like an id would be taken for one.
        ids::uuid(name).is_none().then(|| (id, name.to_owned()))
    });
    unique.collect()
}
