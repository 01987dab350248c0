//! A site to test at: a simulated cloud in a process of its own, a repository in a temporary folder
//! and an operator's environment with nothing in it but what a test puts there.

use crate::binary::plumb;
use plumb_tests::canary::keep::{self, Harness};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How fast the served worlds run: the slowest machine is up in a fiftieth of a second.
pub(crate) const FAST: u32 = 60_000;

/// The options with which plumb shows secrets: what it prints then is not searched for them.
const SHOWING: [&str; 2] = ["--show-secrets", "--reveal"];

/// The longest a command may take.
const PATIENCE: Duration = Duration::from_secs(100);

/// A simulated cloud in a process of its own, which ends with this.
#[derive(Debug)]
pub(crate) struct Cloud {
    process: Child,
    _folder: tempfile::TempDir,
    /// Its origin.
    pub(crate) endpoint: String,
    /// The key that opens its Rafay half.
    pub(crate) key: String,
    /// The key that opens its Voltage Park half.
    pub(crate) voltage_park_key: String,
}

impl Cloud {
    /// A cloud of the default world, a little changed.
    pub(crate) fn start(config: &Value) -> Self {
        let mut whole = json!({"time_scale": FAST});
        merge(&mut whole, config);
        keep::world(&plumb_tests::simulated::world(whole.clone()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.json");
        fs::write(&file, whole.to_string()).unwrap();
        Self::serve(folder, &["--config".as_ref(), file.as_os_str()])
    }

    /// The cloud that a command carried inside, from its folder.
    pub(crate) fn of_folder(data: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::serve(folder, &["--data".as_ref(), data.as_os_str()])
    }

    fn serve(folder: tempfile::TempDir, options: &[&std::ffi::OsStr]) -> Self {
        let mut command = Command::new(plumb());
        command.args(["sandbox", "serve"]).args(options);
        command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let first: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?}"));
        let text = |field: &str| first[field].as_str().unwrap().to_owned();
        let (key, voltage_park_key) = (text("rafayApiKey"), text("voltageParkApiKey"));
        keep::secret(&key);
        keep::secret(&voltage_park_key);
        Self { process, _folder: folder, endpoint: text("endpoint"), key, voltage_park_key }
    }

    /// Calls a control route.
    pub(crate) fn control(&self, method: &str, route: &str, body: Option<&Value>) -> Value {
        let address = self.endpoint.strip_prefix("http://").unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} /_sandbox/{route} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {route}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Asks the first cloud itself, with its key; null where the answer has no body.
    pub(crate) fn asked(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let address = self.endpoint.strip_prefix("http://").unwrap();
        let (key, body) = (&self.key, body.map(Value::to_string).unwrap_or_default());
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or_default()
    }

    /// Somebody else edits the world.
    pub(crate) fn edit(&self, edits: &Value) {
        self.control("POST", "edit", Some(edits));
    }

    /// Changes knobs of a simulated cloud.
    pub(crate) fn knobs(&self, cloud: &str, knobs: &Value) {
        self.control("POST", "config", Some(&json!({cloud: {"knobs": knobs}})));
    }

    /// Adds fault rules.
    pub(crate) fn faults(&self, rules: &Value) {
        self.control("POST", "faults", Some(rules));
    }

    /// How many calls arrived so far.
    pub(crate) fn calls(&self) -> u64 {
        self.control("GET", "health", None)["calls"].as_u64().unwrap()
    }

    /// The calls after so many, as `METHOD path?query`.
    pub(crate) fn requests(&self, since: u64) -> Vec<String> {
        let records = self.control("GET", &format!("requests?since={since}"), None);
        let line = |record: &Value| {
            let text = |field: &str| record[field].as_str().unwrap().to_owned();
            format!("{} {}?{}", text("method"), text("path"), text("query"))
        };
        records.as_array().unwrap().iter().map(line).collect()
    }

    /// The calls after so many that are no reads. Having a cloud-init checked makes nothing.
    pub(crate) fn writes(&self, since: u64) -> Vec<String> {
        let mut requests = self.requests(since);
        let reads = |request: &str| {
            request.starts_with("GET ") || request.starts_with("POST /api/v1/validate/cloudinit?")
        };
        requests.retain(|request| !reads(request));
        requests
    }

    /// What took effect after so many effects, as `kind object`.
    pub(crate) fn effects(&self, since: u64) -> Vec<String> {
        let text = |effect: &Value, field: &str| effect[field].as_str().unwrap().to_owned();
        let line = |effect: &Value| format!("{} {}", text(effect, "kind"), text(effect, "object"));
        self.raw_effects(since).iter().map(line).collect()
    }

    /// What took effect after so many effects, in full.
    pub(crate) fn raw_effects(&self, since: u64) -> Vec<Value> {
        let effects = self.control("GET", &format!("effects?since={since}"), None);
        effects.as_array().unwrap().clone()
    }

    /// How many effects there are.
    pub(crate) fn effect_count(&self) -> u64 {
        self.control("GET", "health", None)["effects"].as_u64().unwrap()
    }

    /// How many objects of a kind, or of a collection of Voltage Park's, clients created.
    pub(crate) fn made(&self, kind: &str) -> usize {
        let of_kind = |object: &&String| object.starts_with(&format!("{kind}/"));
        let creates = self.creates();
        let named: Vec<&String> = creates.keys().filter(of_kind).collect();
        named.iter().map(|name| creates[*name]).sum()
    }

    /// The id of the one object of a Voltage Park collection.
    pub(crate) fn the_one(&self, collection: &str) -> String {
        let prefix = format!("voltage-park/{collection}/");
        let creates = self.creates();
        let mut ids = creates.keys().filter_map(|object| object.strip_prefix(&prefix));
        let id = ids.next().unwrap_or_else(|| panic!("no {collection} in {creates:#?}")).to_owned();
        assert!(ids.next().is_none(), "more than one of {collection}: {creates:#?}");
        id
    }

    /// How often each object was created by a client.
    pub(crate) fn creates(&self) -> BTreeMap<String, usize> {
        let mut creates = BTreeMap::new();
        for effect in self.raw_effects(0) {
            if effect["kind"] == "created" && effect["actor"] != "somebody-else" {
                *creates.entry(effect["object"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        creates
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

/// A repository and an operator's environment.
#[derive(Debug)]
pub(crate) struct Site {
    folder: tempfile::TempDir,
    /// What the test itself wrote into files.
    inputs: Mutex<BTreeMap<PathBuf, String>>,
    /// What is set in the environment.
    pub(crate) variables: BTreeMap<String, String>,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; -1 when a signal ended it.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Site {
    /// An empty repository, connected to nothing.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("fleet")).unwrap();
        // The one that a command may carry inside.
        keep::world(&plumb_tests::simulated::world(json!({})).unwrap());
        Self { folder, inputs: Mutex::default(), variables: BTreeMap::new() }
    }

    /// An empty repository, connected to a cloud.
    pub(crate) fn at(cloud: &Cloud) -> Self {
        let mut site = Self::empty();
        site.set("PLUMB_RAFAY_ENDPOINT", &cloud.endpoint);
        site.set("PLUMB_RAFAY_API_KEY", &cloud.key);
        site.set("VOLTAGE_PARK_ENDPOINT", &cloud.endpoint);
        site.set("VOLTAGE_PARK_API_KEY", &cloud.voltage_park_key);
        site
    }

    /// The example repository, with its secrets.
    pub(crate) fn with_example(mut self) -> Self {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests");
        copy(&example, &self.root());
        self.set("PLUMB_VAR_RESEARCHER_PASSWORD", "Researcher-secret-1");
        self.set("PLUMB_VAR_NOTEBOOK_PASSWORD", "Notebook-secret-2");
        self.set("PLUMB_VAR_DEV_VM_PASSWORD", "Dev-vm-secret-3");
        self
    }

    /// The part of the example whose creates may all be sent again.
    pub(crate) fn with_repeatable_example(self) -> Self {
        let site = self.with_example();
        fs::remove_dir_all(site.root().join("voltage-park")).unwrap();
        site
    }

    /// A stack of this name with one workspace of the default project: made at once, so quick.
    pub(crate) fn with_workspace(self, name: &str) -> Self {
        self.write("plumb.yaml", &stack("fleet", ""));
        self.write(&format!("{name}.yaml"), &workspace(name));
        self
    }

    /// A stack of this name with these documents in one file.
    pub(crate) fn with_documents(self, name: &str, documents: &[String]) -> Self {
        self.write("plumb.yaml", &stack(name, ""));
        self.write("fleet.yaml", &documents.join("---\n"));
        self
    }

    /// The repository's root.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("fleet")
    }

    /// A path beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Copies the files of a folder into one of the repository.
    pub(crate) fn copy(&self, from: &Path, into: &str) {
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            self.write(&format!("{into}/{name}"), &fs::read_to_string(&path).unwrap());
        }
    }

    /// Sets an environment variable.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Takes an environment variable of every later command away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// Writes a file of the repository.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.inputs.lock().unwrap().insert(path, text.to_owned());
    }

    /// Whether a file is as the test wrote it, secrets and all.
    fn is_input(&self, path: &Path) -> bool {
        let inputs = self.inputs.lock().unwrap();
        inputs.get(path).is_some_and(|text| fs::read(path).is_ok_and(|now| now == text.as_bytes()))
    }

    /// Replaces a text that stands in a file of the repository.
    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let path = self.root().join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from:?} is not in {name}:\n{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Removes a file of the repository.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.root().join(name)).unwrap();
    }

    /// A command in the repository's root, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(plumb());
        command.args(arguments).current_dir(self.root());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path());
        command.env("USER", "tester").env("COLUMNS", "100").envs(&self.variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let is_secret = |name: &str| name.starts_with("PLUMB_VAR_") || name.ends_with("_KEY");
        let secrets = self.variables.iter().filter(|(name, _)| is_secret(name));
        secrets.for_each(|(_, value)| keep::secret(value));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn plumb(&self, arguments: &[&str]) -> Ran {
        let child = self.command(arguments).spawn().unwrap();
        if arguments.iter().any(|argument| SHOWING.contains(argument)) {
            return ended(child);
        }
        finish(child)
    }

    /// Runs a command, words separated by spaces, and sees how it exits.
    pub(crate) fn exits(&self, code: i32, line: &str) -> Ran {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = self.plumb(&words);
        assert_eq!(ran.code, code, "plumb {line}\n{}{}", ran.out, ran.err);
        ran
    }
}

/// What plumb wrote is searched for secrets when all tests are over.
impl Drop for Site {
    fn drop(&mut self) {
        let leave = |path: &Path| is_not_written_by_plumb(path) || self.is_input(path);
        keep::tree(Harness::Commands, self.folder.path(), &leave);
    }
}

/// The simulated clouds' own data, and what holds secrets because an operator keeps them there.
fn is_not_written_by_plumb(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let theirs = ["world", ".config", ".git", "secrets", "outside"];
    path.ends_with(".plumb/sandbox") || theirs.iter().any(|it| name == *it)
}

impl Ran {
    /// Both streams.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Sees that these texts stand in what was printed.
    #[track_caller]
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        let all = self.all();
        for text in texts {
            assert!(all.contains(text), "{text:?} is not in:\n{all}");
        }
        self
    }

    /// Sees that these texts do not stand in what was printed.
    #[track_caller]
    pub(crate) fn keeps_quiet_of(&self, texts: &[&str]) -> &Self {
        let all = self.all();
        for text in texts {
            assert!(!all.contains(text), "{text:?} is in:\n{all}");
        }
        self
    }

    /// Every exit but 0 has a last line with its code, and only 0 is called complete. A command that
    /// a signal ended said nothing more.
    #[track_caller]
    fn says_last_how_it_ended(&self) {
        let last = self.err.lines().next_back().unwrap_or_default();
        let line = last.strip_prefix("Exit ").and_then(|rest| rest.split_once(": "));
        match self.code {
            -1 => {}
            0 => assert!(line.is_none(), "{}", self.all()),
            code => {
                let number = line.map(|(number, _)| number.to_owned());
                assert_eq!(number, Some(code.to_string()), "{}", self.all());
                self.keeps_quiet_of(&["Apply complete", "Destroy complete"]);
            }
        }
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.all()))
    }
}

