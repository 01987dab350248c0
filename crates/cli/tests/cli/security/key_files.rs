//! Keys where an operator keeps them: a file that others can read is refused, what is no key is
//! never sent, and nothing of it is shown.

use crate::harness::{Cloud, Site};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A site whose connection to Voltage Park has its key in a certain place.
fn site_with_key(cloud: &Cloud, key: &Value) -> Site {
    let site = Site::empty();
    let file = json!({"connections": [{
        "name": "voltage-park", "provider": "voltage-park", "endpoint": cloud.endpoint, "key": key,
    }]});
    fs::create_dir_all(site.beside(".config/plumb")).unwrap();
    fs::write(site.beside(".config/plumb/connections.yaml"), file.to_string()).unwrap();
    site
}

/// The file of keys, beside the file of connections.
fn key_file(site: &Site, bytes: &[u8], mode: u32) -> PathBuf {
    let path = site.beside(".config/plumb/key");
    let _there = fs::remove_file(&path);
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn with_file(cloud: &Cloud) -> Site {
    let site = site_with_key(cloud, &json!({}));
    let path = site.beside(".config/plumb/key");
    let file = site.beside(".config/plumb/connections.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("\"key\":{}", &format!("\"key\":{{\"file\":\"{}\"}}", path.display())),
    )
    .unwrap();
    site
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let cloud = Cloud::start(&json!({}));
    let site = with_file(&cloud);
    let key = cloud.voltage_park_key.as_bytes();
    for mode in [0o644, 0o640, 0o604, 0o660, 0o620, 0o601, 0o777] {
        let path = key_file(&site, key, mode);
        let ran = site.exits(1, "get VirtualMachine");
        ran.says(&["PL0605", "can be read by others", &format!("chmod 600 {}", path.display())]);
        ran.keeps_quiet_of(&[&cloud.voltage_park_key]);
    }
    assert_eq!(cloud.calls(), 0);
    for mode in [0o600, 0o400] {
        key_file(&site, key, mode);
        site.exits(0, "get VirtualMachine");
    }
    // A link is what it leads to.
    let path = key_file(&site, key, 0o600);
    let real = site.beside(".config/real");
    fs::rename(&path, &real).unwrap();
    symlink(&real, &path).unwrap();
    site.exits(0, "get VirtualMachine");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).unwrap();
    site.exits(1, "get VirtualMachine").says(&["can be read by others"]);
    fs::remove_file(&real).unwrap();
    site.exits(1, "get VirtualMachine").says(&["No such file"]);
}

#[test]
fn what_is_no_key_is_never_sent_and_never_shown() {
    let cloud = Cloud::start(&json!({}));
    let site = with_file(&cloud);
    for (bytes, says) in [
        (Vec::new(), "is empty"),
        (b" \n\n".to_vec(), "is empty"),
        (b"Canary-first\nCanary-second\n".to_vec(), "more than one line"),
        (b"Canary\x1b[2J".to_vec(), "characters that no key has"),
        (b"Canary\r\nx-other: header".to_vec(), "more than one line"),
        (b"Canary\xff\xfe".to_vec(), "is not text"),
        (b"Canary".repeat(200_000), "is longer than 16 KiB"),
        (vec![0; 1_000_000], "characters that no key has"),
    ] {
        key_file(&site, &bytes, 0o600);
        for line in ["get VirtualMachine", "doctor", "get VirtualMachine -vvv"] {
            let words: Vec<&str> = line.split(' ').collect();
            let ran = site.plumb(&words);
            assert_eq!(ran.code, 1, "{line}\n{}", ran.all());
            ran.keeps_quiet_of(&["Canary", "x-other"]);
            if line.starts_with("get") && !says.starts_with("characters") {
                ran.says(&["PL0605", says]);
            }
            assert!(ran.all().len() < 4_000, "{}", ran.all());
        }
    }
    let path = site.beside(".config/plumb/key");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    site.exits(1, "get VirtualMachine");
    assert_eq!(cloud.calls(), 0);
}

#[test]
fn a_key_in_the_environment_that_is_none_is_never_sent() {
    let cloud = Cloud::start(&json!({}));
    for key in ["Canary-first\nCanary-second", "Canary\u{1b}[2J", "Canary\u{e9}", " "] {
        let mut site = Site::at(&cloud);
        site.set("VOLTAGE_PARK_API_KEY", key);
        let ran = site.exits(1, "get VirtualMachine");
        ran.says(&["PL0605", "VOLTAGE_PARK_API_KEY"]);
        ran.keeps_quiet_of(&["Canary"]);
    }
    assert_eq!(cloud.calls(), 0);
}

