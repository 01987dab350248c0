//! Plan files among the manifests: a plan that plumb wrote declares nothing, and what only begins
//! like one is a mistake. What a plan means is the command line's business.

use crate::text::unreadable;
use crate::yaml::LARGEST_FILE;
use plumb_model::Finding;
use plumb_model::plan::PLAN_FILE_HEAD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What every version's plan files hold, and what no manifest is without.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "plumb_plan")]
    _version: u32,
    #[serde(rename = "paths")]
    _paths: Vec<IgnoredAny>,
    #[serde(rename = "plan")]
    _plan: PlanShape,
    #[serde(rename = "basis")]
    _basis: IgnoredAny,
    #[serde(rename = "apiVersion")]
    api_version: Option<IgnoredAny>,
    kind: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct PlanShape {
    #[serde(rename = "stack")]
    _stack: String,
    #[serde(rename = "actions")]
    _actions: Vec<IgnoredAny>,
}

/// Whether a file is a plan file; `bytes` is all of it, or where that is more than a manifest may
/// have, its beginning. However large it is, no more is held in memory.
///
/// # Errors
/// The finding about a file that begins like one and is none: taken for a plan, it would declare
/// nothing, and what it means to declare would be pruned.
pub(crate) fn is_one(path: &Path, bytes: &[u8]) -> Result<bool, Finding> {
    if !bytes.starts_with(PLAN_FILE_HEAD.as_bytes()) {
        return Ok(false);
    }
    let shape = if bytes.len() <= LARGEST_FILE {
        serde_json::from_slice(bytes)
    } else {
        match File::open(path).map(BufReader::new) {
            Ok(file) if path.is_file() => serde_json::from_reader(file),
            // A pipe cannot be read twice.
            _ => return Ok(false),
        }
    };
    let why = match shape {
        Ok(Shape { api_version: None, kind: None, .. }) => return Ok(true),
        Ok(_) => "it says what only manifests say".to_owned(),
        Err(error) => error.to_string(),
    };
    let why = format!("it begins like a plan file and is none: {why}");
    Err(unreadable(path, &why).help("remove it, or write it as a manifest; plan again for a plan"))
}
