//! Collaborators of workspaces (docs/contracts/rafay.md §3.3, R-24, R-96).

use crate::common::{Known, kind, resource};
use plumb_kind::{Request, Step};
use plumb_model::{Body, KindTable, Scope, body};
use plumb_rafay::RAFAY;

fn collaborator(spec: Body) -> Body {
    body!({"apiVersion": "paas.envmgmt.io/v1", "kind": "WorkspaceCollaborator",
        "metadata": {"name": "ann@a.b", "project": "ml", "workspace": "dev"}, "spec": spec})
}

fn place() -> Scope {
    Scope::Workspace { project: "ml".into(), workspace: "dev".into() }
}

fn lines(requests: &[Request]) -> Vec<String> {
    let text = |body: &Body| body.shown().to_string();
    let line = |it: &Request| {
        format!("{} {}", it.summary(), it.body.as_ref().map(text).unwrap_or_default())
    };
    requests.iter().map(line).collect()
}

const IN: &str = "/apis/paas.envmgmt.io/v1/projects/ml/workspaces/dev";

fn body_of(kind: &str, name: &str, spec: &str) -> String {
    format!(
        r#"{{"apiVersion":"paas.envmgmt.io/v1","kind":"{kind}","metadata":{{"name":"{name}","project":"ml","workspace":"dev"}},"spec":{spec}}}"#
    )
}

#[test]
fn who_is_there_is_assigned_and_who_has_a_name_is_invited() {
    let role = "PAAS_WORKSPACE_COLLABORATOR";
    let there = collaborator(body!({"role": role}));
    let add = body_of(
        "WorkspaceAddCollaborators",
        "dev",
        &format!(r#"{{"Usernames":["ann@a.b"],"role":"{role}"}}"#),
    );
    let made = Known::default().requests(&there, Step::Create).unwrap();
    assert_eq!(lines(&made), [format!("POST {IN}/assigncollaborators {add}")]);
    let named = body!({"role": role, "firstName": "Ann", "lastName": "B", "userType": "CONSOLE"});
    let invite = body_of(
        "WorkspaceCollaborator",
        "ann@a.b",
        &format!(
            r#"{{"email":"ann@a.b","firstName":"Ann","lastName":"B","role":"{role}","userType":"CONSOLE"}}"#
        ),
    );
    let made = Known::default().requests(&collaborator(named), Step::Create).unwrap();
    assert_eq!(lines(&made), [format!("POST {IN}/collaborators {invite}")]);
    let half = collaborator(body!({"role": role, "firstName": "Ann"}));
    let found = kind("WorkspaceCollaborator").check(&resource(half));
    let fields: Vec<String> = found.iter().map(|it| it.path.clone().unwrap().to_string()).collect();
    assert_eq!(fields, ["spec.lastName"]);
}

#[test]
fn a_role_is_taken_away_and_given_anew() {
    let document = collaborator(body!({"role": "PAAS_WORKSPACE_COLLABORATOR_READ_ONLY"}));
    let remove = body_of("WorkspaceDeleteCollaborators", "dev", r#"{"Usernames":["ann@a.b"]}"#);
    let remove = format!("POST {IN}/unassigncollaborators {remove}");
    let changed = lines(&Known::default().requests(&document, Step::Update).unwrap());
    assert_eq!((changed.len(), &changed[0]), (2, &remove));
    assert!(changed[1].starts_with(&format!("POST {IN}/assigncollaborators ")), "{changed:?}");
    assert_eq!(lines(&Known::default().requests(&document, Step::Delete).unwrap()), [remove]);
}

#[test]
fn they_are_listed_in_their_workspace_alone() {
    let kind = kind("WorkspaceCollaborator");
    assert_eq!(kind.collections(&Scope::Project("ml".into())), []);
    let list = &kind.collections(&place())[0];
    assert_eq!(list.request.summary(), format!("GET {IN}/collaborators"));
    let item = body!({"metadata": {"name": "ann@a.b"}, "spec": {"email": "ann@a.b", "role": "R"}});
    let live = kind.read(&item, &place()).unwrap();
    assert_eq!(live.key.to_string(), "WorkspaceCollaborator/ml/dev/ann@a.b");
    assert_eq!(live.body["spec"]["role"], "R");
    for odd in [body!({"spec": {}}), body!({"metadata": {"name": "a@b"}}), body!(null)] {
        assert!(kind.read(&odd, &place()).is_err(), "{odd:?}");
    }
}

/// A workspace is not looked through for them when it is deleted, and what only lives in it is.
#[test]
fn they_go_with_their_workspace() {
    let registry = plumb_kind::Registry::new(&[&RAFAY]).unwrap();
    let table: &KindTable = registry.table();
    let workspace = &kind("Workspace").rules().id;
    let inside: Vec<&str> = table.inside(workspace).map(|rules| rules.id.kind.as_str()).collect();
    assert!(inside.contains(&"ComputeInstance"), "{inside:?}");
    assert!(!inside.contains(&"WorkspaceCollaborator"), "{inside:?}");
    let key = resource(collaborator(body!({"role": "R"}))).key;
    assert_eq!(table.parent_of(&key).unwrap().to_string(), "Workspace/ml/dev");
}
