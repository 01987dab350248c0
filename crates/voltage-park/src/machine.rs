//! What virtual machines and rentals have in common: a name and tags that a PATCH changes, and a
//! create that has to be made once (contract §2.1, §2.3, §7).

use crate::documents::LONGEST_NAME;
use crate::{ids, keys, paths, power, tags};
use plumb_kind::kind::no_such_verb;
use plumb_kind::row::no_such_step;
use plumb_kind::{CannotBuild, Context, Effect, Method, NotReadable, Request, Step, Verb};
use plumb_model::body::Name;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::{Costs, CreateSafety, Identity, Lifecycle, PowerControl, ReferenceRule};
use plumb_model::text::{ServerText, acts};
use plumb_model::{
    Aspect, Body, Code, FieldPath, FieldRule, Fields, Finding, KindId, KindRules, LiveObject,
    Money, Phase, Resource, body,
};
use std::sync::LazyLock;

/// The rules of both kinds: started when they are made, and known by id.
pub(crate) fn rules(kind: &str, timeout_seconds: u64) -> KindRules {
    KindRules {
        lifecycle: Lifecycle::Waited,
        power: PowerControl::Switchable,
        identity: Identity::Id,
        // Neither names nor tokens keep a second one from being made (contract §7).
        create_safety: CreateSafety::AtMostOnce,
        costs: Costs::ByTheHour,
        timeout_seconds,
        references: vec![ReferenceRule::literal(keys::NAMES, ids::ssh_key())],
        ..ids::rules(kind)
    }
}

/// Moves power into the wishes, and writes ids in the form that is compared.
pub(crate) fn prepare(resource: &mut Resource) {
    power::prepare(resource);
    keys::prepare(resource);
}

/// What is wrong with the fields both kinds have.
pub(crate) fn check(resource: &Resource) -> Vec<Finding> {
    let mut findings = plumb_kind::check::foreign_annotations(resource);
    findings.extend(check_name(resource));
    findings.extend(tags::check(resource));
    findings.extend(keys::check(resource));
    findings.extend(power::check(resource));
    findings
}

fn check_name(resource: &Resource) -> Option<Finding> {
    let name = &resource.key.name;
    let fits = name.chars().count() <= LONGEST_NAME && !name.chars().any(acts);
    if fits && name.trim() == name {
        return None;
    }
    let message = "the name does not fit a machine";
    let help = format!(
        "use 1 to {LONGEST_NAME} printable characters, and no space at the beginning or the end"
    );
    let path = FieldPath::root().key("metadata").key("name");
    Some(Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(path).help(help))
}

/// A live machine, as far as both kinds read it alike.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The fields of `spec`, without tags.
    pub(crate) spec: Fields,
    /// Its status.
    pub(crate) status: LiveStatus,
    /// What it costs an hour.
    pub(crate) hourly: Option<Money>,
    /// What others can take from it, beside its id. Secret.
    pub(crate) outputs: Vec<(&'static str, Body)>,
    /// The fields of the answer that are shown to people as they are. None of them is secret.
    pub(crate) shown: &'static [&'static str],
    /// How much an answer tells of one that is being made.
    pub(crate) young: Young,
}

/// How much an answer tells of a machine that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Young {
    /// Everything.
    Told,
    /// Fields may be missing that are there later (contract §3.3).
    Outlined,
}

impl Reading {
    /// Puts the object together. One that is being made is thin: what it lacks is not known yet,
    /// tags included (contract §3.3, V-29).
    pub(crate) fn object(self, kind: &KindId, item: &Body) -> Result<LiveObject, NotReadable> {
        let (id, name) = ids::identity(kind, item)?;
        let tags = tags::read(item);
        let outlined = self.young == Young::Outlined || tags.is_none();
        let young = self.status.phase == Phase::Pending && outlined;
        let tags = tags.unwrap_or_default();
        let mut spec = self.spec;
        if !tags.others.is_empty() {
            spec.insert("tags", tags.others.into());
        }
        let shown = item.as_object().into_iter().flatten();
        let shown =
            shown.filter(|(name, value)| self.shown.contains(&&***name) && !value.is_null());
        let shown: Vec<(Name, Body)> =
            shown.map(|(name, value)| (name.clone(), value.clone())).collect();
        let shown = Fields::from(shown);
        let mut outputs = self.outputs;
        outputs.push(("id", id.as_str().into()));
        Ok(LiveObject {
            key: ids::key(kind.clone(), &name),
            remote_id: Some(id),
            body: body!({"metadata": {"name": name}, "spec": spec, "status": shown}),
            status: self.status,
            outputs: Body::Fields(outputs.into_iter().collect()),
            mark: tags.stack,
            uid: tags.uid,
            hourly: self.hourly,
            completeness: if young { Completeness::Thin } else { Completeness::Full },
        })
    }
}

/// A text of an answer; an empty one says nothing.
pub(crate) fn text<'v>(item: &'v Body, field: &str) -> Option<&'v str> {
    item.get(field)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// The word in an answer's `status`.
pub(crate) fn status_word<'v>(kind: &KindId, item: &'v Body) -> Result<&'v str, NotReadable> {
    text(item, "status").ok_or_else(|| {
        let name = text(item, "name").unwrap_or_default();
        let what = ServerText::new(format!("{} {name}", kind.kind).trim_end());
        NotReadable { what, why: "its status is missing".to_owned() }
    })
}

