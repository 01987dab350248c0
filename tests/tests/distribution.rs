//! What a release is called stands in several files that cannot share it: they say the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).unwrap()
}

/// The targets that a text names.
fn targets(text: &str) -> BTreeSet<String> {
    let words = text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '-' || it == '_'));
    let of_dist = |word: &&str| word.ends_with("-linux-musl") || word.ends_with("-apple-darwin");
    words.filter(of_dist).map(|word| word.trim_start_matches("plumb-cli-").to_owned()).collect()
}

#[test]
fn the_action_installs_what_releases_have() {
    let released = targets(&text("dist-workspace.toml"));
    assert_eq!(released.len(), 3);
    assert_eq!(targets(&text("action.yml")), released);
    assert!(text("action.yml").contains("archive=plumb-cli-$target.tar.xz"));
    let images = text(".github/workflows/publish-images.yml");
    for pair in ["amd64:x86_64", "arm64:aarch64", "plumb-cli-${pair#*:}-unknown-linux-musl.tar.xz"]
    {
        assert!(images.contains(pair), "{pair}");
    }
    assert!(text("crates/cli/Cargo.toml").contains("name = \"plumb-cli\""));
    assert!(text("README.md").contains("/plumb-cli-installer.sh"));
    assert!(targets(&text("docs/releases.md")).is_subset(&released));
}

/// Everybody who copies a workflow gets the release it was tried with.
#[test]
fn what_is_copied_names_this_release() {
    let version = env!("CARGO_PKG_VERSION");
    for name in ["plan.yml", "apply.yml", "drift.yml"] {
        let text = text(&format!("docs/ci/github/{name}"));
        let used: BTreeSet<&str> =
            text.lines().filter(|line| line.contains("OWNER/plumb@")).collect();
        assert_eq!(used.len(), 1);
        assert!(used.first().unwrap().ends_with(&format!("@v{version}")), "{name}: {used:?}");
    }
    for name in ["drift", "apply"] {
        let text = text(&format!("deploy/kubernetes/{name}/kustomization.yaml"));
        assert!(text.contains(&format!("newTag: {version}-ci")), "{name}");
    }
}
