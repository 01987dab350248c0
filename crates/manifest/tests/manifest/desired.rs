//! What is made of manifests that are right: bodies, secrets, outputs, wishes, edges, places.

use super::{read, read_text};
use plumb_model::body::walk;
use plumb_model::resource::ReplaceWish;
use plumb_model::rules::RuleSet;
use plumb_model::{Code, Finding, Power, Resource, ResourceKey};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

fn only(text: &str) -> Resource {
    let (_, resolved) = read_text(text);
    assert_eq!(resolved.findings, []);
    resolved.desired.unwrap().resources().values().next().unwrap().clone()
}

#[test]
fn wishes_are_read_and_taken_off() {
    let resource = only(
        r#"
apiVersion: paas.envmgmt.io/v1
kind: ComputeInstance
metadata:
  name: a
  project: p
  workspace: w
  annotations:
    plumb.dev/prevent-destroy: "true"
    plumb.dev/adopt: "false"
    plumb.dev/replace: allowed
    plumb.dev/remote-id: 019c6665-205e
    plumb.dev/ignore: spec.variables[Security Policies], metadata.labels
    plumb.dev/power: "off"
    plumb.dev/timeout: 90m
    note: kept
spec: {computeType: vm, computeProfile: {name: p}}
"#,
    );
    assert_eq!(resource.body["metadata"]["annotations"], json!({"note": "kept"}));
    let wishes = resource.wishes;
    assert!(wishes.prevent_destroy && !wishes.adopt);
    assert_eq!(wishes.replace, Some(ReplaceWish::Allowed));
    assert_eq!(wishes.remote_id.as_ref().unwrap().as_str(), "019c6665-205e");
    assert_eq!(wishes.power, Some(Power::Off));
    assert_eq!(wishes.timeout, Some(Duration::from_mins(90)));
    let path = "spec.variables[Security Policies].value".parse().unwrap();
    assert_eq!(wishes.ignore.iter().filter(|pattern| pattern.covers(&path)).count(), 1);
}

#[test]
fn annotations_that_are_all_ours_leave_nothing_behind() {
    let resource = only(
        "apiVersion: toy.dev/v1\nkind: Machine\nmetadata:\n  name: a\n  annotations:\n    \
         plumb.dev/adopt: \"true\"\n",
    );
    assert_eq!(resource.body["metadata"], json!({"name": "a"}));
    assert!(resource.wishes.adopt);
}

#[test]
fn secrets_leave_the_body_under_the_paths_comparisons_use() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("token.txt", "file secret\r\n");
    write(
        "a.yaml",
        r"
apiVersion: paas.envmgmt.io/v1
kind: ComputeInstance
metadata: {name: a, project: p, workspace: w}
spec:
  computeType: vm
  computeProfile: {name: p}
  credentials: {token: {valueFrom: {file: token.txt}}, plain: plain secret}
  variables:
    - {name: OS, value: Ubuntu}
    - {name: Root Password, value: written secret}
    - {name: Key, value: {valueFrom: {var: KEY}}}
",
    );
    let variables = BTreeMap::from([("PLUMB_VAR_KEY".to_owned(), "variable secret".to_owned())]);
    let (_, resolved) = read(&[folder.path().to_path_buf()], &variables);
    assert_eq!(resolved.findings, []);
    let desired = resolved.desired.unwrap();
    let resource = desired.resources().values().next().unwrap();
    let kinds = desired.kinds();
    let rules = RuleSet::new(&kinds.get(resource.kind()).unwrap().fields, &[]);
    let secrets = walk::secrets(&resource.body, rules);
    let secrets: Vec<(String, &str)> =
        secrets.iter().map(|(path, secret)| (path.to_string(), secret.expose())).collect();
    assert_eq!(
        secrets,
        [
            ("spec.credentials.plain".to_owned(), "plain secret"),
            ("spec.credentials.token".to_owned(), "file secret"),
            ("spec.variables[Key].value".to_owned(), "variable secret"),
            ("spec.variables[Root Password].value".to_owned(), "written secret"),
        ]
    );
    let shown = format!("{resource:?}");
    assert!(!resource.body.shown().to_string().contains(" secret\""), "{:?}", resource.body);
    assert!(!shown.contains("written secret") && !shown.contains("variable secret"));
    let revealed = resource.body.with_secrets_in_clear();
    assert_eq!(revealed["spec"]["variables"][2]["value"], "variable secret");
}

