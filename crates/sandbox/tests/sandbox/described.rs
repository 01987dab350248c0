//! Every answer that tests get of a cloud is what its OpenAPI document says of it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use plumb_sandbox::openapi::document;
use plumb_sandbox::{Operation, Response};
use serde_json::Value;

use crate::client::{all_operations, clouds};

type Validators = Mutex<BTreeMap<&'static str, Arc<Validator>>>;

static OPERATIONS: LazyLock<BTreeMap<&'static str, &'static Operation>> =
    LazyLock::new(|| all_operations().map(|row| (row.id, row)).collect());

/// What references in schemas lead to, by cloud.
static COMPONENTS: LazyLock<BTreeMap<&'static str, Value>> = LazyLock::new(|| {
    clouds().iter().map(|cloud| (cloud.name(), document(&**cloud)["components"].clone())).collect()
});

/// Holds a successful answer of an operation against its document.
pub(crate) fn check(operation: &str, response: &Response) {
    let Some(row) = OPERATIONS.get(operation) else { return };
    let is_json = response.header_value("content-type") == Some("application/json");
    if !(200..300).contains(&response.status) || !is_json || response.body.is_empty() {
        return;
    }
    let body = response.body_json();
    let Some(validator) = validator(row) else { panic!("{row:?} says nothing of its answer") };
    // An error in an answer that says success is no answer (contract 2.6).
    let is_error = body.get("code").is_some_and(Value::is_number);
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
    let mut schema = row.answer?.made();
    schema["components"] = COMPONENTS[row.cloud()].clone();
    let validator = Arc::new(jsonschema::validator_for(&schema).unwrap());
    made.insert(row.id, Arc::clone(&validator));
    Some(validator)
}
