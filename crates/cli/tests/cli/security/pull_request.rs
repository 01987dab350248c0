//! A pull request is hostile input: what it brings along reads nothing of the CI machine, sends
//! nothing anywhere, and hangs nothing. The machine's secrets are canaries.

use crate::harness::{Cloud, Ran, Site, stack, workspace};
use crate::security::wire::{Answer, Server};
use plumb_model::text::acts;
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What stands in a file of the CI machine, outside of the repository.
const OUTSIDE: &str = "Canary-outside-6d20";
/// What stands in the CI job's environment.
const JOB: &str = "Canary-job-91c3";
/// Far longer than any of these commands takes, and far shorter than a pipe lasts.
const SOON: Duration = Duration::from_secs(20);

const COMMANDS: [&str; 4] = ["validate", "plan", "apply --yes", "validate --format json"];

/// A repository with a file outside of it, and a job with a secret of its own.
fn site() -> Site {
    let mut site = Site::empty();
    site.set("AWS_SECRET_ACCESS_KEY", JOB);
    site.set("PLUMB_RAFAY_ENDPOINT", "https://console.invalid");
    site.set("PLUMB_RAFAY_API_KEY", JOB);
    site.write("plumb.yaml", &stack("fleet", ""));
    site.write("dev.yaml", &workspace("dev"));
    fs::create_dir(site.beside("outside")).unwrap();
    let text = format!("{}spec: [{OUTSIDE}\n", workspace("outside"));
    fs::write(site.beside("outside/secrets.yaml"), text).unwrap();
    site
}

/// Sees that each command ends soon, with an error that says this, and tells no secret.
#[track_caller]
fn expect_refused(site: &Site, says: &[&str]) {
    for line in COMMANDS {
        let began = Instant::now();
        let ran = site.exits(1, line);
        assert!(began.elapsed() < SOON, "{line} took {:?}", began.elapsed());
        ran.says(says);
        expect_quiet(&ran);
    }
}

#[track_caller]
fn expect_quiet(ran: &Ran) {
    ran.keeps_quiet_of(&[OUTSIDE, JOB, "root:x:", "the key of the hashes"]);
}

fn described(value: &str) -> String {
    workspace("dev").replace("  name: dev\n", &format!("  name: dev\n  description: {value}\n"))
}

#[test]
fn variables_of_the_job_are_out_of_reach() {
    let site = site();
    for name in ["AWS_SECRET_ACCESS_KEY", "PLUMB_RAFAY_API_KEY", "PATH", "HOME", "RAFAY_API_KEY"] {
        site.write("dev.yaml", &described(&format!("{{valueFrom: {{var: {name}}}}}")));
        let ran = site.exits(1, "apply --yes");
        ran.says(&["PL0305", &format!("PLUMB_VAR_{name}")]);
        expect_quiet(&ran);
        for line in ["validate", "graph"] {
            expect_quiet(&site.exits(0, line));
        }
    }
    for name in ["\"../PATH\"", "\"\"", "\"A=B\"", "\"PLUMB_VAR_X\\0\"", "[PATH]", "$PATH"] {
        site.write("dev.yaml", &described(&format!("{{valueFrom: {{var: {name}}}}}")));
        expect_refused(&site, &["PL03"]);
    }
}

#[test]
fn files_of_the_machine_are_out_of_reach() {
    let site = site();
    symlink(site.beside("outside/secrets.yaml"), site.root().join("link")).unwrap();
    symlink("/etc", site.root().join("folder")).unwrap();
    fs::create_dir(site.root().join("deep")).unwrap();
    symlink("../folder", site.root().join("deep/again")).unwrap();
    fs::create_dir(site.root().join(".plumb")).unwrap();
    site.write(".plumb/hash-key", "the key of the hashes");
    site.write(".git/config", OUTSIDE);
    symlink(".git/config", site.root().join("innocent")).unwrap();
    pipe(&site.root().join("pipe"));
    let outside = site.beside("outside/secrets.yaml");
    for path in [
        "/etc/passwd",
        outside.to_str().unwrap(),
        "../outside/secrets.yaml",
        "deep/../../outside/secrets.yaml",
        "link",
        "folder/passwd",
        "deep/again/passwd",
        ".git/config",
        "./.git/config",
        ".plumb/hash-key",
        "innocent",
        "pipe",
        ".",
        "",
        "/proc/self/environ",
        "/dev/zero",
    ] {
        site.write("dev.yaml", &described(&format!("{{valueFrom: {{file: {path:?}}}}}")));
        expect_refused(&site, &["PL03", "value"]);
    }
    // A link that stays inside is a file like any other.
    fs::remove_file(site.root().join("folder")).unwrap();
    fs::remove_file(site.root().join("deep/again")).unwrap();
    site.write("text", "inside\n");
    symlink("text", site.root().join("inside")).unwrap();
    site.write("dev.yaml", &described("{valueFrom: {file: inside}}"));
    site.exits(0, "validate");
}

