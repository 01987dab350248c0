//! The profiles every world starts with.
//!
//! Names of profiles and variables and their example values are the vendor's. Defaults, ranges,
//! further restricted values, all prices, and which variables are closed after creation are
//! invented, since the real ones differ per installation:
//!
//! | profile | closed after creation | $/h |
//! |---|---|---|
//! | `bmaas-h100` | `node_os_image`, `Contract Term` | 19.92 |
//! | `bmaas-l40s` | `node_os_image`, `Contract Term` | 8.48 |
//! | `k8s-v4-1` | `OS`, `Master Node SKU`, `Master Nodes`, `Contract Term` | 1.20 |
//! | `gpu-vm` | `ssh-key` (as `immutable`) | 1.86 |
//! | `devpod` | none | 4.30 |
//! | `shared-filesystem` | none | 0.05 |
//! | `vpc` | `Default VPC Name`, `Default Subnet CIDR`, `Default Subnet Gateway` | 0.02 |
//!
//! In `gpu-vm` the sizes (`cpu`, `memory`, `gpu`, `gpu-model`, `video-memory`) belong to the
//! profile and may not be overridden; `password` is required and sensitive.

use serde_json::{Value, json};

use super::variables::{DisplayMetadata, Override, OverrideKind, ProfileVariable, VariableOptions};

/// The project that holds the shared profiles.
pub(crate) const SYSTEM_CATALOG: &str = "system-catalog";

/// The profile of a pod for one person, whose outputs say how to log in.
pub(crate) const DEVELOPER_POD: &str = "devpod";
/// The profile of a file system that several machines mount.
pub(crate) const SHARED_FILES: &str = "shared-filesystem";

const BOOLEAN: [&str; 2] = ["true", "false"];
const CONTRACT_TERMS: [&str; 4] = ["1", "6", "12", "24"];

/// The envelopes of all profiles, for the project `system-catalog`.
#[must_use]
pub fn default_profiles() -> Vec<Value> {
    vec![
        compute("bmaas-h100", "8x H100 bare metal", "baremetal", &bare_metal(), 19.92),
        compute("bmaas-l40s", "8x L40S bare metal", "baremetal", &bare_metal(), 8.48),
        compute("k8s-v4-1", "GPU Kubernetes", "k8s", &kubernetes(), 1.20),
        compute("gpu-vm", "1x L40S virtual machine", "vm", &virtual_machine(), 1.86),
        service("vpc", "VPC", &vpc(), 0.02),
        service(DEVELOPER_POD, "Developer pod, 1x H100", &developer_pod(), 4.30),
        service(SHARED_FILES, "Shared file system", &shared_files(), 0.05),
    ]
}

fn bare_metal() -> Vec<ProfileVariable> {
    let security = "[{\"source_cidr\":\"any\",\"action\":\"allow\",\"application\":\"ssh\",\
                    \"port\":22,\"protocol\":\"tcp\"}]";
    let images = ["default-image", "ubuntu-24.04"];
    vec![
        profile_variable("assign_public_ip").default("false").one_of(&BOOLEAN),
        profile_variable("node_os_image").default("default-image").one_of(&images).locked(),
        contract_term(),
        profile_variable("Security Policies").json().default(security),
        profile_variable("hss_storage"),
        profile_variable("object_storage"),
        profile_variable("Infiniband Configuration").default("false").one_of(&BOOLEAN),
        profile_variable("NVAIE License").default("false").one_of(&BOOLEAN),
    ]
}

fn kubernetes() -> Vec<ProfileVariable> {
    let versions = ["v1.32.9", "v1.33.5", "v1.34.1"];
    let sizes = ["vm-4x-cpu", "vm-8x-cpu", "vm-16x-cpu"];
    let systems = ["Ubuntu 22.04", "Ubuntu 24.04"];
    let version = profile_variable("Cluster Kubernetes Version");
    vec![
        version.default("v1.34.1").one_of(&versions).required(),
        profile_variable("H100 Worker Nodes").default("0").range(0, 64, 1),
        profile_variable("L40 Worker Nodes").default("0").range(0, 64, 1),
        profile_variable("Master Node SKU").default("vm-8x-cpu").one_of(&sizes).locked(),
        profile_variable("Master Nodes").default("3").one_of(&["1", "3"]).locked(),
        profile_variable("OS").default("Ubuntu 22.04").one_of(&systems).locked(),
        contract_term(),
        profile_variable("Enable Infiniband Configuration").default("false").one_of(&BOOLEAN),
        profile_variable("Enable NVAIE License").default("false").one_of(&BOOLEAN),
    ]
}

fn virtual_machine() -> Vec<ProfileVariable> {
    vec![
        profile_variable("cpu").default("16").fixed(),
        profile_variable("memory").default("128").fixed(),
        profile_variable("gpu").default("1").fixed(),
        profile_variable("gpu-model").default("L40S").fixed(),
        profile_variable("video-memory").default("48").fixed(),
        profile_variable("disk").default("100").range(100, 2000, 50).unit("GB"),
        profile_variable("password").required().sensitive(),
        profile_variable("ssh-key").immutable(),
    ]
}

