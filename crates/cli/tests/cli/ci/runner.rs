//! What runs a job of a workflow as GitHub does, as far as the shipped ones need it: the steps of the
//! file in their order, each in a shell of its own, with the environment that the file gives it.

use super::expression::Values;
use super::github::Github;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a job came to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// What each step came to that was run, by its name.
    pub(crate) steps: BTreeMap<String, Step>,
    /// The job's outputs.
    pub(crate) outputs: BTreeMap<String, String>,
}

/// What a step came to.
#[derive(Debug)]
pub(crate) struct Step {
    /// The exit code; -1 when it was killed.
    pub(crate) code: i32,
    /// Both streams.
    pub(crate) said: String,
    /// What it saw of the environment, as far as the file and GitHub set it.
    pub(crate) environment: BTreeMap<String, String>,
}

impl Ran {
    /// Whether every step that was run ended well.
    pub(crate) fn is_well(&self) -> bool {
        self.steps.values().all(|step| step.code == 0)
    }

    /// Sees that it ended well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert!(self.is_well(), "{:#?}", self.steps);
        self
    }

    /// The code of one step.
    #[track_caller]
    pub(crate) fn code(&self, step: &str) -> i32 {
        self.steps.get(step).unwrap_or_else(|| panic!("no {step}: {:#?}", self.steps)).code
    }
}

/// A job of a shipped workflow.
pub(crate) struct Job<'g> {
    github: &'g Github,
    workflow: Value,
    tasks: Value,
    values: Values,
    /// Kills what runs when this says so: the runner dies.
    dies: Option<Box<dyn Fn() -> bool + 'g>>,
}

/// A shipped workflow, as data.
pub(crate) fn workflow(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ci/github").join(file);
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(value: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), text(value))).collect()
}

impl<'g> Job<'g> {
    pub(crate) fn of(github: &'g Github, file: &str, name: &str, event: &Values) -> Self {
        let workflow = workflow(file);
        let job = workflow["jobs"][name].clone();
        assert!(job.is_object(), "{file} has no job {name}");
        let mut values = event.clone();
        values.set("github.token", "a-token");
        // An environment's secrets are its jobs' alone.
        if job["environment"].is_string() {
            values.extend(&github.secrets);
        }
        Self { github, workflow, tasks: job, values, dies: None }
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.values.set(name, value);
        self
    }

    pub(crate) fn dies_when(mut self, dies: impl Fn() -> bool + 'g) -> Self {
        self.dies = Some(Box::new(dies));
        self
    }

    /// Whether the event starts it at all.
    pub(crate) fn is_wanted(&self) -> bool {
        self.tasks["if"].as_str().is_none_or(|condition| self.values.is_true(condition))
    }

    /// Runs it on a machine of its own, with a fresh clone.
    pub(crate) fn run(mut self) -> Ran {
        assert!(self.is_wanted(), "{}", self.tasks["if"]);
        let machine = tempfile::tempdir().unwrap();
        for folder in ["work", "temp", "home"] {
            fs::create_dir(machine.path().join(folder)).unwrap();
        }
        let mut ran = Ran { steps: BTreeMap::new(), outputs: BTreeMap::new() };
        self.values.set("failed", "false");
        for step in self.tasks["steps"].as_array().unwrap().clone() {
            let wanted = step["if"].as_str();
            let wanted = wanted.map_or(!self.values.has_failed(), |it| self.values.is_true(it));
            if let Some(action) = step["uses"].as_str() {
                self.action(action, &step, machine.path());
            } else if wanted {
                let (name, step) = self.shell(&step, machine.path());
                let died = step.code == -1;
                ran.steps.insert(name, step);
                if died {
                    return ran;
                }
            }
        }
        let outputs = texts(&self.tasks["outputs"]);
        ran.outputs =
            outputs.iter().map(|(name, it)| (name.clone(), self.values.fill(it))).collect();
        super::keep_quiet_of_secrets(machine.path());
        ran
    }

    /// An action: of GitHub's there is one that clones.
    fn action(&self, action: &str, step: &Value, machine: &Path) {
        if !action.starts_with("actions/checkout@") {
            assert!(action.starts_with("OWNER/plumb@"), "{action}");
            return;
        }
        // Its token may do what the file says of the job.
        let kept = step["with"]["persist-credentials"] != false;
        let token = self.tasks["permissions"]["contents"].as_str().filter(|_| kept);
        let commit = self.values.get("github.sha");
        self.github.clone_at(&commit, token, &machine.join("work"));
    }

    fn shell(&mut self, step: &Value, machine: &Path) -> (String, Step) {
        assert_eq!(self.workflow["defaults"]["run"]["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an expression inside of a script:\n{script}");
        let files: BTreeMap<&str, PathBuf> =
            ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"].map(|it| (it, machine.join(it))).into();
        for file in files.values() {
            fs::write(file, "").unwrap();
        }
        let mut environment = self.github.environment(&self.values);
        environment.insert("RUNNER_TEMP".to_owned(), machine.join("temp").display().to_string());
        environment.insert("HOME".to_owned(), machine.join("home").display().to_string());
        let of_file = [&self.workflow["env"], &self.tasks["env"], &step["env"]].map(texts);
        for (name, text) in of_file.into_iter().flatten() {
            environment.insert(name, self.values.fill(&text));
        }
        let paths =
            files.iter().map(|(name, file)| ((*name).to_owned(), file.display().to_string()));
        let seen: BTreeMap<String, String> = environment.clone().into_iter().chain(paths).collect();
        let (code, said) = self.execute(script, &seen, machine);
        if code != 0 {
            self.values.set("failed", "true");
        }
        let id = step["id"].as_str().unwrap_or("-");
        for line in fs::read_to_string(&files["GITHUB_OUTPUT"]).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.values.set(&format!("steps.{id}.outputs.{name}"), value);
        }
        let outcome = if code == 0 { "success" } else { "failure" };
        self.values.set(&format!("steps.{id}.outcome"), outcome);
        let summary = fs::read_to_string(&files["GITHUB_STEP_SUMMARY"]).unwrap();
        let name = step["name"].as_str().unwrap().to_owned();
        (name, Step { code, said: format!("{said}{summary}"), environment })
    }

    fn execute(
        &self,
        script: &str,
        seen: &BTreeMap<String, String>,
        machine: &Path,
    ) -> (i32, String) {
        let file = machine.join("script");
        fs::write(&file, script).unwrap();
        let said = fs::File::create(machine.join("said")).unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file);
        command.current_dir(machine.join("work")).env_clear().envs(seen).process_group(0);
        command.stdin(Stdio::null()).stdout(said.try_clone().unwrap()).stderr(said);
        let mut child = command.spawn().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if self.dies.as_ref().is_some_and(|dies| dies()) {
                kill_process_group(Pid::from_child(&child), Signal::KILL).unwrap();
                break child.wait().unwrap();
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        };
        let said = fs::read_to_string(machine.join("said")).unwrap();
        (status.code().unwrap_or(-1), said)
    }
}
