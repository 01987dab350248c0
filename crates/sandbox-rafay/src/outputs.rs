//! What comes out of what is deployed, and is shown in its status (contract 3.8, 3.10, 8.1).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::catalog::{DEVELOPER_POD, SHARED_FILES};
use super::kinds::Form;
use super::knobs::{Knobs, Mask, OutputLayout};
use super::objects::Object;
use super::settings::Secrets;
use super::table::SERVICE;
use plumb_sandbox::ids;

/// What comes out of a deployment.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Output<'a> {
    Flat(BTreeMap<&'static str, OutputValue>),
    Nested(BTreeMap<&'static str, Tasks>),
    Machine(MachineOutput<'a>),
}

/// A value that comes out: both forms are known where outputs are nested (contract 3.8).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum OutputValue {
    Bare(String),
    Wrapped { value: String },
}

/// The tasks of one resource.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Tasks {
    tasks: BTreeMap<&'static str, BTreeMap<&'static str, OutputValue>>,
}

/// What comes out of a developer's machine.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MachineOutput<'a> {
    host_name: &'a str,
    os_name: &'static str,
    private_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_ip: Option<String>,
    server_host: String,
    user_name: &'static str,
    disk_mount_path: &'static str,
}

/// What comes out of managed Kubernetes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedOutput<'a> {
    api_server_endpoint: String,
    cluster_id_edgesrv: &'a str,
    kubeconfig: &'a str,
}

/// What comes out of an object that is up.
pub(crate) fn of<'a>(object: &'a Object, knobs: &Knobs, secrets: &Secrets) -> Option<Output<'a>> {
    match object.key.kind.form {
        Form::Machine => Some(machine(object)),
        Form::Made => Some(made(object, knobs, secrets)),
        _ => None,
    }
}

/// What comes out of managed Kubernetes that is up.
pub(crate) fn managed<'a>(object: &'a Object, secrets: &'a Secrets) -> ManagedOutput<'a> {
    let (third, fourth) = address(object);
    ManagedOutput {
        api_server_endpoint: format!("https://10.78.{third}.{fourth}:6443"),
        cluster_id_edgesrv: &object.id,
        kubeconfig: &secrets.kubeconfig,
    }
}

/// The last two numbers of the addresses of an object.
fn address(object: &Object) -> (u64, u64) {
    let salt = ids::hash(0, &object.id);
    ((salt >> 8) & 0xff, 1 + (salt & 0xff) % 254)
}

fn machine(object: &Object) -> Output<'_> {
    let (third, fourth) = address(object);
    let public = object.spec.get("assign_public_ip") == Some(&json!(true));
    Output::Machine(MachineOutput {
        host_name: &object.key.name,
        os_name: "Ubuntu 22.04",
        private_ip: format!("10.77.{third}.{fourth}"),
        public_ip: public.then(|| format!("103.208.{third}.{fourth}")),
        server_host: format!("host-{third}"),
        user_name: "ubuntu",
        disk_mount_path: "/data",
    })
}

fn made(object: &Object, knobs: &Knobs, secrets: &Secrets) -> Output<'static> {
    let is_pod = object.profile_name() == Some(DEVELOPER_POD);
    let nested = match knobs.output_layout(&object.key.to_string()) {
        OutputLayout::Auto => is_pod || object.compute_type() == "k8s",
        OutputLayout::Flat => false,
        OutputLayout::Nested => true,
    };
    let bare = nested && is_pod;
    let shown =
        |value| if bare { OutputValue::Bare(value) } else { OutputValue::Wrapped { value } };
    let outputs = if *object.key.kind == SERVICE {
        service_outputs(object)
    } else {
        instance_outputs(object, knobs.mask, secrets)
    };
    let outputs = outputs.into_iter().map(|(name, value)| (name, shown(value))).collect();
    if nested {
        let resource = if is_pod { "res" } else { "cluster" };
        let tasks = Tasks { tasks: BTreeMap::from([("provision", outputs)]) };
        Output::Nested(BTreeMap::from([(resource, tasks)]))
    } else {
        Output::Flat(outputs)
    }
}

fn instance_outputs(object: &Object, mask: Mask, secrets: &Secrets) -> Vec<(&'static str, String)> {
    let (third, fourth) = address(object);
    if object.compute_type() == "k8s" {
        return vec![
            ("api_server_endpoint", format!("https://10.76.{third}.{fourth}:6443")),
            ("cluster_name", object.key.name.clone()),
            ("kubeconfig", secrets.kubeconfig.clone()),
        ];
    }
    let mut outputs = vec![
        ("ip_address", format!("10.75.{third}.{fourth}")),
        ("node_login_username", "ubuntu".to_owned()),
    ];
    if variable(object, "assign_public_ip") == Some("true") {
        outputs.push(("public_ip_address", format!("103.207.{third}.{fourth}")));
    }
    let password = mask.shows(&secrets.node_login_password);
    outputs.extend(password.map(|it| ("node_login_password", it.to_owned())));
    outputs
}

/// What a service puts out, which depends on what it is made from.
fn service_outputs(object: &Object) -> Vec<(&'static str, String)> {
    let salt = ids::hash(0, &object.id);
    let (third, fourth) = address(object);
    match object.profile_name() {
        Some(DEVELOPER_POD) => {
            let port = 30_000 + salt % 2_000;
            let command = format!("ssh -p {port} ubuntu@103.207.{third}.{fourth}");
            vec![("ssh_command", command)]
        }
        Some(SHARED_FILES) => vec![
            ("server", format!("10.77.{third}.{fourth}")),
            ("mount_path", format!("/exports/{}", object.key.name)),
        ],
        _ => {
            let cidr = variable(object, "Default Subnet CIDR").unwrap_or("192.168.16.0");
            vec![("vpc_id", format!("vpc-{salt:016x}")), ("subnet_cidr", cidr.to_owned())]
        }
    }
}

fn variable<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.variables.iter().find(|it| it.name == name).map(|it| it.value.as_str())
}
