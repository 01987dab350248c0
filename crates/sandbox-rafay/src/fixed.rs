//! What of a spec is fixed after creation, as the row of its kind says.

use serde_json::{Map, Value};

use super::errors::invalid;
use super::kinds::Fixed;
use super::objects::Object;
use super::walk;
use plumb_sandbox::http::Response;

/// The names of what is changed and fixed. What a body leaves out is no change.
pub(crate) fn changes(before: &Object, spec: &Map<String, Value>) -> Vec<String> {
    match before.key.kind.fixed {
        Fixed::Silently => Vec::new(),
        Fixed::Paths(paths) => {
            let differs = |path: &&&str| {
                let said = walk::at(spec, path);
                !said.is_empty() && said != walk::at(&before.spec, path)
            };
            paths.iter().filter(differs).map(|path| (*path).to_owned()).collect()
        }
        Fixed::AllBut(free) => {
            let fixed = spec.iter().filter(|(name, _)| !free.contains(&name.as_str()));
            let differs = fixed.filter(|(name, value)| before.spec.get(*name) != Some(*value));
            differs.map(|(name, _)| name.clone()).collect()
        }
    }
}

/// The answer to what changes what is fixed.
pub(crate) fn refusal(forbidden: &[String]) -> Response {
    invalid(&format!("cannot be changed after creation: {}", forbidden.join(", ")))
}

/// Takes back the forbidden part of an update.
pub(crate) fn restore(before: &Object, spec: &mut Map<String, Value>, forbidden: &[String]) {
    for path in forbidden {
        let member = path.split('.').next().unwrap_or_default();
        match before.spec.get(member) {
            Some(value) => spec.insert(member.to_owned(), value.clone()),
            None => spec.remove(member),
        };
    }
}
