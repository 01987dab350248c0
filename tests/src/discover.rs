//! Finding scenarios: folders below `scenarios/`, two levels deep. A file nobody uses, a folder
//! without a scenario, a scenario without an end are complaints, so that nothing is forgotten.

use crate::Complaint;
use crate::scenario::Scenario;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of files that more than one scenario uses.
const SHARED: &str = "shared";

/// One scenario and where it came from.
#[derive(Clone, Debug)]
pub struct Found {
    /// `group/name`.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What it says.
    pub scenario: Scenario,
    /// The configuration its world begins with, before its own is merged over it.
    pub world: Value,
}

impl Found {
    /// The text of a file it writes, from its own folder or the shared one.
    ///
    /// # Errors
    /// When neither has it.
    pub fn source(&self, name: &str) -> Result<String, Complaint> {
        let shared = self.folder.join("../..").join(SHARED).join(name);
        let own = self.folder.join(name);
        let path = if own.exists() { own } else { shared };
        fs::read_to_string(&path).map_err(|error| format!("cannot read {name}: {error}"))
    }
}

/// The folder all scenarios are in.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All groups with their scenarios, sorted.
///
/// # Errors
/// Everything that is wrong with the folders and files, at once.
pub fn scenarios() -> Result<BTreeMap<String, Vec<Found>>, Complaint> {
    let root = root();
    let world = yaml(&root.join("world.yaml"))?;
    let mut groups: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    let mut complaints = Vec::new();
    for group in folders(&root)?.into_iter().filter(|group| group != SHARED) {
        for name in folders(&root.join(&group))? {
            let folder = root.join(&group).join(&name);
            match read(&folder) {
                Ok(scenario) => {
                    let name = format!("{group}/{name}");
                    let found = Found { name, folder, scenario, world: world.clone() };
                    groups.entry(group.clone()).or_default().push(found);
                }
                Err(complaint) => complaints.push(format!("{group}/{name}: {complaint}")),
            }
        }
    }
    complaints.extend(unused(&root, &groups)?);
    if complaints.is_empty() { Ok(groups) } else { Err(complaints.join("\n")) }
}

fn read(folder: &Path) -> Result<Scenario, Complaint> {
    let scenario: Scenario = serde_json::from_value(yaml(&folder.join("scenario.yaml"))?)
        .map_err(|error| format!("scenario.yaml: {error}"))?;
    let looks: Vec<_> =
        scenario.steps.iter().map(crate::scenario::Step::look).collect::<Result<_, _>>()?;
    match looks.last() {
        Some(Some(_)) => Ok(scenario),
        _ => Err("the last step must plan, apply, destroy or export".to_owned()),
    }
}

/// YAML by way of JSON, so that maps tag enums as they do in the sandbox's own files.
fn yaml(path: &Path) -> Result<Value, Complaint> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_yaml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn folders(folder: &Path) -> Result<BTreeSet<String>, Complaint> {
    let complain = |error| format!("{}: {error}", folder.display());
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(complain)? {
        let entry = entry.map_err(complain)?;
        if entry.path().is_dir() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Files that no scenario writes.
fn unused(root: &Path, groups: &BTreeMap<String, Vec<Found>>) -> Result<Vec<String>, Complaint> {
    let mut used: BTreeSet<PathBuf> = BTreeSet::from([root.join("world.yaml")]);
    used.insert(root.join(SHARED).join(crate::run::STACK_FILE));
    for found in groups.values().flatten() {
        used.insert(found.folder.join("scenario.yaml"));
        for step in &found.scenario.steps {
            for (_, source) in step.write.all().iter().flat_map(crate::scenario::Write::pairs) {
                let own = found.folder.join(source);
                let shared = root.join(SHARED).join(source);
                used.insert(if own.exists() { own } else { shared });
            }
        }
    }
    let mut complaints = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| error.to_string())?;
        for entry in entries {
            let path = entry.map_err(|error| error.to_string())?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !used.contains(&path) {
                complaints.push(format!("{} is used by no scenario", path.display()));
            }
        }
    }
    complaints.sort();
    Ok(complaints)
}
