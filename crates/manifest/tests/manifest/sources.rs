//! Which files are read, and which are not.

use super::read;
use plumb_manifest::{Outside, load};
use plumb_model::Code;
use plumb_model::plan::PLAN_FILE_HEAD;
use plumb_model::policy::Prune;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn machine(name: &str) -> String {
    format!("apiVersion: toy.dev/v1\nkind: Machine\nmetadata: {{name: {name}}}\n")
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn names(paths: &[PathBuf]) -> (Vec<String>, Vec<Code>) {
    let (_, resolved) = read(paths, &BTreeMap::new());
    let codes = resolved.findings.iter().map(|finding| finding.code).collect();
    let keys = resolved.desired.iter().flat_map(|desired| desired.resources().keys());
    (keys.map(|key| key.name.clone()).collect(), codes)
}

#[test]
fn folders_are_read_but_for_what_is_hidden() {
    let folder = tempfile::tempdir().unwrap();
    for (file, name) in [
        ("b.yaml", "b"),
        ("a.YML", "a"),
        ("deep/er/c.json", "c"),
        (".hidden/d.yaml", "d"),
        (".plumb/e.yaml", "e"),
        ("f.txt", "f"),
        (".g.yaml", "g"),
        ("yaml", "h"),
    ] {
        write(folder.path(), file, &machine(name));
    }
    assert_eq!(
        names(&[folder.path().to_path_buf()]),
        (vec!["a".into(), "b".into(), "c".into()], vec![])
    );
    let (loaded, _) = read(&[folder.path().to_path_buf()], &BTreeMap::new());
    let files: Vec<&str> = loaded
        .documents
        .iter()
        .map(|document| document.file().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(files, ["a.YML", "b.yaml", "c.json"]);
    // A file that is reached twice is read once.
    let twice = [folder.path().to_path_buf(), folder.path().join("b.yaml")];
    assert_eq!(names(&twice).1, []);
    // A file that is named is read whatever it is called.
    assert_eq!(names(&[folder.path().join("f.txt")]).0, ["f"]);
}

#[test]
fn nothing_to_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(names(&[folder.path().to_path_buf()]).1, [Code::NO_DOCUMENTS]);
    write(folder.path(), "empty.yaml", "# nothing\n---\n");
    assert_eq!(names(&[folder.path().to_path_buf()]).1, [Code::NO_DOCUMENTS]);
    assert_eq!(names(&[folder.path().join("missing")]).1, [Code::UNREADABLE_FILE]);
    // What has settings is a stack, and stays one when its last document is gone.
    write(folder.path(), "plumb.yaml", "apiVersion: plumb.dev/v1\nkind: Stack\n");
    assert_eq!(names(&[folder.path().to_path_buf()]), (vec![], vec![]));
    assert_eq!(names(&[folder.path().join("plumb.yaml")]), (vec![], vec![]));
    assert_eq!(names(&[folder.path().join("empty.yaml")]).1, [Code::NO_DOCUMENTS]);
    let outside = Outside { variable: &|_| None, standard_input: None };
    let loaded = load(&[PathBuf::from("-")], &outside);
    assert_eq!(loaded.findings[0].code, Code::UNREADABLE_FILE);
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.yaml", &format!("# {}\n", "x".repeat(8 << 20)));
    assert_eq!(names(&[folder.path().to_path_buf()]).1, [Code::TOO_LARGE]);
}

#[cfg(unix)]
#[test]
fn links_stay_in_the_folder() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "x.yaml", &machine("x"));
    write(folder.path(), ".data/a.yaml", &machine("a"));
    symlink(folder.path().join(".data/a.yaml"), folder.path().join("a.yaml")).unwrap();
    symlink(folder.path(), folder.path().join("round")).unwrap();
    symlink(folder.path().join("gone"), folder.path().join("gone.txt")).unwrap();
    assert_eq!(names(&[folder.path().to_path_buf()]), (vec!["a".into()], vec![]));
    symlink(outside.path().join("x.yaml"), folder.path().join("x.yaml")).unwrap();
    symlink(outside.path(), folder.path().join("y")).unwrap();
    let codes = names(&[folder.path().to_path_buf()]).1;
    assert_eq!(codes, [Code::UNREADABLE_FILE, Code::UNREADABLE_FILE]);
}

