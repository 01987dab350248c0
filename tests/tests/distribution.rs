//! What a release is called stands in several files that cannot share it: they say the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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
    let of_action = format!("uses: {}/plumb@", owner());
    for name in ["plan.yml", "apply.yml", "drift.yml"] {
        let text = text(&format!("docs/ci/github/{name}"));
        let used: BTreeSet<&str> = text.lines().filter(|line| line.contains(&of_action)).collect();
        assert_eq!(used.len(), 1);
        assert!(used.first().unwrap().ends_with(&format!("@v{version}")), "{name}: {used:?}");
    }
    let image = format!("PLUMB_IMAGE: ghcr.io/{}/plumb:{version}-ci\n", owner());
    assert!(text("docs/ci/gitlab/plumb.gitlab-ci.yml").contains(&image), "{image}");
    for name in ["drift", "apply"] {
        let text = text(&format!("deploy/kubernetes/{name}/kustomization.yaml"));
        assert!(text.contains(&format!("newTag: {version}-ci")), "{name}");
    }
}

/// Whose the repository is, as Cargo.toml says; `OWNER` until somebody does.
fn owner() -> String {
    let text = text("Cargo.toml");
    let line = text.lines().find(|line| line.starts_with("repository = ")).unwrap();
    line.split('/').nth(3).unwrap().to_owned()
}

/// The files whose lines people copy.
fn copied() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    let single = ["README.md", "Containerfile", "Cargo.toml", "action.yml", "dist-workspace.toml"];
    let mut places: Vec<PathBuf> = single.map(|name| root.join(name)).to_vec();
    places.extend(["docs", "deploy", ".pre-commit-hooks.yaml"].map(|name| root.join(name)));
    while let Some(place) = places.pop() {
        if place.is_dir() {
            // Neither is meant for a shell: they tell why, and what others wrote.
            let kept =
                |path: &PathBuf| !path.ends_with("decisions") && !path.ends_with("contracts");
            let inside = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path());
            places.extend(inside.filter(kept));
        } else {
            files.push(place);
        }
    }
    files.sort();
    files
}

/// The owner that a text names at each place where the repository, its images and its tap stand.
fn owners(text: &str) -> Vec<&str> {
    let before = ["github.com/", "ghcr.io/", "uses: ", "brew install ", "tap = \"", "--repo "];
    let named = before.into_iter().flat_map(|words| text.split(words).skip(1));
    let ours = named.filter_map(|rest| {
        let (owner, rest) = rest.split_once('/')?;
        let is_ours = ["plumb", "tap/plumb", "homebrew-tap"].iter().any(|it| rest.starts_with(it));
        is_ours.then_some(owner)
    });
    ours.collect()
}

/// One command sets it everywhere (docs/releases.md).
#[test]
fn everything_that_is_copied_names_one_owner() {
    let mut found = 0;
    for file in copied() {
        let text = fs::read_to_string(&file).unwrap();
        for named in owners(&text) {
            assert_eq!(named, owner(), "{}", file.display());
            found += 1;
        }
    }
    assert!(found >= 15, "{found}");
}

/// What is to be written in a line's place is `…`, which no shell takes for a value, or the owner.
#[test]
fn no_other_placeholder_stands_in_a_line_that_is_copied() {
    let is_word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    for file in copied() {
        let text = fs::read_to_string(&file).unwrap();
        let markdown = file.extension().is_some_and(|it| it == "md");
        for line in text.lines() {
            let shell = line.strip_prefix("$ ");
            let line = shell.unwrap_or(line);
            let line = line.split("  #").next().unwrap();
            if (markdown && shell.is_none()) || line.trim_start().starts_with('#') {
                continue;
            }
            for (at, word) in line.split(|it| !is_word(it)).map(|it| (place(line, it), it)) {
                let stands_for =
                    ["YOUR", "MY", "REPLACE", "CHANGEME", "TODO", "FIXME", "XXX", "ORG"];
                let is_one = word.split('_').any(|part| stands_for.contains(&part));
                assert!(!is_one, "{}: {line}", file.display());
                // In a shell's line only a variable has capitals.
                let capitals = word.len() > 2 && !word.chars().any(|it| it.is_ascii_lowercase());
                let named = capitals && word.chars().any(char::is_alphabetic) && word != owner();
                let is_variable =
                    line[at + word.len()..].starts_with('=') || line[..at].ends_with('$');
                assert!(shell.is_none() || !named || is_variable, "{}: {line}", file.display());
            }
            assert!(shell.is_none_or(|it| !it.contains('<')), "{}: {line}", file.display());
        }
    }
}

/// Where a part of a text begins in it.
fn place(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}
