//! Three small stacks, and what each comes to when nothing goes wrong.

/// A stack to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Workload {
    /// Rafay: a workspace, a private network, a bare-metal machine in both.
    Rafay,
    /// Voltage Park: a virtual machine and a bare-metal rental, neither of which has a unique name.
    Machines,
    /// Voltage Park: a key, a volume, and a rental that mounts and takes them.
    Rental,
}

impl Workload {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Rafay, Self::Machines, Self::Rental];

    /// Its documents.
    pub(crate) fn documents(self) -> String {
        let documents: &[&str] = match self {
            Self::Rafay => &[WORKSPACE, NETWORK, INSTANCE],
            Self::Machines => &[VIRTUAL_MACHINE, BARE_METAL],
            Self::Rental => &[KEY, VOLUME, RENTAL],
        };
        documents.join("---\n")
    }

    /// What must be there in the end, each once: the clouds' words for objects, without the ids
    /// the vendor chooses.
    pub(crate) fn objects(self) -> &'static [&'static str] {
        match self {
            Self::Rafay => &[
                "ComputeInstance/defaultproject/dev/node",
                "Service/defaultproject/vpc-main",
                "Workspace/defaultproject/dev",
            ],
            Self::Machines => &["voltage-park/bare-metal", "voltage-park/virtual-machines"],
            Self::Rental => {
                &["voltage-park/bare-metal", "voltage-park/ssh-keys", "voltage-park/storage"]
            }
        }
    }
}

const WORKSPACE: &str = "\
apiVersion: paas.envmgmt.io/v1
kind: Workspace
metadata:
  name: dev
  project: defaultproject
";

const NETWORK: &str = "\
apiVersion: paas.envmgmt.io/v1
kind: Service
metadata:
  name: vpc-main
  project: defaultproject
spec:
  serviceProfile:
    name: vpc
    systemCatalog: true
  serviceType: custom
  variables:
    - name: Default Subnet CIDR
      value: 192.168.16.0
    - name: Default Subnet Gateway
      value: 192.168.16.254
    - name: Public IP Enabled
      value: \"True\"
";

const INSTANCE: &str = "\
apiVersion: paas.envmgmt.io/v1
kind: ComputeInstance
metadata:
  name: node
  project: defaultproject
  workspace: dev
spec:
  computeType: baremetal
  computeProfile:
    name: bmaas-l40s
    systemCatalog: true
  variables:
    - name: Contract Term
      value: \"1\"
";

const VIRTUAL_MACHINE: &str = "\
apiVersion: voltagepark.com/v1
kind: VirtualMachine
metadata:
  name: box
spec:
  preset:
    gpu_count: 1
";

const BARE_METAL: &str = "\
apiVersion: voltagepark.com/v1
kind: BareMetal
metadata:
  name: trainer
spec:
  location_id: Dallas
  gpu_count: 8
  network_type: infiniband
";

const KEY: &str = "\
apiVersion: voltagepark.com/v1
kind: SSHKey
metadata:
  name: fleet-admin
spec:
  content: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIES1t0140MpO93ikboW4ovRoE1aUaDHXZUctac/ajdVh admin@example.com
";

const VOLUME: &str = "\
apiVersion: voltagepark.com/v1
kind: StorageVolume
metadata:
  name: datasets
spec:
  size_in_gb: 2000
";

const RENTAL: &str = "\
apiVersion: voltagepark.com/v1
kind: BareMetal
metadata:
  name: trainer
spec:
  location_id: Dallas
  gpu_count: 8
  network_type: infiniband
  storage_id: datasets
  organization_ssh_keys:
    mode: selective
    ssh_key_names: [fleet-admin]
";
