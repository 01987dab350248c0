//! What a run came to, as data: complete whether it ended well, was refused, failed or was
//! interrupted, and always what the schema says.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, FAST, Site, finish, signal, stack, until, virtual_machine, workspace};
use serde_json::{Value, json};

/// The result in a file beside the repository, which is what the schema says.
#[track_caller]
fn written(site: &Site) -> Value {
    let text = std::fs::read_to_string(site.beside("result.json")).unwrap();
    let result = serde_json::from_str(&text).unwrap();
    valid(&schema("result"), &result, "result");
    result
}

fn ends(result: &Value) -> Vec<String> {
    let line = |action: &Value| {
        let word = |field: &str| action[field].as_str().unwrap();
        let name = word("address").rsplit('/').next().unwrap();
        format!("{} {name} {}", word("operation"), word("outcome"))
    };
    result["actions"].as_array().unwrap().iter().map(line).collect()
}

fn time(value: &Value) -> jiff::Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn a_run_that_ends_well_says_what_it_did_when_and_at_what_price() {
    let cloud = Cloud::start(&json!({}));
    let documents = [virtual_machine("box"), workspace("dev")];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    let word = site.exits(0, "plan --format json").json()["fingerprint"].clone();
    let ran = site.exits(0, "apply --yes --format json --json-into ../result.json");
    let result = ran.json();
    assert_eq!(written(&site), result);
    assert_eq!(result["plan"]["fingerprint"], word);
    assert_eq!((&result["exit_code"], &result["reason"]), (&json!(0), &Value::Null));
    assert_eq!((&result["command"], &result["stack"]), (&json!("apply"), &json!("fleet")));
    let expected = ["create dev done", "create box done", "wait box done"];
    let mut all = ends(&result);
    all.sort();
    assert_eq!(all, {
        let mut it = expected.map(str::to_owned);
        it.sort();
        it
    });
    assert_eq!(result["counts"]["added"], 2);
    for action in result["actions"].as_array().unwrap() {
        let (began, ended) = (time(&action["began"]), time(&action["ended"]));
        assert!(time(&result["began"]) <= began && began <= ended, "{action:#}");
        assert!(ended <= time(&result["ended"]), "{action:#}");
    }
    let id = cloud.the_one("virtual-machines");
    let create = result["actions"].as_array().unwrap().iter();
    let mut create = create.filter(|it| it["id"].as_str().unwrap().starts_with("create Virtual"));
    assert_eq!(create.next().unwrap()["remote_id"], json!(id));
    let cost = |field: &str| result["cost"][field].as_str().unwrap().parse::<f64>().unwrap();
    assert!(cost("hourly_before") == 0.0 && cost("hourly_after") > 0.0, "{}", result["cost"]);
    assert_eq!(result["cost"]["hourly_after"], result["cost"]["hourly_planned"]);
    // Who reads along has it in words.
    assert!(
        ran.err.contains("Plan: 2 to add") && ran.err.contains("Apply complete"),
        "{}",
        ran.err
    );
    let again = site.exits(0, "apply --yes --format json --json-into ../result.json").json();
    assert_eq!((&again["actions"], &again["exit_code"]), (&json!([]), &json!(0)));
    site.exits(0, "destroy --confirm fleet --json-into ../result.json").says(&["Destroy complete"]);
    let result = written(&site);
    assert_eq!(
        (&result["counts"]["destroyed"], &result["command"]),
        (&json!(2), &json!("destroy"))
    );
    assert!(result["cost"]["hourly_before"] != "0" && result["cost"]["hourly_after"] == "0");
    site.exits(0, "plan --destroy --detailed-exitcode");
}

#[test]
fn a_run_that_fails_says_what_and_why() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.write("two.yaml", &workspace("two"));
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1},
        "effect": {"type": "respond", "status": 422, "body": "{\"detail\": \"no\"}"},
    }));
    site.exits(3, "apply --yes --json-into ../result.json");
    let result = written(&site);
    assert_eq!(result["exit_code"], 3);
    assert!(result["reason"].as_str().unwrap().starts_with("1 not done, PL"), "{result:#}");
    let all = ends(&result);
    let of = |end: &str| all.iter().filter(|line| line.ends_with(end)).count();
    assert_eq!((of(" done"), of(" failed")), (1, 1), "{all:?}");
    let failed = result["actions"].as_array().unwrap();
    let failure = &failed.iter().find(|it| it["outcome"] == "failed").unwrap()["failure"];
    assert!(failure["code"].as_str().unwrap().starts_with("PL"), "{failure}");
    assert!(!failure["message"].as_str().unwrap().is_empty(), "{failure}");
    assert_eq!((&result["counts"]["done"], &result["counts"]["not_done"]), (&json!(1), &json!(1)));
    cloud.control("DELETE", "faults", None);
    site.exits(0, "apply --yes");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

