//! What documents of organizations say. Their doc comments are what an editor shows on hover.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use plumb_kind::Opaque;
use plumb_model::Aspect::{AfterCreate, AtCreation, Recorded, ServerOwned, Unordered, WriteOnly};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// What it is called.
#[derive(JsonSchema)]
pub(crate) struct OrganizationMetadata {
    /// The organization's name.
    #[schemars(regex(pattern = "^[^/]+$"), length(min = 1, max = 254))]
    name: String,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What it is and may do. What is not declared stays as it is.
#[derive(JsonSchema)]
pub(crate) struct OrganizationSpec {
    /// Who signs it up, needed to make it: its first administrator.
    #[schemars(rename = "signUp", extend("x-plumb" = [Recorded, AtCreation]))]
    sign_up: Option<SignUp>,
    /// What it is for.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    description: Option<String>,
    /// Whether it may be used.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    active: Option<bool>,
    /// Whether the partner has agreed to it.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    approved: Option<bool>,
    /// The sort of its contract, for instance free.
    #[schemars(rename = "type", extend("x-plumb" = [AfterCreate]))]
    contract: Option<String>,
    /// Where bills go.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    billing_address: Option<String>,
    /// First line of its address.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    address_line1: Option<String>,
    /// Second line of its address.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    address_line2: Option<String>,
    /// The city of its address.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    city: Option<String>,
    /// The state of its address.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    state: Option<String>,
    /// The country of its address.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    country: Option<String>,
    /// The postal code of its address.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    zipcode: Option<String>,
    /// Phone number.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    phone: Option<String>,
    /// Whether it is hidden from others.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    is_private: Option<bool>,
    /// Whether everybody in it needs a second factor.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    is_totp_enabled: Option<bool>,
    /// Whether it may use the vendor's pod security policies.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    psps_enabled: Option<bool>,
    /// Whether it may use pod security policies of its own.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    custom_psps_enabled: Option<bool>,
    /// Whether it has the vendor's blueprints.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    default_blueprints_enabled: Option<bool>,
    /// Whether it has the vendor's templates.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    system_templates_enabled: Option<bool>,
    /// Whether changes by others are told.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    enable_drift_webhook: Option<bool>,
    /// Kinds of things that are protected: Cluster, Environment.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    protected_resources: Option<BTreeMap<String, bool>>,
    /// Where it came from.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    referer: Option<String>,
    /// Its id in the partner's own books.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    external_id: Option<String>,
    /// Its settings: currency, `paas_compute_disabled` and the like. Those that are not named stay.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    settings: Option<Opaque>,
    /// Users that are added to it. There is no call that takes one out: one that is declared no more
    /// stays.
    #[schemars(length(min = 1), extend("x-plumb" = [Recorded, AfterCreate, Unordered]))]
    users: Option<Vec<Member>>,
}

/// Who signs an organization up.
#[derive(JsonSchema)]
struct SignUp {
    /// The username, which is an e-mail address.
    #[schemars(regex(pattern = "^[^@ ]+@[^@ ]+$"), length(min = 3, max = 254))]
    username: String,
    /// First name.
    #[schemars(length(min = 1))]
    first_name: String,
    /// Last name.
    #[schemars(length(min = 1))]
    last_name: String,
    /// The first password. Take it from the environment: {valueFrom: {var: NAME}}.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    password: Option<String>,
}

/// A user that is added to an organization.
#[derive(JsonSchema)]
struct Member {
    /// The username, which is an e-mail address.
    #[schemars(regex(pattern = "^[^@ ]+@[^@ ]+$"), length(min = 3, max = 254))]
    username: String,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// Phone number.
    phone: Option<String>,
    /// The roles in the organization, by name; the first is the one the user comes with.
    #[schemars(length(min = 1))]
    roles: Vec<RoleName>,
}

// The name of a role.
#[derive(JsonSchema)]
struct RoleName(#[schemars(length(min = 1))] String);
