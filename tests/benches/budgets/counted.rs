//! What can be counted, and timed exactly: the sandbox in process, under a clock that stands still
//! while anybody works. The figures are the same on every machine and in every profile.

use crate::fleet::{Fleet, Standing};
use crate::wired::Wired;
use plumb_engine::Interrupt;
use plumb_model::event::RunOutcome;
use plumb_sandbox::RequestRecord;
use plumb_tests::cloud::Cloud;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// What a request takes, in milliseconds.
pub(crate) const REQUEST_MILLISECONDS: u64 = 50;
/// The harness adds the last millisecond itself.
const LATENCY_MILLISECONDS: u64 = REQUEST_MILLISECONDS - 1;
/// What a Rafay session has in flight at most.
pub(crate) const IN_FLIGHT: u64 = 10;
/// What a Rafay server puts on a page at most.
pub(crate) const PAGE: usize = 50;

/// What a Voltage Park session has in flight at first (V-05). It grows by one with each answer while
/// nothing is refused, up to [`IN_FLIGHT`].
pub(crate) const RENTED_IN_FLIGHT: u64 = 4;
/// What a Voltage Park server puts on a page at most.
pub(crate) const RENTED_PAGE: u64 = 100;

/// What is read beside the instances: projects, workspaces, profiles, whose the key is. Each fits on
/// a page.
pub(crate) const OTHER_COLLECTIONS: u64 = 4;

/// What a plan without changes took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EmptyPlan {
    /// Requests sent.
    pub(crate) requests: u64,
    /// From the first request to the plan.
    pub(crate) elapsed: Duration,
}

/// When a plan is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// What is declared is known, and nothing else.
    Before,
    /// The plan is there.
    After,
}

/// Plans a fleet that is as declared.
pub(crate) fn empty_plan(fleet: Fleet) -> EmptyPlan {
    plan_with(fleet, |_| {})
}

/// The same, with somebody who looks.
pub(crate) fn plan_with(fleet: Fleet, mut look: impl FnMut(Moment)) -> EmptyPlan {
    paused(async {
        let place = Place::new(fleet, Standing::Deployed);
        place.wired().remember().await;
        let wired = place.wired();
        let desired = wired.declare();
        let began = tokio::time::Instant::now();
        look(Moment::Before);
        let plan = wired.plan(&desired).await;
        look(Moment::After);
        assert!(plan.is_empty(), "the plan is not empty: {:#?}", plan.actions.first());
        assert_eq!(plan.unchanged.len(), fleet.resources());
        EmptyPlan { requests: wired.engine.requests(), elapsed: began.elapsed() }
    })
}

/// What creating took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Creates {
    /// Creates that were sent.
    pub(crate) posts: u64,
    /// Everything else that was sent since the first of them.
    pub(crate) reads: u64,
    /// From the run's beginning to its end.
    pub(crate) elapsed: Duration,
}

impl Creates {
    /// What it takes at least: every create sent once, so many at a time.
    pub(crate) fn floor(self, in_flight: u64) -> Duration {
        floor(self.posts, in_flight)
    }
}

/// What so many requests take at least when so many are sent at a time.
pub(crate) fn floor(requests: u64, in_flight: u64) -> Duration {
    Duration::from_millis(requests.div_ceil(in_flight) * REQUEST_MILLISECONDS)
}

/// Creates a fleet in an empty project.
pub(crate) fn creates(fleet: Fleet) -> Creates {
    paused(async {
        let place = Place::new(fleet, Standing::Nothing);
        place.stock_up();
        let applied = place.wired().apply(&Interrupt::never()).await;
        assert_eq!(applied.report.outcome(), RunOutcome::Done);
        let world = place.cloud.world();
        let is_post = |record: &&RequestRecord| record.method == "POST";
        let first = world.requests().all().find(is_post).map_or(0, |record| record.number);
        let sent = world.requests().since(first.saturating_sub(1));
        let sent = sent.filter(|record| record.number <= applied.requests);
        let (posts, reads): (Vec<_>, Vec<_>) = sent.partition(is_post);
        Creates { posts: posts.len() as u64, reads: reads.len() as u64, elapsed: applied.elapsed }
    })
}

