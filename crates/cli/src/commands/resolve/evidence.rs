//! What the cloud says of a person's word: whether an id is there and whose it is, whether
//! something carries a create's mark, and what the bill knows. Reads only.

use crate::clouds::Clouds;
use crate::commands::cost::surplus;
use crate::live::why_unread;
use crate::problem::Problem;
use plumb_kind::{Collection, CollectionId, Counts, Envelope, Kind, Paging, Reading};
use plumb_model::policy::Policy;
use plumb_model::rules::Identity;
use plumb_model::text::escape;
use plumb_model::{
    Code, Desired, Finding, LedgerView, Live, LiveObject, Money, Observation, RemoteId,
    ResourceKey, mark,
};
use plumb_render::sheet::dollars;
use std::collections::BTreeMap;

/// The object with an id.
///
/// # Errors
/// When there is none of the kind, or it could not be looked for.
pub(super) async fn object(
    clouds: &Clouds,
    key: &ResourceKey,
    id: &RemoteId,
) -> Result<LiveObject, Problem> {
    let live = listed(clouds, key).await?;
    if let Some(object) = with_id(&live, id) {
        return Ok(object.clone());
    }
    // A list may lag behind what was just made.
    if let Some(object) = alone(clouds, key, id).await {
        return Ok(object);
    }
    if let Some(gap) = live.gaps.iter().find(|gap| gap.kind == key.kind) {
        let message = format!("{} could not be listed: {}", key.kind.kind, gap.reason);
        let help = "run it again later; --offline records the id unchecked";
        return Err(Finding::error(Code::UNREACHABLE, message).help(help).into());
    }
    Err(no_such_id(clouds, key, id).await)
}

/// Refuses what belongs to another stack, or is another resource.
pub(super) fn refuse_foreign(
    object: &LiveObject,
    key: &ResourceKey,
    view: &LedgerView,
) -> Result<(), Problem> {
    let refuse = |message: String| {
        let help = "it is taken over only when its owner lets go of it";
        Err(Finding::error(Code::BLOCKED_OTHER_STACK, message).help(help).into())
    };
    let foreign = |carried: &&String| !mark::is_of(carried, &view.stack);
    if let Some(stack) = object.mark.as_ref().filter(foreign) {
        return refuse(format!("it belongs to the stack {}", escape(stack)));
    }
    let is_another = |uid: &String| !mark::uids(&view.stack, key).any(|ours| ours == *uid);
    if object.mark.is_some() && object.uid.as_ref().is_some_and(is_another) {
        return refuse(format!("it carries the mark of another resource of {}", view.stack));
    }
    Ok(())
}

/// What is worth saying of an object that is taken: its price, and a name that is not its own.
pub(super) fn words(object: &LiveObject, key: &ResourceKey) -> String {
    let price = object.hourly.map_or_else(String::new, |rate| format!(" {}.", costs(rate)));
    let name = object.body.pointer("/metadata/name").and_then(plumb_model::Body::as_str);
    let other = name
        .filter(|name| *name != key.name)
        .map(|name| format!(" It is called {} there; the next apply renames it.", escape(name)));
    format!("{price}{}", other.unwrap_or_default())
}

/// What speaks against a create never having been made.
///
/// # Errors
/// When it was made, and there is no doubt about it.
pub(super) async fn doubts(
    clouds: &Clouds,
    key: &ResourceKey,
    view: &LedgerView,
) -> Result<Vec<String>, Problem> {
    let rules = clouds.engine.registry().kind(&key.kind).map(Kind::rules);
    if rules.is_none_or(|rules| rules.create_safety.may_repeat()) {
        // A second one of its name is refused: nothing can be made twice.
        return Ok(Vec::new());
    }
    let live = listed(clouds, key).await?;
    let uid = view.open_intents.get(key).map(|intent| &intent.uid);
    if let Some(object) =
        present(&live).find(|object| object.uid.is_some() && object.uid.as_ref() == uid)
    {
        return Err(was_made(object, key));
    }
    let mut doubts = Vec::new();
    for gap in live.gaps.iter().filter(|gap| gap.kind == key.kind) {
        doubts.push(format!("{} could not be listed: {}", key.kind.kind, gap.reason));
    }
    let same_name = |object: &&LiveObject| object.mark.is_none() && object.key.name == key.name;
    for object in present(&live).filter(same_name) {
        let id = object.remote_id.as_ref().map(RemoteId::as_str).unwrap_or_default();
        doubts.push(format!("an unmarked object has its name: {id}"));
    }
    doubts.extend(bill(clouds, key).await);
    Ok(doubts)
}

