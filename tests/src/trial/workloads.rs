//! The workloads of the reliability programme: small enough to be run ten thousand times, and
//! together they use every way plumb creates, deploys and switches things.

pub mod meddled;

use crate::trial::workload::Workload;
use plumb_model::Policy;
use plumb_model::policy::Prune;
use serde_json::{Value, json};

/// All workloads in which single faults are tried.
///
/// # Errors
/// When one cannot be read.
pub fn all() -> Result<Vec<Workload>, String> {
    let mut all = vec![deployed()?, lagging(&kept()?, "kept, lists lag by 3", 3)?, mounted()?];
    all.extend(two_machines_with_lagging_lists()?);
    Ok(all)
}

/// [`two_machines`] in worlds whose lists lag by 0, 3 and 10 readings.
///
/// # Errors
/// When one cannot be read.
pub fn two_machines_with_lagging_lists() -> Result<[Workload; 3], String> {
    let machines = two_machines()?;
    let slow = lagging(&machines, "two machines, lists lag by 3", 3)?;
    let slower = lagging(&machines, "two machines, lists lag by 10", 10)?;
    Ok([machines, slow, slower])
}

/// The same workload where lists show new objects only after so many readings. Each run reads each
/// list at least once, so that so many runs more may be needed.
///
/// # Errors
/// When the world cannot be configured so.
pub fn lagging(workload: &Workload, name: &'static str, readings: u32) -> Result<Workload, String> {
    let lag = json!({"list_calls": readings, "everywhere": true});
    let patch = json!({"voltage-park": {"knobs": {"create_visibility_lag": lag}}});
    Ok(workload.in_world(name, &patch)?.with_slack(readings))
}

/// A project with a VPC service, a workspace and an instance in it: what is created is deployed.
///
/// # Errors
/// When it cannot be read.
pub fn deployed() -> Result<Workload, String> {
    let projects = json!([
        {"id": "syscat1", "name": "system-catalog", "description": "", "default": false},
        {"id": "mlmlml1", "name": "ml", "description": "", "default": false},
    ]);
    // A deployment takes half an hour; nothing is learned from a hundred looks at it.
    let config =
        json!({"time_scale": 120, "rafay": {"seeded": {"projects": projects, "objects": []}}});
    Workload::new("deployed", config, DEPLOYED, &["hunter2-canary-2"])
}

/// A virtual machine and a rental: two creates that nothing protects from happening twice.
///
/// # Errors
/// When it cannot be read.
pub fn two_machines() -> Result<Workload, String> {
    Workload::new(
        "two_machines",
        rented(),
        &format!("{VIRTUAL_MACHINE}{BARE_METAL}"),
        &["hunter2-canary-1"],
    )
}

/// The two smallest workloads in which something may be rented twice, each in worlds whose lists
/// lag by 0 and 10 readings: every pair of faults is tried in them.
///
/// # Errors
/// When one cannot be read.
pub fn one_machine_with_lagging_lists() -> Result<[Workload; 4], String> {
    let (machine, rental) = (virtual_machine()?, rental()?);
    let slow_machine = lagging(&machine, "a virtual machine, lists lag by 10", 10)?;
    let slow_rental = lagging(&rental, "a rental, lists lag by 10", 10)?;
    Ok([machine, slow_machine, rental, slow_rental])
}

/// A virtual machine, in a world with little else.
///
/// # Errors
/// When it cannot be read.
pub fn virtual_machine() -> Result<Workload, String> {
    Workload::new("a virtual machine", nearly_empty(), VIRTUAL_MACHINE, &["hunter2-canary-1"])
}

/// A rental, in a world with little else.
///
/// # Errors
/// When it cannot be read.
pub fn rental() -> Result<Workload, String> {
    Workload::new("a rental", nearly_empty(), BARE_METAL, &[])
}

/// A key and a volume, which names protect where servers answer 400 for a name that is taken.
///
/// # Errors
/// When it cannot be read.
pub fn kept() -> Result<Workload, String> {
    Workload::new("kept", rented(), KEPT, &[])
}

/// A key and a volume, and a rental that uses both: creates that names protect.
///
/// # Errors
/// When it cannot be read.
pub fn mounted() -> Result<Workload, String> {
    Workload::new("mounted", rented(), MOUNTED, &[])
}

