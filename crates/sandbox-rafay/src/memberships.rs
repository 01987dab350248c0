//! What roles somebody holds, by themselves and through groups, and how that is shown (contract 5.2,
//!

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::{Id, Reference};
use super::bodies::{RoleScope, RoleType, SystemType};
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

impl<'a> Held<'a> {
    /// The name of the role of the product that says what it allows.
    pub(crate) fn base(&self) -> &'a str {
        self.role.base.as_deref().unwrap_or(&self.role.name)
    }

    /// As the read of a user shows it.
    fn shown(&self) -> HeldRole<'a> {
        HeldRole {
            project: self.project.map(|it| Reference { id: (&it.id).into(), name: &it.name }),
            role: RoleRow {
                id: (&self.role.id).into(),
                name: &self.role.name,
                scope: self.role.scope,
                role_type: self.role.role_type,
                namespace_id_list: self.namespaces,
                is_global: None,
            },
            group: self.group.map(|group| GroupRow { kind: None, ..shown_group(group) }),
            more: None,
        }
    }

    /// As the profile of the one who asks shows it (contract 5.2).
    pub(crate) fn in_profile(&self, organization: &Reference<'a>) -> HeldRole<'a> {
        let mut shown = self.shown();
        shown.role.is_global = Some(self.role.scope == RoleScope::Organization);
        shown.group = self.group.map(shown_group);
        let organization = organization.clone();
        let namespace_agg = self.namespaces;
        shown.more = Some(RoleOfProfile { organization, partner: (), namespace_agg });
        shown
    }
}

/// A role somebody holds, as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HeldRole<'a> {
    project: Option<Reference<'a>>,
    role: RoleRow<'a>,
    group: Option<GroupRow<'a>>,
    #[serde(flatten)]
    more: Option<RoleOfProfile<'a>>,
}

/// Which role it is.
#[derive(Debug, Serialize, JsonSchema)]
struct RoleRow<'a> {
    id: Id<'a>,
    name: &'a str,
    scope: RoleScope,
    role_type: RoleType,
    namespace_id_list: &'a BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_global: Option<bool>,
}

/// A group somebody belongs to, or holds a role through.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct GroupRow<'a> {
    id: Id<'a>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<SystemType>,
    name: &'a str,
}

/// What the profile says of a role besides.
#[derive(Debug, Serialize, JsonSchema)]
struct RoleOfProfile<'a> {
    organization: Reference<'a>,
    partner: (),
    namespace_agg: &'a BTreeSet<String>,
}

/// Every role a user holds, as the read of a user shows it.
pub(crate) fn shown<'a>(directory: &'a Directory, user: &'a User) -> Vec<HeldRole<'a>> {
    of(directory, user).iter().map(Held::shown).collect()
}

/// A group as members of it are shown.
pub(crate) fn shown_group(group: &Group) -> GroupRow<'_> {
    GroupRow { id: (&group.id).into(), kind: Some(SystemType::System), name: &group.name }
}
