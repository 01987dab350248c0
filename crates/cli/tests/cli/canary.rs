//! No secret anywhere: standard output, standard error at its loudest, plan files, ledger, event
//! log, exports. The secrets are canaries, searched as they are and as they would look encoded.

use crate::harness::{Cloud, Ran, Site, files};
use serde_json::json;
use std::path::Path;

const PASSWORD: &str = "Canary+Notebook/7f3a91c5=";
const FIRST_PASSWORD: &str = "Canary+Researcher/0b44e1d2=";
const LOGIN: &str = "Canary-login-\"5d81\"";
const VM_PASSWORD: &str = "Canary+DevVm/2c77be10=";
const RENTAL: &str = "Canary-rental\n  token: 5e19cb";
const KUBECONFIG: &str = "Canary-kubeconfig\n  token: 93c2aa";

/// How a secret could look in a file: plain, as JSON, base64 in three alignments, hex, in a URL.
fn disguises(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap();
    let mut found = vec![secret.to_owned(), json.trim_matches('"').to_owned()];
    for lead in 0..3 {
        let bytes: Vec<u8> = std::iter::repeat_n(0, lead).chain(secret.bytes()).collect();
        let text = base64(&bytes);
        // The ends depend on their neighbours.
        found.push(text.get(4..text.len() - 4).unwrap().to_owned());
    }
    let each = |text: fn(u8) -> String| secret.bytes().map(text).collect::<Vec<_>>().concat();
    found.push(each(|byte| format!("{byte:02x}")));
    found.push(each(|byte| match byte {
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }));
    found
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| char::from(LETTERS[(bits & 63) as usize]);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let part = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
            let bits = part(0) << 16 | part(1) << 8 | part(2);
            [18, 12, 6, 0].map(|shift| letter(bits >> shift))
        })
        .collect()
}

struct Watch {
    secrets: Vec<String>,
}

impl Watch {
    fn text(&self, place: &str, text: &str) {
        for secret in self.secrets.iter().flat_map(|secret| disguises(secret)) {
            assert!(!text.contains(&secret), "{place} shows {secret:?}:\n{text}");
        }
    }

    fn ran(&self, line: &str, ran: &Ran) {
        self.text(&format!("standard output of {line}"), &ran.out);
        self.text(&format!("standard error of {line}"), &ran.err);
    }

    fn folder(&self, folder: &Path) {
        for (path, bytes) in files(folder) {
            self.text(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn the_search_itself_finds_what_is_hidden() {
    let found = disguises(PASSWORD);
    assert!(base64(b"xCanary+Notebook/7f3a91c5=y").contains(&found[3]));
    assert!(base64(b"abcCanary+Notebook/7f3a91c5=").contains(&found[2]));
    assert_eq!(base64(b"Man"), "TWFu");
}

#[test]
fn no_secret_is_printed_or_kept() {
    // The server shows its secrets in full, and repeats bodies in its errors.
    let cloud = Cloud::start(&json!({
        "knobs": {"mask": "plaintext", "voltage_park": {"bm_reboot_time": 300_000}},
        "secrets": {
            "node_login_password": LOGIN, "kubeconfig": KUBECONFIG,
            "voltage_park_kubeconfig": RENTAL,
        },
    }));
    let mut site = Site::at(&cloud).with_example();
    site.set("PLUMB_VAR_NOTEBOOK_PASSWORD", PASSWORD);
    site.set("PLUMB_VAR_RESEARCHER_PASSWORD", FIRST_PASSWORD);
    site.set("PLUMB_VAR_DEV_VM_PASSWORD", VM_PASSWORD);
    site.set("PLUMB_VAR_COMPUTE_INSTANCE_NOTEBOOK_VM_PASSWORD", PASSWORD);
    let keys = [cloud.key.as_str(), cloud.voltage_park_key.as_str()];
    let secrets =
        [PASSWORD, FIRST_PASSWORD, VM_PASSWORD, LOGIN, KUBECONFIG, RENTAL, keys[0], keys[1]];
    let watch = Watch { secrets: secrets.map(str::to_owned).to_vec() };
    let lines = [
        "validate -vvv",
        "validate --format json",
        "plan -vvv -o ../out/plan",
        "plan --format json --json-into ../out/plan.json",
        "plan --format markdown",
        "apply ../out/plan -vvv --events ../out/events.jsonl",
        "plan --why -vvv",
        "drift -vvv --metrics ../out/metrics",
        "drift --format json",
        "get -vvv -o yaml",
        "get -o json",
        "get -o wide",
        "get BareMetal trainer -vvv",
        "get VirtualMachine dev-vm -o json",
        "catalog -vvv",
        "cost -vvv",
        "cost transactions",
        "cost report 2026-01",
        "action reboot BareMetal/trainer --yes -vvv",
        "export -vvv",
        "export --into ../out/exported",
        "graph",
        "history",
        "doctor -vvv",
    ];
    std::fs::create_dir(site.beside("out")).unwrap();
    for line in lines {
        watch.ran(line, &site.exits(0, line));
    }

    // A changed secret is noticed, and not shown on either side.
    site.set("PLUMB_VAR_NOTEBOOK_PASSWORD", "Canary+Changed/e0e0e0e0=");
    let watch = Watch {
        secrets: watch.secrets.into_iter().chain(["Canary+Changed/e0e0e0e0=".to_owned()]).collect(),
    };
    let ran = site.exits(0, "plan -vvv");
    ran.says(&["spec.variables[password].value"]);
    watch.ran("plan with another password", &ran);

    // An error answer that quotes what was sent.
    cloud.faults(&json!({"match": {"method": "POST"}, "effect": {
        "type": "respond", "status": 400,
        "body": json!({"code": 400, "external": format!("bad value {PASSWORD} of {}", cloud.key)}).to_string(),
    }}));
    site.set("PLUMB_VAR_NOTEBOOK_PASSWORD", PASSWORD);
    site.change("inference/notebook-vm.yaml", "value: \"200\"", "value: \"250\"");
    let ran = site.exits(3, "apply --yes -vvv");
    ran.says(&["the server said: bad value (secret) of (secret)"]);
    watch.ran("apply that fails", &ran);
    watch.folder(&site.root().join(".plumb"));
    watch.folder(&site.beside("out"));
}
