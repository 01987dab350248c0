//! `dev.envmgmt.io/v1`: the developers' own machines, storage, keys and rules (api §8.1). Specs are in
//! snake case. A POST deploys at once, into a project or a workspace of it.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use crate::documents::{DatacenterReference, Metadata, ProfileReference};
use crate::paas::{self, OLDEST_FIRST};
use crate::status::{self, Powered};
use plumb_kind::{Kind, KindType, Opaque, Row, Verb};
use plumb_model::Aspect::{Immutable, Refused, Unordered, WriteOnly};
use plumb_model::key::ScopeLevel;
use plumb_model::live::LiveStatus;
use plumb_model::rules::{Costs, Lifecycle, PowerControl, ReplaceDefault};
use plumb_model::{Body, KindRules, Power};
use schemars::JsonSchema;

/// The `apiVersion` of these kinds.
const API_VERSION: &str = "dev.envmgmt.io/v1";
/// Where they are.
const BASE: &str = "apis/dev.envmgmt.io/v1";
/// What no call changes, and a replace would lose data for (api §10).
const FIXED: &str = "no call changes it, and a new one would lose what is on it (api §10)";

/// A virtual machine.
#[derive(JsonSchema)]
struct VirtualMachineSpec {
    /// The profile it is made from.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    virtual_machine: ProfileReference,
    /// What sort of machine it is.
    #[schemars(rename = "type", extend("x-plumb" = [Refused(FIXED)]))]
    machine_type: Option<String>,
    /// Its name inside.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    name: Option<String>,
    /// Processors, as text.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    cpu_count: Option<String>,
    /// Memory, as text.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    memory: Option<String>,
    /// The rules of what reaches it.
    #[schemars(extend("x-plumb-names" = "SecurityGroup.dev.envmgmt.io"))]
    security_group: Option<String>,
    /// The key that logs in.
    #[schemars(extend(
        "x-plumb" = [Refused(FIXED)],
        "x-plumb-names" = "SshKey.dev.envmgmt.io"
    ))]
    ssh_key: Option<String>,
    /// The network it is in.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    vpc: Option<String>,
    /// The part of the network it is in.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    subnet: Option<String>,
    /// Whether it gets a public address.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    assign_public_ip: Option<bool>,
    /// Who else may use it: shareMode (None, All or Custom), workspaces, projects.
    sharing: Option<Opaque>,
    /// Where it runs.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    datacenter: Option<DatacenterReference>,
    /// The password of its user. Take it from the environment: {valueFrom: {var: NAME}}.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    guest_password: Option<String>,
    /// Its name servers.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    dns_servers: Option<Vec<String>>,
    /// What is run when it starts first.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    user_data: Option<String>,
    /// Its time zone.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    timezone: Option<String>,
    /// Storage it shares.
    #[schemars(extend(
        "x-plumb" = [Refused(FIXED)],
        "x-plumb-names" = "Storage.dev.envmgmt.io"
    ))]
    shared_storage: Option<String>,
    /// The sort of its disks.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    block_storage_type: Option<String>,
    /// What is on its disk.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    image: Option<String>,
    /// The size of its disk, as text.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    boot_disk_size: Option<String>,
    /// Whether it has a second disk.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    create_additional_block: Option<bool>,
    /// The size of the second disk, as text.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    additional_block_size: Option<String>,
}

/// Storage for developers' machines.
#[derive(JsonSchema)]
struct StorageSpec {
    /// The profile it is made from.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    storage: ProfileReference,
    /// What sort of storage it is.
    #[schemars(rename = "type", extend("x-plumb" = [Refused(FIXED)]))]
    kind_of_storage: Option<String>,
    /// Its size, as text.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    size: Option<String>,
    /// Where it is.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    datacenter: Option<DatacenterReference>,
    /// Who may read and write.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    access_policy: Option<String>,
    /// The months of its contract, as text.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    contract_term: Option<String>,
    /// Whether what is stored is encrypted.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    enable_encryption_at_rest: Option<bool>,
    /// Whether what is carried is encrypted.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    enable_encryption_in_transit: Option<bool>,
    /// The class of storage.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    storage_type: Option<String>,
    /// Who else may use it.
    sharing: Option<Opaque>,
}

