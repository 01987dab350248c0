//! What runs a job of a workflow as GitHub does, as far as the shipped ones need it: the steps of the
//! file in their order, each in a shell of its own, with the environment that the file gives it.

use super::expression::Values;
use super::github::Github;
use super::machine::{Dies, Machine};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

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
    dies: Dies<'g>,
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
        let machine = Machine::new();
        let mut ran = Ran { steps: BTreeMap::new(), outputs: BTreeMap::new() };
        self.values.set("failed", "false");
        for step in self.tasks["steps"].as_array().unwrap().clone() {
            let wanted = step["if"].as_str();
            let wanted = wanted.map_or(!self.values.has_failed(), |it| self.values.is_true(it));
            if let Some(action) = step["uses"].as_str() {
                self.action(action, &step, &machine);
            } else if wanted {
                let (name, step) = self.shell(&step, &machine);
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
        ran
    }

    /// An action: of GitHub's there is one that clones.
    fn action(&self, action: &str, step: &Value, machine: &Machine) {
        if !action.starts_with("actions/checkout@") {
            let ours = env!("CARGO_PKG_REPOSITORY").trim_start_matches("https://github.com/");
            assert!(action.starts_with(&format!("{ours}@")), "{action}");
            return;
        }
        // Its token may do what the file says of the job.
        let kept = step["with"]["persist-credentials"] != false;
        let token = self.tasks["permissions"]["contents"].as_str().filter(|_| kept);
        let commit = self.values.get("github.sha");
        self.github.clone_at(&commit, token, &machine.path("work"));
    }

    fn shell(&mut self, step: &Value, machine: &Machine) -> (String, Step) {
        assert_eq!(self.workflow["defaults"]["run"]["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an expression inside of a script:\n{script}");
        let files: BTreeMap<&str, PathBuf> =
            ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"].map(|it| (it, machine.path(it))).into();
        for file in files.values() {
            fs::write(file, "").unwrap();
        }
        let mut environment = self.github.environment(&self.values);
        environment.insert("RUNNER_TEMP".to_owned(), machine.text("temp"));
        environment.insert("HOME".to_owned(), machine.text("home"));
        let of_file = [&self.workflow["env"], &self.tasks["env"], &step["env"]].map(texts);
        for (name, text) in of_file.into_iter().flatten() {
            environment.insert(name, self.values.fill(&text));
        }
        let paths =
            files.iter().map(|(name, file)| ((*name).to_owned(), file.display().to_string()));
        let seen: BTreeMap<String, String> = environment.clone().into_iter().chain(paths).collect();
        let (code, said) = machine.bash(script, &seen, &self.dies);
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
}
