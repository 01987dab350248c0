//! The rows of the platform's API inside projects: workspaces, instances, services, profiles.

use super::access_bodies::{
    AddedCollaborators, CollaboratorBody, DeletedCollaborators, Invitation,
};
use super::answers::{Done, List, Nothing};
use super::bodies::ActionBody;
use super::collaborators::ShownCollaborator;
use super::rows::{
    ACCEPTED_WRITE, ACTED, AUTO_PUBLISH, COMPUTE_TYPE, DELETED, FAIL_ON_EXISTS, INSTANCE_PAGE,
    LISTED, PAAS_PAGE, PAGE, Row, STARTED, SYSTEM_CATALOG, UPSERTED, delete, post, read,
};
use super::schemas::{body, list, object};
use super::upsert::PartOfService;
use super::{collaborators, deployments, reads, upsert};
use plumb_sandbox::rows;

/// A path of the platform API inside a project.
macro_rules! paas {
    ($rest:literal) => {
        concat!("/apis/paas.envmgmt.io/v1/projects/{project}", $rest)
    };
}

/// Every operation inside projects. The rows drive the router, the OpenAPI document and
/// the coverage table.
pub(crate) const OPERATIONS: &[Row] = rows! {
    read("rafay.workspaces.list", paas!("/workspaces"), "List workspaces", reads::list)
        .asks(PAAS_PAGE).shows_about(list, "Workspace").answers(LISTED).covers(&["RAFAY-11"]),
    post("rafay.workspaces.upsert", paas!("/workspaces"), "Create or update a workspace",
        upsert::workspace)
        .asks(&[FAIL_ON_EXISTS]).takes_about(body, "Workspace").shows_about(object, "Workspace")
        .answers(UPSERTED).covers(&["RAFAY-12", "RAFAY-13"]),
    read("rafay.workspaces.get", paas!("/workspaces/{name}"), "Get a workspace", reads::get)
        .shows_about(object, "Workspace").covers(&["RAFAY-14"]),
    delete("rafay.workspaces.delete", paas!("/workspaces/{name}"), "Delete a workspace",
        deployments::delete_workspace)
        .answers(DELETED).shows::<()>().covers(&["RAFAY-15"]),
    read("rafay.collaborators.list", paas!("/workspaces/{workspace}/collaborators"),
        "List the collaborators of a workspace", collaborators::list)
        .asks(PAAS_PAGE).answers(LISTED).shows::<List<ShownCollaborator<'_>>>(),
    post("rafay.collaborators.invite", paas!("/workspaces/{workspace}/collaborators"),
        "Invite somebody to a workspace", collaborators::invite)
        .takes::<CollaboratorBody<Invitation>>().answers(ACTED).shows::<Nothing>(),
    post("rafay.collaborators.assign", paas!("/workspaces/{workspace}/assigncollaborators"),
        "Let users work in a workspace", collaborators::assign)
        .takes::<CollaboratorBody<AddedCollaborators>>().answers(ACTED)
        .shows::<Nothing>(),
    post("rafay.collaborators.unassign", paas!("/workspaces/{workspace}/unassigncollaborators"),
        "Let users work in a workspace no more", collaborators::unassign)
        .takes::<CollaboratorBody<DeletedCollaborators>>().answers(ACTED)
        .shows::<Nothing>(),
    read("rafay.instances.list-project", paas!("/computeinstances"),
        "List the compute instances of a project", reads::list)
        .asks(INSTANCE_PAGE).shows_about(list, "ComputeInstance").answers(LISTED)
        .covers(&["RAFAY-20"]),
    read("rafay.instances.list", paas!("/workspaces/{workspace}/computeinstances"),
        "List the compute instances of a workspace", reads::list)
        .asks(INSTANCE_PAGE).shows_about(list, "ComputeInstance").answers(LISTED),
    post("rafay.instances.upsert", paas!("/workspaces/{workspace}/computeinstances"),
        "Create or update a compute instance", upsert::instance)
        .asks(&[FAIL_ON_EXISTS, AUTO_PUBLISH]).takes_about(body, "ComputeInstance")
        .shows::<Done<'_>>().answers(ACCEPTED_WRITE)
        .covers(&["RAFAY-16", "RAFAY-17", "RAFAY-26"]),
    read("rafay.instances.get", paas!("/workspaces/{workspace}/computeinstances/{name}"),
        "Get a compute instance", reads::get)
        .asks(&[COMPUTE_TYPE]).shows_about(object, "ComputeInstance")
        .covers(&["RAFAY-19"]),
    post("rafay.instances.publish",
        paas!("/workspaces/{workspace}/computeinstances/{name}/publish"),
        "Deploy a compute instance", deployments::publish)
        .shows::<Done<'_>>().answers(STARTED).covers(&["RAFAY-18", "RAFAY-27"]),
    post("rafay.instances.action",
        paas!("/workspaces/{workspace}/computeinstances/{name}/action/{verb}"),
        "Start a power action", deployments::act)
        .takes::<ActionBody>().shows::<Done<'_>>().answers(ACTED)
        .covers(&["RAFAY-21", "RAFAY-22", "RAFAY-23", "RAFAY-24"]),
    delete("rafay.instances.delete", paas!("/workspaces/{workspace}/computeinstances/{name}"),
        "Delete a compute instance", deployments::delete)
        .answers(STARTED).shows::<Done<'_>>().covers(&["RAFAY-25"]),
    read("rafay.services.list", paas!("/services"), "List services", reads::list).asks(PAAS_PAGE)
        .shows_about(list, "Service").answers(LISTED),
    post("rafay.services.upsert", paas!("/services"), "Create or update a service", upsert::service)
        .asks(&[FAIL_ON_EXISTS]).takes_about(body, "Service").shows::<PartOfService<'_>>()
        .answers(ACCEPTED_WRITE).covers(&["RAFAY-09"]),
    read("rafay.services.get", paas!("/services/{name}"), "Get a service", reads::get)
        .shows_about(object, "Service"),
    post("rafay.services.publish", paas!("/services/{name}/publish"), "Deploy a service",
        deployments::publish)
        .shows::<PartOfService<'_>>().answers(STARTED).covers(&["RAFAY-10"]),
    delete("rafay.services.delete", paas!("/services/{name}"), "Delete a service",
        deployments::delete)
        .answers(STARTED).shows::<Done<'_>>(),
    read("rafay.workspace-services.list", paas!("/workspaces/{workspace}/services"),
        "List the services of a workspace", reads::list)
        .asks(PAAS_PAGE).shows_about(list, "Service").answers(LISTED),
    post("rafay.workspace-services.upsert", paas!("/workspaces/{workspace}/services"),
        "Create or update a service of a workspace", upsert::service)
        .asks(&[FAIL_ON_EXISTS]).takes_about(body, "Service").shows::<PartOfService<'_>>()
        .answers(ACCEPTED_WRITE),
    read("rafay.workspace-services.get", paas!("/workspaces/{workspace}/services/{name}"),
        "Get a service of a workspace", reads::get)
        .shows_about(object, "Service"),
    post("rafay.workspace-services.publish",
        paas!("/workspaces/{workspace}/services/{name}/publish"),
        "Deploy a service of a workspace", deployments::publish)
        .shows::<PartOfService<'_>>().answers(STARTED),
    delete("rafay.workspace-services.delete", paas!("/workspaces/{workspace}/services/{name}"),
        "Delete a service of a workspace", deployments::delete)
        .answers(STARTED).shows::<Done<'_>>(),
    read("rafay.compute-profiles.list", paas!("/computeprofiles"), "List compute profiles",
        reads::list_profiles)
        .asks(PAGE).shows_about(list, "ComputeProfile").answers(LISTED),
    post("rafay.compute-profiles.upsert", paas!("/computeprofiles"),
        "Create or update a compute profile", upsert::profile)
        .asks(&[FAIL_ON_EXISTS]).takes_about(body, "ComputeProfile")
        .shows_about(object, "ComputeProfile").answers(UPSERTED),
    read("rafay.compute-profiles.get", paas!("/computeprofiles/{name}"), "Get a compute profile",
        reads::get_profile)
        .asks(&[SYSTEM_CATALOG]).shows_about(object, "ComputeProfile"),
    read("rafay.service-profiles.list", paas!("/serviceprofiles"), "List service profiles",
        reads::list_profiles)
        .asks(PAGE).shows_about(list, "ServiceProfile").answers(LISTED),
    post("rafay.service-profiles.upsert", paas!("/serviceprofiles"),
        "Create or update a service profile", upsert::profile)
        .asks(&[FAIL_ON_EXISTS]).takes_about(body, "ServiceProfile")
        .shows_about(object, "ServiceProfile").answers(UPSERTED),
    read("rafay.service-profiles.get", paas!("/serviceprofiles/{name}"), "Get a service profile",
        reads::get_profile)
        .asks(&[SYSTEM_CATALOG]).shows_about(object, "ServiceProfile"),
};
