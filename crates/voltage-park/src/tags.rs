//! The tags of machines: plumb's own, which say whose a machine is, and everybody else's, which
//! are never lost (contract §7). A PATCH replaces the whole list (V-46), so every list that is
//! sent is put together here.

use plumb_kind::{CannotBuild, Context};
use plumb_model::text::acts;
use plumb_model::{Body, Code, FieldPath, Finding, Resource};

/// Where every tag of plumb's begins.
const OWN: &str = "plumb.dev/";
const STACK: &str = "plumb.dev/stack=";
const UID: &str = "plumb.dev/uid=";
const KEY: &str = "plumb.dev/key=";

/// The longest tag, and the most of them on one machine (V-45).
const LONGEST: usize = 64;
const MOST: usize = 20;
/// Tags of plumb's own: stack, uid and key.
const OWN_TAGS: usize = 3;

/// A live machine's tags, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    /// The stack whose mark it carries.
    pub(crate) stack: Option<String>,
    /// The uid of the create that made it.
    pub(crate) uid: Option<String>,
    /// All that are not plumb's.
    pub(crate) others: Vec<String>,
}

/// Takes the tags of an answer apart; `None` when it shows none at all, which a young rental may
/// do (V-29).
pub(crate) fn read(item: &Body) -> Option<Tags> {
    let listed = item.get("tags")?.as_array()?;
    let mut tags = Tags::default();
    for tag in listed.iter().filter_map(Body::as_str) {
        if let Some(stack) = tag.strip_prefix(STACK) {
            tags.stack = Some(stack.to_owned());
        } else if let Some(uid) = tag.strip_prefix(UID) {
            tags.uid = Some(uid.to_owned());
        } else if !tag.starts_with(OWN) {
            tags.others.push(tag.to_owned());
        }
    }
    Some(tags)
}

/// The tags of a new machine: plumb's and the declared ones.
pub(crate) fn for_create(context: &Context<'_>) -> Result<Vec<String>, CannotBuild> {
    Ok(united([own(context)?, declared(context)]))
}

/// The tags of a machine that is taken over: plumb's and all that it has.
pub(crate) fn for_adoption(context: &Context<'_>) -> Result<Vec<String>, CannotBuild> {
    Ok(united([own(context)?, live(context)]))
}

/// The tags of a machine whose declared tags changed: plumb's, the declared ones, and those of
/// others. Of the others those are taken away that were declared when tags were last sent.
pub(crate) fn for_update(context: &Context<'_>) -> Result<Vec<String>, CannotBuild> {
    let declared = declared(context);
    let sent = context.entry.map(|entry| listed(&entry.sent)).unwrap_or_default();
    let mut others = live(context);
    others.retain(|tag| declared.contains(tag) || !sent.contains(tag));
    Ok(united([own(context)?, declared, others]))
}

/// Plumb's own tags. The key is for people, and left out where it does not fit.
fn own(context: &Context<'_>) -> Result<Vec<String>, CannotBuild> {
    let stack = format!("{STACK}{}", context.stack);
    if !is_tag(&stack) {
        let longest = LONGEST - STACK.len();
        return Err(CannotBuild {
            message: format!("the stack's name does not fit a tag of {}", context.key),
            help: format!(
                "machines are marked with it: use at most {longest} printable ASCII characters"
            ),
        });
    }
    let key = format!("{KEY}{}/{}", context.key.kind.kind, context.key.name);
    let mut tags = vec![stack, format!("{UID}{}", context.uid), key];
    tags.retain(|tag| is_tag(tag));
    Ok(tags)
}

fn declared(context: &Context<'_>) -> Vec<String> {
    context.body.map(listed).unwrap_or_default()
}

fn live(context: &Context<'_>) -> Vec<String> {
    context.live.map(|live| listed(&live.body)).unwrap_or_default()
}

/// The tags in a document.
fn listed(body: &Body) -> Vec<String> {
    let tags = body.pointer("/spec/tags").and_then(Body::as_array);
    tags.into_iter().flatten().filter_map(Body::to_look_up).map(str::to_owned).collect()
}

/// Several lists as one in which every tag stands once.
fn united<const LISTS: usize>(lists: [Vec<String>; LISTS]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for tag in lists.into_iter().flatten() {
        if !all.contains(&tag) {
            all.push(tag);
        }
    }
    all
}

/// Whether the API is known to take a text as a tag (V-45).
fn is_tag(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// What is wrong with the declared tags.
pub(crate) fn check(resource: &Resource) -> Vec<Finding> {
    let path = FieldPath::root().key("spec").key("tags");
    let tags = resource.field(&path).and_then(Body::as_array).unwrap_or_default();
    let error = |path: FieldPath, message: String, help: String| {
        Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(path).help(help)
    };
    let mut findings = Vec::new();
    for (at, tag) in tags.iter().enumerate().filter_map(|(at, tag)| Some((at, tag.as_str()?))) {
        if tag.starts_with(OWN) {
            let message = format!("the tag {} is one of plumb's own", shown(tag));
            let help = format!("use tags that do not begin with {OWN}");
            findings.push(error(path.index(at), message, help));
        } else if !is_tag(tag) {
            let message = format!("the tag {} does not fit", shown(tag));
            let help = format!("use 1 to {LONGEST} printable ASCII characters");
            findings.push(error(path.index(at), message, help));
        }
    }
    let room = MOST - OWN_TAGS;
    if tags.len() > room {
        let message = format!("there are {} tags", tags.len());
        let help = format!("a machine has {MOST}, of which {OWN_TAGS} are plumb's: use {room}");
        findings.push(error(path, message, help));
    }
    findings
}

/// A tag as a message shows it: short, and without what acts on a terminal.
fn shown(tag: &str) -> String {
    const ENOUGH: usize = 40;
    let plain = tag.chars().map(|character| if acts(character) { '?' } else { character });
    format!("{:?}", plain.take(ENOUGH).collect::<String>())
}

#[cfg(test)]
mod tests;