/// Waits for a command's end, sees that its last line says how it ended, and keeps what it printed
/// for the search after all tests.
#[track_caller]
pub(crate) fn finish(child: Child) -> Ran {
    let ran = ended(child);
    ran.says_last_how_it_ended();
    keep::text(Harness::Commands, "stdout", ran.out.as_bytes());
    keep::text(Harness::Commands, "stderr", ran.err.as_bytes());
    ran
}

/// Waits for a command's end, and ends it when that takes too long.
fn ended(mut child: Child) -> Ran {
    let drain = |mut stream: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = drain(Box::new(child.stdout.take().unwrap()));
    let err = drain(Box::new(child.stderr.take().unwrap()));
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            let (out, err) = (out.join().unwrap(), err.join().unwrap());
            panic!("still running after {PATIENCE:?}:\n{out}{err}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Ran { code: status.code().unwrap_or(-1), out: out.join().unwrap(), err: err.join().unwrap() }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waiting for {what}");
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(child: &Child, name: &str) {
    let line = format!("kill -s {name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

/// A `plumb.yaml`, with more lines below `spec`.
pub(crate) fn stack(name: &str, spec: &str) -> String {
    let spec = if spec.is_empty() { "  prune: false" } else { spec };
    format!("apiVersion: plumb.dev/v1\nkind: Stack\nmetadata:\n  name: {name}\nspec:\n{spec}\n")
}

/// A workspace of the default project.
pub(crate) fn workspace(name: &str) -> String {
    format!(
        "apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata:\n  name: {name}\n  \
         project: defaultproject\n"
    )
}

/// A machine of the default project.
pub(crate) fn machine(name: &str, workspace: &str, variables: &[(&str, &str)]) -> String {
    let variables: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("    - name: {name}\n      value: \"{value}\"\n"))
        .collect();
    let variables = variables.concat();
    format!(
        "apiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata:\n  name: {name}\n  \
         project: defaultproject\n  workspace: {workspace}\nspec:\n  computeType: baremetal\n  \
         computeProfile:\n    name: bmaas-l40s\n    systemCatalog: true\n  variables:\n    \
         - name: Contract Term\n      value: \"1\"\n{variables}"
    )
}

/// A virtual machine of Voltage Park with one GPU.
pub(crate) fn virtual_machine(name: &str) -> String {
    format!(
        "apiVersion: voltagepark.com/v1\nkind: VirtualMachine\nmetadata:\n  name: {name}\nspec:\n  \
         preset:\n    gpu_count: 1\n"
    )
}

/// A bare-metal rental of Voltage Park in Dallas.
pub(crate) fn rental(name: &str, gpus: u32) -> String {
    format!(
        "apiVersion: voltagepark.com/v1\nkind: BareMetal\nmetadata:\n  name: {name}\nspec:\n  \
         location_id: Dallas\n  gpu_count: {gpus}\n  network_type: infiniband\n"
    )
}

/// Every file below a folder with its bytes.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in files(from) {
        let inside = path.strip_prefix(from).unwrap();
        if inside.starts_with(".plumb") {
            continue;
        }
        let target = to.join(inside);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, bytes).unwrap();
    }
}