/// What speaks against a recorded object being gone.
///
/// # Errors
/// When it is there, when it is gone without any doubt, or when nobody can tell.
pub(super) async fn doubts_that_it_is_gone(
    clouds: &Clouds,
    key: &ResourceKey,
    view: &LedgerView,
) -> Result<Vec<String>, Problem> {
    let entries: BTreeMap<_, _> =
        view.entries.get(key).map(|entry| (key.clone(), entry.clone())).into_iter().collect();
    let id = entries.values().find_map(|entry| entry.remote_id.clone());
    let only = LedgerView { entries, open_intents: BTreeMap::new(), ..view.clone() };
    let observed = clouds.engine.observe(&Desired::default(), &only, &Policy::default()).await;
    reached(clouds)?;
    let refuse = |message: String, help: &str| {
        Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
    };
    let reason = match observed.live.objects.get(key) {
        Some(Observation::Present(object)) => {
            let id = object.remote_id.as_ref().map(RemoteId::as_str).unwrap_or_default();
            return refuse(format!("{key} is there: {id}"), "nothing waits to be settled");
        }
        Some(Observation::Absent) => {
            let help = "the next plan sees that by itself; nothing waits to be settled";
            return refuse(format!("{key} is gone"), help);
        }
        Some(Observation::Unknown(reason)) => reason.to_string(),
        None => "it was not looked for".to_owned(),
    };
    let could_not_look = observed.live.gaps.iter().any(|gap| gap.kind == key.kind);
    let kind = clouds.engine.registry().kind(&key.kind);
    let is_read_alone = kind.is_some_and(|kind| kind.item(key, id.as_ref()).is_some());
    if could_not_look || is_read_alone {
        let help = "run it again when the cloud can be looked at";
        return refuse(format!("nobody can tell whether {key} is gone: {reason}"), help);
    }
    let mut doubts = vec![reason];
    doubts.extend(bill(clouds, key).await);
    doubts.dedup();
    Ok(doubts)
}

/// Everything of a resource's kind, by its own name.
async fn listed(clouds: &Clouds, key: &ResourceKey) -> Result<Live, Problem> {
    let place = (key.kind.clone(), (*key.scope).clone());
    let observed = clouds.engine.observe_scopes(&[place]).await;
    reached(clouds)?;
    Ok(observed.live)
}

fn reached(clouds: &Clouds) -> Result<(), Problem> {
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()
}

fn present(live: &Live) -> impl Iterator<Item = &LiveObject> {
    live.objects.values().filter_map(|observation| match observation {
        Observation::Present(object) => Some(&**object),
        Observation::Absent | Observation::Unknown(_) => None,
    })
}

fn with_id<'l>(live: &'l Live, id: &RemoteId) -> Option<&'l LiveObject> {
    present(live).find(|object| object.remote_id.as_ref() == Some(id))
}

/// The object as it is read by its id, where its kind can be.
async fn alone(clouds: &Clouds, key: &ResourceKey, id: &RemoteId) -> Option<LiveObject> {
    let registry = clouds.engine.registry();
    let (provider, kind) = (registry.provider(&key.kind)?, registry.kind(&key.kind)?);
    let by_id = kind.rules().identity == Identity::Id;
    let collection = Collection {
        id: CollectionId(format!("{key} by its id")),
        kind: Some(key.kind.clone()),
        scope: (*key.scope).clone(),
        request: kind.item(key, Some(id)).filter(|_| by_id)?,
        paging: Paging::Single,
        envelope: Envelope { items: &[], total: &[], counts: Counts::Something, limit: &[] },
        identity: &[],
        otherwise: Vec::new(),
    };
    let read = clouds.engine.read_lookups(provider.name(), std::slice::from_ref(&collection)).await;
    let Some(Reading::Items(items)) = read.reading(&collection.id) else { return None };
    let item = items.first().filter(|item| !kind.is_gone(item))?;
    let object = plumb_kind::read(kind, item, &key.scope).ok()?;
    (object.remote_id.as_ref() == Some(id)).then_some(object)
}

/// No object of the kind has the id; perhaps one of another kind does.
async fn no_such_id(clouds: &Clouds, key: &ResourceKey, id: &RemoteId) -> Problem {
    let kind = &key.kind.kind;
    let message = format!("no {kind} has the id {id}");
    let registry = clouds.engine.registry();
    let provider = registry.provider(&key.kind).map(plumb_kind::Provider::name);
    let siblings = registry
        .kinds()
        .map(Kind::rules)
        .filter(|rules| registry.provider(&rules.id).map(plumb_kind::Provider::name) == provider);
    let places: Vec<_> = siblings.map(|rules| (rules.id.clone(), (*key.scope).clone())).collect();
    let observed = clouds.engine.observe_scopes(&places).await;
    let help = match with_id(&observed.live, id) {
        Some(other) => format!("it is the id of {}", other.key),
        None => format!("`plumb get {kind} -o wide` lists the ids; --offline records it unchecked"),
    };
    Finding::error(Code::UNKNOWN_REFERENCE, message).help(help).into()
}

fn was_made(object: &LiveObject, key: &ResourceKey) -> Problem {
    let id = object.remote_id.as_ref().map(RemoteId::as_str).unwrap_or_default();
    let price = object.hourly.map_or_else(String::new, |rate| format!(" {}.", costs(rate)));
    let message = format!("{key} was made: {id} carries its mark.{price}");
    let help = format!("the next apply records it by itself; or: plumb resolve {key} --adopt {id}");
    Finding::error(Code::INVALID_VALUE, message).help(help).into()
}

fn costs(rate: Money) -> String {
    format!("It costs {} an hour ({} a month)", dollars(rate), dollars(rate.a_month()))
}

/// What the bill knows beyond the lists.
async fn bill(clouds: &Clouds, key: &ResourceKey) -> Option<String> {
    let provider = clouds.engine.registry().provider(&key.kind)?;
    let billing = provider.billing()?;
    let evidence = billing.evidence();
    let snapshot = clouds.engine.read_lookups(provider.name(), &evidence).await;
    if let Some(found) = billing.unexplained(&snapshot) {
        return Some(surplus(found));
    }
    let unread = evidence.iter().find(|read| snapshot.items(&read.id).is_none())?;
    let why = why_unread(unread, &snapshot);
    Some(format!("the bill could not be compared with what is listed: {why}"))
}