fn vpc() -> Vec<ProfileVariable> {
    let public = ["True", "False", "true", "false"];
    vec![
        profile_variable("Default VPC Name").default("default").locked(),
        profile_variable("Default Subnet CIDR").default("192.168.16.0").locked(),
        profile_variable("Default Subnet Gateway").default("192.168.16.254").locked(),
        profile_variable("Public IP Enabled").default("False").one_of(&public),
    ]
}

fn developer_pod() -> Vec<ProfileVariable> {
    let images = ["pytorch", "tensorflow", "ubuntu"];
    vec![profile_variable("image").default("pytorch").one_of(&images), profile_variable("ssh-key")]
}

fn shared_files() -> Vec<ProfileVariable> {
    vec![profile_variable("size").default("100").range(100, 10_000, 100).unit("GB")]
}

fn contract_term() -> ProfileVariable {
    let term = profile_variable("Contract Term").describe("Months the contract runs at least.");
    term.default("1").one_of(&CONTRACT_TERMS).required().locked()
}

fn compute(
    name: &str,
    title: &str,
    compute_type: &str,
    variables: &[ProfileVariable],
    price: f64,
) -> Value {
    let spec = json!({ "computeType": compute_type, "variables": variables });
    profile("ComputeProfile", name, title, &spec, price)
}

fn service(name: &str, title: &str, variables: &[ProfileVariable], price: f64) -> Value {
    profile("ServiceProfile", name, title, &json!({ "variables": variables }), price)
}

fn profile(kind: &str, name: &str, title: &str, spec: &Value, price: f64) -> Value {
    let rate = |price: f64| json!([{ "price": price, "currency": "USD", "time_unit": "h" }]);
    let mut card = json!({ "instance": rate(price) });
    let variables = spec["variables"].as_array().into_iter().flatten();
    let mut names = variables.filter_map(|variable| variable["name"].as_str());
    // A dimension of its own, where there is a choice (contract 3.6).
    if names.any(|name| name.to_lowercase().replace('_', " ").contains("public ip")) {
        card["public_ip"] = rate(0.005);
    }
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": kind,
        "metadata": { "name": name, "project": "system-catalog", "displayName": title },
        "spec": spec,
        "status": { "globalSettings": { "billing": {
            "currency": ["USD"],
            "ratecard": card,
        } } },
    })
}

/// Starts a variable: text, optional, without default, free to change.
#[must_use]
pub fn profile_variable(name: &str) -> ProfileVariable {
    ProfileVariable {
        name: name.to_owned(),
        value_type: Some("text".to_owned()),
        value: None,
        options: VariableOptions::default(),
    }
}

impl ProfileVariable {
    /// With a default.
    #[must_use]
    pub fn default(mut self, value: &str) -> Self {
        self.value = Some(value.to_owned());
        self
    }

    /// With a description.
    #[must_use]
    pub fn describe(mut self, text: &str) -> Self {
        text.clone_into(&mut self.options.description);
        self
    }

    /// Whose value is JSON in text.
    #[must_use]
    pub fn json(mut self) -> Self {
        self.value_type = Some("json".to_owned());
        self
    }

    /// Restricted to these values.
    #[must_use]
    pub fn one_of(mut self, values: &[&str]) -> Self {
        let restricted_values = values.iter().map(|&value| value.to_owned()).collect();
        let kind = OverrideKind::Restricted;
        self.options.overriding = Override { kind, restricted_values, multi_select: false };
        self
    }

    /// Restricted to several of these values at once.
    #[must_use]
    pub fn some_of(mut self, values: &[&str]) -> Self {
        self = self.one_of(values);
        self.options.overriding.multi_select = true;
        self
    }

    /// A whole number in this range.
    #[must_use]
    pub fn range(mut self, least: i64, greatest: i64, step: i64) -> Self {
        self.options.display_metadata = DisplayMetadata {
            increment_decrement_min: Some(least),
            increment_decrement_max: Some(greatest),
            increment_decrement_step: Some(step),
            ..self.options.display_metadata
        };
        self
    }

    /// Shown with this unit.
    #[must_use]
    pub fn unit(mut self, unit: &str) -> Self {
        self.options.display_metadata.increment_decrement_label = Some(unit.to_owned());
        self
    }

    /// That must have a value.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.options.required = true;
        self
    }

    /// Masked when read.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.options.sensitive = true;
        self
    }

    /// Closed after creation, as `disableForDay2Operation`.
    #[must_use]
    pub fn locked(mut self) -> Self {
        self.options.display_metadata.disable_for_day2_operation = true;
        self
    }

    /// Closed after creation, as `immutable`.
    #[must_use]
    pub fn immutable(mut self) -> Self {
        self.options.immutable = true;
        self
    }

    /// That may not be overridden and is greyed in the console.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.options.overriding.kind = OverrideKind::NotAllowed;
        self.options.display_metadata.disabled = true;
        self
    }
}
