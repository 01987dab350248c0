//! The rows of projects, users, groups, roles and API keys, in `auth/v1` and in v3.

use super::access_bodies::{GroupAssignBody, GroupUnassignBody, KeyBody, ProjectSpec, RoleSpec};
use super::answers::{list, results};
use super::bodies::{
    AssignBody, Envelope, GroupBody, GroupReference, ProjectBody, UnassignBody, UserBody, schema,
};
use super::envelope::V3_API_VERSION;
use super::rows::{
    ABSENT, ASSIGNED, AUTH_LISTED, BAD, CHANGED, CONFLICT, CREATED_ACCOUNT, DELETED, DENIED,
    FORBIDDEN, GROUP_PAGE, PAGE, PROJECT_PAGE, REMOVED, Responses, Row, UPSERTED, USER_PAGE,
    delete, post, read,
};
use super::{
    access_answers, answers, group_roles, groups, key_calls, profile, projects, roles, users,
    v3_projects,
};
use plumb_sandbox::openapi::reference;
use plumb_sandbox::operation::Method;
use plumb_sandbox::rows;

const CHANGED_NAME: Responses = &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const CREATED_KEY: Responses = &[(201, "the key"), BAD, DENIED, FORBIDDEN, ABSENT];

/// Every operation of theirs.
pub(crate) const OPERATIONS: &[Row] = rows! {
    read("rafay.projects.list", "/auth/v1/projects/", "List projects", projects::list)
        .answers(AUTH_LISTED).asks(PROJECT_PAGE).shows(answers::projects).covers(&["RAFAY-01"]),
    post("rafay.projects.create", "/auth/v1/projects/", "Create a project", projects::create)
        .takes(schema::<ProjectBody>).shows(|| reference("Project")).answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-38"]),
    read("rafay.projects.get", "/auth/v1/projects/{id}/", "Get a project", projects::get)
        .shows(|| reference("Project")),
    post("rafay.projects.put", "/auth/v1/projects/{id}/", "Change a project", projects::put)
        .writing(Method::Put).takes(schema::<ProjectBody>).shows(|| reference("Project"))
        .answers(CHANGED),
    delete("rafay.projects.delete", "/auth/v1/projects/{id}/", "Delete a project", projects::delete)
        .answers(REMOVED),
    read("rafay.users.list", "/auth/v1/users/", "List users", users::list).answers(AUTH_LISTED)
        .asks(USER_PAGE).shows(answers::users).covers(&["RAFAY-02"]),
    read("rafay.users.get", "/auth/v1/users/{accountId}/", "Get a user", users::get)
        .shows(access_answers::user_read),
    read("rafay.users.profile", "/auth/v1/users/-/profile", "Get the profile of the key's user",
        profile::get)
        .shows(answers::profile).covers(&["RAFAY-63", "RAFAY-64"]),
    read("rafay.users.api-keys", "/auth/v1/users/{accountId}/apikeys/", "List a user's API keys",
        key_calls::list)
        .shows(answers::api_keys).covers(&["RAFAY-58", "RAFAY-61"]),
    post("rafay.users.create-api-key", "/auth/v1/users/{accountId}/apikey/",
        "Create an API key of a user", key_calls::create)
        .takes(schema::<KeyBody>).shows(access_answers::api_key).answers(CREATED_KEY)
        .covers(&["RAFAY-37", "RAFAY-58", "RAFAY-59", "RAFAY-60", "RAFAY-62"]),
    delete("rafay.api-keys.delete", "/auth/v1/apikeys/{keyId}/", "Delete an API key",
        key_calls::delete)
        .answers(REMOVED).covers(&["RAFAY-58", "RAFAY-62"]),
    post("rafay.users.create", "/auth/v1/users/", "Create a user", users::create)
        .takes(schema::<UserBody>).shows(answers::user).answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-03", "RAFAY-47", "RAFAY-65"]),
    delete("rafay.users.delete", "/auth/v1/users/{accountId}/", "Delete a user", users::delete)
        .answers(REMOVED).covers(&["RAFAY-04"]),
    post("rafay.users.add-to-groups", "/auth/v1/users/{accountId}/addtogroups/",
        "Add a user to groups", users::add_to_groups)
        .takes(schema::<Vec<GroupReference>>).answers(ASSIGNED).covers(&["RAFAY-05"]),
    post("rafay.users.remove-from-groups", "/auth/v1/users/{accountId}/removefromgroups/",
        "Remove a user from groups", users::remove_from_groups)
        .takes(schema::<Vec<GroupReference>>).answers(ASSIGNED).covers(&["RAFAY-06"]),
    post("rafay.users.assign-to-project", "/auth/v1/users/{accountId}/assigntoproject/",
        "Assign a user to a project", users::assign)
        .takes(schema::<AssignBody>).answers(ASSIGNED).covers(&["RAFAY-07"]),
    post("rafay.users.unassign-from-project", "/auth/v1/users/{accountId}/unassignfromproject/",
        "Unassign a user from a project", users::unassign)
        .takes(schema::<UnassignBody>).answers(ASSIGNED).covers(&["RAFAY-08"]),
    read("rafay.groups.list", "/auth/v1/groups/", "List groups", groups::list).answers(AUTH_LISTED)
        .asks(GROUP_PAGE).shows(|| results("Group")),
    post("rafay.groups.create", "/auth/v1/groups/", "Create a group", groups::create)
        .takes(schema::<GroupBody>).shows(|| reference("Group")).answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-48"]),
    read("rafay.groups.get", "/auth/v1/groups/{id}/", "Get a group", groups::get)
        .shows(|| reference("Group")),
    post("rafay.groups.put", "/auth/v1/groups/{id}/", "Change a group", groups::put)
        .writing(Method::Put).takes(schema::<GroupBody>).shows(|| reference("Group"))
        .answers(CHANGED_NAME),
    read("rafay.groups.roles", "/auth/v1/groups/{id}/projects/", "List the roles of a group",
        group_roles::list)
        .shows(access_answers::group_roles),
    post("rafay.groups.assign", "/auth/v1/groups/{id}/assigntoproject/",
        "Give a group roles", group_roles::assign)
        .takes(schema::<GroupAssignBody>).answers(ASSIGNED).shows(access_answers::empty),
    post("rafay.groups.unassign", "/auth/v1/groups/{id}/unassignfromproject/",
        "Take roles from a group", group_roles::unassign)
        .takes(schema::<GroupUnassignBody>).answers(ASSIGNED).shows(access_answers::empty),
    delete("rafay.groups.delete", "/auth/v1/groups/{id}/", "Delete a group", groups::delete)
        .answers(REMOVED),
    read("rafay.roles.list", "/apis/system.k8smgmt.io/v3/roles", "List roles", roles::list)
        .answers(AUTH_LISTED).asks(PAGE).shows(|| list("Role", "Role", V3_API_VERSION)),
    read("rafay.roles.get", "/apis/system.k8smgmt.io/v3/roles/{name}", "Get a role",
        roles::get)
        .shows(|| reference("Role")),
    post("rafay.roles.upsert", "/apis/system.k8smgmt.io/v3/roles", "Create or replace a role",
        roles::upsert)
        .takes(schema::<Envelope<RoleSpec>>).shows(|| reference("Role")).answers(UPSERTED)
        .covers(&["RAFAY-56"]),
    delete("rafay.roles.delete", "/apis/system.k8smgmt.io/v3/roles/{name}", "Delete a role",
        roles::delete)
        .answers(DELETED),
    read("rafay.v3-projects.list", "/apis/system.k8smgmt.io/v3/projects", "List projects",
        v3_projects::list)
        .answers(AUTH_LISTED).asks(PAGE).shows(|| list("Project", "V3Project", V3_API_VERSION)),
    read("rafay.v3-projects.get", "/apis/system.k8smgmt.io/v3/projects/{name}", "Get a project",
        v3_projects::get)
        .shows(|| reference("V3Project")),
    read("rafay.v3-projects.status", "/apis/system.k8smgmt.io/v3/projects/{name}/status",
        "Get the status of a project", v3_projects::get)
        .shows(|| reference("V3Project")),
    post("rafay.v3-projects.upsert", "/apis/system.k8smgmt.io/v3/projects",
        "Create or replace a project", v3_projects::upsert)
        .takes(schema::<Envelope<ProjectSpec>>).shows(|| reference("V3Project"))
        .answers(UPSERTED).covers(&["RAFAY-38"]),
    delete("rafay.v3-projects.delete", "/apis/system.k8smgmt.io/v3/projects/{name}",
        "Delete a project", v3_projects::delete)
        .answers(DELETED),
};
