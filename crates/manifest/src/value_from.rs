//! `valueFrom`: a value that stands elsewhere — in the environment, in a file, or in what another
//! resource gives once it is ready.
//!
//! # Guarantees
//! - Only environment variables named `PLUMB_VAR_…` are looked up.
//! - Only regular files below the root are read, never git's or the ledger's own, and no symbolic
//!   link leads elsewhere.

use crate::outside::Outside;
use crate::schema::{self, Schema};
use crate::source::read_limited;
use plumb_model::text::escape;
use plumb_model::{Code, FieldPath, Finding, Secret};
use serde_json::{Value, json};
use std::path::{Component, Path};
use std::sync::LazyLock;

/// The field that stands in a value's place.
pub(crate) const FIELD: &str = "valueFrom";
/// Fields that say what a document is, and so cannot come from elsewhere.
pub(crate) const FIXED: [&str; 5] =
    ["apiVersion", "kind", "metadata.name", "metadata.project", "metadata.workspace"];
/// What the names of readable variables begin with.
const PREFIX: &str = "PLUMB_VAR_";
/// Bytes in a file that is a value.
const LARGEST: usize = 1 << 20;
/// Folders whose files are no values: git's and the ledger's, which hold credentials and keys.
const PRIVATE: [&str; 2] = [".git", ".plumb"];

/// What a `valueFrom` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `{var: NAME}`.
    Variable(String),
    /// `{file: path}`.
    File(String),
    /// `{output: …}`.
    Output(WantedOutput),
}

/// `{kind, name, scope?, path}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedOutput {
    /// `Kind`, or `Kind.group`.
    pub(crate) kind: String,
    pub(crate) name: String,
    /// `project` or `project/workspace`; found by name when it is left out.
    pub(crate) scope: Option<String>,
    /// Where in the outputs.
    pub(crate) path: FieldPath,
}

/// The schema of what stands under `valueFrom`.
pub(crate) fn schema() -> Value {
    json!({
        "description": "Where the value is: a variable, a file, or another resource's output.",
        "oneOf": [variable_schema(), file_schema(), output_schema()]
    })
}

/// The same, compiled.
///
/// # Errors
/// An internal contradiction: plumb's own schema is not understood.
pub(crate) fn compiled() -> Result<&'static Schema, &'static Finding> {
    static SCHEMA: LazyLock<Result<Schema, Finding>> =
        LazyLock::new(|| schema::own("the schema of valueFrom", &schema()));
    SCHEMA.as_ref()
}

/// The schema where only outputs may stand.
pub(crate) fn outputs_schema() -> Value {
    json!({
        "description": "Where the value is: another resource's output.",
        "oneOf": [output_schema()]
    })
}

fn variable_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"var": {
            "type": "string",
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "description": "The value of the environment variable PLUMB_VAR_<name>, without a \
                            line end at its end; a secret."
        }},
        "required": ["var"],
        "additionalProperties": false
    })
}

fn file_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"file": {
            "type": "string",
            "minLength": 1,
            "description": "The text of a file below the manifests' root; a secret. A line end at \
                            the end of a single line is no part of it; a file of several lines is \
                            taken as it is."
        }},
        "required": ["file"],
        "additionalProperties": false
    })
}

fn output_schema() -> Value {
    let text = |what: &str| json!({"type": "string", "minLength": 1, "description": what});
    json!({
        "type": "object",
        "properties": {"output": {
            "type": "object",
            "description": "What another resource of the stack gives once it is ready.",
            "properties": {
                "kind": text("Its kind, with the group where two have the name: Kind.group."),
                "name": text("Its name."),
                "scope": text("Its project, or project/workspace, where the name is not enough."),
                "path": text("Where in its outputs, for instance ip_address.value.")
            },
            "required": ["kind", "name", "path"],
            "additionalProperties": false
        }},
        "required": ["output"],
        "additionalProperties": false
    })
}

/// Looks a variable up. One line end at its end is no part of the value.
///
/// # Errors
/// The full name of a variable that is not set.
pub(crate) fn variable(name: &str, outside: &Outside<'_>) -> Result<Secret, String> {
    let full = format!("{PREFIX}{name}");
    match (outside.variable)(&full) {
        Some(text) => Ok(Secret::new(without_line_end(&text))),
        None => Err(full),
    }
}

/// What keeps a run from sending what a variable would give.
pub(crate) fn not_set(variable: &str) -> Finding {
    let message = format!("the environment variable {variable} is not set");
    let help = format!("set {variable} where plumb runs");
    Finding::error(Code::MISSING_VARIABLE, message).help(help)
}

/// A text without the line end at its end, if there is one.
fn without_line_end(text: &str) -> &str {
    text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line))
}

/// Reads a file below the root. One line end at the end of a single line is no part of the value; a
/// file of several lines is taken as it is.
///
/// # Errors
/// The finding that says why it cannot be a value.
pub(crate) fn file(path: &str, root: &Path) -> Result<Secret, Finding> {
    let refuse = |why: &str| {
        let message = format!("cannot read the value file {}: {why}", escape(path));
        Finding::error(Code::UNREADABLE_VALUE_FILE, message)
    };
    let below = Path::new(path);
    if !below.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Err(refuse("it is not below the manifests' root")
            .help("write a path relative to the root, without .."));
    }
    let private = |path: &Path| {
        path.components().any(|part| PRIVATE.iter().any(|name| part.as_os_str() == *name))
    };
    let broken = |error: std::io::Error| refuse(&error.to_string());
    if private(below) {
        return Err(refuse("files of git and of the ledger are no values"));
    }
    let root = root.canonicalize().map_err(broken)?;
    let real = root.join(below).canonicalize().map_err(broken)?;
    let Ok(inside) = real.strip_prefix(&root) else {
        return Err(refuse("a symbolic link leads out of the manifests' root"));
    };
    if private(inside) {
        return Err(refuse("files of git and of the ledger are no values"));
    }
    if !std::fs::metadata(&real).map_err(broken)?.is_file() {
        return Err(refuse("it is not a regular file"));
    }
    let bytes = read_limited(&real, LARGEST).map_err(broken)?;
    if bytes.len() > LARGEST {
        return Err(refuse("it is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8 text"))?;
    let line = without_line_end(&text);
    Ok(Secret::new(if line.contains('\n') { text.as_str() } else { line }))
}
