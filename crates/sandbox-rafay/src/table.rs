//! The kinds, one row each, in the contract's order (3, 7.2, 8, 3.10). A new plain kind is a row here.
//!
//! Which fields a body must have and what a kind needs is the contract's (7.3, R-102); what the server
//! adds is invented within its list (contract 11).

use serde::{Deserialize, Deserializer, de};

use super::kinds::{API_VERSION, Api, Ends, Fixed, Form, Kind, Manner, Scope, needs};

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
static PLATFORM: Api = Api::new(API_VERSION, Manner::Managed);

/// Drift that is told and not hindered, as the server adds it.
const DRIFT: &str = r#"{"drift":{"action":"Notify"}}"#;

/// What is fixed of what is made from a profile (R-62).
const MADE: Fixed =
    Fixed::Paths(&["computeType", "computeProfile", "serviceProfile", "serviceType", "datacenter"]);

/// A workspace.
pub(crate) static WORKSPACE: Kind =
    Kind { form: Form::Workspace, ..plain(&PLATFORM, "Workspace", &["workspaces"]) };

/// A service, e.g. a VPC.
pub(crate) static SERVICE: Kind = Kind {
    scope: Scope::ProjectOrWorkspace,
    form: Form::Made,
    made_from: Some((&SERVICE_PROFILE, "serviceProfile")),
    lasts: |times| times.service,
    ends: Ends::Slowly,
    fixed: MADE,
    ..plain(&PLATFORM, "Service", &["services"])
};

/// A compute instance.
pub(crate) static COMPUTE_INSTANCE: Kind = Kind {
    words: "Compute instance",
    scope: Scope::ProjectOrWorkspace,
    form: Form::Made,
    made_from: Some((&COMPUTE_PROFILE, "computeProfile")),
    ends: Ends::Slowly,
    fixed: MADE,
    ..plain(&PLATFORM, "ComputeInstance", &["computeinstances"])
};

/// What compute instances are made from.
pub(crate) static COMPUTE_PROFILE: Kind = Kind {
    words: "Compute profile",
    form: Form::Profile,
    ..plain(&PLATFORM, "ComputeProfile", &["computeprofiles"])
};

/// What services are made from.
pub(crate) static SERVICE_PROFILE: Kind = Kind {
    words: "Service profile",
    form: Form::Profile,
    ..plain(&PLATFORM, "ServiceProfile", &["serviceprofiles"])
};

/// The kinds whose operations are written out one by one.
static WRITTEN_OUT: [&Kind; 5] =
    [&WORKSPACE, &SERVICE, &COMPUTE_INSTANCE, &COMPUTE_PROFILE, &SERVICE_PROFILE];

