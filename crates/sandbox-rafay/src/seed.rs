//! What a Rafay organization holds at the start of a world.
//!
//! Ids the vendor's examples show are used where they are shown; the rest are made from the seed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bodies::{RoleScope, RoleType, UserType};
use super::catalog;
use super::directory::Role;

/// The start of a Rafay organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// The projects.
    pub projects: Vec<SeedProject>,
    /// The groups.
    pub groups: Vec<SeedGroup>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The local users.
    pub users: Vec<SeedUser>,
    /// The profiles, as envelopes.
    pub profiles: Vec<Value>,
    /// Workspaces, services and instances, as envelopes in an order that puts parents first.
    /// `status.status` may give a state; otherwise they are not deployed.
    pub objects: Vec<Value>,
}

/// A project at the start.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedProject {
    /// Seven characters; empty means made from the seed.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether it is the organization's default, which cannot be deleted.
    pub default: bool,
}

/// A group at the start.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedGroup {
    /// Seven characters; empty means made from the seed.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The roles its members hold through it.
    pub roles: Vec<SeedGrant>,
}

/// A role somebody holds at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedGrant {
    /// The name of the project; absent means the whole organization.
    #[serde(default)]
    pub project: Option<String>,
    /// The name of the role.
    pub role: String,
}

/// A local user at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedUser {
    /// Seven characters; empty means made from the seed.
    #[serde(default)]
    pub id: String,
    /// An e-mail address.
    pub username: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// What the account may use.
    pub user_type: UserType,
    /// The names of the groups it belongs to.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The roles it holds by itself.
    #[serde(default)]
    pub roles: Vec<SeedGrant>,
}

impl Default for Seed {
    fn default() -> Self {
        Seed {
            projects: vec![
                project("lk5rw2e", "defaultproject", true),
                project("", "system-catalog", false),
                project("", "vm-project", false),
            ],
            groups: vec![SeedGroup {
                id: "lk557ke".to_owned(),
                name: "DemoAdmin".to_owned(),
                description: String::new(),
                roles: Vec::new(),
            }],
            roles: default_roles(),
            users: Vec::new(),
            profiles: catalog::default_profiles(),
            objects: Vec::new(),
        }
    }
}

fn project(id: &str, name: &str, default: bool) -> SeedProject {
    SeedProject { id: id.to_owned(), name: name.to_owned(), description: String::new(), default }
}

/// The roles of contract 5.3. The contract gives names and the two scopes, not which role has
/// which: that is invented, but for `PROJECT_ADMIN`, the role with the id the vendor shows, and those
/// that are given without a project.
fn default_roles() -> Vec<Role> {
    const ORGANIZATION: [&str; 5] =
        ["ADMIN", "ADMINISTRATOR_READ_ONLY", "FINOPS_ADMIN", "AUDITOR_ADMIN", "PLATFORM_ADMIN"];
    const PROJECT: [(&str, &str); 22] = [
        ("INFRA_ADMIN", ""),
        ("INFRA_READ_ONLY", ""),
        ("PROJECT_ADMIN", "gdk6g21"),
        ("PROJECT_READ_ONLY", "w2lrn2p"),
        ("NAMESPACE_ADMIN", ""),
        ("NAMESPACE_READ_ONLY", ""),
        ("CLUSTER_ADMIN", ""),
        ("CLUSTER_TEMPLATE_USER", ""),
        ("WORKSPACE_ADMIN", ""),
        ("WORKSPACE_READ_ONLY", ""),
        ("ENVIRONMENT_ADMIN", ""),
        ("ENVIRONMENT_TEMPLATE_USER", ""),
        ("PAAS_PROJECT_ADMIN", ""),
        ("PAAS_WORKSPACE_ADMIN", ""),
        ("PAAS_WORKSPACE_COLLABORATOR", ""),
        ("PAAS_WORKSPACE_COLLABORATOR_READ_ONLY", "wscro21"),
        ("DEVELOPER", ""),
        ("RESEARCHER", ""),
        ("DATA_ENGINEER", ""),
        ("DATA_SCIENTIST", ""),
        ("MLOPS_ENGINEER", ""),
        ("GENAI_DEVELOPER", ""),
    ];
    let role = |name: &str, id: &str, scope| Role {
        id: id.to_owned(),
        name: name.to_owned(),
        scope,
        role_type: RoleType::Base,
        permissions: Vec::new(),
        base: None,
    };
    let organization = ORGANIZATION.iter().map(|name| role(name, "", RoleScope::Organization));
    let project = PROJECT.iter().map(|(name, id)| role(name, id, RoleScope::Project));
    organization.chain(project).collect()
}