/// What reaches machines.
#[derive(JsonSchema)]
struct SecurityGroupSpec {
    /// The profile it is made from.
    #[schemars(extend("x-plumb" = [Immutable]))]
    security_group: ProfileReference,
    /// What sort of group it is.
    #[schemars(rename = "type", extend("x-plumb" = [Immutable]))]
    group_type: Option<String>,
    /// Addresses.
    #[schemars(extend("x-plumb" = [Unordered]))]
    ip_rules: Option<Vec<Opaque>>,
    /// Ports that are passed on.
    #[schemars(extend("x-plumb" = [Unordered]))]
    port_forward_rules: Option<Vec<Opaque>>,
    /// What is let in, and what is not. The first that fits counts.
    rules: Option<Vec<SecurityRule>>,
    /// Who else may use it.
    sharing: Option<Opaque>,
}

/// What is let in, or not.
#[derive(JsonSchema)]
struct SecurityRule {
    /// Where it comes from.
    source_cidr: Option<String>,
    /// What it is.
    application: Option<String>,
    /// The port it comes to.
    application_port: Option<String>,
    /// Its protocol.
    protocol: Option<String>,
    /// What is done with it.
    action: Option<String>,
}

/// A key that logs in.
#[derive(JsonSchema)]
struct SshKeySpec {
    /// The profile it is made from.
    #[schemars(extend("x-plumb" = [Immutable]))]
    ssh_key: ProfileReference,
    /// What sort of key it is.
    #[schemars(rename = "type", extend("x-plumb" = [Immutable]))]
    key_type: Option<String>,
    /// Its name.
    #[schemars(extend("x-plumb" = [Immutable]))]
    name: Option<String>,
    /// The public key. A new one is a new key.
    #[schemars(extend("x-plumb" = [Immutable]))]
    public_key: String,
    /// Who else may use it.
    sharing: Option<Opaque>,
}

static VIRTUAL_MACHINE: Row = row("virtualmachines", || {
    let mut kind = kind::<VirtualMachineSpec>("VirtualMachine", "A developer's virtual machine.");
    kind.rules.power = PowerControl::Switchable;
    kind.rules.costs = Costs::ByTheHour;
    kind
})
.ready_as(|status| status::deployed(status, Powered::ByVerb))
.with_verbs(&[
    Verb::harmless("start", "switches it on", Some(Power::On)),
    Verb::destructive("stop", "switches it off; unsaved work may be lost", Some(Power::Off)),
    Verb::destructive("reboot", "restarts it; unsaved work may be lost", None),
]);

static STORAGE: Row = row("storages", || {
    let mut kind = kind::<StorageSpec>("Storage", "Storage for developers' machines.");
    kind.rules.costs = Costs::ByTheHour;
    kind
})
.ready_as(ready);

static SECURITY_GROUP: Row = row("securitygroups", || {
    let mut kind = kind::<SecurityGroupSpec>("SecurityGroup", "What reaches developers' machines.");
    kind.rules.replace = ReplaceDefault::Allowed;
    kind
})
.ready_as(ready);

static SSH_KEY: Row = row("sshkeys", || {
    let mut kind = kind::<SshKeySpec>("SshKey", "A key that logs in to developers' machines.");
    kind.rules.replace = ReplaceDefault::Allowed;
    kind
})
.ready_as(ready);

pub(crate) static KINDS: &[&dyn Kind] = &[&VIRTUAL_MACHINE, &STORAGE, &SECURITY_GROUP, &SSH_KEY];

const fn row(plural: &'static str, kind: fn() -> KindType) -> Row {
    Row::new(&paas::API, (BASE, plural), kind).ordered_by(OLDEST_FIRST)
}

fn kind<S: JsonSchema>(name: &str, summary: &'static str) -> KindType {
    let rules = KindRules {
        lifecycle: Lifecycle::Waited,
        family: Some("developer"),
        ..KindRules::plain(API_VERSION, name, ScopeLevel::ProjectOrWorkspace)
    };
    KindType::of::<Metadata, S>(rules, summary).with_status()
}

fn ready(status: Option<&Body>) -> LiveStatus {
    status::deployed(status, Powered::No)
}