/// A page of what happened: what is not done first, each resource with a bar of time, what was sent again
/// marked, and the money before, now and as planned.
#[test]
fn a_run_is_a_page_with_a_bar_of_time_for_each_resource() {
    // Slow enough that something is waited for.
    let machines = json!({"knobs": {"vm_ip_delay": 100}});
    let cloud = Cloud::start(&json!({"time_scale": 100, "voltage-park": machines}));
    let documents = [virtual_machine("box"), workspace("good"), workspace("odd")];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    cloud.faults(&json!({
        "match": {"method": "POST", "path": "*/workspaces"}, "when": {"nth": 1},
        "effect": {"type": "respond", "status": 422, "body": "{\"detail\": \"<b>no</b>\"}"},
    }));
    cloud.faults(&json!({
        "match": {"method": "POST", "path": "*/workspaces"}, "when": {"nth": 2},
        "effect": {"type": "respond", "status": 429, "body": ""},
    }));
    let ran = site.exits(3, "apply --yes --format html --json-into ../result.json");
    let (page, result) = (&ran.out, written(&site));
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
    assert!(page.contains("2 added, 0 changed, 0 destroyed, 1 step not done."), "{page}");
    assert!(!page.contains("<b>no"), "{page}");
    // Nothing beside it is asked for.
    for part in ["src=", "href=", "url(", "@import"] {
        assert!(!page.contains(part), "{part}");
    }
    let ends: Vec<&str> = page.split("<details data-change=\"").skip(1).collect();
    assert!(
        ends[0].starts_with("failed\">") && ends[0].contains("class=\"failed\""),
        "{}",
        ends[0]
    );
    assert_eq!(ends.len(), 3);
    assert!(ends[1..].iter().all(|row| row.starts_with("done\">")), "{page}");
    assert!(ends.iter().all(|row| row.contains("<svg class=\"track\" role=\"img\" aria-label=\"")));
    let again = ends.iter().filter(|row| row.contains("<rect class=\"retry\""));
    assert_eq!(again.count(), 1, "{page}");
    let machine = ends.iter().find(|row| row.contains("VirtualMachine/box")).unwrap();
    assert!(machine.contains("<rect class=\"wait\"") && machine.contains("waiting"), "{machine}");
    let hourly = result["cost"]["hourly_after"].as_str().unwrap();
    let label = format!("aria-label=\"$0.00 an hour before, ${hourly}");
    assert!(page.contains(label.trim_end_matches('0')), "{label}");
    // Who reads along has the plan and the end in words.
    assert!(ran.err.contains("Plan: 3 to add") && ran.err.contains("Exit 3"), "{}", ran.err);
}

/// Nothing was done, and the result says why: a limit, consent, a mistake in a manifest, a stale plan.
#[test]
fn a_run_that_is_refused_has_a_result() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.write("plumb.yaml", &stack("fleet", "  limits: {deletes: 0}"));
    let word = site.exits(0, "plan --format json").json()["fingerprint"].clone();
    site.exits(0, "apply --yes");
    site.remove("one.yaml");
    site.write("two.yaml", &workspace("two"));

    site.exits(4, "apply --yes --prune --json-into ../result.json");
    let result = written(&site);
    assert_eq!((&result["exit_code"], &result["plan"]["applyable"]), (&json!(4), &json!(false)));
    assert!(result["actions"].as_array().unwrap().iter().all(|it| it["outcome"] == "not_started"));

    let stale = format!("apply --approve {} --json-into ../result.json", word.as_str().unwrap());
    site.exits(7, &stale);
    let result = written(&site);
    assert_eq!(
        (&result["exit_code"], &result["findings"][0]["code"]),
        (&json!(7), &json!("PL0601"))
    );

    let ran = site.exits(1, "apply --format json");
    let result = ran.json();
    valid(&schema("result"), &result, "apply --format json");
    assert!(result["findings"][0]["message"].as_str().unwrap().contains("nobody can be asked"));
    assert!(ran.err.contains("nobody can be asked"), "{}", ran.err);

    site.write("two.yaml", "apiVersion: paas.envmgmt.io/v1\nkind: Workspac\n");
    site.exits(1, "apply --yes --json-into ../result.json");
    let result = written(&site);
    assert_eq!((&result["plan"], &result["stack"]), (&Value::Null, &Value::Null));
    assert_eq!(result["findings"][0]["severity"], "error");
}