#[test]
fn links_do_not_lead_out_of_the_repository() {
    let leads_out = "the symbolic link leads out of the folder";
    for (link, target) in [
        ("other.yaml", "outside/secrets.yaml"),
        ("folder", "outside"),
        ("plumb.yaml", "outside/secrets.yaml"),
        ("kustomization.yaml", "outside/secrets.yaml"),
        ("apps/kustomization.yaml", "outside/secrets.yaml"),
    ] {
        let site = site();
        let link = site.root().join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        let _there = fs::remove_file(&link);
        symlink(site.beside(target), &link).unwrap();
        expect_refused(&site, &[leads_out, link.file_name().unwrap().to_str().unwrap()]);
    }
    for (link, target) in [
        ("plumb.yaml", "/proc/self/environ"),
        ("plumb.yaml", "/etc/passwd"),
        ("a.json", "/dev/zero"),
    ] {
        let site = site();
        let link = site.root().join(link);
        let _there = fs::remove_file(&link);
        symlink(target, &link).unwrap();
        expect_refused(&site, &[leads_out]);
    }
    let site = site();
    symlink(site.beside("outside"), site.root().join("folder")).unwrap();
    site.write("plumb.yaml", &stack("fleet", "  paths: [folder]"));
    expect_refused(&site, &["spec.paths leads out of the folder"]);
    for path in ["../outside", "/etc", "folder/../../outside"] {
        site.write("plumb.yaml", &stack("fleet", &format!("  paths: [{path}]")));
        expect_refused(&site, &["which is not below this folder"]);
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_pipe_is_not_waited_for() {
    for name in ["pipe.yaml", "deep/pipe.json", "plumb.yaml", "kustomization.yaml"] {
        let site = site();
        let path = site.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _there = fs::remove_file(&path);
        pipe(&path);
        expect_refused(&site, &["it is not a regular file", name.rsplit('/').next().unwrap()]);
    }
    let site = site();
    pipe(&site.root().join("pipe"));
    site.write("plumb.yaml", &stack("fleet", "  paths: [pipe]"));
    expect_refused(&site, &["spec.paths names no file or folder"]);
}

#[test]
fn an_endpoint_or_a_key_in_the_repository_is_refused_and_nothing_is_sent() {
    let cloud = Cloud::start(&json!({}));
    let thief = Server::answering(Answer::json(200, &json!({"results": []})));
    let endpoint = &thief.endpoint;
    for spec in [
        format!("  endpoint: {endpoint}"),
        format!("  connections: [{{name: rafay, endpoint: {endpoint}}}]"),
        format!("  connections:\n    - {{name: rafay, provider: rafay, url: {endpoint}}}"),
        format!("  rafay: {{server: {endpoint}, apiKey: in-the-repository}}"),
        "  ledger: s3://user:in-the-repository@bucket/path".to_owned(),
        "  headers: {Authorization: in-the-repository}".to_owned(),
    ] {
        let mut site = Site::at(&cloud).with_workspace("dev");
        site.set("AWS_SECRET_ACCESS_KEY", JOB);
        site.write("plumb.yaml", &stack("fleet", &spec));
        expect_refused(&site, &["PL0", "plumb.yaml"]);
    }
    for document in [
        format!(
            "apiVersion: plumb.dev/v1\nkind: Connection\nmetadata: {{name: rafay}}\nspec: {{endpoint: {endpoint}}}\n"
        ),
        workspace("two").replace("metadata:\n", &format!("endpoint: {endpoint}\nmetadata:\n")),
        workspace("two").replace(
            "metadata:\n",
            &format!("metadata:\n  annotations: {{plumb.dev/endpoint: {endpoint:?}}}\n"),
        ),
    ] {
        let mut site = Site::at(&cloud).with_workspace("dev");
        site.set("AWS_SECRET_ACCESS_KEY", JOB);
        site.write("two.yaml", &document);
        expect_refused(&site, &["PL0", "two.yaml"]);
    }
    // A file of connections in the repository is no file of connections.
    let mut site = Site::at(&cloud).with_workspace("dev");
    site.variables.clear();
    let file = json!({"connections": [{
        "name": "rafay", "provider": "rafay", "endpoint": endpoint, "key": {"variable": "KEY"},
    }]});
    site.set("KEY", JOB);
    for place in ["connections.yaml", ".config/plumb/connections.yaml", "plumb/connections.yaml"] {
        site.write(place, &file.to_string());
        let ran = site.exits(1, "plan");
        expect_quiet(&ran);
        site.remove(place);
    }
    assert_eq!(thief.lines(), [""; 0]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

/// A program that does as `kustomize` does, as far as a test can tell.
fn install_kustomize(site: &mut Site, script: &str) {
    use std::os::unix::fs::PermissionsExt;
    let folder = site.beside("tools");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("kustomize");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    site.set("PATH", &format!("{}:/usr/bin:/bin", folder.display()));
}

#[test]
fn a_kustomization_gets_no_secret_and_nothing_is_fetched_by_plumb() {
    let base = Server::answering(Answer::json(200, &json!({})));
    let mut site = site();
    let kustomization =
        format!("resources: [{}/base, git::https://example.invalid/x]\n", base.endpoint);
    site.write("apps/kustomization.yaml", &kustomization);
    // No tool: nothing is built, and plumb fetches nothing by itself.
    site.set("PATH", "/nowhere");
    expect_refused(&site, &["neither kustomize nor kubectl is installed"]);
    // What the tool sees: no key, no variable of a manifest, and no leave to run programs.
    let seen = site.beside("seen");
    site.set("PLUMB_VAR_PASSWORD", OUTSIDE);
    let script = format!(
        "env > {0}; echo \"$@\" >> {0}; printf '%s' '{1}'",
        seen.display(),
        workspace("built")
    );
    install_kustomize(&mut site, &script);
    site.exits(0, "validate").says(&["Valid: 2 resources."]);
    let seen = fs::read_to_string(&seen).unwrap();
    for word in [JOB, OUTSIDE, "PLUMB_", "AWS_", "enable-exec", "alpha-plugins", "load-restrictor"]
    {
        assert!(!seen.contains(word), "{word}:\n{seen}");
    }
    assert_eq!(base.lines(), [""; 0]);
}

#[test]
fn what_a_kustomization_says_is_harmless_and_limited() {
    for (script, says) in [
        ("printf '\\033[2J\\n::error::taken\\n##[command]x' >&2; exit 1", "cannot be built"),
        ("yes '# filler'", "wrote more than 8 MiB"),
        ("printf '\\377\\376'", "not UTF-8"),
    ] {
        let mut site = site();
        site.write("apps/kustomization.yaml", "resources: [https://example.invalid/base]\n");
        install_kustomize(&mut site, script);
        let ran = site.exits(1, "validate");
        ran.says(&[says]);
        expect_harmless(&ran);
    }
}

#[track_caller]
fn expect_harmless(ran: &Ran) {
    let all = ran.all();
    assert!(!all.chars().any(|character| acts(character) && character != '\n'), "{all:?}");
    let is_command = |line: &str| line.trim_start().starts_with("::") || line.contains("##[");
    assert!(!all.lines().any(is_command), "{all}");
}

#[test]
fn names_of_files_and_words_of_manifests_are_harmless() {
    let names = [
        "\u{1b}[2J.yaml",
        "a\n::error::taken.yaml",
        "::error::taken.yaml",
        "\u{202e}lmay.yaml",
        "##[command]x.yaml",
        "`whoami`$(id).yaml",
    ];
    let words = "\"\\e[2J\\n::error::taken\\n##[command]x \\u202e\"";
    for name in names {
        for text in [
            "apiVersion: [\n".to_owned(),
            workspace("dev").replace("name: dev", &format!("name: {words}")),
            workspace("dev").replace("kind: Workspace", &format!("kind: {words}")),
            workspace("dev").replace("  name: dev", &format!("  {words}: dev")),
            workspace("dev").replace("name: dev", "name: \u{202e}dev"),
            "# \u{1b}[2J\n::error::taken: [\n##[command]x\n".to_owned(),
        ] {
            let site = Site::empty();
            site.write("plumb.yaml", &stack("fleet", ""));
            site.write(name, &text);
            for line in ["validate", "validate --format json", "validate --format markdown"] {
                let words: Vec<&str> = line.split(' ').collect();
                expect_harmless(&site.plumb(&words));
            }
        }
    }
}