/// What waiting took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Requests of each round, in order.
    pub(crate) rounds: Vec<u64>,
    /// Requests that were neither a page of a round nor a write.
    pub(crate) others: u64,
}

/// Deploys a fleet and waits for it: what is sent after the last write is what waiting costs.
pub(crate) fn waiting(fleet: Fleet) -> Waiting {
    paused(async {
        let place = Place::new(fleet, Standing::Made);
        let applied = place.wired().apply(&Interrupt::never()).await;
        assert_eq!(applied.report.outcome(), RunOutcome::Done);
        let world = place.cloud.world();
        let writes = world.requests().all().filter(|record| record.method != "GET");
        let last = writes.last().map_or(0, |record| record.number);
        let sent = world.requests().since(last);
        rounds(sent.filter(|record| record.number <= applied.requests))
    })
}

/// Pages of one round are asked for within this of each other.
const ROUND: Duration = Duration::from_secs(2);

fn rounds<'r>(requests: impl Iterator<Item = &'r RequestRecord>) -> Waiting {
    let mut waiting = Waiting { rounds: Vec::new(), others: 0 };
    let mut latest: Option<Duration> = None;
    for request in requests {
        if !request.path.ends_with("/computeinstances") {
            waiting.others += 1;
            continue;
        }
        let begins = latest.is_none_or(|latest| request.real > latest + ROUND);
        if begins {
            waiting.rounds.push(0);
            latest = Some(request.real);
        }
        if let Some(round) = waiting.rounds.last_mut() {
            *round += 1;
        }
    }
    waiting
}

/// The requests a listing takes: its pages, and one more that proves the end when the last is full.
pub(crate) fn pages(items: usize) -> u64 {
    (items / PAGE + 1) as u64
}

/// The requests that listing so many rented machines takes: its pages, since the total counts everything; and
/// one more where it could be what the only page holds.
pub(crate) fn rented_pages(machines: u64) -> u64 {
    if machines > RENTED_PAGE { machines.div_ceil(RENTED_PAGE) } else { machines / RENTED_PAGE + 1 }
}

/// The requests that a plan of rented machines sends beside their list: the keys, and whose the key is.
pub(crate) const BESIDE_RENTED: u64 = 2;

/// The round trips a plan of so many rented machines takes that are on record: all of it is known to be
/// needed when the first request goes out.
pub(crate) fn rented_round_trips(machines: u64) -> u64 {
    grown_round_trips(rented_pages(machines) + BESIDE_RENTED)
}

/// The round trips that so many requests take in a window that grows while all of it is taken.
fn grown_round_trips(requests: u64) -> u64 {
    let (mut left, mut in_flight, mut trips) = (requests, RENTED_IN_FLIGHT, 0);
    while left > 0 {
        left = left.saturating_sub(in_flight);
        in_flight = (2 * in_flight).min(IN_FLIGHT);
        trips += 1;
    }
    trips
}

/// What so many requests to Voltage Park take at least.
pub(crate) fn rented_floor(requests: u64) -> Duration {
    Duration::from_millis(grown_round_trips(requests) * REQUEST_MILLISECONDS)
}

/// A repository over a world.
struct Place {
    folder: tempfile::TempDir,
    cloud: Cloud,
}

impl Place {
    fn new(fleet: Fleet, standing: Standing) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fleet.write(folder.path());
        let cloud = Cloud::new(fleet.world(standing, LATENCY_MILLISECONDS)).unwrap();
        Self { folder, cloud }
    }

    /// As many machines of one GPU as anybody may want.
    fn stock_up(&self) {
        let edit = json!({
            "op": "patch",
            "object": "voltage-park/stock/a3111bd4-550a-47d0-838a-0a52bff2ae3f",
            "patch": {"presets": {"c6fd6253-cbb6-4ea8-a20c-47644b431f1c": 100_000}},
        });
        self.cloud.world().edit(&serde_json::from_value(edit).unwrap()).unwrap();
    }

    fn wired(&self) -> Wired {
        let keys = self.cloud.keys();
        let cloud = Arc::new(self.cloud.clone());
        let transport: Arc<dyn plumb_engine::Transport> = cloud.clone();
        Wired::over(self.folder.path(), &keys, cloud, &transport)
    }
}

fn paused<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(work)
}
