//! The published schemas: valid, complete, and of one mind with the checker.

use super::{read_text, toy};
use plumb_manifest::schemas;
use serde_json::Value;

#[test]
fn every_kind_that_may_be_declared_has_a_valid_schema() {
    let files = schemas(&toy::registry()).unwrap();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "auth_v1_Project.schema.json",
            "auth_v1_User.schema.json",
            "paas.envmgmt.io_v1_ComputeInstance.schema.json",
            "paas.envmgmt.io_v1_Service.schema.json",
            "paas.envmgmt.io_v1_Workspace.schema.json",
            "plumb.schema.json",
            "stack.schema.json",
            "toy.dev_v1_Machine.schema.json",
        ]
    );
    for (name, schema) in &files {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
        jsonschema::draft202012::new(schema).unwrap();
    }
}

/// Documents that both accept, or both refuse.
const DOCUMENTS: &[(bool, &str)] = &[
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: ''}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: 1}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, specs: {}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v2, metadata: {name: a}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: 8}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: 8.0}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: 9}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: 0}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: 1.5}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: '8'}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {price: 1}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {price: 0.4}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {mac: null}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {mac: x}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {spot: null}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {label: éé}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {label: é}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {label: abcdef}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {disks: []}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {disks: [1]}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {image: x}}"),
    (true, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {image: {id: 1}}}"),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {image: {}}}"),
    (
        true,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {network: {type: \
         infiniband, lanes: 4}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {network: {type: \
         infiniband, speed: 4}}}",
    ),
    (
        true,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {tree: {children: \
         [{children: [{leaf: true}]}]}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {tree: {children: \
         [{children: [{leaf: 1}]}]}}}",
    ),
    (false, "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {never: 1}}"),
    (
        true,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {label: {valueFrom: \
         {output: {kind: Machine, name: b, path: x}}}}}",
    ),
    (
        true,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: {valueFrom: \
         {output: {kind: Machine, name: b, path: x}}}}}",
    ),
    (
        true,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {image: {valueFrom: \
         {output: {kind: Machine, name: b, path: x}}}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {disks: {valueFrom: \
         {output: {kind: Machine, name: b, path: x}}}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {gpus: {valueFrom: \
         {var: X}}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: {valueFrom: {output: {kind: \
         Machine, name: b, path: x}}}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {label: {valueFrom: \
         {output: {kind: Machine, name: b}}}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a}, spec: {label: {valueFrom: \
         {var: A, file: b}}}}",
    ),
    (
        true,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a, annotations: \
         {plumb.dev/adopt: 'true', plumb.dev/timeout: 1h, other: x}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a, annotations: \
         {plumb.dev/adopt: true}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a, annotations: \
         {plumb.dev/adapt: 'true'}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a, annotations: {other: 1}}}",
    ),
    (
        false,
        "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: a, labels: {plumb.dev/stack: \
         x}}}",
    ),
    (
        true,
        "{kind: User, apiVersion: auth/v1, metadata: {name: a}, spec: {username: a, first_name: \
         b, last_name: c, user_type: API}}",
    ),
    (
        false,
        "{kind: User, apiVersion: auth/v1, metadata: {name: a}, spec: {username: a, first_name: \
         b, last_name: c, user_type: api}}",
    ),
    (false, "{kind: User, apiVersion: auth/v1, metadata: {name: a}, spec: {username: a}}"),
    (true, "{kind: Workspace, apiVersion: paas.envmgmt.io/v1, metadata: {name: a, project: b}}"),
    (false, "{kind: Workspace, apiVersion: paas.envmgmt.io/v1, metadata: {name: a}}"),
];

