//! How large a volume is, how far it may shrink, and what its size costs (V-39, V-49).

use crate::collections;
use plumb_kind::{Collection, Snapshot, Surroundings};
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Code, FieldPath, Finding, LiveObject, Money, Observation, Resource, ResourceKey,
};
use std::sync::LazyLock;

/// Where the size is declared.
pub(super) static FIELD: LazyLock<FieldPath> =
    LazyLock::new(|| FieldPath::root().key("spec").key("size_in_gb"));
/// Bytes in a gigabyte: the decimal one, which allows to shrink less than the binary one would
/// (V-55).
const GIGABYTE: u64 = 1_000_000_000;

/// A size that gets smaller, in gigabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shrink {
    from: u64,
    to: u64,
}

/// The size in an answer, in gigabytes.
pub(super) fn of_item(item: &Body) -> Option<u64> {
    whole(item.get("size_in_gb")?)
}

fn of_body(body: &Body) -> Option<u64> {
    whole(body.pointer("/spec/size_in_gb")?)
}

/// A whole number, also where it is written as a text or with a fraction of zero.
fn whole(value: &Body) -> Option<u64> {
    match value {
        Body::Number(number) => {
            number.as_u64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
        }
        Body::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Whether less is declared than there is.
pub(super) fn shrinks(resource: &Resource, live: &LiveObject) -> Option<Shrink> {
    let (to, from) = (of_body(&resource.body)?, of_body(&live.body)?);
    (to < from).then_some(Shrink { from, to })
}

/// What shrinking comes to: refused below what is used, and worth a warning above it.
pub(super) fn judge(resource: &Resource, around: &Surroundings<'_>) -> Option<Finding> {
    let live = around.live.present(&resource.key)?;
    let shrink = shrinks(resource, live)?;
    let key = &resource.key;
    let finding = match used(live) {
        Some(used) if used > shrink.to.saturating_mul(GIGABYTE) => too_small(key, shrink, used),
        used => smaller(key, shrink, used),
    };
    Some(finding.of(key).field(FIELD.clone()))
}

fn too_small(key: &ResourceKey, shrink: Shrink, used: u64) -> Finding {
    let (to, shown) = (shrink.to, gigabytes(used));
    let least = used.div_ceil(GIGABYTE);
    let message = format!("{key} cannot shrink to {to} GB, because {shown} of it is used");
    Finding::error(Code::INVALID_VALUE, message)
        .help(format!("declare at least {least} GB, or delete data on it first"))
}

fn smaller(key: &ResourceKey, Shrink { from, to }: Shrink, used: Option<u64>) -> Finding {
    let used = used.map_or_else(
        || "how much of it is used is not known".to_owned(),
        |used| format!("{} of it is used", gigabytes(used)),
    );
    let message = format!("{key} shrinks from {from} GB to {to} GB; {used}");
    Finding::warning(Code::INVALID_VALUE, message).help(
        "the server may refuse to shrink a volume; what is on it is not touched by plumb itself",
    )
}

/// What is used of a volume, in bytes; only a read of one volume says it.
fn used(live: &LiveObject) -> Option<u64> {
    whole(live.body.pointer("/status/used_capacity_bytes")?)
}

/// Bytes as gigabytes, with as many places as it takes to tell and at most two, rounded up.
fn gigabytes(bytes: u64) -> String {
    const HUNDREDTH: u64 = GIGABYTE / 100;
    let hundredths = bytes.div_ceil(HUNDREDTH);
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => format!("{whole} GB"),
        rest if rest % 10 == 0 => format!("{whole}.{} GB", rest / 10),
        rest => format!("{whole}.{rest:02} GB"),
    }
}

/// The price of a gigabyte is needed for what is to be made or to get another size.
pub(super) fn preflight(resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
    let wanted = match around.live.objects.get(&resource.key) {
        Some(Observation::Present(live)) => of_body(&live.body) != of_body(&resource.body),
        Some(Observation::Absent) => true,
        Some(Observation::Unknown(_)) | None => false,
    };
    wanted.then(collections::storage_rate).into_iter().collect()
}

/// What the volume costs an hour when it is as declared: an estimate, since the meaning of the
/// published rate is in doubt (V-49), but for a size that stays as it is.
pub(super) fn hourly(resource: &Resource, around: &Surroundings<'_>) -> Option<Money> {
    let size = of_body(&resource.body)?;
    let live = around.live.present(&resource.key);
    if let Some(live) = live.filter(|live| of_body(&live.body) == Some(size)) {
        return live.hourly;
    }
    rate(around.snapshot).map(|rate| rate * size)
}

/// The price of a gigabyte an hour.
pub(super) fn rate(snapshot: &Snapshot) -> Option<Money> {
    let items = snapshot.items(&collections::storage_rate().id)?;
    Money::read(items.first()?.get("hourly_rate_per_gb")?)
}

/// Size and what is used of it, for people.
pub(super) fn describe(
    live: &LiveObject,
    snapshot: &Snapshot,
) -> Option<(&'static str, ServerText)> {
    let size = of_body(&live.body)?;
    let detail = live.remote_id.as_ref().and_then(|id| {
        let items = snapshot.items(&collections::volume(id.as_str()).id)?;
        whole(items.first()?.get("used_capacity_bytes")?)
    });
    let text = match detail.or_else(|| used(live)) {
        Some(used) => format!("{} of {size} GB used", gigabytes(used)),
        None => format!("{size} GB"),
    };
    Some(("size", ServerText::new(&text)))
}
