//! Taking out of the ledger what is gone and not declared. Forgetting something that runs is as bad
//! as making it twice, so that one look is not enough: what can be read alone is read once more, and
//! where only lists show it they are read again after as long as they may lag.

use crate::executing::run::{Halt, Run};
use futures_util::future::join_all;
use plumb_model::event::Event;
use plumb_model::ledger::Record;
use plumb_model::{Observation, Plan, ResourceKey};
use std::time::Duration;

/// Forgets what the plan found gone, as far as it still is.
///
/// # Errors
/// When the ledger cannot be written.
pub(crate) async fn forget_what_is_gone(run: &Run<'_>, plan: &Plan) -> Result<(), Halt> {
    let gone: Vec<&ResourceKey> = plan.gone().into_iter().collect();
    let mut listed = Vec::new();
    let mut forgotten = Vec::new();
    let looks = gone.iter().map(|key| {
        let id = run.remote_id(key);
        async move { run.engine.look_alone(key, id.as_ref()).await }
    });
    for (key, looked) in gone.iter().zip(join_all(looks).await) {
        match looked.map(|looked| looked.observation) {
            Some(observation) => sort(run, key, &observation, &mut forgotten),
            None => listed.push((*key).clone()),
        }
    }
    if !listed.is_empty() && waited(run, &listed).await {
        let seen = run.engine.observe_keys(&listed, run.bindings()).await;
        for (key, observation) in &seen {
            sort(run, key, observation, &mut forgotten);
        }
    }
    if forgotten.is_empty() { Ok(()) } else { run.append(forgotten).await }
}

fn sort(run: &Run<'_>, key: &ResourceKey, observation: &Observation, forgotten: &mut Vec<Record>) {
    let why = match observation {
        Observation::Absent => {
            forgotten.push(Record::Forgotten { key: key.clone() });
            return;
        }
        Observation::Present(_) => "it is there after all".to_owned(),
        Observation::Unknown(reason) => format!("it cannot be looked at: {reason}"),
    };
    let message = format!("{key} was not listed, and is kept in the ledger: {why}");
    run.tell(Event::Warned { key: Some(key.clone()), message });
}

/// Waits for as long as the lists of these may lag; whether the run still goes on then.
async fn waited(run: &Run<'_>, keys: &[ResourceKey]) -> bool {
    let sessions = keys.iter().filter_map(|key| run.engine.session(&key.kind));
    let lag = sessions.map(|session| session.budgets().poll).max().unwrap_or(Duration::ZERO);
    tokio::select! {
        biased;
        () = run.stopping() => false,
        () = tokio::time::sleep(lag) => true,
    }
}
