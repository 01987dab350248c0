//! Cloud-init: the shape of the object in orders, and the call that checks one (contract 2.7).
//!
//! Text is checked as far as is possible without reading YAML: its header, its indentation, and
//! that it is a mapping at the outermost level.

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::input::Input;
use super::world::{Call, World};
use plumb_sandbox::http::Response;

/// The values of `type`.
const TYPES: &[&str] = &["instant-vm", "vm", "baremetal"];

/// How the content of a file may be encoded.
const ENCODINGS: &[&str] = &["b64", "base64", "gz", "gzip", "gz+b64", "gz+base64", "text/plain"];

/// Reads the object of an order; what it says is not kept.
pub(crate) fn read(fields: &mut Fields<'_>, name: &'static str) {
    fields.optional_object(name, |script| {
        script.optional_texts("packages");
        script.optional_objects("write_files", |file| {
            file.text("path");
            file.text("content");
            file.optional_text("encoding");
            file.optional_text("owner");
            file.optional_text("permissions");
        });
        script.optional_texts("runcmd");
    });
}

/// POST a script to be checked: 200 in any case, with `error` when it is wrong.
pub(crate) fn validate(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let mut content = Value::Null;
    input.body(|fields| {
        fields.choice("type", TYPES);
        content = fields.text_or_object("content");
    });
    input.checked(world)?;
    let problem = match &content {
        Value::String(text) => text_problem(text),
        Value::Object(script) => object_problem(script),
        _ => None,
    };
    Ok(Response::json(200, &json!({ "error": problem.is_some(), "message": problem })))
}

fn object_problem(script: &Map<String, Value>) -> Option<String> {
    script.iter().find_map(|(name, value)| match (name.as_str(), value) {
        ("packages" | "write_files" | "runcmd", Value::Null) => None,
        ("packages" | "runcmd", _) => list(name, value).map_or_else(Some, |items| {
            let odd = items.iter().position(|item| !item.is_string());
            odd.map(|index| format!("{name}[{index}] is not a string"))
        }),
        ("write_files", _) => list(name, value).map_or_else(Some, |files| {
            let mut problems = files.iter().enumerate();
            problems.find_map(|(index, file)| {
                file_problem(file).map(|problem| format!("write_files[{index}] {problem}"))
            })
        }),
        _ => Some(format!("{name} is not allowed")),
    })
}

fn list<'a>(name: &str, value: &'a Value) -> Result<&'a Vec<Value>, String> {
    value.as_array().ok_or_else(|| format!("{name} is not a list"))
}

fn file_problem(file: &Value) -> Option<String> {
    let Some(file) = file.as_object() else { return Some("is not an object".to_owned()) };
    for required in ["path", "content"] {
        if !file.get(required).is_some_and(Value::is_string) {
            return Some(format!("has no {required}"));
        }
    }
    let text = |name: &str| file.get(name).and_then(Value::as_str);
    if !text("path").is_some_and(|path| path.starts_with('/')) {
        return Some("has a path that is not absolute".to_owned());
    }
    if let Some(encoding) = text("encoding")
        && !ENCODINGS.contains(&encoding)
    {
        return Some(format!("has an unknown encoding {encoding}"));
    }
    if let Some(permissions) = text("permissions")
        && !is_octal(permissions)
    {
        return Some(format!("has permissions {permissions} that are not octal"));
    }
    let known = ["path", "content", "encoding", "owner", "permissions"];
    let unknown = file.keys().find(|name| !known.contains(&name.as_str()));
    unknown.map(|name| format!("has an unknown field {name}"))
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
    text.lines().enumerate().find_map(|(index, line)| {
        line_problem(line).map(|problem| format!("line {}: {problem}", index + 1))
    })
}

/// What is wrong with a line for itself. Inside block texts anything goes, so only what no block
/// text can hold is looked at: tabs before the first word, and lines without indentation.
fn line_problem(line: &str) -> Option<&'static str> {
    let indentation = line.len() - line.trim_start().len();
    if line.get(..indentation).is_some_and(|blank| blank.contains('\t')) {
        return Some("a tab in the indentation");
    }
    let first = line.chars().next()?;
    let outermost = !first.is_whitespace() && !matches!(first, '#' | '-' | ']' | '}');
    if !outermost || line.starts_with("...") {
        return None;
    }
    let is_key = line.split_once(':').is_some_and(|(key, rest)| {
        !key.trim().is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t']))
    });
    if is_key { None } else { Some("neither a key nor an item of a list") }
}

#[cfg(test)]
mod tests {
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
            let problem = object_problem(script.as_object().unwrap());
            assert_eq!(problem.is_none(), fine, "{script}: {problem:?}");
        }
    }
}