#[cfg(unix)]
#[test]
fn value_files_stay_below_the_root() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "key", "x");
    write(folder.path(), "in/key", "abc");
    write(folder.path(), ".git/config", "x");
    write(folder.path(), "large", &"x".repeat((1 << 20) + 1));
    symlink(outside.path().join("key"), folder.path().join("out")).unwrap();
    symlink(folder.path().join(".git"), folder.path().join("git")).unwrap();
    symlink(folder.path().join("in"), folder.path().join("inside")).unwrap();
    for (path, readable) in [
        ("in/key", true),
        ("inside/key", true),
        ("./in/key", true),
        ("out", false),
        ("git/config", false),
        (".git/config", false),
        ("in/../in/key", false),
        ("large", false),
        ("in", false),
        ("/etc/hostname", false),
        ("missing", false),
    ] {
        let value = format!("spec: {{label: {{valueFrom: {{file: {path}}}}}}}\n");
        write(folder.path(), "a.yaml", &(machine("a") + &value));
        let (found, codes) = names(&[folder.path().join("a.yaml")]);
        let wanted = if readable { vec![] } else { vec![Code::UNREADABLE_VALUE_FILE] };
        assert_eq!((found.len(), codes), (usize::from(readable), wanted), "{path}");
    }
}

#[test]
fn the_stack_has_defaults_and_settings() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("My Fleet_");
    write(&root, "a.yaml", &machine("a"));
    write(&root, "b/b.yaml", &machine("b"));
    let (loaded, _) = read(std::slice::from_ref(&root), &BTreeMap::new());
    assert_eq!(loaded.stack.name, "my-fleet");
    assert_eq!((loaded.stack.prune, loaded.stack.limits.deletes), (Prune::Off, 10));
    assert_eq!(loaded.root, root);
    write(
        &root,
        "plumb.yaml",
        "apiVersion: plumb.dev/v1\nkind: Stack\nmetadata: {name: fleet}\nspec: {paths: [b], prune: \
         true, limits: {deletes: 3, hourly: 50.50}, onIndeterminate: {Machine: {retryAfter: 1h30m}}}\n",
    );
    let (loaded, resolved) = read(std::slice::from_ref(&root), &BTreeMap::new());
    assert_eq!(resolved.findings, []);
    assert_eq!((loaded.stack.name.as_str(), loaded.stack.prune), ("fleet", Prune::On));
    assert_eq!((loaded.stack.limits.deletes, loaded.stack.limits.share_percent), (3, 30));
    assert_eq!(loaded.stack.limits.hourly, "50.5".parse().ok());
    let patience = std::time::Duration::from_mins(90);
    assert_eq!(loaded.stack.give_up, BTreeMap::from([("Machine".to_owned(), patience)]));
    assert_eq!(names(std::slice::from_ref(&root)).0, ["b"]);
    // The settings' own file stands for its folder, and a file of it has the folder's settings.
    assert_eq!(names(&[root.join("plumb.yaml")]).0, ["b"]);
    let (loaded, _) = read(&[root.join("a.yaml")], &BTreeMap::new());
    assert_eq!((loaded.stack.name.as_str(), loaded.documents.len()), ("fleet", 1));
}

#[cfg(unix)]
mod kustomize {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A folder with a tool in it that does what a shell script says.
    fn tool(name: &str, script: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    fn build(tools: &Path) -> (Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "kustomization.yaml", "resources: [a.yaml]\n");
        write(folder.path(), "a.yaml", &machine("raw"));
        let path = format!("{}:/usr/bin:/bin", tools.display());
        let variable = |name: &str| match name {
            "PATH" => Some(path.clone()),
            "RCTL_API_KEY" => Some("ra2.secret".to_owned()),
            _ => None,
        };
        let outside = Outside { variable: &variable, standard_input: None };
        let loaded = load(&[folder.path().to_path_buf()], &outside);
        let messages = loaded.findings.iter().map(|finding| {
            let message = finding.message.replace(&folder.path().display().to_string(), "F");
            format!("{} {message}", finding.code)
        });
        let names = loaded.sources.iter().map(|(_, text)| text.to_string());
        (names.collect(), messages.collect())
    }

