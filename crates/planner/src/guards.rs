//! Limits that stop a whole run (RELIABILITY.md §3). They judge the result and change nothing in
//! it.

use crate::scene::{Scene, Seen};
use crate::words;
use plumb_model::plan::{Operation, Tripped};
use plumb_model::{Action, Code, Money, Plan, ResourceKey};

/// The share from which a limit in percent speaks.
const WHOLE: u64 = 100;

/// All limits that trip.
pub(crate) fn judge(scene: &Scene<'_>, plan: &Plan) -> Vec<Tripped> {
    let tripped = [deletes(scene, &plan.actions), empty_world(scene), money(scene, plan)];
    tripped.into_iter().flatten().collect()
}

/// More deletes than allowed, by number or by share; replaces count. Destroying asks for the
/// stack's name instead.
fn deletes(scene: &Scene<'_>, actions: &[Action]) -> Option<Tripped> {
    let planned = actions.iter().filter(|action| action.operation == Operation::Delete).count();
    let limits = &scene.policy.limits;
    let (number, owned) = (as_u64(planned), as_u64(scene.ledger.entries.len()));
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

/// Most of what the ledger knows is gone: all of at least two, or more than half of at least
/// three. What could not be seen does not count, nor what a delete of ours was sent for.
fn empty_world(scene: &Scene<'_>) -> Option<Tripped> {
    let seen = |key: &&ResourceKey| {
        let is_our_doing =
            scene.ledger.leaving.contains(*key) && matches!(scene.seen(key), Seen::Absent);
        !is_our_doing
            && scene.gap_over(key).is_none()
            && !matches!(scene.seen(key), Seen::Unknown(_))
    };
    let looked_at: Vec<&ResourceKey> = scene.ledger.entries.keys().filter(seen).collect();
    let gone: Vec<&&ResourceKey> =
        looked_at.iter().filter(|key| matches!(scene.seen(key), Seen::Absent)).collect();
    let (known, missing) = (looked_at.len(), gone.len());
    let suspicious = match known {
        0 | 1 => false,
        2 => missing == 2,
        _ => missing.saturating_mul(2) > known,
    };
    if !suspicious || scene.policy.confirm_loss {
        return None;
    }
    Some(Tripped {
        code: Code::LIMIT_EMPTY_WORLD,
        message: format!(
            "of {known} resources in the ledger {missing} are gone: {}",
            words::few(gone)
        ),
        help: "check that the key belongs to the organization this stack lives in; if they are \
               really gone, say --confirm-loss"
            .to_owned(),
    })
}

/// More dollars an hour than the stack allows. What nobody knows the price of could be any amount,
/// so it trips the limit too, and is accepted together with the amount.
fn money(scene: &Scene<'_>, plan: &Plan) -> Option<Tripped> {
    let limit = scene.policy.limits.hourly?;
    let rise = plan.hourly_change().known.max(Money::ZERO);
    let unpriced = plan.costs.values().filter(|cost| cost.after.is_none()).count();
    let allowed = scene.policy.allowed_hourly.is_some_and(|allowed| allowed >= rise);
    if allowed || (rise <= limit && unpriced == 0) {
        return None;
    }
    let unknown = if unpriced == 0 {
        String::new()
    } else {
        format!(", and by the price of {}, which is not known", words::count(unpriced, "resource"))
    };
    Some(Tripped {
        code: Code::LIMIT_MONEY,
        message: format!(
            "the plan raises the bill by {rise} an hour{unknown}; the limit is {limit} an hour"
        ),
        help: format!("if that is meant, say --allow-hourly {}", typed(rise)),
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
