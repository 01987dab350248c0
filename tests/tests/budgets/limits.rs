//! Manners under a limit on the rate of calls, on virtual time: nothing takes much longer than the
//! server's own count demands, it is asked seldom while it refuses, and one that refuses does not hold
//! up another.

use crate::counted::{IN_FLIGHT, PAGE, floor};
use crate::fleet::{Fleet, Standing};
use plumb_engine::Interrupt;
use plumb_model::{LedgerView, Policy};
use plumb_sandbox::RequestRecord;
use plumb_tests::cloud::Cloud;
use plumb_tests::plumb::{Declared, Plumb, Ran, Refused, plain_policy};
use plumb_tests::trial::virtual_time::in_virtual_time;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const LATENCY_MILLISECONDS: u64 = 49;
const MINUTE: Duration = Duration::from_mins(1);

/// A repository over a world with limits.
struct Limited {
    plumb: Plumb,
    began: Instant,
}

impl Limited {
    fn new(fleets: &[Fleet], limits: &Value) -> Self {
        let mut config = json!({"limits": limits});
        for fleet in fleets {
            let world = fleet.world(Standing::Nothing, LATENCY_MILLISECONDS);
            plumb_tests::cloud::merge(&mut config, &world);
        }
        let plumb = Plumb::new(Cloud::new(config).unwrap()).unwrap();
        for (number, fleet) in fleets.iter().enumerate() {
            let folder = plumb.root().join(format!("fleet-{number}"));
            std::fs::create_dir(&folder).unwrap();
            fleet.write(&folder);
            std::fs::remove_file(folder.join("plumb.yaml")).unwrap();
        }
        let stack = "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {name: fleet}\n";
        plumb.write("plumb.yaml", stack).unwrap();
        Self { plumb, began: Instant::now() }
    }

    async fn apply(&mut self) -> Result<Ran, Refused> {
        let policy = |declared: &Declared, _: &LedgerView| -> Result<Policy, String> {
            Ok(plain_policy(declared))
        };
        self.plumb.apply(&policy, &|| Ok(()), &Interrupt::never()).await
    }

    /// The calls that came to a cloud: let through, and refused for being too many.
    fn calls(&self, cloud: &str) -> (Vec<RequestRecord>, Vec<RequestRecord>) {
        let world = self.plumb.cloud.world();
        let of = |record: &&RequestRecord| record.cloud.as_deref() == Some(cloud);
        world.requests().all().filter(of).cloned().partition(|record| record.status != 429)
    }
}

fn made(ran: &Ran) -> usize {
    ran.report.as_ref().unwrap().outcomes.len()
}

/// A tenth more than the count demands, and the shortest pause for each minute of it.
fn allowed(demanded: Duration) -> Duration {
    demanded.mul_f64(1.1) + Duration::from_secs(5)
}

#[test]
fn a_thousand_creates_take_as_long_as_the_count_demands() {
    creates_take_as_long_as_the_count_demands(1_000, 250);
}

#[test]
fn ten_thousand_creates_take_as_long_as_the_count_demands() {
    creates_take_as_long_as_the_count_demands(10_000, 2_500);
}

/// So many creates where so many calls a minute are let through, however the server counts and says it.
fn creates_take_as_long_as_the_count_demands(creates: usize, limit: u32) {
    for counting in ["window", "bucket"] {
        for retry_after in ["none", "seconds", "date"] {
            let what = format!("{counting}, Retry-After {retry_after}");
            let limits =
                json!([{"calls": limit, "counting": counting, "retry_after": retry_after}]);
            in_virtual_time(async {
                let mut limited = Limited::new(&[Fleet::Workspaces(creates)], &limits);
                let ran = limited.apply().await.unwrap();
                let took = limited.began.elapsed();
                assert_eq!(made(&ran), creates, "{what}");
                let (taken, refused) = limited.calls("rafay");
                let beyond = u32::try_from(taken.len() - 1).unwrap();
                let demanded = match counting {
                    "window" => MINUTE * (beyond / limit),
                    _ => MINUTE * (beyond - limit) / limit,
                };
                assert!(took <= allowed(demanded), "{what}: {took:?} for {demanded:?}");
                // A bucket refuses again and again, about once a second.
                let minutes = usize::try_from(demanded.as_secs() / 60).unwrap();
                let seldom = 75 * minutes + creates / 8;
                assert!(refused.len() <= seldom, "{what}: {} refused", refused.len());
                // Beside the creates: what is looked at before, in between and twice after, and some now and then.
                let looks = 70 + 4 * creates / PAGE;
                assert!(taken.len() <= creates + looks, "{what}: {} let through", taken.len());
            })
            .unwrap();
        }
    }
}

/// Each cloud has its own gate: the one that refuses keeps what it refuses waiting, and nothing else.
#[test]
fn a_cloud_that_refuses_does_not_hold_up_the_other() {
    const EACH: usize = 200;
    in_virtual_time(async {
        let limit = json!([{"cloud": "voltage-park", "calls": 20}]);
        let fleets = [Fleet::Workspaces(EACH), Fleet::Keys(EACH)];
        let mut limited = Limited::new(&fleets, &limit);
        let ran = limited.apply().await.unwrap();
        assert_eq!(made(&ran), 2 * EACH);
        let (workspaces, refused) = limited.calls("rafay");
        assert!(refused.is_empty());
        let posts = workspaces.iter().filter(|record| record.method == "POST");
        let moments: Vec<Duration> = posts.map(|record| record.real).collect();
        let took = moments.last().unwrap().abs_diff(*moments.first().unwrap());
        let demanded = floor(EACH as u64, IN_FLIGHT);
        assert!(took <= demanded.mul_f64(1.2), "{took:?}");
        let (keys, refused) = limited.calls("voltage-park");
        assert!(keys.last().unwrap().real >= MINUTE * 9, "nothing held it up");
        assert!(refused.len() <= 40 * 11, "{} refused", refused.len());
    })
    .unwrap();
}

/// What is on record is not read one by one because its list was refused, and a server that refuses for
/// ever is given up in one sentence.
#[test]
fn a_server_that_refuses_for_ever_is_given_up() {
    in_virtual_time(async {
        let mut limited = Limited::new(&[Fleet::Keys(50), Fleet::Workspaces(50)], &json!([]));
        limited.apply().await.unwrap();
        for cloud in ["voltage-park", "rafay"] {
            let never = json!({"cloud": cloud, "calls": 1, "seconds": 1_000_000});
            limited.plumb.cloud.configure(&json!({"limits": [never]})).unwrap();
            let (_, before) = limited.calls(cloud);
            let began = Instant::now();
            let Err(Refused::Harness(why)) = limited.apply().await else { panic!("{cloud}") };
            assert!(why.contains("GivenUp") && why.contains(cloud), "{why}");
            assert!(began.elapsed() <= MINUTE * 6, "{:?}", began.elapsed());
            let refused = limited.calls(cloud).1.len() - before.len();
            assert!(refused <= 60, "{cloud}: {refused} refused");
        }
    })
    .unwrap();
}
