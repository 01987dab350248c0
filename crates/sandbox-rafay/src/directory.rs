//! The store of `auth/v1`: projects, users, groups, roles, and who belongs to what.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bodies::{RoleScope, RoleType, UserType};
use super::described::Described;
use super::grants::Grants;
use plumb_sandbox::ids::Random;
use plumb_sandbox::time::Timestamp;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Seven characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether it is the organization's default.
    pub default: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
    /// What v3 keeps of its metadata besides: a name for people, labels, annotations.
    #[serde(default)]
    pub metadata: Described,
    /// What v3 keeps of its spec: quotas.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub spec: Map<String, Value>,
}

/// A local user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Seven characters.
    pub id: String,
    /// An e-mail address, unique.
    pub username: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// A telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What the account may use.
    pub user_type: UserType,
    /// When it was created.
    pub created_at: Timestamp,
    /// Ids of the groups it belongs to.
    pub groups: BTreeSet<String>,
    /// The roles it holds by itself.
    pub grants: Grants,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Seven characters.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The roles its members hold through it.
    #[serde(default)]
    pub grants: Grants,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Seven characters; of a seed empty means made from the seed.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// Where it may be given.
    pub scope: RoleScope,
    /// Where it comes from.
    #[serde(default)]
    pub role_type: RoleType,
    /// What it allows, in words of the product.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
    /// The name of the role it rests on, of a custom one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// A user who works in a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collaborator {
    /// The name of the project.
    pub project: String,
    /// The name of the workspace.
    pub workspace: String,
    /// The id of the user.
    pub user: String,
    /// The name of the role.
    pub role: String,
}

/// Everything `auth/v1` knows. Lists are in order of creation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The projects.
    pub projects: Vec<Project>,
    /// The users.
    pub users: Vec<User>,
    /// The groups.
    pub groups: Vec<Group>,
    /// The roles.
    pub roles: Vec<Role>,
    /// Who works in which workspace.
    #[serde(default)]
    pub collaborators: Vec<Collaborator>,
}

impl Directory {
    pub(crate) fn project(&self, name: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.name == name)
    }

    pub(crate) fn project_by_id(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(crate) fn user_by_id(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    pub(crate) fn user_by_id_mut(&mut self, id: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.id == id)
    }

    pub(crate) fn user(&self, username: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username == username)
    }

    pub(crate) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(crate) fn group_by_id_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.groups.iter_mut().find(|group| group.id == id)
    }

    pub(crate) fn group_by_id(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    pub(crate) fn role_by_id(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// An id nothing here has: the wished one, or one from the seed.
    pub(crate) fn free_id(&self, wished: &str, random: &mut Random) -> String {
        let taken: BTreeSet<&str> = self.ids().collect();
        let mut id = wished.to_owned();
        while id.is_empty() || taken.contains(id.as_str()) {
            id = random.short_id();
        }
        id
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        let projects = self.projects.iter().map(|it| it.id.as_str());
        let users = self.users.iter().map(|it| it.id.as_str());
        let groups = self.groups.iter().map(|it| it.id.as_str());
        let roles = self.roles.iter().map(|it| it.id.as_str());
        projects.chain(users).chain(groups).chain(roles)
    }
}
