//! The workloads of the reliability programme: small enough to be run ten thousand times, and
//! together they use every way plumb creates, deploys and switches things.

pub mod meddled;

use crate::trial::workload::Workload;
use serde_json::{Value, json};

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
        json!({"time_scale": 120, "seeded": {"rafay": {"projects": projects, "objects": []}}});
    Workload::new("deployed", config, DEPLOYED, &[])
}

/// A virtual machine and a rental: two creates that nothing protects from happening twice.
///
/// # Errors
/// When it cannot be read.
pub fn two_machines() -> Result<Workload, String> {
    Workload::new("two_machines", rented(), TWO_MACHINES, &["hunter2-canary-1"])
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

/// The world in which histories happen, with a project for what is deployed.
///
/// # Errors
/// When it cannot be made.
pub fn history() -> Result<Workload, String> {
    let projects = json!([
        {"id": "syscat1", "name": "system-catalog", "description": "", "default": false},
        {"id": "mlmlml1", "name": "ml", "description": "", "default": false},
    ]);
    let config = json!({
        "knobs": {"voltage_park": {"bm_provision_time": 5}},
        "seeded": {"rafay": {"projects": projects, "objects": []}},
    });
    let workload = Workload::new("history", config, KEY, &[])?;
    Ok(Workload { policy: super::history::policy(), ..workload })
}

/// A world of rented machines, with somebody else's things in it: a machine that carries our
/// stack's mark and a uid nobody knows, one that is not marked at all, a key of equal content.
fn rented() -> Value {
    json!({
        "time_scale": 1,
        "knobs": {"voltage_park": {"bm_provision_time": 5}},
        "seeded": {"rafay": {"profiles": [], "objects": []}}
    })
}

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

const TWO_MACHINES: &str = "
apiVersion: voltagepark.com/v1
kind: VirtualMachine
metadata: {name: notebook}
spec:
  preset: {gpu_count: 1}
  password: {valueFrom: {var: SECRET_1}}
  tags: [team-research]
---
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
