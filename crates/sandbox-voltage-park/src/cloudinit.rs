//! Cloud-init: the shape of the object in orders, and the call that checks one (contract 2.7).
//!
//! Of a text its header is checked, and that it is a mapping.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::bodies::{File, Script, ScriptCheck, ScriptContent};
use super::fields::{Field, Notes, Place};
use super::input;
use super::knobs::Knobs;
use super::world::{Call, World};
use plumb_sandbox::http::Response;

/// How the content of a file may be encoded.
const ENCODINGS: &[&str] = &["b64", "base64", "gz", "gzip", "gz+b64", "gz+base64", "text/plain"];

/// Whether a script is wrong, and why.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    error: bool,
    message: Option<String>,
}

/// POST a script to be checked: 200 in any case, with `error` when it is wrong.
pub(crate) fn validate(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let check: ScriptCheck = input::body(world, call)?;
    let problem = match check.content {
        ScriptContent::Text(text) => text_problem(&text),
        ScriptContent::Object(script) => object_problem(&world.config.knobs, script),
    };
    Ok(Response::json(200, &Verdict { error: problem.is_some(), message: problem }))
}

fn object_problem(knobs: &Knobs, script: Map<String, Value>) -> Option<String> {
    let mut notes = Notes::default();
    let read = Script::read(&Value::Object(script), &mut Place::body(knobs, &mut notes));
    let mistake = notes.mistakes.first().map(ToString::to_string);
    let unknown = notes.unknown.first().map(|name| format!("{name} is not allowed"));
    let files = read.and_then(|script| script.write_files).unwrap_or_default();
    let wrong = files.iter().enumerate().find_map(|(index, file)| {
        file_problem(file).map(|problem| format!("write_files[{index}] {problem}"))
    });
    mistake.or(unknown).or(wrong)
}

fn file_problem(file: &File) -> Option<String> {
    if !file.path.starts_with('/') {
        return Some("has a path that is not absolute".to_owned());
    }
    if let Some(encoding) = file.encoding.as_deref().filter(|it| !ENCODINGS.contains(it)) {
        return Some(format!("has an unknown encoding {encoding}"));
    }
    let permissions = file.permissions.as_deref().filter(|it| !is_octal(it))?;
    Some(format!("has permissions {permissions} that are not octal"))
}

fn is_octal(text: &str) -> bool {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    (3..=5).contains(&digits.len()) && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
}

fn text_problem(text: &str) -> Option<String> {
    if text.starts_with("#!") {
        return None;
    }
    if text.lines().next().is_none_or(|line| line.trim_end() != "#cloud-config") {
        return Some("the first line must be #cloud-config or begin with #!".to_owned());
    }
    let read = serde_yaml::from_str::<Option<BTreeMap<String, Value>>>(text);
    read.err().map(|problem| problem.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts() {
        for (text, fine) in [
            ("#cloud-config\n", true),
            ("#cloud-config\npackages:\n- htop\nruncmd:\n  - \"a: b\"\n", true),
            ("#cloud-config\nwrite_files:\n- content: |\n    any {text\n  path: /x\n", true),
            ("#!/bin/sh\necho\n", true),
            ("#cloud-config\npackages: [\n  a,\n]\n", true),
            ("", false),
            ("text", false),
            ("packages: [a]", false),
            ("#cloud-config\npackages\n", false),
            ("#cloud-config\npackages:\n\t- htop\n", false),
            ("#cloud-config\n: x\n", false),
        ] {
            assert_eq!(text_problem(text).is_none(), fine, "{text:?}: {:?}", text_problem(text));
        }
    }

    #[test]
    fn objects() {
        let file = |more: Value| {
            let mut file = json!({ "path": "/x", "content": "y" });
            file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "write_files": [file] })
        };
        for (script, fine) in [
            (json!({}), true),
            (json!({ "packages": null, "write_files": null, "runcmd": null }), true),
            (json!({ "packages": ["htop"], "runcmd": ["true"] }), true),
            (file(json!({ "encoding": "b64", "owner": "a:b", "permissions": "0755" })), true),
            (file(json!({ "encoding": null, "owner": null, "permissions": null })), true),
            (json!({ "packages": "htop" }), false),
            (json!({ "packages": [1] }), false),
            (json!({ "runcmds": [] }), false),
            (json!({ "write_files": [{ "path": "/x" }] }), false),
            (json!({ "write_files": ["/x"] }), false),
            (file(json!({ "path": "x" })), false),
            (file(json!({ "encoding": "rot13" })), false),
            (file(json!({ "permissions": "rwx" })), false),
            (file(json!({ "mode": "0755" })), false),
        ] {
            let object = script.as_object().unwrap().clone();
            let problem = object_problem(&Knobs::default(), object);
            assert_eq!(problem.is_none(), fine, "{script}: {problem:?}");
        }
    }
}
