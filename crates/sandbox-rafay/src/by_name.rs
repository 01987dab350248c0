//! Groups and roles by their names, as seeds and edits give them.

use std::collections::BTreeSet;

use super::grants::{Grant, Grants};
use super::seed::SeedGrant;
use super::world::World;

/// The ids of the groups of these names.
pub(crate) fn ids_of_groups(
    world: &World<'_>,
    names: &[String],
    problems: &mut Vec<String>,
) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for name in names {
        match world.rafay.directory.groups.iter().find(|group| group.name == *name) {
            Some(group) => drop(ids.insert(group.id.clone())),
            None => problems.push(format!("no group {name}")),
        }
    }
    ids
}

/// The roles that these names say.
pub(crate) fn grants(
    world: &World<'_>,
    seeded: &[SeedGrant],
    problems: &mut Vec<String>,
) -> Grants {
    let directory = &world.rafay.directory;
    let mut grants = Grants::default();
    for SeedGrant { project, role } in seeded {
        let id = project.as_ref().map(|name| directory.project(name).map(|it| it.id.clone()));
        let found = directory.role(role).map(|it| it.id.clone());
        match (id, found) {
            (Some(None), _) | (_, None) => problems.push(format!("no role {role} or its project")),
            (id, Some(role)) => {
                let namespaces = BTreeSet::new();
                grants.give(Grant { project: id.flatten(), role, namespaces });
            }
        }
    }
    grants
}
