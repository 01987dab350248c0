//! Fleets of any size, as manifests and as the world in which they already stand. What is measured
//! with them is not known here.

use plumb_model::{KindId, ResourceKey, Scope};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The project everything is in.
const PROJECT: &str = "ml-platform";
/// The stack, which marks what it owns.
pub(crate) const STACK: &str = "fleet";
/// Machines in one workspace: a fleet of 10,000 has 20, which is one page of workspaces.
const MACHINES_IN_A_WORKSPACE: usize = 500;
/// How long a machine is deployed for: some rounds of waiting, and not more.
const DEPLOYING_SECONDS: u64 = 60;
/// The key that rented machines name.
const SSH_KEY: &str = "ops";
/// Documents in one file.
const DOCUMENTS_IN_A_FILE: usize = 1_000;

/// What a fleet is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fleet {
    /// So many bare-metal nodes, in workspaces that are declared too.
    Machines(usize),
    /// So many workspaces and nothing in them.
    Workspaces(usize),
    /// So many machines of the second cloud, which name a key that is not declared.
    Rented(usize),
    /// So many rentals of the second cloud, and a volume for each, which the rental names.
    Mounting(usize),
    /// So many keys of the second cloud.
    Keys(usize),
}

/// Whether a world already has what the manifests declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing but the project and the shared profiles.
    Nothing,
    /// Everything, but not deployed.
    Made,
    /// Everything, deployed.
    Deployed,
}

impl Fleet {
    /// How many resources the manifests declare.
    pub(crate) fn resources(self) -> usize {
        self.workspaces() + self.machines() + self.rented() + self.keys() + 2 * self.mounting()
    }

    fn workspaces(self) -> usize {
        match self {
            Self::Machines(count) => count.div_ceil(MACHINES_IN_A_WORKSPACE),
            Self::Workspaces(count) => count,
            _ => 0,
        }
    }

    fn machines(self) -> usize {
        if let Self::Machines(count) = self { count } else { 0 }
    }

    fn rented(self) -> usize {
        if let Self::Rented(count) = self { count } else { 0 }
    }

    fn keys(self) -> usize {
        if let Self::Keys(count) = self { count } else { 0 }
    }

    fn mounting(self) -> usize {
        if let Self::Mounting(count) = self { count } else { 0 }
    }

    /// The connection the stack names.
    pub(crate) fn connection(self) -> &'static str {
        match self {
            Self::Machines(_) | Self::Workspaces(_) => "rafay",
            Self::Rented(_) | Self::Keys(_) | Self::Mounting(_) => "voltage-park",
        }
    }

    /// Writes the manifests into a folder; answers with their bytes.
    pub(crate) fn write(self, root: &Path) -> usize {
        let stack = format!(
            "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {{name: {STACK}}}\n\
             spec: {{connections: [{}]}}\n",
            self.connection()
        );
        fs::write(root.join("plumb.yaml"), stack).unwrap();
        let workspaces = (0..self.workspaces()).map(workspace_document);
        let machines = (0..self.machines()).map(machine_document);
        let rented = (0..self.rented()).map(rented_document);
        let keys = (0..self.keys()).map(key_document);
        let mounting = (0..self.mounting()).map(mounting_documents);
        let documents = workspaces.chain(machines).chain(rented).chain(keys).chain(mounting);
        let documents: Vec<String> = documents.collect();
        for (number, part) in documents.chunks(DOCUMENTS_IN_A_FILE).enumerate() {
            fs::write(root.join(format!("{number:06}.yaml")), part.concat()).unwrap();
        }
        documents.iter().map(String::len).sum()
    }

    /// The configuration of a world with this fleet in it, which answers after so many
    /// milliseconds.
    pub(crate) fn world(self, standing: Standing, latency_milliseconds: u64) -> Value {
        let objects: Vec<Value> = match standing {
            Standing::Nothing => Vec::new(),
            Standing::Made | Standing::Deployed => {
                let workspaces = (0..self.workspaces()).map(workspace);
                workspaces.chain((0..self.machines()).map(|at| machine(at, standing))).collect()
            }
        };
        let rented: Vec<Value> = match standing {
            Standing::Nothing => Vec::new(),
            Standing::Made | Standing::Deployed => (0..self.rented()).map(rented).collect(),
        };
        let projects = json!([
            {"id": "syscat1", "name": "system-catalog"},
            {"id": "mlmlml1", "name": PROJECT},
        ]);
        json!({
            "latency_ms": latency_milliseconds,
            "rafay": {
                "durations": {"baremetal": DEPLOYING_SECONDS},
                "seeded": {"projects": projects, "objects": objects},
            },
            "voltage-park": {"seeded": {
                "ssh_keys": [{"name": SSH_KEY, "content": "ssh-ed25519 AAAA ops"}],
                "virtual_machines": rented,
            }},
        })
    }
}

