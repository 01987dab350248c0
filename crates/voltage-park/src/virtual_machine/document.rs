//! The documents of virtual machines: their schema, and what it cannot say.

use crate::cloud_init::CloudInit;
use crate::keys::OrganizationKeys;
use crate::machine::Metadata;
use plumb_model::{Code, FieldPath, Finding, Resource};
use schemars::JsonSchema;

/// A virtual machine.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(super) struct Document {
    /// What it is called.
    metadata: Metadata,
    /// What it is.
    spec: Spec,
}

/// What a virtual machine is. Exactly one of preset and `config_id` says what it is made of.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// What it is made of, by its shape. Fixed once made.
    preset: Option<Preset>,
    /// What it is made of, by the id of a preset; `plumb catalog` shows them. Fixed once made.
    #[schemars(schema_with = "crate::schema::uuid", default)]
    config_id: (),
    /// The password of the first user, at least 8 characters. Write valueFrom instead of the
    /// password itself. It never comes back; fixed once made.
    #[schemars(length(min = 8))]
    password: Option<String>,
    /// Which of the organization's SSH keys may log in. Fixed once made.
    organization_ssh_keys: Option<OrganizationKeys>,
    /// Further SSH public keys, for this machine only. Fixed once made.
    #[schemars(inner(length(min = 1)))]
    ssh_keys: Option<Vec<String>>,
    /// What is done when the machine first starts. The server checks it before anything is made.
    /// Fixed once made.
    cloud_init: Option<CloudInit>,
    /// Tags, at most 17, of at most 64 printable ASCII characters each. Those that others added
    /// are kept.
    tags: Option<Vec<String>>,
    /// Whether it runs; it is made running. Where nothing is said, its power is left alone.
    power: Option<PowerState>,
}

/// A preset by its shape.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Preset {
    /// How many GPUs it has.
    #[schemars(range(min = 1))]
    gpu_count: u32,
    /// The model of the GPUs, for instance h100-sxm5-80gb. May be left out while there is only one
    /// preset that fits.
    #[schemars(length(min = 1))]
    gpu_model: Option<String>,
    /// The operating system, for instance "Ubuntu 22.04 LTS". May be left out while there is only
    /// one preset that fits.
    #[schemars(length(min = 1))]
    operating_system: Option<String>,
}

/// Whether a machine runs.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes a document; never read")]
enum PowerState {
    /// It runs.
    Started,
    /// It is switched off, keeps its resources, and is billed as if it ran.
    Stopped,
    /// It is switched off and gives its resources back: only its disk is billed, and it can be
    /// started again only while there is free stock.
    StoppedDisassociated,
}

/// Exactly one of the two ways to name a preset.
pub(super) fn check(resource: &Resource) -> Option<Finding> {
    let spec = FieldPath::root().key("spec");
    let has = |field: &str| resource.field(&spec.key(field)).is_some();
    let (code, message, path) = match (has("config_id"), has("preset")) {
        (true, true) => {
            let message = "config_id and preset both say what it is made of";
            (Code::INVALID_VALUE, message, spec.key("preset"))
        }
        (false, false) => (Code::MISSING_FIELD, "nothing says what it is made of", spec),
        (true, false) | (false, true) => return None,
    };
    let help = "write exactly one of preset and config_id";
    Some(Finding::error(code, message).of(&resource.key).field(path).help(help))
}