/// Two machines whose ledger was lost: nothing but lists and the bill says that they run.
///
/// # Errors
/// When it cannot be read.
pub fn lost_ledger() -> Result<Workload, String> {
    two_machines()?.without_ledger("two machines, and no ledger")
}

/// A machine beside a rental that a run before has made, of a stack whose marks say which run wrote
/// them.
///
/// # Errors
/// When it cannot be read.
pub fn extended() -> Result<Workload, String> {
    let rental = two_machines()?.saying(BARE_METAL)?.of_stack("trial.k3v9x2m4");
    let both = format!("{VIRTUAL_MACHINE}{BARE_METAL}");
    rental.then("a machine more", &both, Policy::default())
}

/// Two machines that are taken out of the manifests again, and a workspace's instance and a user:
/// what was made is to be deleted, and not forgotten while it runs.
///
/// # Errors
/// When one cannot be read.
pub fn pruned() -> Result<[Workload; 2], String> {
    // Most of what is on record goes, of itself or not: nobody confirms a loss.
    let prune = || Policy { prune: Prune::On, ..Policy::default() };
    let machines = format!("{VIRTUAL_MACHINE}{BARE_METAL}{KEY}");
    let machines = two_machines()?.saying(&machines)?;
    let deployed = deployed()?.saying(&format!("{DEPLOYED}---{USER}"))?;
    Ok([
        machines.then("two machines pruned", KEY, prune())?,
        deployed.then("an instance and a user pruned", WORKSPACE, prune())?,
    ])
}

/// A user who is to be given a group and a role, which Git takes back after the first run.
///
/// # Errors
/// When it cannot be read.
pub fn taken_back() -> Result<Workload, String> {
    let user = deployed()?.saying(USER)?;
    let groups = "  groups: [DemoAdmin]\n";
    let roles = "  projectRoles: [{project: ml, roles: [PROJECT_READ_ONLY]}]\n";
    let member = format!("{USER}{groups}{roles}");
    let given = user.then("memberships taken back", &member, Policy::default())?;
    // The run that gives them is one more than it takes to come to what is declared.
    Ok(given.taken_back(USER)?.with_slack(1))
}

/// The world in which histories happen, with a project for what is deployed.
///
/// # Errors
/// When it cannot be made.
pub fn history() -> Result<Workload, String> {
    let projects = json!([
        {"id": "syscat1", "name": "system-catalog", "description": "", "default": false},
        {"id": "mlmlml1", "name": "ml", "description": "", "default": false},
    ]);
    // A deployment of half an hour is looked at a hundred times, of which nothing is learned.
    let config = json!({
        "rafay": {
            "durations": {"baremetal": 120},
            "seeded": {"projects": projects, "objects": []},
        },
        "voltage-park": {"knobs": {"bm_provision_time": 5}},
    });
    Ok(Workload::new("history", config, KEY, &[])?.allowing(super::history::policy()))
}

/// A world of rented machines with only a machine of another stack in it, and one place where one
/// size of machines is to be had: what is tried a hundred thousand times must be small.
fn nearly_empty() -> Value {
    let preset = "c6fd6253-cbb6-4ea8-a20c-47644b431f1c";
    json!({
        "time_scale": 1,
        "rafay": {"seeded": {"profiles": [], "objects": []}},
        "voltage-park": {
            "knobs": {"bm_provision_time": 5},
            "seeded": {
                "virtual_machines": [of_another_stack()],
                "catalog": {
                    "presets": [{
                        "id": preset, "gpu_model": "h100-sxm5-80gb", "gpu_count": 1,
                        "vcpu_count": 26, "ram_gb": 116, "storage_gb": 2400,
                        "operating_system": "TensorML 24 Everything",
                        "compute_rate_hourly": "1.89", "storage_rate_hourly": "0.10",
                    }],
                    "locations": [{
                        "id": "a3111bd4-550a-47d0-838a-0a52bff2ae3f",
                        "city": "Dallas", "region": "Texas", "country": "USA",
                        "hostnodes": [foreign(9)],
                        "ethernet": {"gpus": 16, "price": "1.99"},
                        "presets": {preset: 4},
                    }],
                },
            },
        }
    })
}

