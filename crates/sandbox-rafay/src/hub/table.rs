//! The kinds, one row each, in the contract's order (3.10, 7.2, 8).
//!
//! Which fields a body must have and what a kind needs is the contract's (7.3, R-102); what the server
//! adds is invented within its list (contract 11).

use super::kind::{Api, Ends, Fixed, Form, HubKind, Manner, Scope, needs};

static INFRA: Api = Api::new("infra.k8smgmt.io/v3", Manner::Hub);
static APPS: Api = Api::new("apps.k8smgmt.io/v3", Manner::Hub);
static GITOPS: Api = Api::new("gitops.k8smgmt.io/v3", Manner::Hub);
static INTEGRATIONS: Api = Api::new("integrations.k8smgmt.io/v3", Manner::Hub);
static OPA: Api = Api::new("opa.k8smgmt.io/v3", Manner::Hub);
static SECURITY: Api = Api::new("security.k8smgmt.io/v3", Manner::Hub);
static MESH: Api = Api::new("servicemesh.k8smgmt.io/v3", Manner::Hub);
static COST: Api = Api::new("cost.k8smgmt.io/v3", Manner::Hub);
static ALERTS: Api = Api::new("settings.k8smgmt.io/v3", Manner::Hub);
static TAGS: Api = Api::new("tags.k8smgmt.io/v3", Manner::Hub);
static SYSTEM: Api = Api::new("system.k8smgmt.io/v3", Manner::Hub);
static ENVIRONMENTS: Api = Api::new("eaas.envmgmt.io/v1", Manner::Hub);
static DEVELOPERS: Api = Api::new("dev.envmgmt.io/v1", Manner::Developer);
static MANAGED: Api = Api::new("paas.envmgmt.io/v1", Manner::Managed);

/// Drift that is told and not hindered, as the server adds it.
const DRIFT: &str = r#"{"drift":{"action":"Notify"}}"#;

