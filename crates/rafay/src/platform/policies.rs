//! Groups of v3 whose specs are sent as they are: policies of the gatekeeper and the network, profiles
//! of cost, tags.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::{COST, OPA, SECURITY, TAGS};
use super::shared::Settings;
use plumb_kind::{Kind, Row};
use plumb_model::Aspect::UnorderedBy;
use schemars::JsonSchema;

/// Tags by which what is in a project is told apart.
#[derive(JsonSchema)]
struct TagGroupSpec {
    /// The tags. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("key")]))]
    tags: Vec<Tag>,
}

/// A tag.
#[derive(JsonSchema)]
struct Tag {
    /// The key of the tag.
    key: String,
    /// Its value.
    value: Option<String>,
}

static OPA_POLICY: Row = OPA.row("opapolicies", || {
    OPA.kind::<Settings>("OPAPolicy", "Constraints of the gatekeeper, together.")
});

static OPA_CONSTRAINT: Row = OPA.row("opaconstraints", || {
    OPA.kind::<Settings>("OPAConstraint", "A constraint of the gatekeeper.")
});

static OPA_CONSTRAINT_TEMPLATE: Row = OPA.row("opaconstrainttemplates", || {
    OPA.kind::<Settings>(
        "OPAConstraintTemplate",
        "What constraints of the gatekeeper are made from.",
    )
});

static NETWORK_POLICY_PROFILE: Row = SECURITY.row("networkpolicyprofiles", || {
    SECURITY.kind::<Settings>("NetworkPolicyProfile", "How the network of clusters is kept.")
});

static COST_PROFILE: Row = COST.row("costprofiles", || {
    COST.kind::<Settings>("CostProfile", "How the costs of clusters are counted.")
});

static TAG_GROUP: Row = TAGS.row("taggroups", || {
    TAGS.kind::<TagGroupSpec>("TagGroup", "Tags by which what is in a project is told apart.")
});

pub(super) static KINDS: &[&dyn Kind] = &[
    &OPA_POLICY,
    &OPA_CONSTRAINT,
    &OPA_CONSTRAINT_TEMPLATE,
    &NETWORK_POLICY_PROFILE,
    &COST_PROFILE,
    &TAG_GROUP,
];
