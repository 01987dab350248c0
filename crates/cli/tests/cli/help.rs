//! What people need to read when they made one of the common mistakes.

use crate::harness::{Cloud, Site, stack, virtual_machine, workspace};
use serde_json::json;

/// A machine of the other cloud is another machine, with another price.
#[test]
fn a_suggestion_never_crosses_clouds() {
    let site = Site::empty().with_workspace("dev");
    let version = "apiVersion: voltagepark.com/v1";
    site.write(
        "box.yaml",
        &virtual_machine("box").replace(version, "apiVersion: paas.envmgmt.io/v1"),
    );
    let ran = site.exits(1, "validate");
    ran.says(&["there is no kind VirtualMachine in paas.envmgmt.io/v1"]);
    ran.keeps_quiet_of(&["voltagepark.com"]);
    site.write("box.yaml", &virtual_machine("box").replace("/v1", "/v2"));
    site.exits(1, "validate").says(&["did you mean voltagepark.com/v1 VirtualMachine?"]);
}

#[test]
fn an_address_that_names_nothing_says_what_there_is() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("training");
    let target = |address: &str| site.exits(1, &format!("plan --target {address}"));
    target("Workspace/trainin").says(&["did you mean Workspace/defaultproject/training?"]);
    target("workspace/training").says(&["did you mean Workspace/defaultproject/training?"]);
    target("Workspace/other/training").says(&["did you mean Workspace/defaultproject/training?"]);
    target("Workspace/x").says(&["there are Workspace/defaultproject/training"]);
    target("Service/x").says(&["write Kind/name, or Kind/project/workspace/name"]);
}

#[test]
fn a_code_is_found_as_it_is_printed_and_an_unknown_one_says_where_codes_are() {
    let site = Site::empty();
    for code in ["PL0501", "pl0501", "501", "0501", "error[PL0501]"] {
        site.exits(0, &format!("explain {code}")).says(&["PL0501: "]);
    }
    site.exits(1, "explain PL0599").says(&["the codes PL05nn are PL0501 to PL05"]);
    site.exits(1, "explain nonsense").says(&["`plumb explain` lists all codes"]);
}

/// Everything below the folder is read, and repositories hold other files as well.
#[test]
fn files_of_other_programs_lead_to_spec_paths() {
    let site = Site::empty().with_workspace("dev");
    for text in [
        "services:\n  web: {image: nginx}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
        "- hosts: all\n",
    ] {
        site.write("other.yaml", text);
        site.exits(1, "validate").says(&["other.yaml:", "spec.paths"]);
    }
    site.write("plumb.yaml", &stack("fleet", "  paths: [dev.yaml]"));
    site.exits(0, "validate");
}

#[test]
fn what_only_looks_like_a_space_is_named() {
    let site = Site::empty().with_workspace("dev");
    for text in [
        workspace("dev").replace("name: dev", "name:\u{a0}dev"),
        workspace("dev").replace("  name: dev", "\u{a0} name: dev"),
    ] {
        site.write("dev.yaml", &text);
        site.exits(1, "validate").says(&["PL0105", "dev.yaml:4:", "U+00A0", "write a space"]);
    }
    let with = |text: &str| workspace("dev").replace("name: dev", &format!("name: dev\n  {text}"));
    for fine in ["description: 20\u{a0}nodes", "description: |\n    Note:\u{a0}none\n    \u{a0} x"]
    {
        site.write("dev.yaml", &with(fine));
        site.exits(0, "validate");
    }
}

#[test]
fn an_integer_that_is_too_long_says_what_to_do() {
    let site = Site::empty();
    site.write(
        "box.yaml",
        &virtual_machine("box").replace("count: 1", "count: 99999999999999999999"),
    );
    site.exits(1, "validate").says(&["PL0206", "18446744073709551615", "put it in quotes"]);
}

/// An expired key is not a wrong one.
#[test]
fn a_refused_key_is_told_in_the_servers_words() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    cloud.knobs("voltage-park", &json!({"key_expires_at": "2001-01-01T00:00:00Z"}));
    let said = "did not accept the API key: API key has expired";
    site.exits(1, "plan").says(&["PL0603", said]);
    site.exits(1, "doctor").says(&["voltage-park did not accept it: API key has expired"]);
}

/// A kustomization is built as a whole: settings beside it or below it would be left out silently.
#[test]
fn settings_in_a_kustomization_are_found() {
    let site = Site::empty().with_workspace("dev");
    site.write("prod/kustomization.yaml", "resources: [base/x.yaml]\n");
    for place in ["prod/plumb.yaml", "prod/base/plumb.yaml"] {
        site.write(place, &stack("other", ""));
        site.exits(1, "validate").says(&["PL0210", place, "is not in the root folder"]);
        site.remove(place);
    }
}