/// Every kind.
pub(crate) static KINDS: &[HubKind] = &[
    HubKind {
        form: Form::Cluster,
        lasts: |times| times.cluster,
        ends: Ends::Slowly,
        needs: &[needs("Blueprint", "blueprintConfig.name")],
        fixed: Fixed::Paths(&["type", "config.provider", "config.location"]),
        adds: r#"{"drift":{"action":"Notify"},"blueprintConfig":{"name":"minimal","version":"latest"}}"#,
        ..plain(&INFRA, "Cluster", &["clusters"]).with_status().covers(&["RAFAY-39"])
    },
    HubKind {
        adds: DRIFT,
        ..plain(&INFRA, "Blueprint", &["blueprints"]).with_versions().covers(&["RAFAY-40"])
    },
    HubKind {
        needs: &[
            needs("Repository", "artifact.artifact.repository"),
            needs("Namespace", "namespace"),
        ],
        requires: &["artifact", "namespace", "version"],
        ..artifacts(&INFRA, "Addon", &["addons"]).with_versions().covers(&["RAFAY-41"])
    },
    HubKind {
        lasts: |times| times.namespace,
        needs: &[
            needs("Cluster", "placement.labels[].value"),
            needs("Cluster", "placement.selector"),
        ],
        ..artifacts(&INFRA, "Namespace", &["namespaces"]).with_status().covers(&["RAFAY-42"])
    },
    HubKind {
        secrets: &["credentials"],
        ..artifacts(&INFRA, "Credentials", &["credentials", "credentialss"]).covers(&["RAFAY-57"])
    },
    plain(&INFRA, "FleetPlan", &["fleetplans"]),
    plain(&INFRA, "AddonOverride", &["addonoverrides"]),
    HubKind {
        secrets: &["bmcPassword", "credentials"],
        ..plain(&INFRA, "BaremetalMachine", &["baremetalmachines"])
    },
    HubKind {
        needs: &[
            needs("Namespace", "namespace"),
            needs("Repository", "artifact.artifact.repository"),
            needs("Cluster", "placement.labels[].value"),
            needs("Cluster", "placement.selector"),
        ],
        adds: DRIFT,
        ..artifacts(&APPS, "Workload", &["workloads"]).with_status().covers(&["RAFAY-43"])
    },
    HubKind {
        needs: &[needs("Repository", "artifact.artifact.repository")],
        ..artifacts(&APPS, "WorkloadTemplate", &["workloadtemplates"])
    },
    HubKind {
        needs: &[needs("Repository", "repository")],
        requires: &["repository", "type"],
        ..plain(&APPS, "Catalog", &["catalogs"]).with_status().covers(&["RAFAY-44"])
    },
    HubKind {
        needs: &[needs("Repository", "repo.repository")],
        requires: &["resource.selector", "resource.type"],
        ..artifacts(&APPS, "Override", &["overrides"]).covers(&["RAFAY-51"])
    },
    HubKind {
        requires: &["type", "cluster"],
        ..plain(&GITOPS, "Agent", &["agents"]).with_status().covers(&["RAFAY-46"])
    },
    HubKind {
        needs: &[
            needs("Agent", "stages[].config.agents[].name"),
            needs("InfraProvisioner", "stages[].config.name"),
        ],
        requires: &["stages"],
        secrets: &["triggers[].config.secret"],
        ..artifacts(&GITOPS, "Pipeline", &["pipelines"])
            .with_status()
            .covers(&["RAFAY-49", "RAFAY-50"])
    },
    HubKind {
        needs: &[needs("Repository", "repository")],
        requires: &["type", "repository", "revision", "folderPath", "config"],
        secrets: &["secret"],
        ..artifacts(&GITOPS, "InfraProvisioner", &["infraprovisioners"]).covers(&["RAFAY-52"])
    },
    HubKind {
        secrets: &["secret"],
        ..artifacts(&GITOPS, "SecretGroup", &["secretgroups"]).with_status()
    },
    plain(&GITOPS, "AgentPool", &["agentpools"]),
    HubKind {
        needs: &[needs("Agent", "agents[].name")],
        secrets: &["credentials"],
        ..artifacts(&INTEGRATIONS, "Repository", &["repositories", "repositorys"])
            .covers(&["RAFAY-45"])
    },
    HubKind {
        secrets: &["credentials"],
        ..plain(&INTEGRATIONS, "ContainerRegistry", &["containerregistries", "containerregistrys"])
    },
    plain(&INTEGRATIONS, "SecretSealer", &["secretsealers"]),
    artifacts(
        &INTEGRATIONS,
        "SecretProviderClass",
        &["secretproviderclasses", "secretproviderclasss"],
    ),
    plain(&INTEGRATIONS, "SecretStore", &["secretstores"]).with_status(),
    plain(&OPA, "OPAPolicy", &["opapolicies", "opapolicys"]),
    artifacts(&OPA, "OPAConstraint", &["opaconstraints"]),
    artifacts(&OPA, "OPAConstraintTemplate", &["opaconstrainttemplates"]),
    plain(&OPA, "OPAProfile", &["opaprofiles"]),
    plain(&SECURITY, "NetworkPolicyProfile", &["networkpolicyprofiles"]),
    plain(&SECURITY, "ClusterNetworkPolicy", &["clusternetworkpolicies", "clusternetworkpolicys"]),
    artifacts(&SECURITY, "ClusterNetworkPolicyRule", &["clusternetworkpolicyrules"]),
    plain(
        &SECURITY,
        "NamespaceNetworkPolicy",
        &["namespacenetworkpolicies", "namespacenetworkpolicys"],
    ),
    artifacts(&SECURITY, "NamespaceNetworkPolicyRule", &["namespacenetworkpolicyrules"]),
    plain(&MESH, "MeshProfile", &["meshprofiles"]),
    plain(&MESH, "ClusterMeshPolicy", &["clustermeshpolicies", "clustermeshpolicys"]),
    artifacts(&MESH, "ClusterMeshRule", &["clustermeshrules"]),
    plain(&MESH, "NamespaceMeshPolicy", &["namespacemeshpolicies", "namespacemeshpolicys"]),
    artifacts(&MESH, "NamespaceMeshRule", &["namespacemeshrules"]),
    plain(&COST, "CostProfile", &["costprofiles"]),
    plain(&ALERTS, "AlertConfiguration", &["alertconfigurations"]),
    plain(&TAGS, "TagGroup", &["taggroups"]),
    plain(&TAGS, "ProjectTagsAssociation", &["projecttagsassociations"]),
    plain(&SYSTEM, "ChargebackGroup", &["chargebackgroups"]).with_status().in_organization(),
    plain(&SYSTEM, "ChargebackShare", &["chargebackshares"]).in_organization(),
    HubKind {
        secrets: &["envs[].value"],
        ..plain(&ENVIRONMENTS, "ConfigContext", &["configcontexts"])
    },
    HubKind {
        needs: &[
            needs("Repository", "repositoryOptions.name"),
            needs("ConfigContext", "contexts[].name"),
            needs("Agent", "agents[].name"),
        ],
        ..plain(&ENVIRONMENTS, "ResourceTemplate", &["resourcetemplates"]).with_versions()
    },
    HubKind {
        needs: &[
            needs("ResourceTemplate", "resources[].name"),
            needs("ConfigContext", "contexts[].name"),
            needs("Agent", "agents[].name"),
        ],
        ..plain(&ENVIRONMENTS, "EnvironmentTemplate", &["environmenttemplates"]).with_versions()
    },
    HubKind {
        form: Form::Environment,
        lasts: |times| times.environment,
        ends: Ends::Slowly,
        needs: &[needs("EnvironmentTemplate", "template.name")],
        requires: &["template.name", "template.version"],
        ..plain(&ENVIRONMENTS, "Environment", &["environments"]).with_status()
    },
    plain(&ENVIRONMENTS, "Resource", &["resources"]),
    plain(&ENVIRONMENTS, "Driver", &["drivers"]),
    plain(&ENVIRONMENTS, "WorkflowHandler", &["workflowhandlers"]),
    HubKind {
        form: Form::Machine,
        has_status: true,
        lasts: |times| times.vm,
        needs: &[needs("SshKey", "ssh_key"), needs("SecurityGroup", "security_group")],
        fixed: Fixed::AllBut(&["guest_password", "security_group", "sharing"]),
        secrets: &["guest_password"],
        ..developer("VirtualMachine", &["virtualmachines"])
    },
    HubKind { fixed: Fixed::Paths(&["size"]), ..developer("Storage", &["storages"]) },
    developer("SecurityGroup", &["securitygroups"]),
    HubKind { fixed: Fixed::Paths(&["public_key"]), ..developer("SshKey", &["sshkeys"]) },
    HubKind {
        form: Form::Managed,
        lasts: |times| times.cluster,
        ends: Ends::Slowly,
        fixed: Fixed::Silently,
        ..plain(&MANAGED, "MKSCluster", &["mksclusters"])
    },
];