/// The id of something that is not ours.
fn foreign(number: u64) -> String {
    format!("dec0dec0-0000-4000-8000-9{number:011}")
}

/// A machine with the mark of another stack, and a uid nobody knows.
fn of_another_stack() -> Value {
    let marks = ["plumb.dev/stack=another", "plumb.dev/uid=11111111111111111111111111111111"];
    json!({"id": foreign(2), "name": "of-another-stack", "tags": marks})
}

/// A world of rented machines, with somebody else's things in it: a person's machine of another
/// name, one of another stack, a volume, a key.
fn rented() -> Value {
    json!({
        "time_scale": 1,
        "rafay": {"seeded": {"profiles": [], "objects": []}},
        "voltage-park": {
            "knobs": {"bm_provision_time": 5},
            "seeded": {
                "virtual_machines": [
                    {"id": foreign(1), "name": "a-persons-own", "tags": ["team-research"]},
                    of_another_stack(),
                ],
                "storage": [{"id": foreign(3), "name": "archive", "size_in_gb": 100}],
                "ssh_keys": [{"id": foreign(4), "name": "a-persons-key"}],
            },
        }
    })
}

const WORKSPACE: &str = "
apiVersion: paas.envmgmt.io/v1
kind: Workspace
metadata: {name: dev, project: ml}
";

const USER: &str = "
apiVersion: auth/v1
kind: User
metadata: {name: Ada.Lovelace@example.org}
spec:
  first_name: Ada
  last_name: Lovelace
  user_type: CONSOLE
  password: {valueFrom: {var: SECRET_1}}
";

const DEPLOYED: &str = "
apiVersion: paas.envmgmt.io/v1
kind: Workspace
metadata: {name: dev, project: ml}
---
apiVersion: paas.envmgmt.io/v1
kind: ComputeInstance
metadata: {name: node, project: ml, workspace: dev}
spec:
  computeType: baremetal
  computeProfile: {name: bmaas-h100, systemCatalog: true}
";

const VIRTUAL_MACHINE: &str = "
apiVersion: voltagepark.com/v1
kind: VirtualMachine
metadata: {name: notebook}
spec:
  preset: {gpu_count: 1}
  password: {valueFrom: {var: SECRET_1}}
  tags: [team-research]
---
";
const BARE_METAL: &str = "
apiVersion: voltagepark.com/v1
kind: BareMetal
metadata: {name: trainer}
spec:
  location_id: a3111bd4-550a-47d0-838a-0a52bff2ae3f
  gpu_count: 8
  network_type: ethernet
";

const KEPT: &str = "
apiVersion: voltagepark.com/v1
kind: SSHKey
metadata: {name: deploy}
spec:
  content: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcYmvyTcbEtYGk2hnHRZLRKt5mS7LjGTkZvAoJWJb2P deploy
---
apiVersion: voltagepark.com/v1
kind: StorageVolume
metadata: {name: shared-data}
spec:
  size_in_gb: 100
";

const MOUNTED: &str = "
apiVersion: voltagepark.com/v1
kind: SSHKey
metadata: {name: deploy}
spec:
  content: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcYmvyTcbEtYGk2hnHRZLRKt5mS7LjGTkZvAoJWJb2P deploy
---
apiVersion: voltagepark.com/v1
kind: StorageVolume
metadata: {name: shared-data}
spec:
  size_in_gb: 100
---
apiVersion: voltagepark.com/v1
kind: BareMetal
metadata: {name: trainer}
spec:
  location_id: a3111bd4-550a-47d0-838a-0a52bff2ae3f
  gpu_count: 8
  network_type: ethernet
  storage_id: shared-data
  organization_ssh_keys: {mode: selective, ssh_key_names: [deploy]}
";

/// A key, which is also what is left of a fleet when nothing else is declared.
pub(super) const KEY: &str = "---
apiVersion: voltagepark.com/v1
kind: SSHKey
metadata: {name: deploy}
spec:
  content: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBcYmvyTcbEtYGk2hnHRZLRKt5mS7LjGTkZvAoJWJb2P deploy
";