#[test]
fn a_key_program_is_limited_and_what_it_says_is_not_shown() {
    let cloud = Cloud::start(&json!({}));
    let key = &cloud.voltage_park_key;
    let shell = |script: &str| json!({"command": ["/bin/sh", "-c", script]});
    let site = site_with_key(&cloud, &shell(&format!("echo {key}; echo Canary >&2")));
    site.exits(0, "get VirtualMachine -vvv").keeps_quiet_of(&["Canary", key]);
    let calls = cloud.calls();
    for (script, says) in [
        ("yes Canary", "printed more than 16 KiB"),
        ("echo Canary; echo Canary", "more than one line"),
        ("echo Canary; exit 4", "exit status: 4"),
        ("true", "is empty"),
        ("kill -9 $$", "signal: 9"),
    ] {
        let site = site_with_key(&cloud, &shell(script));
        let began = Instant::now();
        let ran = site.exits(1, "get VirtualMachine");
        ran.says(&["PL0605", says]);
        ran.keeps_quiet_of(&["Canary\n"]);
        assert!(began.elapsed() < Duration::from_secs(20), "{script}");
    }
    let site = site_with_key(&cloud, &json!({"command": []}));
    site.exits(1, "get VirtualMachine").says(&["PL0605", "key.command is empty"]);
    let site = site_with_key(&cloud, &json!({"command": ["/no/such/program"]}));
    site.exits(1, "get VirtualMachine").says(&["PL0605", "cannot be run"]);
    assert_eq!(cloud.calls(), calls);
}

/// Somebody writes the key itself where its place belongs.
#[test]
fn a_key_in_the_file_of_connections_is_refused_and_not_shown() {
    let cloud = Cloud::start(&json!({}));
    for key in [
        json!("Canary-in-the-file"),
        json!({"value": "Canary-in-the-file"}),
        json!({"Canary-in-the-file": "x"}),
        json!({"variable": ["Canary-in-the-file"]}),
        json!({"file": {"Canary-in-the-file": 1}}),
        json!("a\"b`Canary-in-the-file`"),
        json!(["Canary-in-the-file"]),
    ] {
        let site = site_with_key(&cloud, &key);
        let ran = site.exits(1, "get VirtualMachine");
        ran.says(&["PL0605", "connections.yaml cannot be used"]);
        ran.keeps_quiet_of(&["Canary"]);
    }
    let site = site_with_key(&cloud, &json!("x"));
    let file = site.beside(".config/plumb/connections.yaml");
    for text in [
        "connections: [{name: x, provider: rafay, key: \"Canary-in-the-file",
        "Canary-in-the-file",
        "connections: &Canary [*Canary-in-the-file]",
        "connections: [{Canary-in-the-file: 1}]",
        "\tCanary-in-the-file: {",
    ] {
        fs::write(&file, text).unwrap();
        site.exits(1, "get VirtualMachine").keeps_quiet_of(&["Canary"]);
    }
    assert_eq!(cloud.calls(), 0);
}

/// What a program printed of its environment.
fn seen(site: &Site) -> String {
    fs::read_to_string(site.beside("outside/seen")).unwrap()
}

/// A program that keeps what it sees of its environment.
fn looking(site: &Site, then: &str) -> String {
    fs::create_dir_all(site.beside("outside")).unwrap();
    format!("env > {}; {then}", site.beside("outside/seen").display())
}

/// A helper gets its own vault's token, and nothing that is for others.
#[test]
fn a_key_program_sees_no_other_key() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::empty();
    let script = looking(&site, &format!("echo {}", cloud.voltage_park_key));
    let connection = |name: &str, key: &Value| json!({"name": name, "provider": "voltage-park", "endpoint": cloud.endpoint, "key": key});
    let file = json!({"connections": [
        connection("first", &json!({"command": ["/bin/sh", "-c", script]})),
        connection("second", &json!({"variable": "OTHER_VAULT"})),
    ]});
    fs::create_dir_all(site.beside(".config/plumb")).unwrap();
    fs::write(site.beside(".config/plumb/connections.yaml"), file.to_string()).unwrap();
    let secrets = ["PLUMB_VAR_PASSWORD", "RCTL_API_KEY", "PLUMB_RAFAY_API_KEY", "OTHER_VAULT"];
    for name in secrets {
        site.set(name, "Canary-environment-77d1");
    }
    site.set("VAULT_TOKEN", "of the helper's own");
    site.exits(0, "get VirtualMachine");
    let seen = seen(&site);
    assert!(seen.contains("VAULT_TOKEN=of the helper's own") && seen.contains("HOME="), "{seen}");
    assert!(!seen.contains("Canary-environment"), "{seen}");
}

#[test]
fn git_sees_no_key() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_workspace("dev");
    let git = site.beside("outside/git");
    let script = looking(&site, "exit 1");
    fs::write(&git, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    site.set("PATH", &format!("{}:/usr/bin:/bin", site.beside("outside").display()));
    site.set("PLUMB_VAR_PASSWORD", "Canary-environment-77d1");
    site.exits(0, "apply --yes");
    let seen = seen(&site);
    assert!(seen.contains("HOME="), "{seen}");
    let keys = ["Canary-environment", &cloud.key, &cloud.voltage_park_key];
    assert!(keys.iter().all(|key| !seen.contains(key)), "{seen}");
}

/// A crash leaves no picture of the memory on a disk.
#[test]
fn no_core_is_dumped() {
    let site = Site::empty();
    let mut plumb = site.command(&["sandbox", "serve"]);
    let plumb = plumb.stdin(std::process::Stdio::null());
    let words: Vec<_> = plumb.get_args().map(std::ffi::OsStr::to_owned).collect();
    let mut shell = std::process::Command::new("sh");
    // As much as may be allowed, so that the test does not go by what is set where it runs.
    shell.args(["-c", "ulimit -c $(ulimit -Hc); exec \"$@\"", "sh"]).arg(plumb.get_program());
    shell.args(words).stdout(std::process::Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<&str> = core.split_whitespace().collect();
    assert_eq!(&words[4..6], ["0", "0"], "{core}");
}