#[test]
fn a_run_that_is_interrupted_has_a_result_and_a_killed_one_has_its_plan() {
    for (name, code) in [("INT", Some(130)), ("KILL", None)] {
        let cloud = Cloud::start(&json!({"time_scale": 300}));
        let site = Site::at(&cloud).with_repeatable_example();
        let apply = ["apply", "--yes", "--json-into", "../result.json"];
        let apply = site.command(&apply).spawn().unwrap();
        until("a deployment", || {
            cloud.effects(0).iter().any(|line| line.starts_with("published Service"))
        });
        signal(&apply, name);
        finish(apply);
        let result = written(&site);
        assert_eq!(result["exit_code"], json!(code), "{name}");
        let all = ends(&result);
        let ended = |end: &str| all.iter().filter(|line| line.ends_with(end)).count();
        assert!(ended(" not_started") + ended(" skipped") > 0, "{name}: {all:?}");
        assert_eq!(ended(" done") > 0, code.is_some(), "{name}: {all:?}");
        cloud.control("POST", "clock", Some(&json!({"scale": FAST})));
        site.exits(0, "apply --yes");
        site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    }
}

/// What cannot be written is found out before anything is sent.
#[test]
fn a_result_that_has_no_place_ends_the_run_before_it_begins() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.exits(1, "apply --yes --json-into ../nowhere/result.json").says(&["nowhere/result.json"]);
    assert_eq!(cloud.effect_count(), 0);
}

/// For the pull request: how it ended first, what failed before what was done, deletions before the rest.
#[test]
fn a_result_in_markdown_says_first_what_failed_and_what_is_gone() {
    let cloud = Cloud::start(&json!({}));
    let site =
        Site::at(&cloud).with_documents("fleet", &[virtual_machine("box"), workspace("dev")]);
    let page = site.exits(0, "apply --yes --format markdown").out;
    for text in [
        "### plumb apply of ` fleet `: complete\n\n**2 added, 0 changed, 0 destroyed.**\n",
        "**Cost: $0.00/h before, $1.99/h now, $1.99/h as planned.**\n",
        "| Address | Action | Outcome | Id | Took |\n| --- | --- | --- | --- | ---: |\n",
        "| VirtualMachine/box | create | done | ",
    ] {
        assert!(page.contains(text), "{text:?} is not in:\n{page}");
    }
    site.write("fleet.yaml", &[workspace("one"), workspace("two")].join("---\n"));
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1},
        "effect": {"type": "respond", "status": 422, "body": "{\"detail\": \"no <b>@all</b>\"}"},
    }));
    let page = site.exits(3, "apply --yes --prune --format markdown").out;
    assert!(
        page.starts_with("### plumb apply of ` fleet `: exit 3, 1 not done, PL0620 "),
        "{page}"
    );
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text:?} in:\n{page}"));
    assert!(at("| create | failed |") < at("| delete | done |"));
    assert!(at("| delete | done |") < at("| create | done |"));
    assert!(at("<summary>Not done (1)") < at("<summary>Deleted (2)"), "{page}");
    let stale = site.exits(7, &format!("apply --format markdown --approve {}", word_of(&site))).out;
    assert!(
        stale.contains("exit 7") && stale.contains("What kept it from going on (1)"),
        "{stale}"
    );
}

/// A test for each document: those with a mistake fail, with file and line.
#[test]
fn manifests_are_tests() {
    let site = Site::empty().with_workspace("one");
    let tests = site.exits(0, "validate --format junit").out;
    let passed =
        "<testcase classname=\"plumb\" name=\"Workspace/defaultproject/one\" file=\"one.yaml\"/>";
    assert!(tests.contains(passed), "{tests}");
    site.write("two.yaml", &workspace("two").replace("kind: Workspace", "kind: Workspac"));
    let tests = site.exits(1, "validate --format junit").out;
    assert!(tests.contains("failures=\"1\""), "{tests}");
    assert!(tests.contains("two.yaml:2:"), "{tests}");
}

/// A fingerprint that is of the plan no more.
fn word_of(site: &Site) -> String {
    let word = site.exits(0, "plan --format json").json()["fingerprint"].clone();
    site.write("three.yaml", &workspace("three"));
    word.as_str().unwrap().to_owned()
}
