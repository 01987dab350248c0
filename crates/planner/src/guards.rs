//! Limits that stop a whole run (docs/rules.md §3). They judge the result and change nothing in
//! it.

use crate::scene::{Scene, Seen};
use crate::words;
use crate::{policies, rails};
use plumb_model::live::{AccountProof, Cloud};
use plumb_model::plan::{CostChange, Operation, Tripped};
use plumb_model::{Action, Code, KindId, LedgerView, Money, Plan, ResourceKey, mark};

/// The share from which a limit in percent speaks.
const WHOLE: u64 = 100;

/// All limits that trip.
pub(crate) fn judge(scene: &Scene<'_>, plan: &Plan) -> Vec<Tripped> {
    let deletes = deletes(scene, &plan.actions);
    let behind = behind(scene);
    let money = money(scene, plan).into_iter().chain(unpriced(scene, plan));
    let rails = rails::judge(scene, plan).into_iter().chain(policies::judge(scene, plan));
    let whole = behind.into_iter().chain(deletes).chain(empty_worlds(scene));
    whole.chain(money).chain(rails).collect()
}

/// More deletes than allowed, by number or by share; replaces count. Destroying asks for the
/// stack's name instead.
fn deletes(scene: &Scene<'_>, actions: &[Action]) -> Option<Tripped> {
    let planned = actions.iter().filter(|action| action.operation == Operation::Delete).count();
    let limits = &scene.policy.limits;
    let (number, owned) = (as_u64(planned), as_u64(owned(scene)));
    let allowed = scene.policy.allowed_deletes.is_some_and(|allowed| u64::from(allowed) >= number);
    if scene.is_destroying() || allowed || planned == 0 {
        return None;
    }
    let share_counts = owned >= u64::from(limits.share_from);
    let over_share = share_counts
        && number.saturating_mul(WHOLE) > owned.saturating_mul(u64::from(limits.share_percent));
    let reason = if number > u64::from(limits.deletes) {
        format!("the limit is {}", limits.deletes)
    } else if over_share {
        format!("the limit is {} % of {owned} owned", limits.share_percent)
    } else {
        return None;
    };
    Some(Tripped {
        code: Code::LIMIT_DELETES,
        message: format!("the plan has {}, and {reason}", words::count(planned, "delete")),
        help: format!("if all of them are meant, say --allow-deletes {planned}"),
    })
}

/// How many things are owned: those that are gone because their time is over stay on record, and are none.
fn owned(scene: &Scene<'_>) -> usize {
    let ended = |key: &&ResourceKey| scene.is_over(key) && matches!(scene.seen(key), Seen::Absent);
    scene.ledger.entries.keys().filter(|key| !ended(key)).count()
}

/// Something of ours was written by a run that the ledger knows nothing of: a backup, or a CI's
/// cache, brought an older one back. What it does not know of would be made again, and what it knew
/// otherwise changed back. A ledger that knows of no run was lost, or is new.
fn behind(scene: &Scene<'_>) -> Option<Tripped> {
    let LedgerView { generation, stack, .. } = scene.ledger;
    let written = |key: &'_ ResourceKey| {
        let carried = scene.live.present(key)?.mark.as_deref()?;
        mark::run(carried).filter(|_| mark::is_of(carried, stack))
    };
    let (newest, key) =
        scene.live.objects.keys().filter_map(|key| Some((written(key)?, key))).max()?;
    if *generation == 0 || newest <= *generation {
        return None;
    }
    Some(Tripped {
        code: Code::LEDGER_BEHIND,
        message: format!(
            "{key} was written by run {newest} of this stack, and the ledger knows of {generation}: it \
             is older than what it wrote"
        ),
        help: "restore the newest ledger; where it is lost for good, move this one away: what \
               carries the stack's mark is then taken on record again"
            .to_owned(),
    })
}

/// Clouds in which most of what the ledger knows is gone. One cloud does not speak for another: each
/// has a key of its own.
fn empty_worlds(scene: &Scene<'_>) -> Vec<Tripped> {
    let clouds = &scene.live.clouds;
    let of_none = |kind: &KindId| !clouds.iter().any(|cloud| cloud.kinds.contains(kind));
    let rest = empty_world(scene, None, of_none);
    let each = clouds
        .iter()
        .filter_map(|cloud| empty_world(scene, Some(cloud), |kind| cloud.kinds.contains(kind)));
    rest.into_iter().chain(each).collect()
}

