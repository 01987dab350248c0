//! No secret anywhere: standard output, standard error at its loudest, plan files, ledger, event
//! log, exports. The secrets are canaries, searched as they are and as they would look encoded.

use crate::harness::{Cloud, Ran, Site, files};
use plumb_tests::canary::search::Search;
use serde_json::json;
use std::path::Path;

const PASSWORD: &str = "Canary+Notebook/7f3a91c5=";
const FIRST_PASSWORD: &str = "Canary+Researcher/0b44e1d2=";
const CHANGED: &str = "Canary+Changed/e0e0e0e0=";
const LOGIN: &str = "Canary-login-\"5d81\"";
const VM_PASSWORD: &str = "Canary+DevVm/2c77be10=";
const RENTAL: &str = "Canary-rental\n  token: 5e19cb";
const KUBECONFIG: &str = "Canary-kubeconfig\n  token: 93c2aa";

struct Watch {
    search: Search,
}

impl Watch {
    fn for_secrets(secrets: &[&str]) -> Self {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        Self { search: Search::new(&secrets).unwrap() }
    }

    #[track_caller]
    fn text(&self, place: &str, text: &str) {
        assert_eq!(self.search.hits(place, text.as_bytes()), [], "{text}");
    }

    #[track_caller]
    fn ran(&self, line: &str, ran: &Ran) {
        self.text(&format!("standard output of {line}"), &ran.out);
        self.text(&format!("standard error of {line}"), &ran.err);
    }

    #[track_caller]
    fn folder(&self, folder: &Path) {
        for (path, bytes) in files(folder) {
            self.text(&path.display().to_string(), &String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn no_secret_is_printed_or_kept() {
    // The server shows its secrets in full, and repeats bodies in its errors.
    let cloud = Cloud::start(&json!({
        "rafay": {
            "knobs": {"mask": "plaintext"},
            "secrets": {"node_login_password": LOGIN, "kubeconfig": KUBECONFIG},
        },
        "voltage-park": {
            "knobs": {"bm_reboot_time": 300_000},
            "secrets": {"kubeconfig": RENTAL},
        },
    }));
    let mut site = Site::at(&cloud).with_example();
    site.set("PLUMB_VAR_NOTEBOOK_PASSWORD", PASSWORD);
    site.set("PLUMB_VAR_RESEARCHER_PASSWORD", FIRST_PASSWORD);
    site.set("PLUMB_VAR_DEV_VM_PASSWORD", VM_PASSWORD);
    site.set("PLUMB_VAR_COMPUTE_INSTANCE_NOTEBOOK_VM_PASSWORD", PASSWORD);
    let keys = [cloud.key.as_str(), cloud.voltage_park_key.as_str()];
    let secrets = [
        PASSWORD,
        FIRST_PASSWORD,
        VM_PASSWORD,
        LOGIN,
        KUBECONFIG,
        RENTAL,
        keys[0],
        keys[1],
        CHANGED,
    ];
    let watch = Watch::for_secrets(&secrets);
    assert_eq!(watch.search.blind_spots(), [""; 0]);
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
    site.set("PLUMB_VAR_NOTEBOOK_PASSWORD", CHANGED);
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
