//! What the answers about rentals say: fields, status, outputs (contract §3.3, §5.2).

use crate::{ids, machine};
use plumb_model::live::LiveStatus;
use plumb_model::text::ServerText;
use plumb_model::{Body, Fields, LiveObject, Phase, Power};

/// What of an answer is shown to people. The kubeconfig is a secret, and not among it
/// (contract §11).
pub(super) const SHOWN: &[&str] = &[
    "status",
    "power_status",
    "creation_timestamp",
    "node_count",
    "specs_per_node",
    "rate_hourly",
    "username",
    "node_networking",
    "storage_pv",
    "storage_pvc",
    "k8s_cluster_id",
];

/// The fields of `spec` that can be read back, as far as the answer has them: a rental that is
/// being made has few (contract §3.3).
pub(super) fn spec(item: &Body) -> Fields {
    let sub_order = item.get("sub_order").filter(|value| !value.is_null()).map(sub_order);
    let told = [
        ("gpu_count", gpu_count(item).map(Body::from)),
        ("network_type", machine::text(item, "network_type").map(Body::from)),
        ("sub_order", sub_order),
        ("storage_id", item.get("storage_id").and_then(ids::uuid_in).map(Body::from)),
    ];
    told.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect()
}

/// An integer when it is written, text or number when it is read.
fn sub_order(value: &Body) -> Body {
    let number = value.as_str().and_then(|text| text.trim().parse::<i64>().ok());
    number.map_or_else(|| value.clone(), Body::from)
}

/// Nodes times the GPUs of each.
fn gpu_count(item: &Body) -> Option<u64> {
    let nodes = item.get("node_count")?.as_u64()?;
    nodes.checked_mul(item.pointer("/specs_per_node/gpu_count")?.as_u64()?)
}

/// From the server's words to a status (contract §5.2). A rental that is switched off is Running
/// all the same (V-32).
pub(super) fn status(word: &str, item: &Body) -> LiveStatus {
    let power = match machine::text(item, "power_status") {
        Some("Running") => Some(Power::On),
        Some("Stopped") => Some(Power::Off),
        Some(_) | None => None,
    };
    match word {
        "Running" => LiveStatus { power, ..LiveStatus::ready() },
        "Pending" => machine::status(Phase::Pending),
        "Failed" => machine::status(Phase::Failed),
        "Terminated" => machine::status(Phase::Deleting),
        other => machine::status(Phase::Unknown(ServerText::new(other))),
    }
}

/// What others can take: addresses, the user, and the cluster's credentials. All of it is secret,
/// since the kubeconfig is.
pub(super) fn outputs(item: &Body) -> Vec<(&'static str, Body)> {
    let fields = ["username", "kubeconfig", "storage_pv", "storage_pvc", "k8s_cluster_id"];
    let text = |field| Some((field, machine::text(item, field)?.into()));
    let mut outputs: Vec<_> = fields.into_iter().filter_map(text).collect();
    for (one, all) in [("public_ip", "public_ips"), ("private_ip", "private_ips")] {
        let found = addresses_in(item, one);
        if let Some(first) = found.first() {
            outputs.push((one, first.as_str().into()));
            outputs.push((all, found.into()));
        }
    }
    outputs
}

/// The addresses of an answer's nodes.
fn addresses_in(item: &Body, which: &str) -> Vec<String> {
    let nodes = item.get("node_networking").and_then(Body::as_array).into_iter().flatten();
    nodes.filter_map(|node| machine::text(node, which)).map(str::to_owned).collect()
}

/// The addresses of a live rental's nodes.
pub(super) fn addresses(live: &LiveObject, which: &str) -> Vec<String> {
    live.body.get("status").map(|status| addresses_in(status, which)).unwrap_or_default()
}

/// How many nodes it has, and what is in each.
pub(super) fn nodes(live: &LiveObject) -> Option<String> {
    let status = live.body.get("status")?;
    let count = status.get("node_count")?.as_u64()?;
    let each = status.pointer("/specs_per_node/gpu_count").and_then(Body::as_u64);
    let model = status.pointer("/specs_per_node/gpu_model").and_then(Body::as_str);
    Some(match each.zip(model) {
        Some((each, model)) => format!("{count}, each with {each} x {model}"),
        None => count.to_string(),
    })
}
