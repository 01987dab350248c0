//! Rafay's examples: one user, a network, a workspace, two nodes and a cluster, from the first apply
//! to the last delete.

use super::fleet::{Fleet, Manner};
use super::{Document, Life};
use plumb_model::policy::Prune;
use plumb_model::{KindId, ResourceKey, Scope};
use serde_json::{Value, json};

/// The organization the examples speak of.
pub(crate) fn world() -> Value {
    let project = |id: &str, name: &str| json!({"id": id, "name": name});
    let workspace = |project: &str, name: &str| {
        json!({
            "apiVersion": "paas.envmgmt.io/v1",
            "kind": "Workspace",
            "metadata": {"name": name, "project": project},
        })
    };
    json!({"rafay": {"seeded": {
        "projects": [
            {"id": "lk5rw2e", "name": "defaultproject", "default": true},
            project("2wxr66m", "actions"),
            project("syscat1", "system-catalog"),
            project("vmproj1", "vm-project"),
            project("techpr1", "techproject"),
        ],
        "objects": [workspace("system-catalog", "dev1"), workspace("techproject", "techproject")],
    }}})
}

/// The vendor's bodies as a repository, from the first apply to the last delete.
pub(crate) async fn life() -> Life {
    let mut fleet = Fleet::new(world(), Manner::Smooth);
    let as_printed = [
        ("user.json", "create-user.json"),
        ("vpc.json", "create-vpc-service.json"),
        ("workspace.json", "create-workspace.json"),
        ("node.json", "create-bare-metal.json"),
        ("cluster.json", "create-kubernetes.json"),
    ];
    for (name, file) in as_printed {
        fleet.plumb.write(name, &Document::Rafay.text(file)).unwrap();
    }
    fleet.write("other-node.json", &earlier_node());
    fleet.apply(Prune::Off).await;

    fleet.write(
        "user.json",
        &user(json!([parsed("assign-to-project.json"), actions()]), "add-to-groups.json"),
    );
    let mut workspace = parsed("create-workspace.json");
    workspace["metadata"]["description"] = "changed, to be changed back".into();
    fleet.write("workspace.json", &workspace);
    fleet.apply(Prune::Off).await;

    fleet.write("user.json", &user(json!([]), "no-groups"));
    fleet.plumb.write("workspace.json", &Document::Rafay.text("create-workspace.json")).unwrap();
    fleet.plumb.write("other-node.json", &Document::Rafay.text("update-bare-metal.json")).unwrap();
    fleet.apply(Prune::Off).await;

    let node = ResourceKey::new(
        KindId::new("paas.envmgmt.io", "ComputeInstance"),
        Scope::Workspace { project: "system-catalog".into(), workspace: "dev1".into() },
        "create-bm-api".to_owned(),
    );
    for verb in ["stop", "start", "power reset", "power cycle"] {
        fleet.act(&node, verb).await;
    }
    for name in ["user", "vpc", "workspace", "node", "cluster", "other-node"] {
        std::fs::remove_file(fleet.plumb.root().join(format!("{name}.json"))).unwrap();
    }
    // A stack without a document is refused, so one that needs nothing stays.
    fleet.write(
        "stays.json",
        &json!({
            "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
            "metadata": {"name": "stays", "project": "vm-project"},
        }),
    );
    fleet.apply(Prune::On).await;
    fleet.end()
}

fn parsed(file: &str) -> Value {
    Document::Rafay.parsed(file)
}

/// The node of the vendor's update, as it was before.
fn earlier_node() -> Value {
    let mut node = parsed("update-bare-metal.json");
    for variable in node["spec"]["variables"].as_array_mut().unwrap() {
        if ["assign_public_ip", "NVAIE License"].contains(&variable["name"].as_str().unwrap()) {
            variable["value"] = "false".into();
        }
    }
    node
}

/// The role the vendor's example takes away, declared so that it can be taken away.
fn actions() -> Value {
    let shown = parsed("unassign-from-project.json");
    let mut role = shown["roles"][0]["role"].clone();
    role["name"] = "PROJECT_READ_ONLY".into();
    json!({"project": shown["project"], "roles": [role]})
}

/// The vendor's user with memberships: the bodies of the calls are entries of its lists.
fn user(project_roles: Value, groups: &str) -> Value {
    let mut spec = parsed("create-user.json")["account"].clone();
    let name = spec.as_object_mut().unwrap().remove("username");
    spec["groups"] = if groups == "no-groups" { json!([]) } else { parsed(groups) };
    spec["projectRoles"] = project_roles;
    json!({"apiVersion": "auth/v1", "kind": "User", "metadata": {"name": name}, "spec": spec})
}
