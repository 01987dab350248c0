//! The route table: every operation of the simulated Rafay API, in the contract's order.

use super::answers::{list, objects, results};
use super::bodies::{
    ActionBody, AssignBody, GroupBody, GroupReference, ProjectBody, UnassignBody, UserBody, schema,
};
use super::envelope::V3_API_VERSION;
use super::kinds::Kind;
use super::world::Handler;
use super::{answers, bodies, deployments, groups, projects, reads, upsert, users};
use plumb_sandbox::openapi::reference;
use plumb_sandbox::operation::{Method, Operation, QueryKind, QueryParameter, Security};
use plumb_sandbox::rows;

/// A path of the platform API inside a project.
macro_rules! paas {
    ($rest:literal) => {
        concat!("/apis/paas.envmgmt.io/v1/projects/{project}", $rest)
    };
}

/// A row with what carries it out.
type Row = Operation<Handler>;

/// An API key in one of two headers of its own.
const KEY: Security = &["key", "keyId"];

type Responses = &'static [(u16, &'static str)];

const ORDER: QueryParameter = QueryParameter::new("order", QueryKind::OneOf(&["ASC", "DESC"]));
const LIMIT: QueryParameter = QueryParameter::new("limit", QueryKind::Integer(1));
const OFFSET: QueryParameter = QueryParameter::new("offset", QueryKind::Integer(0));
const CREATED: QueryParameter = QueryParameter::new("orderBy", QueryKind::OneOf(&["createdAt"]));
const FAIL_ON_EXISTS: QueryParameter = QueryParameter::new("fail-on-exists", QueryKind::Boolean);
const AUTO_PUBLISH: QueryParameter = QueryParameter::new("auto-publish", QueryKind::Boolean);
const COMPUTE_TYPE: QueryParameter = QueryParameter::new("computeType", QueryKind::Text);
const SYSTEM_CATALOG: QueryParameter = QueryParameter::new("systemCatalog", QueryKind::Boolean);
const SEARCH: QueryParameter = QueryParameter::new("q", QueryKind::Text);
const NAME: QueryParameter = QueryParameter::new("name", QueryKind::Text);

const PAGE: &[QueryParameter] = &[LIMIT, OFFSET, ORDER];
const PAAS_PAGE: &[QueryParameter] = &[LIMIT, OFFSET, ORDER, CREATED];
const INSTANCE_PAGE: &[QueryParameter] = &[COMPUTE_TYPE, LIMIT, OFFSET, ORDER, CREATED];
const PROJECT_PAGE: &[QueryParameter] = &[
    LIMIT,
    OFFSET,
    ORDER,
    QueryParameter::new("orderby", QueryKind::OneOf(&["name", "id", "created_at", "modified_at"])),
    SEARCH,
    NAME,
];
const USER_PAGE: &[QueryParameter] = &[
    LIMIT,
    OFFSET,
    QueryParameter::new(
        "orderBy",
        QueryKind::OneOf(&["username", "first_name", "last_name", "id", "created_at"]),
    ),
    ORDER,
    SEARCH,
];
const GROUP_PAGE: &[QueryParameter] = &[LIMIT, OFFSET, ORDER, SEARCH, NAME];

const BAD: (u16, &str) = (400, "invalid request");
const DENIED: (u16, &str) = (401, "missing, invalid or expired key, or out of its scope");
const FORBIDDEN: (u16, &str) = (403, "not permitted");
const ABSENT: (u16, &str) = (404, "not found");
const CONFLICT: (u16, &str) = (409, "exists already, or not allowed in this state");

