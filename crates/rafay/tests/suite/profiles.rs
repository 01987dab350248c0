//! The profile is the schema: findings and rules as tables (docs/contracts/rafay.md §3.7).

use crate::common::{Known, catalog, kind, path, refine, resource, seed};
use plumb_kind::Provider;
use plumb_kind::{Reading, Snapshot, Surroundings};
use plumb_model::rules::{KindTable, RuleSet};
use plumb_model::{
    Body, Code, Desired, Finding, Live, Observation, Resource, Scope, Secret, ServerText, body,
};
use plumb_rafay::RAFAY;

fn instance(variables: Body) -> Resource {
    let mut document = seed("create-bare-metal");
    document["spec"]["variables"] = variables;
    resource(document)
}

/// Code, field, message and help of each finding, as one line each.
fn lines(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let at = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
            let help = finding.help.clone().unwrap_or_default();
            assert!(finding.key.is_some());
            format!("{} {at}: {} ({help})", finding.code, finding.message)
        })
        .collect()
}

#[test]
fn every_mistake_is_found_at_its_variable() {
    let known = catalog(&["bmaas-h100"]);
    let term = body!({"name": "Contract Term", "value": "6"});
    for (variable, expected) in [
        (body!({"name": "hss_storage", "value": "anything"}), ""),
        (body!({"name": "assign_public_ip", "value": "true"}), ""),
        (
            body!({"name": "assign_public_ip", "value": "True"}),
            r#"PL0404 spec.variables[assign_public_ip].value: variable "assign_public_ip" cannot be "True" (did you mean "true"? The profile allows "true", "false")"#,
        ),
        (
            body!({"name": "Contract Term", "value": "36"}),
            r#"PL0404 spec.variables[Contract Term].value: variable "Contract Term" cannot be "36" (did you mean "6"? The profile allows "1", "6", "12", "24")"#,
        ),
        (
            body!({"name": "node_os_imag", "value": "x"}),
            r#"PL0402 spec.variables[node_os_imag].name: profile "bmaas-h100" has no variable "node_os_imag" (did you mean "node_os_image"?)"#,
        ),
        (
            body!({"name": "zzz", "value": "x"}),
            r#"PL0402 spec.variables[zzz].name: profile "bmaas-h100" has no variable "zzz" (it has "assign_public_ip", "node_os_image", "Contract Term", "Security Policies", "hss_storage", "object_storage", "NVAIE License", "Infiniband Configuration", "Guest GPU Count", "disk", "zones", "tags" and 1 more)"#,
        ),
        // The console copies all variables; the profile's own value is no override.
        (body!({"name": "Guest GPU Count", "value": "8"}), ""),
        (
            body!({"name": "Guest GPU Count", "value": "4"}),
            r#"PL0405 spec.variables[Guest GPU Count].value: profile "bmaas-h100" does not let variable "Guest GPU Count" be set (remove it; the profile's own value is used)"#,
        ),
        (body!({"name": "disk", "value": "150"}), ""),
        (body!({"name": "disk", "value": "2000"}), ""),
        (
            body!({"name": "disk", "value": "120"}),
            r#"PL0404 spec.variables[disk].value: variable "disk" is 120, which is between two steps (the profile allows numbers from 100 to 2000 in steps of 50)"#,
        ),
        (
            body!({"name": "disk", "value": "2050"}),
            r#"PL0404 spec.variables[disk].value: variable "disk" is 2050, which is out of range (the profile allows numbers from 100 to 2000 in steps of 50)"#,
        ),
        (
            body!({"name": "disk", "value": "big"}),
            r#"PL0404 spec.variables[disk].value: variable "disk" is "big", which is no number (the profile allows numbers from 100 to 2000 in steps of 50)"#,
        ),
        (
            body!({"name": "password", "value": "canary"}),
            r#"PL0409 spec.variables[password].value: variable "password" is sensitive and stands in the manifest (write value: {valueFrom: {var: NAME}} and set PLUMB_VAR_NAME)"#,
        ),
        (body!({"name": "zones", "value": "[\"a\", \"b\"]"}), ""),
        (
            body!({"name": "zones", "value": "[\"a\", \"x\"]"}),
            r#"PL0404 spec.variables[zones].value: variable "zones" cannot hold "x" (did you mean "a"? The profile allows "a", "b")"#,
        ),
        (
            body!({"name": "zones", "value": "a"}),
            r#"PL0404 spec.variables[zones].value: variable "zones" is "a", which is no JSON array of texts (write a JSON array as text, as in value: '["a", "b"]'; the profile allows "a", "b")"#,
        ),
        (body!({"name": "tags", "value": "{ a = 1 }"}), ""),
        // What an expression comes to, the server knows.
        (body!({"name": "disk", "valueType": "expression", "value": "$(env.disk)$"}), ""),
        // An output of another resource is not known yet.
        (body!({"name": "disk", "value": null}), ""),
    ] {
        let mut variables = vec![variable.clone()];
        if variable["name"] != "Contract Term" {
            variables.push(term.clone());
        }
        let found = refine(&instance(variables.into()), &known.snapshot).findings;
        assert_eq!(lines(&found).join("\n"), expected, "{variable:?}");
    }
}

