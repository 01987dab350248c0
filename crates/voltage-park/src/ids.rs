//! Names and ids: the kinds, the form of the server's UUIDs, and the id a request is about.

use plumb_kind::NotReadable;
use plumb_model::key::ScopeLevel;
use plumb_model::text::{Secret, ServerText};
use plumb_model::{Body, KindId, KindRules, RemoteId, ResourceKey, Scope};

/// The API group of all kinds.
const GROUP: &str = "voltagepark.com";
/// The `apiVersion` of all kinds.
pub(crate) const API_VERSION: &str = "voltagepark.com/v1";

/// The rules of a kind, as far as all share them.
pub(crate) fn rules(kind: &str) -> KindRules {
    KindRules::plain(API_VERSION, kind, ScopeLevel::Global)
}

/// The kind of virtual machines.
pub(crate) fn virtual_machine() -> KindId {
    KindId::new(GROUP, "VirtualMachine")
}

/// The kind of bare-metal rentals.
pub(crate) fn bare_metal() -> KindId {
    KindId::new(GROUP, "BareMetal")
}

/// The kind of shared volumes.
pub(crate) fn storage_volume() -> KindId {
    KindId::new(GROUP, "StorageVolume")
}

/// The kind of the organization's SSH keys.
pub(crate) fn ssh_key() -> KindId {
    KindId::new(GROUP, "SSHKey")
}

/// The key of a resource of one of these kinds; all live in the organization.
pub(crate) fn key(kind: KindId, name: &str) -> ResourceKey {
    ResourceKey::new(kind, Scope::Global, name.to_owned())
}

/// A UUID in the one form plumb keeps: lower case, with dashes. `None` when the text is none. The
/// server takes other forms for the same (contract §1.1), so ids are compared in this one only.
pub(crate) fn uuid(text: &str) -> Option<String> {
    let is_dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let kept = |(at, byte)| match byte {
        b'-' => is_dash(at),
        b'0'..=b'9' | b'a'..=b'f' => !is_dash(at),
        _ => false,
    };
    if text.len() == 36 && text.bytes().enumerate().all(kept) {
        return Some(text.to_owned());
    }
    let dashed = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == is_dash(at));
    let hex: String = text.chars().filter(|character| *character != '-').collect();
    let is_hex = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !(dashed || text.len() == 32) {
        return None;
    }
    let lower = hex.to_ascii_lowercase();
    let part = |range: std::ops::Range<usize>| lower.get(range).unwrap_or_default();
    Some([part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-"))
}

/// A UUID in a value of an answer or a document.
pub(crate) fn uuid_in(value: &Body) -> Option<String> {
    match value {
        Body::Secret(secret) => uuid(secret.expose().trim()),
        value => uuid(value.as_str()?),
    }
}

/// Writes a UUID in a document in that form; leaves everything else as it is.
pub(crate) fn normalise(value: &mut Body) {
    match (uuid_in(value), &value) {
        (Some(id), Body::Secret(_)) => *value = Secret::new(id).into(),
        (Some(id), _) => *value = id.into(),
        (None, _) => {}
    }
}

/// The id in an answer's field.
pub(crate) fn remote_id(answer: &Body, field: &str) -> Option<RemoteId> {
    uuid_in(answer.get(field)?)?.parse().ok()
}

/// The id and name every object has.
pub(crate) fn identity(kind: &KindId, item: &Body) -> Result<(RemoteId, String), NotReadable> {
    let name = item.get("name").and_then(Body::as_str);
    let what = || match name {
        Some(name) => ServerText::new(&format!("{} {name}", kind.kind)),
        None => ServerText::new(&kind.kind),
    };
    let missing = |why: &str| NotReadable { what: what(), why: why.to_owned() };
    let id = remote_id(item, "id").ok_or_else(|| missing("its id is missing or no UUID"))?;
    let name = name.ok_or_else(|| missing("its name is missing"))?;
    Ok((id, name.to_owned()))
}
