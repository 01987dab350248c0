//! `system.k8smgmt.io/v3`: the organization's own objects. Projects are those of `auth/v1`: see
//! `crate::project`.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::SYSTEM;
use plumb_kind::{Kind, KindType, Row};
use plumb_model::Aspect::{ServerOwned, Unordered};
use plumb_model::KindRules;
use plumb_model::key::ScopeLevel;
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// What it is called. The names of roles are as loose as those of people.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct RoleMetadata {
    /// The role's name. A new name is a new role.
    #[schemars(length(min = 1, max = 63))]
    name: String,
    /// What it is for.
    description: Option<String>,
    /// Labels. Those of others are kept; plumb adds its own mark, plumb.dev/stack.
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Those that begin with plumb.dev/ are wishes to plumb and are not sent.
    annotations: Option<BTreeMap<String, String>>,
    /// Set by the server, and ignored here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    id: Option<String>,
}

/// What those who have the role may do.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct RoleSpec {
    /// What they may do. Order means nothing.
    #[schemars(extend("x-plumb" = [Unordered]))]
    permissions: Option<Vec<String>>,
    /// Where it is given: PROJECT or ORGANIZATION.
    scope: Option<String>,
    /// Set by the server, and ignored here: BASE for the vendor's roles, CUSTOM for others.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    role_type: Option<String>,
}

static ROLE: Row = SYSTEM
    .row("roles", || {
        let summary = "A role of the organization's own, beside those of the vendor.";
        let rules = KindRules { level: ScopeLevel::Global, ..SYSTEM.rules("Role") };
        KindType::of::<RoleMetadata, Option<RoleSpec>>(rules, summary).with_status()
    })
    .with_or_without_spec();

pub(super) static KINDS: &[&dyn Kind] = &[&ROLE];