    #[test]
    fn a_kustomization_goes_through_the_users_tool() {
        let script = "test \"$1\" = build && test -d \"$2\" && printf '# %s\\n' built";
        let (texts, messages) = build(tool("kustomize", script).path());
        assert_eq!(texts, ["# built\n"]);
        assert!(messages.len() <= 1, "{messages:?}");
        let script = "test \"$1\" = kustomize && printf '# by kubectl\\n'";
        assert_eq!(build(tool("kubectl", script).path()).0, ["# by kubectl\n"]);
    }

    #[test]
    fn the_tool_sees_no_keys() {
        let (texts, _) = build(tool("kustomize", "env | sed 's/^/# /'").path());
        assert!(texts[0].contains("# PATH=") && !texts[0].contains("RCTL"), "{texts:?}");
    }

    #[test]
    fn a_tool_that_fails_is_shown() {
        let (texts, messages) =
            build(tool("kustomize", "echo 'no such file\u{1b}[31m' >&2; exit 3").path());
        assert!(texts.is_empty());
        assert_eq!(
            messages,
            [
                "PL0108 the kustomization F cannot be built: kustomize ended with exit status: 3: no \
              such file\\u{1b}[31m"
            ]
        );
        let endless =
            build(tool("kustomize", "while :; do echo 'a: aaaaaaaaaaaaaaaaaa'; done").path());
        assert!(endless.1[0].contains("more than 8 MiB"), "{endless:?}");
    }

    #[test]
    fn no_tool_is_said() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "kustomization.yaml", "");
        let outside = Outside {
            variable: &|name| (name == "PATH").then(|| "/nowhere".to_owned()),
            standard_input: None,
        };
        let loaded = load(&[folder.path().to_path_buf()], &outside);
        assert_eq!(loaded.findings[0].code, Code::KUSTOMIZE_FAILED);
    }
}

#[test]
fn a_plan_file_among_the_manifests_declares_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let all = [folder.path().to_path_buf()];
    let plan = plan_file();
    write(folder.path(), "plan.json", &plan);
    assert_eq!(names(&all).1, [Code::NO_DOCUMENTS]);
    write(folder.path(), "a.yaml", &machine("a"));
    write(folder.path(), "deep/plan.yaml", &plan);
    // The plan of a large fleet is larger than any manifest.
    write(folder.path(), "large.json", &format!("{plan}{}", " ".repeat(9 << 20)));
    assert_eq!(names(&all), (vec!["a".into()], vec![]));
    assert_eq!(names(&[folder.path().join("plan.json")]).1, [Code::NO_DOCUMENTS]);
    write(folder.path(), "other.json", &plan.replacen("plan", "plans", 1));
    assert_eq!(names(&all).1.len(), 1, "what is not a plan file is a manifest, and wrong");
}

/// Taken for a plan, it would declare nothing, and what it means to declare would be pruned.
#[test]
fn what_only_begins_like_a_plan_file_is_an_error() {
    let plan = plan_file();
    let manifest = machine("b");
    let large = format!("{plan}{}]", " ".repeat(9 << 20));
    for text in [
        PLAN_FILE_HEAD.to_owned(),
        plan[..plan.len() - 1].to_owned(),
        format!("{PLAN_FILE_HEAD}1}}"),
        format!("{PLAN_FILE_HEAD}1}}\n---\n{manifest}"),
        format!("{plan}\n---\n{manifest}"),
        plan.replacen("1,", "1,\"kind\":\"Machine\",", 1),
        plan.replacen("1,", "1,\"apiVersion\":\"toy/v1\",", 1),
        plan.replacen("\"actions\":[]", "\"actions\":{}", 1),
        large,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let all = [folder.path().to_path_buf()];
        write(folder.path(), "a.yaml", &machine("a"));
        write(folder.path(), "b.yaml", &text);
        let shown = text.get(..80).unwrap_or(&text);
        assert_eq!(names(&all).1, [Code::UNREADABLE_FILE], "{shown}");
    }
}

fn plan_file() -> String {
    format!(
        "{PLAN_FILE_HEAD}1,\"paths\":[\".\"],\"plan\":{{\"stack\":\"fleet\",\"actions\":[]}},\
         \"basis\":{{}}}}"
    )
}
