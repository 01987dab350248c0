//! What the partner console says of an organization (contract 6.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The fields of an organization that are written. A write is of the whole: what it leaves out is
/// empty afterwards.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "they are the fields of the API")]
pub struct OrganizationRecord {
    pub(crate) description: String,
    pub(crate) active: bool,
    pub(crate) approved: bool,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) billing_address: String,
    pub(crate) address_line1: String,
    pub(crate) address_line2: String,
    pub(crate) city: String,
    pub(crate) state: String,
    pub(crate) country: String,
    pub(crate) zipcode: String,
    pub(crate) phone: String,
    pub(crate) is_private: bool,
    pub(crate) is_totp_enabled: bool,
    pub(crate) is_default_org: bool,
    pub(crate) published_workload_count: u64,
    pub(crate) psps_enabled: bool,
    pub(crate) custom_psps_enabled: bool,
    pub(crate) default_blueprints_enabled: bool,
    pub(crate) system_templates_enabled: bool,
    pub(crate) enable_drift_webhook: bool,
    /// Kinds of what may not be deleted by accident, `{Cluster, Environment: bool}`.
    pub(crate) protected_resources: Map<String, Value>,
    pub(crate) referer: String,
    pub(crate) external_id: String,
    pub(crate) settings: OrganizationSettings,
}

/// The settings of an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
#[expect(clippy::struct_excessive_bools, reason = "they are the fields of the API")]
pub(crate) struct OrganizationSettings {
    pub(crate) currency: String,
    pub(crate) abac_enabled: bool,
    pub(crate) ipv6_enabled: bool,
    pub(crate) registry_fqdn: String,
    #[serde(rename = "whitelistedIP_enabled")]
    pub(crate) whitelisted_ip_enabled: bool,
    pub(crate) paas_compute_disabled: bool,
    pub(crate) paas_compute_disable_message: String,
    pub(crate) paas_service_disabled: bool,
    pub(crate) paas_service_disable_message: String,
    pub(crate) share_skus_with_all_projects_disabled: bool,
}

/// The body of a change: the whole object. What only the server writes is not taken.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct OrganizationBody {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) record: OrganizationRecord,
}

/// The body of a sign-up.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SignUpBody {
    /// An e-mail address.
    pub(crate) username: String,
    pub(crate) organization_name: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    /// Never kept and never shown.
    pub(crate) password: String,
}

/// The body of `adduser`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AddUserBody {
    pub(crate) account: AddedAccount,
    pub(crate) role: Option<AddedRole>,
    #[serde(default)]
    pub(crate) roles: Vec<AddedNestedRole>,
}

/// The account in an [`AddUserBody`].
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AddedAccount {
    /// An e-mail address.
    pub(crate) username: String,
    #[serde(default)]
    pub(crate) first_name: String,
    #[serde(default)]
    pub(crate) last_name: String,
    pub(crate) phone: Option<String>,
}

/// One of the roles in an [`AddUserBody`].
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AddedNestedRole {
    pub(crate) role: AddedRole,
}

/// A role of the organization to give.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AddedRole {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "is_global")]
    pub(crate) _is_global: Option<bool>,
    #[serde(rename = "scope")]
    pub(crate) _scope: Option<String>,
}

/// The body that says who sees a profile (contract 6.3).
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ShareBody {
    pub(crate) system_resource_type: ResourceType,
    /// The `metadata.id` of the profile.
    pub(crate) system_resource_id: String,
    pub(crate) share_type: ShareType,
    #[serde(default)]
    pub(crate) org_id_list: Vec<String>,
}

/// The type of profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ResourceType {
    PaasComputeProfile,
    PaasServiceProfile,
}

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ShareType {
    All,
    Custom,
    None,
}

impl OrganizationRecord {
    /// The record of an organization that is in use.
    pub(crate) fn in_use() -> Self {
        OrganizationRecord { active: true, approved: true, ..OrganizationRecord::signed_up() }
    }

    /// The record of one that signed up: somebody has to approve and activate it.
    pub(crate) fn signed_up() -> Self {
        let settings =
            OrganizationSettings { currency: "USD".to_owned(), ..OrganizationSettings::default() };
        OrganizationRecord {
            kind: "free".to_owned(),
            default_blueprints_enabled: true,
            system_templates_enabled: true,
            settings,
            ..OrganizationRecord::default()
        }
    }
}

impl std::fmt::Debug for SignUpBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("SignUpBody");
        shown.field("organization_name", &self.organization_name).finish_non_exhaustive()
    }
}
