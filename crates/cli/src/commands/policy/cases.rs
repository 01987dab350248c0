//! Cases of policies as they are written: fleets, and what each rule should say of them.

use crate::problem::Problem;
use plumb_manifest::{API_VERSION, POLICY_TEST};
use plumb_model::text::escape;
use plumb_model::{Code, Finding, Money};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What their files are called.
const ENDING: &str = ".test.yaml";
/// The folder beside plumb.yaml in which they are.
const FOLDER: &str = "policies";
/// No file of cases is larger.
const LARGEST: u64 = 4 << 20;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    api_version: String,
    kind: String,
    cases: Vec<Case>,
}

/// A fleet, and what is expected of the rules.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Case {
    /// What it is called.
    pub(super) name: String,
    /// The documents of everything that there is.
    #[serde(default)]
    pub(super) resources: Vec<Value>,
    /// Files and folders of such documents, from where the case stands.
    #[serde(default)]
    pub(super) manifests: Vec<PathBuf>,
    /// What things cost an hour, by address: what a cloud would say.
    #[serde(default)]
    pub(super) hourly: BTreeMap<String, Amount>,
    /// What each rail and policy should say, by its name.
    pub(super) expect: BTreeMap<String, Expected>,
}

/// Dollars, as a number or as text.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Amount(Value);

/// What a rule should say.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a rule is expected to pass, or to {refuse: WORDS}")]
pub(super) enum Expected {
    /// Nothing.
    Word(Word),
    /// That it is not kept.
    Refusal(Refusal),
}

/// What needs no words of its own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Word {
    /// It says nothing.
    Pass,
}

/// A refusal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refusal {
    /// The words that are in it.
    pub(super) refuse: String,
}

impl Amount {
    /// The amount; `None` for what is none.
    pub(super) fn read(&self) -> Option<Money> {
        Money::read(&(&self.0).into())
    }
}

/// The files of cases of a stack: those that are named, else all beside its plumb.yaml.
pub(super) fn files(root: &Path, named: &[PathBuf]) -> Result<Vec<PathBuf>, Problem> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let folder = root.join(FOLDER);
    let wrong = |error: std::io::Error| Problem::file(&folder, error);
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            if path.to_string_lossy().ends_with(ENDING) {
                files.push(path);
            }
        }
    }
    files.sort();
    if files.is_empty() {
        let message = format!("there are no cases of policies in {}", folder.display());
        let help =
            "write some as policies/NAME.test.yaml, as docs/policies.md shows, or name their files";
        return Err(Finding::error(Code::NO_DOCUMENTS, message).help(help).into());
    }
    Ok(files)
}

/// The cases of a file.
pub(super) fn read(path: &Path) -> Result<Vec<Case>, Problem> {
    let length = std::fs::metadata(path).map_err(|error| Problem::file(path, error))?.len();
    if length > LARGEST {
        return Err(Problem::file(path, "it is larger than 4 MiB"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?;
    let wrong = |why: String| {
        let message = format!("{}: {}", path.display(), escape(&why));
        Problem::from(Finding::error(Code::INVALID_VALUE, message))
    };
    let written: Written = serde_yaml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let Written { api_version, kind, cases } = written;
    if api_version != API_VERSION || kind != POLICY_TEST {
        let is = format!("apiVersion {API_VERSION} and kind {POLICY_TEST}");
        return Err(wrong(format!("cases of policies have the {is}")));
    }
    if cases.is_empty() {
        return Err(wrong("it has no cases".to_owned()));
    }
    Ok(cases)
}
