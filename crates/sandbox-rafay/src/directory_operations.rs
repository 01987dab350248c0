//! The rows of projects, users, groups, roles and API keys, in `auth/v1` and in v3.

use super::access_bodies::{KeyBody, ProjectSpec, RoleSpec};
use super::answers::{List, Nothing, ResultPage};
use super::bodies::{
    Envelope, GroupAssignBody, GroupBody, GroupReference, GroupUnassignBody, ProjectBody,
    UserAssignBody, UserBody, UserUnassignBody,
};
use super::group_roles::GroupRoles;
use super::groups::ShownGroup;
use super::key_calls::ShownKey;
use super::profile::Profile;
use super::projects::{ProjectPage, ShownProject};
use super::roles::ShownRole;
use super::rows::{
    ABSENT, ASSIGNED, AUTH_LISTED, BAD, CHANGED, CONFLICT, CREATED_ACCOUNT, DELETED, DENIED,
    FORBIDDEN, GROUP_PAGE, PAGE, PROJECT_PAGE, REMOVED, Responses, Row, UPSERTED, USER_PAGE,
    delete, post, read,
};
use super::users::{CreatedUser, UserPage, UserRead};
use super::v3_projects::V3Project;
use super::{group_roles, groups, key_calls, profile, projects, roles, users, v3_projects};
use plumb_sandbox::operation::Method;
use plumb_sandbox::rows;

const CHANGED_NAME: Responses = &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const CREATED_KEY: Responses = &[(201, "the key"), BAD, DENIED, FORBIDDEN, ABSENT];

