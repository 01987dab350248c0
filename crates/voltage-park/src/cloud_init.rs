//! Cloud-init: asking the server whether it takes one before anything
//! is rented (contract §2.7).

use crate::collections;
use plumb_kind::{Collection, Reading, Snapshot};
use plumb_model::digest::Digest;
use plumb_model::{Body, Code, FieldPath, Finding, Resource};

/// Where a kind of machine has its cloud-init, and what the server calls such a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The field in `spec`.
    pub(crate) field: &'static str,
    /// The `type` of the question.
    pub(crate) machine: &'static str,
}

impl Place {
    fn path(self) -> FieldPath {
        FieldPath::root().key("spec").key(self.field)
    }

    /// The question whether the server takes it. Equal contents are asked about once. One in
    /// which something is open is not asked about.
    pub(crate) fn question(self, resource: &Resource) -> Option<Collection> {
        let content = resource.field(&self.path()).filter(|content| !content.is_null())?;
        if content.any(&Body::is_open) {
            return None;
        }
        let digest = Digest::in_clear(content).to_string();
        Some(collections::cloud_init_check(&digest, self.machine, content))
    }

    /// What the server said of it. `error: true` means that it is wrong, and is a success of HTTP.
    pub(crate) fn finding(self, resource: &Resource, snapshot: &Snapshot) -> Option<Finding> {
        let answer = match snapshot.reading(&self.question(resource)?.id)? {
            Reading::Items(items) => items.first()?,
            Reading::Missing => return None,
            Reading::Unknown(why) => {
                let message = format!("the server could not be asked about {}: {why}", self.field);
                return Some(
                    self.about(resource, Finding::warning(Code::CLOUD_INIT_REFUSED, message)),
                );
            }
        };
        if answer.get("error").and_then(Body::as_bool) != Some(true) {
            return None;
        }
        let said = answer.get("message").and_then(Body::as_str).unwrap_or("it gives no reason");
        let said = plumb_model::ServerText::new(said).without(resource.body.secrets());
        let message = format!("the server does not take {}: {said}", self.field);
        let finding = Finding::error(Code::CLOUD_INIT_REFUSED, message);
        Some(self.about(resource, finding.help("correct it as the server says")))
    }

    fn about(self, resource: &Resource, finding: Finding) -> Finding {
        finding.of(&resource.key).field(self.path())
    }
}

#[cfg(test)]
mod tests;
