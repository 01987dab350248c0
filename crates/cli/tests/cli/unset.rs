//! Variables that are not set: what sends nothing needs none of them, what writes needs all.

use crate::harness::{Cloud, Site, stack, workspace};
use serde_json::json;

/// A workspace that takes its description from a variable.
fn described(name: &str, readme: &str) -> String {
    let lines = format!("  name: {name}\n  description: {{valueFrom: {{var: ABOUT}}}}\n");
    let text = workspace(name).replace(&format!("  name: {name}\n"), &lines);
    format!("{text}spec:\n  readme: {readme}\n")
}

const VARIABLE: &str = "PLUMB_VAR_ABOUT";

fn applied(cloud: &Cloud) -> Site {
    let mut site = Site::at(cloud);
    site.write("plumb.yaml", &stack("fleet", ""));
    site.write("dev.yaml", &described("dev", "hello"));
    site.set(VARIABLE, "what it is for");
    site.exits(0, "apply --yes");
    site.unset(VARIABLE);
    site
}

#[test]
fn what_sends_nothing_needs_no_secret() {
    let cloud = Cloud::start(&json!({}));
    let mut site = applied(&cloud);
    site.exits(0, "validate").says(&["Valid: 1 resource."]).keeps_quiet_of(&["PL0305"]);
    site.exits(0, "validate --live").says(&["Valid: 1 resource."]);
    site.exits(0, "graph").says(&["Workspace/defaultproject/dev"]);
    let ran = site.exits(0, "plan --why --detailed-exitcode");
    ran.says(&["No changes. What was compared of stack fleet is as its manifests say."]);
    ran.says(&["PL0539 PLUMB_VAR_ABOUT is not set: 1 value is not compared"]);
    ran.says(&["metadata.description", "the environment variable it is in is not set"]);
    let ran = site.exits(0, "drift");
    ran.says(&["No drift in what was looked at", "PL0539"]).keeps_quiet_of(&["The live world"]);
    // It is found out as soon as it can be.
    site.set(VARIABLE, "another");
    site.exits(2, "plan --detailed-exitcode").says(&["metadata.description"]);
    site.unset(VARIABLE);
    site.exits(0, "destroy --confirm fleet");
}

#[test]
fn what_is_sent_needs_every_variable() {
    let cloud = Cloud::start(&json!({}));
    let mut site = applied(&cloud);
    for line in ["apply --yes", "plan --out reviewed.plan", "adopt --yes Workspace/dev"] {
        let ran = site.exits(1, line);
        ran.says(&["error[PL0305]", "dev.yaml:5:16", VARIABLE, "set PLUMB_VAR_ABOUT where plumb"]);
    }
    // What has to be changed or made says which one; the rest is planned.
    site.write("dev.yaml", &described("dev", "other"));
    site.write("new.yaml", &described("new", "hello"));
    site.write("plain.yaml", &workspace("plain"));
    let ran = site.exits(4, "plan");
    ran.says(&["PL0305", "metadata.description in PLUMB_VAR_ABOUT", "set PLUMB_VAR_ABOUT"]);
    ran.says(&["Plan: 1 to add, 0 to change, 0 to destroy. 2 blocked."]);
    site.set(VARIABLE, "what it is for");
    site.exits(0, "apply --yes");
    site.unset(VARIABLE);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}