/// Most of what the ledger knows of some kinds is gone: more than half of at least two; of one, too,
/// where nobody can say that it is the right account. What could not be seen does not count, nor
/// what a delete of ours was sent for.
fn empty_world(
    scene: &Scene<'_>,
    cloud: Option<&Cloud>,
    is_here: impl Fn(&KindId) -> bool,
) -> Option<Tripped> {
    let seen = |key: &&ResourceKey| {
        let is_our_doing =
            scene.ledger.leaving.contains(*key) && matches!(scene.seen(key), Seen::Absent);
        is_here(&key.kind)
            && !is_our_doing
            && scene.gap_over(key).is_none()
            && !matches!(scene.seen(key), Seen::Unknown(_))
    };
    let looked_at: Vec<&ResourceKey> = scene.ledger.entries.keys().filter(seen).collect();
    // What is there under another name is not gone.
    let is_gone = |key: &&&ResourceKey| {
        matches!(scene.seen(key), Seen::Absent) && scene.lives_as(key).is_none()
    };
    let gone: Vec<&&ResourceKey> = looked_at.iter().filter(is_gone).collect();
    let (known, missing) = (looked_at.len(), gone.len());
    let least = match cloud.map(|cloud| cloud.account) {
        Some(AccountProof::Missing) => 1,
        Some(AccountProof::OnRecord) | None => 2,
    };
    let suspicious = known >= least && missing.saturating_mul(2) > known;
    if !suspicious || scene.policy.confirm_loss {
        return None;
    }
    let place = cloud.map_or_else(String::new, |cloud| format!(" at {}", cloud.provider));
    Some(Tripped {
        code: Code::LIMIT_EMPTY_WORLD,
        message: format!(
            "of {} in the ledger{place} {missing} {} gone: {}",
            words::count(known, "resource"),
            if missing == 1 { "is" } else { "are" },
            words::few(gone)
        ),
        help: "check that the key belongs to the organization this stack lives in; if they are \
               really gone, say --confirm-loss"
            .to_owned(),
    })
}

/// More dollars an hour than the stack allows. What costs nobody knows what at present costs nothing
/// that could be saved.
fn money(scene: &Scene<'_>, plan: &Plan) -> Option<Tripped> {
    let limit = scene.policy.limits.hourly?;
    let rise = |cost: &CostChange| Some(cost.after? - cost.before.unwrap_or_default());
    let rise: Money = plan.costs.values().filter_map(rise).sum();
    let rise = rise.max(Money::ZERO);
    let allowed = scene.policy.allowed_hourly.is_some_and(|allowed| allowed >= rise);
    if allowed || rise <= limit {
        return None;
    }
    Some(Tripped {
        code: Code::LIMIT_MONEY,
        message: format!(
            "the plan raises the bill by {rise} an hour; the limit is {limit} an hour"
        ),
        help: format!("if that is meant, say --allow-hourly {}", typed(rise)),
    })
}

/// What nobody knows the price of could cost any amount: no limit passes it.
fn unpriced(scene: &Scene<'_>, plan: &Plan) -> Option<Tripped> {
    let limit = scene.policy.limits.hourly?;
    let unknown = plan.costs.iter().filter(|(_, cost)| cost.after.is_none());
    let unknown: Vec<&ResourceKey> = unknown
        .map(|(key, _)| key)
        .filter(|key| !scene.policy.allowed_unpriced.contains(*key))
        .collect();
    let first = unknown.first()?;
    let why = plan.unpriced.get(*first).map(|why| format!(" ({first}: {why})"));
    let say: Vec<String> = unknown.iter().map(|key| format!("--allow-unpriced {key}")).collect();
    Some(Tripped {
        code: Code::LIMIT_UNPRICED,
        message: format!(
            "nobody knows what {} would cost{}, and the limit is {limit} an hour",
            words::few(unknown),
            why.unwrap_or_default()
        ),
        help: format!(
            "say the price in plumb.yaml (spec.prices), or, whatever it is, {}",
            say.join(" ")
        ),
    })
}

/// An amount as it is typed on a command line; never less than it is.
fn typed(amount: Money) -> String {
    let short = amount.to_string().replace('$', "");
    let suffices = short.parse::<Money>().is_ok_and(|short| short >= amount);
    if suffices { short } else { amount.plain() }
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
