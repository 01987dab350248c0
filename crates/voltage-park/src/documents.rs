//! What documents say: a type for the `metadata` and the `spec` of every kind. Their doc comments
//! are what an editor shows on hover, and each field carries what is special about it (contract §8).
#![expect(dead_code, reason = "what is read of these types is their schema")]

use plumb_model::Aspect::{
    AtCreation, Immutable, Members, Recorded, ServerOwned, Unordered, WriteOnly,
};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// The longest name of a machine that the client uses (V-13).
pub(crate) const LONGEST_NAME: usize = 60;
/// The longest name of a volume.
pub(crate) const LONGEST_VOLUME_NAME: usize = 60;
/// A UUID, with or without dashes, in any case (contract §1.1).
const UUID: &str =
    "^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$";

// A server-made UUID.
#[derive(JsonSchema)]
struct Uuid(#[schemars(regex(pattern = UUID))] String);

// A text that says something.
#[derive(JsonSchema)]
struct Text(#[schemars(length(min = 1))] String);

/// What it is called.
#[derive(JsonSchema)]
pub(crate) struct MachineMetadata {
    /// The machine's name, as the console shows it. Another name in the document is another
    /// machine; one that was changed in the console is changed back.
    #[schemars(length(min = 1, max = LONGEST_NAME))]
    name: String,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What it is.
#[derive(JsonSchema)]
pub(crate) struct VirtualMachineSpec {
    /// What it is made of, by its shape. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    preset: Option<Preset>,
    /// What it is made of, by the id of a preset; `plumb catalog` shows them. Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, Immutable]))]
    config_id: Option<Uuid>,
    /// The password of the first user, at least 8 characters. Write valueFrom instead of the
    /// password itself. It never comes back; fixed once made.
    #[schemars(length(min = 8), extend("x-plumb" = [WriteOnly, AtCreation]))]
    password: Option<String>,
    /// Which of the organization's SSH keys may log in. Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    organization_ssh_keys: Option<OrganizationKeys>,
    // Public keys are no secret.
    /// Further SSH public keys, for this machine only. Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    ssh_keys: Option<Vec<Text>>,
    // Only what comes from elsewhere is secret in it: it has to be reviewed.
    /// What is done when the machine first starts. The server checks it before anything is made.
    /// Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    cloud_init: Option<CloudInit>,
    /// Tags, at most 17, of at most 64 printable ASCII characters each. Those that others added
    /// are kept.
    #[schemars(extend("x-plumb" = [Members]))]
    tags: Option<Vec<String>>,
    /// Whether it runs; it is made running. Where nothing is said, its power is left alone.
    power: Option<MachinePower>,
}

/// A preset by its shape.
#[derive(JsonSchema)]
struct Preset {
    /// How many GPUs it has.
    #[schemars(range(min = 1))]
    gpu_count: u32,
    /// The model of the GPUs, for instance h100-sxm5-80gb. May be left out while there is only one
    /// preset that fits.
    gpu_model: Option<Text>,
    /// The operating system, for instance "Ubuntu 22.04 LTS". May be left out while there is only
    /// one preset that fits.
    operating_system: Option<Text>,
}

/// Whether a machine runs.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum MachinePower {
    /// It runs.
    Started,
    /// It is switched off, keeps its resources, and is billed as if it ran.
    Stopped,
    /// It is switched off and gives its resources back: only its disk is billed, and it can be
    /// started again only while there is free stock.
    StoppedDisassociated,
}

/// What it is.
#[derive(JsonSchema)]
pub(crate) struct BareMetalSpec {
    /// Where it is: the id of a location, or the name of its city; `plumb catalog` shows both. It
    /// cannot be read back, so only a rental that is there already may go without. Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, Immutable]))]
    location_id: Option<Text>,
    /// How many GPUs it has in all: a multiple of 8, since whole nodes are rented. More is another
    /// rental in its place; fewer is not possible.
    #[schemars(range(min = 8), extend("x-plumb" = [Immutable]))]
    gpu_count: u32,
    /// How its nodes are connected. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    network_type: Network,
    /// Which of the organization's SSH keys may log in. Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    organization_ssh_keys: Option<OrganizationKeys>,
    /// Further SSH public keys, for this rental only. Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    ssh_keys: Option<Vec<Text>>,
    /// Tags, at most 17, of at most 64 printable ASCII characters each. Those that others added
    /// are kept.
    #[schemars(extend("x-plumb" = [Members]))]
    tags: Option<Vec<String>>,
    /// Rentals of one sub-order reach each other over the network, and no others. Where nothing is
    /// said, the account's own for that network. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    sub_order: Option<i64>,
    /// The shared volume it mounts: the name of a volume that is declared in the stack, or the id
    /// of one that is there.
    storage_id: Option<Text>,
    // Only what comes from elsewhere is secret in it: it has to be reviewed.
    /// What is done when a node first starts. The server checks it before anything is rented.
    /// Fixed once made.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    cloudinit_script: Option<CloudInit>,
    /// Whether its nodes run; they are made running. Where nothing is said, power is left alone.
    power: Option<RentalPower>,
}

/// How nodes are connected.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Network {
    /// 3.2 Tbps between nodes.
    Infiniband,
    /// 100 Gbps between nodes.
    Ethernet,
}

/// Whether nodes run.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum RentalPower {
    /// They run.
    Started,
    /// They are switched off, and billed as if they ran.
    Stopped,
}