/// The kind of this name.
pub(crate) fn of_name(name: &str) -> Option<&'static HubKind> {
    KINDS.iter().find(|it| it.kind == name)
}

/// The kind of this collection.
pub(crate) fn of_plural(plural: &str) -> Option<&'static HubKind> {
    KINDS.iter().find(|it| it.plurals.contains(&plural))
}

const fn plain(api: &'static Api, kind: &'static str, plurals: &'static [&'static str]) -> HubKind {
    HubKind::plain(api, kind, plurals)
}

const fn artifacts(
    api: &'static Api,
    kind: &'static str,
    plurals: &'static [&'static str],
) -> HubKind {
    HubKind::plain(api, kind, plurals).with_artifacts()
}

/// What a developer makes, in a project or a workspace (contract 8.1).
const fn developer(kind: &'static str, plurals: &'static [&'static str]) -> HubKind {
    HubKind {
        scope: Scope::ProjectOrWorkspace,
        form: Form::Developer,
        lasts: |times| times.developer,
        ends: Ends::Slowly,
        ..HubKind::plain(&DEVELOPERS, kind, plurals)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::kinds::Kind;

    #[test]
    fn kinds_and_plurals_are_unique() {
        let kinds: BTreeSet<_> = KINDS.iter().map(|it| it.kind).collect();
        let plurals: Vec<_> = KINDS.iter().flat_map(|it| it.plurals).collect();
        assert_eq!(kinds.len(), KINDS.len());
        assert_eq!(plurals.iter().collect::<BTreeSet<_>>().len(), plurals.len());
        assert!(kinds.iter().all(|kind| Kind::parse(kind).is_none()));
    }

    #[test]
    fn what_is_needed_is_a_kind_and_what_is_added_is_an_object() {
        for row in KINDS {
            assert!(row.needs.iter().all(|need| of_name(need.kind).is_some()), "{row:?}");
            let adds: serde_json::Value = serde_json::from_str(row.adds).unwrap();
            assert!(adds.is_object(), "{row:?}");
        }
    }
}