#[test]
fn a_required_variable_without_a_default_is_missed() {
    let known = catalog(&["bmaas-h100"]);
    let expected = r#"PL0403 spec.variables: variable "Contract Term" is missing, which profile "bmaas-h100" requires (add - name: Contract Term, value: "1", "6", "12", "24")"#;
    for variables in [body!([]), body!([{"name": "Contract Term", "value": ""}])] {
        let found = refine(&instance(variables), &known.snapshot).findings;
        assert_eq!(lines(&found), [expected]);
    }
}

#[test]
fn a_secret_is_never_looked_at() {
    let known = catalog(&["bmaas-h100"]);
    let mut declared = instance(body!([
        {"name": "Contract Term", "value": "6"},
        {"name": "password", "value": "(secret)"},
        {"name": "disk", "value": "(secret)"},
    ]));
    for name in ["password", "disk"] {
        let at = path(&format!("spec.variables[{name}].value"));
        declared.put(&at, Secret::new("canary"));
    }
    assert_eq!(lines(&refine(&declared, &known.snapshot).findings), [""; 0]);
}

#[test]
fn an_invisible_profile_is_an_error() {
    let declared = instance(body!([]));
    let list = kind("ComputeInstance").lookups(&declared).remove(0);
    assert_eq!(
        list.request.summary(),
        "GET /apis/paas.envmgmt.io/v1/projects/system-catalog/computeprofiles"
    );
    let with = |reading: Reading| {
        let mut snapshot = Snapshot::default();
        snapshot.0.insert(list.id.clone(), reading);
        lines(&refine(&declared, &snapshot).findings).join("\n")
    };
    let at = "PL0401 spec.computeProfile.name: ComputeProfile \"bmaas-h100\"";
    assert_eq!(
        with(Reading::Items(vec![crate::common::profile("bmaas-h10")])),
        format!("{at} does not exist (did you mean \"bmaas-h10\"?)")
    );
    assert!(with(Reading::Items(Vec::new())).contains("systemCatalog: true"));
    assert!(with(Reading::Missing).starts_with(&format!("{at} cannot be seen")));
    let refused = with(Reading::Unknown(ServerText::new("403\u{1b}[31m")));
    assert!(refused.contains("403\\u{1b}[31m"), "{refused}");
    assert_eq!(lines(&refine(&declared, &Snapshot::default()).findings), [""; 0], "offline");
}

/// What is asked for and found when these are the answers, in the order in which places are asked.
fn searched(answers: &[Reading]) -> (Vec<String>, String) {
    let mut document = seed("create-bare-metal");
    document["metadata"]["project"] = "ml".into();
    document["spec"]["variables"] = body!([{"name": "Contract Term", "value": "1"}]);
    let declared = resource(document);
    let (desired, live) = (Desired::default(), Live::default());
    let (mut snapshot, mut asked) = (Snapshot::default(), Vec::new());
    let mut next = kind("ComputeInstance").lookups(&declared);
    for answer in answers {
        let Some(collection) = next.pop() else { break };
        let query: Vec<_> =
            collection.request.query.iter().map(|(_, value)| value.as_str()).collect();
        let path = collection.request.path.as_str().to_owned() + &query.concat();
        asked.push(path.replace("/apis/paas.envmgmt.io/v1/projects/", ""));
        snapshot.0.insert(collection.id, answer.clone());
        let around = Surroundings::new(&desired, &live, &snapshot);
        next = kind("ComputeInstance").preflight(&declared, &around);
    }
    assert!(next.is_empty(), "{next:?}");
    (asked, lines(&refine(&declared, &snapshot).findings).join("\n"))
}

