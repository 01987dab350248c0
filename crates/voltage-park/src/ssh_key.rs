//! SSH public keys of the organization (contract §2.5). They are shared with people, and running
//! machines never notice a change. What a key's text must look like is in `content`.

mod content;

#[cfg(test)]
mod tests;

use crate::documents::{self, KeyMetadata};
use crate::{collections, ids, paths};
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Request,
    Snapshot, Step, check,
};
use plumb_model::rules::{Identity, MarkPlace, ReplaceDefault};
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Finding, KindRules, LiveObject, RemoteId, Resource, ResourceKey, Scope, body,
};
use std::sync::LazyLock;

/// `voltagepark.com/v1` `SSHKey`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SshKey;

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let rules = KindRules {
        identity: Identity::Id,
        // Keys have no place for a mark: the ledger's record that a key was made here is what allows
        // to delete it, and the planner sees to that. Names are unique in the organization, and
        // there is no call that changes a key (contract §2.5).
        mark: MarkPlace::Ledger,
        // Machines keep the keys they were made with, so nothing is lost.
        replace: ReplaceDefault::Allowed,
        timeout_seconds: 5 * 60,
        ..ids::rules("SSHKey")
    };
    let summary = "An SSH public key of the organization, which machines can be made with.";
    KindType::of::<KeyMetadata, documents::SshKeySpec>(rules, summary)
});

impl Kind for SshKey {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn prepare(&self, resource: &mut Resource) {
        content::prepare(resource);
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        let mut findings = check::foreign_annotations(resource);
        findings.extend(content::check(resource));
        findings
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::ssh_keys()]
    }

    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let (id, name) = ids::identity(&self.rules().id, item)?;
        // Keys are compared without the white space around them (contract §12).
        let content = item.get("content").and_then(Body::as_str).map(str::trim);
        let key = ids::key(self.rules().id.clone(), &name);
        let body = body!({
            "apiVersion": ids::API_VERSION,
            "kind": self.rules().id.kind,
            "metadata": {"name": name},
            "spec": {"content": content},
        });
        let outputs = body!({"id": id.as_str()});
        Ok(LiveObject { outputs, remote_id: Some(id), ..LiveObject::of(key, body) })
    }

    /// There is no call that reads one key.
    fn item(&self, _key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let request = match step {
            Step::Adopt => return Ok(Vec::new()),
            Step::Create => create(context)?,
            Step::Delete => {
                let id = context.own_id()?;
                let path = paths::api(["organization", "ssh-keys", id.as_str()]);
                Request::write(Method::Delete, path, Effect::Delete)
            }
            Step::Update | Step::Publish | Step::Power(_) | Step::Act(_) => {
                return Err(CannotBuild {
                    message: format!("{} cannot be changed", context.key),
                    help: "a key has no such operation; it is replaced instead".to_owned(),
                });
            }
        };
        Ok(vec![request])
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        ids::remote_id(answer, "id")
    }

    fn describe(&self, live: &LiveObject, _snapshot: &Snapshot) -> Vec<(&'static str, ServerText)> {
        let text = live.body.pointer("/spec/content").and_then(Body::as_str).unwrap_or_default();
        let mut words = text.split_whitespace();
        let (sort, comment) = (words.next(), words.nth(1));
        let shown = |name, word: Option<&str>| word.map(|word| (name, ServerText::new(word)));
        shown("type", sort).into_iter().chain(shown("comment", comment)).collect()
    }
}

fn create(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let text = context.body.and_then(|body| body.pointer("/spec/content"));
    let text = text.and_then(Body::as_str).ok_or_else(|| CannotBuild {
        message: format!("{} has no content", context.key),
        help: "write the public key in spec.content".to_owned(),
    })?;
    let body = body!({"name": context.key.name, "content": text.trim()});
    let path = paths::api(["organization", "ssh-keys"]);
    Ok(Request::write(Method::Post, path, Effect::Create).json(body))
}
