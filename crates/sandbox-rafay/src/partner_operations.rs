//! The rows of the partner console, and of events and usage (contract 6 and 9).

use super::answers::{Nothing, ResultPage};
use super::events::{EventPage, UsagePage};
use super::organizations::{AccountRoles, ShownOrganization};
use super::records::{AddUserBody, OrganizationBody, ShareBody, SignUpBody};
use super::rows::{
    CHANGED, CREATED_ACCOUNT, LIMIT, NAME, OFFSET, RANGED, REMOVED, Row, partners, read,
};
use super::users::ListedUser;
use super::{events, organizations};
use plumb_sandbox::operation::{Method, QueryKind, QueryParameter};
use plumb_sandbox::rows;

const FROM: QueryParameter = QueryParameter::new("range_from", QueryKind::Text);
const TO: QueryParameter = QueryParameter::new("range_to", QueryKind::Text);
const EVENT_PAGE: &[QueryParameter] = &[
    FROM,
    TO,
    LIMIT,
    OFFSET,
    QueryParameter::new("status", QueryKind::Text),
    QueryParameter::new("orderby", QueryKind::OneOf(&["created_at"])),
    QueryParameter::new("order", QueryKind::OneOf(&["asc", "desc"])),
    QueryParameter::new("org_id", QueryKind::Text),
    QueryParameter::new("profile_id", QueryKind::Text),
];
const USAGE_PAGE: &[QueryParameter] =
    &[FROM, TO, LIMIT, OFFSET, QueryParameter::new("instance_organization_id", QueryKind::Text)];
const ORGANIZATION_PAGE: &[QueryParameter] = &[
    LIMIT,
    OFFSET,
    NAME,
    QueryParameter::new("external_id", QueryKind::Text),
    QueryParameter::new("referer", QueryKind::Text),
];

/// Every operation of theirs.
pub(crate) const OPERATIONS: &[Row] = rows! {
    partners("rafay.organizations.sign-up", "/auth/v1/signup/organization/",
        "Sign an organization up", organizations::sign_up)
        .writing(Method::Post).takes::<SignUpBody>().shows::<ShownOrganization<'_>>()
        .answers(CREATED_ACCOUNT).covers(&["RAFAY-28", "RAFAY-29"]),
    partners("rafay.organizations.list", "/auth/v1/organizations", "List organizations",
        organizations::list)
        .asks(ORGANIZATION_PAGE).answers(RANGED).shows::<ResultPage<ShownOrganization<'_>>>()
        .covers(&["RAFAY-30"]),
    partners("rafay.organizations.list-slash", "/auth/v1/organizations/", "List organizations",
        organizations::list)
        .asks(ORGANIZATION_PAGE).answers(RANGED).shows::<ResultPage<ShownOrganization<'_>>>()
        .covers(&["RAFAY-30"]),
    partners("rafay.organizations.get", "/auth/v1/organizations/{id}/", "Get an organization",
        organizations::get)
        .shows::<ShownOrganization<'_>>().covers(&["RAFAY-31"]),
    partners("rafay.organizations.put", "/auth/v1/organizations/{id}/", "Change an organization",
        organizations::put)
        .writing(Method::Put).takes::<OrganizationBody>().shows::<ShownOrganization<'_>>()
        .answers(CHANGED).covers(&["RAFAY-33", "RAFAY-34", "RAFAY-35"]),
    partners("rafay.organizations.delete", "/auth/v1/organizations/{id}/",
        "Delete an organization", organizations::delete)
        .writing(Method::Delete).answers(REMOVED).covers(&["RAFAY-32"]),
    partners("rafay.organizations.add-user", "/auth/v1/organizations/{id}/adduser/",
        "Add a user to an organization", organizations::add_user)
        .writing(Method::Post).takes::<AddUserBody>().shows::<ListedUser<'_>>()
        .answers(CREATED_ACCOUNT).covers(&["RAFAY-36"]),
    partners("rafay.organizations.account-roles", "/auth/v1/organizations/{id}/accountroles/",
        "List the users of an organization with their roles", organizations::account_roles)
        .shows::<Vec<AccountRoles<'_>>>(),
    partners("rafay.profiles.share", "/v2/sentry/updatesystemresourcemembership",
        "Say who sees a profile", organizations::share)
        .writing(Method::Post).takes::<ShareBody>().shows::<Nothing>().answers(CHANGED),
    read("rafay.events.compute",
        "/apis/dashboard.envmgmt.io/v1/events/paas/partner/kind/compute/instance",
        "List what happened to instances", events::list)
        .asks(EVENT_PAGE).answers(RANGED).shows::<EventPage<'_>>(),
    read("rafay.events.service",
        "/apis/dashboard.envmgmt.io/v1/events/paas/partner/kind/service/instance",
        "List what happened to services", events::list)
        .asks(EVENT_PAGE).answers(RANGED).shows::<EventPage<'_>>(),
    read("rafay.usage.compute",
        "/apis/billing.envmgmt.io/v1/metrics/partner/instance/kind/compute/usage",
        "List how long instances were used", events::usage)
        .asks(USAGE_PAGE).answers(RANGED).shows::<UsagePage<'_>>(),
    read("rafay.usage.service",
        "/apis/billing.envmgmt.io/v1/metrics/partner/instance/kind/service/usage",
        "List how long services were used", events::usage)
        .asks(USAGE_PAGE).answers(RANGED).shows::<UsagePage<'_>>(),
    read("rafay.usage.compute-profiles",
        "/apis/billing.envmgmt.io/v1/metrics/partner/profile/kind/compute/usage",
        "List how long what is made from compute profiles was used", events::profiles)
        .asks(USAGE_PAGE).answers(RANGED).shows::<UsagePage<'_>>(),
    read("rafay.usage.service-profiles",
        "/apis/billing.envmgmt.io/v1/metrics/partner/profile/kind/service/usage",
        "List how long what is made from service profiles was used", events::profiles)
        .asks(USAGE_PAGE).answers(RANGED).shows::<UsagePage<'_>>(),
};