const LISTED: Responses = &[(200, "a page of the list"), BAD, DENIED, ABSENT];
const AUTH_LISTED: Responses = &[(200, "a page of the list"), BAD, DENIED];
const READ: Responses = &[(200, "the object"), BAD, DENIED, ABSENT];
const UPSERTED: Responses = &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const ACCEPTED_WRITE: Responses = &[(201, "accepted"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const STARTED: Responses = &[(202, "started"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const ACTED: Responses = &[(200, "started"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const DELETED: Responses = &[(200, "deleted"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const CREATED_ACCOUNT: Responses = &[(201, "the object"), BAD, DENIED, FORBIDDEN, CONFLICT];
const CHANGED: Responses = &[(200, "the object"), BAD, DENIED, FORBIDDEN, ABSENT];
const REMOVED: Responses = &[(204, "deleted"), BAD, DENIED, FORBIDDEN, ABSENT, CONFLICT];
const ASSIGNED: Responses = &[(200, "done"), BAD, DENIED, FORBIDDEN, ABSENT];

/// Every operation of the simulated Rafay API. The rows drive the router, the OpenAPI document and
/// the coverage table.
pub(crate) const OPERATIONS: &[Row] = rows! {
    read("rafay.projects.list", "/auth/v1/projects/", "List projects", projects::list)
        .answers(AUTH_LISTED).asks(PROJECT_PAGE).shows(answers::projects).covers(&["RAFAY-01"]),
    post("rafay.projects.create", "/auth/v1/projects/", "Create a project", projects::create)
        .takes(schema::<ProjectBody>).shows(|| reference("Project")).answers(CREATED_ACCOUNT),
    read("rafay.projects.get", "/auth/v1/projects/{id}/", "Get a project", projects::get)
        .shows(|| reference("Project")),
    post("rafay.projects.put", "/auth/v1/projects/{id}/", "Change a project", projects::put)
        .writing(Method::Put).takes(schema::<ProjectBody>).shows(|| reference("Project"))
        .answers(CHANGED),
    delete("rafay.projects.delete", "/auth/v1/projects/{id}/", "Delete a project", projects::delete)
        .answers(REMOVED),
    read("rafay.users.list", "/auth/v1/users/", "List users", users::list).answers(AUTH_LISTED)
        .asks(USER_PAGE).shows(answers::users).covers(&["RAFAY-02"]),
    read("rafay.users.profile", "/auth/v1/users/-/profile", "Get the profile of the key's user",
        users::profile)
        .shows(answers::profile),
    read("rafay.users.api-keys", "/auth/v1/users/{accountId}/apikeys/", "List a user's API keys",
        users::api_keys)
        .shows(answers::api_keys),
    post("rafay.users.create", "/auth/v1/users/", "Create a user", users::create)
        .takes(schema::<UserBody>).shows(answers::user).answers(CREATED_ACCOUNT)
        .covers(&["RAFAY-03"]),
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
        .takes(schema::<GroupBody>).shows(|| reference("Group")).answers(CREATED_ACCOUNT),
    read("rafay.groups.get", "/auth/v1/groups/{id}/", "Get a group", groups::get)
        .shows(|| reference("Group")),
    delete("rafay.groups.delete", "/auth/v1/groups/{id}/", "Delete a group", groups::delete)
        .answers(REMOVED),
    read("rafay.roles.list", "/apis/system.k8smgmt.io/v3/roles", "List roles", groups::list_roles)
        .answers(AUTH_LISTED).asks(PAGE).shows(|| list("Role", "Role", V3_API_VERSION)),
    read("rafay.roles.get", "/apis/system.k8smgmt.io/v3/roles/{name}", "Get a role",
        groups::get_role)
        .shows(|| reference("Role")),
    read("rafay.v3-projects.list", "/apis/system.k8smgmt.io/v3/projects", "List projects",
        projects::list_v3)
        .answers(AUTH_LISTED).asks(PAGE).shows(|| list("Project", "V3Project", V3_API_VERSION)),
    read("rafay.v3-projects.get", "/apis/system.k8smgmt.io/v3/projects/{name}", "Get a project",
        projects::get_v3)
        .shows(|| reference("V3Project")),
    read("rafay.workspaces.list", paas!("/workspaces"), "List workspaces", reads::list)
        .asks(PAAS_PAGE).shows(|| objects(Kind::Workspace)).answers(LISTED).covers(&["RAFAY-11"]),
    post("rafay.workspaces.upsert", paas!("/workspaces"), "Create or update a workspace",
        upsert::workspace)
        .asks(&[FAIL_ON_EXISTS]).takes(bodies::workspace_schema).shows(answers::workspace)
        .answers(UPSERTED).covers(&["RAFAY-12", "RAFAY-13"]),
    read("rafay.workspaces.get", paas!("/workspaces/{name}"), "Get a workspace", reads::get)
        .shows(answers::workspace).covers(&["RAFAY-14"]),
    delete("rafay.workspaces.delete", paas!("/workspaces/{name}"), "Delete a workspace",
        deployments::delete_workspace)
        .answers(DELETED).shows(answers::nothing).covers(&["RAFAY-15"]),
    read("rafay.instances.list-project", paas!("/computeinstances"),
        "List the compute instances of a project", reads::list)
        .asks(INSTANCE_PAGE).shows(|| objects(Kind::ComputeInstance)).answers(LISTED)
        .covers(&["RAFAY-20"]),
    read("rafay.instances.list", paas!("/workspaces/{workspace}/computeinstances"),
        "List the compute instances of a workspace", reads::list)
        .asks(INSTANCE_PAGE).shows(|| objects(Kind::ComputeInstance)).answers(LISTED),
    post("rafay.instances.upsert", paas!("/workspaces/{workspace}/computeinstances"),
        "Create or update a compute instance", upsert::instance)
        .asks(&[FAIL_ON_EXISTS, AUTO_PUBLISH]).takes(bodies::instance_schema)
        .shows(answers::instance_written).answers(ACCEPTED_WRITE)
        .covers(&["RAFAY-16", "RAFAY-17", "RAFAY-26"]),
    read("rafay.instances.get", paas!("/workspaces/{workspace}/computeinstances/{name}"),
        "Get a compute instance", reads::get)
        .asks(&[COMPUTE_TYPE]).shows(|| reference(Kind::ComputeInstance.as_str()))
        .covers(&["RAFAY-19"]),
    post("rafay.instances.publish",
        paas!("/workspaces/{workspace}/computeinstances/{name}/publish"),
        "Deploy a compute instance", deployments::publish)
        .shows(answers::done).answers(STARTED).covers(&["RAFAY-18", "RAFAY-27"]),
    post("rafay.instances.action",
        paas!("/workspaces/{workspace}/computeinstances/{name}/action/{verb}"),
        "Start a power action", deployments::act)
        .takes(schema::<ActionBody>).shows(answers::done).answers(ACTED)
        .covers(&["RAFAY-21", "RAFAY-22", "RAFAY-23", "RAFAY-24"]),
    delete("rafay.instances.delete", paas!("/workspaces/{workspace}/computeinstances/{name}"),
        "Delete a compute instance", deployments::delete)
        .answers(STARTED).shows(answers::done).covers(&["RAFAY-25"]),
    read("rafay.services.list", paas!("/services"), "List services", reads::list).asks(PAAS_PAGE)
        .shows(|| objects(Kind::Service)).answers(LISTED),
    post("rafay.services.upsert", paas!("/services"), "Create or update a service", upsert::service)
        .asks(&[FAIL_ON_EXISTS]).takes(bodies::service_schema).shows(answers::service_written)
        .answers(ACCEPTED_WRITE).covers(&["RAFAY-09"]),
    read("rafay.services.get", paas!("/services/{name}"), "Get a service", reads::get)
        .shows(answers::service),
    post("rafay.services.publish", paas!("/services/{name}/publish"), "Deploy a service",
        deployments::publish)
        .shows(answers::service_written).answers(STARTED).covers(&["RAFAY-10"]),
    delete("rafay.services.delete", paas!("/services/{name}"), "Delete a service",
        deployments::delete)
        .answers(STARTED).shows(answers::done),
    read("rafay.workspace-services.list", paas!("/workspaces/{workspace}/services"),
        "List the services of a workspace", reads::list)
        .asks(PAAS_PAGE).shows(|| objects(Kind::Service)).answers(LISTED),
    post("rafay.workspace-services.upsert", paas!("/workspaces/{workspace}/services"),
        "Create or update a service of a workspace", upsert::service)
        .asks(&[FAIL_ON_EXISTS]).takes(bodies::service_schema).shows(answers::service_written)
        .answers(ACCEPTED_WRITE),
    read("rafay.workspace-services.get", paas!("/workspaces/{workspace}/services/{name}"),
        "Get a service of a workspace", reads::get)
        .shows(answers::service),
    post("rafay.workspace-services.publish",
        paas!("/workspaces/{workspace}/services/{name}/publish"),
        "Deploy a service of a workspace", deployments::publish)
        .shows(answers::service_written).answers(STARTED),
    delete("rafay.workspace-services.delete", paas!("/workspaces/{workspace}/services/{name}"),
        "Delete a service of a workspace", deployments::delete)
        .answers(STARTED).shows(answers::done),
    read("rafay.compute-profiles.list", paas!("/computeprofiles"), "List compute profiles",
        reads::list_profiles)
        .asks(PAGE).shows(|| objects(Kind::ComputeProfile)).answers(LISTED),
    post("rafay.compute-profiles.upsert", paas!("/computeprofiles"),
        "Create or update a compute profile", upsert::profile)
        .asks(&[FAIL_ON_EXISTS]).takes(bodies::compute_profile_schema)
        .shows(answers::compute_profile).answers(UPSERTED),
    read("rafay.compute-profiles.get", paas!("/computeprofiles/{name}"), "Get a compute profile",
        reads::get_profile)
        .asks(&[SYSTEM_CATALOG]).shows(answers::compute_profile),
    read("rafay.service-profiles.list", paas!("/serviceprofiles"), "List service profiles",
        reads::list_profiles)
        .asks(PAGE).shows(|| objects(Kind::ServiceProfile)).answers(LISTED),
    post("rafay.service-profiles.upsert", paas!("/serviceprofiles"),
        "Create or update a service profile", upsert::profile)
        .asks(&[FAIL_ON_EXISTS]).takes(bodies::service_profile_schema)
        .shows(answers::service_profile).answers(UPSERTED),
    read("rafay.service-profiles.get", paas!("/serviceprofiles/{name}"), "Get a service profile",
        reads::get_profile)
        .asks(&[SYSTEM_CATALOG]).shows(answers::service_profile),
};

const fn read(id: &'static str, path: &'static str, summary: &'static str, run: Handler) -> Row {
    Row::reading(id, path, summary, run).behind(KEY).answers(READ)
}

const fn post(id: &'static str, path: &'static str, summary: &'static str, run: Handler) -> Row {
    read(id, path, summary, run).writing(Method::Post)
}

const fn delete(id: &'static str, path: &'static str, summary: &'static str, run: Handler) -> Row {
    read(id, path, summary, run).writing(Method::Delete)
}
