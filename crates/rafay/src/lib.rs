//! Everything plumb knows of a Rafay controller: its kinds, one file each, and the rules of a
//! session with it. Requests and answers are values; nothing here sends, waits or prints.
//!
//! The contract this is a reading of is `docs/contracts/rafay.md`; ids such as R-04 point into its
//! register of assumptions.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod account;
mod activity;
mod collaborator;
mod collections;
mod deployed;
mod developer;
mod documents;
mod environments;
mod export;
mod grants;
mod group;
mod group_documents;
mod group_roles;
mod keys;
mod kubernetes;
mod lookup;
mod membership;
mod organization;
mod organization_documents;
mod paas;
mod paths;
mod platform;
mod price;
mod profile;
mod profile_check;
mod profile_search;
mod project;
mod rates;
mod reach;
mod sent;
mod session;
mod status;
mod user;
mod user_keys;
mod variables;
mod words;

#[cfg(test)]
mod tests;

use plumb_kind::{
    AnswerClass, Between, Budgets, Credentials, Identification, KeyEnd, Kind, Provider, Request,
    Section, Unmanageable, UserKeys, Variables,
};
use plumb_model::Body;
use plumb_model::text::{Secret, ServerText};
use std::sync::LazyLock;

/// The provider's name.
const NAME: &str = "rafay";

/// The kinds of which each has a file of its own, one line each; then families of rows.
pub static KINDS: LazyLock<Vec<&'static dyn Kind>> = LazyLock::new(|| {
    let own: [&'static dyn Kind; 11] = [
        &paas::WORKSPACE,
        &collaborator::Collaborator,
        &deployed::SERVICE,
        &deployed::COMPUTE_INSTANCE,
        &paas::COMPUTE_PROFILE,
        &paas::SERVICE_PROFILE,
        &project::Project,
        &group::Group,
        &organization::Organization,
        &user::User,
        &kubernetes::MANAGED_CLUSTER,
    ];
    let families = developer::KINDS.iter().chain(environments::KINDS).copied();
    own.into_iter().chain(families).chain(platform::kinds()).collect()
});

/// A Rafay controller.
#[derive(Clone, Copy, Debug)]
pub struct Rafay;

/// The one Rafay provider.
pub static RAFAY: Rafay = Rafay;

impl Provider for Rafay {
    fn name(&self) -> &'static str {
        NAME
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &KINDS
    }

    fn credentials(&self) -> Credentials {
        let variables = &[
            Variables { endpoint: "PLUMB_RAFAY_ENDPOINT", key: "PLUMB_RAFAY_API_KEY" },
            Variables { endpoint: "RCTL_REST_ENDPOINT", key: "RCTL_API_KEY" },
        ];
        Credentials { variables, usual_endpoint: None }
    }

    fn old_formats(&self) -> &'static [&'static str] {
        &["config.rafay.dev/v2", "pipeline.rafay.dev/v2", "infra.k8smgmt.io/v2", "rafay.io/v1alpha"]
    }

    fn events(&self, between: Between) -> Vec<Section> {
        activity::events(between)
    }

    fn usage(&self, between: Between) -> Vec<Section> {
        activity::usage(between)
    }

    fn unmanageable(&self) -> &'static [Unmanageable] {
        platform::UNMANAGEABLE
    }

    fn headers(&self, _request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        session::headers(key)
    }

    fn organization_header(&self) -> Option<&'static str> {
        Some("x-organization-id")
    }

    fn classify(&self, status: u16, body: Option<&Body>, text: &str) -> AnswerClass {
        session::classify(status, body, text)
    }

    fn says_gone(&self, status: u16, body: Option<&Body>, text: &str) -> bool {
        session::says_gone(status, body, text)
    }

    fn explain(&self, body: Option<&Body>, text: &str) -> ServerText {
        session::explain(body, text)
    }

    fn budgets(&self) -> Budgets {
        session::BUDGETS
    }

    fn identification(&self) -> Option<Identification> {
        Some(account::identification())
    }

    fn key_end(&self) -> Option<KeyEnd> {
        Some(keys::end())
    }

    fn user_keys(&self) -> Option<&'static dyn UserKeys> {
        Some(&user_keys::Keys)
    }
}