#[test]
fn a_shared_profile_is_looked_for_where_a_key_may_look() {
    let item = |name: &str, project: &str| {
        let mut item = crate::common::profile(name);
        item["metadata"]["project"] = project.into();
        item
    };
    let items = |items: &[Body]| Reading::Items(items.to_vec());
    let shared = || items(&[item("bmaas-h100", "system-catalog")]);
    let unsaid = || items(&[item("bmaas-h100", "")]);
    let own = || items(&[item("bmaas-h100", "ml"), item("other", "ml")]);
    let none = || items(&[item("bmaas-h10", "ml")]);
    let refused = || Reading::Unknown(ServerText::new("out of scope"));
    let missing = || Reading::Missing;
    let places = [
        "ml/computeprofiles",
        "ml/computeprofiles/bmaas-h100true",
        "system-catalog/computeprofiles",
    ];
    let at = "PL0401 spec.computeProfile.name: ComputeProfile \"bmaas-h100\"";
    let meant = format!("{at} does not exist (did you mean \"bmaas-h10\"?)");
    let hidden = format!("{at} cannot be seen: out of scope");
    let project = format!("{at} is one of the project's own");
    for (answers, count, said) in [
        (vec![shared()], 1, ""),
        (vec![unsaid()], 1, ""),
        (vec![none(), shared()], 2, ""),
        (vec![own(), shared()], 2, ""),
        (vec![refused(), unsaid()], 2, ""),
        (vec![none(), missing(), shared()], 3, ""),
        (vec![refused(), refused(), shared()], 3, ""),
        (vec![none(), missing(), refused()], 3, meant.as_str()),
        (vec![none(), refused(), items(&[])], 3, meant.as_str()),
        (vec![none(), refused(), refused()], 3, hidden.as_str()),
        (vec![own(), missing(), refused()], 3, project.as_str()),
    ] {
        let (asked, found) = searched(&answers);
        assert_eq!(asked, places[..count], "{answers:?}");
        assert!(found.starts_with(said) && found.is_empty() == said.is_empty(), "{found}");
    }
    // Through a project that is not there yet nothing can be read.
    let (asked, found) = searched(&[missing(), shared()]);
    assert_eq!((asked, found.as_str()), (vec![places[0].to_owned(), places[2].to_owned()], ""));
}

#[test]
fn a_project_has_its_own_profiles() {
    let mut document = seed("create-bare-metal");
    document["metadata"]["project"] = "ml".into();
    document["spec"]["computeProfile"] = body!({"name": "bmaas-h100"});
    document["spec"]["variables"] = body!([{"name": "Contract Term", "value": "1"}]);
    let declared = resource(document);
    let listed = |project: &str| {
        let mut item = crate::common::profile("bmaas-h100");
        item["metadata"]["project"] = project.into();
        let scope = Scope::Project("ml".into());
        let known = Known::default().listing("ComputeProfile", &scope, &[item]);
        lines(&refine(&declared, &known.snapshot).findings).join("\n")
    };
    assert_eq!(listed("ml"), "");
    assert!(listed("system-catalog").contains("is one of the system catalog"));
}

#[test]
fn the_profile_adds_rules() {
    let known = catalog(&["bmaas-h100"]);
    let declared = instance(body!([{"name": "x", "valueType": "json", "value": "{}"}]));
    let refined = refine(&declared, &known.snapshot).rules;
    let rules = kind("ComputeInstance").rules();
    let at = |text: &str| RuleSet::new(&rules.fields, &refined).at(&path(text));
    assert!(at("spec.variables[Contract Term].value").immutable);
    assert!(at("spec.variables[Infiniband Configuration]").immutable);
    assert!(!at("spec.variables[NVAIE License].value").immutable);
    assert!(at("spec.variables[password].value").write_only);
    assert!(at("spec.variables[Security Policies].value").json);
    assert!(at("spec.variables[zones].value").json, "several values are a JSON array");
    assert!(!at("spec.variables[tags].value").json);
    assert!(at("spec.variables[x].value").json, "declared as json");
    assert_eq!(at("spec.variables[disk].value").default, Some("100".into()));
    assert_eq!(at("spec.variables[disk].valueType").default, Some("text".into()));
    assert_eq!(at("spec.variables[Security Policies].valueType").default, Some("json".into()));
    assert_eq!(at("spec.variables[object_storage].value").default, None);
}

#[test]
fn a_spec_that_comes_as_text_is_read() {
    let mut item = crate::common::profile("bmaas-h100");
    item["spec"] = item["spec"].shown().to_string().into();
    let scope = Scope::Project("system-catalog".into());
    let known = Known::default().listing("ComputeProfile", &scope, &[item]);
    let found = refine(&instance(body!([])), &known.snapshot).findings;
    assert_eq!(found.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::MISSING_PROFILE_VARIABLE]);
}

#[test]
fn duplicates_and_bad_json_are_found_offline() {
    let declared = instance(body!([
        {"name": "A", "value": "1"},
        {"name": "A", "value": "2"},
        {"name": "P", "valueType": "json", "value": "[{]"},
    ]));
    let found = lines(&kind("ComputeInstance").check(&declared));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("PL0406 spec.variables[1]: variable \"A\" is given twice"));
    assert!(found[1].starts_with("PL0206 spec.variables[P].value: variable \"P\" is of type json"));
}

