//! Every answer that tests get of a cloud is what its OpenAPI document says of it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use plumb_sandbox::openapi::document;
use plumb_sandbox::{Operation, Response};
use serde_json::Value;

use crate::client::{all_operations, clouds};

const JSON: &str = "application/json";
/// What v3 answers where it is asked for it (contract 7.1).
const YAML: &str = "application/yaml";

type Validators = Mutex<BTreeMap<&'static str, Arc<Validator>>>;

static OPERATIONS: LazyLock<BTreeMap<&'static str, &'static Operation>> =
    LazyLock::new(|| all_operations().map(|row| (row.id, row)).collect());

static DOCUMENTS: LazyLock<BTreeMap<&'static str, Value>> =
    LazyLock::new(|| clouds().iter().map(|cloud| (cloud.name(), document(&**cloud))).collect());

/// What the document of its cloud says of an operation.
pub(crate) fn described(row: &Operation) -> &'static Value {
    let method = row.method.as_str().to_lowercase();
    &DOCUMENTS[row.cloud()]["paths"][row.path][method]
}

/// Holds an answer of an operation against its document: its code, its media type, which whoever asks may
/// have chosen, and its body.
pub(crate) fn check(operation: &str, accepted: Option<&str>, response: &Response) {
    let Some(row) = OPERATIONS.get(operation) else { return };
    let status = response.status;
    let media = response.header_value("content-type");
    let body = if media == Some("application/json") { response.body_json() } else { Value::Null };
    // An error in an answer that says success is no answer (contract 2.6), and absence may come as
    // an error of the server.
    let is_error = body.get("code").is_some_and(Value::is_number);
    let is_known = row.responses.iter().any(|(known, _)| *known == status);
    assert!(is_known || is_error && [200, 502].contains(&status), "{row:?} answers {status}");
    if response.body.is_empty() {
        return;
    }
    let promised = if (200..300).contains(&status) && !is_error { row.media } else { JSON };
    let in_yaml = accepted == Some(YAML) && media == accepted && row.path.contains("/v3/");
    assert!(media == Some(promised) || in_yaml, "{row:?} answers {media:?}");
    if !(200..300).contains(&status) || media != Some(JSON) {
        return;
    }
    let Some(validator) = validator(row) else { panic!("{row:?} says nothing of its answer") };
    let wrong: Vec<String> =
        validator.iter_errors(&body).map(|it| format!("{}: {it}", it.instance_path())).collect();
    assert!(is_error || wrong.is_empty(), "{row:?} answers {body}, but {wrong:?}");
}

fn validator(row: &'static Operation) -> Option<Arc<Validator>> {
    static MADE: LazyLock<Validators> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap();
    if let Some(known) = made.get(row.id) {
        return Some(Arc::clone(known));
    }
    let mut answers = described(row)["responses"].as_object()?.iter();
    let success = answers.find(|(status, it)| status.starts_with('2') && it["content"].is_object());
    let mut schema = success?.1["content"][row.media]["schema"].clone();
    schema["components"] = DOCUMENTS[row.cloud()]["components"].clone();
    let validator = Arc::new(jsonschema::validator_for(&schema).unwrap());
    made.insert(row.id, Arc::clone(&validator));
    Some(validator)
}