/// Every operation of theirs.
pub(crate) const OPERATIONS: &[Row] = rows! {
    read("rafay.projects.list", "/auth/v1/projects/", "List projects", projects::list)
        .answers(AUTH_LISTED).asks(PROJECT_PAGE).shows::<ProjectPage<'_>>().covers(&["RAFAY-01"]),
    post("rafay.projects.create", "/auth/v1/projects/", "Create a project", projects::create)
        .takes::<ProjectBody>().shows::<ShownProject<'_>>().answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-38"]),
    read("rafay.projects.get", "/auth/v1/projects/{id}/", "Get a project", projects::get)
        .shows::<ShownProject<'_>>(),
    post("rafay.projects.put", "/auth/v1/projects/{id}/", "Change a project", projects::put)
        .writing(Method::Put).takes::<ProjectBody>().shows::<ShownProject<'_>>()
        .answers(CHANGED),
    delete("rafay.projects.delete", "/auth/v1/projects/{id}/", "Delete a project", projects::delete)
        .answers(REMOVED),
    read("rafay.users.list", "/auth/v1/users/", "List users", users::list).answers(AUTH_LISTED)
        .asks(USER_PAGE).shows::<UserPage<'_>>().covers(&["RAFAY-02"]),
    read("rafay.users.get", "/auth/v1/users/{accountId}/", "Get a user", users::get)
        .shows::<UserRead<'_>>(),
    read("rafay.users.profile", "/auth/v1/users/-/profile", "Get the profile of the key's user",
        profile::get)
        .shows::<Profile<'_>>().covers(&["RAFAY-63", "RAFAY-64"]),
    read("rafay.users.api-keys", "/auth/v1/users/{accountId}/apikeys/", "List a user's API keys",
        key_calls::list)
        .shows::<Vec<ShownKey>>().covers(&["RAFAY-58", "RAFAY-61"]),
    post("rafay.users.create-api-key", "/auth/v1/users/{accountId}/apikey/",
        "Create an API key of a user", key_calls::create)
        .takes::<KeyBody>().shows::<ShownKey>().answers(CREATED_KEY)
        .covers(&["RAFAY-37", "RAFAY-58", "RAFAY-59", "RAFAY-60", "RAFAY-62"]),
    delete("rafay.api-keys.delete", "/auth/v1/apikeys/{keyId}/", "Delete an API key",
        key_calls::delete)
        .answers(REMOVED).covers(&["RAFAY-58", "RAFAY-62"]),
    post("rafay.users.create", "/auth/v1/users/", "Create a user", users::create)
        .takes::<UserBody>().shows::<CreatedUser<'_>>().answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-03", "RAFAY-47", "RAFAY-65"]),
    delete("rafay.users.delete", "/auth/v1/users/{accountId}/", "Delete a user", users::delete)
        .answers(REMOVED).covers(&["RAFAY-04"]),
    post("rafay.users.add-to-groups", "/auth/v1/users/{accountId}/addtogroups/",
        "Add a user to groups", users::add_to_groups)
        .takes::<Vec<GroupReference>>().answers(ASSIGNED).covers(&["RAFAY-05"]),
    post("rafay.users.remove-from-groups", "/auth/v1/users/{accountId}/removefromgroups/",
        "Remove a user from groups", users::remove_from_groups)
        .takes::<Vec<GroupReference>>().answers(ASSIGNED).covers(&["RAFAY-06"]),
    post("rafay.users.assign-to-project", "/auth/v1/users/{accountId}/assigntoproject/",
        "Assign a user to a project", users::assign)
        .takes::<UserAssignBody>().answers(ASSIGNED).covers(&["RAFAY-07"]),
    post("rafay.users.unassign-from-project", "/auth/v1/users/{accountId}/unassignfromproject/",
        "Unassign a user from a project", users::unassign)
        .takes::<UserUnassignBody>().answers(ASSIGNED).covers(&["RAFAY-08"]),
    read("rafay.groups.list", "/auth/v1/groups/", "List groups", groups::list).answers(AUTH_LISTED)
        .asks(GROUP_PAGE).shows::<ResultPage<ShownGroup<'_>>>(),
    post("rafay.groups.create", "/auth/v1/groups/", "Create a group", groups::create)
        .takes::<GroupBody>().shows::<ShownGroup<'_>>().answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-48"]),
    read("rafay.groups.get", "/auth/v1/groups/{id}/", "Get a group", groups::get)
        .shows::<ShownGroup<'_>>(),
    post("rafay.groups.put", "/auth/v1/groups/{id}/", "Change a group", groups::put)
        .writing(Method::Put).takes::<GroupBody>().shows::<ShownGroup<'_>>()
        .answers(CHANGED_NAME),
    read("rafay.groups.roles", "/auth/v1/groups/{id}/projects/", "List the roles of a group",
        group_roles::list)
        .shows::<Vec<GroupRoles<'_>>>(),
    post("rafay.groups.assign", "/auth/v1/groups/{id}/assigntoproject/",
        "Give a group roles", group_roles::assign)
        .takes::<GroupAssignBody>().answers(ASSIGNED).shows::<Nothing>(),
    post("rafay.groups.unassign", "/auth/v1/groups/{id}/unassignfromproject/",
        "Take roles from a group", group_roles::unassign)
        .takes::<GroupUnassignBody>().answers(ASSIGNED).shows::<Nothing>(),
    delete("rafay.groups.delete", "/auth/v1/groups/{id}/", "Delete a group", groups::delete)
        .answers(REMOVED),
    read("rafay.roles.list", "/apis/system.k8smgmt.io/v3/roles", "List roles", roles::list)
        .answers(AUTH_LISTED).asks(PAGE).shows::<List<ShownRole<'_>>>(),
    read("rafay.roles.get", "/apis/system.k8smgmt.io/v3/roles/{name}", "Get a role",
        roles::get)
        .shows::<ShownRole<'_>>(),
    post("rafay.roles.upsert", "/apis/system.k8smgmt.io/v3/roles", "Create or replace a role",
        roles::upsert)
        .takes::<Envelope<RoleSpec>>().shows::<ShownRole<'_>>().answers(UPSERTED)
        .covers(&["RAFAY-56"]),
    delete("rafay.roles.delete", "/apis/system.k8smgmt.io/v3/roles/{name}", "Delete a role",
        roles::delete)
        .answers(DELETED),
    read("rafay.v3-projects.list", "/apis/system.k8smgmt.io/v3/projects", "List projects",
        v3_projects::list)
        .answers(AUTH_LISTED).asks(PAGE).shows::<List<V3Project<'_>>>(),
    read("rafay.v3-projects.get", "/apis/system.k8smgmt.io/v3/projects/{name}", "Get a project",
        v3_projects::get)
        .shows::<V3Project<'_>>(),
    read("rafay.v3-projects.status", "/apis/system.k8smgmt.io/v3/projects/{name}/status",
        "Get the status of a project", v3_projects::get)
        .shows::<V3Project<'_>>(),
    post("rafay.v3-projects.upsert", "/apis/system.k8smgmt.io/v3/projects",
        "Create or replace a project", v3_projects::upsert)
        .takes::<Envelope<ProjectSpec>>().shows::<V3Project<'_>>()
        .answers(UPSERTED).covers(&["RAFAY-38"]),
    delete("rafay.v3-projects.delete", "/apis/system.k8smgmt.io/v3/projects/{name}",
        "Delete a project", v3_projects::delete)
        .answers(DELETED),
};