#[test]
fn labels_keep_to_their_syntax() {
    for (label, value, fine) in [
        ("team", "a", true),
        ("example.com/team", "a_b.C-1", true),
        ("team", "", true),
        ("plumb.dev/stack", "mine", false),
        ("", "a", false),
        ("te am", "a", false),
        ("team", "-a", false),
        ("team", "ä", false),
    ] {
        let mut document = seed("create-workspace");
        document["metadata"]["labels"] = body!({label: value});
        let found = kind("Workspace").check(&resource(document));
        assert_eq!(found.is_empty(), fine, "{label} {value}");
    }
    let mut document = seed("create-workspace");
    document["metadata"]["labels"] = body!({"a": "x".repeat(64)});
    assert_eq!(kind("Workspace").check(&resource(document)).len(), 1);
}

#[test]
fn unknown_groups_and_roles_are_found() {
    let document = body!({
        "apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "a@b.c"},
        "spec": {"first_name": "A", "last_name": "B", "user_type": "API",
            "groups": ["devs", "dvs", {"id": "x", "name": "in full"}],
            "projectRoles": [{"project": "ml", "roles":
                ["PROJECT_ADMIN", "PROJECT_ADMN", "ADMIN", {"id": "y", "name": "in full"}]}]},
    });
    let declared = resource(document);
    let mut snapshot = Snapshot::default();
    let role = |name: &str, scope: &str| body!({"metadata": {"name": name, "id": "abc1234"}, "spec": {"scope": scope}});
    let lists = [
        vec![body!({"id": "g1", "name": "devs"})],
        vec![role("PROJECT_ADMIN", "PROJECT"), role("ADMIN", "ORGANIZATION")],
    ];
    for (collection, items) in kind("User").lookups(&declared).iter().zip(lists) {
        snapshot.0.insert(collection.id.clone(), Reading::Items(items));
    }
    assert_eq!(
        lines(&refine(&declared, &snapshot).findings),
        [
            r#"PL0408 spec.groups[1]: there is no group "dvs" (did you mean "devs"?)"#,
            r#"PL0407 spec.projectRoles[0].roles[1]: there is no role "PROJECT_ADMN" (did you mean "PROJECT_ADMIN"?)"#,
            r#"PL0407 spec.projectRoles[0].roles[2]: role "ADMIN" is of scope "ORGANIZATION" (only roles of scope PROJECT can be given in a project)"#,
        ]
    );
    assert!(refine(&declared, &Snapshot::default()).findings.is_empty());
}

#[test]
fn a_user_who_cannot_be_made_is_found_before_anything_is_sent() {
    let declared = |password: Body| {
        resource(body!({
            "apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "a@b.c"},
            "spec": {"first_name": "A", "last_name": "B", "user_type": "API", "password": password,
                "projectRoles": [{"project": "mll", "roles": []}, {"project": "new", "roles": []},
                                 {"project": {"id": "x", "name": "in full"}, "roles": []}]},
        }))
    };
    let new = body!({"apiVersion": "auth/v1", "kind": "Project", "metadata": {"name": "new"}});
    let table = KindTable::new(RAFAY.kinds().iter().map(|kind| kind.rules().clone()));
    let desired = Desired::new(table, [resource(new)]).unwrap();
    let mut snapshot = Snapshot::default();
    let projects = kind("User").lookups(&declared(Body::Null)).remove(2);
    snapshot.0.insert(projects.id, Reading::Items(vec![body!({"id": "p1", "name": "ml"})]));
    let found = |password: Body, seen: Option<Observation>| {
        let resource = declared(password);
        let mut live = Live::default();
        live.objects.extend(seen.map(|seen| (resource.key.clone(), seen)));
        let around = Surroundings::new(&desired, &live, &snapshot);
        lines(&kind("User").refine(&resource, &around).findings)
    };
    let unknown =
        r#"PL0302 spec.projectRoles[0].project: there is no project "mll" (did you mean "ml"?)"#;
    let password = "PL0205 spec.password: a user cannot be made without a password (write \
                    spec.password: {valueFrom: {var: NAME}} and set PLUMB_VAR_NAME)";
    assert_eq!(found(Body::Null, Some(Observation::Absent)), [unknown, password]);
    assert_eq!(found("s".into(), Some(Observation::Absent)), [unknown]);
    assert_eq!(found(Body::Null, None), [unknown]);
    let unseen = Observation::Unknown(ServerText::new("503"));
    assert_eq!(found(Body::Null, Some(unseen)), [unknown]);
}
