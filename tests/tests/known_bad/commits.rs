//! Two commits, one run each on the same machine, in the world of the first; what happens
//! meanwhile happens during the second.

use plumb_ledger::Ledger;
use plumb_sandbox::FaultRule;
use plumb_tests::cloud::Cloud;
use plumb_tests::trial::Workload;
use plumb_tests::trial::oracle::{self, Instant};
use plumb_tests::trial::process::{Ended, Machine, Wire};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Applies the commits; answers what the oracle says after the second.
pub(crate) fn apply(first: &Workload, second: &Workload, meanwhile: &FaultRule) -> Vec<String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let cloud = Cloud::over(first.world.clone());
        let wire = Wire::new(cloud.clone(), BTreeMap::new());
        let mut machine = Machine::new(first, cloud.clone(), wire, 1);
        let ended = machine.apply().await;
        assert!(matches!(ended, Ended::Ran { .. }), "{ended}");
        assert_eq!(judged(&machine), [""; 0]);

        cloud.world().faults_mut().extend(vec![meanwhile.clone()]);
        machine.workload = second;
        tokio::time::sleep(Duration::from_secs(90)).await;
        machine.apply().await;
        assert!(cloud.world().faults().states().iter().all(|state| state.fired > 0));
        judged(&machine)
    })
}

/// What the oracle says now.
fn judged(machine: &Machine<'_>) -> Vec<String> {
    let disk = Arc::new(machine.disk.after_kill());
    let ledger = Ledger::open_in(disk, &machine.workload.stack).unwrap().view();
    let world = machine.cloud.world();
    let instant = Instant { workload: machine.workload, world: &world, ledger: &ledger };
    oracle::violations(&instant)
}