/// Which of the organization's SSH keys may log in.
#[derive(JsonSchema)]
struct OrganizationKeys {
    /// Which keys are put on the machine when it is made.
    mode: Mode,
    /// Ids of keys, for mode selective.
    #[schemars(extend("x-plumb" = [Unordered]))]
    ssh_key_ids: Option<Vec<Uuid>>,
    /// Names of keys, for mode selective: keys that are declared, or that are there.
    #[schemars(extend("x-plumb" = [Unordered]))]
    ssh_key_names: Option<Vec<Text>>,
}

/// Which of the organization's keys are meant.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum Mode {
    /// No key of the organization. What is meant when nothing is said.
    None,
    /// Every key the organization has when the machine is made.
    All,
    /// The keys that are named.
    Selective,
}

/// What is done on the machine when it first starts.
#[derive(JsonSchema)]
struct CloudInit {
    /// Packages to install.
    packages: Option<Vec<Text>>,
    /// Files to write.
    write_files: Option<Vec<File>>,
    /// Commands to run, in this order, each as a line of shell.
    runcmd: Option<Vec<String>>,
}

/// A file to write.
#[derive(JsonSchema)]
struct File {
    /// Where it goes, as an absolute path.
    path: Text,
    /// What stands in it. For secrets use valueFrom.
    content: String,
    /// How the content is written, for instance b64; plain text when nothing is said.
    encoding: Option<String>,
    /// Whose it is, for instance root:root.
    owner: Option<String>,
    /// Who may do what with it, in octal and in quotes, for instance "0640".
    #[schemars(regex(pattern = "^[0-7]{3,4}$"))]
    permissions: Option<String>,
}

/// What it is called.
#[derive(JsonSchema)]
pub(crate) struct VolumeMetadata {
    // The strict rule of 2026 (V-21).
    /// The volume's name, unique in the organization: lower-case letters, digits, dots, dashes and
    /// underscores.
    #[schemars(
        regex(pattern = "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$"),
        length(min = 1, max = LONGEST_VOLUME_NAME)
    )]
    name: String,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What it is.
#[derive(JsonSchema)]
pub(crate) struct StorageVolumeSpec {
    /// Its size in gigabytes. It grows in place; it shrinks no further than what is used.
    #[schemars(range(min = 1))]
    size_in_gb: u64,
    /// The rentals that mount it, all of them: names of `BareMetal` resources of this stack, or
    /// ids of others. Left out, plumb leaves attachments alone; write the attachment here or as the
    /// rental's `storage_id`, not both.
    #[schemars(extend("x-plumb" = [Unordered]))]
    order_ids: Option<Vec<Rental>>,
}

/// The name of a `BareMetal` resource, or the id of a rental.
#[derive(JsonSchema)]
struct Rental(#[schemars(length(min = 1))] String);

/// What it is called.
#[derive(JsonSchema)]
pub(crate) struct KeyMetadata {
    // Up to 64 letters, digits, hyphens and spaces (contract §2.5, V-24).
    /// The key's name, unique in the organization: letters, digits, hyphens and spaces. A new name
    /// is a new key.
    #[schemars(
        regex(pattern = "^[A-Za-z0-9 -]*$"),
        length(min = 3, max = 64),
        extend("x-plumb" = [Immutable])
    )]
    name: String,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What it is.
#[derive(JsonSchema)]
pub(crate) struct SshKeySpec {
    /// The public key in one line, as in a .pub file: ssh-ed25519 AAAA… comment. A new text is a
    /// new key; running machines keep the old one. Never a private key.
    #[schemars(extend("x-plumb" = [Immutable]))]
    content: String,
}
