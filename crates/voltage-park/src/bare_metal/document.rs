//! The documents of bare-metal rentals: their schema, and what it cannot say.

use crate::cloud_init::CloudInit;
use crate::keys::OrganizationKeys;
use crate::machine::Metadata;
use crate::power;
use plumb_model::{Body, Code, FieldPath, Finding, Power, Resource};
use schemars::JsonSchema;

/// The GPUs of one node; only whole nodes are rented (V-18).
const GPUS_PER_NODE: u64 = 8;

/// A bare-metal rental.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(super) struct Document {
    /// What it is called.
    metadata: Metadata,
    /// What it is.
    spec: Spec,
}

/// What a rental is.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// Where it is: the id of a location, or the name of its city; `plumb catalog` shows both. It
    /// cannot be read back, so only a rental that is there already may go without. Fixed once made.
    #[schemars(length(min = 1))]
    location_id: Option<String>,
    /// How many GPUs it has in all: a multiple of 8, since whole nodes are rented. More is another
    /// rental in its place; fewer is not possible.
    #[schemars(range(min = 8))]
    gpu_count: u32,
    /// How its nodes are connected. Fixed once made.
    network_type: Network,
    /// Which of the organization's SSH keys may log in. Fixed once made.
    organization_ssh_keys: Option<OrganizationKeys>,
    /// Further SSH public keys, for this rental only. Fixed once made.
    #[schemars(inner(length(min = 1)))]
    ssh_keys: Option<Vec<String>>,
    /// Tags, at most 17, of at most 64 printable ASCII characters each. Those that others added
    /// are kept.
    tags: Option<Vec<String>>,
    /// Rentals of one sub-order reach each other over the network, and no others. Where nothing is
    /// said, the account's own for that network. Fixed once made.
    sub_order: Option<i64>,
    /// The shared volume it mounts: the name of a volume that is declared in the stack, or the id
    /// of one that is there.
    #[schemars(length(min = 1))]
    storage_id: Option<String>,
    /// What is done when a node first starts. The server checks it before anything is rented.
    /// Fixed once made.
    cloudinit_script: Option<CloudInit>,
    /// Whether its nodes run; they are made running. Where nothing is said, power is left alone.
    power: Option<PowerState>,
}

/// How nodes are connected.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes a document; never read")]
enum Network {
    /// 3.2 Tbps between nodes.
    Infiniband,
    /// 100 Gbps between nodes.
    Ethernet,
}

/// Whether nodes run.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a document; never read")]
enum PowerState {
    /// They run.
    Started,
    /// They are switched off, and billed as if they ran.
    Stopped,
}

/// Whole nodes, and a power that rentals have.
pub(super) fn check(resource: &Resource) -> Vec<Finding> {
    let path = FieldPath::root().key("spec").key("gpu_count");
    let count = resource.field(&path).and_then(Body::as_u64);
    let broken = count.filter(|count| !count.is_multiple_of(GPUS_PER_NODE)).map(|count| {
        let nearest = count.div_ceil(GPUS_PER_NODE).saturating_mul(GPUS_PER_NODE);
        let message = format!("{count} GPUs are not whole nodes of {GPUS_PER_NODE}");
        let finding = Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(path);
        finding.help(format!("write a multiple of {GPUS_PER_NODE}, for instance {nearest}"))
    });
    let given_back =
        resource.wishes.power.filter(|power| *power == Power::Disassociated).map(|_| {
            let message = "a rental can be started or stopped, and nothing else";
            Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(power::path())
        });
    broken.into_iter().chain(given_back).collect()
}
