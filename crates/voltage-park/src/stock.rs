//! Whether what is free is enough for all declared machines that need some, one after the other by
//! key: the first that no longer fits is the one that is told (contract §10).

use plumb_kind::Surroundings;
use plumb_model::resource::ReplaceWish;
use plumb_model::{
    Body, FieldPath, Finding, KindId, LiveObject, Power, Resource, ResourceKey, Severity,
};
use std::collections::BTreeMap;

/// What a machine asks for, beside all that come before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Demand {
    /// What those before it take, of what they get.
    pub(crate) before: u64,
    /// What it takes itself.
    pub(crate) own: u64,
}

impl Demand {
    /// All of it together.
    pub(crate) fn total(self) -> u64 {
        self.before.saturating_add(self.own)
    }
}

/// Whether a declared machine will take from the stock: it is to be made, in place of another
/// perhaps, or to be started after its resources were given back.
pub(crate) fn needs(resource: &Resource, around: &Surroundings<'_>) -> bool {
    let live = around.live.present(&resource.key);
    live.is_none_or(|live| is_started(resource, live) || is_replaced(resource, live))
}

/// Whether the manifest allows a machine to be replaced. Whether it will be is not known here:
/// what cannot be read is compared with what is on record.
pub(crate) fn may_be_replaced(resource: &Resource) -> bool {
    resource.wishes.replace == Some(ReplaceWish::Allowed)
}

/// What stands in the way of a machine that would be made only if the one that is there were
/// replaced: worth a warning, since it is deleted first.
pub(crate) fn were_it_replaced(obstacle: Finding) -> Finding {
    let message = format!("were it replaced: {}", obstacle.message);
    Finding { severity: Severity::Warning, message, ..obstacle }
}

/// Whether a machine that is there will be replaced, as far as can be read: its manifest allows it,
/// and says something else of what is fixed. What the old one gives back is not counted on: it is
/// deleted first, and others may be faster.
pub(crate) fn is_replaced(resource: &Resource, live: &LiveObject) -> bool {
    const FIXED: [&str; 4] = ["preset", "gpu_count", "network_type", "sub_order"];
    let spec = FieldPath::root().key("spec");
    let differs = |field: &str| {
        let path = spec.key(field);
        let sides = resource.field(&path).zip(live.body.find(&path));
        sides.is_some_and(|(declared, live)| differs(declared, live))
    };
    may_be_replaced(resource) && FIXED.into_iter().any(differs)
}

/// Whether something is declared that is not live; what is not declared does not count.
fn differs(declared: &Body, live: &Body) -> bool {
    match declared {
        Body::Fields(fields) => {
            fields.iter().any(|(name, value)| live.get(name).is_some_and(|live| live != value))
        }
        scalar => scalar != live,
    }
}

/// Whether a machine whose resources were given back is declared to run.
pub(crate) fn is_started(resource: &Resource, live: &LiveObject) -> bool {
    live.status.power == Some(Power::Disassociated)
        && matches!(resource.wishes.power, Some(Power::On | Power::Off))
}

/// The demand on one stock, which `pool` names among those of the kind. `share` is what a machine takes
/// of that stock; one that finds too little left takes none.
pub(crate) fn demand(
    resource: &Resource,
    around: &Surroundings<'_>,
    (pool, free): (&str, u64),
    share: impl Fn(&Resource) -> u64,
) -> Demand {
    let about = format!("{} {pool}", resource.kind());
    let taken = around.once(&about, || taken(resource.kind(), around, free, &share));
    let before = taken.0.range(..&resource.key).next_back();
    Demand { before: before.map_or(0, |(_, taken)| *taken), own: share(resource) }
}

/// What the machines of a kind take of a stock that need some: each with those that come before it.
struct Taken(BTreeMap<ResourceKey, u64>);

fn taken(
    kind: &KindId,
    around: &Surroundings<'_>,
    free: u64,
    share: impl Fn(&Resource) -> u64,
) -> Taken {
    let same_kind = around.desired.resources().values().filter(|other| other.kind() == kind);
    let mut sum: u64 = 0;
    let each = same_kind.filter(|other| needs(other, around)).map(|other| {
        let with_it = sum.saturating_add(share(other));
        if with_it <= free {
            sum = with_it;
        }
        (other.key.clone(), sum)
    });
    Taken(each.collect())
}