fn workspace_name(number: usize) -> String {
    format!("research-{number:04}")
}

fn workspace_document(number: usize) -> String {
    let name = workspace_name(number);
    format!(
        "---\napiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata:\n  name: {name}\n  \
         project: {PROJECT}\n"
    )
}

/// A document of about 530 bytes.
fn machine_document(number: usize) -> String {
    let mut text = String::with_capacity(600);
    let _ = write!(
        text,
        "---\napiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata:\n  name: \
         node-{number:06}\n  project: {PROJECT}\n  workspace: {}\n  description: \"One of the \
         nodes of the training fleet; see the runbook for what to do when it fails.\"\n  labels: \
         {{team: research, purpose: training}}\nspec:\n  computeType: baremetal\n  \
         computeProfile:\n    name: bmaas-h100\n    systemCatalog: true\n  variables:\n    - name: \
         Contract Term\n      value: \"12\"\n    - name: node_os_image\n      value: \
         default-image\n    - name: Infiniband Configuration\n      value: \"true\"\n",
        workspace_name(number / MACHINES_IN_A_WORKSPACE)
    );
    text
}

fn workspace(number: usize) -> Value {
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "Workspace",
        "metadata": {
            "name": workspace_name(number),
            "project": PROJECT,
            "labels": {"plumb.dev/stack": STACK},
        },
    })
}

fn machine(number: usize, standing: Standing) -> Value {
    let mut machine = json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "ComputeInstance",
        "metadata": {
            "name": format!("node-{number:06}"),
            "project": PROJECT,
            "workspace": workspace_name(number / MACHINES_IN_A_WORKSPACE),
            "description": "One of the nodes of the training fleet; see the runbook for what to \
                            do when it fails.",
            "labels": {"team": "research", "purpose": "training", "plumb.dev/stack": STACK},
        },
        "spec": {
            "computeType": "baremetal",
            "computeProfile": {"name": "bmaas-h100", "systemCatalog": true},
            "variables": [
                {"name": "Contract Term", "value": "12"},
                {"name": "node_os_image", "value": "default-image"},
                {"name": "Infiniband Configuration", "value": "true"},
            ],
        },
    });
    if standing == Standing::Deployed {
        machine["status"] = json!({"status": "success"});
    }
    machine
}

fn rented_name(number: usize) -> String {
    format!("trainer-{number:06}")
}

fn rented_document(number: usize) -> String {
    let name = rented_name(number);
    format!(
        "---\napiVersion: voltagepark.com/v1\nkind: VirtualMachine\nmetadata:\n  name: {name}\nspec:\n  \
         preset: {{gpu_model: h100-sxm5-80gb, gpu_count: 1}}\n  organization_ssh_keys: {{mode: \
         selective, ssh_key_names: [{SSH_KEY}]}}\n  tags: [team=research]\n"
    )
}

/// A rental, and the volume that it mounts.
fn mounting_documents(number: usize) -> String {
    format!(
        "---\napiVersion: voltagepark.com/v1\nkind: StorageVolume\nmetadata:\n  name: data-{number:06}\n\
         spec:\n  size_in_gb: 100\n---\napiVersion: voltagepark.com/v1\nkind: BareMetal\nmetadata:\n  \
         name: trainer-{number:06}\nspec:\n  location_id: Dallas\n  gpu_count: 8\n  network_type: \
         infiniband\n  storage_id: data-{number:06}\n"
    )
}

fn key_document(number: usize) -> String {
    // All but the last eight characters of a key.
    const SAME: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIES1t0140MpO93ikboW4ovRoE1aUaDHXZUct";
    format!(
        "---\napiVersion: voltagepark.com/v1\nkind: SSHKey\nmetadata:\n  name: key-{number:06}\nspec:\n  \
         content: ssh-ed25519 {SAME}{number:08} key-{number:06}\n"
    )
}

/// A machine as plumb made it.
fn rented(number: usize) -> Value {
    let name = rented_name(number);
    let kind = KindId::new("voltagepark.com", "VirtualMachine");
    let key = ResourceKey::new(kind, Scope::Global, name.clone());
    let uid = plumb_engine::uid(STACK, &key);
    let tags = [
        format!("plumb.dev/stack={STACK}"),
        format!("plumb.dev/uid={uid}"),
        format!("plumb.dev/key=VirtualMachine/{name}"),
        "team=research".to_owned(),
    ];
    json!({"name": name, "tags": tags})
}