/// The kinds that are declared, whose operations are made from their rows.
pub(crate) static DECLARED: &[Kind] = &[
    Kind {
        form: Form::Cluster,
        lasts: |times| times.cluster,
        ends: Ends::Slowly,
        needs: &[needs("Blueprint", "blueprintConfig.name")],
        fixed: Fixed::Paths(&["type", "config.provider", "config.location"]),
        adds: r#"{"drift":{"action":"Notify"},"blueprintConfig":{"name":"minimal","version":"latest"}}"#,
        ..plain(&INFRA, "Cluster", &["clusters"]).with_status().covers(&["RAFAY-39"])
    },
    Kind {
        adds: DRIFT,
        ..plain(&INFRA, "Blueprint", &["blueprints"]).with_versions().covers(&["RAFAY-40"])
    },
    Kind {
        needs: &[
            needs("Repository", "artifact.artifact.repository"),
            needs("Namespace", "namespace"),
        ],
        requires: &["artifact", "namespace", "version"],
        ..artifacts(&INFRA, "Addon", &["addons"]).with_versions().covers(&["RAFAY-41"])
    },
    Kind {
        lasts: |times| times.namespace,
        needs: &[
            needs("Cluster", "placement.labels[].value"),
            needs("Cluster", "placement.selector"),
        ],
        ..artifacts(&INFRA, "Namespace", &["namespaces"]).with_status().covers(&["RAFAY-42"])
    },
    Kind {
        secrets: &["credentials"],
        ..artifacts(&INFRA, "Credentials", &["credentials", "credentialss"]).covers(&["RAFAY-57"])
    },
    plain(&INFRA, "FleetPlan", &["fleetplans"]),
    plain(&INFRA, "AddonOverride", &["addonoverrides"]),
    Kind {
        secrets: &["bmcPassword", "credentials"],
        ..plain(&INFRA, "BaremetalMachine", &["baremetalmachines"])
    },
    Kind {
        needs: &[
            needs("Namespace", "namespace"),
            needs("Repository", "artifact.artifact.repository"),
            needs("Cluster", "placement.labels[].value"),
            needs("Cluster", "placement.selector"),
        ],
        adds: DRIFT,
        ..artifacts(&APPS, "Workload", &["workloads"]).with_status().covers(&["RAFAY-43"])
    },
    Kind {
        needs: &[needs("Repository", "artifact.artifact.repository")],
        ..artifacts(&APPS, "WorkloadTemplate", &["workloadtemplates"])
    },
    Kind {
        needs: &[needs("Repository", "repository")],
        requires: &["repository", "type"],
        ..plain(&APPS, "Catalog", &["catalogs"]).with_status().covers(&["RAFAY-44"])
    },
    Kind {
        needs: &[needs("Repository", "repo.repository")],
        requires: &["resource.selector", "resource.type"],
        ..artifacts(&APPS, "Override", &["overrides"]).covers(&["RAFAY-51"])
    },
    Kind {
        requires: &["type", "cluster"],
        ..plain(&GITOPS, "Agent", &["agents"]).with_status().covers(&["RAFAY-46"])
    },
    Kind {
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
    Kind {
        needs: &[needs("Repository", "repository")],
        requires: &["type", "repository", "revision", "folderPath", "config"],
        secrets: &["secret"],
        ..artifacts(&GITOPS, "InfraProvisioner", &["infraprovisioners"]).covers(&["RAFAY-52"])
    },
    Kind {
        secrets: &["secret"],
        ..artifacts(&GITOPS, "SecretGroup", &["secretgroups"]).with_status()
    },
    plain(&GITOPS, "AgentPool", &["agentpools"]),
    Kind {
        needs: &[needs("Agent", "agents[].name")],
        secrets: &["credentials"],
        ..artifacts(&INTEGRATIONS, "Repository", &["repositories", "repositorys"])
            .covers(&["RAFAY-45"])
    },
    Kind {
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
    Kind {
        secrets: &["envs[].value"],
        ..plain(&ENVIRONMENTS, "ConfigContext", &["configcontexts"])
    },
    Kind {
        needs: &[
            needs("Repository", "repositoryOptions.name"),
            needs("ConfigContext", "contexts[].name"),
            needs("Agent", "agents[].name"),
        ],
        ..plain(&ENVIRONMENTS, "ResourceTemplate", &["resourcetemplates"]).with_versions()
    },
    Kind {
        needs: &[
            needs("ResourceTemplate", "resources[].name"),
            needs("ConfigContext", "contexts[].name"),
            needs("Agent", "agents[].name"),
        ],
        ..plain(&ENVIRONMENTS, "EnvironmentTemplate", &["environmenttemplates"]).with_versions()
    },
    Kind {
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
    Kind {
        form: Form::Machine,
        has_status: true,
        lasts: |times| times.vm,
        needs: &[needs("SshKey", "ssh_key"), needs("SecurityGroup", "security_group")],
        fixed: Fixed::AllBut(&["guest_password", "security_group", "sharing"]),
        secrets: &["guest_password"],
        ..developer("VirtualMachine", &["virtualmachines"])
    },
    Kind { fixed: Fixed::Paths(&["size"]), ..developer("Storage", &["storages"]) },
    developer("SecurityGroup", &["securitygroups"]),
    Kind { fixed: Fixed::Paths(&["public_key"]), ..developer("SshKey", &["sshkeys"]) },
    Kind {
        form: Form::Managed,
        lasts: |times| times.cluster,
        ends: Ends::Slowly,
        fixed: Fixed::Silently,
        ..plain(&PLATFORM, "MKSCluster", &["mksclusters"])
    },
];

/// Every kind.
fn all() -> impl Iterator<Item = &'static Kind> {
    WRITTEN_OUT.into_iter().chain(DECLARED)
}

/// The kind of this name.
pub(crate) fn of_name(name: &str) -> Option<&'static Kind> {
    all().find(|it| it.name == name)
}

/// The kind whose collection stands in this path.
pub(crate) fn of_path(path: &str) -> Option<&'static Kind> {
    path.split('/').rev().find_map(|plural| all().find(|it| it.plurals.contains(&plural)))
}

impl<'de> Deserialize<'de> for &'static Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        of_name(&name).ok_or_else(|| de::Error::custom(format!("no kind {name}")))
    }
}

const fn plain(api: &'static Api, name: &'static str, plurals: &'static [&'static str]) -> Kind {
    Kind::plain(api, name, plurals)
}

const fn artifacts(
    api: &'static Api,
    kind: &'static str,
    plurals: &'static [&'static str],
) -> Kind {
    Kind::plain(api, kind, plurals).with_artifacts()
}

/// What a developer makes, in a project or a workspace (contract 8.1).
const fn developer(kind: &'static str, plurals: &'static [&'static str]) -> Kind {
    Kind {
        scope: Scope::ProjectOrWorkspace,
        form: Form::Developer,
        lasts: |times| times.developer,
        ends: Ends::Slowly,
        ..Kind::plain(&DEVELOPERS, kind, plurals)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_and_plurals_are_unique() {
        let kinds: BTreeSet<_> = all().map(|it| it.name).collect();
        let plurals: Vec<_> = all().flat_map(|it| it.plurals).collect();
        assert_eq!(kinds.len(), all().count());
        assert_eq!(plurals.iter().collect::<BTreeSet<_>>().len(), plurals.len());
    }

    #[test]
    fn what_is_needed_is_a_kind_and_what_is_added_is_an_object() {
        for row in DECLARED {
            assert!(row.needs.iter().all(|need| of_name(need.kind).is_some()), "{row:?}");
            let adds: serde_json::Value = serde_json::from_str(row.adds).unwrap();
            assert!(adds.is_object(), "{row:?}");
        }
    }
}