#[test]
fn the_published_schemas_and_the_checker_agree() {
    let files = schemas(&toy::registry()).unwrap();
    let combined = jsonschema::draft202012::new(&files["plumb.schema.json"]).unwrap();
    let target = "\n---\n{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: b}}\n";
    for (accepted, text) in DOCUMENTS {
        let value: Value = serde_yaml::from_str(text).unwrap();
        let (api_version, kind) = (value["apiVersion"].as_str(), value["kind"].as_str());
        let name = format!("{}_{}", api_version.unwrap().replace('/', "_"), kind.unwrap());
        if let Some(schema) = files.get(&format!("{name}.schema.json")) {
            let single = jsonschema::draft202012::new(schema).unwrap();
            assert_eq!(single.is_valid(&value), *accepted, "published: {text}");
        }
        assert_eq!(combined.is_valid(&value), *accepted, "combined: {text}");
        // The document an output may name; it is not the one that is looked at.
        let named = if text.contains("name: b") { target } else { "" };
        let (_, resolved) = read_text(&format!("{text}{named}"));
        let found = &resolved.findings;
        assert_eq!(resolved.desired.is_some(), *accepted, "checker: {text}\n{found:#?}");
    }
}

#[test]
fn the_stack_file_and_its_schema_agree() {
    let files = schemas(&toy::registry()).unwrap();
    let schema = jsonschema::draft202012::new(&files["stack.schema.json"]).unwrap();
    let head = "apiVersion: plumb.dev/v1\nkind: Stack\n";
    for (accepted, rest) in [
        (true, ""),
        (true, "metadata: {name: fleet-1}"),
        (false, "metadata: {name: Fleet}"),
        (false, "metadata: {name: a-}"),
        (false, "metadata: {title: a}"),
        (true, "spec: {paths: [a, b/c.yaml], connections: [rafay], ledger: 's3://b/k'}"),
        (true, "spec: {prune: true, limits: {deletes: 3, sharePercent: 100, shareFrom: 0}}"),
        (false, "spec: {limits: {sharePercent: 101}}"),
        (false, "spec: {limits: {deletes: -1}}"),
        (true, "spec: {limits: {hourly: '50.00'}}"),
        (true, "spec: {limits: {hourly: 50.5}}"),
        (false, "spec: {limits: {hourly: -1}}"),
        (false, "spec: {limits: {hourly: fifty}}"),
        (false, "spec: {limits: {hourly: '-1'}}"),
        (true, "spec: {onIndeterminate: {Machine: {retryAfter: 24h}}}"),
        (false, "spec: {onIndeterminate: {Machine: {retryAfter: a day}}}"),
        (false, "spec: {onIndeterminate: {Machine: {retryAfter: ''}}}"),
        (false, "spec: {onIndeterminate: {Machine: {}}}"),
        (true, "spec: {onIndeterminate: {Machine: {evidence: true}}}"),
        (false, "spec: {onIndeterminate: {Machine: {evidence: true, retryAfter: 1h}}}"),
        (false, "spec: {onIndeterminate: {Machine: {evidence: 'yes'}}}"),
        (false, "spec: {onIndeterminate: {Machine: 24h}}"),
        (false, "spec: {prune: 'yes'}"),
        (false, "spec: {endpoint: 'https://x'}"),
        (false, "spec: {connections: [{name: a, key: b}]}"),
        (false, "kinds: 1"),
    ] {
        let text = format!("{head}{rest}\n");
        let value: Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(schema.is_valid(&value), accepted, "published: {rest}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plumb.yaml"), &text).unwrap();
        let machine = "{kind: Machine, apiVersion: toy.dev/v1, metadata: {name: b}}";
        std::fs::create_dir_all(folder.path().join("b")).unwrap();
        std::fs::write(folder.path().join("a"), machine).unwrap();
        std::fs::write(folder.path().join("b/c.yaml"), machine.replace('b', "c")).unwrap();
        let (loaded, _) =
            super::read(&[folder.path().to_path_buf()], &std::collections::BTreeMap::new());
        let found: Vec<_> = loaded
            .findings
            .iter()
            .filter(|finding| finding.code != plumb_model::Code::NO_DOCUMENTS)
            .collect();
        assert_eq!(found.is_empty(), accepted, "checker: {rest} {found:#?}");
    }
}
