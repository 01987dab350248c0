//! What roles somebody holds, by themselves and through groups, and how that is shown (contract 5.2,
//!

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bodies::RoleScope;
use super::directory::{Directory, Group, Project, Role, User};
use super::grants::{Grant, Grants};

/// A role somebody holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    /// Where; none is the whole organization.
    pub(crate) project: Option<&'a Project>,
    pub(crate) role: &'a Role,
    pub(crate) namespaces: &'a BTreeSet<String>,
    /// What it came through; none is nothing.
    pub(crate) group: Option<&'a Group>,
}

/// Every role a user holds.
pub(crate) fn of<'a>(directory: &'a Directory, user: &'a User) -> Vec<Held<'a>> {
    let groups = directory.groups.iter().filter(|group| user.groups.contains(&group.id));
    let own = held(directory, &user.grants, None);
    own.chain(groups.flat_map(|group| held(directory, &group.grants, Some(group)))).collect()
}

fn held<'a>(
    directory: &'a Directory,
    grants: &'a Grants,
    group: Option<&'a Group>,
) -> impl Iterator<Item = Held<'a>> {
    grants.iter().filter_map(move |grant: &'a Grant| {
        let project = match &grant.project {
            Some(id) => Some(directory.project_by_id(id)?),
            None => None,
        };
        let role = directory.role_by_id(&grant.role)?;
        Some(Held { project, role, namespaces: &grant.namespaces, group })
    })
}

impl Held<'_> {
    /// The name of the role of the product that says what it allows.
    pub(crate) fn base(&self) -> &str {
        self.role.base.as_deref().unwrap_or(&self.role.name)
    }

    /// As the read of a user shows it.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "project": self.project.map(reference),
            "role": {
                "id": self.role.id,
                "name": self.role.name,
                "scope": self.role.scope,
                "role_type": self.role.role_type,
                "namespace_id_list": self.namespaces,
            },
            "group": self.group.map(|group| json!({ "id": group.id, "name": group.name })),
        })
    }

    /// As the profile of the one who asks shows it (contract 5.2).
    pub(crate) fn in_profile(&self, organization: &Value) -> Value {
        let mut shown = self.shown();
        shown["role"]["is_global"] = json!(self.role.scope == RoleScope::Organization);
        if let Some(group) = self.group {
            shown["group"] = shown_group(group);
        }
        shown["organization"] = organization.clone();
        shown["partner"] = Value::Null;
        shown["namespace_agg"] = json!(self.namespaces);
        shown
    }
}

/// A group as members of it are shown.
pub(crate) fn shown_group(group: &Group) -> Value {
    json!({ "id": group.id, "type": "SYSTEM", "name": group.name })
}

fn reference(project: &Project) -> Value {
    json!({ "id": project.id, "name": project.name })
}
