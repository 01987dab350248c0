//! Changes of managed Kubernetes clusters, which go through actions of their own (contract 3.10,
//!

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::envelope::read;
use crate::errors::{conflict, invalid};
use crate::key::ObjectKey;
use crate::place::target;
use crate::transitions;
use crate::upsert::{answer, may_change};
use crate::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// The body of `upgrade`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Upgrade {
    pub(crate) k8s_version: Option<String>,
    pub(crate) platform_version: Option<String>,
}

/// The body of `scaleNodeGroup`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScaleNodeGroup {
    pub(crate) node_group_name: String,
    pub(crate) desired_count: Option<u64>,
    pub(crate) min_count: Option<u64>,
    pub(crate) max_count: Option<u64>,
}

/// The body of `addNodeGroup`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddNodeGroup {
    pub(crate) node_group: NodeGroup,
}

/// A group of workers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct NodeGroup {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) more: Map<String, Value>,
}

/// The body of `removeNodeGroup`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoveNodeGroup {
    pub(crate) node_group_name: String,
}

/// Upgrades a cluster.
pub(crate) fn upgrade(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: Upgrade = read(call.request)?;
    if body.k8s_version.is_none() && body.platform_version.is_none() {
        return Err(invalid("k8sVersion or platformVersion is required"));
    }
    change(world, call, "upgrade", |spec| {
        let versions =
            [("kubernetesVersion", body.k8s_version), ("platformVersion", body.platform_version)];
        for (field, version) in versions {
            if let Some(version) = version {
                spec.insert(field.to_owned(), json!(version));
            }
        }
        Ok(())
    })
}

/// Changes how many workers a group has.
pub(crate) fn scale(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: ScaleNodeGroup = read(call.request)?;
    change(world, call, "scaleNodeGroup", |spec| {
        with_groups(spec, |groups| {
            let group = groups.iter_mut().find(|it| is(it, &body.node_group_name));
            let Some(group) = group else { return Err(no_group(&body.node_group_name)) };
            resize(group, &body);
            Ok(())
        })
    })
}

/// Adds a group of workers.
pub(crate) fn add(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: AddNodeGroup = read(call.request)?;
    change(world, call, "addNodeGroup", |spec| {
        with_groups(spec, |groups| {
            if groups.iter().any(|it| is(it, &body.node_group.id)) {
                return Err(conflict(&format!("node group {} exists", body.node_group.id)));
            }
            groups.push(serde_json::to_value(&body.node_group).unwrap_or_default());
            Ok(())
        })
    })
}

/// Removes a group of workers.
pub(crate) fn remove(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: RemoveNodeGroup = read(call.request)?;
    change(world, call, "removeNodeGroup", |spec| {
        with_groups(spec, |groups| {
            let before = groups.len();
            groups.retain(|it| !is(it, &body.node_group_name));
            if groups.len() == before { Err(no_group(&body.node_group_name)) } else { Ok(()) }
        })
    })
}

/// Changes the spec of a cluster that is at rest, and starts to make it so.
fn change(
    world: &mut World,
    call: &Call<'_>,
    verb: &str,
    alter: impl FnOnce(&mut Map<String, Value>) -> Result<(), Response>,
) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    may_change(object)?;
    let mut spec = object.spec.clone();
    alter(&mut spec)?;
    put(world, &key, spec);
    world.record(EffectKind::Action, &key.to_string(), json!({ "verb": verb }));
    transitions::deploy(world, &key, verb);
    answer(world, &key)
}

fn put(world: &mut World, key: &ObjectKey, spec: Map<String, Value>) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    if let Some(object) = world.rafay.objects.get_mut(key) {
        object.spec = spec;
        object.modified_at = now;
        object.modified_by = actor;
    }
}

/// Changes the groups of workers; there are none where the spec has something else there.
fn with_groups(
    spec: &mut Map<String, Value>,
    alter: impl FnOnce(&mut Vec<Value>) -> Result<(), Response>,
) -> Result<(), Response> {
    let mut groups = match spec.remove("workerNodeGroups") {
        Some(Value::Array(groups)) => groups,
        _ => Vec::new(),
    };
    alter(&mut groups)?;
    spec.insert("workerNodeGroups".to_owned(), Value::Array(groups));
    Ok(())
}

/// Sets the counts a body gives. A group says its size in one field or the other.
fn resize(group: &mut Value, body: &ScaleNodeGroup) {
    if let Some(count) = body.desired_count {
        let both = ["nodeCount", "desiredNodes"];
        let said: Vec<&str> = both.into_iter().filter(|it| group.get(it).is_some()).collect();
        for field in if said.is_empty() { vec!["desiredNodes"] } else { said } {
            group[field] = json!(count);
        }
    }
    for (field, count) in [("minNodes", body.min_count), ("maxNodes", body.max_count)] {
        if let Some(count) = count {
            group[field] = json!(count);
        }
    }
}

fn is(group: &Value, name: &str) -> bool {
    group.get("id").or_else(|| group.get("name")).and_then(Value::as_str) == Some(name)
}

fn no_group(name: &str) -> Response {
    invalid(&format!("node group {name} was not found"))
}
