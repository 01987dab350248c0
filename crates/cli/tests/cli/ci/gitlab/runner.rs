//! What runs a job of the template as GitLab does, as far as it needs that: rules choose the job of a
//! pipeline, `extends` completes it, and its scripts run one after the other in one shell.

use super::super::machine::{Dies, Machine};
use super::project::{Project, Variables};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The words of the template that are understood; another would be passed over.
const WORDS: [&str; 9] = [
    "extends",
    "image",
    "interruptible",
    "variables",
    "before_script",
    "script",
    "rules",
    "environment",
    "timeout",
];

/// The template, as data.
pub(crate) fn template() -> Map<String, Value> {
    let file = "../../docs/ci/gitlab/plumb.gitlab-ci.yml";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A job of a pipeline.
pub(crate) struct Job<'p> {
    project: &'p Project,
    name: String,
    tasks: Map<String, Value>,
    variables: Variables,
    dies: Dies<'p>,
}

/// What a job came to.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; -1 when it was killed.
    pub(crate) code: i32,
    /// Both streams.
    pub(crate) said: String,
    /// What it saw of the environment, as far as GitLab set it.
    pub(crate) environment: Variables,
}

impl Ran {
    /// Sees that it ended well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }
}

/// The names of the jobs that a pipeline has.
pub(crate) fn jobs(pipeline: &Variables) -> Vec<String> {
    let template = template();
    let jobs = template.iter().filter(|(name, _)| !name.starts_with('.') && *name != "variables");
    let wanted = jobs.filter(|(_, job)| {
        let rules = job["rules"].as_array().unwrap();
        rules.iter().any(|rule| holds(rule["if"].as_str().unwrap(), pipeline))
    });
    wanted.map(|(name, _)| name.clone()).collect()
}

/// Whether a condition holds; what is not set is null, which is like null only.
fn holds(condition: &str, variables: &Variables) -> bool {
    let worth = |text: &str| match text.trim().strip_prefix('$') {
        Some(name) => variables.get(name).cloned(),
        None => Some(text.trim().trim_matches('"').to_owned()),
    };
    condition.split("&&").all(|part| {
        let comparison = [("==", true), ("!=", false)].into_iter().find_map(|(operator, equal)| {
            let (left, right) = part.split_once(operator)?;
            Some((worth(left) == worth(right)) == equal)
        });
        comparison.unwrap_or_else(|| worth(part).is_some_and(|text| !text.is_empty()))
    })
}

/// A text with what its variables are worth in their places.
fn filled(text: &str, variables: &Variables) -> String {
    let mut parts = text.split('$');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |filled, part| {
        let end = part.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        filled + variables.get(name).map_or("", String::as_str) + rest
    })
}

impl<'p> Job<'p> {
    /// The one job that a pipeline has.
    #[track_caller]
    pub(crate) fn of(project: &'p Project, pipeline: &Variables) -> Self {
        let names = jobs(pipeline);
        let [name] = &names[..] else { panic!("{names:?} of {pipeline:#?}") };
        let template = template();
        let job = template[name].as_object().unwrap().clone();
        let mut tasks = template[job["extends"].as_str().unwrap()].as_object().unwrap().clone();
        tasks.extend(job);
        let strange: Vec<_> = tasks.keys().filter(|it| !WORDS.contains(&it.as_str())).collect();
        assert!(strange.is_empty(), "{name}: {strange:?}");
        let mut variables = pipeline.clone();
        for of_file in [&template["variables"], &tasks["variables"]] {
            for (name, value) in of_file.as_object().unwrap() {
                let value = filled(value.as_str().unwrap(), &variables);
                variables.insert(name.clone(), value);
            }
        }
        let environment = tasks.get("environment");
        let environment = environment.and_then(|it| it.as_str().or_else(|| it["name"].as_str()));
        variables.extend(project.seen_in(environment));
        Self { project, name: name.clone(), tasks, variables, dies: None }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn dies_when(mut self, dies: impl Fn() -> bool + 'p) -> Self {
        self.dies = Some(Box::new(dies));
        self
    }

    /// Runs it on a machine of its own, with a fresh clone.
    pub(crate) fn run(self) -> Ran {
        let machine = Machine::new();
        self.project.clone_at(&self.variables["CI_COMMIT_SHA"], &machine.path("work"));
        let mut seen: BTreeMap<String, String> = self.variables.clone();
        seen.insert("PATH".to_owned(), self.project.programs());
        for (name, folder) in [("HOME", "home"), ("TMPDIR", "temp"), ("CI_PROJECT_DIR", "work")] {
            seen.insert(name.to_owned(), machine.text(folder));
        }
        let texts = ["before_script", "script"].iter().filter_map(|it| self.tasks[*it].as_array());
        let lines: Vec<&str> = texts.flatten().map(|line| line.as_str().unwrap()).collect();
        let (code, said) = machine.bash(&lines.join("\n"), &seen, &self.dies);
        Ran { code, said, environment: self.variables }
    }
}