/// What a schema leaves open may hold values that stand elsewhere; what only looks like it is somebody
/// else's word.
#[test]
fn values_inside_what_is_open_are_filled() {
    let text = r"
apiVersion: paas.envmgmt.io/v1
kind: ComputeInstance
metadata: {name: a, project: p, workspace: w}
spec:
  computeType: vm
  computeProfile: {name: p}
  settings:
    login: {password: {valueFrom: {var: KEY}}, user: root}
    env: [{name: A, valueFrom: {secretKeyRef: {name: x}}}, {value: {valueFrom: {var: KEY}}}]
    theirs: {valueFrom: {secretKeyRef: {name: x}}}
";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), text).unwrap();
    let variables = BTreeMap::from([("PLUMB_VAR_KEY".to_owned(), "from outside".to_owned())]);
    let (_, resolved) = read(&[folder.path().to_path_buf()], &variables);
    assert_eq!(resolved.findings, []);
    let desired = resolved.desired.unwrap();
    let body = &desired.resources().values().next().unwrap().body;
    assert!(!body.shown().to_string().contains("from outside"));
    let theirs = json!({"valueFrom": {"secretKeyRef": {"name": "x"}}});
    assert_eq!(
        body.with_secrets_in_clear()["spec"]["settings"],
        json!({
            "login": {"password": "from outside", "user": "root"},
            "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "x"}}},
                    {"value": "from outside"}],
            "theirs": theirs,
        })
    );
    let wrong = text.replace("{var: KEY}}, user", "{var: 7}}, user");
    let (_, resolved) = read_text(&wrong);
    assert_eq!(resolved.findings[0].code, Code::BAD_VALUE_FROM);
}

#[test]
fn outputs_make_edges_and_wait() {
    let (_, resolved) = read_text(
        r"
apiVersion: toy.dev/v1
kind: Machine
metadata: {name: first}
---
apiVersion: toy.dev/v1
kind: Machine
metadata: {name: second}
spec: {gpus: {valueFrom: {output: {kind: Machine.toy.dev, name: first, path: gpus.value}}}}
",
    );
    assert_eq!(resolved.findings, []);
    let desired = resolved.desired.unwrap();
    let key = |name: &str| -> ResourceKey { format!("Machine.toy.dev/{name}").parse().unwrap() };
    let second = desired.get(&key("second")).unwrap();
    assert_eq!(second.body.shown()["spec"]["gpus"], json!(null));
    let output = second.body["spec"]["gpus"].as_output().unwrap();
    assert_eq!((&output.key, output.path.to_string().as_str()), (&key("first"), "gpus.value"));
    assert!(desired.edges()[&key("second")].contains(&key("first")));
}

/// What a person or a CI system puts behind a value is no part of it; what a file of several lines
/// ends with is.
#[test]
fn one_line_end_of_a_value_from_elsewhere_is_dropped_but_for_files_of_several_lines() {
    let folder = tempfile::tempdir().unwrap();
    let document = |from: &str| {
        format!(
            "apiVersion: auth/v1\nkind: User\nmetadata: {{name: a}}\n\
             spec: {{username: a, first_name: A, last_name: B, password: {{valueFrom: {{{from}}}}}}}\n"
        )
    };
    let read_as = |from: &str, text: &str| -> String {
        std::fs::write(folder.path().join("value.txt"), text).unwrap();
        std::fs::write(folder.path().join("user.yaml"), document(from)).unwrap();
        let variables = BTreeMap::from([("PLUMB_VAR_VALUE".to_owned(), text.to_owned())]);
        let (_, resolved) = read(&[folder.path().to_path_buf()], &variables);
        let desired = resolved.desired.unwrap_or_else(|| panic!("{:?}", resolved.findings));
        let body = &desired.resources().values().next().unwrap().body;
        body["spec"]["password"].as_secret().unwrap().expose().to_owned()
    };
    for (text, of_variable, of_file) in [
        ("secret", "secret", "secret"),
        ("secret\n", "secret", "secret"),
        ("secret\r\n", "secret", "secret"),
        ("secret ", "secret ", "secret "),
        ("secret\n\n", "secret\n", "secret\n\n"),
        ("one\ntwo", "one\ntwo", "one\ntwo"),
        ("one\ntwo\n", "one\ntwo", "one\ntwo\n"),
        ("one\r\ntwo\r\n", "one\r\ntwo", "one\r\ntwo\r\n"),
    ] {
        assert_eq!(read_as("var: VALUE", text), of_variable, "{text:?}");
        assert_eq!(read_as("file: value.txt", text), of_file, "{text:?}");
    }
}