/// A status of this phase, with nothing known of its power.
pub(crate) fn status(phase: Phase) -> LiveStatus {
    LiveStatus { phase, ..LiveStatus::ready() }
}

/// Whether a machine is only the memory of one that is gone (V-41).
pub(crate) fn is_gone(item: &Body) -> bool {
    text(item, "status") == Some("Terminated")
}

/// What cannot be read back and is not declared is as it is: leaving it out changes nothing. So a
/// manifest that was exported, and knows nothing of it, is no difference.
pub(crate) fn left_out(resource: &Resource) -> impl Iterator<Item = FieldRule> {
    UNREADABLE
        .iter()
        .filter(|(path, _)| resource.field(path).is_none())
        .map(|(_, rule)| rule.clone())
}

/// What cannot be read back, with the rule of what is left out.
static UNREADABLE: LazyLock<[(FieldPath, FieldRule); 6]> = LazyLock::new(|| {
    [
        "config_id",
        "location_id",
        "organization_ssh_keys",
        "ssh_keys",
        "cloud_init",
        "cloudinit_script",
    ]
    .map(|field| {
        let path = FieldPath::root().key("spec").key(field);
        let rule = FieldRule::exactly(&path, Aspect::ServerOwned);
        (path, rule)
    })
});

/// The requests of a step that both kinds take alike: all but the create.
pub(crate) fn requests(
    collection: &str,
    verbs: &[Verb],
    step: Step<'_>,
    context: &Context<'_>,
) -> Result<Vec<Request>, CannotBuild> {
    let request = match step {
        Step::Adopt => adopt(collection, context)?,
        Step::Update => return Ok(update(collection, context)?.into_iter().collect()),
        Step::Power(power) => power::switch(collection, context, power)?,
        Step::Act(name) => {
            let verb = verbs.iter().find(|verb| verb.name == name);
            let power = verb.and_then(|verb| verb.leads_to);
            let power = power.ok_or_else(|| no_such_verb(context.key, name, verbs))?;
            power::switch(collection, context, power)?
        }
        Step::Delete => {
            let path = paths::item(collection, context.own_id()?.as_str());
            Request::write(Method::Delete, path, Effect::Delete)
        }
        Step::Create | Step::Publish => return Err(no_such_step(context.key, "published")),
    };
    Ok(vec![request])
}

/// The fields of a create that both kinds have: name, keys, tags. Nothing is sent that the API
/// does not document: it would be dropped without a word (contract §1.1).
pub(crate) fn create_fields(context: &Context<'_>) -> Result<Fields, CannotBuild> {
    let body = context.declared()?;
    let mut fields = Fields::new();
    fields.insert("name", context.key.name.as_str().into());
    if let Some(keys) = keys::request(body, context)? {
        fields.insert("organization_ssh_keys", keys);
    }
    copy(body, "ssh_keys", &mut fields);
    fields.insert("tags", tags::for_create(context)?.into());
    Ok(fields)
}

/// Takes a field of `spec` over as it is declared, if it is.
pub(crate) fn copy(body: &Body, field: &str, fields: &mut Fields) {
    let declared = body.get("spec").and_then(|spec| spec.get(field));
    if let Some(value) = declared.filter(|value| !value.is_null()) {
        fields.insert(field, value.clone());
    }
}

/// The request that changes name and tags as far as they differ; `None` when neither does. It may
/// be repeated when looking shows that it was not taken.
fn update(collection: &str, context: &Context<'_>) -> Result<Option<Request>, CannotBuild> {
    let changes = |part: &str, field: &str| {
        let place = FieldPath::root().key(part).key(field);
        context.changes.iter().any(|it| it.path.is_within(&place))
    };
    let mut fields = Fields::new();
    if changes("metadata", "name") {
        fields.insert("name", context.key.name.as_str().into());
    }
    if changes("spec", "tags") {
        fields.insert("tags", tags::for_update(context)?.into());
    }
    if fields.is_empty() {
        return Ok(None);
    }
    patch(collection, context, Effect::Act, fields).map(Some)
}

/// The request that marks a machine, and changes nothing else. Looking does not tell whether it
/// was taken, since marks are no part of the document; it may be repeated without.
fn adopt(collection: &str, context: &Context<'_>) -> Result<Request, CannotBuild> {
    let mut fields = Fields::new();
    fields.insert("tags", tags::for_adoption(context)?.into());
    patch(collection, context, Effect::Assign, fields)
}

fn patch(
    collection: &str,
    context: &Context<'_>,
    effect: Effect,
    fields: Fields,
) -> Result<Request, CannotBuild> {
    let path = paths::item(collection, context.own_id()?.as_str());
    Ok(Request::write(Method::Patch, path, effect).json(Body::Fields(fields)))
}

/// What people are told of a machine, as far as it is known.
pub(crate) fn told<const LINES: usize>(
    lines: [(&'static str, Option<String>); LINES],
) -> Vec<(&'static str, ServerText)> {
    let known = lines.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known.map(|(name, value)| (name, ServerText::new(&value))).collect()
}
