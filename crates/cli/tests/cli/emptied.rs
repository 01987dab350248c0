//! A stack whose documents are gone: what it owns is named, and can be destroyed.

use crate::harness::{Cloud, Site, stack};
use serde_json::json;

const OWNED: &str = "Workspace/defaultproject/one";

fn emptied(cloud: &Cloud) -> Site {
    let site = Site::at(cloud).with_workspace("one");
    site.exits(0, "apply --yes");
    site.remove("one.yaml");
    site
}

#[test]
fn a_stack_without_documents_names_what_it_owns_and_is_destroyed() {
    let cloud = Cloud::start(&json!({}));
    let site = emptied(&cloud);
    site.exits(0, "validate").says(&["Valid: 0 resources."]);
    site.exits(0, "plan").says(&["PL0530", OWNED, "prune is off"]);
    site.exits(2, "drift").says(&["Owned, not declared", OWNED]);
    site.exits(0, "apply --yes").says(&[OWNED]);
    assert_eq!(cloud.effect_count(), 1, "nothing is deleted unasked");
    site.exits(0, "destroy --confirm fleet").says(&["1 destroyed"]);
    site.exits(0, "plan").says(&["No changes."]);
}

/// A checkout that failed looks like this too: that everything goes is said by whoever runs it.
#[test]
fn an_empty_stack_is_pruned_only_when_the_command_says_so() {
    let cloud = Cloud::start(&json!({}));
    let site = emptied(&cloud);
    site.write("plumb.yaml", &stack("fleet", "  prune: true"));
    site.exits(0, "apply --yes").says(&["PL0530", OWNED]);
    assert_eq!(cloud.effect_count(), 1);
    site.exits(0, "apply --yes --prune").says(&["1 destroyed"]);
}

/// A mistyped folder is not taken for a stack; one that has a ledger is.
#[test]
fn an_empty_folder_is_a_stack_once_it_has_a_ledger() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    for command in ["plan", "drift", "validate", "destroy --confirm fleet"] {
        site.exits(1, command).says(&["PL0107", "no manifests in"]);
    }
    let site = emptied(&cloud);
    site.remove("plumb.yaml");
    site.exits(0, "plan").says(&["PL0530", OWNED]);
}
