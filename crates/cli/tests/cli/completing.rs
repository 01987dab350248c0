//! Addresses that a shell offers: asked of plumb by the script that it prints, here run by bash.

use crate::binary::plumb;
use crate::harness::{Cloud, Site, virtual_machine, workspace};
use serde_json::json;
use std::process::Command;

/// Has bash complete as it does on a tab behind the last word.
const TAB: &str = r#"
    source <("$PLUMB" completions bash)
    [[ $(complete -p plumb) =~ -F\ ([a-z_]+) ]] || exit 1
    COMP_WORDS=("$PLUMB" "${@:2}") COMP_CWORD=$(($# - 1))
    "${BASH_REMATCH[1]}" "$PLUMB" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' "${COMPREPLY[@]}"
"#;

/// What bash offers; `|` stands between its words.
#[track_caller]
fn offered(site: &Site, words: &str) -> Vec<String> {
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-c", TAB, "bash"]).args(words.split('|'));
    command.current_dir(site.root()).env_clear().env("PATH", "/usr/bin:/bin").env("PLUMB", plumb());
    let output = command.envs(&site.variables).output().unwrap();
    assert!(output.status.success(), "{words}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn addresses_are_offered_where_one_is_wanted_and_nothing_is_sent() {
    let cloud = Cloud::start(&json!({}));
    let site =
        Site::at(&cloud).with_documents("fleet", &[workspace("dev"), virtual_machine("box")]);
    site.write("third.yaml", &workspace("gone"));
    site.exits(0, "apply --yes");
    // Declared no more, and on record still.
    site.remove("third.yaml");
    site.write("new.yaml", &workspace("new"));
    let calls = cloud.calls();
    let (machine, project) = ("VirtualMachine/box", "Workspace/defaultproject");
    let [dev, gone, new] = ["dev", "gone", "new"].map(|name| format!("{project}/{name}"));
    let all = [machine, &dev, &gone, &new];
    assert_eq!(offered(&site, "plumb|resolve|"), all);
    assert_eq!(offered(&site, "plumb|adopt|VirtualMachine/box|Work"), all[1..]);
    assert_eq!(offered(&site, "plumb|action|power|reset|V"), [machine]);
    assert_eq!(offered(&site, "plumb|plan|.|--target|W"), all[1..]);
    // Bash has `=` as a word.
    assert_eq!(offered(&site, "plumb|apply|--exclude|=|V"), [machine]);
    assert_eq!(offered(&site, "plumb|apply|--exclude|="), all);
    assert_eq!(offered(&site, "plumb|-v|destroy|--target|"), all);
    // Whatever is wrong with the manifests, the ledger knows what it knows.
    site.write("new.yaml", "kind: [");
    assert_eq!(offered(&site, "plumb|resolve|"), all[..3]);
    // Where another word is wanted, nothing has changed.
    assert_eq!(offered(&site, "plumb|unl"), ["unlock"]);
    assert!(offered(&site, "plumb|get|VirtualMach").contains(&"VirtualMachine".to_owned()));
    assert!(offered(&site, "plumb|plan|--tar").contains(&"--target".to_owned()));
    assert_eq!(offered(&site, "plumb|nothing|V"), [""; 0]);
    // A ledger that others share would have to be asked.
    site.remove("new.yaml");
    assert_eq!(offered(&site, "plumb|resolve|--ledger|s3://bucket/fleet|"), all[..2]);
    assert_eq!(cloud.calls(), calls);
}

/// A manifest's author has no say in what a shell does.
#[test]
fn a_name_that_a_shell_would_run_is_not_offered() {
    let site = Site::empty().with_documents("fleet", &[workspace("dev")]);
    for (index, name) in
        ["$(touch ran)", "`touch ran`", "a;touch ran", "a b", "*"].iter().enumerate()
    {
        site.write(
            &format!("{index}.yaml"),
            &virtual_machine("x").replace("x\n", &format!("'{name}'\n")),
        );
    }
    assert_eq!(
        site.exits(0, "graph --format json").json()["resources"].as_object().unwrap().len(),
        6
    );
    assert_eq!(offered(&site, "plumb|resolve|"), ["Workspace/defaultproject/dev"]);
    assert!(!site.root().join("ran").exists());
}

/// Of the other shells the scripts are only read: they ask the same.
#[test]
fn other_shells_ask_as_well() {
    let site = Site::empty();
    for (shell, asks) in [
        ("zsh", "compdef _plumb_or_addresses plumb"),
        ("fish", "-l exclude -a \"(__plumb_addresses)\""),
    ] {
        let ran = site.exits(0, &format!("completions {shell}"));
        ran.says(&["completions --words", asks]);
    }
}