#[test]
fn an_output_is_found_by_name_or_by_scope() {
    let workspace = |project: &str| {
        format!(
            "---\napiVersion: paas.envmgmt.io/v1\nkind: Workspace\n\
             metadata: {{name: w, project: {project}}}\n"
        )
    };
    let service = |project: &str, scope: &str| {
        format!(
            "---\napiVersion: paas.envmgmt.io/v1\nkind: Service\nmetadata:\n  name: s\n  \
             project: {project}\n  description: {{valueFrom: {{output: {{kind: Workspace, name: w, \
             {scope} path: id}}}}}}\nspec: {{serviceProfile: {{name: vpc}}}}\n"
        )
    };
    let target = |text: &str| -> Vec<String> {
        let (_, resolved) = read_text(text);
        assert_eq!(resolved.findings, [], "{text}");
        let desired = resolved.desired.unwrap();
        let resources = desired.resources().values();
        let outputs = resources.filter_map(|it| it.body["metadata"]["description"].as_output());
        outputs.map(|output| output.key.to_string()).collect()
    };
    let both = workspace("one") + &workspace("two");
    assert_eq!(target(&(both.clone() + &service("two", ""))), ["Workspace/two/w"]);
    assert_eq!(target(&(both + &service("three", "scope: one,"))), ["Workspace/one/w"]);
    assert_eq!(target(&(workspace("one") + &service("three", ""))), ["Workspace/one/w"]);
}

#[test]
fn places_are_found_again_from_key_and_path() {
    let text = r"apiVersion: paas.envmgmt.io/v1
kind: ComputeInstance
metadata: {name: a, project: p, workspace: w}
spec:
  computeType: vm
  computeProfile: {name: p}
  variables:
    - name: OS
      value: Ubuntu
---
account: {username: u, first_name: U, last_name: V}
";
    let (loaded, resolved) = read_text(text);
    let desired = resolved.desired.unwrap();
    let instance: ResourceKey = "ComputeInstance.paas.envmgmt.io/p/w/a".parse().unwrap();
    let user: ResourceKey = "User.auth/u".parse().unwrap();
    let place = |key: &ResourceKey, path: &str| {
        let finding = Finding::error(Code::VALUE_NOT_ALLOWED, "x").of(key);
        let mut findings = [finding.field(path.parse().unwrap())];
        loaded.locate(&mut findings);
        let span = findings[0].span.clone().unwrap();
        (span.line, span.column, text[span.start..span.end].to_owned())
    };
    for (path, line, column, shown) in [
        ("spec.variables[OS].value", 9, 14, "Ubuntu"),
        ("spec.variables[0].value", 9, 14, "Ubuntu"),
        ("spec.variables[OS].valueType", 8, 7, "name: OS"),
        ("spec.variables[Missing]", 7, 3, "variables"),
        ("spec.computeProfile.systemCatalog", 6, 3, "computeProfile"),
        ("status.output", 1, 1, "apiVersion: paas.envmgmt.io/v1"),
    ] {
        assert_eq!(place(&instance, path), (line, column, shown.to_owned()), "{path}");
    }
    assert_eq!(place(&user, "spec.first_name"), (11, 36, "U".to_owned()));
    // A finding that only points at the document is made exact too.
    let origin = desired.get(&instance).unwrap().origin.span.clone();
    let finding = Finding::error(Code::VALUE_NOT_ALLOWED, "x").at(origin).of(&instance);
    let mut findings = [finding.field("spec.computeType".parse().unwrap())];
    loaded.locate(&mut findings);
    assert_eq!(findings[0].span.as_ref().unwrap().line, 5);
}

#[test]
fn documents_know_where_they_came_from() {
    let (loaded, resolved) = read_text(
        "apiVersion: toy.dev/v1\nkind: Machine\nmetadata: {name: a}\n---\n---\napiVersion: v1\n\
         kind: List\nitems:\n- {apiVersion: toy.dev/v1, kind: Machine, metadata: {name: b}}\n",
    );
    let desired = resolved.desired.unwrap();
    let origins: Vec<_> = desired
        .resources()
        .values()
        .map(|resource| &resource.origin)
        .map(|origin| (origin.file.as_ref(), origin.document, origin.item, origin.span.line))
        .collect();
    assert_eq!(origins, [("<stdin>", 0, None, 1), ("<stdin>", 2, Some(0), 9)]);
    assert_eq!(loaded.documents.len(), 2);
}
